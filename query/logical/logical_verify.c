// What must hold of every logical tree, checked after binding and after each pass.
//
// The invariant: each column that an expression names is an output of the node's inputs, with the
// same type; both sides of a comparison, of + - % and of a branch have one type; predicates are
// boolean; a node's outputs have distinct ids and the types of what computes them. A tree that
// fails here is the fault of whoever built it, so the message names the node and the expression.
#include "buffer.h"
#include "key_set.h"
#include "logical.h"

#define GROUPING_KEYS_MAX 62 // with several sets, or a grouping id, which is a non-negative int64

static const char *const NODE_NAMES[] = {
    [LOGICAL_SCAN] = "scan",       [LOGICAL_VALUES] = "values",
    [LOGICAL_FILTER] = "filter",   [LOGICAL_PROJECT] = "project",
    [LOGICAL_JOIN] = "join",       [LOGICAL_SORT] = "sort",
    [LOGICAL_LIMIT] = "limit",     [LOGICAL_AGGREGATE] = "aggregate",
    [LOGICAL_UNION] = "union",     [LOGICAL_WINDOW] = "window",
    [LOGICAL_SERIES] = "series",   [LOGICAL_RECURSION] = "recursion",
    [LOGICAL_WORKING] = "working", [LOGICAL_SHARED] = "shared",
};

typedef struct Checker {
  const Logical *node;
  const Logical *inputs[2]; // whose columns expressions may name
  const Expr *root;         // the expression under way, for messages
  Error *error;
} Checker;

static Status fault(const Checker *checker, const char *what) {
  Buffer text;
  buffer_init(&text);
  if (checker->root) expr_print(checker->root, NULL, NULL, &text);
  Status status = error_set(checker->error, STATUS_INVALID, "logical tree, %s: %s%s%.*s",
                            NODE_NAMES[checker->node->kind], what, checker->root ? " in " : "",
                            (int)(text.size > 400 ? 400 : text.size), text.size ? text.data : "");
  buffer_clear(&text);
  return status;
}

static Status check_column(const Checker *checker, const Expr *expr) {
  for (int i = 0; i < 2; i++) {
    const LogicalColumn *column =
        checker->inputs[i] ? logical_column(checker->inputs[i], expr->column) : NULL;
    if (!column) continue;
    return type_equal(column->type, expr->type) ? STATUS_OK
                                                : fault(checker, "a column's type differs");
  }
  return fault(checker, "a column that no input has");
}

static bool is_kind(const Expr *expr, TypeKind kind) {
  return expr->type.kind == kind;
}

static bool args_equal_types(const Expr *expr, uint32_t first, uint32_t step) {
  for (uint32_t i = first; i < expr->arg_count; i += step)
    if (!type_equal(expr->args[i]->type, expr->args[first]->type)) return false;
  return true;
}

static Status check_call(const Checker *checker, const Expr *expr) {
  int arity = function_arity(expr->function);
  if (arity >= 0 && (uint32_t)arity != expr->arg_count)
    return fault(checker, "a wrong number of arguments");
  switch (expr->function) {
  case FUNCTION_EQUAL:
  case FUNCTION_NOT_EQUAL:
  case FUNCTION_LESS:
  case FUNCTION_LESS_EQUAL:
  case FUNCTION_GREATER:
  case FUNCTION_GREATER_EQUAL:
  case FUNCTION_NOT_DISTINCT:
    if (!is_kind(expr, TYPE_BOOL)) return fault(checker, "a comparison that is not boolean");
    if (!args_equal_types(expr, 0, 1)) return fault(checker, "a comparison of different types");
    return STATUS_OK;
  case FUNCTION_ADD:
  case FUNCTION_SUBTRACT:
  case FUNCTION_MODULO:
  case FUNCTION_COALESCE:
  case FUNCTION_NULLIF:
  case FUNCTION_GREATEST:
  case FUNCTION_LEAST:
    if (!args_equal_types(expr, 0, 1) || !type_equal(expr->type, expr->args[0]->type))
      return fault(checker, "arguments of different types");
    return STATUS_OK;
  case FUNCTION_LIKE:
  case FUNCTION_ILIKE:
    if (!is_kind(expr->args[0], TYPE_STRING) || !is_kind(expr->args[1], TYPE_STRING))
      return fault(checker, "a pattern match on what is not a string");
    return STATUS_OK;
  default:
    return STATUS_OK;
  }
}

static Status check_case(const Checker *checker, const Expr *expr) {
  for (uint32_t i = 0; i < expr->arg_count; i++) {
    bool is_when = i % 2 == 0 && i + 1 < expr->arg_count;
    if (is_when && !is_kind(expr->args[i], TYPE_BOOL))
      return fault(checker, "a WHEN that is not boolean");
    if (!is_when && !type_equal(expr->args[i]->type, expr->type))
      return fault(checker, "branches of different types");
  }
  return STATUS_OK;
}

