// Attributes as of a day: the model's queries, as sets of members by value. One query gives the
// sets of all its values, and of the other attributes that have the same query; they are kept in
// the segments' cache: a change of the values asks nothing.
#pragma once
#include "segment.h"

// The members that have one of the rule's values, or none of them, or any, or none at all, as
// rule->filter says; who has none is in no `not_in`. Within the base. The caller releases *set.
// STATUS_NOT_FOUND, with the nearest: there is no such attribute or value.
Status segment_attribute_set(const SegmentWorld *world, const SegmentMembers *members,
                             const SegmentRule *rule, int32_t day, const Rowset *base, Arena *arena,
                             Rowset **set, Error *error) WARN_UNUSED;
// Asks what the attribute is on the day, unless it is known, so that rules find it kept.
Status segment_attribute_prepare(const SegmentWorld *world, const SegmentMembers *members,
                                 const ModelAttribute *attribute, int32_t day, Arena *arena,
                                 Error *error) WARN_UNUSED;
// Whether the attribute's query can be asked of the catalog; nothing is run. The message has the
// place in the model.
Status segment_attribute_check(const SegmentWorld *world, const ModelAttribute *attribute,
                               Error *error) WARN_UNUSED;

typedef struct ValueSets { // who has which value
  Str *values;             // [count] in the arena
  Rowset **sets;           // [count]
  uint32_t count;
  Rowset *known; // who has any
} ValueSets;

// Of a query by $day that is no attribute of the model; nothing is kept. The caller clears.
Status segment_value_sets(const SegmentWorld *world, const SegmentMembers *members,
                          const ModelAttribute *attribute, int32_t day, Arena *arena,
                          ValueSets *sets, Error *error) WARN_UNUSED;
void segment_value_sets_clear(ValueSets *sets);
