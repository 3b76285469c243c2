// See agg_state.h. Loops over rows are one a packed width, with the NULL test outside.
#include "agg_state.h"
#include "agg_distinct.h"
#include "agg_moments.h"
#include "agg_sketch.h"
#include "agg_values.h"
#include "kernel.h"
#include <math.h>

static bool is_moments(AggregateId id) {
  return id >= AGGREGATE_STDDEV_SAMP;
}

static bool takes_most(AggregateId id) { // of the extremes
  return id == AGGREGATE_MAX || id == AGGREGATE_BOOL_OR;
}

static size_t state_bytes_of(const AggStates *states) {
  if (states->values) return 0;
  if (is_moments(states->id)) return agg_moments_state_bytes(states);
  switch (states->id) {
  case AGGREGATE_SUM:
  case AGGREGATE_AVG:
    return states->arg.kind == TYPE_DOUBLE ? sizeof(DoubleState) : sizeof(SumState);
  case AGGREGATE_MIN:
  case AGGREGATE_MAX:
  case AGGREGATE_ANY:
  case AGGREGATE_BOOL_AND:
  case AGGREGATE_BOOL_OR:
    return sizeof(ExtremeState);
  case AGGREGATE_APPROX_DISTINCT:
    return sizeof(struct AggSketch);
  default:
    return sizeof(int64_t);
  }
}

void agg_states_init(AggStates *states, const AggregateCall *call, const PlanColumn *args,
                     uint64_t group_bound, const Execution *execution) {
  *states = (AggStates){.id = call->id,
                        .type = call->type,
                        .execution = execution,
                        .budget = &execution->job->memory};
  if (call->arg) {
    states->arg = call->arg->type;
    states->dictionary = args->dictionary;
    if (call->id == AGGREGATE_COUNT_DISTINCT) agg_distinct_init(states, args, group_bound);
  }
  if (aggregate_keeps_values(call)) states->values = agg_values_create(call, args, execution);
  states->state_bytes = state_bytes_of(states);
}

void agg_states_clear(AggStates *states) {
  agg_distinct_clear(states);
  agg_values_destroy(states->values);
  if (states->id == AGGREGATE_APPROX_DISTINCT && !states->values) agg_sketch_clear(states);
  mem_free(states->states);
  arena_destroy(states->text);
  memory_budget_release(states->budget, states->charged);
  *states = (AggStates){0};
}

Status agg_states_reserve(AggStates *states, uint32_t group_count, Error *error) {
  if (group_count > states->capacity) {
    uint32_t capacity = states->capacity ? states->capacity * 2 : 64;
    while (capacity < group_count) capacity *= 2;
    size_t extra = (capacity - states->capacity) * states->state_bytes;
    TRY(memory_budget_charge(states->budget, (int64_t)extra, error));
    states->charged += (int64_t)extra;
    states->states = mem_realloc(states->states, capacity * states->state_bytes);
    memset((char *)states->states + states->capacity * states->state_bytes, 0, extra);
    if (states->bitmap_words) {
      states->bitmaps = mem_realloc(states->bitmaps, capacity * sizeof *states->bitmaps);
      memset(states->bitmaps + states->capacity, 0,
             (capacity - states->capacity) * sizeof *states->bitmaps);
    }
    states->capacity = capacity;
  }
  if (group_count > states->group_count) states->group_count = group_count;
  return STATUS_OK;
}

// ---------------------------------------------------------------- update

static void update_count(AggStates *states, const uint32_t *groups, const Vector *arg,
                         uint32_t count) {
  int64_t *counts = states->states;
  const uint64_t *validity = states->id == AGGREGATE_COUNT ? arg->validity : NULL;
  if (!groups && (!validity || !arg->constant)) {
    counts[0] += validity ? (int64_t)bits_count(validity, count) : count;
  } else if (!validity) {
    for (uint32_t i = 0; i < count; i++) counts[groups[i]]++;
  } else {
    for (uint32_t i = 0; i < count; i++) counts[groups ? groups[i] : 0] += vector_is_valid(arg, i);
  }
}

#define SUM_ROWS(Type)                                                                             \
  for (uint32_t i = 0; i < count; i++) {                                                           \
    SumState *state = &sums[groups[i]];                                                            \
    state->sum += arg->base + (int64_t)((const Type *)arg->data)[i];                               \
    state->count++;                                                                                \
  }

static void update_sum_packed(SumState *sums, const uint32_t *groups, const Vector *arg,
                              uint32_t count) {
  switch (arg->width) {
  case 1:
    SUM_ROWS(uint8_t) break;
  case 2:
    SUM_ROWS(uint16_t) break;
  case 4:
    SUM_ROWS(uint32_t) break;
  default:
    SUM_ROWS(int64_t) break;
  }
}

