// What a period is compared with, and how dates of the compared period are laid beside it (D8).
#pragma once
#include "cube_request.h"

// Adds `months` to the first day of a date's month, or `days` to the date, whichever is not 0.
typedef struct CubeShift {
  int32_t days;
  int32_t months;
  bool by_date; // months: keep the day of the month (a year back), not only its month
} CubeShift;

typedef struct CubeComparison {
  CubePeriod period; // the compared one
  CubeShift shift;   // from the compared period's dates to the period's
  bool trim;         // dates beyond `trim_to` have no counterpart among the period's days
  int32_t trim_to;
  const char *note; // what was done, for the reader; or NULL. In the arena.
} CubeComparison;

// What the reader of figures for a period that lies outside the days with data has to know; NULL:
// nothing. first > last: there are no such days.
const char *cube_period_note(Arena *arena, CubePeriod period, int32_t first, int32_t last);

// The compared period of request.period. `first` and `last` are the days with data: a period that
// goes beyond the last is unfinished and is compared over its days so far. fine: days or weeks are among
// the dimensions, so that dates are laid beside each other day by day.
void cube_comparison_make(Arena *arena, const CubeRequest *request, int32_t first, int32_t last,
                          bool fine, bool any_time_level, CubeComparison *comparison);
