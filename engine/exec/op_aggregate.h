// What the parts of the aggregate operator share: op_aggregate.c fills tables, op_aggregate_emit.c
// puts them out, op_aggregate_block.c does both block by block.
#pragma once
#include "agg_runs.h"
#include "block_order.h"

typedef struct SetTable { // one grouping set of one worker
  GroupTable groups;
  AggStates *calls; // [call_count]
  AggRows rows;     // of the calls' states
  uint32_t *keys;   // which of the node's keys, [groups.key_count]
} SetTable;

typedef struct AggregateOutput { // the vectors of one who puts groups out
  VectorBuffer *buffers;         // [column_count]
  Vector *columns;               // [column_count]
} AggregateOutput;

// Groups whose keys' hash begins with the same bits; see op_aggregate_partition.c.
#define GROUP_PARTITIONS 64
typedef struct SealedTable { // a worker's, of which no more groups are looked up
  SetTable table;
  bool split; // its groups lie by partition: those of p from starts[p] to starts[p + 1] - 1
  uint32_t starts[GROUP_PARTITIONS + 1];
} SealedTable;

typedef struct OutputTable {
  SetTable *table;
  uint64_t set;    // the grouping set
  uint32_t *order; // of its groups
  uint64_t chunk_first;
} OutputTable;

typedef struct BlockWorker BlockWorker; // see op_aggregate_block.c

typedef struct FilteredRows { // of a batch, those that a FILTER keeps
  uint32_t count;
  uint16_t rows[VECTOR_ROWS + KERNEL_ROWS_PADDING];
  uint64_t active[VECTOR_ROWS / 64]; // the same as bits
  uint16_t ends[VECTOR_ROWS];        // where the batch's runs end among them, where it has runs
} FilteredRows;

typedef struct AggregateWorker {
  GroupKeys keys;
  ExprSetState args, more, filters;
  SetTable *sets;      // [set_count]
  SetTable **row_sets; // [row_set_count] of them
  SealedTable *sealed; // [sealed_count] tables of the one set that were full
  uint32_t sealed_count, sealed_capacity;
  uint64_t sealed_groups, rows; // in them; rows of the table under way
  FilteredRows **filtered; // [call_count]; NULL where a call has no filter, or that of one before
  VectorBuffer selected[1 + AGGREGATE_MORE_MAX];
  GroupRuns runs;     // of the batch, where one table's rows lie in runs
  uint32_t runs_wait; // batches until runs are looked for again
  uint32_t **groups;  // [group_tables] of the batch's rows, in group_space; made by the first batch
  uint32_t *group_space, group_tables;
  BlockWorker *block; // where groups are finished block by block
} AggregateWorker;

typedef struct BlockKey BlockKey; // see op_aggregate_block.c

typedef struct AggregateState {
  ExprSet keys, args, filters; // NULL programs where a call has none
  ExprSet more;                // the calls' `more`, one call's after the other's
  uint32_t *more_first;        // [call_count] where a call's are
  uint32_t *filter_of;         // [call_count] the first call that has the same filter
  BlockOrder *arg_orders;      // [call_count] of arguments that come block by block
  uint32_t *row_sets;          // sets that rows are added to; the others are rolled up from them
  uint32_t row_set_count;
  bool seals; // there is one set of keys whose groups can be partitioned
  AggregateWorker *workers;
  uint32_t worker_count;
  SetTable *partitions; // [GROUP_PARTITIONS] of all workers' groups; NULL: they are in the first
                        // one's tables
  // Output: chunk c is the groups from VECTOR_ROWS * (c - chunk_first) on of a table, in its order.
  OutputTable *output_tables; // [output_count]
  uint32_t output_count;
  uint64_t chunk_count;
  _Atomic uint64_t chunk;
  AggregateOutput *outputs; // [op->worker_count]
  BlockKey *block_key;      // NULL: groups are finished when all rows are through
} AggregateState;

