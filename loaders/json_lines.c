// JSON as a source: objects, a line each, or as they come, or in one array; their members named by
// the columns' fields, those of objects in them by a path: customer.id.
// With `each` the elements of a list are the rows; what lies outside of it is said of each of them:
//
//   {"receipt": 7, "lines": [{"sku": "A"}, {"sku": "B"}]}   each: lines   receipt  lines.sku
//                                                                         7        A
//                                                                         7        B
//
// Numbers and strings are texts that go through the same field parsers as CSV, so that a type means
// the same whatever the file, and a number is as exact as its column. Names match as in CSV:
// exactly, else without regard to case.
#include "field.h"
#include "json_fields.h"
#include "json_flat.h"
#include "json_scan.h"
#include "reader.h"
#include "source.h"
#include <stdatomic.h>
#include <stdio.h>

#define FIRST_LINES 100 // whose names are kept

typedef struct JsonSource {
  Source source;
  const SourceSpec *spec;
  Reader *reader;
  uint32_t path_at;
  uint64_t sequence, line;
  int64_t position_before;
  char *tail;
  size_t tail_size, tail_capacity;
  JsonFlat flat;     // of the current file
  bool nested;       // a column's field is a path
  JsonFields fields; // of the first lines, for the nearest name
  atomic_bool *seen; // of each column: some line has its field; behind them: there is a line
} JsonSource;

// --- Chunks: strings of JSON hold no raw line ends, so any line end is a record's end ---

static Status chunk_fill(JsonSource *s, Chunk *chunk, size_t *kept, bool *ended, Error *error) {
  size_t wanted = s->spec->chunk_bytes ? s->spec->chunk_bytes : CHUNK_BYTES_DEFAULT;
  if (wanted < s->tail_size * 2) wanted = s->tail_size * 2;
  chunk->size = 0;
  chunk_reserve(chunk, wanted + 1);
  if (s->tail_size) memcpy(chunk->data, s->tail, s->tail_size);
  chunk->size = s->tail_size;
  *ended = false;
  for (;;) {
    size_t got;
    TRY(reader_read(s->reader, chunk->data + chunk->size, wanted - chunk->size, &got, error));
    *ended = got < wanted - chunk->size;
    json_flatten(&s->flat, chunk->data + chunk->size, got);
    chunk->size += got;
    if (*ended && chunk->size && chunk->data[chunk->size - 1] != '\n')
      chunk->data[chunk->size++] = '\n';
    const char *last = memrchr(chunk->data, '\n', chunk->size);
    *kept = last ? (size_t)(last - chunk->data) + 1 : 0;
    if (last || *ended) return STATUS_OK;
    if (wanted >= RECORD_BYTES_MAX)
      return error_set(error, STATUS_INVALID, "%s:%llu: the line is longer than 64 MiB",
                       s->spec->paths[s->path_at], (unsigned long long)s->line);
    wanted *= 2;
    chunk_reserve(chunk, wanted + 1);
  }
}

static Status json_read(Source *source, Chunk *chunk, bool *end, Error *error) {
  JsonSource *s = (JsonSource *)source;
  *end = s->path_at == s->spec->path_count;
  if (*end) return STATUS_OK;
  if (!s->reader) {
    TRY(reader_open(s->spec->paths[s->path_at], s->spec->format->encoding_name, NULL, &s->reader,
                    error));
    s->line = 1;
    s->tail_size = 0;
    s->flat = (JsonFlat){0};
  }
  bool ended;
  size_t kept;
  TRY(chunk_fill(s, chunk, &kept, &ended, error));
  s->tail_size = chunk->size - kept;
  if (s->tail_size > s->tail_capacity) {
    s->tail_capacity = s->tail_size * 2;
    s->tail = mem_realloc(s->tail, s->tail_capacity);
  }
  if (s->tail_size) memcpy(s->tail, chunk->data + kept, s->tail_size);
  chunk->size = kept;
  chunk->file = s->path_at;
  chunk->context = s->spec->paths[s->path_at];
  chunk->first_line = s->line;
  if (!s->sequence)
    json_fields_add(&s->fields, chunk->data, chunk->size, FIRST_LINES, s->spec->format->each);
  chunk->sequence = s->sequence++;
  chunk->position = s->position_before + reader_position(s->reader);
  for (size_t i = 0; i < kept; i++) s->line += chunk->data[i] == '\n';
  if (ended) {
    s->position_before = chunk->position;
    reader_close(s->reader);
    s->reader = NULL;
    s->path_at++;
  }
  return STATUS_OK;
}

