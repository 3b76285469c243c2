// See logical_domain.h; Neumann, Kemper, "Unnesting Arbitrary Queries" (BTW 2015). Each place that
// needs the domain has a copy of it with ids of its own: `inner` says which, on the way up.
#include "logical_domain.h"
#include "logical_walk.h"

#define COLUMNS_MAX 100000 // of a statement; copies of copies would take all memory

// ---------------------------------------------------------------- the domain

typedef struct Collecting {
  Domain *domain;
  bool *seen; // by index of left's columns
} Collecting;

static void collect_column(void *context, const Expr *column) {
  Collecting *collecting = context;
  Domain *domain = collecting->domain;
  const LogicalColumn *found = logical_column(domain->left, column->column);
  if (!found || collecting->seen[found - domain->left->columns]) return;
  collecting->seen[found - domain->left->columns] = true;
  domain->outer[domain->count] = found->id;
  domain->types[domain->count++] = found->type;
}

static void collect_expr(void *context, const Expr *expr) {
  expr_visit_columns(expr, collect_column, context);
}

static void collect(Collecting *collecting, const Logical *node) {
  logical_visit_exprs(node, collect_expr, collecting);
  for (int i = 0; i < 2; i++)
    if (node->inputs[i]) collect(collecting, node->inputs[i]);
}

// ---------------------------------------------------------------- where its values come from

typedef struct Ids { // of columns of one node
  const Logical *node;
  ColumnId *items;
  uint32_t count;
} Ids;

static Ids ids_of(const Domain *domain, const Logical *node) {
  return (Ids){node, ARENA_ARRAY(domain->context->arena, ColumnId, node->column_count), 0};
}

static bool ids_have(const Ids *ids, ColumnId id) {
  for (uint32_t i = 0; i < ids->count; i++)
    if (ids->items[i] == id) return true;
  return false;
}

// Of the node, once; what it does not give is of a query further out.
static void ids_add(Ids *ids, ColumnId id) {
  if (!ids_have(ids, id) && logical_column(ids->node, id)) ids->items[ids->count++] = id;
}

static void ids_add_column(void *context, const Expr *column) {
  ids_add(context, column->column);
}

static Logical *source_of(Domain *domain, Logical *node, const Ids *needed);

// Of a join that keeps every row of its left side: all of it only where right's columns are needed.
static Logical *join_source(Domain *domain, Logical *node, const Ids *needed) {
  Logical *left = node->inputs[0];
  Ids of_left = ids_of(domain, left);
  for (uint32_t i = 0; i < needed->count; i++) ids_add(&of_left, needed->items[i]);
  if (of_left.count == needed->count) return source_of(domain, left, &of_left);
  expr_visit_columns(node->join.condition, ids_add_column, &of_left);
  left = source_of(domain, left, &of_left);
  Logical *join = logical_join(domain->context, left, node->inputs[1], node->join.kind,
                               node->join.condition, node->join.null_safe);
  if (node->join.kind == JOIN_MARK)
    join->columns[join->column_count - 1].id = node->columns[node->column_count - 1].id;
  return join;
}

static Logical *project_source(Domain *domain, Logical *node, const Ids *needed) {
  Arena *arena = domain->context->arena;
  Expr **exprs = ARENA_ARRAY(arena, Expr *, needed->count);
  const char **names = ARENA_ARRAY(arena, const char *, needed->count);
  Ids below = ids_of(domain, node->inputs[0]);
  bool plain = true; // the input's columns as they are
  for (uint32_t i = 0; i < needed->count; i++) {
    const LogicalColumn *column = logical_column(node, needed->items[i]);
    exprs[i] = node->project.exprs[column - node->columns];
    names[i] = column->name;
    plain &= exprs[i]->kind == EXPR_COLUMN && exprs[i]->column == column->id &&
             logical_column(node->inputs[0], column->id) != NULL;
    expr_visit_columns(exprs[i], ids_add_column, &below);
  }
  Logical *input = source_of(domain, node->inputs[0], &below);
  if (plain) return input;
  Logical *project = logical_project(domain->context, input, exprs, names, needed->count);
  for (uint32_t i = 0; i < needed->count; i++) project->columns[i].id = needed->items[i];
  return project;
}

