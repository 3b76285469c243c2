// Attributes as of a day: the model's queries, as sets of members by value. One query gives the
// sets of all its values, which are kept in the segments' cache: a change of the values asks
// nothing.
#pragma once
#include "segment.h"

// The members that have one of the rule's values, or none of them, or any, or none at all, as
// rule->filter says; who has none is in no `not_in`. Within the base. The caller releases *set.
// STATUS_NOT_FOUND, with the nearest: there is no such attribute or value.
Status segment_attribute_set(const SegmentWorld *world, const SegmentMembers *members,
                             const SegmentRule *rule, int32_t day, const Rowset *base, Arena *arena,
                             Rowset **set, Error *error) WARN_UNUSED;