// What is known of the values of a program's result; nothing where there is no program.
PlanColumn aggregate_expr_known(const ExprSet *set, uint32_t i);

// Makes an empty table of the keys in `mask`. `key` (UINT32_MAX: none) is one whose words are known
// to be from min to max; dense_max bounds the slots of a dense table.
typedef struct TableBounds {
  uint32_t key;
  int64_t min, max;
  uint64_t dense_max;
} TableBounds;
TableBounds aggregate_table_bounds(const Plan *plan); // of tables of all rows
Status aggregate_table_init(Operator *op, SetTable *table, uint64_t mask, const TableBounds *bounds,
                            Error *error) WARN_UNUSED;
void aggregate_table_clear(SetTable *table, uint32_t call_count);
// Adds a batch, whose keys are in worker->keys, to each of the tables.
Status aggregate_update(Operator *op, AggregateWorker *worker, SetTable *const *tables,
                        uint32_t table_count, const Batch *batch, Error *error) WARN_UNUSED;
// Adds the groups of source to target. translated[k][word] is the target's word of the source's
// (NULL: the same); translated itself may be NULL.
// Keys of the target that are fewer than the source's make coarser groups.
Status aggregate_table_merge(const Operator *op, SetTable *target, SetTable *source,
                             int64_t *const *translated, Error *error) WARN_UNUSED;
// The words and NULLs of the source's groups from `first` on as the target's keys.
void aggregate_words_gather(const SetTable *target, const SetTable *source,
                            int64_t *const *translated, uint32_t first, uint32_t count,
                            int64_t *const *words, uint64_t *nulls);
// Merges all workers' tables into the first one's or, where they are many groups of one set, into
// state->partitions.
Status aggregate_workers_merge(Operator *op, Error *error) WARN_UNUSED;
// Partitions; see op_aggregate_partition.c. Whether they can be made of the workers' tables.
bool aggregate_can_partition(const Operator *op);
// After each batch: a table that has become long, of groups that hardly repeat, is put away, and
// the worker goes on with an empty one that stays in cache.
Status aggregate_worker_seal(Operator *op, AggregateWorker *worker, uint32_t row_count,
                             Error *error) WARN_UNUSED;
// Whether there are so many groups that they are worth it; and makes them. translated[worker]: as
// of aggregate_table_merge.
bool aggregate_partitions_serve(const Operator *op);
Status aggregate_partitions_make(Operator *op, int64_t ***translated, Error *error) WARN_UNUSED;
// The grouping sets that rows must be added to, for mem_free: all that do not follow from another
// one whose keys hold theirs; where states cannot be merged twice, all.
uint32_t *aggregate_row_sets(const Plan *plan, uint32_t *count);
// Makes the first worker's other sets, each of the smallest set that it follows from.
Status aggregate_roll_up(Operator *op, Error *error) WARN_UNUSED;

// The groups named by `groups`, count of them (1 .. VECTOR_ROWS), as a batch. keys: of the table's
// words; `set`: the grouping set's mask. Workers with outputs of their own may put out one table.
Status aggregate_emit(const Plan *plan, AggregateOutput *output, const KeyColumn *keys,
                      SetTable *table, const uint32_t *groups, uint32_t count, uint64_t set,
                      Batch *out, Error *error) WARN_UNUSED;
void aggregate_output_clear(AggregateOutput *output, uint32_t column_count);
// Whether merging and final values of all calls are quick work of one thread, and several may ask
// for final values at once: not of those that keep values or sets.
bool aggregate_calls_plain(const Plan *plan);

// Grouping block by block; see op_aggregate_block.c. `aggregate_block_open` returns whether it
// serves.
bool aggregate_block_open(Operator *op);
Status aggregate_block_next(Operator *op, uint32_t w, Batch *out, Error *error) WARN_UNUSED;
void aggregate_block_close(Operator *op);
