// See agg_state.h. A row's state is found by its group, and the states of rows to come are fetched
// ahead; integers are read as packed as they come, or flattened once.
#include "agg_state.h"
#include "agg_distinct.h"
#include "agg_moments.h"
#include "agg_set.h"
#include "agg_sketch.h"
#include "agg_values.h"
#include "kernel.h"
#include <assert.h>
#include <math.h>

// Whether count sums of values between min and max stay within 64 bits.
static bool sums_fit(const PlanColumn *arg, uint64_t row_bound) {
  int64_t least, most;
  if (arg->min > arg->max || row_bound > UINT32_MAX) return false;
  return !__builtin_mul_overflow(arg->min, (int64_t)row_bound, &least) &&
         !__builtin_mul_overflow(arg->max, (int64_t)row_bound, &most);
}

static AggForm sum_form(const AggStates *states, const PlanColumn *arg, uint64_t row_bound) {
  if (states->arg.kind == TYPE_DOUBLE) return AGG_SUM_REAL;
  if (states->arg.kind == TYPE_INTERVAL) return AGG_SUM_INTERVAL;
  bool narrow = type_physical(states->arg) == PHYSICAL_INT && sums_fit(arg, row_bound);
  return narrow ? AGG_SUM : AGG_SUM_128;
}

static AggForm extreme_form(const AggStates *states, const PlanColumn *arg) {
  if (type_physical(states->arg) != PHYSICAL_INT || arg->min > arg->max) return AGG_EXTREME_VALUE;
  uint64_t range = (uint64_t)arg->max - (uint64_t)arg->min;
  return range < UINT32_MAX ? AGG_EXTREME : range < UINT64_MAX ? AGG_EXTREME_64 : AGG_EXTREME_VALUE;
}

static AggForm form_of(const AggStates *states, const PlanColumn *arg, uint64_t row_bound) {
  if (states->values) return AGG_VALUES;
  switch (aggregate_family(states->id)) {
  case AGGREGATE_FAMILY_SUM:
    return sum_form(states, arg, row_bound);
  case AGGREGATE_FAMILY_EXTREME:
    return extreme_form(states, arg);
  case AGGREGATE_FAMILY_SKETCH:
    return AGG_SKETCH;
  case AGGREGATE_FAMILY_SET:
    return AGG_SET;
  case AGGREGATE_FAMILY_MOMENTS:
    return AGG_MOMENTS;
  case AGGREGATE_FAMILY_DISTINCT:
    return AGG_COUNT_64;
  default:
    return row_bound <= UINT32_MAX ? AGG_COUNT : AGG_COUNT_64;
  }
}

typedef struct StateShape {
  uint32_t bytes, alignment;
} StateShape;
#define SHAPE(Type)                                                                                \
  { sizeof(Type), _Alignof(Type) }

static StateShape shape_of(const AggStates *states) {
  static const StateShape shapes[] = {
      [AGG_COUNT] = SHAPE(uint32_t),
      [AGG_COUNT_64] = SHAPE(int64_t),
      [AGG_SUM] = SHAPE(NarrowSum),
      [AGG_SUM_128] = SHAPE(SumState),
      [AGG_SUM_REAL] = SHAPE(DoubleState),
      [AGG_SUM_INTERVAL] = SHAPE(IntervalState),
      [AGG_EXTREME] = SHAPE(uint32_t),
      [AGG_EXTREME_64] = SHAPE(uint64_t),
      [AGG_EXTREME_VALUE] = SHAPE(ExtremeState),
      [AGG_SKETCH] = SHAPE(struct AggSketch),
      [AGG_SET] = SHAPE(AggSet),
      [AGG_VALUES] = {0, 1},
  };
  if (states->form == AGG_MOMENTS)
    return (StateShape){(uint32_t)agg_moments_state_bytes(states), _Alignof(int128_t)};
  return shapes[states->form];
}

