// Function calls, each by a row of a table.
//
// To add a scalar function: a line in functions.def, its kernel in engine/exec, a row in FUNCTIONS
// here and, unless its arguments are all strings or numbers, a function that settles its types.
#include "sql_bind.h"
#include "sql_literal.h"
#include <ctype.h>
#include <stdio.h>

#define CALL_ARGS_MAX 100

typedef Status (*CallBinder)(Binder *binder, const Call *call, Expr **expr);

Status no_function(Binder *binder, const Call *call) {
  char types[200] = "", type[TYPE_NAME_BYTES];
  for (uint32_t i = 0; i < call->arg_count; i++) {
    size_t used = strlen(types);
    snprintf(types + used, sizeof types - used, "%s%s", i ? ", " : "",
             type_format(call->args[i]->type, type));
  }
  return invalid_at(binder, call->position, "function %s does not take (%s)", call->name, types);
}

static Expr *make_call(Binder *binder, const Call *call, FunctionId function, Type type) {
  return expr_call(binder->arena, function, type, call->args, call->arg_count, call->position);
}

// --- strings ---

static Status bind_strings(Binder *binder, const Call *call, uint32_t count, FunctionId function,
                           Type type, Expr **expr) {
  if (call->arg_count != count) return no_function(binder, call);
  for (uint32_t i = 0; i < count; i++) {
    TRY(coerce_unknown(binder, &call->args[i]));
    if (!type_is_text(call->args[i]->type)) return no_function(binder, call);
  }
  *expr = make_call(binder, call, function, type);
  return STATUS_OK;
}

static Status bind_lower(Binder *binder, const Call *call, Expr **expr) {
  return bind_strings(binder, call, 1, FUNCTION_LOWER, TYPE_OF_STRING, expr);
}

static Status bind_upper(Binder *binder, const Call *call, Expr **expr) {
  return bind_strings(binder, call, 1, FUNCTION_UPPER, TYPE_OF_STRING, expr);
}

static Status bind_length(Binder *binder, const Call *call, Expr **expr) {
  return bind_strings(binder, call, 1, FUNCTION_LENGTH, TYPE_OF_INT32, expr);
}

// concat(a, b, ...): all as strings, NULL as the empty one.
static Status bind_concat_function(Binder *binder, const Call *call, Expr **expr) {
  *expr = NULL;
  for (uint32_t i = 0; i < call->arg_count; i++) {
    Expr *pair[2], *empty = expr_string(binder->arena, STR_LITERAL(""));
    TRY(coerce(binder, call->args[i], TYPE_OF_STRING, &pair[0]));
    pair[1] = empty;
    Expr *item =
        expr_call(binder->arena, FUNCTION_COALESCE, TYPE_OF_STRING, pair, 2, call->position);
    if (*expr)
      item = expr_call(binder->arena, FUNCTION_CONCAT, TYPE_OF_STRING, (Expr *[]){*expr, item}, 2,
                       call->position);
    *expr = item;
  }
  return *expr ? STATUS_OK : no_function(binder, call);
}

// --- numbers ---

static Status one_number(Binder *binder, const Call *call) {
  if (call->arg_count < 1) return no_function(binder, call);
  if (is_unknown(call->args[0])) TRY(coerce(binder, call->args[0], TYPE_OF_DOUBLE, &call->args[0]));
  return type_is_numeric(call->args[0]->type) ? STATUS_OK : no_function(binder, call);
}

static Status bind_abs(Binder *binder, const Call *call, Expr **expr) {
  TRY(one_number(binder, call));
  if (call->arg_count != 1) return no_function(binder, call);
  *expr = make_call(binder, call, FUNCTION_ABS, call->args[0]->type);
  return STATUS_OK;
}

// A decimal type of that scale for a rounded one: the carry may need one more digit.
static Type rounded_type(Type type, int64_t scale) {
  int64_t digits = type.precision - type.scale + 1 + scale;
  if (digits < 1) digits = 1;
  return type_decimal((unsigned)(digits > DECIMAL_DIGITS_MAX ? DECIMAL_DIGITS_MAX : digits),
                      (unsigned)scale);
}

