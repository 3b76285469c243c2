// Groups are made before the join that repeats their rows (eager aggregation: Yan, Larson, VLDB
// 1995, in the case that leaves nothing to group above).
//
//   aggregate by c.id: count(s.id)              project c.id, coalesce(n, 0)
//     left join s.customer = c.id        ─►       left join customer = c.id
//       customers c                                 customers c
//       sales s                                     aggregate by s.customer: count(s.id) AS n
//
// It holds where the left side has one row a group (the keys are unique in it), the condition is
// equalities of columns, and all that is aggregated is of the right side: then each left row meets
// one group or none. Of a left row without a partner the aggregates saw one row of NULLs: count(*)
// gives 1, other counts 0, the rest NULL, for arguments that are NULL where their columns are.
#include "estimate.h"
#include "logical_unique.h"
#include "optimize.h"

#define EQUALITIES_MAX 16

typedef struct EagerJoin {
  const Logical *left, *right;
  Expr *left_keys[EQUALITIES_MAX], *right_keys[EQUALITIES_MAX];
  uint32_t key_count;
} EagerJoin;

static bool equalities_find(LogicalContext *context, const Logical *join, EagerJoin *eager) {
  Expr **conjuncts;
  uint32_t count = expr_conjuncts(context->arena, join->join.condition, &conjuncts);
  *eager = (EagerJoin){.left = join->inputs[0], .right = join->inputs[1]};
  if (!count || count > EQUALITIES_MAX || join->join.null_safe) return false;
  for (uint32_t i = 0; i < count; i++) {
    const Expr *expr = conjuncts[i];
    if (expr->kind != EXPR_CALL || expr->function != FUNCTION_EQUAL) return false;
    Expr *a = expr->args[0], *b = expr->args[1];
    if (a->kind != EXPR_COLUMN || b->kind != EXPR_COLUMN) return false;
    bool swapped = logical_column(eager->right, a->column);
    Expr *left = swapped ? b : a, *right = swapped ? a : b;
    if (!logical_column(eager->left, left->column) || !logical_column(eager->right, right->column))
      return false;
    for (uint32_t k = 0; k < eager->key_count; k++)
      if (eager->right_keys[k]->column == right->column) return false;
    eager->left_keys[eager->key_count] = left;
    eager->right_keys[eager->key_count++] = right;
  }
  return true;
}

// One group of all rows is there without any.
static bool groups_are_rows(const Logical *node, const EagerJoin *eager) {
  ColumnId ids[64];
  if (node->aggregate.set_count != 1 || node->aggregate.has_grouping_id ||
      !node->aggregate.key_count || node->aggregate.key_count > 64)
    return false;
  for (uint32_t k = 0; k < node->aggregate.key_count; k++) {
    const Expr *key = node->aggregate.keys[k];
    if (!(node->aggregate.sets[0] >> k & 1) || key->kind != EXPR_COLUMN ||
        !logical_column(eager->left, key->column))
      return false;
    ids[k] = key->column;
  }
  return logical_is_unique(eager->left, ids, node->aggregate.key_count);
}

// Whether NULLs in all its columns make the expression NULL.
static bool null_of_nulls(const Expr *expr) {
  if (expr->kind == EXPR_COLUMN) return true;
  if (expr->kind == EXPR_CAST) return null_of_nulls(expr->args[0]);
  bool arithmetic = expr->kind == EXPR_CALL &&
                    (expr->function == FUNCTION_ADD || expr->function == FUNCTION_SUBTRACT ||
                     expr->function == FUNCTION_MULTIPLY);
  for (uint32_t i = 0; arithmetic && i < expr->arg_count; i++)
    if (null_of_nulls(expr->args[i])) return true;
  return false;
}

static bool call_moves(const AggregateCall *call, const EagerJoin *eager) {
  if (call->id == AGGREGATE_COUNT_ROWS) return !call->filter;
  if (!aggregate_has(call->id, AGGREGATE_PASSES_NULLS) || call->more_count ||
      !null_of_nulls(call->arg) || !expr_reads_only(call->arg, eager->right) ||
      expr_can_fail(call->arg))
    return false;
  return !call->filter ||
         (expr_reads_only(call->filter, eager->right) && !expr_can_fail(call->filter));
}