static void update_sum_ints(AggStates *states, const uint32_t *groups, const Vector *arg,
                            uint32_t count) {
  SumState *sums = states->states;
  if (arg->validity || arg->constant) {
    for (uint32_t i = 0; i < count; i++) {
      if (!vector_is_valid(arg, i)) continue;
      SumState *state = &sums[groups ? groups[i] : 0];
      state->sum += vector_int(arg, i);
      state->count++;
    }
  } else if (groups) {
    update_sum_packed(sums, groups, arg, count);
  } else {
    sums[0].sum += kernels()->sum[kernel_width_index(arg->width)](arg->data, count) +
                   (int128_t)arg->base * count;
    sums[0].count += count;
  }
}

static Status sum_overflow(Error *error) {
  return error_set(error, STATUS_OVERFLOW, "sum exceeds 38 digits");
}

static Status update_sum_wide(AggStates *states, const uint32_t *groups, const Vector *arg,
                              uint32_t count, Error *error) {
  SumState *sums = states->states;
  const int128_t *values = arg->data;
  for (uint32_t i = 0; i < count; i++) {
    if (!vector_is_valid(arg, i)) continue;
    SumState *state = &sums[groups ? groups[i] : 0];
    if (__builtin_add_overflow(state->sum, values[arg->constant ? 0 : i], &state->sum))
      return sum_overflow(error);
    state->count++;
  }
  return STATUS_OK;
}

static void update_sum_doubles(AggStates *states, const uint32_t *groups, const Vector *arg,
                               uint32_t count) {
  DoubleState *sums = states->states;
  const double *values = arg->data;
  for (uint32_t i = 0; i < count; i++) {
    if (!vector_is_valid(arg, i)) continue;
    DoubleState *state = &sums[groups ? groups[i] : 0];
    double_sum_add(&state->sum, values[arg->constant ? 0 : i]);
    state->count++;
  }
}

static Status extreme_offer(AggStates *states, ExtremeState *state, Value value, Error *error) {
  if (value.is_null) return STATUS_OK;
  if (state->present) {
    int order = value_compare(&value, &state->value);
    if (takes_most(states->id) ? order <= 0 : order >= 0) return STATUS_OK;
  }
  // Bytes of a dictionary stay; others are the batch's, and are copied when they win.
  if (value.type.kind == TYPE_STRING && !states->dictionary) {
    if (!states->text) states->text = arena_create();
    TRY(memory_budget_charge(states->budget, value.s.size, error));
    states->charged += value.s.size;
    value.s.data = arena_strndup(states->text, value.s.data, value.s.size);
  }
  state->value = value;
  state->present = true;
  return STATUS_OK;
}

// Extremes of integers: compared as they are, without making values.
static void update_extreme_ints(AggStates *states, const uint32_t *groups, const Vector *arg,
                                uint32_t count) {
  ExtremeState *extremes = states->states;
  int64_t values[VECTOR_ROWS];
  vector_flatten_int(arg, count, values);
  for (uint32_t i = 0; i < count; i++) {
    if (!vector_is_valid(arg, i)) continue;
    ExtremeState *state = &extremes[groups ? groups[i] : 0];
    bool wins = !state->present ||
                (takes_most(states->id) ? values[i] > state->value.i : values[i] < state->value.i);
    if (!wins) continue;
    state->value.type = states->arg;
    state->value.i = values[i];
    state->present = true;
  }
}

static Status update_extreme(AggStates *states, const uint32_t *groups, const Vector *arg,
                             uint32_t count, Error *error) {
  if (type_physical(states->arg) == PHYSICAL_INT && arg->physical == PHYSICAL_INT) {
    update_extreme_ints(states, groups, arg, count);
    return STATUS_OK;
  }
  ExtremeState *extremes = states->states;
  for (uint32_t i = 0; i < count; i++)
    TRY(extreme_offer(states, &extremes[groups ? groups[i] : 0], vector_value(arg, i), error));
  return STATUS_OK;
}

Status agg_states_update(AggStates *states, const uint32_t *groups, const Vector *args,
                         uint32_t count, Error *error) {
  const Vector *arg = args;
  if (states->values) return agg_values_update(states, groups, args, count, error);
  if (is_moments(states->id)) {
    agg_moments_update(states, groups, args, count);
    return STATUS_OK;
  }
  switch (states->id) {
  case AGGREGATE_APPROX_DISTINCT:
    return agg_sketch_update(states, groups, arg, count, error);
  case AGGREGATE_COUNT_ROWS:
  case AGGREGATE_COUNT:
    update_count(states, groups, arg, count);
    return STATUS_OK;
  case AGGREGATE_COUNT_DISTINCT:
    return agg_distinct_update(states, groups, arg, count, error);
  case AGGREGATE_SUM:
  case AGGREGATE_AVG:
    if (arg->physical == PHYSICAL_DOUBLE)
      update_sum_doubles(states, groups, arg, count);
    else if (arg->physical == PHYSICAL_WIDE)
      return update_sum_wide(states, groups, arg, count, error);
    else
      update_sum_ints(states, groups, arg, count);
    return STATUS_OK;
  default:
    return update_extreme(states, groups, arg, count, error);
  }
}

