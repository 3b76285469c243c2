// Segments: GET, POST /api/v1/segments; GET, PUT, DELETE /api/v1/segments/{id}; POST
// /api/v1/segments/preview, /api/v1/segments/text. What they share is in api_segment_request; their
// members leave by api_exports.c.
#include "api_segment_request.h"
#include "segment_text.h"

#define SEGMENT_CACHE_BYTES ((size_t)128 << 20)

Status segment_service_create(const char *folder, Database *database,
                              void (*faults)(void *context, const char *text), SegmentService **out,
                              Error *error) {
  SegmentService *service = mem_alloc_zero(sizeof *service);
  MemoryBudget *budget = database_budget(database);
  service->cache = segment_cache_create(SEGMENT_CACHE_BYTES, budget);
  service->facts = segment_facts_cache_create(budget);
  service->rows = member_rows_cache_create(budget);
  Status status = segment_store_open(folder, faults, NULL, &service->store, error);
  if (status == STATUS_OK)
    status = audience_store_open(folder, faults, NULL, &service->audiences, error);
  if (status == STATUS_OK) status = export_log_open(folder, faults, NULL, &service->exports, error);
  if (status != STATUS_OK) {
    segment_service_destroy(service);
    service = NULL;
  }
  *out = service;
  return status;
}

void segment_service_destroy(SegmentService *service) {
  if (!service) return;
  segment_store_close(service->store);
  audience_store_close(service->audiences);
  export_log_close(service->exports);
  segment_cache_destroy(service->cache);
  segment_facts_cache_destroy(service->facts);
  member_rows_cache_destroy(service->rows);
  mem_free(service);
}

SegmentSource *api_segment_source(const ApiContext *api, const DatabaseView *view, Job *job) {
  SegmentWorld world = {.root = view->root,
                        .catalog = view->catalog,
                        .model = view->model,
                        .pool = database_pool(api->database),
                        .job = job,
                        .first_day = view->data.first,
                        .last_day = view->data.has_days ? view->data.last : view->data.first - 1,
                        .cache = api->segments->cache};
  return segment_source_create(&world, api->segments->store,
                               view->data.has_days ? view->data.last : 0);
}

static void saved_write(JsonWriter *json, const SavedSegment *saved) {
  json_write_key_text(json, "id", saved->id);
  json_write_key_text(json, "name", saved->name);
  json_write_key_text(json, "description", saved->description);
  json_write_key(json, "definition"); // JSON already
  buffer_append_text(json->out, saved->definition);
  json->comma = true;
  json_write_key(json, "created_at");
  json_write_timestamptz(json, saved->created_at);
  json_write_key(json, "updated_at");
  json_write_timestamptz(json, saved->updated_at);
}

// ---- Handlers ----------------------------------------------------------------------------------

static Status preview_body(SegmentRequest *request, Error *error) {
  static const char *const known[] = {"definition", "text", "as_of"};
  const char *text;
  SegmentRule *rule = ARENA_NEW(request->arena, SegmentRule);
  SegmentPreview preview;
  JsonWriter json;
  TRY(SEGMENT_KEYS_CHECK(request, known, error));
  TRY(segment_definition_read(request, &text, rule, error));
  TRY(segment_preview_given(request, rule, &preview, error));
  json_writer_init(&json, &request->reply->body);
  json_write_object_open(&json);
  segment_preview_write(&json, &preview);
  data_state_write(&request->view->data, &json);
  json_write_key(&json, "elapsed_ms");
  json_write_ms(&json, clock_now_ns() - request->start_ns);
  json_write_object_close(&json);
  buffer_append_char(&request->reply->body, '\n');
  return STATUS_OK;
}

static Status text_body(SegmentRequest *request, Error *error) {
  static const char *const known[] = {"definition", "text"};
  const char *definition, *text;
  SegmentRule *rule = ARENA_NEW(request->arena, SegmentRule);
  JsonWriter json;
  TRY(SEGMENT_KEYS_CHECK(request, known, error));
  TRY(segment_definition_read(request, &definition, rule, error));
  TRY(segment_text_write(request->arena, definition, strlen(definition), &text, error));
  json_writer_init(&json, &request->reply->body);
  json_write_object_open(&json);
  json_write_key_text(&json, "text", text);
  json_write_key(&json, "definition"); // JSON already
  buffer_append_text(json.out, definition);
  json.comma = true;
  json_write_object_close(&json);
  buffer_append_char(&request->reply->body, '\n');
  return STATUS_OK;
}

Status api_segments_text(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                         Error *error) {
  return segment_document_run(api, request, reply, text_body, error);
}

Status api_segments_preview(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error) {
  return segment_document_run(api, request, reply, preview_body, error);
}

// The definition in words; NULL: it cannot be read.
static const char *words_of(SegmentRequest *request, const char *definition) {
  const char *text = NULL;
  Status status = segment_text_write(request->arena, definition, strlen(definition), &text, NULL);
  return status == STATUS_OK ? text : NULL;
}

