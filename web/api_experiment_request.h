// What the handlers of experiments share: a request's document, the moment of the store that it is
// answered on, the definitions that there are.
//
// A request's statements run as one query: one record, one limit, one cancel.
#pragma once
#include "api.h"
#include "experiment_list.h"
#include <jansson.h>

typedef struct ExperimentRequest {
  const ApiContext *api;
  const HttpRequest *request;
  HttpReply *reply;
  ExperimentStore store;
  Catalog catalog; // the store's, with the saved segments
  const DatabaseView *view;
  json_t *document; // the request's, or NULL
  ApiJob job;
  Arena *arena;
  uint64_t rows_read, bytes_read;
  int64_t start_ns;
} ExperimentRequest;

// Who is on an uploaded list, read from what the server keeps of it, within the request's limits;
// cleared by who asks.
Status experiment_request_list(ExperimentRequest *request, const char *id,
                               const CatalogSegment *members, ExperimentList *list,
                               Error *error) WARN_UNUSED;

typedef Status (*ExperimentBody)(ExperimentRequest *request, Error *error);

// Runs `body` as a query on one moment of the store, without a document or with the request's.
Status experiment_request_run(const ApiContext *api, const HttpRequest *http, HttpReply *reply,
                              ExperimentBody body, Error *error) WARN_UNUSED;
Status experiment_document_run(const ApiContext *api, const HttpRequest *http, HttpReply *reply,
                               ExperimentBody body, Error *error) WARN_UNUSED;

// ---- Known experiments -------------------------------------------------------------------------

// The definition of a saved experiment or of one of the tables, as it could be sent, with its id;
// the caller releases it. STATUS_NOT_FOUND.
Status known_experiment_find(ExperimentRequest *request, const char *id, json_t **definition,
                             Error *error) WARN_UNUSED;
// A definition, read: what it is, with the saved tests of the same time beside it. `with_planned`:
// those too that have not begun on the definition's last day looked at.
Status experiment_with_others(ExperimentRequest *request, const json_t *definition,
                              bool with_planned, Experiment *experiment, Error *error) WARN_UNUSED;
// Puts the saved definitions among `tests` and `pilots`, the latest start first; writes what is
// known of each, into the open object.
Status saved_experiments_list(ExperimentRequest *request, json_t *tests, json_t *pilots,
                              JsonWriter *json, Error *error) WARN_UNUSED;
