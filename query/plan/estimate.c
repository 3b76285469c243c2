// See estimate.h.
#include "estimate.h"
#include "key_set.h"

// More of them than others need: see estimate.h.
#define SHARE_PATTERN 0.1
#define SHARE_OTHER 0.5
#define WORKING_ROWS 100 // of a round of WITH RECURSIVE
#define RECURSION_ROUNDS 10
#define SERIES_VALUES 1000 // of generate_series, for each row
#define SHARE_LEAST 1e-6

const Logical *column_origin(const Logical *node, ColumnId id, const char **column) {
  while (node && logical_column(node, id)) {
    switch (node->kind) {
    case LOGICAL_SCAN:
      for (uint32_t c = 0; c < node->column_count; c++)
        if (node->columns[c].id == id) *column = node->scan.names[c];
      return node;
    case LOGICAL_PROJECT: {
      const Expr *from = NULL;
      for (uint32_t c = 0; c < node->column_count; c++)
        if (node->columns[c].id == id) from = node->project.exprs[c];
      if (from->kind != EXPR_COLUMN) return NULL;
      id = from->column;
      node = node->inputs[0];
      break;
    }
    case LOGICAL_AGGREGATE: {
      const Expr *from = NULL;
      for (uint32_t k = 0; k < node->aggregate.key_count; k++)
        if (node->columns[k].id == id) from = node->aggregate.keys[k];
      if (!from || from->kind != EXPR_COLUMN) return NULL;
      id = from->column;
      node = node->inputs[0];
      break;
    }
    case LOGICAL_JOIN:
      node = node->inputs[logical_column(node->inputs[0], id) ? 0 : 1];
      break;
    case LOGICAL_FILTER:
    case LOGICAL_SORT:
    case LOGICAL_LIMIT:
    case LOGICAL_WINDOW:
    case LOGICAL_SERIES:
      node = node->inputs[0];
      break;
    default:
      return NULL;
    }
  }
  return NULL;
}

static double at_least_one(double rows) {
  return rows < 1 ? 1 : rows;
}

// ---------------------------------------------------------------- columns

typedef struct Known { // of a column, from its table
  const Table *table;
  const ColumnSchema *schema;
  const Column *column;
} Known;

static bool column_known_of(const Root *root, const Logical *node, ColumnId id, Known *known) {
  const char *name;
  const Logical *scan = column_origin(node, id, &name);
  const Table *table = scan && root ? root_find(root, scan->scan.table) : NULL;
  int32_t index = table ? schema_find(table->schema, name) : -1;
  if (index < 0) return false;
  *known = (Known){table, &table->schema->columns[index], table->columns[index]};
  return true;
}

static double known_values(const Known *known) {
  const Table *table = known->table;
  if (table->schema->key >= 0 && known->column == table->columns[table->schema->key])
    return at_least_one((double)table->row_count);
  double rows = at_least_one((double)known->column->row_count);
  if (column_physical(known->column) != PHYSICAL_INT) return rows;
  if (known->column->min > known->column->max) return 1;
  double range = (double)known->column->max - (double)known->column->min + 1;
  return range < rows ? range : rows;
}

double estimate_values(const Root *root, const Logical *node, ColumnId id, double rows) {
  Known known;
  if (!column_known_of(root, node, id, &known)) return at_least_one(rows);
  double values = known_values(&known);
  return values < rows ? values : at_least_one(rows);
}

// ---------------------------------------------------------------- predicates

// What conditions on one column leave of its range, as shares from its minimum.
typedef struct Range {
  const Expr *column;
  double low, high;
} Range;

typedef struct Shares {
  const Root *root;
  const Logical *node;
  double rows;
} Shares;

static double share_of(const Shares *shares, const Expr *expr);

// Where a constant stands between the minimum and maximum of the column, 0 to 1; -1: unknown.
static double place_in_range(const Shares *shares, const Expr *column, const Expr *constant) {
  Known known;
  if (column->kind != EXPR_COLUMN || constant->kind != EXPR_CONSTANT || constant->value.is_null)
    return -1;
  if (!column_known_of(shares->root, shares->node, column->column, &known)) return -1;
  Type type = known.column->type;
  bool integers = type.kind == TYPE_INT || type.kind == TYPE_DATE || type.kind == TYPE_TIMESTAMP ||
                  type.kind == TYPE_TIMESTAMPTZ || type.kind == TYPE_DECIMAL;
  if (!integers || known.schema->link || known.column->min >= known.column->max) return -1;
  if (constant->type.kind != type.kind || constant->type.scale != type.scale ||
      column_physical(known.column) != PHYSICAL_INT ||
      type_physical(constant->type) != PHYSICAL_INT)
    return -1;
  double low = (double)known.column->min, high = (double)known.column->max;
  double place = ((double)constant->value.i - low) / (high - low);
  return place < 0 ? 0 : place > 1 ? 1 : place;
}

