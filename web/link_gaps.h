// Facts whose link leads to an inferred member: one that is known by its key alone, for it has no
// row of its own (yet). An inner join in SQL leaves such facts out, cubes count them.
#pragma once
#include "database.h"

typedef struct LinkGap {
  const char *table, *column, *target;
  uint64_t row_count;    // rows of the table that are shown and lead to an inferred member
  uint64_t member_count; // inferred members of the target
} LinkGap;

// Calls `take` for each link of the table (NULL: of every table of the view) that has such rows. A
// link whose rows cannot be counted (a limit) is left out. The texts are the root's.
void link_gaps_find(Database *database, const DatabaseView *view, const Table *table, Job *job,
                    void (*take)(void *context, const LinkGap *gap), void *context);
// "sales.store: 2 rows name ...", at most size bytes.
void link_gap_format(const LinkGap *gap, char *out, size_t size);
