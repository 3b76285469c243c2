// Which cuboids would pay: chosen under a budget of memory for the questions that none serves
// today.
#pragma once
#include "cuboid_question.h"

typedef struct AskedQuestion {
  CuboidQuestion question; // one that a cuboid can serve
  double weight;           // how often it was asked
} AskedQuestion;

typedef struct AdvisedCuboid {
  const LatticeCube *cube;
  ModelCuboid declared; // as the model would name it; measures empty: all
  double cells, bytes;  // estimates
  double benefit;       // rows that the questions together need not read, given those before it
} AdvisedCuboid;

typedef struct CuboidAdvice {
  AdvisedCuboid *cuboids; // in the order of choice: most benefit a byte first
  uint32_t count;
  uint32_t question_count, candidate_count; // different questions; cuboids that were looked at
  double rows_before, rows_after;           // that the questions read, as often as they were asked
  double bytes;                             // of the advised together
} CuboidAdvice;

#define ADVISE_BYTES_DEFAULT (INT64_C(512) << 20) // without `cubes.memory` in the model

// The greedy choice (cuboid_choose) among what the questions need and what two of them need
// together. Questions that are the same count together; of very many, those asked most are looked
// at. Everything lives in arena, which outlives the questions' strings.
Status cuboid_advise(const CuboidLattice *lattice, Arena *arena, const AskedQuestion *asked,
                     uint32_t asked_count, double bytes_max, Job *job, CuboidAdvice *advice,
                     Error *error) WARN_UNUSED;
// Where nobody has asked yet: each level of each cube alone and with each level of its time, all
// measures, asked once, as far as no cuboid of the lattice's root serves. In arena.
Status cuboid_questions_assume(const CuboidLattice *lattice, Arena *arena, Job *job,
                               AskedQuestion **asked, uint32_t *count, Error *error) WARN_UNUSED;
