// Any bytes as SQL that is run, over the tables of tests/logic, within a little memory and time:
// whatever the text, there are rows or an error that says something.
//   build/fuzz/tests/fuzz/fuzz_query -max_len=2000 /tmp/new tests/fuzz/corpus/query
#include "buffer.h"
#include "catalog_store.h"
#include "derive.h"
#include "executor.h"
#include "load_job.h"
#include "sql_parse.h"
#include <stdlib.h>

#define QUERY_MEMORY_BYTES (INT64_C(64) << 20)
#define QUERY_TIMEOUT_MS 1500

static struct {
  Store *store;
  Model *model;
  Root *root;
  Catalog *catalog;
  ThreadPool *pool;
  MemoryBudget budget;
} world;

static void require(bool ok) {
  if (!ok) abort();
}

static void world_make(void) {
  Error error = ERROR_INIT;
  Job job;
  LoadReport report = {0};
  world.pool = thread_pool_create(2);
  world.store = store_create(NULL, world.pool);
  require(model_read_file("tests/logic/data/retail.yaml", NULL, NULL, &world.model, &error) ==
          STATUS_OK);
  LoadOptions options = {.data = "tests/logic/data",
                         .complete = derive_run,
                         .complete_context = &(DeriveContext){.pool = world.pool}};
  job_init(&job, "load", 0, 0, NULL);
  require(load_run(world.store, world.model, &options, &job, &report, &error) == STATUS_OK);
  load_report_clear(&report);
  world.root = store_pin(world.store);
  require(catalog_create(world.root, world.model, &world.catalog, &error) == STATUS_OK);
  memory_budget_init(&world.budget, "fuzz", QUERY_MEMORY_BYTES, NULL);
}

// Reads every value that comes: a bad pointer shows here.
static Status rows_begin(void *context, const ResultColumn *columns, uint32_t count, Error *error) {
  (void)columns, (void)error;
  *(uint32_t *)context = count;
  return STATUS_OK;
}

static Status rows_read(void *context, const Batch *batch, Error *error) {
  (void)error;
  require(batch->column_count == *(uint32_t *)context);
  Buffer text;
  buffer_init(&text);
  for (uint32_t c = 0; c < batch->column_count; c++)
    for (uint32_t i = 0; i < batch->row_count; i++) {
      Value value = vector_value(&batch->columns[c], i);
      text.size = 0;
      value_format(&value, &text);
    }
  buffer_clear(&text);
  return STATUS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  if (!world.store) world_make();
  char *text = malloc(size + 1);
  require(text != NULL);
  memcpy(text, bytes, size);
  text[size] = 0;
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  Statement statement;
  Error error = ERROR_INIT;
  Job job;
  uint32_t columns = 0;
  QueryStats stats = {0};
  ResultSink sink = {&columns, rows_begin, rows_read};
  Status status = sql_statement(text, world.catalog, &context, NULL, &statement, &error);
  if (status == STATUS_OK && statement.tree && !statement.parameter_count) {
    job_init(&job, "query", 0, QUERY_TIMEOUT_MS, &world.budget);
    status = executor_run(statement.tree, world.root, &context, world.pool, &job,
                          size % 2 ? "fold,factor,pushdown,prune" : NULL, &sink, &stats, &error);
  }
  require((status == STATUS_OK) == (error.message[0] == 0));
  arena_destroy(context.arena);
  free(text);
  return 0;
}
