// Saved experiments, tests and pilots: POST /api/v1/experiments; GET, PUT, DELETE
// /api/v1/experiments/{id}.
//
// A definition that the server keeps (kept_store.h), as it was given. It is read before it is kept,
// so that one which names what there is not is refused; the rule of its segment is kept with it, so
// that a change of the segment is none of the test. One that the data have outgrown since is
// listed with its fault, and judging it gives the same fault. Ids of digits only are the keys of
// the table `experiments`. A definition that names the units of a pilot is one
// (experiment_pilot.h).
#include "api_experiment_request.h"
#include "api_segment_request.h"
#include "experiment_pilot.h"
#include "member_list_store.h"
#include "segment_expand.h"
#include <stdlib.h>

#define SAVED_MAX 1000

static const char *object_fault(const json_t *object) {
  return json_is_object(json_object_get(object, "definition")) ? NULL : "it has no \"definition\"";
}

const KeptKind api_experiments_kind = {"experiment", "experiments", object_fault, NULL};

// ---- Finding -----------------------------------------------------------------------------------

static json_t *definition_of(const KeptDocument *saved) {
  json_t *body = json_loads(saved->body, 0, NULL);
  json_t *definition = json_deep_copy(json_object_get(body, "definition"));
  json_object_set_new(definition, "id", json_string(saved->id));
  json_decref(body);
  return definition;
}

static json_t *saved_find(ExperimentRequest *request, const char *id) {
  KeptDocument saved;
  if (!kept_store_find(request->api->experiments, id, request->arena, &saved)) return NULL;
  return definition_of(&saved);
}

Status known_experiment_find(ExperimentRequest *request, const char *id, json_t **definition,
                             Error *error) {
  json_t *stored;
  *definition = saved_find(request, id);
  if (*definition) return STATUS_OK;
  TRY(experiment_stored(&request->store, id, &request->job.job, request->arena, &stored, error));
  *definition = json_incref(json_array_get(stored, 0));
  json_decref(stored);
  if (*definition) return STATUS_OK;
  return error_set(error, STATUS_NOT_FOUND,
                   "there is no experiment \"%.100s\"; see GET /api/v1/experiments", id);
}

// A definition, read as the test or the pilot that it is; *name: what it calls itself.
static Status definition_read(ExperimentRequest *request, const json_t *definition,
                              const char **name, Error *error) {
  if (experiment_is_pilot(definition)) {
    Pilot *pilot = ARENA_NEW(request->arena, Pilot);
    TRY(experiment_pilot_read(definition, &request->store, request->arena, pilot, error));
    *name = pilot->name.en;
    return STATUS_OK;
  }
  Experiment *experiment = ARENA_NEW(request->arena, Experiment);
  TRY(experiment_read(definition, &request->store, request->arena, experiment, error));
  *name = experiment->name.en;
  return STATUS_OK;
}

// ---- Beside others -----------------------------------------------------------------------------

// Only a split of the server's own, or another list, is another test; members by SQL or of a key
// may be the same test once more.
static bool is_beside(const Experiment *experiment, const Experiment *other, bool with_planned) {
  bool same_list = experiment->list && other->list && strcmp(experiment->list, other->list) == 0;
  return experiment_members_numbered(other) && !same_list &&
         strcmp(other->id, experiment->id) != 0 && other->start <= experiment->end &&
         other->end >= experiment->start && (with_planned || other->start <= experiment->as_of);
}

static void other_add(ExperimentRequest *request, const KeptDocument *saved, bool with_planned,
                      Experiment *experiment) {
  Experiment *other = ARENA_NEW(request->arena, Experiment);
  json_t *definition = definition_of(saved);
  bool is_test =
      !experiment_is_pilot(definition) &&
      experiment_read(definition, &request->store, request->arena, other, NULL) == STATUS_OK;
  if (is_test && is_beside(experiment, other, with_planned))
    experiment_add_other(experiment, other, request->arena);
  json_decref(definition);
}

Status experiment_with_others(ExperimentRequest *request, const json_t *definition,
                              bool with_planned, Experiment *experiment, Error *error) {
  KeptDocument *saved;
  TRY(experiment_read(definition, &request->store, request->arena, experiment, error));
  if (!experiment_members_numbered(experiment) && !experiment->other_members_sql) return STATUS_OK;
  uint32_t count = kept_store_list(request->api->experiments, request->arena, &saved);
  for (uint32_t i = 0; i < count; i++) {
    TRY(job_check(&request->job.job, error));
    other_add(request, &saved[i], with_planned, experiment);
  }
  return STATUS_OK;
}

// ---- Replies -----------------------------------------------------------------------------------

static void times_write(const KeptDocument *saved, JsonWriter *json) {
  json_write_key(json, "created_at");
  json_write_timestamptz(json, saved->created_at);
  json_write_key(json, "updated_at");
  json_write_timestamptz(json, saved->updated_at);
}

