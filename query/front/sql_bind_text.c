// Functions of texts, and patterns.
//
// Most are a row of TEXT_FUNCTIONS: the kinds of the arguments (s a text, i an integer), the result
// (s text, i integer, l bigint, b boolean), and for an optional last argument the text that stands
// for it. What has more forms than that has a function of its own.
#include "expr_regex.h"
#include "sql_bind.h"
#include "sql_literal.h"

typedef struct TextFunction {
  const char *name;
  FunctionId function;
  const char *args;
  char result;
  const char *last; // appended as the last argument; NULL: none
} TextFunction;

static const TextFunction TEXT_FUNCTIONS[] = {
    {"octet_length", FUNCTION_OCTET_LENGTH, "s", 'i', NULL},
    {"character_length", FUNCTION_LENGTH, "s", 'i', NULL},
    {"initcap", FUNCTION_INITCAP, "s", 's', NULL},
    {"trim", FUNCTION_TRIM, "s", 's', NULL},
    {"btrim", FUNCTION_TRIM, "s", 's', NULL},
    {"btrim", FUNCTION_BTRIM, "ss", 's', NULL},
    {"ltrim", FUNCTION_LTRIM, "s", 's', " "},
    {"ltrim", FUNCTION_LTRIM, "ss", 's', NULL},
    {"rtrim", FUNCTION_RTRIM, "s", 's', " "},
    {"rtrim", FUNCTION_RTRIM, "ss", 's', NULL},
    {"strpos", FUNCTION_STRPOS, "ss", 'i', NULL},
    {"position", FUNCTION_STRPOS, "ss", 'i', NULL},
    {"replace", FUNCTION_REPLACE, "sss", 's', NULL},
    {"translate", FUNCTION_TRANSLATE, "sss", 's', NULL},
    {"split_part", FUNCTION_SPLIT_PART, "ssi", 's', NULL},
    {"left", FUNCTION_LEFT, "si", 's', NULL},
    {"right", FUNCTION_RIGHT, "si", 's', NULL},
    {"lpad", FUNCTION_LPAD, "si", 's', " "},
    {"lpad", FUNCTION_LPAD, "sis", 's', NULL},
    {"rpad", FUNCTION_RPAD, "si", 's', " "},
    {"rpad", FUNCTION_RPAD, "sis", 's', NULL},
    {"repeat", FUNCTION_REPEAT, "si", 's', NULL},
    {"reverse", FUNCTION_REVERSE, "s", 's', NULL},
    {"overlay", FUNCTION_OVERLAY, "ssii", 's', NULL},
    {"starts_with", FUNCTION_STARTS_WITH, "ss", 'b', NULL},
    {"ascii", FUNCTION_ASCII, "s", 'i', NULL},
    {"chr", FUNCTION_CHR, "i", 's', NULL},
    {"md5", FUNCTION_MD5, "s", 's', NULL},
    {"like_escape", FUNCTION_LIKE_ESCAPE, "ss", 's', NULL},
    {"similar_to_escape", FUNCTION_SIMILAR_ESCAPE, "s", 's', "\\"},
    {"similar_to_escape", FUNCTION_SIMILAR_ESCAPE, "ss", 's', NULL},
};
#define TEXT_FUNCTION_COUNT (sizeof TEXT_FUNCTIONS / sizeof *TEXT_FUNCTIONS)

static Status text_argument(Binder *binder, const Call *call, uint32_t arg, Expr **result) {
  *result = call->args[arg];
  TRY(coerce_unknown(binder, result));
  return type_is_text((*result)->type) ? STATUS_OK : no_function(binder, call);
}

static Status int_argument(Binder *binder, const Call *call, uint32_t arg, Expr **result) {
  Expr *value = call->args[arg];
  if (value->type.kind != TYPE_INT && !is_unknown(value)) return no_function(binder, call);
  return coerce(binder, value, TYPE_OF_INT, result);
}

static Type result_type(char result) {
  switch (result) {
  case 's':
    return TYPE_OF_STRING;
  case 'i':
    return TYPE_OF_INT32;
  case 'b':
    return TYPE_OF_BOOL;
  default:
    return TYPE_OF_INT;
  }
}

