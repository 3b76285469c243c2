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

// A link between the scan and the tested column: `column` of the member names the row that is in
// the set, or the next link's.
typedef struct Hop {
  const Table *table;
  uint32_t column; // of table
  const struct Hop *next;
} Hop;

// A scan's column that is to be tested.
typedef struct Target {
  Plan *scan;
  uint32_t position;
  const Hop *hops; // from the scan on
} Target;

// What the scans below test: row numbers of `table`, or their own.
typedef struct Tested {
  Target targets[TARGETS_MAX]; // first the left side's own
  uint32_t target_count;
  const Table *table;
  bool own_row, negated;
  Arena *arena;
} Tested;

static void target_find(Plan *plan, uint32_t position, const Hop *hops, Tested *tested);

static bool reads_position(const Expr *expr, uint32_t position) {
  return expr->kind == EXPR_COLUMN && expr->column == position;
}

// The side whose column it is, and then the other one at the key that it is joined by.
static void join_follow(Plan *plan, uint32_t position, const Hop *hops, Tested *tested) {
  uint32_t lefts = plan->inputs[0]->column_count, count = tested->target_count;
  int side = position < lefts ? 0 : 1;
  bool keeps_right = plan->join.kind == JOIN_RIGHT || plan->join.kind == JOIN_FULL;
  if (plan->join.null_safe || (side ? plan->join.kind != JOIN_INNER : keeps_right)) return;
  position -= side ? lefts : 0;
  target_find(plan->inputs[side], position, hops, tested);
  if (tested->target_count == count) return;
  Expr *const *own = side ? plan->join.right_keys : plan->join.left_keys;
  Expr *const *other = side ? plan->join.left_keys : plan->join.right_keys;
  for (uint32_t k = 0; k < plan->join.key_count; k++)
    if (reads_position(own[k], position) && other[k]->kind == EXPR_COLUMN)
      target_find(plan->inputs[1 - side], other[k]->column, hops, tested);
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

// From a fetched column to the link's own row numbers, of members whose column is in the set. Their
// key is the row itself. Row 0 has no member, whose column would be NULL: an anti-join keeps it.
static bool link_follow(const Plan *plan, uint32_t *position, const Hop **hops, Tested *tested) {
  const Table *table = plan->link.table;
  uint32_t column = plan->link.table_columns[*position - plan->inputs[0]->column_count];
  *position = plan->link.position;
  if (tested->own_row) {
    if (tested->target_count || (int32_t)column != table->schema->key) return false;
    tested->own_row = false;
    tested->table = table;
    return true;
  }
  if (tested->negated) return false;
  Hop *hop = ARENA_NEW(tested->arena, Hop);
  *hop = (Hop){table, column, *hops};
  *hops = hop;
  return true;
}

// Adds the scan that the column at `position` of plan comes from, if rows may be dropped there in
// place of here; and those of the right sides on the way.
static void target_find(Plan *plan, uint32_t position, const Hop *hops, Tested *tested) {
  for (;;) {
    switch (plan->kind) {
    case PLAN_SCAN:
      if (tested->target_count < TARGETS_MAX && position < plan->column_count)
        tested->targets[tested->target_count++] = (Target){plan, position, hops};
      return;
    case PLAN_LINK:
      if (position >= plan->inputs[0]->column_count && !link_follow(plan, &position, &hops, tested))
        return;
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
      join_follow(plan, position, hops, tested);
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

// Members of the tables between are read to tell them.
static bool hops_worth(const Target *target) {
  double rows = 0;
  for (const Hop *hop = target->hops; hop; hop = hop->next) rows += (double)hop->table->row_count;
  return rows * 2 < (double)target->scan->scan.table->row_count || !target->hops;
}

static bool tested_find(Lowering *lowering, const Lowered *left, const Binding *binding,
                        bool negated, Tested *tested) {
  bool own_row = binding->rows == NOWHERE;
  *tested = (Tested){.own_row = own_row,
                     .table = own_row ? NULL : binding->link,
                     .negated = negated,
                     .arena = lowering->arena};
  target_find(left->plan, own_row ? binding->value : binding->rows, NULL, tested);
  const Target *first = &tested->targets[0];
  if (!tested->target_count || !hops_worth(first)) return false;
  if (tested->own_row) tested->table = first->scan->scan.table;
  return !tested->own_row || is_key(first);
}

// Whether a right side's scan tests the same: its own rows, or row numbers of the same table.
static bool target_alike(const Tested *tested, const Target *target) {
  const Table *table = target->scan->scan.table;
  if (tested->own_row) return table == tested->table && is_key(target);
  uint32_t column = target->scan->scan.table_columns[target->position];
  for (const Hop *hop = target->hops; hop; hop = hop->next) {
    table = hop->table;
    column = hop->column;
  }
  const char *link = table->schema->columns[column].link;
  return link && !strcmp(link, tested->table->schema->name) && hops_worth(target);
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

// The scan of which `named` tells a row by its own number: by its key, or as ROW_NUMBER_ID. NULL:
// `source` is something else.
static const Logical *numbered_scan(const Logical *source, ColumnId named, const Table *table) {
  while (source->kind == LOGICAL_FILTER) source = source->inputs[0];
  if (source->kind != LOGICAL_SCAN || strcmp(source->scan.table, table->schema->name)) return NULL;
  if (named == ROW_NUMBER_ID) return source;
  for (uint32_t c = 0; c < source->column_count; c++)
    if (source->columns[c].id == named && table->schema->key >= 0 &&
        schema_find(table->schema, source->scan.names[c]) == table->schema->key)
      return source;
  return NULL;
}

// The set of the rows that column `named` of `source` names.
static Status set_make(Lowering *lowering, const Tested *tested, const Logical *source,
                       ColumnId named, Plan **set, Error *error) {
  const Logical *outer = lowering->numbered;
  lowering->numbered = numbered_scan(source, named, tested->table);
  if (lowering->numbered) named = ROW_NUMBER_ID;
  Lowered right;
  Status status = lower(lowering, source, &right, error);
  lowering->numbered = outer;
  TRY(status);
  const Binding *binding = binding_find(&right, named);
  bool by_key = binding->rows == NOWHERE || binding->link != tested->table;
  if (by_key) value_need(lowering, &right, named);
  binding = binding_find(&right, named);
  *set = plan_new(lowering, PLAN_ROWSET, right.plan, NULL, 0);
  (*set)->rowset.table = tested->table;
  (*set)->rowset.by_key = by_key;
  (*set)->rowset.position = by_key ? binding->value : binding->rows;
  (*set)->rowset.negated = tested->negated;
  return STATUS_OK;
}

static void scan_add_set(Plan *scan, Plan *set, uint32_t tested, uint32_t position) {
  const TableSchema *schema = scan->scan.table->schema;
  set->rowset.tested = tested;
  set->rowset.name = schema->columns[scan->scan.table_columns[position]].name;
  set->inputs[1] = scan->inputs[0];
  scan->inputs[0] = set;
}

// The set of the first hop's members from which the others lead into `set`.
static Plan *hops_set(Lowering *lowering, const Hop *hop, Plan *set) {
  if (!hop) return set;
  Plan *next = hops_set(lowering, hop->next, set);
  Plan *scan = plan_new(lowering, PLAN_SCAN, NULL, NULL, 2);
  const ColumnSchema *column = &hop->table->schema->columns[hop->column];
  scan->scan.table = hop->table;
  scan->scan.table_columns = ARENA_ARRAY(lowering->arena, uint32_t, 2);
  scan->scan.table_columns[0] = hop->column;
  scan->scan.table_columns[1] = SCAN_ROW_NUMBER;
  scan->columns[0] = column_known(column->name, hop->table->columns[hop->column]);
  scan->columns[1] = (PlanColumn){
      .name = "row number", .type = TYPE_OF_INT, .max = (int64_t)hop->table->row_count};
  scan_add_set(scan, next, 0, 0);
  Plan *members = plan_new(lowering, PLAN_ROWSET, scan, NULL, 0);
  members->rowset.table = hop->table;
  members->rowset.position = 1;
  return members;
}

// Puts the set below every scan that it is worth for.
static Status targets_test(Lowering *lowering, const Tested *tested, const Logical *source,
                           ColumnId named, Error *error) {
  double cost = rows_read(lowering->root, source);
  for (uint32_t t = 0; t < tested->target_count; t++) {
    const Target *target = &tested->targets[t];
    bool worth = target_alike(tested, target) &&
                 cost * SET_COST_SHARE < (double)target->scan->scan.table->row_count;
    if (t && !worth) continue;
    Plan *set;
    TRY(set_make(lowering, tested, source, named, &set, error));
    scan_add_set(target->scan, hops_set(lowering, target->hops, set),
                 tested->own_row ? ROWSET_OWN_ROW : target->position, target->position);
  }
  return STATUS_OK;
}

Status lower_rowset(Lowering *lowering, const Logical *node, Lowered *left, Lowered *out,
                    bool *done, Error *error) {
  const Expr *tested_column, *named_column;
  Tested tested;
  *done = false;
  bool negated = node->join.kind == JOIN_ANTI;
  if ((!negated && node->join.kind != JOIN_SEMI) || node->join.null_safe ||
      !equal_columns(node, &tested_column, &named_column))
    return STATUS_OK;
  const Binding *binding = binding_find(left, tested_column->column);
  if (!binding || !tested_find(lowering, left, binding, negated, &tested)) return STATUS_OK;
  ColumnId named = named_column->column;
  const Logical *source = set_source(node->inputs[1], &named);
  TRY(targets_test(lowering, &tested, source, named, error));
  *done = true;
  *out = *left;
  return STATUS_OK;
}

Status lower_link_set(Lowering *lowering, Lowered *left, const Binding *link,
                      const Logical *members, bool *done, Error *error) {
  Tested tested;
  *done = tested_find(lowering, left, link, false, &tested);
  return *done ? targets_test(lowering, &tested, members, ROW_NUMBER_ID, error) : STATUS_OK;
}

// ---------------------------------------------------------------- across joins

static Plan *plan_copy(Lowering *lowering, const Plan *plan) {
  if (!plan) return NULL;
  Plan *copy = ARENA_NEW(lowering->arena, Plan);
  *copy = *plan;
  copy->id = lowering->next_plan++;
  for (int i = 0; i < 2; i++) copy->inputs[i] = plan_copy(lowering, plan->inputs[i]);
  return copy;
}

static double plan_rows_read(const Plan *plan) {
  if (!plan) return 0;
  double rows = plan->kind == PLAN_SCAN ? (double)plan->scan.table->row_count : 0;
  return rows + plan_rows_read(plan->inputs[0]) + plan_rows_read(plan->inputs[1]);
}

// The members that a filtered scan gives, by their own numbers.
static Plan *scan_members(Lowering *lowering, const Plan *scan) {
  Plan *copy = plan_copy(lowering, scan);
  uint32_t last = copy->column_count++;
  copy->columns = ARENA_ARRAY(lowering->arena, PlanColumn, last + 1);
  memcpy(copy->columns, scan->columns, last * sizeof *copy->columns);
  copy->columns[last] = (PlanColumn){
      .name = "row number", .type = TYPE_OF_INT, .max = (int64_t)scan->scan.table->row_count};
  copy->scan.table_columns = ARENA_ARRAY(lowering->arena, uint32_t, last + 1);
  memcpy(copy->scan.table_columns, scan->scan.table_columns, last * sizeof(uint32_t));
  copy->scan.table_columns[last] = SCAN_ROW_NUMBER;
  Plan *set = plan_new(lowering, PLAN_ROWSET, copy, NULL, 0);
  set->rowset.table = scan->scan.table;
  set->rowset.position = last;
  return set;
}

// Has the scans that the column comes from test a copy of `set`, where it costs little beside them.
static void test_across(Lowering *lowering, Plan *plan, uint32_t position, bool own_row,
                        const Plan *set) {
  Tested tested = {.own_row = own_row,
                   .table = set->rowset.table,
                   .negated = set->rowset.negated,
                   .arena = lowering->arena};
  target_find(plan, position, NULL, &tested);
  if (tested.table != set->rowset.table) return;
  double cost = plan_rows_read(set->inputs[0]);
  for (uint32_t t = 0; t < tested.target_count; t++) {
    const Target *target = &tested.targets[t];
    if (!target_alike(&tested, target) ||
        cost * SET_COST_SHARE >= (double)target->scan->scan.table->row_count)
      continue;
    Plan *copy = plan_copy(lowering, set);
    copy->inputs[1] = NULL;
    scan_add_set(target->scan, hops_set(lowering, target->hops, copy),
                 tested.own_row ? ROWSET_OWN_ROW : target->position, target->position);
  }
}

// From one side of a join (0 left) to the other, by one key.
static void reduce_across(Lowering *lowering, const Plan *join, int from, uint32_t key) {
  const Expr *own = (from ? join->join.right_keys : join->join.left_keys)[key];
  const Expr *other = (from ? join->join.left_keys : join->join.right_keys)[key];
  Tested tested = {.arena = lowering->arena};
  if (own->kind != EXPR_COLUMN || other->kind != EXPR_COLUMN) return;
  target_find(join->inputs[from], own->column, NULL, &tested);
  const Target *source = &tested.targets[0];
  if (!tested.target_count || source->hops) return;
  Plan *scan = source->scan, *across = join->inputs[1 - from];
  if (is_key(source)) {
    if (scan->scan.predicate || scan->scan.set_count || scan->inputs[0])
      test_across(lowering, across, other->column, true, scan_members(lowering, scan));
    return;
  }
  for (const Plan *set = scan->inputs[0]; set; set = set->inputs[1])
    if (set->rowset.tested == source->position)
      test_across(lowering, across, other->column, false, set);
}

void lower_sets_across(Lowering *lowering, const Plan *join) {
  JoinKind kind = join->join.kind;
  if (join->join.null_safe || kind == JOIN_FULL) return;
  for (uint32_t k = 0; k < join->join.key_count; k++) {
    if (kind != JOIN_RIGHT) reduce_across(lowering, join, 0, k);
    if (kind == JOIN_INNER || kind == JOIN_SEMI || kind == JOIN_RIGHT)
      reduce_across(lowering, join, 1, k);
  }
}
