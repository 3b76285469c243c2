// GROUP BY: keys and grouping sets, and what may stand beside an aggregate.
//
// The idea: the SELECT list is bound first as if there were no grouping, aggregates standing as
// columns that do not exist yet. Then each expression is rewritten over the aggregate's outputs: a
// part that equals a key becomes the key, an aggregate is a column already, and a column that is
// left over is an error, unless its table's unique key is grouped by (then any row's value will
// do).
#include "logical_walk.h"
#include "sql_bind.h"

typedef struct SetList {
  uint64_t *sets;
  uint32_t count, capacity;
} SetList;

static Status sets_push(Binder *binder, SetList *list, uint64_t set, int32_t position) {
  if (list->count >= GROUPING_SETS_MAX)
    return error_set_at(binder->error, STATUS_LIMIT, position, "more than %d grouping sets",
                        GROUPING_SETS_MAX);
  ARENA_PUSH(binder->arena, list->sets, list->count, list->capacity, set);
  return STATUS_OK;
}

// --- keys ---

static Status bind_ordinal(Binder *binder, const Targets *targets, int64_t ordinal,
                           int32_t position, Expr **expr, const char **name) {
  if (ordinal < 1 || ordinal > targets->count)
    return invalid_at(binder, position, "GROUP BY position %lld is not in select list",
                      (long long)ordinal);
  *name = targets->names[ordinal - 1];
  if (!targets->exprs[ordinal - 1]) // once: a subquery in it is joined once
    TRY(bind_expr(binder, targets->nodes[ordinal - 1], &targets->exprs[ordinal - 1]));
  *expr = targets->exprs[ordinal - 1];
  return STATUS_OK;
}

static bool scope_knows(const Scope *scope, const char *name) {
  for (uint32_t i = 0; i < scope->count; i++)
    if (!scope->columns[i].qualified_only && strcmp(scope->columns[i].name, name) == 0) return true;
  return false;
}

// A bare name that no input column has, but an output: its index, else -1.
static int64_t output_by_name(const Binder *binder, const Targets *targets, const Node *node) {
  if (node->node_case != PG_QUERY__NODE__NODE_COLUMN_REF || node->column_ref->n_fields != 1)
    return -1;
  const char *name = node_string(node->column_ref->fields[0]);
  if (!name || scope_knows(binder->select->scope, name)) return -1;
  for (uint32_t i = 0; i < targets->count; i++)
    if (strcmp(targets->names[i], name) == 0) return i;
  return -1;
}

// *output: the index of the output that the key names, or -1.
static Status bind_key(Binder *binder, const Node *node, const Targets *targets, int64_t *output,
                       Expr **expr, const char **name) {
  int64_t ordinal;
  *output = -1;
  if (node_is_int(node, &ordinal)) {
    *output = ordinal - 1;
    return bind_ordinal(binder, targets, ordinal, node_position(node), expr, name);
  }
  if (node->node_case == PG_QUERY__NODE__NODE_A_CONST)
    return invalid_at(binder, node_position(node),
                      "a constant in GROUP BY must be the number of an output column");
  *output = output_by_name(binder, targets, node);
  if (*output >= 0)
    return bind_ordinal(binder, targets, *output + 1, node_position(node), expr, name);
  *name = node_output_name(node);
  return bind_expr(binder, node, expr);
}

static bool is_key(const Grouping *grouping, uint32_t k, const Expr *expr, int64_t output) {
  bool two_outputs = output >= 0 && grouping->outputs[k] >= 0 && grouping->outputs[k] != output;
  return !two_outputs && expr_equal(grouping->keys[k], expr);
}

// The number of the key, a new one unless it is there already. Two outputs are two keys, even of
// one expression: ROLLUP may take one away and leave the other.
static Status add_key(Binder *binder, const Node *node, const Targets *targets, Grouping *grouping,
                      uint64_t *set) {
  Expr *expr;
  const char *name;
  int64_t output;
  TRY(bind_key(binder, node, targets, &output, &expr, &name));
  TRY(coerce_unknown(binder, &expr));
  uint32_t k = 0;
  while (k < grouping->key_count && !is_key(grouping, k, expr, output)) k++;
  if (k == GROUP_KEYS_MAX)
    return error_set_at(binder->error, STATUS_LIMIT, node_position(node),
                        "GROUP BY has more than %d keys", GROUP_KEYS_MAX);
  *set |= UINT64_C(1) << k;
  grouping->bare[k] |= output < 0;
  if (k < grouping->key_count) {
    if (grouping->outputs[k] < 0) grouping->outputs[k] = output;
    return STATUS_OK;
  }
  grouping->outputs[k] = output;
  grouping->keys[k] = expr;
  grouping->names[k] = arena_strdup(binder->arena, name);
  grouping->key_count++;
  return STATUS_OK;
}

