// Joins: by a declared key a link, or a set of rows (lower_rowset.c), else by hash.
#include "estimate.h"
#include "lowered.h"

// A right side that is a bare scan of a table, maybe filtered: what a link can fetch from.
static const Logical *link_scan(const Logical *right, Expr **predicate) {
  *predicate = NULL;
  if (right->kind == LOGICAL_FILTER) {
    *predicate = right->filter.predicate;
    right = right->inputs[0];
  }
  return right->kind == LOGICAL_SCAN ? right : NULL;
}

// If `condition` is "foreign key = key of the scanned table" alone, the binding of the foreign key.
static const Binding *link_binding(const Lowering *lowering, const Lowered *left,
                                   const Logical *scan, const Expr *condition) {
  if (!condition || condition->kind != EXPR_CALL || condition->function != FUNCTION_EQUAL)
    return NULL;
  const Table *table = root_find(lowering->root, scan->scan.table);
  if (!table || table->schema->key < 0) return NULL;
  for (int side = 0; side < 2; side++) {
    const Expr *a = condition->args[side], *b = condition->args[1 - side];
    if (a->kind != EXPR_COLUMN || b->kind != EXPR_COLUMN) return NULL;
    const Binding *binding = binding_find(left, a->column);
    if (!binding || binding->rows == NOWHERE || binding->link != table) continue;
    for (uint32_t c = 0; c < scan->column_count; c++)
      if (scan->columns[c].id == b->column &&
          schema_find(table->schema, scan->scan.names[c]) == table->schema->key)
        return binding;
  }
  return NULL;
}

typedef struct KeyRead {
  ColumnId key;
  bool read;
} KeyRead;

static void key_read_visit(void *context, const Expr *column) {
  KeyRead *key = context;
  key->read |= key->key == column->column;
}

// Whether the member's key can be told from the row number, like the foreign key's own value: not
// where a left join must give NULL for members that exist but are not shown.
static bool key_is_alias(const Logical *join, const Table *table, ColumnId key,
                         const Expr *filter) {
  KeyRead read = {key, false};
  if (filter) expr_visit_columns(filter, key_read_visit, &read);
  bool all_shown = table->row_count - table->shown_count <= 1; // but for row 0
  return !read.read && (join->join.kind == JOIN_INNER || all_shown);
}

// The scan without the member's key, which then is an alias of the foreign key.
static const Logical *scan_without_key(Lowering *lowering, const Logical *scan, const Table *table,
                                       const Logical *join, const Expr *filter, ColumnId *alias) {
  *alias = 0;
  Logical *copy = ARENA_NEW(lowering->arena, Logical);
  *copy = *scan;
  copy->columns = ARENA_ARRAY(lowering->arena, LogicalColumn, scan->column_count);
  copy->scan.names = ARENA_ARRAY(lowering->arena, const char *, scan->column_count);
  copy->column_count = 0;
  for (uint32_t c = 0; c < scan->column_count; c++) {
    bool key = schema_find(table->schema, scan->scan.names[c]) == table->schema->key;
    if (key && key_is_alias(join, table, scan->columns[c].id, filter)) {
      *alias = scan->columns[c].id;
      continue;
    }
    copy->scan.names[copy->column_count] = scan->scan.names[c];
    copy->columns[copy->column_count++] = scan->columns[c];
  }
  return copy;
}

// The bindings of a link's fetched columns, at their positions after the input's.
static void link_bind(Lowering *lowering, const Logical *scan, const Table *table, uint32_t first,
                      Lowered *out) {
  for (uint32_t c = 0; c < scan->column_count; c++) {
    int32_t index = schema_find(table->schema, scan->scan.names[c]);
    const char *link = table->schema->columns[index].link;
    const Table *target = link ? root_find(lowering->root, link) : NULL;
    bool foreign = target && target->schema->key >= 0;
    out->bindings[out->count++] =
        (Binding){scan->columns[c].id, scan->columns[c].name, foreign ? NOWHERE : first + c,
                  foreign ? first + c : NOWHERE, foreign ? target : NULL};
  }
}

// The predicate over members, by position among the fetched columns. NULL: it reads a foreign key's
// value, which is not there.
static Expr *link_predicate(Lowering *lowering, const Lowered *members, const Expr *predicate) {
  return reads_scanned_values(members, predicate) ? expr_lower(lowering, members, NULL, predicate)
                                                  : NULL;
}

