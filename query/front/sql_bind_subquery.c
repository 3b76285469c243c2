// Subqueries in expressions: scalar ones, EXISTS, IN, op ANY, op ALL; each may refer to the queries
// around it.
//
// A subquery is bound where it stands and waits among its SELECT's pending joins; the expression
// has the column that the join will give: the value of a SINGLE join, the mark of a MARK join. The
// join is made below the clause (pending_apply), and logical_apply frees it of what it reads of the
// query around. A conjunct of WHERE needs no mark: it is a semi- or an anti-join.
//
// Where an expression may do without the value (an arm of CASE, what stands behind AND), the
// pending join carries the condition of its arm as guard: what may fail is computed for those rows
// only.
//
// x = ANY (S) in three values takes three marks: some y equals x; some y is NULL; S has a row
// (where x is NULL). So each is an ordinary join. x op ALL (S) is NOT (x not-op ANY (S)).
#include "logical_apply.h"
#include "logical_walk.h"
#include "sql_bind.h"

// ---------------------------------------------------------------- pending joins

static Status join_guarded(Binder *binder, Logical **tree, Logical *right, JoinKind kind,
                           Expr *condition, Expr *guard, ColumnId mark, int32_t position) {
  cubes_finish(binder, tree);
  if (kind == JOIN_RIGHT || kind == JOIN_FULL) {
    if (logical_reads(right, *tree))
      return invalid_at(binder, position,
                        "a LATERAL subquery may only be joined by JOIN, LEFT JOIN and CROSS JOIN");
    *tree = logical_join(binder->context, *tree, right, kind, condition, false);
    return STATUS_OK;
  }
  Status status = logical_apply(binder->context, *tree, right, kind, condition, guard, mark, tree,
                                binder->error);
  if (status != STATUS_OK && binder->error && binder->error->position < 0)
    binder->error->position = position;
  return status;
}

Status apply_join(Binder *binder, Logical **tree, Logical *right, JoinKind kind, Expr *condition,
                  ColumnId mark, int32_t position) {
  return join_guarded(binder, tree, right, kind, condition, NULL, mark, position);
}

Status pending_apply(Binder *binder, PendingStage last, Logical **tree) {
  SelectState *select = binder->select;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < select->pending_count; i++) {
    PendingJoin *pending = &select->pending[i];
    if (pending->stage > last) {
      select->pending[kept++] = *pending;
      continue;
    }
    TRY(join_guarded(binder, tree, pending->tree, pending->kind, pending->condition, pending->guard,
                     pending->mark, -1));
  }
  select->pending_count = kept;
  return STATUS_OK;
}

static PendingStage stage_here(const SelectState *select) {
  if (select->in_aggregate || strcmp(select->clause, "GROUP BY") == 0)
    return PENDING_BEFORE_GROUPING;
  return strcmp(select->clause, "HAVING") == 0 ? PENDING_HAVING : PENDING_OUTPUT;
}

typedef struct LateReads {
  const SelectState *select;
  bool found;
} LateReads;

// Whether the column is a window function's, or of a subquery that waits for one.
static void read_late(void *context, const Expr *column) {
  LateReads *reads = context;
  const SelectState *select = reads->select;
  for (uint32_t i = 0; i < select->window_count; i++)
    reads->found |= select->windows[i].id == column->column;
  for (uint32_t i = 0; i < select->pending_count; i++) {
    const PendingJoin *pending = &select->pending[i];
    if (pending->stage == PENDING_AFTER_WINDOWS)
      reads->found |= pending_gives(pending, column->column);
  }
}

// The stage at which what expr (or NULL) reads is there.
static PendingStage stage_after(const SelectState *select, PendingStage stage, const Expr *expr) {
  LateReads reads = {select, false};
  if (expr) expr_visit_columns(expr, read_late, &reads);
  return reads.found ? PENDING_AFTER_WINDOWS : stage;
}

static void pending_add(Binder *binder, PendingJoin join) {
  SelectState *select = binder->select;
  join.stage = stage_after(select, stage_here(select), join.condition);
  join.in_window = select->in_window;
  ARENA_PUSH(binder->arena, select->pending, select->pending_count, select->pending_capacity, join);
}

