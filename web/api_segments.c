// Segments: GET, POST /api/v1/segments; GET, PUT, DELETE /api/v1/segments/{id}; POST
// /api/v1/segments/preview; GET /api/v1/segments/{id}/members.
//
// A definition comes with the request or is a saved one. It is evaluated as one query: one record,
// one limit, one cancel.
#include "api.h"
#include "api_document.h"
#include "date.h"
#include "segment_preview.h"
#include <stdlib.h>

#define SEGMENT_CACHE_BYTES ((size_t)64 << 20)

struct SegmentService {
  SegmentStore *store;
  SegmentCache *cache;
  SegmentFactsCache *facts;
};

Status segment_service_create(const char *folder, void (*faults)(void *context, const char *text),
                              SegmentService **out, Error *error) {
  SegmentStore *store;
  TRY(segment_store_open(folder, faults, NULL, &store, error));
  *out = mem_alloc_zero(sizeof **out);
  **out = (SegmentService){store, segment_cache_create(SEGMENT_CACHE_BYTES),
                           segment_facts_cache_create()};
  return STATUS_OK;
}

void segment_service_destroy(SegmentService *service) {
  if (!service) return;
  segment_store_close(service->store);
  segment_cache_destroy(service->cache);
  segment_facts_cache_destroy(service->facts);
  mem_free(service);
}

// ---- One request -------------------------------------------------------------------------------

typedef struct SegmentRequest {
  const ApiContext *api;
  const HttpRequest *http;
  HttpReply *reply;
  DatabaseView *view;
  json_t *document;   // or NULL
  const char *own_id; // of a definition that is about to be saved, and what it will be
  const SegmentRule *own_rule;
  SegmentWorld world;
  ApiJob job;
  Arena *arena;
  int64_t start_ns;
} SegmentRequest;

typedef Status (*SegmentBody)(SegmentRequest *request, Error *error);

static const SegmentRule *saved_find(void *context, const char *id, Arena *arena) {
  SegmentRequest *request = context;
  SavedSegment saved;
  SegmentRule *rule = ARENA_NEW(arena, SegmentRule);
  if (request->own_id && !strcmp(id, request->own_id)) return request->own_rule;
  if (!segment_store_find(request->api->segments->store, id, arena, &saved)) return NULL;
  if (segment_read(arena, saved.definition, strlen(saved.definition), rule, NULL) != STATUS_OK)
    return NULL;
  return rule;
}

static Status job_run(SegmentRequest *request, SegmentBody body, Error *error) {
  const HttpRequest *http = request->http;
  ApiJobOptions options = {.kind = "segment",
                           .text = http->body.size ? http->body : str_from(http->path)};
  TRY(api_job_begin(request->api, http, &options, request->reply, &request->job, error));
  request->world = (SegmentWorld){.root = request->view->root,
                                  .catalog = request->view->catalog,
                                  .pool = database_pool(request->api->database),
                                  .job = &request->job.job,
                                  .cache = request->api->segments->cache,
                                  .find = saved_find,
                                  .find_context = request};
  Status status = body(request, error);
  QueryOutcome outcome = {0};
  return api_job_end(request->api, &request->job, &outcome, status, error);
}

static Status request_run(const ApiContext *api, const HttpRequest *http, HttpReply *reply,
                          json_t *document, SegmentBody body, Error *error) {
  DatabaseView *view;
  TRY(database_pin(api->database, &view, error));
  SegmentRequest request = {.api = api,
                            .http = http,
                            .reply = reply,
                            .view = view,
                            .document = document,
                            .arena = arena_create(),
                            .start_ns = clock_now_ns()};
  Status status = job_run(&request, body, error);
  arena_destroy(request.arena);
  database_unpin(view);
  return status;
}

static Status document_run(const ApiContext *api, const HttpRequest *http, HttpReply *reply,
                           SegmentBody body, Error *error) {
  json_t *document;
  TRY(api_document_read(http, "an object", &document, error));
  Status status = request_run(api, http, reply, document, body, error);
  json_decref(document);
  return status;
}

