// CSV files as a source: headers, chunks at record boundaries, fields to typed columns.
//
//   read   [tail of the last chunk | new bytes ...... | next tail]
//                                                     ▲ last line end outside quotes
//   parse  csv_scan ─► ends[row][field] ─► a loop a column, specialised by type
//
// Reading is serial and cheap (a copy and one scan for quotes and line ends), so a chunk always
// starts at a record's start, whatever is inside quotes. Parsing goes column by column: the type is
// dispatched once a column, and each loop stays in the instruction cache.
// Invariant: row r of a chunk begins at row_starts[r], and its field f ends at ends[r * fields +
// f].
#include "csv.h"
#include "csv_records.h"
#include "field.h"
#include <stdio.h>

// --- Chunks ---

static Status quote_unclosed(const CsvSource *s, const Chunk *chunk, const CsvSplit *split,
                             Error *error) {
  uint64_t line = s->line;
  for (size_t i = 0; i < split->quote_opened; i++) line += chunk->data[i] == '\n';
  return error_set(error, STATUS_INVALID,
                   "%s:%llu: the quotes opened on this line are not closed%s",
                   s->spec->paths[s->path_at], (unsigned long long)line,
                   chunk->size >= RECORD_BYTES_MAX ? " within 64 MiB" : " before the file's end");
}

static void tail_keep(CsvSource *s, const char *data, size_t size) {
  if (size > s->tail_capacity) {
    s->tail_capacity = size * 2;
    s->tail = mem_realloc(s->tail, s->tail_capacity);
  }
  if (size) memcpy(s->tail, data, size);
  s->tail_size = size;
}

// Reads until a record end is in the chunk, or the file ends (*ended).
static Status chunk_fill(CsvSource *s, Chunk *chunk, CsvSplit *split, bool *ended, Error *error) {
  size_t wanted = s->spec->chunk_bytes ? s->spec->chunk_bytes : CHUNK_BYTES_DEFAULT;
  if (wanted < s->tail_size * 2) wanted = s->tail_size * 2;
  chunk->size = 0;
  if (chunk->memory) chunk->data = chunk->memory + CHUNK_MARGIN;
  chunk_reserve(chunk, wanted + 1); // one for a line end that the file's end may lack
  if (s->tail_size) memcpy(chunk->data, s->tail, s->tail_size);
  chunk->size = s->tail_size;
  *ended = false;
  while (!*ended && !split->record_end) {
    if (chunk->size >= wanted) {
      if (wanted >= RECORD_BYTES_MAX) return quote_unclosed(s, chunk, split, error);
      wanted *= 2;
      chunk_reserve(chunk, wanted + 1);
    }
    size_t got;
    TRY(reader_read(s->reader, chunk->data + chunk->size, wanted - chunk->size, &got, error));
    *ended = got < wanted - chunk->size;
    chunk->size += got;
    if (*ended && chunk->size && chunk->data[chunk->size - 1] != '\n')
      chunk->data[chunk->size++] = '\n';
    csv_split_advance(chunk->data, chunk->size, split);
  }
  if (*ended && split->quote_state) return quote_unclosed(s, chunk, split, error);
  return STATUS_OK;
}

static Status csv_read(Source *source, Chunk *chunk, bool *end, Error *error) {
  CsvSource *s = (CsvSource *)source;
  *end = s->path_at == s->spec->path_count;
  if (*end) return STATUS_OK;
  bool ended;
  if (!s->reader) {
    TRY(reader_open(s->spec->paths[s->path_at], s->spec->format->encoding_name,
                    s->spec->format->sheet, &s->reader, error));
    s->begun = false;
    s->line = 1;
    s->tail_size = 0;
  }
  CsvSplit split = {0};
  TRY(chunk_fill(s, chunk, &split, &ended, error));
  size_t kept = ended ? chunk->size : split.record_end;
  tail_keep(s, chunk->data + kept, chunk->size - kept);
  uint64_t next_line = s->line + split.line_count;
  chunk->size = kept;
  chunk->file = s->path_at;
  chunk->context = s->files;
  if (!s->begun) TRY(csv_file_begin(s, chunk, ended, error));
  chunk->first_line = s->line;
  chunk->sequence = s->sequence++;
  chunk->position = s->position_before + reader_position(s->reader);
  s->line = next_line;
  // A margin of zeros, so that what was there before is never read as text.
  memset(chunk->data + chunk->size, 0, CHUNK_MARGIN);
  if (ended) {
    s->position_before = chunk->position;
    reader_close(s->reader);
    s->reader = NULL;
    s->path_at++;
  }
  return STATUS_OK;
}

