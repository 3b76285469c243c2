// Keys by row, in rising rows: whole numbers are decoded a block at a time, for a packed block is
// slow to ask value by value.
#pragma once
#include "column.h"

typedef struct KeyReader {
  const Column *column;
  int64_t *values; // of the block at hand; NULL: values are asked one by one
  uint64_t block;
} KeyReader;

KeyReader key_reader_open(const Column *column); // the column outlives it
void key_reader_close(KeyReader *reader);
// A text is a view into the column.
Value key_reader_value(KeyReader *reader, uint64_t row);
