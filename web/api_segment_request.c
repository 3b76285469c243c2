// See api_segment_request.h.
#include "api_segment_request.h"
#include "api_document.h"
#include "date.h"
#include "segment_text.h"
#include <stdlib.h>

// ---- One request -------------------------------------------------------------------------------

static const SegmentRule *saved_find(void *context, const char *id, Arena *arena) {
  SegmentRequest *request = context;
  if (request->own_id && !strcmp(id, request->own_id)) return request->own_rule;
  return segment_saved_rule(request->api->segments->store, id, arena);
}

static Status job_run(SegmentRequest *request, SegmentBody body, Error *error) {
  const HttpRequest *http = request->http;
  ApiJobOptions options = {.kind = "segment",
                           .text = http->body.size ? http->body : str_from(http->path)};
  TRY(api_job_begin(request->api, http, &options, request->reply, &request->job, error));
  const DataState *data = &request->view->data;
  request->world = (SegmentWorld){.root = request->view->root,
                                  .catalog = request->view->catalog,
                                  .model = request->view->model,
                                  .pool = database_pool(request->api->database),
                                  .job = &request->job.job,
                                  .first_day = data->first,
                                  .last_day = data->has_days ? data->last : data->first - 1,
                                  .cache = request->api->segments->cache,
                                  .find = saved_find,
                                  .find_context = request};
  Status status = body(request, error);
  QueryOutcome outcome = {0};
  return api_job_end(request->api, &request->job, &outcome, status, error);
}

Status segment_request_run(const ApiContext *api, const HttpRequest *http, HttpReply *reply,
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

Status segment_document_run(const ApiContext *api, const HttpRequest *http, HttpReply *reply,
                            SegmentBody body, Error *error) {
  json_t *document;
  TRY(api_document_read(http, "an object", &document, error));
  Status status = segment_request_run(api, http, reply, document, body, error);
  json_decref(document);
  return status;
}

Status segment_text_member(SegmentRequest *request, const char *key, bool needed, const char **text,
                           Error *error) {
  const json_t *value = json_object_get(request->document, key);
  *text = json_is_string(value) ? arena_strdup(request->arena, json_string_value(value)) : NULL;
  if (*text || (!needed && (!value || json_is_null(value)))) return STATUS_OK;
  error_set(error, STATUS_INVALID, "a text is expected");
  return error_prefix_path(error, "%s", key);
}

Status segment_keys_check(const SegmentRequest *request, const char *const *known, size_t count,
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

const char *segment_definition_key(const SegmentRequest *request) {
  return json_object_get(request->document, "text") ? "text" : "definition";
}

// A definition in words: its JSON and the rule that it is.
static Status words_read(SegmentRequest *request, const json_t *words, const char **text,
                         SegmentRule *rule, Error *error) {
  if (json_object_get(request->document, "definition"))
    error_set(error, STATUS_INVALID, "either \"definition\", a rule, or \"text\" is expected");
  else if (!json_is_string(words))
    error_set(error, STATUS_INVALID, "a text is expected, as \"receipts.count >= 3\"");
  else if (segment_text_read(request->arena, json_string_value(words), json_string_length(words),
                             text, error) == STATUS_OK)
    return segment_read(request->arena, *text, strlen(*text), rule, error);
  return error_prefix_path(error, "text");
}

Status segment_definition_read(SegmentRequest *request, const char **text, SegmentRule *rule,
                               Error *error) {
  const json_t *definition = json_object_get(request->document, "definition");
  const json_t *words = json_object_get(request->document, "text");
  if (words) return words_read(request, words, text, rule, error);
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
Status segment_day_read(SegmentRequest *request, int32_t *day, Error *error) {
  const char *text = NULL;
  *day = request->view->data.has_days ? request->view->data.last : 0;
  if (request->document) TRY(segment_text_member(request, "as_of", false, &text, error));
  if (!text || date_parse(text, strlen(text), DATE_YMD, day)) return STATUS_OK;
  error_set(error, STATUS_INVALID, "a date is expected, as \"2025-12-31\"");
  return error_prefix_path(error, "as_of");
}

Status segment_preview_of(SegmentRequest *request, const SegmentRule *rule, SegmentPreview *preview,
                          Rowset **members, Error *error) {
  int32_t day;
  TRY(segment_day_read(request, &day, error));
  return segment_preview(&request->world, request->api->segments->facts, rule, day, request->arena,
                         preview, members, error);
}

// The same of the document's definition: what is wrong with it stands in the document.
Status segment_preview_given(SegmentRequest *request, const SegmentRule *rule,
                             SegmentPreview *preview, Error *error) {
  Status status = segment_preview_of(request, rule, preview, NULL, error);
  bool wrong = status == STATUS_INVALID || status == STATUS_NOT_FOUND ||
               status == STATUS_UNSUPPORTED || status == STATUS_LIMIT;
  return wrong ? error_prefix_path(error, "%s", segment_definition_key(request)) : status;
}

// ---- Writing -----------------------------------------------------------------------------------

static void decimal_write(JsonWriter *json, const char *key, int128_t unscaled, unsigned scale) {
  Value value = {.type = type_decimal(DECIMAL_DIGITS_MAX, scale), .wide = unscaled};
  json_write_key(json, key);
  json_write_value(json, &value);
}

// a / b with six digits; null where b is 0.
void segment_share_write(JsonWriter *json, const char *key, int128_t a, int128_t b) {
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
  segment_share_write(json, "share", preview->sales, preview->total_sales);
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
    segment_share_write(json, "share", (int128_t)preview->reach[r].members,
                        (int128_t)preview->size);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

void segment_figures_write(JsonWriter *json, const SegmentPreview *preview) {
  json_write_key_int(json, "size", (int64_t)preview->size);
  segment_share_write(json, "share", (int128_t)preview->size, (int128_t)preview->base);
  sales_write(json, preview);
  reach_write(json, preview);
}

void segment_preview_write(JsonWriter *json, const SegmentPreview *preview) {
  json_write_key(json, "as_of");
  json_write_date(json, preview->day);
  json_write_key_int(json, "base", (int64_t)preview->base);
  segment_figures_write(json, preview);
  rules_write(json, preview);
}