static Status lower_link(Lowering *lowering, const Logical *node, Lowered *left, Lowered *out,
                         bool *done, Error *error) {
  *done = false;
  if (node->join.kind != JOIN_INNER && node->join.kind != JOIN_LEFT) return STATUS_OK;
  Expr *filter, *predicate = NULL;
  const Logical *scan = link_scan(node->inputs[1], &filter);
  if (!scan || (filter && node->join.kind == JOIN_LEFT)) return STATUS_OK;
  const Binding *foreign = link_binding(lowering, left, scan, node->join.condition);
  if (!foreign) return STATUS_OK;
  const Table *table = foreign->link;
  bool tested = false; // who is left has a member that is shown, and passes the filter
  if (filter) TRY(lower_link_set(lowering, left, foreign, node->inputs[1], &tested, error));
  if (tested) filter = NULL;
  ColumnId alias;
  scan = scan_without_key(lowering, scan, table, node, filter, &alias);
  uint32_t *columns = ARENA_ARRAY(lowering->arena, uint32_t, scan->column_count);
  for (uint32_t c = 0; c < scan->column_count; c++)
    columns[c] = (uint32_t)schema_find(table->schema, scan->scan.names[c]);
  if (filter) {
    Lowered members = {ARENA_NEW(lowering->arena, Plan),
                       ARENA_ARRAY(lowering->arena, Binding, scan->column_count), 0};
    link_bind(lowering, scan, table, 0, &members);
    predicate = link_predicate(lowering, &members, filter);
    if (!predicate) return STATUS_OK;
  }
  uint32_t first = left->plan->column_count;
  bool inner = node->join.kind == JOIN_INNER && !tested;
  Plan *plan = left->plan;
  // A link that fetches nothing and drops no row is no step at all.
  if (scan->column_count || predicate ||
      (inner && !link_always_shown(plan, foreign->rows, table))) {
    plan = plan_link(lowering, plan, foreign->rows, table, columns, scan->column_count);
    plan->link.inner = inner;
    plan->link.shown |= tested;
    plan->link.predicate = predicate;
  }
  *out =
      (Lowered){plan, ARENA_ARRAY(lowering->arena, Binding, left->count + scan->column_count + 1),
                left->count};
  memcpy(out->bindings, left->bindings, left->count * sizeof *out->bindings);
  if (alias) out->bindings[out->count++] = (Binding){alias, NULL, NOWHERE, foreign->rows, table};
  link_bind(lowering, scan, table, first, out);
  *done = true;
  return STATUS_OK;
}

// "left expression = right expression", by which a hash join can go, or <> of both; false: some
// other condition.
static bool compared_sides(const Expr *expr, const Logical *left, const Logical *right,
                           const Expr **left_key, const Expr **right_key) {
  if (expr->kind != EXPR_CALL ||
      (expr->function != FUNCTION_EQUAL && expr->function != FUNCTION_NOT_DISTINCT &&
       expr->function != FUNCTION_NOT_EQUAL))
    return false;
  for (int side = 0; side < 2; side++) {
    const Expr *a = expr->args[side], *b = expr->args[1 - side];
    if (a->kind == EXPR_CONSTANT || b->kind == EXPR_CONSTANT) return false;
    if (expr_reads_only(a, left) && expr_reads_only(b, right)) {
      *left_key = a;
      *right_key = b;
      return true;
    }
  }
  return false;
}

// A condition's conjuncts: equalities of both sides, by which to hash, and what is left.
typedef struct JoinKey {
  const Expr *left, *right; // NULL: no comparison of both sides
  bool equal;               // to hash by
  bool rows;                // both foreign keys of one table: equal keys are equal row numbers
} JoinKey;

static bool is_null_safe(const Expr *expr) {
  return expr->kind == EXPR_CALL && expr->function == FUNCTION_NOT_DISTINCT;
}

// "=" or "<>" of two foreign keys, over their members' row numbers.
static Expr *rows_compare(Lowering *lowering, const Lowered *left, const Lowered *right,
                          const JoinKey *key, const Expr *condition) {
  Expr *compare = ARENA_NEW(lowering->arena, Expr), *args[2];
  *compare = *condition;
  args[0] = rows_expr(lowering, left, key->left);
  args[1] = rows_expr(lowering, right, key->right);
  args[1]->column += left->plan->column_count;
  compare->args = ARENA_ARRAY(lowering->arena, Expr *, 2);
  memcpy(compare->args, args, sizeof args);
  return compare;
}

static bool same_members(const Lowered *left, const Lowered *right, const JoinKey *key) {
  if (key->left->kind != EXPR_COLUMN || key->right->kind != EXPR_COLUMN) return false;
  const Binding *a = binding_find(left, key->left->column);
  const Binding *b = binding_find(right, key->right->column);
  return a->rows != NOWHERE && b->rows != NOWHERE && a->link == b->link;
}

