// What refreshing a made table after an append needs, be it a cuboid or a derived table: whether
// what it was made from has but got new rows, and which of its blocks these can touch.
#pragma once
#include "logical.h"
#include "root.h"

// What keeps the rows that were made from base's tables from being those of next's with some
// more: "stores: column region of row 3 has another value", in the arena; NULL: nothing does. All
// scans of tree are looked at, of `fact` the shown rows alone: a row of it that was hidden made
// nothing yet. columns: of the scans', the ids that matter, a bit each; NULL: all.
const char *refresh_find_change(const Root *base, const Root *next, const Logical *tree,
                                const Logical *fact, const uint64_t *columns, Arena *arena);
// A copy of the root with this table too, which it takes over.
Root *refresh_root(const Root *root, Table *table);
// Whether the columns of both have the same types and links.
bool refresh_columns_agree(const Table *a, const Table *b);
// Whether all columns of both are kept alike: with a dictionary or without.
bool refresh_columns_alike(const Table *a, const Table *b);

// The table's columns as plain ones, row numbers as integers, in a table of that name that is no
// cuboid. position >= 0: with a last column "position", that number and the following ones.
Table *refresh_plain(const Table *table, const char *name, int64_t position);
// A scan of all columns of such a table.
Logical *refresh_plain_scan(LogicalContext *context, const Table *plain);

// The tree with a scan of the rows of another table, of the same columns, in place of that of fact.
Logical *refresh_scan_instead(LogicalContext *context, Logical *tree, const Logical *fact,
                              const Table *rows);
// Whether two rows agree in these columns (NULL: the first ones), where NULL is a value; NULL: in
// none, so that all do.
Expr *refresh_keys_agree(LogicalContext *context, const Logical *left, const Logical *right,
                         const uint32_t *keys, uint32_t key_count);

// Which of the table's blocks are touched by new rows (columns as the table's): those in which a
// row may agree with one in all of these columns, by minimum and maximum, and one that is not full.
// In the arena, ascending.
typedef struct RefreshBlocks {
  uint32_t *touched, touched_count;
  uint32_t block_count; // of all
} RefreshBlocks;
RefreshBlocks refresh_blocks(const Table *table, const Table *fresh, const uint32_t *keys,
                             uint32_t key_count, Arena *arena);