bool pending_gives(const PendingJoin *pending, ColumnId id) {
  if (pending->kind == JOIN_MARK) return pending->mark == id;
  return logical_column(pending->tree, id) != NULL;
}

uint32_t pending_count(const Binder *binder) {
  return binder->select ? binder->select->pending_count : 0;
}

// ---------------------------------------------------------------- guards

static Expr *is_null(Binder *binder, Expr *arg) {
  return expr_make(binder->arena, EXPR_IS_NULL, TYPE_OF_BOOL, &arg, 1, arg->position);
}

static Expr *guard_condition(Binder *binder, Expr *condition, GuardTruth truth) {
  if (truth == GUARD_TRUE) return condition;
  if (truth == GUARD_NULL) {
    if (!is_unknown(condition)) return is_null(binder, condition);
    bool given = condition->kind == EXPR_CONSTANT && !condition->value.is_null;
    return given ? expr_bool(binder->arena, false) : NULL;
  }
  Expr *args[] = {condition, expr_bool(binder->arena, truth == GUARD_NOT_FALSE)};
  Expr *holds =
      expr_call(binder->arena, FUNCTION_COALESCE, TYPE_OF_BOOL, args, 2, condition->position);
  return truth == GUARD_NOT_TRUE ? make_not(binder, holds) : holds;
}

void pending_guard(Binder *binder, uint32_t first, Expr *const *conditions, uint32_t count,
                   GuardTruth truth) {
  SelectState *select = binder->select;
  if (pending_count(binder) == first) return;
  Expr **parts = ARENA_ARRAY(binder->arena, Expr *, count);
  uint32_t part_count = 0;
  for (uint32_t i = 0; i < count; i++) {
    Expr *part = guard_condition(binder, conditions[i], truth);
    if (part) parts[part_count++] = part;
  }
  Expr *guard = expr_and_all(binder->arena, parts, part_count);
  PendingStage here = stage_here(select), stage = stage_after(select, here, guard);
  for (uint32_t i = first; guard && i < select->pending_count; i++) {
    PendingJoin *pending = &select->pending[i]; // arguments of aggregates and windows are computed
    bool late = here == PENDING_OUTPUT && pending->stage == PENDING_AFTER_WINDOWS;
    if ((pending->stage != here && !late) || pending->in_window != select->in_window) continue;
    pending->guard = expr_and(binder->arena, guard, pending->guard);
    if (!late) pending->stage = stage;
  }
}

// ---------------------------------------------------------------- subqueries

static Status bind_inner(Binder *binder, const PgQuery__SubLink *link, Logical **tree) {
  if (!binder->select) return unsupported(binder, link->location, "a subquery in this expression");
  TRY(depth_enter(binder, link->location));
  const char *bar = self_bar_set(binder, "in a subquery of an expression: join it");
  TRY(bind_query(binder, link->subselect->select_stmt, false, tree));
  self_bar_set(binder, bar);
  depth_leave(binder);
  return STATUS_OK;
}

static Status bind_scalar(Binder *binder, const PgQuery__SubLink *link, Expr **expr) {
  Logical *tree;
  TRY(bind_inner(binder, link, &tree));
  if (tree->column_count != 1)
    return invalid_at(binder, link->location, "subquery must return only one column");
  pending_add(binder, (PendingJoin){.tree = tree, .kind = JOIN_SINGLE});
  *expr = logical_ref(binder->context, tree, 0);
  (*expr)->position = link->location;
  return STATUS_OK;
}

Status bind_row_sub_link(Binder *binder, const PgQuery__SubLink *link, Expr ***items,
                         uint32_t *count) {
  Logical *tree;
  TRY(bind_inner(binder, link, &tree));
  *count = tree->column_count;
  *items = ARENA_ARRAY(binder->arena, Expr *, *count);
  for (uint32_t i = 0; i < *count; i++) {
    (*items)[i] = logical_ref(binder->context, tree, i);
    (*items)[i]->position = link->location;
  }
  pending_add(binder, (PendingJoin){.tree = tree, .kind = JOIN_SINGLE});
  return STATUS_OK;
}

