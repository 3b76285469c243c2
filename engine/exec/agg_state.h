// The states of aggregate calls: of each group one row, in which the calls' states lie side by
// side.
//
//   row of group 0   count 4 | sum 12 | minimum 4 | ...      (bytes)
//   row of group 1   count 4 | sum 12 | minimum 4 | ...
//
// So thirty aggregates of a customer cost a few cache lines, not thirty. A state is as narrow as
// what is known of its argument (least, greatest) and of the number of rows proves enough. States
// are order-free: counts, exact sums, extremes, sets. Workers fill rows of their own, and merging
// maps one's groups into another's; `agg_states_value` is the final function. A row of zero bytes
// is the state of no rows.
#pragma once
#include "block_order.h"
#include "double_sum.h"
#include "key_column.h"
#include "operator.h"

typedef struct NarrowSum { // where it is proven that no sum of the rows leaves 64 bits
  int64_t sum;
  uint32_t count;
} __attribute__((packed, aligned(4))) NarrowSum;

typedef struct SumState {
  int128_t sum;
  int64_t count;
} SumState;

typedef struct DoubleState {
  DoubleSum sum;
  int64_t count;
} DoubleState;

typedef struct IntervalState {
  int64_t months, days; // of 2^31 rows at least
  int128_t usec;
  int64_t count;
} IntervalState;

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

typedef struct DistinctBlock DistinctBlock; // see agg_distinct.c

// How a call's state is kept.
typedef enum AggForm {
  AGG_COUNT,        // uint32_t
  AGG_COUNT_64,     // int64_t
  AGG_SUM,          // NarrowSum
  AGG_SUM_128,      // SumState
  AGG_SUM_REAL,     // DoubleState
  AGG_SUM_INTERVAL, // IntervalState
  AGG_EXTREME,      // uint32_t: the way from the worst value that there can be, + 1; 0: no value
  AGG_EXTREME_64,
  AGG_EXTREME_VALUE, // ExtremeState
  AGG_MOMENTS,
  AGG_SKETCH,
  AGG_SET,
  AGG_VALUES, // none in the row: see agg_values.h
} AggForm;

// The rows of the groups of one table.
typedef struct AggRows {
  char *rows; // [capacity * row_bytes]
  size_t row_bytes;
  uint32_t capacity;
  MemoryBudget *budget;
  int64_t charged;
} AggRows;

typedef struct AggStates {
  AggregateId id;
  AggForm form;
  Type arg, type; // of the argument and of the result
  uint32_t group_count;
  uint32_t state_bytes, state_alignment, offset; // offset: in a row
  size_t stride;                                 // from a group's state to the next one's
  char *states;                                  // group 0's, in the rows
  AggRows own;                                   // of a call that stands alone (agg_states_reserve)
  int64_t worst;                                 // AGG_EXTREME: the value that any other beats
  Arena *text;                                   // bytes of extremes that have no dictionary
  const Dictionary *dictionary;                  // of extremes
  // count(distinct): a bitmap a group where the words' range is known and small, while there
  // are few groups, else pairs.
  KeyColumn key;
  int64_t min;
  uint64_t bitmap_words; // a group; 0: pairs
  uint64_t **bitmaps;    // [bitmap_capacity]
  uint32_t bitmap_capacity;
  void *bitmap_slabs;                     // where they lie, the latest first
  uint32_t bitmaps_left;                  // that the latest has room for
  int64_t bitmap_bytes, bitmap_bytes_max; // of all groups: beyond, they become pairs
  bool bitmap_rows_known;                 // the most rows that there can be
  uint64_t bitmap_rows;                   // that came
  DistinctPart *pairs;                    // [DISTINCT_PARTS], or NULL
  DistinctBlock *block;                   // where the argument's values lie block by block, or NULL
  struct AggValues *values;               // of aggregates that keep them
  bool borrows;                           // the values are another call's of the same rows
  const AggregateCall *call;
  const Execution *execution;
  MemoryBudget *budget; // the job's
  int64_t charged;
} AggStates;

// args: what is known of the argument (unused for COUNT_ROWS) and of the call's `more`. The call
// and the execution must outlive the states. group_bound: the most groups that there can be
// (UINT64_MAX: unknown); row_bound: the most rows.
void agg_states_init(AggStates *states, const AggregateCall *call, const PlanColumn *args,
                     uint64_t group_bound, uint64_t row_bound, const Execution *execution);
// Says that rows come block by block in the order of the argument (order must outlive the states):
// a distinct count then forgets what it has seen when a block is through.
void agg_states_by_block(AggStates *states, const BlockOrder *order);
// Lets states, which have seen no row, use the values that `owner` keeps (aggregate_keeps_same);
// rows are added and groups merged for the owner alone.
void agg_states_borrow(AggStates *states, AggStates *owner);
void agg_states_clear(AggStates *states); // before its rows
// Makes room for group_count groups' states of these calls in one row each.
Status agg_rows_reserve(AggRows *rows, AggStates *calls, uint32_t call_count, uint32_t group_count,
                        Error *error) WARN_UNUSED;
void agg_rows_clear(AggRows *rows);
// Puts the groups' states into another order, that of order[0 .. group_count - 1].
Status agg_rows_permute(AggRows *rows, AggStates *calls, uint32_t call_count, const uint32_t *order,
                        uint32_t group_count, Error *error) WARN_UNUSED;
// The same for one call by itself.
Status agg_states_reserve(AggStates *states, uint32_t group_count, Error *error) WARN_UNUSED;
// Adds count rows: groups[i] is the group of row i (NULL: all are of group 0); args as evaluated,
// the argument and then the call's `more`.
Status agg_states_update(AggStates *states, const uint32_t *groups, const Vector *args,
                         uint32_t count, Error *error) WARN_UNUSED;
// Sets a sum, avg or count of integers or narrow decimals to what it would be after rows of that
// sum and count (of sliding windows, which add and subtract).
void agg_states_set_sum(AggStates *states, uint32_t group, int128_t sum, int64_t count);
// Adds source's group g to target's group map[g]. Values that the source keeps move to the target.
Status agg_states_merge(AggStates *target, AggStates *source, const uint32_t *map,
                        Error *error) WARN_UNUSED;
// Whether groups can be merged some by some; and the source's group first + i into target's map[i],
// for i < count.
bool agg_states_merge_some(const AggStates *states);
Status agg_states_merge_groups(AggStates *target, AggStates *source, uint32_t first,
                               const uint32_t *map, uint32_t count, Error *error) WARN_UNUSED;
// Whether the greatest value wins, of the extremes.
static inline bool agg_takes_most(AggregateId id) {
  return id == AGGREGATE_MAX || id == AGGREGATE_BOOL_OR;
}
Status agg_sum_overflow(Error *error) WARN_UNUSED;
static inline void *agg_state_at(const AggStates *states, uint32_t group) {
  return states->states + group * states->stride;
}
// The final values of these groups as a flat vector of the call's type in the buffer, which has
// room for them, where they are counts, sums or extremes of integers; false: they are not.
bool agg_states_plain_values(const AggStates *states, const uint32_t *groups, uint32_t count,
                             VectorBuffer *buffer, Vector *out);
// The final value of a group. STATUS_OVERFLOW where it does not fit the result's type.
Status agg_states_value(AggStates *states, uint32_t group, Value *out, Error *error) WARN_UNUSED;
