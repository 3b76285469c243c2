// A cuboid is the answer to a cube query: its levels, and of its measures the partial states. The
// tree is made by the cube's front end and goes through the passes, so that the names of its
// columns are the texts that navigation (query/plan/pass_cuboid.c) finds in a query's tree.
#include "cuboid_build.h"
#include "catalog_store.h"
#include "cuboid_advise.h"
#include "cuboid_name.h"
#include "cuboid_refresh.h"
#include "query_columns.h"
#include <time.h>

typedef struct Building {
  const Root *base;
  Root *next;
  ThreadPool *pool;
  Job *job;
  CuboidsReport *report;
  CuboidTree cuboid;
  bool by_name; // those that are made now
} Building;

static void note_add(CuboidsReport *report, char ***notes, uint32_t *count, const char *name,
                     const char *why) {
  char **more = ARENA_ARRAY(report->arena, char *, *count + 1);
  if (*count) memcpy(more, *notes, *count * sizeof *more);
  more[(*count)++] = arena_printf(report->arena, "%s: %s", name, why);
  *notes = more;
}

static void report_add(CuboidsReport *report, CuboidFate fate, const char *name, const char *why) {
  if (!report) return;
  report->kept += fate == CUBOID_KEPT;
  report->refreshed += fate == CUBOID_REFRESHED;
  report->built += fate == CUBOID_BUILT;
  if (fate == CUBOID_BUILT && why)
    note_add(report, &report->rebuilt, &report->rebuilt_count, name, why);
}

static Status build_anew(Building *building, Table **table, Error *error) {
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
  *table = table_create(schema_copy(&schema), columns, rows, NULL, NULL);
  return STATUS_OK;
}

// Publishes the cuboid's new table in `next`: what it is, how long it took and who read the last.
static void table_put(Building *building, Table *table, int64_t start_ns) {
  const Table *last = root_find(building->next, building->cuboid.name);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  table->made_at = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
  table->made_ns = clock_now_ns() - start_ns;
  if (last) table_take_scans(table, last);
  root_put(building->next, table);
}

static Status cuboid_make(Building *building, Error *error) {
  CuboidTree *cuboid = &building->cuboid;
  int64_t start_ns = clock_now_ns();
  if (!cuboid->tree) return STATUS_OK;
  CuboidRefresh refresh = {cuboid, building->base, building->next, building->pool, building->job};
  Table *table;
  const char *why;
  TRY(cuboid_refresh(&refresh, &table, &why, error));
  CuboidFate fate = CUBOID_BUILT;
  if (table && table == root_find(building->base, cuboid->name)) {
    fate = CUBOID_KEPT;
    root_put(building->next, table);
  } else if (table) {
    fate = CUBOID_REFRESHED;
    table_put(building, table, start_ns);
  } else {
    TRY(build_anew(building, &table, error));
    table_put(building, table, start_ns);
  }
  report_add(building->report, fate, cuboid->name, why);
  return STATUS_OK;
}

// ---------------------------------------------------------------- all of them

// Those that the model declared once, and nobody has asked for by name.
static void undeclared_drop(Arena *arena, Root *next, const Model *model) {
  for (uint32_t t = next->table_count; t-- > 0;) {
    const TableSchema *schema = next->tables[t]->schema;
    if (table_is_cuboid(next->tables[t]) && !schema->by_name &&
        !cuboid_is_declared(arena, model, schema->name))
      root_remove(next, schema->name);
  }
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
  building->cuboid.by_name = building->by_name;
  if (status == STATUS_OK) status = cuboid_make(building, error);
  if (status != STATUS_OK)
    status =
        fault_place(model, declared, cuboid_name(context.arena, cube, declared), status, error);
  arena_destroy(context.arena);
  return status;
}

static Status all_declared_make(Building *building, const Catalog *catalog, const Model *model,
                                Error *error) {
  JobProgress progress = {.phase = "cuboids", .unit = "cuboids"};
  for (uint32_t c = 0; c < model->cube_count; c++) progress.total += model->cubes[c].cuboid_count;
  for (uint32_t c = 0; c < model->cube_count; c++)
    for (uint32_t i = 0; i < model->cubes[c].cuboid_count; i++) {
      if (building->job) job_report(building->job, &progress);
      TRY(job_check(building->job, error));
      TRY(declared_make(building, catalog, model, &model->cubes[c], &model->cubes[c].cuboids[i],
                        error));
      progress.done++;
    }
  return STATUS_OK;
}

// ---------------------------------------------------------------- those that were asked for

static void cuboid_drop(Building *building, const char *name, const char *why) {
  CuboidsReport *report = building->report;
  if (report) note_add(report, &report->dropped, &report->dropped_count, name, why);
  root_remove(building->next, name);
}

// A load does not fail for what somebody tried once: what cannot be had any more is dropped.
static Status asked_make(Building *building, const Catalog *catalog, const Model *model,
                         Arena *arena, const char *text, Error *error) {
  NamedCuboid named;
  Error own = ERROR_INIT;
  const char *name = cuboid_name_clean(arena, text);
  TRY(job_check(building->job, error));
  Status status = cuboid_name_read(arena, catalog, model, text, &named, &own);
  if (status == STATUS_OK && !named.by_name) return STATUS_OK; // the model declares it now
  if (status == STATUS_OK)
    status = declared_make(building, catalog, model, named.cube, named.declared, &own);
  if (status != STATUS_OK) TRY(job_check(building->job, error));
  if (status != STATUS_OK)
    cuboid_drop(building, name, arena_strdup(arena, own.message));
  else if (root_newer_source(building->next, root_find(building->next, name)))
    cuboid_drop(building, name, "it can be made no more");
  return STATUS_OK;
}

