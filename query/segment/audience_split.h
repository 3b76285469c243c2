// Who of an audience gets into which arm: by a salted hash, so that it can be computed again
// anywhere.
//
// A member's place is hash_stable(key as text, seed), 0 to 2^63 - 1: what stable_hash(key, seed)
// gives in SQL.
//
// Without strata the arms lie one after the other along the places: the first has those below
// share * 2^63, and so on. A member's arm depends on his key, the seed and the shares alone: the
// same seed splits a grown audience alike. Sizes are what chance makes of them.
//
// Within a stratum of n members the arm has the whole part of n * share, and one more or not: the
// parts after the point lie along a line, one after the other, and the arm has one more where a
// point u, u + 1, u + 2, ... falls on its piece; u is hash_stable(the stratum's value as text,
// seed) / 2^63, in millionths, cut. (Systematic sampling: Madow 1949. Over many small strata no arm
// is favoured.) The first arm gets the members with the lowest places, and so on.
#pragma once
#include "arena.h"
#include "column.h"
#include "job.h"
#include "rowset.h"

typedef struct AudienceStrata {
  uint32_t *of_row; // [rows of the table] its stratum
  Str *values;      // [count] as text; "" where there is none
  uint32_t count;   // strata that may occur
} AudienceStrata;

typedef struct AudienceSplit {
  const Column *keys; // of the members' table
  Str seed;
  const uint32_t *shares;       // [arm_count] millionths: together AUDIENCE_SHARE_WHOLE
  uint32_t arm_count;           // 1 or more
  const AudienceStrata *strata; // or NULL
} AudienceSplit;

// arms[arm_count]: disjoint, together the members; the caller releases them. *strata_count: the
// strata that members are in (0 without strata). STATUS_MEMORY, or the job's end: none is made.
Status audience_split(const AudienceSplit *split, const Rowset *members, Job *job, Rowset **arms,
                      uint32_t *strata_count, Error *error) WARN_UNUSED;
// How many of a stratum's n members each arm has.
void audience_stratum_sizes(const AudienceSplit *split, Str value, uint64_t n, uint64_t *sizes);
