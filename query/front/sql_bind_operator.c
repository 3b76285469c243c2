// Operators: arithmetic, comparison, patterns, lists.
//
// Types follow PostgreSQL: int with int stays int (division truncates), a decimal draws ints along,
// a double draws all. Decimals are exact: + and - at the larger scale, * with the scales added; /
// has a fixed scale, max(16, both), since a type here does not depend on values. Dates move by
// whole days, and by intervals written in the statement.
#include "date.h"
#include "sql_bind.h"
#include "sql_literal.h"

#define DIVIDE_SCALE_MIN 16

typedef struct OperatorName {
  const char *text;
  FunctionId function;
} OperatorName;

static const OperatorName COMPARISONS[] = {
    {"=", FUNCTION_EQUAL},       {"<>", FUNCTION_NOT_EQUAL}, {"<", FUNCTION_LESS},
    {"<=", FUNCTION_LESS_EQUAL}, {">", FUNCTION_GREATER},    {">=", FUNCTION_GREATER_EQUAL},
    {"!=", FUNCTION_NOT_EQUAL},
};
static const OperatorName ARITHMETIC[] = {
    {"+", FUNCTION_ADD},    {"-", FUNCTION_SUBTRACT}, {"*", FUNCTION_MULTIPLY},
    {"/", FUNCTION_DIVIDE}, {"%", FUNCTION_MODULO},
};
static const OperatorName PATTERNS[] = {{"~~", FUNCTION_LIKE}, {"~~*", FUNCTION_ILIKE}};

static bool find_operator(const OperatorName *names, size_t count, const char *text,
                          FunctionId *function) {
  for (size_t i = 0; i < count; i++) {
    if (strcmp(names[i].text, text) != 0) continue;
    *function = names[i].function;
    return true;
  }
  return false;
}
#define FIND_OPERATOR(names, text, function)                                                       \
  find_operator((names), sizeof(names) / sizeof *(names), (text), (function))

static Expr *call2(Binder *binder, FunctionId function, Type type, Expr *a, Expr *b,
                   int32_t position) {
  return expr_call(binder->arena, function, type, (Expr *[]){a, b}, 2, position);
}

Expr *make_not(Binder *binder, Expr *arg) {
  return expr_make(binder->arena, EXPR_NOT, TYPE_OF_BOOL, &arg, 1, arg->position);
}

static Status no_operator(Binder *binder, const char *name, const Expr *left, const Expr *right,
                          int32_t position) {
  char a[TYPE_NAME_BYTES] = "", b[TYPE_NAME_BYTES];
  if (left) type_format(left->type, a);
  return invalid_at(binder, position, "operator does not exist: %s%s%s %s", a, left ? " " : "",
                    name, type_format(right->type, b));
}

static bool is_stamp(Type type) {
  return type.kind == TYPE_TIMESTAMP || type.kind == TYPE_TIMESTAMPTZ;
}

// --- dates ---

static Status add_months(Binder *binder, Expr *moment, int64_t months, int32_t position,
                         Expr **expr) {
  if (moment->kind == EXPR_CONSTANT && !moment->value.is_null) {
    Value value = moment->value;
    int32_t day = timestamp_date(value.i);
    CivilDate civil = date_to_civil(day);
    int64_t month = civil.year * INT64_C(12) + civil.month - 1 + months;
    if (month < 12 || month >= 120000) // years 1 to 9999
      return error_set_at(binder->error, STATUS_OVERFLOW, position, "date out of range");
    value.i = date_add_months(day, (int32_t)months) * USEC_PER_DAY + timestamp_time_of_day(value.i);
    *expr = expr_constant(binder->arena, value, position);
    return STATUS_OK;
  }
  *expr = call2(binder, FUNCTION_DATE_ADD_MONTHS, moment->type, moment,
                expr_int(binder->arena, months), position);
  return STATUS_OK;
}

