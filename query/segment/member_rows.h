// Which rows of a table are a member's, and who has an identity: indexes of a version of a table,
// made when first asked for and kept until the table changes. So that one customer's card reads his
// rows and no others.
//
// Memory: four bytes a row and four a member for rows; sixteen bytes a row for values; charged to
// the cache's budget (NULL: to none), which must outlive it: STATUS_MEMORY where it has no room.
#pragma once
#include "job.h"
#include "table.h"

typedef struct MemberRowsCache MemberRowsCache;
MemberRowsCache *member_rows_cache_create(MemoryBudget *budget);
void member_rows_cache_destroy(MemberRowsCache *cache); // NULL is allowed

// What an index of a table of so many rows is charged with: by member, or (members 0) by value.
int64_t member_rows_index_bytes(uint64_t row_count, uint64_t members);

// The rows that are shown of the table whose link column (index) holds the row number `member`, in
// rising order: the arena's. members: rows of the members' table. Thread-safe; who comes while an
// index is made waits for it. The job's end is an error, and leaves no index.
Status member_rows_find(MemberRowsCache *cache, const Table *table, uint32_t link, uint32_t member,
                        uint64_t members, Job *job, Arena *arena, const uint32_t **rows,
                        uint32_t *count, Error *error) WARN_UNUSED;
// The rows that are shown of the table whose text column (index) is `value`.
Status member_values_find(MemberRowsCache *cache, const Table *table, uint32_t column, Str value,
                          Job *job, Arena *arena, const uint32_t **rows, uint32_t *count,
                          Error *error) WARN_UNUSED;