static Status bind_whole(Binder *binder, const Call *call, FunctionId function, Expr **expr) {
  TRY(one_number(binder, call));
  if (call->arg_count != 1) return no_function(binder, call);
  Type type = call->args[0]->type;
  *expr = call->args[0];
  if (type.kind == TYPE_INT) return STATUS_OK;
  *expr =
      make_call(binder, call, function, type.kind == TYPE_DECIMAL ? rounded_type(type, 0) : type);
  return STATUS_OK;
}

static Status bind_floor(Binder *binder, const Call *call, Expr **expr) {
  return bind_whole(binder, call, FUNCTION_FLOOR, expr);
}

static Status bind_ceil(Binder *binder, const Call *call, Expr **expr) {
  return bind_whole(binder, call, FUNCTION_CEIL, expr);
}

#define ROUND_SCALE_WHOLE 10

// Rounding before the point: round(x * 0.01) * 100 for two digits, exact in decimals.
static Status bind_round_whole(Binder *binder, const Call *call, Expr *value, int64_t digits,
                               Expr **expr) {
  Value factors[2];
  if (value->type.scale + digits > DECIMAL_DIGITS_MAX) // nothing is left but zero
    return unsupported(binder, call->position, "round to so many digits before the point");
  bool fits = literal_decimal(1, type_decimal((unsigned)digits, (unsigned)digits), &factors[0]) &&
              literal_decimal(decimal_pow10_128((unsigned)digits),
                              type_decimal((unsigned)digits + 1, 0), &factors[1]);
  if (!fits) return unsupported(binder, call->position, "round to so many digits");
  Expr *factor = expr_constant(binder->arena, factors[0], call->position);
  TRY(bind_operator(binder, "*", value, factor, call->position, &value));
  Expr *args[] = {value, expr_int(binder->arena, 0)};
  value = expr_call(binder->arena, FUNCTION_ROUND, rounded_type(value->type, 0), args, 2,
                    call->position);
  factor = expr_constant(binder->arena, factors[1], call->position);
  return bind_operator(binder, "*", value, factor, call->position, expr);
}

// The number of digits that round is asked for: a constant, 0 when it is not given.
static Status round_digits(Binder *binder, const Call *call, int64_t *digits) {
  *digits = 0;
  if (call->arg_count < 2) return STATUS_OK;
  Expr *constant;
  TRY(coerce(binder, call->args[1], TYPE_OF_INT, &constant));
  if (constant->kind != EXPR_CONSTANT || constant->value.is_null)
    return unsupported(binder, call->position, "round to a number of digits that is not a literal");
  *digits = constant->value.i;
  if (*digits < 1 - DECIMAL_DIGITS_MAX || *digits > DECIMAL_DIGITS_MAX)
    return invalid_at(binder, call->position, "round takes -%d to %d digits",
                      DECIMAL_DIGITS_MAX - 1, DECIMAL_DIGITS_MAX);
  return STATUS_OK;
}

// The scale that a double is taken at: the digits, or some where those before the point are
// rounded.
static unsigned round_scale(int64_t digits) {
  return digits < 0 ? ROUND_SCALE_WHOLE : (unsigned)digits;
}

static Status bind_round(Binder *binder, const Call *call, Expr **expr) {
  TRY(one_number(binder, call));
  int64_t digits;
  Expr *value = call->args[0];
  if (call->arg_count > 2) return no_function(binder, call);
  TRY(round_digits(binder, call, &digits));
  if (value->type.kind == TYPE_DOUBLE && call->arg_count == 2) // a decimal, as of its 15 digits
    TRY(coerce(binder, value, type_decimal(DECIMAL_DIGITS_MAX, round_scale(digits)), &value));
  bool is_double = value->type.kind == TYPE_DOUBLE;
  if (value->type.kind == TYPE_INT && call->arg_count == 1) {
    *expr = value;
    return STATUS_OK;
  }
  if (value->type.kind == TYPE_INT)
    TRY(coerce(binder, value, literal_decimal_type(value->type, NULL), &value));
  if (digits < 0) return bind_round_whole(binder, call, value, -digits, expr);
  Type type = is_double ? value->type : rounded_type(value->type, digits);
  Expr *args[] = {value, expr_int(binder->arena, digits)};
  *expr = expr_call(binder->arena, FUNCTION_ROUND, type, args, 2, call->position);
  return STATUS_OK;
}

