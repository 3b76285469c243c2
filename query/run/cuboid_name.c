// See cuboid_name.h.
#include "cuboid_name.h"
#include "cuboid_tree.h"

// ---------------------------------------------------------------- the text

static Str trimmed(const char *from, const char *to) {
  while (from < to && *from == ' ') from++;
  while (to > from && to[-1] == ' ') to--;
  return (Str){from, (uint32_t)(to - from)};
}

// Names with commas between them, up to `end`; false: one is empty.
static bool list_split(Arena *arena, const char *from, const char *end, const char **names,
                       uint32_t *count) {
  for (*count = 0;; from++) {
    const char *to = memchr(from, ',', (size_t)(end - from));
    Str name = trimmed(from, to ? to : end);
    if (!name.size) return false;
    names[(*count)++] = arena_strndup(arena, name.data, name.size);
    if (!to) return true;
    from = to;
  }
}

// The cube's name, the levels' and the measures' of "cube(level, level): measure, measure"; false:
// it is not of this form.
static bool name_split(Arena *arena, const char *text, const char **cube, ModelCuboid *cuboid) {
  const char *open = strchr(text, '('), *close = open ? strchr(open, ')') : NULL;
  if (!close || memchr(open + 1, '(', (size_t)(close - open - 1))) return false;
  Str name = trimmed(text, open), rest = trimmed(close + 1, close + strlen(close));
  *cube = arena_strndup(arena, name.data, name.size);
  uint32_t most = (uint32_t)strlen(text) + 1;
  cuboid->levels = ARENA_ARRAY(arena, const char *, most);
  cuboid->measures = ARENA_ARRAY(arena, const char *, most);
  if (!name.size || !list_split(arena, open + 1, close, cuboid->levels, &cuboid->level_count))
    return false;
  if (!rest.size) return true;
  return rest.data[0] == ':' && list_split(arena, rest.data + 1, rest.data + rest.size,
                                           cuboid->measures, &cuboid->measure_count);
}

const char *cuboid_name_clean(Arena *arena, const char *text) {
  ModelCube cube = {0};
  ModelCuboid cuboid = {0};
  return name_split(arena, text, &cube.name, &cuboid) ? cuboid_name(arena, &cube, &cuboid) : NULL;
}

const char *cuboid_name_of(Arena *arena, const Table *cuboid) {
  const TableSchema *schema = cuboid->schema;
  const char *text = schema->name;
  for (uint32_t m = 0; m < schema->measure_count; m++)
    text = arena_printf(arena, "%s%s%s", text, m ? ", " : ": ", schema->measures[m]);
  return text;
}

bool cuboid_is_declared(Arena *arena, const Model *model, const char *name) {
  for (uint32_t c = 0; model && c < model->cube_count; c++)
    for (uint32_t i = 0; i < model->cubes[c].cuboid_count; i++)
      if (!strcmp(cuboid_name(arena, &model->cubes[c], &model->cubes[c].cuboids[i]), name))
        return true;
  return false;
}

// ---------------------------------------------------------------- what it means

static Status name_fault(const CatalogCube *cube, const char *what, const char *name,
                         const char **names, uint32_t count, Error *error) {
  const char *nearest = text_nearest(name, names, count);
  return error_set(error, STATUS_NOT_FOUND, "cube \"%s\" has no %s \"%s\"%s%s%s", cube->name, what,
                   name, nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                   nearest ? "\"?" : "");
}

static Status twice_check(const char *what, const char *const *names, uint32_t count,
                          Error *error) {
  for (uint32_t i = 0; i < count; i++)
    for (uint32_t j = 0; j < i; j++)
      if (!strcmp(names[i], names[j]))
        return error_set(error, STATUS_INVALID, "%s \"%s\" stands twice", what, names[i]);
  return STATUS_OK;
}

static Status levels_check(Arena *arena, const CatalogCube *cube, const ModelCuboid *cuboid,
                           Error *error) {
  TRY(twice_check("level", cuboid->levels, cuboid->level_count, error));
  const char **names = ARENA_ARRAY(arena, const char *, cube->level_count + 1);
  for (uint32_t i = 0; i < cube->level_count; i++) names[i] = cube->levels[i].name;
  for (uint32_t l = 0; l < cuboid->level_count; l++)
    if (!cube_find_level(cube, cuboid->levels[l]))
      return name_fault(cube, "level", cuboid->levels[l], names, cube->level_count, error);
  return STATUS_OK;
}

static Status measures_check(Arena *arena, const CatalogCube *cube, const ModelCube *model,
                             const ModelCuboid *cuboid, Error *error) {
  TRY(twice_check("measure", cuboid->measures, cuboid->measure_count, error));
  const char **names = ARENA_ARRAY(arena, const char *, model->measure_count + 1);
  for (uint32_t m = 0; m < model->measure_count; m++) names[m] = model->measures[m].name;
  for (uint32_t i = 0; i < cuboid->measure_count; i++) {
    uint32_t m = 0;
    while (m < model->measure_count && strcmp(names[m], cuboid->measures[i]) != 0) m++;
    if (m == model->measure_count)
      return name_fault(cube, "measure", cuboid->measures[i], names, m, error);
  }
  return STATUS_OK;
}

Status cuboid_name_read(Arena *arena, const Catalog *catalog, const Model *model, const char *text,
                        NamedCuboid *named, Error *error) {
  const char *cube_name;
  ModelCuboid *cuboid = ARENA_NEW(arena, ModelCuboid);
  *cuboid = (ModelCuboid){0};
  if (!name_split(arena, text, &cube_name, cuboid))
    return error_set(error, STATUS_INVALID,
                     "\"%s\" names no cuboid: expected a cube and levels, such as "
                     "\"sales(date.day, store.store)\", and after \": \" measures, if not all",
                     text);
  const ModelCube *cube = model_find_cube(model, cube_name);
  const CatalogCube *loaded = cube ? catalog->find_cube(catalog, cube_name) : NULL;
  if (!loaded)
    return error_set(error, STATUS_NOT_FOUND, "cuboid %s: the store has no cube \"%s\"", text,
                     cube_name);
  TRY(levels_check(arena, loaded, cuboid, error));
  TRY(measures_check(arena, loaded, cube, cuboid, error));
  *named = (NamedCuboid){cube, cuboid, true};
  const char *name = cuboid_name(arena, cube, cuboid);
  for (uint32_t i = 0; i < cube->cuboid_count; i++)
    if (!strcmp(cuboid_name(arena, cube, &cube->cuboids[i]), name))
      *named = (NamedCuboid){cube, &cube->cuboids[i], false};
  return STATUS_OK;
}