static Status check_connective(const Checker *checker, const Expr *expr) {
  for (uint32_t i = 0; i < expr->arg_count; i++)
    if (!is_kind(expr->args[i], TYPE_BOOL))
      return fault(checker, "AND, OR or NOT of what is not boolean");
  return STATUS_OK;
}

static Status check_expr(const Checker *checker, const Expr *expr) {
  if (!expr) return fault(checker, "a missing expression");
  for (uint32_t i = 0; i < expr->arg_count; i++) TRY(check_expr(checker, expr->args[i]));
  switch ((ExprKind)expr->kind) {
  case EXPR_COLUMN:
    return check_column(checker, expr);
  case EXPR_CONSTANT:
    if (!type_equal(expr->type, expr->value.type))
      return fault(checker, "a constant whose type differs from its value's");
    return STATUS_OK;
  case EXPR_PARAMETER:
    return STATUS_OK;
  case EXPR_CALL:
    return check_call(checker, expr);
  case EXPR_CAST:
    return expr->arg_count == 1 ? STATUS_OK : fault(checker, "a cast of nothing");
  case EXPR_AND:
  case EXPR_OR:
  case EXPR_NOT:
    return check_connective(checker, expr);
  case EXPR_IS_NULL:
    return STATUS_OK;
  case EXPR_CASE:
    return check_case(checker, expr);
  case EXPR_IN:
    return args_equal_types(expr, 0, 1) ? STATUS_OK : fault(checker, "IN over different types");
  case EXPR_IN_SET: {
    const TableSchema *schema = expr->set->table->schema;
    bool key = schema->key >= 0 && expr->arg_count == 1 && !expr->by_row &&
               expr->args[0]->type.kind == schema->columns[schema->key].type.kind;
    return key ? STATUS_OK : fault(checker, "a set that is asked by what is no key");
  }
  }
  return fault(checker, "an unknown kind of expression");
}

static Status check_root(Checker *checker, const Expr *expr) {
  checker->root = expr;
  Status status = check_expr(checker, expr);
  checker->root = NULL;
  return status;
}

static Status check_predicate(Checker *checker, const Expr *expr) {
  TRY(check_root(checker, expr));
  return is_kind(expr, TYPE_BOOL) ? STATUS_OK : fault(checker, "a predicate that is not boolean");
}

static Status check_output(const Checker *checker, uint32_t index, Type type) {
  return type_equal(checker->node->columns[index].type, type)
             ? STATUS_OK
             : fault(checker, "an output whose type is not its expression's");
}

static Status check_values(Checker *checker) {
  const Logical *node = checker->node;
  for (size_t i = 0; i < (size_t)node->values.row_count * node->column_count; i++) {
    TRY(check_root(checker, node->values.rows[i]));
    TRY(check_output(checker, (uint32_t)(i % node->column_count), node->values.rows[i]->type));
  }
  return STATUS_OK;
}

static Status check_project(Checker *checker) {
  for (uint32_t i = 0; i < checker->node->column_count; i++) {
    TRY(check_root(checker, checker->node->project.exprs[i]));
    TRY(check_output(checker, i, checker->node->project.exprs[i]->type));
  }
  return STATUS_OK;
}

static Status check_join(Checker *checker) {
  const Logical *node = checker->node;
  if (node->join.kind == JOIN_CROSS)
    return node->join.condition ? fault(checker, "a cross join with a condition") : STATUS_OK;
  if (!node->join.condition) return fault(checker, "a join without a condition");
  return check_predicate(checker, node->join.condition);
}

static Status check_aggregate(Checker *checker) {
  const Logical *node = checker->node;
  uint32_t keys = node->aggregate.key_count, calls = node->aggregate.call_count;
  if (node->column_count != keys + calls + node->aggregate.has_grouping_id)
    return fault(checker, "a wrong number of outputs");
  if (node->aggregate.set_count == 0) return fault(checker, "no grouping set");
  if (keys > GROUPING_KEYS_MAX &&
      (node->aggregate.set_count > 1 || node->aggregate.has_grouping_id))
    return fault(checker, "too many keys for grouping sets");
  for (uint32_t i = 0; i < keys; i++) {
    TRY(check_root(checker, node->aggregate.keys[i]));
    TRY(check_output(checker, i, node->aggregate.keys[i]->type));
  }
  for (uint32_t i = 0; i < calls; i++) {
    const AggregateCall *call = &node->aggregate.calls[i];
    if ((call->arg == NULL) != (call->id == AGGREGATE_COUNT_ROWS))
      return fault(checker, "an aggregate with a wrong number of arguments");
    if (call->arg) TRY(check_root(checker, call->arg));
    for (uint32_t m = 0; m < call->more_count; m++) TRY(check_root(checker, call->more[m]));
    if (call->filter) TRY(check_predicate(checker, call->filter));
    TRY(check_output(checker, keys + i, call->type));
  }
  return STATUS_OK;
}