void agg_states_init(AggStates *states, const AggregateCall *call, const PlanColumn *args,
                     uint64_t group_bound, uint64_t row_bound, const Execution *execution) {
  *states = (AggStates){.id = call->id,
                        .type = call->type,
                        .call = call,
                        .execution = execution,
                        .budget = &execution->job->memory};
  if (call->arg) {
    states->arg = call->arg->type;
    states->dictionary = args->dictionary;
    if (call->id == AGGREGATE_COUNT_DISTINCT)
      agg_distinct_init(states, args, group_bound, row_bound);
  }
  if (aggregate_keeps_values(call)) states->values = agg_values_create(call, args, execution);
  states->form = form_of(states, args, row_bound);
  if (states->form == AGG_EXTREME || states->form == AGG_EXTREME_64)
    states->worst = agg_takes_most(states->id) ? args->min : args->max;
  StateShape shape = shape_of(states);
  states->state_bytes = shape.bytes;
  states->state_alignment = shape.alignment;
}

void agg_states_by_block(AggStates *states, const BlockOrder *order) {
  if (states->id == AGGREGATE_COUNT_DISTINCT) agg_distinct_by_block(states, order);
}

void agg_states_borrow(AggStates *states, AggStates *owner) {
  assert(states->form == AGG_VALUES && owner->form == AGG_VALUES && !owner->borrows);
  agg_values_destroy(states->values);
  states->values = owner->values;
  states->borrows = true;
}

void agg_states_clear(AggStates *states) {
  agg_distinct_clear(states);
  if (!states->borrows) agg_values_destroy(states->values);
  if (states->form == AGG_SKETCH) agg_sketch_clear(states);
  if (states->form == AGG_SET) agg_set_clear(states);
  agg_rows_clear(&states->own);
  arena_destroy(states->text);
  memory_budget_release(states->budget, states->charged);
  *states = (AggStates){0};
}

// ---------------------------------------------------------------- rows

// Gives each call its place in a row, the most aligned first, so that little is lost between them.
static size_t rows_lay_out(AggStates *calls, uint32_t call_count) {
  size_t at = 0;
  uint32_t widest = 1;
  for (uint32_t alignment = 16; alignment; alignment /= 2)
    for (uint32_t a = 0; a < call_count; a++) {
      if (calls[a].state_alignment != alignment) continue;
      at = (at + alignment - 1) / alignment * alignment;
      calls[a].offset = (uint32_t)at;
      at += calls[a].state_bytes;
      if (alignment > widest) widest = alignment;
    }
  return (at + widest - 1) / widest * widest;
}

static void rows_place(AggRows *rows, AggStates *calls, uint32_t call_count) {
  for (uint32_t a = 0; a < call_count; a++) {
    calls[a].states = rows->rows + calls[a].offset;
    calls[a].stride = rows->row_bytes;
  }
}

static Status rows_grow(AggRows *rows, AggStates *calls, uint32_t call_count, uint32_t group_count,
                        Error *error) {
  if (!rows->capacity) rows->row_bytes = rows_lay_out(calls, call_count);
  uint32_t capacity = rows->capacity ? rows->capacity * 2 : 64;
  while (capacity < group_count) capacity *= 2;
  size_t extra = (size_t)(capacity - rows->capacity) * rows->row_bytes;
  rows->budget = calls[0].budget;
  TRY(memory_budget_charge(rows->budget, (int64_t)extra, error));
  rows->charged += (int64_t)extra;
  rows->rows = mem_realloc(rows->rows, (size_t)capacity * rows->row_bytes);
  memset(rows->rows + (size_t)rows->capacity * rows->row_bytes, 0, extra);
  rows->capacity = capacity;
  rows_place(rows, calls, call_count);
  return STATUS_OK;
}