// Why it cannot be judged; null: it can.
static void fault_write(ExperimentRequest *request, const json_t *definition, JsonWriter *json) {
  const char *name;
  Error own = ERROR_INIT;
  Status status = definition_read(request, definition, &name, &own);
  const char *path = own.path[0] ? own.path : NULL;
  json_write_key_text(json, "fault",
                      status == STATUS_OK ? NULL
                      : path ? arena_printf(request->arena, "%s: %s", path, own.message)
                             : own.message);
}

static const char *start_of(const json_t *definition) {
  const char *start = json_string_value(json_object_get(definition, "start"));
  return start ? start : "";
}

static void definition_insert(json_t *definitions, json_t *definition) {
  size_t at = 0;
  while (at < json_array_size(definitions) &&
         strcmp(start_of(json_array_get(definitions, at)), start_of(definition)) > 0)
    at++;
  json_array_insert_new(definitions, at, definition);
}

Status saved_experiments_list(ExperimentRequest *request, json_t *tests, json_t *pilots,
                              JsonWriter *json, Error *error) {
  KeptDocument *saved;
  uint32_t count = kept_store_list(request->api->experiments, request->arena, &saved);
  json_write_key(json, "saved");
  json_write_array_open(json);
  for (uint32_t i = 0; i < count; i++) {
    TRY(job_check(&request->job.job, error));
    json_t *definition = definition_of(&saved[i]);
    json_write_object_open(json);
    json_write_key_text(json, "id", saved[i].id);
    json_write_key_text(json, "kind", experiment_is_pilot(definition) ? "pilot" : "test");
    fault_write(request, definition, json);
    times_write(&saved[i], json);
    json_write_object_close(json);
    definition_insert(experiment_is_pilot(definition) ? pilots : tests, definition);
  }
  json_write_array_close(json);
  json_write_key_bool(json, "kept", kept_store_is_kept(request->api->experiments));
  return STATUS_OK;
}

static void answer_write(ExperimentRequest *request, const json_t *definition,
                         const KeptDocument *saved) {
  JsonWriter json;
  json_writer_init(&json, &request->reply->body);
  char *text = json_dumps(definition, JSON_REAL_PRECISION(15));
  json_write_object_open(&json);
  json_write_key_text(&json, "source", saved ? "saved" : "tables");
  json_write_key(&json, "definition"); // JSON already
  buffer_append_text(json.out, text);
  json.comma = true;
  fault_write(request, definition, &json);
  if (saved) times_write(saved, &json);
  json_write_object_close(&json);
  buffer_append_char(&request->reply->body, '\n');
  free(text);
}

static Status one_body(ExperimentRequest *request, Error *error) {
  const char *id = request->request->argument;
  KeptDocument saved;
  json_t *definition;
  bool is_saved = kept_store_find(request->api->experiments, id, request->arena, &saved);
  TRY(known_experiment_find(request, id, &definition, error));
  answer_write(request, definition, is_saved ? &saved : NULL);
  json_decref(definition);
  return STATUS_OK;
}

Status api_experiments_one(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                           Error *error) {
  return experiment_request_run(api, request, reply, one_body, error);
}

// ---- Changes -----------------------------------------------------------------------------------

static Status id_fault(Error *error) {
  return error_prefix_path(error, "id");
}

static Status id_check(const char *id, Error *error) {
  if (kept_id_check(id, error) != STATUS_OK) return id_fault(error);
  if (strcmp(id, "evaluate") == 0 || strcmp(id, "plan") == 0 || strcmp(id, "pilot") == 0 ||
      strcmp(id, "lists") == 0) {
    error_set(error, STATUS_INVALID, "\"%s\" is an address of its own; take another id", id);
    return id_fault(error);
  }
  if (id[strspn(id, "0123456789")]) return STATUS_OK;
  error_set(error, STATUS_INVALID,
            "an id of digits only is a key of the table experiments; put a letter to it");
  return id_fault(error);
}

// The document's id, or one that nobody has.
static Status id_find(ExperimentRequest *request, const char **id, Error *error) {
  const json_t *given = json_object_get(request->document, "id");
  char made[KEPT_MADE_ID_BYTES];
  if (given) {
    *id = json_string_value(given);
    if (*id) return id_check(*id, error);
    error_set(error, STATUS_INVALID, "expected a text");
    return id_fault(error);
  }
  TRY(kept_id_make(made, error));
  *id = arena_printf(request->arena, "e%s", made);
  return STATUS_OK;
}

static Status count_check(ExperimentRequest *request, Error *error) {
  KeptDocument *saved;
  if (kept_store_list(request->api->experiments, request->arena, &saved) < SAVED_MAX)
    return STATUS_OK;
  return error_set(error, STATUS_LIMIT, "there are %d saved experiments already; remove some first",
                   SAVED_MAX);
}

// The rule of the members' segment, without references to others.
static Status segment_freeze(ExperimentRequest *request, json_t *definition, Error *error) {
  SegmentStore *store = request->api->segments->store;
  json_t *members = json_object_get(definition, "members");
  const json_t *rule = json_object_get(members, "definition");
  const char *id = json_string_value(json_object_get(members, "segment")), *expanded;
  SavedSegment saved;
  if (!json_is_object(rule) && (!id || !segment_store_find(store, id, request->arena, &saved)))
    return STATUS_OK; // nothing to freeze: everybody, or no split of the server's
  char *given = json_is_object(rule) ? json_dumps(rule, JSON_COMPACT) : NULL;
  Status status =
      segment_expand(store, given ? given : saved.definition, request->arena, &expanded, error);
  free(given);
  if (status != STATUS_OK) return error_prefix_path(error, "members.definition");
  json_object_set_new(members, "definition", json_loads(expanded, 0, NULL));
  return STATUS_OK;
}

