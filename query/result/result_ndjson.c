// An answer as lines of JSON (NDJSON): each row one object, its members the columns in their order.
//
// A second column of the same name is called name_2, the third name_3, so that no member hides
// another. A failure after the first row is a last line {"error": {...}}: no SQL value is an
// object, so it cannot be taken for a row.
#include "json_error.h"
#include "result_format.h"

static bool key_is_taken(char *const *keys, uint32_t count, const char *key) {
  for (uint32_t i = 0; i < count; i++)
    if (strcmp(keys[i], key) == 0) return true;
  return false;
}

static void lines_begin(ResultWriter *writer) {
  char **keys = mem_alloc_zero((writer->column_count + 1) * sizeof(char *));
  for (uint32_t c = 0; c < writer->column_count; c++) {
    Buffer key;
    buffer_init(&key);
    buffer_append_text(&key, writer->columns[c].name);
    for (uint32_t n = 2; key_is_taken(keys, c, key.data); n++) {
      buffer_reset(&key);
      buffer_printf(&key, "%s_%u", writer->columns[c].name, n);
    }
    keys[c] = key.data;
  }
  writer->state = keys;
}

static void line_row(ResultWriter *writer, const Batch *batch, uint32_t row) {
  char **keys = writer->state;
  JsonWriter json;
  json_writer_init(&json, writer->out);
  json.large_text = writer->options.large_text;
  json_write_object_open(&json);
  for (uint32_t c = 0; c < batch->column_count; c++) {
    Value value = result_value(batch, c, row);
    json_write_key(&json, keys[c]);
    json_write_value(&json, &value);
  }
  json_write_object_close(&json);
  buffer_append_char(writer->out, '\n');
}

static void lines_finish(ResultWriter *writer) {
  (void)writer;
}

static void lines_fail(ResultWriter *writer, const Error *error) {
  JsonWriter json;
  json_writer_init(&json, writer->out);
  json_write_object_open(&json);
  json_write_key(&json, "error");
  json_write_error(&json, status_name(error->status), error->message, error->path, error->position);
  json_write_object_close(&json);
  buffer_append_char(writer->out, '\n');
}

static void lines_clear(ResultWriter *writer) {
  char **keys = writer->state;
  for (uint32_t c = 0; keys && c < writer->column_count; c++) mem_free(keys[c]);
  mem_free(keys);
}

const ResultFormatOps result_ndjson_ops = {
    .name = "ndjson",
    .mime = "application/x-ndjson",
    .begin = lines_begin,
    .row = line_row,
    .finish = lines_finish,
    .fail = lines_fail,
    .clear = lines_clear,
};
