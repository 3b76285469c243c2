// Rows as text: an aligned table, CSV or JSON.
//
// A ResultWriter is a ResultSink with a format. It appends to a Buffer and hands the buffer to
// `flush` whenever that has grown large, so that any number of rows needs little memory; without
// `flush` the buffer keeps everything. To add a format: one file with a ResultFormatOps, one line
// in result_writer.c's table.
//
//   executor ── batches ──► ResultWriter ── text ──► Buffer ──► flush (a file, a socket, nothing)
#pragma once
#include "buffer.h"
#include "result_sink.h"

typedef enum ResultFormat {
  RESULT_TABLE,      // for terminals: columns aligned, numbers to the right
  RESULT_CSV,        // RFC 4180, header line, NULL an empty field, "" an empty string
  RESULT_JSON,       // {"columns": [{"name", "type"}], "rows": [[...]], "row_count": n}
  RESULT_JSON_CELLS, // the rows alone, "[...],[...]", to be put between a caller's brackets
} ResultFormat;

typedef struct ResultOptions {
  const char *null_text; // RESULT_TABLE: shown for NULL; NULL: empty
  uint64_t row_limit;    // STATUS_LIMIT beyond so many rows; 0: none
  uint64_t bytes_limit;  // STATUS_LIMIT beyond so many bytes of text; 0: none
  MemoryBudget *budget;  // charged for what the buffer holds; may be NULL
  // Empties the buffer (buffer_reset is done by the writer). NULL: the text stays in the buffer.
  Status (*flush)(void *context, const char *bytes, size_t size, Error *error);
  void *flush_context;
} ResultOptions;

typedef struct ResultWriter ResultWriter;

// `out` and what `options` points to stay the caller's and outlive the writer.
ResultWriter *result_writer_create(ResultFormat format, const ResultOptions *options, Buffer *out);
void result_writer_destroy(ResultWriter *writer); // NULL is allowed; releases what was charged
// The sink to give to the executor.
ResultSink result_writer_sink(ResultWriter *writer);
// Writes what is still held back (closing brackets, a table's last rows) and flushes. Call it once,
// after the last row, when the query succeeded.
Status result_writer_finish(ResultWriter *writer, Error *error) WARN_UNUSED;
uint64_t result_writer_rows(const ResultWriter *writer);
// "table", "csv", "json"; false for any other name.
bool result_format_parse(const char *name, ResultFormat *format);
// The content type of a format, for HTTP.
const char *result_format_mime(ResultFormat format);
