// See cuboid_lattice.h.
#include "cuboid_lattice.h"
#include "cuboid_tree.h"
#include "estimate.h"
#include "lower.h"
#include <math.h>

// ---------------------------------------------------------------- trees that are not run

static const ModelCuboid *declared_make(Arena *arena, const char **levels, uint32_t level_count,
                                        const char **measures, uint32_t measure_count) {
  ModelCuboid *declared = ARENA_NEW(arena, ModelCuboid);
  *declared = (ModelCuboid){.levels = levels,
                            .level_count = level_count,
                            .measures = measures,
                            .measure_count = measure_count};
  return declared;
}

typedef struct Shape { // what a cuboid would hold
  CuboidTree cuboid;
  Plan *plan;
  const char **links;
} Shape;

static Status shape_find(const CuboidLattice *lattice, LogicalContext *context,
                         const ModelCube *cube, const ModelCuboid *declared, Shape *shape,
                         Error *error) {
  TRY(cuboid_tree_make(&shape->cuboid, lattice->root, lattice->catalog, context, cube, declared,
                       error));
  const Logical *tree = shape->cuboid.tree;
  if (!tree) return STATUS_OK;
  shape->links = ARENA_ARRAY(context->arena, const char *, tree->column_count);
  return logical_lower_rows(context, tree, lattice->root, &shape->plan, shape->links, error);
}

// ---------------------------------------------------------------- levels

static double days_of(const Column *column, const Type *type) {
  if (column->min > column->max) return 1;
  double range = (double)column->max - (double)column->min;
  if (type->kind != TYPE_DATE) range /= (double)USEC_PER_DAY;
  return range + 1;
}

static double spans_of(double days, const char *span) {
  static const struct {
    const char *name;
    double days;
  } SPANS[] = {{"week", 7}, {"month", 30.4}, {"quarter", 91.3}, {"year", 365.25}};
  for (size_t s = 0; s < sizeof SPANS / sizeof *SPANS; s++)
    if (!strcmp(span, SPANS[s].name)) return ceil(days / SPANS[s].days) + 1;
  return days;
}

// Different values of a level, told from what the tables know of the column that it is made from.
static double level_values(const Root *root, const Logical *input, const CatalogLevel *level,
                           const Expr *key, double rows) {
  if (level->extract) return !strcmp(level->extract, "hour") ? 24 : 7;
  while (key->kind == EXPR_CALL) key = key->args[key->arg_count - 1];
  const char *name;
  const Logical *scan = key->kind == EXPR_COLUMN ? column_origin(input, key->column, &name) : NULL;
  const Table *table = scan ? root_find(root, scan->scan.table) : NULL;
  int32_t index = table ? schema_find(table->schema, name) : -1;
  if (index < 0) return rows;
  const ColumnSchema *schema = &table->schema->columns[index];
  const Table *target = schema->link ? root_find(root, schema->link) : NULL;
  if (target) return fmax(1, (double)target->shown_count);
  const Column *column = table->columns[index];
  if (level->trunc && column_physical(column) == PHYSICAL_INT)
    return spans_of(days_of(column, &column->type), level->trunc);
  return estimate_values(root, input, key->column, fmax(1, (double)table->shown_count));
}

// ---------------------------------------------------------------- levels of one member or day

static bool same_place(const CatalogLevel *a, const CatalogLevel *b) {
  if (a->link_count != b->link_count) return false;
  for (uint32_t i = 0; i < a->link_count; i++)
    if (strcmp(a->links[i], b->links[i])) return false;
  return a->link_count || !strcmp(a->column, b->column);
}

static bool links_begin_with(const CatalogLevel *level, const CatalogLevel *member) {
  if (!member->link_count || member->link_count > level->link_count) return false;
  for (uint32_t i = 0; i < member->link_count; i++)
    if (strcmp(member->links[i], level->links[i])) return false;
  return true;
}

static const char *own_name(const char *level) { // "region" of "store.region"
  const char *point = strrchr(level, '.');
  return point ? point + 1 : level;
}

// Whether the dimension says that `fine` has one `coarse`, through its parents.
static bool parents_tell(const ModelDimension *dimension, const char *fine, const char *coarse,
                         uint32_t depth) {
  for (uint32_t l = 0; l < dimension->level_count && depth < dimension->level_count; l++) {
    const ModelLevel *level = &dimension->levels[l];
    if (strcmp(level->name, fine)) continue;
    for (uint32_t p = 0; p < level->parent_count; p++)
      if (!strcmp(level->parents[p], coarse) ||
          parents_tell(dimension, level->parents[p], coarse, depth + 1))
        return true;
  }
  return false;
}

