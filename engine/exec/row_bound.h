// How good the first key of a row must be to be among the best N: a top N tells its input, which
// may drop what lies beyond, by a block's minimum and maximum without reading it.
//
// The bound tightens while rows come. Rows on it pass, as their other keys may decide.
#pragma once
#include "int_range.h"
#include "operator.h"
#include <stdatomic.h>

typedef struct RowBound {
  _Atomic int64_t worst; // of the best N rows of some worker; at first the worst that there is
  bool descending;
  bool nulls_pass; // NULLs come first: they are never beyond it
} RowBound;

void row_bound_init(RowBound *bound, bool descending, bool nulls_first);
// Of a worker that has N rows as good as `worst` or better.
void row_bound_tighten(RowBound *bound, int64_t worst);
// Values that are not beyond it, as far as is known now.
IntRange row_bound_range(const RowBound *bound);
// mask[i] &= row i of v (PHYSICAL_INT, no codes) is not beyond the bound; false, and no change:
// nothing is known to be.
bool row_bound_apply(const RowBound *bound, const Vector *v, uint32_t count, uint8_t *mask);

// Tells an open operator that of its rows only those are asked for whose value of `column` is not
// beyond the bound, which outlives it. It is passed on as far down as nothing on the way could fail
// for a row that would be dropped.
void operator_offer_bound(Operator *op, uint32_t column, const RowBound *bound);