// --- dates ---

// The field's name as a lower-case constant, one of `fields`.
static Status date_field(Binder *binder, const Call *call, const char *const *fields, size_t count,
                         Expr **field) {
  Expr *arg = call->args[0];
  if (arg->kind != EXPR_CONSTANT || arg->value.is_null ||
      (!is_unknown(arg) && arg->type.kind != TYPE_STRING))
    return unsupported(binder, call->position, "a date field that is not a literal");
  char *name = arena_strndup(binder->arena, arg->value.s.data, arg->value.s.size);
  for (char *c = name; *c; c++) *c = (char)tolower((unsigned char)*c);
  for (size_t i = 0; i < count; i++) {
    if (strcmp(name, fields[i]) != 0) continue;
    *field = expr_string(binder->arena, str_from(name));
    return STATUS_OK;
  }
  return name_unknown(binder, arg->position, "date field", name, fields, (uint32_t)count);
}

static bool is_moment(Type type) {
  return type.kind == TYPE_DATE || type.kind == TYPE_TIMESTAMP || type.kind == TYPE_TIMESTAMPTZ;
}

static Status moment_argument(Binder *binder, const Call *call, Expr **moment) {
  *moment = call->args[1];
  if (is_unknown(*moment)) TRY(coerce(binder, *moment, TYPE_OF_TIMESTAMP, moment));
  bool fits = is_moment((*moment)->type) || (*moment)->type.kind == TYPE_INTERVAL;
  return fits ? STATUS_OK : no_function(binder, call);
}

// Of a date it gives a date here (PostgreSQL: a time stamp with zone), so that months group
// densely.
static Status bind_date_trunc(Binder *binder, const Call *call, Expr **expr) {
  static const char *const fields[] = {
      "second", "minute", "hour",    "day",        "week",         "month",       "quarter",
      "year",   "decade", "century", "millennium", "milliseconds", "microseconds"};
  Expr *args[2];
  bool zoned = call->arg_count == 3;
  if (call->arg_count != 2 && !zoned) return no_function(binder, call);
  TRY(moment_argument(binder, call, &args[1]));
  bool interval = args[1]->type.kind == TYPE_INTERVAL;
  if (zoned && interval) return no_function(binder, call);
  TRY(date_field(binder, call, fields, sizeof fields / sizeof *fields, &args[0]));
  if (interval && str_equal(args[0]->value.s, STR_LITERAL("week")))
    return invalid_at(binder, args[0]->position,
                      "an interval is not truncated to weeks, for a month has no whole number");
  size_t known = 8; // an interval's
  if (interval) TRY(date_field(binder, call, fields, known, &args[0]));
  if (zoned) return bind_trunc_zoned(binder, call, args[0], args[1], call->args[2], expr);
  if (interval) {
    *expr =
        expr_call(binder->arena, FUNCTION_INTERVAL_TRUNC, args[1]->type, args, 2, call->position);
    return STATUS_OK;
  }
  *expr = expr_call(binder->arena, FUNCTION_DATE_TRUNC, args[1]->type, args, 2, call->position);
  return STATUS_OK;
}

// Of the time of day, which a date has not.
static bool is_field_of_day(Str field) {
  static const char *const fields[] = {"second", "minute", "hour", "milliseconds", "microseconds"};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    if (str_equal(field, str_from(fields[i]))) return true;
  return false;
}

