// See key_reader.h.
#include "key_reader.h"

KeyReader key_reader_open(const Column *column) {
  KeyReader reader = {.column = column, .block = UINT64_MAX};
  if (column->type.kind == TYPE_INT) reader.values = mem_alloc(BLOCK_ROWS * sizeof(int64_t));
  return reader;
}

void key_reader_close(KeyReader *reader) {
  mem_free(reader->values);
}

Value key_reader_value(KeyReader *reader, uint64_t row) {
  if (!reader->values) return column_value(reader->column, row);
  const Block *block = reader->column->blocks[row / BLOCK_ROWS];
  if (reader->block != row / BLOCK_ROWS) {
    reader->block = row / BLOCK_ROWS;
    block_decode_int(block, reader->values);
  }
  size_t at = row % BLOCK_ROWS;
  Value value = {.type = reader->column->type, .i = reader->values[at]};
  value.is_null = block->validity && !bits_get(block->validity, at);
  return value;
}
