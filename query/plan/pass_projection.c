// Pass projection: an aggregation by a key that the table keeps a projection in the order of (the
// same rows, sorted by customer and day) reads that. Groups are then made block by block
// (decision 22): in cache, on all threads, with nothing to merge.
//
//   aggregate by customer            aggregate by customer
//     filter: date > ...       ─►      filter: date > ...
//       scan receipts                    scan receipts in the order of customer
//
// Only where groups are many, where the projection has all that is read, and where the table's own
// order does not let the scan skip most of what the projection would have to read.
#include "block_order.h"
#include "estimate.h"
#include "int_range.h"
#include "optimize.h"

#define KEYS_MIN ((uint64_t)BLOCK_ROWS) // a table of so few groups stays in cache anyhow
// Rows of a projection that are grouped in the time of one of the table as it lies.
#define ROWS_PER_ROW 2.5

typedef struct Pass {
  LogicalContext *context;
  const Root *root;
} Pass;

typedef struct Bounds { // what filters above a scan ask of its columns, as far as they are ranges
  IntRange *ranges;     // [column_count of the scan]
} Bounds;

// The scan whose rows, filtered or joined to others, the aggregation reads; NULL: none.
static const Logical *scan_below(const Logical *node) {
  for (;; node = node->inputs[0]) switch (node->kind) {
    case LOGICAL_SCAN:
      return node;
    case LOGICAL_FILTER:
    case LOGICAL_PROJECT:
      break;
    case LOGICAL_JOIN:
      if (node->join.kind == JOIN_RIGHT || node->join.kind == JOIN_FULL) return NULL;
      break;
    default:
      return NULL;
    }
}

// Not those that keep values in the order of the rows, or sets of them.
static bool calls_serve(const Logical *node) {
  for (uint32_t a = 0; a < node->aggregate.call_count; a++) {
    const AggregateCall *call = &node->aggregate.calls[a];
    if (call->id != AGGREGATE_COUNT_DISTINCT && !aggregate_call_is_plain(call)) return false;
  }
  return true;
}

// ---------------------------------------------------------------- what a scan can skip

static void range_meet(const Logical *scan, const Expr *conjunct, Bounds *bounds) {
  const Expr *column;
  const Value *constant;
  FunctionId function;
  IntRange range;
  if (!comparison_of_constant(conjunct, &column, &constant, &function) || constant->is_null ||
      type_physical(column->type) != PHYSICAL_INT || column->type.kind == TYPE_STRING ||
      !int_range_of(function, constant->i, &range))
    return;
  for (uint32_t c = 0; c < scan->column_count; c++) {
    if (scan->columns[c].id != column->column) continue;
    IntRange *own = &bounds->ranges[c];
    if (range.low > own->low) own->low = range.low;
    if (range.high < own->high) own->high = range.high;
  }
}

static Bounds bounds_find(const Pass *pass, const Logical *node, const Logical *scan) {
  Arena *arena = pass->context->arena;
  Bounds bounds = {ARENA_ARRAY(arena, IntRange, scan->column_count + 1)};
  for (uint32_t c = 0; c < scan->column_count; c++)
    bounds.ranges[c] = (IntRange){INT64_MIN, INT64_MAX};
  for (; node != scan; node = node->inputs[0]) {
    Expr **conjuncts;
    if (node->kind != LOGICAL_FILTER) continue;
    uint32_t count = expr_conjuncts(arena, node->filter.predicate, &conjuncts);
    for (uint32_t i = 0; i < count; i++) range_meet(scan, conjuncts[i], &bounds);
  }
  return bounds;
}

// Rows of the blocks that the bounds do not rule out; the table has all columns of the scan that
// are bounded.
static double rows_left(const Logical *scan, const Bounds *bounds, const Table *table) {
  uint64_t blocks = (table->row_count + BLOCK_ROWS - 1) / BLOCK_ROWS, left = 0;
  for (uint64_t b = 0; b < blocks; b++) {
    bool out = false;
    for (uint32_t c = 0; c < scan->column_count && !out; c++) {
      IntRange range = bounds->ranges[c];
      if (range.low == INT64_MIN && range.high == INT64_MAX) continue;
      const Column *column = table->columns[schema_find(table->schema, scan->scan.names[c])];
      const Block *block = column->blocks[b];
      out = block->min > range.high || block->max < range.low;
    }
    left += !out;
  }
  return (double)left * BLOCK_ROWS;
}

// ---------------------------------------------------------------- the projection

static bool has_all(const Table *table, const Logical *scan) {
  for (uint32_t c = 0; c < scan->column_count; c++)
    if (schema_find(table->schema, scan->scan.names[c]) < 0) return false;
  return true;
}

