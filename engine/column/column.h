// A column of one version of a table: its blocks, and what they add up to.
//
// Immutable once published. Versions share blocks. Every block but the last has BLOCK_ROWS rows.
#pragma once
#include "block.h"

typedef struct Column {
  Type type;
  Dictionary *dictionary; // strings as codes; NULL: TEXT, or no string
  uint64_t row_count;
  uint32_t block_count;
  Block **blocks;
  // Over all rows that are not NULL; none: min > max. Integers only; codes for strings.
  int64_t min, max;
  uint64_t null_count;
} Column;

// A column of these blocks; takes over the array (mem_alloc) and one reference to each block and to
// the dictionary, and computes the statistics.
Column *column_create(Type type, Dictionary *dictionary, Block **blocks, uint32_t block_count);
Column *column_copy(const Column *column); // shares the blocks
void column_destroy(Column *column);       // NULL is allowed
size_t column_bytes(const Column *column); // blocks, and the dictionary
Physical column_physical(const Column *column);
// Rows row .. row+count-1, not across a block's end; row a multiple of 64.
void column_read(const Column *column, uint64_t row, uint32_t count, VectorBuffer *buffer,
                 Vector *out);
// One value, anywhere (slow: for cards, tests and errors).
Value column_value(const Column *column, uint64_t row);
// All integers flat into out[row_count] (NULL rows: anything).
void column_decode_int(const Column *column, int64_t *out);

// Appends values and seals blocks: for tables made of rows (derived tables, JSON lines, tests).
// Loaders that work in parallel encode blocks themselves.
typedef struct ColumnBuilder ColumnBuilder;
// TYPE_STRING: as_codes says whether to keep a dictionary.
ColumnBuilder *column_builder_create(Type type, bool as_codes, MemoryBudget *budget);
void column_builder_destroy(ColumnBuilder *builder);
Status column_builder_append(ColumnBuilder *builder, const Vector *values, uint32_t count,
                             Error *error) WARN_UNUSED;
Status column_builder_append_value(ColumnBuilder *builder, const Value *value,
                                   Error *error) WARN_UNUSED;
// Ends the builder and gives the column; codes are sorted.
Column *column_builder_finish(ColumnBuilder *builder);