// A tree with the needed columns of node in the same rows, maybe repeated: without what computes
// other columns of them. So the subqueries of one SELECT do not stand in each other's domains,
// which would double the tree with each of them.
static Logical *source_of(Domain *domain, Logical *node, const Ids *needed) {
  if (node->kind == LOGICAL_PROJECT) return project_source(domain, node, needed);
  if (node->kind == LOGICAL_JOIN &&
      (node->join.kind == JOIN_LEFT || node->join.kind == JOIN_SINGLE ||
       node->join.kind == JOIN_MARK))
    return join_source(domain, node, needed);
  if (node->kind != LOGICAL_WINDOW) return node;
  Ids below = ids_of(domain, node->inputs[0]);
  for (uint32_t i = 0; i < needed->count; i++) ids_add(&below, needed->items[i]);
  return below.count == needed->count ? source_of(domain, node->inputs[0], &below) : node;
}

static void find_source(Domain *domain) {
  Ids needed = ids_of(domain, domain->left);
  for (uint32_t i = 0; i < domain->count; i++)
    if (!domain->guard || domain->outer[i] != domain->guard_id) ids_add(&needed, domain->outer[i]);
  if (domain->guard) expr_visit_columns(domain->guard, ids_add_column, &needed);
  domain->source = source_of(domain, domain->left, &needed);
}

void domain_init(Domain *domain, LogicalContext *context, Logical *left, const Logical *right,
                 Expr *guard, ColumnId guard_id) {
  *domain = (Domain){.context = context, .left = left, .guard = guard, .guard_id = guard_id};
  domain->outer = ARENA_ARRAY(context->arena, ColumnId, left->column_count);
  domain->inner = ARENA_ARRAY(context->arena, ColumnId, left->column_count);
  domain->types = ARENA_ARRAY(context->arena, Type, left->column_count);
  Collecting collecting = {domain, ARENA_ARRAY(context->arena, bool, left->column_count)};
  collect(&collecting, right);
  if (guard) {
    domain->outer[domain->count] = guard_id;
    domain->types[domain->count++] = TYPE_OF_BOOL;
  }
  find_source(domain);
}

static uint32_t count_nodes(const Logical *node) {
  return node ? 1 + count_nodes(node->inputs[0]) + count_nodes(node->inputs[1]) : 0;
}

uint32_t domain_source_size(const Domain *domain) {
  return count_nodes(domain->source);
}

typedef struct Copied { // a tree and its copy, whose outputs are in the same order
  Arena *arena;
  const Logical *tree, *copy;
} Copied;

static Expr *copied_column(void *context, const Expr *column) {
  const Copied *copied = context;
  const LogicalColumn *found = logical_column(copied->tree, column->column);
  if (!found) return NULL;
  return expr_column(copied->arena, copied->copy->columns[found - copied->tree->columns].id,
                     column->type, column->position);
}

// A copy of left's distinct values, where the guard holds; inner is what they are called.
static Logical *domain_make(Domain *domain) {
  LogicalContext *context = domain->context;
  const Logical *source = domain->source;
  Logical *copy = logical_copy(context, source), *rows = copy;
  if (domain->guard) {
    Copied copied = {context->arena, source, copy};
    rows = logical_filter(context, copy,
                          expr_map_columns(context->arena, domain->guard, copied_column, &copied));
  }
  Expr **keys = ARENA_ARRAY(context->arena, Expr *, domain->count);
  const char **names = ARENA_ARRAY(context->arena, const char *, domain->count);
  for (uint32_t i = 0; i < domain->count; i++) {
    bool is_guard = domain->guard && domain->outer[i] == domain->guard_id;
    const LogicalColumn *column = is_guard ? NULL : logical_column(source, domain->outer[i]);
    keys[i] = is_guard ? expr_bool(context->arena, true)
                       : logical_ref(context, copy, (uint32_t)(column - source->columns));
    names[i] = is_guard ? "guard" : column->name;
  }
  Logical *distinct =
      logical_aggregate(context, rows, keys, names, domain->count, NULL, NULL, 0, NULL, 0, false);
  for (uint32_t i = 0; i < domain->count; i++) domain->inner[i] = distinct->columns[i].id;
  return distinct;
}

static Expr *inner_column(void *context, const Expr *column) {
  const Domain *domain = context;
  for (uint32_t i = 0; i < domain->count; i++)
    if (domain->outer[i] == column->column)
      return expr_column(domain->context->arena, domain->inner[i], column->type, column->position);
  return NULL;
}

