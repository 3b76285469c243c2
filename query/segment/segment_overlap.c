// See segment_overlap.h.
#include "segment_overlap.h"

typedef Rowset *(*SetOperation)(const Rowset *a, const Rowset *b);

// Takes *set and puts what it becomes with the other in its place.
static void set_apply(Rowset **set, SetOperation operation, const Rowset *other) {
  Rowset *made = operation(*set, other);
  rowset_release(*set);
  *set = made;
}

static uint64_t set_take(Rowset *set) { // how many there are; lets go of the set
  uint64_t count = rowset_count(set);
  rowset_release(set);
  return count;
}

static uint64_t only_count(Rowset *const *sets, uint32_t count, uint32_t own) {
  Rowset *rest = rowset_retain(sets[own]);
  for (uint32_t i = 0; i < count; i++)
    if (i != own) set_apply(&rest, rowset_and_not, sets[i]);
  return set_take(rest);
}

void segment_overlap(Rowset *const *sets, uint32_t count, Arena *arena, SegmentOverlap *overlap) {
  *overlap = (SegmentOverlap){.only = ARENA_ARRAY(arena, uint64_t, count),
                              .pairs = ARENA_ARRAY(arena, SegmentPair, count * (count - 1) / 2)};
  Rowset *all = rowset_retain(sets[0]), *any = rowset_retain(sets[0]);
  for (uint32_t a = 0; a < count; a++) {
    set_apply(&all, rowset_and, sets[a]);
    set_apply(&any, rowset_or, sets[a]);
    overlap->only[a] = only_count(sets, count, a);
    for (uint32_t b = a + 1; b < count; b++) {
      uint64_t both = set_take(rowset_and(sets[a], sets[b]));
      uint64_t either = rowset_count(sets[a]) + rowset_count(sets[b]) - both;
      overlap->pairs[overlap->pair_count++] = (SegmentPair){a, b, both, either};
    }
  }
  overlap->all = set_take(all);
  overlap->any = set_take(any);
}
