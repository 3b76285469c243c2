// The word lists of TPC-H (clauses 4.2.2.13 and 4.2.2.14): what codes in the rows stand for.
#pragma once
#include "tpch.h"

#define TPCH_COLOR_COUNT 92

typedef struct TpchWord {
  const char *text;
  uint32_t weight; // 0 ends a list
} TpchWord;

extern const char *const TPCH_REGIONS[TPCH_REGION_COUNT];
typedef struct TpchNationName {
  const char *name;
  uint32_t region;
} TpchNationName;
extern const TpchNationName TPCH_NATIONS[TPCH_NATION_COUNT];
extern const char *const TPCH_COLORS[TPCH_COLOR_COUNT];
extern const char *const TPCH_SEGMENTS[5], *const TPCH_PRIORITIES[5], *const TPCH_INSTRUCTIONS[4],
                                                                          *const TPCH_MODES[7];
extern const char *const TPCH_TYPES_1[6], *const TPCH_TYPES_2[5], *const TPCH_TYPES_3[5];
extern const char *const TPCH_CONTAINERS_1[5], *const TPCH_CONTAINERS_2[8];

extern const TpchWord TPCH_NOUNS[], TPCH_VERBS[], TPCH_ADJECTIVES[], TPCH_ADVERBS[],
    TPCH_PREPOSITIONS[], TPCH_AUXILIARIES[], TPCH_TERMINATORS[];
