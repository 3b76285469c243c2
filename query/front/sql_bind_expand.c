// Functions that become expressions of others: OVERLAPS and format. So every pass knows what they
// do with NULL, and no kernel is needed.
#include "sql_bind.h"
#include <ctype.h>

// --- (s1, e1) OVERLAPS (s2, e2) ---

static Expr *call2(Binder *binder, FunctionId function, Type type, Expr *a, Expr *b,
                   int32_t position) {
  return expr_call(binder->arena, function, type, (Expr *[]){a, b}, 2, position);
}

static Expr *compare(Binder *binder, FunctionId function, Expr *a, Expr *b) {
  return call2(binder, function, TYPE_OF_BOOL, a, b, a->position);
}

static bool is_moment(Type type) {
  return type.kind == TYPE_DATE || type.kind == TYPE_TIMESTAMP || type.kind == TYPE_TIMESTAMPTZ;
}

// The four ends as moments of one type; an interval in the place of an end is a length.
static Status bind_ends(Binder *binder, const Call *call, Expr *ends[4]) {
  if (call->arg_count != 4) return no_function(binder, call);
  for (int i = 0; i < 4; i++) {
    ends[i] = call->args[i];
    bool is_length = i % 2 == 1 && ends[i]->type.kind == TYPE_INTERVAL;
    if (is_length) {
      if (is_unknown(ends[i - 1]) || ends[i - 1]->type.kind == TYPE_DATE)
        TRY(coerce(binder, ends[i - 1], TYPE_OF_TIMESTAMP, &ends[i - 1]));
      if (!is_moment(ends[i - 1]->type)) return no_function(binder, call);
      TRY(charge_copies(binder, ends[i - 1], 1));
      TRY(bind_moment_add(binder, ends[i - 1], ends[i], 1, call->position, &ends[i]));
    } else if (!is_unknown(ends[i]) && !is_moment(ends[i]->type)) {
      return no_function(binder, call);
    }
    TRY(charge_copies(binder, ends[i], 12));
  }
  bool known = false;
  for (int i = 0; i < 4; i++) known = known || !is_unknown(ends[i]);
  if (!known) TRY(coerce(binder, ends[0], TYPE_OF_TIMESTAMP, &ends[0]));
  return coerce_common(binder, ends, 4, "OVERLAPS", call->position);
}

// A period from the earlier end (the one that is known, where one is NULL) to the later (NULL where
// one is). They overlap when the later start lies before the other period's end, or the starts are
// the same instant; x < x and x = x are NULL where the end of the other period is not known.
Status bind_overlaps(Binder *binder, const Call *call, Expr **expr) {
  Expr *ends[4], *start[2], *end[2], *after[2];
  TRY(bind_ends(binder, call, ends));
  Arena *arena = binder->arena;
  Type type = ends[0]->type;
  for (int p = 0; p < 2; p++) {
    Expr *a = ends[2 * p], *b = ends[2 * p + 1];
    start[p] = call2(binder, FUNCTION_LEAST, type, a, b, call->position);
    Expr *arms[] = {compare(binder, FUNCTION_LESS_EQUAL, a, b), b,
                    compare(binder, FUNCTION_GREATER, a, b), a};
    end[p] = expr_make(arena, EXPR_CASE, type, arms, 4, call->position);
  }
  for (int p = 0; p < 2; p++) { // the period p starts after the other
    int other = 1 - p;
    Expr *sides[] = {compare(binder, FUNCTION_LESS, start[p], end[other]),
                     compare(binder, FUNCTION_LESS, end[p], end[p])};
    after[p] = expr_make(arena, EXPR_OR, TYPE_OF_BOOL, sides, 2, call->position);
  }
  Expr *known[] = {compare(binder, FUNCTION_EQUAL, end[0], end[0]),
                   compare(binder, FUNCTION_EQUAL, end[1], end[1])};
  Expr *arms[] = {compare(binder, FUNCTION_GREATER, start[0], start[1]),
                  after[0],
                  compare(binder, FUNCTION_LESS, start[0], start[1]),
                  after[1],
                  compare(binder, FUNCTION_EQUAL, start[0], start[1]),
                  expr_make(arena, EXPR_AND, TYPE_OF_BOOL, known, 2, call->position)};
  *expr = expr_make(arena, EXPR_CASE, TYPE_OF_BOOL, arms, 6, call->position);
  return STATUS_OK;
}

// --- format(text, ...) ---

typedef struct Format {
  const char *at, *end;
  const Call *call;
  uint32_t next; // argument that the next %s takes
  Expr *result;  // what is put together so far; NULL: nothing
} Format;

