// See agg_runs.h.
#include "agg_runs.h"

bool agg_runs_serve(const AggStates *states, const Vector *arg) {
  switch (states->form) {
  case AGG_COUNT:
  case AGG_COUNT_64:
    if (states->id == AGGREGATE_COUNT_DISTINCT) return false;
    return states->id != AGGREGATE_COUNT || !arg->validity;
  case AGG_SUM:
  case AGG_SUM_128:
  case AGG_EXTREME:
    return arg->physical == PHYSICAL_INT && !arg->validity;
  default:
    return false;
  }
}

static void runs_count(AggStates *states, const GroupRuns *runs, const uint16_t *ends) {
  const AggStates local = *states; // a store to a state could else be one to `states`
  for (uint32_t r = 0, from = 0; r < runs->count; from = ends[r++]) {
    void *state = agg_state_at(&local, runs->groups[r]);
    if (local.form == AGG_COUNT)
      *(uint32_t *)state += ends[r] - from;
    else
      *(int64_t *)state += ends[r] - from;
  }
}

// Sums of a run as the difference of sums up to its ends: a run fits 64 bits, as each of its
// values does, or they are added in 128.
static void runs_sum(AggStates *states, const GroupRuns *runs, const uint16_t *ends,
                     const Vector *arg) {
  uint64_t sums[VECTOR_ROWS + 1];
  const AggStates local = *states;
  uint32_t rows = ends[runs->count - 1];
  kernels()->sums_before[kernel_width_index(arg->width)](arg->data, rows, arg->base, sums);
  for (uint32_t r = 0, from = 0; r < runs->count; from = ends[r++]) {
    NarrowSum *state = agg_state_at(&local, runs->groups[r]);
    state->sum += (int64_t)(sums[ends[r]] - sums[from]);
    state->count += ends[r] - from;
  }
}

static void runs_sum_wide(AggStates *states, const GroupRuns *runs, const uint16_t *ends,
                          const Vector *arg) {
  const AggStates local = *states;
  for (uint32_t r = 0, from = 0; r < runs->count; from = ends[r++]) {
    SumState *state = agg_state_at(&local, runs->groups[r]);
    int128_t sum = 0;
    for (uint32_t i = from; i < ends[r]; i++) sum += vector_int(arg, i);
    state->sum += sum;
    state->count += ends[r] - from;
  }
}

// As update_extreme_ways: the way of a value from the worst that there can be, + 1.
static void runs_extreme(AggStates *states, const GroupRuns *runs, const uint16_t *ends,
                         const Vector *arg) {
  int64_t values[VECTOR_ROWS];
  const AggStates local = *states;
  bool most = agg_takes_most(local.id);
  vector_flatten_int(arg, ends[runs->count - 1], values);
  for (uint32_t r = 0, from = 0; r < runs->count; from = ends[r++]) {
    uint32_t *state = agg_state_at(&local, runs->groups[r]), best = *state;
    for (uint32_t i = from; i < ends[r]; i++) {
      uint32_t way = most ? (uint32_t)((uint64_t)values[i] - (uint64_t)local.worst + 1)
                          : (uint32_t)((uint64_t)local.worst - (uint64_t)values[i] + 1);
      best = way > best ? way : best;
    }
    *state = best;
  }
}

void agg_runs_update(AggStates *states, const GroupRuns *runs, const uint16_t *ends,
                     const Vector *arg) {
  switch (states->form) {
  case AGG_COUNT:
  case AGG_COUNT_64:
    runs_count(states, runs, ends);
    break;
  case AGG_SUM:
    if (arg->constant)
      for (uint32_t r = 0, from = 0; r < runs->count; from = ends[r++]) {
        NarrowSum *state = agg_state_at(states, runs->groups[r]);
        state->sum += vector_int(arg, 0) * (int64_t)(ends[r] - from);
        state->count += ends[r] - from;
      }
    else
      runs_sum(states, runs, ends, arg);
    break;
  case AGG_SUM_128:
    runs_sum_wide(states, runs, ends, arg);
    break;
  default:
    runs_extreme(states, runs, ends, arg);
  }
}

void agg_runs_filter(const GroupRuns *runs, const uint64_t *active, uint16_t *ends) {
  uint32_t before = 0, word = 0; // rows in the words before `word`
  for (uint32_t r = 0; r < runs->count; r++) {
    uint32_t end = runs->ends[r];
    for (; word < end / 64; word++) before += (uint32_t)__builtin_popcountll(active[word]);
    uint64_t rest = end % 64 ? active[word] & ((UINT64_C(1) << end % 64) - 1) : 0;
    ends[r] = (uint16_t)(before + (uint32_t)__builtin_popcountll(rest));
  }
}
