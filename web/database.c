// Opening, loading and pinning.
//
// The view of the newest root is kept and handed out until a newer root is published, so that a
// request costs a lock and a counter, not a catalog.
#include "database.h"
#include "catalog_store.h"
#include "cuboid_log_file.h"
#include "cuboid_name.h"
#include "derive.h"
#include "link_gaps.h"
#include "plan_cache.h"
#include "segment_attribute.h"
#include "snapshot.h"
#include <pthread.h>

#define MEMORY_SHARE 0.8

struct Database {
  MemoryBudget budget;
  ThreadPool *pool;
  Store *store;
  Model *model;
  pthread_mutex_t lock; // of `newest`
  DatabaseView *newest; // or NULL
  CuboidLog *cuboid_log;
  char *folder;           // of the store, or NULL
  uint64_t saved_version; // of the root that lies there, as far as this process knows
  int64_t saved_at;
};

Database *database_create(const DatabaseOptions *options) {
  Database *database = mem_alloc_zero(sizeof(Database));
  int64_t limit = options->memory_bytes;
  if (limit <= 0) limit = (int64_t)((double)memory_physical_bytes() * MEMORY_SHARE);
  memory_budget_init(&database->budget, "store", limit, NULL);
  database->pool = thread_pool_create(options->threads);
  database->store = store_create(&database->budget, database->pool);
  pthread_mutex_init(&database->lock, NULL);
  database->cuboid_log = cuboid_log_create();
  return database;
}

void database_destroy(Database *database) {
  if (!database) return;
  database_unpin(database->newest);
  store_destroy(database->store);
  thread_pool_destroy(database->pool);
  model_destroy(database->model);
  pthread_mutex_destroy(&database->lock);
  cuboid_log_destroy(database->cuboid_log);
  mem_free(database->folder);
  mem_free(database);
}

Status database_open(Database *database, const char *folder, Job *job, Error *error) {
  Root *root;
  TRY(snapshot_read(folder, &database->budget, database->pool, job, &root, error));
  Status status = STATUS_OK;
  if (root->model_text)
    status = model_read_text(root->model_text, strlen(root->model_text), folder, NULL, NULL,
                             &database->model, error);
  if (status != STATUS_OK) {
    root_release(root);
    return status;
  }
  database->folder = mem_strdup(folder);
  database->saved_version = root->version;
  database->saved_at = root->published_at;
  store_lock_writer(database->store);
  store_publish(database->store, root);
  store_unlock_writer(database->store);
  return STATUS_OK;
}

uint64_t database_version(Database *database) {
  Root *root = store_pin(database->store);
  uint64_t version = root->version;
  root_release(root);
  return version;
}

static Status save_locked(Database *database, Job *job, Error *error) {
  uint64_t version;
  int64_t published_at;
  TRY(snapshot_version(database->folder, &version, &published_at, error));
  if (version != database->saved_version || published_at != database->saved_at)
    return error_set(error, STATUS_EXISTS,
                     "%s has been written by another process; start the server anew to see what is "
                     "there",
                     database->folder);
  Root *root = store_pin(database->store);
  Status status = snapshot_write(database->folder, root, database->pool, job, NULL, error);
  if (status == STATUS_OK) {
    database->saved_version = root->version;
    database->saved_at = root->published_at;
  }
  root_release(root);
  return status;
}

Status database_save(Database *database, Job *job, Error *error) {
  StoreLock *lock;
  if (!database->folder) return STATUS_OK;
  TRY(store_lock_acquire(database->folder, &lock, error));
  Status status = save_locked(database, job, error);
  store_lock_release(lock);
  return status;
}

const char *database_folder(const Database *database) {
  return database->folder;
}

void database_set_model(Database *database, Model *model) {
  model_destroy(database->model);
  database->model = model;
}

// What became of the cuboids; of one that the new rows could not be merged into, why.
static void cuboids_notice(LoadReport *report, const CuboidsReport *cuboids) {
  if (cuboids->kept + cuboids->refreshed + cuboids->built)
    load_report_notice(report, "cuboids: %u built, %u refreshed, %u as they were; %.3f s",
                       cuboids->built, cuboids->refreshed, cuboids->kept,
                       (double)cuboids->elapsed_ns / 1e9);
  for (uint32_t r = 0; r < cuboids->rebuilt_count; r++)
    load_report_notice(report, "cuboid %s; so it was built anew", cuboids->rebuilt[r]);
  for (uint32_t d = 0; d < cuboids->dropped_count; d++)
    load_report_notice(report, "cuboid %s; so it was dropped", cuboids->dropped[d]);
}

static void derived_notice(LoadReport *report, const DeriveReport *derived) {
  if (derived->kept + derived->refreshed + derived->built)
    load_report_notice(report, "derived tables: %u built, %u refreshed, %u as they were; %.3f s",
                       derived->built, derived->refreshed, derived->kept,
                       (double)derived->elapsed_ns / 1e9);
  for (uint32_t r = 0; r < derived->rebuilt_count; r++)
    load_report_notice(report, "derived table %s; so it was made anew", derived->rebuilt[r]);
}

