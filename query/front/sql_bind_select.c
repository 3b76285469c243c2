// SELECT: from the parser's statement to a tree, clause by clause.
//
//   FROM, WHERE -> aggregate -> HAVING -> project (outputs, and what ORDER BY needs besides)
//   -> DISTINCT (an aggregation by all outputs) -> sort -> limit -> project (outputs alone)
//
// Set operations join two such trees; UNION without ALL is the union and an aggregation by all
// outputs, INTERSECT and EXCEPT semi- and anti-joins in which NULL equals NULL.
#include "sql_bind.h"
#include "sql_literal.h"

typedef struct SortItem {
  Expr *expr;
  int64_t output; // index of the output that it is, or -1
  bool descending, nulls_first;
} SortItem;

static Status bind_query_body(Binder *binder, const PgQuery__SelectStmt *statement,
                              bool keep_unknown, Logical **tree);

// --- the SELECT list ---

static Status targets_add(Binder *binder, Targets *targets, uint32_t *capacity, const Node *node,
                          Expr *expr, const char *name, int32_t position) {
  if (targets->count >= OUTPUT_COLUMNS_MAX)
    return error_set_at(binder->error, STATUS_LIMIT, position, "more than %d output columns",
                        OUTPUT_COLUMNS_MAX);
  uint32_t i = targets->count;
  uint32_t capacities[4] = {*capacity, *capacity, *capacity, *capacity};
  targets->nodes = arena_grow(binder->arena, targets->nodes, i, &capacities[0], sizeof(Node *));
  targets->exprs = arena_grow(binder->arena, targets->exprs, i, &capacities[1], sizeof(Expr *));
  targets->names = arena_grow(binder->arena, targets->names, i, &capacities[2], sizeof(char *));
  targets->positions =
      arena_grow(binder->arena, targets->positions, i, &capacities[3], sizeof(int32_t));
  *capacity = capacities[0];
  targets->nodes[i] = node;
  targets->exprs[i] = expr;
  targets->names[i] = arena_strdup(binder->arena, name);
  targets->positions[i] = position;
  targets->count++;
  return STATUS_OK;
}

// What * or t.* gives in one scope; none when it has no table of that name.
static Status expand_scope(Binder *binder, const Scope *scope, const char *qualifier,
                           int32_t position, Targets *targets, uint32_t *capacity) {
  for (uint32_t i = 0; i < scope->count; i++) {
    ScopeColumn *column = &scope->columns[i];
    if (column->hidden) continue;
    if (qualifier ? strcmp(column->qualifier, qualifier) != 0 : column->qualified_only) continue;
    Expr *expr;
    TRY(scope_column_expr(binder, column, position, &expr));
    TRY(targets_add(binder, targets, capacity, NULL, expr, column->name, position));
  }
  return STATUS_OK;
}

// * or t.*, whose table may be of a query around, as a column's may.
static Status expand_star(Binder *binder, const PgQuery__ColumnRef *ref, Targets *targets,
                          uint32_t *capacity) {
  const char *qualifier = ref->n_fields > 1 ? node_string(ref->fields[ref->n_fields - 2]) : NULL;
  const Scope *scope = binder->select->scope;
  uint32_t before = targets->count;
  for (const SelectState *select = binder->select; select; select = select->outer) {
    if (select != binder->select && (!qualifier || select->siblings_hidden)) continue;
    TRY(expand_scope(binder, select->scope, qualifier, ref->location, targets, capacity));
    if (targets->count > before) return STATUS_OK;
  }
  if (!qualifier) return invalid_at(binder, ref->location, "SELECT * with no tables is not valid");
  const char **names = ARENA_ARRAY(binder->arena, const char *, scope->count);
  for (uint32_t i = 0; i < scope->count; i++) names[i] = scope->columns[i].qualifier;
  return name_unknown(binder, ref->location, "table", qualifier, names, scope->count);
}

