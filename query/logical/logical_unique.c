// See logical_unique.h. Keys come from scans (the table's unique key) and aggregations (what they
// group by); what keeps or drops whole rows keeps uniqueness.
#include "logical_unique.h"

static bool ids_have(const ColumnId *ids, uint32_t count, ColumnId id) {
  for (uint32_t i = 0; i < count; i++)
    if (ids[i] == id) return true;
  return false;
}

static bool scan_is_unique(const Logical *node, const ColumnId *ids, uint32_t count) {
  for (uint32_t c = 0; node->scan.key && c < node->column_count; c++)
    if (strcmp(node->scan.names[c], node->scan.key) == 0)
      return ids_have(ids, count, node->columns[c].id);
  return false;
}

static bool aggregate_is_unique(const Logical *node, const ColumnId *ids, uint32_t count) {
  if (node->aggregate.set_count > 1) return false;
  for (uint32_t k = 0; k < node->aggregate.key_count; k++)
    if (node->aggregate.sets[0] >> k & 1 && !ids_have(ids, count, node->columns[k].id))
      return false;
  return true;
}

// Of the input, the columns that stand behind these outputs of a projection.
static bool project_is_unique(const Logical *node, const ColumnId *ids, uint32_t count) {
  ColumnId below[64];
  uint32_t found = 0;
  for (uint32_t c = 0; c < node->column_count && found < sizeof below / sizeof *below; c++)
    if (node->project.exprs[c]->kind == EXPR_COLUMN && ids_have(ids, count, node->columns[c].id))
      below[found++] = node->project.exprs[c]->column;
  return logical_is_unique(node->inputs[0], below, found);
}

static bool shared_is_unique(const Logical *node, const ColumnId *ids, uint32_t count) {
  ColumnId below[64];
  uint32_t found = 0;
  for (uint32_t c = 0; c < node->column_count && found < sizeof below / sizeof *below; c++)
    if (ids_have(ids, count, node->columns[c].id))
      below[found++] = node->shared.of->tree->columns[c].id;
  return logical_is_unique(node->shared.of->tree, below, found);
}

bool logical_is_unique(const Logical *node, const ColumnId *ids, uint32_t count) {
  switch (node->kind) {
  case LOGICAL_SCAN:
    return scan_is_unique(node, ids, count);
  case LOGICAL_VALUES:
    return node->values.row_count <= 1;
  case LOGICAL_AGGREGATE:
    return aggregate_is_unique(node, ids, count);
  case LOGICAL_PROJECT:
    return project_is_unique(node, ids, count);
  case LOGICAL_LIMIT:
    if (node->limit.limit == 0 || node->limit.limit == 1) return true;
    return logical_is_unique(node->inputs[0], ids, count);
  case LOGICAL_SHARED:
    return shared_is_unique(node, ids, count);
  case LOGICAL_FILTER:
  case LOGICAL_SORT:
  case LOGICAL_WINDOW:
    return logical_is_unique(node->inputs[0], ids, count);
  case LOGICAL_JOIN:
    if (node->join.kind != JOIN_SEMI && node->join.kind != JOIN_ANTI &&
        node->join.kind != JOIN_SINGLE && node->join.kind != JOIN_MARK)
      return false;
    return logical_is_unique(node->inputs[0], ids, count);
  default:
    return false;
  }
}

// ---------------------------------------------------------------- joins

typedef struct Fixed { // columns of `right` that the condition makes equal to something of `left`
  const Logical *left, *right;
  ColumnId *ids;
  uint32_t count, capacity;
} Fixed;

typedef struct Reads {
  const Logical *node;
  bool only;
} Reads;

static void reads_visit(void *context, const Expr *column) {
  Reads *reads = context;
  if (!logical_column(reads->node, column->column)) reads->only = false;
}

// A column, maybe made wider: values that differ stay different.
static const Expr *plain_column(const Expr *expr) {
  bool widened = expr->kind == EXPR_CAST && expr->args[0]->type.kind == TYPE_INT &&
                 (expr->type.kind == TYPE_INT || expr->type.kind == TYPE_DECIMAL);
  if (widened) expr = expr->args[0];
  return expr->kind == EXPR_COLUMN ? expr : NULL;
}

static void fixed_collect(Fixed *fixed, const Expr *condition) {
  for (uint32_t i = 0; condition->kind == EXPR_AND && i < condition->arg_count; i++)
    fixed_collect(fixed, condition->args[i]);
  if (condition->kind != EXPR_CALL || condition->function != FUNCTION_EQUAL) return;
  for (int side = 0; side < 2; side++) {
    const Expr *column = plain_column(condition->args[side]);
    Reads reads = {fixed->left, true};
    expr_visit_columns(condition->args[1 - side], reads_visit, &reads);
    if (column && reads.only && logical_column(fixed->right, column->column) &&
        fixed->count < fixed->capacity)
      fixed->ids[fixed->count++] = column->column;
  }
}

bool logical_join_is_single(LogicalContext *context, const Logical *left, const Logical *right,
                            const Expr *condition) {
  Fixed fixed = {.left = left, .right = right, .capacity = 64};
  fixed.ids = ARENA_ARRAY(context->arena, ColumnId, fixed.capacity);
  if (condition) fixed_collect(&fixed, condition);
  return logical_is_unique(right, fixed.ids, fixed.count);
}