static void bitmaps_reserve(AggStates *states, uint32_t capacity) {
  if (!states->bitmap_words || capacity <= states->bitmap_capacity) return;
  states->bitmaps = mem_realloc(states->bitmaps, capacity * sizeof *states->bitmaps);
  memset(states->bitmaps + states->bitmap_capacity, 0,
         (capacity - states->bitmap_capacity) * sizeof *states->bitmaps);
  states->bitmap_capacity = capacity;
}

Status agg_rows_reserve(AggRows *rows, AggStates *calls, uint32_t call_count, uint32_t group_count,
                        Error *error) {
  if (!call_count) return STATUS_OK;
  if (group_count > rows->capacity) TRY(rows_grow(rows, calls, call_count, group_count, error));
  for (uint32_t a = 0; a < call_count; a++) {
    bitmaps_reserve(&calls[a], rows->capacity);
    if (group_count > calls[a].group_count) calls[a].group_count = group_count;
  }
  return STATUS_OK;
}

void agg_rows_clear(AggRows *rows) {
  mem_free(rows->rows);
  memory_budget_release(rows->budget, rows->charged);
  *rows = (AggRows){0};
}

Status agg_rows_permute(AggRows *rows, AggStates *calls, uint32_t call_count, const uint32_t *order,
                        uint32_t group_count, Error *error) {
  if (!call_count) return STATUS_OK;
  size_t bytes = rows->row_bytes;
  TRY(memory_budget_charge(rows->budget, (int64_t)(group_count * bytes), error));
  char *permuted = mem_alloc(group_count * bytes);
  for (uint32_t g = 0; g < group_count; g++)
    memcpy(permuted + g * bytes, rows->rows + order[g] * bytes, bytes);
  mem_free(rows->rows);
  memory_budget_release(rows->budget, rows->charged);
  rows->rows = permuted;
  rows->capacity = group_count;
  rows->charged = (int64_t)(group_count * bytes);
  for (uint32_t a = 0; a < call_count; a++) calls[a].states = permuted + calls[a].offset;
  return STATUS_OK;
}

Status agg_states_reserve(AggStates *states, uint32_t group_count, Error *error) {
  return agg_rows_reserve(&states->own, states, 1, group_count, error);
}

// ---------------------------------------------------------------- update

#define AHEAD 12                    // rows whose group's state is fetched ahead
#define AHEAD_BYTES_MIN (128 << 10) // fewer bytes of states are in cache anyway

// The rows before which the state of a later one is fetched; 0: of none.
static uint32_t rows_ahead(const AggStates *states, uint32_t count) {
  bool cached = states->group_count * states->stride < AHEAD_BYTES_MIN;
  return cached || count < AHEAD ? 0 : count - AHEAD;
}

static inline void *row_state(const AggStates *states, const uint32_t *groups, uint32_t row,
                              uint32_t ahead) {
  if (row < ahead) __builtin_prefetch(agg_state_at(states, groups[row + AHEAD]), 1);
  return agg_state_at(states, groups[row]);
}

#define COUNT_ROWS(Type)                                                                           \
  if (!groups)                                                                                     \
    *(Type *)states->states += (Type)(validity && !arg->constant ? bits_count(validity, count)     \
                                      : validity && !bits_get(validity, 0) ? 0                     \
                                                                           : count);               \
  else                                                                                             \
    for (uint32_t i = 0; i < count; i++)                                                           \
      *(Type *)row_state(&local, groups, i, ahead) += !validity || vector_is_valid(arg, i);

static void update_count(AggStates *states, const uint32_t *groups, const Vector *arg,
                         uint32_t count) {
  const uint64_t *validity = states->id == AGGREGATE_COUNT ? arg->validity : NULL;
  const AggStates local = *states;
  uint32_t ahead = rows_ahead(states, count);
  if (states->form == AGG_COUNT) {
    COUNT_ROWS(uint32_t)
  } else {
    COUNT_ROWS(int64_t)
  }
}

