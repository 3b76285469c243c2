// 256-bit sums of products, moments with large offsets and in any split, the error of the sketch.
#include "agg_moments.h"
#include "agg_sketch.h"
#include "unit_table.h"
#include <math.h>

static Job job;
static Execution execution = {.job = &job};
static Error error = ERROR_INIT;

static void budget_setup(void) {
  job_init(&job, "test", INT64_C(1) << 30, 0, NULL);
}

// ---------------------------------------------------------------- 256 bits

// Products and sums that fit 128 bits are what the compiler's integers say.
START_TEST(test_int256_beside_int128) {
  uint64_t random = 3;
  for (int i = 0; i < 100000; i++) {
    int64_t a = (int64_t)unit_random(&random) >> (i % 60), b = (int64_t)unit_random(&random);
    int64_t c = (int64_t)unit_random(&random) >> 8, d = (int64_t)unit_random(&random) >> 9;
    Int256 sum = {0}, product = int256_multiply(a, b);
    int256_add_product(&sum, a, b);
    unit_require(memcmp(&sum, &product, sizeof sum) == 0, "a product, made two ways");
    int256_add_product(&sum, c, d);
    int128_t expected = (int128_t)a * b / 2 + (int128_t)c * d / 2; // halves cannot overflow
    double got = int256_to_double(&sum) / 2;
    unit_require(fabs(got - (double)expected) <= 1e-15 * fabs((double)expected) + 2, "a sum");
  }
}
END_TEST

// (a + b)(a - b) = a a - b b, to the last bit, for numbers of up to 120 bits.
START_TEST(test_int256_identities) {
  uint64_t random = 5;
  for (int i = 0; i < 100000; i++) {
    int128_t a = (int128_t)(int64_t)unit_random(&random) * (INT64_C(1) << 54) +
                 (int64_t)unit_random(&random);
    int128_t b = (int128_t)(int64_t)unit_random(&random) * (INT64_C(1) << (i % 54)) - 7;
    Int256 left = int256_multiply(a + b, a - b), aa = int256_multiply(a, a);
    Int256 bb = int256_multiply(b, b), right = int256_subtract(&aa, &bb);
    unit_require(memcmp(&left, &right, sizeof left) == 0, "the third binomial formula");
    Int256 twice = int256_scale(&aa, 2);
    int256_add(&aa, &aa);
    unit_require(memcmp(&twice, &aa, sizeof aa) == 0, "twice is a sum");
  }
}
END_TEST

// ---------------------------------------------------------------- moments

static Vector flat(Type type, const void *data) {
  return (Vector){.type = type, .physical = (uint8_t)type_physical(type), .width = 8, .data = data};
}

static double moment(AggregateId id, Type type, const void *values, uint32_t count,
                     uint32_t split) {
  Expr arg = {.kind = EXPR_COLUMN, .type = type};
  AggregateCall call = {.id = id, .arg = &arg, .type = TYPE_OF_DOUBLE};
  PlanColumn known = {.type = type, .min = 1, .max = 0};
  static const uint32_t MAP[] = {0};
  AggStates a, b;
  Value value;
  agg_states_init(&a, &call, &known, 1, UINT64_MAX, &execution);
  agg_states_init(&b, &call, &known, 1, UINT64_MAX, &execution);
  ck_assert_int_eq(agg_states_reserve(&a, 1, &error), STATUS_OK);
  ck_assert_int_eq(agg_states_reserve(&b, 1, &error), STATUS_OK);
  Vector first = flat(type, values), second = flat(type, (const int64_t *)values + split);
  ck_assert_int_eq(agg_states_update(&a, NULL, &first, split, &error), STATUS_OK);
  ck_assert_int_eq(agg_states_update(&b, NULL, &second, count - split, &error), STATUS_OK);
  ck_assert_int_eq(agg_states_merge(&a, &b, MAP, &error), STATUS_OK);
  ck_assert_int_eq(agg_states_value(&a, 0, &value, &error), STATUS_OK);
  agg_states_clear(&a);
  agg_states_clear(&b);
  return value.d;
}

