// The greedy choice of cuboids: the published example, and random lattices against all choices.
#include "cuboid_choose.h"
#include "unit_table.h"
#include <math.h>

#define CANDIDATES_MAX 12
#define QUESTIONS_MAX 16

typedef struct Problem {
  double weights[QUESTIONS_MAX], costs[QUESTIONS_MAX];
  double cells[CANDIDATES_MAX], bytes[CANDIDATES_MAX];
  bool serves[CANDIDATES_MAX][QUESTIONS_MAX];
  uint32_t questions, candidates;
  double bytes_max, benefit_min;
} Problem;

static uint32_t choose(const Problem *problem, ChosenCuboid *chosen) {
  uint64_t serves[(CANDIDATES_MAX * QUESTIONS_MAX + 63) / 64 + 1] = {0};
  for (uint32_t c = 0; c < problem->candidates; c++)
    for (uint32_t q = 0; q < problem->questions; q++)
      if (problem->serves[c][q]) bits_set(serves, c * problem->questions + q);
  CuboidChoice choice = {.question_count = problem->questions,
                         .candidate_count = problem->candidates,
                         .weights = problem->weights,
                         .costs = problem->costs,
                         .cells = problem->cells,
                         .bytes = problem->bytes,
                         .serves = serves,
                         .bytes_max = problem->bytes_max,
                         .benefit_min = problem->benefit_min};
  return cuboid_choose(&choice, chosen);
}

// What the candidates of a set save, told from the definition.
static double saved(const Problem *problem, uint32_t set) {
  double total = 0;
  for (uint32_t q = 0; q < problem->questions; q++) {
    double cost = problem->costs[q];
    for (uint32_t c = 0; c < problem->candidates; c++)
      if (set >> c & 1 && problem->serves[c][q] && problem->cells[c] < cost)
        cost = problem->cells[c];
    total += problem->weights[q] * (problem->costs[q] - cost);
  }
  return total;
}

static double bytes_of(const Problem *problem, uint32_t set) {
  double bytes = 0;
  for (uint32_t c = 0; c < problem->candidates; c++)
    if (set >> c & 1) bytes += problem->bytes[c];
  return bytes;
}

// Figure 6 of the paper, example 4.1: a (100) over b (50) and c (75); b over d (20), e (30); c over
// e, f (40); d and e over g (1); e and f over h (10). Three views beside a: b saves 250, f 70,
// d 60.
START_TEST(the_published_example) {
  static const char names[] = "bcdefgh";
  static const double cells[] = {50, 75, 20, 30, 40, 1, 10};
  static const char *const below[] = {"bdegh", "cefgh", "dg", "egh", "fh", "g", "h"};
  Problem problem = {.questions = 8, .candidates = 7, .bytes_max = 3};
  for (uint32_t q = 0; q < 8; q++) problem.weights[q] = 1, problem.costs[q] = 100;
  for (uint32_t c = 0; c < 7; c++) {
    problem.cells[c] = cells[c];
    problem.bytes[c] = 1;
    for (const char *view = below[c]; *view; view++) problem.serves[c][*view - 'a'] = true;
  }
  ChosenCuboid chosen[7];
  ck_assert_uint_eq(choose(&problem, chosen), 3);
  static const char expected[] = "bfd";
  static const double benefits[] = {250, 70, 60};
  for (int i = 0; i < 3; i++) {
    ck_assert_int_eq(names[chosen[i].candidate], expected[i]);
    ck_assert_double_eq(chosen[i].benefit, benefits[i]);
  }
}
END_TEST

// A random part of the lattice of some dimensions, each with a few levels: a candidate serves what
// is as coarse in every dimension.
static void problem_draw(Problem *problem, uint64_t *random) {
  uint32_t dimensions = 1 + unit_random(random) % 4;
  uint8_t levels[CANDIDATES_MAX + QUESTIONS_MAX][4];
  *problem = (Problem){.questions = unit_random(random) % (QUESTIONS_MAX + 1),
                       .candidates = unit_random(random) % (CANDIDATES_MAX + 1)};
  for (uint32_t i = 0; i < CANDIDATES_MAX + QUESTIONS_MAX; i++)
    for (uint32_t d = 0; d < dimensions; d++) levels[i][d] = unit_random(random) % 4;
  double rows = 1000;
  for (uint32_t q = 0; q < problem->questions; q++) {
    problem->weights[q] = 1 + (double)(unit_random(random) % 20);
    problem->costs[q] = rows;
  }
  for (uint32_t c = 0; c < problem->candidates; c++) {
    problem->cells[c] = 1;
    for (uint32_t d = 0; d < dimensions; d++) problem->cells[c] *= 1 + 3 * levels[c][d];
    problem->bytes[c] = problem->cells[c] * (double)(1 + unit_random(random) % 3);
    for (uint32_t q = 0; q < problem->questions; q++) {
      problem->serves[c][q] = true;
      for (uint32_t d = 0; d < dimensions; d++)
        if (levels[CANDIDATES_MAX + q][d] > levels[c][d]) problem->serves[c][q] = false;
    }
  }
  problem->bytes_max = (double)(unit_random(random) % 3000);
}