// The states are in locals: a store to one of them could else be a store to `states` itself.
#define SUM_ROWS(State, Type)                                                                      \
  for (uint32_t i = 0; i < count; i++) {                                                           \
    State *state = row_state(&local, groups, i, ahead);                                            \
    if (!all && !vector_is_valid(arg, i)) continue;                                                \
    state->sum += base + (int64_t)((const Type *)data)[i];                                         \
    state->count++;                                                                                \
  }
#define SUM_GROUPS(State)                                                                          \
  switch (width) {                                                                                 \
  case 1:                                                                                          \
    SUM_ROWS(State, uint8_t) break;                                                                \
  case 2:                                                                                          \
    SUM_ROWS(State, uint16_t) break;                                                               \
  case 4:                                                                                          \
    SUM_ROWS(State, uint32_t) break;                                                               \
  default:                                                                                         \
    SUM_ROWS(State, int64_t)                                                                       \
  }

static void update_sum_groups(AggStates *states, const uint32_t *groups, const Vector *arg,
                              uint32_t count) {
  const AggStates local = *states;
  uint32_t ahead = rows_ahead(states, count);
  bool all = !arg->validity;
  int64_t values[VECTOR_ROWS], base = arg->base;
  const void *data = arg->data;
  unsigned width = arg->width;
  if (arg->constant) {
    vector_flatten_int(arg, count, values);
    data = values, base = 0, width = 8;
  }
  if (states->form == AGG_SUM) {
    SUM_GROUPS(NarrowSum)
  } else {
    SUM_GROUPS(SumState)
  }
}

// All rows are of group 0: the sum and number of those that are not NULL.
static int128_t sum_all(const Vector *arg, uint32_t count, uint32_t *valid) {
  int128_t sum = 0;
  if (!arg->validity && !arg->constant) {
    *valid = count;
    return kernels()->sum[kernel_width_index(arg->width)](arg->data, count) +
           (int128_t)arg->base * count;
  }
  *valid = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (!vector_is_valid(arg, i)) continue;
    sum += vector_int(arg, i);
    ++*valid;
  }
  return sum;
}

static void update_sum_ints(AggStates *states, const uint32_t *groups, const Vector *arg,
                            uint32_t count) {
  uint32_t valid;
  if (groups) {
    update_sum_groups(states, groups, arg, count);
    return;
  }
  int128_t sum = sum_all(arg, count, &valid);
  if (states->form == AGG_SUM) {
    ((NarrowSum *)states->states)->sum += (int64_t)sum;
    ((NarrowSum *)states->states)->count += valid;
  } else {
    ((SumState *)states->states)->sum += sum;
    ((SumState *)states->states)->count += valid;
  }
}

Status agg_sum_overflow(Error *error) {
  return error_set(error, STATUS_OVERFLOW, "sum exceeds 38 digits");
}

static Status update_sum_wide(AggStates *states, const uint32_t *groups, const Vector *arg,
                              uint32_t count, Error *error) {
  const int128_t *values = arg->data;
  for (uint32_t i = 0; i < count; i++) {
    if (!vector_is_valid(arg, i)) continue;
    SumState *state = agg_state_at(states, groups ? groups[i] : 0);
    if (__builtin_add_overflow(state->sum, values[arg->constant ? 0 : i], &state->sum))
      return agg_sum_overflow(error);
    state->count++;
  }
  return STATUS_OK;
}

static void update_sum_doubles(AggStates *states, const uint32_t *groups, const Vector *arg,
                               uint32_t count) {
  const double *values = arg->data;
  for (uint32_t i = 0; i < count; i++) {
    if (!vector_is_valid(arg, i)) continue;
    DoubleState *state = agg_state_at(states, groups ? groups[i] : 0);
    double_sum_add(&state->sum, values[arg->constant ? 0 : i]);
    state->count++;
  }
}

