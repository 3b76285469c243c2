// Batches: the typed columns of one chunk, their memory reused from chunk to chunk.
#include "source.h"
#include <assert.h>
#include <stdio.h>

#define REJECT_VALUE_BYTES 200

void chunk_reserve(Chunk *chunk, size_t capacity) {
  if (chunk->memory && chunk->capacity >= capacity) return;
  size_t held = chunk->memory ? chunk->size : 0;
  chunk->memory = mem_realloc(chunk->memory, capacity + 2 * CHUNK_MARGIN);
  chunk->data = chunk->memory + CHUNK_MARGIN;
  chunk->capacity = capacity;
  memset(chunk->memory, 0, CHUNK_MARGIN);
  memset(chunk->data + held, 0, capacity - held + CHUNK_MARGIN);
}

void chunk_clear(Chunk *chunk) {
  mem_free(chunk->memory);
  *chunk = (Chunk){0};
}

BatchLayout batch_layout_of(const SourceColumn *column) {
  switch (type_physical(column->type)) {
  case PHYSICAL_WIDE:
    return BATCH_WIDES;
  case PHYSICAL_DOUBLE:
    return BATCH_DOUBLES;
  case PHYSICAL_TEXT: {
    bool text = column->as_text || (column->text_chosen && atomic_load(column->text_chosen));
    return text ? BATCH_TEXTS : BATCH_CODES;
  }
  default:
    return BATCH_INTS;
  }
}

size_t batch_layout_bytes(BatchLayout layout) {
  switch (layout) {
  case BATCH_CODES:
    return sizeof(uint32_t);
  case BATCH_WIDES:
    return sizeof(int128_t);
  case BATCH_TEXTS:
    return sizeof(Str);
  default:
    return 8;
  }
}

void batch_init(Batch *batch, const SourceColumn *columns, uint32_t column_count) {
  *batch = (Batch){.column_count = column_count};
  batch->columns = mem_alloc_zero(column_count * sizeof *batch->columns);
  for (uint32_t c = 0; c < column_count; c++)
    if (columns[c].type.kind == TYPE_STRING) local_dictionary_init(&batch->columns[c].dictionary);
}

void batch_clear(Batch *batch) {
  for (uint32_t c = 0; c < batch->column_count; c++) {
    mem_free(batch->columns[c].values);
    mem_free(batch->columns[c].nulls);
    mem_free(batch->columns[c].quoted);
    if (batch->columns[c].dictionary.slots) local_dictionary_clear(&batch->columns[c].dictionary);
  }
  if (batch->parser) batch->parser_destroy(batch->parser);
  mem_free(batch->columns);
  mem_free(batch->line_memory);
  mem_free(batch->rejects);
  mem_free(batch->bad_memory);
  mem_free(batch->scratch);
  arena_destroy(batch->arena);
  *batch = (Batch){0};
}

static void batch_reserve_rows(Batch *batch, const SourceColumn *columns, uint32_t rows) {
  if (batch->capacity_rows && rows <= batch->capacity_rows) return;
  rows += rows / 4 + 64;
  for (uint32_t c = 0; c < batch->column_count; c++) {
    BatchColumn *column = &batch->columns[c];
    // A string column may change from codes to texts: room for the larger.
    bool string = columns[c].type.kind == TYPE_STRING;
    size_t size = string ? sizeof(Str) : batch_layout_bytes(batch_layout_of(&columns[c]));
    mem_free(column->values);
    mem_free(column->nulls);
    mem_free(column->quoted);
    column->quoted = columns[c].tell_quoted ? mem_alloc(bits_words(rows) * 8) : NULL;
    column->values = mem_alloc((size_t)rows * size);
    column->nulls = mem_alloc(bits_words(rows) * sizeof *column->nulls);
  }
  mem_free(batch->line_memory);
  mem_free(batch->bad_memory);
  batch->line_memory = NULL;
  batch->bad_memory = NULL;
  batch->capacity_rows = rows;
}

void batch_begin(Batch *batch, const SourceColumn *columns, uint32_t rows, const Chunk *chunk) {
  batch_reserve_rows(batch, columns, rows);
  for (uint32_t c = 0; c < batch->column_count; c++) {
    BatchColumn *column = &batch->columns[c];
    column->layout = batch_layout_of(&columns[c]);
    column->has_null = false;
    memset(column->nulls, 0, bits_words(rows) * sizeof *column->nulls);
    if (column->quoted) memset(column->quoted, 0, bits_words(rows) * sizeof *column->quoted);
  }
  batch->row_count = rows;
  batch->first_line = chunk->first_line;
  batch->lines = NULL;
  batch->bad = NULL;
  batch->reject_count = 0;
  batch->doubled_times = batch->missing_times = 0;
  batch->ragged_rows = batch->skipped = batch->skip_line = batch->skip_tokens = 0;
  batch->text_bytes = chunk->size;
  batch->scratch_used = CHUNK_MARGIN;
  arena_destroy(batch->arena);
  batch->arena = NULL;
}