static Status text_member(SegmentRequest *request, const char *key, bool needed, const char **text,
                          Error *error) {
  const json_t *value = json_object_get(request->document, key);
  *text = json_is_string(value) ? arena_strdup(request->arena, json_string_value(value)) : NULL;
  if (*text || (!needed && (!value || json_is_null(value)))) return STATUS_OK;
  error_set(error, STATUS_INVALID, "a text is expected");
  return error_prefix_path(error, "%s", key);
}

static Status keys_check(const SegmentRequest *request, const char *const *known, size_t count,
                         Error *error) {
  const char *key;
  json_t *value;
  json_object_foreach(request->document, key, value) {
    bool found = false;
    for (size_t i = 0; i < count && !found; i++) found = !strcmp(key, known[i]);
    if (found) continue;
    const char *nearest = text_nearest(key, known, count);
    return error_set(error, STATUS_INVALID, "unknown key \"%s\"%s%s%s", key,
                     nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                     nearest ? "\"?" : "");
  }
  return STATUS_OK;
}
#define KEYS_CHECK(request, known, error)                                                          \
  keys_check((request), (known), sizeof(known) / sizeof *(known), (error))

// The definition of the document: its JSON and the rule that it is.
static Status definition_read(SegmentRequest *request, const char **text, SegmentRule *rule,
                              Error *error) {
  const json_t *definition = json_object_get(request->document, "definition");
  if (!json_is_object(definition)) {
    error_set(error, STATUS_INVALID, "a rule is expected, as {\"all\": []}");
    return error_prefix_path(error, "definition");
  }
  char *json = json_dumps(definition, JSON_COMPACT | JSON_REAL_PRECISION(15));
  *text = arena_strdup(request->arena, json);
  free(json);
  Status status = segment_read(request->arena, *text, strlen(*text), rule, error);
  return status == STATUS_OK ? status : error_prefix_path(error, "definition");
}

// The day of the document's "as_of", else the last day of the data.
static Status day_read(SegmentRequest *request, int32_t *day, Error *error) {
  const char *text = NULL;
  *day = request->view->data.has_days ? request->view->data.last : 0;
  if (request->document) TRY(text_member(request, "as_of", false, &text, error));
  if (!text || date_parse(text, strlen(text), DATE_YMD, day)) return STATUS_OK;
  error_set(error, STATUS_INVALID, "a date is expected, as \"2025-12-31\"");
  return error_prefix_path(error, "as_of");
}

static Status preview_of(SegmentRequest *request, const SegmentRule *rule, SegmentPreview *preview,
                         Rowset **members, Error *error) {
  int32_t day;
  TRY(day_read(request, &day, error));
  return segment_preview(&request->world, request->api->segments->facts, rule, day, request->arena,
                         preview, members, error);
}

// The same of the document's definition: what is wrong with it stands in the document.
static Status preview_given(SegmentRequest *request, const SegmentRule *rule,
                            SegmentPreview *preview, Error *error) {
  Status status = preview_of(request, rule, preview, NULL, error);
  bool wrong = status == STATUS_INVALID || status == STATUS_NOT_FOUND ||
               status == STATUS_UNSUPPORTED || status == STATUS_LIMIT;
  return wrong ? error_prefix_path(error, "definition") : status;
}

// ---- Writing -----------------------------------------------------------------------------------

static void decimal_write(JsonWriter *json, const char *key, int128_t unscaled, unsigned scale) {
  Value value = {.type = type_decimal(DECIMAL_DIGITS_MAX, scale), .wide = unscaled};
  json_write_key(json, key);
  json_write_value(json, &value);
}

// a / b with six digits; null where b is 0.
static void share_write(JsonWriter *json, const char *key, int128_t a, int128_t b) {
  int128_t share;
  json_write_key(json, key);
  if (b <= 0 || !decimal_divide(a, 0, b, 0, 6, &share)) {
    json_write_null(json);
    return;
  }
  Value value = {.type = type_decimal(DECIMAL_DIGITS_MAX, 6), .wide = share};
  json_write_value(json, &value);
}

