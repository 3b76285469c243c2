// One way to run a logical tree, whoever asks: optimise, lower, execute, give rows.
#pragma once
#include "job.h"
#include "logical.h"
#include "result_sink.h"
#include "root.h"

typedef struct QueryStats {
  uint64_t rows_returned, rows_read, bytes_read, blocks_read, blocks_skipped;
  int64_t plan_ns, execute_ns, memory_peak_bytes;
  const char *command; // what a statement without rows did ("CREATE VIEW"); NULL: rows
  const char *source;  // "scan", or "cuboid" where one was read (tables names it)
  const char **tables; // tables scanned, in the context's arena
  uint32_t table_count;
  struct Buffer *profile; // set by the caller or NULL: gets EXPLAIN ANALYZE's plan of this run
} QueryStats;

// A tree that is planned: read-only, for any number of runs at once, on the root that it was
// planned on. It lives in the arena of its context.
typedef struct PreparedQuery {
  const Logical *tree; // after the passes
  const struct Plan *plan;
} PreparedQuery;
// Verifies, applies the passes (all, but those named in `passes_off`, separated by commas; may be
// NULL), lowers.
Status executor_prepare(Logical *tree, const Root *root, LogicalContext *context,
                        const char *passes_off, PreparedQuery *prepared, Error *error) WARN_UNUSED;
// What a run needs, and stats->tables, lives in arena. stats->plan_ns is 0.
Status executor_run_prepared(const PreparedQuery *prepared, Arena *arena, struct ThreadPool *pool,
                             Job *job, const ResultSink *sink, QueryStats *stats,
                             Error *error) WARN_UNUSED;
// Both: runs tree on root. stats NULL: nobody asked, and the tables do
// not count it as a read.
Status executor_run(Logical *tree, const Root *root, LogicalContext *context,
                    struct ThreadPool *pool, Job *job, const char *passes_off,
                    const ResultSink *sink, QueryStats *stats, Error *error) WARN_UNUSED;
// EXPLAIN's text: the logical tree after the passes, then the plan; with analyze, runs it and adds
// rows, bytes, blocks skipped, kernels and time, and the totals of time and memory.
Status executor_explain(Logical *tree, const Root *root, LogicalContext *context,
                        struct ThreadPool *pool, Job *job, bool analyze, struct Buffer *out,
                        Error *error) WARN_UNUSED;
