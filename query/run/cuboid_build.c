// A cuboid is the answer to a cube query: its levels, and of its measures the partial states. The
// tree is made by the cube's front end and goes through the passes, so that the names of its
// columns are the texts that navigation (query/plan/pass_cuboid.c) finds in a query's tree.
#include "cuboid_build.h"
#include "catalog_store.h"
#include "cuboid_refresh.h"
#include "query_columns.h"

typedef struct Building {
  const Root *base;
  Root *next;
  ThreadPool *pool;
  Job *job;
  CuboidsReport *report;
  CuboidTree cuboid;
} Building;

static void report_add(CuboidsReport *report, CuboidFate fate, const char *name, const char *why) {
  if (!report) return;
  report->kept += fate == CUBOID_KEPT;
  report->refreshed += fate == CUBOID_REFRESHED;
  report->built += fate == CUBOID_BUILT;
  if (fate != CUBOID_BUILT || !why) return;
  char **rebuilt = ARENA_ARRAY(report->arena, char *, report->rebuilt_count + 1);
  for (uint32_t r = 0; r < report->rebuilt_count; r++) rebuilt[r] = report->rebuilt[r];
  rebuilt[report->rebuilt_count++] = arena_printf(report->arena, "%s: %s", name, why);
  report->rebuilt = rebuilt;
}

static Status build_anew(Building *building, Error *error) {
  CuboidTree *cuboid = &building->cuboid;
  LogicalContext *context = cuboid->context;
  uint32_t count = cuboid->tree->column_count;
  Column **columns = mem_alloc(count * sizeof *columns);
  const char **links = ARENA_ARRAY(context->arena, const char *, count);
  uint64_t rows;
  Status status =
      query_columns(context, cuboid->tree, building->next, building->pool, building->job, false,
                    cuboid_raw_columns(cuboid), columns, links, &rows, error);
  if (status != STATUS_OK) {
    mem_free(columns);
    return status;
  }
  TableSchema schema = cuboid_schema(cuboid, columns, links);
  root_put(building->next, table_create(schema_copy(&schema), columns, rows, NULL, NULL));
  return STATUS_OK;
}

