// Loads in tests: models made by hand, files in a folder of their own, values as text.
//
//   LoadTest t;                      a store, a folder, a model
//   load_test_init(&t);
//   ModelTable *sales = load_test_table(&t, "sales", "sales*.csv");
//   load_test_column(&t, sales, "paid", "decimal(12,2)");
//   load_test_write(&t, "sales.csv", "paid\n1.50\n");
//   ck_assert_int_eq(load_test_run(&t), STATUS_OK);
//   load_test_cell(&t, "sales", 0, "paid")   "1.50"
#pragma once
#include "buffer.h"
#include "load_job.h"
#include "thread_pool.h"
#include "unit_main.h"
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOAD_TEST_TABLES 8
#define LOAD_TEST_COLUMNS 24

typedef struct LoadTest {
  char folder[64];
  Model model;
  MemoryBudget budget;
  ThreadPool *pool;
  Store *store;
  Job job;
  LoadReport report;
  LoadOptions options;
  Error error;
  uint32_t runs;
  Buffer cell;
} LoadTest;

static inline void load_test_init(LoadTest *t) {
  *t = (LoadTest){0};
  strcpy(t->folder, "/tmp/tessera_load_XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(t->folder));
  t->model = (Model){.arena = arena_create(), .name = "test", .time_zone = "UTC"};
  t->model.tables = ARENA_ARRAY(t->model.arena, ModelTable, LOAD_TEST_TABLES);
  memory_budget_init(&t->budget, "store", 0, NULL);
  job_init(&t->job, "load", 0, 0, NULL);
  t->pool = thread_pool_create(3);
  t->store = store_create(&t->budget, t->pool);
  t->options.data = t->folder;
}

static inline void load_test_clear(LoadTest *t) {
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", t->folder);
  ck_assert_int_eq(system(command), 0);
  load_report_clear(&t->report);
  buffer_clear(&t->cell);
  store_destroy(t->store);
  thread_pool_destroy(t->pool);
  arena_destroy(t->model.arena);
  ck_assert_int_eq(t->job.memory.used_bytes, 0); // a load gives back all that it charged
}

static inline ModelTable *load_test_table(LoadTest *t, const char *name, const char *files) {
  ModelTable *table = &t->model.tables[t->model.table_count++];
  *table = (ModelTable){.name = name, .reject_limit = -1};
  table->source = (ModelSource){.decimal_point = '.', .has_header = true};
  table->columns = ARENA_ARRAY(t->model.arena, ModelColumn, LOAD_TEST_COLUMNS);
  if (files) {
    table->files = ARENA_ARRAY(t->model.arena, const char *, 1);
    table->files[0] = files;
    table->file_count = 1;
  }
  return table;
}

static inline ModelColumn *load_test_column(LoadTest *t, ModelTable *table, const char *name,
                                            const char *type) {
  (void)t;
  ModelColumn *column = &table->columns[table->column_count++];
  *column = (ModelColumn){.name = name, .field = name, .inferred_members = true};
  if (type) ck_assert_msg(type_parse(type, &column->type), "type %s", type);
  return column;
}

static inline ModelColumn *load_test_link(LoadTest *t, ModelTable *table, const char *name,
                                          const char *target) {
  ModelColumn *column = load_test_column(t, table, name, NULL);
  column->kind = MODEL_COLUMN_LINK;
  column->link = target;
  return column;
}

static inline ModelColumn *load_test_through(LoadTest *t, ModelTable *table, const char *name,
                                             const char *link, const char *from) {
  ModelColumn *column = load_test_column(t, table, name, NULL);
  column->kind = MODEL_COLUMN_THROUGH;
  column->through_link = link;
  column->through_column = from;
  return column;
}

static inline void load_test_write_bytes(LoadTest *t, const char *name, const void *bytes,
                                         size_t size) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", t->folder, name);
  FILE *file = fopen(path, "wb");
  ck_assert_ptr_nonnull(file);
  ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
  ck_assert_int_eq(fclose(file), 0);
}
static inline void load_test_write(LoadTest *t, const char *name, const char *text) {
  load_test_write_bytes(t, name, text, strlen(text));
}

static inline Status load_test_run(LoadTest *t) {
  load_report_clear(&t->report);
  t->error = ERROR_INIT;
  char *batch = arena_printf(t->model.arena, "batch %u", ++t->runs);
  if (!t->options.batch || !strncmp(t->options.batch, "batch ", 6)) t->options.batch = batch;
  return load_run(t->store, &t->model, &t->options, &t->job, &t->report, &t->error);
}

#define load_test_ok(t)                                                                            \
  do {                                                                                             \
    Status status_ = load_test_run(t);                                                             \
    ck_assert_msg(status_ == STATUS_OK, "%s: %s", status_name(status_), (t)->error.message);       \
  } while (0)
#define load_test_fails(t, wanted, text)                                                           \
  do {                                                                                             \
    Status status_ = load_test_run(t);                                                             \
    ck_assert_msg(status_ == (wanted), "%s, not %s: %s", status_name(status_),                     \
                  status_name(wanted), (t)->error.message);                                        \
    ck_assert_msg(strstr((t)->error.message, (text)) != NULL, "'%s' lacks '%s'",                   \
                  (t)->error.message, (text));                                                     \
  } while (0)

// The current root's table; the store keeps it alive until the next load.
static inline const Table *load_test_find(LoadTest *t, const char *name) {
  Root *root = store_pin(t->store);
  const Table *table = root_find(root, name);
  root_release(root);
  ck_assert_msg(table != NULL, "no table %s", name);
  return table;
}

static inline const Column *load_test_find_column(LoadTest *t, const char *table,
                                                  const char *column) {
  const Table *found = load_test_find(t, table);
  int32_t c = schema_find(found->schema, column);
  ck_assert_msg(c >= 0, "no column %s.%s", table, column);
  return found->columns[c];
}

// The value as text, NULL as "NULL"; valid until the next call.
static inline const char *load_test_cell(LoadTest *t, const char *table, uint64_t row,
                                         const char *column) {
  const Column *found = load_test_find_column(t, table, column);
  ck_assert_uint_lt(row, found->row_count);
  Value value = column_value(found, row);
  if (value.is_null) return "NULL";
  buffer_reset(&t->cell);
  buffer_append(&t->cell, "", 0);
  value_format(&value, &t->cell);
  return t->cell.data ? t->cell.data : "";
}

static inline int64_t load_test_sum(LoadTest *t, const char *table, const char *column) {
  const Column *found = load_test_find_column(t, table, column);
  int64_t *values = mem_alloc((found->row_count + 1) * sizeof *values), sum = 0;
  column_decode_int(found, values);
  for (uint64_t row = 0; row < found->row_count; row++) {
    const Block *block = found->blocks[row / BLOCK_ROWS];
    if (!block->validity || bits_get(block->validity, row % BLOCK_ROWS)) sum += values[row];
  }
  mem_free(values);
  return sum;
}

#define load_test_is(t, table, row, column, text)                                                  \
  ck_assert_str_eq(load_test_cell(t, table, row, column), text)
