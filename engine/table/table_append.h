// What a load does to a table that is there: rows that stay as they were, and rows that are new.
//
// A row has its number for ever (docs/decisions/0004), so that a later version of a table holds the
// rows of an earlier one in front. Whether their values are the same is found by comparing them:
// blocks that the versions share need no look, and the others are few. New rows are those behind,
// and members that were inferred (hidden) and have got their own row.
#pragma once
#include "arena.h"
#include "table.h"

// What differs between the earlier version's rows and the same rows of the later one, in the named
// columns and in which rows are hidden: a sentence without its subject ("column paid of row 17 has
// another value") in the arena; NULL: nothing does. shown_only: of the rows that the earlier
// version shows.
const char *table_find_change(const Table *earlier, const Table *later, const char *const *columns,
                              uint32_t column_count, bool shown_only, Arena *arena);
// The rows that the later version shows and the earlier one does not, as a table of that name
// without key or order: the blocks that have any, shared, their other rows hidden. The later one
// has the earlier one's rows. The caller releases it.
Table *table_new_rows(const Table *earlier, const Table *later, const char *name);
// Some blocks of a table, ascending, as a table of its schema; all but the last must be full. The
// caller releases it.
Table *table_take_blocks(const Table *table, const uint32_t *blocks, uint32_t count);
// The column with other rows in some of its blocks (ascending; the last one of the column, where it
// is not full, among them): those of `rows`, of the same type and at least as many, in order, the
// rest of them behind. The other blocks are shared. Strings get one dictionary, in which the
// column's codes stay what they are. The caller destroys it.
Column *column_replace_blocks(const Column *column, const uint32_t *blocks, uint32_t count,
                              const Column *rows);
