// Inner joins in the order that costs least.
//
// A region is a tree of inner and cross joins; its leaves are whatever else stands there. Joining
// any two sets of leaves gives rows that depend on the sets alone, so the best tree of a set is
// made of the best trees of two parts (dynamic programming, Selinger et al., SIGMOD 1979; here
// bushy). Regions of many leaves join the pair that gives the fewest rows, again and again (greedy
// operator ordering, Fegaras, DEXA 1998).
//
//   customer x lineorder     =>  lineorder -> customer     the key's table right: lowering makes
//   on custkey = custkey         on custkey = custkey      a link of it, and builds no hash table
//
// The right side of a hash join is built, the left streams past it. A region stays as it was
// written where the best order is not clearly better, or where a condition may fail: that must not
// run before what guards it.
#include "estimate.h"
#include "optimize.h"
#include <assert.h>

#define LEAVES_MAX 64 // a set of leaves is a word
#define LEAVES_EXACT 9
#define CLEARLY_BETTER 0.8

// What a row costs, relative to following a link with it.
#define COST_SCAN 0.3  // of a leaf
#define COST_BUILD 6.0 // into the hash table
#define COST_PROBE 2.0
#define COST_OUTPUT 1.0 // a pair
#define COST_PAIR 1.0   // of a nested loop

typedef struct Leaf {
  Logical *node;
  double rows;
  const Table *link_table; // of a (filtered) scan of a keyed table: what a link may lead to
} Leaf;

typedef struct Edge { // a conjunct of the region's conditions
  Expr *condition;
  uint64_t leaves;        // that it reads
  double share;           // of pairs that it keeps, by itself
  double counted;         // beside the others between the same leaves
  int link_from, link_to; // leaves: "foreign key = key", or -1
} Edge;

typedef struct Region {
  LogicalContext *context;
  const Root *root;
  Leaf leaves[LEAVES_MAX];
  uint32_t leaf_count;
  Edge *edges;
  uint32_t edge_count;
} Region;

// The best tree of a set of leaves that is known.
typedef struct Best {
  double rows, cost;
  uint64_t left; // of the two sets that it joins; 0: one leaf, or none yet
} Best;

static Logical *order(LogicalContext *context, const Root *root, Logical *node);

// ---------------------------------------------------------------- regions

static bool is_inner(const Logical *node) {
  return node->kind == LOGICAL_JOIN && !node->join.null_safe &&
         (node->join.kind == JOIN_INNER || node->join.kind == JOIN_CROSS);
}

static uint32_t leaf_count(const Logical *node) {
  return is_inner(node) ? leaf_count(node->inputs[0]) + leaf_count(node->inputs[1]) : 1;
}

static const Table *linkable(const Root *root, const Logical *node) {
  if (node->kind == LOGICAL_FILTER) node = node->inputs[0];
  const Table *table = node->kind == LOGICAL_SCAN ? root_find(root, node->scan.table) : NULL;
  return table && table->schema->key >= 0 ? table : NULL;
}

static void region_collect(Region *region, Logical *node, Expr **condition) {
  if (!is_inner(node)) {
    node = order(region->context, region->root, node);
    region->leaves[region->leaf_count++] =
        (Leaf){node, estimate_rows(region->root, node), linkable(region->root, node)};
    return;
  }
  region_collect(region, node->inputs[0], condition);
  region_collect(region, node->inputs[1], condition);
  *condition = expr_and(region->context->arena, *condition, node->join.condition);
}

typedef struct ReadLeaves {
  const Region *region;
  uint64_t leaves;
} ReadLeaves;

static int leaf_of(const Region *region, ColumnId id) {
  for (uint32_t l = 0; l < region->leaf_count; l++)
    if (logical_column(region->leaves[l].node, id)) return (int)l;
  return -1;
}

static void read_leaf(void *context, const Expr *column) {
  ReadLeaves *read = context;
  int leaf = leaf_of(read->region, column->column);
  if (leaf >= 0) read->leaves |= UINT64_C(1) << leaf;
}

// Whether the foreign key of leaf `from` and the key of leaf `to` are what the columns are.
static bool is_link(const Region *region, const Expr *foreign, const Expr *key, int from, int to) {
  const Table *target = region->leaves[to].link_table;
  const char *name, *key_name;
  if (!target || !column_origin(region->leaves[to].node, key->column, &key_name) ||
      schema_find(target->schema, key_name) != target->schema->key)
    return false;
  const Logical *scan = column_origin(region->leaves[from].node, foreign->column, &name);
  const Table *table = scan ? root_find(region->root, scan->scan.table) : NULL;
  int32_t index = table ? schema_find(table->schema, name) : -1;
  const char *link = index >= 0 ? table->schema->columns[index].link : NULL;
  return link && !strcmp(link, target->schema->name);
}

