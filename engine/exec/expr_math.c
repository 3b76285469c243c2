// Mathematics: functions of doubles with the errors of their domains, exact functions of decimals
// and integers, bits.
#include "expr_function.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static Status out_of_range(const FunctionCall *call, Error *error) {
  char name[TYPE_NAME_BYTES];
  return error_set(error, STATUS_OVERFLOW, "%s out of range in %s",
                   type_format(call->expr->type, name), function_name(call->expr->function));
}

// --- doubles ---

// An argument outside of the domain; NULL when it is inside.
static const char *domain_fault(FunctionId function, double x) {
  switch (function) {
  case FUNCTION_SQRT:
    return x < 0 ? "cannot take square root of a negative number" : NULL;
  case FUNCTION_LN:
  case FUNCTION_LOG10:
  case FUNCTION_LOG_BASE:
    if (x == 0) return "cannot take logarithm of zero";
    return x < 0 ? "cannot take logarithm of a negative number" : NULL;
  case FUNCTION_ASIN:
  case FUNCTION_ACOS:
  case FUNCTION_ATANH:
    return fabs(x) > 1 ? "input is out of range" : NULL;
  case FUNCTION_ACOSH:
    return x < 1 ? "input is out of range" : NULL;
  case FUNCTION_SIN:
  case FUNCTION_COS:
  case FUNCTION_TAN:
  case FUNCTION_COT:
    return isinf(x) ? "input is out of range" : NULL;
  default:
    return NULL;
  }
}

static double cot(double x) {
  return 1 / tan(x);
}

static double degrees(double x) {
  return x / (M_PI / 180);
}

static double radians(double x) {
  return x * (M_PI / 180);
}

// The number that a real is written as: the fewest digits that give the same 24 bits.
static double to_real(double x) {
  float real = (float)x;
  if (!isfinite(real)) return real;
  char text[32];
  for (int digits = 6; digits <= 9; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, (double)real);
    if (strtof(text, NULL) == real) break;
  }
  return strtod(text, NULL);
}

static double (*const UNARY[FUNCTION_COUNT_])(double) = {
    [FUNCTION_SQRT] = sqrt,       [FUNCTION_CBRT] = cbrt,       [FUNCTION_EXP] = exp,
    [FUNCTION_LN] = log,          [FUNCTION_LOG10] = log10,     [FUNCTION_SIN] = sin,
    [FUNCTION_COS] = cos,         [FUNCTION_TAN] = tan,         [FUNCTION_COT] = cot,
    [FUNCTION_ASIN] = asin,       [FUNCTION_ACOS] = acos,       [FUNCTION_ATAN] = atan,
    [FUNCTION_SINH] = sinh,       [FUNCTION_COSH] = cosh,       [FUNCTION_TANH] = tanh,
    [FUNCTION_ASINH] = asinh,     [FUNCTION_ACOSH] = acosh,     [FUNCTION_ATANH] = atanh,
    [FUNCTION_DEGREES] = degrees, [FUNCTION_RADIANS] = radians, [FUNCTION_TO_REAL] = to_real,
};

// Where PostgreSQL lets an infinite result of a finite argument stand.
static bool may_be_infinite(FunctionId function) {
  return function == FUNCTION_COT || function == FUNCTION_TAN || function == FUNCTION_ATANH ||
         function == FUNCTION_SINH || function == FUNCTION_COSH;
}

static Status eval_unary_double(const FunctionCall *call, Vector *out, Error *error) {
  double a[VECTOR_ROWS], *result = call_result(call, out);
  FunctionId function = call->expr->function;
  vector_load_double(&call->args[0], call->row_count, a);
  for (uint32_t i = 0; i < call->row_count; i++) {
    result[i] = 0;
    if (!call_row_live(call, i)) continue;
    const char *fault = domain_fault(function, a[i]);
    if (fault) return error_set(error, STATUS_INVALID, "%s", fault);
    result[i] = UNARY[function](a[i]);
    if (isinf(result[i]) && isfinite(a[i]) && !may_be_infinite(function))
      return error_set(error, STATUS_OVERFLOW, "value out of range: overflow");
    bool to_zero = function == FUNCTION_EXP || (function == FUNCTION_TO_REAL && a[i] != 0);
    if (to_zero && result[i] == 0 && isfinite(a[i]))
      return error_set(error, STATUS_OVERFLOW, "value out of range: underflow");
  }
  return STATUS_OK;
}