// A mark of whether the subquery has a row that `condition` (NULL: any) holds for.
static Expr *add_mark(Binder *binder, Logical *tree, Expr *condition, int32_t position) {
  ColumnId mark = binder->context->next_id++;
  pending_add(binder,
              (PendingJoin){.tree = tree, .kind = JOIN_MARK, .condition = condition, .mark = mark});
  return expr_column(binder->arena, mark, TYPE_OF_BOOL, position);
}

// ---------------------------------------------------------------- ANY and ALL

typedef struct Quantified {
  const PgQuery__SubLink *link;
  Expr **left; // x, or the fields of a row
  uint32_t count;
  FunctionId function;
} Quantified;

static const struct {
  const char *name;
  FunctionId function, negation;
} COMPARISONS[] = {
    {"=", FUNCTION_EQUAL, FUNCTION_NOT_EQUAL},     {"<>", FUNCTION_NOT_EQUAL, FUNCTION_EQUAL},
    {"!=", FUNCTION_NOT_EQUAL, FUNCTION_EQUAL},    {"<", FUNCTION_LESS, FUNCTION_GREATER_EQUAL},
    {">=", FUNCTION_GREATER_EQUAL, FUNCTION_LESS}, {">", FUNCTION_GREATER, FUNCTION_LESS_EQUAL},
    {"<=", FUNCTION_LESS_EQUAL, FUNCTION_GREATER},
};

static bool find_comparison(const PgQuery__SubLink *link, bool negated, FunctionId *function) {
  const char *name = list_last_string(link->oper_name, link->n_oper_name);
  if (!name) name = "="; // IN
  for (size_t i = 0; i < sizeof COMPARISONS / sizeof *COMPARISONS; i++)
    if (strcmp(COMPARISONS[i].name, name) == 0) {
      *function = negated ? COMPARISONS[i].negation : COMPARISONS[i].function;
      return true;
    }
  return false;
}

static Status bind_left(Binder *binder, const PgQuery__SubLink *link, Quantified *quantified) {
  const Node *test = link->testexpr;
  bool row = test->node_case == PG_QUERY__NODE__NODE_ROW_EXPR;
  quantified->link = link;
  quantified->count = row ? (uint32_t)test->row_expr->n_args : 1;
  quantified->left = ARENA_ARRAY(binder->arena, Expr *, quantified->count);
  for (uint32_t i = 0; i < quantified->count; i++)
    TRY(bind_expr(binder, row ? test->row_expr->args[i] : test, &quantified->left[i]));
  return STATUS_OK;
}

// The subquery anew, and the comparison of x with its outputs.
static Status bind_compared(Binder *binder, const Quantified *quantified, Logical **tree,
                            Expr **condition) {
  const PgQuery__SubLink *link = quantified->link;
  TRY(bind_inner(binder, link, tree));
  if ((*tree)->column_count != quantified->count)
    return invalid_at(binder, link->location, "subquery has too %s columns",
                      (*tree)->column_count > quantified->count ? "many" : "few");
  Expr **right = ARENA_ARRAY(binder->arena, Expr *, quantified->count);
  for (uint32_t i = 0; i < quantified->count; i++)
    right[i] = logical_ref(binder->context, *tree, i);
  return bind_row_comparison(binder, quantified->function, quantified->left, right,
                             quantified->count, link->location, condition);
}

static bool never_null(const Expr *expr) {
  return expr->kind == EXPR_CONSTANT && !expr->value.is_null;
}