// Different values of one side of an equality: of its leaf unfiltered, for what a filter takes from
// a dimension it takes from the pairs.
static double side_values(const Region *region, const Expr *side) {
  int leaf = side->kind == EXPR_COLUMN ? leaf_of(region, side->column) : -1;
  if (leaf < 0) return 0;
  const Logical *node = region->leaves[leaf].node;
  const char *name;
  const Logical *scan = column_origin(node, side->column, &name);
  double rows = scan ? estimate_rows(region->root, scan) : region->leaves[leaf].rows;
  return estimate_values(region->root, node, side->column, rows);
}

static double edge_share(const Region *region, const Expr *condition) {
  if (condition->kind != EXPR_CALL || condition->function != FUNCTION_EQUAL)
    return SHARE_RANGE; // an inequality, a pattern: nothing is known
  double a = side_values(region, condition->args[0]), b = side_values(region, condition->args[1]);
  double values = a > b ? a : b;
  return values ? 1 / values : SHARE_EQUAL;
}

// Conditions between the same leaves are seldom independent (the columns of one key): the one that
// keeps least counts whole, each further one as the square root of what it would.
static void edges_depend(Region *region) {
  for (uint32_t e = 0; e < region->edge_count; e++) {
    Edge *edge = &region->edges[e];
    bool counts_whole = true;
    for (uint32_t o = 0; counts_whole && o < region->edge_count; o++) {
      const Edge *other = &region->edges[o];
      if (o != e && other->leaves == edge->leaves)
        counts_whole = edge->share < other->share || (edge->share == other->share && e < o);
    }
    edge->counted = counts_whole ? edge->share : __builtin_sqrt(edge->share);
  }
}

static void region_edges(Region *region, Expr *condition) {
  Expr **conjuncts;
  region->edge_count = expr_conjuncts(region->context->arena, condition, &conjuncts);
  region->edges = ARENA_ARRAY(region->context->arena, Edge, region->edge_count);
  for (uint32_t e = 0; e < region->edge_count; e++) {
    Expr *item = conjuncts[e];
    ReadLeaves read = {region, 0};
    expr_visit_columns(item, read_leaf, &read);
    Edge *edge = &region->edges[e];
    *edge = (Edge){item, read.leaves, edge_share(region, item), 1, -1, -1};
    bool columns = item->kind == EXPR_CALL && item->function == FUNCTION_EQUAL &&
                   item->args[0]->kind == EXPR_COLUMN && item->args[1]->kind == EXPR_COLUMN;
    for (int side = 0; columns && side < 2; side++) {
      int from = leaf_of(region, item->args[side]->column);
      int to = leaf_of(region, item->args[1 - side]->column);
      if (from >= 0 && to >= 0 && from != to &&
          is_link(region, item->args[side], item->args[1 - side], from, to)) {
        edge->link_from = from;
        edge->link_to = to;
      }
    }
  }
  edges_depend(region);
}

// ---------------------------------------------------------------- rows and costs

static bool edge_joins(const Edge *edge, uint64_t left, uint64_t right) {
  return edge->leaves & left && edge->leaves & right && !(edge->leaves & ~(left | right));
}

static bool connected(const Region *region, uint64_t left, uint64_t right) {
  for (uint32_t e = 0; e < region->edge_count; e++)
    if (edge_joins(&region->edges[e], left, right)) return true;
  return false;
}

// Pairs of rows of both sets that all conditions between them keep.
static double rows_joined(const Region *region, uint64_t left, uint64_t right, double rows) {
  for (uint32_t e = 0; e < region->edge_count; e++)
    if (edge_joins(&region->edges[e], left, right)) rows *= region->edges[e].counted;
  return rows < 1 ? 1 : rows;
}

// Whether lowering makes a link of it: one leaf right, its key, and no other condition.
static bool joins_by_link(const Region *region, uint64_t left, uint64_t right) {
  bool link = false;
  for (uint32_t e = 0; e < region->edge_count; e++) {
    const Edge *edge = &region->edges[e];
    if (!edge_joins(edge, left, right)) continue;
    if (link || edge->link_to < 0 || right != UINT64_C(1) << edge->link_to) return false;
    link = true;
  }
  return link;
}

static double join_cost(const Region *region, uint64_t left, uint64_t right, Best a, Best b,
                        double rows) {
  if (joins_by_link(region, left, right)) return a.cost + a.rows;
  if (!connected(region, left, right)) return a.cost + b.cost + a.rows * b.rows * COST_PAIR;
  return a.cost + b.cost + b.rows * COST_BUILD + a.rows * COST_PROBE + rows * COST_OUTPUT;
}

