// Mathematical functions and operators.
//
// What PostgreSQL computes in numeric of any length (sqrt, ln, power of a numeric) is of doubles
// here, for a decimal's type is known before its digits are; what shortens or compares numbers
// (trunc, mod, div, sign, gcd) stays exact.
#include "sql_bind.h"
#include "sql_literal.h"
#include <math.h>

static const struct {
  const char *name;
  FunctionId function;
  uint32_t arg_count;
} DOUBLES[] = {
    {"sqrt", FUNCTION_SQRT, 1},       {"cbrt", FUNCTION_CBRT, 1},
    {"exp", FUNCTION_EXP, 1},         {"ln", FUNCTION_LN, 1},
    {"log", FUNCTION_LOG10, 1},       {"log10", FUNCTION_LOG10, 1},
    {"sin", FUNCTION_SIN, 1},         {"cos", FUNCTION_COS, 1},
    {"tan", FUNCTION_TAN, 1},         {"cot", FUNCTION_COT, 1},
    {"asin", FUNCTION_ASIN, 1},       {"acos", FUNCTION_ACOS, 1},
    {"atan", FUNCTION_ATAN, 1},       {"sinh", FUNCTION_SINH, 1},
    {"cosh", FUNCTION_COSH, 1},       {"tanh", FUNCTION_TANH, 1},
    {"asinh", FUNCTION_ASINH, 1},     {"acosh", FUNCTION_ACOSH, 1},
    {"atanh", FUNCTION_ATANH, 1},     {"degrees", FUNCTION_DEGREES, 1},
    {"radians", FUNCTION_RADIANS, 1}, {"log", FUNCTION_LOG_BASE, 2},
    {"power", FUNCTION_POWER, 2},     {"pow", FUNCTION_POWER, 2},
    {"atan2", FUNCTION_ATAN2, 2},
};
#define DOUBLE_COUNT (sizeof DOUBLES / sizeof *DOUBLES)

static Expr *make_call(Binder *binder, const Call *call, FunctionId function, Type type) {
  return expr_call(binder->arena, function, type, call->args, call->arg_count, call->position);
}

static Status bind_doubles(Binder *binder, const Call *call, bool *found, Expr **expr) {
  *found = false;
  for (size_t f = 0; f < DOUBLE_COUNT; f++) {
    if (strcmp(call->name, DOUBLES[f].name) != 0) continue;
    *found = true;
    if (DOUBLES[f].arg_count != call->arg_count) continue;
    for (uint32_t i = 0; i < call->arg_count; i++) {
      Expr **arg = &call->args[i];
      if (!is_unknown(*arg) && !type_is_numeric((*arg)->type)) return no_function(binder, call);
      TRY(coerce(binder, *arg, TYPE_OF_DOUBLE, arg));
    }
    *expr = make_call(binder, call, DOUBLES[f].function, TYPE_OF_DOUBLE);
    return STATUS_OK;
  }
  return *found ? no_function(binder, call) : STATUS_OK;
}

// Numbers, as many as `count`; those without a type become doubles.
static Status numbers(Binder *binder, const Call *call, uint32_t count) {
  if (call->arg_count != count) return no_function(binder, call);
  for (uint32_t i = 0; i < count; i++) {
    Type other = call->args[count - 1 - i]->type;
    if (is_unknown(call->args[i]))
      TRY(coerce(binder, call->args[i], type_is_numeric(other) ? other : TYPE_OF_DOUBLE,
                 &call->args[i]));
    if (!type_is_numeric(call->args[i]->type)) return no_function(binder, call);
  }
  return STATUS_OK;
}

static Status bind_pi(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count) return no_function(binder, call);
  *expr = expr_constant(binder->arena, (Value){.type = TYPE_OF_DOUBLE, .d = M_PI}, call->position);
  return STATUS_OK;
}

static Status bind_random(Binder *binder, const Call *call, Expr **expr) {
  (void)expr;
  return error_set_at(binder->error, STATUS_UNSUPPORTED, call->position,
                      "random() is not supported, for an answer must repeat: choose rows by "
                      "stable_hash(key, 'salt') %% 100 < 10");
}

static Status bind_mod(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count != 2) return no_function(binder, call);
  return bind_operator(binder, "%", call->args[0], call->args[1], call->position, expr);
}

static Status bind_div(Binder *binder, const Call *call, Expr **expr) {
  TRY(numbers(binder, call, 2));
  Type a = call->args[0]->type, b = call->args[1]->type;
  if (a.kind == TYPE_DOUBLE || b.kind == TYPE_DOUBLE) return no_function(binder, call);
  if (a.kind == TYPE_INT && b.kind == TYPE_INT)
    return bind_operator(binder, "/", call->args[0], call->args[1], call->position, expr);
  TRY(coerce_common(binder, call->args, 2, "div", call->position));
  *expr = make_call(binder, call, FUNCTION_DIV, type_decimal(DECIMAL_DIGITS_MAX, 0));
  return STATUS_OK;
}

