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
} CuboidsReport;

// Puts each cuboid of the model into `next`, which is not yet published, in place of an older one,
// and takes away those that the model does not declare. `base` (or NULL) is the root that next was
// copied from. Where tables have but got new rows, the cuboid gets theirs (cuboid_refresh); else it
// is built from the smallest of those before it that can serve, else from its fact. Those of facts
// that are not loaded are left out. report may be NULL. On failure next must not be published.
Status cuboids_build(ThreadPool *pool, const Root *base, Root *next, const Model *model, Job *job,
                     CuboidsReport *report, Error *error) WARN_UNUSED;
// "sales(date.day, store.store)" with one blank after each comma and none elsewhere, in arena;
// NULL: the text is no name of a cuboid.
const char *cuboid_name_clean(Arena *arena, const char *text);
// Builds the cuboids of these names anew into `next`, in place of older ones: as the model declares
// them, and those that it does not with all measures. STATUS_INVALID, STATUS_NOT_FOUND: a name is
// none, or names what the model does not have. On failure next must not be published.
Status cuboids_build_named(ThreadPool *pool, Root *next, const Model *model,
                           const char *const *names, uint32_t count, Job *job,
                           CuboidsReport *report, Error *error) WARN_UNUSED;
