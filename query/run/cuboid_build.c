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
