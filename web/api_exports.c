// Members as files: GET /api/v1/segments/{id}/members, GET /api/v1/audiences/{id}/members, POST
// /api/v1/audiences/{id}/export; and GET /api/v1/exports, what has left and what could.
//
// A file is made whole, then noted in the export log, then sent. Personal data are masked unless
// the request asks for them and the server was started with --personal-data.
#include "api_segment_request.h"
#include "key_reader.h"
#include "member_columns.h"
#include "model_words.h"
#include "sql_request.h"

#define EXPORT_COLUMNS_MAX 50
#define ARM_COLUMN "arm"

typedef enum SourceKind { SOURCE_KEY, SOURCE_ARM, SOURCE_COLUMN } SourceKind;

typedef struct Source { // of one column of the file
  SourceKind kind;
  uint32_t column; // SOURCE_COLUMN: of `values`
} Source;

typedef struct Export {
  SegmentRequest *request;
  SegmentMembers members;
  const char **names; // [count] of the columns
  Source *sources;
  uint32_t count;
  MemberColumns values;
  bool masked;
  uint64_t rows;
} Export;

// ---- A file ------------------------------------------------------------------------------------

static const char *key_name(const SegmentMembers *members) {
  const TableSchema *schema = members->table->schema;
  return schema->columns[schema->key].name;
}

// Finds out what each column is, and reads those that are neither key nor arm.
static Status export_open(Export *export, bool has_arms, Error *error) {
  SegmentRequest *request = export->request;
  const char **asked = ARENA_ARRAY(request->arena, const char *, export->count);
  uint32_t asked_count = 0;
  export->sources = ARENA_ARRAY(request->arena, Source, export->count);
  for (uint32_t c = 0; c < export->count; c++) {
    const char *name = export->names[c];
    if (!strcmp(name, key_name(&export->members))) {
      export->sources[c] = (Source){SOURCE_KEY, 0};
    } else if (has_arms && !strcmp(name, ARM_COLUMN)) {
      export->sources[c] = (Source){SOURCE_ARM, 0};
    } else {
      export->sources[c] = (Source){SOURCE_COLUMN, asked_count};
      asked[asked_count++] = name;
    }
  }
  if (!asked_count) return STATUS_OK;
  return member_columns_read(&request->world, &export->members, request->view->model, asked,
                             asked_count, request->arena, &export->values, error);
}

static void header_append(const Export *export) {
  Buffer *out = &export->request->reply->body;
  for (uint32_t c = 0; c < export->count; c++)
    buffer_printf(out, "%s%s", c ? "," : "", export->names[c]);
  buffer_append_text(out, "\r\n");
}

static void line_append(const Export *export, KeyReader *keys, uint32_t row, const char *arm) {
  Buffer *out = &export->request->reply->body;
  for (uint32_t c = 0; c < export->count; c++) {
    const Source *source = &export->sources[c];
    if (c) buffer_append_char(out, ',');
    if (source->kind == SOURCE_ARM) {
      buffer_append_text(out, arm);
    } else if (source->kind == SOURCE_COLUMN) {
      member_columns_append(&export->values, source->column, row, export->masked, out);
    } else {
      Value key = key_reader_value(keys, row);
      if (key.type.kind == TYPE_STRING)
        csv_text_append(key.s, out);
      else
        value_format(&key, out);
    }
  }
  buffer_append_text(out, "\r\n");
}

// Members that a load has removed are left out.
static Status rows_append(Export *export, const Rowset *rowset, const char *arm, Error *error) {
  const Table *table = export->members.table;
  if (rowset_row_count(rowset) > table->row_count)
    return error_set(error, STATUS_CORRUPT,
                     "it was frozen when table \"%s\" had %llu rows, more than there are: the data "
                     "are others",
                     table->schema->name, (unsigned long long)rowset_row_count(rowset));
  KeyReader keys = key_reader_open(table->columns[table->schema->key]);
  uint32_t rows[1024], count;
  Status status = STATUS_OK;
  for (uint64_t from = 0; status == STATUS_OK && (count = rowset_read(rowset, from, rows, 1024));
       from = rows[count - 1] + 1ull) {
    for (uint32_t i = 0; i < count; i++) {
      if (table->hidden && bits_get(table->hidden, rows[i])) continue;
      line_append(export, &keys, rows[i], arm);
      export->rows++;
    }
    status = job_check(&export->request->job.job, error);
  }
  key_reader_close(&keys);
  return status;
}

// Notes the file and lets it go.
static Status export_send(Export *export, ExportEntry entry, Error *error) {
  SegmentRequest *request = export->request;
  const char *id = entry.audience ? entry.audience : entry.segment;
  entry.columns = export->names;
  entry.column_count = export->count;
  entry.rows = export->rows;
  for (uint32_t c = 0; c < export->values.count; c++)
    entry.personal |= !export->masked && export->values.items[c].personal;
  TRY(export_log_add(request->api->segments->exports, &entry, error));
  request->reply->mime = "text/csv; charset=utf-8";
  request->reply->disposition = sql_request_disposition(arena_printf(request->arena, "%s.csv", id));
  return STATUS_OK;
}

