// Semi- and anti-joins on members as sets of rows.
//
//   customer where c.id in (select s.customer from sales s where ...)
//
//   Scan customer                          tests its own row numbers
//     Row set of customer: id in customer  ◄── Scan sales where ...
//
// It takes a condition that is one equality, and on its left side a column that tells a member (the
// key of a scanned table, or a link) and comes unchanged from a scan: whatever stands between drops
// or repeats rows, or groups them by that column, so that they may as well be dropped first. On the
// right a foreign key of the same table gives row numbers as it is; any other value is looked up
// among the table's keys. A NULL on either side equals nothing, so it is in no set. Inferred
// members have row numbers, and are hidden by the scan that would show them. What a semi-join's
// condition says of one side only, the pushdown pass has moved there.
//
// Where a join on that column stands between, rows of its right side that are not in the set meet
// nobody (sideways information passing: Beeri, Ramakrishnan, PODS 1987). A set that costs little
// beside the right side's scan is asked for a second time, and tested there as well.
#include "estimate.h"
#include "lowered.h"

#define TARGETS_MAX 8
#define SET_COST_SHARE 4 // a set is made again for a scan of more than so many times its rows

// A scan's column that is to be tested.
typedef struct Target {
  Plan *scan;
  uint32_t position;
} Target;

// What the scans below test: row numbers of `table`, or their own.
typedef struct Tested {
  Target targets[TARGETS_MAX]; // first the left side's own
  uint32_t target_count;
  const Table *table;
  bool own_row;
} Tested;

static void target_find(Plan *plan, uint32_t position, Tested *tested);

static bool reads_position(const Expr *expr, uint32_t position) {
  return expr->kind == EXPR_COLUMN && expr->column == position;
}

// The side whose column it is, and then the other one at the key that it is joined by.
static void join_follow(Plan *plan, uint32_t position, Tested *tested) {
  uint32_t lefts = plan->inputs[0]->column_count, count = tested->target_count;
  int side = position < lefts ? 0 : 1;
  bool keeps_right = plan->join.kind == JOIN_RIGHT || plan->join.kind == JOIN_FULL;
  if (plan->join.null_safe || (side ? plan->join.kind != JOIN_INNER : keeps_right)) return;
  position -= side ? lefts : 0;
  target_find(plan->inputs[side], position, tested);
  if (tested->target_count == count) return;
  Expr *const *own = side ? plan->join.right_keys : plan->join.left_keys;
  Expr *const *other = side ? plan->join.left_keys : plan->join.right_keys;
  for (uint32_t k = 0; k < plan->join.key_count; k++)
    if (reads_position(own[k], position) && other[k]->kind == EXPR_COLUMN)
      target_find(plan->inputs[1 - side], other[k]->column, tested);
}

// The position of a grouping key in the input, where all groups are told apart by it.
static bool key_follow(const Plan *plan, uint32_t *position) {
  if (*position >= plan->aggregate.key_count) return false;
  for (uint32_t s = 0; s < plan->aggregate.set_count; s++)
    if (!(plan->aggregate.sets[s] >> *position & 1)) return false;
  const Expr *key = plan->aggregate.keys[*position];
  if (key->kind != EXPR_COLUMN) return false;
  *position = key->column;
  return true;
}

// Adds the scan that the column at `position` of plan comes from, if rows may be dropped there in
// place of here; and those of the right sides on the way.
static void target_find(Plan *plan, uint32_t position, Tested *tested) {
  for (;;) {
    switch (plan->kind) {
    case PLAN_SCAN:
      if (tested->target_count < TARGETS_MAX && position < plan->column_count)
        tested->targets[tested->target_count++] = (Target){plan, position};
      return;
    case PLAN_LINK:
      if (position >= plan->inputs[0]->column_count) return;
      plan = plan->inputs[0];
      break;
    case PLAN_FILTER:
    case PLAN_SORT:
      if (plan->kind == PLAN_SORT && plan->sort.limit >= 0) return;
      plan = plan->inputs[0];
      break;
    case PLAN_PROJECT:
      if (plan->project.exprs[position]->kind != EXPR_COLUMN) return;
      position = plan->project.exprs[position]->column;
      plan = plan->inputs[0];
      break;
    case PLAN_AGGREGATE:
      if (!key_follow(plan, &position)) return;
      plan = plan->inputs[0];
      break;
    case PLAN_JOIN:
      join_follow(plan, position, tested);
      return;
    default:
      return;
    }
  }
}

