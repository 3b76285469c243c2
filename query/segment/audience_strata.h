// Which stratum each member is in: the values of a level of the members' own cube.
#pragma once
#include "audience_split.h"
#include "segment.h"

// Stands between the values of several levels: ASCII's unit separator.
#define AUDIENCE_STRATA_SEPARATOR "\x1f"

// The levels' values of each row of the members' table, as text: of one level its value (a value
// that a member lacks is a stratum too), of several the values one after the other, empty where
// there is none. STATUS_NOT_FOUND, with the nearest: the cube has no such level. The caller clears
// *strata; its texts are in the arena.
Status audience_strata_find(const SegmentWorld *world, const SegmentMembers *members,
                            const char *const *levels, uint32_t level_count, Arena *arena,
                            AudienceStrata *strata, Error *error) WARN_UNUSED;
void audience_strata_clear(AudienceStrata *strata); // all zero is allowed
