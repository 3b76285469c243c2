// The header line of a CSV file: its delimiter, its names, and which of them the table's columns
// are.
//
// A file's columns may stand in any order; names match exactly, else without regard to case. A
// column that is missing is an error that names the nearest header; one too many is a notice.
#include "csv.h"
#include <stdio.h>

// Length of the record at the start of text, its line end included; size when there is none.
static size_t record_length(const char *text, size_t size) {
  bool inside = false;
  for (size_t i = 0; i < size; i++) {
    if (text[i] == '"') inside = !inside;
    if (text[i] == '\n' && !inside) return i + 1;
  }
  return size;
}

static char delimiter_infer(const char *record, size_t size) {
  static const char candidates[] = {',', ';', '\t', '|'};
  size_t best_count = 0;
  char best = ',';
  for (size_t k = 0; k < sizeof candidates; k++) {
    size_t count = 0;
    bool inside = false;
    for (size_t i = 0; i < size; i++) {
      if (record[i] == '"') inside = !inside;
      count += record[i] == candidates[k] && !inside;
    }
    if (count > best_count) best_count = count, best = candidates[k];
  }
  return best;
}

static const char *header_name(CsvSource *s, Str text) {
  text = csv_span_trim(text);
  char *name = arena_alloc(s->arena, (size_t)text.size * 3 + 1);
  size_t n = 0, bad;
  if (text.size >= 2 && *text.data == '"' && text.data[text.size - 1] == '"') {
    for (uint32_t i = 1; i + 1 < text.size; i++) {
      name[n++] = text.data[i];
      if (text.data[i] == '"' && text.data[i + 1] == '"') i++;
    }
    text = csv_span_trim((Str){arena_strndup(s->arena, name, n), (uint32_t)n});
  }
  CodePage page;
  if (csv_code_page(s->spec->format, &page))
    n = code_page_to_utf8(page, text.data, text.size, name, &bad);
  else
    memcpy(name, text.data, n = text.size);
  if (n == SIZE_MAX) n = 0;
  name[n] = 0;
  return name;
}

// Splits the record's fields; their names when `names` is not NULL. Returns the number of fields.
static uint32_t header_split(CsvSource *s, const char *record, size_t size, char delimiter,
                             const char **names) {
  uint32_t count = 0;
  bool inside = false;
  size_t start = 0;
  while (size && (record[size - 1] == '\n' || record[size - 1] == '\r')) size--;
  for (size_t i = 0; i <= size && count < FIELDS_MAX; i++) {
    if (i < size && record[i] == '"') inside = !inside;
    if (i < size && (record[i] != delimiter || inside)) continue;
    if (names) names[count] = header_name(s, (Str){record + start, (uint32_t)(i - start)});
    count++;
    start = i + 1;
  }
  return count;
}

static uint32_t name_find(const char *const *names, uint32_t count, const char *name) {
  for (uint32_t i = 0; i < count; i++)
    if (!strcmp(names[i], name)) return i;
  for (uint32_t i = 0; i < count; i++)
    if (!strcasecmp(names[i], name)) return i;
  return FIELD_ABSENT;
}

#define HEADER_BYTES_MAX (1024 * 1024)

Status csv_header_read(const char *path, const ModelSource *format, Arena *arena, CsvHeader *out,
                       Error *error) {
  Reader *reader;
  TRY(reader_open(path, &reader, error));
  char *text = mem_alloc(HEADER_BYTES_MAX);
  size_t size = 0;
  Status status = reader_read(reader, text, HEADER_BYTES_MAX, &size, error);
  reader_close(reader);
  size_t length = record_length(text, size);
  if (status == STATUS_OK && !length)
    status = error_set(error, STATUS_INVALID, "%s is empty: a header line was expected", path);
  if (status == STATUS_OK) {
    SourceSpec spec = {.format = format};
    CsvSource s = {.spec = &spec, .arena = arena};
    out->delimiter = format->delimiter ? format->delimiter : delimiter_infer(text, length);
    out->count = header_split(&s, text, length, out->delimiter, NULL);
    out->names = ARENA_ARRAY(arena, const char *, out->count);
    header_split(&s, text, length, out->delimiter, out->names);
  }
  mem_free(text);
  return status;
}

