// Exact sums of doubles: known sums, against integers of 128 bits, in any order and any split.
#include "double_sum.h"
#include "unit_table.h"
#include <float.h>
#include <math.h>

typedef struct KnownSum {
  const char *what;
  double addends[6];
  int count;
  double sum;
} KnownSum;

// Sums rounded by hand (the exact rational, to nearest even), as Python's math.fsum gives them.
static const KnownSum KNOWN[] = {
    {"nothing", {0}, 0, 0},
    {"tenths", {0.1, 0.1, 0.1}, 3, 0.30000000000000004},
    {"small after large", {1e16, 1, -1e16}, 3, 1},
    {"small beside large", {1, 1e100, 1, -1e100}, 4, 2},
    {"least and largest", {DBL_MAX, 5e-324, -DBL_MAX}, 3, 5e-324},
    {"two halves of an ulp", {1, 0x1p-53, 0x1p-53}, 3, 1.0000000000000002},
    {"tie to even, down", {1, 0x1p-53}, 2, 1},
    {"tie to even, up", {0x1.0000000000001p0, 0x1p-53}, 2, 0x1.0000000000002p0},
    {"tie broken from far below", {1, 0x1p-53, 0x1p-1074}, 3, 0x1.0000000000001p0},
    {"tie broken downwards", {1, 0x1p-53, -0x1p-1074}, 3, 1},
    {"beyond the largest and back", {DBL_MAX, DBL_MAX, -DBL_MAX}, 3, DBL_MAX},
    {"overflow", {DBL_MAX, DBL_MAX}, 2, INFINITY},
    {"negative", {-1e16, -1, 1e16}, 3, -1},
    {"subnormal", {5e-324, 5e-324, -1.5e-323}, 3, -5e-324},
    {"normal from subnormals", {0x1p-1023, 0x1p-1023}, 2, 0x1p-1022},
    {"infinity", {INFINITY, -DBL_MAX}, 2, INFINITY},
};

static double sum_in_order(const double *values, int count, int first, int step) {
  DoubleSum sum = {0};
  for (int i = 0, at = first; i < count; i++, at = (at + step) % count)
    double_sum_add(&sum, values[at]);
  return double_sum_value(&sum);
}

START_TEST(test_known_sums) {
  for (size_t k = 0; k < sizeof KNOWN / sizeof *KNOWN; k++) {
    const KnownSum *known = &KNOWN[k];
    for (int first = 0; first < known->count || first == 0; first++) {
      double found = sum_in_order(known->addends, known->count, first, 1);
      if (found != known->sum) ck_abort_msg("%s: %a, wanted %a", known->what, found, known->sum);
    }
  }
}
END_TEST

START_TEST(test_not_a_number) {
  static const double OPPOSITE[] = {INFINITY, 1, -INFINITY}, NONE[] = {1, NAN, 2};
  ck_assert(isnan(sum_in_order(OPPOSITE, 3, 0, 1)));
  ck_assert(isnan(sum_in_order(NONE, 3, 0, 1)));
}
END_TEST

// Multiples of 2^-20 below 2^40: their sum is an integer of 128 bits, and its double known.
static double value_draw(uint64_t *random, __int128 *exact) {
  int64_t units = (int64_t)(unit_random(random) >> (4 + unit_random(random) % 50));
  if (unit_random(random) % 2) units = -units;
  units &= ~INT64_C(0x7f); // 53 significant bits
  *exact += units;
  return ldexp((double)units, -20);
}

START_TEST(test_random_sums_in_any_split) {
  uint64_t random = 7;
  for (int round = 0; round < 300; round++) {
    DoubleSum parts[5] = {{{0}, 0, false, false, false}}, whole = {0}, merged = {0};
    __int128 exact = 0;
    for (int i = 0; i < 200; i++) {
      double value = value_draw(&random, &exact);
      double_sum_add(&whole, value);
      double_sum_add(&parts[unit_random(&random) % 5], value);
    }
    for (int p = 0; p < 5; p++) double_sum_merge(&merged, &parts[(p + round) % 5]);
    double wanted = ldexp((double)exact, -20); // rounds once, to nearest even
    unit_require(double_sum_value(&whole) == wanted, "the sum, added one by one");
    unit_require(double_sum_value(&merged) == wanted, "the sum, merged from parts");
  }
}
END_TEST

// The order and the split change nothing, whatever the magnitudes.
START_TEST(test_wild_magnitudes_repeat) {
  uint64_t random = 11;
  double values[999];
  for (int round = 0; round < 50; round++) {
    for (int i = 0; i < 999; i++) {
      double mantissa = (double)(int64_t)unit_random(&random);
      values[i] = ldexp(mantissa, (int)(unit_random(&random) % 1900) - 1060);
    }
    double forwards = sum_in_order(values, 999, 0, 1);
    unit_require(forwards == sum_in_order(values, 999, 500, 2), "another order, the same sum");
    DoubleSum a = {0}, b = {0};
    for (int i = 0; i < 999; i++) double_sum_add(i % 3 ? &a : &b, values[i]);
    double_sum_merge(&a, &b);
    unit_require(forwards == double_sum_value(&a), "another split, the same sum");
    for (int i = 0; i < 999; i++) double_sum_add(&a, -values[i]);
    unit_require(double_sum_value(&a) == 0, "all taken away again: nothing is left");
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("exec_double_sum");
  unit_case(suite, "sums", 60,
            (const TTest *const[]){test_known_sums, test_not_a_number,
                                   test_random_sums_in_any_split, test_wild_magnitudes_repeat,
                                   NULL});
  return unit_main(suite);
}
