// The rows of a query as columns of a table: derived tables of a model, tables of a session.
#pragma once
#include "job.h"
#include "logical.h"
#include "plan.h"
#include "root.h"
#include "thread_pool.h"

// Runs the tree and hands its batches out, in order, on this thread. Foreign keys become row
// numbers: links[c], room for one a column, names their table (NULL: a value).
Status query_batches(LogicalContext *context, Logical *tree, const Root *root, ThreadPool *pool,
                     Job *job, const char **links, BatchSink sink, void *sink_context,
                     Error *error) WARN_UNUSED;

// Runs the tree into columns, one an output column. Foreign keys become row numbers: links[c], room
// for one a column, names their table (NULL: a value). with_hidden: scans give hidden rows too.
// raw (NULL: none): strings that get no dictionary, a flag a column.
Status query_columns(LogicalContext *context, Logical *tree, const Root *root, ThreadPool *pool,
                     Job *job, bool with_hidden, const bool *raw, Column **columns,
                     const char **links, uint64_t *row_count, Error *error) WARN_UNUSED;
