// Sorting row numbers by columns of a RowStore: one sort for ORDER BY, windows, percentiles, lists.
#pragma once
#include "row_store.h"

typedef struct RowSortKey {
  uint32_t column;
  bool descending, nulls_first;
} RowSortKey;

// Puts the numbers of all rows of the store into order[0 .. row_count - 1] in the order of the keys
// (SQL's order, as row_store_compare has it); rows that tie in all keys stay in ascending order, so
// that the answer does not depend on the threads. Works on execution's pool (may be NULL); asks its
// job, and charges 32 bytes a row to it while it runs.
Status row_store_sort(const RowStore *store, const RowSortKey *keys, uint32_t key_count,
                      uint64_t *order, const Execution *execution, Error *error) WARN_UNUSED;