// Whether a span of time lies in one of the other; NULL is the day.
static bool span_tells(const char *fine, const char *coarse) {
  static const char *const ORDER[] = {"month", "quarter", "year"};
  if (!coarse || (fine && !strcmp(fine, coarse))) return false;
  if (!fine) return true;
  int at[2] = {-1, -1};
  for (int o = 0; o < 3; o++) {
    if (!strcmp(fine, ORDER[o])) at[0] = o;
    if (!strcmp(coarse, ORDER[o])) at[1] = o;
  }
  return at[0] >= 0 && at[0] < at[1];
}

static bool level_tells(const Model *model, const LatticeLevel *fine, const LatticeLevel *coarse) {
  const CatalogLevel *a = fine->catalog, *b = coarse->catalog;
  if (a == b) return false;
  if (fine->link && !coarse->link && links_begin_with(b, a)) return true; // by the member
  if (strcmp(a->dimension, b->dimension)) return false;
  if (!a->extract && !b->extract && same_place(a, b) && !strcmp(a->column, b->column) &&
      span_tells(a->trunc, b->trunc))
    return true;
  const ModelDimension *dimension = model_find_dimension(model, a->dimension);
  return dimension && parents_tell(dimension, own_name(fine->name), own_name(coarse->name), 0);
}

// Members of the row that a level's links lead to, or days of the fact's date.
static double group_values(const CuboidLattice *lattice, const LatticeCube *cube,
                           const LatticeLevel *level) {
  const CatalogLevel *catalog = level->catalog;
  const Table *table = cube->fact;
  for (uint32_t i = 0; i < catalog->link_count && table; i++) {
    int32_t index = schema_find(table->schema, catalog->links[i]);
    const char *link = index < 0 ? NULL : table->schema->columns[index].link;
    table = link ? root_find(lattice->root, link) : NULL;
  }
  if (!table) return INFINITY;
  if (catalog->link_count) return fmax(1, (double)table->shown_count);
  int32_t index = schema_find(table->schema, catalog->column);
  if (index < 0 || table->columns[index]->type.kind != TYPE_DATE) return INFINITY;
  return days_of(table->columns[index], &table->columns[index]->type);
}

static void levels_group(const CuboidLattice *lattice, LatticeCube *cube) {
  for (uint32_t l = 0; l < cube->level_count; l++) {
    LatticeLevel *level = &cube->levels[l];
    level->group = l;
    for (uint32_t k = l; k-- > 0;)
      if (same_place(cube->levels[k].catalog, level->catalog)) level->group = cube->levels[k].group;
    level->group_values = group_values(lattice, cube, level);
    level->told_by = ARENA_ARRAY(lattice->arena, bool, cube->level_count);
    for (uint32_t k = 0; k < cube->level_count; k++)
      level->told_by[k] = level_tells(lattice->model, &cube->levels[k], level);
  }
}

static Status levels_find(CuboidLattice *lattice, LogicalContext *context, LatticeCube *cube,
                          Error *error) {
  Arena *arena = lattice->arena;
  uint32_t count = cube->catalog->level_count;
  cube->levels = ARENA_ARRAY(arena, LatticeLevel, count);
  double rows = fmax(1, (double)cube->fact->shown_count);
  for (uint32_t l = 0; l < count; l++) { // one at a time: there may be more than a tree can have
    const CatalogLevel *level = &cube->catalog->levels[l];
    const char **name = ARENA_ARRAY(arena, const char *, 1);
    *name = level->name;
    Shape shape = {0};
    TRY(shape_find(lattice, context, cube->model, declared_make(arena, name, 1, NULL, 0), &shape,
                   error));
    const Logical *tree = shape.cuboid.tree;
    if (!tree || tree->aggregate.key_count != 1) continue;
    cube->levels[cube->level_count++] =
        (LatticeLevel){.name = level->name,
                       .column = arena_strdup(arena, shape.cuboid.names[0]),
                       .type = shape.plan->columns[0].type,
                       .link = shape.links[0] ? arena_strdup(arena, shape.links[0]) : NULL,
                       .catalog = level,
                       .values = level_values(lattice->root, tree->inputs[0], level,
                                              tree->aggregate.keys[0], rows)};
  }
  levels_group(lattice, cube);
  return STATUS_OK;
}

// ---------------------------------------------------------------- states

