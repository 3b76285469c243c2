// The API's handlers, one file each, and what they share.
#pragma once
#include "admission.h"
#include "database.h"
#include "http_message.h"
#include "json_writer.h"

typedef struct ApiContext {
  Database *database;
  Admission *admission;
  int64_t query_timeout_ms, query_memory_bytes;
  uint64_t result_rows_max, result_bytes_max;
  int64_t started_ns; // clock_now_ns() of the start
} ApiContext;

// A handler fills reply->body (JSON) or fails with an error that the router turns into a reply.
typedef Status (*ApiHandler)(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                             Error *error);

Status api_query(const ApiContext *api, const HttpRequest *request, HttpReply *reply, Error *error);
Status api_sql(const ApiContext *api, const HttpRequest *request, HttpReply *reply, Error *error);
Status api_model(const ApiContext *api, const HttpRequest *request, HttpReply *reply, Error *error);
Status api_health(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                  Error *error);
// The embedded pages. STATUS_NOT_FOUND where there is no such file.
Status api_assets(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                  Error *error);

// A query's job, admitted: call api_job_end whenever api_job_begin succeeded.
Status api_job_begin(const ApiContext *api, Job *job, Error *error) WARN_UNUSED;
void api_job_end(const ApiContext *api, Job *job);
