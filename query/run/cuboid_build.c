// A cuboid is the answer to a cube query: its levels, and of its measures the partial states. The
// tree is made by the cube's front end and goes through the passes, so that the names of its
// columns are the texts that navigation (query/plan/pass_cuboid.c) finds in a query's tree.
#include "cuboid_build.h"
#include "catalog_store.h"
#include "cube_fact.h"
#include "fact_region.h"
#include "optimize.h"
#include "partial.h"
#include "query_columns.h"

typedef struct Building {
  Root *next;
  ThreadPool *pool;
  Job *job;
  const ModelCube *cube;
  const ModelCuboid *cuboid;
  LogicalContext context;
  const Catalog *catalog;
  CubeFact fact;
} Building;

static const char *cuboid_name(Arena *arena, const ModelCube *cube, const ModelCuboid *cuboid) {
  const char *name = arena_printf(arena, "%s(", cube->name);
  for (uint32_t l = 0; l < cuboid->level_count; l++)
    name = arena_printf(arena, "%s%s%s", name, l ? ", " : "", cuboid->levels[l]);
  return arena_printf(arena, "%s)", name);
}

// ---------------------------------------------------------------- the tree

// A level is kept by its key: labels are looked up when they are shown.
static Status level_keys(Building *building, Expr **keys, uint32_t *key_count, Error *error) {
  for (uint32_t l = 0; l < building->cuboid->level_count; l++) {
    const CatalogLevel *level = cube_find_level(building->fact.cube, building->cuboid->levels[l]);
    if (!level) continue; // it leads to a table that is not loaded
    CatalogLevel key = *level;
    if (level->key) key.column = level->key;
    key.key = NULL;
    TRY(cube_fact_level(&building->fact, &key, NULL, &keys[(*key_count)++], error));
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
static bool is_foreign_key(const Building *building, const Expr *expr, Expr *const *keys,
                           uint32_t key_count) {
  const Logical *scan = building->fact.paths[0].scan;
  const CatalogTable *table = building->fact.paths[0].table;
  for (uint32_t k = 0; k < key_count; k++)
    if (expr_equal(keys[k], expr)) return false;
  for (uint32_t c = 0; c < scan->column_count; c++)
    if (scan->columns[c].id == expr->column) return table->columns[c].link_table != NULL;
  return false;
}

// Whether the cuboid keeps a measure: it is named, or a ratio that is named needs it.
static bool measure_kept(const Building *building, const CatalogMeasure *measure, uint32_t depth) {
  const ModelCuboid *cuboid = building->cuboid;
  const CatalogCube *cube = building->fact.cube;
  if (!cuboid->measure_count) return true;
  for (uint32_t m = 0; m < cuboid->measure_count; m++)
    if (!strcmp(measure->name + strlen(cube->name) + 1, cuboid->measures[m])) return true;
  for (uint32_t m = 0; m < cube->measure_count && depth < cube->measure_count; m++) {
    const CatalogMeasure *ratio = &cube->measures[m];
    if (ratio->kind == MEASURE_RATIO &&
        (!strcmp(ratio->numerator, measure->name) || !strcmp(ratio->denominator, measure->name)) &&
        measure_kept(building, ratio, depth + 1))
      return true;
  }
  return false;
}

// The states of all measures, each once. A measure that has none leaves the count of the rows that
// it would look at, which tells where there are any.
static Status measure_states(Building *building, Expr *const *keys, uint32_t key_count,
                             AggregateCall *states, uint32_t *count, Error *error) {
  const CatalogCube *cube = building->fact.cube;
  AggregateCall rows = {.id = AGGREGATE_COUNT_ROWS, .type = TYPE_OF_INT};
  state_add(states, count, &rows);
  for (uint32_t m = 0; m < cube->measure_count; m++) {
    AggregateCall call, own[PARTIAL_STATES_MAX];
    if (cube->measures[m].kind != MEASURE_AGGREGATE) continue;
    if (!measure_kept(building, &cube->measures[m], 0)) continue;
    TRY(cube_fact_call(&building->fact, &cube->measures[m], &call, error));
    uint32_t own_count = partial_states(&call, own);
    if (partial_set(&call, &own[0]) && is_foreign_key(building, call.arg, keys, key_count))
      own_count = 1;
    for (uint32_t s = 0; s < own_count; s++) state_add(states, count, &own[s]);
    rows.filter = call.filter;
    if (!own_count) state_add(states, count, &rows);
  }
  return STATUS_OK;
}

static Status cuboid_tree(Building *building, Logical **tree, Error *error) {
  Arena *arena = building->context.arena;
  const CatalogCube *cube = building->fact.cube;
  Expr **keys = ARENA_ARRAY(arena, Expr *, building->cuboid->level_count);
  AggregateCall *states =
      ARENA_ARRAY(arena, AggregateCall, PARTIAL_STATES_MAX * (cube->measure_count + 1));
  uint32_t key_count = 0, state_count = 0;
  TRY(level_keys(building, keys, &key_count, error));
  TRY(measure_states(building, keys, key_count, states, &state_count, error));
  const char **names = ARENA_ARRAY(arena, const char *, key_count + state_count);
  *tree = logical_aggregate(&building->context, building->fact.tree, keys, names, key_count, states,
                            names + key_count, state_count, NULL, 0, false);
  return STATUS_OK;
}

// ---------------------------------------------------------------- names and sources

static const Logical *fact_scan(const Logical *node) {
  while (node->kind != LOGICAL_SCAN) node = node->inputs[0];
  return node;
}

// What the columns hold, in terms of the fact; false: one has no such name (it reads no column).
static bool columns_name(Building *building, const Logical *tree, const char **names,
                         FactRegion *region) {
  const Logical *input = tree->inputs[0];
  fact_region_open(region, building->context.arena, input, fact_scan(input));
  for (uint32_t c = 0; c < tree->column_count; c++) {
    uint32_t call = c - tree->aggregate.key_count;
    names[c] = c < tree->aggregate.key_count
                   ? fact_expr_text(region, tree->aggregate.keys[c])
                   : fact_call_text(region, &tree->aggregate.calls[call], true);
    if (!names[c]) return false;
  }
  return true;
}

static Status cuboid_put(Building *building, const FactRegion *region, const char **names,
                         Logical *tree, Error *error) {
  Arena *arena = building->context.arena;
  uint32_t count = tree->column_count;
  Column **columns = mem_alloc(count * sizeof *columns);
  const char **links = ARENA_ARRAY(arena, const char *, count);
  uint64_t rows;
  bool *raw = ARENA_ARRAY(arena, bool, count); // sets hardly repeat
  for (uint32_t c = tree->aggregate.key_count; c < count; c++)
    raw[c] = tree->aggregate.calls[c - tree->aggregate.key_count].id == AGGREGATE_SET;
  Status status = query_columns(&building->context, tree, building->next, building->pool,
                                building->job, false, raw, columns, links, &rows, error);
  if (status != STATUS_OK) {
    mem_free(columns);
    return status;
  }
  TableSchema schema = {.name = cuboid_name(arena, building->cube, building->cuboid),
                        .columns = ARENA_ARRAY(arena, ColumnSchema, count),
                        .column_count = count,
                        .split_count = tree->aggregate.key_count,
                        .key = -1,
                        .cluster = -1};
  for (uint32_t c = 0; c < count; c++)
    schema.columns[c] =
        (ColumnSchema){.name = names[c], .type = columns[c]->type, .link = links[c]};
  schema.sources = ARENA_ARRAY(arena, const char *, region->link_count + 1);
  schema.sources[schema.source_count++] = region->fact->scan.table;
  for (uint32_t l = 0; l < region->link_count; l++)
    schema.sources[schema.source_count++] = region->links[l].scan->scan.table;
  root_put(building->next, table_create(schema_copy(&schema), columns, rows, NULL, NULL));
  return STATUS_OK;
}

static Status cuboid_build(Building *building, Error *error) {
  const CatalogCube *cube = building->catalog->find_cube(building->catalog, building->cube->name);
  if (!cube) return STATUS_OK; // its fact is not loaded
  Logical *tree;
  TRY(cube_fact_open(&building->fact, building->catalog, &building->context, cube, error));
  TRY(cuboid_tree(building, &tree, error));
  TRY(logical_optimize(&building->context, building->next, &tree, "cuboid", error));
  const char **names = ARENA_ARRAY(building->context.arena, const char *, tree->column_count);
  FactRegion region;
  if (!columns_name(building, tree, names, &region)) return STATUS_OK;
  return cuboid_put(building, &region, names, tree, error);
}

// ---------------------------------------------------------------- all of them

static bool is_declared(Arena *arena, const Model *model, const char *name) {
  for (uint32_t c = 0; c < model->cube_count; c++)
    for (uint32_t i = 0; i < model->cubes[c].cuboid_count; i++)
      if (!strcmp(cuboid_name(arena, &model->cubes[c], &model->cubes[c].cuboids[i]), name))
        return true;
  return false;
}

static void undeclared_drop(Arena *arena, Root *next, const Model *model) {
  for (uint32_t t = next->table_count; t-- > 0;)
    if (table_is_cuboid(next->tables[t]) &&
        !is_declared(arena, model, next->tables[t]->schema->name))
      root_remove(next, next->tables[t]->schema->name);
}

Status cuboids_build(ThreadPool *pool, Root *next, const Model *model, Job *job, Error *error) {
  Arena *arena = arena_create();
  Catalog *catalog;
  undeclared_drop(arena, next, model);
  Status status = catalog_create(next, model, &catalog, error);
  for (uint32_t c = 0; status == STATUS_OK && c < model->cube_count; c++)
    for (uint32_t i = 0; status == STATUS_OK && i < model->cubes[c].cuboid_count; i++) {
      if (job) job_report(job, &(JobProgress){.phase = "cuboids"});
      Building building = {.next = next,
                           .pool = pool,
                           .job = job,
                           .cube = &model->cubes[c],
                           .cuboid = &model->cubes[c].cuboids[i],
                           .context = {.arena = arena_create(), .next_id = 1},
                           .catalog = catalog};
      status = cuboid_build(&building, error);
      if (status != STATUS_OK) {
        char fault[ERROR_MESSAGE_BYTES] = "";
        if (error) memcpy(fault, error->message, sizeof fault);
        error_set(error, status, "%s:%u:%u: cuboid %s: %.700s", model->file,
                  building.cuboid->place.line, building.cuboid->place.column,
                  cuboid_name(arena, building.cube, building.cuboid), fault);
      }
      arena_destroy(building.context.arena);
    }
  if (status == STATUS_OK) catalog_destroy(catalog);
  arena_destroy(arena);
  return status;
}