static Status power_double(double a, double b, double *out, Error *error) {
  if (a == 0 && b < 0)
    return error_set(error, STATUS_INVALID, "zero raised to a negative power is undefined");
  if (a < 0 && isfinite(b) && floor(b) != b)
    return error_set(error, STATUS_INVALID,
                     "a negative number raised to a non-integer power yields a complex result");
  *out = pow(a, b);
  if (!isfinite(a) || !isfinite(b)) return STATUS_OK;
  if (isinf(*out)) return error_set(error, STATUS_OVERFLOW, "value out of range: overflow");
  if (*out == 0 && a != 0)
    return error_set(error, STATUS_OVERFLOW, "value out of range: underflow");
  return STATUS_OK;
}

static Status log_double(double base, double x, double *out, Error *error) {
  const char *fault = domain_fault(FUNCTION_LOG_BASE, base);
  if (!fault) fault = domain_fault(FUNCTION_LOG_BASE, x);
  if (fault) return error_set(error, STATUS_INVALID, "%s", fault);
  if (base == 1) return error_set(error, STATUS_DIVISION, "division by zero");
  *out = base == 2 ? log2(x) : base == 10 ? log10(x) : log(x) / log(base);
  return STATUS_OK;
}

static Status eval_binary_double(const FunctionCall *call, Vector *out, Error *error) {
  double a[VECTOR_ROWS], b[VECTOR_ROWS], *result = call_result(call, out);
  vector_load_double(&call->args[0], call->row_count, a);
  vector_load_double(&call->args[1], call->row_count, b);
  for (uint32_t i = 0; i < call->row_count; i++) {
    result[i] = 0;
    if (!call_row_live(call, i)) continue;
    if (call->expr->function == FUNCTION_POWER)
      TRY(power_double(a[i], b[i], &result[i], error));
    else if (call->expr->function == FUNCTION_LOG_BASE)
      TRY(log_double(a[i], b[i], &result[i], error));
    else
      result[i] = atan2(a[i], b[i]);
  }
  return STATUS_OK;
}

// --- exact numbers ---

static unsigned scale_of(Type type) {
  return type.kind == TYPE_DECIMAL ? type.scale : 0;
}

