// What the statistics promise, kept over thousands of simulated tests: intervals that cover, tests
// that reject as often as they say, looks that cost nothing. Seeded: every run is the same run.
#include "corrections.h"
#include "cuped.h"
#include "difference.h"
#include "experiment_support.h"
#include "quantile.h"
#include "sequential.h"
#include "split_audit.h"
#include <stdlib.h>

#define TEST_COUNT 2000

// splitmix64: Steele, Lea, Flood (2014).
static uint64_t random_next(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return z ^ z >> 31;
}

static double random_unit_open(uint64_t *state) {
  return ((double)(random_next(state) >> 11) + 0.5) / 9007199254740992.0;
}

// A buyer in about two of three, with receipts of exponential sums around a habit of his own that
// the time before the start shares; what a test adds is added to every receipt.
static Customer shopper(uint64_t *state, double added) {
  Customer customer = {0};
  double habit = 20 - 30 * log(random_unit_open(state)), rate = 3 * random_unit_open(state);
  for (int before = 0; before < 2; before++)
    for (double t = -log(random_unit_open(state)); t < rate; t -= log(random_unit_open(state))) {
      double paid = -habit * log(random_unit_open(state)) + (before ? 0 : added);
      customer.value[2 * before] += (int64_t)(100 * paid);
      customer.value[2 * before + 1]++;
    }
  return customer;
}

static Moments shoppers(uint64_t *state, uint32_t count, double added) {
  ExactMoments exact = moments_empty();
  for (uint32_t i = 0; i < count; i++) {
    Customer customer = shopper(state, added);
    moments_add(&exact, &customer);
  }
  return moments_must(&exact);
}

static double percent(uint32_t count) {
  return 100.0 * count / TEST_COUNT;
}

static void within(double percent, double low, double high, const char *what) {
  printf("%s: %.2f %%\n", what, percent);
  if (percent < low || percent > high)
    ck_abort_msg("%s: %.2f %%, not within %.0f..%.0f", what, percent, low, high);
}

static bool covers(const Difference *difference, double truth) {
  return difference->low <= truth && truth <= difference->high;
}

// A mean of 1.5 receipts gains 1.5 a receipt; a ratio gains what was added; a ratio's truth is
// exact, for every receipt has it.
START_TEST(test_intervals_cover) {
  uint64_t state = 1;
  const double added = 4, truth = 1.5 * added, mean = 1.5 * 50;
  uint32_t welch = 0, cuped_mean = 0, ratio = 0, cuped_ratio = 0, relative = 0, narrower = 0;
  for (uint32_t i = 0; i < TEST_COUNT; i++) {
    Moments treated = shoppers(&state, 700, added), control = shoppers(&state, 500, 0);
    ArmValue a = arm_value(&treated, sales_mean), b = arm_value(&control, sales_mean);
    Difference difference = difference_welch(&a, &b, 0.95);
    double width = difference.high - difference.low;
    welch += covers(&difference, truth);
    difference = difference_relative(&a, &b, 0.95);
    relative += covers(&difference, truth / mean);
    Cuped cuped = cuped_adjust(&treated, &control, sales_mean, before_mean);
    difference = difference_welch(&cuped.treated, &cuped.control, 0.95);
    narrower += difference.high - difference.low < width;
    cuped_mean += covers(&difference, truth);
    a = arm_value(&treated, sales_ratio), b = arm_value(&control, sales_ratio);
    difference = difference_normal(&a, &b, 0.95);
    ratio += covers(&difference, added);
    cuped = cuped_adjust(&treated, &control, sales_ratio, before_ratio);
    difference = difference_normal(&cuped.treated, &cuped.control, 0.95);
    cuped_ratio += covers(&difference, added);
  }
  within(percent(welch), 94, 96, "Welch covers");
  within(percent(relative), 94, 96, "the relative effect's delta method covers");
  within(percent(cuped_mean), 94, 96, "CUPED covers");
  within(percent(ratio), 94, 96, "a ratio's delta method covers");
  within(percent(cuped_ratio), 94, 96, "a ratio's CUPED covers");
  within(percent(narrower), 100, 100, "CUPED is narrower");
}
END_TEST

START_TEST(test_proportions_cover) {
  uint64_t state = 2;
  uint32_t covered = 0, rare = 0, rejected = 0;
  for (uint32_t i = 0; i < TEST_COUNT; i++) {
    int64_t a = 0, b = 0, c = 0, d = 0, e = 0;
    for (int n = 0; n < 1500; n++) {
      a += random_unit_open(&state) < 0.18, b += random_unit_open(&state) < 0.15;
      c += random_unit_open(&state) < 0.006, d += random_unit_open(&state) < 0.003;
      e += random_unit_open(&state) < 0.15;
    }
    Difference difference = difference_proportions(a, 1500, b, 1500, 0.95);
    covered += covers(&difference, 0.03);
    difference = difference_proportions(c, 1500, d, 1500, 0.95);
    rare += covers(&difference, 0.003);
    rejected += difference_proportions(e, 1500, b, 1500, 0.95).p_value < 0.05;
  }
  within(percent(covered), 94, 96, "Newcombe covers");
  within(percent(rare), 94, 98, "Newcombe covers rare events");
  within(percent(rejected), 4, 6, "A/A of two proportions rejects");
}
END_TEST

