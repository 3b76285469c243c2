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
#include "data_state.h"
#include "load_job.h"
#include "model.h"
#include "root.h"
#include "thread_pool.h"

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

// The current moment; database_unpin when done. Thread-safe.
Status database_pin(Database *database, DatabaseView **view, Error *error) WARN_UNUSED;
void database_unpin(DatabaseView *view);

ThreadPool *database_pool(Database *database);
MemoryBudget *database_budget(Database *database);
