// What dimensions and cubes say of tables and of each other: columns of levels, hierarchies, paths
// from facts to members, ratios, the time of a cube, completeness.
#include "model_reader.h"
#include "text.h"

static const ModelTable *find_named_table(ModelReader *reader, const char *name, ModelPlace place) {
  const Model *model = reader->model;
  const ModelTable *table = model_find_table(model, name);
  if (table) return table;
  model_fault_add(
      &reader->faults, model_text_place(reader, name, place), "table: there is no table \"%s\"%s",
      name, model_suggest(reader, name, model->tables, model->table_count, sizeof *model->tables));
  return NULL;
}

// ---- Hierarchies -------------------------------------------------------------------------------

static int64_t level_index(const ModelDimension *dimension, const char *name) {
  for (uint32_t i = 0; i < dimension->level_count; i++) {
    if (!strcmp(dimension->levels[i].name, name)) return i;
  }
  return -1;
}

static void check_parents(ModelReader *reader, const ModelDimension *dimension,
                          const ModelLevel *level) {
  for (uint32_t i = 0; i < level->parent_count; i++) {
    if (level_index(dimension, level->parents[i]) >= 0) continue;
    model_fault_add(&reader->faults, model_text_place(reader, level->parents[i], level->place),
                    "parents: dimension \"%s\" has no level \"%s\"%s", dimension->name,
                    level->parents[i],
                    model_suggest(reader, level->parents[i], dimension->levels,
                                  dimension->level_count, sizeof *dimension->levels));
  }
}

// Levels that no cycle runs through are taken away, those without parents first (Kahn, 1962); what
// is left determines itself.
static void check_parent_cycles(ModelReader *reader, const ModelDimension *dimension) {
  bool *settled = ARENA_ARRAY(reader->arena, bool, dimension->level_count);
  bool changed = true;
  while (changed) {
    changed = false;
    for (uint32_t i = 0; i < dimension->level_count; i++) {
      const ModelLevel *level = &dimension->levels[i];
      bool open = false;
      for (uint32_t k = 0; k < level->parent_count; k++) {
        int64_t parent = level_index(dimension, level->parents[k]);
        open |= parent >= 0 && !settled[parent];
      }
      if (settled[i] || open) continue;
      settled[i] = changed = true;
    }
  }
  for (uint32_t i = 0; i < dimension->level_count; i++) {
    if (settled[i]) continue;
    model_fault_add(&reader->faults, dimension->levels[i].place,
                    "level \"%s\" of dimension \"%s\" comes back to itself through its parents",
                    dimension->levels[i].name, dimension->name);
    return; // one fault tells of the cycle
  }
}

static void check_level_columns(ModelReader *reader, const ModelTable *table,
                                const ModelLevel *level) {
  const ModelTable *reached =
      model_follow_links(reader, table, level->links, level->link_count, level->place);
  if (!reached) return;
  model_require_column(reader, reached, level->column, level->place, "level");
  if (level->label) model_require_column(reader, reached, level->label, level->place, "label");
}

static void check_dimension(ModelReader *reader, const ModelDimension *dimension) {
  const ModelTable *table =
      dimension->table ? find_named_table(reader, dimension->table, dimension->place) : NULL;
  for (uint32_t i = 0; i < dimension->level_count; i++) {
    if (table && !dimension->is_time) check_level_columns(reader, table, &dimension->levels[i]);
    check_parents(reader, dimension, &dimension->levels[i]);
  }
  check_parent_cycles(reader, dimension);
}

// ---- Paths from a fact -------------------------------------------------------------------------

static const char *path_text(ModelReader *reader, const ModelCubeDimension *path) {
  const char *text = path->path[0];
  for (uint32_t i = 1; i < path->path_count; i++) {
    text = arena_printf(reader->arena, "%s.%s", text, path->path[i]);
  }
  return text;
}

static void check_member_path(ModelReader *reader, const ModelCube *cube, const ModelTable *table,
                              const ModelCubeDimension *path, const ModelDimension *dimension) {
  const ModelTable *reached =
      model_follow_links(reader, table, path->path, path->path_count, path->place);
  if (!reached || !strcmp(reached->name, dimension->table)) return;
  if (!path->path_count) {
    model_fault_add(&reader->faults, path->place,
                    "dimension \"%s\" is of table \"%s\", cube \"%s\" of table \"%s\": expected a "
                    "path of links between them",
                    dimension->name, dimension->table, cube->name, table->name);
    return;
  }
  model_fault_add(&reader->faults, model_text_place(reader, path->path[0], path->place),
                  "path \"%s\" leads to table \"%s\", but dimension \"%s\" is of table \"%s\"",
                  path_text(reader, path), reached->name, dimension->name, dimension->table);
}

