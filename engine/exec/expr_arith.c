// Arithmetic. Integers and narrow decimals run in 64 bits with overflow noted and looked up only
// when it happened; wide decimals in 128 bits. Exact, or an error that names the operator.
#include "expr_function.h"
#include <assert.h>
#include <math.h>

static Status overflow_error(const FunctionCall *call, Error *error) {
  char name[TYPE_NAME_BYTES];
  type_format(call->expr->type, name);
  return error_set(error, STATUS_OVERFLOW, "%s out of range in %s", name,
                   function_name(call->expr->function));
}

static Status division_error(Error *error) {
  return error_set(error, STATUS_DIVISION, "division by zero");
}

// The largest magnitude of an integer-inside type.
static void type_limits(Type type, int64_t *min, int64_t *max) {
  *min = INT64_MIN;
  *max = INT64_MAX;
  if (type.kind == TYPE_INT && type.bits < 64) {
    *max = (INT64_C(1) << (type.bits - 1)) - 1;
    *min = -*max - 1;
  } else if (type.kind == TYPE_DECIMAL) {
    *max = decimal_pow10_64(type.precision) - 1;
    *min = -*max;
  }
}

bool expr_in_range(Type type, const PlanColumn *known) {
  int64_t min, max;
  if (type.kind != TYPE_INT || known->min > known->max) return false;
  type_limits(type, &min, &max);
  return known->min >= min && known->max <= max;
}

// Without a check, where none can fail; those of NULL rows wrap round.
static void ints_apply_in_range(FunctionId function, const uint64_t *restrict a,
                                const uint64_t *restrict b, uint32_t n, uint64_t *restrict out) {
  switch (function) {
  case FUNCTION_ADD:
    for (uint32_t i = 0; i < n; i++) out[i] = a[i] + b[i];
    break;
  case FUNCTION_SUBTRACT:
    for (uint32_t i = 0; i < n; i++) out[i] = a[i] - b[i];
    break;
  default:
    for (uint32_t i = 0; i < n; i++) out[i] = a[i] * b[i];
  }
}

#define LOOP_INT(operation)                                                                        \
  for (uint32_t i = 0; i < n; i++) bad |= operation(a[i], b[i], &out[i])

static bool ints_apply(FunctionId function, const int64_t *restrict a, const int64_t *restrict b,
                       uint32_t n, int64_t *restrict out) {
  bool bad = false;
  switch (function) {
  case FUNCTION_ADD:
    LOOP_INT(__builtin_add_overflow);
    break;
  case FUNCTION_SUBTRACT:
    LOOP_INT(__builtin_sub_overflow);
    break;
  default:
    LOOP_INT(__builtin_mul_overflow);
    break;
  }
  return bad;
}

static bool int_apply(FunctionId function, int64_t a, int64_t b, int64_t *out) {
  return ints_apply(function, &a, &b, 1, out);
}

static Status arith_int(const FunctionCall *call, Vector *out, Error *error) {
  int64_t a[VECTOR_ROWS], b[VECTOR_ROWS], *result = call_result(call, out), min, max;
  uint32_t n = call->row_count;
  FunctionId function = call->expr->function;
  vector_flatten_int(&call->args[0], n, a);
  vector_flatten_int(&call->args[1], n, b);
  if (call->in_range) {
    ints_apply_in_range(function, (const uint64_t *)a, (const uint64_t *)b, n, (uint64_t *)result);
    return STATUS_OK;
  }
  type_limits(call->expr->type, &min, &max);
  bool bad = ints_apply(function, a, b, n, result);
  for (uint32_t i = 0; i < n; i++) bad |= (result[i] < min) | (result[i] > max);
  if (!bad) return STATUS_OK;
  for (uint32_t i = 0; i < n; i++) {
    int64_t value = 0;
    if (!call_row_live(call, i)) continue;
    if (int_apply(function, a[i], b[i], &value) || value < min || value > max)
      return overflow_error(call, error);
  }
  return STATUS_OK;
}

static bool wide_apply(const Expr *expr, int128_t a, int128_t b, int128_t *out) {
  switch (expr->function) {
  case FUNCTION_ADD:
    *out = a + b;
    return decimal_in_range(*out);
  case FUNCTION_SUBTRACT:
    *out = a - b;
    return decimal_in_range(*out);
  default:
    return decimal_multiply(a, b, out);
  }
}

static bool all_narrow(const Vector *v, const int128_t *values, uint32_t count) {
  if (v->physical == PHYSICAL_INT) return true;
  uint64_t wide = 0;
  for (uint32_t i = 0; i < count; i++)
    wide |= (uint64_t)(values[i] >> 64) ^ (uint64_t)((int64_t)values[i] >> 63);
  return !wide;
}