static Status add_usec(Binder *binder, Expr *moment, int64_t usec, int32_t position, Expr **expr) {
  if (moment->kind == EXPR_CONSTANT && !moment->value.is_null) {
    Value value = moment->value;
    if (__builtin_add_overflow(value.i, usec, &value.i) || value.i < DATE_MIN * USEC_PER_DAY ||
        value.i >= (DATE_MAX + INT64_C(1)) * USEC_PER_DAY)
      return error_set_at(binder->error, STATUS_OVERFLOW, position, "timestamp out of range");
    *expr = expr_constant(binder->arena, value, position);
    return STATUS_OK;
  }
  *expr = call2(binder, FUNCTION_TIMESTAMP_ADD, moment->type, moment, expr_int(binder->arena, usec),
                position);
  return STATUS_OK;
}

// moment + sign * interval; a date becomes a time stamp, as in PostgreSQL.
static Status add_interval(Binder *binder, Expr *moment, Expr *interval, int sign, int32_t position,
                           Expr **expr) {
  if (moment->type.kind == TYPE_DATE) TRY(coerce(binder, moment, TYPE_OF_TIMESTAMP, &moment));
  if (interval->kind != EXPR_CONSTANT || interval->value.is_null)
    return bind_moment_add(binder, moment, interval, sign, position, expr);
  IntervalValue step = interval->value.interval;
  *expr = moment;
  if (step.months) TRY(add_months(binder, *expr, (int64_t)sign * step.months, position, expr));
  int64_t usec;
  if (__builtin_mul_overflow((int64_t)step.days, USEC_PER_DAY, &usec) ||
      __builtin_add_overflow(usec, step.usec, &usec))
    return error_set_at(binder->error, STATUS_OVERFLOW, position, "interval out of range");
  if (usec) TRY(add_usec(binder, *expr, sign * usec, position, expr));
  return STATUS_OK;
}

// date + sign * days
static Status add_days(Binder *binder, Expr *date, Expr *days, int sign, int32_t position,
                       Expr **expr) {
  TRY(coerce(binder, days, TYPE_OF_INT, &days));
  bool constant = days->kind == EXPR_CONSTANT && !days->value.is_null;
  if (constant && date->kind == EXPR_CONSTANT && !date->value.is_null) {
    int128_t day = (int128_t)date->value.i + (int128_t)sign * days->value.i;
    if (day < DATE_MIN || day > DATE_MAX)
      return error_set_at(binder->error, STATUS_OVERFLOW, position, "date out of range");
    *expr =
        expr_constant(binder->arena, (Value){.type = TYPE_OF_DATE, .i = (int64_t)day}, position);
    return STATUS_OK;
  }
  if (sign < 0) {
    Value negative;
    if (constant && literal_negate(&days->value, &negative))
      days = expr_constant(binder->arena, negative, position);
    else
      days = expr_call(binder->arena, FUNCTION_NEGATE, TYPE_OF_INT, &days, 1, position);
  }
  *expr = call2(binder, FUNCTION_DATE_ADD_DAYS, TYPE_OF_DATE, date, days, position);
  return STATUS_OK;
}

// Arithmetic with a date, a time stamp or an interval; *done is false when it is none of these.
static Status bind_moment_operator(Binder *binder, FunctionId function, const char *name,
                                   Expr *left, Expr *right, int32_t position, bool *done,
                                   Expr **expr) {
  TypeKind a = left->type.kind, b = right->type.kind;
  bool moment_a = a == TYPE_DATE || is_stamp(left->type);
  bool moment_b = b == TYPE_DATE || is_stamp(right->type);
  *done = moment_a || moment_b || a == TYPE_INTERVAL || b == TYPE_INTERVAL;
  if (!*done) return STATUS_OK;
  bool add = function == FUNCTION_ADD, subtract = function == FUNCTION_SUBTRACT;
  if (subtract && a == TYPE_DATE && b == TYPE_NULL) {
    TRY(coerce(binder, right, TYPE_OF_DATE, &right));
    b = TYPE_DATE;
  } else if (subtract && b == TYPE_DATE && a == TYPE_NULL) {
    TRY(coerce(binder, left, TYPE_OF_DATE, &left));
    a = TYPE_DATE;
  }
  if ((add || subtract) && moment_a && b == TYPE_INTERVAL)
    return add_interval(binder, left, right, add ? 1 : -1, position, expr);
  if (add && a == TYPE_INTERVAL && moment_b)
    return add_interval(binder, right, left, 1, position, expr);
  if ((add || subtract) && a == TYPE_DATE && (b == TYPE_INT || b == TYPE_NULL))
    return add_days(binder, left, right, add ? 1 : -1, position, expr);
  if (add && (a == TYPE_INT || a == TYPE_NULL) && b == TYPE_DATE)
    return add_days(binder, right, left, 1, position, expr);
  if (subtract && a == TYPE_DATE && b == TYPE_DATE) {
    *expr = call2(binder, FUNCTION_DATE_DIFF_DAYS, TYPE_OF_INT32, left, right, position);
    return STATUS_OK;
  }
  TRY(bind_interval_operator(binder, function, left, right, position, done, expr));
  if (*done) return STATUS_OK;
  *done = true;
  return no_operator(binder, name, left, right, position);
}