static void append(Binder *binder, Format *format, Expr *part) {
  format->result = format->result ? call2(binder, FUNCTION_CONCAT, TYPE_OF_STRING, format->result,
                                          part, format->call->position)
                                  : part;
}

static void append_text(Binder *binder, Format *format, const char *from, const char *to) {
  if (from == to) return;
  Str text = {arena_strndup(binder->arena, from, (size_t)(to - from)), (uint32_t)(to - from)};
  append(binder, format, expr_string(binder->arena, text));
}

static Status read_number(Binder *binder, Format *format, int64_t *number) {
  *number = 0;
  while (format->at < format->end && isdigit((unsigned char)*format->at)) {
    *number = *number * 10 + (*format->at++ - '0');
    if (*number > INT32_MAX)
      return invalid_at(binder, format->call->position, "number is out of range in format()");
  }
  return STATUS_OK;
}

// The argument as text, NULL as the empty one, filled with blanks to the width.
static Status append_argument(Binder *binder, Format *format, uint32_t argument, int64_t width,
                              bool left) {
  Arena *arena = binder->arena;
  const Call *call = format->call;
  if (argument >= call->arg_count)
    return invalid_at(binder, call->position, "too few arguments for format()");
  Expr *value[2] = {call->args[argument], expr_string(arena, STR_LITERAL(""))};
  TRY(charge_copies(binder, value[0], 2));
  TRY(coerce(binder, value[0], TYPE_OF_STRING, &value[0]));
  Expr *text = expr_call(arena, FUNCTION_COALESCE, TYPE_OF_STRING, value, 2, call->position);
  if (width) {
    Expr *length = expr_call(arena, FUNCTION_LENGTH, TYPE_OF_INT32, &text, 1, call->position);
    TRY(coerce(binder, length, TYPE_OF_INT, &length));
    length = call2(binder, FUNCTION_GREATEST, TYPE_OF_INT, length, expr_int(arena, width),
                   call->position);
    Expr *args[] = {text, length, expr_string(arena, STR_LITERAL(" "))};
    text = expr_call(arena, left ? FUNCTION_RPAD : FUNCTION_LPAD, TYPE_OF_STRING, args, 3,
                     call->position);
  }
  append(binder, format, text);
  return STATUS_OK;
}

// %[position$][-][width]s behind its %.
static Status bind_specifier(Binder *binder, Format *format) {
  int64_t number = 0, width = 0;
  uint32_t argument = format->next;
  bool left = false;
  int32_t position = format->call->position;
  TRY(read_number(binder, format, &number));
  if (number && format->at < format->end && *format->at == '$') {
    format->at++;
    argument = (uint32_t)number;
    number = 0;
  } else if (format->at < format->end && *format->at == '$') {
    return invalid_at(binder, position,
                      "format specifies argument 0, but arguments are numbered "
                      "from 1");
  }
  width = number;
  for (; !width && format->at < format->end && *format->at == '-'; format->at++) left = true;
  if (!width) TRY(read_number(binder, format, &width));
  if (format->at == format->end)
    return invalid_at(binder, position, "unterminated format() type specifier");
  char kind = *format->at++;
  if (kind == '*') return unsupported(binder, position, "a width by an argument (*) in format()");
  if (kind == 'I' || kind == 'L')
    return unsupported(binder, position, "%I and %L, which quote for SQL, in format()");
  if (kind != 's')
    return invalid_at(binder, position, "unrecognized format() type specifier \"%c\"",
                      isprint((unsigned char)kind) ? kind : '?');
  format->next = argument + 1;
  return append_argument(binder, format, argument, width, left);
}

Status bind_format(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count < 1) return no_function(binder, call);
  Expr *pattern = call->args[0];
  TRY(coerce_unknown(binder, &pattern));
  if (!type_is_text(pattern->type)) return no_function(binder, call);
  *expr = pattern;
  if (pattern->kind != EXPR_CONSTANT)
    return unsupported(binder, call->position, "format() of a text that is not a literal");
  if (pattern->value.is_null) return STATUS_OK;
  Str text = pattern->value.s;
  Format format = {.at = text.data, .end = text.data + text.size, .call = call, .next = 1};
  while (format.at < format.end) {
    const char *percent = memchr(format.at, '%', (size_t)(format.end - format.at));
    append_text(binder, &format, format.at, percent ? percent : format.end);
    format.at = percent ? percent + 1 : format.end;
    if (!percent) break;
    if (format.at == format.end)
      return invalid_at(binder, call->position, "unterminated format() type specifier");
    if (*format.at == '%') {
      append_text(binder, &format, format.at, format.at + 1);
      format.at++;
    } else {
      TRY(bind_specifier(binder, &format));
    }
  }
  *expr = format.result ? format.result : pattern; // the empty text
  return STATUS_OK;
}