// One expression, or the several of (a, b), as one set.
static Status bind_simple_set(Binder *binder, const Node *node, const Targets *targets,
                              Grouping *grouping, uint64_t *set) {
  *set = 0;
  if (node->node_case != PG_QUERY__NODE__NODE_ROW_EXPR)
    return add_key(binder, node, targets, grouping, set);
  for (size_t i = 0; i < node->row_expr->n_args; i++)
    TRY(add_key(binder, node->row_expr->args[i], targets, grouping, set));
  return STATUS_OK;
}

// --- grouping sets ---

static Status bind_element(Binder *binder, const Node *node, const Targets *targets,
                           Grouping *grouping, SetList *list);

static Status bind_rollup_or_cube(Binder *binder, const PgQuery__GroupingSet *node,
                                  const Targets *targets, Grouping *grouping, SetList *list) {
  bool cube = node->kind == PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_CUBE;
  uint64_t *parts = ARENA_ARRAY(binder->arena, uint64_t, node->n_content);
  if (cube && node->n_content > 12)
    return error_set_at(binder->error, STATUS_LIMIT, node->location,
                        "CUBE takes at most 12 elements");
  for (size_t i = 0; i < node->n_content; i++)
    TRY(bind_simple_set(binder, node->content[i], targets, grouping, &parts[i]));
  size_t count = cube ? (size_t)1 << node->n_content : node->n_content + 1;
  for (size_t s = 0; s < count; s++) {
    uint64_t set = 0;
    for (size_t i = 0; i < node->n_content; i++) {
      bool in = cube ? !(s >> (node->n_content - 1 - i) & 1) : i + s < node->n_content;
      if (in) set |= parts[i];
    }
    TRY(sets_push(binder, list, set, node->location));
  }
  return STATUS_OK;
}

static Status bind_grouping_set(Binder *binder, const PgQuery__GroupingSet *node,
                                const Targets *targets, Grouping *grouping, SetList *list) {
  switch (node->kind) {
  case PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_EMPTY:
    return sets_push(binder, list, 0, node->location);
  case PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_ROLLUP:
  case PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_CUBE:
    return bind_rollup_or_cube(binder, node, targets, grouping, list);
  case PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_SETS:
    for (size_t i = 0; i < node->n_content; i++)
      TRY(bind_element(binder, node->content[i], targets, grouping, list));
    return STATUS_OK;
  default:
    return unsupported(binder, node->location, "this grouping set");
  }
}

static Status bind_element(Binder *binder, const Node *node, const Targets *targets,
                           Grouping *grouping, SetList *list) {
  TRY(depth_enter(binder, node_position(node)));
  if (node->node_case == PG_QUERY__NODE__NODE_GROUPING_SET) {
    TRY(bind_grouping_set(binder, node->grouping_set, targets, grouping, list));
  } else {
    uint64_t set;
    TRY(bind_simple_set(binder, node, targets, grouping, &set));
    TRY(sets_push(binder, list, set, node_position(node)));
  }
  depth_leave(binder);
  return STATUS_OK;
}

// Each set of `all` with each of `more`.
static Status sets_cross(Binder *binder, SetList *all, const SetList *more, int32_t position) {
  SetList crossed = {0};
  for (uint32_t i = 0; i < all->count; i++)
    for (uint32_t k = 0; k < more->count; k++)
      TRY(sets_push(binder, &crossed, all->sets[i] | more->sets[k], position));
  *all = crossed;
  return STATUS_OK;
}

static void sets_deduplicate(SetList *list) { // GROUP BY DISTINCT
  uint32_t kept = 0;
  for (uint32_t i = 0; i < list->count; i++) {
    uint32_t k = 0;
    while (k < kept && list->sets[k] != list->sets[i]) k++;
    if (k == kept) list->sets[kept++] = list->sets[i];
  }
  list->count = kept;
}

