// See api_experiment_request.h.
#include "api_experiment_request.h"
#include "api_document.h"

static ExperimentStore store_of(const ApiContext *api, const DatabaseView *view,
                                const Catalog *catalog) {
  return (ExperimentStore){.root = view->root,
                           .model = view->model,
                           .catalog = catalog,
                           .budget = database_budget(api->database),
                           .pool = database_pool(api->database),
                           .has_days = view->data.has_days,
                           .first_day = view->data.first,
                           .last_day = view->data.last};
}

static Status job_run(ExperimentRequest *request, ExperimentBody body, Error *error) {
  const HttpRequest *http = request->request;
  ApiJobOptions options = {.kind = "experiment",
                           .text = request->document
                                       ? (Str){http->body.data, (uint32_t)http->body.size}
                                       : str_from(http->path)};
  TRY(api_job_begin(request->api, http, &options, request->reply, &request->job, error));
  SegmentSource *segments = api_segment_source(request->api, request->view, &request->job.job);
  request->catalog = *request->view->catalog;
  request->catalog.segments = segment_source_catalog(segments);
  Status status = body(request, error);
  segment_source_destroy(segments);
  QueryOutcome outcome = {request->rows_read, request->bytes_read, NULL};
  return api_job_end(request->api, &request->job, &outcome, status, error);
}

static Status request_run(const ApiContext *api, const HttpRequest *http, HttpReply *reply,
                          json_t *document, ExperimentBody body, Error *error) {
  DatabaseView *view;
  TRY(database_pin(api->database, &view, error));
  ExperimentRequest request = {.api = api,
                               .request = http,
                               .reply = reply,
                               .view = view,
                               .document = document,
                               .arena = arena_create(),
                               .start_ns = clock_now_ns()};
  request.store = store_of(api, view, &request.catalog);
  Status status = job_run(&request, body, error);
  arena_destroy(request.arena);
  database_unpin(view);
  return status;
}

Status experiment_request_run(const ApiContext *api, const HttpRequest *http, HttpReply *reply,
                              ExperimentBody body, Error *error) {
  return request_run(api, http, reply, NULL, body, error);
}

Status experiment_document_run(const ApiContext *api, const HttpRequest *http, HttpReply *reply,
                               ExperimentBody body, Error *error) {
  json_t *document;
  TRY(api_document_read(http, "an object: a definition", &document, error));
  Status status = request_run(api, http, reply, document, body, error);
  json_decref(document);
  return status;
}
