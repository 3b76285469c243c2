// See cuboid_choose.h.
#include "cuboid_choose.h"
#include "memory.h"
#include <math.h>

static double benefit_of(const CuboidChoice *choice, const double *costs, uint32_t candidate) {
  double benefit = 0;
  size_t first = (size_t)candidate * choice->question_count;
  for (uint32_t q = 0; q < choice->question_count; q++)
    if (bits_get(choice->serves, first + q) && costs[q] > choice->cells[candidate])
      benefit += choice->weights[q] * (costs[q] - choice->cells[candidate]);
  return benefit;
}

static void costs_lower(const CuboidChoice *choice, double *costs, uint32_t candidate) {
  size_t first = (size_t)candidate * choice->question_count;
  for (uint32_t q = 0; q < choice->question_count; q++)
    if (bits_get(choice->serves, first + q) && costs[q] > choice->cells[candidate])
      costs[q] = choice->cells[candidate];
}

// The best of those that are left and fit into `bytes`; false: none saves anything.
static bool best_find(const CuboidChoice *choice, const double *costs, const bool *taken,
                      double bytes, ChosenCuboid *best) {
  double best_share = 0;
  *best = (ChosenCuboid){0};
  for (uint32_t c = 0; c < choice->candidate_count; c++) {
    if (taken[c] || choice->bytes[c] > bytes) continue;
    double benefit = benefit_of(choice, costs, c), share = benefit / choice->bytes[c];
    if (benefit < choice->benefit_min) continue;
    if (share < best_share || (share == best_share && benefit <= best->benefit)) continue;
    best_share = share;
    *best = (ChosenCuboid){c, benefit};
  }
  return best->benefit > 0;
}

static double saved_by(const CuboidChoice *choice, const ChosenCuboid *chosen, uint32_t count,
                       uint32_t without) {
  double saved = 0;
  for (uint32_t q = 0; q < choice->question_count; q++) {
    double cost = choice->costs[q];
    for (uint32_t i = 0; i < count; i++) {
      uint32_t c = chosen[i].candidate;
      if (i != without && choice->cells[c] < cost &&
          bits_get(choice->serves, (size_t)c * choice->question_count + q))
        cost = choice->cells[c];
    }
    saved += choice->weights[q] * (choice->costs[q] - cost);
  }
  return saved;
}

// Leaves out, least loss first, those without which less than benefit_min is lost.
static uint32_t redundant_drop(const CuboidChoice *choice, ChosenCuboid *chosen, uint32_t count) {
  while (count) {
    double all = saved_by(choice, chosen, count, count), least = INFINITY;
    uint32_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
      double loss = all - saved_by(choice, chosen, count, i);
      if (loss < least) least = loss, at = i;
    }
    if (least >= choice->benefit_min) break;
    memmove(chosen + at, chosen + at + 1, (--count - at) * sizeof *chosen);
  }
  for (uint32_t i = 0; i < count; i++)
    chosen[i].benefit = saved_by(choice, chosen, i + 1, count) - saved_by(choice, chosen, i, count);
  return count;
}

uint32_t cuboid_choose(const CuboidChoice *choice, ChosenCuboid *chosen) {
  double *costs = mem_alloc((choice->question_count + 1) * sizeof *costs);
  bool *taken = mem_alloc_zero(choice->candidate_count + 1);
  for (uint32_t q = 0; q < choice->question_count; q++) costs[q] = choice->costs[q];
  double left = choice->bytes_max;
  uint32_t count = 0;
  for (ChosenCuboid best; best_find(choice, costs, taken, left, &best);) {
    taken[best.candidate] = true;
    left -= choice->bytes[best.candidate];
    costs_lower(choice, costs, best.candidate);
    chosen[count++] = best;
  }
  mem_free(costs);
  mem_free(taken);
  return redundant_drop(choice, chosen, count);
}
