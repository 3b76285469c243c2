// What all arms of an OR demand is taken out of it: (a AND b) OR (a AND c) becomes a AND (b OR c).
//
// The two are equal in three-valued logic too. Outside of the OR the conjunct can be pushed down or
// be the equality of a hash join; inside, the join would try every pair of rows.
#include "optimize.h"

typedef struct Arms { // of an OR, each a list of conjuncts
  Expr ***conjuncts;
  uint32_t *counts;
  uint32_t count;
} Arms;

static Arms arms_of(Arena *arena, const Expr *expr) {
  Arms arms = {ARENA_ARRAY(arena, Expr **, expr->arg_count),
               ARENA_ARRAY(arena, uint32_t, expr->arg_count), expr->arg_count};
  for (uint32_t i = 0; i < arms.count; i++)
    arms.counts[i] = expr_conjuncts(arena, expr->args[i], &arms.conjuncts[i]);
  return arms;
}

static bool arm_has(const Arms *arms, uint32_t arm, const Expr *conjunct) {
  for (uint32_t k = 0; k < arms->counts[arm]; k++)
    if (expr_equal(arms->conjuncts[arm][k], conjunct)) return true;
  return false;
}

static bool arms_share(const Arms *arms, const Expr *conjunct) {
  for (uint32_t i = 0; i < arms->count; i++)
    if (!arm_has(arms, i, conjunct)) return false;
  return true;
}

// The conjuncts of an arm that are no part of `shared`; NULL: there are none, the arm is true.
static Expr *arm_rest(Arena *arena, const Arms *arms, uint32_t arm, Expr **shared,
                      uint32_t shared_count) {
  Expr **rest = ARENA_ARRAY(arena, Expr *, arms->counts[arm]);
  uint32_t rest_count = 0;
  for (uint32_t k = 0; k < arms->counts[arm]; k++) {
    Expr *conjunct = arms->conjuncts[arm][k];
    bool is_shared = false;
    for (uint32_t s = 0; s < shared_count; s++) is_shared |= expr_equal(shared[s], conjunct);
    if (!is_shared) rest[rest_count++] = conjunct;
  }
  return expr_and_all(arena, rest, rest_count);
}

static Expr *factor_or(Arena *arena, Expr *expr) {
  Arms arms = arms_of(arena, expr);
  Expr **shared = ARENA_ARRAY(arena, Expr *, arms.counts[0]);
  uint32_t shared_count = 0;
  for (uint32_t k = 0; k < arms.counts[0]; k++)
    if (arms_share(&arms, arms.conjuncts[0][k])) shared[shared_count++] = arms.conjuncts[0][k];
  if (!shared_count) return expr;
  Expr *all = expr_and_all(arena, shared, shared_count);
  Expr **rests = ARENA_ARRAY(arena, Expr *, arms.count);
  for (uint32_t i = 0; i < arms.count; i++) {
    rests[i] = arm_rest(arena, &arms, i, shared, shared_count);
    if (!rests[i]) return all; // true OR anything
  }
  Expr *rest = expr_make(arena, EXPR_OR, expr->type, rests, arms.count, expr->position);
  return expr_and(arena, all, rest);
}

static Expr *factor_expr(Arena *arena, Expr *expr) {
  if (!expr || (expr->kind != EXPR_AND && expr->kind != EXPR_OR)) return expr;
  Expr **args = ARENA_ARRAY(arena, Expr *, expr->arg_count);
  for (uint32_t i = 0; i < expr->arg_count; i++) args[i] = factor_expr(arena, expr->args[i]);
  if (expr->kind == EXPR_OR)
    return factor_or(arena,
                     expr_make(arena, EXPR_OR, expr->type, args, expr->arg_count, expr->position));
  return expr_and_all(arena, args, expr->arg_count); // flat again, should one have become an AND
}

Logical *pass_factor(LogicalContext *context, const Root *root, Logical *tree) {
  if (!tree) return NULL;
  Logical *node = logical_with_inputs(context, tree, pass_factor(context, root, tree->inputs[0]),
                                      pass_factor(context, root, tree->inputs[1]));
  if (node->kind == LOGICAL_FILTER)
    node->filter.predicate = factor_expr(context->arena, node->filter.predicate);
  if (node->kind == LOGICAL_JOIN)
    node->join.condition = factor_expr(context->arena, node->join.condition);
  return node;
}
