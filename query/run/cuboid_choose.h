// Which cuboids to keep under a budget: those that save most a byte.
//
// Harinarayan, Rajaraman, Ullman: Implementing Data Cubes Efficiently, SIGMOD 1996, section 5: the
// greedy choice of the greatest benefit per unit space. A question costs the cells (or rows) that
// the smallest chosen cuboid which serves it has; a cuboid's benefit is what it takes off the costs
// of all questions, given those that are chosen already. What is saved is at least 1 - 1/e - f of
// the most that any choice saves, f being the largest cuboid's share of the budget.
#pragma once
#include "bits.h"

typedef struct CuboidChoice { // the problem
  uint32_t question_count, candidate_count;
  const double *weights;  // [question_count] how often each is asked
  const double *costs;    // [question_count] the rows that it reads without any of the candidates
  const double *cells;    // [candidate_count]
  const double *bytes;    // [candidate_count] more than 0
  const uint64_t *serves; // bit candidate * question_count + question
  double bytes_max;       // of all that are chosen
  double benefit_min;     // a cuboid that saves less is not worth having
} CuboidChoice;

typedef struct ChosenCuboid {
  uint32_t candidate;
  double benefit; // rows saved, given those chosen before it
} ChosenCuboid;

// Fills chosen (room for candidate_count) in the order of choice; returns their number. Of equal
// benefits a byte the greater benefit is taken, then the candidate that stands first. A small
// cuboid is chosen early, and a larger one that comes later may do its work: at the end those
// without which less than benefit_min is lost are left out, one after the other.
uint32_t cuboid_choose(const CuboidChoice *choice, ChosenCuboid *chosen);
