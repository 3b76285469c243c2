// Columns: blocks and the statistics over them.
#include "column.h"

static void column_summarise(Column *column) {
  column->min = 1;
  column->max = 0;
  for (uint32_t b = 0; b < column->block_count; b++) {
    const Block *block = column->blocks[b];
    column->row_count += block->row_count;
    column->null_count += block->null_count;
    if (block_physical(block) != PHYSICAL_INT || block->min > block->max) continue;
    bool first = column->min > column->max;
    if (first || block->min < column->min) column->min = block->min;
    if (first || block->max > column->max) column->max = block->max;
  }
}

Column *column_create(Type type, Dictionary *dictionary, Block **blocks, uint32_t block_count) {
  Column *column = mem_alloc_zero(sizeof *column);
  column->type = type;
  column->dictionary = dictionary;
  column->blocks = blocks;
  column->block_count = block_count;
  column_summarise(column);
  return column;
}

Column *column_copy(const Column *column) {
  Column *copy = mem_alloc(sizeof *copy);
  *copy = *column;
  dictionary_retain(copy->dictionary);
  copy->blocks = mem_alloc(column->block_count * sizeof *copy->blocks);
  for (uint32_t b = 0; b < column->block_count; b++)
    copy->blocks[b] = block_retain(column->blocks[b]);
  return copy;
}

void column_destroy(Column *column) {
  if (!column) return;
  for (uint32_t b = 0; b < column->block_count; b++) block_release(column->blocks[b]);
  mem_free(column->blocks);
  dictionary_release(column->dictionary);
  mem_free(column);
}

size_t column_bytes(const Column *column) {
  size_t bytes = sizeof *column + column->block_count * sizeof *column->blocks;
  for (uint32_t b = 0; b < column->block_count; b++) bytes += block_bytes(column->blocks[b]);
  return bytes + (column->dictionary ? column->dictionary->bytes : 0);
}

Physical column_physical(const Column *column) {
  return column->dictionary ? PHYSICAL_INT : type_physical(column->type);
}

void column_read(const Column *column, uint64_t row, uint32_t count, VectorBuffer *buffer,
                 Vector *out) {
  block_read(column->blocks[row / BLOCK_ROWS], (uint32_t)(row % BLOCK_ROWS), count, buffer, out);
  out->type = column->type;
  out->dictionary = column->dictionary;
}

Value column_value(const Column *column, uint64_t row) {
  const Block *block = column->blocks[row / BLOCK_ROWS];
  uint32_t at = (uint32_t)(row % BLOCK_ROWS), start = at / 64 * 64;
  VectorBuffer buffer = {0};
  Vector v;
  block_read(block, start, at - start + 1, &buffer, &v);
  v.type = column->type;
  v.dictionary = column->dictionary;
  Value value = vector_value(&v, at - start);
  vector_buffer_clear(&buffer); // strings are views into the block or dictionary, not the buffer
  return value;
}

void column_decode_int(const Column *column, int64_t *out) {
  for (uint32_t b = 0; b < column->block_count; b++)
    block_decode_int(column->blocks[b], out + (size_t)b * BLOCK_ROWS);
}
