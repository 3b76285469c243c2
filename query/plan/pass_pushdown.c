// Filters move towards the scans.
//
// `push` takes the conjuncts that are to hold above a node, hands those that an input can answer to
// that input, and leaves the rest in a Filter on top. What stops a conjunct: a limit, an aggregate
// whose key it is not (in every grouping set), the NULL-giving side of an outer join.
//
// The conjuncts are kept in the order in which they guard each other: what holds below before what
// is asked above. One that may raise an error (10 / b > 1) follows those before it, the conditions
// of joins among them, and goes no deeper than each of them: it is computed for no row that an
// inner WHERE drops.
#include "logical_walk.h"
#include "optimize.h"

typedef struct Conjuncts {
  Expr **items;
  uint32_t count;
} Conjuncts;

static Conjuncts conjuncts_make(LogicalContext *context, uint32_t capacity) {
  return (Conjuncts){ARENA_ARRAY(context->arena, Expr *, capacity + 1), 0};
}

// Those of a condition further down, then those from above.
static Conjuncts conjuncts_below(LogicalContext *context, Expr *below, Conjuncts above) {
  Expr **items;
  uint32_t count = expr_conjuncts(context->arena, below, &items);
  Conjuncts all = conjuncts_make(context, above.count + count);
  for (uint32_t i = 0; i < count; i++) all.items[all.count++] = items[i];
  for (uint32_t i = 0; i < above.count; i++) all.items[all.count++] = above.items[i];
  return all;
}

static Expr *conjuncts_and(LogicalContext *context, Conjuncts conjuncts) {
  return expr_and_all(context->arena, conjuncts.items, conjuncts.count);
}

// What may fail stands in a filter above those that guard it: a filter's own conjuncts may be
// computed in any order.
static Logical *filter_over(LogicalContext *context, Logical *node, Conjuncts conjuncts) {
  for (uint32_t start = 0, end; start < conjuncts.count; start = end) {
    bool fails = expr_can_fail(conjuncts.items[start]);
    end = start + 1;
    while (end < conjuncts.count && expr_can_fail(conjuncts.items[end]) == fails) end++;
    Conjuncts alike = {conjuncts.items + start, end - start};
    node = logical_filter(context, node, conjuncts_and(context, alike));
  }
  return node;
}

// Whether a conjunct may go below a node to where `below` go, of the `before` conjuncts before it.
static bool may_follow(const Expr *item, Conjuncts below, uint32_t before) {
  return below.count == before || !expr_can_fail(item);
}

static Logical *push(LogicalContext *context, Logical *node, Conjuncts conjuncts);

static bool expr_has_columns(const Expr *expr) {
  if (expr->kind == EXPR_COLUMN) return true;
  for (uint32_t i = 0; i < expr->arg_count; i++)
    if (expr_has_columns(expr->args[i])) return true;
  return false;
}

// Whether a NULL in the columns it reads keeps the predicate from being true.
static bool rejects_null(const Expr *expr) {
  switch ((ExprKind)expr->kind) {
  case EXPR_COLUMN:
    return true;
  case EXPR_IN:
  case EXPR_IN_SET:
  case EXPR_CAST:
    return rejects_null(expr->args[0]);
  case EXPR_AND:
    for (uint32_t i = 0; i < expr->arg_count; i++)
      if (rejects_null(expr->args[i])) return true;
    return false;
  case EXPR_OR:
    for (uint32_t i = 0; i < expr->arg_count; i++)
      if (!rejects_null(expr->args[i])) return false;
    return true;
  case EXPR_CALL:
    if (expr->function == FUNCTION_NOT_DISTINCT || expr->function == FUNCTION_COALESCE ||
        expr->function == FUNCTION_NULLIF || expr->function == FUNCTION_GREATEST ||
        expr->function == FUNCTION_LEAST)
      return false;
    if (expr->function == FUNCTION_ARRAY_MAKE || expr->function == FUNCTION_ARRAY_CAT) return false;
    if (expr->function == FUNCTION_CONCAT_WS || expr->function == FUNCTION_ARRAY_HAS ||
        expr->function == FUNCTION_ARRAY_POSITION || expr->function == FUNCTION_ARRAY_REMOVE ||
        expr->function == FUNCTION_STRING_TO_ARRAY || expr->function == FUNCTION_ARRAY_TO_STRING)
      return rejects_null(expr->args[0]);
    for (uint32_t i = 0; i < expr->arg_count; i++)
      if (rejects_null(expr->args[i])) return true;
    return false;
  default:
    return false;
  }
}

