// Running a logical tree on this machine's tables: passes, lowering, execution, statistics.
#include "buffer.h"
#include "executor.h"
#include "lower.h"
#include "optimize.h"
#include "plan_print.h"
#include "thread_pool.h"

typedef struct SinkContext {
  const ResultSink *sink;
  uint64_t rows;
} SinkContext;

static Status sink_batch(void *context, const Batch *batch, Error *error) {
  SinkContext *sink = context;
  sink->rows += batch->row_count;
  return sink->sink->rows(sink->sink->context, batch, error);
}

static Status sink_begin(const ResultSink *sink, const Logical *tree, Arena *arena, Error *error) {
  ResultColumn *columns = ARENA_ARRAY(arena, ResultColumn, tree->column_count);
  for (uint32_t c = 0; c < tree->column_count; c++)
    columns[c] = (ResultColumn){tree->columns[c].name, tree->columns[c].type};
  return sink->begin(sink->context, columns, tree->column_count, error);
}

static void stats_table(Arena *arena, QueryStats *stats, const char *name) {
  for (uint32_t t = 0; t < stats->table_count; t++)
    if (!strcmp(stats->tables[t], name)) return;
  const char **tables = ARENA_ARRAY(arena, const char *, stats->table_count + 1);
  for (uint32_t t = 0; t < stats->table_count; t++) tables[t] = stats->tables[t];
  tables[stats->table_count++] = name;
  stats->tables = tables;
}

static void stats_add(Arena *arena, const Plan *plan, const OperatorProfile *profiles,
                      QueryStats *stats) {
  const OperatorProfile *profile = &profiles[plan->id];
  stats->rows_read += profile->rows_in;
  stats->bytes_read += profile->bytes_read;
  stats->blocks_read += profile->blocks_read;
  stats->blocks_skipped += profile->blocks_skipped;
  if (plan->kind == PLAN_SCAN) {
    stats_table(arena, stats, plan->scan.table->schema->name);
    if (table_is_cuboid(plan->scan.table)) stats->source = "cuboid";
    table_count_scan(plan->scan.of ? plan->scan.of : plan->scan.table);
  }
  for (int i = 0; i < 2; i++)
    if (plan->inputs[i]) stats_add(arena, plan->inputs[i], profiles, stats);
}

static void stats_collect(Arena *arena, const Plan *plan, const OperatorProfile *profiles,
                          QueryStats *stats) {
  const SharedPlan *shared[SHARED_MAX];
  uint32_t count = plan_shared(plan, shared);
  stats_add(arena, plan, profiles, stats);
  for (uint32_t s = 0; s < count; s++) stats_add(arena, shared[s]->plan, profiles, stats);
}

static Status tree_plan(Logical **tree, const Root *root, LogicalContext *context,
                        const char *passes_off, Plan **plan, Error *error) {
  TRY(logical_optimize(context, root, tree, passes_off, error));
  return logical_lower(context, *tree, root, plan, error);
}

Status executor_prepare(Logical *tree, const Root *root, LogicalContext *context,
                        const char *passes_off, PreparedQuery *prepared, Error *error) {
  Plan *plan;
  TRY(tree_plan(&tree, root, context, passes_off, &plan, error));
  *prepared = (PreparedQuery){tree, plan};
  return STATUS_OK;
}

Status executor_run_prepared(const PreparedQuery *prepared, Arena *arena, ThreadPool *pool,
                             Job *job, const ResultSink *sink, QueryStats *stats, Error *error) {
  QueryStats own = {.source = "scan", .profile = stats ? stats->profile : NULL};
  const Plan *plan = prepared->plan;
  OperatorProfile *profiles = ARENA_ARRAY(arena, OperatorProfile, plan_count(plan));
  int64_t start = clock_now_ns();
  TRY(sink_begin(sink, prepared->tree, arena, error));
  SinkContext sink_context = {sink, 0};
  Status status = plan_execute(plan, pool, job, profiles, sink_batch, &sink_context, error);
  own.execute_ns = clock_now_ns() - start;
  own.rows_returned = sink_context.rows;
  own.memory_peak_bytes = job ? job->memory.peak_bytes : 0;
  if (stats) stats_collect(arena, plan, profiles, &own);
  if (own.profile) plan_print(plan, profiles, own.profile);
  if (stats) *stats = own;
  return status;
}

Status executor_run(Logical *tree, const Root *root, LogicalContext *context, ThreadPool *pool,
                    Job *job, const char *passes_off, const ResultSink *sink, QueryStats *stats,
                    Error *error) {
  PreparedQuery prepared;
  int64_t start = clock_now_ns();
  TRY(executor_prepare(tree, root, context, passes_off, &prepared, error));
  int64_t plan_ns = clock_now_ns() - start;
  Status status = executor_run_prepared(&prepared, context->arena, pool, job, sink, stats, error);
  if (stats) stats->plan_ns = plan_ns;
  return status;
}

static Status discard_rows(void *context, const Batch *batch, Error *error) {
  (void)context, (void)batch, (void)error;
  return STATUS_OK;
}

Status executor_explain(Logical *tree, const Root *root, LogicalContext *context, ThreadPool *pool,
                        Job *job, bool analyze, Buffer *out, Error *error) {
  Plan *plan;
  int64_t start = clock_now_ns();
  TRY(tree_plan(&tree, root, context, NULL, &plan, error));
  int64_t planned = clock_now_ns(), ended = planned;
  OperatorProfile *profiles = NULL;
  if (analyze) {
    profiles = ARENA_ARRAY(context->arena, OperatorProfile, plan_count(plan));
    TRY(plan_execute(plan, pool, job, profiles, discard_rows, NULL, error));
    ended = clock_now_ns();
  }
  logical_print(tree, out);
  for (uint32_t n = 0; n < context->note_count; n++)
    buffer_printf(out, "%s%s\n", n ? "" : "\n", context->notes[n]);
  buffer_append_char(out, '\n');
  plan_print(plan, profiles, out);
  if (analyze)
    buffer_printf(out, "\nPlanning: %.3f ms; execution: %.3f ms; peak memory: %lld bytes\n",
                  (double)(planned - start) / 1e6, (double)(ended - planned) / 1e6,
                  (long long)(job ? job->memory.peak_bytes : 0));
  return STATUS_OK;
}
