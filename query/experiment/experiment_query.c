// See experiment_query.h.
#include "experiment_query.h"
#include "executor.h"

Status experiment_session_init(ExperimentSession *session, const ExperimentStore *store, Job *job,
                               Arena *arena, Error *error) {
  *session = (ExperimentSession){.store = store, .job = job, .arena = arena};
  TRY(session_create(store->root, store->model, NULL, store->budget, &session->session, error));
  session_set_segments(session->session, store->catalog->segments);
  return STATUS_OK;
}

void experiment_session_clear(ExperimentSession *session) {
  session_destroy(session->session);
  session->session = NULL;
}

// ---- Rows --------------------------------------------------------------------------------------

typedef struct RowsSink {
  QueryRows *rows;
  Arena *arena;
  uint32_t capacity, rows_max;
} RowsSink;

static Status rows_begin(void *context, const ResultColumn *columns, uint32_t count, Error *error) {
  (void)error;
  RowsSink *sink = context;
  ResultColumn *kept = ARENA_ARRAY(sink->arena, ResultColumn, count + 1);
  for (uint32_t i = 0; i < count; i++)
    kept[i] = (ResultColumn){arena_strdup(sink->arena, columns[i].name), columns[i].type};
  sink->rows->columns = kept;
  sink->rows->column_count = count;
  return STATUS_OK;
}

static void rows_grow(RowsSink *sink, uint32_t count) {
  if (count <= sink->capacity) return;
  uint32_t capacity = count > 2 * sink->capacity ? count + 64 : 2 * sink->capacity;
  QueryRows *rows = sink->rows;
  Value *values = ARENA_ARRAY(sink->arena, Value, (size_t)capacity * rows->column_count);
  if (rows->row_count)
    memcpy(values, rows->values, (size_t)rows->row_count * rows->column_count * sizeof *values);
  rows->values = values;
  sink->capacity = capacity;
}

static Value value_keep(Value value, Arena *arena) {
  if (!value.is_null && value.type.kind == TYPE_STRING)
    value.s.data = arena_strndup(arena, value.s.data, value.s.size);
  return value;
}

static Status rows_add(void *context, const Batch *batch, Error *error) {
  RowsSink *sink = context;
  QueryRows *rows = sink->rows;
  if (rows->row_count + batch->row_count > sink->rows_max)
    return error_set(error, STATUS_LIMIT,
                     "the experiment has more than %u groups; use segments of fewer values",
                     sink->rows_max);
  rows_grow(sink, rows->row_count + batch->row_count);
  for (uint32_t r = 0; r < batch->row_count; r++, rows->row_count++)
    for (uint32_t c = 0; c < rows->column_count; c++)
      rows->values[(size_t)rows->row_count * rows->column_count + c] =
          value_keep(vector_value(&batch->columns[c], r), sink->arena);
  return STATUS_OK;
}

static const SqlOptions session_options = {
    .session = true, .undated = true, .text_bytes_max = 1 << 20};

static Status statement_run(ExperimentSession *session, const char *sql, LogicalContext *context,
                            const ResultSink *sink, QueryStats *stats, Error *error) {
  const ExperimentStore *store = session->store;
  Statement statement;
  TRY(sql_statement(sql, session_catalog(session->session), context, &session_options, &statement,
                    error));
  if (statement.kind == STATEMENT_SELECT)
    return executor_run(statement.tree, session_root(session->session), context, store->pool,
                        session->job, NULL, sink, stats, error);
  const char *command;
  return session_run(session->session, &statement, sql, context, store->pool, session->job,
                     &command, error);
}

Status experiment_query(ExperimentSession *session, const char *sql, uint32_t rows_max,
                        QueryRows *rows, Error *error) {
  QueryRows own;
  RowsSink target = {.rows = rows ? rows : &own, .arena = session->arena, .rows_max = rows_max};
  *target.rows = (QueryRows){0};
  ResultSink sink = {&target, rows_begin, rows_add};
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  QueryStats stats = {0};
  Status status = statement_run(session, sql, &context, &sink, &stats, error);
  session->rows_read += stats.rows_read;
  session->bytes_read += stats.bytes_read;
  if (error) error->position = -1; // of a text that nobody but this room has seen
  arena_destroy(context.arena);
  return status;
}

static Status columns_of(const Catalog *catalog, const SqlOptions *options, const char *sql,
                         Arena *arena, LogicalColumn **columns, uint32_t *count, Error *error) {
  LogicalContext context = {.arena = arena, .next_id = 1};
  Statement statement;
  TRY(sql_statement(sql, catalog, &context, options, &statement, error));
  if (statement.kind != STATEMENT_SELECT)
    return error_set(error, STATUS_INVALID, "a SELECT is expected");
  if (statement.parameter_count)
    return error_set(error, STATUS_INVALID, "parameters ($1) have no values here");
  *columns = statement.tree->columns;
  *count = statement.tree->column_count;
  return STATUS_OK;
}

Status experiment_query_columns(const ExperimentStore *store, const char *sql, Arena *arena,
                                LogicalColumn **columns, uint32_t *count, Error *error) {
  return columns_of(store->catalog, NULL, sql, arena, columns, count, error);
}

Status experiment_session_columns(ExperimentSession *session, const char *sql,
                                  LogicalColumn **columns, uint32_t *count, Error *error) {
  return columns_of(session_catalog(session->session), &session_options, sql, session->arena,
                    columns, count, error);
}

// ---- Values ------------------------------------------------------------------------------------

const char *query_text(const QueryRows *rows, uint32_t row, uint32_t column, Arena *arena) {
  const Value *value = query_value(rows, row, column);
  return value->is_null ? NULL : arena_strndup(arena, value->s.data, value->s.size);
}

int64_t query_int(const QueryRows *rows, uint32_t row, uint32_t column) {
  return (int64_t)query_wide(rows, row, column);
}

int128_t query_wide(const QueryRows *rows, uint32_t row, uint32_t column) {
  const Value *value = query_value(rows, row, column);
  if (value->is_null) return 0;
  return type_physical(value->type) == PHYSICAL_WIDE ? value->wide : value->i;
}

static const char *quoted(const char *text, char quote, Arena *arena) {
  char *out = arena_alloc(arena, 2 * strlen(text) + 3), *to = out;
  *to++ = quote;
  for (; *text; text++) {
    if (*text == quote) *to++ = quote;
    *to++ = *text;
  }
  *to++ = quote;
  return out;
}

const char *sql_name(const char *name, Arena *arena) {
  return quoted(name, '"', arena);
}

const char *sql_text(const char *text, Arena *arena) {
  return quoted(text, '\'', arena);
}

const char *sql_day(int32_t day, Arena *arena) {
  CivilDate civil = date_to_civil(day);
  return arena_printf(arena, "DATE '%04d-%02d-%02d'", civil.year, civil.month, civil.day);
}

const char *sql_level(const char *name, const char *suffix, Arena *arena) {
  const char *point = strchr(name, '.');
  const char *dimension = arena_strndup(arena, name, (size_t)(point - name));
  return arena_printf(arena, "%s.%s", sql_name(dimension, arena),
                      sql_name(arena_printf(arena, "%s%s", point + 1, suffix), arena));
}

const char *sql_take(Buffer *text, Arena *arena) {
  const char *kept = arena_strndup(arena, text->data, text->size);
  buffer_clear(text);
  return kept;
}
