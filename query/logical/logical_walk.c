// See logical_walk.h.
#include "logical_walk.h"
#include "memory.h"

typedef struct Mapping {
  Arena *arena;
  Expr *(*map)(void *context, Expr *expr);
  void *context;
} Mapping;

static Expr *map_one(const Mapping *mapping, Expr *expr) {
  return expr ? mapping->map(mapping->context, expr) : NULL;
}

static Expr **map_array(const Mapping *mapping, Expr **exprs, size_t count) {
  Expr **mapped = ARENA_ARRAY(mapping->arena, Expr *, count);
  for (size_t i = 0; i < count; i++) mapped[i] = map_one(mapping, exprs[i]);
  return mapped;
}

static void map_call(const Mapping *mapping, AggregateCall *call) {
  Expr **places[AGGREGATE_EXPRS_MAX];
  uint32_t count = aggregate_call_exprs(call, places);
  for (uint32_t i = 0; i < count; i++) *places[i] = map_one(mapping, *places[i]);
}

static void map_calls(const Mapping *mapping, Logical *node) {
  uint32_t count = node->aggregate.call_count;
  AggregateCall *calls = ARENA_ARRAY(mapping->arena, AggregateCall, count);
  for (uint32_t a = 0; a < count; a++) {
    calls[a] = node->aggregate.calls[a];
    map_call(mapping, &calls[a]);
  }
  node->aggregate.calls = calls;
}

static SortKey *map_sort_keys(const Mapping *mapping, const SortKey *from, uint32_t count) {
  SortKey *keys = ARENA_ARRAY(mapping->arena, SortKey, count);
  for (uint32_t k = 0; k < count; k++) {
    keys[k] = from[k];
    keys[k].expr = map_one(mapping, keys[k].expr);
  }
  return keys;
}

static void map_window(const Mapping *mapping, Logical *node) {
  uint32_t count = node->window.call_count;
  WindowCall *calls = ARENA_ARRAY(mapping->arena, WindowCall, count);
  for (uint32_t c = 0; c < count; c++) {
    WindowCall *call = &calls[c];
    *call = node->window.calls[c];
    map_call(mapping, &call->aggregate);
    for (uint32_t i = 0; i < call->arg_count; i++) call->args[i] = map_one(mapping, call->args[i]);
    call->frame.start_offset = map_one(mapping, call->frame.start_offset);
    call->frame.end_offset = map_one(mapping, call->frame.end_offset);
  }
  node->window.calls = calls;
  node->window.partition = map_array(mapping, node->window.partition, node->window.partition_count);
  node->window.order = map_sort_keys(mapping, node->window.order, node->window.order_count);
}

// The node's expressions through the mapping, in copies of their arrays.
static void map_own(const Mapping *mapping, Logical *node) {
  switch (node->kind) {
  case LOGICAL_SCAN:
  case LOGICAL_LIMIT:
  case LOGICAL_UNION:
  case LOGICAL_RECURSION:
  case LOGICAL_WORKING:
  case LOGICAL_SHARED:
    break;
  case LOGICAL_VALUES:
    node->values.rows =
        map_array(mapping, node->values.rows, (size_t)node->values.row_count * node->column_count);
    break;
  case LOGICAL_FILTER:
    node->filter.predicate = map_one(mapping, node->filter.predicate);
    break;
  case LOGICAL_PROJECT:
    node->project.exprs = map_array(mapping, node->project.exprs, node->column_count);
    break;
  case LOGICAL_JOIN:
    node->join.condition = map_one(mapping, node->join.condition);
    break;
  case LOGICAL_AGGREGATE:
    node->aggregate.keys = map_array(mapping, node->aggregate.keys, node->aggregate.key_count);
    map_calls(mapping, node);
    break;
  case LOGICAL_SORT:
    node->sort.keys = map_sort_keys(mapping, node->sort.keys, node->sort.key_count);
    break;
  case LOGICAL_WINDOW:
    map_window(mapping, node);
    break;
  case LOGICAL_SERIES:
    node->series.start = map_one(mapping, node->series.start);
    node->series.stop = map_one(mapping, node->series.stop);
    node->series.step = map_one(mapping, node->series.step);
    break;
  }
}

typedef struct Visiting {
  void (*visit)(void *context, const Expr *expr);
  void *context;
} Visiting;

static Expr *visit_one(void *context, Expr *expr) {
  Visiting *visiting = context;
  visiting->visit(visiting->context, expr);
  return expr;
}

void logical_visit_exprs(const Logical *node, void (*visit)(void *context, const Expr *expr),
                         void *visit_context) {
  Visiting visiting = {visit, visit_context};
  Arena *scratch = arena_create(); // of the arrays that mapping copies
  Mapping mapping = {scratch, visit_one, &visiting};
  Logical copy = *node;
  map_own(&mapping, &copy);
  arena_destroy(scratch);
}

Logical *logical_map_exprs(LogicalContext *context, const Logical *node,
                           Expr *(*map)(void *context, Expr *expr), void *map_context) {
  Logical *inputs[2];
  for (int i = 0; i < 2; i++)
    inputs[i] =
        node->inputs[i] ? logical_map_exprs(context, node->inputs[i], map, map_context) : NULL;
  Logical *copy = logical_with_inputs(context, node, inputs[0], inputs[1]);
  Mapping mapping = {context->arena, map, map_context};
  map_own(&mapping, copy);
  return copy;
}