static void attribute_notice(void *report, const char *text) {
  load_report_notice(report, "%s", text);
}

static void gap_notice(void *report, const LinkGap *gap) {
  char text[512];
  link_gap_format(gap, text, sizeof text);
  load_report_notice(report, "%s", text);
}

// What SQL's joins will not see of what is there now.
static void gaps_notice(Database *database, LoadReport *report, Job *job) {
  DatabaseView *view;
  Error ignored = ERROR_INIT;
  if (database_pin(database, &view, &ignored) != STATUS_OK) return;
  link_gaps_find(database, view, NULL, job, gap_notice, report);
  database_unpin(view);
}

Status database_load(Database *database, const LoadOptions *options, Job *job, LoadReport *report,
                     Error *error) {
  CuboidsReport cuboids = {.arena = arena_create()};
  DeriveReport derived = {.arena = cuboids.arena};
  LoadOptions all = *options;
  all.complete = derive_run;
  all.complete_context = &(DeriveContext){database->pool, &derived, &cuboids};
  Status status = load_run(database->store, database->model, &all, job, report, error);
  if (status == STATUS_OK) {
    derived_notice(report, &derived);
    cuboids_notice(report, &cuboids);
    database_attributes_check(database, attribute_notice, report);
    if (!options->check) gaps_notice(database, report, job);
  }
  arena_destroy(cuboids.arena);
  return status;
}

typedef struct CuboidsChange {
  const char *const *names;
  uint32_t count;
  Job *job;
  CuboidsReport *report;
  bool drop;
} CuboidsChange;

static Status cuboid_drop(Root *next, const char *name, Error *error) {
  Arena *arena = arena_create();
  const char *clean = cuboid_name_clean(arena, name);
  const Table *table = clean ? root_find(next, clean) : NULL;
  Status status = STATUS_OK;
  if (table && table_is_cuboid(table))
    root_remove(next, clean);
  else
    status = error_set(error, STATUS_NOT_FOUND,
                       "the store has no cuboid \"%s\"; \"tessera cube list\" names those that it "
                       "has",
                       name);
  arena_destroy(arena);
  return status;
}

static Status cuboids_change(Database *database, Root *next, const CuboidsChange *change,
                             Error *error) {
  if (!change->drop)
    return cuboids_build_named(database->pool, next, database->model, change->names, change->count,
                               change->job, change->report, error);
  for (uint32_t n = 0; n < change->count; n++) TRY(cuboid_drop(next, change->names[n], error));
  return STATUS_OK;
}

// Makes the next root from the current one under the writer's lock, as a load does.
static Status cuboids_publish(Database *database, const CuboidsChange *change, Error *error) {
  store_lock_writer(database->store);
  Root *base = store_pin(database->store), *next = root_copy(base);
  Status status = cuboids_change(database, next, change, error);
  int64_t growth = status == STATUS_OK ? (int64_t)root_bytes(next) - (int64_t)root_bytes(base) : 0;
  if (growth > 0)
    status = memory_budget_charge(&database->budget, growth, error);
  else
    memory_budget_release(&database->budget, -growth);
  next->published_at = base->published_at; // the data are as old as they were
  if (status == STATUS_OK)
    store_publish(database->store, next);
  else
    root_release(next);
  root_release(base);
  store_unlock_writer(database->store);
  return status;
}

Status database_cuboids_build(Database *database, const char *const *names, uint32_t count,
                              Job *job, CuboidsReport *report, Error *error) {
  CuboidsChange change = {names, count, job, report, false};
  return cuboids_publish(database, &change, error);
}

Status database_cuboids_drop(Database *database, const char *const *names, uint32_t count,
                             Error *error) {
  CuboidsChange change = {names, count, NULL, NULL, true};
  return cuboids_publish(database, &change, error);
}

// Found once a root, not at each question after the health.
static void missing_find(Database *database, DatabaseView *view) {
  Job job;
  job_init(&job, "search for missing days", 0, 0, &database->budget);
  view->missing_error = ERROR_INIT;
  view->arena = arena_create();
  if (!view->model) return;
  if (completeness_find(view->root, view->model, view->catalog, database->pool, &job, view->arena,
                        &view->missing, &view->missing_count, &view->missing_error) != STATUS_OK)
    view->missing_count = 0;
}

static Status view_create(Database *database, Root *root, DatabaseView **view, Error *error) {
  Catalog *catalog;
  TRY(catalog_create(root, database->model, &catalog, error));
  *view = mem_alloc_zero(sizeof(DatabaseView));
  atomic_init(&(*view)->refs, 1);
  pthread_mutex_init(&(*view)->lattice_lock, NULL);
  (*view)->root = root_retain(root);
  (*view)->plans = plan_cache_create(&database->budget);
  (*view)->catalog = catalog;
  (*view)->model = database->model;
  data_state_find(root, database->model, &(*view)->data);
  missing_find(database, *view);
  return STATUS_OK;
}