// Whether a comparison is unknown for some row of the subquery (and true for none).
static Status bind_unknown(Binder *binder, const Quantified *quantified, Expr **unknown) {
  int32_t position = quantified->link->location;
  Logical *tree;
  Expr *condition;
  *unknown = NULL;
  TRY(bind_compared(binder, quantified, &tree, &condition));
  if (quantified->count > 1) {
    *unknown = add_mark(binder, tree, is_null(binder, condition), position);
    return STATUS_OK;
  }
  if (tree->columns[0].nullable)
    *unknown =
        add_mark(binder, tree, is_null(binder, logical_ref(binder->context, tree, 0)), position);
  if (never_null(quantified->left[0])) return STATUS_OK;
  TRY(bind_inner(binder, quantified->link, &tree));
  Expr *parts[] = {is_null(binder, quantified->left[0]), add_mark(binder, tree, NULL, position)};
  Expr *both = expr_make(binder->arena, EXPR_AND, TYPE_OF_BOOL, parts, 2, position);
  Expr *either[] = {*unknown, both};
  *unknown = *unknown ? expr_make(binder->arena, EXPR_OR, TYPE_OF_BOOL, either, 2, position) : both;
  return STATUS_OK;
}

static Status bind_any(Binder *binder, const PgQuery__SubLink *link, bool all, Expr **expr) {
  Quantified quantified = {0};
  Logical *tree;
  Expr *condition, *unknown;
  if (!find_comparison(link, all, &quantified.function))
    return unsupported(binder, link->location, "ANY or ALL with this operator");
  TRY(bind_left(binder, link, &quantified));
  TRY(bind_compared(binder, &quantified, &tree, &condition));
  Expr *found = add_mark(binder, tree, condition, link->location);
  TRY(bind_unknown(binder, &quantified, &unknown));
  *expr = found;
  if (unknown) {
    Expr *args[] = {found, expr_bool(binder->arena, true), unknown,
                    expr_null(binder->arena, TYPE_OF_BOOL), expr_bool(binder->arena, false)};
    *expr = expr_make(binder->arena, EXPR_CASE, TYPE_OF_BOOL, args, 5, link->location);
  }
  if (all) *expr = make_not(binder, *expr);
  return STATUS_OK;
}

// ---------------------------------------------------------------- ARRAY (SELECT)

// The tree below the outputs alone, where its rows have their order, and the keys of that.
static const Logical *find_order(Logical **tree) {
  if ((*tree)->kind == LOGICAL_PROJECT) {
    const Logical *input = (*tree)->inputs[0];
    bool ordered = input->kind == LOGICAL_SORT ||
                   (input->kind == LOGICAL_LIMIT && input->inputs[0]->kind == LOGICAL_SORT);
    if (ordered && (*tree)->project.exprs[0]->kind == EXPR_COLUMN) *tree = (*tree)->inputs[0];
  }
  const Logical *sort = (*tree)->kind == LOGICAL_LIMIT ? (*tree)->inputs[0] : *tree;
  return sort->kind == LOGICAL_SORT ? sort : NULL;
}

// The order of the subquery's rows as that of an array_agg of them.
static Status copy_order(Binder *binder, const PgQuery__SubLink *link, Logical **tree,
                         AggregateCall *call) {
  if (!link->subselect->select_stmt->n_sort_clause) return STATUS_OK;
  const Logical *sort = find_order(tree);
  if (!sort)
    return unsupported(binder, link->location, "this ORDER BY in ARRAY (SELECT): of array_agg it");
  if (sort->sort.key_count > AGGREGATE_MORE_MAX)
    return error_set_at(binder->error, STATUS_LIMIT, link->location,
                        "ARRAY (SELECT) has more than %d keys of ORDER BY", AGGREGATE_MORE_MAX);
  for (uint32_t k = 0; k < sort->sort.key_count; k++) {
    const SortKey *key = &sort->sort.keys[k];
    call->more[call->more_count++] = key->expr;
    call->descending |= (uint32_t)key->descending << call->order_count;
    call->nulls_first |= (uint32_t)key->nulls_first << call->order_count++;
  }
  return STATUS_OK;
}

