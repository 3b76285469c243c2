// Columns that nobody needs disappear: a set of needed ids goes down, nodes come back narrower.
#include "logical_unique.h"
#include "optimize.h"

typedef struct IdSet { // ids are small and dense in a statement
  uint64_t *bits;
  ColumnId limit;
  Arena *arena;
} IdSet;

static IdSet ids_copy(const IdSet *from) {
  IdSet copy = {arena_alloc(from->arena, bits_words(from->limit) * 8), from->limit, from->arena};
  memcpy(copy.bits, from->bits, bits_words(from->limit) * 8);
  return copy;
}

static void need_column(void *context, const Expr *column) {
  bits_set(((IdSet *)context)->bits, column->column);
}

static void need(IdSet *ids, const Expr *expr) {
  if (expr) expr_visit_columns(expr, need_column, ids);
}

static void need_call(IdSet *ids, AggregateCall call) {
  Expr **places[AGGREGATE_EXPRS_MAX];
  uint32_t count = aggregate_call_exprs(&call, places);
  for (uint32_t i = 0; i < count; i++) need(ids, *places[i]);
}

static IdSet ids_none(const IdSet *like) {
  return (IdSet){arena_alloc(like->arena, bits_words(like->limit) * 8), like->limit, like->arena};
}

static Logical *prune(LogicalContext *context, Logical *node, const IdSet *needed);

static Logical *node_copy(LogicalContext *context, const Logical *node) {
  Logical *copy = ARENA_NEW(context->arena, Logical);
  *copy = *node;
  copy->columns = ARENA_ARRAY(context->arena, LogicalColumn, node->column_count);
  copy->column_count = 0;
  return copy;
}

static Logical *prune_scan(LogicalContext *context, Logical *node, const IdSet *needed) {
  Logical *copy = node_copy(context, node);
  copy->scan.names = ARENA_ARRAY(context->arena, const char *, node->column_count);
  for (uint32_t c = 0; c < node->column_count; c++) {
    if (!bits_get(needed->bits, node->columns[c].id)) continue;
    copy->scan.names[copy->column_count] = node->scan.names[c];
    copy->columns[copy->column_count++] = node->columns[c];
  }
  return copy;
}

static Logical *prune_project(LogicalContext *context, Logical *node, const IdSet *needed) {
  Logical *copy = node_copy(context, node);
  copy->project.exprs = ARENA_ARRAY(context->arena, Expr *, node->column_count);
  IdSet below = ids_none(needed);
  for (uint32_t c = 0; c < node->column_count; c++) {
    if (!bits_get(needed->bits, node->columns[c].id)) continue;
    need(&below, node->project.exprs[c]);
    copy->project.exprs[copy->column_count] = node->project.exprs[c];
    copy->columns[copy->column_count++] = node->columns[c];
  }
  copy->inputs[0] = prune(context, node->inputs[0], &below);
  return copy;
}

// Keys stay (they decide the rows); calls that are not needed go.
static Logical *prune_aggregate(LogicalContext *context, Logical *node, const IdSet *needed) {
  Logical *copy = node_copy(context, node);
  IdSet below = ids_none(needed);
  uint32_t keys = node->aggregate.key_count, calls = 0;
  copy->aggregate.calls = ARENA_ARRAY(context->arena, AggregateCall, node->aggregate.call_count);
  for (uint32_t k = 0; k < keys; k++) {
    need(&below, node->aggregate.keys[k]);
    copy->columns[copy->column_count++] = node->columns[k];
  }
  for (uint32_t a = 0; a < node->aggregate.call_count; a++) {
    if (!bits_get(needed->bits, node->columns[keys + a].id)) continue;
    need_call(&below, node->aggregate.calls[a]);
    copy->aggregate.calls[calls++] = node->aggregate.calls[a];
    copy->columns[copy->column_count++] = node->columns[keys + a];
  }
  copy->aggregate.call_count = calls;
  if (node->aggregate.has_grouping_id)
    copy->columns[copy->column_count++] = node->columns[keys + node->aggregate.call_count];
  copy->inputs[0] = prune(context, node->inputs[0], &below);
  return copy;
}