void agg_states_set_sum(AggStates *states, uint32_t group, int128_t sum, int64_t count) {
  if (states->id == AGGREGATE_SUM || states->id == AGGREGATE_AVG)
    ((SumState *)states->states)[group] = (SumState){sum, count};
  else
    ((int64_t *)states->states)[group] = count;
}

// ---------------------------------------------------------------- merge, final

static Status merge_sums(AggStates *target, const AggStates *source, const uint32_t *map,
                         Error *error) {
  for (uint32_t g = 0; g < source->group_count; g++) {
    if (source->arg.kind == TYPE_DOUBLE) {
      DoubleState *to = (DoubleState *)target->states + map[g];
      const DoubleState *from = (const DoubleState *)source->states + g;
      double_sum_merge(&to->sum, &from->sum);
      to->count += from->count;
    } else {
      SumState *to = (SumState *)target->states + map[g];
      const SumState *from = (const SumState *)source->states + g;
      if (__builtin_add_overflow(to->sum, from->sum, &to->sum)) return sum_overflow(error);
      to->count += from->count;
    }
  }
  return STATUS_OK;
}

Status agg_states_merge(AggStates *target, AggStates *source, const uint32_t *map, Error *error) {
  if (source->values) return agg_values_merge(target, source, map, error);
  if (is_moments(source->id)) {
    agg_moments_merge(target, source, map);
    return STATUS_OK;
  }
  switch (source->id) {
  case AGGREGATE_APPROX_DISTINCT:
    return agg_sketch_merge(target, source, map, error);
  case AGGREGATE_COUNT_ROWS:
  case AGGREGATE_COUNT:
    for (uint32_t g = 0; g < source->group_count; g++)
      ((int64_t *)target->states)[map[g]] += ((int64_t *)source->states)[g];
    return STATUS_OK;
  case AGGREGATE_COUNT_DISTINCT:
    return agg_distinct_merge(target, source, map, error);
  case AGGREGATE_SUM:
  case AGGREGATE_AVG:
    return merge_sums(target, source, map, error);
  default:
    for (uint32_t g = 0; g < source->group_count; g++) {
      const ExtremeState *from = (const ExtremeState *)source->states + g;
      if (from->present)
        TRY(extreme_offer(target, (ExtremeState *)target->states + map[g], from->value, error));
    }
    return STATUS_OK;
  }
}

static Status sum_value(const AggStates *states, const SumState *state, Value *out, Error *error) {
  int128_t value = state->sum;
  if (states->id == AGGREGATE_AVG) {
    unsigned scale = states->arg.kind == TYPE_DECIMAL ? states->arg.scale : 0;
    if (!decimal_divide(state->sum, scale, state->count, 0, states->type.scale, &value))
      return error_set(error, STATUS_OVERFLOW, "avg exceeds 38 digits");
  }
  if (type_physical(states->type) == PHYSICAL_WIDE) {
    if (!decimal_in_range(value)) return sum_overflow(error);
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

Status agg_states_value(AggStates *states, uint32_t group, Value *out, Error *error) {
  *out = (Value){.type = states->type};
  if (states->values) return agg_values_value(states, group, out, error);
  if (is_moments(states->id)) {
    agg_moments_value(states, group, out);
    return STATUS_OK;
  }
  switch (states->id) {
  case AGGREGATE_APPROX_DISTINCT:
    out->i = agg_sketch_value(states, group);
    break;
  case AGGREGATE_COUNT_ROWS:
  case AGGREGATE_COUNT:
  case AGGREGATE_COUNT_DISTINCT:
    out->i = ((const int64_t *)states->states)[group];
    break;
  case AGGREGATE_SUM:
  case AGGREGATE_AVG:
    if (states->arg.kind == TYPE_DOUBLE) {
      const DoubleState *state = (const DoubleState *)states->states + group;
      out->is_null = !state->count;
      return out->is_null ? STATUS_OK : double_value(states, state, out, error);
    }
    const SumState *state = (const SumState *)states->states + group;
    out->is_null = !state->count;
    return out->is_null ? STATUS_OK : sum_value(states, state, out, error);
  default: {
    const ExtremeState *extreme = (const ExtremeState *)states->states + group;
    if (extreme->present) *out = extreme->value;
    out->type = states->type;
    out->is_null = !extreme->present;
  }
  }
  return STATUS_OK;
}