static Status all_asked_make(Building *building, const Catalog *catalog, const Model *model,
                             Arena *arena, Error *error) {
  const Root *next = building->next;
  uint32_t count = 0;
  const char **texts = ARENA_ARRAY(arena, const char *, next->table_count + 1);
  for (uint32_t t = 0; t < next->table_count; t++)
    if (next->tables[t]->schema->by_name)
      texts[count++] = arena_strdup(arena, cuboid_name_of(arena, next->tables[t]));
  building->by_name = true;
  for (uint32_t n = 0; n < count; n++)
    TRY(asked_make(building, catalog, model, arena, texts[n], error));
  building->by_name = false;
  return STATUS_OK;
}

int64_t cuboid_bytes_max(const Model *model) {
  return model && model->cuboid_bytes_max ? model->cuboid_bytes_max : ADVISE_BYTES_DEFAULT;
}

int64_t cuboid_bytes(const Root *root) {
  int64_t bytes = 0;
  for (uint32_t t = 0; t < root->table_count; t++)
    if (table_is_cuboid(root->tables[t])) bytes += (int64_t)table_bytes(root->tables[t]);
  return bytes;
}

// The one that was read longest ago, of these the largest; NULL: none was asked for.
static const Table *least_used(const Root *root) {
  const Table *least = NULL;
  for (uint32_t t = 0; t < root->table_count; t++) {
    const Table *table = root->tables[t];
    if (!table->schema->by_name) continue;
    int64_t at = atomic_load(&table->scanned_at), least_at = least ? least->scanned_at : 0;
    if (!least || at < least_at || (at == least_at && table_bytes(table) > table_bytes(least)))
      least = table;
  }
  return least;
}

static void budget_keep(Building *building, const Model *model, Arena *arena) {
  int64_t bytes_max = cuboid_bytes_max(model);
  for (int64_t bytes; (bytes = cuboid_bytes(building->next)) > bytes_max;) {
    const Table *least = least_used(building->next);
    if (!least) return; // what the model declares is its own matter
    cuboid_drop(building, arena_strdup(arena, least->schema->name),
                arena_printf(arena,
                             "all take %.1f MB, and cubes.memory is %.1f MB; it was read longest "
                             "ago",
                             (double)bytes / 1e6, (double)bytes_max / 1e6));
  }
}

Status cuboids_build(ThreadPool *pool, const Root *base, Root *next, const Model *model, Job *job,
                     CuboidsReport *report, Error *error) {
  int64_t start_ns = clock_now_ns();
  Catalog *catalog;
  TRY(catalog_create(next, model, &catalog, error));
  Arena *arena = arena_create();
  undeclared_drop(arena, next, model);
  Building building = {.base = base, .next = next, .pool = pool, .job = job, .report = report};
  Status status = all_declared_make(&building, catalog, model, error);
  if (status == STATUS_OK) status = all_asked_make(&building, catalog, model, arena, error);
  if (status == STATUS_OK) budget_keep(&building, model, arena);
  arena_destroy(arena);
  catalog_destroy(catalog);
  if (report) report->elapsed_ns = clock_now_ns() - start_ns;
  return status;
}

// ---------------------------------------------------------------- some, by their names

// What the model does not declare must fit beside the others.
static Status budget_check(const Building *building, const Model *model, const char *name,
                           Error *error) {
  int64_t bytes = cuboid_bytes(building->next), bytes_max = cuboid_bytes_max(model);
  const Table *table = root_find(building->next, name);
  if (bytes <= bytes_max || !table->schema->by_name) return STATUS_OK;
  return error_set(
      error, STATUS_LIMIT,
      "cuboid %s takes %.1f MB, and with the others %.1f MB; cubes.memory of the model "
      "is %.1f MB: drop one that is not needed, or name fewer levels or measures",
      name, (double)table_bytes(table) / 1e6, (double)bytes / 1e6, (double)bytes_max / 1e6);
}

static Status named_make(Building *building, const Catalog *catalog, const Model *model,
                         Arena *arena, const char *text, Error *error) {
  NamedCuboid named;
  TRY(cuboid_name_read(arena, catalog, model, text, &named, error));
  const char *name = cuboid_name(arena, named.cube, named.declared);
  building->by_name = named.by_name;
  TRY(declared_make(building, catalog, model, named.cube, named.declared, error));
  if (!root_find(building->next, name))
    return error_set(error, STATUS_UNSUPPORTED,
                     "cuboid %s cannot be made: a level or measure of it has no name in terms of "
                     "its fact",
                     name);
  return budget_check(building, model, name, error);
}

Status cuboids_build_named(ThreadPool *pool, Root *next, const Model *model,
                           const char *const *names, uint32_t count, Job *job,
                           CuboidsReport *report, Error *error) {
  int64_t start_ns = clock_now_ns();
  if (!model) return error_set(error, STATUS_INVALID, "the store has no model, and so no cubes");
  Catalog *catalog;
  TRY(catalog_create(next, model, &catalog, error));
  Arena *arena = arena_create();
  Building building = {.next = next, .pool = pool, .job = job, .report = report};
  JobProgress progress = {.phase = "cuboids", .total = count, .unit = "cuboids"};
  Status status = STATUS_OK;
  for (uint32_t n = 0; n < count && status == STATUS_OK; n++) {
    progress.done = n;
    if (job) job_report(job, &progress);
    status = job_check(job, error);
    if (status == STATUS_OK) status = named_make(&building, catalog, model, arena, names[n], error);
  }
  arena_destroy(arena);
  catalog_destroy(catalog);
  if (report) report->elapsed_ns = clock_now_ns() - start_ns;
  return status;
}
