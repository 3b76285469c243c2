// Constant folding: a sub-expression without columns is evaluated once. One that fails (1/0) stays,
// so that it fails only if a row reaches it.
#include "expr_eval.h"
#include "optimize.h"

static Value value_keep(Arena *arena, Value value) {
  if (!value.is_null && value.type.kind == TYPE_STRING)
    value.s.data = arena_strndup(arena, value.s.data, value.s.size);
  return value;
}

static Expr *fold_constant(Arena *arena, Expr *expr) {
  ExprProgram *program = expr_program_create(expr, NULL, 0);
  ExprState *state = expr_state_create(program);
  Batch one = {.row_count = 1};
  Vector out;
  Error ignored = ERROR_INIT;
  if (expr_eval(state, &one, NULL, &out, &ignored) == STATUS_OK) {
    Value value = value_keep(arena, vector_value(&out, 0));
    value.type = expr->type;
    expr = expr_constant(arena, value, expr->position);
  }
  expr_state_destroy(state);
  expr_program_destroy(program);
  return expr;
}

static Expr *fold_expr(Arena *arena, Expr *expr) {
  if (!expr || !expr->arg_count) return expr;
  Expr **args = ARENA_ARRAY(arena, Expr *, expr->arg_count);
  bool constant = true, changed = false;
  for (uint32_t i = 0; i < expr->arg_count; i++) {
    args[i] = fold_expr(arena, expr->args[i]);
    constant &= args[i]->kind == EXPR_CONSTANT;
    changed |= args[i] != expr->args[i];
  }
  if (changed) {
    Expr *copy = ARENA_NEW(arena, Expr);
    *copy = *expr;
    copy->args = args;
    expr = copy;
  }
  return constant ? fold_constant(arena, expr) : expr;
}

static Expr **fold_exprs(Arena *arena, Expr **exprs, uint32_t count) {
  Expr **out = ARENA_ARRAY(arena, Expr *, count);
  for (uint32_t i = 0; i < count; i++) out[i] = fold_expr(arena, exprs[i]);
  return out;
}

static void fold_calls(Arena *arena, Logical *node) {
  uint32_t count = node->aggregate.call_count;
  AggregateCall *calls = ARENA_ARRAY(arena, AggregateCall, count);
  for (uint32_t a = 0; a < count; a++) {
    calls[a] = node->aggregate.calls[a];
    calls[a].arg = fold_expr(arena, calls[a].arg);
    calls[a].filter = fold_expr(arena, calls[a].filter);
  }
  node->aggregate.calls = calls;
}

static void fold_sort(Arena *arena, Logical *node) {
  SortKey *keys = ARENA_ARRAY(arena, SortKey, node->sort.key_count);
  for (uint32_t k = 0; k < node->sort.key_count; k++) {
    keys[k] = node->sort.keys[k];
    keys[k].expr = fold_expr(arena, keys[k].expr);
  }
  node->sort.keys = keys;
}

Logical *pass_fold(LogicalContext *context, Logical *tree) {
  if (!tree) return NULL;
  Arena *arena = context->arena;
  Logical *node = logical_with_inputs(context, tree, pass_fold(context, tree->inputs[0]),
                                      pass_fold(context, tree->inputs[1]));
  switch (node->kind) {
  case LOGICAL_FILTER:
    node->filter.predicate = fold_expr(arena, node->filter.predicate);
    break;
  case LOGICAL_PROJECT:
    node->project.exprs = fold_exprs(arena, node->project.exprs, node->column_count);
    break;
  case LOGICAL_JOIN:
    node->join.condition = fold_expr(arena, node->join.condition);
    break;
  case LOGICAL_AGGREGATE:
    node->aggregate.keys = fold_exprs(arena, node->aggregate.keys, node->aggregate.key_count);
    fold_calls(arena, node);
    break;
  case LOGICAL_SORT:
    fold_sort(arena, node);
    break;
  default:
    break;
  }
  return node;
}