static Best leaf_best(const Region *region, uint32_t leaf) {
  double rows = region->leaves[leaf].rows;
  return (Best){rows, rows * COST_SCAN, 0};
}

// The region as it was written.
static Best written_best(const Region *region, const Logical *node, uint32_t *leaf,
                         uint64_t *leaves) {
  if (!is_inner(node)) {
    *leaves = UINT64_C(1) << *leaf;
    return leaf_best(region, (*leaf)++);
  }
  uint64_t left, right;
  Best a = written_best(region, node->inputs[0], leaf, &left);
  Best b = written_best(region, node->inputs[1], leaf, &right);
  *leaves = left | right;
  double rows = rows_joined(region, left, right, a.rows * b.rows);
  return (Best){rows, join_cost(region, left, right, a, b, rows), left};
}

// ---------------------------------------------------------------- the tree of an order

typedef struct Tree {
  Region *region;
  bool *placed; // [edge_count]
} Tree;

// Joins two trees by the conditions that both together can answer.
static Logical *tree_join(Tree *tree, Logical *left, Logical *right, uint64_t leaves) {
  Region *region = tree->region;
  Expr **conditions = ARENA_ARRAY(region->context->arena, Expr *, region->edge_count);
  uint32_t count = 0;
  for (uint32_t e = 0; e < region->edge_count; e++) {
    if (tree->placed[e] || region->edges[e].leaves & ~leaves) continue;
    tree->placed[e] = true;
    conditions[count++] = region->edges[e].condition;
  }
  Expr *condition = expr_and_all(region->context->arena, conditions, count);
  return logical_join(region->context, left, right, condition ? JOIN_INNER : JOIN_CROSS, condition,
                      false);
}

static Logical *tree_build(Tree *tree, const Best *best, uint64_t leaves) {
  if (!(leaves & (leaves - 1))) return tree->region->leaves[__builtin_ctzll(leaves)].node;
  uint64_t left = best[leaves].left;
  return tree_join(tree, tree_build(tree, best, left), tree_build(tree, best, leaves & ~left),
                   leaves);
}

// ---------------------------------------------------------------- orders

// Rows depend on the set alone, whichever split they are computed by: the first one that is met.
static void best_try(const Region *region, Best *best, uint64_t leaves, uint64_t left) {
  uint64_t right = leaves & ~left;
  double rows = best[leaves].rows;
  if (!rows)
    rows = best[leaves].rows = rows_joined(region, left, right, best[left].rows * best[right].rows);
  double cost = join_cost(region, left, right, best[left], best[right], rows);
  if (best[leaves].left && best[leaves].cost <= cost) return;
  best[leaves].cost = cost;
  best[leaves].left = left;
}

static Logical *order_exact(Region *region, double cost) {
  uint64_t all = (UINT64_C(1) << region->leaf_count) - 1;
  Best *best = ARENA_ARRAY(region->context->arena, Best, all + 1);
  for (uint32_t l = 0; l < region->leaf_count; l++) best[UINT64_C(1) << l] = leaf_best(region, l);
  for (uint64_t leaves = 1; leaves <= all; leaves++) // parts of a set are smaller numbers
    for (uint64_t left = (leaves - 1) & leaves; left; left = (left - 1) & leaves)
      best_try(region, best, leaves, left);
  if (best[all].cost > cost * CLEARLY_BETTER) return NULL;
  Tree tree = {region, ARENA_ARRAY(region->context->arena, bool, region->edge_count)};
  return tree_build(&tree, best, all);
}

typedef struct Part { // a tree of some of the leaves
  Logical *node;
  uint64_t leaves;
  Best best;
} Part;

typedef struct Choice {
  uint32_t left, right;
  double rows, cost;
} Choice;

static void choice_try(const Region *region, const Part *parts, uint32_t left, uint32_t right,
                       Choice *choice) {
  const Part *a = &parts[left], *b = &parts[right];
  double rows = rows_joined(region, a->leaves, b->leaves, a->best.rows * b->best.rows);
  double cost = join_cost(region, a->leaves, b->leaves, a->best, b->best, rows);
  if (choice->rows && (choice->rows < rows || (choice->rows == rows && choice->cost <= cost)))
    return;
  *choice = (Choice){left, right, rows, cost};
}

static uint32_t part_of(const Part *parts, uint64_t leaf) {
  uint32_t p = 0;
  while (!(parts[p].leaves & leaf)) p++;
  return p;
}