// --- numbers ---

static unsigned larger(unsigned a, unsigned b) {
  return a > b ? a : b;
}

static unsigned digits_capped(unsigned digits) {
  return digits > DECIMAL_DIGITS_MAX ? DECIMAL_DIGITS_MAX : digits;
}

static Status bind_decimal_operator(Binder *binder, FunctionId function, Expr *left, Expr *right,
                                    int32_t position, Expr **expr) {
  Expr *sides[2] = {left, right};
  for (int i = 0; i < 2; i++) {
    const Value *constant = sides[i]->kind == EXPR_CONSTANT ? &sides[i]->value : NULL;
    TRY(coerce(binder, sides[i], literal_decimal_type(sides[i]->type, constant), &sides[i]));
  }
  Type a = sides[0]->type, b = sides[1]->type, type;
  if (function == FUNCTION_MULTIPLY) {
    if (a.scale + b.scale > DECIMAL_DIGITS_MAX)
      return invalid_at(binder, position,
                        "the product would have %d digits after the point; at "
                        "most %d are possible: cast a factor to fewer",
                        a.scale + b.scale, DECIMAL_DIGITS_MAX);
    type = type_decimal(digits_capped(a.precision + b.precision), a.scale + b.scale);
  } else if (function == FUNCTION_DIVIDE) {
    type = type_decimal(DECIMAL_DIGITS_MAX, larger(DIVIDE_SCALE_MIN, larger(a.scale, b.scale)));
  } else {
    type_common(a, b, &type);
    if (function != FUNCTION_MODULO) type.precision = (uint8_t)digits_capped(type.precision + 1u);
    for (int i = 0; i < 2; i++) TRY(coerce(binder, sides[i], type, &sides[i]));
  }
  *expr = call2(binder, function, type, sides[0], sides[1], position);
  return STATUS_OK;
}

static Status bind_arithmetic(Binder *binder, FunctionId function, const char *name, Expr *left,
                              Expr *right, int32_t position, Expr **expr) {
  bool done;
  TRY(bind_moment_operator(binder, function, name, left, right, position, &done, expr));
  if (done) return STATUS_OK;
  if (is_unknown(left) && is_unknown(right)) TRY(coerce(binder, left, TYPE_OF_INT32, &left));
  if (is_unknown(left)) TRY(coerce(binder, left, right->type, &left));
  if (is_unknown(right)) TRY(coerce(binder, right, left->type, &right));
  if (!type_is_numeric(left->type) || !type_is_numeric(right->type))
    return no_operator(binder, name, left, right, position);
  bool with_double = left->type.kind == TYPE_DOUBLE || right->type.kind == TYPE_DOUBLE;
  bool with_decimal = left->type.kind == TYPE_DECIMAL || right->type.kind == TYPE_DECIMAL;
  if (with_double && function == FUNCTION_MODULO)
    return no_operator(binder, name, left, right, position);
  if (with_decimal && !with_double)
    return bind_decimal_operator(binder, function, left, right, position, expr);
  Type type;
  type_common(left->type, right->type, &type);
  TRY(coerce(binder, left, type, &left));
  TRY(coerce(binder, right, type, &right));
  *expr = call2(binder, function, type, left, right, position);
  return STATUS_OK;
}

