// Rows (a, b) and arrays in comparisons: brought down to AND, OR and IN of plain values.
//
//   (a, b) = (c, d)      a = c AND b = d
//   (a, b) < (c, d)      a < c OR (a = c AND b < d)
//   (a, b) < (SELECT ..) the same of the columns of the subquery's row
//   (a, b) IN (r1, r2)   (a, b) = r1 OR (a, b) = r2
//   x < ANY (ARRAY[..])  x < i1 OR x < i2; = ANY and <> ALL are IN and NOT IN
// The three values of AND and OR give just what SQL says of rows with NULLs.
#include "array_text.h"
#include "sql_bind.h"
#include "sql_literal.h"

typedef struct Row {
  Expr **items;
  uint32_t count;
} Row;

static bool is_row(const Node *node) {
  return node && node->node_case == PG_QUERY__NODE__NODE_ROW_EXPR;
}

static Status bind_row(Binder *binder, const Node *node, Row *row) {
  if (!is_row(node))
    return invalid_at(binder, node_position(node), "a row is compared with what is none");
  const PgQuery__RowExpr *expr = node->row_expr;
  if (expr->n_args == 0)
    return invalid_at(binder, expr->location, "cannot compare rows of zero length");
  row->count = (uint32_t)expr->n_args;
  row->items = ARENA_ARRAY(binder->arena, Expr *, expr->n_args);
  for (size_t i = 0; i < expr->n_args; i++) TRY(bind_expr(binder, expr->args[i], &row->items[i]));
  return STATUS_OK;
}

static Status check_lengths(Binder *binder, const Row *left, const Row *right, int32_t position) {
  if (left->count == right->count) return STATUS_OK;
  return invalid_at(binder, position, "unequal number of entries in row expressions");
}

static Expr *connect(Binder *binder, ExprKind kind, Expr **sides, uint32_t count,
                     int32_t position) {
  return count == 1 ? sides[0]
                    : expr_make(binder->arena, kind, TYPE_OF_BOOL, sides, count, position);
}

// Each pair compared by one function; = joined by AND, <> by OR.
static Status compare_pairs(Binder *binder, FunctionId function, ExprKind kind, const Row *left,
                            const Row *right, int32_t position, Expr **expr) {
  Expr **sides = ARENA_ARRAY(binder->arena, Expr *, left->count);
  for (uint32_t i = 0; i < left->count; i++)
    TRY(bind_comparison(binder, function, left->items[i], right->items[i], position, &sides[i]));
  *expr = connect(binder, kind, sides, left->count, position);
  return STATUS_OK;
}

// < <= > >= from the last pair to the first: strict but for the last.
static Status compare_order(Binder *binder, FunctionId function, const Row *left, const Row *right,
                            int32_t position, Expr **expr) {
  bool less = function == FUNCTION_LESS || function == FUNCTION_LESS_EQUAL;
  FunctionId strict = less ? FUNCTION_LESS : FUNCTION_GREATER;
  uint32_t i = left->count - 1;
  TRY(bind_comparison(binder, function, left->items[i], right->items[i], position, expr));
  while (i-- > 0) {
    Expr *before, *equal;
    TRY(charge_copies(binder, left->items[i], 1));
    TRY(charge_copies(binder, right->items[i], 1));
    TRY(bind_comparison(binder, strict, left->items[i], right->items[i], position, &before));
    TRY(bind_comparison(binder, FUNCTION_EQUAL, left->items[i], right->items[i], position, &equal));
    equal = connect(binder, EXPR_AND, (Expr *[]){equal, *expr}, 2, position);
    *expr = connect(binder, EXPR_OR, (Expr *[]){before, equal}, 2, position);
  }
  return STATUS_OK;
}

Status bind_row_comparison(Binder *binder, FunctionId function, Expr **left, Expr **right,
                           uint32_t count, int32_t position, Expr **expr) {
  Row sides[] = {{left, count}, {right, count}};
  if (function == FUNCTION_EQUAL)
    return compare_pairs(binder, function, EXPR_AND, &sides[0], &sides[1], position, expr);
  if (function == FUNCTION_NOT_EQUAL)
    return compare_pairs(binder, function, EXPR_OR, &sides[0], &sides[1], position, expr);
  return compare_order(binder, function, &sides[0], &sides[1], position, expr);
}