static Expr *inner_expr(Domain *domain, Expr *expr) {
  return expr ? expr_map_columns(domain->context->arena, expr, inner_column, domain) : NULL;
}

static Expr *inner_one(void *context, Expr *expr) {
  return inner_expr(context, expr);
}

static Expr *pairs(const Domain *domain, const ColumnId *a, const ColumnId *b) {
  Arena *arena = domain->context->arena;
  Expr *all = NULL;
  for (uint32_t i = 0; i < domain->count; i++) {
    Expr *pair[] = {expr_column(arena, a[i], domain->types[i], -1),
                    expr_column(arena, b[i], domain->types[i], -1)};
    all = expr_and(arena, all, expr_call(arena, FUNCTION_NOT_DISTINCT, TYPE_OF_BOOL, pair, 2, -1));
  }
  return all;
}

Expr *domain_condition(const Domain *domain) {
  return pairs(domain, domain->outer, domain->inner);
}

static ColumnId *inner_copy(const Domain *domain) {
  ColumnId *copy = ARENA_ARRAY(domain->context->arena, ColumnId, domain->count);
  memcpy(copy, domain->inner, domain->count * sizeof *copy);
  return copy;
}

static void inner_set(Domain *domain, const ColumnId *ids) {
  memcpy(domain->inner, ids, domain->count * sizeof *ids);
}

// ---------------------------------------------------------------- into each kind of node

// What a guard keeps from being computed can take the domain's columns in.
static bool takes_domain(const Logical *node) {
  switch (node->kind) {
  case LOGICAL_JOIN:
    return node->join.kind != JOIN_RIGHT && node->join.kind != JOIN_FULL && !node->join.null_safe;
  case LOGICAL_AGGREGATE:
    return node->aggregate.set_count == 1 && !node->aggregate.has_grouping_id &&
           node->aggregate.key_count <= 32;
  case LOGICAL_VALUES:
    return node->values.row_count <= 16; // each becomes a tree over the domain
  case LOGICAL_SCAN:
  case LOGICAL_RECURSION:
  case LOGICAL_WORKING:
  case LOGICAL_SHARED:
    return false;
  default:
    return true;
  }
}

static bool needs_domain(const Domain *domain, const Logical *node) {
  if (logical_reads(node, domain->left)) return true;
  return domain->guard && takes_domain(node) && logical_can_fail(node);
}

static Status join_inputs(Domain *domain, const Logical *node, Logical *inputs[2], Expr **both,
                          Error *error) {
  // A hash join computes its keys of either side, whether the other one has a row or not.
  bool guarded = domain->guard && node->join.condition && expr_can_fail(node->join.condition);
  bool into_right = guarded || needs_domain(domain, node->inputs[1]);
  bool inner = node->join.kind == JOIN_INNER || node->join.kind == JOIN_CROSS;
  bool into_left = !inner || !into_right || guarded || needs_domain(domain, node->inputs[0]);
  *both = NULL;
  inputs[0] = node->inputs[0];
  inputs[1] = node->inputs[1];
  if (into_left) TRY(domain_join(domain, node->inputs[0], &inputs[0], error));
  if (!into_right) return STATUS_OK;
  ColumnId *lefts = inner_copy(domain);
  TRY(domain_join(domain, node->inputs[1], &inputs[1], error));
  if (!into_left) return STATUS_OK;
  *both = pairs(domain, lefts, domain->inner);
  inner_set(domain, lefts);
  return STATUS_OK;
}

static Status into_join(Domain *domain, const Logical *node, Logical **result, Error *error) {
  JoinKind kind = node->join.kind;
  if (kind == JOIN_RIGHT || kind == JOIN_FULL || node->join.null_safe)
    return error_set(error, STATUS_UNSUPPORTED,
                     "a RIGHT or FULL join, INTERSECT or EXCEPT within a subquery that refers to "
                     "the query around it is not supported");
  Logical *inputs[2];
  Expr *both;
  TRY(join_inputs(domain, node, inputs, &both, error));
  Expr *condition = inner_expr(domain, node->join.condition);
  condition = expr_and(domain->context->arena, both, condition);
  if (kind == JOIN_CROSS && condition) kind = JOIN_INNER;
  if (kind == JOIN_INNER && !condition) kind = JOIN_CROSS;
  *result = logical_join(domain->context, inputs[0], inputs[1], kind, condition, false);
  if (kind == JOIN_MARK)
    (*result)->columns[(*result)->column_count - 1].id = node->columns[node->column_count - 1].id;
  return STATUS_OK;
}