static const ScopeColumn *scope_column(const Scope *scope, ColumnId id) {
  for (uint32_t i = 0; i < scope->count; i++)
    if (scope->columns[i].id == id && scope->columns[i].qualifier[0]) return &scope->columns[i];
  for (uint32_t i = 0; i < scope->count; i++)
    if (scope->columns[i].id == id) return &scope->columns[i];
  return NULL;
}

// Whether the column is of a query around this one, where it has one value.
static bool is_outer(const SelectState *select, ColumnId id) {
  for (const SelectState *outer = select->outer; outer; outer = outer->outer)
    if (scope_column(outer->scope, id)) return true;
  return false;
}

static int64_t find_key(const Grouping *grouping, const Expr *expr) {
  for (uint32_t k = 0; k < grouping->key_count; k++)
    if (expr_equal(grouping->keys[k], expr)) return k;
  return -1;
}

Status bind_group_clause(Binder *binder, const PgQuery__SelectStmt *statement,
                         const Targets *targets, Grouping *grouping) {
  *grouping = (Grouping){.present = statement->n_group_clause || statement->having_clause};
  grouping->keys = ARENA_ARRAY(binder->arena, Expr *, GROUP_KEYS_MAX);
  grouping->names = ARENA_ARRAY(binder->arena, const char *, GROUP_KEYS_MAX);
  grouping->outputs = ARENA_ARRAY(binder->arena, int64_t, GROUP_KEYS_MAX);
  grouping->bare = ARENA_ARRAY(binder->arena, bool, GROUP_KEYS_MAX);
  binder->select->clause = "GROUP BY";
  SetList all = {0};
  TRY(sets_push(binder, &all, 0, -1));
  for (size_t i = 0; i < statement->n_group_clause; i++) {
    SetList more = {0};
    TRY(bind_element(binder, statement->group_clause[i], targets, grouping, &more));
    TRY(sets_cross(binder, &all, &more, node_position(statement->group_clause[i])));
  }
  if (statement->group_distinct) sets_deduplicate(&all);
  grouping->sets = all.sets;
  grouping->set_count = all.count;
  grouping->key_ids = ARENA_ARRAY(binder->arena, ColumnId, GROUP_KEYS_MAX);
  for (uint32_t k = 0; k < grouping->key_count; k++) {
    const Expr *key = grouping->keys[k];
    bool kept = all.count == 1 && key->kind == EXPR_COLUMN && find_key(grouping, key) == k &&
                !is_outer(binder->select, key->column);
    grouping->key_ids[k] = kept ? key->column : binder->context->next_id++;
  }
  return STATUS_OK;
}

// --- what stands beside aggregates ---

static Expr *int_call(Binder *binder, FunctionId function, Expr *a, int64_t b) {
  Expr *args[] = {a, expr_int(binder->arena, b)};
  return expr_call(binder->arena, function, TYPE_OF_INT, args, 2, -1);
}

// GROUPING(a, b): bit i of the mask of keys not grouped by, arranged with the last argument lowest.
static Status rewrite_grouping(Binder *binder, Grouping *grouping, const PendingGrouping *pending,
                               Expr **result) {
  Expr *sum = NULL;
  if (!grouping->grouping_id) grouping->grouping_id = binder->context->next_id++;
  Expr *mask = expr_column(binder->arena, grouping->grouping_id, TYPE_OF_INT, pending->position);
  for (uint32_t i = 0; i < pending->arg_count; i++) {
    int64_t key = find_key(grouping, pending->args[i]);
    if (key < 0)
      return invalid_at(binder, pending->args[i]->position,
                        "arguments to GROUPING must be grouping expressions of the same query");
    Expr *bit = key ? int_call(binder, FUNCTION_DIVIDE, mask, INT64_C(1) << key) : mask;
    bit = int_call(binder, FUNCTION_MODULO, bit, 2);
    uint32_t shift = pending->arg_count - 1 - i;
    if (shift) bit = int_call(binder, FUNCTION_MULTIPLY, bit, INT64_C(1) << shift);
    Expr *terms[] = {sum, bit};
    sum = sum ? expr_call(binder->arena, FUNCTION_ADD, TYPE_OF_INT, terms, 2, -1) : bit;
  }
  return coerce(binder, sum, TYPE_OF_INT32, result);
}