static Status compare_rows(Binder *binder, const char *name, const Row *left, const Row *right,
                           int32_t position, Expr **expr) {
  static const struct {
    const char *name;
    FunctionId function;
  } comparisons[] = {{"=", FUNCTION_EQUAL},         {"<>", FUNCTION_NOT_EQUAL},
                     {"!=", FUNCTION_NOT_EQUAL},    {"<", FUNCTION_LESS},
                     {"<=", FUNCTION_LESS_EQUAL},   {">", FUNCTION_GREATER},
                     {">=", FUNCTION_GREATER_EQUAL}};
  TRY(check_lengths(binder, left, right, position));
  for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++)
    if (strcmp(name, comparisons[i].name) == 0)
      return bind_row_comparison(binder, comparisons[i].function, left->items, right->items,
                                 left->count, position, expr);
  return unsupported(binder, position, "this operator of rows");
}

// The right side of an operator: a row, or a subquery that gives one.
static Status bind_right_row(Binder *binder, const Node *node, Row *row) {
  bool sub_link = node->node_case == PG_QUERY__NODE__NODE_SUB_LINK &&
                  node->sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK;
  return sub_link ? bind_row_sub_link(binder, node->sub_link, &row->items, &row->count)
                  : bind_row(binder, node, row);
}

static Status bind_row_in(Binder *binder, const Row *left, const PgQuery__AExpr *node,
                          Expr **expr) {
  const PgQuery__List *list = node->rexpr->list;
  Expr **sides = ARENA_ARRAY(binder->arena, Expr *, list->n_items);
  for (size_t i = 0; i < list->n_items; i++) {
    Row right;
    TRY(bind_row(binder, list->items[i], &right));
    for (uint32_t c = 0; i && c < left->count; c++) TRY(charge_copies(binder, left->items[c], 1));
    TRY(compare_rows(binder, "=", left, &right, node->location, &sides[i]));
  }
  *expr = connect(binder, EXPR_OR, sides, (uint32_t)list->n_items, node->location);
  if (strcmp(list_last_string(node->name, node->n_name), "<>") == 0)
    *expr = make_not(binder, *expr);
  return STATUS_OK;
}

static Status bind_rows(Binder *binder, const PgQuery__AExpr *node, Expr **expr) {
  Row left, right;
  if (node->n_name > 1) return unsupported(binder, node->location, "OPERATOR()");
  TRY(bind_row(binder, node->lexpr, &left));
  switch (node->kind) {
  case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
    return bind_row_in(binder, &left, node, expr);
  case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
    TRY(bind_right_row(binder, node->rexpr, &right));
    return compare_rows(binder, list_last_string(node->name, node->n_name), &left, &right,
                        node->location, expr);
  case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
  case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
    TRY(bind_row(binder, node->rexpr, &right));
    TRY(check_lengths(binder, &left, &right, node->location));
    TRY(compare_pairs(binder, FUNCTION_NOT_DISTINCT, EXPR_AND, &left, &right, node->location,
                      expr));
    if (node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT) *expr = make_not(binder, *expr);
    return STATUS_OK;
  default:
    return unsupported(binder, node->location, "this operator of rows");
  }
}

Status bind_row_null_test(Binder *binder, const PgQuery__NullTest *node, Expr **expr) {
  Row row;
  TRY(bind_row(binder, node->arg, &row));
  for (uint32_t i = 0; i < row.count; i++) {
    TRY(coerce_unknown(binder, &row.items[i]));
    row.items[i] =
        expr_make(binder->arena, EXPR_IS_NULL, TYPE_OF_BOOL, &row.items[i], 1, node->location);
    if (node->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NOT_NULL)
      row.items[i] = make_not(binder, row.items[i]);
  }
  *expr = connect(binder, EXPR_AND, row.items, row.count, node->location);
  return STATUS_OK;
}

// --- arrays ---

// The items of '{a, "b c", NULL}' as literals of open type.
static Status read_array(Binder *binder, const char *text, int32_t position, Expr ***items,
                         uint32_t *count) {
  ArrayReader reader = array_reader(str_from(arena_strdup(binder->arena, text)));
  ArrayItem item;
  ArrayStep step;
  uint32_t capacity = 0;
  while ((step = array_next(&reader, &item)) == ARRAY_HAS_ITEM) {
    Value value = {.type = {.kind = TYPE_NULL}, .is_null = item.is_null};
    value.s = array_item_text(&item, arena_alloc(binder->arena, item.text.size + 1));
    ARENA_PUSH(binder->arena, *items, *count, capacity,
               expr_constant(binder->arena, value, position));
  }
  if (step == ARRAY_NESTED) return unsupported(binder, position, "an array of arrays");
  if (step == ARRAY_AT_END) return STATUS_OK;
  return invalid_at(binder, position, "malformed array literal: \"%.100s\"", text);
}

