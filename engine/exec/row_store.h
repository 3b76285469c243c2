// Rows kept in memory, flat, column by column: for sorting, joining and handing on.
//
// Strings are kept as codes where the column has a known dictionary, else as copies of their bytes.
#pragma once
#include "operator.h"

typedef struct RowStore {
  const PlanColumn *columns;
  uint32_t column_count;
  uint64_t row_count, capacity;
  void **values;       // [column_count] flat arrays
  uint64_t **validity; // [column_count]
  uint8_t *physical;   // [column_count] Physical as stored
  Arena *text;
  MemoryBudget *budget;
  int64_t charged;
  int64_t text_charged; // of it, bytes of texts
} RowStore;

void row_store_init(RowStore *store, const PlanColumn *columns, uint32_t column_count,
                    MemoryBudget *budget);
void row_store_clear(RowStore *store);
Status row_store_append(RowStore *store, const Batch *batch, Error *error) WARN_UNUSED;
// Appends the rows of `from`, which is then empty, and may be of another worker. Same columns.
Status row_store_concat(RowStore *store, RowStore *from, Error *error) WARN_UNUSED;
// Rows rows[0 .. count-1] as vectors through buffers[column_count]; ROW_STORE_NULL gives a row of
// NULLs.
#define ROW_STORE_NULL UINT64_MAX
void row_store_gather(const RowStore *store, const uint64_t *rows, uint32_t count,
                      VectorBuffer *buffers, Vector *out);
void row_store_gather_column(const RowStore *store, uint32_t column, const uint64_t *rows,
                             uint32_t count, VectorBuffer *buffer, Vector *out);
// Three-way comparison of two rows by one column, in SQL's order; NULL equals NULL.
int row_store_compare(const RowStore *store, uint32_t column, uint64_t a, uint64_t b,
                      bool descending, bool nulls_first);
// changed[i - from] |= 1 where the values of rows order[i - 1] and order[i] differ, for i from
// `from` (at least 1) to `to` - 1; two NULLs do not.
void row_store_changes(const RowStore *store, uint32_t column, const uint64_t *order, uint64_t from,
                       uint64_t to, uint8_t *changed);
Value row_store_value(const RowStore *store, uint32_t column, uint64_t row);