static Status bind_unary(Binder *binder, const char *name, Expr *arg, int32_t position,
                         Expr **expr) {
  if (arg->type.kind == TYPE_INTERVAL && strcmp(name, "-") == 0) {
    *expr = expr_call(binder->arena, FUNCTION_INTERVAL_NEGATE, arg->type, &arg, 1, position);
    return STATUS_OK;
  }
  if (arg->kind == EXPR_CONSTANT && literal_is_long_number(&arg->value) && name[0] == '-') {
    Value number = literal_long_number(
        str_from(arena_printf(binder->arena, "-%.*s", (int)arg->value.s.size, arg->value.s.data)));
    *expr = expr_constant(binder->arena, number, position);
    return STATUS_OK;
  }
  bool minus = strcmp(name, "-") == 0, found;
  if (!minus) {
    TRY(bind_math_operator(binder, name, NULL, arg, position, &found, expr));
    if (found) return STATUS_OK;
  }
  if (is_unknown(arg)) TRY(coerce(binder, arg, TYPE_OF_DOUBLE, &arg)); // as PostgreSQL
  if ((!minus && strcmp(name, "+") != 0) || !type_is_numeric(arg->type))
    return no_operator(binder, name, NULL, arg, position);
  *expr = arg;
  if (!minus) return STATUS_OK;
  Value value;
  if (arg->kind == EXPR_CONSTANT && literal_negate(&arg->value, &value))
    *expr = expr_constant(binder->arena, value, position);
  else
    *expr = expr_call(binder->arena, FUNCTION_NEGATE, arg->type, &arg, 1, position);
  return STATUS_OK;
}

// --- strings ---

static Status bind_pattern(Binder *binder, FunctionId function, bool negated, Expr *left,
                           Expr *right, int32_t position, Expr **expr) {
  TRY(coerce_unknown(binder, &left));
  TRY(coerce_unknown(binder, &right));
  if (!type_is_text(left->type) || !type_is_text(right->type))
    return no_operator(binder, function == FUNCTION_LIKE ? "LIKE" : "ILIKE", left, right, position);
  *expr = call2(binder, function, TYPE_OF_BOOL, left, right, position);
  if (negated) *expr = make_not(binder, *expr);
  return STATUS_OK;
}

static Status bind_concat(Binder *binder, Expr *left, Expr *right, int32_t position, Expr **expr) {
  bool any_string = left->type.kind == TYPE_STRING || right->type.kind == TYPE_STRING ||
                    is_unknown(left) || is_unknown(right);
  if (!any_string) return no_operator(binder, "||", left, right, position);
  TRY(coerce(binder, left, TYPE_OF_STRING, &left));
  TRY(coerce(binder, right, TYPE_OF_STRING, &right));
  *expr = call2(binder, FUNCTION_CONCAT, TYPE_OF_STRING, left, right, position);
  return STATUS_OK;
}

// --- entries ---

Status bind_comparison(Binder *binder, FunctionId function, Expr *left, Expr *right,
                       int32_t position, Expr **expr) {
  Type common;
  if (!is_unknown(left) && !is_unknown(right) && !type_common(left->type, right->type, &common))
    return no_operator(binder, function_name(function), left, right, position);
  TRY(coerce_comparison(binder, &left, &right, position));
  bool equality = function == FUNCTION_EQUAL || function == FUNCTION_NOT_EQUAL ||
                  function == FUNCTION_NOT_DISTINCT;
  if (!equality) TRY(check_ordered(binder, left, function_name(function)));
  *expr = call2(binder, function, TYPE_OF_BOOL, left, right, position);
  return STATUS_OK;
}

Status bind_operator(Binder *binder, const char *name, Expr *left, Expr *right, int32_t position,
                     Expr **expr) {
  FunctionId function;
  if (!left) return bind_unary(binder, name, right, position, expr);
  bool of_arrays;
  TRY(bind_array_operator(binder, name, left, right, position, &of_arrays, expr));
  if (of_arrays) return STATUS_OK;
  if (FIND_OPERATOR(COMPARISONS, name, &function))
    return bind_comparison(binder, function, left, right, position, expr);
  if (FIND_OPERATOR(ARITHMETIC, name, &function))
    return bind_arithmetic(binder, function, name, left, right, position, expr);
  bool negated = name[0] == '!';
  if (FIND_OPERATOR(PATTERNS, name + negated, &function))
    return bind_pattern(binder, function, negated, left, right, position, expr);
  if (strcmp(name + negated, "~") == 0 || strcmp(name + negated, "~*") == 0) {
    TRY(bind_regex_operator(binder, name[negated + 1] == '*', left, right, position, expr));
    if (negated) *expr = make_not(binder, *expr);
    return STATUS_OK;
  }
  bool found;
  TRY(bind_math_operator(binder, name, left, right, position, &found, expr));
  if (found) return STATUS_OK;
  if (strcmp(name, "^@") == 0) { // starts with
    Call starts = {"starts_with", (Expr *[]){left, right}, 2, position};
    return bind_text_call(binder, &starts, &found, expr);
  }
  if (strcmp(name, "||") == 0) return bind_concat(binder, left, right, position, expr);
  return error_set_at(binder->error, STATUS_UNSUPPORTED, position, "operator %s is not supported",
                      name);
}

