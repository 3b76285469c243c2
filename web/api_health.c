// GET /api/v1/health: whether the server is up, how old its data are, how much is being asked.
#include "api.h"
#include "segment_keeper.h"

static void missing_write(const DatabaseView *view, JsonWriter *json) {
  json_write_key(json, "missing");
  json_write_array_open(json);
  for (uint32_t i = 0; i < view->missing_count; i++) {
    const MissingDay *day = &view->missing[i];
    json_write_object_open(json);
    json_write_key_text(json, "level", day->level);
    json_write_key_text(json, "value", day->value);
    json_write_key_text(json, "title", day->title);
    json_write_key(json, "date");
    json_write_date(json, day->date);
    json_write_object_close(json);
  }
  json_write_array_close(json);
  if (view->missing_error.status != STATUS_OK)
    json_write_key_text(json, "missing_error", view->missing_error.message);
}

static void queries_write(const ApiContext *api, JsonWriter *json) {
  AdmissionCounts counts = admission_counts(api->admission);
  json_write_key(json, "queries");
  json_write_object_open(json);
  json_write_key_int(json, "running", counts.running);
  json_write_key_int(json, "waiting", counts.waiting);
  json_write_key_int(json, "admitted", (int64_t)counts.admitted);
  json_write_key_int(json, "refused", (int64_t)counts.refused);
  json_write_object_close(json);
}

static void memory_write(const ApiContext *api, JsonWriter *json) {
  const MemoryBudget *budget = database_budget(api->database);
  json_write_key(json, "memory");
  json_write_object_open(json);
  json_write_key_int(json, "used_bytes", atomic_load(&budget->used_bytes));
  json_write_key_int(json, "peak_bytes", atomic_load(&budget->peak_bytes));
  json_write_key_int(json, "limit_bytes", budget->limit_bytes);
  json_write_object_close(json);
}

static void segments_write(const ApiContext *api, const DatabaseView *view, JsonWriter *json) {
  json_write_key(json, "segments");
  json_write_object_open(json);
  json_write_key_bool(json, "prepared",
                      segment_keeper_version(api->segment_keeper) ==
                          segment_data_version(view->root));
  json_write_object_close(json);
}

Status api_health(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                  Error *error) {
  (void)request;
  DatabaseView *view;
  TRY(database_pin(api->database, &view, error));
  JsonWriter json;
  json_writer_init(&json, &reply->body);
  json_write_object_open(&json);
  json_write_key_text(&json, "status", "ok");
  json_write_key_text(&json, "version", TESSERA_VERSION);
  json_write_key_int(&json, "uptime_s", (clock_now_ns() - api->started_ns) / 1000000000);
  data_state_write(&view->data, &json);
  missing_write(view, &json);
  queries_write(api, &json);
  memory_write(api, &json);
  segments_write(api, view, &json);
  json_write_object_close(&json);
  database_unpin(view);
  return STATUS_OK;
}
