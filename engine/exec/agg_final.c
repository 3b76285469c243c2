// The final functions of agg_state.h: from states to values, one group or many at a time.
#include "agg_distinct.h"
#include "agg_moments.h"
#include "agg_set.h"
#include "agg_sketch.h"
#include "agg_state.h"
#include "agg_values.h"
#include "interval.h"
#include <math.h>

static Status sum_value(const AggStates *states, const SumState *state, Value *out, Error *error) {
  out->is_null = !state->count;
  if (out->is_null) return STATUS_OK;
  int128_t value = state->sum;
  if (states->id == AGGREGATE_AVG) {
    unsigned scale = states->arg.kind == TYPE_DECIMAL ? states->arg.scale : 0;
    if (!decimal_divide(state->sum, scale, state->count, 0, states->type.scale, &value))
      return error_set(error, STATUS_OVERFLOW, "avg exceeds 38 digits");
  }
  if (type_physical(states->type) == PHYSICAL_WIDE) {
    if (!decimal_in_range(value)) return agg_sum_overflow(error);
    out->wide = value;
    return STATUS_OK;
  }
  if (value < INT64_MIN || value > INT64_MAX)
    return error_set(error, STATUS_OVERFLOW, "sum out of range of bigint");
  out->i = (int64_t)value;
  return STATUS_OK;
}

// A sum of finite doubles that is beyond them is an error, as in PostgreSQL.
static Status double_value(const AggStates *states, const DoubleState *state, Value *out,
                           Error *error) {
  const DoubleSum *sum = &state->sum;
  out->d = double_sum_value(sum);
  if (isinf(out->d) && !sum->nan && !sum->plus_infinity && !sum->minus_infinity)
    return error_set(error, STATUS_OVERFLOW, "value out of range: overflow");
  if (states->id == AGGREGATE_AVG) out->d /= (double)state->count;
  return STATUS_OK;
}

static Status real_value(const AggStates *states, const DoubleState *state, Value *out,
                         Error *error) {
  out->is_null = !state->count;
  return out->is_null ? STATUS_OK : double_value(states, state, out, error);
}

static Status interval_value(const AggStates *states, const IntervalState *state, Value *out,
                             Error *error) {
  out->is_null = !state->count;
  if (out->is_null) return STATUS_OK;
  TRY(interval_make(state->months, state->days, state->usec, &out->interval, error));
  if (states->id != AGGREGATE_AVG) return STATUS_OK;
  return interval_divide(out->interval, (double)state->count, &out->interval, error);
}

static void way_value(const AggStates *states, uint64_t way, Value *out) {
  out->is_null = !way;
  if (out->is_null) return;
  uint64_t worst = (uint64_t)states->worst;
  out->i = (int64_t)(agg_takes_most(states->id) ? worst + (way - 1) : worst - (way - 1));
}

Status agg_states_value(AggStates *states, uint32_t group, Value *out, Error *error) {
  *out = (Value){.type = states->type};
  const void *state = agg_state_at(states, group);
  switch (states->form) {
  case AGG_VALUES:
    return agg_values_value(states, group, out, error);
  case AGG_MOMENTS:
    agg_moments_value(states, group, out);
    return STATUS_OK;
  case AGG_SKETCH:
    out->i = agg_sketch_value(states, group);
    return STATUS_OK;
  case AGG_SET:
    return agg_set_value(states, group, out, error);
  case AGG_COUNT:
    out->i = *(const uint32_t *)state;
    return STATUS_OK;
  case AGG_COUNT_64:
    out->i = states->id == AGGREGATE_COUNT_DISTINCT ? agg_distinct_value(states, group)
                                                    : *(const int64_t *)state;
    return STATUS_OK;
  case AGG_SUM: {
    const NarrowSum *narrow = state;
    return sum_value(states, &(SumState){narrow->sum, narrow->count}, out, error);
  }
  case AGG_SUM_128:
    return sum_value(states, state, out, error);
  case AGG_SUM_REAL:
    return real_value(states, state, out, error);
  case AGG_SUM_INTERVAL:
    return interval_value(states, state, out, error);
  case AGG_EXTREME:
    way_value(states, *(const uint32_t *)state, out);
    return STATUS_OK;
  case AGG_EXTREME_64:
    way_value(states, *(const uint64_t *)state, out);
    return STATUS_OK;
  case AGG_EXTREME_VALUE: {
    const ExtremeState *extreme = state;
    if (extreme->present) *out = extreme->value;
    out->type = states->type;
    out->is_null = !extreme->present;
  }
  }
  return STATUS_OK;
}

#define PLAIN_VALUES(Type, value, valid)                                                           \
  for (uint32_t i = 0; i < count; i++) {                                                           \
    const void *state = agg_state_at(&local, groups[i]);                                           \
    ((Type *)data)[i] = value;                                                                     \
    some_null |= !(valid);                                                                         \
    present[i] = valid;                                                                            \
  }
#define NARROW ((const NarrowSum *)state)
#define WAY(Type) (uint64_t)(*(const Type *)state)

bool agg_states_plain_values(const AggStates *states, const uint32_t *groups, uint32_t count,
                             VectorBuffer *buffer, Vector *out) {
  const AggStates local = *states;
  uint8_t present[VECTOR_ROWS];
  bool some_null = false, wide = type_physical(states->type) == PHYSICAL_WIDE;
  uint64_t worst = (uint64_t)states->worst, sign = agg_takes_most(states->id) ? 1 : UINT64_MAX;
  void *data = buffer->data;
  if (states->type.kind == TYPE_STRING || states->type.kind == TYPE_BOOL) return false;
  if (states->id == AGGREGATE_COUNT_DISTINCT) {
    for (uint32_t i = 0; i < count; i++)
      ((int64_t *)data)[i] = agg_distinct_value(states, groups[i]);
    out->validity = NULL;
    return true;
  }
  if (states->form == AGG_COUNT) {
    PLAIN_VALUES(int64_t, *(const uint32_t *)state, true)
  } else if (states->form == AGG_COUNT_64) {
    PLAIN_VALUES(int64_t, *(const int64_t *)state, true)
  } else if (states->form == AGG_SUM && states->id == AGGREGATE_SUM && wide) {
    PLAIN_VALUES(int128_t, NARROW->sum, NARROW->count > 0)
  } else if (states->form == AGG_SUM && states->id == AGGREGATE_SUM) {
    PLAIN_VALUES(int64_t, NARROW->sum, NARROW->count > 0)
  } else if (states->form == AGG_EXTREME && !wide) {
    PLAIN_VALUES(int64_t, (int64_t)(worst + sign * (WAY(uint32_t) - 1)), WAY(uint32_t) > 0)
  } else if (states->form == AGG_EXTREME_64 && !wide) {
    PLAIN_VALUES(int64_t, (int64_t)(worst + sign * (WAY(uint64_t) - 1)), WAY(uint64_t) > 0)
  } else {
    return false;
  }
  out->validity = some_null ? buffer->validity : NULL;
  if (some_null) bits_from_bytes(present, count, buffer->validity);
  return true;
}
