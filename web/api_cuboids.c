// GET /api/v1/cuboids: the tables of partial states that the store holds, and the questions that
// none of them served.
#include "api.h"

static void names_write(JsonWriter *json, const char *key, const TableSchema *schema, uint32_t from,
                        uint32_t to) {
  json_write_key(json, key);
  json_write_array_open(json);
  for (uint32_t c = from; c < to; c++) json_write_text(json, schema->columns[c].name);
  json_write_array_close(json);
}

static void moment_write(JsonWriter *json, const char *key, int64_t moment) {
  json_write_key(json, key);
  if (moment)
    json_write_timestamptz(json, moment);
  else
    json_write_null(json);
}

static void cuboid_write(const Root *root, const Table *table, JsonWriter *json) {
  const TableSchema *schema = table->schema;
  const char *newer = root_newer_source(root, table);
  json_write_object_open(json);
  json_write_key_text(json, "name", schema->name);
  json_write_key_text(json, "table", schema->sources[0]);
  names_write(json, "split_by", schema, 0, schema->split_count);
  names_write(json, "states", schema, schema->split_count, schema->column_count);
  json_write_key_int(json, "cells", (int64_t)table->row_count);
  json_write_key_int(json, "bytes", (int64_t)table_bytes(table));
  json_write_key_bool(json, "current", !newer);
  json_write_key_text(json, "newer", newer);
  json_write_key_bool(json, "by_name", schema->by_name);
  moment_write(json, "made_at", table->made_at);
  json_write_key(json, "made_ms");
  json_write_ms(json, table->made_ns);
  json_write_key_int(json, "scans", (int64_t)atomic_load(&table->scan_count));
  moment_write(json, "last_scan", atomic_load(&table->scanned_at));
  json_write_object_close(json);
}

static void misses_write(const ApiContext *api, JsonWriter *json) {
  cuboid_log_write(database_cuboid_log(api->database), json);
}

Status api_cuboids(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                   Error *error) {
  (void)request;
  return api_tables_answer(api, reply, "cuboids", true, cuboid_write, misses_write, error);
}