// The lock is held: makes `newest` the view of the store's current root.
static Status newest_refresh(Database *database, Error *error) {
  Root *root = store_pin(database->store);
  Status status = STATUS_OK;
  if (!database->newest || database->newest->root != root) {
    DatabaseView *view = NULL;
    status = view_create(database, root, &view, error);
    if (status == STATUS_OK) {
      database_unpin(database->newest);
      database->newest = view;
    }
  }
  root_release(root);
  return status;
}

Status database_pin(Database *database, DatabaseView **view, Error *error) {
  pthread_mutex_lock(&database->lock);
  Status status = newest_refresh(database, error);
  if (status == STATUS_OK) {
    *view = database->newest;
    atomic_fetch_add(&(*view)->refs, 1);
  }
  pthread_mutex_unlock(&database->lock);
  return status;
}

void database_unpin(DatabaseView *view) {
  if (!view || atomic_fetch_sub(&view->refs, 1) > 1) return;
  cuboid_lattice_destroy(view->lattice);
  plan_cache_destroy(view->plans);
  pthread_mutex_destroy(&view->lattice_lock);
  arena_destroy(view->arena);
  catalog_destroy(view->catalog);
  root_release(view->root);
  mem_free(view);
}

void database_attributes_check(Database *database, void (*fault)(void *context, const char *text),
                               void *context) {
  DatabaseView *view;
  if (!database->model || !database->model->attribute_count ||
      database_pin(database, &view, NULL) != STATUS_OK)
    return;
  SegmentWorld world = {.root = view->root, .catalog = view->catalog, .model = view->model};
  for (uint32_t a = 0; a < view->model->attribute_count; a++) {
    Error error = ERROR_INIT;
    if (segment_attribute_check(&world, &view->model->attributes[a], &error) != STATUS_OK)
      fault(context, error.message);
  }
  database_unpin(view);
}

Status database_view_lattice(const DatabaseView *view, const CuboidLattice **lattice,
                             Error *error) {
  DatabaseView *lazy = (DatabaseView *)view; // the one thing that a view computes late
  Status status = STATUS_OK;
  pthread_mutex_lock(&lazy->lattice_lock);
  if (!lazy->lattice)
    status = cuboid_lattice_create(view->root, view->catalog, view->model, &lazy->lattice, error);
  *lattice = lazy->lattice;
  pthread_mutex_unlock(&lazy->lattice_lock);
  return status;
}

Misses database_misses(const DatabaseView *view, LogicalContext *context) {
  uint32_t asked = context->missed_count, count = 0;
  const CuboidLattice *lattice = NULL;
  context->missed_count = 0;
  if (!asked || !view->model || !view->model->cube_count) return (Misses){0};
  if (database_view_lattice(view, &lattice, NULL) != STATUS_OK) return (Misses){0};
  Miss *items = ARENA_ARRAY(context->arena, Miss, asked);
  for (uint32_t m = 0; m < asked; m++) {
    const LogicalMissed *missed = &context->missed[m];
    CuboidQuestion question;
    if (cuboid_question_find(lattice, context, view->root, missed->aggregate, &question))
      items[count++] = cuboid_miss_make(&question, context, missed);
  }
  return (Misses){items, count};
}

void database_note_misses(Database *database, const Misses *misses, uint64_t rows_read) {
  for (uint32_t m = 0; m < misses->count; m++)
    cuboid_log_add(database->cuboid_log, &misses->items[m], rows_read);
}

CuboidLog *database_cuboid_log(Database *database) {
  return database->cuboid_log;
}

Status database_asked_read(Database *database, Error *error) {
  if (!database->folder) return STATUS_OK;
  Root *root = store_pin(database->store);
  Status status = cuboid_log_read_file(database->cuboid_log, root, database->folder, error);
  root_release(root);
  return status;
}

Status database_asked_write(Database *database, Error *error) {
  if (!database->folder) return STATUS_OK;
  Root *root = store_pin(database->store);
  Status status = cuboid_log_write_file(database->cuboid_log, root, database->folder, error);
  root_release(root);
  return status;
}

uint64_t database_asked_changes(Database *database) {
  uint64_t changes = cuboid_log_changes(database->cuboid_log);
  Root *root = store_pin(database->store);
  for (uint32_t t = 0; t < root->table_count; t++)
    if (table_is_cuboid(root->tables[t])) changes += atomic_load(&root->tables[t]->scan_count);
  root_release(root);
  return changes;
}

ThreadPool *database_pool(Database *database) {
  return database->pool;
}

MemoryBudget *database_budget(Database *database) {
  return &database->budget;
}
