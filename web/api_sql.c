// POST /api/v1/sql: a statement and values for its parameters.
#include "answer_book.h"
#include "sql_run.h"

// The request's values for $1, $2...; numbers keep their digits. NULL: none.
static SqlParameter *params_make(const SqlRequest *sql, uint32_t count) {
  if (!count) return NULL;
  SqlParameter *parameters = mem_alloc_zero(count * sizeof *parameters);
  for (uint32_t i = 0; i < count; i++) {
    const json_t *value = json_array_get(sql->params, i);
    SqlParameter *parameter = &parameters[i];
    if (json_is_boolean(value))
      *parameter = (SqlParameter){.kind = PARAMETER_BOOL, .truth = json_is_true(value)};
    else if (json_is_string(value))
      *parameter =
          (SqlParameter){.kind = PARAMETER_TEXT,
                         .text = {json_string_value(value), (uint32_t)json_string_length(value)}};
    else if (json_is_number(value))
      *parameter = (SqlParameter){.kind = PARAMETER_NUMBER,
                                  .text = str_from(json_dumps(value, JSON_ENCODE_ANY))};
  }
  return parameters;
}

static void params_free(SqlParameter *parameters, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (parameters[i].kind == PARAMETER_NUMBER) free((void *)parameters[i].text.data);
  mem_free(parameters);
}

Status api_sql(const ApiContext *api, const HttpRequest *request, HttpReply *reply, Error *error) {
  SqlRequest sql;
  DatabaseView *view;
  TRY(sql_request_read(api, request, REQUEST_SQL, &sql, error));
  sql.value_count = (uint32_t)json_array_size(sql.params);
  SqlParameter *values = params_make(&sql, sql.value_count);
  sql.values = values;
  Status status = database_pin(api->database, &view, error);
  if (status == STATUS_OK) {
    Arena *arena = arena_create();
    if (sql.format == RESULT_XLSX) {
      sql.book = answer_book_sql(sql.sql, sql.language, &view->data, arena);
      if (!sql.filename) sql.filename = "answer.xlsx";
    }
    status = sql_run(api, request, view, "sql", &sql, reply, error);
    arena_destroy(arena);
    database_unpin(view);
  }
  params_free(values, sql.value_count);
  sql_request_clear(&sql);
  return status;
}
