// SQL to the logical tree: printed trees and errors against golden texts, limits, parameters.
#include "front_catalog.h"
#include "front_golden.h"
#include "sql_parse.h"
#include "sql_stack.h"
#include <limits.h>
#include <pthread.h>
#include <time.h>

static Status bind(const char *text, LogicalContext *context, Statement *statement, Error *error) {
  *context = (LogicalContext){.arena = arena_create(), .next_id = 1};
  return sql_statement(text, &cat_retail, context, NULL, statement, error);
}

// The statement's tree, or its error as "status at position: message".
static void give_tree(const char *text, Buffer *out) {
  LogicalContext context;
  Statement statement;
  Error error = ERROR_INIT;
  Status status = bind(text, &context, &statement, &error);
  if (status != STATUS_OK)
    buffer_printf(out, "%s at %lld: %s", status_name(status), (long long)error.position,
                  error.message);
  else if (statement.tree)
    logical_print(statement.tree, out);
  else if (statement.kind == STATEMENT_DESCRIBE)
    buffer_printf(out, "describe %s", statement.table);
  else
    buffer_append_text(out, "show tables");
  if (status == STATUS_OK)
    for (uint32_t i = 0; i < statement.parameter_count; i++) {
      char type[TYPE_NAME_BYTES];
      buffer_printf(out, "$%u %s\n", i + 1, type_format(statement.parameter_types[i], type));
    }
  arena_destroy(context.arena);
}

// The names and types of the outputs.
static void give_types(const char *text, Buffer *out) {
  LogicalContext context;
  Statement statement;
  Error error = ERROR_INIT;
  Status status = bind(text, &context, &statement, &error);
  if (status != STATUS_OK)
    buffer_printf(out, "%s at %lld: %s", status_name(status), (long long)error.position,
                  error.message);
  else
    for (uint32_t i = 0; i < statement.tree->column_count; i++) {
      char type[TYPE_NAME_BYTES];
      buffer_printf(out, "%s %s\n", statement.tree->columns[i].name,
                    type_format(statement.tree->columns[i].type, type));
    }
  arena_destroy(context.arena);
}

START_TEST(trees) {
  ck_assert_uint_gt(golden_run("tests/unit/data/front_sql_trees.txt", give_tree), 60);
}
END_TEST

// What a process has few of does not go with each statement: threads' keys.
START_TEST(statements_take_no_keys) {
  for (int i = 0; i < PTHREAD_KEYS_MAX + 100; i++) {
    LogicalContext context;
    Statement statement;
    ck_assert_int_eq(bind("SELECT 1", &context, &statement, NULL), STATUS_OK);
    arena_destroy(context.arena);
  }
  pthread_key_t key;
  ck_assert_int_eq(pthread_key_create(&key, NULL), 0);
  pthread_key_delete(key);
}
END_TEST

static void *bind_many(void *context) {
  const char *text = context;
  uintptr_t bad = 0;
  for (int i = 0; i < 20; i++) {
    LogicalContext logical;
    Statement statement;
    Error error = ERROR_INIT;
    Status status = bind(text, &logical, &statement, &error);
    bad += strstr(text, "nothing") ? status != STATUS_NOT_FOUND && status != STATUS_INVALID
                                   : status != STATUS_OK;
    arena_destroy(logical.arena);
  }
  return (void *)bad;
}

START_TEST(more_threads_ask_than_there_are_stacks) {
  enum { THREADS = 3 * SQL_STACKS_MAX };
  pthread_t threads[THREADS];
  for (int t = 0; t < THREADS; t++)
    ck_assert_int_eq(pthread_create(&threads[t], NULL, bind_many,
                                    t % 2 ? (void *)"SELECT 1 + 1" : (void *)"SELECT nothing"),
                     0);
  for (int t = 0; t < THREADS; t++) {
    void *bad;
    pthread_join(threads[t], &bad);
    ck_assert_uint_eq((uintptr_t)bad, 0);
  }
}
END_TEST

START_TEST(errors) {
  ck_assert_uint_gt(golden_run("tests/unit/data/front_sql_errors.txt", give_tree), 60);
}
END_TEST

START_TEST(types) {
  ck_assert_uint_gt(golden_run("tests/unit/data/front_sql_types.txt", give_types), 20);
}
END_TEST

// --- limits: the process lives on, whatever the text ---

static Status status_of(const char *text, Error *error) {
  LogicalContext context;
  Statement statement;
  Status status = bind(text, &context, &statement, error);
  arena_destroy(context.arena);
  return status;
}

static char *repeat(const char *before, const char *item, size_t count, const char *after) {
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, before);
  for (size_t i = 0; i < count; i++) buffer_append_text(&text, item);
  buffer_append_text(&text, after);
  return text.data;
}

