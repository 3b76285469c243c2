// WHERE: conjuncts to a filter, IN (SELECT) and EXISTS to semi-joins, a scalar subquery to a join.
//
// A subquery that only filters tables (no grouping, no limit) may refer to the query around it: its
// conjuncts that do become the semi-join's condition, the others filter it first. Any other
// subquery stands alone. NOT IN is left out: with a NULL in the list it is true of nothing, which
// is hardly ever what was meant; NOT EXISTS says it plainly.
#include "sql_bind.h"

typedef struct SemiJoin {
  Logical *tree;   // the subquery's
  Expr *condition; // over both
} SemiJoin;

static bool is_plain(const PgQuery__SelectStmt *statement) {
  return statement->op == PG_QUERY__SET_OPERATION__SETOP_NONE && !statement->n_group_clause &&
         !statement->having_clause && !statement->n_values_lists && !statement->limit_count &&
         !statement->limit_offset && !statement->with_clause && !statement->n_window_clause &&
         !statement->n_locking_clause && !statement->into_clause && statement->n_from_clause;
}

static const PgQuery__SubLink *as_sub_link(const Node *node, bool *negated) {
  *negated = false;
  while (node->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR &&
         node->bool_expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR) {
    *negated = !*negated;
    node = node->bool_expr->args[0];
  }
  if (node->node_case != PG_QUERY__NODE__NODE_SUB_LINK) return NULL;
  PgQuery__SubLinkType type = node->sub_link->sub_link_type;
  bool semi = type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK ||
              type == PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK;
  return semi ? node->sub_link : NULL;
}

static Status bind_conjunct(Binder *binder, const Node *node, Logical **tree, Expr **filter,
                            SemiJoin *semi);
static Status bind_semi_join(Binder *binder, const PgQuery__SubLink *link, bool negated,
                             Logical **tree);

// Binds the WHERE of a plain subquery: what refers outwards joins, the rest filters.
static Status bind_inner_where(Binder *binder, const Node *node, SemiJoin *semi) {
  if (node->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR &&
      node->bool_expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR) {
    for (size_t i = 0; i < node->bool_expr->n_args; i++)
      TRY(bind_inner_where(binder, node->bool_expr->args[i], semi));
    return STATUS_OK;
  }
  Expr *filter = NULL;
  TRY(bind_conjunct(binder, node, &semi->tree, &filter, semi));
  if (filter) semi->tree = logical_filter(binder->context, semi->tree, filter);
  return STATUS_OK;
}

// One conjunct: an IN or EXISTS joins *tree, a condition that refers outwards goes to `semi`,
// anything else is added to *filter.
static Status bind_conjunct(Binder *binder, const Node *node, Logical **tree, Expr **filter,
                            SemiJoin *semi) {
  SelectState *select = binder->select;
  bool negated;
  const PgQuery__SubLink *link = as_sub_link(node, &negated);
  select->used_outer = false;
  if (link) {
    TRY(bind_semi_join(binder, link, negated, tree));
    if (select->used_outer)
      return unsupported(binder, link->location, "a subquery that refers two queries outwards");
    return STATUS_OK;
  }
  Expr *condition;
  TRY(bind_condition(binder, node, "WHERE", &condition));
  Expr **target = semi && select->used_outer ? &semi->condition : filter;
  *target = expr_and(binder->arena, *target, condition);
  return STATUS_OK;
}

static bool is_star(const Node *node) {
  return node->node_case == PG_QUERY__NODE__NODE_COLUMN_REF &&
         !list_last_string(node->column_ref->fields, node->column_ref->n_fields);
}

// The outputs of the subquery: IN wants the one, EXISTS only that their names exist.
static Status bind_inner_targets(Binder *binder, const PgQuery__SubLink *link, bool with_target,
                                 Expr **target) {
  const PgQuery__SelectStmt *statement = link->subselect->select_stmt;
  if (with_target &&
      (statement->n_target_list != 1 || is_star(statement->target_list[0]->res_target->val)))
    return invalid_at(binder, link->location, "the subquery of IN must have one column, named");
  for (size_t i = 0; i < statement->n_target_list; i++) {
    const Node *node = statement->target_list[i]->res_target->val;
    if (!is_star(node)) TRY(bind_expr(binder, node, target));
  }
  return STATUS_OK;
}

// A plain subquery; *grouped when it turns out to have an aggregate, and so is none.
static Status bind_plain(Binder *binder, const PgQuery__SubLink *link, bool with_target,
                         SemiJoin *semi, Expr **target, bool *grouped) {
  const PgQuery__SelectStmt *statement = link->subselect->select_stmt;
  Scope scope = {0};
  SelectState inner = {.scope = &scope,
                       .outer = binder->select,
                       .outer_visible = true,
                       .clause = "IN (SELECT)",
                       .aggregates_allowed = true};
  binder->select = &inner;
  TRY(bind_from(binder, statement->from_clause, statement->n_from_clause, &scope, &semi->tree));
  if (inner.used_outer)
    return unsupported(binder, link->location, "a FROM that refers to the query around it");
  TRY(bind_inner_targets(binder, link, with_target, target));
  inner.aggregates_allowed = false;
  inner.clause = "WHERE";
  *grouped = inner.call_count > 0;
  if (statement->where_clause && !*grouped)
    TRY(bind_inner_where(binder, statement->where_clause, semi));
  binder->select = inner.outer;
  return STATUS_OK;
}

