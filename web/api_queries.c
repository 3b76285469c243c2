// /api/v1/queries: what runs, what waits, what ran; and the end of one of them.
#include "api.h"

Status api_queries(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                   Error *error) {
  (void)request, (void)error;
  AdmissionCounts counts = admission_counts(api->admission);
  JsonWriter json;
  json_writer_init(&json, &reply->body);
  json_write_object_open(&json);
  json_write_key_int(&json, "running", counts.running);
  json_write_key_int(&json, "waiting", counts.waiting);
  json_write_key(&json, "queries");
  query_log_write(api->queries, &json);
  json_write_object_close(&json);
  buffer_append_char(&reply->body, '\n');
  return STATUS_OK;
}

Status api_queries_one(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                       Error *error) {
  JsonWriter json;
  json_writer_init(&json, &reply->body);
  TRY(query_log_write_one(api->queries, request->argument, &json, error));
  buffer_append_char(&reply->body, '\n');
  return STATUS_OK;
}

Status api_queries_cancel(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                          Error *error) {
  TRY(query_log_cancel(api->queries, request->argument, error));
  JsonWriter json;
  json_writer_init(&json, &reply->body);
  json_write_object_open(&json);
  json_write_key_text(&json, "id", request->argument);
  json_write_key_text(&json, "state", "cancelling");
  json_write_object_close(&json);
  buffer_append_char(&reply->body, '\n');
  return STATUS_OK;
}
