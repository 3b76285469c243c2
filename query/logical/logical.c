// Making the nodes of the logical tree: each constructor derives the output columns of its node.
//
// The idea: a column keeps its ColumnId as long as its value does. Filters, sorts, limits and joins
// hand their inputs' columns on; a projection or an aggregation gives a new id to what it computes
// and keeps the id of a column that it merely passes through. So a pass may move a filter below a
// projection without rewriting it. Ids are unique among the outputs of a node: a column that a
// projection passes through twice has a new id the second time. And what a node gives out is its
// own: a column of a query around it that it gives out as it is has a new id too, for an outer join
// above makes this one NULL and not that one.
#include "logical.h"
#include <stdarg.h>
#include <stdio.h>

void logical_note(LogicalContext *context, const char *format, ...) {
  va_list args;
  va_start(args, format);
  char text[512];
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  const char **notes = ARENA_ARRAY(context->arena, const char *, context->note_count + 1);
  for (uint32_t n = 0; n < context->note_count; n++) notes[n] = context->notes[n];
  notes[context->note_count++] = arena_strdup(context->arena, text);
  context->notes = notes;
}

static Logical *node_new(LogicalContext *context, LogicalKind kind, Logical *left, Logical *right) {
  Logical *node = ARENA_NEW(context->arena, Logical);
  node->kind = kind;
  node->inputs[0] = left;
  node->inputs[1] = right;
  return node;
}

static void node_make_columns(LogicalContext *context, Logical *node, uint32_t count) {
  node->columns = ARENA_ARRAY(context->arena, LogicalColumn, count);
  node->column_count = count;
}

static void node_pass_columns(Logical *node) {
  node->columns = node->inputs[0]->columns;
  node->column_count = node->inputs[0]->column_count;
}

static void *arena_copy(Arena *arena, const void *bytes, size_t size_bytes) {
  void *copy = arena_alloc(arena, size_bytes);
  if (size_bytes) memcpy(copy, bytes, size_bytes);
  return copy;
}

static const char *copy_name(LogicalContext *context, const char *name) {
  return name ? arena_strdup(context->arena, name) : "?column?";
}

static bool columns_have(const LogicalColumn *columns, uint32_t count, ColumnId id) {
  for (uint32_t i = 0; i < count; i++)
    if (columns[i].id == id) return true;
  return false;
}

// Whether the expression is a column of the input, and the first of these outputs to be it.
static bool is_passed_on(const Expr *expr, const Logical *input, const LogicalColumn *outputs,
                         uint32_t count) {
  return expr->kind == EXPR_COLUMN && logical_column(input, expr->column) &&
         !columns_have(outputs, count, expr->column);
}

// Whether expr may be NULL, as far as its shape tells.
static bool expr_nullable(const Expr *expr, const Logical *input) {
  switch ((ExprKind)expr->kind) {
  case EXPR_COLUMN: {
    const LogicalColumn *column = input ? logical_column(input, expr->column) : NULL;
    return !column || column->nullable;
  }
  case EXPR_CONSTANT:
    return expr->value.is_null;
  case EXPR_IS_NULL:
    return false;
  case EXPR_CALL:
    switch (expr->function) {
    case FUNCTION_NOT_DISTINCT:
      return false;
    case FUNCTION_NULLIF:
    case FUNCTION_RATIO:
    case FUNCTION_REGEXP_SUBSTR:
    case FUNCTION_REGEXP_MATCH:
    case FUNCTION_ARRAY_ITEM:
    case FUNCTION_ARRAY_HAS:
    case FUNCTION_ARRAY_POSITION:
      return true;
    case FUNCTION_COALESCE:
    case FUNCTION_GREATEST:
    case FUNCTION_LEAST: // NULL only when every argument is
      for (uint32_t i = 0; i < expr->arg_count; i++)
        if (!expr_nullable(expr->args[i], input)) return false;
      return true;
    default:
      break;
    }
    break;
  case EXPR_CASE:
    if (expr->arg_count % 2 == 0) return true; // no ELSE
    for (uint32_t i = 0; i < expr->arg_count; i++) {
      bool is_when = i % 2 == 0 && i + 1 < expr->arg_count;
      if (!is_when && expr_nullable(expr->args[i], input)) return true;
    }
    return false;
  case EXPR_PARAMETER:
    return true;
  default:
    break;
  }
  for (uint32_t i = 0; i < expr->arg_count; i++)
    if (expr_nullable(expr->args[i], input)) return true;
  return false;
}

