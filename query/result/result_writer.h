// Rows as text: an aligned table, records of lines, CSV, JSON, lines of JSON; or as an XLSX file.
//
// A ResultWriter is a ResultSink with a format. It appends to a Buffer and hands the buffer to
// `flush` whenever that has grown large, so that any number of rows needs little memory; without
// `flush` the buffer keeps everything. To add a format: one file with a ResultFormatOps, one line
// in result_writer.c's table.
//
//   executor ── batches ──► ResultWriter ── text ──► Buffer ──► flush (a file, a socket, nothing)
#pragma once
#include "buffer.h"
#include "result_book.h"
#include "result_sink.h"

typedef enum ResultFormat {
  RESULT_TABLE,      // for terminals: columns aligned, numbers to the right
  RESULT_RECORD,     // for terminals: a column a line
  RESULT_CSV,        // RFC 4180, header line, NULL an empty field, "" an empty string
  RESULT_NDJSON,     // a row an object and a line
  RESULT_JSON,       // {"columns": [{"name", "type"}], "rows": [[...]], "row_count": n}
  RESULT_XLSX,       // a workbook, complete only at the end: nothing is flushed before
  RESULT_JSON_CELLS, // the rows alone, "[...],[...]", to be put between a caller's brackets
} ResultFormat;

// How the query went, for formats that tell it at their end; the caller fills it before the end.
typedef struct ResultSummary {
  int64_t elapsed_ns;
  uint64_t rows_read, bytes_read;
  const char *source; // "scan"; may be NULL
} ResultSummary;

typedef struct ResultOptions {
  bool large_text; // RESULT_JSON, RESULT_NDJSON: numbers beyond 2^53 are texts, see JsonWriter
  const char *null_text; // RESULT_TABLE, RESULT_RECORD: shown for NULL; NULL: empty
  uint32_t width_max;    // RESULT_TABLE: rows that are wider are shown a column a line; 0: never
  uint64_t rows_shown;   // later rows are counted, not written; 0: all are written
  uint64_t row_limit;    // STATUS_LIMIT beyond so many rows; 0: none
  // STATUS_LIMIT beyond so many bytes of text; 0: none. RESULT_XLSX: of its values, then of the
  // file.
  uint64_t bytes_limit;
  // The limit ends the answer and does not spoil it: whole rows up to it are written, the sink
  // still gives STATUS_LIMIT to end the query, and result_writer_truncated tells the two apart.
  bool rows_truncate, bytes_truncate;
  MemoryBudget *budget; // charged for what the buffer holds; may be NULL
  // Empties the buffer (buffer_reset is done by the writer). NULL: the text stays in the buffer.
  Status (*flush)(void *context, const char *bytes, size_t size, Error *error);
  void *flush_context;
  uint32_t flush_bytes;         // flush beyond so many bytes; 0: 256 KiB
  int64_t flush_interval_ns;    // and when rows come that long after the last flush; 0: never
  const ResultSummary *summary; // RESULT_JSON ends with it; NULL: without
  const ResultBook *book;       // RESULT_XLSX: what stands beside the rows; NULL: nothing
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
// Instead of result_writer_finish when the query failed after rows were flushed: ends the text so
// that its reader notices, and flushes. False: the format has no way to say it.
bool result_writer_fail(ResultWriter *writer, const Error *failure);
uint64_t result_writer_rows(const ResultWriter *writer);
bool result_writer_truncated(const ResultWriter *writer);
// "table", "record", "csv", "ndjson", "json", "xlsx"; false for any other name.
bool result_format_parse(const char *name, ResultFormat *format);
const char *result_format_name(ResultFormat format);
// The content type of a format, for HTTP.
const char *result_format_mime(ResultFormat format);
