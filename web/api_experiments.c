// Experiments: GET /api/v1/experiments, POST /api/v1/experiments/evaluate and
// /api/v1/experiments/{id}/evaluate.
//
// A definition comes with the request, or from the store's own tables, where the request may
// overrule its members. Its statements run as one query: one record, one limit, one cancel.
#include "api.h"
#include "api_document.h"
#include "experiment.h"
#include <stdlib.h>

static ExperimentStore store_of(const ApiContext *api, const DatabaseView *view) {
  return (ExperimentStore){.root = view->root,
                           .model = view->model,
                           .catalog = view->catalog,
                           .budget = database_budget(api->database),
                           .pool = database_pool(api->database),
                           .has_days = view->data.has_days,
                           .first_day = view->data.first,
                           .last_day = view->data.last};
}

// Runs `body` as a query on one moment of the store.
typedef struct ExperimentRequest {
  const ApiContext *api;
  const HttpRequest *request;
  HttpReply *reply;
  ExperimentStore store;
  const DatabaseView *view;
  json_t *document; // the request's, or NULL
  ApiJob job;
  Arena *arena;
  uint64_t rows_read, bytes_read;
  int64_t start_ns;
} ExperimentRequest;

typedef Status (*ExperimentBody)(ExperimentRequest *request, Error *error);

static Status job_run(ExperimentRequest *request, ExperimentBody body, Error *error) {
  const HttpRequest *http = request->request;
  ApiJobOptions options = {.kind = "experiment",
                           .text = request->document
                                       ? (Str){http->body.data, (uint32_t)http->body.size}
                                       : str_from(http->path)};
  TRY(api_job_begin(request->api, http, &options, request->reply, &request->job, error));
  Status status = body(request, error);
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
                               .store = store_of(api, view),
                               .view = view,
                               .document = document,
                               .arena = arena_create(),
                               .start_ns = clock_now_ns()};
  Status status = job_run(&request, body, error);
  arena_destroy(request.arena);
  database_unpin(view);
  return status;
}

// ---- The list ----------------------------------------------------------------------------------

static Status list_write(ExperimentRequest *request, Error *error) {
  json_t *definitions;
  Buffer *out = &request->reply->body;
  TRY(experiment_stored(&request->store, NULL, &request->job.job, request->arena, &definitions,
                        error));
  char *text = json_dumps(definitions, JSON_REAL_PRECISION(15));
  buffer_printf(out, "{\"experiments\":%s}\n", text);
  free(text);
  json_decref(definitions);
  return STATUS_OK;
}

Status api_experiments(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                       Error *error) {
  return request_run(api, request, reply, NULL, list_write, error);
}

// ---- An evaluation -----------------------------------------------------------------------------

static Status definition_evaluate(ExperimentRequest *request, const json_t *definition,
                                  Error *error) {
  Arena *arena = request->arena;
  Experiment *experiment = ARENA_NEW(arena, Experiment);
  ExperimentData *data = ARENA_NEW(arena, ExperimentData);
  ExperimentResult *result = ARENA_NEW(arena, ExperimentResult);
  JsonWriter json;
  TRY(experiment_read(definition, &request->store, arena, experiment, error));
  TRY(experiment_collect(experiment, &request->store, &request->job.job, arena, data, error));
  experiment_judge(experiment, data, arena, result);
  request->rows_read = data->rows_read;
  request->bytes_read = data->bytes_read;
  json_writer_init(&json, &request->reply->body);
  json_write_object_open(&json);
  experiment_write(experiment, data, result, &json);
  data_state_write(&request->view->data, &json);
  json_write_key(&json, "elapsed_ms");
  json_write_ms(&json, clock_now_ns() - request->start_ns);
  json_write_object_close(&json);
  buffer_append_char(&request->reply->body, '\n');
  return STATUS_OK;
}

static Status given_evaluate(ExperimentRequest *request, Error *error) {
  return definition_evaluate(request, request->document, error);
}

// The store's definition, with what the request says otherwise.
static Status stored_evaluate(ExperimentRequest *request, Error *error) {
  const char *id = request->request->argument;
  json_t *definitions;
  TRY(experiment_stored(&request->store, id, &request->job.job, request->arena, &definitions,
                        error));
  json_t *definition = json_array_get(definitions, 0);
  Status status =
      definition ? STATUS_OK
                 : error_set(error, STATUS_NOT_FOUND,
                             "there is no experiment \"%.100s\"; see GET /api/v1/experiments", id);
  if (status == STATUS_OK) {
    json_object_update(definition, request->document);
    status = definition_evaluate(request, definition, error);
  }
  json_decref(definitions);
  return status;
}

static Status body_evaluate(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            ExperimentBody body, Error *error) {
  json_t *document;
  TRY(api_document_read(request, "an object: a definition", &document, error));
  Status status = request_run(api, request, reply, document, body, error);
  json_decref(document);
  return status;
}

Status api_experiments_evaluate(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                                Error *error) {
  return body_evaluate(api, request, reply, given_evaluate, error);
}

Status api_experiments_evaluate_one(const ApiContext *api, const HttpRequest *request,
                                    HttpReply *reply, Error *error) {
  return body_evaluate(api, request, reply, stored_evaluate, error);
}