START_TEST(near_the_best_of_all_choices) {
  uint64_t random = (uint64_t)_i * 1000 + 5;
  double worst = 1;
  for (int round = 0; round < 300; round++) {
    Problem problem;
    problem_draw(&problem, &random);
    ChosenCuboid chosen[CANDIDATES_MAX];
    uint32_t count = choose(&problem, chosen), set = 0;
    for (uint32_t i = 0; i < count; i++) { // each step is the best a byte, by the definition
      double before = saved(&problem, set), left = problem.bytes_max - bytes_of(&problem, set);
      double share = chosen[i].benefit / problem.bytes[chosen[i].candidate];
      for (uint32_t c = 0; c < problem.candidates; c++)
        if (!(set >> c & 1) && problem.bytes[c] <= left)
          ck_assert_double_le((saved(&problem, set | 1u << c) - before) / problem.bytes[c],
                              share + 1e-9);
      set |= 1u << chosen[i].candidate;
      ck_assert_double_eq_tol(saved(&problem, set) - before, chosen[i].benefit, 1e-6);
      ck_assert_double_gt(chosen[i].benefit, 0);
    }
    ck_assert_double_le(bytes_of(&problem, set), problem.bytes_max);
    double best = 0, largest = 0;
    for (uint32_t other = 0; other < 1u << problem.candidates; other++)
      if (bytes_of(&problem, other) <= problem.bytes_max && saved(&problem, other) > best)
        best = saved(&problem, other);
    for (uint32_t c = 0; c < problem.candidates; c++)
      if (problem.bytes[c] <= problem.bytes_max && problem.bytes[c] > largest)
        largest = problem.bytes[c];
    double part = problem.bytes_max > 0 ? largest / problem.bytes_max : 0;
    ck_assert_double_ge(saved(&problem, set), (1 - exp(-1) - part) * best - 1e-6);
    if (best > 0 && saved(&problem, set) / best < worst) worst = saved(&problem, set) / best;
    for (uint32_t c = 0; c < problem.candidates; c++) // nothing that fits and saves is left
      if (!(set >> c & 1) && bytes_of(&problem, set) + problem.bytes[c] <= problem.bytes_max)
        ck_assert_double_le(saved(&problem, set | 1u << c) - saved(&problem, set), 1e-9);
  }
  ck_assert_double_lt(worst, 1); // the draws are not so easy that any choice is the best
}
END_TEST

// With a least benefit: none of those chosen can be spared, and one that is worth it is chosen if
// there is room for it.
START_TEST(small_ones_whose_work_others_do) {
  uint64_t random = 77;
  uint32_t fewer = 0;
  for (int round = 0; round < 300; round++) {
    Problem problem;
    problem_draw(&problem, &random);
    ChosenCuboid all[CANDIDATES_MAX], chosen[CANDIDATES_MAX];
    uint32_t all_count = choose(&problem, all), set = 0;
    problem.benefit_min = (double)(1 + unit_random(&random) % 500);
    uint32_t count = choose(&problem, chosen);
    for (uint32_t i = 0; i < count; i++) {
      double before = saved(&problem, set);
      set |= 1u << chosen[i].candidate;
      ck_assert_double_eq_tol(saved(&problem, set) - before, chosen[i].benefit, 1e-6);
    }
    ck_assert_double_le(bytes_of(&problem, set), problem.bytes_max);
    for (uint32_t i = 0; i < count; i++)
      ck_assert_double_ge(saved(&problem, set) -
                              saved(&problem, set & ~(1u << chosen[i].candidate)),
                          problem.benefit_min - 1e-6);
    for (uint32_t c = 0; c < problem.candidates && !count; c++)
      if (problem.bytes[c] <= problem.bytes_max)
        ck_assert_double_lt(saved(&problem, 1u << c), problem.benefit_min);
    fewer += count < all_count;
  }
  ck_assert_uint_gt(fewer, 50);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("run_cuboid_choose");
  TCase *tests = tcase_create("choice");
  tcase_set_timeout(tests, 60);
  tcase_add_test(tests, the_published_example);
  tcase_add_loop_test(tests, near_the_best_of_all_choices, 0, 4);
  tcase_add_test(tests, small_ones_whose_work_others_do);
  suite_add_tcase(suite, tests);
  return unit_main(suite);
}
