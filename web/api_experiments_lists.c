// Uploaded lists of who is in which arm: POST /api/v1/experiments/lists, GET .../lists/{id}.
//
// The body is the file itself, as CSV. What the answer says of it - how many customers the data
// have, whom they do not - is known before a test is saved with the list; a definition names it by
// its id (experiment_list.h). A list of nobody whom the data have is refused: it is another
// store's, or its first column is no customer's number.
#include "api_experiment_request.h"
#include "member_list_read.h"
#include "member_list_store.h"

static void unknown_write(const ExperimentList *list, const ExperimentListSets *sets, Arena *arena,
                          JsonWriter *json) {
  json_write_key(json, "unknown");
  json_write_object_open(json);
  json_write_key_int(json, "customers", (int64_t)sets->unknown_count);
  json_write_key(json, "first");
  json_write_array_open(json);
  for (uint64_t i = 0; i < sets->unknown_count && i < EXPERIMENT_LIST_UNKNOWN_SHOWN; i++)
    json_write_text(json, experiment_list_key(list, sets->unknown_first[i], arena));
  json_write_array_close(json);
  json_write_object_close(json);
}

static void check_write(ExperimentRequest *request, const ExperimentList *list,
                        const ExperimentListSets *sets) {
  JsonWriter json;
  json_writer_init(&json, &request->reply->body);
  json_write_object_open(&json);
  json_write_key_text(&json, "list", list->id);
  json_write_key_int(&json, "customers", (int64_t)sets->all.count);
  unknown_write(list, sets, request->arena, &json);
  json_write_key_int(&json, "repeated", (int64_t)list->repeated);
  json_write_key(&json, "arms");
  json_write_array_open(&json);
  for (uint32_t a = 0; a < list->arm_count; a++) {
    json_write_object_open(&json);
    json_write_key_text(&json, "id", list->arms[a]);
    json_write_key_int(&json, "customers", (int64_t)sets->arms[a].count);
    json_write_object_close(&json);
  }
  json_write_array_close(&json);
  json_write_object_close(&json);
  buffer_append_char(&request->reply->body, '\n');
}

static Status nobody_fault(const ExperimentList *list, const CatalogSegment *members, Arena *arena,
                           Error *error) {
  return error_set(
      error, STATUS_INVALID,
      "none of the %llu customers of the list is known, \"%.60s\" is not nor any after "
      "it: the customers' column must have the numbers of %s.%s",
      (unsigned long long)list->count, experiment_list_key(list, 0, arena), members->table,
      members->key);
}

// Checks the list against the data, and answers what was found. store: of an upload, which is taken
// in.
static Status list_answer(ExperimentRequest *request, ExperimentList *list,
                          const CatalogSegment *members, MemberListStore *store, Error *error) {
  ExperimentListSets sets;
  Buffer text;
  buffer_init(&text);
  Status status =
      experiment_list_resolve(list, members->set->table, &request->job.job.memory, &sets, error);
  if (status == STATUS_OK && store && !sets.all.count)
    status = nobody_fault(list, members, request->arena, error);
  if (status == STATUS_OK && store) {
    member_list_write(list, &text);
    status = member_list_store_put(store, list, (Str){text.data, (uint32_t)text.size}, error);
  }
  if (status == STATUS_OK) check_write(request, list, &sets);
  experiment_list_sets_clear(&sets);
  buffer_clear(&text);
  return status;
}

static Status upload_body(ExperimentRequest *request, Error *error) {
  CatalogSegment members;
  ExperimentList list;
  TRY(experiment_list_source_members(request->store.lists, &members, error));
  TRY(member_list_read(request->request->body, &members, &request->job.job, &list, error));
  Status status = list_answer(request, &list, &members, request->api->lists, error);
  experiment_list_clear(&list);
  return status;
}

Status api_experiments_list_upload(const ApiContext *api, const HttpRequest *request,
                                   HttpReply *reply, Error *error) {
  return experiment_request_run(api, request, reply, upload_body, error);
}

static Status one_body(ExperimentRequest *request, Error *error) {
  const char *id = request->request->argument;
  CatalogSegment members;
  ExperimentList list;
  if (!experiment_list_id_is_good(id))
    return error_set(error, STATUS_NOT_FOUND, "there is no list \"%.100s\"", id);
  TRY(experiment_list_source_members(request->store.lists, &members, error));
  TRY(experiment_request_list(request, id, &members, &list, error));
  Status status = list_answer(request, &list, &members, NULL, error);
  experiment_list_clear(&list);
  return status;
}

Status api_experiments_list(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error) {
  return experiment_request_run(api, request, reply, one_body, error);
}
