// Which columns of each node nobody above reads: what only a predicate or a row set asked for ends
// where it was asked, and is neither compacted nor fetched any further.
#include "lowered.h"

static void read_visit(void *context, const Expr *column) {
  ((bool *)context)[column->column] = true;
}

static void read_expr(const Expr *expr, bool *read) {
  if (expr) expr_visit_columns(expr, read_visit, read);
}

static void mark(Lowering *lowering, Plan *plan, const bool *read);

static void mark_sets(Lowering *lowering, Plan *set) {
  for (; set; set = set->inputs[1]) {
    bool *read = ARENA_ARRAY(lowering->arena, bool, set->inputs[0]->column_count + 1);
    read[set->rowset.position] = true;
    mark(lowering, set->inputs[0], read);
  }
}

static void read_call(AggregateCall call, bool *read) {
  Expr **places[AGGREGATE_EXPRS_MAX];
  uint32_t count = aggregate_call_exprs(&call, places);
  for (uint32_t i = 0; i < count; i++) read_expr(*places[i], read);
}

static void read_aggregate(const Plan *plan, bool *below) {
  for (uint32_t k = 0; k < plan->aggregate.key_count; k++)
    read_expr(plan->aggregate.keys[k], below);
  for (uint32_t a = 0; a < plan->aggregate.call_count; a++)
    read_call(plan->aggregate.calls[a], below);
}

static void read_window(const Plan *plan, bool *below) {
  for (uint32_t k = 0; k < plan->window.partition_count; k++)
    read_expr(plan->window.partition[k], below);
  for (uint32_t k = 0; k < plan->window.order_count; k++)
    read_expr(plan->window.order[k].expr, below);
  for (uint32_t c = 0; c < plan->window.call_count; c++) {
    const WindowCall *call = &plan->window.calls[c];
    read_call(call->aggregate, below);
    for (uint32_t i = 0; i < call->arg_count; i++) read_expr(call->args[i], below);
    read_expr(call->frame.start_offset, below);
    read_expr(call->frame.end_offset, below);
  }
}

static void mark_join(Lowering *lowering, Plan *plan, const bool *read) {
  uint32_t lefts = plan->inputs[0]->column_count, rights = plan->inputs[1]->column_count;
  bool *both = ARENA_ARRAY(lowering->arena, bool, lefts + rights + 1);
  uint32_t shown = plan->column_count < lefts + rights ? plan->column_count : lefts + rights;
  memcpy(both, read, shown * sizeof *both);
  read_expr(plan->join.residual, both);
  for (uint32_t k = 0; k < plan->join.key_count; k++) {
    read_expr(plan->join.left_keys[k], both);
    read_expr(plan->join.right_keys[k], both + lefts);
  }
  mark(lowering, plan->inputs[0], both);
  mark(lowering, plan->inputs[1], both + lefts);
}

// read[plan->column_count]: whether the node above reads each column.
static void mark(Lowering *lowering, Plan *plan, const bool *read) {
  bool *unread = ARENA_ARRAY(lowering->arena, bool, plan->column_count + 1);
  for (uint32_t c = 0; c < plan->column_count; c++) unread[c] = !read[c];
  plan->unread = unread;
  if (plan->kind == PLAN_SCAN) return mark_sets(lowering, plan->inputs[0]);
  if (plan->kind == PLAN_JOIN) return mark_join(lowering, plan, read);
  if (!plan->inputs[0]) return; // VALUES, WORKING
  uint32_t inputs = plan->inputs[0]->column_count;
  bool *below = ARENA_ARRAY(lowering->arena, bool, inputs + 1);
  if (plan->kind != PLAN_PROJECT && plan->kind != PLAN_AGGREGATE)
    memcpy(below, read, inputs * sizeof *below); // the input's columns come first
  switch (plan->kind) {
  case PLAN_LINK: // its predicate reads fetched columns alone
    below[plan->link.position] = true;
    break;
  case PLAN_FILTER:
    read_expr(plan->filter.predicate, below);
    break;
  case PLAN_PROJECT: // whatever may fail is computed
    for (uint32_t c = 0; c < plan->column_count; c++)
      if (read[c] || plan->project.exprs[c]->kind != EXPR_COLUMN)
        read_expr(plan->project.exprs[c], below);
    break;
  case PLAN_AGGREGATE:
    read_aggregate(plan, below);
    break;
  case PLAN_SORT:
    for (uint32_t k = 0; k < plan->sort.key_count; k++) read_expr(plan->sort.keys[k].expr, below);
    break;
  case PLAN_WINDOW:
    read_window(plan, below);
    break;
  case PLAN_SERIES:
    read_expr(plan->series.start, below);
    read_expr(plan->series.stop, below);
    read_expr(plan->series.step, below);
    break;
  case PLAN_RECURSION: // the next round reads what it will
    for (uint32_t c = 0; c < inputs; c++) below[c] = true;
    mark(lowering, plan->inputs[1], below);
    break;
  case PLAN_UNION:
    mark(lowering, plan->inputs[1], read);
    break;
  default:
    break;
  }
  mark(lowering, plan->inputs[0], below);
}

void lower_mark_unread(Lowering *lowering, Plan *root) {
  bool *read = ARENA_ARRAY(lowering->arena, bool, root->column_count + 1);
  for (uint32_t c = 0; c < root->column_count; c++) read[c] = true;
  mark(lowering, root, read);
}
