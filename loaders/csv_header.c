// The first lines of a CSV file: its delimiter, its names, and which of them the table's columns
// are.
//
// A file's columns may stand in any order; names match exactly, else without regard to case. A
// column that is missing is an error that names the nearest header; one too many is a notice. A
// column without a name is called by its place: "column 2".
#include "csv.h"
#include <ctype.h>
#include <stdio.h>

// --- Records ---

// Length of the record at the start of text, its line end included; size when there is none.
static size_t record_length(const char *text, size_t size) {
  bool inside = false;
  for (size_t i = 0; i < size; i++) {
    if (text[i] == '"') inside = !inside;
    if (text[i] == '\n' && !inside) return i + 1;
  }
  return size;
}

static size_t blank_lines_length(const char *text, size_t size) {
  size_t at = 0;
  for (size_t i = 0; i < size && (text[i] == '\r' || text[i] == '\n'); i++)
    if (text[i] == '\n') at = i + 1;
  return at;
}

// "sep=;", by which Excel is told of a delimiter: the line's length, 0 when it is none.
static size_t separator_line(const char *text, size_t size, char *delimiter) {
  size_t length = record_length(text, size), end = length;
  while (end && (text[end - 1] == '\n' || text[end - 1] == '\r')) end--;
  bool quoted = end == 7 && *text == '"' && text[6] == '"';
  if ((end != 5 && !quoted) || strncasecmp(text + quoted, "sep=", 4)) return 0;
  *delimiter = text[4 + quoted];
  return length;
}

// What stands before the first record: blank lines, and a line that names the delimiter.
static size_t preamble_length(const char *text, size_t size, char *delimiter) {
  *delimiter = 0;
  size_t at = blank_lines_length(text, size);
  at += separator_line(text + at, size - at, delimiter);
  return at + (*delimiter ? blank_lines_length(text + at, size - at) : 0);
}

// --- The delimiter ---

#define RECORDS_LOOKED_AT 200

// How a file looks when it is split at a character.
typedef struct Split {
  uint32_t fields;  // of the first record
  uint32_t records; // beyond the first that have as many
  double plain;     // share of fields that are numbers, dates or times
} Split;

// Digits with what stands between them in numbers, dates and times.
static bool field_is_plain(const char *text, size_t size) {
  bool digit = false;
  for (size_t i = 0; i < size; i++) {
    bool number = isdigit((unsigned char)text[i]) != 0;
    digit |= number;
    if (!number && !strchr("+-.,:/ \r\"", text[i])) return false;
  }
  return digit;
}

static uint32_t record_split(const char *text, size_t size, char delimiter, uint32_t *plain) {
  uint32_t count = 0;
  bool inside = false;
  size_t start = 0;
  while (size && (text[size - 1] == '\n' || text[size - 1] == '\r')) size--;
  for (size_t i = 0; i <= size; i++) {
    if (i < size && text[i] == '"') inside = !inside;
    if (i < size && (text[i] != delimiter || inside)) continue;
    *plain += field_is_plain(text + start, i - start);
    start = i + 1;
    count++;
  }
  return count;
}

static Split text_split(const char *text, size_t size, char delimiter) {
  Split split = {0};
  uint32_t fields = 0, plain = 0, header_plain = 0;
  for (uint32_t r = 0; r < RECORDS_LOOKED_AT && size; r++) {
    size_t length = record_length(text, size);
    bool cut = length == size && text[size - 1] != '\n'; // its rest is not here
    if (r && cut) break;
    size_t blank = blank_lines_length(text, length);
    if (!blank) {
      uint32_t count = record_split(text, length, delimiter, r ? &plain : &header_plain);
      if (!r) split.fields = count;
      if (r) fields += count;
      split.records += r && count == split.fields;
    }
    text += length;
    size -= length;
  }
  split.plain = fields ? (double)plain / fields : 0;
  return split;
}

