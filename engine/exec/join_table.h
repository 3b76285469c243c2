// The build side of a hash join: its rows, and where those of each key are.
//
//   workers ─► rows and key words, a part each ─► laid end to end ─► slots[hash of key] ─► row
//                                                                    next[row] ─► row ─► ...
//
// All workers take in rows, then all enter them into one array of slots by compare-and-swap (open
// addressing; a slot holds the last row entered of its key, from which a chain leads through the
// others). Probing only reads. Rows are numbered from 0; fewer than 2^32.
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
  uint32_t *slots;        // row + 1; 0: free
  uint64_t slot_count;
  uint32_t *next; // [row] the next row of its key, or JOIN_TABLE_NONE
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
// The first row of each key: words[key][i], nulls[i] as key columns that find in `key_columns` make
// them. JOIN_TABLE_NONE: there is none.
void join_table_find(const JoinTable *table, int64_t *const *words, const uint64_t *nulls,
                     uint32_t count, uint32_t *rows);
