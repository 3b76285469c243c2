// The dimension CUBE_SEGMENTS_LEVEL of a cube query: rows by the segments of their members.
#pragma once
#include "cube_fact.h"
#include "cube_request.h"

// Keeps the rows of members of any of the segments; each then stands for every segment that its
// member is in. key (NULL: rows are not split, each stays one): the segment's id. Errors have the
// segment's path.
Status cube_segments_split(const CubeSegments *segments, CubeFact *fact, Expr **key,
                           Error *error) WARN_UNUSED;
