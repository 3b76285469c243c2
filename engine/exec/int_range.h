// Ranges of integers: those for which a comparison with a constant holds, and which rows of a
// packed vector are in one.
#pragma once
#include "expr.h"
#include "vector.h"

typedef struct IntRange { // low <= value <= high
  int64_t low, high;
} IntRange;

// The column and constant of "column function constant" (a comparison, not <>), either way round:
// *function is as with the column first.
bool comparison_of_constant(const Expr *expr, const Expr **column, const Value **constant,
                            FunctionId *function);
// Integers i for which "i function value" holds (not of <>); false: none.
bool int_range_of(FunctionId function, int64_t value, IntRange *range);
// mask[i] &= row i of v (PHYSICAL_INT) is not NULL and in the range.
void int_range_apply(IntRange range, const Vector *v, uint32_t count, uint8_t *mask);