// NULL-safe and plain equalities cannot share one hash table: where there are both, the plain ones
// are no keys. Fetches what the conjuncts read.
static JoinKey *join_keys(Lowering *lowering, const Logical *node, Lowered *left, Lowered *right,
                          Expr *const *conjuncts, uint32_t count, bool *null_safe) {
  JoinKey *keys = ARENA_ARRAY(lowering->arena, JoinKey, count);
  *null_safe = node->join.null_safe;
  for (uint32_t i = 0; i < count; i++) *null_safe |= is_null_safe(conjuncts[i]);
  for (uint32_t i = 0; i < count; i++) {
    JoinKey *key = &keys[i];
    bool safe = node->join.null_safe || is_null_safe(conjuncts[i]);
    if (!compared_sides(conjuncts[i], node->inputs[0], node->inputs[1], &key->left, &key->right))
      key->left = NULL;
    key->equal = key->left && conjuncts[i]->function != FUNCTION_NOT_EQUAL && safe == *null_safe;
    key->rows = key->left && same_members(left, right, key);
    if (key->rows) continue;
    values_need(lowering, left, conjuncts[i]);
    values_need(lowering, right, conjuncts[i]);
  }
  return keys;
}

// A semi- or anti-join keeps the side in memory that is the smaller by far: the left side's rows
// are kept whole, of the right one often only the keys.
static bool left_is_kept(const Lowering *lowering, const Logical *node) {
  if (node->join.kind != JOIN_SEMI && node->join.kind != JOIN_ANTI) return false;
  return estimate_rows(lowering->root, node->inputs[0]) * 2 <
         estimate_rows(lowering->root, node->inputs[1]);
}

Status lower_join(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
  Lowered left, right;
  TRY(lower(lowering, node->inputs[0], &left, error));
  bool done;
  TRY(lower_link(lowering, node, &left, out, &done, error));
  if (done) return STATUS_OK;
  TRY(lower_rowset(lowering, node, &left, out, &done, error));
  if (done) return STATUS_OK;
  TRY(lower(lowering, node->inputs[1], &right, error));
  Expr **conjuncts;
  uint32_t count = expr_conjuncts(lowering->arena, node->join.condition, &conjuncts);
  bool null_safe;
  JoinKey *keys = join_keys(lowering, node, &left, &right, conjuncts, count, &null_safe);
  bool mark = node->join.kind == JOIN_MARK;
  bool one_side = node->join.kind == JOIN_SEMI || node->join.kind == JOIN_ANTI || mark;
  uint32_t lefts = left.plan->column_count, rights = right.plan->column_count;
  Plan *plan = plan_new(lowering, PLAN_JOIN, left.plan, right.plan, lefts + rights + mark);
  if (mark)
    plan->columns[lefts + rights] =
        (PlanColumn){.name = "mark", .type = TYPE_OF_BOOL, .min = 0, .max = 1};
  memcpy(plan->columns, left.plan->columns, lefts * sizeof *plan->columns);
  memcpy(plan->columns + lefts, right.plan->columns, rights * sizeof *plan->columns);
  plan->join.kind = node->join.kind;
  plan->join.null_safe = null_safe;
  plan->join.left_keys = ARENA_ARRAY(lowering->arena, Expr *, count);
  plan->join.right_keys = ARENA_ARRAY(lowering->arena, Expr *, count);
  Expr **rest = ARENA_ARRAY(lowering->arena, Expr *, count);
  uint32_t rest_count = 0;
  for (uint32_t i = 0; i < count; i++) {
    const JoinKey *key = &keys[i];
    if (!key->equal) {
      rest[rest_count++] = key->rows ? rows_compare(lowering, &left, &right, key, conjuncts[i])
                                     : expr_lower(lowering, &left, &right, conjuncts[i]);
      continue;
    }
    uint32_t k = plan->join.key_count++;
    plan->join.left_keys[k] = key->rows ? rows_expr(lowering, &left, key->left)
                                        : expr_lower(lowering, &left, NULL, key->left);
    plan->join.right_keys[k] = key->rows ? rows_expr(lowering, &right, key->right)
                                         : expr_lower(lowering, &right, NULL, key->right);
  }
  plan->join.residual = expr_and_all(lowering->arena, rest, rest_count);
  plan->join.keeps_left = plan->join.key_count && left_is_kept(lowering, node);
  if (plan->join.keeps_left) plan->column_count = lefts;
  lower_sets_across(lowering, plan);
  uint32_t bound = left.count + (one_side ? 0 : right.count);
  *out = (Lowered){plan, ARENA_ARRAY(lowering->arena, Binding, bound + mark), bound + mark};
  memcpy(out->bindings, left.bindings, left.count * sizeof *out->bindings);
  if (mark) {
    const LogicalColumn *column = &node->columns[node->column_count - 1];
    out->bindings[bound] = (Binding){column->id, column->name, lefts + rights, NOWHERE, NULL};
  }
  for (uint32_t b = left.count; b < bound; b++) {
    out->bindings[b] = right.bindings[b - left.count];
    if (out->bindings[b].value != NOWHERE) out->bindings[b].value += lefts;
    if (out->bindings[b].rows != NOWHERE) out->bindings[b].rows += lefts;
  }
  return STATUS_OK;
}