// ---- Of a segment ------------------------------------------------------------------------------

static Status segment_body(SegmentRequest *request, Error *error) {
  SavedSegment saved;
  SegmentRule *rule = ARENA_NEW(request->arena, SegmentRule);
  SegmentPreview preview;
  Rowset *set;
  Export export = {.request = request, .count = 1, .masked = true};
  TRY(segment_saved_find(request, &saved, error));
  TRY(segment_read(request->arena, saved.definition, strlen(saved.definition), rule, error));
  TRY(segment_members_find(request->view->root, request->view->catalog, &export.members, error));
  TRY(segment_preview_of(request, rule, &preview, &set, error));
  export.names = (const char *[]){key_name(&export.members)};
  Status status = export_open(&export, false, error);
  header_append(&export);
  if (status == STATUS_OK) status = rows_append(&export, set, "", error);
  rowset_release(set);
  if (status != STATUS_OK) return status;
  return export_send(&export, (ExportEntry){.segment = saved.id}, error);
}

Status api_segments_members(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error) {
  return segment_request_run(api, request, reply, NULL, segment_body, error);
}

// ---- Of an audience ----------------------------------------------------------------------------

static Status fault(Error *error, const char *path, const char *what) {
  error_set(error, STATUS_INVALID, "%s", what);
  return error_prefix_path(error, "%s", path);
}

// A list of 1 to `max` different texts; NULL where the key is absent.
static Status texts_read(SegmentRequest *request, const char *key, size_t max, const char ***texts,
                         uint32_t *count, Error *error) {
  const json_t *list = json_object_get(request->document, key);
  *texts = NULL;
  *count = 0;
  if (!list || json_is_null(list)) return STATUS_OK;
  if (!json_is_array(list) || !json_array_size(list) || json_array_size(list) > max)
    return fault(error, key,
                 arena_printf(request->arena, "a list of 1 to %zu texts is expected", max));
  *texts = ARENA_ARRAY(request->arena, const char *, json_array_size(list));
  for (size_t i = 0; i < json_array_size(list); i++) {
    const char *text = json_string_value(json_array_get(list, i));
    const char *path = arena_printf(request->arena, "%s[%zu]", key, i);
    if (!text) return fault(error, path, "a text is expected");
    for (uint32_t k = 0; k < *count; k++)
      if (!strcmp((*texts)[k], text)) return fault(error, path, "it stands in the list already");
    (*texts)[(*count)++] = arena_strdup(request->arena, text);
  }
  return STATUS_OK;
}

static Status personal_read(SegmentRequest *request, Export *export, Error *error) {
  const json_t *personal = json_object_get(request->document, "personal");
  export->masked = !json_is_true(personal);
  if (personal && !json_is_boolean(personal) && !json_is_null(personal))
    return fault(error, "personal", "true or false is expected");
  if (export->masked || request->api->personal_data) return STATUS_OK;
  return fault(error, "personal",
               "personal data leave this server masked: it was started without --personal-data");
}

// Which arms are asked for; all where none is named.
static Status arms_choose(const Audience *audience, const char *const *ids, uint32_t count,
                          Arena *arena, bool *chosen, Error *error) {
  for (uint32_t a = 0; a < audience->arm_count; a++) chosen[a] = !ids;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t a = 0;
    while (a < audience->arm_count && strcmp(audience->arms[a].id, ids[i]) != 0) a++;
    if (a == audience->arm_count) {
      error_set(error, STATUS_NOT_FOUND, "audience \"%s\" has no arm \"%.100s\"", audience->id,
                ids[i]);
      return error_prefix_path(error, "%s", arena_printf(arena, "arms[%u]", i));
    }
    chosen[a] = true;
  }
  return STATUS_OK;
}

static Status arms_append(Export *export, const Audience *audience, Rowset *const *arms,
                          const bool *chosen, Error *error) {
  Status status = export_open(export, true, error);
  if (status == STATUS_NOT_FOUND) return error_prefix_path(error, "columns");
  TRY(status);
  header_append(export);
  for (uint32_t a = 0; a < audience->arm_count; a++)
    if (chosen[a]) TRY(rows_append(export, arms[a], audience->arms[a].id, error));
  return STATUS_OK;
}

static Status audience_export(Export *export, const char **ids, uint32_t id_count, Error *error) {
  SegmentRequest *request = export->request;
  Audience audience;
  Rowset *arms[AUDIENCE_ARMS_MAX];
  bool chosen[AUDIENCE_ARMS_MAX];
  TRY(audience_store_read(request->api->segments->audiences, request->http->argument,
                          request->arena, &audience, arms, error));
  Status status = arms_choose(&audience, ids, id_count, request->arena, chosen, error);
  if (status == STATUS_OK) status = arms_append(export, &audience, arms, chosen, error);
  const char *gone[AUDIENCE_ARMS_MAX];
  ExportEntry entry = {.audience = audience.id, .arms = gone};
  for (uint32_t a = 0; a < audience.arm_count; a++) {
    if (status == STATUS_OK && chosen[a]) gone[entry.arm_count++] = audience.arms[a].id;
    rowset_release(arms[a]);
  }
  if (status == STATUS_OK) status = export_send(export, entry, error);
  member_columns_clear(&export->values);
  return status;
}