// Names and nodes of all outputs; only those of stars are bound yet.
static Status list_targets(Binder *binder, const PgQuery__SelectStmt *statement, Targets *targets) {
  uint32_t capacity = 0;
  *targets = (Targets){0};
  for (size_t i = 0; i < statement->n_target_list; i++) {
    const PgQuery__ResTarget *target = statement->target_list[i]->res_target;
    const Node *node = target->val;
    if (node->node_case == PG_QUERY__NODE__NODE_COLUMN_REF && node->column_ref->n_fields &&
        node->column_ref->fields[node->column_ref->n_fields - 1]->node_case ==
            PG_QUERY__NODE__NODE_A_STAR) {
      TRY(expand_star(binder, node->column_ref, targets, &capacity));
      continue;
    }
    const char *name = target->name && target->name[0] ? target->name : node_output_name(node);
    TRY(targets_add(binder, targets, &capacity, node, NULL, name, target->location));
  }
  if (targets->count == 0) return unsupported(binder, -1, "a SELECT without outputs");
  return STATUS_OK;
}

static Status bind_targets(Binder *binder, Targets *targets) {
  binder->select->clause = "SELECT";
  for (uint32_t i = 0; i < targets->count; i++)
    if (!targets->exprs[i]) TRY(bind_expr(binder, targets->nodes[i], &targets->exprs[i]));
  return STATUS_OK;
}

// --- ORDER BY and LIMIT ---

static int64_t ambiguous_or_index(const Targets *targets, const char *name, bool *ambiguous) {
  int64_t found = -1;
  *ambiguous = false;
  for (uint32_t i = 0; i < targets->count; i++) {
    if (strcmp(targets->names[i], name) != 0) continue;
    if (found >= 0 && !expr_equal(targets->exprs[found], targets->exprs[i])) *ambiguous = true;
    if (found < 0) found = i;
  }
  return found;
}

// An ordinal or the bare name of an output; item->output stays -1 when it is neither.
static Status sort_by_output(Binder *binder, const Node *node, const Targets *targets,
                             SortItem *item) {
  int64_t ordinal;
  item->output = -1;
  if (node_is_int(node, &ordinal)) {
    if (ordinal < 1 || ordinal > targets->count)
      return invalid_at(binder, node_position(node), "ORDER BY position %lld is not in select list",
                        (long long)ordinal);
    item->output = ordinal - 1;
    return STATUS_OK;
  }
  if (node->node_case != PG_QUERY__NODE__NODE_COLUMN_REF || node->column_ref->n_fields != 1)
    return STATUS_OK;
  const char *name = node_string(node->column_ref->fields[0]);
  bool ambiguous = false;
  if (name) item->output = ambiguous_or_index(targets, name, &ambiguous);
  return ambiguous ? invalid_at(binder, node_position(node), "ORDER BY \"%s\" is ambiguous", name)
                   : STATUS_OK;
}

Status sort_direction(Binder *binder, const PgQuery__SortBy *sort, bool *descending,
                      bool *nulls_first) {
  if (sort->sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_USING)
    return unsupported(binder, sort->location, "ORDER BY ... USING");
  *descending = sort->sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
  *nulls_first = *descending;
  if (sort->sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST) *nulls_first = true;
  if (sort->sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST) *nulls_first = false;
  return STATUS_OK;
}

// An output, or an expression that is none; `clause` is ORDER BY or DISTINCT ON.
static Status bind_sort_item(Binder *binder, const Node *node, const Targets *targets,
                             const char *clause, SortItem *item) {
  TRY(sort_by_output(binder, node, targets, item));
  if (item->output >= 0) return check_ordered(binder, targets->exprs[item->output], clause);
  if (node->node_case == PG_QUERY__NODE__NODE_A_CONST)
    return invalid_at(binder, node_position(node),
                      "a constant in %s must be the number of an output column", clause);
  TRY(bind_expr(binder, node, &item->expr));
  TRY(coerce_unknown(binder, &item->expr));
  TRY(check_ordered(binder, item->expr, clause));
  for (uint32_t t = 0; t < targets->count && item->output < 0; t++)
    if (expr_equal(targets->exprs[t], item->expr)) item->output = t;
  return STATUS_OK;
}

static bool has_distinct_on(const PgQuery__SelectStmt *statement) {
  return statement->n_distinct_clause &&
         statement->distinct_clause[0]->node_case != PG_QUERY__NODE__NODE__NOT_SET;
}

