// The levels that every time dimension can have, with their titles and what determines what.
#pragma once
#include "model.h"

typedef struct TimeLevel {
  const char *name;
  ModelLevelTime time;
  ModelText title;
  const char *parents[3]; // levels that it determines; NULLs behind
} TimeLevel;

// NULL when there is none of that name.
const TimeLevel *time_level_find(const char *name);
// The one at `index`, in the order of a calendar; NULL behind the last.
const TimeLevel *time_level_at(uint32_t index);