static Status bind_table(Binder *binder, const Call *call, bool *found, Expr **expr) {
  *found = false;
  for (size_t f = 0; f < TEXT_FUNCTION_COUNT; f++) {
    const TextFunction *function = &TEXT_FUNCTIONS[f];
    if (strcmp(call->name, function->name) != 0) continue;
    *found = true;
    if (call->arg_count != strlen(function->args)) continue;
    Expr *args[8];
    uint32_t count = call->arg_count;
    for (uint32_t i = 0; i < count; i++)
      TRY(function->args[i] == 's' ? text_argument(binder, call, i, &args[i])
                                   : int_argument(binder, call, i, &args[i]));
    if (function->last) args[count++] = expr_string(binder->arena, str_from(function->last));
    *expr = expr_call(binder->arena, function->function, result_type(function->result), args, count,
                      call->position);
    return STATUS_OK;
  }
  return *found ? no_function(binder, call) : STATUS_OK;
}

// --- regular expressions ---

static bool is_known_text(const Expr *expr) {
  return expr->kind == EXPR_CONSTANT && !expr->value.is_null && expr->type.kind == TYPE_STRING;
}

Status check_pattern(Binder *binder, const Expr *pattern, const Expr *flags) {
  if (!is_known_text(pattern) || !is_known_text(flags)) return STATUS_OK;
  Status status = regex_check(pattern->value.s, flags->value.s, binder->error);
  if (status != STATUS_OK && binder->error && binder->error->position < 0)
    binder->error->position = pattern->position;
  return status;
}

static Status make_regex(Binder *binder, const Call *call, FunctionId function, Type type,
                         Expr **args, uint32_t count, uint32_t flags, Expr **expr) {
  TRY(check_pattern(binder, args[1], args[flags]));
  *expr = expr_call(binder->arena, function, type, args, count, call->position);
  return STATUS_OK;
}

// The arguments given, by kind (s a text, i an integer); the others have their defaults already.
static Status regex_arguments(Binder *binder, const Call *call, const char *kinds, uint32_t least,
                              Expr **args) {
  if (call->arg_count < least || call->arg_count > strlen(kinds)) return no_function(binder, call);
  for (uint32_t i = 0; i < call->arg_count; i++)
    TRY(kinds[i] == 's' ? text_argument(binder, call, i, &args[i])
                        : int_argument(binder, call, i, &args[i]));
  return STATUS_OK;
}

static Status refuse_global(Binder *binder, const Call *call, const Expr *flags) {
  if (!is_known_text(flags) || !memchr(flags->value.s.data, 'g', flags->value.s.size))
    return STATUS_OK;
  return invalid_at(binder, flags->position, "%s() does not support the \"global\" option",
                    call->name);
}

static Status bind_regexp_like(Binder *binder, const Call *call, Expr **expr) {
  Expr *args[3] = {NULL, NULL, expr_string(binder->arena, STR_LITERAL(""))};
  TRY(regex_arguments(binder, call, "sss", 2, args));
  TRY(refuse_global(binder, call, args[2]));
  return make_regex(binder, call, FUNCTION_REGEXP_LIKE, TYPE_OF_BOOL, args, 3, 2, expr);
}

static Status bind_regexp_count(Binder *binder, const Call *call, Expr **expr) {
  Expr *args[4] = {NULL, NULL, expr_int(binder->arena, 1),
                   expr_string(binder->arena, STR_LITERAL(""))};
  TRY(regex_arguments(binder, call, "ssis", 2, args));
  TRY(refuse_global(binder, call, args[3]));
  return make_regex(binder, call, FUNCTION_REGEXP_COUNT, TYPE_OF_INT32, args, 4, 3, expr);
}