static Status bind_sign(Binder *binder, const Call *call, Expr **expr) {
  TRY(numbers(binder, call, 1));
  Type type = call->args[0]->type;
  *expr =
      make_call(binder, call, FUNCTION_SIGN, type.kind == TYPE_DECIMAL ? type_decimal(1, 0) : type);
  return STATUS_OK;
}

// trunc(x, -n): div(x, 10^n) * 10^n
static Status trunc_before_point(Binder *binder, const Call *call, unsigned digits, Expr **expr) {
  Value unit;
  if (!literal_decimal(decimal_pow10_128(digits), type_decimal(digits + 1, 0), &unit))
    return unsupported(binder, call->position, "trunc to so many digits before the point");
  Expr *factor = expr_constant(binder->arena, unit, call->position), *args[2] = {call->args[0]};
  args[1] = factor;
  Call div = {"div", args, 2, call->position};
  TRY(bind_div(binder, &div, expr));
  return bind_operator(binder, "*", *expr, factor, call->position, expr);
}

static Status bind_trunc(Binder *binder, const Call *call, Expr **expr) {
  Call one = {call->name, call->args, 1, call->position};
  if (call->arg_count < 1 || call->arg_count > 2) return no_function(binder, call);
  TRY(numbers(binder, &one, 1));
  Type type = call->args[0]->type;
  int64_t digits = 0;
  if (call->arg_count == 2) {
    Expr *constant;
    if (type.kind == TYPE_DOUBLE) return no_function(binder, call); // as PostgreSQL
    TRY(coerce(binder, call->args[1], TYPE_OF_INT, &constant));
    if (constant->kind != EXPR_CONSTANT || constant->value.is_null)
      return unsupported(binder, call->position,
                         "trunc to a number of digits that is not a literal");
    digits = constant->value.i;
    if (digits < 1 - DECIMAL_DIGITS_MAX || digits > DECIMAL_DIGITS_MAX)
      return invalid_at(binder, call->position, "trunc takes -%d to %d digits",
                        DECIMAL_DIGITS_MAX - 1, DECIMAL_DIGITS_MAX);
  }
  *expr = call->args[0];
  if (digits < 0) return trunc_before_point(binder, call, (unsigned)-digits, expr);
  if (type.kind == TYPE_INT && call->arg_count == 1) return STATUS_OK;
  if (type.kind == TYPE_INT) {
    TRY(coerce(binder, *expr, literal_decimal_type(type, NULL), expr));
    type = (*expr)->type;
  }
  if (type.kind == TYPE_DECIMAL) {
    int64_t precision = type.precision - type.scale + digits;
    if (precision > DECIMAL_DIGITS_MAX) precision = DECIMAL_DIGITS_MAX;
    type = type_decimal((unsigned)(precision < 1 ? 1 : precision), (unsigned)digits);
  }
  *expr = expr_call(binder->arena, FUNCTION_TRUNC, type, expr, 1, call->position);
  return STATUS_OK;
}

static Status bind_common_divisor(Binder *binder, const Call *call, Expr **expr) {
  TRY(numbers(binder, call, 2));
  TRY(coerce_common(binder, call->args, 2, call->name, call->position));
  Type type = call->args[0]->type;
  if (type.kind == TYPE_DOUBLE) return no_function(binder, call);
  bool lcm = strcmp(call->name, "lcm") == 0;
  if (lcm && type.kind == TYPE_DECIMAL) type = type_decimal(DECIMAL_DIGITS_MAX, type.scale);
  *expr = make_call(binder, call, lcm ? FUNCTION_LCM : FUNCTION_GCD, type);
  return STATUS_OK;
}

static Status bind_factorial(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count != 1) return no_function(binder, call);
  if (is_unknown(call->args[0])) TRY(coerce(binder, call->args[0], TYPE_OF_INT, &call->args[0]));
  if (call->args[0]->type.kind != TYPE_INT) return no_function(binder, call);
  *expr = make_call(binder, call, FUNCTION_FACTORIAL, type_decimal(DECIMAL_DIGITS_MAX, 0));
  return STATUS_OK;
}

static Status bind_width_bucket(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count != 4) return no_function(binder, call);
  for (uint32_t i = 0; i < 4; i++)
    if (!is_unknown(call->args[i]) && !type_is_numeric(call->args[i]->type))
      return no_function(binder, call);
  if (!is_unknown(call->args[3]) && call->args[3]->type.kind != TYPE_INT)
    return no_function(binder, call);
  TRY(coerce_common(binder, call->args, 3, "width_bucket", call->position));
  if (!type_is_numeric(call->args[0]->type)) // none had a type
    for (uint32_t i = 0; i < 3; i++)
      TRY(coerce(binder, call->args[i], TYPE_OF_DOUBLE, &call->args[i]));
  TRY(coerce(binder, call->args[3], TYPE_OF_INT, &call->args[3]));
  *expr = make_call(binder, call, FUNCTION_WIDTH_BUCKET, TYPE_OF_INT32);
  return STATUS_OK;
}

