// A set of a table's rows that was made before the query: what EXPR_IN_SET asks by the table's key.
//
// Whoever makes one keeps it, unchanged, until the plans that ask it have ended.
#pragma once
#include "row_bits.h"
#include "table.h"

typedef struct KeySet {
  const char *name;   // for EXPLAIN: "segment vip as of 2025-12-31"
  const Table *table; // it has a key; pinned by the query's root
  RowBits bits;       // of all rows of the table; row 0, where a NULL leads, is not in it
  uint64_t count;
} KeySet;

// truth[i]: whether v's value i, a key of the table or (by_row) a row number, is in the set; false
// for NULL.
void key_set_test(const KeySet *set, bool by_row, const Vector *v, uint32_t count, uint8_t *truth);
