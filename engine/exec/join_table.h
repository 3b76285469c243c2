// The build side of a hash join: its rows, and where those of each key are.
//
//   workers ─► rows and key words, a part each ─► laid end to end ─► slots[hash of key] ─► row
//                                                                    next[row] ─► row ─► ...
//
// All workers take in rows, then all enter them into one array of slots by compare-and-swap (open
// addressing; a slot holds the last row entered of its key, from which a chain leads through the
// others). Where the key is one integer of a small range, rows are counted and laid out by key
// instead, so that the rows of a key are read side by side:
//
//   slots   end of each key's positions      2  2  5
//   row_at  rows by position                 4  0 | 1  3  7
//   last    whether a key ends there         0  1 | 0  0  1
//
// Either way a *cursor* leads through the rows of a key. Probing only reads. Rows are numbered from
// 0; fewer than 2^32.
#pragma once
#include "key_column.h"
#include "row_store.h"

#define JOIN_TABLE_NONE UINT32_MAX

typedef struct JoinTable {
  RowStore rows; // of no columns, where nobody asks for their values
  uint64_t row_count;
  uint32_t key_count;
  bool null_safe;         // NULL equals NULL; else a row with a NULL key is in no chain
  bool distinct;          // one row a key will do: there are no chains
  KeyColumn *key_columns; // [key_count] sealed
  int64_t *words;         // [row][key]
  uint64_t *nulls;        // [row] bit k: key k is NULL
  bool dense;             // one integer key of a small range: slots[word - min], no hashing
  int64_t min;            // of it
  uint32_t *slots;        // row + 1; 0: free. With row_at: the end of the key's positions
  uint64_t slot_count;
  uint32_t *next;   // [row] hashed: the next row of its key, or JOIN_TABLE_NONE
  uint32_t *row_at; // [position] dense, not distinct
  uint64_t *last;   // [position] bits
  MemoryBudget *budget;
  int64_t charged;
} JoinTable;

typedef struct JoinTableOptions {
  const ExprSet *keys;             // over the input's columns; at most 64
  const Type *key_types;           // [keys->count]
  const Dictionary **dictionaries; // [keys->count] shared with the other side, or NULL each
  bool null_safe, distinct;
  bool keep_rows; // the input's columns will be asked for
  bool ordered;   // rows are numbered in the input's order (one worker takes them in)
} JoinTableOptions;

// Pulls `input` to its end. The table is to be cleared, also after an error.
Status join_table_build(JoinTable *table, Operator *input, const JoinTableOptions *options,
                        Error *error) WARN_UNUSED;
void join_table_clear(JoinTable *table);
// The cursor of each key's first row: words[key][i], nulls[i] as key columns that find in
// `key_columns` make them. JOIN_TABLE_NONE: there is none.
void join_table_find(const JoinTable *table, int64_t *const *words, const uint64_t *nulls,
                     uint32_t count, uint32_t *cursors);

// The row at a cursor, and the cursor after it: JOIN_TABLE_NONE when that was the key's last row. A
// table without keys has all rows in one chain.
static inline uint32_t join_table_row(const JoinTable *table, uint32_t cursor) {
  return table->row_at ? table->row_at[cursor] : cursor;
}
static inline uint32_t join_table_next(const JoinTable *table, uint32_t cursor) {
  if (table->row_at) return bits_get(table->last, cursor) ? JOIN_TABLE_NONE : cursor + 1;
  if (table->key_count) return table->next[cursor];
  return cursor + 1 < table->row_count ? cursor + 1 : JOIN_TABLE_NONE;
}