// A segment with what it comes to today; one that cannot be evaluated says why.
static void summary_write(SegmentRequest *request, JsonWriter *json, const SavedSegment *saved) {
  SegmentRule *rule = ARENA_NEW(request->arena, SegmentRule);
  SegmentPreview preview;
  Error own = ERROR_INIT;
  Status status =
      segment_read(request->arena, saved->definition, strlen(saved->definition), rule, &own);
  if (status == STATUS_OK) status = segment_preview_of(request, rule, &preview, NULL, &own);
  json_write_object_open(json);
  saved_write(json, saved);
  json_write_key_text(json, "text", words_of(request, saved->definition));
  if (status == STATUS_OK) segment_preview_write(json, &preview);
  json_write_key_text(json, "fault", status == STATUS_OK ? NULL : own.message);
  json_write_object_close(json);
}

static Status list_body(SegmentRequest *request, Error *error) {
  SegmentStore *store = request->api->segments->store;
  SavedSegment *saved;
  uint32_t count = segment_store_list(store, request->arena, &saved);
  JsonWriter json;
  json_writer_init(&json, &request->reply->body);
  json_write_object_open(&json);
  json_write_key(&json, "segments");
  json_write_array_open(&json);
  for (uint32_t i = 0; i < count; i++) {
    TRY(job_check(&request->job.job, error));
    summary_write(request, &json, &saved[i]);
  }
  json_write_array_close(&json);
  json_write_key_bool(&json, "kept", segment_store_is_kept(store));
  json_write_object_close(&json);
  buffer_append_char(&request->reply->body, '\n');
  return STATUS_OK;
}

Status api_segments(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                    Error *error) {
  return segment_request_run(api, request, reply, NULL, list_body, error);
}

Status segment_saved_find(SegmentRequest *request, SavedSegment *saved, Error *error) {
  const char *id = request->http->argument;
  if (segment_store_find(request->api->segments->store, id, request->arena, saved))
    return STATUS_OK;
  return error_set(error, STATUS_NOT_FOUND,
                   "there is no segment \"%.100s\"; see GET /api/v1/segments", id);
}

static Status one_body(SegmentRequest *request, Error *error) {
  SavedSegment saved;
  JsonWriter json;
  TRY(segment_saved_find(request, &saved, error));
  json_writer_init(&json, &request->reply->body);
  summary_write(request, &json, &saved);
  buffer_append_char(&request->reply->body, '\n');
  return STATUS_OK;
}

Status api_segments_one(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                        Error *error) {
  return segment_request_run(api, request, reply, NULL, one_body, error);
}

// A definition is evaluated before it is kept: one that names what there is not is refused.
static Status put_body(SegmentRequest *request, const char *id, Error *error) {
  bool create = id == NULL;
  SavedSegment saved = {.id = id};
  SegmentRule *rule = ARENA_NEW(request->arena, SegmentRule);
  SegmentPreview preview;
  if (create) TRY(segment_text_member(request, "id", true, &saved.id, error));
  TRY(segment_text_member(request, "name", true, &saved.name, error));
  TRY(segment_text_member(request, "description", false, &saved.description, error));
  TRY(segment_definition_read(request, &saved.definition, rule, error));
  request->own_id = saved.id; // one that leads back to itself is found out
  request->own_rule = rule;
  TRY(segment_preview_given(request, rule, &preview, error));
  TRY(segment_store_put(request->api->segments->store, &saved, create, error));
  JsonWriter json;
  if (!segment_store_find(request->api->segments->store, saved.id, request->arena, &saved))
    return error_set(error, STATUS_NOT_FOUND, "the segment \"%s\" was removed meanwhile", saved.id);
  json_writer_init(&json, &request->reply->body);
  summary_write(request, &json, &saved);
  buffer_append_char(&request->reply->body, '\n');
  return STATUS_OK;
}

static Status create_body(SegmentRequest *request, Error *error) {
  static const char *const known[] = {"id", "name", "description", "definition", "text"};
  TRY(SEGMENT_KEYS_CHECK(request, known, error));
  return put_body(request, NULL, error);
}

static Status replace_body(SegmentRequest *request, Error *error) {
  static const char *const known[] = {"name", "description", "definition", "text"};
  TRY(SEGMENT_KEYS_CHECK(request, known, error));
  return put_body(request, request->http->argument, error);
}

Status api_segments_create(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                           Error *error) {
  return segment_document_run(api, request, reply, create_body, error);
}

Status api_segments_replace(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error) {
  return segment_document_run(api, request, reply, replace_body, error);
}

Status api_segments_remove(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                           Error *error) {
  TRY(segment_store_remove(api->segments->store, request->argument, error));
  buffer_append_text(&reply->body, "{\"removed\":true}\n");
  return STATUS_OK;
}
