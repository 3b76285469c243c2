// The cuboids that a model declares: tables of partial states at a grain (engine/table/schema.h).
#pragma once
#include "job.h"
#include "model.h"
#include "root.h"
#include "thread_pool.h"

// What became of a cuboid.
typedef enum CuboidFate {
  CUBOID_KEPT,      // nothing that it was made from has changed
  CUBOID_REFRESHED, // the new rows were merged into it
  CUBOID_BUILT,
} CuboidFate;

typedef struct CuboidsReport { // filled by cuboids_build
  Arena *arena;                // of the caller
  uint32_t kept, refreshed, built;
  int64_t elapsed_ns;
  char **rebuilt; // "sales(date.day): stores: column region of row 3 has another value": those that
                  // were there and could not be refreshed
  uint32_t rebuilt_count;
  char **dropped; // of those that were built by name: "sales(date.day): cube \"sales\" has no ..."
  uint32_t dropped_count;
} CuboidsReport;

// Puts each cuboid of the model into `next`, which is not yet published, in place of an older one,
// and so those that were built by name and are there; takes away what is neither, what can be made
// no more, and of those built by name what is above the budget, the longest unread first. `base`
// (or NULL) is the root that next was copied from. Where tables have but got new rows, the cuboid
// gets theirs (cuboid_refresh); else it is built from the smallest of those before it that can
// serve, else from its fact. Those of facts that are not loaded are left out. report may be NULL.
// On failure next must not be published.
Status cuboids_build(ThreadPool *pool, const Root *base, Root *next, const Model *model, Job *job,
                     CuboidsReport *report, Error *error) WARN_UNUSED;
// Builds the cuboids of these names anew into `next`, in place of older ones: as the model declares
// them, and those that it does not with the measures that the name has (cuboid_name.h). These stay
// over loads. STATUS_INVALID, STATUS_NOT_FOUND: a name is none, or names what the model does not
// have; STATUS_LIMIT: with those the cuboids would be above the budget. On failure next must not be
// published.
Status cuboids_build_named(ThreadPool *pool, Root *next, const Model *model,
                           const char *const *names, uint32_t count, Job *job,
                           CuboidsReport *report, Error *error) WARN_UNUSED;

// What cuboids may take together: `cubes.memory` of the model (or NULL), else 512 MB.
int64_t cuboid_bytes_max(const Model *model);
int64_t cuboid_bytes(const Root *root); // what they take