static void update_sum_intervals(AggStates *states, const uint32_t *groups, const Vector *arg,
                                 uint32_t count) {
  const IntervalValue *values = arg->data;
  for (uint32_t i = 0; i < count; i++) {
    if (!vector_is_valid(arg, i)) continue;
    IntervalState *state = agg_state_at(states, groups ? groups[i] : 0);
    const IntervalValue *value = &values[arg->constant ? 0 : i];
    state->months += value->months;
    state->days += value->days;
    state->usec += value->usec;
    state->count++;
  }
}

static Status extreme_offer(AggStates *states, ExtremeState *state, Value value, Error *error) {
  if (value.is_null) return STATUS_OK;
  if (state->present) {
    int order = value_compare(&value, &state->value);
    if (agg_takes_most(states->id) ? order <= 0 : order >= 0) return STATUS_OK;
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

// The way of a value from the worst that there can be, + 1: the greater, the better.
static inline uint64_t extreme_way(const AggStates *states, int64_t value) {
  return agg_takes_most(states->id) ? (uint64_t)value - (uint64_t)states->worst + 1
                                    : (uint64_t)states->worst - (uint64_t)value + 1;
}

#define EXTREME_ROWS(Type)                                                                         \
  const AggStates local = *states;                                                                 \
  uint32_t ahead = groups ? rows_ahead(states, count) : 0;                                         \
  bool all = !arg->validity;                                                                       \
  for (uint32_t i = 0; i < count; i++) {                                                           \
    Type *state = groups ? row_state(&local, groups, i, ahead) : (void *)local.states;             \
    Type way = (Type)extreme_way(&local, values[i]);                                               \
    if (way > *state && (all || vector_is_valid(arg, i))) *state = way;                            \
  }

static void update_extreme_ways(AggStates *states, const uint32_t *groups, const Vector *arg,
                                uint32_t count) {
  int64_t values[VECTOR_ROWS];
  vector_flatten_int(arg, count, values);
  if (states->form == AGG_EXTREME) {
    EXTREME_ROWS(uint32_t)
  } else {
    EXTREME_ROWS(uint64_t)
  }
}

static Status update_extreme_values(AggStates *states, const uint32_t *groups, const Vector *arg,
                                    uint32_t count, Error *error) {
  for (uint32_t i = 0; i < count; i++)
    TRY(extreme_offer(states, agg_state_at(states, groups ? groups[i] : 0), vector_value(arg, i),
                      error));
  return STATUS_OK;
}

Status agg_states_update(AggStates *states, const uint32_t *groups, const Vector *args,
                         uint32_t count, Error *error) {
  const Vector *arg = args;
  switch (states->form) {
  case AGG_VALUES:
    if (states->borrows) return STATUS_OK;
    return agg_values_update(states, groups, args, count, error);
  case AGG_MOMENTS:
    agg_moments_update(states, groups, args, count);
    return STATUS_OK;
  case AGG_SKETCH:
    return agg_sketch_update(states, groups, arg, count, error);
  case AGG_SET:
    return agg_set_update(states, groups, arg, count, error);
  case AGG_COUNT:
  case AGG_COUNT_64:
    if (states->id == AGGREGATE_COUNT_DISTINCT)
      return agg_distinct_update(states, groups, arg, count, error);
    update_count(states, groups, arg, count);
    return STATUS_OK;
  case AGG_SUM_REAL:
    update_sum_doubles(states, groups, arg, count);
    return STATUS_OK;
  case AGG_SUM_INTERVAL:
    update_sum_intervals(states, groups, arg, count);
    return STATUS_OK;
  case AGG_SUM:
  case AGG_SUM_128:
    if (arg->physical == PHYSICAL_WIDE) return update_sum_wide(states, groups, arg, count, error);
    update_sum_ints(states, groups, arg, count);
    return STATUS_OK;
  case AGG_EXTREME:
  case AGG_EXTREME_64:
    update_extreme_ways(states, groups, arg, count);
    return STATUS_OK;
  case AGG_EXTREME_VALUE:
    return update_extreme_values(states, groups, arg, count, error);
  }
  return STATUS_OK;
}

void agg_states_set_sum(AggStates *states, uint32_t group, int128_t sum, int64_t count) {
  void *state = agg_state_at(states, group);
  assert(states->form == AGG_SUM_128 || states->form == AGG_COUNT_64); // no bound of rows is known
  if (states->form == AGG_SUM_128)
    *(SumState *)state = (SumState){sum, count};
  else
    *(int64_t *)state = count;
}

// ---------------------------------------------------------------- merge

static Status merge_state(AggStates *target, void *into, AggStates *source, const void *from,
                          Error *error) {
  switch (source->form) {
  case AGG_COUNT:
    *(uint32_t *)into += *(const uint32_t *)from;
    return STATUS_OK;
  case AGG_COUNT_64:
    *(int64_t *)into += *(const int64_t *)from;
    return STATUS_OK;
  case AGG_SUM: {
    const NarrowSum *sum = from;
    ((NarrowSum *)into)->sum += sum->sum;
    ((NarrowSum *)into)->count += sum->count;
    return STATUS_OK;
  }
  case AGG_SUM_128: {
    const SumState *sum = from;
    SumState *to = into;
    if (__builtin_add_overflow(to->sum, sum->sum, &to->sum)) return agg_sum_overflow(error);
    to->count += sum->count;
    return STATUS_OK;
  }
  case AGG_SUM_REAL:
    double_sum_merge(&((DoubleState *)into)->sum, &((const DoubleState *)from)->sum);
    ((DoubleState *)into)->count += ((const DoubleState *)from)->count;
    return STATUS_OK;
  case AGG_SUM_INTERVAL: {
    const IntervalState *sum = from;
    IntervalState *to = into;
    to->months += sum->months;
    to->days += sum->days;
    to->usec += sum->usec;
    to->count += sum->count;
    return STATUS_OK;
  }
  case AGG_EXTREME:
    if (*(const uint32_t *)from > *(uint32_t *)into) *(uint32_t *)into = *(const uint32_t *)from;
    return STATUS_OK;
  case AGG_EXTREME_64:
    if (*(const uint64_t *)from > *(uint64_t *)into) *(uint64_t *)into = *(const uint64_t *)from;
    return STATUS_OK;
  default: {
    const ExtremeState *extreme = from;
    return extreme->present ? extreme_offer(target, into, extreme->value, error) : STATUS_OK;
  }
  }
}

bool agg_states_merge_some(const AggStates *states) {
  return states->form != AGG_VALUES && states->form != AGG_SKETCH && states->form != AGG_SET &&
         states->id != AGGREGATE_COUNT_DISTINCT;
}

Status agg_states_merge_groups(AggStates *target, AggStates *source, uint32_t first,
                               const uint32_t *map, uint32_t count, Error *error) {
  assert(target->form == source->form && target->worst == source->worst);
  assert(agg_states_merge_some(source));
  if (source->form == AGG_MOMENTS)
    agg_moments_merge(target, source, first, map, count);
  else
    for (uint32_t i = 0; i < count; i++)
      TRY(merge_state(target, agg_state_at(target, map[i]), source, agg_state_at(source, first + i),
                      error));
  return STATUS_OK;
}

Status agg_states_merge(AggStates *target, AggStates *source, const uint32_t *map, Error *error) {
  assert(target->form == source->form && target->worst == source->worst);
  if (source->borrows) return STATUS_OK;
  if (source->form == AGG_VALUES) return agg_values_merge(target, source, map, error);
  if (source->form == AGG_SKETCH) return agg_sketch_merge(target, source, map, error);
  if (source->form == AGG_SET) return agg_set_merge(target, source, map, error);
  if (source->id == AGGREGATE_COUNT_DISTINCT) return agg_distinct_merge(target, source, map, error);
  return agg_states_merge_groups(target, source, 0, map, source->group_count, error);
}
