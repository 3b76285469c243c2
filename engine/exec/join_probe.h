// What hash joins share: the keys and the condition of both sides, and asking a JoinTable for the
// rows of each batch's keys.
#pragma once
#include "join_table.h"

typedef struct JoinSides {
  ExprSet keys[2];       // of the left side, and of the right
  ExprProgram *residual; // over both sides' columns in a row; NULL: none
  bool *residual_reads;  // [both sides' columns]
} JoinSides;

void join_sides_create(JoinSides *sides, const Operator *op);
void join_sides_clear(JoinSides *sides); // also of zeros

// A worker's state of the streaming side.
typedef struct JoinProbe {
  const JoinTable *table;
  ExprSetState keys;  // over the streaming side's columns
  KeyColumn *finders; // [table->key_count]
  int64_t **words;    // [table->key_count][VECTOR_ROWS]
} JoinProbe;

// table must be built and outlive the probe; keys: its keys as the streaming side has them.
void join_probe_init(JoinProbe *probe, const JoinTable *table, const ExprSet *keys);
void join_probe_clear(JoinProbe *probe); // also of zeros
// The cursor of the table's first row for each row of the batch, or JOIN_TABLE_NONE. A table
// without keys gives all its rows to each.
Status join_probe_find(JoinProbe *probe, const Batch *batch, uint32_t *cursors,
                       Error *error) WARN_UNUSED;

// Builds the table of the join op's input `side` (0 left, 1 right). distinct, keep_rows: as in
// JoinTableOptions.
Status join_side_build(const Operator *op, int side, const JoinSides *sides, bool distinct,
                       bool keep_rows, JoinTable *table, Error *error) WARN_UNUSED;