// What the statement is sorted by, then what DISTINCT ON names.
static Status bind_sort_items(Binder *binder, const PgQuery__SelectStmt *statement,
                              const Targets *targets, SortItem **items) {
  size_t sorts = statement->n_sort_clause;
  size_t distincts = has_distinct_on(statement) ? statement->n_distinct_clause : 0;
  binder->select->clause = "ORDER BY";
  *items = ARENA_ARRAY(binder->arena, SortItem, sorts + distincts);
  for (size_t i = 0; i < sorts; i++) {
    const PgQuery__SortBy *sort = statement->sort_clause[i]->sort_by;
    SortItem *item = &(*items)[i];
    TRY(sort_direction(binder, sort, &item->descending, &item->nulls_first));
    TRY(bind_sort_item(binder, sort->node, targets, "ORDER BY", item));
  }
  for (size_t i = 0; i < distincts; i++)
    TRY(bind_sort_item(binder, statement->distinct_clause[i], targets, "DISTINCT ON",
                       &(*items)[sorts + i]));
  return STATUS_OK;
}

static size_t sort_item_count(const PgQuery__SelectStmt *statement) {
  return statement->n_sort_clause + (has_distinct_on(statement) ? statement->n_distinct_clause : 0);
}

// --- one SELECT ---

static Status check_clauses(Binder *binder, const PgQuery__SelectStmt *statement) {
  if (statement->into_clause) return unsupported(binder, -1, "SELECT INTO");
  if (statement->n_locking_clause)
    return unsupported(binder, select_position(statement), "FOR UPDATE or FOR SHARE");
  return check_windows(binder, statement);
}

static Status group_all(Binder *binder, Grouping *grouping, Targets *targets, Expr **having,
                        SortItem *items, size_t item_count) {
  for (uint32_t i = 0; i < targets->count; i++) TRY(rewrite_target(binder, grouping, targets, i));
  if (*having) TRY(rewrite_grouped(binder, grouping, *having, having));
  for (size_t i = 0; i < item_count; i++)
    if (items[i].output < 0) TRY(rewrite_grouped(binder, grouping, items[i].expr, &items[i].expr));
  return STATUS_OK;
}

// An aggregation by all outputs.
static Status apply_distinct(Binder *binder, Logical **tree) {
  uint32_t count = (*tree)->column_count;
  if (count > GROUP_KEYS_MAX)
    return error_set_at(binder->error, STATUS_LIMIT, -1, "DISTINCT of more than %d columns",
                        GROUP_KEYS_MAX);
  Expr **keys = ARENA_ARRAY(binder->arena, Expr *, count);
  const char **names = ARENA_ARRAY(binder->arena, const char *, count);
  for (uint32_t i = 0; i < count; i++) {
    keys[i] = logical_ref(binder->context, *tree, i);
    names[i] = (*tree)->columns[i].name;
  }
  *tree =
      logical_aggregate(binder->context, *tree, keys, names, count, NULL, NULL, 0, NULL, 0, false);
  return STATUS_OK;
}

static SortKey *sort_keys(Binder *binder, const SortItem *items, size_t count,
                          const Logical *tree) {
  SortKey *keys = ARENA_ARRAY(binder->arena, SortKey, count);
  for (size_t i = 0; i < count; i++)
    keys[i] = (SortKey){.expr = logical_ref(binder->context, tree, (uint32_t)items[i].output),
                        .descending = items[i].descending,
                        .nulls_first = items[i].nulls_first};
  return keys;
}

Status project_first(Binder *binder, uint32_t count, const char *const *names, Logical **tree) {
  Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, count);
  for (uint32_t i = 0; i < count; i++) exprs[i] = logical_ref(binder->context, *tree, i);
  *tree = logical_project(binder->context, *tree, exprs, names, count);
  return STATUS_OK;
}

// Projects the outputs and, after them, what is only sorted by; gives those items their index.
static void project_outputs(Binder *binder, const Targets *targets, SortItem *items, size_t count,
                            Logical **tree) {
  Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, targets->count + count);
  const char **names = ARENA_ARRAY(binder->arena, const char *, targets->count + count);
  uint32_t width = targets->count;
  memcpy(exprs, targets->exprs, sizeof *exprs * width);
  memcpy(names, targets->names, sizeof *names * width);
  for (size_t i = 0; i < count; i++) {
    for (uint32_t e = targets->count; e < width && items[i].output < 0; e++)
      if (expr_equal(exprs[e], items[i].expr)) items[i].output = e;
    if (items[i].output >= 0) continue;
    exprs[width] = items[i].expr;
    names[width] = "order";
    items[i].output = width++;
  }
  *tree = logical_project(binder->context, *tree, exprs, names, width);
}

