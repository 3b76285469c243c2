// SELECT goes to the executor; the other kinds are small tables of text made here.
#include "sql_answer.h"
#include "buffer.h"
#include "plan_cache.h"
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

typedef struct Answer { // one statement under way
  Database *database;
  const DatabaseView *view; // NULL: a session's own tables may be asked
  const Root *root;
  const Catalog *catalog;
  Session *session; // or NULL
  const char *passes_off;
  LogicalContext context;
  Job *job;
  const ResultSink *sink;
  const SegmentsWatch *watch; // of the view's segments, or NULL
  Str key;                    // of the statement in the view's plans; size 0: it is not looked for
} Answer;

static Status add_names(TextRows *rows, const char *const *names, uint32_t count, const char *kind,
                        Error *error) {
  for (uint32_t i = 0; i < count; i++)
    TRY(text_rows_add(rows, (const char *const[]){names[i], kind}, error));
  return STATUS_OK;
}

static Status add_views(TextRows *rows, const Session *session, Error *error) {
  const CatalogView *views;
  uint32_t count = session_views(session, &views);
  for (uint32_t i = 0; i < count; i++)
    TRY(text_rows_add(rows, (const char *const[]){views[i].name, "view"}, error));
  return STATUS_OK;
}

// Tables and cubes; in a session its views too, and its own tables are told apart.
static Status answer_tables(TextRows *rows, const Answer *answer, Error *error) {
  const Catalog *catalog = answer->catalog;
  TRY(text_rows_begin(rows, answer->sink, (const char *const[]){"name", "kind"}, 2, error));
  for (uint32_t i = 0; i < answer->root->table_count; i++) {
    const char *name = answer->root->tables[i]->schema->name;
    if (table_is_cuboid(answer->root->tables[i])) continue;
    bool own = answer->session && session_owns_table(answer->session, name);
    TRY(text_rows_add(rows, (const char *const[]){name, own ? "session table" : "table"}, error));
  }
  if (answer->session) TRY(add_views(rows, answer->session, error));
  const char *const *names;
  uint32_t count = catalog->cube_names(catalog, &names);
  TRY(add_names(rows, names, count, "cube", error));
  return text_rows_flush(rows, error);
}

static Status answer_views(TextRows *rows, const Answer *answer, Error *error) {
  TRY(text_rows_begin(rows, answer->sink, (const char *const[]){"name", "definition"}, 2, error));
  const CatalogView *views;
  uint32_t count = session_views(answer->session, &views);
  for (uint32_t i = 0; i < count; i++)
    TRY(text_rows_add(rows, (const char *const[]){views[i].name, views[i].text}, error));
  return text_rows_flush(rows, error);
}

static Status answer_cubes(TextRows *rows, const Answer *answer, Error *error) {
  TRY(text_rows_begin(rows, answer->sink, (const char *const[]){"name", "table"}, 2, error));
  const char *const *names;
  uint32_t count = answer->catalog->cube_names(answer->catalog, &names);
  for (uint32_t i = 0; i < count; i++) {
    const CatalogCube *cube = answer->catalog->find_cube(answer->catalog, names[i]);
    TRY(text_rows_add(rows, (const char *const[]){names[i], cube->table}, error));
  }
  return text_rows_flush(rows, error);
}

// The type of a measure is that of the SELECT which asks for it.
static const char *measure_type(const Answer *answer, const CatalogCube *cube,
                                const CatalogMeasure *measure) {
  Arena *arena = answer->context.arena;
  LogicalContext context = answer->context;
  Statement statement;
  const char *name = strrchr(measure->name, '.') + 1;
  const char *text =
      arena_printf(arena, "SELECT measure(\"%s\") FROM cube.\"%s\"", name, cube->name);
  if (sql_statement(text, answer->catalog, &context, NULL, &statement, NULL) != STATUS_OK)
    return NULL;
  return type_format(statement.tree->columns[0].type, arena_alloc(arena, TYPE_NAME_BYTES));
}

static Status answer_cube(TextRows *rows, const Answer *answer, const char *name, Error *error) {
  const CatalogCube *cube = answer->catalog->find_cube(answer->catalog, name);
  TRY(text_rows_begin(rows, answer->sink, (const char *const[]){"name", "kind", "type"}, 3, error));
  for (uint32_t i = 0; i < cube->level_count; i++) {
    char *type = arena_alloc(answer->context.arena, TYPE_NAME_BYTES);
    const char *cells[] = {cube->levels[i].name, "level", type_format(cube->levels[i].type, type)};
    TRY(text_rows_add(rows, cells, error));
  }
  for (uint32_t i = 0; i < cube->measure_count; i++) {
    const CatalogMeasure *measure = &cube->measures[i];
    const char *cells[] = {strrchr(measure->name, '.') + 1, "measure",
                           measure_type(answer, cube, measure)};
    TRY(text_rows_add(rows, cells, error));
  }
  return text_rows_flush(rows, error);
}