// "column < constant" and the like, either way round. false: another condition.
static bool range_of(const Shares *shares, const Expr *expr, Range *range) {
  if (expr->kind != EXPR_CALL || expr->arg_count != 2) return false;
  bool less = expr->function == FUNCTION_LESS || expr->function == FUNCTION_LESS_EQUAL;
  bool greater = expr->function == FUNCTION_GREATER || expr->function == FUNCTION_GREATER_EQUAL;
  if (!less && !greater) return false;
  const Expr *column = expr->args[0], *constant = expr->args[1];
  if (column->kind != EXPR_COLUMN) {
    column = expr->args[1];
    constant = expr->args[0];
    less = !less;
  }
  double place = place_in_range(shares, column, constant);
  if (place < 0) return false;
  *range = (Range){column, less ? 0 : place, less ? place : 1};
  return true;
}

#define RANGES_MAX 16

// Conditions on one column from both sides cut a piece out of its range: they are not independent.
static double share_of_and(const Shares *shares, const Expr *expr, Range *ranges, uint32_t *count) {
  double share = 1;
  for (uint32_t i = 0; i < expr->arg_count; i++) {
    Range range;
    if (expr->args[i]->kind == EXPR_AND) {
      share *= share_of_and(shares, expr->args[i], ranges, count);
      continue;
    }
    if (!range_of(shares, expr->args[i], &range) || *count == RANGES_MAX) {
      share *= share_of(shares, expr->args[i]);
      continue;
    }
    uint32_t r = 0;
    while (r < *count && ranges[r].column->column != range.column->column) r++;
    if (r == *count) ranges[(*count)++] = (Range){range.column, 0, 1};
    if (range.low > ranges[r].low) ranges[r].low = range.low;
    if (range.high < ranges[r].high) ranges[r].high = range.high;
  }
  return share;
}

static double range_share(const Shares *shares, const Range *range) {
  double share = range->high - range->low;
  double one = 1 / estimate_values(shares->root, shares->node, range->column->column, shares->rows);
  return share > one ? share : one;
}

// One of so many values: of the side that is a column with a known number of them.
static double share_of_equal(const Shares *shares, const Expr *expr) {
  double values = 0;
  for (uint32_t i = 0; i < 2; i++) {
    Known known;
    if (expr->args[i]->kind != EXPR_COLUMN ||
        !column_known_of(shares->root, shares->node, expr->args[i]->column, &known))
      continue;
    double of = known_values(&known);
    if (of > values) values = of;
  }
  return values ? 1 / values : SHARE_EQUAL;
}

static double share_of_in(const Shares *shares, const Expr *expr) {
  Known known;
  bool is_known = expr->args[0]->kind == EXPR_COLUMN &&
                  column_known_of(shares->root, shares->node, expr->args[0]->column, &known);
  double one = is_known ? 1 / known_values(&known) : SHARE_EQUAL;
  double share = one * (expr->arg_count - 1);
  return share < 1 ? share : 1;
}

static double share_of_call(const Shares *shares, const Expr *expr) {
  Range range;
  switch (expr->function) {
  case FUNCTION_EQUAL:
  case FUNCTION_NOT_DISTINCT:
    return share_of_equal(shares, expr);
  case FUNCTION_NOT_EQUAL:
    return 1 - share_of_equal(shares, expr);
  case FUNCTION_LESS:
  case FUNCTION_LESS_EQUAL:
  case FUNCTION_GREATER:
  case FUNCTION_GREATER_EQUAL:
    return range_of(shares, expr, &range) ? range_share(shares, &range) : SHARE_RANGE;
  case FUNCTION_LIKE:
  case FUNCTION_ILIKE:
  case FUNCTION_REGEXP_LIKE:
  case FUNCTION_STARTS_WITH:
    return SHARE_PATTERN;
  default:
    return SHARE_OTHER;
  }
}

static double share_of_null(const Shares *shares, const Expr *expr) {
  Known known;
  if (expr->args[0]->kind != EXPR_COLUMN ||
      !column_known_of(shares->root, shares->node, expr->args[0]->column, &known))
    return SHARE_EQUAL;
  return (double)known.column->null_count / at_least_one((double)known.column->row_count);
}

