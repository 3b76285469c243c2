// An answer a column a line, for rows that are wider than the terminal.
//
//   -[ 1 ]--+-------------
//   region  | Moscow
//   revenue | 123.40
//   (1 row)
#include "result_format.h"
#include "text_width.h"
#include <stdio.h>

#define RULE_TAIL 12 // dashes below the values, whatever their width: rows stream

typedef struct RecordState {
  uint32_t name_width; // of the widest column name
} RecordState;

static void pad(Buffer *out, char with, uint32_t count) {
  while (count--) buffer_append_char(out, with);
}

static void record_begin(ResultWriter *writer) {
  RecordState *state = mem_alloc_zero(sizeof(RecordState));
  writer->state = state;
  for (uint32_t c = 0; c < writer->column_count; c++) {
    uint32_t width = text_width(str_from(writer->columns[c].name));
    if (width > state->name_width) state->name_width = width;
  }
}

static void rule_print(ResultWriter *writer) {
  const RecordState *state = writer->state;
  char label[40];
  uint32_t size = (uint32_t)snprintf(label, sizeof label, "-[ %llu ]",
                                     (unsigned long long)writer->row_count + 1);
  buffer_append(writer->out, label, size);
  if (size < state->name_width + 1) pad(writer->out, '-', state->name_width + 1 - size);
  buffer_append_text(writer->out, size <= state->name_width + 1 ? "+" : "-");
  pad(writer->out, '-', RULE_TAIL);
  buffer_append_char(writer->out, '\n');
}

static void record_row(ResultWriter *writer, const Batch *batch, uint32_t row) {
  const RecordState *state = writer->state;
  rule_print(writer);
  for (uint32_t c = 0; c < batch->column_count; c++) {
    const char *name = writer->columns[c].name;
    buffer_append_text(writer->out, name);
    pad(writer->out, ' ', state->name_width - text_width(str_from(name)));
    buffer_append_text(writer->out, " | ");
    Value value = result_value(batch, c, row);
    result_cell_append(writer, &value, writer->out);
    buffer_append_char(writer->out, '\n');
  }
}

static void record_finish(ResultWriter *writer) {
  result_row_count_append(writer);
}

static void record_clear(ResultWriter *writer) {
  mem_free(writer->state);
}

const ResultFormatOps result_record_ops = {
    .name = "record",
    .mime = "text/plain; charset=utf-8",
    .begin = record_begin,
    .row = record_row,
    .finish = record_finish,
    .clear = record_clear,
};
