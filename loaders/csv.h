// What the two halves of the CSV source share: a source, and a file of it. Internal to loaders/.
#pragma once
#include "reader.h"
#include "source.h"

#define FIELD_ABSENT UINT32_MAX
#define FIELDS_MAX 10000

typedef struct CsvFile {
  struct CsvFile *next;
  const char *path;
  char delimiter;
  uint32_t field_count;
  uint32_t *fields; // of each source column: index in the record, or FIELD_ABSENT
} CsvFile;

typedef struct CsvSource {
  Source source;
  const SourceSpec *spec;
  Arena *arena;
  CsvFile *files; // all opened so far: chunks under way point to them
  Reader *reader; // of the current file; NULL: the next one is to be opened
  bool begun;     // the current file has given its header or first record
  uint32_t path_at;
  uint64_t sequence;
  uint64_t line;           // of the next chunk's first record
  int64_t position_before; // bytes of the files already closed
  char *tail;
  size_t tail_size, tail_capacity;
} CsvSource;

// Reads the header (or, without one, the first record) of the current file from the front of the
// first chunk that has one, and says in chunk->context which field each column is. ended: no other
// chunk of the file follows.
Status csv_file_begin(CsvSource *s, Chunk *chunk, bool ended, Error *error) WARN_UNUSED;

// False: the text is UTF-8 as it stands.
static inline bool csv_code_page(const ModelSource *format, CodePage *page) {
  *page = format->encoding == MODEL_ENCODING_CP1252 ? CODE_PAGE_1252 : CODE_PAGE_1251;
  return format->encoding == MODEL_ENCODING_CP1251 || format->encoding == MODEL_ENCODING_CP1252;
}

static inline Str csv_span_trim(Str text) {
  while (text.size && (unsigned char)text.data[text.size - 1] <= ' ') text.size--;
  while (text.size && (unsigned char)*text.data <= ' ') text.data++, text.size--;
  return text;
}
