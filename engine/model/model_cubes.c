// Cubes: a fact table, the paths from it to its dimensions, its measures.
#include "model_reader.h"

// ---- Dimensions of a cube ----------------------------------------------------------------------

// `store: receipt.store`; nothing: the column of the dimension's name; `[]`: no column at all, the
// rows of the cube's table are themselves the dimension's members.
static void read_cube_dimension(ModelReader *reader, const YamlPair *pair,
                                ModelCubeDimension *dimension) {
  *dimension = (ModelCubeDimension){.dimension = pair->key, .place = model_key_place(pair)};
  const YamlNode *value = pair->value;
  if (value->kind == YAML_LIST && !value->count) return;
  if (value->kind == YAML_EMPTY) {
    dimension->path = ARENA_NEW(reader->arena, const char *);
    dimension->path[0] = pair->key;
    dimension->path_count = 1;
    return;
  }
  if (!model_read_path(reader, pair, &dimension->path, &dimension->path_count)) {
    dimension->dimension = NULL; // told already
  }
}

static void read_cube_dimensions(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelCube *cube = field;
  const YamlNode *map = pair->value;
  if (map->kind != YAML_MAP) {
    model_fault_add(&reader->faults, model_place(map),
                    "\"dimensions\" of a cube must be a map of dimensions to paths, found %s",
                    yaml_kind_name(map->kind));
    return;
  }
  cube->dimensions = ARENA_ARRAY(reader->arena, ModelCubeDimension, map->count);
  for (uint32_t i = 0; i < map->count; i++) {
    ModelCubeDimension *dimension = &cube->dimensions[cube->dimension_count];
    read_cube_dimension(reader, &map->pairs[i], dimension);
    if (dimension->dimension) cube->dimension_count++;
  }
}

// ---- Cuboids of a cube -------------------------------------------------------------------------

// `cuboids:` is a list of lists of levels: [[date.day, store.store], [date.month]].
static void read_cuboids(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelCube *cube = field;
  const YamlNode *list = pair->value;
  if (list->kind != YAML_LIST) {
    model_fault_add(&reader->faults, model_place(list),
                    "\"cuboids\" must be a list of lists of levels, such as [[date.day, "
                    "store.store]], found %s",
                    yaml_kind_name(list->kind));
    return;
  }
  cube->cuboids = ARENA_ARRAY(reader->arena, ModelCuboid, list->count);
  for (uint32_t i = 0; i < list->count; i++) {
    ModelCuboid *cuboid = &cube->cuboids[cube->cuboid_count];
    YamlPair item = {.key = "cuboids", .value = list->items[i]};
    *cuboid = (ModelCuboid){.place = model_place(list->items[i])};
    if (model_read_strings(reader, &item, &cuboid->levels, &cuboid->level_count))
      cube->cuboid_count++;
  }
}

// ---- A cube ------------------------------------------------------------------------------------

static const ModelKey CUBE_KEYS[] = {
    MODEL_KEY("title", model_read_title, ModelCube, title),
    MODEL_KEY("table", model_read_name, ModelCube, table),
    MODEL_KEY("time", model_read_name, ModelCube, time),
    {"dimensions", read_cube_dimensions, 0},
    {"measures", model_read_measures, 0},
    {"cuboids", read_cuboids, 0},
};

static void read_cube(ModelReader *reader, const YamlPair *pair, ModelCube *cube) {
  *cube = (ModelCube){.name = pair->key, .place = model_key_place(pair)};
  model_name_check(reader, "cube", cube->name, cube->place);
  const char *what = arena_printf(reader->arena, "cube \"%s\"", cube->name);
  model_keys_read(reader, pair->value, what, CUBE_KEYS, MODEL_KEY_COUNT(CUBE_KEYS), cube);
  if (pair->value->kind != YAML_MAP) return;
  static const char *const NEEDED[] = {"table", "measures"};
  for (uint32_t i = 0; i < 2; i++) {
    if (model_pair_find(pair->value, NEEDED[i])) continue;
    model_fault_add(&reader->faults, cube->place, "cube \"%s\" needs \"%s\"", cube->name,
                    NEEDED[i]);
  }
}

void model_read_cubes(ModelReader *reader, const YamlPair *pair, void *field) {
  Model *model = field;
  const YamlNode *map = pair->value;
  if (map->kind != YAML_MAP) {
    model_fault_add(&reader->faults, model_place(map),
                    "\"cubes\" must be a map of names to cubes, found %s",
                    yaml_kind_name(map->kind));
    return;
  }
  model->cubes = ARENA_ARRAY(reader->arena, ModelCube, map->count);
  model->cube_count = map->count;
  for (uint32_t i = 0; i < map->count; i++) read_cube(reader, &map->pairs[i], &model->cubes[i]);
}
