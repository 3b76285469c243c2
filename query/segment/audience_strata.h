// Which stratum each member is in: the values of a level of the members' own cube.
#pragma once
#include "audience_split.h"
#include "segment.h"

// The level's value of each row of the members' table, as text (a value that a member lacks is a
// stratum too). STATUS_NOT_FOUND, with the nearest: the cube has no such level. The caller clears
// *strata; its texts are in the arena.
Status audience_strata_find(const SegmentWorld *world, const SegmentMembers *members,
                            const char *level, Arena *arena, AudienceStrata *strata,
                            Error *error) WARN_UNUSED;
void audience_strata_clear(AudienceStrata *strata); // all zero is allowed
