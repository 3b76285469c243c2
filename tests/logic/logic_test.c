// Runs text tests: SQL and the rows that it must give, after sqllogictest.
//
//   load data/retail.yaml                 the model, and its files beside it
//   load data/sized.yaml rows=65          the table `sized` is generated, see data/sized.yaml
//   query ITR rowsort                     a letter a column: I T exact text, R a number, compared
//   to SELECT id, name, paid FROM sales      six digits; rowsort: rows may come in any order
//   ----
//   1<TAB>x<TAB>0.5                       NULL is NULL; a row of one empty text is (empty)
//   (an empty line ends a block)
//   again IR rowsort                      SQL that gives what the query before it gives, and that
//                                         PostgreSQL does not know (cube.sales, measure())
//   cube IR rowsort                       a cube query (JSON) that gives what the query before
//   gives statement error does not exist        a part of the message SELECT nosuch FROM sales
//   skipif postgres                       the next block departs from PostgreSQL: why is said above
//   foreach rows in 0 1 64 65             the lines up to endfor once for each value, which stands
//   endfor                                for ${rows} in them; loops do not nest
//   ---- 64                               in a loop, the rows that follow are those for this value;
//                                         a plain ---- holds for all values
//
// Every statement runs on each layout of the data (logic_layout.h), with one thread and with two,
// with the optimizer's passes and without, and must give the same rows or fail with the same
// message. Above SIZED_ALL_MAX rows only every other of these variants is run, another one from
// query to query.
//   logic_test [-v NAME] FILE...          failures go to stderr; the exit code says whether any
//                                         were; -v: only the variants whose name has this part
#include "catalog_store.h"
#include "cube_query.h"
#include "derive.h"
#include "executor.h"
#include "load_job.h"
#include "logic_layout.h"
#include "logic_rows.h"
#include "logic_sized.h"
#include "optimize.h"
#include "sql_parse.h"
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS_MAX 2
#define VARIANTS (LAYOUT_COUNT * THREADS_MAX * 2)
#define SIZED_ALL_MAX 10000
#define NOW INT64_C(1742042096789012) // what now() gives: 2025-03-15 12:34:56.789012+00

typedef struct Variant { // one way of running a statement
  Layout layout;
  uint32_t threads; // 1 .. THREADS_MAX
  bool passes;
} Variant;

typedef struct LogicTest {
  const char *path;
  ThreadPool *pools[THREADS_MAX];
  char passes[256]; // the names of all, for switching them off
  const char *only; // part of the names of the variants to run; NULL: all
  Store *store;
  Model *model;
  Root *roots[LAYOUT_COUNT];
  Catalog *catalogs[LAYOUT_COUNT];
  bool large;    // not all variants are run
  uint32_t line; // of the block under way
  const char *loop_value;
  char loop_name[32];
  uint32_t test_count, run_count, failed_count;
} LogicTest;

static Variant variant_at(uint32_t i) {
  return (Variant){.layout = (Layout)(i / (THREADS_MAX * 2)),
                   .threads = i / 2 % THREADS_MAX + 1,
                   .passes = i % 2 == 0};
}

static void variant_name(Variant variant, char name[64]) {
  snprintf(name, 64, "%s, threads %u, passes %s", layout_name(variant.layout), variant.threads,
           variant.passes ? "on" : "off");
}

static bool variant_wanted(const LogicTest *test, uint32_t i) {
  char name[64];
  variant_name(variant_at(i), name);
  if (test->only) return strstr(name, test->only) != NULL;
  // Odd and even numbers of ones: half of the corners of the cube of choices.
  return !test->large || (((unsigned)__builtin_popcount(i) + test->test_count) & 1) == 0;
}

static void report_failure(LogicTest *test, const char *sql, const char *what) {
  fprintf(stderr, "%s:%u: %s\n", test->path, test->line, what);
  if (test->loop_value) fprintf(stderr, "  %s = %s\n", test->loop_name, test->loop_value);
  fprintf(stderr, "  %s\n", sql);
}

static bool fail_variant(LogicTest *test, const char *sql, const char *what, Variant variant) {
  char name[64], text[ERROR_MESSAGE_BYTES + 80];
  variant_name(variant, name);
  snprintf(text, sizeof text, "%s (%s)", what, name);
  report_failure(test, sql, text);
  return false;
}

