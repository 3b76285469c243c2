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

static void read_cuboid_levels(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelCuboid *cuboid = field;
  if (!model_read_strings(reader, pair, &cuboid->levels, &cuboid->level_count))
    cuboid->level_count = 0;
}

static void read_cuboid_measures(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelCuboid *cuboid = field;
  if (!model_read_strings(reader, pair, &cuboid->measures, &cuboid->measure_count))
    cuboid->measure_count = 0;
}

static const ModelKey CUBOID_KEYS[] = {
    {"levels", read_cuboid_levels, 0},
    {"measures", read_cuboid_measures, 0},
};

// A list of levels, or a map of levels and measures. False at a fault.
static bool read_cuboid(ModelReader *reader, const YamlNode *node, ModelCuboid *cuboid) {
  *cuboid = (ModelCuboid){.place = model_place(node)};
  YamlPair levels = {.key = "cuboids", .value = (YamlNode *)node};
  if (node->kind != YAML_MAP)
    read_cuboid_levels(reader, &levels, cuboid);
  else {
    model_keys_read(reader, node, "a cuboid", CUBOID_KEYS, MODEL_KEY_COUNT(CUBOID_KEYS), cuboid);
    if (!model_pair_find(node, "levels"))
      model_fault_add(&reader->faults, cuboid->place, "a cuboid needs \"levels\"");
  }
  return cuboid->level_count > 0;
}

// `cuboids:` is a list of them: [[date.day, store.store], {levels: [date.month], measures: [n]}].
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
    if (read_cuboid(reader, list->items[i], &cube->cuboids[cube->cuboid_count]))
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

// `memory: 512 MB` beside the cubes: a cube of that name would be a map.
static void read_memory(ModelReader *reader, const YamlPair *pair, int64_t *bytes) {
  const char *text = NULL;
  model_read_string(reader, pair, &text);
  if (text && (!text_bytes_parse(text, bytes) || *bytes <= 0))
    model_fault_add(&reader->faults, model_place(pair->value),
                    "\"memory\" must be a size such as 512 MB, found \"%s\"", text);
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
  for (uint32_t i = 0; i < map->count; i++) {
    const YamlPair *one = &map->pairs[i];
    if (!strcmp(one->key, "memory") && one->value->kind != YAML_MAP)
      read_memory(reader, one, &model->cuboid_bytes_max);
    else
      read_cube(reader, one, &model->cubes[model->cube_count++]);
  }
}