static Status bind_regexp_substr(Binder *binder, const Call *call, Expr **expr) {
  Arena *arena = binder->arena;
  Expr *args[6] = {NULL,
                   NULL,
                   expr_int(arena, 1),
                   expr_int(arena, 1),
                   expr_string(arena, STR_LITERAL("")),
                   expr_int(arena, 0)};
  TRY(regex_arguments(binder, call, "ssiisi", 2, args));
  TRY(refuse_global(binder, call, args[4]));
  return make_regex(binder, call, FUNCTION_REGEXP_SUBSTR, TYPE_OF_STRING, args, 6, 4, expr);
}

// regexp_replace(s, pattern, to [, flags]) replaces the first match, or all with the flag g;
// (s, pattern, to, start [, n [, flags]]) the n-th from a place on, all with n 0.
static Status bind_regexp_replace(Binder *binder, const Call *call, Expr **expr) {
  Arena *arena = binder->arena;
  Expr *args[6] = {NULL,
                   NULL,
                   NULL,
                   expr_int(arena, 1),
                   expr_int(arena, 1),
                   expr_string(arena, STR_LITERAL(""))};
  bool with_flags = call->arg_count == 4 && call->args[3]->type.kind != TYPE_INT;
  if (with_flags) {
    Call three = {call->name, call->args, 3, call->position};
    TRY(regex_arguments(binder, &three, "sss", 3, args));
    TRY(text_argument(binder, call, 3, &args[5]));
    if (args[5]->kind != EXPR_CONSTANT)
      return unsupported(binder, call->position, "regexp_replace with flags that are no literal");
    bool all = !args[5]->value.is_null && memchr(args[5]->value.s.data, 'g', args[5]->value.s.size);
    args[4] = expr_int(arena, all ? 0 : 1);
  } else {
    TRY(regex_arguments(binder, call, "sssiis", 3, args));
  }
  return make_regex(binder, call, FUNCTION_REGEXP_REPLACE, TYPE_OF_STRING, args, 6, 5, expr);
}

Status bind_regex_operator(Binder *binder, bool fold, Expr *left, Expr *right, int32_t position,
                           Expr **expr) {
  Expr *args[2] = {left, right};
  Call call = {.name = fold ? "~*" : "~", .args = args, .arg_count = 2, .position = position};
  Expr *all[3] = {NULL, NULL, expr_string(binder->arena, str_from(fold ? "i" : ""))};
  TRY(regex_arguments(binder, &call, "ss", 2, all));
  return make_regex(binder, &call, FUNCTION_REGEXP_LIKE, TYPE_OF_BOOL, all, 3, 2, expr);
}

// --- other forms ---

// substring(s FROM pattern): the first match, or its first group.
static Status bind_substring_regex(Binder *binder, const Call *call, Expr **expr) {
  Arena *arena = binder->arena;
  Expr *args[6] = {NULL,
                   NULL,
                   expr_int(arena, 1),
                   expr_int(arena, 1),
                   expr_string(arena, STR_LITERAL("")),
                   expr_int(arena, REGEX_GROUP_FIRST)};
  TRY(regex_arguments(binder, call, "ss", 2, args));
  return make_regex(binder, call, FUNCTION_REGEXP_SUBSTR, TYPE_OF_STRING, args, 6, 4, expr);
}

// substring(s FROM a FOR n), (s, a, n), (s, a); without a number the second is a pattern.
static Status bind_substring(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count < 2 || call->arg_count > 3) return no_function(binder, call);
  Type second = call->args[1]->type;
  bool no_number = second.kind == TYPE_STRING || second.kind == TYPE_NULL;
  if (call->arg_count == 2 && no_number && strcmp(call->name, "substring") == 0)
    return bind_substring_regex(binder, call, expr);
  if (call->arg_count == 3 && no_number && call->args[2]->type.kind != TYPE_INT)
    return unsupported(binder, call->position, "substring(... SIMILAR ... ESCAPE ...)");
  Expr *args[3] = {NULL, NULL, expr_int(binder->arena, INT32_MAX)};
  TRY(text_argument(binder, call, 0, &args[0]));
  for (uint32_t i = 1; i < call->arg_count; i++) TRY(int_argument(binder, call, i, &args[i]));
  *expr = expr_call(binder->arena, FUNCTION_SUBSTRING, TYPE_OF_STRING, args, 3, call->position);
  return STATUS_OK;
}