static double set_members(const CuboidLattice *lattice, const LatticeCube *cube,
                          const Logical *tree, const AggregateCall *call) {
  const char *name;
  if (call->id != AGGREGATE_SET) return 0;
  if (!column_origin(tree->inputs[0], call->arg->column, &name)) return 1;
  int32_t index = schema_find(cube->fact->schema, name);
  const char *link = index < 0 ? NULL : cube->fact->schema->columns[index].link;
  const Table *target = link ? root_find(lattice->root, link) : NULL;
  return target ? fmax(1, (double)target->shown_count) : 1;
}

static bool state_known(const LatticeCube *cube, const char *column) {
  for (uint32_t s = 0; s < cube->state_count; s++)
    if (!strcmp(cube->states[s].column, column)) return true;
  return false;
}

static Status states_add(CuboidLattice *lattice, LogicalContext *context, LatticeCube *cube,
                         int32_t measure, Error *error) {
  Arena *arena = lattice->arena;
  const char **name = ARENA_ARRAY(arena, const char *, 1);
  *name = cube->model->measures[measure].name;
  Shape shape = {0};
  TRY(shape_find(lattice, context, cube->model, declared_make(arena, NULL, 0, name, 1), &shape,
                 error));
  const Logical *tree = shape.cuboid.tree;
  LatticeState *states =
      ARENA_ARRAY(arena, LatticeState, cube->state_count + (tree ? tree->column_count : 0) + 1);
  if (cube->state_count) memcpy(states, cube->states, cube->state_count * sizeof *states);
  cube->states = states;
  for (uint32_t c = 0; tree && c < tree->column_count; c++) {
    const char *column = shape.cuboid.names[c];
    if (state_known(cube, column)) continue;
    bool always = !strcmp(column, "count(*)");
    cube->states[cube->state_count++] =
        (LatticeState){.column = arena_strdup(arena, column),
                       .type = shape.plan->columns[c].type,
                       .measure = always ? -1 : measure,
                       .members = set_members(lattice, cube, tree, &tree->aggregate.calls[c])};
  }
  return STATUS_OK;
}

// ---------------------------------------------------------------- the whole

static Status cube_add(CuboidLattice *lattice, LogicalContext *context, const ModelCube *model,
                       Error *error) {
  Arena *arena = lattice->arena;
  const CatalogCube *catalog = lattice->catalog->find_cube(lattice->catalog, model->name);
  const Table *fact = catalog ? root_find(lattice->root, catalog->table) : NULL;
  if (!fact) return STATUS_OK;
  LatticeCube *cube = &lattice->cubes[lattice->cube_count++];
  const char **sources = ARENA_ARRAY(arena, const char *, 1);
  *sources = catalog->table;
  *cube = (LatticeCube){
      .model = model, .catalog = catalog, .fact = fact, .sources = sources, .source_count = 1};
  TRY(levels_find(lattice, context, cube, error));
  for (uint32_t m = 0; m < model->measure_count; m++)
    if (model->measures[m].aggregate != MODEL_RATIO)
      TRY(states_add(lattice, context, cube, (int32_t)m, error));
  return STATUS_OK;
}

Status cuboid_lattice_create(const Root *root, const Catalog *catalog, const Model *model,
                             CuboidLattice **out, Error *error) {
  CuboidLattice *lattice = mem_alloc_zero(sizeof *lattice);
  *lattice = (CuboidLattice){arena_create(), root, catalog, model, NULL, 0};
  uint32_t count = model ? model->cube_count : 0;
  lattice->cubes = ARENA_ARRAY(lattice->arena, LatticeCube, count + 1);
  Status status = STATUS_OK;
  for (uint32_t c = 0; c < count && status == STATUS_OK; c++) {
    LogicalContext context = {.arena = arena_create(), .next_id = 1};
    status = cube_add(lattice, &context, &model->cubes[c], error);
    arena_destroy(context.arena);
  }
  if (status == STATUS_OK)
    *out = lattice;
  else
    cuboid_lattice_destroy(lattice);
  return status;
}

void cuboid_lattice_destroy(CuboidLattice *lattice) {
  if (!lattice) return;
  arena_destroy(lattice->arena);
  mem_free(lattice);
}

const LatticeCube *cuboid_lattice_find(const CuboidLattice *lattice, const char *cube) {
  for (uint32_t c = 0; c < lattice->cube_count; c++)
    if (!strcmp(lattice->cubes[c].model->name, cube)) return &lattice->cubes[c];
  return NULL;
}

int32_t lattice_level_find(const LatticeCube *cube, const char *name) {
  for (uint32_t l = 0; l < cube->level_count; l++)
    if (!strcmp(cube->levels[l].name, name)) return (int32_t)l;
  return -1;
}