bool logical_expr_nullable(const Logical *input, const Expr *expr) {
  return expr_nullable(expr, input);
}

Logical *logical_scan(LogicalContext *context, const char *table, const char *alias,
                      const char *const *names, const Type *types, uint32_t count) {
  Logical *node = node_new(context, LOGICAL_SCAN, NULL, NULL);
  node_make_columns(context, node, count);
  node->scan.table = arena_strdup(context->arena, table);
  node->scan.alias = alias ? arena_strdup(context->arena, alias) : NULL;
  node->scan.names = ARENA_ARRAY(context->arena, const char *, count);
  for (uint32_t i = 0; i < count; i++) {
    node->scan.names[i] = arena_strdup(context->arena, names[i]);
    node->columns[i] =
        (LogicalColumn){context->next_id++, node->scan.names[i], types[i], .nullable = true};
  }
  return node;
}

Logical *logical_values(LogicalContext *context, Expr **rows, uint32_t row_count,
                        const char *const *names, const Type *types, uint32_t column_count) {
  Logical *node = node_new(context, LOGICAL_VALUES, NULL, NULL);
  node_make_columns(context, node, column_count);
  node->values.row_count = row_count;
  node->values.rows = arena_copy(context->arena, rows, sizeof *rows * row_count * column_count);
  for (uint32_t i = 0; i < column_count; i++) {
    bool nullable = false;
    for (uint32_t r = 0; r < row_count && !nullable; r++)
      nullable = expr_nullable(rows[(size_t)r * column_count + i], NULL);
    node->columns[i] =
        (LogicalColumn){context->next_id++, copy_name(context, names[i]), types[i], nullable};
  }
  return node;
}

Logical *logical_filter(LogicalContext *context, Logical *input, Expr *predicate) {
  Logical *node = node_new(context, LOGICAL_FILTER, input, NULL);
  node_pass_columns(node);
  node->filter.predicate = predicate;
  return node;
}

Logical *logical_project(LogicalContext *context, Logical *input, Expr **exprs,
                         const char *const *names, uint32_t count) {
  Logical *node = node_new(context, LOGICAL_PROJECT, input, NULL);
  node_make_columns(context, node, count);
  node->project.exprs = arena_copy(context->arena, exprs, sizeof *exprs * count);
  for (uint32_t i = 0; i < count; i++) {
    bool kept = is_passed_on(exprs[i], input, node->columns, i);
    node->columns[i] =
        (LogicalColumn){kept ? exprs[i]->column : context->next_id++, copy_name(context, names[i]),
                        exprs[i]->type, expr_nullable(exprs[i], input)};
  }
  return node;
}

