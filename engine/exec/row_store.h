// Rows kept in memory, column by column: for sorting, joining and handing on.
//
// Strings are kept as codes where the column has a known dictionary, else as copies of their bytes.
#pragma once
#include "operator.h"

// Rows lie in chunks of ROW_STORE_CHUNK_ROWS, of which all but the last are full, so that a store
// grows without moving what it has, and takes over the chunks of another.
#define ROW_STORE_CHUNK_SHIFT 16
#define ROW_STORE_CHUNK_ROWS (UINT64_C(1) << ROW_STORE_CHUNK_SHIFT)
#define ROW_STORE_CHUNK_MASK (ROW_STORE_CHUNK_ROWS - 1)

typedef struct RowChunk { // of one column
  void *values;           // flat
  uint64_t *validity;     // NULL: no row is NULL
} RowChunk;

typedef struct RowStore {
  const PlanColumn *columns;
  uint32_t column_count;
  uint64_t row_count;
  uint64_t chunk_count, chunk_capacity;
  uint64_t last_capacity; // rows that the last chunk has room for
  RowChunk **chunks;      // [column_count][chunk_count]
  uint8_t *physical;      // [column_count] Physical as stored
  Arena *text;
  MemoryBudget *budget;
  int64_t charged;
} RowStore;

void row_store_init(RowStore *store, const PlanColumn *columns, uint32_t column_count,
                    MemoryBudget *budget);
void row_store_clear(RowStore *store);
Status row_store_append(RowStore *store, const Batch *batch, Error *error) WARN_UNUSED;
// Appends the rows of `from`, which is then empty, and may be of another worker. Same columns and
// budget. Concat keeps the order: row r of `from` becomes row row_count + r. Merge keeps the order
// of either's rows among themselves alone, and copies no more than a chunk.
Status row_store_concat(RowStore *store, RowStore *from, Error *error) WARN_UNUSED;
Status row_store_merge(RowStore *store, RowStore *from, Error *error) WARN_UNUSED;
// Rows rows[0 .. count-1] as vectors through buffers[column_count]; ROW_STORE_NULL gives a row of
// NULLs.
#define ROW_STORE_NULL UINT64_MAX
void row_store_gather(const RowStore *store, const uint64_t *rows, uint32_t count,
                      VectorBuffer *buffers, Vector *out);
void row_store_gather_column(const RowStore *store, uint32_t column, const uint64_t *rows,
                             uint32_t count, VectorBuffer *buffer, Vector *out);
// A value of a column that is PHYSICAL_INT; what stands where a NULL is may be anything.
static inline int64_t row_store_int(const RowStore *store, uint32_t column, uint64_t row) {
  const int64_t *values = store->chunks[column][row >> ROW_STORE_CHUNK_SHIFT].values;
  return values[row & ROW_STORE_CHUNK_MASK];
}
static inline void row_store_set_int(RowStore *store, uint32_t column, uint64_t row,
                                     int64_t value) {
  int64_t *values = store->chunks[column][row >> ROW_STORE_CHUNK_SHIFT].values;
  values[row & ROW_STORE_CHUNK_MASK] = value;
}
static inline bool row_store_is_valid(const RowStore *store, uint32_t column, uint64_t row) {
  const uint64_t *validity = store->chunks[column][row >> ROW_STORE_CHUNK_SHIFT].validity;
  return !validity || bits_get(validity, row & ROW_STORE_CHUNK_MASK);
}
// Three-way comparison of two rows by one column, in SQL's order; NULL equals NULL.
int row_store_compare(const RowStore *store, uint32_t column, uint64_t a, uint64_t b,
                      bool descending, bool nulls_first);
// changed[i - from] |= 1 where the values of rows order[i - 1] and order[i] differ, for i from
// `from` (at least 1) to `to` - 1; two NULLs do not.
void row_store_changes(const RowStore *store, uint32_t column, const uint64_t *order, uint64_t from,
                       uint64_t to, uint8_t *changed);
Value row_store_value(const RowStore *store, uint32_t column, uint64_t row);
