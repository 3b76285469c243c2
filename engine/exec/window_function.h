// Computing one window function over partitions: several threads may, each with an eval of its own.
#pragma once
#include "agg_state.h"
#include "window_partition.h"
#include "window_result.h"

typedef struct WindowEval {
  const WindowCall *call;
  const WindowRows *rows;
  Job *job;
  Execution execution; // of the states: the job, one thread
  FrameSpec frame;
  const uint32_t *args; // columns of the store: the arguments, an aggregate's and its `more`
  uint32_t arg, filter; // of an aggregate; WINDOW_NO_COLUMN
  WindowResult *result; // of all threads
  Arena *text;          // the results' strings
  // An aggregate's scratch
  AggStates states;
  const struct WindowEval *prepared; // whose sums and tree are read: its own, or another thread's
  int128_t *sums;                    // [partition's rows + 1] of what comes before in the chunk
  int64_t *counts;                   // the same
  int128_t *chunk_sums;              // [chunks + 1] of what comes before the chunk
  int64_t *chunk_counts;             // the same
  uint64_t *tree;                    // positions of extremes
  uint64_t scratch_rows;             // room in these
  int64_t charged;
  uint64_t *batch; // [VECTOR_ROWS] row numbers
  VectorBuffer buffers[1 + AGGREGATE_MORE_MAX];
} WindowEval;
#define WINDOW_NO_COLUMN UINT32_MAX

// columns: of the store, where the values of the call's expressions are (as window_eval_exprs gives
// them); they must outlive the eval.
Status window_eval_init(WindowEval *eval, const WindowCall *call, const WindowRows *rows,
                        const uint32_t *columns, WindowResult *result, Job *job,
                        Error *error) WARN_UNUSED;
// The result of a call whose first expression's values are in `column` of the store.
Status window_eval_result_init(WindowResult *result, const WindowCall *call, uint32_t column,
                               uint64_t count, Job *job, Error *error) WARN_UNUSED;
// Sets a position's result; strings are copied.
Status window_eval_set(WindowEval *eval, uint64_t position, const Value *value,
                       Error *error) WARN_UNUSED;
void window_eval_clear(WindowEval *eval);
Status window_eval_partition(WindowEval *eval, const WindowPartition *partition,
                             Error *error) WARN_UNUSED;

// A large partition is computed by several threads, if the function is such that one row's result
// does not need the one before it: one eval begins it, the chunks are prepared in any order, it is
// finished, and then ranges of positions are computed in any order by evals that it is shared with.
#define WINDOW_CHUNK_ROWS 16384 // positions of a chunk; the last one may have none
bool window_eval_splits(const WindowEval *eval);
Status window_eval_begin(WindowEval *eval, const WindowPartition *partition,
                         Error *error) WARN_UNUSED;
uint64_t window_partition_chunks(const WindowPartition *partition);
void window_eval_prepare(WindowEval *eval, const WindowPartition *partition, uint64_t chunk);
void window_eval_finish(WindowEval *eval, const WindowPartition *partition);
void window_eval_share(WindowEval *eval, const WindowEval *prepared);
Status window_eval_range(WindowEval *eval, const WindowPartition *partition, uint64_t from,
                         uint64_t to, Error *error) WARN_UNUSED;
// The expressions whose values the store must have, in order; returns how many.
uint32_t window_eval_exprs(const WindowCall *call, Expr *exprs[AGGREGATE_EXPRS_MAX]);
// Whether it asks who the peers of a row are.
bool window_eval_asks_peers(const WindowCall *call);
// How the function is computed, for EXPLAIN ANALYZE.
const char *window_eval_kernel(const WindowEval *eval);
