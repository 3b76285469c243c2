// A store that is open: its memory, threads, model and current root, for every door.
//
// The command line and the HTTP server both open a Database and ask it through views. A view is one
// moment: a pinned root and the catalog of names over it; it never changes, whatever loads publish
// meanwhile. Views of the same root are shared.
//
//   folder ─ snapshot_read ─┐
//                           ├─► Database ─ database_pin ─► DatabaseView { root, catalog }
//   CSV files ─ load_run ───┘
#pragma once
#include "catalog.h"
#include "completeness.h"
#include "cuboid_build.h"
#include "cuboid_log.h"
#include "data_state.h"
#include "load_job.h"
#include "model.h"
#include "root.h"
#include "thread_pool.h"
#include <pthread.h>

typedef struct DatabaseOptions {
  uint32_t threads;     // 0: one per processor
  int64_t memory_bytes; // for everything held and computed; 0: 80 % of the machine's
} DatabaseOptions;

typedef struct Database Database;

typedef struct DatabaseView {
  _Atomic uint32_t refs;
  Root *root;
  struct Catalog *catalog;
  const Model *model; // the database's; NULL: a store without one
  DataState data;
  MissingDay *missing; // members without rows on a day, by the model's completeness
  uint32_t missing_count;
  Error missing_error; // why they could not be found; STATUS_OK: they were
  Arena *arena;        // of `missing`
  pthread_mutex_t lattice_lock;
  struct PlanCache *plans; // of questions on this root: plan_cache.h
  CuboidLattice *lattice;  // made when first asked for: database_view_lattice
} DatabaseView;

Database *database_create(const DatabaseOptions *options);
void database_destroy(Database *database); // NULL is allowed; no view may be pinned any more

// Reads the store in `folder` into memory; the model comes with it. The database must be empty.
Status database_open(Database *database, const char *folder, Job *job, Error *error) WARN_UNUSED;
// Takes over `model`, which must fit what is already there (or the database is empty).
void database_set_model(Database *database, Model *model);
// Loads files by the model, fills what the model derives, publishes. All or nothing.
Status database_load(Database *database, const LoadOptions *options, Job *job, LoadReport *report,
                     Error *error) WARN_UNUSED;

// Builds the cuboids of these names (cuboids_build_named) and publishes them; report may be NULL.
Status database_cuboids_build(Database *database, const char *const *names, uint32_t count,
                              Job *job, CuboidsReport *report, Error *error) WARN_UNUSED;
// Takes the cuboids of these names away. STATUS_NOT_FOUND: there is none of a name; then all stay.
Status database_cuboids_drop(Database *database, const char *const *names, uint32_t count,
                             Error *error) WARN_UNUSED;

// Calls back for each attribute of the model whose query cannot be asked of the data, with its
// place in the model and what is wrong; nothing is run.
void database_attributes_check(Database *database, void (*fault)(void *context, const char *text),
                               void *context);

// The current moment; database_unpin when done. Thread-safe.
Status database_pin(Database *database, DatabaseView **view, Error *error) WARN_UNUSED;
void database_unpin(DatabaseView *view);

// The cuboids that the view's cubes could have; the view's own. Thread-safe.
Status database_view_lattice(const DatabaseView *view, const CuboidLattice **lattice,
                             Error *error) WARN_UNUSED;
// The aggregations that no cuboid served of what was planned in `context` on the view's root since
// this was asked last, in the context's arena.
Misses database_misses(const DatabaseView *view, LogicalContext *context);
// Notes that they were asked, by a statement that read so many rows.
void database_note_misses(Database *database, const Misses *misses, uint64_t rows_read);
CuboidLog *database_cuboid_log(Database *database);
// Adds what was asked of the store's cubes before it was opened (cuboid_log_file.h), and keeps it
// there as it is now; a database without a store has no such file. On a fault of reading what could
// be read is there.
Status database_asked_read(Database *database, Error *error) WARN_UNUSED;
Status database_asked_write(Database *database, Error *error) WARN_UNUSED;
// A number that is another after each question that changed either.
uint64_t database_asked_changes(Database *database);
// Writes the current root into the store that was opened, where nobody else has written since;
// without a store nothing. STATUS_BUSY: another process has it open for writing; STATUS_EXISTS: has
// written it, and a server must be started anew to see that.
Status database_save(Database *database, Job *job, Error *error) WARN_UNUSED;
uint64_t database_version(Database *database);         // of the current root: grows with every load
const char *database_folder(const Database *database); // of the store; NULL: there is none

ThreadPool *database_pool(Database *database);
MemoryBudget *database_budget(Database *database);
