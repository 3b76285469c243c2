// JSON lines as a source: one object a line, its members named by the columns' fields.
//
// Numbers and strings become text and go through the same field parsers as CSV, so that a type
// means the same whatever the file. Numbers with a fraction pass through a double: beyond 15 digits
// they must be written as strings to stay exact.
#include "field.h"
#include "reader.h"
#include "source.h"
#include <jansson.h>

typedef struct JsonSource {
  Source source;
  const SourceSpec *spec;
  Reader *reader;
  uint32_t path_at;
  uint64_t sequence, line;
  int64_t position_before;
  char *tail;
  size_t tail_size, tail_capacity;
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
    TRY(reader_open(s->spec->paths[s->path_at], &s->reader, error));
    s->line = 1;
    s->tail_size = 0;
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

static void json_destroy(Source *source) {
  JsonSource *s = (JsonSource *)source;
  reader_close(s->reader);
  mem_free(s->tail);
  mem_free(s);
}

// --- Values ---

typedef struct JsonRow {
  const SourceSpec *spec;
  Batch *batch;
  FieldFormat *format;
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

#define NUMBER_TEXT_BYTES 64

// The value as text, with eight readable bytes on both sides.
static bool value_text(const json_t *value, char memory[NUMBER_TEXT_BYTES], bool as_double,
                       Str *out) {
  int n = 0;
  switch (json_typeof(value)) {
  case JSON_STRING:
    *out = (Str){json_string_value(value), (uint32_t)json_string_length(value)};
    return true;
  case JSON_INTEGER:
    n = snprintf(memory + 8, NUMBER_TEXT_BYTES / 2, "%lld", (long long)json_integer_value(value));
    break;
  case JSON_REAL:
    n = snprintf(memory + 8, NUMBER_TEXT_BYTES / 2, as_double ? "%.17g" : "%.15g",
                 json_real_value(value));
    break;
  case JSON_TRUE:
    n = snprintf(memory + 8, NUMBER_TEXT_BYTES / 2, "true");
    break;
  case JSON_FALSE:
    n = snprintf(memory + 8, NUMBER_TEXT_BYTES / 2, "false");
    break;
  default:
    return false;
  }
  *out = (Str){memory + 8, (uint32_t)n};
  return true;
}

static void value_store_string(JsonRow *r, uint32_t column, Str text) {
  BatchColumn *out = &r->batch->columns[column];
  char *copy = batch_scratch(r->batch, text.size);
  memcpy(copy, text.data, text.size);
  if (out->layout == BATCH_TEXTS)
    ((Str *)out->values)[r->row] = (Str){copy, text.size};
  else
    ((uint32_t *)out->values)[r->row] = local_dictionary_intern(&out->dictionary, copy, text.size);
}

static void value_store_typed(JsonRow *r, uint32_t column, Str text, bool from_string) {
  BatchColumn *out = &r->batch->columns[column];
  Type type = r->spec->columns[column].type;
  FieldFormat format = *r->format;
  if (!from_string) format.decimal_point = '.';
  char *copy = batch_scratch(r->batch, text.size);
  memcpy(copy, text.data, text.size);
  FieldValue value = {0};
  FieldResult result = field_parse(type, (Str){copy, text.size}, &format, &value);
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

static void value_store(JsonRow *r, uint32_t column, const json_t *value) {
  BatchColumn *out = &r->batch->columns[column];
  Type type = r->spec->columns[column].type;
  memset((char *)out->values + r->row * batch_layout_bytes(out->layout), 0,
         batch_layout_bytes(out->layout));
  if (out->layout == BATCH_TEXTS) ((Str *)out->values)[r->row] = (Str){"", 0};
  bool string = type.kind == TYPE_STRING;
  bool null = !value || json_is_null(value) ||
              (!string && json_is_string(value) && !json_string_length(value));
  if (null) {
    value_null(r, column);
    return;
  }
  char memory[NUMBER_TEXT_BYTES] = {0};
  Str text;
  if (!value_text(value, memory, type.kind == TYPE_DOUBLE, &text)) {
    value_reject(r, column, (Str){"", 0}, "is a list or an object; one value was expected");
    return;
  }
  if (string)
    value_store_string(r, column, text);
  else
    value_store_typed(r, column, text, json_is_string(value));
}

// --- Lines ---

static void row_parse(JsonRow *r, Str line) {
  json_error_t fault;
  json_t *object =
      json_loadb(line.data, line.size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &fault);
  if (!json_is_object(object)) {
    char reason[FIELD_REASON_BYTES];
    if (object)
      snprintf(reason, sizeof reason, "the line is not a JSON object");
    else
      snprintf(reason, sizeof reason, "not JSON at byte %d: %.60s", fault.position, fault.text);
    batch_reject(r->batch, r->row, batch_line(r->batch, r->row), "", line, reason);
    for (uint32_t c = 0; c < r->spec->column_count; c++) {
      BatchColumn *out = &r->batch->columns[c];
      size_t size = batch_layout_bytes(out->layout);
      memset((char *)out->values + r->row * size, 0, size);
    }
    json_decref(object);
    return;
  }
  for (uint32_t c = 0; c < r->spec->column_count; c++)
    value_store(r, c, json_object_get(object, r->spec->columns[c].field));
  json_decref(object);
}

// Unescaped strings are never longer than in the file, but several columns may read one member;
// numbers are written anew.
static size_t scratch_bytes(const SourceSpec *spec, size_t text_bytes, uint32_t lines) {
  uint32_t readers = 1;
  for (uint32_t c = 0; c < spec->column_count; c++) {
    uint32_t same = 0;
    for (uint32_t k = 0; k < spec->column_count; k++)
      same += !strcmp(spec->columns[c].field, spec->columns[k].field);
    if (same > readers) readers = same;
  }
  return text_bytes * readers + (size_t)lines * spec->column_count * (NUMBER_TEXT_BYTES / 2);
}

static Status json_parse(const Source *source, const Chunk *chunk, Batch *batch, Error *error) {
  const SourceSpec *spec = ((const JsonSource *)source)->spec;
  (void)error;
  uint32_t lines = 0;
  for (size_t i = 0; i < chunk->size; i++) lines += chunk->data[i] == '\n';
  batch_begin(batch, spec->columns, lines, chunk);
  batch_scratch_reserve(batch, scratch_bytes(spec, chunk->size, lines));
  if (!batch->line_memory)
    batch->line_memory = mem_alloc(batch->capacity_rows * sizeof *batch->line_memory);
  batch->lines = batch->line_memory;
  FieldFormat format = {.decimal_point = spec->format->decimal_point,
                        .date_order = spec->format->date_order,
                        .date_order_set = spec->format->date_order_set,
                        .zone = spec->zone};
  JsonRow row = {.spec = spec, .batch = batch, .format = &format};
  uint32_t line = 0;
  for (const char *p = chunk->data, *end = p + chunk->size, *next; p < end; p = next, line++) {
    next = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
    Str text = {p, (uint32_t)(next - p - 1)};
    while (text.size && (unsigned char)text.data[text.size - 1] <= ' ') text.size--;
    if (!text.size) continue; // blank lines are nothing
    batch->lines[row.row] = line;
    row_parse(&row, text);
    row.row++;
  }
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
  return &s->source;
}
