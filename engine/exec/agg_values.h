// Aggregates that need all their values: percentiles, mode, lists, and DISTINCT inside of any
// other. Part of agg_state.
#pragma once
#include "agg_state.h"

struct AggValues;

// args: what is known of the argument and of what follows it.
struct AggValues *agg_values_create(const AggregateCall *call, const PlanColumn *args,
                                    const Execution *execution);
void agg_values_destroy(struct AggValues *values); // NULL is allowed
Status agg_values_update(AggStates *states, const uint32_t *groups, const Vector *args,
                         uint32_t count, Error *error) WARN_UNUSED;
// The source's rows move: it has none then.
Status agg_values_merge(AggStates *target, AggStates *source, const uint32_t *map,
                        Error *error) WARN_UNUSED;
Status agg_values_value(AggStates *states, uint32_t group, Value *out, Error *error) WARN_UNUSED;