// --- running ---

static Status run_sql(LogicTest *test, const char *sql, Variant variant, RowsCollector *collector,
                      Error *error) {
  const Catalog *catalog = test->catalogs[variant.layout];
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  Statement statement;
  QueryStats stats = {0};
  Job job;
  ResultSink sink = rows_sink(collector);
  job_init(&job, "logic test", INT64_C(1) << 30, 60000, NULL);
  Status status;
  if (*sql == '{') {
    CubeQuery query;
    status = cube_query_read(sql, strlen(sql), catalog, DATE_MIN, DATE_MAX, NULL, NULL, &context,
                             &query, error);
    statement.tree = query.tree;
  } else
    status = sql_statement(sql, catalog, &context, &(SqlOptions){.now = NOW}, &statement, error);
  if (status == STATUS_OK && statement.tree)
    status = executor_run(statement.tree, test->roots[variant.layout], &context,
                          test->pools[variant.threads - 1], &job,
                          variant.passes ? NULL : test->passes, &sink, &stats, error);
  arena_destroy(context.arena);
  return status;
}

static bool query_holds(LogicTest *test, const char *sql, const char *types, bool sorted,
                        const Rows *expected, Variant variant) {
  Rows rows = {0};
  RowsCollector collector = {.rows = &rows};
  Error error = ERROR_INIT;
  bool ok = true;
  Status status = run_sql(test, sql, variant, &collector, &error);
  test->run_count++;
  rows_canonical(&rows, types);
  if (sorted) rows_sort(&rows);
  if (status != STATUS_OK)
    ok = fail_variant(test, sql, error.message, variant);
  else if (collector.column_count != strlen(types))
    ok = fail_variant(test, sql, "another number of columns than types", variant);
  else if (!rows_equal(expected, &rows)) {
    ok = fail_variant(test, sql, "other rows", variant);
    rows_show_difference(expected, &rows);
  }
  rows_clear(&rows);
  return ok;
}

static bool error_holds(LogicTest *test, const char *sql, const char *part, Variant variant) {
  Rows rows = {0};
  RowsCollector collector = {.rows = &rows};
  Error error = ERROR_INIT;
  bool ok = true;
  Status status = run_sql(test, sql, variant, &collector, &error);
  test->run_count++;
  if (status == STATUS_OK)
    ok = fail_variant(test, sql, "no error", variant);
  else if (!strstr(error.message, part))
    ok = fail_variant(test, sql, error.message, variant);
  rows_clear(&rows);
  return ok;
}

// --- data ---

// The tables that are generated (the one named `sized`), or else the others.
static Status load_files(LogicTest *test, const char *folder, bool sized, Error *error) {
  const char **only = mem_alloc(test->model->table_count * sizeof *only);
  LoadOptions options = {.data = folder, .only = only, .complete = derive_run};
  options.complete_context = &(DeriveContext){.pool = test->pools[1]};
  for (uint32_t t = 0; t < test->model->table_count; t++)
    if ((strcmp(test->model->tables[t].name, "sized") == 0) == sized)
      only[options.only_count++] = test->model->tables[t].name;
  LoadReport report = {0};
  Job job;
  job_init(&job, "load", 0, 0, NULL);
  Status status = load_run(test->store, test->model, &options, &job, &report, error);
  load_report_clear(&report);
  mem_free(only);
  return status;
}

static Status load_data(LogicTest *test, const char *folder, const char *rows, Error *error) {
  char sized[1024];
  TRY(load_files(test, folder, false, error));
  if (!rows) return STATUS_OK;
  TRY(sized_write((uint32_t)strtoul(rows, NULL, 10), sized, sizeof sized, error));
  Status status = load_files(test, sized, true, error);
  sized_remove(sized);
  return status;
}

static Status make_layouts(LogicTest *test, Error *error) {
  test->roots[LAYOUT_LOADED] = store_pin(test->store);
  for (Layout layout = LAYOUT_LOADED; layout < LAYOUT_COUNT; layout++) {
    if (layout != LAYOUT_LOADED)
      test->roots[layout] = layout_make(test->roots[LAYOUT_LOADED], layout);
    TRY(catalog_create(test->roots[layout], test->model, &test->catalogs[layout], error));
  }
  return STATUS_OK;
}