static double share_of_any(const Shares *shares, const Expr *expr) {
  switch ((ExprKind)expr->kind) {
  case EXPR_CONSTANT:
    return !expr->value.is_null && expr->value.i ? 1 : 0;
  case EXPR_AND: {
    Range ranges[RANGES_MAX];
    uint32_t count = 0;
    double share = share_of_and(shares, expr, ranges, &count);
    for (uint32_t r = 0; r < count; r++) share *= range_share(shares, &ranges[r]);
    return share;
  }
  case EXPR_OR: {
    double none = 1;
    for (uint32_t i = 0; i < expr->arg_count; i++) none *= 1 - share_of(shares, expr->args[i]);
    return 1 - none;
  }
  case EXPR_NOT:
    return 1 - share_of(shares, expr->args[0]);
  case EXPR_IS_NULL:
    return share_of_null(shares, expr);
  case EXPR_IN:
    return share_of_in(shares, expr);
  case EXPR_IN_SET:
    return (double)expr->set->count / (double)(expr->set->bits.row_count + 1);
  case EXPR_CALL:
    return share_of_call(shares, expr);
  default:
    return SHARE_OTHER;
  }
}

static double share_of(const Shares *shares, const Expr *expr) {
  double share = share_of_any(shares, expr);
  return share < SHARE_LEAST ? SHARE_LEAST : share > 1 ? 1 : share;
}

// The share of rows of node that a predicate over its outputs keeps, in (0, 1].
static double estimate_share(const Root *root, const Logical *node, const Expr *predicate,
                             double rows) {
  Shares shares = {root, node, rows};
  return share_of(&shares, predicate);
}

// ---------------------------------------------------------------- nodes

static double rows_of_join(const Root *root, const Logical *node, double left, double right) {
  double pairs = left * right;
  if (node->join.condition) pairs *= estimate_share(root, node, node->join.condition, pairs);
  switch (node->join.kind) {
  case JOIN_LEFT:
    return pairs > left ? pairs : left;
  case JOIN_RIGHT:
    return pairs > right ? pairs : right;
  case JOIN_FULL:
    return pairs > left + right ? pairs : left + right;
  case JOIN_SEMI:
  case JOIN_ANTI:
    return left * SHARE_OTHER;
  case JOIN_SINGLE:
  case JOIN_MARK:
    return left;
  default:
    return pairs;
  }
}

static double rows_of_groups(const Root *root, const Logical *node, double rows) {
  double groups = 0;
  for (uint32_t s = 0; s < node->aggregate.set_count; s++) {
    double combinations = 1;
    for (uint32_t k = 0; k < node->aggregate.key_count; k++) {
      const Expr *key = node->aggregate.keys[k];
      if (!(node->aggregate.sets[s] >> k & 1)) continue;
      combinations *= key->kind == EXPR_COLUMN
                          ? estimate_values(root, node->inputs[0], key->column, rows)
                          : at_least_one(rows * SHARE_EQUAL);
    }
    groups += combinations < rows ? combinations : rows;
  }
  return groups;
}

static double rows_of_limit(const Logical *node, double rows) {
  double limit = node->limit.limit < 0 ? rows : (double)node->limit.limit;
  return limit < rows ? limit : rows;
}

// Rows of node, when its inputs give so many.
static double estimate_rows_over(const Root *root, const Logical *node, double left, double right) {
  switch (node->kind) {
  case LOGICAL_SCAN: {
    const Table *table = root ? root_find(root, node->scan.table) : NULL;
    return at_least_one(table ? (double)table->shown_count : 1000);
  }
  case LOGICAL_VALUES:
    return at_least_one(node->values.row_count);
  case LOGICAL_SERIES:
    return left * SERIES_VALUES;
  case LOGICAL_FILTER:
    return at_least_one(left * estimate_share(root, node->inputs[0], node->filter.predicate, left));
  case LOGICAL_JOIN:
    return at_least_one(rows_of_join(root, node, left, right));
  case LOGICAL_AGGREGATE:
    return at_least_one(rows_of_groups(root, node, left));
  case LOGICAL_LIMIT:
    return at_least_one(rows_of_limit(node, left));
  case LOGICAL_UNION:
    return left + right;
  case LOGICAL_RECURSION:
    return left + RECURSION_ROUNDS * right;
  case LOGICAL_WORKING:
    return WORKING_ROWS;
  case LOGICAL_SHARED:
    return estimate_rows(root, node->shared.of->tree);
  default:
    return left;
  }
}

double estimate_rows(const Root *root, const Logical *node) {
  double left = node->inputs[0] ? estimate_rows(root, node->inputs[0]) : 0;
  double right = node->inputs[1] ? estimate_rows(root, node->inputs[1]) : 0;
  return estimate_rows_over(root, node, left, right);
}
