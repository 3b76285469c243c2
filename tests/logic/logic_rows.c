// See logic_rows.h.
#include "logic_rows.h"
#include "decimal.h"
#include <stdio.h>
#include <stdlib.h>

void rows_add(Rows *rows, const char *line) {
  if (rows->count == rows->capacity) {
    rows->capacity = rows->capacity ? rows->capacity * 2 : 64;
    rows->lines = mem_realloc(rows->lines, rows->capacity * sizeof *rows->lines);
  }
  rows->lines[rows->count++] = mem_strdup(line);
}

void rows_clear(Rows *rows) {
  for (uint32_t i = 0; i < rows->count; i++) mem_free(rows->lines[i]);
  mem_free(rows->lines);
  *rows = (Rows){0};
}

static int compare_lines(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

void rows_sort(Rows *rows) {
  if (rows->count) qsort(rows->lines, rows->count, sizeof *rows->lines, compare_lines);
}

bool rows_equal(const Rows *a, const Rows *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++)
    if (strcmp(a->lines[i], b->lines[i]) != 0) return false;
  return true;
}

// A number to six digits after the point, without trailing zeros, so that scales may differ.
static void number_canonical(Buffer *out, const char *text, size_t size) {
  int128_t unscaled;
  char digits[DECIMAL_TEXT_BYTES];
  DecimalParse parsed = decimal_parse(text, size, '.', 6, &unscaled);
  if (parsed == DECIMAL_SYNTAX || parsed == DECIMAL_OVERFLOW) { // NULL, NaN
    buffer_append(out, text, size);
    return;
  }
  size_t length = decimal_format(unscaled, 6, digits);
  while (length && digits[length - 1] == '0') length--;
  if (length && digits[length - 1] == '.') length--;
  buffer_append(out, digits, length);
}

static void line_canonical(Buffer *out, const char *line, const char *types) {
  for (const char *at = line;; types += *types != 0) {
    const char *tab = strchrnul(at, '\t');
    if (*types == 'R')
      number_canonical(out, at, (size_t)(tab - at));
    else
      buffer_append(out, at, (size_t)(tab - at));
    if (!*tab) return;
    buffer_append_char(out, '\t');
    at = tab + 1;
  }
}

void rows_canonical(Rows *rows, const char *types) {
  for (uint32_t i = 0; i < rows->count; i++) {
    Buffer line;
    buffer_init(&line);
    line_canonical(&line, rows->lines[i], types);
    mem_free(rows->lines[i]);
    rows->lines[i] = mem_strdup(line.size ? line.data : "");
    buffer_clear(&line);
  }
}

void rows_show_difference(const Rows *expected, const Rows *got) {
  for (uint32_t i = 0; i < expected->count || i < got->count; i++) {
    const char *want = i < expected->count ? expected->lines[i] : "(no row)";
    const char *have = i < got->count ? got->lines[i] : "(no row)";
    if (strcmp(want, have) == 0) continue;
    fprintf(stderr, "  row %u expected: %s\n  row %u got:      %s\n", i + 1, want, i + 1, have);
    return;
  }
}

// --- from a query ---

static Status collect_begin(void *context, const ResultColumn *columns, uint32_t count,
                            Error *error) {
  (void)columns, (void)error;
  ((RowsCollector *)context)->column_count = count;
  return STATUS_OK;
}

static Status collect_rows(void *context, const Batch *batch, Error *error) {
  (void)error;
  RowsCollector *collector = context;
  for (uint32_t r = 0; r < batch->row_count; r++) {
    Buffer line;
    buffer_init(&line);
    for (uint32_t c = 0; c < batch->column_count; c++) {
      Value value = vector_value(&batch->columns[c], r);
      if (c) buffer_append_char(&line, '\t');
      if (value.is_null)
        buffer_append_text(&line, "NULL");
      else if (value.type.kind == TYPE_BOOL)
        buffer_append_char(&line, value.i ? 't' : 'f');
      else
        value_format(&value, &line);
    }
    rows_add(collector->rows, line.size ? line.data : ROWS_EMPTY_LINE);
    buffer_clear(&line);
  }
  return STATUS_OK;
}

ResultSink rows_sink(RowsCollector *collector) {
  return (ResultSink){collector, collect_begin, collect_rows};
}