// left IN (constants): each as the column's type, if nothing is lost; else all as a common type.
static Status bind_in_constants(Binder *binder, Expr *left, Expr *const *items, size_t count,
                                int32_t position, Expr **expr) {
  Expr **all = ARENA_ARRAY(binder->arena, Expr *, count + 1);
  bool exact = left->kind != EXPR_CONSTANT && !is_unknown(left);
  for (size_t i = 0; i < count && exact; i++) {
    Value value = items[i]->value;
    if (is_unknown(items[i]) || value.is_null)
      TRY(coerce(binder, items[i], left->type, &all[i + 1]));
    else {
      exact = type_equal(value.type, left->type) ||
              literal_cast_exact(&items[i]->value, left->type, &value);
      all[i + 1] = expr_constant(binder->arena, value, items[i]->position);
    }
  }
  if (!exact) memcpy(all + 1, items, count * sizeof *all);
  all[0] = left;
  TRY(coerce_common(binder, all, (uint32_t)count + 1, "IN", position));
  *expr = expr_make(binder->arena, EXPR_IN, TYPE_OF_BOOL, all, (uint32_t)count + 1, position);
  return STATUS_OK;
}

// Items that are no constants are compared one by one, joined by OR with the look-up of the others.
Status bind_in_items(Binder *binder, Expr *left, Expr *const *items, size_t count, int32_t position,
                     Expr **expr) {
  Expr **constants = ARENA_ARRAY(binder->arena, Expr *, count);
  Expr **sides = ARENA_ARRAY(binder->arena, Expr *, count + 1);
  uint32_t constant_count = 0, side_count = 0;
  for (size_t i = 0; i < count; i++)
    if (items[i]->kind == EXPR_CONSTANT) constants[constant_count++] = items[i];
  if (constant_count < count) TRY(charge_copies(binder, left, (uint32_t)count - constant_count));
  for (size_t i = 0; i < count; i++)
    if (is_unknown(left) && !is_unknown(items[i]) && items[i]->kind != EXPR_CONSTANT)
      TRY(coerce(binder, left, items[i]->type, &left));
  if (constant_count == 1 && count > 1)
    TRY(bind_comparison(binder, FUNCTION_EQUAL, left, constants[0], position,
                        &sides[side_count++]));
  else if (constant_count)
    TRY(bind_in_constants(binder, left, constants, constant_count, position, &sides[side_count++]));
  for (size_t i = 0; i < count; i++)
    if (items[i]->kind != EXPR_CONSTANT)
      TRY(bind_comparison(binder, FUNCTION_EQUAL, left, items[i], position, &sides[side_count++]));
  *expr = side_count == 1
              ? sides[0]
              : expr_make(binder->arena, EXPR_OR, TYPE_OF_BOOL, sides, side_count, position);
  return STATUS_OK;
}

Status bind_in_list(Binder *binder, Expr *left, Node *const *nodes, size_t count, bool negated,
                    int32_t position, Expr **expr) {
  const SqlParameter *given = parameter_list(binder, nodes, count);
  if (given) return bind_in_given(binder, left, given, negated, position, expr);
  Expr **items = ARENA_ARRAY(binder->arena, Expr *, count);
  for (size_t i = 0; i < count; i++) TRY(bind_expr(binder, nodes[i], &items[i]));
  TRY(bind_in_items(binder, left, items, count, position, expr));
  if (negated) *expr = make_not(binder, *expr);
  return STATUS_OK;
}
