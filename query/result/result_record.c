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

static void pad(Buffer *out, char with, uint32_t count) {
  while (count--) buffer_append_char(out, with);
}

uint32_t result_name_width(const ResultWriter *writer) {
  uint32_t most = 0;
  for (uint32_t c = 0; c < writer->column_count; c++) {
    uint32_t width = text_width(str_from(writer->columns[c].name));
    if (width > most) most = width;
  }
  return most;
}

void result_record_rule(ResultWriter *writer, uint32_t width, uint64_t number) {
  char label[40];
  uint32_t size = (uint32_t)snprintf(label, sizeof label, "-[ %llu ]", (unsigned long long)number);
  buffer_append(writer->out, label, size);
  if (size < width + 1) pad(writer->out, '-', width + 1 - size);
  buffer_append_text(writer->out, size <= width + 1 ? "+" : "-");
  pad(writer->out, '-', RULE_TAIL);
  buffer_append_char(writer->out, '\n');
}

void result_record_cell(ResultWriter *writer, uint32_t width, uint32_t column, Str text) {
  const char *name = writer->columns[column].name;
  buffer_append_text(writer->out, name);
  pad(writer->out, ' ', width - text_width(str_from(name)));
  buffer_append_text(writer->out, " | ");
  buffer_append(writer->out, text.data, text.size);
  buffer_append_char(writer->out, '\n');
}

typedef struct RecordState {
  uint32_t name_width; // of the widest column name
  Buffer cell;
} RecordState;

static void record_begin(ResultWriter *writer) {
  RecordState *state = mem_alloc_zero(sizeof(RecordState));
  writer->state = state;
  state->name_width = result_name_width(writer);
  buffer_init(&state->cell);
  buffer_append(&state->cell, "", 0);
}

static void record_row(ResultWriter *writer, const Batch *batch, uint32_t row) {
  RecordState *state = writer->state;
  result_record_rule(writer, state->name_width, writer->row_count + 1);
  for (uint32_t c = 0; c < batch->column_count; c++) {
    Value value = result_value(batch, c, row);
    buffer_reset(&state->cell);
    result_cell_append(writer, &value, &state->cell);
    result_record_cell(writer, state->name_width, c,
                       (Str){state->cell.data, (uint32_t)state->cell.size});
  }
}

static void record_finish(ResultWriter *writer) {
  result_row_count_append(writer);
}

static void record_clear(ResultWriter *writer) {
  RecordState *state = writer->state;
  if (!state) return;
  buffer_clear(&state->cell);
  mem_free(state);
}

const ResultFormatOps result_record_ops = {
    .name = "record",
    .mime = "text/plain; charset=utf-8",
    .begin = record_begin,
    .row = record_row,
    .finish = record_finish,
    .clear = record_clear,
};
