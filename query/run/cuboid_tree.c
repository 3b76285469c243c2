// See cuboid_tree.h.
#include "cuboid_tree.h"
#include "optimize.h"
#include "partial.h"

const char *cuboid_name(Arena *arena, const ModelCube *cube, const ModelCuboid *cuboid) {
  const char *name = arena_printf(arena, "%s(", cube->name);
  for (uint32_t l = 0; l < cuboid->level_count; l++)
    name = arena_printf(arena, "%s%s%s", name, l ? ", " : "", cuboid->levels[l]);
  return arena_printf(arena, "%s)", name);
}

// ---------------------------------------------------------------- the tree

// A level is kept by its key: labels are looked up when they are shown.
static Status level_keys(CuboidTree *cuboid, Expr **keys, uint32_t *key_count, Error *error) {
  for (uint32_t l = 0; l < cuboid->declared->level_count; l++) {
    const CatalogLevel *level = cube_find_level(cuboid->fact.cube, cuboid->declared->levels[l]);
    if (!level) continue; // it leads to a table that is not loaded
    CatalogLevel key = *level;
    if (level->key) key.column = level->key;
    key.key = NULL;
    TRY(cube_fact_level(&cuboid->fact, &key, NULL, &keys[(*key_count)++], error));
  }
  return STATUS_OK;
}

static void state_add(AggregateCall *states, uint32_t *count, const AggregateCall *state) {
  for (uint32_t s = 0; s < *count; s++)
    if (aggregate_call_equal(&states[s], state)) return;
  states[(*count)++] = *state;
}

// Whether an expression is a foreign key of the fact, and the cuboid is not split by it: where it
// is, its members are counted from the cells.
static bool is_foreign_key(const CuboidTree *cuboid, const Expr *expr, Expr *const *keys,
                           uint32_t key_count) {
  const Logical *scan = cuboid->fact.paths[0].scan;
  const CatalogTable *table = cuboid->fact.paths[0].table;
  for (uint32_t k = 0; k < key_count; k++)
    if (expr_equal(keys[k], expr)) return false;
  for (uint32_t c = 0; c < scan->column_count; c++)
    if (scan->columns[c].id == expr->column) return table->columns[c].link_table != NULL;
  return false;
}

// Whether the cuboid keeps a measure: it is named, or a ratio that is named needs it.
static bool measure_kept(const CuboidTree *cuboid, const CatalogMeasure *measure, uint32_t depth) {
  const ModelCuboid *declared = cuboid->declared;
  const CatalogCube *cube = cuboid->fact.cube;
  if (!declared->measure_count) return true;
  for (uint32_t m = 0; m < declared->measure_count; m++)
    if (!strcmp(measure->name + strlen(cube->name) + 1, declared->measures[m])) return true;
  for (uint32_t m = 0; m < cube->measure_count && depth < cube->measure_count; m++) {
    const CatalogMeasure *ratio = &cube->measures[m];
    if (ratio->kind == MEASURE_RATIO &&
        (!strcmp(ratio->numerator, measure->name) || !strcmp(ratio->denominator, measure->name)) &&
        measure_kept(cuboid, ratio, depth + 1))
      return true;
  }
  return false;
}

// The states of all measures, each once. A measure that has none leaves the count of the rows that
// it would look at, which tells where there are any.
static Status measure_states(CuboidTree *cuboid, Expr *const *keys, uint32_t key_count,
                             AggregateCall *states, uint32_t *count, Error *error) {
  const CatalogCube *cube = cuboid->fact.cube;
  AggregateCall rows = {.id = AGGREGATE_COUNT_ROWS, .type = TYPE_OF_INT};
  state_add(states, count, &rows);
  for (uint32_t m = 0; m < cube->measure_count; m++) {
    AggregateCall call, own[PARTIAL_STATES_MAX];
    if (cube->measures[m].kind != MEASURE_AGGREGATE) continue;
    if (!measure_kept(cuboid, &cube->measures[m], 0)) continue;
    TRY(cube_fact_call(&cuboid->fact, &cube->measures[m], &call, error));
    uint32_t own_count = partial_states(&call, own);
    if (partial_set(&call, &own[0]) && is_foreign_key(cuboid, call.arg, keys, key_count))
      own_count = 1;
    for (uint32_t s = 0; s < own_count; s++) state_add(states, count, &own[s]);
    rows.filter = call.filter;
    if (!own_count) state_add(states, count, &rows);
  }
  return STATUS_OK;
}