// A field that no line has is more often a wrong name than an empty column.
static void tell_unseen(const JsonSource *s) {
  if (!s->spec->notice || !s->seen[s->spec->column_count]) return;
  for (uint32_t c = 0; c < s->spec->column_count; c++) {
    const SourceColumn *column = &s->spec->columns[c];
    if (s->seen[c] || column->optional) continue;
    char text[768], hint[256] = "";
    const char *near = text_nearest(column->field, s->fields.names, s->fields.count);
    if (near) snprintf(hint, sizeof hint, "; the nearest is '%s'", near);
    snprintf(text, sizeof text, "%s: no line has the field '%s', which column %s is read from%s",
             s->spec->table, column->field, column->name, hint);
    s->spec->notice(s->spec->notice_context, text);
  }
}

static void json_destroy(Source *source) {
  JsonSource *s = (JsonSource *)source;
  if (s->path_at == s->spec->path_count) tell_unseen(s);
  reader_close(s->reader);
  json_fields_clear(&s->fields);
  mem_free(s->tail);
  mem_free(s->seen);
  mem_free(s);
}

// --- Values ---

typedef enum JsonMatch { MATCH_NONE, MATCH_FOLDED, MATCH_EXACT } JsonMatch;

// What a line has for a column.
typedef struct JsonCell {
  JsonMatch match;
  bool twice; // two members match equally well
  JsonMember member;
} JsonCell;

typedef struct JsonRow {
  const JsonSource *source;
  const SourceSpec *spec;
  Batch *batch;
  FieldFormat *format;
  JsonCell *cells; // of each column
  Str list;        // of the line, at the path `each`; data NULL: it has none
  const char *list_fault;
  uint32_t row;
} JsonRow;

static void value_reject(JsonRow *r, uint32_t column, Str text, const char *reason) {
  batch_reject(r->batch, r->row, batch_line(r->batch, r->row), r->spec->columns[column].name, text,
               reason);
}

static void value_null(JsonRow *r, uint32_t column) {
  BatchColumn *out = &r->batch->columns[column];
  if (r->spec->columns[column].not_null)
    value_reject(r, column, (Str){"", 0}, "is missing or null, and the model says not_null");
  bits_set(out->nulls, r->row);
  out->has_null = true;
}

// A copy of the value's text, with eight readable bytes on both sides.
static Str value_text(JsonRow *r, const JsonMember *member) {
  uint32_t size = member->text.size;
  if (r->spec->format->each && !member->escaped) return member->text; // maybe of several rows
  char *copy = batch_scratch(r->batch, member->text.size);
  if (member->escaped)
    size = json_unescape(member->text, copy);
  else
    memcpy(copy, member->text.data, size);
  return (Str){copy, size};
}

static void value_store_string(JsonRow *r, uint32_t column, Str text) {
  BatchColumn *out = &r->batch->columns[column];
  if (out->layout == BATCH_TEXTS)
    ((Str *)out->values)[r->row] = text;
  else
    ((uint32_t *)out->values)[r->row] =
        local_dictionary_intern(&out->dictionary, text.data, text.size);
}

static void value_store_typed(JsonRow *r, uint32_t column, Str text, bool from_string) {
  BatchColumn *out = &r->batch->columns[column];
  Type type = r->spec->columns[column].type;
  FieldFormat format = *r->format;
  if (!from_string) format.decimal_point = '.';
  if (!from_string) format.marks = NULL;
  format.unix_ticks = r->spec->columns[column].unix_ticks;
  FieldValue value = {0};
  FieldResult result = field_parse(type, text, &format, &value);
  r->format->doubled_times = format.doubled_times;
  r->format->missing_times = format.missing_times;
  if (result == FIELD_ROUNDED && r->spec->columns[column].round) result = FIELD_OK;
  if (result != FIELD_OK) {
    char reason[FIELD_REASON_BYTES];
    value_reject(r, column, text, field_reason(type, result, reason));
  }
  if (out->layout == BATCH_WIDES)
    ((int128_t *)out->values)[r->row] = value.wide;
  else if (out->layout == BATCH_DOUBLES)
    ((double *)out->values)[r->row] = value.d;
  else
    ((int64_t *)out->values)[r->row] = value.i;
}

static void value_clear(JsonRow *r, uint32_t column) {
  BatchColumn *out = &r->batch->columns[column];
  size_t size = batch_layout_bytes(out->layout);
  memset((char *)out->values + r->row * size, 0, size);
  if (out->layout == BATCH_TEXTS) ((Str *)out->values)[r->row] = (Str){"", 0};
}

