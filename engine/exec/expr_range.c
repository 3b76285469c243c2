// Ranges of integers through constants, casts and arithmetic.
#include "expr_eval.h"

// The corners of the arguments' ranges: the result lies between the least and the largest of them.
// 0: one overflows, or the function is another.
static uint32_t corners(FunctionId function, PlanColumn a, PlanColumn b, int64_t *out) {
  switch (function) {
  case FUNCTION_ADD:
    return __builtin_add_overflow(a.min, b.min, &out[0]) ||
                   __builtin_add_overflow(a.max, b.max, &out[1])
               ? 0
               : 2;
  case FUNCTION_SUBTRACT:
    return __builtin_sub_overflow(a.min, b.max, &out[0]) ||
                   __builtin_sub_overflow(a.max, b.min, &out[1])
               ? 0
               : 2;
  case FUNCTION_MULTIPLY:
    return __builtin_mul_overflow(a.min, b.min, &out[0]) ||
                   __builtin_mul_overflow(a.min, b.max, &out[1]) ||
                   __builtin_mul_overflow(a.max, b.min, &out[2]) ||
                   __builtin_mul_overflow(a.max, b.max, &out[3])
               ? 0
               : 4;
  default:
    return 0;
  }
}

void expr_range(const Expr *expr, const PlanColumn *args, uint32_t arg_count, PlanColumn *known) {
  if (expr->type.kind != TYPE_INT) return;
  if (expr->kind == EXPR_CONSTANT && !expr->value.is_null) {
    known->min = known->max = expr->value.i;
    return;
  }
  if (!arg_count) return;
  for (uint32_t i = 0; i < arg_count; i++)
    if (args[i].type.kind != TYPE_INT || args[i].min > args[i].max) return;
  if (expr->kind == EXPR_CAST) {
    known->min = args[0].min;
    known->max = args[0].max;
  }
  if (expr->kind != EXPR_CALL || arg_count != 2) return;
  int64_t bounds[4];
  uint32_t count = corners(expr->function, args[0], args[1], bounds);
  if (!count) return;
  known->min = known->max = bounds[0];
  for (uint32_t i = 1; i < count; i++) {
    if (bounds[i] < known->min) known->min = bounds[i];
    if (bounds[i] > known->max) known->max = bounds[i];
  }
}