static Status into_project(Domain *domain, const Logical *node, Logical **result, Error *error) {
  LogicalContext *context = domain->context;
  Logical *input;
  TRY(domain_join(domain, node->inputs[0], &input, error));
  uint32_t width = node->column_count, count = width + domain->count;
  Expr **exprs = ARENA_ARRAY(context->arena, Expr *, count);
  const char **names = ARENA_ARRAY(context->arena, const char *, count);
  for (uint32_t c = 0; c < count; c++) {
    exprs[c] = c < width ? inner_expr(domain, node->project.exprs[c])
                         : expr_column(context->arena, domain->inner[c - width],
                                       domain->types[c - width], -1);
    names[c] = c < width ? node->columns[c].name : "outer";
  }
  *result = logical_project(context, input, exprs, names, count);
  for (uint32_t c = 0; c < width; c++) (*result)->columns[c].id = node->columns[c].id;
  for (uint32_t c = width; c < count; c++) { // a column that is put out twice has a new id
    ColumnId id = domain->inner[c - width];
    bool taken = false;
    for (uint32_t w = 0; w < width; w++) taken |= node->columns[w].id == id;
    if (taken) id = context->next_id++;
    domain->inner[c - width] = (*result)->columns[c].id = id;
  }
  return STATUS_OK;
}

// Of no rows an aggregation without keys makes one; so it is joined to the domain, counts being 0.
static Logical *with_empty_groups(Domain *domain, const Logical *node, Logical *grouped) {
  LogicalContext *context = domain->context;
  ColumnId *ids = inner_copy(domain);
  Logical *all = domain_make(domain);
  Logical *tree =
      logical_join(context, all, grouped, JOIN_LEFT, pairs(domain, domain->inner, ids), false);
  uint32_t calls = node->aggregate.call_count, count = calls + domain->count;
  Expr **exprs = ARENA_ARRAY(context->arena, Expr *, count);
  const char **names = ARENA_ARRAY(context->arena, const char *, count);
  for (uint32_t c = 0; c < calls; c++) {
    const LogicalColumn *column = &node->columns[c];
    exprs[c] = expr_column(context->arena, column->id, column->type, -1);
    if (!column->nullable) {
      Expr *args[] = {exprs[c], expr_int(context->arena, 0)};
      exprs[c] = expr_call(context->arena, FUNCTION_COALESCE, column->type, args, 2, -1);
    }
    names[c] = column->name;
  }
  for (uint32_t i = 0; i < domain->count; i++) {
    exprs[calls + i] = expr_column(context->arena, domain->inner[i], domain->types[i], -1);
    names[calls + i] = "outer";
  }
  Logical *project = logical_project(context, tree, exprs, names, count);
  for (uint32_t c = 0; c < calls; c++) project->columns[c].id = node->columns[c].id;
  return project;
}

static Status into_aggregate(Domain *domain, const Logical *node, Logical **result, Error *error) {
  LogicalContext *context = domain->context;
  Logical *input;
  uint32_t old = node->aggregate.key_count, count = old + domain->count;
  uint32_t calls = node->aggregate.call_count;
  if (count > 62 || node->aggregate.set_count > 1 || node->aggregate.has_grouping_id)
    return error_set(error, STATUS_UNSUPPORTED,
                     "ROLLUP, CUBE or GROUPING SETS within a subquery that refers to the query "
                     "around it is not supported here");
  TRY(domain_join(domain, node->inputs[0], &input, error));
  Expr **keys = ARENA_ARRAY(context->arena, Expr *, count);
  const char **names = ARENA_ARRAY(context->arena, const char *, (size_t)count + calls);
  for (uint32_t k = 0; k < count; k++) {
    keys[k] = k < old
                  ? inner_expr(domain, node->aggregate.keys[k])
                  : expr_column(context->arena, domain->inner[k - old], domain->types[k - old], -1);
    names[k] = k < old ? node->columns[k].name : "outer";
  }
  AggregateCall *copies = ARENA_ARRAY(context->arena, AggregateCall, calls);
  for (uint32_t a = 0; a < calls; a++) {
    copies[a] = node->aggregate.calls[a];
    Expr **places[AGGREGATE_EXPRS_MAX];
    uint32_t places_count = aggregate_call_exprs(&copies[a], places);
    for (uint32_t i = 0; i < places_count; i++) *places[i] = inner_expr(domain, *places[i]);
    names[count + a] = node->columns[old + a].name;
  }
  Logical *grouped = logical_aggregate(context, input, keys, names, count, copies, names + count,
                                       calls, NULL, 0, false);
  for (uint32_t k = 0; k < old; k++) grouped->columns[k].id = node->columns[k].id;
  for (uint32_t k = old; k < count; k++)
    domain->inner[k - old] = grouped->columns[k].id = context->next_id++;
  for (uint32_t a = 0; a < calls; a++) grouped->columns[count + a].id = node->columns[old + a].id;
  *result = old ? grouped : with_empty_groups(domain, node, grouped);
  return STATUS_OK;
}

