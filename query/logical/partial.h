// Aggregates as partial states that are columns of a table.
//
//   avg(x)  =  ratio(sum(s), sum(n))   over rows of   s = sum(x), n = count(x)
//
// A state is itself an aggregate of the rows; what merges states is an aggregate of them; a final
// expression gives the value. All are exact, so that final(merge(states)) equals the aggregate of
// all rows to the last digit, however the rows were split. This is the one place that knows which
// aggregates roll up, and from what (Gray et al., Data Cube, 1997: distributive and algebraic
// ones).
#pragma once
#include "logical.h"

#define PARTIAL_STATES_MAX 2

// The states of call (with its filter), each with its type; their number. 0: it cannot be merged
// from columns (distinct counts, lists, quantiles; sums of doubles, of which a column keeps no more
// than the rounded value).
uint32_t partial_states(const AggregateCall *call, AggregateCall states[PARTIAL_STATES_MAX]);
// The state of a distinct count of a foreign key; false: call is no distinct count of a column.
bool partial_set(const AggregateCall *call, AggregateCall *state);
// The call that merges a state's values, over the column `state`. filter (or NULL) chooses rows.
AggregateCall partial_merge(const AggregateCall *state, Expr *column, Expr *filter);
// call's value, of call->type, from its merged states in the order of partial_states.
Expr *partial_final(Arena *arena, const AggregateCall *call, Expr *const *merged);
// Whether rows that repeat do not change the value: then any rows with the argument's values serve.
bool aggregate_ignores_repeats(const AggregateCall *call);
