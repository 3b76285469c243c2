// WHERE: conjuncts to a filter; EXISTS and IN (SELECT) among them to semi- and anti-joins.
#include "sql_bind.h"

// Filters first, then semi-joins, whatever the order in the text: they all must hold.
static Status bind_conjuncts(Binder *binder, Node *const *nodes, size_t count, Logical **tree) {
  Expr **filters = ARENA_ARRAY(binder->arena, Expr *, count);
  uint32_t filter_count = 0;
  bool negated;
  for (size_t i = 0; i < count; i++) {
    if (as_semi_join(nodes[i], &negated)) continue;
    TRY(bind_condition(binder, nodes[i], "WHERE", &filters[filter_count++]));
  }
  Expr *filter = expr_and_all(binder->arena, filters, filter_count);
  TRY(pending_apply(binder, PENDING_OUTPUT, tree));
  if (filter) *tree = logical_filter(binder->context, *tree, filter);
  for (size_t i = 0; i < count; i++) {
    const PgQuery__SubLink *link = as_semi_join(nodes[i], &negated);
    if (link) TRY(bind_semi_join(binder, link, negated, tree));
  }
  return STATUS_OK;
}

Status bind_where(Binder *binder, const Node *condition, Logical **tree) {
  if (!condition) return STATUS_OK;
  binder->select->clause = "WHERE";
  bool is_and = condition->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR &&
                condition->bool_expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
  Node *single = (Node *)condition;
  return bind_conjuncts(binder, is_and ? condition->bool_expr->args : &single,
                        is_and ? condition->bool_expr->n_args : 1, tree);
}
