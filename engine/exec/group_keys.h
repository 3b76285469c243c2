// The grouping keys of a batch: vectors as they are evaluated, and the same as words (key_column.h)
// with a bit a NULL, which are made on first need. Where groups are found by their packed keys
// (group_table.h) that is only for a row of a new group.
#pragma once
#include "key_column.h"
#include "operator.h"

typedef struct GroupKeys {
  uint32_t key_count;
  ExprSetState exprs;
  KeyColumn *columns; // [key_count]
  uint32_t row_count; // of the batch
  Vector *vectors;    // [key_count], until the batch ends
  int64_t **words;    // [key_count][VECTOR_ROWS]; of the batch, if encoded
  uint64_t *nulls;    // [VECTOR_ROWS], bit k: key k is NULL; the same
  bool encoded;
} GroupKeys;

// exprs: the keys' programs, which must outlive it. known[k]: what is known of a key.
void group_keys_init(GroupKeys *keys, const ExprSet *exprs, const Plan *plan);
void group_keys_clear(GroupKeys *keys);
Status group_keys_eval(GroupKeys *keys, const Batch *batch, Error *error) WARN_UNUSED;
// Makes words and NULLs of the batch, if they are not made.
void group_keys_encode(GroupKeys *keys);