static Choice choose(const Region *region, const Part *parts, uint32_t count) {
  Choice choice = {0};
  for (uint32_t e = 0; e < region->edge_count; e++) {
    uint64_t leaves = region->edges[e].leaves;
    if (!(leaves & (leaves - 1))) continue;
    uint32_t a = part_of(parts, leaves & -leaves);
    uint64_t others = leaves & ~parts[a].leaves;
    if (!others) continue;
    uint32_t b = part_of(parts, others & -others);
    if (!edge_joins(&region->edges[e], parts[a].leaves, parts[b].leaves)) continue;
    choice_try(region, parts, a, b, &choice);
    choice_try(region, parts, b, a, &choice);
  }
  for (uint32_t a = 0; !choice.rows && a < count; a++) // nothing connects what is left
    for (uint32_t b = 0; b < count; b++)
      if (a != b) choice_try(region, parts, a, b, &choice);
  return choice;
}

static Logical *order_greedy(Region *region, double cost) {
  Part parts[LEAVES_MAX];
  uint32_t count = region->leaf_count;
  for (uint32_t l = 0; l < count; l++)
    parts[l] = (Part){region->leaves[l].node, UINT64_C(1) << l, leaf_best(region, l)};
  Tree tree = {region, ARENA_ARRAY(region->context->arena, bool, region->edge_count)};
  while (count > 1) {
    Choice choice = choose(region, parts, count);
    Part *a = &parts[choice.left], *b = &parts[choice.right];
    uint64_t leaves = a->leaves | b->leaves;
    *a = (Part){
        tree_join(&tree, a->node, b->node, leaves), leaves, {choice.rows, choice.cost, a->leaves}};
    *b = parts[--count];
  }
  return parts[0].best.cost > cost * CLEARLY_BETTER ? NULL : parts[0].node;
}

// ---------------------------------------------------------------- the pass

static Logical *order_inputs(LogicalContext *context, const Root *root, Logical *node) {
  Logical *inputs[2] = {0};
  bool changed = false;
  for (int i = 0; i < 2; i++) {
    if (!node->inputs[i]) continue;
    inputs[i] = order(context, root, node->inputs[i]);
    changed |= inputs[i] != node->inputs[i];
  }
  return changed ? logical_with_inputs(context, node, inputs[0], inputs[1]) : node;
}

// The region as it was written, over its ordered leaves.
static Logical *region_written(const Region *region, const Logical *node, uint32_t *leaf) {
  if (!is_inner(node)) return region->leaves[(*leaf)++].node;
  Logical *left = region_written(region, node->inputs[0], leaf);
  Logical *right = region_written(region, node->inputs[1], leaf);
  return logical_with_inputs(region->context, node, left, right);
}

static Logical *region_ordered(Region *region, const Logical *node, Expr *condition) {
  uint32_t leaf = 0;
  uint64_t leaves;
  if (condition && expr_can_fail(condition)) return NULL;
  region_edges(region, condition);
  double cost = written_best(region, node, &leaf, &leaves).cost;
  return region->leaf_count <= LEAVES_EXACT ? order_exact(region, cost)
                                            : order_greedy(region, cost);
}

static Logical *order_region(LogicalContext *context, const Root *root, Logical *node) {
  Region *region = ARENA_NEW(context->arena, Region);
  *region = (Region){.context = context, .root = root};
  Expr *condition = NULL;
  region_collect(region, node, &condition);
  assert(region->leaf_count >= 2);
  Logical *ordered = region_ordered(region, node, condition);
  uint32_t leaf = 0;
  return ordered ? ordered : region_written(region, node, &leaf);
}

// The columns of `node` in the order of `like`: where they are read by position.
static Logical *columns_as(LogicalContext *context, Logical *node, const Logical *like) {
  bool same = true;
  Expr **exprs = ARENA_ARRAY(context->arena, Expr *, like->column_count);
  const char **names = ARENA_ARRAY(context->arena, const char *, like->column_count);
  for (uint32_t c = 0; c < like->column_count; c++) {
    same &= node->columns[c].id == like->columns[c].id;
    exprs[c] = logical_ref(context, like, c);
    names[c] = like->columns[c].name;
  }
  return same ? node : logical_project(context, node, exprs, names, like->column_count);
}

static Logical *order(LogicalContext *context, const Root *root, Logical *node) {
  if (is_inner(node) && leaf_count(node) <= LEAVES_MAX) return order_region(context, root, node);
  Logical *ordered = order_inputs(context, root, node);
  if (node->kind != LOGICAL_UNION && node->kind != LOGICAL_RECURSION) return ordered;
  return logical_with_inputs(context, node,
                             columns_as(context, ordered->inputs[0], node->inputs[0]),
                             columns_as(context, ordered->inputs[1], node->inputs[1]));
}

Logical *pass_order(LogicalContext *context, const Root *root, Logical *tree) {
  return root ? columns_as(context, order(context, root, tree), tree) : tree;
}