static bool dimension_has_hour(const ModelDimension *dimension) {
  for (uint32_t i = 0; i < dimension->level_count; i++) {
    if (dimension->levels[i].time == MODEL_TIME_HOUR) return true;
  }
  return false;
}

static void check_time_column(ModelReader *reader, const ModelColumn *column,
                              const ModelCubeDimension *path, const ModelDimension *dimension) {
  TypeKind kind = column->type.kind;
  char type[TYPE_NAME_BYTES];
  if (kind == TYPE_NULL || kind == TYPE_TIMESTAMP ||
      (kind == TYPE_DATE && !dimension_has_hour(dimension))) {
    return;
  }
  const char *expected = kind == TYPE_DATE          ? "expected a timestamp for its level hour"
                         : kind == TYPE_TIMESTAMPTZ ? "expected local time: a column with date_of"
                                                    : "expected a date or a timestamp";
  model_fault_add(&reader->faults,
                  model_text_place(reader, path->path[path->path_count - 1], path->place),
                  "dimension \"%s\" is of time, column \"%s\" is %s: %s", dimension->name,
                  column->name, type_format(column->type, type), expected);
}

static void check_value_path(ModelReader *reader, const ModelTable *table,
                             const ModelCubeDimension *path, const ModelDimension *dimension) {
  if (!path->path_count) {
    model_fault_add(&reader->faults, path->place,
                    "dimension \"%s\" has no table: expected a path that ends in a column",
                    dimension->name);
    return;
  }
  uint32_t last = path->path_count - 1;
  const ModelTable *reached = model_follow_links(reader, table, path->path, last, path->place);
  if (!reached) return;
  const ModelColumn *column =
      model_require_column(reader, reached, path->path[last], path->place, "path");
  if (column && dimension->is_time) check_time_column(reader, column, path, dimension);
}

static void check_path(ModelReader *reader, const ModelCube *cube, const ModelTable *table,
                       const ModelCubeDimension *path) {
  const Model *model = reader->model;
  const ModelDimension *dimension = model_find_dimension(model, path->dimension);
  if (!dimension) {
    model_fault_add(&reader->faults, path->place, "there is no dimension \"%s\"%s", path->dimension,
                    model_suggest(reader, path->dimension, model->dimensions,
                                  model->dimension_count, sizeof *model->dimensions));
  } else if (dimension->table && model_find_table(model, dimension->table)) {
    check_member_path(reader, cube, table, path, dimension);
  } else if (!dimension->table) {
    check_value_path(reader, table, path, dimension);
  }
}

// ---- Time of a cube ----------------------------------------------------------------------------

static bool cube_has_dimension(const ModelCube *cube, const char *name, size_t length) {
  for (uint32_t i = 0; i < cube->dimension_count; i++) {
    const char *have = cube->dimensions[i].dimension;
    if (strlen(have) == length && !memcmp(have, name, length)) return true;
  }
  return false;
}

static void check_time(ModelReader *reader, const ModelCube *cube) {
  if (!cube->time) return;
  ModelPlace place = model_text_place(reader, cube->time, cube->place);
  size_t length = strcspn(cube->time, ".");
  const char *level = cube->time[length] ? cube->time + length + 1 : "";
  const char *name = arena_strndup(reader->arena, cube->time, length);
  const ModelDimension *dimension = model_find_dimension(reader->model, name);
  if (!cube_has_dimension(cube, name, length)) {
    model_fault_add(&reader->faults, place, "time: cube \"%s\" has no dimension \"%s\"%s",
                    cube->name, name,
                    model_suggest(reader, name, cube->dimensions, cube->dimension_count,
                                  sizeof *cube->dimensions));
  } else if (dimension && (!dimension->is_time || strcmp(level, "day") != 0 ||
                           level_index(dimension, level) < 0)) {
    model_fault_add(&reader->faults, place,
                    "time: expected the level day of a dimension of time, such as date.day, found "
                    "\"%s\"",
                    cube->time);
  }
}

// ---- Measures ----------------------------------------------------------------------------------