// 1, 2, 3, 4 have the variance 1.25 (population), 5/3 (sample), wherever they stand.
START_TEST(test_large_offsets) {
  for (int64_t offset = 0; offset < INT64_C(900000000000000000); offset = offset * 10 + 1) {
    int64_t values[] = {offset + 1, offset + 2, offset + 3, offset + 4};
    ck_assert(moment(AGGREGATE_VAR_POP, TYPE_OF_INT, values, 4, 1) == 1.25);
    ck_assert(moment(AGGREGATE_VAR_SAMP, TYPE_OF_INT, values, 4, 3) == 5.0 / 3);
    if (offset > INT64_C(1) << 50) continue;
    double doubles[] = {(double)values[0], (double)values[1], (double)values[2], (double)values[3]};
    ck_assert(moment(AGGREGATE_VAR_POP, TYPE_OF_DOUBLE, doubles, 4, 2) == 1.25);
  }
}
END_TEST

START_TEST(test_splits_change_nothing) {
  uint64_t random = 9;
  double values[500];
  for (int i = 0; i < 500; i++)
    values[i] = ldexp((double)(int64_t)unit_random(&random), (int)(unit_random(&random) % 80) - 70);
  double whole = moment(AGGREGATE_STDDEV_SAMP, TYPE_OF_DOUBLE, values, 500, 0);
  for (uint32_t split = 1; split < 500; split += 37)
    ck_assert(moment(AGGREGATE_STDDEV_SAMP, TYPE_OF_DOUBLE, values, 500, split) == whole);
}
END_TEST

// ---------------------------------------------------------------- the sketch

static void sketch_fill(AggStates *states, int64_t from, int64_t to) {
  int64_t values[VECTOR_ROWS];
  while (from < to) {
    uint32_t count = 0;
    while (from < to && count < VECTOR_ROWS) values[count++] = from++ * 7919;
    Vector vector = flat(TYPE_OF_INT, values);
    ck_assert_int_eq(agg_states_update(states, NULL, &vector, count, &error), STATUS_OK);
  }
}

// Exact while small; later within five standard errors, and the same however it was split.
START_TEST(test_sketch_error) {
  static const int64_t COUNTS[] = {0, 1, 100, 255, 256, 257, 3000, 20000, 100000, 1000000};
  static const uint32_t MAP[] = {0};
  Expr arg = {.kind = EXPR_COLUMN, .type = TYPE_OF_INT};
  AggregateCall call = {.id = AGGREGATE_APPROX_DISTINCT, .arg = &arg, .type = TYPE_OF_INT};
  PlanColumn known = {.type = TYPE_OF_INT, .min = 1, .max = 0};
  for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++) {
    int64_t count = COUNTS[i];
    AggStates whole, a, b, *all[] = {&whole, &a, &b};
    for (int s = 0; s < 3; s++) {
      agg_states_init(all[s], &call, &known, 1, UINT64_MAX, &execution);
      ck_assert_int_eq(agg_states_reserve(all[s], 1, &error), STATUS_OK);
    }
    sketch_fill(&whole, 0, count);
    sketch_fill(&whole, count / 2, count); // again: nothing new
    sketch_fill(&a, 0, count / 3);
    sketch_fill(&b, count / 4, count);
    ck_assert_int_eq(agg_states_merge(&a, &b, MAP, &error), STATUS_OK);
    int64_t estimate = agg_sketch_value(&whole, 0);
    ck_assert_int_eq(agg_sketch_value(&a, 0), estimate);
    double allowed = count <= 127 ? 0 : 5 * 1.04 / 64 * (double)count;
    ck_assert_msg(fabs((double)(estimate - count)) <= allowed, "%lld of %lld", (long long)estimate,
                  (long long)count);
    for (int s = 0; s < 3; s++) agg_states_clear(all[s]);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("exec_statistics");
  TCase *tcase = tcase_create("statistics");
  tcase_set_timeout(tcase, 120);
  tcase_add_checked_fixture(tcase, budget_setup, NULL);
  tcase_add_test(tcase, test_int256_beside_int128);
  tcase_add_test(tcase, test_int256_identities);
  tcase_add_test(tcase, test_large_offsets);
  tcase_add_test(tcase, test_splits_change_nothing);
  tcase_add_test(tcase, test_sketch_error);
  suite_add_tcase(suite, tcase);
  return unit_main(suite);
}