static bool level_is_told(const LatticeCube *cube, const ModelCuboid *finer, int32_t level) {
  for (uint32_t f = 0; level >= 0 && f < finer->level_count; f++) {
    int32_t by = lattice_level_find(cube, finer->levels[f]);
    if (by == level || (by >= 0 && cube->levels[level].told_by[by])) return true;
  }
  return false;
}

bool lattice_refines(const LatticeCube *cube, const ModelCuboid *finer, const ModelCuboid *levels) {
  for (uint32_t l = 0; l < levels->level_count; l++)
    if (!level_is_told(cube, finer, lattice_level_find(cube, levels->levels[l]))) return false;
  return true;
}

// ---------------------------------------------------------------- one cuboid

static bool is_told(const LatticeCube *cube, const bool *levels, uint32_t at) {
  for (uint32_t l = 0; l < cube->level_count; l++)
    if (levels[l] && cube->levels[at].told_by[l]) return true;
  return false;
}

static bool state_is_kept(const LatticeState *state, const bool *measures) {
  return state->measure < 0 || !measures || measures[state->measure];
}

Table *lattice_table(const LatticeCube *cube, const bool *levels, const bool *measures) {
  uint32_t most = cube->level_count + cube->state_count;
  TableSchema schema = {.name = "(a cuboid that could be)",
                        .key = -1,
                        .cluster = -1,
                        .sources = (const char **)cube->sources,
                        .source_count = cube->source_count};
  schema.columns = mem_alloc((most + 1) * sizeof *schema.columns);
  Column **columns = mem_alloc((most + 1) * sizeof *columns);
  for (uint32_t l = 0; l < cube->level_count; l++)
    if (levels[l])
      schema.columns[schema.column_count++] = (ColumnSchema){.name = cube->levels[l].column,
                                                             .type = cube->levels[l].type,
                                                             .link = cube->levels[l].link};
  schema.split_count = schema.column_count;
  for (uint32_t s = 0; s < cube->state_count; s++)
    if (state_is_kept(&cube->states[s], measures))
      schema.columns[schema.column_count++] =
          (ColumnSchema){.name = cube->states[s].column, .type = cube->states[s].type};
  for (uint32_t c = 0; c < schema.column_count; c++)
    columns[c] = column_create(schema.columns[c].type, NULL, mem_alloc(sizeof(Block *)), 0);
  Table *table = table_create(schema_copy(&schema), columns, 0, NULL, NULL);
  mem_free(schema.columns);
  return table;
}

double lattice_cells(const LatticeCube *cube, const bool *levels) {
  double cells = 1, rows = fmax(1, (double)cube->fact->shown_count);
  for (uint32_t group = 0; group < cube->level_count; group++) {
    double values = 1, most = INFINITY;
    for (uint32_t l = 0; l < cube->level_count; l++) {
      if (cube->levels[l].group != group || !levels[l] || is_told(cube, levels, l)) continue;
      values *= cube->levels[l].values;
      most = cube->levels[l].group_values;
    }
    cells *= fmin(values, most);
  }
  // Of so many places, those that so many rows touch (Cardenas, CACM 18, 1975).
  if (cells <= 1) return 1;
  return fmax(1, fmin(rows, cells * -expm1(rows * log1p(-1 / cells))));
}

static double key_bytes(const LatticeLevel *level) {
  return level->values <= 256 ? 1 : level->values <= 65536 ? 2 : 4;
}

// A set takes some two bytes a member, of those that so many rows of a cell name.
static double state_bytes(const LatticeState *state, double rows_a_cell) {
  if (!state->members) return type_physical(state->type) == PHYSICAL_WIDE ? 16 : 4;
  double members = state->members;
  double named = members <= 1 ? 1 : members * -expm1(rows_a_cell * log1p(-1 / members));
  return 5 + 2 * named;
}

double lattice_bytes(const LatticeCube *cube, const bool *levels, const bool *measures) {
  double cells = lattice_cells(cube, levels), bytes = 0;
  double rows_a_cell = fmax(1, (double)cube->fact->shown_count) / cells;
  for (uint32_t l = 0; l < cube->level_count; l++)
    if (levels[l]) bytes += key_bytes(&cube->levels[l]);
  for (uint32_t s = 0; s < cube->state_count; s++)
    if (state_is_kept(&cube->states[s], measures))
      bytes += state_bytes(&cube->states[s], rows_a_cell);
  return cells * bytes;
}