static const ModelMeasure *find_measure(const ModelCube *cube, const char *name) {
  for (uint32_t i = 0; i < cube->measure_count; i++) {
    if (!strcmp(cube->measures[i].name, name)) return &cube->measures[i];
  }
  return NULL;
}

static void require_measure(ModelReader *reader, const ModelCube *cube, const ModelMeasure *ratio,
                            const char *name) {
  if (find_measure(cube, name)) return;
  model_fault_add(
      &reader->faults, model_text_place(reader, name, ratio->place),
      "ratio: cube \"%s\" has no measure \"%s\"%s", cube->name, name,
      model_suggest(reader, name, cube->measures, cube->measure_count, sizeof *cube->measures));
}

static bool member_settled(const ModelCube *cube, const bool *settled, const char *name) {
  const ModelMeasure *measure = find_measure(cube, name);
  return !measure || settled[measure - cube->measures]; // an unknown one is told already
}

// As check_parent_cycles: what can be computed is taken away, then what leans on it.
static void check_ratio_cycles(ModelReader *reader, const ModelCube *cube) {
  bool *settled = ARENA_ARRAY(reader->arena, bool, cube->measure_count);
  bool changed = true;
  while (changed) {
    changed = false;
    for (uint32_t i = 0; i < cube->measure_count; i++) {
      const ModelMeasure *measure = &cube->measures[i];
      if (settled[i] ||
          (measure->numerator && !(member_settled(cube, settled, measure->numerator) &&
                                   member_settled(cube, settled, measure->denominator)))) {
        continue;
      }
      settled[i] = changed = true;
    }
  }
  for (uint32_t i = 0; i < cube->measure_count; i++) {
    if (settled[i]) continue;
    model_fault_add(&reader->faults, cube->measures[i].place,
                    "ratio: measure \"%s\" of cube \"%s\" is defined by itself",
                    cube->measures[i].name, cube->name);
    return;
  }
}

static void check_numeric(ModelReader *reader, const ModelTable *table,
                          const ModelMeasure *measure) {
  bool adds = measure->aggregate == MODEL_SUM || measure->aggregate == MODEL_AVG ||
              measure->aggregate == MODEL_BALANCE;
  const ModelColumn *column = adds ? model_find_column(table, measure->expression) : NULL;
  if (!column || column->type.kind == TYPE_NULL) return;
  if (type_is_numeric(column->type) && !column->link) return;
  char type[TYPE_NAME_BYTES];
  model_fault_add(&reader->faults, model_text_place(reader, measure->expression, measure->place),
                  "measure \"%s\" adds numbers up, column \"%s\" is %s", measure->name,
                  column->name, column->link ? "a link" : type_format(column->type, type));
}

static void check_measure(ModelReader *reader, const ModelCube *cube, const ModelTable *table,
                          const ModelMeasure *measure) {
  if (measure->numerator) {
    require_measure(reader, cube, measure, measure->numerator);
    require_measure(reader, cube, measure, measure->denominator);
  }
  if (table && measure->expression) {
    model_check_expression(reader, table, measure->expression, measure->place);
    check_numeric(reader, table, measure);
  }
  if (table && measure->filter) {
    model_check_expression(reader, table, measure->filter, measure->place);
  }
  bool window = measure->window_days && measure->aggregate != MODEL_RATIO; // there told already
  if (cube->time || !(window || measure->aggregate == MODEL_BALANCE)) return;
  model_fault_add(&reader->faults, measure->place,
                  "measure \"%s\" %s, so cube \"%s\" needs \"time\"", measure->name,
                  window ? "has a window" : "is a balance", cube->name);
}

// ---- Cuboids -----------------------------------------------------------------------------------

static void check_cuboid_level(ModelReader *reader, const ModelCube *cube,
                               const ModelCuboid *cuboid, uint32_t index) {
  const char *name = cuboid->levels[index];
  ModelPlace place = model_text_place(reader, name, cuboid->place);
  size_t length = strcspn(name, ".");
  const ModelDimension *dimension =
      cube_has_dimension(cube, name, length)
          ? model_find_dimension(reader->model, arena_strndup(reader->arena, name, length))
          : NULL;
  if (!dimension || !name[length] || level_index(dimension, name + length + 1) < 0)
    model_fault_add(&reader->faults, place,
                    "cuboids: cube \"%s\" has no level \"%s\": expected a level of one of its "
                    "dimensions, such as date.day",
                    cube->name, name);
  for (uint32_t i = 0; i < index; i++)
    if (!strcmp(cuboid->levels[i], name))
      model_fault_add(&reader->faults, place, "cuboids: level \"%s\" stands twice", name);
}

