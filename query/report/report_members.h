// Members of a level as values of a report's parameter: where they stand, and whether they exist.
#pragma once
#include "job.h"
#include "report.h"
#include "root.h"
#include "thread_pool.h"

// The level ("store.region") in the first cube that has it; NULL: none has. *table gets the
// dimension's table that keeps it, NULL where its values stand in the rows themselves or are made
// of time.
const CatalogLevel *report_level_find(const Catalog *catalog, const char *name,
                                      const CatalogTable **table);
// STATUS_INVALID, with the path "parameters.NAME" and the members' names, where a list of `values`
// (from report_bind) has members that the data lack. Asks a question a list, none of an empty one.
Status report_members_check(const Report *report, const SqlParameter *values,
                            const Catalog *catalog, const Root *root, ThreadPool *pool, Job *job,
                            Error *error) WARN_UNUSED;
