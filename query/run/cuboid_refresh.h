// A cuboid after rows were added to its fact: the new rows' cells merged with those that it has.
#pragma once
#include "cuboid_tree.h"
#include "job.h"
#include "root.h"
#include "thread_pool.h"

typedef struct CuboidRefresh {
  CuboidTree *cuboid;
  const Root *base; // the root that the stored cuboid is of, or NULL
  const Root *next; // the root to come: the tables that the cuboid shall be of
  ThreadPool *pool;
  Job *job;
} CuboidRefresh;

// The stored cuboid (base has one of that name) as it is over next's tables, to the last digit what
// building it anew gives, in *table, which the caller takes over: the stored one itself, retained,
// where no table that it was made from is another now; else one that shares its columns or has
// merged ones. *table NULL: it must be built anew, and *why says for what reason (in the context's
// arena; NULL: base has no cuboid of that name).
Status cuboid_refresh(const CuboidRefresh *refresh, Table **table, const char **why,
                      Error *error) WARN_UNUSED;