static void check_cuboid_measure(ModelReader *reader, const ModelCube *cube,
                                 const ModelCuboid *cuboid, const char *name) {
  if (find_measure(cube, name)) return;
  model_fault_add(
      &reader->faults, model_text_place(reader, name, cuboid->place),
      "cuboids: cube \"%s\" has no measure \"%s\"%s", cube->name, name,
      model_suggest(reader, name, cube->measures, cube->measure_count, sizeof *cube->measures));
}

static void check_cuboids(ModelReader *reader, const ModelCube *cube) {
  for (uint32_t c = 0; c < cube->cuboid_count; c++) {
    const ModelCuboid *cuboid = &cube->cuboids[c];
    for (uint32_t l = 0; l < cuboid->level_count; l++) check_cuboid_level(reader, cube, cuboid, l);
    for (uint32_t m = 0; m < cuboid->measure_count; m++)
      check_cuboid_measure(reader, cube, cuboid, cuboid->measures[m]);
  }
}

static void check_cube(ModelReader *reader, const ModelCube *cube) {
  const ModelTable *table = cube->table ? find_named_table(reader, cube->table, cube->place) : NULL;
  for (uint32_t i = 0; table && i < cube->dimension_count; i++) {
    check_path(reader, cube, table, &cube->dimensions[i]);
  }
  check_time(reader, cube);
  for (uint32_t i = 0; i < cube->measure_count; i++) {
    check_measure(reader, cube, table, &cube->measures[i]);
  }
  check_ratio_cycles(reader, cube);
  check_cuboids(reader, cube);
}

// ---- Completeness ------------------------------------------------------------------------------

static void check_day_column(ModelReader *reader, const ModelTable *table, const char *name) {
  if (!name) return;
  const ModelColumn *column =
      model_require_column(reader, table, name, (ModelPlace){1, 1}, "completeness");
  if (!column || column->type.kind == TYPE_DATE || column->type.kind == TYPE_NULL) return;
  char type[TYPE_NAME_BYTES];
  model_fault_add(&reader->faults, model_text_place(reader, name, table->place),
                  "completeness: column \"%s\" must be a date, it is %s", name,
                  type_format(column->type, type));
}

static void check_completeness(ModelReader *reader, const ModelCompleteness *completeness) {
  const Model *model = reader->model;
  const char *name = completeness->dimension;
  const ModelCube *cube = model_find_cube(model, completeness->cube);
  ModelPlace top = {1, 1};
  if (!cube) {
    model_fault_add(&reader->faults, model_text_place(reader, completeness->cube, top),
                    "completeness: there is no cube \"%s\"%s", completeness->cube,
                    model_suggest(reader, completeness->cube, model->cubes, model->cube_count,
                                  sizeof *model->cubes));
    return;
  }
  if (!cube->time) {
    model_fault_add(&reader->faults, model_text_place(reader, completeness->cube, top),
                    "completeness: cube \"%s\" has no \"time\"", cube->name);
  }
  const ModelDimension *dimension = model_find_dimension(model, name);
  if (!cube_has_dimension(cube, name, strlen(name)) || !dimension || !dimension->table) {
    model_fault_add(&reader->faults, model_text_place(reader, name, top),
                    "completeness: cube \"%s\" has no dimension \"%s\" of a table%s", cube->name,
                    name,
                    dimension ? ""
                              : model_suggest(reader, name, cube->dimensions, cube->dimension_count,
                                              sizeof *cube->dimensions));
    return;
  }
  const ModelTable *table = model_find_table(model, dimension->table);
  if (!table) return;
  check_day_column(reader, table, completeness->opened);
  check_day_column(reader, table, completeness->closed);
}

void model_check_cubes(ModelReader *reader) {
  const Model *model = reader->model;
  for (uint32_t i = 0; i < model->dimension_count; i++) {
    check_dimension(reader, &model->dimensions[i]);
  }
  for (uint32_t i = 0; i < model->cube_count; i++) check_cube(reader, &model->cubes[i]);
  if (model->completeness) check_completeness(reader, model->completeness);
}