// The left side's columns, then (but for semi-, anti- and mark joins) the right side's. A mark join
// ends with its mark, which it has from before.
static void join_columns(LogicalContext *context, Logical *join) {
  const Logical *left = join->inputs[0], *right = join->inputs[1];
  bool mark = join->join.kind == JOIN_MARK;
  bool one_side = join->join.kind == JOIN_SEMI || join->join.kind == JOIN_ANTI || mark;
  uint32_t rights = one_side ? 0 : right->column_count;
  LogicalColumn own = mark ? join->columns[join->column_count - 1] : (LogicalColumn){0};
  join->column_count = left->column_count + rights + mark;
  join->columns = ARENA_ARRAY(context->arena, LogicalColumn, join->column_count);
  memcpy(join->columns, left->columns, left->column_count * sizeof *join->columns);
  memcpy(join->columns + left->column_count, right->columns, rights * sizeof *join->columns);
  for (uint32_t c = 0; c < join->column_count; c++) {
    bool of_right = c >= left->column_count;
    JoinKind kind = join->join.kind;
    bool left_outer = kind == JOIN_LEFT || kind == JOIN_SINGLE;
    if (kind == JOIN_FULL || (left_outer && of_right) || (kind == JOIN_RIGHT && !of_right))
      join->columns[c].nullable = true;
  }
  if (mark) join->columns[join->column_count - 1] = own;
}

Logical *logical_join(LogicalContext *context, Logical *left, Logical *right, JoinKind kind,
                      Expr *condition, bool null_safe) {
  Logical *node = node_new(context, LOGICAL_JOIN, left, right);
  node->join.kind = kind;
  node->join.condition = condition;
  node->join.null_safe = null_safe;
  LogicalColumn mark = {.name = "mark", .type = TYPE_OF_BOOL};
  if (kind == JOIN_MARK) {
    mark.id = context->next_id++;
    node->columns = &mark;
    node->column_count = 1;
  }
  join_columns(context, node);
  return node;
}

static bool call_nullable(AggregateId id) {
  return !aggregate_has(id, AGGREGATE_NEVER_NULL);
}

Logical *logical_aggregate(LogicalContext *context, Logical *input, Expr **keys,
                           const char *const *key_names, uint32_t key_count,
                           const AggregateCall *calls, const char *const *call_names,
                           uint32_t call_count, const uint64_t *sets, uint32_t set_count,
                           bool has_grouping_id) {
  uint64_t all = key_count < 64 ? (UINT64_C(1) << key_count) - 1 : UINT64_MAX;
  if (set_count == 0) {
    sets = &all;
    set_count = 1;
  }
  Logical *node = node_new(context, LOGICAL_AGGREGATE, input, NULL);
  node_make_columns(context, node, key_count + call_count + has_grouping_id);
  node->aggregate.keys = arena_copy(context->arena, keys, sizeof *keys * key_count);
  node->aggregate.key_count = key_count;
  node->aggregate.calls = arena_copy(context->arena, calls, sizeof *calls * call_count);
  node->aggregate.call_count = call_count;
  node->aggregate.sets = arena_copy(context->arena, sets, sizeof *sets * set_count);
  node->aggregate.set_count = set_count;
  node->aggregate.has_grouping_id = has_grouping_id;

  LogicalColumn *column = node->columns;
  for (uint32_t i = 0; i < key_count; i++) {
    bool grouped = true; // in every set
    for (uint32_t s = 0; s < set_count; s++) grouped = grouped && (i >= 64 || sets[s] >> i & 1);
    bool kept = set_count == 1 && grouped && is_passed_on(keys[i], input, node->columns, i);
    *column++ = (LogicalColumn){kept ? keys[i]->column : context->next_id++,
                                copy_name(context, key_names[i]), keys[i]->type,
                                !grouped || expr_nullable(keys[i], input)};
  }
  for (uint32_t i = 0; i < call_count; i++)
    *column++ = (LogicalColumn){context->next_id++, copy_name(context, call_names[i]),
                                calls[i].type, call_nullable(calls[i].id)};
  if (has_grouping_id)
    *column = (LogicalColumn){context->next_id++, "grouping_id", TYPE_OF_INT, .nullable = false};
  return node;
}

Logical *logical_sort(LogicalContext *context, Logical *input, const SortKey *keys,
                      uint32_t count) {
  Logical *node = node_new(context, LOGICAL_SORT, input, NULL);
  node_pass_columns(node);
  node->sort.keys = arena_copy(context->arena, keys, sizeof *keys * count);
  node->sort.key_count = count;
  return node;
}