START_TEST(deep_nesting) {
  static const struct {
    const char *before, *item;
    size_t count;
    const char *after;
    Status status;
  } cases[] = {
      {"SELECT 1", "+1", 400, "", STATUS_OK},
      {"SELECT 1", "+1", 5000, "", STATUS_LIMIT},
      {"SELECT 1", "+1", 60000, "", STATUS_LIMIT},
      {"SELECT ", "(", 60000, "1", STATUS_LIMIT},
      {"SELECT ", "(", 100000, "1", STATUS_LIMIT},
      {"SELECT ", "- ", 60000, "1", STATUS_LIMIT},
      {"SELECT ", "NOT ", 30000, "true", STATUS_LIMIT},
      {"SELECT 1", "::int", 20000, "", STATUS_LIMIT},
      {"SELECT 1", " IS NULL", 10000, "", STATUS_LIMIT},
      {"SELECT ", "CASE WHEN ", 10000, "true", STATUS_LIMIT},
      {"SELECT ", "(SELECT ", 12000, "1", STATUS_LIMIT},
      {"SELECT 1", "+(1)", 30000, "", STATUS_LIMIT},
      {"SELECT 1", "[1]", 40000, "", STATUS_LIMIT},
      {"SELECT 1", " UNION ALL SELECT 1", 6000, "", STATUS_LIMIT},
      {"SELECT * FROM stores s0", ", stores", 15000, "", STATUS_INVALID},
      {"SELECT true", " AND true", 14000, "", STATUS_OK},
      {"SELECT 1 WHERE 1 IN (0", ",1", 60000, ")", STATUS_OK},
      {"SELECT 0", ",1", 4000, "", STATUS_OK},
      {"SELECT 0", ",1", 60000, "", STATUS_LIMIT},
      {"SELECT *", ", *", 30000, " FROM sales", STATUS_LIMIT},
      {"SELECT 1", " BETWEEN 1 AND 2 = true = 1 = 1", 3000, "", STATUS_LIMIT},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *text = repeat(cases[i].before, cases[i].item, cases[i].count, cases[i].after);
    Error error = ERROR_INIT;
    Status status = status_of(text, &error);
    bool syntax = cases[i].status == STATUS_LIMIT && status == STATUS_INVALID;
    ck_assert_msg(status == cases[i].status || syntax, "%s %s: %s, %s", cases[i].before,
                  cases[i].item, status_name(status), error.message);
    mem_free(text);
  }
}
END_TEST

// BETWEEN repeats its left side: 2^n without a limit.
START_TEST(exponential_rewrites) {
  char *text = repeat("SELECT ", "(CASE ", 60, "1");
  Buffer statement;
  buffer_init(&statement);
  buffer_append_text(&statement, text);
  for (int i = 0; i < 60; i++) buffer_append_text(&statement, " WHEN 1 THEN 1 WHEN 2 THEN 2 END)");
  Error error = ERROR_INIT;
  ck_assert_int_eq(status_of(statement.data, &error), STATUS_LIMIT);
  buffer_clear(&statement);
  mem_free(text);
  // each name doubles the one before: 2^40 tables
  buffer_init(&statement);
  buffer_append_text(&statement, "WITH a0 AS (SELECT id FROM stores)");
  for (int i = 1; i < 40; i++)
    buffer_printf(&statement, ", a%d AS (SELECT x.id FROM a%d x, a%d y)", i, i - 1, i - 1);
  buffer_append_text(&statement, " SELECT * FROM a39");
  ck_assert_int_eq(status_of(statement.data, &error), STATUS_LIMIT);
  buffer_clear(&statement);
}
END_TEST

START_TEST(long_text) {
  Error error = ERROR_INIT;
  char *text = repeat("SELECT 1 ", "          ", 1 << 20, "");
  ck_assert_int_eq(status_of(text, &error), STATUS_LIMIT);
  ck_assert_ptr_nonnull(strstr(error.message, "131072"));
  mem_free(text);
}
END_TEST

START_TEST(not_utf8) {
  Error error = ERROR_INIT;
  ck_assert_int_eq(status_of("SELECT '\xff'", &error), STATUS_INVALID);
  ck_assert_int_eq(error.position, 8);
}
END_TEST

// --- bare expressions ---

static Expr *resolve_paid(void *context, const char *qualifier, const char *name) {
  LogicalContext *logical = context;
  if (!qualifier && !strcmp(name, "paid"))
    return expr_column(logical->arena, 7, type_decimal(12, 2), -1);
  if (qualifier && !strcmp(qualifier, "product.brand") && !strcmp(name, "name"))
    return expr_column(logical->arena, 8, TYPE_OF_STRING, -1);
  return NULL;
}

