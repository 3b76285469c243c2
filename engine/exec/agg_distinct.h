// count(distinct): exact sets of words a group. Part of agg_state.
#pragma once
#include "agg_state.h"

// group_bound: the most groups that there can be, row_bound: the most rows (UINT64_MAX: unknown).
void agg_distinct_init(AggStates *states, const PlanColumn *arg, uint64_t group_bound,
                       uint64_t row_bound);
void agg_distinct_clear(AggStates *states);
void agg_distinct_by_block(AggStates *states, const BlockOrder *order);
Status agg_distinct_update(AggStates *states, const uint32_t *groups, const Vector *arg,
                           uint32_t count, Error *error) WARN_UNUSED;
int64_t agg_distinct_value(const AggStates *states, uint32_t group);
Status agg_distinct_merge(AggStates *target, AggStates *source, const uint32_t *map,
                          Error *error) WARN_UNUSED;