// Calls that nobody needs go, and with the last one the node.
static Logical *prune_window(LogicalContext *context, Logical *node, const IdSet *needed) {
  uint32_t inputs = node->column_count - node->window.call_count, kept = 0;
  Logical *copy = ARENA_NEW(context->arena, Logical);
  *copy = *node;
  copy->window.calls = ARENA_ARRAY(context->arena, WindowCall, node->window.call_count);
  LogicalColumn *columns = ARENA_ARRAY(context->arena, LogicalColumn, node->window.call_count);
  IdSet below = ids_copy(needed);
  for (uint32_t c = 0; c < node->window.call_count; c++) {
    const WindowCall *call = &node->window.calls[c];
    if (!bits_get(needed->bits, node->columns[inputs + c].id)) continue;
    need_call(&below, call->aggregate);
    for (uint32_t i = 0; i < call->arg_count; i++) need(&below, call->args[i]);
    columns[kept] = node->columns[inputs + c];
    copy->window.calls[kept++] = *call;
  }
  if (!kept) return prune(context, node->inputs[0], needed);
  for (uint32_t k = 0; k < node->window.partition_count; k++)
    need(&below, node->window.partition[k]);
  for (uint32_t k = 0; k < node->window.order_count; k++) need(&below, node->window.order[k].expr);
  copy->window.call_count = copy->column_count = kept;
  copy->columns = columns; // the calls' own are the last of the columns
  return logical_with_inputs(context, copy, prune(context, node->inputs[0], &below), NULL);
}

// Inputs of a union and rows of VALUES match by position: they keep all their columns.
static Logical *prune_all(LogicalContext *context, Logical *node, const IdSet *needed) {
  if (!node) return NULL;
  IdSet all = ids_none(needed);
  for (uint32_t c = 0; c < node->column_count; c++) bits_set(all.bits, node->columns[c].id);
  return prune(context, node, &all);
}

// A left join that finds at most one row, of which nobody needs anything, changes nothing; nor does
// a mark that nobody needs.
static bool join_is_idle(LogicalContext *context, const Logical *node, const IdSet *needed) {
  if (node->kind == LOGICAL_JOIN && node->join.kind == JOIN_MARK)
    return !bits_get(needed->bits, node->columns[node->column_count - 1].id);
  if (node->kind != LOGICAL_JOIN || node->join.kind != JOIN_LEFT) return false;
  const Logical *right = node->inputs[1];
  for (uint32_t c = 0; c < right->column_count; c++)
    if (bits_get(needed->bits, right->columns[c].id)) return false;
  return logical_join_is_single(context, node->inputs[0], right, node->join.condition);
}

static Logical *prune(LogicalContext *context, Logical *node, const IdSet *needed) {
  IdSet below;
  if (join_is_idle(context, node, needed)) return prune(context, node->inputs[0], needed);
  switch (node->kind) {
  case LOGICAL_SCAN:
    return prune_scan(context, node, needed);
  case LOGICAL_PROJECT:
    return prune_project(context, node, needed);
  case LOGICAL_AGGREGATE:
    return prune_aggregate(context, node, needed);
  case LOGICAL_WINDOW:
    return prune_window(context, node, needed);
  case LOGICAL_VALUES:
  case LOGICAL_WORKING:
  case LOGICAL_SHARED:
    return node;
  case LOGICAL_UNION:
  case LOGICAL_RECURSION:
    return logical_with_inputs(context, node, prune_all(context, node->inputs[0], needed),
                               prune_all(context, node->inputs[1], needed));
  default:
    break;
  }
  below = ids_copy(needed);
  if (node->kind == LOGICAL_FILTER) need(&below, node->filter.predicate);
  if (node->kind == LOGICAL_JOIN) need(&below, node->join.condition);
  if (node->kind == LOGICAL_SERIES) {
    need(&below, node->series.start);
    need(&below, node->series.stop);
    need(&below, node->series.step);
  }
  for (uint32_t k = 0; node->kind == LOGICAL_SORT && k < node->sort.key_count; k++)
    need(&below, node->sort.keys[k].expr);
  Logical *left = prune(context, node->inputs[0], &below);
  Logical *right = node->inputs[1] ? prune(context, node->inputs[1], &below) : NULL;
  return logical_with_inputs(context, node, left, right);
}

// The root keeps all its columns, in their order.
Logical *pass_prune(LogicalContext *context, const Root *root, Logical *tree) {
  (void)root;
  IdSet ids = {NULL, context->next_id + 1, context->arena};
  IdSet none = ids_none(&ids);
  return prune_all(context, tree, &none);
}