// Without a document: the keys and arms of all.
static Status audience_body(SegmentRequest *request, Error *error) {
  static const char *const known[] = {"columns", "arms", "personal"};
  Export export = {.request = request, .masked = true};
  const char **ids = NULL;
  uint32_t id_count = 0;
  TRY(segment_members_find(request->view->root, request->view->catalog, &export.members, error));
  if (request->document) {
    TRY(SEGMENT_KEYS_CHECK(request, known, error));
    TRY(texts_read(request, "columns", EXPORT_COLUMNS_MAX, &export.names, &export.count, error));
    TRY(texts_read(request, "arms", AUDIENCE_ARMS_MAX, &ids, &id_count, error));
    TRY(personal_read(request, &export, error));
  }
  const char *usual[] = {key_name(&export.members), ARM_COLUMN};
  if (!export.names) {
    export.names = usual;
    export.count = 2;
  }
  return audience_export(&export, ids, id_count, error);
}

Status api_audiences_members(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                             Error *error) {
  return segment_request_run(api, request, reply, NULL, audience_body, error);
}

Status api_audiences_export(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error) {
  return segment_document_run(api, request, reply, audience_body, error);
}

// ---- What has left, and what could -------------------------------------------------------------

static void column_write(const DatabaseView *view, const SegmentMembers *members, const char *name,
                         const ModelText *title, JsonWriter *json) {
  json_write_object_open(json);
  json_write_key_text(json, "name", name);
  api_write_title(json, "title", title, name);
  json_write_key_bool(json, "personal",
                      member_column_is_personal(members, view->catalog, view->model, name));
  json_write_object_close(json);
}

// Whether a level of the members shows the column of their table, or what it links to.
static bool level_shows(const SegmentMembers *members, const char *column) {
  for (uint32_t l = 0; l < members->cube->level_count; l++) {
    const CatalogLevel *level = &members->cube->levels[l];
    bool own =
        !level->link_count && !level->trunc && !level->extract && !strcmp(level->column, column);
    bool linked = level->link_count == 1 && !strcmp(level->links[0], column);
    if ((own || linked) && level != members->key &&
        !strcmp(level->dimension, members->key->dimension))
      return true;
  }
  return false;
}

// The key and the arm; the members' levels; the columns that no level shows.
static void columns_write(const DatabaseView *view, const SegmentMembers *members,
                          JsonWriter *json) {
  const ModelTable *model =
      view->model ? model_find_table(view->model, members->cube->table) : NULL;
  const CatalogTable *table = view->catalog->find_table(view->catalog, members->cube->table);
  const char *key = key_name(members);
  const ModelColumn *words = model ? model_find_column(model, key) : NULL;
  column_write(view, members, key, words ? &words->title : NULL, json);
  column_write(view, members, ARM_COLUMN, NULL, json);
  for (uint32_t l = 0; l < members->cube->level_count; l++) {
    const CatalogLevel *level = &members->cube->levels[l];
    const ModelLevel *title = model_level_of(view->model, level->name);
    if (level != members->key && !strcmp(level->dimension, members->key->dimension))
      column_write(view, members, level->name, title ? &title->title : NULL, json);
  }
  for (uint32_t c = 0; c < table->column_count; c++) {
    const CatalogColumn *column = &table->columns[c];
    if (column->hidden || !strcmp(column->name, key) || level_shows(members, column->name))
      continue;
    words = model ? model_find_column(model, column->name) : NULL;
    column_write(view, members, column->name, words ? &words->title : NULL, json);
  }
}

static Status exports_body(SegmentRequest *request, Error *error) {
  SegmentMembers members;
  const char *const *entries;
  JsonWriter json;
  TRY(segment_members_find(request->view->root, request->view->catalog, &members, error));
  uint32_t count = export_log_list(request->api->segments->exports, request->arena, &entries);
  json_writer_init(&json, &request->reply->body);
  json_write_object_open(&json);
  json_write_key_bool(&json, "personal_data", request->api->personal_data);
  json_write_key(&json, "columns");
  json_write_array_open(&json);
  columns_write(request->view, &members, &json);
  json_write_array_close(&json);
  json_write_key(&json, "exports"); // JSON already
  json_write_array_open(&json);
  for (uint32_t i = 0; i < count; i++) buffer_printf(json.out, "%s%s", i ? "," : "", entries[i]);
  json_write_array_close(&json);
  json_write_object_close(&json);
  buffer_append_char(&request->reply->body, '\n');
  return STATUS_OK;
}

Status api_exports(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                   Error *error) {
  return segment_request_run(api, request, reply, NULL, exports_body, error);
}