static Status header_missing(const CsvSource *s, const CsvFile *file, const SourceColumn *column,
                             const char *const *names, Error *error) {
  const char *near = text_nearest(column->field, names, file->field_count);
  char hint[160] = "";
  if (near) snprintf(hint, sizeof hint, "; the nearest is '%s'", near);
  if (!near && file->field_count == 1)
    snprintf(hint, sizeof hint, "; the line has one field only, is the delimiter right?");
  return error_set(error, STATUS_INVALID,
                   "%s:1: the header has no column '%s', which %s.%s is read from%s", file->path,
                   column->field, s->spec->table, column->name, hint);
}

static void header_tell_extra(const CsvSource *s, const CsvFile *file, const char *const *names) {
  char text[512];
  size_t used = 0;
  uint32_t extra = 0;
  for (uint32_t f = 0; f < file->field_count; f++) {
    bool known = !names[f][0];
    for (uint32_t c = 0; c < s->spec->column_count && !known; c++) known = file->fields[c] == f;
    if (known) continue;
    extra++;
    if (used + strlen(names[f]) + 8 < sizeof text - 64)
      used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? ", " : "", names[f]);
  }
  if (!extra || !s->spec->notice) return;
  char notice[1024];
  snprintf(notice, sizeof notice, "%s: %u column%s not in the model, left out: %s", file->path,
           extra, extra == 1 ? "" : "s", text);
  s->spec->notice(s->spec->notice_context, notice);
}

static Status header_map(CsvSource *s, CsvFile *file, const char *record, size_t size,
                         Error *error) {
  const char **names = ARENA_ARRAY(s->arena, const char *, file->field_count);
  header_split(s, record, size, file->delimiter, names);
  for (uint32_t c = 0; c < s->spec->column_count; c++) {
    const SourceColumn *column = &s->spec->columns[c];
    uint32_t found = name_find(names, file->field_count, column->field);
    if (found == FIELD_ABSENT && !column->optional)
      return header_missing(s, file, column, names, error);
    file->fields[c] = found;
    for (uint32_t f = found + 1; found != FIELD_ABSENT && f < file->field_count; f++)
      if (!strcmp(names[f], names[found]))
        return error_set(error, STATUS_INVALID, "%s:1: the header names '%s' twice", file->path,
                         names[found]);
  }
  header_tell_extra(s, file, names);
  return STATUS_OK;
}

// No header: fields are the source's columns in order. One empty field more is allowed, since some
// exports end every line with a delimiter.
static Status positions_map(CsvSource *s, CsvFile *file, Error *error) {
  for (uint32_t c = 0; c < s->spec->column_count; c++) file->fields[c] = c;
  uint32_t count = s->spec->column_count;
  if (file->field_count == count || file->field_count == count + 1) return STATUS_OK;
  return error_set(error, STATUS_INVALID,
                   "%s:1: %u fields, but table %s has %u columns, and the file has no header",
                   file->path, file->field_count, s->spec->table, count);
}

// Reads the header (or first record) of a file from its first chunk.
Status csv_file_begin(CsvSource *s, Chunk *chunk, Error *error) {
  const char *path = s->spec->paths[s->path_at];
  CsvFile *file = ARENA_NEW(s->arena, CsvFile);
  *file = (CsvFile){.next = s->files, .path = path};
  s->files = file;
  chunk->context = file;
  file->fields = ARENA_ARRAY(s->arena, uint32_t, s->spec->column_count);
  bool header = s->spec->format->has_header;
  if (chunk->size == 0 && header)
    return error_set(error, STATUS_INVALID, "%s is empty: a header line was expected", path);
  size_t length = record_length(chunk->data, chunk->size);
  const char *cr = memchr(chunk->data, '\r', length);
  if (cr && cr + 1 < chunk->data + length && cr[1] != '\n' && cr[1] != '\r' &&
      !memchr(chunk->data, '"', length))
    return error_set(error, STATUS_INVALID,
                     "%s:1: lines end in CR alone; convert the file to LF or CR LF", path);
  file->delimiter = s->spec->format->delimiter;
  if (!file->delimiter) file->delimiter = delimiter_infer(chunk->data, length);
  file->field_count = header_split(s, chunk->data, length, file->delimiter, NULL);
  if (chunk->size == 0) return STATUS_OK;
  if (!header) return positions_map(s, file, error);
  TRY(header_map(s, file, chunk->data, length, error));
  for (size_t i = 0; i < length; i++) s->line += chunk->data[i] == '\n';
  chunk->data += length;
  chunk->size -= length;
  return STATUS_OK;
}
