// Semi- and anti-joins on members as sets of rows.
//
//   customer where c.id in (select s.customer from sales s where ...)
//
//   Scan customer                          tests its own row numbers
//     Row set of customer: id in customer  ◄── Scan sales where ...
//
// It takes a left side whose rows are a scan's (links and filters above it drop some of them), a
// condition that is one equality, and on its left side a column that tells a member: the scanned
// table's key, or a link. On the right a foreign key of the same table gives row numbers as it is;
// any other value is looked up among the table's keys. A NULL on either side equals nothing, so it
// is in no set. Inferred members have row numbers, and are hidden by the scan that would show them.
// What a semi-join's condition says of one side only, the pushdown pass has moved there.
#include "lowered.h"

// What the scan below tests: row numbers of `table` at `tested` (or its own).
typedef struct Tested {
  Plan *scan;
  const Table *table;
  uint32_t position;
  const char *name;
} Tested;

// The scan whose rows the plan gives, and whose columns stand at the same positions; NULL: none.
static Plan *scan_below(Plan *plan) {
  while (plan->kind == PLAN_LINK || plan->kind == PLAN_FILTER) plan = plan->inputs[0];
  return plan->kind == PLAN_SCAN ? plan : NULL;
}

static bool tested_find(const Lowered *left, const Expr *column, Tested *tested) {
  const Binding *binding = binding_find(left, column->column);
  Plan *scan = tested->scan = scan_below(left->plan);
  if (!scan || !binding) return false;
  tested->name = binding->name ? binding->name : "?";
  if (binding->rows != NOWHERE) {
    tested->table = binding->link;
    tested->position = binding->rows;
    return binding->rows < scan->column_count;
  }
  tested->table = scan->scan.table;
  tested->position = ROWSET_OWN_ROW;
  return binding->value < scan->column_count && tested->table->schema->has_members &&
         (int32_t)scan->scan.table_columns[binding->value] == tested->table->schema->key;
}

// "left column = right column", the condition whole.
static bool equal_columns(const Logical *node, const Expr **left, const Expr **right) {
  const Expr *condition = node->join.condition;
  if (!condition || condition->kind != EXPR_CALL || condition->function != FUNCTION_EQUAL)
    return false;
  for (int side = 0; side < 2; side++) {
    *left = condition->args[side];
    *right = condition->args[1 - side];
    if ((*left)->kind == EXPR_COLUMN && (*right)->kind == EXPR_COLUMN &&
        logical_column(node->inputs[0], (*left)->column) &&
        logical_column(node->inputs[1], (*right)->column))
      return true;
  }
  return false;
}

// Below what only drops repeated rows, or orders them, or renames columns: a set is the same
// without.
static const Logical *set_source(const Logical *node, ColumnId *id) {
  for (;;) {
    const Expr *from = NULL;
    bool distinct = node->kind == LOGICAL_AGGREGATE && !node->aggregate.call_count &&
                    node->aggregate.set_count == 1 && !node->aggregate.has_grouping_id;
    if (node->kind == LOGICAL_PROJECT || distinct)
      for (uint32_t c = 0; c < node->column_count; c++)
        if (node->columns[c].id == *id)
          from = distinct ? node->aggregate.keys[c] : node->project.exprs[c];
    if (node->kind != LOGICAL_SORT && (!from || from->kind != EXPR_COLUMN)) return node;
    if (from) *id = from->column;
    node = node->inputs[0];
  }
}

Status lower_rowset(Lowering *lowering, const Logical *node, Lowered *left, Lowered *out,
                    bool *done, Error *error) {
  const Expr *tested_column, *named_column;
  Tested tested;
  *done = (node->join.kind == JOIN_SEMI || node->join.kind == JOIN_ANTI) && !node->join.null_safe &&
          equal_columns(node, &tested_column, &named_column) &&
          tested_find(left, tested_column, &tested);
  if (!*done) return STATUS_OK;
  Lowered right;
  ColumnId named = named_column->column;
  TRY(lower(lowering, set_source(node->inputs[1], &named), &right, error));
  const Binding *binding = binding_find(&right, named);
  bool by_key = binding->rows == NOWHERE || binding->link != tested.table;
  if (by_key) value_need(lowering, &right, named);
  binding = binding_find(&right, named);
  Plan *set = plan_new(lowering, PLAN_ROWSET, right.plan, tested.scan->inputs[0], 0);
  set->rowset.table = tested.table;
  set->rowset.by_key = by_key;
  set->rowset.position = by_key ? binding->value : binding->rows;
  set->rowset.negated = node->join.kind == JOIN_ANTI;
  set->rowset.tested = tested.position;
  set->rowset.name = tested.name;
  tested.scan->inputs[0] = set;
  *out = *left;
  return STATUS_OK;
}
