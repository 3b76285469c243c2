// See int_range.h.
#include "int_range.h"
#include "kernel.h"

bool comparison_of_constant(const Expr *expr, const Expr **column, const Value **constant,
                            FunctionId *function) {
  if (expr->kind != EXPR_CALL || expr->function < FUNCTION_EQUAL ||
      expr->function > FUNCTION_GREATER_EQUAL || expr->function == FUNCTION_NOT_EQUAL)
    return false;
  bool flipped = expr->args[0]->kind == EXPR_CONSTANT;
  const Expr *other = expr->args[flipped ? 0 : 1];
  *column = expr->args[flipped ? 1 : 0];
  *constant = &other->value;
  *function = flipped ? expr_comparison_flip(expr->function) : expr->function;
  return (*column)->kind == EXPR_COLUMN && other->kind == EXPR_CONSTANT;
}

bool int_range_of(FunctionId function, int64_t value, IntRange *range) {
  *range = (IntRange){INT64_MIN, INT64_MAX};
  switch (function) {
  case FUNCTION_EQUAL:
    range->low = range->high = value;
    return true;
  case FUNCTION_LESS:
    if (value == INT64_MIN) return false;
    range->high = value - 1;
    return true;
  case FUNCTION_LESS_EQUAL:
    range->high = value;
    return true;
  case FUNCTION_GREATER:
    if (value == INT64_MAX) return false;
    range->low = value + 1;
    return true;
  default:
    range->low = value;
    return true;
  }
}

void int_range_apply(IntRange range, const Vector *v, uint32_t count, uint8_t *mask) {
  static const int64_t width_max[] = {UINT8_MAX, UINT16_MAX, UINT32_MAX, INT64_MAX};
  unsigned w = kernel_width_index(v->width);
  int64_t low = range.low, high = range.high;
  bool none = false;
  if (v->constant) {
    int64_t value = vector_int(v, 0);
    none = value < low || value > high || !vector_is_valid(v, 0);
  } else {
    if (v->width < 8) { // shift into offsets from the base, clamped to the width
      int64_t top;      // the base may be near the end of int64: the values still end there
      if (__builtin_add_overflow(v->base, width_max[w], &top)) top = INT64_MAX;
      none = high < v->base || low > top;
      low = low < v->base ? 0 : (int64_t)((uint64_t)low - (uint64_t)v->base);
      high = high > top ? width_max[w] : (int64_t)((uint64_t)high - (uint64_t)v->base);
    }
    if (!none) kernels()->range_mask[w](v->data, count, low, high, mask);
  }
  if (none)
    memset(mask, 0, count);
  else if (v->validity && !v->constant)
    bits_and_bytes(v->validity, count, mask);
}
