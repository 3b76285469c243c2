// A query's way through the one door: record, limits, place, end.
#include "api.h"
#include <stdio.h>

// The record's end, with the failure as the log keeps it.
static void record_end(const ApiContext *api, ApiJob *job, bool ran, const QueryOutcome *outcome,
                       Status status, const Error *error) {
  metrics_add_query(api->metrics, &(MetricsQuery){.kind = job->kind,
                                                  .status = status,
                                                  .ran = ran,
                                                  .elapsed_ns = clock_now_ns() - job->start_ns,
                                                  .rows_read = outcome->rows_read,
                                                  .bytes_read = outcome->bytes_read});
  Error failure = status == STATUS_OK ? ERROR_INIT : *error;
  failure.status = status;
  query_log_end(api->queries, job->record, outcome, &failure);
}

Status api_job_begin(const ApiContext *api, const HttpRequest *request,
                     const ApiJobOptions *options, HttpReply *reply, ApiJob *job, Error *error) {
  job->start_ns = clock_now_ns();
  job->kind = options->kind;
  job_init(&job->job, "query",
           options->memory_bytes ? options->memory_bytes : api->query_memory_bytes,
           options->timeout_ms ? options->timeout_ms : api->query_timeout_ms,
           database_budget(api->database));
  TRY(query_log_begin(api->queries, options->id ? options->id : request->query_id, options->kind,
                      options->text, &job->job, &job->record, error));
  snprintf(reply->query_id, sizeof(reply->query_id), "%s", query_record_id(job->record));
  job->exchange = request->exchange;
  http_exchange_watch(job->exchange, &job->job);
  Status status = admission_enter(api->admission, &job->job, error);
  if (status == STATUS_OK) {
    query_log_run(api->queries, job->record);
  } else {
    http_exchange_watch(job->exchange, NULL);
    record_end(api, job, false, &(QueryOutcome){0}, status, error);
  }
  return status;
}

Status api_job_end(const ApiContext *api, ApiJob *job, const QueryOutcome *outcome, Status status,
                   Error *error) {
  if (status == STATUS_CANCELLED && admission_is_closed(api->admission))
    status = error_set(error, STATUS_BUSY, "the server is stopping");
  http_exchange_watch(job->exchange, NULL);
  record_end(api, job, true, outcome, status, error);
  admission_leave(api->admission, &job->job);
  return status;
}
