// How sets of members lie over each other. Jaccard index, lift and shares are ratios of these
// counts: exact integers, divided where they are written.
#pragma once
#include "arena.h"
#include "rowset.h"

typedef struct SegmentPair {
  uint32_t a, b;         // a < b: places among the sets
  uint64_t both, either; // members of the two
} SegmentPair;

typedef struct SegmentOverlap {
  uint64_t all, any; // members of every set; of one or more
  uint64_t *only;    // [count] members of this set and of no other
  SegmentPair *pairs;
  uint32_t pair_count; // count * (count - 1) / 2, by a, then b
} SegmentOverlap;

// Of count sets (1 or more) of one table's rows; what it makes is in the arena.
void segment_overlap(Rowset *const *sets, uint32_t count, Arena *arena, SegmentOverlap *overlap);
