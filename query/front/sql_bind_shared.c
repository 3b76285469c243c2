// Queries of WITH that are read in several places: one that groups, sorts its first rows out,
// computes windows or recurs is made once (as in PostgreSQL, and as NOT MATERIALIZED says not to);
// any other is bound again in each place, where filters can move into it.
//
// That it is read twice shows at the second place. The first has its tree by then, and is found
// again when the statement is bound.
#include "logical_walk.h"
#include "sql_bind.h"

static bool tree_has(const Logical *node, bool (*test)(const Logical *node)) {
  if (test(node)) return true;
  for (int i = 0; i < 2; i++)
    if (node->inputs[i] && tree_has(node->inputs[i], test)) return true;
  return false;
}

static bool is_costly(const Logical *node) {
  return node->kind == LOGICAL_AGGREGATE || node->kind == LOGICAL_WINDOW ||
         node->kind == LOGICAL_LIMIT || node->kind == LOGICAL_RECURSION;
}

static bool is_round(const Logical *node) {
  return node->kind == LOGICAL_WORKING;
}

// A tree of constants alone costs nothing to make again.
static bool is_read(const Logical *node) {
  return node->kind == LOGICAL_SCAN || node->kind == LOGICAL_SERIES ||
         node->kind == LOGICAL_RECURSION || node->kind == LOGICAL_SHARED;
}

static bool can_share(const Binder *binder, const CteScope *entry) {
  if (!entry->tree || binder->shared_count == SHARED_MAX) return false;
  if (entry->cte->ctematerialized == PG_QUERY__CTEMATERIALIZE__CTEMaterializeNever) return false;
  if (entry->cte->ctematerialized != PG_QUERY__CTEMATERIALIZE__CTEMaterializeAlways &&
      !(tree_has(entry->tree, is_costly) && tree_has(entry->tree, is_read)))
    return false;
  return !tree_has(entry->tree, is_round) && logical_is_closed(entry->tree);
}

bool bind_shared(Binder *binder, CteScope *entry, Logical **tree) {
  if (!entry->shared && !can_share(binder, entry)) return false;
  if (!entry->shared) {
    entry->shared = ARENA_NEW(binder->arena, SharedTree);
    *entry->shared = (SharedTree){.id = binder->shared_count + 1, .tree = entry->tree};
    binder->shared[binder->shared_count++] = entry;
  }
  *tree = logical_shared(binder->context, entry->shared, true);
  return true;
}

Logical *shared_first_places(Binder *binder, Logical *tree) {
  for (uint32_t s = 0; s < binder->shared_count; s++) {
    const CteScope *entry = binder->shared[s];
    Logical *rows = logical_shared(binder->context, entry->shared, false);
    tree = logical_replace(binder->context, tree, entry->tree, rows);
    for (uint32_t o = 0; o < binder->shared_count; o++)
      if (o != s)
        binder->shared[o]->shared->tree =
            logical_replace(binder->context, binder->shared[o]->shared->tree, entry->tree, rows);
  }
  return tree;
}
