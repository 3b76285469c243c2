// Runs text tests: SQL and the rows that it must give, after sqllogictest.
//
//   load data/retail.yaml                 the model, and its files beside it
//   query ITR rowsort                     a letter a column: I T exact text, R a number, compared
//   to SELECT id, name, paid FROM sales      six digits; rowsort: rows may come in any order
//   ----
//   1<TAB>x<TAB>0.5                       NULL is NULL
//   (an empty line ends a block)
//   again IR rowsort                      SQL that gives what the query before it gives, and that
//                                         PostgreSQL does not know (cube.sales, measure())
//   cube IR rowsort                       a cube query (JSON) that gives what the query before
//   gives statement error does not exist        a part of the message SELECT nosuch FROM sales
//   skipif postgres                       the next block departs from PostgreSQL: why is said above
//
// Every query runs twice, with the optimizer's passes and without, and must give the same rows.
//   logic_test FILE...                    failures go to stderr; the exit code says whether any
//   were
#include "buffer.h"
#include "catalog_store.h"
#include "cube_query.h"
#include "derive.h"
#include "executor.h"
#include "load_job.h"
#include "sql_parse.h"
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>

#define PASSES "fold,pushdown,prune"

typedef struct Rows { // lines, each a row with tabs between values
  char **lines;
  uint32_t count, capacity;
} Rows;

typedef struct LogicTest {
  const char *path;
  Store *store;
  Model *model;
  Root *root;
  Catalog *catalog;
  ThreadPool *pool;
  uint32_t line; // of the block under way
  uint32_t run_count, failed_count;
} LogicTest;

static void rows_add(Rows *rows, const char *line) {
  if (rows->count == rows->capacity) {
    rows->capacity = rows->capacity ? rows->capacity * 2 : 64;
    rows->lines = mem_realloc(rows->lines, rows->capacity * sizeof *rows->lines);
  }
  rows->lines[rows->count++] = mem_strdup(line);
}

static void rows_clear(Rows *rows) {
  for (uint32_t i = 0; i < rows->count; i++) mem_free(rows->lines[i]);
  mem_free(rows->lines);
  *rows = (Rows){0};
}

static int compare_lines(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void rows_sort(Rows *rows) {
  if (rows->count) qsort(rows->lines, rows->count, sizeof *rows->lines, compare_lines);
}

static void report_failure(LogicTest *test, const char *sql, const char *what) {
  test->failed_count++;
  fprintf(stderr, "%s:%u: %s\n  %s\n", test->path, test->line, what, sql);
}

// --- values as text ---

// A number to six digits after the point, without trailing zeros, so that scales may differ.
static void number_canonical(Buffer *out, const char *text, size_t size) {
  int128_t unscaled;
  char digits[DECIMAL_TEXT_BYTES];
  DecimalParse parsed = decimal_parse(text, size, '.', 6, &unscaled);
  if (parsed == DECIMAL_SYNTAX || parsed == DECIMAL_OVERFLOW) { // NULL, NaN
    buffer_append(out, text, size);
    return;
  }
  size_t length = decimal_format(unscaled, 6, digits);
  while (length && digits[length - 1] == '0') length--;
  if (length && digits[length - 1] == '.') length--;
  buffer_append(out, digits, length);
}

// A line with each value of type R brought to its canonical form.
static void line_canonical(Buffer *out, const char *line, const char *types) {
  for (const char *at = line;; types += *types != 0) {
    const char *tab = strchrnul(at, '\t');
    if (*types == 'R')
      number_canonical(out, at, (size_t)(tab - at));
    else
      buffer_append(out, at, (size_t)(tab - at));
    if (!*tab) return;
    buffer_append_char(out, '\t');
    at = tab + 1;
  }
}

static void rows_canonical(Rows *rows, const char *types) {
  for (uint32_t i = 0; i < rows->count; i++) {
    Buffer line;
    buffer_init(&line);
    line_canonical(&line, rows->lines[i], types);
    mem_free(rows->lines[i]);
    rows->lines[i] = mem_strdup(line.size ? line.data : "");
    buffer_clear(&line);
  }
}

// --- running ---

typedef struct Collector {
  Rows *rows;
  uint32_t column_count;
} Collector;

static Status collect_begin(void *context, const ResultColumn *columns, uint32_t count,
                            Error *error) {
  (void)columns, (void)error;
  ((Collector *)context)->column_count = count;
  return STATUS_OK;
}

static Status collect_rows(void *context, const Batch *batch, Error *error) {
  (void)error;
  Collector *collector = context;
  for (uint32_t r = 0; r < batch->row_count; r++) {
    Buffer line;
    buffer_init(&line);
    for (uint32_t c = 0; c < batch->column_count; c++) {
      Value value = vector_value(&batch->columns[c], r);
      if (c) buffer_append_char(&line, '\t');
      if (value.is_null)
        buffer_append_text(&line, "NULL");
      else if (value.type.kind == TYPE_BOOL)
        buffer_append_char(&line, value.i ? 't' : 'f'); // as psql
      else
        value_format(&value, &line);
    }
    rows_add(collector->rows, line.size ? line.data : "");
    buffer_clear(&line);
  }
  return STATUS_OK;
}

static Status run_sql(LogicTest *test, const char *sql, const char *passes_off,
                      Collector *collector, Error *error) {
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  Statement statement;
  QueryStats stats = {0};
  Job job;
  ResultSink sink = {collector, collect_begin, collect_rows};
  job_init(&job, "logic test", INT64_C(1) << 30, 60000, NULL);
  Status status;
  if (*sql == '{') {
    CubeQuery query;
    status = cube_query_read(sql, strlen(sql), test->catalog, DATE_MIN, DATE_MAX, NULL, NULL,
                             &context, &query, error);
    statement.tree = query.tree;
  } else
    status = sql_statement(sql, test->catalog, &context, NULL, &statement, error);
  if (status == STATUS_OK && statement.tree)
    status = executor_run(statement.tree, test->root, &context, test->pool, &job, passes_off, &sink,
                          &stats, error);
  arena_destroy(context.arena);
  return status;
}

static bool rows_equal(const Rows *a, const Rows *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++)
    if (strcmp(a->lines[i], b->lines[i]) != 0) return false;
  return true;
}