static void sales_write(JsonWriter *json, const SegmentPreview *preview) {
  if (!preview->has_sales) return;
  json_write_key(json, "sales");
  json_write_object_open(json);
  json_write_key_int(json, "days", SEGMENT_SALES_DAYS);
  decimal_write(json, "net", preview->sales, preview->sales_scale);
  json_write_key_int(json, "receipts", preview->receipts);
  json_write_key(json, "average_check");
  int128_t average;
  if (preview->receipts &&
      decimal_divide(preview->sales, preview->sales_scale, preview->receipts, 0, 2, &average))
    json_write_value(json, &(Value){.type = type_decimal(DECIMAL_DIGITS_MAX, 2), .wide = average});
  else
    json_write_null(json);
  share_write(json, "share", preview->sales, preview->total_sales);
  json_write_object_close(json);
}

static void rules_write(JsonWriter *json, const SegmentPreview *preview) {
  json_write_key(json, "rules");
  json_write_array_open(json);
  for (uint32_t r = 0; r < preview->rule_count; r++) {
    json_write_object_open(json);
    json_write_key_text(json, "path", preview->rules[r].path);
    json_write_key_int(json, "size", (int64_t)preview->rules[r].size);
    json_write_key_int(json, "unknown", (int64_t)preview->rules[r].unknown);
    json_write_key_int(json, "cut", (int64_t)preview->rules[r].cut);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

static void reach_write(JsonWriter *json, const SegmentPreview *preview) {
  json_write_key(json, "reachable");
  json_write_array_open(json);
  for (uint32_t r = 0; r < preview->reach_count; r++) {
    json_write_object_open(json);
    json_write_key_text(json, "channel", preview->reach[r].channel);
    json_write_key_int(json, "members", (int64_t)preview->reach[r].members);
    share_write(json, "share", (int128_t)preview->reach[r].members, (int128_t)preview->size);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

static void preview_members_write(JsonWriter *json, const SegmentPreview *preview) {
  json_write_key(json, "as_of");
  json_write_date(json, preview->day);
  json_write_key_int(json, "base", (int64_t)preview->base);
  json_write_key_int(json, "size", (int64_t)preview->size);
  share_write(json, "share", (int128_t)preview->size, (int128_t)preview->base);
  sales_write(json, preview);
  reach_write(json, preview);
  rules_write(json, preview);
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
  static const char *const known[] = {"definition", "as_of"};
  const char *text;
  SegmentRule *rule = ARENA_NEW(request->arena, SegmentRule);
  SegmentPreview preview;
  JsonWriter json;
  TRY(KEYS_CHECK(request, known, error));
  TRY(definition_read(request, &text, rule, error));
  TRY(preview_given(request, rule, &preview, error));
  json_writer_init(&json, &request->reply->body);
  json_write_object_open(&json);
  preview_members_write(&json, &preview);
  data_state_write(&request->view->data, &json);
  json_write_key(&json, "elapsed_ms");
  json_write_ms(&json, clock_now_ns() - request->start_ns);
  json_write_object_close(&json);
  buffer_append_char(&request->reply->body, '\n');
  return STATUS_OK;
}

Status api_segments_preview(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error) {
  return document_run(api, request, reply, preview_body, error);
}

// A segment with what it comes to today; one that cannot be evaluated says why.
static void summary_write(SegmentRequest *request, JsonWriter *json, const SavedSegment *saved) {
  SegmentRule *rule = ARENA_NEW(request->arena, SegmentRule);
  SegmentPreview preview;
  Error own = ERROR_INIT;
  Status status =
      segment_read(request->arena, saved->definition, strlen(saved->definition), rule, &own);
  if (status == STATUS_OK) status = preview_of(request, rule, &preview, NULL, &own);
  json_write_object_open(json);
  saved_write(json, saved);
  if (status == STATUS_OK) preview_members_write(json, &preview);
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
  return request_run(api, request, reply, NULL, list_body, error);
}

static Status saved_find_or_fail(SegmentRequest *request, SavedSegment *saved, Error *error) {
  const char *id = request->http->argument;
  if (segment_store_find(request->api->segments->store, id, request->arena, saved))
    return STATUS_OK;
  return error_set(error, STATUS_NOT_FOUND,
                   "there is no segment \"%.100s\"; see GET /api/v1/segments", id);
}

static Status one_body(SegmentRequest *request, Error *error) {
  SavedSegment saved;
  JsonWriter json;
  TRY(saved_find_or_fail(request, &saved, error));
  json_writer_init(&json, &request->reply->body);
  summary_write(request, &json, &saved);
  buffer_append_char(&request->reply->body, '\n');
  return STATUS_OK;
}

Status api_segments_one(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                        Error *error) {
  return request_run(api, request, reply, NULL, one_body, error);
}

// A definition is evaluated before it is kept: one that names what there is not is refused.
static Status put_body(SegmentRequest *request, const char *id, Error *error) {
  bool create = id == NULL;
  SavedSegment saved = {.id = id};
  SegmentRule *rule = ARENA_NEW(request->arena, SegmentRule);
  SegmentPreview preview;
  if (create) TRY(text_member(request, "id", true, &saved.id, error));
  TRY(text_member(request, "name", true, &saved.name, error));
  TRY(text_member(request, "description", false, &saved.description, error));
  TRY(definition_read(request, &saved.definition, rule, error));
  request->own_id = saved.id; // one that leads back to itself is found out
  request->own_rule = rule;
  TRY(preview_given(request, rule, &preview, error));
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
  static const char *const known[] = {"id", "name", "description", "definition"};
  TRY(KEYS_CHECK(request, known, error));
  return put_body(request, NULL, error);
}

static Status replace_body(SegmentRequest *request, Error *error) {
  static const char *const known[] = {"name", "description", "definition"};
  TRY(KEYS_CHECK(request, known, error));
  return put_body(request, request->http->argument, error);
}

Status api_segments_create(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                           Error *error) {
  return document_run(api, request, reply, create_body, error);
}

Status api_segments_replace(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error) {
  return document_run(api, request, reply, replace_body, error);
}

Status api_segments_remove(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                           Error *error) {
  TRY(segment_store_remove(api->segments->store, request->argument, error));
  buffer_append_text(&reply->body, "{\"removed\":true}\n");
  return STATUS_OK;
}

// A key as a field of CSV (RFC 4180): texts in quotes.
static void field_append(const Value *value, Buffer *out) {
  if (value->type.kind != TYPE_STRING || value->is_null) {
    if (!value->is_null) value_format(value, out);
    return;
  }
  buffer_append_char(out, '"');
  for (uint32_t i = 0; i < value->s.size; i++) {
    if (value->s.data[i] == '"') buffer_append_char(out, '"');
    buffer_append_char(out, value->s.data[i]);
  }
  buffer_append_char(out, '"');
}

// The members' keys, a line each, under the key's name.
static Status members_body(SegmentRequest *request, Error *error) {
  SavedSegment saved;
  SegmentRule *rule = ARENA_NEW(request->arena, SegmentRule);
  SegmentPreview preview;
  SegmentMembers members;
  Rowset *set;
  TRY(saved_find_or_fail(request, &saved, error));
  TRY(segment_read(request->arena, saved.definition, strlen(saved.definition), rule, error));
  TRY(segment_members_find(request->view->root, request->view->catalog, &members, error));
  TRY(preview_of(request, rule, &preview, &set, error));
  Buffer *out = &request->reply->body;
  const TableSchema *schema = members.table->schema;
  const Column *key = members.table->columns[schema->key];
  uint32_t rows[1024], count;
  Status status = STATUS_OK;
  buffer_printf(out, "%s\r\n", schema->columns[schema->key].name);
  for (uint64_t from = 0; status == STATUS_OK && (count = rowset_read(set, from, rows, 1024));
       from = rows[count - 1] + 1ull) {
    for (uint32_t i = 0; i < count; i++) {
      Value value = column_value(key, rows[i]);
      field_append(&value, out);
      buffer_append_text(out, "\r\n");
    }
    status = job_check(&request->job.job, error);
  }
  rowset_release(set);
  request->reply->mime = "text/csv; charset=utf-8";
  return status;
}

Status api_segments_members(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error) {
  return request_run(api, request, reply, NULL, members_body, error);
}
