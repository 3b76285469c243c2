// LIMIT and OFFSET: how many rows, by an expression of constants and parameters that is computed
// when the statement is bound.
#include "expr_eval.h"
#include "sql_bind.h"

// Whether there is a column or, with *parameter, a parameter without a value within.
static bool has_column(const Expr *expr, bool *parameter) {
  if (expr->kind == EXPR_COLUMN) return true;
  *parameter = *parameter || expr->kind == EXPR_PARAMETER;
  for (uint32_t i = 0; i < expr->arg_count; i++)
    if (has_column(expr->args[i], parameter)) return true;
  return false;
}

static Status compute(Binder *binder, const Expr *expr, Value *value) {
  ExprProgram *program = expr_program_create(expr, NULL, 0, NULL);
  ExprState *state = expr_state_create(program);
  Batch one = {.row_count = 1};
  Vector out;
  Status status = expr_eval(state, &one, NULL, &out, binder->error);
  if (status == STATUS_OK) {
    *value = vector_value(&out, 0);
    bool text = value->type.kind == TYPE_STRING && !value->is_null;
    if (text) value->s.data = arena_strndup(binder->arena, value->s.data, value->s.size);
  }
  expr_state_destroy(state);
  expr_program_destroy(program);
  return status;
}

Status constant_value(Binder *binder, const Expr *expr, bool *constant, Value *value) {
  bool parameter = false;
  *constant = !has_column(expr, &parameter) && !parameter;
  return *constant ? compute(binder, expr, value) : STATUS_OK;
}

// The expression, bound where no column is seen, as a bigint.
static Status bind_number(Binder *binder, const Node *node, const char *clause, Expr **expr) {
  Scope empty = {0};
  SelectState alone = {.scope = &empty, .clause = clause};
  SelectState *before = binder->select;
  binder->select = &alone;
  Status status = bind_expr(binder, node, expr);
  binder->select = before;
  TRY(status);
  bool fits = is_unknown(*expr) || type_is_numeric((*expr)->type);
  if (!fits) {
    char type[TYPE_NAME_BYTES];
    return invalid_at(binder, node_position(node), "argument of %s must be a number, not %s",
                      clause, type_format((*expr)->type, type));
  }
  return coerce(binder, *expr, TYPE_OF_INT, expr);
}

Status bind_count(Binder *binder, const Node *node, const char *clause, int64_t *count,
                  Expr **open) {
  Expr *expr;
  bool parameter = false;
  Value value;
  *count = -1;
  TRY(bind_number(binder, node, clause, &expr));
  if (has_column(expr, &parameter))
    return unsupported(binder, node_position(node), "a LIMIT or OFFSET that reads rows");
  if (parameter) {
    Expr *sides[2] = {expr, expr_int(binder->arena, 0)};
    *open = expr_call(binder->arena, FUNCTION_GREATER_EQUAL, TYPE_OF_BOOL, sides, 2,
                      node_position(node));
    return STATUS_OK;
  }
  TRY(compute(binder, expr, &value));
  if (value.is_null) return STATUS_OK;
  *count = value.i;
  if (*count < 0) return invalid_at(binder, node_position(node), "%s must not be negative", clause);
  return STATUS_OK;
}