// DISTINCT ON: of the rows that agree in what is named, the first in the statement's order.
static Status apply_distinct_on(Binder *binder, const PgQuery__SelectStmt *statement,
                                const SortItem *items, Logical **tree) {
  size_t sorts = statement->n_sort_clause, count = statement->n_distinct_clause;
  const SortItem *on = items + sorts;
  for (size_t i = 0; i < sorts && i < count; i++) {
    bool named = false;
    for (size_t k = 0; k < count; k++) named |= on[k].output == items[i].output;
    if (!named)
      return invalid_at(binder, node_position(statement->distinct_clause[0]),
                        "SELECT DISTINCT ON expressions must match initial ORDER BY expressions");
  }
  Expr **partition = ARENA_ARRAY(binder->arena, Expr *, count);
  for (size_t k = 0; k < count; k++)
    partition[k] = logical_ref(binder->context, *tree, (uint32_t)on[k].output);
  *tree = number_rows(binder, *tree, WINDOW_ROW_NUMBER, partition, (uint32_t)count,
                      sort_keys(binder, items, sorts, *tree), (uint32_t)sorts);
  *tree = logical_filter(binder->context, *tree, logical_row_range(binder->context, *tree, 0, 1));
  return STATUS_OK;
}

static Status bind_outputs(Binder *binder, const PgQuery__SelectStmt *statement, Targets *targets,
                           SortItem *items, bool keep_unknown, Logical **tree) {
  size_t sorts = statement->n_sort_clause, item_count = sort_item_count(statement);
  bool distinct_on = has_distinct_on(statement);
  bool distinct = statement->n_distinct_clause > 0 && !distinct_on;
  for (uint32_t i = 0; i < targets->count; i++)
    if (!keep_unknown || distinct || item_count) TRY(coerce_unknown(binder, &targets->exprs[i]));
  for (size_t i = 0; i < item_count && distinct; i++)
    if (items[i].output < 0)
      return invalid_at(binder, items[i].expr->position,
                        "for SELECT DISTINCT, ORDER BY expressions must appear in select list");
  project_outputs(binder, targets, items, item_count, tree);
  if (distinct) TRY(apply_distinct(binder, tree));
  if (distinct_on) TRY(apply_distinct_on(binder, statement, items, tree));
  TRY(bind_order_and_limit(binder, statement, binder->select->outer,
                           sort_keys(binder, items, sorts, *tree), (uint32_t)sorts, tree));
  if ((*tree)->column_count == targets->count) return STATUS_OK;
  return project_first(binder, targets->count, targets->names, tree);
}

static Status bind_select_clauses(Binder *binder, const PgQuery__SelectStmt *statement,
                                  bool keep_unknown, Logical **tree) {
  SelectState *select = binder->select;
  Targets targets;
  Grouping grouping;
  SortItem *items;
  Expr *having = NULL;
  select->clause = "FROM";
  TRY(bind_from(binder, statement->from_clause, statement->n_from_clause, select->scope, tree));
  TRY(bind_where(binder, statement->where_clause, tree));
  TRY(list_targets(binder, statement, &targets));
  TRY(bind_group_clause(binder, statement, &targets, &grouping));
  select->aggregates_allowed = true;
  TRY(bind_targets(binder, &targets));
  if (statement->having_clause)
    TRY(bind_condition(binder, statement->having_clause, "HAVING", &having));
  TRY(bind_sort_items(binder, statement, &targets, &items));
  TRY(bind_named_windows(binder, statement));
  if (select->reads_itself && select->call_count)
    return invalid_at(binder, select_position(statement),
                      "aggregate functions are not allowed where a recursive query reads itself");
  TRY(rows_check_pending(binder));
  cubes_finish(binder, tree);
  if (grouping.present || select->call_count || select->grouping_count) {
    TRY(pending_apply(binder, PENDING_BEFORE_GROUPING, tree));
    TRY(rows_apply(binder, true, tree));
    TRY(group_all(binder, &grouping, &targets, &having, items, sort_item_count(statement)));
    TRY(rewrite_windows(binder, &grouping));
    TRY(rewrite_rows(binder, &grouping));
    TRY(rewrite_pending(binder, &grouping, *tree));
    *tree = make_aggregate(binder, *tree, &grouping);
  }
  TRY(pending_apply(binder, PENDING_HAVING, tree));
  if (having) *tree = logical_filter(binder->context, *tree, having);
  TRY(pending_apply(binder, PENDING_OUTPUT, tree));
  windows_apply(binder, tree);
  TRY(pending_apply(binder, PENDING_AFTER_WINDOWS, tree));
  TRY(rows_apply(binder, false, tree));
  return bind_outputs(binder, statement, &targets, items, keep_unknown, tree);
}