static void show_difference(const Rows *expected, const Rows *got) {
  for (uint32_t i = 0; i < expected->count || i < got->count; i++) {
    const char *want = i < expected->count ? expected->lines[i] : "(no row)";
    const char *have = i < got->count ? got->lines[i] : "(no row)";
    if (strcmp(want, have) == 0) continue;
    fprintf(stderr, "  row %u expected: %s\n  row %u got:      %s\n", i + 1, want, i + 1, have);
    return;
  }
}

static void check_query(LogicTest *test, const char *sql, const char *types, bool sorted,
                        Rows *expected) {
  rows_canonical(expected, types);
  if (sorted) rows_sort(expected);
  for (int off = 0; off < 2; off++) {
    Rows rows = {0};
    Collector collector = {.rows = &rows};
    Error error = ERROR_INIT;
    Status status = run_sql(test, sql, off ? PASSES : NULL, &collector, &error);
    test->run_count++;
    rows_canonical(&rows, types);
    if (sorted) rows_sort(&rows);
    if (status != STATUS_OK)
      report_failure(test, sql, error.message);
    else if (collector.column_count != strlen(types))
      report_failure(test, sql, "another number of columns than types");
    else if (!rows_equal(expected, &rows)) {
      report_failure(test, sql, off ? "other rows, without the optimizer's passes" : "other rows");
      show_difference(expected, &rows);
    }
    rows_clear(&rows);
  }
}

static void check_error(LogicTest *test, const char *sql, const char *part) {
  Rows rows = {0};
  Collector collector = {.rows = &rows};
  Error error = ERROR_INIT;
  test->run_count++;
  if (run_sql(test, sql, NULL, &collector, &error) == STATUS_OK)
    report_failure(test, sql, "no error");
  else if (!strstr(error.message, part))
    report_failure(test, sql, error.message);
  rows_clear(&rows);
}

// --- data ---

