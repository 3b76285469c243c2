// The word lists of TPC-H (clause 4.2.2.13) and SSB: what codes in the rows stand for.
#pragma once
#include "ssb.h"

#define SSB_COLOR_COUNT 92

typedef struct SsbNation {
  const char *name;
  const char *region;
} SsbNation;

extern const SsbNation SSB_NATIONS[SSB_NATION_COUNT];
extern const char *const SSB_SEGMENTS[5];
extern const char *const SSB_PRIORITIES[5];
extern const char *const SSB_SHIPMODES[7];
extern const char *const SSB_COLORS[SSB_COLOR_COUNT];
extern const char *const SSB_TYPES_1[6], *const SSB_TYPES_2[5], *const SSB_TYPES_3[5];
extern const char *const SSB_CONTAINERS_1[5], *const SSB_CONTAINERS_2[8];
extern const char *const SSB_MONTHS[12];
extern const char *const SSB_WEEKDAYS[7]; // from Sunday
// The selling season of a month, 1..12.
const char *ssb_season_name(int32_t month);