// a splits the file better than b: more of its lines alike; then more of the fields numbers and
// dates, which no delimiter should cut; then more fields.
static bool split_is_better(const Split *a, const Split *b) {
  if ((a->fields > 1) != (b->fields > 1)) return a->fields > 1;
  if (a->records != b->records) return a->records > b->records;
  if (a->plain > b->plain || a->plain < b->plain) return a->plain > b->plain;
  return a->fields > b->fields;
}

// The delimiter under which the first lines have the same number of fields, and more than one. Of
// equals the one that is rarer in texts.
static char delimiter_infer(const char *text, size_t size) {
  static const char candidates[] = {'\t', '|', ';', ','};
  Split best = {0};
  char chosen = ',';
  for (size_t k = 0; k < sizeof candidates; k++) {
    Split split = text_split(text, size, candidates[k]);
    if (split.fields < 2 || !split_is_better(&split, &best)) continue;
    best = split;
    chosen = candidates[k];
  }
  return chosen;
}

// --- What is no CSV file ---

// By the first bytes; NULL: nothing is known against it.
static const char *text_is_foreign(const char *text, size_t size) {
  static const struct {
    const char *bytes, *is;
  } marks[] = {
      {"%PDF-", "is a PDF document: save its tables as CSV"},
      {"PK\x03\x04", "is a ZIP archive or an Excel workbook: unpack it, or save it as CSV"},
      {"\xd0\xcf\x11\xe0", "is an old Excel workbook: save it as CSV"},
      {"<!doctype", "is an HTML page"},
      {"<html", "is an HTML page"},
      {"<?xml", "is an XML document"},
  };
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
    size_t n = strlen(marks[i].bytes);
    if (size >= n && !strncasecmp(text, marks[i].bytes, n)) return marks[i].is;
  }
  size_t line = record_length(text, size);
  if (memchr(text, 0, line))
    return "has zero bytes in its first line: it is no text, or say encoding: utf-16le";
  while (line && (unsigned char)text[line - 1] <= ' ') line--;
  if (line > 2 && text[0] == '{' && text[line - 1] == '}' && memchr(text, '"', line))
    return "has a JSON object in its first line: say format: jsonl in the source";
  return NULL;
}

static Status text_check(const char *path, const char *text, size_t size, Error *error) {
  const char *foreign = text_is_foreign(text, size);
  if (foreign) return error_set(error, STATUS_INVALID, "%s is no CSV file: it %s", path, foreign);
  return STATUS_OK;
}

// --- Names ---

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

// "column 2" is the second, when the header has no name for it.
static uint32_t name_find_place(const char *const *names, uint32_t count, const char *name) {
  unsigned place;
  int end = 0;
  if (sscanf(name, "column %u%n", &place, &end) != 1 || name[end]) return FIELD_ABSENT;
  return place >= 1 && place <= count && !*names[place - 1] ? place - 1 : FIELD_ABSENT;
}

// The field, or FIELD_ABSENT; *other is another that fits as well.
static uint32_t name_find(const char *const *names, uint32_t count, const char *name,
                          uint32_t *other) {
  for (int folded = 0; folded < 2; folded++) {
    uint32_t found = FIELD_ABSENT;
    *other = FIELD_ABSENT;
    for (uint32_t i = 0; i < count; i++) {
      if (folded ? strcasecmp(names[i], name) : strcmp(names[i], name)) continue;
      if (found == FIELD_ABSENT)
        found = i;
      else if (*other == FIELD_ABSENT)
        *other = i;
    }
    if (found != FIELD_ABSENT) return found;
  }
  return name_find_place(names, count, name);
}

#define HEADER_BYTES_MAX (1024 * 1024)