static void csv_destroy(Source *source) {
  CsvSource *s = (CsvSource *)source;
  reader_close(s->reader);
  mem_free(s->tail);
  arena_destroy(s->arena);
  mem_free(s);
}

// --- Records of a chunk ---

typedef struct CsvParser {
  CsvEnds scan;
  size_t capacity;
  uint32_t *row_starts;
  CsvRecords records;
} CsvParser;

static void parser_destroy(void *memory) {
  CsvParser *parser = memory;
  mem_free(parser->scan.ends);
  mem_free(parser->scan.records);
  mem_free(parser->row_starts);
  mem_free(parser->records.ends);
  mem_free(parser);
}

static CsvParser *parser_reserve(Batch *batch, size_t size) {
  if (!batch->parser) {
    batch->parser = mem_alloc_zero(sizeof(CsvParser));
    batch->parser_destroy = parser_destroy;
  }
  CsvParser *parser = batch->parser;
  if (parser->capacity >= size + CSV_SCAN_PADDING) return parser;
  parser->capacity = size + size / 4 + CSV_SCAN_PADDING;
  mem_free(parser->scan.ends);
  mem_free(parser->scan.records);
  mem_free(parser->row_starts);
  parser->scan.ends = mem_alloc(parser->capacity * sizeof(uint32_t));
  parser->scan.records = mem_alloc(parser->capacity * sizeof(uint32_t));
  parser->row_starts = mem_alloc(parser->capacity * sizeof(uint32_t));
  return parser;
}

// A chunk being parsed.
typedef struct CsvRows {
  const SourceSpec *spec;
  const CsvFile *file;
  const Chunk *chunk;
  Batch *batch;
  const char *data;
  const uint32_t *ends, *row_starts;
  uint32_t fields, rows;
  const char **null_tokens; // of the column being parsed
  uint32_t null_token_count;
  bool has_quote;
  bool check_utf8; // the chunk is not valid UTF-8 as a whole
  bool has_high;
} CsvRows;

static void records_reject(CsvRows *rows, const CsvBadRecord *bad, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    char reason[FIELD_REASON_BYTES];
    snprintf(reason, sizeof reason, "%u field%s where the header has %u", bad[i].fields,
             bad[i].fields == 1 ? "" : "s", rows->fields);
    Str text = {rows->data + bad[i].start, bad[i].end - bad[i].start};
    batch_reject(rows->batch, UINT32_MAX, rows->chunk->first_line + bad[i].line, "",
                 csv_span_trim(text), reason);
  }
}

// --- Fields ---

typedef struct Field {
  Str text;
  bool quoted;
} Field;

#define REJECT_BYTES 200 // of a bad value, to be shown

// The start of the value, in UTF-8 where the file is in a code page; bytes that this does not have
// are left as they are, for batch_reject to write.
static Str reject_value(const CsvRows *rows, Str value, char out[3 * REJECT_BYTES]) {
  CodePage page;
  if (!csv_code_page(rows->spec->format, &page)) return value;
  if (value.size > REJECT_BYTES) value.size = REJECT_BYTES;
  char *at = out;
  while (value.size) {
    size_t bad, size = code_page_to_utf8(page, value.data, value.size, at, &bad);
    if (size != SIZE_MAX) return (Str){out, (uint32_t)(at + size - out)};
    at += code_page_to_utf8(page, value.data, bad, at, &(size_t){0});
    *at++ = value.data[bad];
    value = (Str){value.data + bad + 1, value.size - (uint32_t)bad - 1};
  }
  return (Str){out, (uint32_t)(at - out)};
}

static void row_reject(CsvRows *rows, uint32_t row, uint32_t column, Str value,
                       const char *reason) {
  char text[3 * REJECT_BYTES];
  value = reject_value(rows, value, text);
  batch_reject(rows->batch, row, batch_line(rows->batch, row), rows->spec->columns[column].name,
               value, reason);
}

