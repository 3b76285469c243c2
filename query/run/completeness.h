// Which members should have rows on a day and have none: a shop whose till file did not arrive.
#pragma once
#include "catalog_store.h"
#include "job.h"
#include "thread_pool.h"

typedef struct MissingDay {
  const char *level; // "store.store"
  const char *value; // the member's key as text
  const char *title; // its label, else the key
  int32_t date;
} MissingDay;

// Follows the model's `completeness`: of the last `days` days up to the cube's last day, those on
// which a member that was open and has rows on at least half of these days has none. Without such a
// declaration, or where its table is absent, none. The result lives in the arena.
Status completeness_find(const Root *root, const Model *model, const Catalog *catalog,
                         ThreadPool *pool, Job *job, Arena *arena, MissingDay **missing,
                         uint32_t *count, Error *error) WARN_UNUSED;
