// Rows in another order: a table's cluster column, and projections, which are the same rows again.
#pragma once
#include "job.h"
#include "table.h"
#include "thread_pool.h"

// Row numbers of the table, those from `first` on sorted by the columns (indices, first most
// significant; NULL first, equal rows as they were). *out: mem_alloc, the caller frees. *sorted:
// they were so already. STATUS_UNSUPPORTED: a column of a type that rows are not sorted by.
Status table_sort(const Table *table, const uint32_t *columns, uint32_t column_count,
                  uint32_t first, Job *job, uint32_t **out, bool *sorted, Error *error) WARN_UNUSED;

typedef struct ProjectionSpec {
  const char *const *order; // names of columns, first most significant
  uint32_t order_count;
  const char *const *columns; // kept too; none: all are
  uint32_t column_count;
} ProjectionSpec;

// The table's rows in the order of a projection; the caller's. pool may be NULL. STATUS_NOT_FOUND:
// there is no such column.
Status table_projection_create(const Table *table, const ProjectionSpec *spec, ThreadPool *pool,
                               Job *job, Table **out, Error *error) WARN_UNUSED;
// Gives it to the table, which is not published yet.
void table_add_projection(Table *table, Table *projection);