static Status bind_extract(Binder *binder, const Call *call, Expr **expr) {
  static const char *const fields[] = {
      "second",  "minute", "hour",    "day",        "week",         "month",
      "quarter", "year",   "isodow",  "dow",        "doy",          "isoyear",
      "epoch",   "decade", "century", "millennium", "milliseconds", "microseconds"};
  Expr *args[2];
  if (call->arg_count != 2) return no_function(binder, call);
  TRY(moment_argument(binder, call, &args[1]));
  TRY(date_field(binder, call, fields, sizeof fields / sizeof *fields, &args[0]));
  if (str_equal(args[0]->value.s, STR_LITERAL("epoch")))
    return bind_epoch(binder, args[1], call->position, expr);
  if (args[1]->type.kind == TYPE_INTERVAL)
    return bind_interval_field(binder, args[0], args[1], call->position, expr);
  if (args[1]->type.kind == TYPE_DATE && is_field_of_day(args[0]->value.s))
    return invalid_at(binder, call->position,
                      "unit \"%.*s\" not supported for type date: a date has no time of day",
                      (int)args[0]->value.s.size, args[0]->value.s.data);
  *expr = expr_call(binder->arena, FUNCTION_EXTRACT, TYPE_OF_INT, args, 2, call->position);
  return STATUS_OK;
}

// --- of types ---

static Status bind_date(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count != 1) return no_function(binder, call);
  return coerce(binder, call->args[0], TYPE_OF_DATE, expr);
}

// PostgreSQL's name of the type.
static Status bind_typeof(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count != 1) return no_function(binder, call);
  Type type = call->args[0]->type;
  const char *name = type_name_standard(binder->arena, type);
  *expr = expr_string(binder->arena, str_from(name));
  return STATUS_OK;
}

// Where clients find themselves: one database, one schema.
static Status bind_current_database(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count != 0) return no_function(binder, call);
  bool schema = strcmp(call->name, "current_schema") == 0;
  *expr = expr_string(binder->arena, str_from(schema ? SCHEMA_NAME : DATABASE_NAME));
  return STATUS_OK;
}

// How many of the arguments are NULL, or are not.
static Status bind_num_nulls(Binder *binder, const Call *call, Expr **expr) {
  bool nulls = strcmp(call->name, "num_nulls") == 0;
  *expr = NULL;
  for (uint32_t i = 0; i < call->arg_count; i++) {
    TRY(coerce_unknown(binder, &call->args[i]));
    Expr *test = expr_make(binder->arena, EXPR_IS_NULL, TYPE_OF_BOOL, &call->args[i], 1, -1);
    Expr *arms[] = {nulls ? test : make_not(binder, test), NULL, NULL};
    TRY(coerce(binder, expr_int(binder->arena, 1), TYPE_OF_INT32, &arms[1]));
    TRY(coerce(binder, expr_int(binder->arena, 0), TYPE_OF_INT32, &arms[2]));
    Expr *one = expr_make(binder->arena, EXPR_CASE, TYPE_OF_INT32, arms, 3, call->position);
    Expr *both[] = {*expr, one};
    *expr = *expr ? expr_call(binder->arena, FUNCTION_ADD, TYPE_OF_INT32, both, 2, call->position)
                  : one;
  }
  return *expr ? STATUS_OK : no_function(binder, call);
}

static const struct {
  const char *name;
  CallBinder bind;
} FUNCTIONS[] = {
    {"lower", bind_lower},
    {"upper", bind_upper},
    {"length", bind_length},
    {"char_length", bind_length},
    {"concat", bind_concat_function},
    {"abs", bind_abs},
    {"floor", bind_floor},
    {"ceil", bind_ceil},
    {"ceiling", bind_ceil},
    {"round", bind_round},
    {"date_trunc", bind_date_trunc},
    {"extract", bind_extract},
    {"date_part", bind_extract},
    {"date", bind_date},
    {"pg_typeof", bind_typeof},
    {"current_database", bind_current_database},
    {"current_schema", bind_current_database},
    {"num_nulls", bind_num_nulls},
    {"num_nonnulls", bind_num_nulls},
    {"in_segment", bind_in_segment},
};

