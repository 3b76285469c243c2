// Questions that are planned already: of one view, by their texts.
//
// A dashboard asks the same again and again, and where a cuboid answers, parsing and planning take
// longer than the answer. A plan is read-only (engine/exec/plan.h), so any number of threads run it
// at once. Plans are of the view's root, and go with the view: what is loaded meanwhile is planned
// anew. At most PLANS_MAX are kept, charged to the budget; of more, the one that was used longest
// ago goes, and what the budget has no room for is not kept.
//
// Not kept is what another moment or another reader could answer otherwise: a statement that reads
// the clock or asks for a segment.
#pragma once
#include "catalog.h"
#include "cube_query.h"
#include "cuboid_log.h"
#include "executor.h"

#define PLANS_MAX 128
#define PLAN_KEY_BYTES_MAX 8192
#define PLAN_BYTES_MAX (512 * 1024) // of what one keeps

typedef struct PlanCache PlanCache;

typedef struct CachedPlan {
  PreparedQuery rows, totals;        // totals.plan NULL: none were asked for
  CubeQuery query;                   // of a cube query; else zero
  Misses rows_missed, totals_missed; // to be noted each time
} CachedPlan;

PlanCache *plan_cache_create(MemoryBudget *budget); // outlives the cache
void plan_cache_destroy(PlanCache *cache); // nobody may hold a plan any more; NULL is allowed
// The plan of that text; NULL: there is none. Give it back with plan_cache_release. Thread-safe, as
// is all here.
const CachedPlan *plan_cache_find(PlanCache *cache, Str key);
// Keeps a plan that lives in the arena, which is taken over; returns the plan, held as by find.
// NULL: it is too large to be kept, or the budget is used up, and the arena stays the caller's.
const CachedPlan *plan_cache_put(PlanCache *cache, Str key, const CachedPlan *plan, Arena *arena);
void plan_cache_release(PlanCache *cache, const CachedPlan *plan); // NULL is allowed

// Segments that tell whether one was asked for.
typedef struct SegmentsWatch {
  CatalogSegments segments; // what to put into the catalog; its context is the watch
  const CatalogSegments *own;
  bool asked;
} SegmentsWatch;
// own may be NULL. The watch must stay where it is.
void segments_watch_init(SegmentsWatch *watch, const CatalogSegments *own);