static Status load_model(LogicTest *test, const char *name, Error *error) {
  char folder[1024], path[1200];
  snprintf(path, sizeof path, "%s", test->path);
  snprintf(folder, sizeof folder, "%s", dirname(path));
  snprintf(path, sizeof path, "%s/%s", folder, name);
  TRY(model_read_file(path, NULL, NULL, &test->model, error));
  snprintf(folder, sizeof folder, "%s", dirname(path));
  LoadOptions options = {.data = folder, .complete = derive_run, .complete_context = test->pool};
  LoadReport report = {0};
  Job job;
  job_init(&job, "load", 0, 0, NULL);
  test->store = store_create(NULL, test->pool);
  Status status = load_run(test->store, test->model, &options, &job, &report, error);
  load_report_clear(&report);
  TRY(status);
  test->root = store_pin(test->store);
  return catalog_create(test->root, test->model, &test->catalog, error);
}

static void unload(LogicTest *test) {
  catalog_destroy(test->catalog);
  if (test->root) root_release(test->root);
  if (test->store) store_destroy(test->store);
  model_destroy(test->model);
}

// --- the file ---

typedef struct Lines {
  char **lines;
  uint32_t count, at;
} Lines;

static bool read_lines(const char *path, Rows *rows) {
  FILE *file = fopen(path, "r");
  char *line = NULL;
  size_t capacity = 0;
  ssize_t size;
  if (!file) return false;
  while ((size = getline(&line, &capacity, file)) >= 0) {
    if (size && line[size - 1] == '\n') line[size - 1] = 0;
    rows_add(rows, line);
  }
  free(line);
  fclose(file);
  return true;
}

static bool starts_with(const char *line, const char *word) {
  return strncmp(line, word, strlen(word)) == 0;
}

// Lines up to an empty one or `end`, joined by newlines into sql.
static void take_sql(Lines *lines, Buffer *sql) {
  while (lines->at < lines->count) {
    const char *line = lines->lines[lines->at];
    if (!*line || strcmp(line, "----") == 0) return;
    if (sql->size) buffer_append_char(sql, '\n');
    buffer_append_text(sql, line);
    lines->at++;
  }
}

static void run_query_block(LogicTest *test, Lines *lines, const char *head) {
  char types[64] = "", order[32] = "";
  Buffer sql;
  Rows expected = {0};
  sscanf(head, "%*s %63s %31s", types, order);
  buffer_init(&sql);
  take_sql(lines, &sql);
  if (lines->at < lines->count && strcmp(lines->lines[lines->at], "----") == 0) lines->at++;
  while (lines->at < lines->count && *lines->lines[lines->at])
    rows_add(&expected, lines->lines[lines->at++]);
  check_query(test, sql.data, types, strcmp(order, "rowsort") == 0, &expected);
  rows_clear(&expected);
  buffer_clear(&sql);
}

static void run_error_block(LogicTest *test, Lines *lines, const char *head) {
  Buffer sql;
  buffer_init(&sql);
  take_sql(lines, &sql);
  check_error(test, sql.data, head + strlen("statement error "));
  buffer_clear(&sql);
}

static bool run_block(LogicTest *test, Lines *lines) {
  const char *head = lines->lines[lines->at++];
  Error error = ERROR_INIT;
  test->line = lines->at;
  if (starts_with(head, "query ") || starts_with(head, "again ") || starts_with(head, "cube "))
    run_query_block(test, lines, head);
  else if (starts_with(head, "statement error "))
    run_error_block(test, lines, head);
  else if (starts_with(head, "load ")) {
    if (load_model(test, head + 5, &error) != STATUS_OK) {
      report_failure(test, head, error.message);
      return false;
    }
  } else if (*head && *head != '#' && !starts_with(head, "skipif ")) {
    report_failure(test, head, "not a line of a text test");
    return false;
  }
  return true;
}

static bool run_file(const char *path, ThreadPool *pool) {
  LogicTest test = {.path = path, .pool = pool};
  Rows rows = {0};
  if (!read_lines(path, &rows)) {
    fprintf(stderr, "%s: cannot be read\n", path);
    return false;
  }
  Lines lines = {.lines = rows.lines, .count = rows.count};
  while (lines.at < lines.count && run_block(&test, &lines)) continue;
  unload(&test);
  rows_clear(&rows);
  printf("%s: %u runs, %u failed\n", path, test.run_count, test.failed_count);
  return test.failed_count == 0 && test.run_count > 0;
}

int main(int count, char **files) {
  ThreadPool *pool = thread_pool_create(2);
  bool ok = count > 1;
  for (int i = 1; i < count; i++) ok = run_file(files[i], pool) && ok;
  thread_pool_destroy(pool);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