static Status bind_select(Binder *binder, const PgQuery__SelectStmt *statement, bool keep_unknown,
                          Logical **tree) {
  Scope scope = {0};
  SelectState state = {
      .scope = &scope, .outer = binder->select, .clause = "SELECT", .statement = statement};
  binder->select = &state;
  TRY(bind_select_clauses(binder, statement, keep_unknown, tree));
  binder->select = state.outer;
  return STATUS_OK;
}

// --- VALUES ---

static Status bind_values_rows(Binder *binder, const PgQuery__SelectStmt *statement, Expr **rows,
                               size_t width) {
  for (size_t r = 0; r < statement->n_values_lists; r++) {
    const PgQuery__List *list = statement->values_lists[r]->list;
    if (list->n_items != width)
      return invalid_at(binder, list->n_items ? node_position(list->items[0]) : -1,
                        "VALUES lists must all be the same length");
    for (size_t c = 0; c < width; c++) TRY(bind_expr(binder, list->items[c], &rows[r * width + c]));
  }
  return STATUS_OK;
}

// Gives each column of the rows one type.
static Status settle_values(Binder *binder, Expr **rows, size_t row_count, size_t width,
                            Type *types) {
  Expr **column = ARENA_ARRAY(binder->arena, Expr *, row_count);
  for (size_t c = 0; c < width; c++) {
    for (size_t r = 0; r < row_count; r++) column[r] = rows[r * width + c];
    TRY(coerce_common(binder, column, (uint32_t)row_count, "VALUES", column[0]->position));
    for (size_t r = 0; r < row_count; r++) rows[r * width + c] = column[r];
    types[c] = column[0]->type;
  }
  return STATUS_OK;
}

static Status bind_values(Binder *binder, const PgQuery__SelectStmt *statement, Logical **tree) {
  size_t row_count = statement->n_values_lists;
  size_t width = statement->values_lists[0]->list->n_items;
  Expr **rows = ARENA_ARRAY(binder->arena, Expr *, row_count * width);
  Type *types = ARENA_ARRAY(binder->arena, Type, width);
  const char **names = ARENA_ARRAY(binder->arena, const char *, width);
  for (size_t c = 0; c < width; c++) names[c] = arena_printf(binder->arena, "column%zu", c + 1);
  Scope scope = {0};
  SelectState state = {.scope = &scope, .outer = binder->select, .clause = "VALUES"};
  binder->select = &state;
  TRY(bind_values_rows(binder, statement, rows, width));
  TRY(settle_values(binder, rows, row_count, width, types));
  binder->select = state.outer;
  if (state.pending_count) return unsupported(binder, rows[0]->position, "a subquery in VALUES");
  *tree = logical_values(binder->context, rows, (uint32_t)row_count, names, types, (uint32_t)width);
  return STATUS_OK;
}

// --- set operations ---

Status bind_set_side(Binder *binder, const PgQuery__SelectStmt *statement, SetSide *side) {
  Logical *tree;
  TRY(bind_query(binder, statement, true, &tree));
  side->tree = side->input = tree;
  if (tree->kind == LOGICAL_PROJECT) {
    side->input = tree->inputs[0];
    side->exprs = tree->project.exprs;
    return STATUS_OK;
  }
  side->exprs = ARENA_ARRAY(binder->arena, Expr *, tree->column_count);
  for (uint32_t i = 0; i < tree->column_count; i++)
    side->exprs[i] = logical_ref(binder->context, tree, i);
  return STATUS_OK;
}

void set_side_cast(Binder *binder, SetSide *side, Expr **exprs) {
  uint32_t count = side->tree->column_count;
  const char **names = ARENA_ARRAY(binder->arena, const char *, count);
  bool changed = false;
  for (uint32_t i = 0; i < count; i++) {
    names[i] = side->tree->columns[i].name;
    changed = changed || exprs[i] != side->exprs[i];
  }
  if (changed) side->tree = logical_project(binder->context, side->input, exprs, names, count);
}