static void unload(LogicTest *test) {
  for (Layout layout = LAYOUT_LOADED; layout < LAYOUT_COUNT; layout++) {
    catalog_destroy(test->catalogs[layout]);
    test->catalogs[layout] = NULL;
    if (test->roots[layout]) root_release(test->roots[layout]);
    test->roots[layout] = NULL;
  }
  if (test->store) store_destroy(test->store);
  model_destroy(test->model);
  test->store = NULL;
  test->model = NULL;
}

// "data/retail.yaml" or "data/sized.yaml rows=65".
static Status load_model(LogicTest *test, const char *what, Error *error) {
  char name[256] = "", size[64] = "", folder[1024], path[1300];
  sscanf(what, "%255s %63s", name, size);
  const char *rows = strncmp(size, "rows=", 5) == 0 ? size + 5 : NULL;
  unload(test);
  snprintf(path, sizeof path, "%s", test->path);
  snprintf(folder, sizeof folder, "%s", dirname(path));
  snprintf(path, sizeof path, "%s/%s", folder, name);
  TRY(model_read_file(path, NULL, NULL, &test->model, error));
  snprintf(folder, sizeof folder, "%s", dirname(path));
  test->store = store_create(NULL, test->pools[1]);
  test->large = rows && strtoul(rows, NULL, 10) > SIZED_ALL_MAX;
  TRY(load_data(test, folder, rows, error));
  return make_layouts(test, error);
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

// The line with the loop's value in place of ${name}.
static void append_line(const LogicTest *test, const char *line, Buffer *out) {
  char hole[40];
  snprintf(hole, sizeof hole, "${%s}", test->loop_name);
  for (const char *found; test->loop_value && (found = strstr(line, hole));) {
    buffer_append(out, line, (size_t)(found - line));
    buffer_append_text(out, test->loop_value);
    line = found + strlen(hole);
  }
  buffer_append_text(out, line);
}

// Lines up to an empty one or ----, joined by newlines into sql.
static void take_sql(const LogicTest *test, Lines *lines, Buffer *sql) {
  while (lines->at < lines->count) {
    const char *line = lines->lines[lines->at];
    if (!*line || starts_with(line, "----")) return;
    if (sql->size) buffer_append_char(sql, '\n');
    append_line(test, line, sql);
    lines->at++;
  }
}

// The rows after "----", or after "---- VALUE" for the loop's value; false: there are none for it.
static bool take_rows(const LogicTest *test, Lines *lines, Rows *rows) {
  bool taking = false, found = false;
  for (; lines->at < lines->count && *lines->lines[lines->at]; lines->at++) {
    const char *line = lines->lines[lines->at];
    if (starts_with(line, "----")) {
      const char *value = line + 4 + (line[4] == ' ');
      taking = !*value || (test->loop_value && strcmp(value, test->loop_value) == 0);
      found = found || taking;
    } else if (taking) {
      Buffer row;
      buffer_init(&row);
      append_line(test, line, &row);
      rows_add(rows, row.data);
      buffer_clear(&row);
    }
  }
  return found;
}

static void run_query_block(LogicTest *test, Lines *lines, const char *head) {
  char types[256] = "", order[32] = "";
  Buffer sql;
  Rows expected = {0};
  sscanf(head, "%*s %255s %31s", types, order);
  bool sorted = strcmp(order, "rowsort") == 0;
  buffer_init(&sql);
  take_sql(test, lines, &sql);
  bool ok = take_rows(test, lines, &expected);
  if (!ok) report_failure(test, sql.data, "no expected rows");
  rows_canonical(&expected, types);
  if (sorted) rows_sort(&expected);
  for (uint32_t i = 0; ok && i < VARIANTS; i++)
    if (variant_wanted(test, i))
      ok = query_holds(test, sql.data, types, sorted, &expected, variant_at(i));
  test->test_count++;
  test->failed_count += !ok;
  rows_clear(&expected);
  buffer_clear(&sql);
}

static void run_error_block(LogicTest *test, Lines *lines, const char *head) {
  const char *part = head + strlen("statement error");
  Buffer sql;
  bool ok = true;
  buffer_init(&sql);
  take_sql(test, lines, &sql);
  for (uint32_t i = 0; ok && i < VARIANTS; i++)
    if (variant_wanted(test, i))
      ok = error_holds(test, sql.data, part + (*part == ' '), variant_at(i));
  test->test_count++;
  test->failed_count += !ok;
  buffer_clear(&sql);
}

static bool run_load(LogicTest *test, const char *head) {
  Buffer what;
  Error error = ERROR_INIT;
  buffer_init(&what);
  append_line(test, head + strlen("load "), &what);
  Status status = load_model(test, what.data, &error);
  buffer_clear(&what);
  if (status == STATUS_OK) return true;
  report_failure(test, head, error.message);
  return false;
}

static bool run_loop(LogicTest *test, Lines *lines, const char *head);

// false: the rest of the file cannot be run.
static bool run_block(LogicTest *test, Lines *lines) {
  const char *head = lines->lines[lines->at++];
  test->line = lines->at;
  if (!*head || *head == '#' || starts_with(head, "skipif ")) return true;
  if (starts_with(head, "query ") || starts_with(head, "again ") || starts_with(head, "cube "))
    run_query_block(test, lines, head);
  else if (starts_with(head, "statement error"))
    run_error_block(test, lines, head);
  else if (starts_with(head, "load "))
    return run_load(test, head);
  else if (starts_with(head, "foreach ") && !test->loop_value)
    return run_loop(test, lines, head);
  else {
    report_failure(test, head, "not a line of a text test");
    return false;
  }
  return true;
}

// "foreach NAME in VALUE..."
static bool run_loop(LogicTest *test, Lines *lines, const char *head) {
  char *values = mem_strdup(head), *rest = NULL;
  uint32_t start = lines->at;
  bool ok = sscanf(head, "foreach %31s in", test->loop_name) == 1 && strstr(values, " in ");
  char *list = ok ? strstr(values, " in ") + 4 : values + strlen(values);
  for (char *value = strtok_r(list, " ", &rest); ok && value; value = strtok_r(NULL, " ", &rest)) {
    test->loop_value = value;
    lines->at = start;
    while (ok && lines->at < lines->count && strcmp(lines->lines[lines->at], "endfor") != 0)
      ok = run_block(test, lines);
  }
  test->loop_value = NULL;
  if (ok && lines->at++ == lines->count) {
    report_failure(test, head, "no endfor");
    ok = false;
  }
  mem_free(values);
  return ok;
}

static bool run_file(LogicTest *test) {
  Rows rows = {0};
  if (!read_lines(test->path, &rows)) {
    fprintf(stderr, "%s: cannot be read\n", test->path);
    return false;
  }
  Lines lines = {.lines = rows.lines, .count = rows.count};
  bool whole = true;
  while (whole && lines.at < lines.count) whole = run_block(test, &lines);
  test->failed_count += !whole;
  unload(test);
  rows_clear(&rows);
  printf("%s: %u tests, %u failed, %u runs\n", test->path, test->test_count, test->failed_count,
         test->run_count);
  return test->failed_count == 0 && test->run_count > 0;
}

int main(int count, char **arguments) {
  int first = count > 2 && strcmp(arguments[1], "-v") == 0 ? 3 : 1;
  LogicTest shared = {.only = first == 3 ? arguments[2] : NULL};
  for (uint32_t i = 0; i < THREADS_MAX; i++) shared.pools[i] = thread_pool_create(i + 1);
  for (uint32_t i = 0; logical_pass_name(i); i++)
    snprintf(shared.passes + strlen(shared.passes), sizeof shared.passes - strlen(shared.passes),
             "%s%s", i ? "," : "", logical_pass_name(i));
  bool ok = count > first;
  for (int i = first; i < count; i++) {
    LogicTest test = shared;
    test.path = arguments[i];
    ok = run_file(&test) && ok;
  }
  for (uint32_t i = 0; i < THREADS_MAX; i++) thread_pool_destroy(shared.pools[i]);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