void batch_scratch_reserve(Batch *batch, size_t size) {
  size += 2 * CHUNK_MARGIN;
  if (batch->scratch_capacity >= size) return;
  assert(batch->scratch_used == CHUNK_MARGIN); // nothing may point into it
  mem_free(batch->scratch);
  batch->scratch = mem_alloc_zero(size);
  batch->scratch_capacity = size;
}

// The value in UTF-8: bytes that are none are written as \x and two digits.
static const char *reject_text(Arena *arena, Str value) {
  char *text = arena_alloc(arena, REJECT_VALUE_BYTES * 4 + 1), *at = text;
  if (value.size > REJECT_VALUE_BYTES) {
    value.size = REJECT_VALUE_BYTES;
    for (int i = 0; i < 3 && (value.data[value.size] & 0xc0) == 0x80; i++) value.size--;
  }
  while (value.size) {
    size_t valid = utf8_valid_prefix(value.data, value.size);
    memcpy(at, value.data, valid);
    at += valid;
    value = (Str){value.data + valid, value.size - (uint32_t)valid};
    if (!value.size) break;
    at += snprintf(at, 5, "\\x%02x", (unsigned char)value.data[0]);
    value = (Str){value.data + 1, value.size - 1};
  }
  *at = 0;
  return text;
}

void batch_reject(Batch *batch, uint32_t row, uint64_t line, const char *column, Str value,
                  const char *reason) {
  if (!batch->bad) {
    if (!batch->bad_memory)
      batch->bad_memory = mem_alloc(bits_words(batch->capacity_rows) * sizeof(uint64_t));
    batch->bad = batch->bad_memory;
    memset(batch->bad, 0, bits_words(batch->capacity_rows) * sizeof(uint64_t));
  }
  if (row < batch->row_count) {
    if (bits_get(batch->bad, row)) return;
    bits_set(batch->bad, row);
  }
  if (batch->reject_count == batch->reject_capacity) {
    batch->reject_capacity = batch->reject_capacity ? batch->reject_capacity * 2 : 16;
    batch->rejects = mem_realloc(batch->rejects, batch->reject_capacity * sizeof *batch->rejects);
  }
  if (!batch->arena) batch->arena = arena_create();
  batch->rejects[batch->reject_count++] = (Reject){.row = row,
                                                   .line = line,
                                                   .column = column,
                                                   .value = reject_text(batch->arena, value),
                                                   .reason = arena_strdup(batch->arena, reason)};
}

static void column_compact(BatchColumn *column, const uint64_t *bad, uint32_t rows) {
  size_t size = batch_layout_bytes(column->layout);
  char *values = column->values;
  uint32_t to = 0;
  for (uint32_t row = 0; row < rows; row++) {
    if (bits_get(bad, row)) continue;
    if (to != row) {
      memcpy(values + to * size, values + row * size, size);
      bits_put(column->nulls, to, bits_get(column->nulls, row));
      if (column->quoted) bits_put(column->quoted, to, bits_get(column->quoted, row));
    }
    to++;
  }
  if (to % 64 && to < rows) column->nulls[to / 64] &= (UINT64_C(1) << (to % 64)) - 1;
}

void batch_compact(Batch *batch) {
  if (!batch->bad) return;
  uint64_t *bad = batch->bad;
  uint32_t kept = batch->row_count - (uint32_t)bits_count(bad, batch->row_count);
  batch->bad = NULL;
  if (kept == batch->row_count) return;
  for (uint32_t c = 0; c < batch->column_count; c++)
    column_compact(&batch->columns[c], bad, batch->row_count);
  if (!batch->line_memory)
    batch->line_memory = mem_alloc(batch->capacity_rows * sizeof *batch->line_memory);
  uint32_t to = 0;
  for (uint32_t row = 0; row < batch->row_count; row++)
    if (!bits_get(bad, row))
      batch->line_memory[to++] = (uint32_t)(batch_line(batch, row) - batch->first_line);
  batch->lines = batch->line_memory;
  batch->row_count = kept;
}

size_t batch_bytes(const Batch *batch) {
  size_t bytes = batch->scratch_capacity;
  for (uint32_t c = 0; c < batch->column_count; c++) {
    bytes += (size_t)batch->capacity_rows * 17;
    bytes += batch->columns[c].dictionary.slots
                 ? local_dictionary_bytes(&batch->columns[c].dictionary)
                 : 0;
  }
  return bytes;
}
