// GET /api/v1/tables: what the store holds, as quickly as it can be told: rows, bytes, columns.
#include "api.h"

// The key that a link leads to: its type is the link's too, and it is told as "table.column".
static const ColumnSchema *link_target(const Root *root, const ColumnSchema *column) {
  const Table *target = column->link ? root_find(root, column->link) : NULL;
  if (!target || target->schema->key < 0) return NULL;
  return &target->schema->columns[target->schema->key];
}

static void link_write(const ColumnSchema *column, const ColumnSchema *target, JsonWriter *json) {
  Buffer text;
  buffer_init(&text);
  if (target) buffer_printf(&text, "%s.%s", column->link, target->name);
  json_write_key_text(json, "link", target ? text.data : NULL);
  buffer_clear(&text);
}

static void column_write(const Root *root, const Table *table, uint32_t index, JsonWriter *json) {
  const ColumnSchema *schema = &table->schema->columns[index];
  const ColumnSchema *target = link_target(root, schema);
  char type[TYPE_NAME_BYTES];
  json_write_object_open(json);
  json_write_key_text(json, "name", schema->name);
  json_write_key_text(json, "type", type_format(target ? target->type : schema->type, type));
  json_write_key_bool(json, "key", table->schema->key == (int32_t)index);
  link_write(schema, target, json);
  json_write_key_int(json, "bytes", (int64_t)column_bytes(table->columns[index]));
  json_write_object_close(json);
}

// With the copies that are kept for speed: projections, materialised codes, the key's index once it
// is built.
static uint64_t table_bytes_all(const Table *table) {
  uint64_t bytes = table_bytes(table);
  for (uint32_t p = 0; p < table->projection_count; p++)
    bytes += table_bytes(table->projections[p]);
  const KeyIndex *index = atomic_load(&table->key_index);
  if (index) bytes += key_index_bytes(index);
  return bytes;
}

static void table_write(const Root *root, const Table *table, JsonWriter *json) {
  json_write_object_open(json);
  json_write_key_text(json, "name", table->schema->name);
  json_write_key_int(json, "rows", (int64_t)table->shown_count);
  json_write_key_int(json, "bytes", (int64_t)table_bytes_all(table));
  json_write_key(json, "columns");
  json_write_array_open(json);
  for (uint32_t c = 0; c < table->schema->column_count; c++)
    if (!table->schema->columns[c].hidden) column_write(root, table, c, json);
  json_write_array_close(json);
  json_write_object_close(json);
}

Status api_tables(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                  Error *error) {
  (void)request;
  DatabaseView *view;
  TRY(database_pin(api->database, &view, error));
  JsonWriter json;
  json_writer_init(&json, &reply->body);
  json_write_object_open(&json);
  json_write_key(&json, "tables");
  json_write_array_open(&json);
  for (uint32_t t = 0; t < view->root->table_count; t++)
    if (!table_is_cuboid(view->root->tables[t]))
      table_write(view->root, view->root->tables[t], &json);
  json_write_array_close(&json);
  data_state_write(&view->data, &json);
  json_write_object_close(&json);
  buffer_append_char(&reply->body, '\n');
  database_unpin(view);
  return STATUS_OK;
}
