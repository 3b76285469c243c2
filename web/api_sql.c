// POST /api/v1/sql: {"sql": "SELECT ...", "format": "json" | "csv"} to rows.
#include "api.h"
#include "result_writer.h"
#include "sql_answer.h"
#include <jansson.h>

typedef struct SqlRequest {
  json_t *document;             // owns the texts
  const char *sql, *passes_off; // the document's; passes_off may be NULL
  ResultFormat format;
} SqlRequest;

static Status member_read(const char *key, const json_t *value, SqlRequest *request, Error *error) {
  const char *text = json_string_value(value);
  Status status = STATUS_OK;
  if (strcmp(key, "sql") == 0) {
    request->sql = text;
    if (!text || strlen(text) != json_string_length(value))
      status = error_set(error, STATUS_INVALID, "expected a text: the statement");
  } else if (strcmp(key, "format") == 0) {
    if (!text || !result_format_parse(text, &request->format))
      status = error_set(error, STATUS_INVALID, "expected \"json\", \"csv\" or \"table\"");
  } else if (strcmp(key, "passes_off") == 0) {
    request->passes_off = text;
    if (!text || strlen(text) != json_string_length(value))
      status = error_set(error, STATUS_INVALID, "expected a text: names separated by commas");
  } else {
    status = error_set(error, STATUS_INVALID, "unknown member; expected sql, format or passes_off");
  }
  if (status == STATUS_OK) return status;
  return error_prefix_path(error, "%s", key);
}

// On success the caller frees request->document.
static Status request_read(Str body, SqlRequest *request, Error *error) {
  json_error_t fault;
  *request = (SqlRequest){.format = RESULT_JSON};
  request->document =
      json_loadb(body.data ? body.data : "", body.size, JSON_REJECT_DUPLICATES, &fault);
  if (!request->document)
    return error_set_at(error, STATUS_INVALID, fault.position, "the request is not JSON: %s",
                        fault.text);
  Status status = STATUS_OK;
  if (!json_is_object(request->document))
    status = error_set(error, STATUS_INVALID, "expected {\"sql\": \"SELECT ...\"}");
  const char *key;
  json_t *value;
  json_object_foreach(request->document, key, value) {
    if (status == STATUS_OK) status = member_read(key, value, request, error);
  }
  if (status == STATUS_OK && !request->sql)
    status = error_set(error, STATUS_INVALID, "expected {\"sql\": \"SELECT ...\"}");
  if (status != STATUS_OK) json_decref(request->document);
  return status;
}

static Status statement_run(const ApiContext *api, const DatabaseView *view,
                            const SqlRequest *request, Job *job, Buffer *out, Error *error) {
  ResultOptions options = {.row_limit = api->result_rows_max,
                           .bytes_limit = api->result_bytes_max,
                           .budget = &job->memory};
  ResultWriter *writer = result_writer_create(request->format, &options, out);
  ResultSink sink = result_writer_sink(writer);
  QueryStats stats;
  Status status =
      sql_answer(api->database, view, request->sql, request->passes_off, job, &sink, &stats, error);
  if (status == STATUS_OK) status = result_writer_finish(writer, error);
  result_writer_destroy(writer);
  return status;
}

static Status request_answer(const ApiContext *api, const SqlRequest *request, Buffer *out,
                             Error *error) {
  DatabaseView *view;
  TRY(database_pin(api->database, &view, error));
  Job job;
  Status status = api_job_begin(api, &job, error);
  if (status == STATUS_OK) {
    status = statement_run(api, view, request, &job, out, error);
    api_job_end(api, &job);
  }
  database_unpin(view);
  return status;
}

Status api_sql(const ApiContext *api, const HttpRequest *request, HttpReply *reply, Error *error) {
  SqlRequest sql;
  TRY(request_read(request->body, &sql, error));
  Status status = request_answer(api, &sql, &reply->body, error);
  if (status == STATUS_OK) reply->mime = result_format_mime(sql.format);
  json_decref(sql.document);
  return status;
}
