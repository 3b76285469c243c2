// The cuboids that a model declares: tables of partial states at a grain (engine/table/schema.h).
#pragma once
#include "job.h"
#include "model.h"
#include "root.h"
#include "thread_pool.h"

// Puts each cuboid of the model into `next`, which is not yet published, in place of an older one,
// and takes away those that the model does not declare. Each is built from the smallest of those
// before it that can serve, else from its fact. Those of facts that are not loaded are left out.
// On failure next must not be published.
Status cuboids_build(ThreadPool *pool, Root *next, const Model *model, Job *job,
                     Error *error) WARN_UNUSED;
