// Columns whose blocks follow each other: a table in the order of a key, as receipts come, or a
// projection sorted by one.
//
//   block 1: receipts    1 ..  900
//   block 2: receipts  900 .. 1800   (900 is shared)
//   block 3: receipts 1800 .. 2600   (1800 is shared)
//
// A value that is not shared lies in one block alone. Rows of a scan come block by block, a batch
// from one block, and a block to one worker: so what a worker knows of such a value is all there is
// to know once its block is through.
#pragma once
#include "plan.h"

typedef struct BlockOrder {
  Block *const *blocks; // of the scanned column, each with minimum and maximum; NULL: no order
  uint64_t block_count;
  uint64_t span_max; // greatest maximum - minimum of a block
} BlockOrder;

#define BLOCK_ORDER_NONE UINT64_MAX // no block

// Whether `expr`, over the output of plan `input`, is a column of the table scanned at its left
// end, whose blocks do not overlap but for shared ends, and most of which have values of their own.
// Blocks of NULLs alone come first. A NULL may lie in any block: it has no place in the order.
// `order` holds while the table does.
bool block_order_find(const Plan *input, const Expr *expr, BlockOrder *order);
// The same of a column of a table; is_link: its 0 is NULL.
bool block_order_of_column(const Column *column, bool is_link, BlockOrder *order);
// The block that words from least to greatest lie in: `at_hand`, if it is one and they may.
// BLOCK_ORDER_NONE: no block, the table is corrupt.
uint64_t block_order_of(const BlockOrder *order, uint64_t at_hand, int64_t least, int64_t greatest);
// Whether the word, of that block, may be in another one too.
bool block_order_is_shared(const BlockOrder *order, uint64_t block, int64_t word);