static Status match_sides(Binder *binder, const char *name, int32_t position, SetSide sides[2]) {
  uint32_t count = sides[0].tree->column_count;
  if (sides[1].tree->column_count != count)
    return invalid_at(binder, position, "each %s query must have the same number of columns", name);
  Expr **exprs[2] = {ARENA_ARRAY(binder->arena, Expr *, count),
                     ARENA_ARRAY(binder->arena, Expr *, count)};
  for (uint32_t i = 0; i < count; i++) {
    Expr *pair[2] = {sides[0].exprs[i], sides[1].exprs[i]};
    TRY(coerce_common(binder, pair, 2, name, pair[1]->position));
    exprs[0][i] = pair[0];
    exprs[1][i] = pair[1];
  }
  for (int i = 0; i < 2; i++) set_side_cast(binder, &sides[i], exprs[i]);
  return STATUS_OK;
}

// The side with the number of each row among its equals as a last column.
static Logical *number_equals(Binder *binder, Logical *tree) {
  Expr **partition = ARENA_ARRAY(binder->arena, Expr *, tree->column_count);
  for (uint32_t i = 0; i < tree->column_count; i++)
    partition[i] = logical_ref(binder->context, tree, i);
  return number_rows(binder, tree, WINDOW_ROW_NUMBER, partition, tree->column_count, NULL, 0);
}

// Rows of the left side that are (INTERSECT) or are not (EXCEPT) on the right: each once or, with
// ALL, as often as it is there on both or more often than on the right. So equal rows are numbered.
static Status join_sides(Binder *binder, const SetSide sides[2], JoinKind kind, bool all,
                         Logical **tree) {
  Expr *condition = NULL;
  Logical *right = sides[1].tree;
  uint32_t width = sides[0].tree->column_count;
  *tree = sides[0].tree;
  if (all) {
    *tree = number_equals(binder, *tree);
    right = number_equals(binder, right);
  } else {
    TRY(apply_distinct(binder, tree));
  }
  const char **names = ARENA_ARRAY(binder->arena, const char *, width);
  for (uint32_t i = 0; i < (*tree)->column_count; i++) {
    Expr *pair[] = {logical_ref(binder->context, *tree, i), logical_ref(binder->context, right, i)};
    condition = expr_and(binder->arena, condition,
                         expr_call(binder->arena, FUNCTION_EQUAL, TYPE_OF_BOOL, pair, 2, -1));
    if (i < width) names[i] = (*tree)->columns[i].name;
  }
  *tree = logical_join(binder->context, *tree, right, kind, condition, true);
  return all ? project_first(binder, width, names, tree) : STATUS_OK;
}

Status combine_sides(Binder *binder, const PgQuery__SelectStmt *statement, SetSide sides[2],
                     Logical **tree) {
  static const char *const names[] = {"", "", "UNION", "INTERSECT", "EXCEPT"};
  TRY(match_sides(binder, names[statement->op], select_position(statement->rarg), sides));
  if (statement->op != PG_QUERY__SET_OPERATION__SETOP_UNION) {
    bool intersect = statement->op == PG_QUERY__SET_OPERATION__SETOP_INTERSECT;
    return join_sides(binder, sides, intersect ? JOIN_SEMI : JOIN_ANTI, statement->all, tree);
  }
  *tree = logical_union(binder->context, sides[0].tree, sides[1].tree);
  return statement->all ? STATUS_OK : apply_distinct(binder, tree);
}

static Status bind_set_operation(Binder *binder, const PgQuery__SelectStmt *statement,
                                 Logical **tree) {
  SetSide sides[2];
  bool except = statement->op == PG_QUERY__SET_OPERATION__SETOP_EXCEPT;
  bool counts = statement->all && statement->op != PG_QUERY__SET_OPERATION__SETOP_UNION;
  const char *bar = binder->self_bar;
  if (counts) binder->self_bar = "in INTERSECT ALL or EXCEPT ALL";
  TRY(bind_set_side(binder, statement->larg, &sides[0]));
  if (except) binder->self_bar = "behind EXCEPT";
  TRY(bind_set_side(binder, statement->rarg, &sides[1]));
  binder->self_bar = bar;
  return combine_sides(binder, statement, sides, tree);
}

