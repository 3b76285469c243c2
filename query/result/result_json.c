// An answer as JSON: columns with SQL's type names, rows as arrays in the columns' order.
//
// Arrays and not objects a row: the names are said once. Numbers keep all their digits; a reader
// who must not lose any parses them as decimals.
#include "json_error.h"
#include "result_format.h"

static void row_append(ResultWriter *writer, const Batch *batch, uint32_t row) {
  JsonWriter json;
  json_writer_init(&json, writer->out);
  json.large_text = writer->options.large_text;
  json.comma = writer->row_count > 0;
  json_write_array_open(&json);
  for (uint32_t c = 0; c < batch->column_count; c++) {
    Value value = result_value(batch, c, row);
    json_write_value(&json, &value);
  }
  json_write_array_close(&json);
}

static void document_begin(ResultWriter *writer) {
  JsonWriter json;
  json_writer_init(&json, writer->out);
  json_write_object_open(&json);
  json_write_key(&json, "columns");
  json_write_array_open(&json);
  for (uint32_t c = 0; c < writer->column_count; c++) {
    char type[TYPE_NAME_BYTES];
    json_write_object_open(&json);
    json_write_key_text(&json, "name", writer->columns[c].name);
    json_write_key_text(&json, "type", type_format(writer->columns[c].type, type));
    json_write_object_close(&json);
  }
  json_write_array_close(&json);
  json_write_key(&json, "rows");
  json_write_array_open(&json);
}

static void stats_write(const ResultWriter *writer, JsonWriter *json) {
  const ResultSummary *summary = writer->options.summary;
  json_write_key(json, "stats");
  json_write_object_open(json);
  json_write_key(json, "elapsed_ms");
  json_write_ms(json, summary->elapsed_ns);
  json_write_key_int(json, "rows", (int64_t)writer->row_count);
  json_write_key_int(json, "rows_read", (int64_t)summary->rows_read);
  json_write_key_int(json, "bytes_read", (int64_t)summary->bytes_read);
  json_write_key_text(json, "source", summary->source);
  json_write_key_bool(json, "truncated", writer->truncated);
  json_write_object_close(json);
}

static void document_close(ResultWriter *writer, const Error *error) {
  if (!writer->columns) document_begin(writer);
  JsonWriter json;
  json_writer_init(&json, writer->out);
  json.comma = true;
  buffer_append_char(writer->out, ']');
  json_write_key_int(&json, "row_count", (int64_t)writer->row_count);
  if (writer->options.summary) stats_write(writer, &json);
  if (error) {
    json_write_key(&json, "error");
    json_write_error(&json, status_name(error->status), error->message, error->path,
                     error->position);
  }
  buffer_append_text(writer->out, "}\n");
}

static void document_finish(ResultWriter *writer) {
  document_close(writer, NULL);
}

static void document_fail(ResultWriter *writer, const Error *error) {
  document_close(writer, error);
}

static void cells_begin(ResultWriter *writer) {
  (void)writer;
}

const ResultFormatOps result_json_ops = {
    .name = "json",
    .mime = "application/json",
    .begin = document_begin,
    .row = row_append,
    .finish = document_finish,
    .fail = document_fail,
};

const ResultFormatOps result_json_cells_ops = {
    .name = "json cells",
    .mime = "application/json",
    .begin = cells_begin,
    .row = row_append,
    .finish = cells_begin,
};
