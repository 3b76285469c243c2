// POST /api/v1/workbook: a table that a client put together, as an XLSX file.
//
//   {"columns": [{"title", "format"}], "rows": [[...]], "lines": [[label, value]], ...}
//        └─ checked ─► batches of texts and doubles ─► ResultWriter (RESULT_XLSX) ─► reply
//
// A pivot takes several questions, so that no single one answers what is on the screen; its page
// sends the figures as they stand. Nothing is computed here, and the body's limit bounds the table.
#include "api.h"
#include "api_document.h"
#include "sql_request.h"

#define COLUMNS_MAX 1000
#define LINES_MAX 100

typedef struct Workbook {
  const json_t *columns, *rows, *lines; // the document's; lines may be NULL
  const char *filename;
  ResultBook book;
  Arena *arena;
} Workbook;

static Status place_fault(Error *error, const char *expected, const char *path) {
  error_set(error, STATUS_INVALID, "expected %s", expected);
  return error_prefix_path(error, "%s", path);
}

static bool is_number_format(const char *format) {
  static const char *const numbers[] = {"money", "count", "number", "percent"};
  for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
    if (strcmp(format, numbers[i]) == 0) return true;
  return false;
}

static Status look_read(const json_t *value, ResultBookColumn *column, Error *error) {
  const char *title = json_string_value(json_object_get(value, "title"));
  const char *format = json_string_value(json_object_get(value, "format"));
  bool known = format && (strcmp(format, "text") == 0 || is_number_format(format));
  if (!title || !known || json_object_size(value) != 2)
    return error_set(error, STATUS_INVALID,
                     "expected {\"title\": \"...\", \"format\": \"text\", \"money\", \"count\", "
                     "\"number\" or \"percent\"}");
  *column = (ResultBookColumn){title, format};
  return STATUS_OK;
}

static Status columns_read(Workbook *workbook, Error *error) {
  size_t count = json_array_size(workbook->columns);
  if (!count || count > COLUMNS_MAX)
    return place_fault(error, "an array of 1 to 1000 columns", "columns");
  ResultBookColumn *columns = ARENA_ARRAY(workbook->arena, ResultBookColumn, count);
  for (size_t c = 0; c < count; c++)
    if (look_read(json_array_get(workbook->columns, c), &columns[c], error) != STATUS_OK)
      return error_prefix_path(error, "columns[%zu]", c);
  workbook->book.columns = columns;
  workbook->book.column_count = (uint32_t)count;
  return STATUS_OK;
}

static Status lines_read(Workbook *workbook, Error *error) {
  size_t count = json_array_size(workbook->lines);
  if (count > LINES_MAX) return place_fault(error, "at most 100 lines", "lines");
  ResultBookLine *lines = ARENA_ARRAY(workbook->arena, ResultBookLine, count + 1);
  for (size_t i = 0; i < count; i++) {
    const json_t *line = json_array_get(workbook->lines, i);
    const json_t *value = json_array_get(line, 1);
    lines[i].label = json_string_value(json_array_get(line, 0));
    lines[i].value = json_string_value(value);
    if (json_array_size(line) == 2 && lines[i].label && (lines[i].value || json_is_null(value)))
      continue;
    error_set(error, STATUS_INVALID,
              "expected [label, value], two texts; a heading's value is null");
    return error_prefix_path(error, "lines[%zu]", i);
  }
  workbook->book.lines = lines;
  workbook->book.line_count = (uint32_t)count;
  return STATUS_OK;
}

static Status array_member(const json_t *value, const char *key, const json_t **array,
                           Error *error) {
  if (!json_is_array(value)) return place_fault(error, "an array", key);
  *array = value;
  return STATUS_OK;
}

static Status member_read(const char *key, const json_t *value, Workbook *workbook, Error *error) {
  Status status = STATUS_OK;
  if (strcmp(key, "columns") == 0) return array_member(value, key, &workbook->columns, error);
  if (strcmp(key, "rows") == 0) return array_member(value, key, &workbook->rows, error);
  if (strcmp(key, "lines") == 0) return array_member(value, key, &workbook->lines, error);
  if (strcmp(key, "sheet") == 0) {
    workbook->book.sheet = json_string_value(value);
    return workbook->book.sheet ? STATUS_OK : place_fault(error, "a text: the sheet's name", key);
  }
  if (strcmp(key, "language") == 0)
    status = sql_request_read_language(value, &workbook->book.language, error);
  else if (strcmp(key, "filename") == 0)
    status = sql_request_read_filename(value, &workbook->filename, error);
  else
    status =
        error_set(error, STATUS_INVALID,
                  "unknown member; expected columns, rows, lines, sheet, language or filename");
  return status == STATUS_OK ? status : error_prefix_path(error, "%s", key);
}

static Status workbook_read(json_t *document, Workbook *workbook, Error *error) {
  const char *key;
  json_t *value;
  Status status = STATUS_OK;
  json_object_foreach(document, key, value) {
    if (status == STATUS_OK) status = member_read(key, value, workbook, error);
  }
  TRY(status);
  if (!workbook->rows) return place_fault(error, "an array of rows", "rows");
  TRY(columns_read(workbook, error));
  return lines_read(workbook, error);
}