// width_bucket(x, ARRAY[...]): how many of the ascending thresholds x has reached.
Status bind_bucket_list(Binder *binder, const PgQuery__FuncCall *node, Expr **expr) {
  Expr *value, **items;
  uint32_t count;
  bool is_null;
  TRY(bind_expr(binder, node->args[0], &value));
  TRY(bind_array_items(binder, node->args[1], &items, &count, &is_null));
  Expr **args = ARENA_ARRAY(binder->arena, Expr *, (size_t)count + 1);
  args[0] = value;
  if (count) memcpy(args + 1, items, count * sizeof *items);
  TRY(coerce_common(binder, args, count + 1, "width_bucket", node->location));
  for (uint32_t i = 1; i <= count; i++)
    if (args[i]->kind != EXPR_CONSTANT)
      return unsupported(binder, args[i]->position, "a threshold that is not a literal");
    else if (args[i]->value.is_null)
      return invalid_at(binder, args[i]->position, "thresholds array must not contain NULLs");
  *expr = is_null ? expr_null(binder->arena, TYPE_OF_INT32)
                  : expr_call(binder->arena, FUNCTION_BUCKET_OF, TYPE_OF_INT32, args, count + 1,
                              node->location);
  return STATUS_OK;
}

static const struct {
  const char *name;
  Status (*bind)(Binder *binder, const Call *call, Expr **expr);
} FORMS[] = {
    {"pi", bind_pi},
    {"random", bind_random},
    {"mod", bind_mod},
    {"div", bind_div},
    {"sign", bind_sign},
    {"trunc", bind_trunc},
    {"gcd", bind_common_divisor},
    {"lcm", bind_common_divisor},
    {"factorial", bind_factorial},
    {"width_bucket", bind_width_bucket},
};
#define FORM_COUNT (sizeof FORMS / sizeof *FORMS)

Status bind_math_call(Binder *binder, const Call *call, bool *found, Expr **expr) {
  *found = true;
  for (size_t i = 0; i < FORM_COUNT; i++)
    if (strcmp(call->name, FORMS[i].name) == 0) return FORMS[i].bind(binder, call, expr);
  return bind_doubles(binder, call, found, expr);
}

uint32_t math_call_names(const char **names) {
  _Static_assert(DOUBLE_COUNT + FORM_COUNT <= TOPIC_NAMES_MAX, "room for every name");
  uint32_t count = 0;
  for (size_t i = 0; i < DOUBLE_COUNT; i++) names[count++] = DOUBLES[i].name;
  for (size_t i = 0; i < FORM_COUNT; i++) names[count++] = FORMS[i].name;
  return count;
}

bool math_call_known(const char *name) {
  const char *names[TOPIC_NAMES_MAX];
  uint32_t count = math_call_names(names);
  for (uint32_t i = 0; i < count; i++)
    if (strcmp(names[i], name) == 0) return true;
  return false;
}

// --- operators ---

static const struct {
  const char *text;
  FunctionId function;
  bool unary;
} BITS[] = {
    {"&", FUNCTION_BIT_AND, false},      {"|", FUNCTION_BIT_OR, false},
    {"#", FUNCTION_BIT_XOR, false},      {"<<", FUNCTION_SHIFT_LEFT, false},
    {">>", FUNCTION_SHIFT_RIGHT, false}, {"~", FUNCTION_BIT_NOT, true},
};

static Status bind_bits(Binder *binder, const Call *call, FunctionId function, Expr **expr) {
  bool shift = function == FUNCTION_SHIFT_LEFT || function == FUNCTION_SHIFT_RIGHT;
  for (uint32_t i = 0; i < call->arg_count; i++) {
    Type other = call->args[call->arg_count - 1 - i]->type;
    if (is_unknown(call->args[i]))
      TRY(coerce(binder, call->args[i], other.kind == TYPE_INT ? other : TYPE_OF_INT32,
                 &call->args[i]));
    if (call->args[i]->type.kind != TYPE_INT)
      return invalid_at(binder, call->position, "operator %s takes integers", call->name);
  }
  if (!shift) TRY(coerce_common(binder, call->args, call->arg_count, call->name, call->position));
  *expr = make_call(binder, call, function, call->args[0]->type);
  return STATUS_OK;
}

Status bind_math_operator(Binder *binder, const char *name, Expr *left, Expr *right,
                          int32_t position, bool *found, Expr **expr) {
  Expr *args[2] = {left ? left : right, right};
  Call call = {.name = name, .args = args, .arg_count = left ? 2 : 1, .position = position};
  *found = true;
  for (size_t i = 0; i < sizeof BITS / sizeof *BITS; i++)
    if (strcmp(name, BITS[i].text) == 0 && BITS[i].unary == !left)
      return bind_bits(binder, &call, BITS[i].function, expr);
  static const char *const functions[][2] = {{"^", "power"}, {"|/", "sqrt"}, {"||/", "cbrt"}};
  for (size_t i = 0; i < 3; i++) {
    if (strcmp(name, functions[i][0]) != 0 || !left != (i > 0)) continue;
    call.name = functions[i][1];
    return bind_doubles(binder, &call, found, expr);
  }
  if (!left && strcmp(name, "@") == 0) {
    TRY(numbers(binder, &call, 1));
    *expr = make_call(binder, &call, FUNCTION_ABS, args[0]->type);
    return STATUS_OK;
  }
  *found = false;
  return STATUS_OK;
}