static Status answer_view_columns(TextRows *rows, const Answer *answer, const Logical *tree,
                                  Error *error) {
  TRY(text_rows_begin(rows, answer->sink, (const char *const[]){"column", "type"}, 2, error));
  for (uint32_t i = 0; i < tree->column_count; i++) {
    char *type = arena_alloc(answer->context.arena, TYPE_NAME_BYTES);
    const char *cells[] = {tree->columns[i].name, type_format(tree->columns[i].type, type)};
    TRY(text_rows_add(rows, cells, error));
  }
  return text_rows_flush(rows, error);
}

static Status answer_setting(TextRows *rows, const Answer *answer, const char *wanted,
                             Error *error) {
  Arena *arena = answer->context.arena;
  const char *const *names = session_setting_names();
  if (strcmp(wanted, "all") == 0) {
    TRY(text_rows_begin(rows, answer->sink, (const char *const[]){"name", "setting"}, 2, error));
    for (; *names; names++) {
      const char *cells[] = {*names, session_setting(answer->session, *names, arena)};
      TRY(text_rows_add(rows, cells, error));
    }
    return text_rows_flush(rows, error);
  }
  const char *value = session_setting(answer->session, wanted, arena);
  if (!value)
    return error_set(error, STATUS_NOT_FOUND,
                     "there is no setting \"%s\"; there are memory, passes_off and timeout, and "
                     "SHOW TABLES, VIEWS, CUBES, ALL",
                     wanted);
  TRY(text_rows_begin(rows, answer->sink, &wanted, 1, error));
  TRY(text_rows_add(rows, &value, error));
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

static Status answer_explain(const Answer *answer, const Statement *statement,
                             LogicalContext *context, TextRows *rows, Error *error) {
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "");
  Status status =
      executor_explain(statement->tree, answer->root, context, database_pool(answer->database),
                       answer->job, statement->kind == STATEMENT_EXPLAIN_ANALYZE, &text, error);
  if (status == STATUS_OK) status = answer_plan(rows, text.data, answer->sink, error);
  buffer_clear(&text);
  return status;
}

// Whether the statement's plan is as good at another time.
static bool is_lasting(const Answer *answer, const Statement *statement) {
  return answer->key.size && !statement->reads_clock && !answer->watch->asked;
}

static Status plan_run(const Answer *answer, const CachedPlan *plan, QueryStats *stats,
                       Error *error) {
  Arena *arena = arena_create();
  Status status = executor_run_prepared(&plan->rows, arena, database_pool(answer->database),
                                        answer->job, answer->sink, stats, error);
  stats->tables = NULL; // they live in the arena
  stats->table_count = 0;
  arena_destroy(arena);
  if (status == STATUS_OK)
    database_note_misses(answer->database, &plan->rows_missed, stats->rows_read);
  return status;
}

static Status answer_select(Answer *answer, const Statement *statement, QueryStats *stats,
                            Error *error) {
  LogicalContext *context = &answer->context;
  CachedPlan plan = {0};
  int64_t start = clock_now_ns();
  TRY(executor_prepare(statement->tree, answer->root, context, answer->passes_off, &plan.rows,
                       error));
  if (answer->view) plan.rows_missed = database_misses(answer->view, context);
  int64_t plan_ns = clock_now_ns() - start;
  const CachedPlan *kept = NULL;
  if (is_lasting(answer, statement))
    kept = plan_cache_put(answer->view->plans, answer->key, &plan, context->arena);
  if (kept) context->arena = NULL; // the cache's now
  Status status = plan_run(answer, &plan, stats, error);
  stats->plan_ns = plan_ns;
  if (kept) plan_cache_release(answer->view->plans, kept);
  return status;
}

// BEGIN, COMMIT and ROLLBACK: a command in a session; elsewhere a row that says what they come to.
static Status answer_transaction(const Answer *answer, const Statement *statement,
                                 QueryStats *stats, Error *error) {
  if (answer->session) {
    stats->command = statement->name;
    return STATUS_OK;
  }
  TextRows *rows = ARENA_NEW(answer->context.arena, TextRows);
  const char *said = arena_printf(
      answer->context.arena,
      "%s changes nothing: each statement reads the data of one moment, and changes none",
      statement->name);
  TRY(text_rows_begin(rows, answer->sink, (const char *const[]){"message"}, 1, error));
  TRY(text_rows_add(rows, &said, error));
  return text_rows_flush(rows, error);
}

