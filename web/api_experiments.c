// Experiments: GET /api/v1/experiments, POST /api/v1/experiments/evaluate, .../plan,
// .../pilot and .../{id}/evaluate.
//
// A definition comes with the request, or is a saved one (api_experiments_saved.c), or comes from
// the store's own tables; the request may overrule members of the latter two.
#include "api_experiment_request.h"
#include "experiment_pilot.h"
#include "experiment_plan.h"
#include <stdlib.h>

// ---- The list ----------------------------------------------------------------------------------

static void definitions_write(const char *key, const json_t *definitions, Buffer *body) {
  char *text = json_dumps(definitions, JSON_REAL_PRECISION(15));
  buffer_printf(body, "\"%s\":%s,", key, text);
  free(text);
}

static Status list_write(ExperimentRequest *request, Error *error) {
  json_t *tests;
  JsonWriter json;
  Buffer saved, *body = &request->reply->body;
  TRY(experiment_stored(&request->store, NULL, &request->job.job, request->arena, &tests, error));
  json_t *pilots = json_array();
  buffer_init(&saved);
  json_writer_init(&json, &saved);
  json_write_object_open(&json);
  experiment_choices_write(&request->store, request->arena, &json);
  Status status = saved_experiments_list(request, tests, pilots, &json, error);
  json_write_object_close(&json);
  if (status == STATUS_OK) {
    buffer_append_char(body, '{');
    definitions_write("experiments", tests, body);
    definitions_write("pilots", pilots, body);
    buffer_append(body, saved.data + 1, saved.size - 1);
    buffer_append_char(body, '\n');
  }
  buffer_clear(&saved);
  json_decref(tests);
  json_decref(pilots);
  return status;
}

Status api_experiments(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                       Error *error) {
  return experiment_request_run(api, request, reply, list_write, error);
}

static void answer_end(const ExperimentRequest *request, JsonWriter *json) {
  data_state_write(&request->view->data, json);
  json_write_key(json, "elapsed_ms");
  json_write_ms(json, clock_now_ns() - request->start_ns);
  json_write_object_close(json);
  buffer_append_char(&request->reply->body, '\n');
}

// ---- A pilot -----------------------------------------------------------------------------------

static Status pilot_evaluate(ExperimentRequest *request, const json_t *definition, Error *error) {
  Pilot *pilot = ARENA_NEW(request->arena, Pilot);
  PilotResult *result = ARENA_NEW(request->arena, PilotResult);
  JsonWriter json;
  TRY(experiment_pilot_read(definition, &request->store, request->arena, pilot, error));
  TRY(experiment_pilot_judge(pilot, &request->store, &request->job.job, request->arena, result,
                             error));
  request->rows_read = result->rows_read;
  request->bytes_read = result->bytes_read;
  json_writer_init(&json, &request->reply->body);
  json_write_object_open(&json);
  experiment_pilot_write(pilot, result, &json);
  answer_end(request, &json);
  return STATUS_OK;
}

static Status given_pilot(ExperimentRequest *request, Error *error) {
  return pilot_evaluate(request, request->document, error);
}

Status api_experiments_pilot(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                             Error *error) {
  return experiment_document_run(api, request, reply, given_pilot, error);
}

// ---- An evaluation -----------------------------------------------------------------------------

static Status definition_evaluate(ExperimentRequest *request, const json_t *definition,
                                  Error *error) {
  Arena *arena = request->arena;
  Experiment *experiment = ARENA_NEW(arena, Experiment);
  ExperimentData *data = ARENA_NEW(arena, ExperimentData);
  ExperimentResult *result = ARENA_NEW(arena, ExperimentResult);
  JsonWriter json;
  TRY(experiment_with_others(request, definition, false, experiment, error));
  TRY(experiment_collect(experiment, &request->store, &request->job.job, arena, data, error));
  experiment_judge(experiment, data, arena, result);
  request->rows_read = data->rows_read;
  request->bytes_read = data->bytes_read;
  json_writer_init(&json, &request->reply->body);
  json_write_object_open(&json);
  experiment_write(experiment, data, result, &json);
  answer_end(request, &json);
  return STATUS_OK;
}

static Status given_evaluate(ExperimentRequest *request, Error *error) {
  return definition_evaluate(request, request->document, error);
}

// The definition that is known, with what the request says otherwise.
static Status known_evaluate(ExperimentRequest *request, Error *error) {
  json_t *definition;
  TRY(known_experiment_find(request, request->request->argument, &definition, error));
  json_object_update(definition, request->document);
  Status status = experiment_is_pilot(definition) ? pilot_evaluate(request, definition, error)
                                                  : definition_evaluate(request, definition, error);
  json_decref(definition);
  return status;
}

Status api_experiments_evaluate(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                                Error *error) {
  return experiment_document_run(api, request, reply, given_evaluate, error);
}

Status api_experiments_evaluate_one(const ApiContext *api, const HttpRequest *request,
                                    HttpReply *reply, Error *error) {
  return experiment_document_run(api, request, reply, known_evaluate, error);
}

// ---- A plan ------------------------------------------------------------------------------------

static Status given_plan(ExperimentRequest *request, Error *error) {
  Experiment *experiment = ARENA_NEW(request->arena, Experiment);
  ExperimentPlan *plan = ARENA_NEW(request->arena, ExperimentPlan);
  PlanOptions options;
  JsonWriter json;
  TRY(plan_options_take(request->document, &options, error));
  TRY(experiment_with_others(request, request->document, true, experiment, error));
  plan_options_complete(experiment, &options);
  TRY(experiment_plan(request->document, experiment, &options, &request->store, &request->job.job,
                      request->arena, plan, error));
  request->rows_read = plan->rows_read;
  request->bytes_read = plan->bytes_read;
  json_writer_init(&json, &request->reply->body);
  json_write_object_open(&json);
  experiment_plan_write(experiment, plan, &json);
  answer_end(request, &json);
  return STATUS_OK;
}

Status api_experiments_plan(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error) {
  return experiment_document_run(api, request, reply, given_plan, error);
}