// overlay(s PLACING part FROM a): as many characters as part has.
static Status bind_overlay(Binder *binder, const Call *call, Expr **expr) {
  bool found;
  if (call->arg_count != 3) return bind_table(binder, call, &found, expr);
  Expr *args[4] = {call->args[0], call->args[1], call->args[2], NULL};
  TRY(text_argument(binder, call, 1, &args[1]));
  TRY(charge_copies(binder, args[1], 1));
  args[3] = expr_call(binder->arena, FUNCTION_LENGTH, TYPE_OF_INT32, &args[1], 1, call->position);
  Call four = {call->name, args, 4, call->position};
  return bind_table(binder, &four, &found, expr);
}

static Status bind_concat_ws(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count < 2) return no_function(binder, call);
  TRY(text_argument(binder, call, 0, &call->args[0]));
  for (uint32_t i = 1; i < call->arg_count; i++)
    TRY(coerce(binder, call->args[i], TYPE_OF_STRING, &call->args[i]));
  *expr = expr_call(binder->arena, FUNCTION_CONCAT_WS, TYPE_OF_STRING, call->args, call->arg_count,
                    call->position);
  return STATUS_OK;
}

static Status bind_to_hex(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count != 1 || call->args[0]->type.kind != TYPE_INT)
    return no_function(binder, call);
  *expr = expr_call(binder->arena, FUNCTION_TO_HEX, TYPE_OF_STRING, call->args, 1, call->position);
  return STATUS_OK;
}

// stable_hash(value [, salt]): of the value's text form.
static Status bind_stable_hash(Binder *binder, const Call *call, Expr **expr) {
  Expr *args[2] = {NULL, expr_string(binder->arena, STR_LITERAL(""))};
  if (call->arg_count < 1 || call->arg_count > 2) return no_function(binder, call);
  TRY(coerce(binder, call->args[0], TYPE_OF_STRING, &args[0]));
  if (call->arg_count == 2) TRY(text_argument(binder, call, 1, &args[1]));
  *expr = expr_call(binder->arena, FUNCTION_STABLE_HASH, TYPE_OF_INT, args, 2, call->position);
  return STATUS_OK;
}

static const struct {
  const char *name;
  Status (*bind)(Binder *binder, const Call *call, Expr **expr);
} FORMS[] = {
    {"substring", bind_substring},
    {"substr", bind_substring},
    {"overlay", bind_overlay},
    {"concat_ws", bind_concat_ws},
    {"to_hex", bind_to_hex},
    {"regexp_like", bind_regexp_like},
    {"regexp_count", bind_regexp_count},
    {"regexp_substr", bind_regexp_substr},
    {"regexp_replace", bind_regexp_replace},
    {"stable_hash", bind_stable_hash},
    {"format", bind_format},
};
#define FORM_COUNT (sizeof FORMS / sizeof *FORMS)

Status bind_text_call(Binder *binder, const Call *call, bool *found, Expr **expr) {
  *found = true;
  for (size_t i = 0; i < FORM_COUNT; i++)
    if (strcmp(call->name, FORMS[i].name) == 0) return FORMS[i].bind(binder, call, expr);
  return bind_table(binder, call, found, expr);
}

uint32_t text_call_names(const char **names) {
  _Static_assert(TEXT_FUNCTION_COUNT + FORM_COUNT <= TOPIC_NAMES_MAX, "room for every name");
  uint32_t count = 0;
  for (size_t i = 0; i < TEXT_FUNCTION_COUNT; i++) names[count++] = TEXT_FUNCTIONS[i].name;
  for (size_t i = 0; i < FORM_COUNT; i++) names[count++] = FORMS[i].name;
  return count;
}

bool text_call_known(const char *name) {
  const char *names[TOPIC_NAMES_MAX];
  uint32_t count = text_call_names(names);
  for (uint32_t i = 0; i < count; i++)
    if (strcmp(names[i], name) == 0) return true;
  return false;
}