static Status answer_statement(Answer *answer, const Statement *statement, const char *text,
                               QueryStats *stats, Error *error) {
  LogicalContext *context = &answer->context;
  ThreadPool *pool = database_pool(answer->database);
  if (statement->parameter_count)
    return error_set(error, STATUS_UNSUPPORTED,
                     "the statement has parameters ($1), but no values were given");
  if (statement->kind == STATEMENT_SELECT) return answer_select(answer, statement, stats, error);
  if (statement->kind == STATEMENT_TRANSACTION)
    return answer_transaction(answer, statement, stats, error);
  if (answer->session)
    TRY(session_run(answer->session, statement, text, context, pool, answer->job, &stats->command,
                    error));
  if (stats->command) return STATUS_OK;
  TextRows *rows = ARENA_NEW(context->arena, TextRows);
  switch (statement->kind) {
  case STATEMENT_SHOW_TABLES:
    return answer_tables(rows, answer, error);
  case STATEMENT_SHOW_VIEWS:
    return answer_views(rows, answer, error);
  case STATEMENT_SHOW_CUBES:
    return answer_cubes(rows, answer, error);
  case STATEMENT_SHOW:
    return answer_setting(rows, answer, statement->name, error);
  case STATEMENT_DESCRIBE_CUBE:
    return answer_cube(rows, answer, statement->table, error);
  case STATEMENT_DESCRIBE:
    if (statement->tree) return answer_view_columns(rows, answer, statement->tree, error);
    return answer_columns(rows, answer->catalog, statement->table, context->arena, answer->sink,
                          error);
  default:
    return answer_explain(answer, statement, context, rows, error);
  }
}

static Status answer_text(Answer *answer, const char *text, const SqlOptions *options,
                          QueryStats *stats, Error *error) {
  answer->context = (LogicalContext){.arena = arena_create(), .next_id = 1};
  Statement statement;
  int64_t start = clock_now_ns();
  *stats = (QueryStats){.profile = stats->profile};
  Status status =
      sql_statement(text, answer->catalog, &answer->context, options, &statement, error);
  int64_t parse_ns = clock_now_ns() - start;
  if (status == STATUS_OK) status = answer_statement(answer, &statement, text, stats, error);
  stats->plan_ns += parse_ns;
  arena_destroy(answer->context.arena);
  return status;
}

// The statement and its parameters' values, in a buffer: another text for other ones.
static Str key_make(const char *text, const SqlOptions *options, Buffer *key) {
  buffer_append_text(key, "sql ");
  buffer_append_text(key, text);
  for (uint32_t p = 0; options && options->parameters && p < options->parameter_count; p++) {
    const SqlParameter *parameter = &options->parameters[p];
    buffer_append_char(key, 0);
    buffer_append_char(key, (char)('a' + 2 * (int)parameter->kind + parameter->truth));
    buffer_printf(key, "%u ", parameter->text.size);
    buffer_append(key, parameter->text.data, parameter->text.size);
    for (uint32_t i = 0; i < parameter->item_count; i++) {
      buffer_printf(key, ",%u ", parameter->items[i].size);
      buffer_append(key, parameter->items[i].data, parameter->items[i].size);
    }
  }
  return (Str){key->data, (uint32_t)key->size};
}

Status sql_answer(Database *database, const DatabaseView *view, const CatalogSegments *segments,
                  const char *text, const SqlOptions *options, const char *passes_off, Job *job,
                  const ResultSink *sink, QueryStats *stats, Error *error) {
  Catalog catalog = *view->catalog;
  SegmentsWatch watch;
  Buffer key;
  segments_watch_init(&watch, segments);
  if (segments) catalog.segments = &watch.segments;
  Answer answer = {.database = database,
                   .view = view,
                   .root = view->root,
                   .catalog = &catalog,
                   .passes_off = passes_off,
                   .job = job,
                   .sink = sink,
                   .watch = &watch};
  buffer_init(&key);
  answer.key = passes_off ? (Str){"", 0} : key_make(text, options, &key);
  const CachedPlan *cached = answer.key.size ? plan_cache_find(view->plans, answer.key) : NULL;
  Status status = cached ? plan_run(&answer, cached, stats, error)
                         : answer_text(&answer, text, options, stats, error);
  plan_cache_release(view->plans, cached);
  buffer_clear(&key);
  return status;
}

Status sql_answer_session(Database *database, Session *session, const char *text,
                          const SqlOptions *options, Job *job, const ResultSink *sink,
                          QueryStats *stats, Error *error) {
  Answer answer = {.database = database,
                   .root = session_root(session),
                   .catalog = session_catalog(session),
                   .session = session,
                   .passes_off = session_settings(session)->passes_off,
                   .job = job,
                   .sink = sink};
  SqlOptions own = options ? *options : (SqlOptions){0};
  own.session = true;
  return answer_text(&answer, text, &own, stats, error);
}