// ---- The rows as batches -----------------------------------------------------------------------

typedef struct RowBatch {
  Vector *vectors;
  uint64_t **validity;
  uint32_t column_count;
} RowBatch;

static RowBatch batch_make(const Workbook *workbook, uint32_t row_capacity) {
  uint32_t count = workbook->book.column_count;
  RowBatch batch = {.vectors = ARENA_ARRAY(workbook->arena, Vector, count),
                    .validity = ARENA_ARRAY(workbook->arena, uint64_t *, count),
                    .column_count = count};
  for (uint32_t c = 0; c < count; c++) {
    bool number = is_number_format(workbook->book.columns[c].format);
    size_t bytes = number ? sizeof(double) : sizeof(Str);
    batch.validity[c] = ARENA_ARRAY(workbook->arena, uint64_t, row_capacity / 64 + 1);
    batch.vectors[c] = (Vector){.type = number ? TYPE_OF_DOUBLE : TYPE_OF_STRING,
                                .physical = number ? PHYSICAL_DOUBLE : PHYSICAL_TEXT,
                                .data = arena_alloc(workbook->arena, row_capacity * bytes),
                                .validity = batch.validity[c]};
  }
  return batch;
}

// False: the value is none of the column's kind.
static bool cell_put(RowBatch *batch, uint32_t row, uint32_t column, const json_t *value) {
  const Vector *vector = &batch->vectors[column];
  bool known = !json_is_null(value), number = vector->physical == PHYSICAL_DOUBLE;
  if (known && !(number ? json_is_number(value) : json_is_string(value))) return false;
  if (number)
    ((double *)(uintptr_t)vector->data)[row] = known ? json_number_value(value) : 0;
  else
    ((Str *)(uintptr_t)vector->data)[row] =
        known ? (Str){json_string_value(value), (uint32_t)json_string_length(value)} : (Str){"", 0};
  bits_put(batch->validity[column], row, known);
  return true;
}

static Status row_put(RowBatch *batch, uint32_t at, const json_t *row, Error *error) {
  if (json_array_size(row) != batch->column_count)
    return error_set(error, STATUS_INVALID, "expected an array of %u cells, one a column",
                     batch->column_count);
  for (uint32_t c = 0; c < batch->column_count; c++) {
    if (cell_put(batch, at, c, json_array_get(row, c))) continue;
    error_set(error, STATUS_INVALID, "expected %s or null",
              batch->vectors[c].physical == PHYSICAL_DOUBLE ? "a number" : "a text");
    return error_prefix_path(error, "[%u]", c);
  }
  return STATUS_OK;
}

static Status rows_push(const Workbook *workbook, const ResultSink *sink, Error *error) {
  size_t count = json_array_size(workbook->rows);
  uint32_t capacity = (uint32_t)(count < VECTOR_ROWS ? count : VECTOR_ROWS);
  RowBatch rows = batch_make(workbook, capacity);
  ResultColumn *columns = ARENA_ARRAY(workbook->arena, ResultColumn, rows.column_count);
  for (uint32_t c = 0; c < rows.column_count; c++)
    columns[c] = (ResultColumn){workbook->book.columns[c].title, rows.vectors[c].type};
  TRY(sink->begin(sink->context, columns, rows.column_count, error));
  for (size_t r = 0; r < count; r += capacity) {
    Batch batch = {0, rows.column_count, rows.vectors};
    while (batch.row_count < capacity && r + batch.row_count < count) {
      size_t at = r + batch.row_count;
      if (row_put(&rows, batch.row_count++, json_array_get(workbook->rows, at), error) != STATUS_OK)
        return error_prefix_path(error, "rows[%zu]", at);
    }
    TRY(sink->rows(sink->context, &batch, error));
  }
  return STATUS_OK;
}

Status api_workbook(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                    Error *error) {
  json_t *document;
  TRY(api_document_read(request, "an object with \"columns\" and \"rows\"", &document, error));
  Workbook workbook = {.filename = "table.xlsx", .arena = arena_create()};
  Status status = workbook_read(document, &workbook, error);
  if (status == STATUS_OK) {
    ResultOptions options = {.bytes_limit = api->result_bytes_max, .book = &workbook.book};
    ResultWriter *writer = result_writer_create(RESULT_XLSX, &options, &reply->body);
    ResultSink sink = result_writer_sink(writer);
    status = rows_push(&workbook, &sink, error);
    if (status == STATUS_OK) status = result_writer_finish(writer, error);
    result_writer_destroy(writer);
  }
  if (status == STATUS_OK) {
    reply->mime = result_format_mime(RESULT_XLSX);
    reply->disposition = sql_request_disposition(workbook.filename);
  } else {
    buffer_reset(&reply->body);
  }
  arena_destroy(workbook.arena);
  json_decref(document);
  return status;
}