// Whether the array is written out, item by item.
static bool is_listed(const Node *node) {
  if (node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
    return node->type_cast->type_name->n_array_bounds && is_listed(node->type_cast->arg);
  return node->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR ||
         node->node_case == PG_QUERY__NODE__NODE_A_CONST;
}

Status bind_array_items(Binder *binder, const Node *node, Expr ***items, uint32_t *count,
                        bool *is_null) {
  *items = NULL;
  *count = 0;
  *is_null = false;
  if (node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) { // ARRAY[..]::type[], '{..}'::type[]
    CastType cast;
    TRY(bind_type_name(binder, node->type_cast->type_name, &cast));
    if (!type_is_array(cast.type))
      return unsupported(binder, node_position(node), "what is not a literal array here");
    Type type = type_element(cast.type);
    TRY(bind_array_items(binder, node->type_cast->arg, items, count, is_null));
    if (type.kind == TYPE_DECIMAL && type.precision == 0) return STATUS_OK; // the item's own digits
    for (uint32_t i = 0; i < *count; i++) TRY(coerce(binder, (*items)[i], type, &(*items)[i]));
    return STATUS_OK;
  }
  if (node->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR) {
    const PgQuery__AArrayExpr *array = node->a_array_expr;
    *count = (uint32_t)array->n_elements;
    *items = ARENA_ARRAY(binder->arena, Expr *, array->n_elements + 1);
    for (uint32_t i = 0; i < *count; i++) TRY(bind_expr(binder, array->elements[i], &(*items)[i]));
    return STATUS_OK;
  }
  if (node->node_case == PG_QUERY__NODE__NODE_A_CONST) {
    *is_null = node->a_const->isnull;
    if (*is_null) return STATUS_OK;
    if (node->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL)
      return read_array(binder, node->a_const->sval->sval, node->a_const->location, items, count);
  }
  return unsupported(binder, node_position(node), "what is not a literal array here");
}

// x op ANY (array): OR over the items; ALL: AND. Of no item false and true, of a NULL array NULL.
static Status bind_quantified(Binder *binder, const PgQuery__AExpr *node, Expr **expr) {
  bool any = node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY, is_null;
  const char *name = list_last_string(node->name, node->n_name);
  Expr *left, **items;
  uint32_t count;
  if (is_row(node->lexpr)) return unsupported(binder, node->location, "a row with ANY or ALL");
  TRY(bind_expr(binder, node->lexpr, &left));
  if (!is_listed(node->rexpr)) {
    Expr *array;
    TRY(bind_expr(binder, node->rexpr, &array));
    return bind_any_element(binder, name, any, left, array, node->location, expr);
  }
  TRY(bind_array_items(binder, node->rexpr, &items, &count, &is_null));
  *expr = is_null ? expr_null(binder->arena, TYPE_OF_BOOL) : expr_bool(binder->arena, !any);
  if (is_null || count == 0) return STATUS_OK;
  if (any && strcmp(name, "=") == 0)
    return bind_in_items(binder, left, items, count, node->location, expr);
  if (!any && (strcmp(name, "<>") == 0 || strcmp(name, "!=") == 0)) {
    TRY(bind_in_items(binder, left, items, count, node->location, expr));
    *expr = make_not(binder, *expr);
    return STATUS_OK;
  }
  TRY(charge_copies(binder, left, count - 1));
  for (uint32_t i = 0; i < count; i++)
    TRY(bind_operator(binder, name, left, items[i], node->location, &items[i]));
  for (uint32_t i = 0; i < count; i++)
    if (items[i]->type.kind != TYPE_BOOL)
      return invalid_at(binder, node->location,
                        "op ANY/ALL (array) requires operator to yield "
                        "boolean");
  *expr = connect(binder, any ? EXPR_OR : EXPR_AND, items, count, node->location);
  return STATUS_OK;
}

Status bind_row_operator(Binder *binder, const PgQuery__AExpr *node, bool *done, Expr **expr) {
  bool quantified = node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY ||
                    node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL;
  *done = quantified || is_row(node->lexpr) || is_row(node->rexpr);
  if (quantified) return bind_quantified(binder, node, expr);
  if (!*done) return STATUS_OK;
  if (!node->lexpr) return unsupported(binder, node->location, "this operator of rows");
  return bind_rows(binder, node, expr);
}
