// What a model says is made of loaded tables: derived attributes and derived tables.
//
// An *expression* column is evaluated over every row of its table; a table with a *query* holds the
// query's rows, with its foreign keys resolved and its `through` columns copied along them. Both
// are trees of the logical kind, run by the one executor.
#pragma once
#include "job.h"
#include "model.h"
#include "root.h"
#include "thread_pool.h"

// Adds the derived columns and tables of `model`, and its cuboids, to `next`, which is not yet
// published. Fits
// LoadOptions.complete; pool is a ThreadPool *. On failure next must not be published.
Status derive_run(void *pool, Root *next, const Model *model, Job *job, Error *error) WARN_UNUSED;
