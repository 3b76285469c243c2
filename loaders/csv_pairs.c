// See csv_pairs.h.
//
// What reads files takes a path: the text stands in an anonymous file (memfd_create) while it is
// read, whose name is never shown.
#include "csv_pairs.h"
#include "inspect_encoding.h"
#include "source.h"
#include <stdio.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct PairReader {
  const CsvPairs *pairs;
  const char *path;
  Arena *arena;
  Error *error;
} PairReader;

// ---- Faults ------------------------------------------------------------------------------------

static Status empty_fault(const PairReader *reader, uint64_t line, uint32_t column) {
  return error_set(reader->error, STATUS_INVALID, "line %llu: %s is empty",
                   (unsigned long long)line, reader->pairs->columns[column].what);
}

// What the loaders say of a file that has no name: "PATH:12: ..." is of line 12.
static Status file_fault(const PairReader *reader, Status status) {
  Error *error = reader->error;
  char said[ERROR_MESSAGE_BYTES];
  unsigned long long line;
  int end = 0;
  if (!error) return status;
  snprintf(said, sizeof said, "%s", error->message);
  const char *at = strstr(said, reader->path);
  if (!at) return status;
  const char *rest = at + strlen(reader->path);
  if (at == said && sscanf(rest, ":%llu:%n", &line, &end) == 1 && end)
    return error_set(error, status, "line %llu:%s", line, rest + end);
  return error_set(error, status, "%.*sthe list%s", (int)(at - said), said, rest);
}

// ---- The columns -------------------------------------------------------------------------------

static uint32_t name_find(const CsvHeader *header, const CsvPairColumn *column) {
  for (uint32_t i = 0; i < header->count; i++) {
    if (column->field && strcasecmp(header->names[i], column->field) == 0) return i;
    for (uint32_t k = 0; k < column->name_count; k++)
      if (strcasecmp(header->names[i], column->names[k]) == 0) return i;
  }
  return UINT32_MAX;
}

static bool is_number(const char *text) {
  if (*text == '-' || *text == '+') text++;
  return *text && !text[strspn(text, "0123456789")];
}

// Which fields of the header are the columns; without a header they are the first two.
static Status columns_find(const PairReader *reader, const CsvHeader *header, ModelSource *format,
                           const char *names[2]) {
  const CsvPairColumn *columns = reader->pairs->columns;
  uint32_t first = name_find(header, &columns[0]), second = name_find(header, &columns[1]);
  bool two = header->count == 2 || (header->count == 3 && !*header->names[2]);
  format->has_header = first != UINT32_MAX && second != UINT32_MAX && first != second;
  if (!format->has_header) {
    first = 0, second = 1;
    if (!two)
      return error_set(reader->error, STATUS_INVALID,
                       "the first line has %u field%s: expected two, %s and %s, or a header that "
                       "names them \"%s\" and \"%s\"",
                       header->count, header->count == 1 ? "" : "s", columns[0].what,
                       columns[1].what, columns[0].names[0], columns[1].names[0]);
    format->has_header = reader->pairs->first_type.kind != TYPE_STRING && *header->names[0] &&
                         !is_number(header->names[0]) &&
                         strcmp(header->names[0], header->names[1]) != 0;
  }
  names[0] = header->names[first];
  names[1] = header->names[second];
  return STATUS_OK;
}

// ---- Rows --------------------------------------------------------------------------------------

static Str text_trim(Str text) {
  while (text.size && (unsigned char)text.data[text.size - 1] <= ' ') text.size--;
  while (text.size && (unsigned char)*text.data <= ' ') text.data++, text.size--;
  return text;
}

static Str text_at(const BatchColumn *column, uint32_t row) {
  if (bits_get(column->nulls, row)) return (Str){"", 0};
  return text_trim(((const Str *)column->values)[row]);
}

// A line without both says nothing: spreadsheets leave such behind.
static Status row_take(const PairReader *reader, const Batch *batch, uint32_t row) {
  const CsvPairs *pairs = reader->pairs;
  const BatchColumn *first = &batch->columns[0];
  bool is_text = pairs->first_type.kind == TYPE_STRING;
  CsvPair pair = {.line = batch_line(batch, row), .second = text_at(&batch->columns[1], row)};
  if (is_text)
    pair.first = text_at(first, row);
  else
    pair.number = ((const int64_t *)first->values)[row];
  bool empty = is_text ? !pair.first.size : bits_get(first->nulls, row);
  if (empty && !pair.second.size) return STATUS_OK;
  if (empty || !pair.second.size) return empty_fault(reader, pair.line, empty ? 0 : 1);
  return pairs->take(pairs->context, &pair, reader->error);
}

