// See cuboid_question.h.
//
// A cuboid of all levels would serve whatever any cuboid can. What is read of it is more than is
// needed (the store and its region, where the region would do), so levels are taken away, those
// with most values first, as long as it still serves.
#include "cuboid_question.h"
#include "cuboid_match.h"
#include "cuboid_tree.h"

static const Logical *scan_find(const LatticeCube *cube, const Logical *node) {
  if (node->kind == LOGICAL_SCAN)
    return strcmp(node->scan.table, cube->catalog->table) ? NULL : node;
  int side;
  for (uint32_t i = 0; (side = fact_side(node, i)) >= 0; i++) {
    const Logical *found = scan_find(cube, node->inputs[side]);
    if (found) return found;
  }
  return NULL;
}

const Logical *cuboid_fact_scan(const LatticeCube *cube, const Logical *aggregate) {
  return scan_find(cube, aggregate->inputs[0]);
}

static void read_note(const LatticeCube *cube, const Logical *scan, const bool *levels,
                      CuboidRead *read) {
  memset(read->levels, 0, cube->level_count * sizeof(bool));
  memset(read->states, 0, cube->state_count * sizeof(bool));
  for (uint32_t c = 0; c < scan->column_count; c++) {
    const char *name = scan->scan.names[c];
    for (uint32_t l = 0; l < cube->level_count; l++)
      if (levels[l] && !strcmp(cube->levels[l].column, name)) {
        read->levels[l] = true;
        break;
      }
    for (uint32_t s = 0; s < cube->state_count; s++)
      if (!strcmp(cube->states[s].column, name)) read->states[s] = true;
  }
}

bool cuboid_would_serve(const LatticeCube *cube, LogicalContext *context, const Root *root,
                        const Logical *aggregate, const Logical *fact, const bool *levels,
                        const bool *measures, CuboidRead *read, const char **why) {
  Table *table = lattice_table(cube, levels, measures);
  CuboidMatch match = {.context = context,
                       .root = root,
                       .aggregate = aggregate,
                       .region = {.fact = fact},
                       .cuboid = table};
  bool serves = cuboid_match(&match) != NULL;
  if (serves && read) read_note(cube, match.scan, levels, read);
  if (why) *why = serves ? NULL : match.lack;
  table_release(table); // the tree that navigation made names it, and is forgotten
  return serves;
}

// ---------------------------------------------------------------- the smallest

typedef struct Asking {
  const LatticeCube *cube;
  LogicalContext *context;
  const Root *root;
  const Logical *aggregate, *fact;
  CuboidRead read;
} Asking;

static bool serves(Asking *asking, const bool *levels, const char **why) {
  return cuboid_would_serve(asking->cube, asking->context, asking->root, asking->aggregate,
                            asking->fact, levels, NULL, &asking->read, why);
}

// The level with most values that is not yet tried; -1: none.
static int32_t largest_untried(const LatticeCube *cube, const bool *levels, const bool *tried) {
  int32_t found = -1;
  for (uint32_t l = 0; l < cube->level_count; l++)
    if (levels[l] && !tried[l] &&
        (found < 0 || cube->levels[l].values > cube->levels[found].values))
      found = (int32_t)l;
  return found;
}

static void levels_reduce(Asking *asking, bool *levels) {
  uint32_t count = asking->cube->level_count;
  bool *tried = ARENA_ARRAY(asking->context->arena, bool, count + 1);
  memset(tried, 0, count + 1);
  memcpy(levels, asking->read.levels, count);
  for (int32_t l; (l = largest_untried(asking->cube, levels, tried)) >= 0;) {
    tried[l] = true;
    levels[l] = false;
    levels[l] = !serves(asking, levels, NULL);
  }
  (void)serves(asking, levels, NULL); // of the smallest: which states are read
}

static void measures_note(const Asking *asking, bool *measures) {
  const LatticeCube *cube = asking->cube;
  for (uint32_t s = 0; s < cube->state_count; s++)
    if (asking->read.states[s] && cube->states[s].measure >= 0)
      measures[cube->states[s].measure] = true;
}

static bool *flags_make(Arena *arena, uint32_t count, bool value) {
  bool *flags = ARENA_ARRAY(arena, bool, count + 1);
  memset(flags, value, count + 1);
  return flags;
}

static void cube_ask(Asking *asking, CuboidQuestion *question) {
  const LatticeCube *cube = asking->cube;
  Arena *arena = asking->context->arena;
  asking->read = (CuboidRead){flags_make(arena, cube->level_count, false),
                              flags_make(arena, cube->state_count, false)};
  *question = (CuboidQuestion){.cube = cube,
                               .levels = flags_make(arena, cube->level_count, true),
                               .measures = flags_make(arena, cube->model->measure_count, false)};
  if (!serves(asking, question->levels, &question->why)) {
    if (!question->why) question->why = "no cuboid can stand for its rows";
    memset(question->levels, 0, cube->level_count);
    return;
  }
  levels_reduce(asking, question->levels);
  measures_note(asking, question->measures);
}

bool cuboid_question_find(const CuboidLattice *lattice, LogicalContext *context, const Root *root,
                          const Logical *aggregate, CuboidQuestion *question) {
  bool found = false;
  for (uint32_t c = 0; c < lattice->cube_count; c++) {
    const LatticeCube *cube = &lattice->cubes[c];
    const Logical *fact = cuboid_fact_scan(cube, aggregate);
    if (!fact) continue;
    Asking asking = {
        .cube = cube, .context = context, .root = root, .aggregate = aggregate, .fact = fact};
    CuboidQuestion of_cube;
    cube_ask(&asking, &of_cube);
    if (!found || (question->why && !of_cube.why)) *question = of_cube;
    found = true;
    if (!question->why) return true;
  }
  return found;
}

// ---------------------------------------------------------------- as a tree

ModelCuboid cuboid_question_declare(Arena *arena, const CuboidQuestion *question) {
  const LatticeCube *cube = question->cube;
  ModelCuboid declared = {.levels = ARENA_ARRAY(arena, const char *, cube->level_count + 1),
                          .measures =
                              ARENA_ARRAY(arena, const char *, cube->model->measure_count + 1)};
  for (uint32_t l = 0; l < cube->level_count; l++)
    if (question->levels[l]) declared.levels[declared.level_count++] = cube->levels[l].name;
  for (uint32_t m = 0; m < cube->model->measure_count; m++)
    if (question->measures[m])
      declared.measures[declared.measure_count++] = cube->model->measures[m].name;
  return declared;
}

Status cuboid_question_tree(const CuboidLattice *lattice, LogicalContext *context,
                            const CuboidQuestion *question, Logical **tree, Error *error) {
  ModelCuboid *declared = ARENA_NEW(context->arena, ModelCuboid);
  *declared = cuboid_question_declare(context->arena, question);
  if (!declared->measure_count) // none would mean all; this is no measure's name
    declared->measures[declared->measure_count++] = "";
  CuboidTree cuboid;
  TRY(cuboid_tree_make(&cuboid, lattice->root, lattice->catalog, context, question->cube->model,
                       declared, error));
  *tree = cuboid.tree;
  return STATUS_OK;
}
