// Constant folding: a sub-expression without columns is evaluated once. One that fails (1/0) stays,
// so that it fails only if a row reaches it.
#include "expr_eval.h"
#include "job.h"
#include "logical_walk.h"
#include "optimize.h"

#define FOLD_BYTES_MAX (1 << 20)

static Value value_keep(Arena *arena, Value value) {
  if (!value.is_null && value.type.kind == TYPE_STRING)
    value.s.data = arena_strndup(arena, value.s.data, value.s.size);
  return value;
}

static Expr *fold_constant(Arena *arena, Expr *expr) {
  Job job; // a text that is too long for it is made when rows ask for it, on the query's account
  job_init(&job, "constant", FOLD_BYTES_MAX, 0, NULL);
  ExprProgram *program = expr_program_create(expr, NULL, 0, &job);
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

static Expr *fold_one(void *context, Expr *expr) {
  return fold_expr(context, expr);
}

Logical *pass_fold(LogicalContext *context, const Root *root, Logical *tree) {
  (void)root;
  return logical_map_exprs(context, tree, fold_one, context->arena);
}