// Whether every grouping set has the unique key of the column's table.
static bool is_determined(const Grouping *grouping, const ScopeColumn *column) {
  if (!column->key_id) return false;
  for (uint32_t k = 0; k < grouping->key_count; k++) {
    if (grouping->keys[k]->kind != EXPR_COLUMN || grouping->keys[k]->column != column->key_id)
      continue;
    for (uint32_t s = 0; s < grouping->set_count; s++)
      if (!(grouping->sets[s] >> k & 1)) return false;
    return true;
  }
  return false;
}

// Whether a subquery that is joined above the grouping gives the column.
static bool is_pending(const SelectState *select, ColumnId id) {
  for (uint32_t i = 0; i < select->pending_count; i++) {
    const PendingJoin *pending = &select->pending[i];
    if (pending->stage != PENDING_BEFORE_GROUPING && pending_gives(pending, id)) return true;
  }
  return false;
}

static Status rewrite_column(Binder *binder, Grouping *grouping, const Expr *expr, Expr **result) {
  SelectState *select = binder->select;
  *result = (Expr *)expr;
  if (is_pending(select, expr->column) || rows_give(select, expr->column)) return STATUS_OK;
  for (uint32_t i = 0; i < select->call_count; i++)
    if (select->call_ids[i] == expr->column) return STATUS_OK;
  for (uint32_t i = 0; i < select->window_count; i++)
    if (select->windows[i].id == expr->column) return STATUS_OK;
  for (uint32_t i = 0; i < select->grouping_count; i++)
    if (select->groupings[i].id == expr->column)
      return rewrite_grouping(binder, grouping, &select->groupings[i], result);
  const ScopeColumn *column = scope_column(select->scope, expr->column);
  if (!column && is_outer(select, expr->column)) return STATUS_OK;
  if (!column || !is_determined(grouping, column))
    return invalid_at(binder, expr->position,
                      "column \"%s%s%s\" must appear in the GROUP BY clause or be used in an "
                      "aggregate function",
                      column ? column->qualifier : "", column && column->qualifier[0] ? "." : "",
                      column ? column->name : "?");
  for (uint32_t i = 0; i < select->call_count; i++)
    if (select->calls[i].id == AGGREGATE_ANY && expr_equal(select->calls[i].arg, expr)) {
      *result = expr_column(binder->arena, select->call_ids[i], expr->type, expr->position);
      return STATUS_OK;
    }
  AggregateCall call = {.id = AGGREGATE_ANY, .arg = (Expr *)expr, .type = expr->type};
  ColumnId id = binder->context->next_id++;
  uint32_t count = select->call_count, capacity = select->call_capacity;
  ARENA_PUSH(binder->arena, select->call_ids, count, capacity, id);
  ARENA_PUSH(binder->arena, select->calls, select->call_count, select->call_capacity, call);
  *result = expr_column(binder->arena, id, expr->type, expr->position);
  return STATUS_OK;
}

Status rewrite_target(Binder *binder, Grouping *grouping, Targets *targets, uint32_t i) {
  Expr **target = &targets->exprs[i];
  for (uint32_t k = 0; k < grouping->key_count && grouping->set_count > 1; k++) // two keys or one
    if (grouping->bare[k] && grouping->outputs[k] > i && expr_equal(grouping->keys[k], *target))
      return error_set_at(binder->error, STATUS_UNSUPPORTED, (*target)->position,
                          "GROUP BY has this expression as it is, and by the name of another "
                          "output: with several grouping sets, name both outputs there");
  for (uint32_t k = 0; k < grouping->key_count; k++) {
    if (grouping->outputs[k] != i) continue;
    *target = expr_column(binder->arena, grouping->key_ids[k], grouping->keys[k]->type,
                          (*target)->position);
    return STATUS_OK;
  }
  return rewrite_grouped(binder, grouping, *target, target);
}

