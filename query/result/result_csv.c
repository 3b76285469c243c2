// An answer as CSV by RFC 4180: a header line, CRLF, quotes where they are needed.
//
// NULL is an empty field and an empty string is "": the two stay apart, as in PostgreSQL's COPY.
#include "result_format.h"

static bool needs_quotes(const char *text, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (text[i] == ',' || text[i] == '"' || text[i] == '\n' || text[i] == '\r') return true;
  return size == 0 || text[0] == ' ' || text[size - 1] == ' ';
}

static void field_append(Buffer *out, const char *text, size_t size) {
  if (!needs_quotes(text, size)) {
    buffer_append(out, text, size);
    return;
  }
  buffer_append_char(out, '"');
  for (size_t i = 0; i < size; i++) {
    if (text[i] == '"') buffer_append_char(out, '"');
    buffer_append_char(out, text[i]);
  }
  buffer_append_char(out, '"');
}

static void csv_begin(ResultWriter *writer) {
  for (uint32_t c = 0; c < writer->column_count; c++) {
    if (c) buffer_append_char(writer->out, ',');
    field_append(writer->out, writer->columns[c].name, strlen(writer->columns[c].name));
  }
  buffer_append_text(writer->out, "\r\n");
}

static void csv_row(ResultWriter *writer, const Batch *batch, uint32_t row) {
  for (uint32_t c = 0; c < batch->column_count; c++) {
    if (c) buffer_append_char(writer->out, ',');
    Value value = result_value(batch, c, row);
    if (value.is_null) continue;
    if (value.type.kind == TYPE_STRING)
      field_append(writer->out, value.s.data, value.s.size);
    else
      value_format(&value, writer->out);
  }
  buffer_append_text(writer->out, "\r\n");
}

static void csv_finish(ResultWriter *writer) {
  (void)writer;
}

const ResultFormatOps result_csv_ops = {
    .name = "csv",
    .mime = "text/csv; charset=utf-8; header=present",
    .begin = csv_begin,
    .row = csv_row,
    .finish = csv_finish,
};
