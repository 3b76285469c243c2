// See cuboid_log_file.h.
#include "cuboid_log_file.h"
#include "date.h"
#include "kept_file.h"
#include <jansson.h>
#include <unistd.h>

#define FOLDER "cuboids"
#define FILE_NAME "asked.json"

const char *cuboid_log_path(const char *folder, Arena *arena) {
  return arena_printf(arena, "%s/" FOLDER "/" FILE_NAME, folder);
}

static const char *folder_path(const char *folder, Arena *arena) {
  return arena_printf(arena, "%s/" FOLDER, folder);
}

// ---------------------------------------------------------------- writing

static void cuboids_write(const Root *root, JsonWriter *json) {
  json_write_key(json, "cuboids");
  json_write_array_open(json);
  for (uint32_t t = 0; t < root->table_count; t++) {
    const Table *table = root->tables[t];
    int64_t scanned_at = atomic_load(&table->scanned_at);
    if (!table_is_cuboid(table) || !scanned_at) continue;
    json_write_object_open(json);
    json_write_key_text(json, "name", table->schema->name);
    json_write_key_int(json, "scans", (int64_t)atomic_load(&table->scan_count));
    json_write_key(json, "last_scan");
    json_write_timestamptz(json, scanned_at);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

Status cuboid_log_write_file(CuboidLog *log, const Root *root, const char *folder, Error *error) {
  Arena *arena = arena_create();
  Buffer text;
  JsonWriter json;
  buffer_init(&text);
  json_writer_init(&json, &text);
  json_write_object_open(&json);
  cuboids_write(root, &json);
  cuboid_log_write(log, &json);
  json_write_object_close(&json);
  buffer_append_char(&text, '\n');
  Status status =
      kept_file_write(folder_path(folder, arena), FILE_NAME, text.data, text.size, error);
  buffer_clear(&text);
  arena_destroy(arena);
  return status;
}

// ---------------------------------------------------------------- reading

static uint64_t count_of(const json_t *object, const char *key) {
  json_int_t count = json_integer_value(json_object_get(object, key));
  return count > 0 ? (uint64_t)count : 0;
}

// A moment as it was written, "...Z"; 0: it is none.
static int64_t moment_of(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  size_t size = text ? strlen(text) : 0;
  int64_t moment;
  bool has_offset;
  int32_t offset_s;
  if (!size || text[size - 1] != 'Z') return 0;
  return timestamp_parse(text, size, DATE_YMD, &moment, &has_offset, &offset_s) ? moment : 0;
}

// The texts of a list; false: it is none.
static bool texts_of(const json_t *object, const char *key, Arena *arena, const char ***texts,
                     uint32_t *count) {
  const json_t *list = json_object_get(object, key), *text;
  size_t i;
  if (!json_is_array(list)) return false;
  *texts = ARENA_ARRAY(arena, const char *, json_array_size(list) + 1);
  *count = 0;
  json_array_foreach(list, i, text) {
    if (!json_is_string(text)) return false;
    (*texts)[(*count)++] = json_string_value(text);
  }
  return true;
}

static bool miss_take(CuboidLog *log, const json_t *object, Arena *arena) {
  Miss miss = {.cube = json_string_value(json_object_get(object, "cube")),
               .why = json_string_value(json_object_get(object, "never")),
               .count = count_of(object, "count"),
               .rows_read = count_of(object, "rows_read"),
               .last_us = moment_of(object, "last_asked")};
  if (!miss.cube || !miss.count ||
      !texts_of(object, "levels", arena, &miss.declared.levels, &miss.declared.level_count) ||
      !texts_of(object, "measures", arena, &miss.declared.measures, &miss.declared.measure_count) ||
      !texts_of(object, "reasons", arena, &miss.reasons, &miss.reason_count))
    return false;
  cuboid_log_put(log, &miss);
  return true;
}

static void cuboid_take(const Root *root, const json_t *object) {
  const char *name = json_string_value(json_object_get(object, "name"));
  Table *table = name ? (Table *)root_find(root, name) : NULL; // its counts change as it is read
  if (!table || !table_is_cuboid(table)) return;
  atomic_fetch_add(&table->scan_count, count_of(object, "scans"));
  if (!atomic_load(&table->scanned_at))
    atomic_store(&table->scanned_at, moment_of(object, "last_scan"));
}

static Status document_take(CuboidLog *log, const Root *root, const json_t *document,
                            const char *path, Arena *arena, Error *error) {
  const json_t *misses = json_object_get(document, "misses"), *object;
  const json_t *cuboids = json_object_get(document, "cuboids");
  size_t i, bad = 0;
  json_array_foreach(cuboids, i, object) cuboid_take(root, object);
  json_array_foreach(misses, i, object) bad += !miss_take(log, object, arena);
  cuboid_log_set_left_off(log, cuboid_log_left_off(log) + count_of(document, "misses_left_off"));
  if (json_is_array(misses) && json_is_array(cuboids) && !bad) return STATUS_OK;
  return error_set(error, STATUS_INVALID,
                   "%s: expected \"cuboids\" and \"misses\" as GET /api/v1/cuboids has them; what "
                   "could be read was",
                   path);
}

static Status text_take(CuboidLog *log, const Root *root, const Buffer *text, const char *path,
                        Arena *arena, Error *error) {
  json_error_t fault;
  json_t *document = json_loadb(text->data, text->size, JSON_REJECT_DUPLICATES, &fault);
  if (!document)
    return error_set(error, STATUS_INVALID, "%s:%d:%d: not JSON: %s", path, fault.line,
                     fault.column, fault.text);
  Status status = document_take(log, root, document, path, arena, error);
  json_decref(document);
  return status;
}

Status cuboid_log_read_file(CuboidLog *log, const Root *root, const char *folder, Error *error) {
  Arena *arena = arena_create();
  const char *path = cuboid_log_path(folder, arena);
  Buffer text;
  buffer_init(&text);
  Status status = STATUS_OK;
  if (access(path, F_OK) == 0) {
    status = kept_file_read(folder_path(folder, arena), FILE_NAME, &text, error);
    if (status == STATUS_OK) status = text_take(log, root, &text, path, arena, error);
  }
  buffer_clear(&text);
  arena_destroy(arena);
  return status;
}
