// See row_bound.h.
#include "row_bound.h"
#include "op_scan.h"

void row_bound_init(RowBound *bound, bool descending, bool nulls_first) {
  *bound = (RowBound){.worst = descending ? INT64_MIN : INT64_MAX,
                      .descending = descending,
                      .nulls_pass = nulls_first};
}

void row_bound_tighten(RowBound *bound, int64_t worst) {
  int64_t known = atomic_load_explicit(&bound->worst, memory_order_relaxed);
  while ((bound->descending ? worst > known : worst < known) &&
         !atomic_compare_exchange_weak(&bound->worst, &known, worst)) {
  }
}

IntRange row_bound_range(const RowBound *bound) {
  int64_t worst = atomic_load_explicit(&bound->worst, memory_order_relaxed);
  return bound->descending ? (IntRange){worst, INT64_MAX} : (IntRange){INT64_MIN, worst};
}

bool row_bound_apply(const RowBound *bound, const Vector *v, uint32_t count, uint8_t *mask) {
  IntRange range = row_bound_range(bound);
  if (range.low == INT64_MIN && range.high == INT64_MAX) return false;
  if (bound->nulls_pass && v->validity) return false;
  int_range_apply(range, v, count, mask);
  return true;
}

void operator_offer_bound(Operator *op, uint32_t column, const RowBound *bound) {
  for (;;) {
    const Plan *plan = op->plan;
    const Expr *expr;
    switch (plan->kind) {
    case PLAN_SCAN:
      if (plan->scan.predicate && expr_can_fail(plan->scan.predicate)) return;
      scan_take_bound(op, column, bound);
      return;
    case PLAN_FILTER:
      if (expr_can_fail(plan->filter.predicate)) return;
      break;
    case PLAN_PROJECT:
      for (uint32_t c = 0; c < plan->column_count; c++)
        if (expr_can_fail(plan->project.exprs[c])) return;
      expr = plan->project.exprs[column];
      if (expr->kind != EXPR_COLUMN) return;
      column = expr->column;
      break;
    case PLAN_LINK:
      if (column >= plan->inputs[0]->column_count ||
          (plan->link.predicate && expr_can_fail(plan->link.predicate)))
        return;
      break;
    default:
      return;
    }
    op = op->inputs[0];
  }
}