static inline Str field_span(const CsvRows *rows, uint32_t row, uint32_t field) {
  const uint32_t *ends = rows->ends + (size_t)row * rows->fields;
  uint32_t start = field ? ends[field - 1] + 1 : rows->row_starts[row], end = ends[field];
  if (start > end) return (Str){rows->data + end, 0}; // of a row that ended before
  if (field + 1 == rows->fields && end > start && rows->data[end - 1] == '\r') end--;
  return (Str){rows->data + start, end - start};
}

// Takes the quotes off; false (and the row rejected) when they are not as RFC 4180 has them.
static bool field_unquote(CsvRows *rows, uint32_t row, uint32_t column, Str span, Field *out) {
  *out = (Field){span, false};
  const char *quote = memchr(span.data, '"', span.size);
  if (!quote) return true;
  if (quote != span.data) {
    row_reject(rows, row, column, span, "has a quote inside an unquoted field");
    return false;
  }
  const char *p = span.data + 1, *end = span.data + span.size;
  bool doubled = false;
  while (p < end && (*p != '"' || (p + 1 < end && p[1] == '"'))) {
    doubled |= *p == '"';
    p += *p == '"' ? 2 : 1;
  }
  if (p + 1 != end) {
    row_reject(rows, row, column, span, "has text after its closing quote");
    return false;
  }
  *out = (Field){{span.data + 1, span.size - 2}, true};
  if (!doubled) return true;
  char *copy = batch_scratch(rows->batch, span.size), *to = copy;
  for (const char *from = span.data + 1; from < p; from++) {
    *to++ = *from;
    if (*from == '"') from++;
  }
  out->text = (Str){copy, (uint32_t)(to - copy)};
  return true;
}

static bool is_null_token(const CsvRows *rows, Str text) {
  for (uint32_t i = 0; i < rows->null_token_count; i++)
    if (str_equal(text, str_from(rows->null_tokens[i]))) return true;
  return false;
}

static void field_set_null(CsvRows *rows, uint32_t row, uint32_t column) {
  BatchColumn *out = &rows->batch->columns[column];
  if (rows->spec->columns[column].not_null) {
    row_reject(rows, row, column, (Str){"", 0}, "is empty, and the model says not_null");
    return;
  }
  bits_set(out->nulls, row);
  out->has_null = true;
}

// The field's text in *out; false when there is no value (NULL or rejected, and so noted). A quoted
// field of texts is always a text, as in PostgreSQL's COPY.
static inline bool field_take(CsvRows *rows, uint32_t row, uint32_t column, uint32_t field,
                              Str *out) {
  Str span = field_span(rows, row, field);
  *out = span;
  if (!rows->has_quote && span.size && !rows->null_token_count) return true;
  Field taken = {span, false};
  if (rows->has_quote && !field_unquote(rows, row, column, span, &taken)) return false;
  *out = taken.text;
  bool string = rows->spec->columns[column].type.kind == TYPE_STRING;
  bool null = !(taken.quoted && string) && (!out->size || is_null_token(rows, *out));
  if (taken.quoted && rows->batch->columns[column].quoted)
    bits_set(rows->batch->columns[column].quoted, row);
  if (null) field_set_null(rows, row, column);
  return !null;
}

static void field_refuse(CsvRows *rows, uint32_t row, uint32_t column, Str text,
                         FieldResult result) {
  char reason[FIELD_REASON_BYTES];
  row_reject(rows, row, column, text,
             field_reason(rows->spec->columns[column].type, result, reason));
}

// --- Columns ---

static void column_ints(CsvRows *rows, uint32_t column, uint32_t field) {
  int64_t *restrict values = rows->batch->columns[column].values;
  unsigned bits = rows->spec->columns[column].type.bits;
  bool quick = !rows->has_quote && !rows->null_token_count && bits > 16;
  for (uint32_t row = 0; row < rows->rows; row++) {
    Str text = field_span(rows, row, field);
    if (quick && field_parse_digits(text.data, text.size, &values[row])) continue;
    values[row] = 0;
    if (!field_take(rows, row, column, field, &text)) continue;
    FieldResult result = field_parse_int(text, bits, &values[row]);
    if (result != FIELD_OK) field_refuse(rows, row, column, text, result);
  }
}

