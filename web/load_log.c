// See load_log.h.
#include "load_log.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const char *object_fault(const json_t *object) {
  if (!json_is_integer(json_object_get(object, "version"))) return "it has no \"version\"";
  return json_is_array(json_object_get(object, "tables")) ? NULL : "it has no \"tables\"";
}

const KeptKind load_log_kind = {"load", "loads", object_fault, NULL};

static json_t *table_make(const LoadTableReport *table) {
  return json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "table", table->table, "files",
                   (json_int_t)table->file_count, "rows", (json_int_t)table->rows, "rejected",
                   (json_int_t)table->rejected, "updated", (json_int_t)table->updated, "inferred",
                   (json_int_t)table->inferred, "unmatched", (json_int_t)table->unmatched,
                   "bytes_read", (json_int_t)table->bytes_read);
}

// A file's name may be no UTF-8; then the notice is left out.
static json_t *body_make(const LoadReport *report, uint64_t version, const char *rejects_path) {
  json_t *tables = json_array(), *notices = json_array();
  for (uint32_t t = 0; t < report->table_count; t++)
    json_array_append_new(tables, table_make(&report->tables[t]));
  for (uint32_t n = 0; n < report->notice_count; n++) {
    json_t *notice = json_string(report->notices[n]);
    if (notice) json_array_append_new(notices, notice);
  }
  json_t *rejects = rejects_path ? json_string(rejects_path) : NULL;
  return json_pack("{s:I,s:I,s:o,s:o,s:o}", "version", (json_int_t)version, "elapsed_ns",
                   (json_int_t)report->elapsed_ns, "rejects", rejects ? rejects : json_null(),
                   "tables", tables, "notices", notices);
}

Status load_log_add(KeptStore *log, const LoadReport *report, uint64_t version,
                    const char *rejects_path, Error *error) {
  char id[24];
  snprintf(id, sizeof(id), "%010llu", (unsigned long long)version);
  json_t *body = body_make(report, version, rejects_path);
  char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
  json_decref(body);
  if (!text) return error_set(error, STATUS_INVALID, "the load's report is not valid UTF-8");
  KeptDocument document = {
      .id = id, .name = report->batch && *report->batch ? report->batch : id, .body = text};
  Status status = kept_store_put(log, &document, true, error);
  free(text);
  return status;
}

static void count_write(JsonWriter *json, const json_t *object, const char *key) {
  json_write_key_int(json, key, json_integer_value(json_object_get(object, key)));
}

static void table_write(JsonWriter *json, const json_t *table) {
  static const char *const counts[] = {"files",    "rows",      "rejected",  "updated",
                                       "inferred", "unmatched", "bytes_read"};
  const char *name = json_string_value(json_object_get(table, "table"));
  json_write_object_open(json);
  json_write_key_text(json, "table", name ? name : "");
  for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
    count_write(json, table, counts[i]);
  json_write_object_close(json);
}

static void load_write(JsonWriter *json, const KeptDocument *document) {
  json_t *body = json_loads(document->body, 0, NULL);
  const json_t *tables = json_object_get(body, "tables"),
               *notices = json_object_get(body, "notices");
  json_write_object_open(json);
  count_write(json, body, "version");
  json_write_key_text(json, "batch", document->name);
  json_write_key(json, "loaded_at");
  json_write_timestamptz(json, document->created_at);
  json_write_key(json, "elapsed_ms");
  json_write_ms(json, json_integer_value(json_object_get(body, "elapsed_ns")));
  json_write_key_text(json, "rejects", json_string_value(json_object_get(body, "rejects")));
  json_write_key(json, "tables");
  json_write_array_open(json);
  for (size_t t = 0; t < json_array_size(tables); t++) table_write(json, json_array_get(tables, t));
  json_write_array_close(json);
  json_write_key(json, "notices");
  json_write_array_open(json);
  for (size_t n = 0; n < json_array_size(notices); n++) {
    const char *notice = json_string_value(json_array_get(notices, n));
    if (notice) json_write_text(json, notice);
  }
  json_write_array_close(json);
  json_write_object_close(json);
  json_decref(body);
}

void load_log_write(KeptStore *log, JsonWriter *json) {
  Arena *arena = arena_create();
  KeptDocument *documents;
  uint32_t count = kept_store_list(log, arena, &documents);
  json_write_key(json, "loads");
  json_write_array_open(json);
  while (count) load_write(json, &documents[--count]);
  json_write_array_close(json);
  json_write_key_bool(json, "kept", kept_store_is_kept(log));
  arena_destroy(arena);
}
