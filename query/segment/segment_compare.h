// Two segments, or one on two days, beside each other on every measure that knows of members.
//
// A side's measures are those of its members' rows in the (day - days, day] of its own day, asked
// as a cube query with the members as its segment: what a measure means is the same everywhere.
#pragma once
#include "key_set.h"
#include "segment.h"

typedef struct SegmentSide {
  const Rowset *members;
  int32_t day;
} SegmentSide;

typedef struct SegmentMeasured {
  const char *name;
  bool adds_up;    // a sum or a count of rows: may be told by the member
  Value values[2]; // of each side; a NULL where there is none
} SegmentMeasured;

// Every measure of the cubes that know of members, the members' own cube left out; values in the
// arena. first_day, last_day: of the data.
Status segment_compare(const SegmentWorld *world, const SegmentSide sides[2], int32_t days,
                       int32_t first_day, int32_t last_day, Arena *arena,
                       SegmentMeasured **measures, uint32_t *count, Error *error) WARN_UNUSED;