static void column_decimals(CsvRows *rows, uint32_t column, uint32_t field) {
  int64_t *restrict values = rows->batch->columns[column].values;
  Type type = rows->spec->columns[column].type;
  char point = rows->spec->format->decimal_point;
  for (uint32_t row = 0; row < rows->rows; row++) {
    Str text;
    values[row] = 0;
    if (!field_take(rows, row, column, field, &text)) continue;
    FieldResult result = field_parse_decimal(text, type.precision, type.scale, point, &values[row]);
    if (result == FIELD_ROUNDED && rows->spec->columns[column].round) continue;
    if (result != FIELD_OK) field_refuse(rows, row, column, text, result);
  }
}

// Time stamps, doubles, wide decimals, booleans, dates. Dates and times often repeat the one
// before.
static void column_others(CsvRows *rows, uint32_t column, uint32_t field, FieldFormat *format) {
  BatchColumn *out = &rows->batch->columns[column];
  Type type = rows->spec->columns[column].type;
  Str last = {"", 0};
  FieldValue value = {0};
  for (uint32_t row = 0; row < rows->rows; row++) {
    Str text;
    bool taken = field_take(rows, row, column, field, &text);
    if (taken && !str_equal(text, last)) {
      FieldResult result = field_parse(type, text, format, &value);
      if (result == FIELD_ROUNDED && rows->spec->columns[column].round) result = FIELD_OK;
      last = result == FIELD_OK && type.kind != TYPE_TIMESTAMPTZ ? text : (Str){"", 0};
      if (result != FIELD_OK) {
        field_refuse(rows, row, column, text, result);
        value = (FieldValue){0};
      }
    }
    if (out->layout == BATCH_WIDES)
      ((int128_t *)out->values)[row] = value.wide;
    else if (out->layout == BATCH_DOUBLES)
      ((double *)out->values)[row] = value.d;
    else
      ((int64_t *)out->values)[row] = value.i;
  }
}

// Makes the text valid UTF-8, or rejects the row.
static bool string_decode(CsvRows *rows, uint32_t row, uint32_t column, Str *text) {
  size_t bad;
  CodePage page;
  if (csv_code_page(rows->spec->format, &page)) {
    char *copy = batch_scratch(rows->batch, (size_t)text->size * 3);
    size_t size = code_page_to_utf8(page, text->data, text->size, copy, &bad);
    if (size == SIZE_MAX) {
      row_reject(rows, row, column, *text,
                 page == CODE_PAGE_1251 ? "has a byte that Windows-1251 does not define"
                                        : "has a byte that Windows-1252 does not define");
      return false;
    }
    *text = (Str){copy, (uint32_t)size};
    return true;
  }
  if (!rows->check_utf8 || utf8_valid_prefix(text->data, text->size) == text->size) return true;
  row_reject(rows, row, column, *text,
             "is not valid UTF-8; is the file in Windows-1251 (encoding: cp1251) or Windows-1252?");
  return false;
}

static void column_strings(CsvRows *rows, uint32_t column, uint32_t field) {
  BatchColumn *out = &rows->batch->columns[column];
  bool codes = out->layout == BATCH_CODES, decode = rows->has_high;
  uint32_t *code_values = out->values;
  Str *text_values = out->values;
  for (uint32_t row = 0; row < rows->rows; row++) {
    Str text;
    bool taken = field_take(rows, row, column, field, &text) &&
                 (!decode || string_decode(rows, row, column, &text));
    if (!taken) text = (Str){"", 0};
    if (!codes)
      text_values[row] = text;
    else
      code_values[row] =
          taken ? local_dictionary_intern(&out->dictionary, text.data, text.size) : 0;
  }
}

static void column_absent(CsvRows *rows, uint32_t column) {
  BatchColumn *out = &rows->batch->columns[column];
  memset(out->values, 0, rows->rows * batch_layout_bytes(out->layout));
  bits_fill(out->nulls, rows->rows);
  out->has_null = true;
}