Status csv_header_read(const char *path, const ModelSource *format, Arena *arena, CsvHeader *out,
                       Error *error) {
  Reader *reader;
  TRY(reader_open(path, format->encoding_name, format->sheet, &reader, error));
  char *text = mem_alloc(HEADER_BYTES_MAX);
  size_t size = 0;
  Status status = reader_read(reader, text, HEADER_BYTES_MAX, &size, error);
  reader_close(reader);
  if (status == STATUS_OK) status = text_check(path, text, size, error);
  char separator;
  size_t start = preamble_length(text, size, &separator);
  size_t length = record_length(text + start, size - start);
  if (status == STATUS_OK && !length)
    status = error_set(error, STATUS_INVALID, "%s is empty: a header line was expected", path);
  if (status == STATUS_OK) {
    SourceSpec spec = {.format = format};
    CsvSource s = {.spec = &spec, .arena = arena};
    out->delimiter = format->delimiter ? format->delimiter : separator;
    if (!out->delimiter) out->delimiter = delimiter_infer(text + start, size - start);
    out->count = header_split(&s, text + start, length, out->delimiter, NULL);
    out->names = ARENA_ARRAY(arena, const char *, out->count);
    header_split(&s, text + start, length, out->delimiter, out->names);
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
                   "%s:%llu: the header has no column '%s', which %s.%s is read from%s", file->path,
                   (unsigned long long)s->line, column->field, s->spec->table, column->name, hint);
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
    uint32_t other, found = name_find(names, file->field_count, column->field, &other);
    if (found == FIELD_ABSENT && !column->optional)
      return header_missing(s, file, column, names, error);
    file->fields[c] = found;
    if (other == FIELD_ABSENT) continue;
    if (!strcmp(names[found], names[other]))
      return error_set(error, STATUS_INVALID, "%s:%llu: the header names '%s' twice", file->path,
                       (unsigned long long)s->line, names[found]);
    return error_set(error, STATUS_INVALID,
                     "%s:%llu: '%s', which %s.%s is read from, fits both '%s' and '%s' of the "
                     "header: say \"field\" exactly",
                     file->path, (unsigned long long)s->line, column->field, s->spec->table,
                     column->name, names[found], names[other]);
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

static void chunk_skip(CsvSource *s, Chunk *chunk, size_t size) {
  for (size_t i = 0; i < size; i++) s->line += chunk->data[i] == '\n';
  chunk->data += size;
  chunk->size -= size;
}

// A chunk of blank lines alone tells nothing: the next one is asked.
Status csv_file_begin(CsvSource *s, Chunk *chunk, bool ended, Error *error) {
  const char *path = s->spec->paths[s->path_at];
  CsvFile *file = ARENA_NEW(s->arena, CsvFile);
  *file = (CsvFile){.next = s->files, .path = path};
  s->files = file;
  chunk->context = file;
  file->fields = ARENA_ARRAY(s->arena, uint32_t, s->spec->column_count);
  bool header = s->spec->format->has_header;
  char separator;
  chunk_skip(s, chunk, preamble_length(chunk->data, chunk->size, &separator));
  s->begun = chunk->size > 0 || ended;
  if (!s->begun) {
    s->files = file->next;
    return STATUS_OK;
  }
  TRY(text_check(path, chunk->data, chunk->size, error));
  if (chunk->size == 0 && header)
    return error_set(error, STATUS_INVALID, "%s is empty: a header line was expected", path);
  size_t length = record_length(chunk->data, chunk->size);
  const char *cr = memchr(chunk->data, '\r', length);
  if (cr && cr + 1 < chunk->data + length && cr[1] != '\n' && cr[1] != '\r' &&
      !memchr(chunk->data, '"', length))
    return error_set(error, STATUS_INVALID,
                     "%s:1: lines end in CR alone; convert the file to LF or CR LF", path);
  file->delimiter = s->spec->format->delimiter ? s->spec->format->delimiter : separator;
  if (!file->delimiter) file->delimiter = delimiter_infer(chunk->data, chunk->size);
  file->field_count = header_split(s, chunk->data, length, file->delimiter, NULL);
  if (chunk->size == 0) return STATUS_OK;
  if (!header) return positions_map(s, file, error);
  TRY(header_map(s, file, chunk->data, length, error));
  chunk_skip(s, chunk, length);
  return STATUS_OK;
}
