// Sets of row numbers as aggregate states: what count(distinct) of a foreign key is merged from.
// Part of agg_state.
//
// As a value a set is a text: nothing for the empty set, else how many digits a member has ('1' to
// '6'), then its members ascending, each as the way from the one before (from -1), less one, in
// digits of 6 bits ('0' and the 63 characters after it), the least first. So a member of a small
// cell takes three bytes and one of a dense cell one or two, they are read without a branch, and
// the text is plain ASCII, which any column of texts can hold.
#pragma once
#include "agg_state.h"

// Members are in a table of slots while that is smaller than a bitmap up to the greatest of them.
typedef struct AggSet {
  uint32_t count;
  uint32_t slots;  // a power of two, or 0
  uint32_t *table; // [slots] member + 1; 0: free
  uint64_t *bits;  // [words], or NULL
  uint32_t words, greatest;
} AggSet;

void agg_set_clear(AggStates *states);
// AGGREGATE_SET: arg is row numbers; AGGREGATE_SET_UNION and _COUNT: sets. STATUS_CORRUPT where a
// text is no set.
Status agg_set_update(AggStates *states, const uint32_t *groups, const Vector *arg, uint32_t count,
                      Error *error) WARN_UNUSED;
Status agg_set_merge(AggStates *target, const AggStates *source, const uint32_t *map,
                     Error *error) WARN_UNUSED;
Status agg_set_value(AggStates *states, uint32_t group, Value *out, Error *error) WARN_UNUSED;