static Status bind_alone(Binder *binder, const PgQuery__SubLink *link, bool with_target,
                         SemiJoin *semi, Expr **target) {
  BoundQuery query;
  TRY(bind_query(binder, link->subselect->select_stmt, false, &query));
  semi->tree = query.tree;
  semi->condition = NULL;
  if (!with_target) return STATUS_OK;
  if (query.tree->column_count != 1)
    return invalid_at(binder, link->location, "the subquery of IN must have one column");
  *target = logical_ref(binder->context, query.tree, 0);
  return STATUS_OK;
}

static Status check_sub_link(Binder *binder, const PgQuery__SubLink *link, bool negated) {
  const char *name = list_last_string(link->oper_name, link->n_oper_name);
  if (link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK) return STATUS_OK;
  if (name && strcmp(name, "=") != 0)
    return unsupported(binder, link->location, "ANY (SELECT) other than with =");
  if (negated)
    return error_set_at(binder->error, STATUS_UNSUPPORTED, link->location,
                        "NOT IN (SELECT) is not supported: use NOT EXISTS (SELECT ... WHERE ...)");
  if (link->testexpr->node_case == PG_QUERY__NODE__NODE_ROW_EXPR)
    return unsupported(binder, link->location, "IN of several columns");
  return STATUS_OK;
}

static Status bind_semi_join(Binder *binder, const PgQuery__SubLink *link, bool negated,
                             Logical **tree) {
  TRY(check_sub_link(binder, link, negated));
  TRY(depth_enter(binder, link->location));
  bool with_target = link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK;
  Expr *left = NULL, *target = NULL;
  if (with_target) TRY(bind_expr(binder, link->testexpr, &left));
  bool used_outer = binder->select->used_outer;
  SemiJoin semi = {0};
  bool grouped = false, plain = is_plain(link->subselect->select_stmt);
  if (plain) TRY(bind_plain(binder, link, with_target, &semi, &target, &grouped));
  if (!plain || grouped) {
    binder->select->used_outer = used_outer;
    TRY(bind_alone(binder, link, with_target, &semi, &target));
  }
  if (with_target) {
    Expr *equal;
    TRY(bind_comparison(binder, FUNCTION_EQUAL, left, target, link->location, &equal));
    semi.condition = expr_and(binder->arena, equal, semi.condition);
  }
  if (!semi.condition) semi.condition = expr_bool(binder->arena, true);
  *tree = logical_join(binder->context, *tree, semi.tree, negated ? JOIN_ANTI : JOIN_SEMI,
                       semi.condition, false);
  depth_leave(binder);
  return STATUS_OK;
}

Status bind_scalar_subquery(Binder *binder, const PgQuery__SubLink *link, Expr **expr) {
  SelectState *select = binder->select;
  if (!select || !select->scalars_allowed)
    return unsupported(binder, link->location, "a scalar subquery outside WHERE");
  BoundQuery query;
  TRY(bind_query(binder, link->subselect->select_stmt, false, &query));
  if (!query.one_row)
    return unsupported(binder, link->location,
                       "a scalar subquery other than one aggregate without GROUP BY");
  if (query.tree->column_count != 1)
    return invalid_at(binder, link->location, "a scalar subquery must have one column");
  Logical **scalars = ARENA_ARRAY(binder->arena, Logical *, select->scalar_count + 1);
  if (select->scalar_count)
    memcpy(scalars, select->scalars, sizeof *scalars * select->scalar_count);
  scalars[select->scalar_count++] = query.tree;
  select->scalars = scalars;
  *expr = logical_ref(binder->context, query.tree, 0);
  return STATUS_OK;
}

// Filters first, then semi-joins, whatever the order in the text: they all must hold.
static Status bind_conjuncts(Binder *binder, Node *const *nodes, size_t count, Logical **tree) {
  Expr *filter = NULL;
  bool negated;
  for (size_t i = 0; i < count; i++)
    if (!as_sub_link(nodes[i], &negated)) TRY(bind_conjunct(binder, nodes[i], tree, &filter, NULL));
  for (uint32_t i = 0; i < binder->select->scalar_count; i++)
    *tree =
        logical_join(binder->context, *tree, binder->select->scalars[i], JOIN_CROSS, NULL, false);
  if (filter) *tree = logical_filter(binder->context, *tree, filter);
  for (size_t i = 0; i < count; i++)
    if (as_sub_link(nodes[i], &negated)) TRY(bind_conjunct(binder, nodes[i], tree, &filter, NULL));
  return STATUS_OK;
}

Status bind_where(Binder *binder, const Node *condition, Logical **tree) {
  if (!condition) return STATUS_OK;
  binder->select->clause = "WHERE";
  binder->select->scalars_allowed = true;
  bool is_and = condition->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR &&
                condition->bool_expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
  Node *single = (Node *)condition;
  TRY(bind_conjuncts(binder, is_and ? condition->bool_expr->args : &single,
                     is_and ? condition->bool_expr->n_args : 1, tree));
  binder->select->scalars_allowed = false;
  return STATUS_OK;
}