// The right side of a left join is kept whole as it is, and reduced to what the left side asks for
// where it can be (lower_sets_across). But sets of distinct values are not made for groups that
// nobody asks for.
static bool is_worth(const Root *root, const Logical *node, const EagerJoin *eager) {
  bool keeps_values = false;
  for (uint32_t a = 0; a < node->aggregate.call_count; a++)
    keeps_values |= node->aggregate.calls[a].id == AGGREGATE_COUNT_DISTINCT;
  if (!keeps_values) return true;
  double rows = estimate_rows(root, eager->right), groups = 1;
  for (uint32_t k = 0; k < eager->key_count; k++)
    groups *= estimate_values(root, eager->right, eager->right_keys[k]->column, rows);
  if (groups > rows) groups = rows;
  return estimate_rows(root, eager->left) * 2 >= groups;
}

static bool is_eager(LogicalContext *context, const Root *root, const Logical *node,
                     EagerJoin *eager) {
  if (node->kind != LOGICAL_AGGREGATE || !node->aggregate.call_count) return false;
  const Logical *join = node->inputs[0];
  if (join->kind != LOGICAL_JOIN || join->join.kind != JOIN_LEFT ||
      !equalities_find(context, join, eager) || !groups_are_rows(node, eager))
    return false;
  for (uint32_t a = 0; a < node->aggregate.call_count; a++)
    if (!call_moves(&node->aggregate.calls[a], eager)) return false;
  return is_worth(root, node, eager);
}

static Logical *groups_make(LogicalContext *context, const Logical *node, const EagerJoin *eager) {
  uint32_t keys = eager->key_count, calls = node->aggregate.call_count;
  const char *key_names[EQUALITIES_MAX];
  const char **call_names = ARENA_ARRAY(context->arena, const char *, calls);
  for (uint32_t k = 0; k < keys; k++)
    key_names[k] = logical_column(eager->right, eager->right_keys[k]->column)->name;
  for (uint32_t a = 0; a < calls; a++)
    call_names[a] = node->columns[node->aggregate.key_count + a].name;
  return logical_aggregate(context, (Logical *)eager->right, (Expr **)eager->right_keys, key_names,
                           keys, node->aggregate.calls, call_names, calls, NULL, 0, false);
}

static Logical *eager_rewrite(LogicalContext *context, const Logical *node,
                              const EagerJoin *eager) {
  Arena *arena = context->arena;
  Logical *groups = groups_make(context, node, eager);
  Expr **equalities = ARENA_ARRAY(arena, Expr *, eager->key_count);
  for (uint32_t k = 0; k < eager->key_count; k++) {
    Expr *sides[] = {eager->left_keys[k], logical_ref(context, groups, k)};
    equalities[k] = expr_call(arena, FUNCTION_EQUAL, TYPE_OF_BOOL, sides, 2, -1);
  }
  Logical *join = logical_join(context, (Logical *)eager->left, groups, JOIN_LEFT,
                               expr_and_all(arena, equalities, eager->key_count), false);
  Expr **exprs = ARENA_ARRAY(arena, Expr *, node->column_count);
  const char **names = ARENA_ARRAY(arena, const char *, node->column_count);
  for (uint32_t c = 0; c < node->column_count; c++) {
    names[c] = node->columns[c].name;
    if (c < node->aggregate.key_count) {
      exprs[c] = node->aggregate.keys[c];
      continue;
    }
    uint32_t call = c - node->aggregate.key_count;
    AggregateId id = node->aggregate.calls[call].id;
    exprs[c] = logical_ref(context, groups, eager->key_count + call);
    if (!aggregate_has(id, AGGREGATE_NEVER_NULL)) continue;
    Expr *args[] = {exprs[c], expr_int(arena, id == AGGREGATE_COUNT_ROWS)};
    exprs[c] = expr_call(arena, FUNCTION_COALESCE, exprs[c]->type, args, 2, -1);
  }
  Logical *project = logical_project(context, join, exprs, names, node->column_count);
  for (uint32_t c = 0; c < node->column_count; c++) project->columns[c] = node->columns[c];
  return project;
}

Logical *pass_eager(LogicalContext *context, const Root *root, Logical *tree) {
  if (!tree) return NULL;
  Logical *node = logical_with_inputs(context, tree, pass_eager(context, root, tree->inputs[0]),
                                      pass_eager(context, root, tree->inputs[1]));
  EagerJoin eager;
  return is_eager(context, root, node, &eager) ? eager_rewrite(context, node, &eager) : node;
}
