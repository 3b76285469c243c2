// What gives rows to a table: CSV and JSON lines now, other formats behind the same three
// functions.
//
//   read  (one worker at a time, in order)   files ─► Chunk: text of whole records
//   parse (any number of workers at once)    Chunk ─► Batch: typed columns, and the bad rows
//
// Chunks are numbered from 0 without gaps; the load puts batches back into that order, so that the
// rows' order, and everything that depends on it, is that of the files.
#pragma once
#include "local_dictionary.h"
#include "model.h"
#include "number_marks.h"
#include <stdatomic.h>

// A column that the source must deliver.
typedef struct SourceColumn {
  const char *name;  // in the model, for messages
  const char *field; // header name (or JSON member)
  Type type;         // as parsed; for a link, that of the target's key
  bool not_null;
  bool optional;            // absent from the files: NULL
  int64_t unix_ticks;       // a time stamp is so many a second since 1970; 0: it is written out
  bool round;               // digits beyond a decimal's scale are rounded away
  bool as_text;             // TYPE_STRING is never coded (link keys, keys, raw text)
  bool tell_quoted;         // BatchColumn.quoted is wanted
  const char **null_tokens; // instead of the format's; NULL: those
  uint32_t null_token_count;
  // TYPE_STRING: set by the load once the column has shown that it hardly repeats.
  atomic_bool *text_chosen;
} SourceColumn;

typedef struct SourceSpec {
  const char *table; // for messages
  const char *const *paths;
  uint32_t path_count;
  const ModelSource *format;
  const SourceColumn *columns;
  uint32_t column_count;
  const TimeZone *zone; // of time stamps with zone that name none
  size_t chunk_bytes;   // 0: the default; tests make it small
  // Called once a notice ("column x of the file is not in the model"); may be NULL.
  void (*notice)(void *context, const char *text);
  void *notice_context;
} SourceSpec;

typedef struct Chunk {
  char *memory; // data - CHUNK_MARGIN; owned
  char *data;   // CHUNK_MARGIN readable bytes before, and beyond `size`
  size_t size, capacity;
  uint64_t sequence;
  uint64_t first_line; // 1-based line of the file
  uint32_t file;       // index into the source's paths
  const void *context; // the source's own, per file
  int64_t position;    // bytes taken from all files so far, as on disk
} Chunk;

#define CHUNK_MARGIN 64
#define CHUNK_BYTES_DEFAULT (1024 * 1024)
#define RECORD_BYTES_MAX (64 * 1024 * 1024)

void chunk_reserve(Chunk *chunk, size_t capacity);
void chunk_clear(Chunk *chunk);

typedef enum BatchLayout {
  BATCH_INTS,    // int64_t
  BATCH_WIDES,   // int128_t
  BATCH_DOUBLES, // double
  BATCH_CODES,   // uint32_t, of the batch's local dictionary
  BATCH_TEXTS,   // Str: views into the chunk or the batch's scratch
} BatchLayout;

typedef struct BatchColumn {
  BatchLayout layout;
  void *values;
  uint64_t *nulls;  // bit set: NULL
  uint64_t *quoted; // bit set: the field stood in quotes; NULL unless asked for
  bool has_null;
  LocalDictionary dictionary; // strings only; kept from chunk to chunk
} BatchColumn;

typedef struct Reject {
  uint32_t row; // within the chunk, before bad rows are left out
  uint64_t line;
  const char *column;         // "" when the whole record is meant
  const char *value, *reason; // in the batch's arena
} Reject;

typedef struct Batch {
  uint32_t row_count, capacity_rows;
  uint32_t column_count;
  BatchColumn *columns;
  uint64_t first_line;
  uint32_t *lines; // NULL: row i is on line first_line + i; else first_line + lines[i]
  uint32_t *line_memory;
  Reject *rejects;
  uint32_t reject_count, reject_capacity;
  uint64_t *bad; // bit set: row is rejected; NULL until the first
  uint64_t *bad_memory;
  uint64_t doubled_times, missing_times;
  uint64_t ragged_rows;        // that had fewer fields, or empty ones more
  uint64_t skipped, skip_line; // rows that the source says to leave out; the first of them
  uint64_t skip_tokens;        // which of the source's `skip` they began with, a bit each
  uint64_t text_bytes;         // of the chunk
  Arena *arena;                // of the rejects; NULL until needed
  char *scratch;               // unquoted and converted strings
  size_t scratch_used, scratch_capacity;
  void *parser; // the source's own, kept from chunk to chunk; freed by parser_destroy
  void (*parser_destroy)(void *parser);
} Batch;

void batch_init(Batch *batch, const SourceColumn *columns, uint32_t column_count);
void batch_clear(Batch *batch);
// Empties the batch for a chunk of at most `rows` rows, sets the columns' layouts.
void batch_begin(Batch *batch, const SourceColumn *columns, uint32_t rows, const Chunk *chunk);
// Marks a row as bad, once: later faults of the same row are not kept.
void batch_reject(Batch *batch, uint32_t row, uint64_t line, const char *column, Str value,
                  const char *reason);
// Leaves the bad rows out of all columns.
void batch_compact(Batch *batch);
static inline uint64_t batch_line(const Batch *batch, uint32_t row) {
  return batch->first_line + (batch->lines ? batch->lines[row] : row);
}
// Memory of `size` bytes with a margin of eight on both sides, until the next batch_begin. The sum
// of a chunk's requests is at most scratch_reserve's.
void batch_scratch_reserve(Batch *batch, size_t size);
static inline char *batch_scratch(Batch *batch, size_t size) {
  char *out = batch->scratch + batch->scratch_used;
  batch->scratch_used += size;
  return out;
}
size_t batch_bytes(const Batch *batch);
BatchLayout batch_layout_of(const SourceColumn *column);
size_t batch_layout_bytes(BatchLayout layout);

typedef struct Source Source;
struct Source {
  // *end: no chunk is left (chunk untouched).
  Status (*read)(Source *source, Chunk *chunk, bool *end, Error *error);
  // A fault of the whole file is an error, a fault of a row a reject.
  Status (*parse)(const Source *source, const Chunk *chunk, Batch *batch, Error *error);
  void (*destroy)(Source *source);
};

// The marks of the source's numbers, filled in; NULL: they have none.
static inline const NumberMarks *source_number_marks(const ModelSource *format, NumberMarks *out) {
  if (!format->thousands && !format->sign_count) return NULL;
  *out = (NumberMarks){format->decimal_point, format->thousands, format->signs, format->sign_count};
  return out;
}

// What the first line of a CSV file says.
typedef struct CsvHeader {
  const char **names; // in the arena, UTF-8
  uint32_t count;
  char delimiter;
} CsvHeader;
Status csv_header_read(const char *path, const ModelSource *format, Arena *arena, CsvHeader *out,
                       Error *error) WARN_UNUSED;

// The spec and all it points to must outlive the source.
Source *csv_source_create(const SourceSpec *spec);
Source *json_lines_source_create(const SourceSpec *spec);
static inline Source *source_create(const SourceSpec *spec) {
  return spec->format->format == MODEL_FORMAT_JSONL ? json_lines_source_create(spec)
                                                    : csv_source_create(spec);
}