START_TEST(expressions) {
  static const struct {
    const char *text, *expected; // NULL: an error
    int position;
  } cases[] = {
      {"paid * 2", "#7 * 2", 0},
      {"CASE WHEN paid > 0 THEN 1 ELSE 0 END", "CASE WHEN #7 > 0.00 THEN 1 ELSE 0 END", 0},
      {"product.brand.name = 'Acme'", "#8 = 'Acme'", 0},
      {"paid + nothing", NULL, 7},
      {"sum(paid)", NULL, 0},
      {"paid FROM sales", NULL, -1},
      {"paid, paid", NULL, -1},
      {"paid AS x", NULL, -1},
      {"", NULL, -1},
      {"paid; DROP TABLE sales", NULL, -1},
      {"paid +", NULL, 6},
      {"(SELECT 1)", NULL, 0},
      {"paid > 1 -- a comment", "#7 > 1.00", 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    LogicalContext context = {.arena = arena_create(), .next_id = 100};
    Expr *expr = NULL;
    Error error = ERROR_INIT;
    Status status = sql_expression(cases[i].text, &context, resolve_paid, &context, &expr, &error);
    Buffer text;
    buffer_init(&text);
    if (status == STATUS_OK) expr_print(expr, NULL, NULL, &text);
    if (cases[i].expected) {
      ck_assert_msg(status == STATUS_OK, "%s: %s", cases[i].text, error.message);
      ck_assert_str_eq(text.data, cases[i].expected);
    } else {
      ck_assert_msg(status != STATUS_OK, "%s gave %s", cases[i].text, text.data);
      ck_assert_msg(error.position == cases[i].position, "%s: %s at %lld", cases[i].text,
                    error.message, (long long)error.position);
    }
    buffer_clear(&text);
    arena_destroy(context.arena);
  }
}
END_TEST

// The moment is the options', the same throughout a statement; a definition has none.
START_TEST(moments) {
  static const char text[] = "SELECT now(), current_timestamp FROM sales WHERE day < current_date";
  const SqlOptions undated = {.undated = true}, fixed = {.now = INT64_C(1742042096789012)};
  const SqlOptions *const refusing[] = {NULL, &undated};
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  Statement statement;
  Error error = ERROR_INIT;
  for (size_t i = 0; i < 2; i++) {
    Status status = sql_statement(text, &cat_retail, &context, refusing[i], &statement, &error);
    ck_assert_int_eq(status, STATUS_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(error.message, "use as_of or a parameter"));
  }
  Expr *expr;
  ck_assert_int_eq(sql_expression("paid > 1 AND current_date > DATE '2025-01-01'", &context,
                                  resolve_paid, &context, &expr, &error),
                   STATUS_UNSUPPORTED);
  ck_assert_int_eq(sql_statement(text, &cat_retail, &context, &fixed, &statement, &error),
                   STATUS_OK);
  Expr *const *outputs = statement.tree->project.exprs;
  for (int i = 0; i < 2; i++) ck_assert_int_eq(outputs[i]->value.i, fixed.now);
  // Without one it is the clock's, between two readings of it, and twice the same.
  struct timespec before, after;
  ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &before), 0);
  ck_assert_int_eq(sql_statement(text, &cat_retail, &context, &(SqlOptions){0}, &statement, &error),
                   STATUS_OK);
  ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &after), 0);
  outputs = statement.tree->project.exprs;
  int64_t now = outputs[0]->value.i;
  ck_assert_int_ge(now, (int64_t)before.tv_sec * 1000000 + before.tv_nsec / 1000);
  ck_assert_int_le(now, (int64_t)after.tv_sec * 1000000 + after.tv_nsec / 1000);
  ck_assert_int_eq(outputs[1]->value.i, now);
  arena_destroy(context.arena);
}
END_TEST

static Suite *suite(void) {
  Suite *suite = suite_create("front_sql");
  const TTest *const golden[] = {trees, errors, types, NULL};
  const TTest *const limits[] = {deep_nesting, exponential_rewrites, long_text, not_utf8, NULL};
  const TTest *const threads[] = {statements_take_no_keys, more_threads_ask_than_there_are_stacks,
                                  NULL};
  const TTest *const bare[] = {expressions, moments, NULL};
  unit_case(suite, "golden", 60, golden);
  unit_case(suite, "limits", 200, limits);
  unit_case(suite, "threads", 60, threads);
  unit_case(suite, "expressions", 20, bare);
  return suite;
}

int main(void) {
  return unit_main(suite());
}