// ORDER BY and LIMIT of a set operation or VALUES: by names and numbers of the outputs.
Status order_outputs(Binder *binder, const PgQuery__SelectStmt *statement, Logical **tree) {
  Scope scope = {0};
  SelectState state = {.scope = &scope, .outer = binder->select};
  Targets outputs = {.count = (*tree)->column_count};
  outputs.exprs = ARENA_ARRAY(binder->arena, Expr *, outputs.count);
  outputs.names = ARENA_ARRAY(binder->arena, const char *, outputs.count);
  for (uint32_t i = 0; i < outputs.count; i++) {
    outputs.exprs[i] = logical_ref(binder->context, *tree, i);
    outputs.names[i] = (*tree)->columns[i].name;
  }
  SortItem *items;
  scope_add_outputs(binder, &scope, *tree, "");
  binder->select = &state;
  TRY(bind_sort_items(binder, statement, &outputs, &items));
  binder->select = state.outer;
  for (size_t i = 0; i < statement->n_sort_clause; i++)
    if (items[i].output < 0)
      return unsupported(binder, items[i].expr->position,
                         "ORDER BY of a UNION by anything but an output's name or number");
  uint32_t count = (uint32_t)statement->n_sort_clause, width = (*tree)->column_count;
  TRY(bind_order_and_limit(binder, statement, binder->select,
                           sort_keys(binder, items, count, *tree), count, tree));
  return (*tree)->column_count == width ? STATUS_OK
                                        : project_first(binder, width, outputs.names, tree);
}

// --- WITH, and the entry ---

Status add_ctes(Binder *binder, const PgQuery__WithClause *with) {
  const CteScope *outer = binder->ctes;
  for (size_t i = 0; i < with->n_ctes; i++) {
    const PgQuery__CommonTableExpr *cte = with->ctes[i]->common_table_expr;
    if (cte->ctequery->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
      return unsupported(binder, cte->location, "a WITH query other than SELECT");
    if (cte->search_clause || cte->cycle_clause)
      return unsupported(binder, cte->location, "SEARCH or CYCLE");
    CteScope *entry = ARENA_NEW(binder->arena, CteScope);
    *entry = (CteScope){
        .cte = cte, .visible = binder->ctes, .select = binder->select, .next = binder->ctes};
    entry->recursive = with->recursive;
    for (const CteScope *other = binder->ctes; other != outer; other = other->next)
      if (strcmp(other->cte->ctename, cte->ctename) == 0)
        return invalid_at(binder, cte->location, "WITH query name \"%s\" specified more than once",
                          cte->ctename);
    binder->ctes = entry;
  }
  return STATUS_OK;
}

// A WITH query that nothing reads is bound for its errors alone.
Status check_unused_ctes(Binder *binder, const CteScope *outer) {
  for (CteScope *entry = binder->ctes; entry != outer; entry = entry->next) {
    Scope scope = {0};
    Logical *tree;
    if (!entry->used) TRY(bind_cte_query(binder, entry, entry->cte->ctename, &scope, &tree));
  }
  return STATUS_OK;
}

static Status bind_query_body(Binder *binder, const PgQuery__SelectStmt *statement,
                              bool keep_unknown, Logical **tree) {
  bool set_operation = statement->op != PG_QUERY__SET_OPERATION__SETOP_NONE;
  TRY(check_clauses(binder, statement));
  if (!set_operation && !statement->n_values_lists)
    return bind_select(binder, statement, keep_unknown, tree);
  if (set_operation)
    TRY(bind_set_operation(binder, statement, tree));
  else
    TRY(bind_values(binder, statement, tree));
  return order_outputs(binder, statement, tree);
}

Status bind_query(Binder *binder, const PgQuery__SelectStmt *statement, bool keep_unknown,
                  Logical **tree) {
  TRY(depth_enter(binder, -1));
  CteScope *ctes = binder->ctes;
  if (statement->with_clause) TRY(add_ctes(binder, statement->with_clause));
  TRY(bind_query_body(binder, statement, keep_unknown, tree));
  TRY(check_unused_ctes(binder, ctes));
  binder->ctes = ctes;
  depth_leave(binder);
  return STATUS_OK;
}
