// See partial.h.
#include "partial.h"
#include <assert.h>

static AggregateCall state_of(const AggregateCall *call, AggregateId id) {
  AggregateCall state = {.id = id, .arg = call->arg, .filter = call->filter};
  Status status =
      aggregate_result_type(id, call->arg ? call->arg->type : TYPE_OF_INT, &state.type, NULL);
  assert(status == STATUS_OK);
  (void)status;
  return state;
}

static bool sums_exactly(const AggregateCall *call) {
  return call->arg->type.kind == TYPE_INT || call->arg->type.kind == TYPE_DECIMAL;
}

uint32_t partial_states(const AggregateCall *call, AggregateCall states[PARTIAL_STATES_MAX]) {
  if (call->distinct || call->more_count) return 0;
  switch (call->id) {
  case AGGREGATE_SUM:
    if (!sums_exactly(call)) return 0;
    states[0] = state_of(call, AGGREGATE_SUM);
    return 1;
  case AGGREGATE_AVG:
    if (!sums_exactly(call)) return 0;
    states[0] = state_of(call, AGGREGATE_SUM);
    states[1] = state_of(call, AGGREGATE_COUNT);
    return 2;
  case AGGREGATE_COUNT_ROWS:
  case AGGREGATE_COUNT:
  case AGGREGATE_MIN:
  case AGGREGATE_MAX:
  case AGGREGATE_BOOL_AND:
  case AGGREGATE_BOOL_OR:
    states[0] = state_of(call, call->id);
    return 1;
  default:
    return 0;
  }
}

bool partial_set(const AggregateCall *call, AggregateCall *state) {
  if (call->id != AGGREGATE_COUNT_DISTINCT || call->arg->kind != EXPR_COLUMN) return false;
  *state = state_of(call, AGGREGATE_SET);
  return true;
}

AggregateCall partial_merge(const AggregateCall *state, Expr *column, Expr *filter) {
  bool adds = aggregate_has(state->id, AGGREGATE_NEVER_NULL) || state->id == AGGREGATE_SUM;
  AggregateCall like = {.arg = column, .filter = filter};
  if (state->id == AGGREGATE_SET) return state_of(&like, AGGREGATE_SET_UNION);
  return state_of(&like, adds ? AGGREGATE_SUM : state->id);
}

Expr *partial_final(Arena *arena, const AggregateCall *call, Expr *const *merged) {
  if (aggregate_has(call->id, AGGREGATE_NEVER_NULL)) { // 0 of no rows, where a sum is NULL
    Expr *args[] = {expr_cast(arena, merged[0], call->type), expr_int(arena, 0)};
    return expr_call(arena, FUNCTION_COALESCE, call->type, args, 2, -1);
  }
  if (call->id == AGGREGATE_AVG) // NULL where the count is 0
    return expr_call(arena, FUNCTION_RATIO, call->type, (Expr *[]){merged[0], merged[1]}, 2, -1);
  return expr_cast(arena, merged[0], call->type);
}

bool aggregate_ignores_repeats(const AggregateCall *call) {
  if (call->more_count) return false;
  if (!call->distinct) return aggregate_has(call->id, AGGREGATE_ONCE);
  AggregateFamily family = aggregate_family(call->id);
  return family != AGGREGATE_FAMILY_VALUES && family != AGGREGATE_FAMILY_MOMENTS;
}