static bool is_key(const Target *target) {
  const Table *table = target->scan->scan.table;
  return table->schema->has_members &&
         (int32_t)target->scan->scan.table_columns[target->position] == table->schema->key;
}

static bool tested_find(const Lowered *left, const Expr *column, Tested *tested) {
  const Binding *binding = binding_find(left, column->column);
  *tested = (Tested){0};
  if (!binding) return false;
  tested->own_row = binding->rows == NOWHERE;
  target_find(left->plan, tested->own_row ? binding->value : binding->rows, tested);
  if (!tested->target_count) return false;
  tested->table = tested->own_row ? tested->targets[0].scan->scan.table : binding->link;
  return !tested->own_row || is_key(&tested->targets[0]);
}

// Whether a right side's scan tests the same: its own rows, or row numbers of the same table.
static bool target_alike(const Tested *tested, const Target *target) {
  if (tested->own_row) return target->scan->scan.table == tested->table && is_key(target);
  const Table *table = target->scan->scan.table;
  const char *link =
      table->schema->columns[target->scan->scan.table_columns[target->position]].link;
  return link && !strcmp(link, tested->table->schema->name);
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

// Rows of all tables that node reads.
static double rows_read(const Root *root, const Logical *node) {
  double rows = node->kind == LOGICAL_SCAN ? estimate_rows(root, node) : 0;
  for (int i = 0; i < 2; i++)
    if (node->inputs[i]) rows += rows_read(root, node->inputs[i]);
  return rows;
}

// Puts the set of the rows that column `named` of `source` names below a scan.
static Status target_test(Lowering *lowering, const Tested *tested, const Target *target,
                          const Logical *source, ColumnId named, bool negated, Error *error) {
  Lowered right;
  TRY(lower(lowering, source, &right, error));
  const Binding *binding = binding_find(&right, named);
  bool by_key = binding->rows == NOWHERE || binding->link != tested->table;
  if (by_key) value_need(lowering, &right, named);
  binding = binding_find(&right, named);
  Plan *set = plan_new(lowering, PLAN_ROWSET, right.plan, target->scan->inputs[0], 0);
  set->rowset.table = tested->table;
  set->rowset.by_key = by_key;
  set->rowset.position = by_key ? binding->value : binding->rows;
  set->rowset.negated = negated;
  set->rowset.tested = tested->own_row ? ROWSET_OWN_ROW : target->position;
  const TableSchema *schema = target->scan->scan.table->schema;
  set->rowset.name = schema->columns[target->scan->scan.table_columns[target->position]].name;
  target->scan->inputs[0] = set;
  return STATUS_OK;
}

Status lower_rowset(Lowering *lowering, const Logical *node, Lowered *left, Lowered *out,
                    bool *done, Error *error) {
  const Expr *tested_column, *named_column;
  Tested tested;
  *done = (node->join.kind == JOIN_SEMI || node->join.kind == JOIN_ANTI) && !node->join.null_safe &&
          equal_columns(node, &tested_column, &named_column) &&
          tested_find(left, tested_column, &tested);
  if (!*done) return STATUS_OK;
  ColumnId named = named_column->column;
  const Logical *source = set_source(node->inputs[1], &named);
  bool negated = node->join.kind == JOIN_ANTI;
  double cost = rows_read(lowering->root, source);
  for (uint32_t t = 0; t < tested.target_count; t++) {
    const Target *target = &tested.targets[t];
    bool worth = target_alike(&tested, target) &&
                 cost * SET_COST_SHARE < (double)target->scan->scan.table->row_count;
    if (!t || worth) TRY(target_test(lowering, &tested, target, source, named, negated, error));
  }
  *out = *left;
  return STATUS_OK;
}
