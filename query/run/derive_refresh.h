// A derived table after rows were added to what its query reads: the rows that it had keep their
// numbers, those of groups that have new rows get their new values, new ones come behind.
#pragma once
#include "job.h"
#include "logical.h"
#include "root.h"
#include "thread_pool.h"

typedef struct DeriveRefresh {
  LogicalContext *context;
  const Root *base; // the root that the stored table is of, or NULL
  const Root *next; // the root to come
  ThreadPool *pool;
  Job *job;
  const char *table;
  Logical *tree; // gives the table's rows over next, not optimised, a column each
  Table *(*make)(void *context, Column **columns, const char **links, uint64_t row_count);
  void *make_context; // makes the table of a tree's rows, which it takes over, in its own order
} DeriveRefresh;

// The derived table as its query's rows over next's tables are, in *table, which the caller takes
// over: base's own, retained, where nothing was added to it. *table NULL: it must be made anew, and
// *why says for what reason (in the context's arena; NULL: base has no such table).
Status derive_refresh(const DeriveRefresh *refresh, Table **table, const char **why,
                      Error *error) WARN_UNUSED;