START_TEST(test_nothing_is_found_in_nothing) {
  uint64_t state = 3;
  uint32_t welch = 0, ratio = 0, cuped_mean = 0;
  for (uint32_t i = 0; i < TEST_COUNT; i++) {
    Moments treated = shoppers(&state, 600, 0), control = shoppers(&state, 600, 0);
    ArmValue a = arm_value(&treated, sales_mean), b = arm_value(&control, sales_mean);
    welch += difference_welch(&a, &b, 0.95).p_value < 0.05;
    a = arm_value(&treated, sales_ratio), b = arm_value(&control, sales_ratio);
    ratio += difference_normal(&a, &b, 0.95).p_value < 0.05;
    Cuped cuped = cuped_adjust(&treated, &control, sales_mean, before_mean);
    cuped_mean += difference_welch(&cuped.treated, &cuped.control, 0.95).p_value < 0.05;
  }
  within(percent(welch), 4, 6, "A/A of means rejects");
  within(percent(ratio), 4, 6, "A/A of ratios rejects");
  within(percent(cuped_mean), 4, 6, "A/A of CUPED rejects");
}
END_TEST

// ---- Balance -----------------------------------------------------------------------------------

// Whether two groups of a test of six metrics are said to differ before the start: by the size of a
// difference alone, and as they are judged.
static void balance_look(uint64_t *state, uint32_t count, double shift, uint32_t *by_size,
                         uint32_t *judged) {
  double apart[12], p[12];
  bool far = false, told = false;
  for (uint32_t i = 0; i < 12; i += MOMENT_VALUES_MAX) {
    Moments treated = shoppers(state, count, 0), control = shoppers(state, count, 0);
    for (uint32_t v = 0; v < MOMENT_VALUES_MAX; v++) {
      MomentForm form = {v, MOMENT_NONE};
      if (!i && !v) treated.mean[v] += shift * sqrt(treated.covariance[v][v]);
      ArmValue a = arm_value(&treated, form), b = arm_value(&control, form);
      p[i + v] = difference_welch(&a, &b, 0.95).p_value;
      unit_require(standardised_difference(&treated, &control, v, &apart[i + v]), "it varies");
    }
  }
  correct_holm(p, 12, p);
  for (uint32_t i = 0; i < 12; i++) {
    far |= fabs(apart[i]) > BALANCE_CLOSE;
    told |= !balance_is_sound(apart[i], p[i]);
  }
  *by_size += far;
  *judged += told;
}

// A fair split of a few hundred customers is called unbalanced seldom, and one that is none by a
// half of a deviation nearly always; in large arms neither rule is deceived.
START_TEST(test_balance_by_chance) {
  uint64_t state = 8;
  uint32_t by_size = 0, judged = 0, large_by_size = 0, large = 0, ignored = 0, uneven = 0;
  for (uint32_t i = 0; i < TEST_COUNT; i++) balance_look(&state, 200, 0, &by_size, &judged);
  for (uint32_t i = 0; i < 200; i++) {
    balance_look(&state, 3000, 0, &large_by_size, &large);
    balance_look(&state, 200, 0.5, &ignored, &uneven);
  }
  within(percent(by_size), 80, 100, "a fair split of 200 beyond 0.1");
  within(percent(judged), 2, 5.5, "a fair split of 200 called unbalanced");
  within(100.0 * large_by_size / 200, 0, 1, "a fair split of 3,000 beyond 0.1");
  within(100.0 * large / 200, 0, 1, "a fair split of 3,000 called unbalanced");
  within(100.0 * uneven / 200, 90, 100, "half a deviation in 200 is found");
}
END_TEST

// ---- Looks -------------------------------------------------------------------------------------

typedef struct Looks {
  bool fixed, always; // whether a look of that kind ever rejected
} Looks;

static void look_at(Looks *looks, const Difference *difference, double progress) {
  if (!difference->tested) return;
  SequentialInterval interval =
      sequential_interval(difference->estimate, difference->standard_error, progress, 0.05);
  bool outside = interval.low > 0 || interval.high < 0;
  unit_require(outside == (interval.p_value < 0.05), "interval and p-value agree");
  looks->fixed |= difference->p_value < 0.05;
  looks->always |= outside;
}

static void look(Looks *looks, const ExactMoments *treated, const ExactMoments *control,
                 double progress) {
  Moments a = moments_must(treated), b = moments_must(control);
  ArmValue arm_a = arm_value(&a, sales_mean), arm_b = arm_value(&b, sales_mean);
  Difference difference = difference_welch(&arm_a, &arm_b, 0.95);
  look_at(looks, &difference, progress);
}