Logical *logical_limit(LogicalContext *context, Logical *input, int64_t limit, int64_t offset) {
  Logical *node = node_new(context, LOGICAL_LIMIT, input, NULL);
  node_pass_columns(node);
  node->limit.limit = limit;
  node->limit.offset = offset;
  return node;
}

// The input's columns, then the value's.
static void series_columns(LogicalContext *context, Logical *node, LogicalColumn value) {
  const Logical *input = node->inputs[0];
  node_make_columns(context, node, input->column_count + 1);
  memcpy(node->columns, input->columns, sizeof *input->columns * input->column_count);
  node->columns[input->column_count] = value;
}

Logical *logical_series(LogicalContext *context, Logical *input, Expr *start, Expr *stop,
                        Expr *step, const char *name) {
  Logical *node = node_new(context, LOGICAL_SERIES, input, NULL);
  node->series.start = start;
  node->series.stop = stop;
  node->series.step = step;
  LogicalColumn value = {context->next_id++, copy_name(context, name), start->type, false};
  series_columns(context, node, value);
  return node;
}

Logical *logical_recursion(LogicalContext *context, Logical *seed, Logical *term, uint32_t id,
                           bool all, int32_t position) {
  Logical *node = node_new(context, LOGICAL_RECURSION, seed, term);
  node_make_columns(context, node, seed->column_count);
  for (uint32_t c = 0; c < seed->column_count; c++) {
    node->columns[c] = seed->columns[c];
    node->columns[c].id = context->next_id++;
    node->columns[c].nullable = true; // what a round gives may be, from the rows before
  }
  node->recursion.id = id;
  node->recursion.all = all;
  node->recursion.position = position;
  return node;
}

Logical *logical_working(LogicalContext *context, uint32_t id, const char *const *names,
                         const Type *types, uint32_t count) {
  Logical *node = node_new(context, LOGICAL_WORKING, NULL, NULL);
  node_make_columns(context, node, count);
  for (uint32_t c = 0; c < count; c++)
    node->columns[c] =
        (LogicalColumn){context->next_id++, copy_name(context, names[c]), types[c], true};
  node->working.id = id;
  return node;
}

Logical *logical_shared(LogicalContext *context, SharedTree *of, bool new_ids) {
  Logical *node = node_new(context, LOGICAL_SHARED, NULL, NULL);
  node_make_columns(context, node, of->tree->column_count);
  for (uint32_t c = 0; c < node->column_count; c++) {
    node->columns[c] = of->tree->columns[c];
    if (new_ids) node->columns[c].id = context->next_id++;
  }
  node->shared.of = of;
  return node;
}

static uint32_t shared_add(const Logical *node, SharedTree **found, uint32_t count) {
  for (int i = 0; i < 2; i++)
    if (node->inputs[i]) count = shared_add(node->inputs[i], found, count);
  if (node->kind != LOGICAL_SHARED) return count;
  for (uint32_t f = 0; f < count; f++)
    if (found[f] == node->shared.of) return count;
  found[count++] = node->shared.of;
  return shared_add(node->shared.of->tree, found, count);
}

uint32_t logical_shared_trees(const Logical *node, SharedTree *found[SHARED_MAX]) {
  return shared_add(node, found, 0);
}

// The input's columns, then those that the calls had.
static void window_columns(LogicalContext *context, Logical *node, const LogicalColumn *calls) {
  const Logical *input = node->inputs[0];
  node_make_columns(context, node, input->column_count + node->window.call_count);
  memcpy(node->columns, input->columns, sizeof *input->columns * input->column_count);
  memcpy(node->columns + input->column_count, calls, sizeof *calls * node->window.call_count);
}

