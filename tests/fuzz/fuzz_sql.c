// Any bytes as SQL, as a bare expression and as a cube query: bound or refused with an error, never
// worse; what is bound is a tree that holds (sql_statement verifies it) and can be printed.
//   build/fuzz/tests/fuzz/fuzz_sql -max_len=4000 /tmp/new tests/fuzz/corpus/sql
#include "buffer.h"
#include "cube_query.h"
#include "front_catalog.h"
#include "sql_parse.h"
#include <stdlib.h>

static Expr *resolve_any(void *context, const char *qualifier, const char *name) {
  (void)qualifier;
  return expr_column(context, 1, name[0] == 's' ? TYPE_OF_STRING : type_decimal(12, 2), -1);
}

static void require(bool ok) {
  if (!ok) abort();
}

static void print(const Logical *tree) {
  Buffer text;
  buffer_init(&text);
  logical_print(tree, &text);
  require(text.size > 0);
  buffer_clear(&text);
}

static void try_statement(const char *text) {
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  Statement statement;
  Error error = ERROR_INIT;
  Status status = sql_statement(text, &cat_retail, &context, NULL, &statement, &error);
  require((status == STATUS_OK) == (error.message[0] == 0));
  require(error.position >= -1 && error.position <= (int64_t)strlen(text));
  if (status == STATUS_OK && statement.tree) print(statement.tree);
  arena_destroy(context.arena);
}

static void try_expression(const char *text) {
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  Expr *expr = NULL;
  Error error = ERROR_INIT;
  Status status = sql_expression(text, &context, resolve_any, context.arena, &expr, &error);
  require((status == STATUS_OK) == (expr != NULL && error.message[0] == 0));
  arena_destroy(context.arena);
}

static void try_cube(const char *text, size_t size) {
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  CubeQuery query;
  Error error = ERROR_INIT;
  Status status =
      cube_query_read(text, size, &cat_retail, 19000, 20000, NULL, NULL, &context, &query, &error);
  require((status == STATUS_OK) == (error.message[0] == 0));
  if (status == STATUS_OK) print(query.tree);
  arena_destroy(context.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  char *text = malloc(size + 1);
  if (!text) abort();
  memcpy(text, bytes, size);
  text[size] = 0;
  if (text[0] == '{')
    try_cube(text, size);
  else {
    try_statement(text);
    try_expression(text);
  }
  free(text);
  return 0;
}
