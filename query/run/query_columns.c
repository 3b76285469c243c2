// See query_columns.h.
#include "query_columns.h"
#include "lower.h"
#include "optimize.h"

typedef struct RowsSink {
  ColumnBuilder **builders;
  uint32_t count;
  uint64_t rows;
} RowsSink;

static Status sink_rows(void *context, const Batch *batch, Error *error) {
  RowsSink *sink = context;
  for (uint32_t c = 0; c < sink->count; c++)
    TRY(column_builder_append(sink->builders[c], &batch->columns[c], batch->row_count, error));
  sink->rows += batch->row_count;
  return STATUS_OK;
}

static void scan_show_hidden(Plan *plan) {
  if (plan->kind == PLAN_SCAN) plan->scan.with_hidden = true;
  for (int i = 0; i < 2; i++)
    if (plan->inputs[i]) scan_show_hidden(plan->inputs[i]);
}

Status query_batches(LogicalContext *context, Logical *tree, const Root *root, ThreadPool *pool,
                     Job *job, const char **links, BatchSink sink, void *sink_context,
                     Error *error) {
  Plan *plan;
  TRY(logical_optimize(context, root, &tree, NULL, error));
  TRY(logical_lower_rows(context, tree, root, &plan, links, error));
  return plan_execute(plan, pool, job, NULL, sink, sink_context, error);
}

Status query_columns(LogicalContext *context, Logical *tree, const Root *root, ThreadPool *pool,
                     Job *job, bool with_hidden, const bool *raw, Column **columns,
                     const char **links, uint64_t *row_count, Error *error) {
  Plan *plan;
  uint32_t count = tree->column_count;
  TRY(logical_optimize(context, root, &tree, NULL, error));
  TRY(logical_lower_rows(context, tree, root, &plan, links, error));
  if (with_hidden) scan_show_hidden(plan);
  RowsSink sink = {ARENA_ARRAY(context->arena, ColumnBuilder *, count), count, 0};
  for (uint32_t c = 0; c < count; c++)
    sink.builders[c] =
        column_builder_create(plan->columns[c].type, !raw || !raw[c], job ? &job->memory : NULL);
  Status status = plan_execute(plan, pool, job, NULL, sink_rows, &sink, error);
  for (uint32_t c = 0; c < count; c++) {
    if (status == STATUS_OK)
      columns[c] = column_builder_finish(sink.builders[c]);
    else
      column_builder_destroy(sink.builders[c]);
  }
  *row_count = sink.rows;
  return status;
}