Logical *logical_window(LogicalContext *context, Logical *input, Expr **partition,
                        uint32_t partition_count, const SortKey *order, uint32_t order_count,
                        const WindowCall *calls, const char *const *call_names,
                        uint32_t call_count) {
  Logical *node = node_new(context, LOGICAL_WINDOW, input, NULL);
  LogicalColumn *columns = ARENA_ARRAY(context->arena, LogicalColumn, call_count);
  node->window.partition =
      arena_copy(context->arena, partition, sizeof *partition * partition_count);
  node->window.partition_count = partition_count;
  node->window.order = arena_copy(context->arena, order, sizeof *order * order_count);
  node->window.order_count = order_count;
  node->window.calls = arena_copy(context->arena, calls, sizeof *calls * call_count);
  node->window.call_count = call_count;
  for (uint32_t i = 0; i < call_count; i++)
    columns[i] = (LogicalColumn){context->next_id++, copy_name(context, call_names[i]),
                                 calls[i].type, .nullable = calls[i].function >= WINDOW_NTILE};
  window_columns(context, node, columns);
  return node;
}

Expr *logical_row_range(LogicalContext *context, const Logical *node, int64_t offset,
                        int64_t limit) {
  Arena *arena = context->arena;
  Expr *number = logical_ref(context, node, node->column_count - 1);
  Expr *low[] = {number, expr_int(arena, offset)};
  Expr *range = expr_call(arena, FUNCTION_GREATER, TYPE_OF_BOOL, low, 2, -1);
  int64_t last;
  if (limit < 0 || __builtin_add_overflow(limit, offset, &last)) return range;
  Expr *high[] = {number, expr_int(arena, last)};
  return expr_and(arena, range, expr_call(arena, FUNCTION_LESS_EQUAL, TYPE_OF_BOOL, high, 2, -1));
}

Logical *logical_union(LogicalContext *context, Logical *left, Logical *right) {
  Logical *node = node_new(context, LOGICAL_UNION, left, right);
  node_make_columns(context, node, left->column_count);
  for (uint32_t i = 0; i < left->column_count; i++) {
    node->columns[i] = left->columns[i];
    node->columns[i].id = context->next_id++;
    node->columns[i].nullable = left->columns[i].nullable || right->columns[i].nullable;
  }
  return node;
}

Logical *logical_with_inputs(LogicalContext *context, const Logical *node, Logical *left,
                             Logical *right) {
  Logical *copy = ARENA_NEW(context->arena, Logical);
  *copy = *node;
  copy->inputs[0] = left;
  copy->inputs[1] = right;
  switch (node->kind) {
  case LOGICAL_FILTER:
  case LOGICAL_SORT:
  case LOGICAL_LIMIT:
    copy->columns = left->columns;
    copy->column_count = left->column_count;
    break;
  case LOGICAL_JOIN:
    join_columns(context, copy);
    break;
  case LOGICAL_SERIES:
    series_columns(context, copy, node->columns[node->column_count - 1]);
    break;
  case LOGICAL_WINDOW:
    window_columns(context, copy, node->columns + node->column_count - node->window.call_count);
    break;
  default:
    break;
  }
  return copy;
}

Logical *logical_replace(LogicalContext *context, Logical *node, const Logical *leaf,
                         Logical *tree) {
  if (node == leaf) return tree;
  Logical *inputs[2];
  bool changed = false;
  for (int i = 0; i < 2; i++) {
    inputs[i] = node->inputs[i] ? logical_replace(context, node->inputs[i], leaf, tree) : NULL;
    changed |= inputs[i] != node->inputs[i];
  }
  return changed ? logical_with_inputs(context, node, inputs[0], inputs[1]) : node;
}

const LogicalColumn *logical_column(const Logical *node, ColumnId id) {
  for (uint32_t i = 0; i < node->column_count; i++)
    if (node->columns[i].id == id) return &node->columns[i];
  return NULL;
}

Expr *logical_ref(LogicalContext *context, const Logical *node, uint32_t index) {
  return expr_column(context->arena, node->columns[index].id, node->columns[index].type, -1);
}