static void value_store(JsonRow *r, uint32_t column) {
  const JsonCell *cell = &r->cells[column];
  const JsonMember *member = &cell->member;
  bool string = r->spec->columns[column].type.kind == TYPE_STRING;
  bool quoted = member->kind == JSON_KIND_STRING;
  value_clear(r, column);
  if (quoted && r->batch->columns[column].quoted)
    bits_set(r->batch->columns[column].quoted, r->row);
  if (cell->twice)
    value_reject(r, column, member->key, "is there twice");
  else if (!cell->match || member->kind == JSON_KIND_NULL ||
           (quoted && !string && !member->text.size))
    value_null(r, column);
  else if (member->kind == JSON_KIND_NESTED)
    value_reject(
        r, column, (Str){"", 0},
        *member->text.data == '['
            ? "is a list; one value was expected (source: {each: NAME} makes a row of each "
              "object in a list)"
            : "is an object; one value was expected (field: NAME.MEMBER)");
  else if (string)
    value_store_string(r, column, value_text(r, member));
  else
    value_store_typed(r, column, value_text(r, member), quoted);
}

// --- Lines ---

static JsonMatch name_match(Str key, const char *field) {
  size_t size = strlen(field);
  if (key.size != size) return MATCH_NONE;
  if (!memcmp(key.data, field, size)) return MATCH_EXACT;
  return strncasecmp(key.data, field, size) ? MATCH_NONE : MATCH_FOLDED;
}

#define KEY_BYTES 1024 // longer names with escapes match nothing

// prefix: the path to the object that has the member, with a dot behind each name.
static void member_take(JsonRow *r, const JsonMember *member, Str prefix, uint32_t depth) {
  char plain[KEY_BYTES];
  Str key = json_path(prefix, member, plain, sizeof plain);
  if (!key.data) return;
  const char *each = r->spec->format->each;
  if (each && name_match(key, each)) {
    bool list = member->kind == JSON_KIND_NESTED && *member->text.data == '[';
    if (list) r->list = member->text;
    if (!list && member->kind != JSON_KIND_NULL) r->list_fault = "is not a list of objects";
  }
  bool inside = r->source->nested && member->kind == JSON_KIND_NESTED &&
                *member->text.data == '{' && depth < JSON_PATH_DEPTH_MAX;
  if (inside && key.size + 1 < sizeof plain) {
    JsonScan scan;
    JsonMember inner;
    char path[KEY_BYTES];
    memcpy(path, key.data, key.size);
    path[key.size] = '.';
    json_scan_begin(&scan, member->text);
    while (json_scan_member(&scan, &inner))
      member_take(r, &inner, (Str){path, key.size + 1}, depth + 1);
  }
  for (uint32_t c = 0; c < r->spec->column_count; c++) {
    JsonCell *cell = &r->cells[c];
    JsonMatch match = name_match(key, r->spec->columns[c].field);
    if (!match || match < cell->match) continue;
    *cell = (JsonCell){match, match == cell->match, *member};
    if (!r->source->seen[c]) r->source->seen[c] = true;
  }
}

static void row_store(JsonRow *r) {
  for (uint32_t c = 0; c < r->spec->column_count; c++) value_store(r, c);
  r->row++;
}

// Strings outside of the list, of which each of its rows has a view, are resolved once.
static void cells_unescape(JsonRow *r) {
  for (uint32_t c = 0; c < r->spec->column_count; c++) {
    JsonMember *member = &r->cells[c].member;
    if (!r->cells[c].match || !member->escaped) continue;
    char *copy = batch_scratch(r->batch, member->text.size);
    member->text = (Str){copy, json_unescape(member->text, copy)};
    member->escaped = false;
  }
}

// A row of each element of the line's list.
static void list_parse(JsonRow *r, uint32_t line) {
  size_t bytes = r->spec->column_count * sizeof *r->cells;
  const char *at = r->list.data, *each = r->spec->format->each;
  char prefix[KEY_BYTES];
  uint32_t prefix_size = (uint32_t)snprintf(prefix, sizeof prefix, "%.*s.", KEY_BYTES - 2, each);
  JsonCell *outer = mem_alloc(bytes);
  cells_unescape(r);
  memcpy(outer, r->cells, bytes);
  for (Str item; json_next_item(r->list, &at, &item);) {
    JsonScan scan;
    JsonMember member;
    r->batch->lines[r->row] = line;
    memcpy(r->cells, outer, bytes);
    json_scan_begin(&scan, item);
    while (scan.is_object && json_scan_member(&scan, &member))
      member_take(r, &member, (Str){prefix, prefix_size}, 1);
    if (!scan.is_object)
      batch_reject(r->batch, r->row, batch_line(r->batch, r->row), each, item,
                   "is not an object, as the elements of its list are to be");
    row_store(r);
  }
  mem_free(outer);
}