static void column_parse(CsvRows *rows, uint32_t column, FieldFormat *format) {
  bool marked = format->marks && type_is_numeric(rows->spec->columns[column].type);
  format->unix_ticks = rows->spec->columns[column].unix_ticks;
  uint32_t field = rows->file->fields[column];
  const SourceColumn *wanted = &rows->spec->columns[column];
  const ModelSource *format_of = rows->spec->format;
  Type type = wanted->type;
  rows->null_tokens = wanted->null_tokens ? wanted->null_tokens : format_of->null_tokens;
  rows->null_token_count =
      wanted->null_tokens ? wanted->null_token_count : format_of->null_token_count;
  if (field == FIELD_ABSENT)
    column_absent(rows, column);
  else if (type.kind == TYPE_STRING)
    column_strings(rows, column, field);
  else if (marked)
    column_others(rows, column, field, format);
  else if (type.kind == TYPE_INT)
    column_ints(rows, column, field);
  else if (type.kind == TYPE_DECIMAL && type.precision <= 18)
    column_decimals(rows, column, field);
  else
    column_others(rows, column, field, format);
}

static Status csv_parse(const Source *source, const Chunk *chunk, Batch *batch, Error *error) {
  const CsvSource *s = (const CsvSource *)source;
  (void)error;
  const SourceSpec *spec = s->spec;
  const CsvFile *file = chunk->context;
  CsvParser *parser = parser_reserve(batch, chunk->size);
  CsvEnds *scan = &parser->scan;
  csv_scan_ends(chunk->data, chunk->size, file->delimiter, scan);
  CsvRows rows = {.spec = spec,
                  .file = file,
                  .chunk = chunk,
                  .batch = batch,
                  .data = chunk->data,
                  .ends = scan->ends,
                  .row_starts = parser->row_starts,
                  .fields = file->field_count,
                  .has_quote = scan->has_quote,
                  .has_high = scan->has_high};
  bool regular =
      !spec->format->skip_count && csv_records_regular(scan, file->field_count, parser->row_starts);
  batch_begin(batch, spec->columns, (uint32_t)scan->record_count, chunk);
  CodePage page;
  bool paged = csv_code_page(spec->format, &page);
  if (scan->has_quote || (paged && scan->has_high))
    batch_scratch_reserve(batch, chunk->size * (paged && scan->has_high ? 4 : 1));
  if (!regular || scan->line_count != scan->record_count) {
    if (!batch->line_memory)
      batch->line_memory = mem_alloc(batch->capacity_rows * sizeof *batch->line_memory);
    CsvBadRecord *bad = mem_alloc((scan->record_count + 1) * sizeof *bad);
    CsvRecords *records = &parser->records;
    uint32_t bad_count = csv_records_sort_out(chunk->data, scan, spec->format, file->field_count,
                                              parser->row_starts, batch->line_memory, bad, records);
    if (spec->format->ragged) rows.ends = records->ends;
    batch->row_count = records->rows;
    batch->ragged_rows = records->ragged;
    batch->skipped = records->skipped;
    batch->skip_line = chunk->first_line + records->skip_line;
    batch->skip_tokens = records->skip_tokens;
    batch->lines = batch->line_memory;
    records_reject(&rows, bad, bad_count);
    mem_free(bad);
  }
  rows.rows = batch->row_count;
  rows.check_utf8 =
      scan->has_high && !paged && utf8_valid_prefix(chunk->data, chunk->size) < chunk->size;
  NumberMarks marks;
  FieldFormat format = {.decimal_point = spec->format->decimal_point,
                        .marks = source_number_marks(spec->format, &marks),
                        .date_order = spec->format->date_order,
                        .date_order_set = spec->format->date_order_set,
                        .zone = spec->zone};
  for (uint32_t c = 0; c < spec->column_count; c++) column_parse(&rows, c, &format);
  batch->doubled_times = format.doubled_times;
  batch->missing_times = format.missing_times;
  batch_compact(batch);
  return STATUS_OK;
}

Source *csv_source_create(const SourceSpec *spec) {
  CsvSource *s = mem_alloc_zero(sizeof *s);
  s->source = (Source){csv_read, csv_parse, csv_destroy};
  s->spec = spec;
  s->arena = arena_create();
  return &s->source;
}