// One side of a union as its columns, in order, and the domain's.
static Status union_side(Domain *domain, Logical *side, Logical **result, Error *error) {
  LogicalContext *context = domain->context;
  uint32_t width = side->column_count, count = width + domain->count;
  Logical *tree;
  TRY(domain_join(domain, side, &tree, error));
  Expr **exprs = ARENA_ARRAY(context->arena, Expr *, count);
  const char **names = ARENA_ARRAY(context->arena, const char *, count);
  for (uint32_t c = 0; c < count; c++) {
    bool own = c < width;
    exprs[c] =
        own ? expr_column(context->arena, side->columns[c].id, side->columns[c].type, -1)
            : expr_column(context->arena, domain->inner[c - width], domain->types[c - width], -1);
    names[c] = own ? side->columns[c].name : "outer";
  }
  *result = logical_project(context, tree, exprs, names, count);
  return STATUS_OK;
}

static Status into_union(Domain *domain, const Logical *node, Logical **result, Error *error) {
  Logical *sides[2];
  for (int i = 0; i < 2; i++) TRY(union_side(domain, node->inputs[i], &sides[i], error));
  *result = logical_union(domain->context, sides[0], sides[1]);
  for (uint32_t c = 0; c < node->column_count; c++) (*result)->columns[c].id = node->columns[c].id;
  for (uint32_t i = 0; i < domain->count; i++)
    domain->inner[i] = (*result)->columns[node->column_count + i].id;
  return STATUS_OK;
}

// Rows that name outer columns, each computed over the domain.
static Status into_values(Domain *domain, const Logical *node, Logical **result, Error *error) {
  LogicalContext *context = domain->context;
  uint32_t width = node->column_count, count = width + domain->count;
  Expr **exprs = ARENA_ARRAY(context->arena, Expr *, count);
  const char **names = ARENA_ARRAY(context->arena, const char *, count);
  (void)error;
  *result = NULL;
  for (uint32_t r = 0; r < node->values.row_count; r++) {
    Logical *all = domain_make(domain);
    for (uint32_t c = 0; c < count; c++) {
      exprs[c] = c < width ? inner_expr(domain, node->values.rows[(size_t)r * width + c])
                           : logical_ref(context, all, c - width);
      names[c] = c < width ? node->columns[c].name : "outer";
    }
    Logical *row = logical_project(context, all, exprs, names, count);
    *result = *result ? logical_union(context, *result, row) : row;
  }
  for (uint32_t c = 0; c < width; c++) (*result)->columns[c].id = node->columns[c].id;
  for (uint32_t i = 0; i < domain->count; i++) domain->inner[i] = (*result)->columns[width + i].id;
  return STATUS_OK;
}

// Each value of the domain is a part of every partition.
static Status into_window(Domain *domain, const Logical *node, Logical **result, Error *error) {
  LogicalContext *context = domain->context;
  Logical *input;
  TRY(domain_join(domain, node->inputs[0], &input, error));
  Logical *copy = logical_with_inputs(context, node, input, NULL);
  uint32_t old = node->window.partition_count, count = old + domain->count;
  copy->window.partition = ARENA_ARRAY(context->arena, Expr *, count);
  for (uint32_t k = 0; k < count; k++)
    copy->window.partition[k] =
        k < old ? node->window.partition[k]
                : expr_column(context->arena, domain->inner[k - old], domain->types[k - old], -1);
  copy->window.partition_count = count;
  *result = logical_map_own_exprs(context, copy, inner_one, domain);
  return STATUS_OK;
}

