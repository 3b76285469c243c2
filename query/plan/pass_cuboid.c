// Navigation: an aggregation over a fact reads a cuboid of it instead, the smallest that can serve.
//
//   aggregate by region: sum(paid)              project sum(paid) = #1
//     join on store = id                  =>      aggregate by region: #1 = sum("sum(paid)")
//       scan sales: store, paid                     join on store = id
//       scan stores: id, region                       scan sales(date.day, store.store): store, ...
//                                                     scan stores: id, region
//
// A cuboid serves only if it was made from the tables as they are (no version of a source is newer
// than its own). Each that was considered, and why it does not serve, goes into the context's
// notes; an aggregation that none serves, among those missed.
#include "cuboid_match.h"
#include "optimize.h"

typedef struct Navigation {
  LogicalContext *context;
  const Root *root;
} Navigation;

static Logical *navigate(Navigation *navigation, Logical *node);

typedef struct Best {
  Logical *tree;
  uint64_t row_count;
} Best;

static void consider(Navigation *navigation, const Logical *aggregate, const Logical *fact,
                     const Table *cuboid, Best *best) {
  CuboidMatch match = {.context = navigation->context,
                       .root = navigation->root,
                       .aggregate = aggregate,
                       .region = {.fact = fact},
                       .cuboid = cuboid};
  Logical *tree = NULL;
  const char *newer = root_newer_source(navigation->root, cuboid);
  if (!newer) tree = cuboid_match(&match);
  const char *fate =
      newer  ? arena_printf(navigation->context->arena, "%s has changed since it was built", newer)
      : tree ? "serves"
             : match.lack;
  logical_note(navigation->context, "cuboid %s: %s", cuboid->schema->name, fate);
  if (!tree || (best->tree && best->row_count <= cuboid->row_count)) return;
  *best = (Best){tree, cuboid->row_count};
}

// All facts that can stand for the aggregation's rows, and their cuboids.
static void search(Navigation *navigation, const Logical *aggregate, const Logical *node,
                   Best *best) {
  if (node->kind == LOGICAL_SCAN) {
    for (uint32_t t = 0; t < navigation->root->table_count; t++) {
      const Table *table = navigation->root->tables[t];
      if (table_is_cuboid(table) && !strcmp(table->schema->sources[0], node->scan.table))
        consider(navigation, aggregate, node, table, best);
    }
    return;
  }
  int side;
  for (uint32_t i = 0; (side = fact_side(node, i)) >= 0; i++)
    search(navigation, aggregate, node->inputs[side], best);
}

static void note_missed(LogicalContext *context, const Logical *aggregate, uint32_t first_note) {
  LogicalMissed *missed = ARENA_ARRAY(context->arena, LogicalMissed, context->missed_count + 1);
  for (uint32_t m = 0; m < context->missed_count; m++) missed[m] = context->missed[m];
  missed[context->missed_count++] =
      (LogicalMissed){aggregate, first_note, context->note_count - first_note};
  context->missed = missed;
}

static Logical *navigate(Navigation *navigation, Logical *node) {
  Logical *left = node->inputs[0] ? navigate(navigation, node->inputs[0]) : NULL;
  Logical *right = node->inputs[1] ? navigate(navigation, node->inputs[1]) : NULL;
  if (left != node->inputs[0] || right != node->inputs[1])
    node = logical_with_inputs(navigation->context, node, left, right);
  if (node->kind != LOGICAL_AGGREGATE) return node;
  Best best = {0};
  uint32_t first_note = navigation->context->note_count;
  search(navigation, node, node->inputs[0], &best);
  if (!best.tree) note_missed(navigation->context, node, first_note);
  return best.tree ? best.tree : node;
}

Logical *pass_cuboid(LogicalContext *context, const Root *root, Logical *tree) {
  Navigation navigation = {context, root};
  return root ? navigate(&navigation, tree) : tree;
}