Logical *logical_map_own_exprs(LogicalContext *context, const Logical *node,
                               Expr *(*map)(void *context, Expr *expr), void *map_context) {
  Logical *copy = ARENA_NEW(context->arena, Logical);
  *copy = *node;
  Mapping mapping = {context->arena, map, map_context};
  map_own(&mapping, copy);
  return copy;
}

// ---------------------------------------------------------------- new ids

typedef struct Renaming {
  LogicalContext *context;
  ColumnId *ids; // by old id; 0: not of this tree
  ColumnId limit;
} Renaming;

static void rename_collect(Renaming *renaming, const Logical *node) {
  for (int i = 0; i < 2; i++)
    if (node->inputs[i]) rename_collect(renaming, node->inputs[i]);
  for (uint32_t c = 0; c < node->column_count; c++) {
    ColumnId id = node->columns[c].id;
    if (!renaming->ids[id]) renaming->ids[id] = renaming->context->next_id++;
  }
}

static Expr *rename_column(void *context, const Expr *column) {
  Renaming *renaming = context;
  if (column->column >= renaming->limit || !renaming->ids[column->column]) return NULL;
  return expr_column(renaming->context->arena, renaming->ids[column->column], column->type,
                     column->position);
}

static Expr *rename_expr(void *context, Expr *expr) {
  Renaming *renaming = context;
  return expr_map_columns(renaming->context->arena, expr, rename_column, renaming);
}

static Logical *rename_tree(Renaming *renaming, const Logical *node) {
  Arena *arena = renaming->context->arena;
  Logical *copy = ARENA_NEW(arena, Logical);
  *copy = *node;
  for (int i = 0; i < 2; i++)
    copy->inputs[i] = node->inputs[i] ? rename_tree(renaming, node->inputs[i]) : NULL;
  copy->columns = ARENA_ARRAY(arena, LogicalColumn, node->column_count);
  for (uint32_t c = 0; c < node->column_count; c++) {
    copy->columns[c] = node->columns[c];
    copy->columns[c].id = renaming->ids[node->columns[c].id];
  }
  Mapping mapping = {arena, rename_expr, renaming};
  map_own(&mapping, copy);
  return copy;
}

Logical *logical_copy(LogicalContext *context, const Logical *node) {
  Renaming renaming = {.context = context, .limit = context->next_id};
  renaming.ids = mem_alloc_zero((size_t)context->next_id * sizeof *renaming.ids);
  rename_collect(&renaming, node);
  Logical *copy = rename_tree(&renaming, node);
  mem_free(renaming.ids);
  return copy;
}

// ---------------------------------------------------------------- who reads whom

typedef struct Reading {
  const Logical *other;
  bool found;
} Reading;

static void read_column(void *context, const Expr *column) {
  Reading *reading = context;
  if (!reading->found && logical_column(reading->other, column->column)) reading->found = true;
}

static void read_expr(void *context, const Expr *expr) {
  expr_visit_columns(expr, read_column, context);
}

bool expr_reads(const Expr *expr, const Logical *other) {
  Reading reading = {other, false};
  if (expr) read_expr(&reading, expr);
  return reading.found;
}

bool logical_reads(const Logical *node, const Logical *other) {
  Reading reading = {other, false};
  logical_visit_exprs(node, read_expr, &reading);
  for (int i = 0; i < 2 && !reading.found; i++)
    if (node->inputs[i]) reading.found = logical_reads(node->inputs[i], other);
  return reading.found;
}

typedef struct Closing {
  const Logical *node;
  bool closed;
} Closing;

static void close_column(void *context, const Expr *column) {
  Closing *closing = context;
  bool known = false;
  for (int i = 0; i < 2 && !known; i++)
    known = closing->node->inputs[i] && logical_column(closing->node->inputs[i], column->column);
  if (!known) closing->closed = false;
}

static void close_expr(void *context, const Expr *expr) {
  expr_visit_columns(expr, close_column, context);
}

bool logical_is_closed(const Logical *node) {
  Closing closing = {node, true};
  logical_visit_exprs(node, close_expr, &closing);
  for (int i = 0; i < 2 && closing.closed; i++)
    if (node->inputs[i]) closing.closed = logical_is_closed(node->inputs[i]);
  return closing.closed;
}

static void fail_expr(void *context, const Expr *expr) {
  bool *fails = context;
  *fails |= expr_can_fail(expr);
}

bool logical_can_fail(const Logical *node) {
  bool fails = node->kind == LOGICAL_JOIN && node->join.kind == JOIN_SINGLE;
  if (node->kind == LOGICAL_SHARED) return logical_can_fail(node->shared.of->tree);
  if (node->kind == LOGICAL_SERIES) // whose step may be 0, unless it is known
    fails = node->series.step->kind != EXPR_CONSTANT;
  if (!fails) logical_visit_exprs(node, fail_expr, &fails);
  for (int i = 0; i < 2 && !fails; i++)
    if (node->inputs[i]) fails = logical_can_fail(node->inputs[i]);
  return fails;
}