#define FUNCTION_TABLE_COUNT (sizeof FUNCTIONS / sizeof *FUNCTIONS)

// --- entry ---

// What other databases call otherwise.
static const char *other_name(const char *name) {
  static const char *const others[][2] = {
      {"ifnull", "COALESCE(a, b)"},
      {"nvl", "COALESCE(a, b)"},
      {"isnull", "COALESCE(a, b)"},
      {"iif", "CASE WHEN a THEN b ELSE c END"},
      {"decode", "CASE a WHEN b THEN c END"},
      {"datediff", "a - b, or extract(... FROM age(a, b))"},
      {"dateadd", "a + INTERVAL '1 day'"},
      {"date_add", "a + INTERVAL '1 day'"},
      {"date_sub", "a - INTERVAL '1 day'"},
      {"date_diff", "a - b, or extract(... FROM age(a, b))"},
      {"getdate", "now()"},
      {"today", "current_date"},
      {"curdate", "current_date"},
      {"date_format", "to_char(a, 'YYYY-MM')"},
      {"strftime", "to_char(a, 'YYYY-MM')"},
      {"str_to_date", "to_date(a, 'DD.MM.YYYY')"},
      {"year", "extract(year FROM a)"},
      {"quarter", "extract(quarter FROM a)"},
      {"month", "extract(month FROM a)"},
      {"week", "extract(week FROM a)"},
      {"weekday", "extract(isodow FROM a)"},
      {"dayofweek", "extract(isodow FROM a)"},
      {"day", "extract(day FROM a)"},
      {"hour", "extract(hour FROM a)"},
      {"minute", "extract(minute FROM a)"},
      {"last_day", "date_trunc('month', a) + INTERVAL '1 month' - INTERVAL '1 day'"},
      {"group_concat", "string_agg(a, ',')"},
      {"listagg", "string_agg(a, ',')"},
      {"countif", "count(*) FILTER (WHERE a)"},
      {"count_if", "count(*) FILTER (WHERE a)"},
      {"sumif", "sum(a) FILTER (WHERE b)"},
      {"quantile", "percentile_cont(0.5) WITHIN GROUP (ORDER BY a)"},
      {"uniq", "count(DISTINCT a)"},
      {"mid", "substring(a FROM 2 FOR 3)"},
      {"len", "length(a)"},
      {"instr", "strpos(a, b)"},
      {"charindex", "strpos(b, a)"},
      {"ucase", "upper(a)"},
      {"lcase", "lower(a)"},
      {"split", "string_to_array(a, ',')"},
      {"explode", "unnest(a)"},
      {"flatten", "unnest(a)"},
      {"rand", "stable_hash(key, 'salt') % 100 < 10"},
      {"truncate", "trunc(a, 2)"},
      {"safe_divide", "a / NULLIF(b, 0)"},
      {"regexp_matches", "regexp_match(a, b), of the first match"},
      {"regexp_extract", "regexp_substr(a, b)"},
  };
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (strcmp(name, others[i][0]) == 0) return others[i][1];
  return NULL;
}

static Status function_unknown(Binder *binder, const PgQuery__FuncCall *node, const char *name) {
  if (other_name(name))
    return error_set_at(binder->error, STATUS_NOT_FOUND, node->location,
                        "function \"%s\" does not exist; write %s", name, other_name(name));
  if (strcmp(name, "clock_timestamp") == 0 || strcmp(name, "timeofday") == 0)
    return error_set_at(binder->error, STATUS_UNSUPPORTED, node->location,
                        "%s is not supported, for it changes within a statement: use now()", name);
  const char *candidates[FUNCTION_TABLE_COUNT + AGGREGATE_NAMES_MAX + 5 * TOPIC_NAMES_MAX];
  uint32_t count = text_call_names(candidates);
  count += math_call_names(candidates + count);
  count += moment_call_names(candidates + count);
  count += array_call_names(candidates + count);
  count += rows_call_names(candidates + count);
  for (size_t i = 0; i < FUNCTION_TABLE_COUNT; i++) candidates[count++] = FUNCTIONS[i].name;
  count += aggregate_names(candidates + count);
  return name_unknown(binder, node->location, "function", name, candidates, count);
}

