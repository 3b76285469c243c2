// Audiences: GET, POST /api/v1/audiences; GET, DELETE /api/v1/audiences/{id}. What is frozen and
// how it is split: docs/SEGMENTS.md. Their members leave by api_exports.c.
#include "api_segment_request.h"
#include "audience_strata.h"
#include "segment_expand.h"

// ---- Writing -----------------------------------------------------------------------------------

// A share with no more digits than it has: 0.1.
static void share_write(JsonWriter *json, uint32_t millionths) {
  unsigned scale = 6;
  for (; scale && millionths % 10 == 0; scale--) millionths /= 10;
  Value value = {.type = type_decimal(7, scale), .i = millionths};
  json_write_key(json, "share");
  json_write_value(json, &value);
}

static void arms_write(JsonWriter *json, const Audience *audience) {
  json_write_key(json, "arms");
  json_write_array_open(json);
  for (uint32_t a = 0; a < audience->arm_count; a++) {
    const AudienceArm *arm = &audience->arms[a];
    json_write_object_open(json);
    json_write_key_text(json, "id", arm->id);
    json_write_key_text(json, "name", arm->name);
    share_write(json, arm->share);
    json_write_key_bool(json, "hold_out", arm->hold_out);
    json_write_key_int(json, "size", (int64_t)arm->size);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

static void strata_write(JsonWriter *json, const Audience *audience) {
  json_write_key(json, "stratify_by");
  json_write_array_open(json);
  for (uint32_t l = 0; l < audience->stratify_count; l++)
    json_write_text(json, audience->stratify_by[l]);
  json_write_array_close(json);
  json_write_key(json, "strata");
  if (audience->stratify_count)
    json_write_int(json, audience->strata);
  else
    json_write_null(json);
}

static void audience_write(JsonWriter *json, const Audience *audience) {
  json_write_object_open(json);
  json_write_key_text(json, "id", audience->id);
  json_write_key_text(json, "name", audience->name);
  json_write_key_text(json, "description", audience->description);
  json_write_key_text(json, "segment", audience->segment);
  json_write_key(json, "definition"); // JSON already
  buffer_append_text(json->out, audience->definition);
  json->comma = true;
  json_write_key(json, "as_of");
  json_write_date(json, audience->day);
  json_write_key_text(json, "seed", audience->seed);
  strata_write(json, audience);
  json_write_key_int(json, "size", (int64_t)audience->size);
  arms_write(json, audience);
  json_write_key(json, "created_at");
  json_write_timestamptz(json, audience->created_at);
  json_write_object_close(json);
}

// ---- Freezing ----------------------------------------------------------------------------------

// The definition that is frozen, and the rule that it is. What is wrong with it stands in the
// document.
static Status definition_freeze(SegmentRequest *request, Audience *audience, SegmentRule *rule,
                                Error *error) {
  const char *key = audience->segment ? "segment" : "definition", *given = audience->definition;
  SavedSegment saved;
  if (audience->segment) {
    if (!segment_store_find(request->api->segments->store, audience->segment, request->arena,
                            &saved)) {
      error_set(error, STATUS_NOT_FOUND, "there is no segment \"%s\"; see GET /api/v1/segments",
                audience->segment);
      return error_prefix_path(error, "segment");
    }
    given = saved.definition;
  }
  Status status = segment_expand(request->api->segments->store, given, request->arena,
                                 &audience->definition, error);
  if (status == STATUS_OK)
    status = segment_read(request->arena, audience->definition, strlen(audience->definition), rule,
                          error);
  return status == STATUS_OK ? status : error_prefix_path(error, "%s", key);
}

static bool is_asker_fault(Status status) {
  return status == STATUS_INVALID || status == STATUS_NOT_FOUND || status == STATUS_UNSUPPORTED ||
         status == STATUS_LIMIT;
}

static Status members_evaluate(SegmentRequest *request, const Audience *audience,
                               const SegmentRule *rule, Rowset **members, Error *error) {
  Rowset *base;
  TRY(segment_base(&request->world, audience->day, request->arena, &base, error));
  Status status = segment_evaluate(&request->world, rule, audience->day, base, request->arena,
                                   members, NULL, error);
  rowset_release(base);
  if (!is_asker_fault(status)) return status;
  return error_prefix_path(error, audience->segment ? "segment" : "definition");
}

// Deals the members out into arms; their sizes are the audience's.
static Status members_split(SegmentRequest *request, Audience *audience, const Rowset *members,
                            Rowset **arms, Error *error) {
  SegmentMembers where;
  AudienceStrata strata = {0};
  uint32_t shares[AUDIENCE_ARMS_MAX];
  TRY(segment_members_find(request->world.root, request->world.catalog, &where, error));
  for (uint32_t a = 0; a < audience->arm_count; a++) shares[a] = audience->arms[a].share;
  AudienceSplit split = {.keys = where.table->columns[where.table->schema->key],
                         .seed = str_from(audience->seed),
                         .shares = shares,
                         .arm_count = audience->arm_count,
                         .strata = audience->stratify_count ? &strata : NULL};
  Status status = STATUS_OK;
  if (audience->stratify_count) {
    status = audience_strata_find(&request->world, &where, audience->stratify_by,
                                  audience->stratify_count, request->arena, &strata, error);
    if (is_asker_fault(status)) error_prefix_path(error, "stratify_by");
  }
  if (status == STATUS_OK)
    status = audience_split(&split, members, request->world.job, arms, &audience->strata, error);
  audience_strata_clear(&strata);
  if (status != STATUS_OK) return status;
  audience->size = rowset_count(members);
  for (uint32_t a = 0; a < audience->arm_count; a++) audience->arms[a].size = rowset_count(arms[a]);
  return STATUS_OK;
}

static Status create_body(SegmentRequest *request, Error *error) {
  Audience audience;
  SegmentRule *rule = ARENA_NEW(request->arena, SegmentRule);
  Rowset *members, *arms[AUDIENCE_ARMS_MAX];
  JsonWriter json;
  AudienceStore *store = request->api->segments->audiences;
  TRY(audience_read(request->document, request->arena, &audience, error));
  TRY(audience_store_check_free(store, audience.id, error)); // before the work, and again after it
  if (!audience.has_day) audience.day = request->view->data.has_days ? request->view->data.last : 0;
  TRY(definition_freeze(request, &audience, rule, error));
  TRY(members_evaluate(request, &audience, rule, &members, error));
  Status status = members_split(request, &audience, members, arms, error);
  rowset_release(members);
  if (status != STATUS_OK) return status;
  status = audience_store_add(store, &audience, arms, error);
  for (uint32_t a = 0; a < audience.arm_count; a++) rowset_release(arms[a]);
  if (status != STATUS_OK) return status;
  if (!audience_store_find(store, audience.id, request->arena, &audience))
    return error_set(error, STATUS_NOT_FOUND, "the audience \"%s\" was removed meanwhile",
                     audience.id);
  json_writer_init(&json, &request->reply->body);
  audience_write(&json, &audience);
  buffer_append_char(&request->reply->body, '\n');
  return STATUS_OK;
}

Status api_audiences_create(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error) {
  return segment_document_run(api, request, reply, create_body, error);
}

// ---- Reading and removing ----------------------------------------------------------------------

Status api_audiences(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                     Error *error) {
  (void)request, (void)error;
  AudienceStore *store = api->segments->audiences;
  Arena *arena = arena_create();
  Audience *audiences;
  uint32_t count = audience_store_list(store, arena, &audiences);
  JsonWriter json;
  json_writer_init(&json, &reply->body);
  json_write_object_open(&json);
  json_write_key(&json, "audiences");
  json_write_array_open(&json);
  for (uint32_t i = 0; i < count; i++) audience_write(&json, &audiences[i]);
  json_write_array_close(&json);
  json_write_key_bool(&json, "kept", audience_store_is_kept(store));
  json_write_object_close(&json);
  buffer_append_char(&reply->body, '\n');
  arena_destroy(arena);
  return STATUS_OK;
}

Status api_audiences_one(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                         Error *error) {
  Arena *arena = arena_create();
  Audience audience;
  JsonWriter json;
  bool found = audience_store_find(api->segments->audiences, request->argument, arena, &audience);
  if (found) {
    json_writer_init(&json, &reply->body);
    audience_write(&json, &audience);
    buffer_append_char(&reply->body, '\n');
  }
  arena_destroy(arena);
  if (found) return STATUS_OK;
  return error_set(error, STATUS_NOT_FOUND,
                   "there is no audience \"%.100s\"; see GET /api/v1/audiences", request->argument);
}

Status api_audiences_remove(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error) {
  TRY(audience_store_remove(api->segments->audiences, request->argument, error));
  buffer_append_text(&reply->body, "{\"removed\":true}\n");
  return STATUS_OK;
}