// The values of the subquery's rows, in its order: one array_agg over them, {} of no row.
static Status bind_array_link(Binder *binder, const PgQuery__SubLink *link, Expr **expr) {
  Logical *tree;
  TRY(bind_inner(binder, link, &tree));
  if (tree->column_count != 1)
    return invalid_at(binder, link->location, "subquery must return only one column");
  AggregateCall call = {.id = AGGREGATE_ARRAY, .arg = logical_ref(binder->context, tree, 0)};
  TRY(copy_order(binder, link, &tree, &call));
  TRY(aggregate_result_type(call.id, call.arg->type, &call.type, binder->error));
  if (!type_is_array(call.type))
    return unsupported(binder, link->location, "an array of intervals");
  const char *name = "array";
  tree = logical_aggregate(binder->context, tree, NULL, NULL, 0, &call, &name, 1, NULL, 0, false);
  pending_add(binder, (PendingJoin){.tree = tree, .kind = JOIN_SINGLE});
  Expr *items[] = {logical_ref(binder->context, tree, 0), empty_array(binder, call.type)};
  *expr = expr_call(binder->arena, FUNCTION_COALESCE, call.type, items, 2, link->location);
  return STATUS_OK;
}

Status bind_sub_link(Binder *binder, const PgQuery__SubLink *link, Expr **expr) {
  switch (link->sub_link_type) {
  case PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK:
    return bind_scalar(binder, link, expr);
  case PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK: {
    Logical *tree;
    TRY(bind_inner(binder, link, &tree));
    *expr = add_mark(binder, tree, NULL, link->location);
    return STATUS_OK;
  }
  case PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK:
    return bind_any(binder, link, false, expr);
  case PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK:
    return bind_any(binder, link, true, expr);
  case PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK:
    return bind_array_link(binder, link, expr);
  default:
    return unsupported(binder, link->location, "this subquery");
  }
}

// ---------------------------------------------------------------- conjuncts of WHERE

const PgQuery__SubLink *as_semi_join(const Node *node, bool *negated) {
  *negated = false;
  while (node->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR &&
         node->bool_expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR) {
    *negated = !*negated;
    node = node->bool_expr->args[0];
  }
  if (node->node_case != PG_QUERY__NODE__NODE_SUB_LINK) return NULL;
  const PgQuery__SubLink *link = node->sub_link;
  if (link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK) return link;
  if (link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK) *negated = !*negated;
  FunctionId function;
  bool any = link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK;
  bool all = link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK;
  return (any || all) && find_comparison(link, all, &function) ? link : NULL;
}

// NOT (x op ANY (S)): no row fits, and none is unknown.
static Status bind_anti(Binder *binder, const Quantified *quantified, Logical **tree) {
  int32_t position = quantified->link->location;
  Logical *right;
  Expr *condition;
  TRY(bind_compared(binder, quantified, &right, &condition));
  if (quantified->count > 1)
    return apply_join(binder, tree, right, JOIN_ANTI, is_null(binder, condition), 0, position);
  if (right->columns[0].nullable)
    TRY(apply_join(binder, tree, right, JOIN_ANTI,
                   is_null(binder, logical_ref(binder->context, right, 0)), 0, position));
  if (!logical_expr_nullable(*tree, quantified->left[0])) return STATUS_OK;
  TRY(bind_inner(binder, quantified->link, &right));
  return apply_join(binder, tree, right, JOIN_ANTI, is_null(binder, quantified->left[0]), 0,
                    position);
}

Status bind_semi_join(Binder *binder, const PgQuery__SubLink *link, bool negated, Logical **tree) {
  JoinKind kind = negated ? JOIN_ANTI : JOIN_SEMI;
  Logical *right;
  Expr *condition = NULL;
  if (link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK) {
    TRY(bind_inner(binder, link, &right));
    return apply_join(binder, tree, right, kind, NULL, 0, link->location);
  }
  Quantified quantified = {0};
  bool all = link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK;
  find_comparison(link, all, &quantified.function);
  TRY(bind_left(binder, link, &quantified));
  TRY(bind_compared(binder, &quantified, &right, &condition));
  TRY(pending_apply(binder, PENDING_OUTPUT, tree)); // subqueries in x
  TRY(apply_join(binder, tree, right, kind, condition, 0, link->location));
  return negated ? bind_anti(binder, &quantified, tree) : STATUS_OK;
}
