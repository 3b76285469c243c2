// An answer as an aligned table for terminals.
//
//   region  | revenue
//   --------+--------
//   Moscow  |  123.40
//   (1 row)
//
// Widths are those of the first rows, which are held back; later rows use the same widths, and a
// longer cell pushes its line out rather than being cut. So any answer streams. Where the lines
// would be wider than the terminal (ResultOptions.width_max), all rows are shown a column a line.
#include "result_format.h"
#include "text_width.h"

#define ROWS_HELD_MAX 1000

typedef struct TableState {
  Buffer text;      // of the held cells, one after another
  size_t *ends;     // [rows_held * column_count] where each cell's text ends
  uint32_t *widths; // [column_count]
  uint32_t rows_held;
  bool printed;    // the header and the held rows are out
  bool as_records; // a column a line
  uint64_t record; // the next one's number, from 0
} TableState;

static bool column_is_right(const ResultColumn *column) {
  return type_is_numeric(column->type) || column->type.kind == TYPE_INTERVAL;
}

void result_cell_append(const ResultWriter *writer, const Value *value, Buffer *out) {
  if (value->is_null) {
    if (writer->options.null_text) buffer_append_text(out, writer->options.null_text);
    return;
  }
  if (value->type.kind != TYPE_STRING) {
    value_format(value, out);
    return;
  }
  for (uint32_t i = 0; i < value->s.size; i++) {
    unsigned char c = (unsigned char)value->s.data[i];
    if (c == '\n')
      buffer_append_text(out, "\\n");
    else if (c == '\t')
      buffer_append_text(out, "\\t");
    else if (c == '\r')
      buffer_append_text(out, "\\r");
    else if (c < 0x20 || c == 0x7f)
      buffer_printf(out, "\\x%02x", c);
    else
      buffer_append_char(out, (char)c);
  }
}

void result_row_count_append(ResultWriter *writer) {
  uint64_t shown = writer->options.rows_shown;
  buffer_printf(writer->out, "(%llu row%s", (unsigned long long)writer->row_count,
                writer->row_count == 1 ? "" : "s");
  if (shown && writer->row_count > shown)
    buffer_printf(writer->out, ", the first %llu are shown", (unsigned long long)shown);
  buffer_append_text(writer->out, ")\n");
}

static void pad(Buffer *out, char with, uint32_t count) {
  while (count--) buffer_append_char(out, with);
}

static void cell_print(const ResultWriter *writer, uint32_t column, Str text, bool right) {
  const TableState *state = writer->state;
  uint32_t width = text_width(text), wanted = state->widths[column];
  uint32_t blank = width < wanted ? wanted - width : 0;
  bool last = column + 1 == writer->column_count;
  if (column) buffer_append_text(writer->out, " | ");
  if (right) pad(writer->out, ' ', blank);
  buffer_append(writer->out, text.data, text.size);
  if (!right && !last) pad(writer->out, ' ', blank);
  if (last) buffer_append_char(writer->out, '\n');
}

static void header_print(ResultWriter *writer) {
  const TableState *state = writer->state;
  for (uint32_t c = 0; c < writer->column_count; c++)
    cell_print(writer, c, str_from(writer->columns[c].name), column_is_right(&writer->columns[c]));
  for (uint32_t c = 0; c < writer->column_count; c++) {
    if (c) buffer_append_text(writer->out, "-+-");
    pad(writer->out, '-', state->widths[c]);
  }
  buffer_append_char(writer->out, '\n');
}

// Whether the lines are wider than the terminal.
static bool is_wide(const ResultWriter *writer) {
  const TableState *state = writer->state;
  uint64_t width = 3 * ((uint64_t)writer->column_count - 1);
  for (uint32_t c = 0; c < writer->column_count; c++) width += state->widths[c];
  return writer->options.width_max && width > writer->options.width_max && state->rows_held;
}

static void one_print(ResultWriter *writer, uint32_t column, Str text) {
  TableState *state = writer->state;
  if (!state->as_records) {
    cell_print(writer, column, text, column_is_right(&writer->columns[column]));
    return;
  }
  if (column == 0) result_record_rule(writer, result_name_width(writer), ++state->record);
  result_record_cell(writer, result_name_width(writer), column, text);
}

static void held_print(ResultWriter *writer) {
  TableState *state = writer->state;
  state->as_records = is_wide(writer);
  if (!state->as_records) header_print(writer);
  size_t from = 0, cell = 0;
  for (uint32_t r = 0; r < state->rows_held; r++) {
    for (uint32_t c = 0; c < writer->column_count; c++, cell++) {
      Str text = {state->text.data + from, (uint32_t)(state->ends[cell] - from)};
      one_print(writer, c, text);
      from = state->ends[cell];
    }
  }
  state->printed = true;
}

static void table_begin(ResultWriter *writer) {
  TableState *state = mem_alloc_zero(sizeof(TableState));
  writer->state = state;
  buffer_init(&state->text);
  buffer_append(&state->text, "", 0);
  state->widths = mem_alloc_zero(writer->column_count * sizeof(uint32_t));
  state->ends = mem_alloc((size_t)ROWS_HELD_MAX * writer->column_count * sizeof(size_t));
  for (uint32_t c = 0; c < writer->column_count; c++)
    state->widths[c] = text_width(str_from(writer->columns[c].name));
}

static void row_hold(ResultWriter *writer, const Batch *batch, uint32_t row) {
  TableState *state = writer->state;
  for (uint32_t c = 0; c < batch->column_count; c++) {
    size_t from = state->text.size;
    Value value = result_value(batch, c, row);
    result_cell_append(writer, &value, &state->text);
    uint32_t width =
        text_width((Str){state->text.data + from, (uint32_t)(state->text.size - from)});
    if (width > state->widths[c]) state->widths[c] = width;
    state->ends[(size_t)state->rows_held * batch->column_count + c] = state->text.size;
  }
  state->rows_held++;
}

static void row_print(ResultWriter *writer, const Batch *batch, uint32_t row) {
  TableState *state = writer->state;
  for (uint32_t c = 0; c < batch->column_count; c++) {
    buffer_reset(&state->text);
    Value value = result_value(batch, c, row);
    result_cell_append(writer, &value, &state->text);
    one_print(writer, c, (Str){state->text.data, (uint32_t)state->text.size});
  }
}

static void table_row(ResultWriter *writer, const Batch *batch, uint32_t row) {
  TableState *state = writer->state;
  if (state->rows_held < ROWS_HELD_MAX) {
    row_hold(writer, batch, row);
    return;
  }
  if (!state->printed) held_print(writer);
  row_print(writer, batch, row);
}

static void table_finish(ResultWriter *writer) {
  TableState *state = writer->state;
  if (!state) return;
  if (!state->printed) held_print(writer);
  result_row_count_append(writer);
}

static void table_clear(ResultWriter *writer) {
  TableState *state = writer->state;
  if (!state) return;
  buffer_clear(&state->text);
  mem_free(state->widths);
  mem_free(state->ends);
  mem_free(state);
}

const ResultFormatOps result_table_ops = {
    .name = "table",
    .mime = "text/plain; charset=utf-8",
    .begin = table_begin,
    .row = table_row,
    .finish = table_finish,
    .clear = table_clear,
};
