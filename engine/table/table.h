// One version of a table: columns of equal length, its key, its hidden rows.
//
// Immutable once published, shared by reference count. In a table with members (a link target), row
// 0 stands for an absent key, and a row may be *inferred*: made because a fact named its key before
// its own row came. Row 0, inferred and deleted rows are hidden: a scan does not show them, an
// inner join does not match them, yet their row numbers are for ever.
#pragma once
#include "column.h"
#include "schema.h"

typedef struct KeyIndex KeyIndex;

typedef struct Table {
  _Atomic uint32_t refs;
  TableSchema *schema;
  uint64_t row_count;            // hidden rows included
  uint64_t shown_count;          // rows that a scan shows
  Column **columns;              // [schema->column_count]
  uint64_t *hidden;              // bit set: not shown; NULL: none is; bits_words(row_count) words
  uint64_t *inferred;            // bit set: inferred member; NULL: none
  uint64_t version;              // of the root that published it first
  _Atomic uint64_t scan_count;   // queries that have read it
  _Atomic int64_t scanned_at;    // when the last of them did: UTC, microseconds; 0: none has
  int64_t made_at, made_ns;      // of a cuboid: when it was made or refreshed, and how long it took
  _Atomic(KeyIndex *) key_index; // built on first need
  struct Table **projections;    // the same rows in other orders (table_reorder); may be NULL
  uint32_t projection_count;
} Table;

// Takes over schema, columns (array and each), bitmaps; one reference. All columns must have
// row_count rows.
Table *table_create(TableSchema *schema, Column **columns, uint64_t row_count, uint64_t *hidden,
                    uint64_t *inferred);
Table *table_retain(Table *table);
void table_release(Table *table);
// Notes that somebody's query has read the table.
void table_count_scan(const Table *table);
// A newer version takes over what is known of the reading of an older one.
void table_take_scans(Table *table, const Table *older);
static inline bool table_is_cuboid(const Table *table) {
  return table->schema->source_count > 0;
}
size_t table_bytes(const Table *table); // columns, dictionaries, bitmaps; not projections

// The row whose key equals the value, 0 for none (tables with members only; hidden inferred rows
// are found, deleted ones not). Builds the index on first use; thread-safe.
uint32_t table_find_int(const Table *table, int64_t key);
uint32_t table_find_text(const Table *table, Str key);
// The index itself, for loops; owned by the table.
const KeyIndex *table_key_index(const Table *table);
uint32_t key_index_find_int(const KeyIndex *index, int64_t key);
uint32_t key_index_find_text(const KeyIndex *index, Str key);
size_t key_index_bytes(const KeyIndex *index);

// The rows permuted: new row i is old row order[i]. Columns in `columns` (indices; NULL: all).
// Blocks are encoded anew, in parallel on pool (may be NULL). row_count < 2^32.
struct ThreadPool;
Table *table_reorder(const Table *table, const uint32_t *order, const uint32_t *columns,
                     uint32_t column_count, struct ThreadPool *pool);
