// What a format must do: the inside of ResultWriter, for result_*.c only.
#pragma once
#include "result_writer.h"

typedef struct ResultFormatOps {
  const char *name, *mime;
  void (*begin)(ResultWriter *writer);
  // The bytes that a row counts against the limit, where the text is not in `out`; NULL: it is.
  uint64_t (*row_bytes)(const ResultWriter *writer, const Batch *batch, uint32_t row);
  void (*row)(ResultWriter *writer, const Batch *batch, uint32_t row);
  void (*finish)(ResultWriter *writer);
  // Ends the text so that its reader notices the failure; NULL: the format has no way to say it.
  void (*fail)(ResultWriter *writer, const Error *error);
  void (*clear)(ResultWriter *writer); // frees `state`; may be NULL
} ResultFormatOps;

struct ResultWriter {
  const ResultFormatOps *ops;
  ResultOptions options;
  Buffer *out;
  ResultColumn *columns; // copied, names too
  uint32_t column_count;
  uint64_t row_count;
  uint64_t bytes_flushed;
  int64_t charged_bytes;
  int64_t flushed_ns;  // when the buffer was last handed on, at first the start
  uint64_t held_bytes; // of row_bytes, not yet in `out`
  bool truncated;
  Error failure; // set by begin, row and finish, which cannot return it; status OK: none
  void *state;   // the format's own
};

extern const ResultFormatOps result_table_ops, result_record_ops, result_csv_ops, result_ndjson_ops,
    result_json_ops, result_json_cells_ops, result_xlsx_ops;

// A value for a terminal. Line breaks and other controls would break the lines: they are shown as
// escapes.
void result_cell_append(const ResultWriter *writer, const Value *value, Buffer *out);
// "(3 rows)" and the line's end.
void result_row_count_append(ResultWriter *writer);

// A record's first line; number: from 1; width: of the widest column name.
void result_record_rule(ResultWriter *writer, uint32_t width, uint64_t number);
// "name | text" and the line's end.
void result_record_cell(ResultWriter *writer, uint32_t width, uint32_t column, Str text);
uint32_t result_name_width(const ResultWriter *writer);

// Hands on what `out` holds, within the limits.
Status result_flush(ResultWriter *writer, Error *error) WARN_UNUSED;

// The value at a row of a column of the batch.
static inline Value result_value(const Batch *batch, uint32_t column, uint32_t row) {
  return vector_value(&batch->columns[column], row);
}