// What the condition of an outer or one-sided join says of its right side alone chooses who may be
// a partner: it goes there; and to the left what a semi-join says of that side alone. What can fail
// stays, to be asked of pairs only. Returns the rest.
static Expr *split_condition(LogicalContext *context, const Logical *node, JoinKind kind,
                             Conjuncts *lefts, Conjuncts *rights) {
  Expr **items;
  uint32_t count = expr_conjuncts(context->arena, node->join.condition, &items);
  Conjuncts rest = conjuncts_make(context, count);
  bool splits = !node->join.null_safe && kind != JOIN_RIGHT && kind != JOIN_FULL;
  for (uint32_t i = 0; i < count; i++) {
    bool moves = splits && expr_has_columns(items[i]) && !expr_can_fail(items[i]);
    if (moves && expr_reads_only(items[i], node->inputs[1]))
      rights->items[rights->count++] = items[i];
    else if (moves && kind == JOIN_SEMI && expr_reads_only(items[i], node->inputs[0]))
      lefts->items[lefts->count++] = items[i];
    else
      rest.items[rest.count++] = items[i];
  }
  return rest.count ? conjuncts_and(context, rest) : expr_bool(context->arena, true);
}

// One row of a right side that is only asked whether it has any tells as much as all.
static Logical *one_row_is_enough(LogicalContext *context, const Logical *node, Logical *right) {
  JoinKind kind = node->join.kind;
  bool one_side = kind == JOIN_SEMI || kind == JOIN_ANTI || kind == JOIN_MARK;
  if (!one_side || node->join.null_safe || right->kind == LOGICAL_LIMIT ||
      expr_reads(node->join.condition, right))
    return right;
  return logical_limit(context, right, 1, 0);
}

static Logical *push_join(LogicalContext *context, Logical *node, Conjuncts conjuncts) {
  Logical *left = node->inputs[0], *right = node->inputs[1];
  JoinKind kind = node->join.kind;
  Expr *condition = node->join.condition;
  for (uint32_t i = 0; kind == JOIN_LEFT && i < conjuncts.count; i++)
    if (expr_has_columns(conjuncts.items[i]) && expr_reads_only(conjuncts.items[i], right) &&
        rejects_null(conjuncts.items[i]))
      kind = JOIN_INNER;
  bool inner = kind == JOIN_INNER || kind == JOIN_CROSS;
  if (inner && !node->join.null_safe) { // the condition's conjuncts are as good as the filter's
    conjuncts = conjuncts_below(context, condition, conjuncts);
    condition = NULL;
  }
  bool into_left = inner || kind == JOIN_LEFT || kind == JOIN_SEMI || kind == JOIN_ANTI ||
                   kind == JOIN_SINGLE || kind == JOIN_MARK;
  bool drops = kind == JOIN_SEMI || kind == JOIN_ANTI; // rows, by what is no conjunct
  Expr **items;
  uint32_t in_condition = expr_conjuncts(context->arena, condition, &items);
  Conjuncts lefts = conjuncts_make(context, conjuncts.count + in_condition);
  Conjuncts rights = conjuncts_make(context, conjuncts.count + in_condition);
  Conjuncts both = conjuncts_make(context, conjuncts.count);
  Conjuncts above = conjuncts_make(context, conjuncts.count);
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    Expr *item = conjuncts.items[i];
    bool columns = expr_has_columns(item);
    bool of_left = columns && into_left && expr_reads_only(item, left);
    bool of_right = columns && inner && expr_reads_only(item, right);
    if (of_left && !(drops && expr_can_fail(item)) && may_follow(item, lefts, i))
      lefts.items[lefts.count++] = item;
    else if (of_right && may_follow(item, rights, i))
      rights.items[rights.count++] = item;
    else if (of_left || of_right || !inner || node->join.null_safe)
      above.items[above.count++] = item;
    else
      both.items[both.count++] = item;
  }
  if (condition) condition = split_condition(context, node, kind, &lefts, &rights);
  Logical *copy =
      logical_with_inputs(context, node, push(context, left, lefts), push(context, right, rights));
  copy->join.kind = kind;
  copy->join.condition = condition;
  copy->inputs[1] = one_row_is_enough(context, copy, copy->inputs[1]);
  if (inner && !node->join.null_safe) {
    copy->join.condition = conjuncts_and(context, both);
    copy->join.kind = copy->join.condition ? JOIN_INNER : JOIN_CROSS;
  }
  copy = logical_with_inputs(context, copy, copy->inputs[0], copy->inputs[1]); // nullability
  return filter_over(context, copy, above);
}

static Expr *substitute(void *context, const Expr *column) {
  const Logical *project = context;
  for (uint32_t c = 0; c < project->column_count; c++)
    if (project->columns[c].id == column->column) return project->project.exprs[c];
  return NULL;
}

// A conjunct over what is projected becomes one over what it is projected from.
static Logical *push_project(LogicalContext *context, Logical *node, Conjuncts conjuncts) {
  Conjuncts below = conjuncts_make(context, conjuncts.count);
  for (uint32_t i = 0; i < conjuncts.count; i++)
    below.items[below.count++] =
        expr_map_columns(context->arena, conjuncts.items[i], substitute, node);
  return logical_with_inputs(context, node, push(context, node->inputs[0], below), NULL);
}

static Expr *substitute_key(void *context, const Expr *column) {
  const Logical *aggregate = context;
  for (uint32_t k = 0; k < aggregate->aggregate.key_count; k++)
    if (aggregate->columns[k].id == column->column) return aggregate->aggregate.keys[k];
  return NULL;
}

typedef struct KeyCheck {
  const Logical *aggregate;
  bool keys_only;
} KeyCheck;