static Status tree_make(CuboidTree *cuboid, Error *error) {
  Arena *arena = cuboid->context->arena;
  const CatalogCube *cube = cuboid->fact.cube;
  Expr **keys = ARENA_ARRAY(arena, Expr *, cuboid->declared->level_count);
  AggregateCall *states =
      ARENA_ARRAY(arena, AggregateCall, PARTIAL_STATES_MAX * (cube->measure_count + 1));
  uint32_t key_count = 0, state_count = 0;
  TRY(level_keys(cuboid, keys, &key_count, error));
  TRY(measure_states(cuboid, keys, key_count, states, &state_count, error));
  const char **names = ARENA_ARRAY(arena, const char *, key_count + state_count);
  cuboid->tree = logical_aggregate(cuboid->context, cuboid->fact.tree, keys, names, key_count,
                                   states, names + key_count, state_count, NULL, 0, false);
  return STATUS_OK;
}

// ---------------------------------------------------------------- names

static const Logical *fact_scan(const Logical *node) {
  while (node->kind != LOGICAL_SCAN) node = node->inputs[0];
  return node;
}

// What the columns hold, in terms of the fact; false: one has no such name (it reads no column).
static bool columns_name(CuboidTree *cuboid) {
  const Logical *tree = cuboid->tree, *input = tree->inputs[0];
  FactRegion *region = &cuboid->region;
  cuboid->names = ARENA_ARRAY(cuboid->context->arena, const char *, tree->column_count);
  fact_region_open(region, cuboid->context->arena, input, fact_scan(input));
  for (uint32_t c = 0; c < tree->column_count; c++) {
    uint32_t call = c - tree->aggregate.key_count;
    cuboid->names[c] = c < tree->aggregate.key_count
                           ? fact_expr_text(region, tree->aggregate.keys[c])
                           : fact_call_text(region, &tree->aggregate.calls[call], true);
    if (!cuboid->names[c]) return false;
  }
  return true;
}

static void sources_list(CuboidTree *cuboid) {
  const FactRegion *region = &cuboid->region;
  cuboid->sources = ARENA_ARRAY(cuboid->context->arena, const char *, region->link_count + 1);
  cuboid->sources[cuboid->source_count++] = region->fact->scan.table;
  for (uint32_t l = 0; l < region->link_count; l++)
    cuboid->sources[cuboid->source_count++] = region->links[l].scan->scan.table;
}

Status cuboid_tree_make(CuboidTree *cuboid, const Root *root, const Catalog *catalog,
                        LogicalContext *context, const ModelCube *cube, const ModelCuboid *declared,
                        Error *error) {
  *cuboid = (CuboidTree){.context = context, .declared = declared};
  cuboid->name = cuboid_name(context->arena, cube, declared);
  const CatalogCube *loaded = catalog->find_cube(catalog, cube->name);
  if (!loaded) return STATUS_OK;
  TRY(cube_fact_open(&cuboid->fact, catalog, context, loaded, error));
  TRY(tree_make(cuboid, error));
  TRY(logical_optimize(context, root, &cuboid->tree, "cuboid", error));
  if (columns_name(cuboid))
    sources_list(cuboid);
  else
    cuboid->tree = NULL;
  return STATUS_OK;
}

TableSchema cuboid_schema(const CuboidTree *cuboid, Column *const *columns,
                          const char *const *links) {
  uint32_t count = cuboid->tree->column_count;
  TableSchema schema = {.name = cuboid->name,
                        .columns = ARENA_ARRAY(cuboid->context->arena, ColumnSchema, count),
                        .column_count = count,
                        .split_count = cuboid->tree->aggregate.key_count,
                        .sources = cuboid->sources,
                        .source_count = cuboid->source_count,
                        .by_name = cuboid->by_name,
                        .key = -1,
                        .cluster = -1};
  if (cuboid->by_name) {
    schema.measures = cuboid->declared->measures;
    schema.measure_count = cuboid->declared->measure_count;
  }
  for (uint32_t c = 0; c < count; c++)
    schema.columns[c] =
        (ColumnSchema){.name = cuboid->names[c], .type = columns[c]->type, .link = links[c]};
  return schema;
}

bool *cuboid_raw_columns(const CuboidTree *cuboid) {
  const Logical *tree = cuboid->tree;
  bool *raw = ARENA_ARRAY(cuboid->context->arena, bool, tree->column_count);
  for (uint32_t c = tree->aggregate.key_count; c < tree->column_count; c++)
    raw[c] = tree->aggregate.calls[c - tree->aggregate.key_count].id == AGGREGATE_SET;
  return raw;
}