// 100 looks, 40 more customers an arm at each: who looks at fixed p-values finds something in a
// third of all A/A tests.
START_TEST(test_looks_as_customers_come) {
  uint64_t state = 4;
  uint32_t fixed = 0, always = 0;
  for (uint32_t i = 0; i < TEST_COUNT; i++) {
    ExactMoments treated = moments_empty(), control = moments_empty();
    Looks looks = {0};
    for (uint32_t n = 1; n <= 100; n++) {
      for (uint32_t k = 0; k < 40; k++) {
        Customer a = shopper(&state, 0), b = shopper(&state, 0);
        moments_add(&treated, &a), moments_add(&control, &b);
      }
      look(&looks, &treated, &control, n / 100.0);
    }
    fixed += looks.fixed, always += looks.always;
  }
  within(percent(fixed), 25, 50, "100 looks at fixed p-values reject");
  within(percent(always), 0, 5, "100 looks at always-valid intervals reject");
}
END_TEST

// All are assigned at the start, and each of 100 days adds to what each has bought.
START_TEST(test_looks_as_days_pass) {
  enum { CUSTOMERS = 150 };
  uint64_t state = 5;
  uint32_t always = 0;
  for (uint32_t i = 0; i < TEST_COUNT; i++) {
    Customer sums[2][CUSTOMERS] = {0};
    double rates[2][CUSTOMERS];
    Looks looks = {0};
    for (uint32_t n = 0; n < 2 * CUSTOMERS; n++)
      rates[n % 2][n / 2] = 0.1 * random_unit_open(&state);
    for (uint32_t day = 1; day <= 100; day++) {
      ExactMoments arms[2] = {moments_empty(), moments_empty()};
      for (uint32_t n = 0; n < 2 * CUSTOMERS; n++) {
        Customer *customer = &sums[n % 2][n / 2];
        if (random_unit_open(&state) < rates[n % 2][n / 2])
          customer->value[0] += 1000 + (int64_t)(random_next(&state) % 9000);
        moments_add(&arms[n % 2], customer);
      }
      look(&looks, &arms[1], &arms[0], day / 100.0);
    }
    always += looks.always;
  }
  within(percent(always), 0, 5, "100 days at always-valid intervals reject");
}
END_TEST

static int compare_doubles(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static ArmValue quantile_of(double *values, uint32_t count, double quantile) {
  qsort(values, count, sizeof *values, compare_doubles);
  QuantileRanks ranks = quantile_ranks(count, quantile, 0.95);
  return quantile_value(&ranks, count, values[ranks.low - 1], values[ranks.at - 1],
                        values[ranks.high - 1]);
}

// The quantile of exponential values, times `scale`.
static ArmValue quantile_drawn(uint64_t *state, uint32_t count, double quantile, double scale) {
  double values[1000];
  for (uint32_t i = 0; i < count; i++) values[i] = -scale * log(random_unit_open(state));
  return quantile_of(values, count, quantile);
}

// Medians of A/A tests, 40 more customers an arm at each of 20 looks.
START_TEST(test_looks_at_quantiles) {
  enum { LOOKS = 20, MORE = 40 };
  uint64_t state = 11;
  uint32_t fixed = 0, always = 0;
  for (uint32_t i = 0; i < TEST_COUNT; i++) {
    double values[2][LOOKS * MORE];
    Looks looks = {0};
    for (uint32_t n = MORE; n <= LOOKS * MORE; n += MORE) {
      ArmValue arms[2];
      for (int a = 0; a < 2; a++) {
        for (uint32_t k = n - MORE; k < n; k++) values[a][k] = -log(random_unit_open(&state));
        arms[a] = quantile_of(values[a], n, 0.5);
      }
      Difference difference = difference_normal(&arms[1], &arms[0], 0.95);
      look_at(&looks, &difference, (double)n / (LOOKS * MORE));
    }
    fixed += looks.fixed, always += looks.always;
  }
  within(percent(fixed), 15, 35, "20 looks at fixed p-values of medians reject");
  within(percent(always), 0, 5, "20 looks at always-valid intervals of medians reject");
}
END_TEST

START_TEST(test_quantiles_cover) {
  const double quantiles[] = {0.5, 0.9};
  const char *const names[] = {"medians cover", "quantiles 0.9 cover"};
  uint64_t state = 9;
  for (int q = 0; q < 2; q++) {
    uint32_t covered = 0;
    double truth = -0.2 * log(1 - quantiles[q]);
    for (uint32_t i = 0; i < TEST_COUNT; i++) {
      ArmValue treated = quantile_drawn(&state, 1000, quantiles[q], 1.2);
      ArmValue control = quantile_drawn(&state, 800, quantiles[q], 1);
      Difference difference = difference_normal(&treated, &control, 0.95);
      covered += covers(&difference, truth);
    }
    within(percent(covered), 94, 96, names[q]);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("experiment_simulation");
  unit_case(suite, "simulation", 300,
            (const TTest *const[]){test_intervals_cover, test_proportions_cover,
                                   test_quantiles_cover, test_nothing_is_found_in_nothing,
                                   test_looks_as_customers_come, test_looks_as_days_pass,
                                   test_looks_at_quantiles, test_balance_by_chance, NULL});
  return unit_main(suite);
}