// Its own key would be asked for by row numbers, which a projection has others of.
static bool reads_own_key(const Table *table, const Logical *scan) {
  for (uint32_t c = 0; table->schema->key >= 0 && c < scan->column_count; c++)
    if (schema_find(table->schema, scan->scan.names[c]) == table->schema->key) return true;
  return false;
}

static bool lies_in_order(const Table *table, const char *name) {
  int32_t index = schema_find(table->schema, name);
  BlockOrder order;
  return index >= 0 &&
         block_order_of_column(table->columns[index], table->schema->columns[index].link, &order);
}

static bool keys_are_many(const Table *table, const char *name) {
  const Column *column = table->columns[schema_find(table->schema, name)];
  return column_physical(column) == PHYSICAL_INT && column->min <= column->max &&
         (uint64_t)column->max - (uint64_t)column->min > KEYS_MIN;
}

// The projection that has all that is read and lies in the order of the column, reading fewest
// rows: 1 + its number; 0: none, or the table as it lies would let `rows_max` rows be enough.
static uint32_t projection_find(const Table *table, const Logical *scan, const Bounds *bounds,
                                const char *name, double rows_max) {
  uint32_t found = 0;
  for (uint32_t p = 0; p < table->projection_count; p++) {
    const Table *projection = table->projections[p];
    if (!has_all(projection, scan) || !lies_in_order(projection, name)) continue;
    double rows = rows_left(scan, bounds, projection);
    if (rows > rows_max) continue;
    rows_max = rows;
    found = p + 1;
  }
  return found;
}

// `input`, in which the scan that column `key` comes from reads a projection in its order; the same
// where there is none, or it would not pay.
static Logical *input_in_order(Pass *pass, Logical *input, const Expr *key) {
  const Logical *scan = key->kind == EXPR_COLUMN ? scan_below(input) : NULL;
  const Table *table = scan ? root_find(pass->root, scan->scan.table) : NULL;
  const char *name;
  if (!table || !table->projection_count || reads_own_key(table, scan) ||
      column_origin(input, key->column, &name) != scan || !keys_are_many(table, name) ||
      lies_in_order(table, name))
    return input;
  Bounds bounds = bounds_find(pass, input, scan);
  uint32_t projection =
      projection_find(table, scan, &bounds, name, rows_left(scan, &bounds, table) * ROWS_PER_ROW);
  if (!projection) return input;
  Logical *other = ARENA_NEW(pass->context->arena, Logical);
  *other = *scan;
  other->scan.projection = projection;
  other->scan.order = name;
  return logical_replace(pass->context, input, scan, other);
}

static Logical *aggregate_rewrite(Pass *pass, Logical *node) {
  if (node->aggregate.set_count != 1 || !calls_serve(node)) return node;
  for (uint32_t k = 0; k < node->aggregate.key_count; k++) {
    if (!(node->aggregate.sets[0] >> k & 1)) continue;
    Logical *input = input_in_order(pass, node->inputs[0], node->aggregate.keys[k]);
    if (input != node->inputs[0]) return logical_with_inputs(pass->context, node, input, NULL);
  }
  return node;
}

// The right rows of a semi-join in the order of its key: those of a key meet the same left rows,
// which are then in cache.
static Logical *join_rewrite(Pass *pass, Logical *node) {
  Expr **conjuncts;
  if (node->join.kind != JOIN_SEMI && node->join.kind != JOIN_ANTI) return node;
  uint32_t count = expr_conjuncts(pass->context->arena, node->join.condition, &conjuncts);
  for (uint32_t i = 0; i < count; i++) {
    const Expr *equal = conjuncts[i];
    if (equal->kind != EXPR_CALL || equal->function != FUNCTION_EQUAL) continue;
    for (uint32_t a = 0; a < 2; a++) {
      const Expr *key = equal->args[a];
      if (key->kind != EXPR_COLUMN || !logical_column(node->inputs[1], key->column)) continue;
      Logical *right = input_in_order(pass, node->inputs[1], key);
      if (right != node->inputs[1])
        return logical_with_inputs(pass->context, node, node->inputs[0], right);
    }
  }
  return node;
}

static Logical *walk(Pass *pass, Logical *node) {
  Logical *left = node->inputs[0] ? walk(pass, node->inputs[0]) : NULL;
  Logical *right = node->inputs[1] ? walk(pass, node->inputs[1]) : NULL;
  if (left != node->inputs[0] || right != node->inputs[1])
    node = logical_with_inputs(pass->context, node, left, right);
  switch (node->kind) {
  case LOGICAL_AGGREGATE:
    return aggregate_rewrite(pass, node);
  case LOGICAL_JOIN:
    return join_rewrite(pass, node);
  default:
    return node;
  }
}

Logical *pass_projection(LogicalContext *context, const Root *root, Logical *tree) {
  Pass pass = {context, root};
  return root ? walk(&pass, tree) : tree;
}
