// What a model says is made of loaded tables: derived attributes and derived tables.
//
// An *expression* column is evaluated over every row of its table; a table with a *query* holds the
// query's rows, with its foreign keys resolved and its `through` columns copied along them. Both
// are trees of the logical kind, run by the one executor. A derived table gets the rows of an
// append (derive_refresh.h) where that gives what making it anew would.
#pragma once
#include "cuboid_build.h"
#include "job.h"
#include "model.h"
#include "root.h"
#include "thread_pool.h"

// What became of the derived tables.
typedef struct DeriveReport {      // filled by derive_run
  Arena *arena;                    // of the caller
  uint32_t kept, refreshed, built; // nothing was added; it got the new rows; it was made anew
  int64_t elapsed_ns;
  char **rebuilt; // "totals: stores: column region of row 3 has another value": those that were
                  // there and could not be refreshed
  uint32_t rebuilt_count;
} DeriveReport;

typedef struct DeriveContext {
  ThreadPool *pool;
  DeriveReport *report;   // or NULL
  CuboidsReport *cuboids; // what became of each, or NULL
} DeriveContext;

// Adds the derived columns and tables of `model`, and its cuboids, to `next`, which is not yet
// published and was copied from `base`. Fits LoadOptions.complete; context is a DeriveContext *. On
// failure next must not be published.
Status derive_run(void *context, const Root *base, Root *next, const Model *model, Job *job,
                  Error *error) WARN_UNUSED;