static void line_reject(JsonRow *r, const char *column, Str text, const char *reason) {
  batch_reject(r->batch, r->row, batch_line(r->batch, r->row), column, text, reason);
  for (uint32_t c = 0; c < r->spec->column_count; c++) value_clear(r, c);
  r->row++;
}

static void line_parse(JsonRow *r, Str line, uint32_t number) {
  JsonScan scan;
  JsonMember member;
  memset(r->cells, 0, r->spec->column_count * sizeof *r->cells);
  r->list = (Str){NULL, 0};
  r->list_fault = NULL;
  r->batch->lines[r->row] = number;
  json_scan_begin(&scan, line);
  while (scan.is_object && json_scan_member(&scan, &member))
    member_take(r, &member, (Str){"", 0}, 0);
  if (scan.is_object && !scan.fault) {
    if (!r->spec->format->each)
      row_store(r);
    else if (r->list_fault)
      line_reject(r, r->spec->format->each, (Str){"", 0}, r->list_fault);
    else if (r->list.data)
      list_parse(r, number);
    return;
  }
  char reason[FIELD_REASON_BYTES];
  if (scan.fault)
    snprintf(reason, sizeof reason, "not JSON at byte %zu: %s", (size_t)(scan.at - scan.start) + 1,
             scan.fault);
  else
    snprintf(reason, sizeof reason, "the line is not a JSON object");
  line_reject(r, "", line, reason);
}

// Texts are never longer than in the file, but several columns may read one member.
static size_t scratch_bytes(const SourceSpec *spec, size_t text_bytes) {
  uint32_t readers = 1;
  for (uint32_t c = 0; c < spec->column_count; c++) {
    uint32_t same = 0;
    for (uint32_t k = 0; k < spec->column_count; k++)
      same += !strcasecmp(spec->columns[c].field, spec->columns[k].field);
    if (same > readers) readers = same;
  }
  return text_bytes * readers;
}

static Status json_parse(const Source *source, const Chunk *chunk, Batch *batch, Error *error) {
  const JsonSource *s = (const JsonSource *)source;
  const SourceSpec *spec = s->spec;
  (void)error;
  uint32_t lines = 0; // or more: an element of a list begins with a brace
  bool each = spec->format->each != NULL;
  for (size_t i = 0; i < chunk->size; i++)
    lines += chunk->data[i] == '\n' || (each && chunk->data[i] == '{');
  batch_begin(batch, spec->columns, lines, chunk);
  batch_scratch_reserve(batch, scratch_bytes(spec, chunk->size));
  if (!batch->line_memory)
    batch->line_memory = mem_alloc(batch->capacity_rows * sizeof *batch->line_memory);
  batch->lines = batch->line_memory;
  NumberMarks marks;
  FieldFormat format = {.decimal_point = spec->format->decimal_point,
                        .marks = source_number_marks(spec->format, &marks),
                        .date_order = spec->format->date_order,
                        .date_order_set = spec->format->date_order_set,
                        .zone = spec->zone};
  JsonRow row = {.source = s, .spec = spec, .batch = batch, .format = &format};
  row.cells = mem_alloc((spec->column_count + 1) * sizeof *row.cells);
  uint32_t line = 0;
  bool any = false;
  for (const char *p = chunk->data, *end = p + chunk->size, *next; p < end; p = next, line++) {
    next = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
    Str text = {p, (uint32_t)(next - p - 1)};
    while (text.size && (unsigned char)text.data[text.size - 1] <= ' ') text.size--;
    if (!text.size) continue; // blank lines are nothing
    line_parse(&row, text, line);
    any = true;
  }
  mem_free(row.cells);
  if (any) s->seen[spec->column_count] = true;
  batch->row_count = row.row;
  batch->doubled_times = format.doubled_times;
  batch->missing_times = format.missing_times;
  batch_compact(batch);
  return STATUS_OK;
}

Source *json_lines_source_create(const SourceSpec *spec) {
  JsonSource *s = mem_alloc_zero(sizeof *s);
  s->source = (Source){json_read, json_parse, json_destroy};
  s->spec = spec;
  s->nested = spec->format->each != NULL;
  for (uint32_t c = 0; c < spec->column_count; c++)
    s->nested |= strchr(spec->columns[c].field, '.') != NULL;
  s->seen = mem_alloc_zero((spec->column_count + 1) * sizeof *s->seen);
  return &s->source;
}