Status rewrite_grouped(Binder *binder, Grouping *grouping, const Expr *expr, Expr **result) {
  int64_t key = find_key(grouping, expr);
  if (key >= 0) {
    *result = expr_column(binder->arena, grouping->key_ids[key], expr->type, expr->position);
    return STATUS_OK;
  }
  if (expr->kind == EXPR_COLUMN) return rewrite_column(binder, grouping, expr, result);
  *result = (Expr *)expr;
  if (expr->arg_count == 0) return STATUS_OK;
  Expr *copy = ARENA_NEW(binder->arena, Expr);
  *copy = *expr;
  copy->args = ARENA_ARRAY(binder->arena, Expr *, expr->arg_count);
  for (uint32_t i = 0; i < expr->arg_count; i++)
    TRY(rewrite_grouped(binder, grouping, expr->args[i], &copy->args[i]));
  *result = copy;
  return STATUS_OK;
}

typedef struct Rewriting {
  Binder *binder;
  Grouping *grouping;
  const Logical *input;
  Status status;
} Rewriting;

typedef struct GroupedReads {
  const Rewriting *rewriting;
  bool found;
} GroupedReads;

static void read_grouped(void *context, const Expr *column) {
  GroupedReads *reads = context;
  const SelectState *select = reads->rewriting->binder->select;
  reads->found |= logical_column(reads->rewriting->input, column->column) != NULL;
  for (uint32_t i = 0; i < select->grouping_count; i++)
    reads->found |= select->groupings[i].id == column->column;
}

// In a subquery's expression, the parts that read what is grouped, or GROUPING.
static Status rewrite_outer(Rewriting *rewriting, const Expr *expr, Expr **result) {
  Binder *binder = rewriting->binder;
  *result = (Expr *)expr;
  GroupedReads reads = {rewriting, false};
  expr_visit_columns(expr, read_grouped, &reads);
  if (!reads.found) return STATUS_OK;
  if (expr->kind == EXPR_COLUMN || find_key(rewriting->grouping, expr) >= 0)
    return rewrite_grouped(binder, rewriting->grouping, expr, result);
  Expr *copy = ARENA_NEW(binder->arena, Expr);
  *copy = *expr;
  copy->args = ARENA_ARRAY(binder->arena, Expr *, expr->arg_count);
  for (uint32_t i = 0; i < expr->arg_count; i++)
    TRY(rewrite_outer(rewriting, expr->args[i], &copy->args[i]));
  *result = copy;
  return STATUS_OK;
}

static Expr *rewrite_one(void *context, Expr *expr) {
  Rewriting *rewriting = context;
  Expr *result = expr;
  if (rewriting->status == STATUS_OK) rewriting->status = rewrite_outer(rewriting, expr, &result);
  return result;
}

Status rewrite_pending(Binder *binder, Grouping *grouping, const Logical *input) {
  SelectState *select = binder->select;
  Rewriting rewriting = {binder, grouping, input, STATUS_OK};
  for (uint32_t i = 0; i < select->pending_count; i++) {
    PendingJoin *pending = &select->pending[i];
    if (pending->condition) pending->condition = rewrite_one(&rewriting, pending->condition);
    if (pending->guard) pending->guard = rewrite_one(&rewriting, pending->guard);
    if (logical_reads(pending->tree, input))
      pending->tree = logical_map_exprs(binder->context, pending->tree, rewrite_one, &rewriting);
  }
  return rewriting.status;
}

Logical *make_aggregate(Binder *binder, Logical *input, const Grouping *grouping) {
  const SelectState *select = binder->select;
  const char **names = ARENA_ARRAY(binder->arena, const char *, select->call_count);
  for (uint32_t i = 0; i < select->call_count; i++) {
    AggregateId id = select->calls[i].id;
    names[i] =
        id == AGGREGATE_COUNT_ROWS || id == AGGREGATE_COUNT_DISTINCT ? "count" : aggregate_name(id);
  }
  Logical *node = logical_aggregate(
      binder->context, input, grouping->keys, grouping->names, grouping->key_count, select->calls,
      names, select->call_count, grouping->sets, grouping->set_count, grouping->grouping_id != 0);
  // Expressions above refer to the outputs by ids given while binding.
  for (uint32_t k = 0; k < grouping->key_count; k++) node->columns[k].id = grouping->key_ids[k];
  for (uint32_t i = 0; i < select->call_count; i++)
    node->columns[grouping->key_count + i].id = select->call_ids[i];
  if (grouping->grouping_id) node->columns[node->column_count - 1].id = grouping->grouping_id;
  return node;
}
