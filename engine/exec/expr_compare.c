// Comparisons: one pass gives -1, 0 or 1 a row, or for integers the answer at once.
#include "expr_function.h"
#include "int_range.h"
#include <math.h>

#define COMPARE_INTS(operator)                                                                     \
  for (uint32_t i = 0; i < n; i++) out[i] = a[i] operator b[i]

static void compare_ints(FunctionId function, const int64_t *restrict a, const int64_t *restrict b,
                         uint32_t n, uint8_t *restrict out) {
  switch (function) {
  case FUNCTION_EQUAL:
  case FUNCTION_NOT_DISTINCT:
    COMPARE_INTS(==);
    break;
  case FUNCTION_NOT_EQUAL:
    COMPARE_INTS(!=);
    break;
  case FUNCTION_LESS:
    COMPARE_INTS(<);
    break;
  case FUNCTION_LESS_EQUAL:
    COMPARE_INTS(<=);
    break;
  case FUNCTION_GREATER:
    COMPARE_INTS(>);
    break;
  default:
    COMPARE_INTS(>=);
  }
}

static bool order_holds(FunctionId function, int order) {
  switch (function) {
  case FUNCTION_EQUAL:
  case FUNCTION_NOT_DISTINCT:
    return order == 0;
  case FUNCTION_NOT_EQUAL:
    return order != 0;
  case FUNCTION_LESS:
    return order < 0;
  case FUNCTION_LESS_EQUAL:
    return order <= 0;
  case FUNCTION_GREATER:
    return order > 0;
  default:
    return order >= 0;
  }
}

// NaN equals NaN and is greater than any other (PostgreSQL).
static int compare_double(double a, double b) {
  if (isnan(a) || isnan(b)) return isnan(a) - isnan(b);
  return (a > b) - (a < b);
}

int128_t interval_length(IntervalValue value) {
  int128_t days = (int128_t)value.months * 30 + value.days;
  return days * 86400000000 + value.usec;
}

int value_compare(const Value *a, const Value *b) {
  switch (a->type.kind == TYPE_STRING ? PHYSICAL_TEXT : type_physical(a->type)) {
  case PHYSICAL_INT:
    return (a->i > b->i) - (a->i < b->i);
  case PHYSICAL_WIDE:
    return (a->wide > b->wide) - (a->wide < b->wide);
  case PHYSICAL_DOUBLE:
    return compare_double(a->d, b->d);
  case PHYSICAL_TEXT:
    return str_compare(a->s, b->s);
  case PHYSICAL_INTERVAL: {
    int128_t x = interval_length(a->interval), y = interval_length(b->interval);
    return (x > y) - (x < y);
  }
  }
  return 0;
}

// Integers with one that stands for every row: as packed as they are. Rows that are NULL may be
// anything.
static void compare_constant(FunctionId function, const Vector *v, int64_t constant, uint32_t n,
                             uint8_t *out) {
  bool differs = function == FUNCTION_NOT_EQUAL;
  Vector values = *v;
  IntRange range;
  if (differs || function == FUNCTION_NOT_DISTINCT) function = FUNCTION_EQUAL;
  values.validity = NULL;
  memset(out, 1, n);
  if (int_range_of(function, constant, &range))
    int_range_apply(range, &values, n, out);
  else
    memset(out, 0, n);
  for (uint32_t i = 0; differs && i < n; i++) out[i] ^= 1;
}

static void compare_rows(const FunctionCall *call, uint8_t *out) {
  for (uint32_t i = 0; i < call->row_count; i++) {
    Value a = vector_value(&call->args[0], i), b = vector_value(&call->args[1], i);
    out[i] = !a.is_null && !b.is_null && order_holds(call->expr->function, value_compare(&a, &b));
  }
}

// IS NOT DISTINCT FROM is never NULL: two NULLs are alike, one is not.
static void compare_nulls(const FunctionCall *call, Vector *out, uint8_t *data) {
  out->validity = NULL;
  for (uint32_t i = 0; i < call->row_count; i++) {
    bool a = vector_is_valid(&call->args[0], i), b = vector_is_valid(&call->args[1], i);
    if (!a || !b) data[i] = a == b;
  }
}

Status function_eval_compare(const FunctionCall *call, Vector *out, Error *error) {
  (void)error;
  const Vector *a = &call->args[0], *b = &call->args[1];
  uint8_t *data = call_result_bool(call, out);
  bool ints = a->physical == PHYSICAL_INT && b->physical == PHYSICAL_INT;
  bool equality = call->expr->function == FUNCTION_EQUAL ||
                  call->expr->function == FUNCTION_NOT_EQUAL ||
                  call->expr->function == FUNCTION_NOT_DISTINCT;
  // Codes compare as numbers only within one dictionary, and in order only where that is sorted.
  if (a->type.kind == TYPE_STRING)
    ints = ints && a->dictionary == b->dictionary &&
           (equality || a->dictionary->sorted_count == a->dictionary->count);
  if (ints && b->constant && vector_is_valid(b, 0)) {
    compare_constant(call->expr->function, a, vector_int(b, 0), call->row_count, data);
  } else if (ints && a->constant && vector_is_valid(a, 0)) {
    FunctionId flipped = expr_comparison_flip(call->expr->function);
    compare_constant(flipped, b, vector_int(a, 0), call->row_count, data);
  } else if (ints) {
    int64_t x[VECTOR_ROWS], y[VECTOR_ROWS];
    vector_flatten_int(a, call->row_count, x);
    vector_flatten_int(b, call->row_count, y);
    compare_ints(call->expr->function, x, y, call->row_count, data);
  } else {
    compare_rows(call, data);
  }
  if (call->expr->function == FUNCTION_NOT_DISTINCT) compare_nulls(call, out, data);
  return STATUS_OK;
}
