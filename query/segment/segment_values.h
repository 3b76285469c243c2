// What a measure comes to for each member, as a column by the members' rows: kept (segment.h's
// cache), so that a rule that differs in its bound alone reads no facts again.
#pragma once
#include "int_range.h"
#include "segment_evaluation.h"

#define SEGMENT_VALUES_MAX 16 // columns at once

// The columns of a tree that gives members and then `count` integers or decimals of at most 18
// digits: values[i], NULL where a member has none; row 0 is nobody's. A member's values come once.
// What is built is charged to the job. The caller releases them.
Status segment_values_run(const Evaluation *evaluation, LogicalContext *context, Logical *tree,
                          uint32_t count, SegmentValues **values) WARN_UNUSED;
const Column *segment_values_column(const SegmentValues *values);
// The members whose value lies in the range (low > high: none does); and who has none, if so.
Rowset *segment_values_in(const SegmentValues *values, IntRange range, bool none_too);
// The members for whom `meets` holds, a boolean over the columns of values[0 .. count - 1].
Status segment_values_where(const Evaluation *evaluation, SegmentValues *const *values,
                            uint32_t count, const Expr *meets, Rowset **set) WARN_UNUSED;