// ---- Their lists -------------------------------------------------------------------------------

static const char *list_of(const json_t *definition) {
  return json_string_value(json_object_get(json_object_get(definition, "members"), "list"));
}

// The list that the saved experiment names, in the request's arena; NULL: none.
static const char *saved_list(ExperimentRequest *request, const char *id) {
  json_t *definition = saved_find(request, id);
  const char *list = list_of(definition), *own = list ? arena_strdup(request->arena, list) : NULL;
  json_decref(definition);
  return own;
}

// Lets go of a list that no saved experiment names any more.
static void list_release(ExperimentRequest *request, const char *list) {
  KeptDocument *saved;
  if (!list || !experiment_list_id_is_good(list)) return;
  uint32_t count = kept_store_list(request->api->experiments, request->arena, &saved);
  for (uint32_t i = 0; i < count; i++) {
    const char *other = saved_list(request, saved[i].id);
    if (other && strcmp(other, list) == 0) return;
  }
  member_list_store_release(request->api->lists, list);
}

// The list is kept before the experiment that names it, and let go after it.
static Status put_with_list(ExperimentRequest *request, const KeptDocument *saved, bool create,
                            Error *error) {
  MemberListStore *lists = request->api->lists;
  const char *list = list_of(request->document);
  member_list_store_change_begin(lists);
  const char *old = saved_list(request, saved->id);
  Status status = list ? member_list_store_keep(lists, list, error) : STATUS_OK;
  if (status == STATUS_OK) status = kept_store_put(request->api->experiments, saved, create, error);
  list_release(request, status == STATUS_OK ? old : list);
  member_list_store_change_end(lists);
  return status;
}

static Status put(ExperimentRequest *request, const char *id, bool create, Error *error) {
  KeptDocument saved;
  const char *name;
  TRY(definition_read(request, request->document, &name, error));
  if (!json_object_get(request->document, "name")) name = id;
  TRY(segment_freeze(request, request->document, error));
  json_t *definition = json_copy(request->document);
  json_object_del(definition, "id");
  json_t *body = json_pack("{s:o}", "definition", definition);
  char *text = json_dumps(body, JSON_COMPACT | JSON_REAL_PRECISION(15));
  saved = (KeptDocument){.id = id, .name = name, .body = text};
  Status status = put_with_list(request, &saved, create, error);
  free(text);
  json_decref(body);
  return status;
}

static Status create_body(ExperimentRequest *request, Error *error) {
  const char *id;
  KeptDocument saved;
  TRY(id_find(request, &id, error));
  TRY(count_check(request, error));
  TRY(put(request, id, true, error));
  if (!kept_store_find(request->api->experiments, id, request->arena, &saved))
    return error_set(error, STATUS_NOT_FOUND, "the experiment \"%s\" was removed meanwhile", id);
  json_t *definition = definition_of(&saved);
  answer_write(request, definition, &saved);
  json_decref(definition);
  return STATUS_OK;
}

// Those of the tables are changed in the tables.
static Status of_tables_check(const char *id, Error *error) {
  if (id[strspn(id, "0123456789")]) return STATUS_OK;
  return error_set(
      error, STATUS_UNSUPPORTED,
      "the experiment \"%.100s\" would be a row of the table experiments, which only a "
      "load changes",
      id);
}

static Status replace_body(ExperimentRequest *request, Error *error) {
  const char *id = request->request->argument;
  const char *given = json_string_value(json_object_get(request->document, "id"));
  TRY(of_tables_check(id, error));
  if (json_object_get(request->document, "id") && !(given && strcmp(given, id) == 0)) {
    error_set(error, STATUS_INVALID, "expected the id of the address, or none");
    return id_fault(error);
  }
  TRY(put(request, id, false, error));
  return one_body(request, error);
}

Status api_experiments_create(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                              Error *error) {
  return experiment_document_run(api, request, reply, create_body, error);
}

Status api_experiments_replace(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                               Error *error) {
  return experiment_document_run(api, request, reply, replace_body, error);
}

Status api_experiments_remove(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                              Error *error) {
  TRY(of_tables_check(request->argument, error));
  ExperimentRequest own = {.api = api, .arena = arena_create()}; // it asks nothing of the data
  member_list_store_change_begin(api->lists);
  const char *list = saved_list(&own, request->argument);
  Status status = kept_store_remove(api->experiments, request->argument, error);
  if (status == STATUS_OK) list_release(&own, list);
  member_list_store_change_end(api->lists);
  arena_destroy(own.arena);
  if (status == STATUS_OK) buffer_append_text(&reply->body, "{\"removed\":true}\n");
  return status;
}
