// LIMIT and OFFSET: how many rows. An expression of constants is computed when the statement is
// bound; one that reads rows (a subquery, a column of the query around) is compared with the
// numbers of the rows.
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

// What LIMIT or OFFSET says: a number that is known, one that is computed by rows, or that it is
// open (a parameter without a value).
typedef struct RowCount {
  int64_t value;  // -1: none
  Expr *computed; // over the tree, as a bigint that is not negative, or NULL; NULL: it is known
  Expr *open;     // a condition that fails when it is run
} RowCount;

// The expression, bound where no column is seen but those of the queries around, as a bigint; its
// subqueries are joined to *tree.
static Status bind_number(Binder *binder, const Node *node, const char *clause, SelectState *outer,
                          Expr **expr, Logical **tree) {
  Scope empty = {0};
  SelectState alone = {.scope = &empty, .outer = outer, .clause = clause};
  SelectState *before = binder->select;
  binder->select = &alone;
  Status status = bind_expr(binder, node, expr);
  if (status == STATUS_OK) status = pending_apply(binder, PENDING_OUTPUT, tree);
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

static Status bind_count(Binder *binder, const Node *node, const char *clause, SelectState *outer,
                         RowCount *count, Logical **tree) {
  Expr *expr;
  bool parameter = false;
  Value value;
  int32_t position = node_position(node);
  *count = (RowCount){.value = -1};
  TRY(bind_number(binder, node, clause, outer, &expr, tree));
  if (has_column(expr, &parameter)) {
    Expr *args[] = {expr, expr_string(binder->arena, str_from(clause))};
    count->computed = expr_call(binder->arena, FUNCTION_ROW_COUNT, TYPE_OF_INT, args, 2, position);
    return STATUS_OK;
  }
  if (parameter) {
    Expr *sides[2] = {expr, expr_int(binder->arena, 0)};
    count->open =
        expr_call(binder->arena, FUNCTION_GREATER_EQUAL, TYPE_OF_BOOL, sides, 2, position);
    return STATUS_OK;
  }
  TRY(compute(binder, expr, &value));
  if (value.is_null) return STATUS_OK;
  count->value = value.i;
  if (count->value < 0) return invalid_at(binder, position, "%s must not be negative", clause);
  return STATUS_OK;
}

// ---------------------------------------------------------------- the rows

// FETCH FIRST n ROWS WITH TIES: rows after the offset whose rank is within the limit.
static Status apply_ties(Binder *binder, const SortKey *keys, uint32_t count, int64_t limit,
                         int64_t offset, Logical **tree) {
  LogicalContext *context = binder->context;
  int64_t last;
  if (__builtin_add_overflow(limit, offset, &last)) last = INT64_MAX;
  *tree = number_rows(binder, *tree, WINDOW_RANK, NULL, 0, keys, count);
  Expr *args[] = {logical_ref(context, *tree, (*tree)->column_count - 1),
                  expr_int(binder->arena, last)};
  Expr *within = expr_call(binder->arena, FUNCTION_LESS_EQUAL, TYPE_OF_BOOL, args, 2, -1);
  *tree = logical_filter(context, *tree, within);
  if (offset) {
    *tree = number_rows(binder, *tree, WINDOW_ROW_NUMBER, NULL, 0, keys, count);
    *tree = logical_filter(context, *tree, logical_row_range(context, *tree, offset, -1));
  }
  *tree = logical_sort(context, *tree, keys, count);
  return STATUS_OK;
}

// A number that is computed or known; NULL: there is none.
static Expr *count_expr(Binder *binder, const RowCount *count) {
  if (count->computed) return count->computed;
  return count->value > 0 ? expr_int(binder->arena, count->value) : NULL;
}

static Expr *call_of_ints(Binder *binder, FunctionId function, Type type, Expr *a, Expr *b) {
  return expr_call(binder->arena, function, type, (Expr *[]){a, b}, 2, -1);
}

// number - offset <= limit, which NULL does not bound.
static Expr *within_limit(Binder *binder, Expr *number, Expr *limit, Expr *offset) {
  Arena *arena = binder->arena;
  if (offset) number = call_of_ints(binder, FUNCTION_SUBTRACT, TYPE_OF_INT, number, offset);
  Expr *within = call_of_ints(binder, FUNCTION_LESS_EQUAL, TYPE_OF_BOOL, number, limit);
  Expr *args[] = {expr_make(arena, EXPR_IS_NULL, TYPE_OF_BOOL, &limit, 1, -1), within};
  return expr_make(arena, EXPR_OR, TYPE_OF_BOOL, args, 2, -1);
}

// LIMIT and OFFSET that are computed: rows are numbered in their order, and the numbers compared.
static void apply_computed(Binder *binder, const SortKey *keys, uint32_t count, bool ties,
                           const RowCount counts[2], Logical **tree) {
  LogicalContext *context = binder->context;
  Arena *arena = binder->arena;
  Expr *limit = count_expr(binder, &counts[0]), *offset = count_expr(binder, &counts[1]);
  if (!limit && counts[0].value == 0) limit = expr_int(arena, 0);
  if (offset && counts[1].computed) {
    Expr *args[] = {offset, expr_int(arena, 0)};
    offset = expr_call(arena, FUNCTION_COALESCE, TYPE_OF_INT, args, 2, -1);
  }
  if (limit) {
    *tree =
        number_rows(binder, *tree, ties ? WINDOW_RANK : WINDOW_ROW_NUMBER, NULL, 0, keys, count);
    Expr *number = logical_ref(context, *tree, (*tree)->column_count - 1);
    *tree = logical_filter(context, *tree, within_limit(binder, number, limit, offset));
  }
  if (offset) { // those within the limit come first, whatever their number
    *tree = number_rows(binder, *tree, WINDOW_ROW_NUMBER, NULL, 0, keys, count);
    Expr *number = logical_ref(context, *tree, (*tree)->column_count - 1);
    *tree = logical_filter(context, *tree,
                           call_of_ints(binder, FUNCTION_GREATER, TYPE_OF_BOOL, number, offset));
  }
  if (count) *tree = logical_sort(context, *tree, keys, count);
}

Status bind_order_and_limit(Binder *binder, const PgQuery__SelectStmt *statement,
                            SelectState *outer, const SortKey *keys, uint32_t count,
                            Logical **tree) {
  RowCount counts[2] = {{.value = -1}, {.value = -1}}, *limit = &counts[0], *offset = &counts[1];
  bool ties = statement->limit_option == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES;
  if (statement->limit_count)
    TRY(bind_count(binder, statement->limit_count, "LIMIT", outer, limit, tree));
  if (statement->limit_offset)
    TRY(bind_count(binder, statement->limit_offset, "OFFSET", outer, offset, tree));
  for (int i = 0; i < 2; i++)
    if (counts[i].open) *tree = logical_filter(binder->context, *tree, counts[i].open);
  if (offset->value < 0) offset->value = 0;
  if (ties && !count)
    return invalid_at(binder, node_position(statement->limit_count),
                      "WITH TIES cannot be specified without ORDER BY clause");
  if (limit->computed || offset->computed)
    return apply_computed(binder, keys, count, ties, counts, tree), STATUS_OK;
  if (ties && limit->value >= 0)
    return apply_ties(binder, keys, count, limit->value, offset->value, tree);
  if (count) *tree = logical_sort(binder->context, *tree, keys, count);
  if (limit->value >= 0 || offset->value > 0)
    *tree = logical_limit(binder->context, *tree, limit->value, offset->value);
  return STATUS_OK;
}
