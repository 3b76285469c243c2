// See api_experiment_request.h.
#include "api_experiment_request.h"
#include "api_document.h"
#include "member_list_read.h"
#include "member_list_store.h"
#include <stdio.h>

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

// ---- Uploaded lists ----------------------------------------------------------------------------

Status experiment_request_list(ExperimentRequest *request, const char *id,
                               const CatalogSegment *members, ExperimentList *list, Error *error) {
  Buffer text;
  MemoryBudget *budget = &request->job.job.memory;
  buffer_init(&text);
  *list = (ExperimentList){0};
  Status status = member_list_store_read(request->api->lists, id, &text, error);
  int64_t bytes = (int64_t)text.size;
  if (status == STATUS_OK) status = memory_budget_charge(budget, bytes, error);
  if (status == STATUS_OK) {
    status = member_list_read((Str){text.data, (uint32_t)text.size}, members, &request->job.job,
                              list, error);
    memory_budget_release(budget, bytes);
  }
  buffer_clear(&text);
  if (status != STATUS_OK) return status;
  snprintf(list->id, sizeof list->id, "%s", id);
  member_list_store_note_arms(request->api->lists, list);
  return STATUS_OK;
}

static Status list_read(void *context, const char *id, const CatalogSegment *members,
                        ExperimentList *list, Error *error) {
  return experiment_request_list(context, id, members, list, error);
}

static Status list_arms(void *context, const char *id, const CatalogSegment *members, Arena *arena,
                        const char *const **arms, uint32_t *count, Error *error) {
  ExperimentRequest *request = context;
  ExperimentList list;
  if (member_list_store_arms(request->api->lists, id, arena, arms, count)) return STATUS_OK;
  TRY(experiment_request_list(request, id, members, &list, error));
  experiment_list_clear(&list);
  if (member_list_store_arms(request->api->lists, id, arena, arms, count)) return STATUS_OK;
  return error_set(error, STATUS_NOT_FOUND, "the list \"%s\" was removed meanwhile", id);
}

// ---- A request ---------------------------------------------------------------------------------

static Status job_run(ExperimentRequest *request, ExperimentBody body, Error *error) {
  const HttpRequest *http = request->request;
  ApiJobOptions options = {.kind = "experiment",
                           .text = request->document
                                       ? (Str){http->body.data, (uint32_t)http->body.size}
                                       : str_from(http->path)};
  TRY(api_job_begin(request->api, http, &options, request->reply, &request->job, error));
  SegmentSource *segments = api_segment_source(request->api, request->view, &request->job.job);
  request->catalog = *request->view->catalog;
  ExperimentLists lists = {request, list_arms, list_read};
  request->store.lists = experiment_list_source_create(segment_source_catalog(segments), &lists,
                                                       &request->job.job.memory);
  request->catalog.segments = experiment_list_source_catalog(request->store.lists);
  Status status = body(request, error);
  experiment_list_source_destroy(request->store.lists);
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