static int128_t gcd_wide(int128_t a, int128_t b) {
  if (a < 0) a = -a;
  if (b < 0) b = -b;
  while (b) {
    int128_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static Status factorial_wide(int128_t n, int128_t *out, Error *error) {
  if (n < 0) return error_set(error, STATUS_INVALID, "factorial of a negative number is undefined");
  if (n > 33) // 34! has 39 digits
    return error_set(error, STATUS_OVERFLOW, "factorial out of range: it has at most %d digits",
                     DECIMAL_DIGITS_MAX);
  *out = 1;
  for (int128_t i = 2; i <= n; i++) *out *= i;
  return STATUS_OK;
}

static Status exact_apply(const FunctionCall *call, int128_t a, int128_t b, int128_t *out,
                          Error *error) {
  unsigned from = scale_of(call->args[0].type), to = scale_of(call->expr->type);
  switch (call->expr->function) {
  case FUNCTION_TRUNC:
    if (to >= from)
      return decimal_rescale(a, from, to, out) ? STATUS_OK : out_of_range(call, error);
    *out = a / decimal_pow10_128(from - to);
    return STATUS_OK;
  case FUNCTION_SIGN:
    *out = (a > 0) - (a < 0);
    return STATUS_OK;
  case FUNCTION_DIV:
    if (b == 0) return error_set(error, STATUS_DIVISION, "division by zero");
    *out = a / b;
    return STATUS_OK;
  case FUNCTION_GCD:
    *out = gcd_wide(a, b);
    return STATUS_OK;
  case FUNCTION_LCM: {
    int128_t common = gcd_wide(a, b);
    *out = 0;
    if (!common) return STATUS_OK;
    if (__builtin_mul_overflow(a / common, b, out)) return out_of_range(call, error);
    if (*out < 0) *out = -*out;
    return STATUS_OK;
  }
  default:
    return factorial_wide(a, out, error);
  }
}

// Whether an unscaled number is one of the type.
static bool number_fits(int128_t number, Type type) {
  int128_t limit = type.kind == TYPE_DECIMAL ? decimal_pow10_128(type.precision)
                                             : (int128_t)1 << (type.bits - 1);
  return number < limit && (type.kind == TYPE_DECIMAL ? number > -limit : number >= -limit);
}

static Status eval_exact(const FunctionCall *call, Vector *out, Error *error) {
  int128_t a[VECTOR_ROWS], b[VECTOR_ROWS];
  bool two = call->expr->arg_count > 1;
  vector_load_wide(&call->args[0], call->row_count, a);
  if (two) vector_load_wide(&call->args[1], call->row_count, b);
  void *result = call_result(call, out);
  bool wide = out->physical == PHYSICAL_WIDE;
  for (uint32_t i = 0; i < call->row_count; i++) {
    int128_t value = 0;
    if (call_row_live(call, i)) {
      TRY(exact_apply(call, a[i], two ? b[i] : 0, &value, error));
      if (!number_fits(value, call->expr->type)) return out_of_range(call, error);
    }
    if (wide)
      ((int128_t *)result)[i] = value;
    else
      ((int64_t *)result)[i] = (int64_t)value;
  }
  return STATUS_OK;
}

// sign and trunc of doubles
static Status eval_shape_double(const FunctionCall *call, Vector *out) {
  double a[VECTOR_ROWS], *result = call_result(call, out);
  vector_load_double(&call->args[0], call->row_count, a);
  for (uint32_t i = 0; i < call->row_count; i++)
    result[i] = call->expr->function == FUNCTION_TRUNC ? trunc(a[i])
                : isnan(a[i])                          ? a[i]
                                                       : (a[i] > 0) - (a[i] < 0);
  return STATUS_OK;
}

// --- buckets ---

static Status bucket_double(double x, double low, double high, int64_t count, int128_t *out,
                            Error *error) {
  if (isnan(x) || isnan(low) || isnan(high))
    return error_set(error, STATUS_INVALID, "operand, lower bound, and upper bound cannot be NaN");
  if (!isfinite(low) || !isfinite(high))
    return error_set(error, STATUS_INVALID, "lower and upper bounds must be finite");
  if (low == high) return error_set(error, STATUS_INVALID, "lower bound cannot equal upper bound");
  bool before = low < high ? x < low : x > low, behind = low < high ? x >= high : x <= high;
  *out = before ? 0 : behind ? (int128_t)count + 1 : 0;
  if (before || behind) return STATUS_OK;
  double place = (x - low) / (high - low); // both halved where the difference is beyond doubles
  if (isinf(high - low)) place = (x / 2 - low / 2) / (high / 2 - low / 2);
  int64_t bucket = (int64_t)(place * (double)count);
  *out = (bucket < count ? bucket : count - 1) + (int128_t)1;
  return STATUS_OK;
}

static Status bucket_wide(const FunctionCall *call, int128_t x, int128_t low, int128_t high,
                          int64_t count, int128_t *out, Error *error) {
  if (low == high) return error_set(error, STATUS_INVALID, "lower bound cannot equal upper bound");
  bool before = low < high ? x < low : x > low, behind = low < high ? x >= high : x <= high;
  *out = before ? 0 : (int128_t)count + 1;
  if (before || behind) return STATUS_OK;
  if (__builtin_mul_overflow(x - low, (int128_t)count, out)) return out_of_range(call, error);
  *out = *out / (high - low) + 1; // both differences have one sign
  return STATUS_OK;
}

static Status bucket_row(const FunctionCall *call, uint32_t row, int64_t *out, Error *error) {
  Value x[3];
  int64_t count = vector_int(&call->args[3], row);
  int128_t bucket = 0;
  if (count <= 0) return error_set(error, STATUS_INVALID, "count must be greater than zero");
  for (int i = 0; i < 3; i++) x[i] = vector_value(&call->args[i], row);
  if (x[0].type.kind == TYPE_DOUBLE) {
    TRY(bucket_double(x[0].d, x[1].d, x[2].d, count, &bucket, error));
  } else {
    bool wide = type_physical(x[0].type) == PHYSICAL_WIDE;
    int128_t n[3];
    for (int i = 0; i < 3; i++) n[i] = wide ? x[i].wide : x[i].i;
    TRY(bucket_wide(call, n[0], n[1], n[2], count, &bucket, error));
  }
  if (!number_fits(bucket, call->expr->type)) return out_of_range(call, error);
  *out = (int64_t)bucket;
  return STATUS_OK;
}

// How many of the ascending thresholds are not above the value: the bucket's number.
static int64_t bucket_of(const FunctionCall *call, uint32_t row) {
  Value value = vector_value(&call->args[0], row);
  uint32_t low = 1, high = call->expr->arg_count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    Value threshold = vector_value(&call->args[middle], row);
    if (value_compare(&threshold, &value) > 0)
      high = middle;
    else
      low = middle + 1;
  }
  return low - 1;
}

static Status eval_buckets(const FunctionCall *call, Vector *out, Error *error) {
  int64_t *result = call_result(call, out);
  for (uint32_t i = 0; i < call->row_count; i++) {
    result[i] = 0;
    if (!call_row_live(call, i)) continue;
    if (call->expr->function == FUNCTION_BUCKET_OF)
      result[i] = bucket_of(call, i);
    else
      TRY(bucket_row(call, i, &result[i], error));
  }
  return STATUS_OK;
}

// --- LIMIT and OFFSET ---

static Status eval_row_count(const FunctionCall *call, Vector *out, Error *error) {
  int64_t *result = call_result(call, out);
  Str clause = vector_text(&call->args[1], 0);
  for (uint32_t i = 0; i < call->row_count; i++) {
    result[i] = vector_int(&call->args[0], i);
    if (result[i] < 0 && call_row_live(call, i))
      return error_set(error, STATUS_INVALID, "%.*s must not be negative", (int)clause.size,
                       clause.data);
  }
  return STATUS_OK;
}

// --- bits ---

// As C's << on a machine that counts modulo the width, which is what PostgreSQL shows.
static int64_t shift_left(int64_t a, int64_t count, unsigned bits) {
  uint64_t shifted = (uint64_t)a << (count & (bits == 64 ? 63 : 31));
  return bits == 64 ? (int64_t)shifted : bits == 32 ? (int32_t)shifted : (int16_t)shifted;
}

static int64_t bits_apply(const FunctionCall *call, int64_t a, int64_t b) {
  unsigned bits = call->expr->type.bits;
  switch (call->expr->function) {
  case FUNCTION_BIT_AND:
    return a & b;
  case FUNCTION_BIT_OR:
    return a | b;
  case FUNCTION_BIT_XOR:
    return a ^ b;
  case FUNCTION_BIT_NOT:
    return ~a;
  case FUNCTION_SHIFT_LEFT:
    return shift_left(a, b, bits);
  default:
    return a >> (b & (bits == 64 ? 63 : 31));
  }
}

static Status eval_bits(const FunctionCall *call, Vector *out) {
  int64_t a[VECTOR_ROWS], b[VECTOR_ROWS], *result = call_result(call, out);
  bool two = call->expr->arg_count > 1;
  vector_flatten_int(&call->args[0], call->row_count, a);
  if (two) vector_flatten_int(&call->args[1], call->row_count, b);
  for (uint32_t i = 0; i < call->row_count; i++) result[i] = bits_apply(call, a[i], two ? b[i] : 0);
  return STATUS_OK;
}

Status function_eval_math(const FunctionCall *call, Vector *out, Error *error) {
  FunctionId function = call->expr->function;
  if (UNARY[function]) return eval_unary_double(call, out, error);
  switch (function) {
  case FUNCTION_POWER:
  case FUNCTION_ATAN2:
  case FUNCTION_LOG_BASE:
    return eval_binary_double(call, out, error);
  case FUNCTION_ROW_COUNT:
    return eval_row_count(call, out, error);
  case FUNCTION_WIDTH_BUCKET:
  case FUNCTION_BUCKET_OF:
    return eval_buckets(call, out, error);
  case FUNCTION_BIT_AND:
  case FUNCTION_BIT_OR:
  case FUNCTION_BIT_XOR:
  case FUNCTION_BIT_NOT:
  case FUNCTION_SHIFT_LEFT:
  case FUNCTION_SHIFT_RIGHT:
    return eval_bits(call, out);
  default:
    if (call->expr->type.kind == TYPE_DOUBLE) return eval_shape_double(call, out);
    return eval_exact(call, out, error);
  }
}
