// See block_order.h.
#include "block_order.h"

// The scanned column that column `position` of the plan's output is; NULL: none, or not at the left
// end.
static const Column *scanned_column(const Plan *plan, uint32_t position, bool *is_link) {
  switch (plan->kind) {
  case PLAN_SCAN:
    if (position >= plan->column_count || plan->scan.table_columns[position] == SCAN_ROW_NUMBER)
      return NULL;
    *is_link = plan->scan.table->schema->columns[plan->scan.table_columns[position]].link != NULL;
    return plan->scan.table->columns[plan->scan.table_columns[position]];
  case PLAN_LINK:
  case PLAN_FILTER:
  case PLAN_JOIN: // streams its left rows, or is serial
    if (plan->kind == PLAN_JOIN &&
        (plan->join.kind == JOIN_RIGHT || plan->join.kind == JOIN_FULL || plan->join.keeps_left))
      return NULL;
    if (position >= plan->inputs[0]->column_count) return NULL;
    return scanned_column(plan->inputs[0], position, is_link);
  case PLAN_PROJECT: {
    const Expr *expr = plan->project.exprs[position];
    return expr->kind == EXPR_COLUMN ? scanned_column(plan->inputs[0], expr->column, is_link)
                                     : NULL;
  }
  default:
    return NULL;
  }
}

bool block_order_of_column(const Column *column, bool is_link, BlockOrder *order) {
  // Blocks of three values and more; of NULLs alone, at the beginning; of links to nobody alone.
  uint32_t several = 0, lone = 0, nobody = 0;
  uint64_t *span_max = &order->span_max;
  *order = (BlockOrder){.blocks = column->blocks, .block_count = column->block_count};
  for (uint32_t b = 0; b < column->block_count; b++) {
    const Block *block = column->blocks[b];
    bool empty = block->min > block->max; // all NULL
    if (empty && lone == b) {
      lone++;
      continue;
    }
    if (empty || (b > lone && column->blocks[b - 1]->max > block->min)) return false;
    uint64_t span = (uint64_t)block->max - (uint64_t)block->min;
    several += span >= 2;
    nobody += is_link && !block->max;
    if (span > *span_max) *span_max = span;
  }
  return column->block_count > 1 && 2 * several >= column->block_count - lone - nobody;
}

bool block_order_find(const Plan *input, const Expr *expr, BlockOrder *order) {
  bool is_link = false;
  const Column *column =
      expr->kind == EXPR_COLUMN ? scanned_column(input, expr->column, &is_link) : NULL;
  return column && block_order_of_column(column, is_link, order);
}

uint64_t block_order_of(const BlockOrder *order, uint64_t at_hand, int64_t least,
                        int64_t greatest) {
  if (at_hand != BLOCK_ORDER_NONE && order->blocks[at_hand]->min <= least &&
      greatest <= order->blocks[at_hand]->max)
    return at_hand;
  uint64_t low = 0, high = order->block_count - 1; // the first block whose maximum is not below
  while (low < high) {
    uint64_t middle = low + (high - low) / 2;
    if (order->blocks[middle]->max < greatest)
      low = middle + 1;
    else
      high = middle;
  }
  return order->blocks[low]->min <= least && greatest <= order->blocks[low]->max ? low
                                                                                 : BLOCK_ORDER_NONE;
}

bool block_order_is_shared(const BlockOrder *order, uint64_t block, int64_t word) {
  const Block *own = order->blocks[block];
  if (word == own->min && block && order->blocks[block - 1]->max == word) return true;
  return word == own->max && block + 1 < order->block_count &&
         order->blocks[block + 1]->min == word;
}
