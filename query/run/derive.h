// What a model says is made of loaded tables: derived attributes and derived tables.
//
// An *expression* column is evaluated over every row of its table; a table with a *query* holds the
// query's rows, with its foreign keys resolved and its `through` columns copied along them. Both
// are trees of the logical kind, run by the one executor.
#pragma once
#include "cuboid_build.h"
#include "job.h"
#include "model.h"
#include "root.h"
#include "thread_pool.h"

typedef struct DeriveContext {
  ThreadPool *pool;
  CuboidsReport *cuboids; // what became of each, or NULL
} DeriveContext;

// Adds the derived columns and tables of `model`, and its cuboids, to `next`, which is not yet
// published and was copied from `base`. Fits LoadOptions.complete; context is a DeriveContext *. On
// failure next must not be published.
Status derive_run(void *context, const Root *base, Root *next, const Model *model, Job *job,
                  Error *error) WARN_UNUSED;