static void check_key(void *context, const Expr *column) {
  KeyCheck *check = context;
  const Logical *node = check->aggregate;
  for (uint32_t k = 0; k < node->aggregate.key_count; k++) {
    if (node->columns[k].id != column->column) continue;
    for (uint32_t s = 0; s < node->aggregate.set_count; s++)
      if (!(node->aggregate.sets[s] >> k & 1)) check->keys_only = false;
    return;
  }
  check->keys_only = false;
}

static Logical *push_aggregate(LogicalContext *context, Logical *node, Conjuncts conjuncts) {
  Conjuncts below = conjuncts_make(context, conjuncts.count), rest = below;
  rest = conjuncts_make(context, conjuncts.count);
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    KeyCheck check = {node, expr_has_columns(conjuncts.items[i])};
    expr_visit_columns(conjuncts.items[i], check_key, &check);
    if (check.keys_only && may_follow(conjuncts.items[i], below, i))
      below.items[below.count++] =
          expr_map_columns(context->arena, conjuncts.items[i], substitute_key, node);
    else
      rest.items[rest.count++] = conjuncts.items[i];
  }
  Logical *copy = logical_with_inputs(context, node, push(context, node->inputs[0], below), NULL);
  return filter_over(context, copy, rest);
}

typedef struct PartitionCheck {
  const Logical *window;
  bool keys_only;
} PartitionCheck;

static void check_partition(void *context, const Expr *column) {
  PartitionCheck *check = context;
  const Logical *node = check->window;
  for (uint32_t k = 0; k < node->window.partition_count; k++)
    if (node->window.partition[k]->kind == EXPR_COLUMN &&
        node->window.partition[k]->column == column->column)
      return;
  check->keys_only = false;
}

// A conjunct over the partition's keys keeps or drops whole partitions.
static Logical *push_window(LogicalContext *context, Logical *node, Conjuncts conjuncts) {
  Conjuncts below = conjuncts_make(context, conjuncts.count), rest = below;
  rest = conjuncts_make(context, conjuncts.count);
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    PartitionCheck check = {node, expr_has_columns(conjuncts.items[i])};
    expr_visit_columns(conjuncts.items[i], check_partition, &check);
    if (check.keys_only && may_follow(conjuncts.items[i], below, i))
      below.items[below.count++] = conjuncts.items[i];
    else
      rest.items[rest.count++] = conjuncts.items[i];
  }
  Logical *copy = logical_with_inputs(context, node, push(context, node->inputs[0], below), NULL);
  return filter_over(context, copy, rest);
}

typedef struct ValueCheck {
  ColumnId value;
  bool found;
} ValueCheck;

static void check_value(void *context, const Expr *column) {
  ValueCheck *check = context;
  check->found |= column->column == check->value;
}

// A conjunct over the input's columns drops all values of a row, but one that may fail is not to be
// computed for a row that has none.
static Logical *push_series(LogicalContext *context, Logical *node, Conjuncts conjuncts) {
  Conjuncts below = conjuncts_make(context, conjuncts.count);
  Conjuncts rest = conjuncts_make(context, conjuncts.count);
  ColumnId value = node->columns[node->column_count - 1].id;
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    Expr *conjunct = conjuncts.items[i];
    ValueCheck check = {value, false};
    expr_visit_columns(conjunct, check_value, &check);
    if (!check.found && !expr_can_fail(conjunct) && may_follow(conjunct, below, i))
      below.items[below.count++] = conjunct;
    else
      rest.items[rest.count++] = conjunct;
  }
  Logical *copy = logical_with_inputs(context, node, push(context, node->inputs[0], below), NULL);
  return filter_over(context, copy, rest);
}

static Logical *push(LogicalContext *context, Logical *node, Conjuncts conjuncts) {
  Conjuncts none = {0};
  switch (node->kind) {
  case LOGICAL_FILTER:
    return push(context, node->inputs[0],
                conjuncts_below(context, node->filter.predicate, conjuncts));
  case LOGICAL_PROJECT:
    return push_project(context, node, conjuncts);
  case LOGICAL_JOIN:
    return push_join(context, node, conjuncts);
  case LOGICAL_AGGREGATE:
    return push_aggregate(context, node, conjuncts);
  case LOGICAL_WINDOW:
    return push_window(context, node, conjuncts);
  case LOGICAL_SERIES:
    return push_series(context, node, conjuncts);
  case LOGICAL_SORT:
    return logical_with_inputs(context, node, push(context, node->inputs[0], conjuncts), NULL);
  case LOGICAL_LIMIT:
    return filter_over(
        context, logical_with_inputs(context, node, push(context, node->inputs[0], none), NULL),
        conjuncts);
  case LOGICAL_UNION:
  case LOGICAL_RECURSION:
    return filter_over(context,
                       logical_with_inputs(context, node, push(context, node->inputs[0], none),
                                           push(context, node->inputs[1], none)),
                       conjuncts);
  default:
    return filter_over(context, node, conjuncts);
  }
}

Logical *pass_pushdown(LogicalContext *context, const Root *root, Logical *tree) {
  (void)root;
  Conjuncts none = {0};
  return push(context, tree, none);
}