// Of operands that fit 64 bits every result is in range: a product is at most 2^126 < 10^38.
static void narrow_apply(FunctionId function, const int128_t *a, const int128_t *b, uint32_t n,
                         int128_t *out) {
  switch (function) {
  case FUNCTION_ADD:
    for (uint32_t i = 0; i < n; i++) out[i] = a[i] + b[i];
    break;
  case FUNCTION_SUBTRACT:
    for (uint32_t i = 0; i < n; i++) out[i] = a[i] - b[i];
    break;
  default:
    for (uint32_t i = 0; i < n; i++) out[i] = (int128_t)(int64_t)a[i] * (int64_t)b[i];
  }
}

static Status arith_wide(const FunctionCall *call, Vector *out, Error *error) {
  int128_t a[VECTOR_ROWS], b[VECTOR_ROWS], *result = call_result(call, out);
  uint32_t n = call->row_count;
  vector_load_wide(&call->args[0], n, a);
  vector_load_wide(&call->args[1], n, b);
  if (all_narrow(&call->args[0], a, n) && all_narrow(&call->args[1], b, n)) {
    narrow_apply(call->expr->function, a, b, n, result);
    return STATUS_OK;
  }
  for (uint32_t i = 0; i < call->row_count; i++) {
    if (!call_row_live(call, i))
      result[i] = 0;
    else if (!wide_apply(call->expr, a[i], b[i], &result[i]))
      return overflow_error(call, error);
  }
  return STATUS_OK;
}

static Status arith_double(const FunctionCall *call, Vector *out, Error *error) {
  double a[VECTOR_ROWS], b[VECTOR_ROWS], *result = call_result(call, out);
  vector_load_double(&call->args[0], call->row_count, a);
  vector_load_double(&call->args[1], call->row_count, b);
  for (uint32_t i = 0; i < call->row_count; i++) {
    switch (call->expr->function) {
    case FUNCTION_ADD:
      result[i] = a[i] + b[i];
      break;
    case FUNCTION_SUBTRACT:
      result[i] = a[i] - b[i];
      break;
    default:
      result[i] = a[i] * b[i];
    }
    // PostgreSQL: finite operands with an infinite result are an error.
    if (isinf(result[i]) && isfinite(a[i]) && isfinite(b[i]) && call_row_live(call, i))
      return overflow_error(call, error);
  }
  return STATUS_OK;
}

// ---------------------------------------------------------------- division

static Status divide_int(const FunctionCall *call, Vector *out, Error *error) {
  int64_t a[VECTOR_ROWS], b[VECTOR_ROWS], *result = call_result(call, out), min, max;
  vector_flatten_int(&call->args[0], call->row_count, a);
  vector_flatten_int(&call->args[1], call->row_count, b);
  type_limits(call->expr->type, &min, &max);
  bool modulo = call->expr->function == FUNCTION_MODULO;
  for (uint32_t i = 0; i < call->row_count; i++) {
    result[i] = 0;
    if (!call_row_live(call, i)) continue;
    if (!b[i]) return division_error(error);
    if (b[i] == -1) { // the one quotient that can overflow, and INT64_MIN % -1 traps
      if (!modulo && a[i] == min) return overflow_error(call, error);
      result[i] = modulo ? 0 : -a[i];
    } else {
      result[i] = modulo ? a[i] % b[i] : a[i] / b[i];
    }
  }
  return STATUS_OK;
}

static Status quotient_double(const FunctionCall *call, double a, double b, double *out,
                              Error *error) {
  if (call->expr->function == FUNCTION_MODULO) return *out = fmod(a, b), STATUS_OK;
  *out = a / b;
  if (isinf(*out) && isfinite(a)) return overflow_error(call, error);
  if (*out == 0 && a != 0 && isfinite(b))
    return error_set(error, STATUS_OVERFLOW, "value out of range: underflow");
  return STATUS_OK;
}

static Status divide_double(const FunctionCall *call, Vector *out, Error *error) {
  double a[VECTOR_ROWS], b[VECTOR_ROWS], *result = call_result(call, out);
  vector_load_double(&call->args[0], call->row_count, a);
  vector_load_double(&call->args[1], call->row_count, b);
  bool ratio = call->expr->function == FUNCTION_RATIO;
  Value null = {.type = call->expr->type, .is_null = true};
  for (uint32_t i = 0; i < call->row_count; i++) {
    result[i] = 0;
    if (!call_row_live(call, i)) continue;
    if (b[i] != 0)
      TRY(quotient_double(call, a[i], b[i], &result[i], error));
    else if (ratio)
      call_set_value(call, out, i, &null);
    else
      return division_error(error);
  }
  return STATUS_OK;
}

static unsigned scale_of(const Vector *v) {
  return v->type.kind == TYPE_DECIMAL ? v->type.scale : 0;
}