static Status reject_fault(const PairReader *reader, const Batch *batch) {
  const Reject *first = &batch->rejects[0];
  for (uint32_t i = 1; i < batch->reject_count; i++)
    if (batch->rejects[i].line < first->line) first = &batch->rejects[i];
  unsigned long long line = first->line;
  if (*first->column)
    return error_set(reader->error, STATUS_INVALID, "line %llu: %s \"%s\" %s", line, first->column,
                     first->value, first->reason);
  return error_set(reader->error, STATUS_INVALID, "line %llu: %s: \"%s\"", line, first->reason,
                   first->value);
}

static Status batch_take(const PairReader *reader, const Batch *batch) {
  if (batch->reject_count) return reject_fault(reader, batch);
  TRY(job_check(reader->pairs->job, reader->error));
  for (uint32_t row = 0; row < batch->row_count; row++) TRY(row_take(reader, batch, row));
  return STATUS_OK;
}

static Status chunks_read(const PairReader *reader, const SourceSpec *spec) {
  Chunk chunk = {0};
  Batch batch;
  bool end = false;
  Source *source = source_create(spec);
  batch_init(&batch, spec->columns, spec->column_count);
  Status status = STATUS_OK;
  while (status == STATUS_OK) {
    status = source->read(source, &chunk, &end, reader->error);
    if (status != STATUS_OK) status = file_fault(reader, status);
    if (status != STATUS_OK || end) break;
    status = source->parse(source, &chunk, &batch, reader->error);
    if (status == STATUS_OK) status = batch_take(reader, &batch);
  }
  batch_clear(&batch);
  chunk_clear(&chunk);
  source->destroy(source);
  return status;
}

static Status rows_read(const PairReader *reader) {
  ModelSource format = {.decimal_point = '.'};
  CsvHeader header;
  const char *names[2] = {0};
  const CsvPairs *pairs = reader->pairs;
  Status status = inspect_encoding(reader->path, UINT64_MAX, &format, reader->error);
  if (status == STATUS_OK)
    status = csv_header_read(reader->path, &format, reader->arena, &header, reader->error);
  if (status != STATUS_OK) return file_fault(reader, status);
  TRY(columns_find(reader, &header, &format, names));
  format.delimiter = header.delimiter;
  SourceColumn columns[2] = {{.name = pairs->columns[0].what,
                              .field = names[0],
                              .type = pairs->first_type,
                              .as_text = true},
                             {.name = pairs->columns[1].what,
                              .field = names[1],
                              .type = {.kind = TYPE_STRING},
                              .as_text = true}};
  SourceSpec spec = {.table = "the list",
                     .paths = &reader->path,
                     .path_count = 1,
                     .format = &format,
                     .columns = columns,
                     .column_count = 2};
  return chunks_read(reader, &spec);
}

// ---- The whole ---------------------------------------------------------------------------------

static bool is_blank(Str text) {
  if (text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) text.data += 3, text.size -= 3;
  return !text_trim(text).size;
}

// Packed text may be any size unpacked.
static Status text_check(Str text, Error *error) {
  static const struct {
    const char *bytes, *is;
  } marks[] = {{"PK\x03\x04", "is an Excel workbook or a ZIP archive: save it as CSV"},
               {"\x1f\x8b", "is packed: unpack it first"},
               {"\x28\xb5\x2f\xfd", "is packed: unpack it first"}};
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
    if (text.size >= strlen(marks[i].bytes) &&
        memcmp(text.data, marks[i].bytes, strlen(marks[i].bytes)) == 0)
      return error_set(error, STATUS_INVALID, "the list %s", marks[i].is);
  if (is_blank(text)) return error_set(error, STATUS_INVALID, "the list is empty");
  return STATUS_OK;
}

Status csv_pairs_read(Str text, const CsvPairs *pairs, Error *error) {
  char path[64];
  Error own = ERROR_INIT;
  if (!error) error = &own;
  TRY(text_check(text, error));
  int file = memfd_create("list", MFD_CLOEXEC);
  size_t done = 0;
  ssize_t part = 1;
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  for (; file >= 0 && done < text.size && part > 0; done += part > 0 ? (size_t)part : 0)
    part = write(file, text.data + done, text.size - done);
  PairReader reader = {pairs, path, arena_create(), error};
  Status status = file >= 0 && done == text.size
                      ? rows_read(&reader)
                      : error_set(error, STATUS_IO, "there is no room for the list");
  if (file >= 0) close(file);
  arena_destroy(reader.arena);
  return status;
}