static Status cuboid_make(Building *building, Error *error) {
  CuboidTree *cuboid = &building->cuboid;
  if (!cuboid->tree) return STATUS_OK;
  CuboidRefresh refresh = {cuboid, building->base, building->next, building->pool, building->job};
  Table *table;
  const char *why;
  TRY(cuboid_refresh(&refresh, &table, &why, error));
  CuboidFate fate = CUBOID_BUILT;
  if (table) {
    fate = table == root_find(building->base, cuboid->name) ? CUBOID_KEPT : CUBOID_REFRESHED;
    root_put(building->next, table);
  } else {
    TRY(build_anew(building, error));
  }
  report_add(building->report, fate, cuboid->name, why);
  return STATUS_OK;
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

static Status fault_place(const Model *model, const ModelCuboid *declared, const char *name,
                          Status status, Error *error) {
  char fault[ERROR_MESSAGE_BYTES] = "";
  if (error) memcpy(fault, error->message, sizeof fault);
  if (!declared->place.line) return error_set(error, status, "cuboid %s: %.700s", name, fault);
  return error_set(error, status, "%s:%u:%u: cuboid %s: %.700s", model->file, declared->place.line,
                   declared->place.column, name, fault);
}

// In an arena of its own: a tree is not needed once its cuboid is made.
static Status declared_make(Building *building, const Catalog *catalog, const Model *model,
                            const ModelCube *cube, const ModelCuboid *declared, Error *error) {
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  Status status =
      cuboid_tree_make(&building->cuboid, building->next, catalog, &context, cube, declared, error);
  if (status == STATUS_OK) status = cuboid_make(building, error);
  if (status != STATUS_OK)
    status =
        fault_place(model, declared, cuboid_name(context.arena, cube, declared), status, error);
  arena_destroy(context.arena);
  return status;
}

Status cuboids_build(ThreadPool *pool, const Root *base, Root *next, const Model *model, Job *job,
                     CuboidsReport *report, Error *error) {
  int64_t start_ns = clock_now_ns();
  Arena *arena = arena_create();
  undeclared_drop(arena, next, model);
  arena_destroy(arena);
  Catalog *catalog;
  TRY(catalog_create(next, model, &catalog, error));
  JobProgress progress = {.phase = "cuboids", .unit = "cuboids"};
  for (uint32_t c = 0; c < model->cube_count; c++) progress.total += model->cubes[c].cuboid_count;
  Building building = {.base = base, .next = next, .pool = pool, .job = job, .report = report};
  Status status = STATUS_OK;
  for (uint32_t c = 0; status == STATUS_OK && c < model->cube_count; c++)
    for (uint32_t i = 0; status == STATUS_OK && i < model->cubes[c].cuboid_count; i++) {
      if (job) job_report(job, &progress);
      status = job_check(job, error);
      if (status == STATUS_OK)
        status = declared_make(&building, catalog, model, &model->cubes[c],
                               &model->cubes[c].cuboids[i], error);
      progress.done++;
    }
  catalog_destroy(catalog);
  if (report) report->elapsed_ns = clock_now_ns() - start_ns;
  return status;
}

// ---------------------------------------------------------------- some, by their names

static Str trimmed(const char *from, const char *to) {
  while (from < to && *from == ' ') from++;
  while (to > from && to[-1] == ' ') to--;
  return (Str){from, (uint32_t)(to - from)};
}

// The cube's name and the levels' of "cube(level, level)"; false: it is not of this form.
static bool name_split(Arena *arena, const char *text, const char **cube, ModelCuboid *cuboid) {
  const char *open = strchr(text, '('), *end = text + strlen(text);
  while (end > text && end[-1] == ' ') end--;
  if (!open || end == text || end[-1] != ')') return false;
  Str name = trimmed(text, open);
  *cube = arena_strndup(arena, name.data, name.size);
  cuboid->levels = ARENA_ARRAY(arena, const char *, strlen(text) + 1);
  for (const char *at = open + 1; at < end; at++) {
    const char *to = at + strcspn(at, ",)");
    Str level = trimmed(at, to);
    if (!level.size || (*to == ')' && to + 1 != end)) return false;
    cuboid->levels[cuboid->level_count++] = arena_strndup(arena, level.data, level.size);
    at = to;
  }
  return name.size && cuboid->level_count;
}

const char *cuboid_name_clean(Arena *arena, const char *text) {
  ModelCube cube = {0};
  ModelCuboid cuboid = {0};
  return name_split(arena, text, &cube.name, &cuboid) ? cuboid_name(arena, &cube, &cuboid) : NULL;
}

static Status levels_check(const CatalogCube *cube, const ModelCuboid *cuboid, Error *error) {
  for (uint32_t l = 0; l < cuboid->level_count; l++) {
    for (uint32_t k = 0; k < l; k++)
      if (!strcmp(cuboid->levels[k], cuboid->levels[l]))
        return error_set(error, STATUS_INVALID, "level \"%s\" stands twice", cuboid->levels[l]);
    if (cube_find_level(cube, cuboid->levels[l])) continue;
    const char **names = mem_alloc((cube->level_count + 1) * sizeof *names);
    for (uint32_t i = 0; i < cube->level_count; i++) names[i] = cube->levels[i].name;
    const char *nearest = text_nearest(cuboid->levels[l], names, cube->level_count);
    mem_free(names);
    return error_set(error, STATUS_NOT_FOUND, "cube \"%s\" has no level \"%s\"%s%s%s", cube->name,
                     cuboid->levels[l], nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                     nearest ? "\"?" : "");
  }
  return STATUS_OK;
}

static Status name_read(Arena *arena, const Catalog *catalog, const Model *model, const char *text,
                        const ModelCube **cube, const ModelCuboid **declared, Error *error) {
  const char *cube_name;
  ModelCuboid *cuboid = ARENA_NEW(arena, ModelCuboid);
  *cuboid = (ModelCuboid){0};
  if (!name_split(arena, text, &cube_name, cuboid))
    return error_set(error, STATUS_INVALID,
                     "\"%s\" names no cuboid: expected a cube and levels, such as "
                     "\"sales(date.day, store.store)\"",
                     text);
  *cube = model_find_cube(model, cube_name);
  const CatalogCube *loaded = *cube ? catalog->find_cube(catalog, cube_name) : NULL;
  if (!loaded)
    return error_set(error, STATUS_NOT_FOUND, "cuboid %s: the store has no cube \"%s\"", text,
                     cube_name);
  TRY(levels_check(loaded, cuboid, error));
  *declared = cuboid;
  const char *name = cuboid_name(arena, *cube, cuboid);
  for (uint32_t i = 0; i < (*cube)->cuboid_count; i++)
    if (!strcmp(cuboid_name(arena, *cube, &(*cube)->cuboids[i]), name))
      *declared = &(*cube)->cuboids[i];
  return STATUS_OK;
}

static Status named_make(Building *building, const Catalog *catalog, const Model *model,
                         const char *name, Error *error) {
  Arena *arena = arena_create();
  const ModelCube *cube = NULL;
  const ModelCuboid *declared = NULL;
  Status status = name_read(arena, catalog, model, name, &cube, &declared, error);
  if (status == STATUS_OK) status = declared_make(building, catalog, model, cube, declared, error);
  if (status == STATUS_OK && !root_find(building->next, cuboid_name(arena, cube, declared)))
    status = error_set(error, STATUS_UNSUPPORTED,
                       "cuboid %s cannot be made: a level or measure of it has no name in terms of "
                       "its fact",
                       name);
  arena_destroy(arena);
  return status;
}

Status cuboids_build_named(ThreadPool *pool, Root *next, const Model *model,
                           const char *const *names, uint32_t count, Job *job,
                           CuboidsReport *report, Error *error) {
  int64_t start_ns = clock_now_ns();
  if (!model) return error_set(error, STATUS_INVALID, "the store has no model, and so no cubes");
  Catalog *catalog;
  TRY(catalog_create(next, model, &catalog, error));
  Building building = {.next = next, .pool = pool, .job = job, .report = report};
  JobProgress progress = {.phase = "cuboids", .total = count, .unit = "cuboids"};
  Status status = STATUS_OK;
  for (uint32_t n = 0; n < count && status == STATUS_OK; n++) {
    progress.done = n;
    if (job) job_report(job, &progress);
    status = job_check(job, error);
    if (status == STATUS_OK) status = named_make(&building, catalog, model, names[n], error);
  }
  catalog_destroy(catalog);
  if (report) report->elapsed_ns = clock_now_ns() - start_ns;
  return status;
}