// Decimals of any scales; the result's scale is its type's.
static Status divide_decimal(const FunctionCall *call, Vector *out, Error *error) {
  int128_t a[VECTOR_ROWS], b[VECTOR_ROWS];
  unsigned sa = scale_of(&call->args[0]), sb = scale_of(&call->args[1]);
  vector_load_wide(&call->args[0], call->row_count, a);
  vector_load_wide(&call->args[1], call->row_count, b);
  call_result(call, out);
  Value value = {.type = call->expr->type};
  bool narrow = out->physical == PHYSICAL_INT;
  for (uint32_t i = 0; i < call->row_count; i++) {
    if (!call_row_live(call, i)) continue;
    int128_t quotient = 0;
    value.is_null = false;
    if (!b[i]) {
      if (call->expr->function != FUNCTION_RATIO) return division_error(error);
      value.is_null = true;
    } else if (call->expr->function == FUNCTION_MODULO) {
      quotient = a[i] % b[i]; // the binder gave both one scale
    } else if (!decimal_divide(a[i], sa, b[i], sb, call->expr->type.scale, &quotient)) {
      return overflow_error(call, error);
    }
    if (narrow)
      value.i = (int64_t)quotient;
    else
      value.wide = quotient;
    if (value.is_null || out->validity)
      call_set_value(call, out, i, &value);
    else if (narrow)
      ((int64_t *)call->buffer->data)[i] = value.i;
    else
      ((int128_t *)call->buffer->data)[i] = value.wide;
  }
  return STATUS_OK;
}

static Status eval_divide(const FunctionCall *call, Vector *out, Error *error) {
  switch (call->expr->type.kind) {
  case TYPE_DOUBLE:
    return divide_double(call, out, error);
  case TYPE_DECIMAL:
    return divide_decimal(call, out, error);
  default:
    return divide_int(call, out, error);
  }
}

// ---------------------------------------------------------------- one argument

static bool round_wide(FunctionId function, int128_t value, unsigned from, unsigned to,
                       int128_t *out) {
  if (function == FUNCTION_ROUND || to >= from) return decimal_rescale(value, from, to, out);
  int128_t unit = decimal_pow10_128(from - to), quotient = value / unit, rest = value % unit;
  *out = quotient + (function == FUNCTION_FLOOR ? -(rest < 0) : rest > 0);
  return true;
}

static bool unary_wide(const FunctionCall *call, int128_t value, int128_t *out) {
  unsigned from = scale_of(&call->args[0]);
  switch (call->expr->function) {
  case FUNCTION_NEGATE:
    *out = -value;
    return true;
  case FUNCTION_ABS:
    *out = value < 0 ? -value : value;
    return true;
  default:
    return round_wide(call->expr->function, value, from, call->expr->type.scale, out);
  }
}

static double round_double(double value, const Vector *digits) {
  double unit = pow(10, digits ? (double)vector_int(digits, 0) : 0), scaled = value * unit;
  return isfinite(scaled) ? rint(scaled) / unit : value;
}

static double unary_double(const FunctionCall *call, double value) {
  switch (call->expr->function) {
  case FUNCTION_NEGATE:
    return -value;
  case FUNCTION_ABS:
    return fabs(value);
  case FUNCTION_FLOOR:
    return floor(value);
  case FUNCTION_CEIL:
    return ceil(value);
  default:
    return round_double(value, call->expr->arg_count > 1 ? &call->args[1] : NULL);
  }
}

static Status eval_unary(const FunctionCall *call, Vector *out, Error *error) {
  if (call->expr->type.kind == TYPE_DOUBLE) {
    double a[VECTOR_ROWS], *result = call_result(call, out);
    vector_load_double(&call->args[0], call->row_count, a);
    for (uint32_t i = 0; i < call->row_count; i++) result[i] = unary_double(call, a[i]);
    return STATUS_OK;
  }
  int128_t a[VECTOR_ROWS];
  int64_t min = 0, max = 0;
  vector_load_wide(&call->args[0], call->row_count, a);
  void *result = call_result(call, out);
  bool narrow = out->physical == PHYSICAL_INT;
  if (narrow) type_limits(call->expr->type, &min, &max);
  for (uint32_t i = 0; i < call->row_count; i++) {
    int128_t value = 0;
    bool live = call_row_live(call, i);
    if (live && (!unary_wide(call, a[i], &value) || (narrow && (value < min || value > max))))
      return overflow_error(call, error);
    if (narrow)
      ((int64_t *)result)[i] = (int64_t)value;
    else
      ((int128_t *)result)[i] = value;
  }
  return STATUS_OK;
}

Status function_eval_arith(const FunctionCall *call, Vector *out, Error *error) {
  switch (call->expr->function) {
  case FUNCTION_DIVIDE:
  case FUNCTION_MODULO:
  case FUNCTION_RATIO:
    return eval_divide(call, out, error);
  case FUNCTION_ADD:
  case FUNCTION_SUBTRACT:
  case FUNCTION_MULTIPLY:
    break;
  default:
    return eval_unary(call, out, error);
  }
  if (call->expr->type.kind == TYPE_DOUBLE) return arith_double(call, out, error);
  return type_physical(call->expr->type) == PHYSICAL_WIDE ? arith_wide(call, out, error)
                                                          : arith_int(call, out, error);
}