// Functions by topic, each with a table in a file of its own.
static Status bind_topic(Binder *binder, const Call *call, Expr **expr) {
  bool found;
  TRY(bind_text_call(binder, call, &found, expr));
  if (!found) TRY(bind_math_call(binder, call, &found, expr));
  if (!found) TRY(bind_moment_call(binder, call, &found, expr));
  if (!found) TRY(bind_array_call(binder, call, &found, expr));
  return STATUS_OK;
}

static Status bind_scalar_call(Binder *binder, const PgQuery__FuncCall *node, const char *name,
                               CallBinder bind, Expr **expr) {
  if (node->agg_star || node->agg_distinct || node->agg_filter || node->n_agg_order)
    return invalid_at(binder, node->location, "%s is not an aggregate", name);
  if (node->func_variadic) return unsupported(binder, node->location, "VARIADIC");
  if (node->n_args > CALL_ARGS_MAX)
    return invalid_at(binder, node->location, "%s has more than %d arguments", name, CALL_ARGS_MAX);
  Call call = {.name = name, .position = node->location, .arg_count = (uint32_t)node->n_args};
  call.args = ARENA_ARRAY(binder->arena, Expr *, node->n_args);
  for (size_t i = 0; i < node->n_args; i++) TRY(bind_expr(binder, node->args[i], &call.args[i]));
  return bind(binder, &call, expr);
}

// in_segment(key, $n) without a segment: the key and the day are checked, and left alone.
static Status bind_in_everybody(Binder *binder, const PgQuery__FuncCall *node, Expr **expr) {
  Expr *arg;
  if (node->n_args > 3)
    return invalid_at(binder, node->location,
                      "in_segment takes a member's key, a segment's id and maybe a day");
  TRY(bind_expr(binder, node->args[0], &arg));
  if (node->n_args == 3) TRY(bind_expr(binder, node->args[2], &arg));
  *expr = expr_bool(binder->arena, true);
  return STATUS_OK;
}

Status bind_function(Binder *binder, const PgQuery__FuncCall *node, Expr **expr) {
  const char *name = list_last_string(node->funcname, node->n_funcname);
  const char *schema = node->n_funcname > 1 ? node_string(node->funcname[0]) : NULL;
  if (!name || (schema && strcmp(schema, "pg_catalog") != 0))
    return unsupported(binder, node->location, "a function of a schema");
  if (strcmp(name, "measure") == 0) return bind_measure(binder, node, expr);
  if (node->over) return bind_window_call(binder, node, name, expr);
  if (aggregate_known(name)) return bind_aggregate(binder, node, name, expr);
  if (window_name_known(name))
    return invalid_at(binder, node->location, "window function %s requires an OVER clause", name);
  if (strcmp(name, "in_segment") == 0 && node->n_args > 1 &&
      parameter_everybody(binder, node->args[1]))
    return bind_in_everybody(binder, node, expr);
  for (size_t i = 0; i < FUNCTION_TABLE_COUNT; i++)
    if (strcmp(name, FUNCTIONS[i].name) == 0)
      return bind_scalar_call(binder, node, name, FUNCTIONS[i].bind, expr);
  bool is_clock;
  TRY(bind_clock_call(binder, node, name, &is_clock, expr));
  if (is_clock) return STATUS_OK;
  if (strcmp(name, "make_interval") == 0) return bind_make_interval(binder, node, expr);
  if (strcmp(name, "width_bucket") == 0 && node->n_args == 2)
    return bind_bucket_list(binder, node, expr);
  if (rows_call_known(name)) return bind_rows_call(binder, node, name, expr);
  if (text_call_known(name) || math_call_known(name) || moment_call_known(name) ||
      array_call_known(name))
    return bind_scalar_call(binder, node, name, bind_topic, expr);
  return function_unknown(binder, node, name);
}