// LIMIT counts rows anew for each value of the domain: by their numbers in its order.
static Status into_limit(Domain *domain, const Logical *node, Logical **result, Error *error) {
  LogicalContext *context = domain->context;
  Arena *arena = context->arena;
  const Logical *below = node->inputs[0];
  bool sorted = below->kind == LOGICAL_SORT;
  uint32_t key_count = sorted ? below->sort.key_count : 0;
  SortKey *keys = ARENA_ARRAY(arena, SortKey, key_count);
  Logical *input;
  TRY(domain_join(domain, sorted ? below->inputs[0] : node->inputs[0], &input, error));
  for (uint32_t k = 0; k < key_count; k++) {
    keys[k] = below->sort.keys[k];
    keys[k].expr = inner_expr(domain, keys[k].expr);
  }
  Expr **partition = ARENA_ARRAY(arena, Expr *, domain->count);
  for (uint32_t i = 0; i < domain->count; i++)
    partition[i] = expr_column(arena, domain->inner[i], domain->types[i], -1);
  WindowCall call = {.function = WINDOW_ROW_NUMBER, .type = TYPE_OF_INT};
  const char *name = "row_number";
  Logical *numbered =
      logical_window(context, input, partition, domain->count, keys, key_count, &call, &name, 1);
  *result =
      logical_filter(context, numbered,
                     logical_row_range(context, numbered, node->limit.offset, node->limit.limit));
  return STATUS_OK;
}

// Always true; as the join's condition it comes before what may fail above the join, so that this
// is not moved into the right side, which would compute it for no row of the domain too.
static Expr *guard_column(const Domain *domain) {
  if (!domain->guard) return NULL;
  return expr_column(domain->context->arena, domain->inner[domain->count - 1], TYPE_OF_BOOL, -1);
}

Status domain_join(Domain *domain, Logical *right, Logical **result, Error *error) {
  if (domain->context->next_id > COLUMNS_MAX)
    return error_set(error, STATUS_LIMIT,
                     "subqueries that refer to the queries around them are nested so that the plan "
                     "has more than %d columns; refer to fewer of these queries",
                     COLUMNS_MAX);
  if (!needs_domain(domain, right)) {
    Logical *all = domain_make(domain);
    *result = logical_join(domain->context, all, right, domain->guard ? JOIN_INNER : JOIN_CROSS,
                           guard_column(domain), false);
    return STATUS_OK;
  }
  switch (right->kind) {
  case LOGICAL_FILTER: {
    Logical *input;
    TRY(domain_join(domain, right->inputs[0], &input, error));
    *result = logical_filter(domain->context, input, inner_expr(domain, right->filter.predicate));
    return STATUS_OK;
  }
  case LOGICAL_PROJECT:
    return into_project(domain, right, result, error);
  case LOGICAL_JOIN:
    return into_join(domain, right, result, error);
  case LOGICAL_AGGREGATE:
    return into_aggregate(domain, right, result, error);
  case LOGICAL_UNION:
    return into_union(domain, right, result, error);
  case LOGICAL_VALUES:
    return into_values(domain, right, result, error);
  case LOGICAL_SORT: // no order but under a limit
    return domain_join(domain, right->inputs[0], result, error);
  case LOGICAL_WINDOW:
    return into_window(domain, right, result, error);
  case LOGICAL_LIMIT:
    return into_limit(domain, right, result, error);
  case LOGICAL_SERIES: {
    Logical *input;
    TRY(domain_join(domain, right->inputs[0], &input, error));
    *result = logical_map_own_exprs(domain->context,
                                    logical_with_inputs(domain->context, right, input, NULL),
                                    inner_one, domain);
    return STATUS_OK;
  }
  case LOGICAL_RECURSION:
    return error_set_at(error, STATUS_UNSUPPORTED, right->recursion.position,
                        "WITH RECURSIVE that refers to the query around it is not supported");
  case LOGICAL_SCAN:
  case LOGICAL_WORKING:
  case LOGICAL_SHARED:
    break;
  }
  return error_set(error, STATUS_INVALID, "a scan that refers to the query around it");
}
