// What changed between two periods: how the members of levels make up the difference of an additive
// measure.
//
//   members of a level, each with its value and the compared one
//     change   = value - compared                       they add up to the change of the whole
//     excess   = value - compared * whole / compared whole    what it changed by beyond the common
//     growth shift    = half the sum of |excess|               how much has moved between the
//     members
//
// Levels stand in the order of shift / sqrt(members): chance alone moves more between more members,
// in proportion to the root of their number. Members stand by the size of their change. Money and
// counts are exact; shift and excess are rounded to the measure's scale.
#pragma once
#include "arena.h"
#include "result_sink.h"

typedef struct ChangeMember {
  Str member; // as JSON
  int128_t value, compared, change;
  double excess; // unscaled; NAN: the compared whole is not above zero
} ChangeMember;

typedef struct ChangeLevel {
  const char *name;
  ChangeMember *members; // by |change|, the largest first; equal ones by their text
  uint32_t member_count, member_capacity;
  unsigned scale;      // of all figures
  int128_t sum[2];     // of the members: value, compared
  double shift, score; // 0 where there is no common growth
  Arena *arena;
  uint32_t members_max;                     // more end the query with STATUS_LIMIT
  uint32_t level_at, value_at, compared_at; // columns of the rows; level_at UINT32_MAX: none
} ChangeLevel;

// Gathers the rows of a cube query into `level`, whose name, arena, members_max and columns are
// set.
ResultSink change_level_sink(ChangeLevel *level);
// Once all rows are there: order, excess, shift, score.
void change_level_finish(ChangeLevel *level);
// By score, the highest first; equal ones by name.
void change_levels_sort(ChangeLevel *levels, uint32_t count);
