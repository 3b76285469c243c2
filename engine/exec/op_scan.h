// What a scan's parts share: the tests that its rows must pass.
#pragma once
#include "expr_eval.h"
#include "int_range.h"
#include "operator.h"
#include "row_bits.h"
#include "row_bound.h"
#include <stdatomic.h>

typedef struct Range { // the column's value is in it; NULL never passes
  uint32_t column;     // output position
  IntRange values;
} Range;

typedef struct SetTest { // the value of `column` is in a set: a link's row number, or any value
  uint32_t column;       // output position
  int64_t min;           // that bit 0 stands for
  const RowBits *bits;
  bool null_passes;
  bool quick;  // so small that the kernel tests many rows at once
  double rank; // what it costs for each row that it drops
} SetTest;

typedef struct ScanWorker {
  uint64_t block;         // under way; UINT64_MAX: none
  uint64_t assigned;      // the next one, where blocks are assigned; UINT64_MAX: none
  uint32_t offset;        // next row in it
  VectorBuffer *buffers;  // [column_count] as read
  VectorBuffer *selected; // [column_count] compacted
  Vector *columns;
  ExprSetState rest;
  bool *holds;     // [range_count] the block's every row passes
  bool *set_holds; // [test_count] the same
} ScanWorker;

typedef struct ScanState {
  Range *ranges;
  uint32_t range_count;
  const RowBits *own; // rows of the table that may pass; NULL: all
  SetTest *tests;     // those that cost least for each row they drop first
  uint32_t test_count;
  bool set_first;     // the first of them drops so much that ranges are tested row by row after it
  RowBits *ready;     // [set_count] copies of the sets that were there before
  ExprTruths *truths; // [truth_count] of conjuncts of one column of few values
  uint32_t truth_count;
  bool *null_asked; // [column_count] a conjunct asks that it be NULL
  ExprSet rest;     // conjuncts that are no ranges
  bool *rest_reads; // [column_count] read by them
  bool never;       // a conjunct that no row can pass
  uint64_t block_count;
  _Atomic uint64_t next_block;
  bool assigns;          // blocks are not taken in turn, but assigned
  const RowBound *bound; // a top N above asks for no rows beyond it; NULL: none does
  uint32_t bound_column; // output position
  uint64_t *block_order; // [block_count] with a bound: those with the best values first
  ScanWorker *workers;
} ScanState;

// Whether the output column at `position` is a link to another table, whose 0 is NULL, or the row's
// own number.
bool scan_reads_link(const Operator *op, uint32_t position);
bool scan_reads_row_number(const Operator *op, uint32_t position);
// Splits the plan's predicate into ranges, tests of sets and other conjuncts (scan->rest_reads and
// null_asked are there already).
Status scan_split_predicate(Operator *op, ScanState *scan, Error *error) WARN_UNUSED;
// From here on a worker of the open scan is given rows of the one block that was assigned to it,
// and then none until it gets another. Returns how many blocks there are.
uint64_t scan_assign_blocks(Operator *op);
void scan_assign_block(Operator *op, uint32_t worker, uint64_t block);
// See operator_offer_bound. Where blocks can be told apart by their minimum or maximum, those that
// may have the best rows come first, so that the others need not be read.
void scan_take_bound(Operator *op, uint32_t column, const RowBound *bound);
// Takes the sets that rows must be in. Copies are charged to the query, and are scan->ready's to
// clear, also after an error.
Status scan_take_sets(Operator *op, ScanState *scan, Error *error) WARN_UNUSED;
void scan_order_tests(ScanState *scan); // once all are there
