// From group keys to group numbers 0, 1, 2, ... in order of arrival.
//
// Where every key is an integer (or code) of a known range, and the ranges' product stays within 62
// bits, the keys pack into one number. Three strategies. DENSE: that product is small, so that a
// group is found by one look-up in an array. PACKED: open addressing over the packed keys. HASH:
// open addressing over hashed words. With no key there is one group from the start.
#pragma once
#include "group_keys.h"
#include "kernel.h"

typedef struct GroupKey { // what is known of one key
  int64_t min, max;       // unknown: min > max
  bool words;             // its words are the values themselves (not interned, not doubles)
} GroupKey;

typedef struct GroupTable {
  uint32_t key_count;
  uint32_t group_count, capacity;
  int64_t *keys;   // [group][key] words
  uint64_t *nulls; // [group] bit k: key k is NULL
  uint32_t *slots; // group + 1, 0: free
  uint64_t slot_count;
  bool packs, dense;   // DENSE: both; PACKED: packs; HASH: none
  uint64_t *packed;    // PACKED [group]
  uint64_t packed_end; // greater than any packed key
  int64_t *mins;       // DENSE, PACKED [key]
  uint64_t *strides;   // DENSE, PACKED [key]; the value after the last stands for NULL
  MemoryBudget *budget;
  int64_t charged;
} GroupTable;

// At most 64 keys. `dense_max` bounds the slots of the dense strategy.
Status group_table_init(GroupTable *table, const GroupKey *keys, uint32_t key_count,
                        uint64_t dense_max, MemoryBudget *budget, Error *error) WARN_UNUSED;
// Room for so many groups, so that the table need not grow on the way.
Status group_table_reserve(GroupTable *table, uint32_t group_count, Error *error) WARN_UNUSED;
// Puts the groups into another order, that of order[0 .. group_count - 1], and frees what finds
// them: no more are looked up.
Status group_table_permute(GroupTable *table, const uint32_t *order, Error *error) WARN_UNUSED;
void group_table_clear(GroupTable *table);
// The group of each row: words[key][row], nulls[row] (bit k: key k is NULL). New keys make groups.
Status group_table_find(GroupTable *table, int64_t *const *words, const uint64_t *nulls,
                        uint32_t count, uint32_t *groups, Error *error) WARN_UNUSED;
// The same of a batch's keys: of those named by which[0 .. table's key_count - 1], in this order.
Status group_table_find_keys(GroupTable *table, GroupKeys *keys, const uint32_t *which,
                             uint32_t *groups, Error *error) WARN_UNUSED;
// Rows of one group that follow each other: run r ends before row ends[r], and has rows.
typedef struct GroupRuns {
  uint32_t count; // 0: they are too short to be worth it
  uint32_t row_count;
  uint16_t ends[VECTOR_ROWS + KERNEL_ROWS_PADDING];
  uint32_t groups[VECTOR_ROWS];
} GroupRuns;
// The groups of a batch's keys run by run, where a dense table's rows lie in long ones; else
// runs->count is 0, and nothing is found.
Status group_table_find_runs(GroupTable *table, const GroupKeys *keys, const uint32_t *which,
                             GroupRuns *runs, Error *error) WARN_UNUSED;
void group_runs_spread(const GroupRuns *runs, uint32_t *groups); // the group of each row
// Number of groups that there can be at most, if known (DENSE), else UINT64_MAX.
uint64_t group_table_bound(const GroupTable *table);
// Group numbers in the order of their packed keys (DENSE) or of arrival; for mem_free.
uint32_t *group_table_order(const GroupTable *table);