static Status check_sort(Checker *checker) {
  for (uint32_t i = 0; i < checker->node->sort.key_count; i++)
    TRY(check_root(checker, checker->node->sort.keys[i].expr));
  return STATUS_OK;
}

static Status check_window(Checker *checker) {
  const Logical *node = checker->node;
  uint32_t inputs = checker->inputs[0]->column_count;
  if (node->column_count != inputs + node->window.call_count)
    return fault(checker, "a wrong number of outputs");
  for (uint32_t i = 0; i < node->window.partition_count; i++)
    TRY(check_root(checker, node->window.partition[i]));
  for (uint32_t i = 0; i < node->window.order_count; i++)
    TRY(check_root(checker, node->window.order[i].expr));
  for (uint32_t i = 0; i < node->window.call_count; i++) {
    const WindowCall *call = &node->window.calls[i];
    for (uint32_t a = 0; a < call->arg_count; a++) TRY(check_root(checker, call->args[a]));
    if (call->aggregate.arg) TRY(check_root(checker, call->aggregate.arg));
    for (uint32_t m = 0; m < call->aggregate.more_count; m++)
      TRY(check_root(checker, call->aggregate.more[m]));
    if (call->aggregate.filter) TRY(check_predicate(checker, call->aggregate.filter));
    TRY(check_output(checker, inputs + i, call->type));
  }
  return STATUS_OK;
}

static Status check_union(const Checker *checker) {
  const Logical *left = checker->inputs[0], *right = checker->inputs[1];
  if (left->column_count != right->column_count) return fault(checker, "sides of unequal width");
  for (uint32_t i = 0; i < left->column_count; i++)
    if (!type_equal(left->columns[i].type, right->columns[i].type))
      return fault(checker, "sides of different types");
  return STATUS_OK;
}

static Status check_distinct_ids(const Checker *checker) {
  const Logical *node = checker->node;
  for (uint32_t i = 0; i < node->column_count; i++)
    if (logical_column(node, node->columns[i].id) != &node->columns[i])
      return fault(checker, "two outputs with one id");
  return STATUS_OK;
}

static Status check_series(Checker *checker) {
  const Logical *node = checker->node;
  TRY(check_root(checker, node->series.start));
  TRY(check_root(checker, node->series.stop));
  TRY(check_root(checker, node->series.step));
  if (node->column_count != node->inputs[0]->column_count + 1)
    return fault(checker, "a wrong number of outputs");
  return check_output(checker, node->column_count - 1, node->series.start->type);
}

// The shared tree is verified by itself.
static Status check_shared(const Checker *checker) {
  const Logical *tree = checker->node->shared.of->tree;
  if (tree->column_count != checker->node->column_count)
    return fault(checker, "a wrong number of outputs");
  for (uint32_t c = 0; c < tree->column_count; c++)
    TRY(check_output(checker, c, tree->columns[c].type));
  return STATUS_OK;
}

static Status check_inputs(const Checker *checker) {
  LogicalKind kind = checker->node->kind;
  bool leaf = kind == LOGICAL_SCAN || kind == LOGICAL_VALUES || kind == LOGICAL_WORKING ||
              kind == LOGICAL_SHARED;
  bool two = kind == LOGICAL_JOIN || kind == LOGICAL_UNION || kind == LOGICAL_RECURSION;
  int wanted = leaf ? 0 : two ? 2 : 1;
  int had = (checker->inputs[0] != NULL) + (checker->inputs[1] != NULL);
  return had == wanted ? STATUS_OK : fault(checker, "a wrong number of inputs");
}

Status logical_verify(const Logical *node, Error *error) {
  Checker checker = {.node = node, .inputs = {node->inputs[0], node->inputs[1]}, .error = error};
  TRY(check_inputs(&checker));
  for (int i = 0; i < 2; i++)
    if (node->inputs[i]) TRY(logical_verify(node->inputs[i], error));
  TRY(check_distinct_ids(&checker));
  switch (node->kind) {
  case LOGICAL_SCAN:
  case LOGICAL_LIMIT:
  case LOGICAL_WORKING:
    return STATUS_OK;
  case LOGICAL_SHARED:
    return check_shared(&checker);
  case LOGICAL_VALUES:
    return check_values(&checker);
  case LOGICAL_FILTER:
    return check_predicate(&checker, node->filter.predicate);
  case LOGICAL_PROJECT:
    return check_project(&checker);
  case LOGICAL_JOIN:
    return check_join(&checker);
  case LOGICAL_AGGREGATE:
    return check_aggregate(&checker);
  case LOGICAL_SORT:
    return check_sort(&checker);
  case LOGICAL_UNION:
  case LOGICAL_RECURSION:
    return check_union(&checker);
  case LOGICAL_WINDOW:
    return check_window(&checker);
  case LOGICAL_SERIES:
    return check_series(&checker);
  }
  return fault(&checker, "an unknown kind of node");
}
