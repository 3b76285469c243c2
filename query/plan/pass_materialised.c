// Attributes of a linked row that the fact holds a copy of are read from the fact.
//
//   join on store = id                          join on store = id
//     scan sales: store                   =>      scan sales: store, region   (its copy, through
//     store) filter region = 'North'                       with region = 'North' above
//       scan stores: id, region                   scan stores: id
//
// The copy takes the attribute's ColumnId, so nothing above changes. What is left of the join only
// asks whether there is a row, which lowering drops where every row has one, and pruning where
// nobody asks. Filters come up to the join here; pushdown, run again, brings them to the fact.
#include "optimize.h"

typedef struct Copies {
  LogicalContext *context;
  const Root *root;
  bool lifted; // a filter came up
} Copies;

// The scan that an output column of node comes from, if what lies between passes columns on.
static Logical *column_scan(Logical *node, ColumnId id) {
  if (!node || !logical_column(node, id)) return NULL;
  switch (node->kind) {
  case LOGICAL_SCAN:
    return node;
  case LOGICAL_JOIN: {
    Logical *left = column_scan(node->inputs[0], id);
    bool one_side = node->join.kind == JOIN_SEMI || node->join.kind == JOIN_ANTI ||
                    node->join.kind == JOIN_MARK;
    return left || one_side ? left : column_scan(node->inputs[1], id);
  }
  case LOGICAL_FILTER:
  case LOGICAL_SORT:
  case LOGICAL_LIMIT:
  case LOGICAL_WINDOW:
  case LOGICAL_SERIES:
    return column_scan(node->inputs[0], id);
  default:
    return NULL;
  }
}

static const char *scan_name(const Logical *scan, ColumnId id) {
  for (uint32_t c = 0; c < scan->column_count; c++)
    if (scan->columns[c].id == id) return scan->scan.names[c];
  return NULL;
}

// The fact's column that is the copy of `column` through `link`, or NULL.
static const char *copy_find(const TableSchema *fact, const char *link, const char *column) {
  for (uint32_t c = 0; c < fact->column_count; c++)
    if (fact->columns[c].through_column && !strcmp(fact->columns[c].through_link, link) &&
        !strcmp(fact->columns[c].through_column, column))
      return fact->columns[c].name;
  return NULL;
}

typedef struct Link {
  Logical *fact;      // a scan
  const Logical *row; // the scan of the table linked to
  const TableSchema *schema;
  const char *name; // the fact's link column
} Link;

// Whether the join follows a link of a scanned table to the key of another.
static bool link_of(const Copies *copies, const Logical *join, Link *link) {
  const Expr *condition = join->join.condition;
  const Logical *right = join->inputs[1];
  if (join->join.kind != JOIN_INNER && join->join.kind != JOIN_LEFT) return false;
  if (!condition || condition->kind != EXPR_CALL || condition->function != FUNCTION_EQUAL)
    return false;
  if (right->kind == LOGICAL_FILTER && join->join.kind == JOIN_INNER) right = right->inputs[0];
  if (right->kind != LOGICAL_SCAN || !right->scan.key) return false;
  for (int side = 0; side < 2; side++) {
    const Expr *foreign = condition->args[side], *key = condition->args[1 - side];
    if (foreign->kind != EXPR_COLUMN || key->kind != EXPR_COLUMN) return false;
    const char *key_name = scan_name(right, key->column);
    Logical *fact = column_scan(join->inputs[0], foreign->column);
    const Table *table = fact ? root_find(copies->root, fact->scan.table) : NULL;
    if (!key_name || strcmp(key_name, right->scan.key) || !table) continue;
    *link = (Link){fact, right, table->schema, scan_name(fact, foreign->column)};
    int32_t at = schema_find(link->schema, link->name);
    const char *target = at < 0 ? NULL : link->schema->columns[at].link;
    return target && !strcmp(target, right->scan.table);
  }
  return false;
}

// Moves the columns that are copied from the linked scan to the fact's.
static bool columns_move(Copies *copies, const Link *link, Logical *fact, Logical *row) {
  Arena *arena = copies->context->arena;
  uint32_t facts = link->fact->column_count, rows = link->row->column_count;
  *fact = *link->fact;
  *row = *link->row;
  fact->columns = ARENA_ARRAY(arena, LogicalColumn, facts + rows);
  fact->scan.names = ARENA_ARRAY(arena, const char *, facts + rows);
  memcpy(fact->columns, link->fact->columns, facts * sizeof *fact->columns);
  memcpy(fact->scan.names, link->fact->scan.names, facts * sizeof *fact->scan.names);
  row->columns = ARENA_ARRAY(arena, LogicalColumn, rows);
  row->scan.names = ARENA_ARRAY(arena, const char *, rows);
  row->column_count = 0;
  for (uint32_t c = 0; c < rows; c++) {
    const char *column = link->row->scan.names[c];
    const char *copy =
        strcmp(column, link->row->scan.key) ? copy_find(link->schema, link->name, column) : NULL;
    Logical *into = copy ? fact : row;
    into->scan.names[into->column_count] = copy ? copy : column;
    into->columns[into->column_count] = link->row->columns[c];
    into->columns[into->column_count++].nullable |= copy != NULL;
  }
  return fact->column_count > facts;
}

// The linked side's filter without the conjuncts that now read the fact; *lifted is those.
static Logical *filter_split(Copies *copies, const Logical *right, Logical *row, Expr **lifted) {
  *lifted = NULL;
  if (right->kind != LOGICAL_FILTER) return row;
  Arena *arena = copies->context->arena;
  Expr **conjuncts;
  uint32_t count = expr_conjuncts(arena, right->filter.predicate, &conjuncts), up = 0, kept = 0;
  Expr **lifts = ARENA_ARRAY(arena, Expr *, count);
  for (uint32_t i = 0; i < count; i++)
    if (expr_reads_only(conjuncts[i], row))
      conjuncts[kept++] = conjuncts[i];
    else
      lifts[up++] = conjuncts[i];
  *lifted = expr_and_all(arena, lifts, up);
  Expr *rest = expr_and_all(arena, conjuncts, kept);
  return rest ? logical_filter(copies->context, row, rest) : row;
}

static Logical *join_rewrite(Copies *copies, Logical *join) {
  Link link;
  if (!link_of(copies, join, &link)) return join;
  Logical *fact = ARENA_NEW(copies->context->arena, Logical);
  Logical *row = ARENA_NEW(copies->context->arena, Logical);
  if (!columns_move(copies, &link, fact, row)) return join;
  Expr *lifted;
  Logical *right = filter_split(copies, join->inputs[1], row, &lifted);
  Logical *left = logical_replace(copies->context, join->inputs[0], link.fact, fact);
  Logical *joined = logical_with_inputs(copies->context, join, left, right);
  copies->lifted |= lifted != NULL;
  return lifted ? logical_filter(copies->context, joined, lifted) : joined;
}

static Logical *rewrite(Copies *copies, Logical *node) {
  Logical *left = node->inputs[0] ? rewrite(copies, node->inputs[0]) : NULL;
  Logical *right = node->inputs[1] ? rewrite(copies, node->inputs[1]) : NULL;
  if (left != node->inputs[0] || right != node->inputs[1])
    node = logical_with_inputs(copies->context, node, left, right);
  return node->kind == LOGICAL_JOIN ? join_rewrite(copies, node) : node;
}

Logical *pass_materialised(LogicalContext *context, const Root *root, Logical *tree) {
  Copies copies = {context, root, false};
  if (!root) return tree;
  tree = rewrite(&copies, tree);
  return copies.lifted ? pass_pushdown(context, root, tree) : tree;
}
