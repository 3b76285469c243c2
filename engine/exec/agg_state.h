// The states of one aggregate call, an array of one state a group.
//
// States are order-free: counts, exact sums, extremes, sets. Workers fill arrays of their own, and
// merging maps one's groups into another's; `agg_states_value` is the final function.
#pragma once
#include "double_sum.h"
#include "key_column.h"
#include "operator.h"

typedef struct SumState {
  int128_t sum;
  int64_t count;
} SumState;

typedef struct DoubleState {
  DoubleSum sum;
  int64_t count;
} DoubleState;

typedef struct ExtremeState {
  Value value;
  bool present;
} ExtremeState;

typedef struct DistinctPair { // HASH form of a distinct count: a group and a word in it
  int64_t word;
  uint32_t group; // + 1; 0: free
} DistinctPair;

typedef struct DistinctPart { // the pairs whose hash begins alike: open addressing
  DistinctPair *pairs;
  uint64_t count, slots; // slots: a power of two, or 0
} DistinctPart;
#define DISTINCT_PARTS 16

typedef struct AggStates {
  AggregateId id;
  Type arg, type; // of the argument and of the result
  uint32_t group_count, capacity;
  size_t state_bytes;
  void *states;                 // by group: int64_t, SumState, DoubleState or ExtremeState
  Arena *text;                  // bytes of extremes that have no dictionary
  const Dictionary *dictionary; // of extremes
  // count(distinct): a bitmap a group where the words' range is known and small, else pairs.
  KeyColumn key;
  int64_t min;
  uint64_t bitmap_words; // a group; 0: pairs
  uint64_t **bitmaps;
  DistinctPart *pairs;      // [DISTINCT_PARTS], or NULL
  struct AggValues *values; // of aggregates that keep them
  const Execution *execution;
  MemoryBudget *budget; // the job's
  int64_t charged;
} AggStates;

// args: what is known of the argument (unused for COUNT_ROWS) and of the call's `more`. The call
// and the execution must outlive the states. group_bound: the most groups that there can be
// (UINT64_MAX: unknown).
void agg_states_init(AggStates *states, const AggregateCall *call, const PlanColumn *args,
                     uint64_t group_bound, const Execution *execution);
void agg_states_clear(AggStates *states);
Status agg_states_reserve(AggStates *states, uint32_t group_count, Error *error) WARN_UNUSED;
// Adds count rows: groups[i] is the group of row i (NULL: all are of group 0); args as evaluated,
// the argument and then the call's `more`.
Status agg_states_update(AggStates *states, const uint32_t *groups, const Vector *args,
                         uint32_t count, Error *error) WARN_UNUSED;
// Sets a sum, avg or count of integers or narrow decimals to what it would be after rows of that
// sum and count (of sliding windows, which add and subtract).
void agg_states_set_sum(AggStates *states, uint32_t group, int128_t sum, int64_t count);
// Adds source's group g to target's group map[g].
Status agg_states_merge(AggStates *target, AggStates *source, const uint32_t *map,
                        Error *error) WARN_UNUSED;
// The final value of a group. STATUS_OVERFLOW where it does not fit the result's type.
Status agg_states_value(AggStates *states, uint32_t group, Value *out, Error *error) WARN_UNUSED;
