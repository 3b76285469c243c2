// SELECT goes to the executor; the other kinds are small tables of text made here.
#include "sql_answer.h"
#include "buffer.h"
#include "sql_parse.h"

#define TEXT_COLUMNS_MAX 4

// A table of strings, given row by row, pushed in batches.
typedef struct TextRows {
  const ResultSink *sink;
  uint32_t column_count, row_count;
  Str cells[TEXT_COLUMNS_MAX][VECTOR_ROWS];
  uint64_t validity[TEXT_COLUMNS_MAX][VECTOR_ROWS / 64];
} TextRows;

static Status text_rows_begin(TextRows *rows, const ResultSink *sink, const char *const *names,
                              uint32_t count, Error *error) {
  ResultColumn columns[TEXT_COLUMNS_MAX];
  for (uint32_t c = 0; c < count; c++) columns[c] = (ResultColumn){names[c], TYPE_OF_STRING};
  rows->sink = sink;
  rows->column_count = count;
  rows->row_count = 0;
  return sink->begin(sink->context, columns, count, error);
}

static Status text_rows_flush(TextRows *rows, Error *error) {
  if (!rows->row_count) return STATUS_OK;
  Vector vectors[TEXT_COLUMNS_MAX];
  for (uint32_t c = 0; c < rows->column_count; c++)
    vectors[c] = (Vector){.type = TYPE_OF_STRING,
                          .physical = PHYSICAL_TEXT,
                          .data = rows->cells[c],
                          .validity = rows->validity[c]};
  Batch batch = {rows->row_count, rows->column_count, vectors};
  rows->row_count = 0;
  return rows->sink->rows(rows->sink->context, &batch, error);
}

// cells[i] may be NULL. The texts live until the flush.
static Status text_rows_add(TextRows *rows, const char *const *cells, Error *error) {
  for (uint32_t c = 0; c < rows->column_count; c++) {
    rows->cells[c][rows->row_count] = cells[c] ? str_from(cells[c]) : (Str){"", 0};
    bits_put(rows->validity[c], rows->row_count, cells[c] != NULL);
  }
  return ++rows->row_count == VECTOR_ROWS ? text_rows_flush(rows, error) : STATUS_OK;
}

static Status answer_tables(TextRows *rows, const Catalog *catalog, const ResultSink *sink,
                            Error *error) {
  TRY(text_rows_begin(rows, sink, (const char *const[]){"name", "kind"}, 2, error));
  const char *const *names;
  uint32_t count = catalog->table_names(catalog, &names);
  for (uint32_t i = 0; i < count; i++)
    TRY(text_rows_add(rows, (const char *const[]){names[i], "table"}, error));
  count = catalog->cube_names(catalog, &names);
  for (uint32_t i = 0; i < count; i++)
    TRY(text_rows_add(rows, (const char *const[]){names[i], "cube"}, error));
  return text_rows_flush(rows, error);
}

static Status answer_columns(TextRows *rows, const Catalog *catalog, const char *name, Arena *arena,
                             const ResultSink *sink, Error *error) {
  const CatalogTable *table = catalog->find_table(catalog, name);
  if (!table) return error_set(error, STATUS_NOT_FOUND, "there is no table '%s'", name);
  TRY(text_rows_begin(rows, sink, (const char *const[]){"column", "type", "key", "link"}, 4,
                      error));
  for (uint32_t i = 0; i < table->column_count; i++) {
    const CatalogColumn *column = &table->columns[i];
    if (column->hidden) continue;
    char *type = arena_alloc(arena, TYPE_NAME_BYTES);
    const char *cells[] = {column->name, type_format(column->type, type),
                           table->key && strcmp(table->key, column->name) == 0 ? "key" : NULL,
                           column->link_table
                               ? arena_printf(arena, "%s.%s", column->link_table, column->link_key)
                               : NULL};
    TRY(text_rows_add(rows, cells, error));
  }
  return text_rows_flush(rows, error);
}

static Status answer_plan(TextRows *rows, char *text, const ResultSink *sink, Error *error) {
  TRY(text_rows_begin(rows, sink, (const char *const[]){"plan"}, 1, error));
  char *rest = text;
  for (char *line; (line = strsep(&rest, "\n"));)
    if (*line || rest) TRY(text_rows_add(rows, (const char *const[]){line}, error));
  return text_rows_flush(rows, error);
}

static Status answer_explain(Database *database, const DatabaseView *view,
                             const Statement *statement, LogicalContext *context, Job *job,
                             TextRows *rows, const ResultSink *sink, Error *error) {
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "");
  Status status = executor_explain(statement->tree, view->root, context, database_pool(database),
                                   job, statement->kind == STATEMENT_EXPLAIN_ANALYZE, &text, error);
  if (status == STATUS_OK) status = answer_plan(rows, text.data, sink, error);
  buffer_clear(&text);
  return status;
}

static Status answer_statement(Database *database, const DatabaseView *view,
                               const Statement *statement, const char *passes_off,
                               LogicalContext *context, Job *job, const ResultSink *sink,
                               QueryStats *stats, Error *error) {
  if (statement->parameter_count)
    return error_set(error, STATUS_UNSUPPORTED,
                     "the statement has parameters ($1), but no values were given");
  if (statement->kind == STATEMENT_SELECT)
    return executor_run(statement->tree, view->root, context, database_pool(database), job,
                        passes_off, sink, stats, error);
  TextRows *rows = ARENA_NEW(context->arena, TextRows);
  switch (statement->kind) {
  case STATEMENT_SHOW_TABLES:
    return answer_tables(rows, view->catalog, sink, error);
  case STATEMENT_DESCRIBE:
    return answer_columns(rows, view->catalog, statement->table, context->arena, sink, error);
  default:
    return answer_explain(database, view, statement, context, job, rows, sink, error);
  }
}

Status sql_answer(Database *database, const DatabaseView *view, const char *text,
                  const SqlOptions *options, const char *passes_off, Job *job,
                  const ResultSink *sink, QueryStats *stats, Error *error) {
  LogicalContext context = {arena_create(), 1};
  Statement statement;
  int64_t start = clock_now_ns();
  *stats = (QueryStats){.profile = stats->profile};
  Status status = sql_statement(text, view->catalog, &context, options, &statement, error);
  int64_t parse_ns = clock_now_ns() - start;
  if (status == STATUS_OK)
    status =
        answer_statement(database, view, &statement, passes_off, &context, job, sink, stats, error);
  stats->plan_ns += parse_ns;
  stats->tables = NULL; // they live in the arena
  stats->table_count = 0;
  arena_destroy(context.arena);
  return status;
}
