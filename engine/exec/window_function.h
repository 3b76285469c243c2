// Computing one window function over one partition after the other.
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
  uint32_t args[WINDOW_ARGS_MAX]; // columns of the store
  uint32_t arg, filter;           // of an aggregate; WINDOW_NO_COLUMN; its `more` follow arg
  WindowResult result;
  // An aggregate's scratch
  AggStates states;
  int128_t *sums;        // [partition's rows + 1] of what comes before
  int64_t *counts;       // the same
  uint64_t *tree;        // positions of extremes
  uint64_t scratch_rows; // room in these
  int64_t charged;
  uint64_t *batch; // [VECTOR_ROWS] row numbers
  VectorBuffer buffers[1 + AGGREGATE_MORE_MAX];
} WindowEval;
#define WINDOW_NO_COLUMN UINT32_MAX

// columns of the store: the call's arguments from `column` on (window_eval_exprs says which).
Status window_eval_init(WindowEval *eval, const WindowCall *call, const WindowRows *rows,
                        uint32_t column, Job *job, Error *error) WARN_UNUSED;
void window_eval_clear(WindowEval *eval);
Status window_eval_partition(WindowEval *eval, const WindowPartition *partition,
                             Error *error) WARN_UNUSED;
// The expressions whose values the store must have, in order; returns how many.
uint32_t window_eval_exprs(const WindowCall *call, Expr *exprs[AGGREGATE_EXPRS_MAX]);
// How the function is computed, for EXPLAIN ANALYZE.
const char *window_eval_kernel(const WindowEval *eval);
