// The statistics of experiments beside SciPy, statsmodels and Hillstrom's published experiment.
#include "corrections.h"
#include "cuped.h"
#include "difference.h"
#include "distribution.h"
#include "experiment_support.h"
#include "power.h"
#include "quantile.h"
#include "sequential.h"
#include "split_audit.h"

static Moments treated, control;

static void arms_setup(void) {
  treated = customers_make(431, 11, 2500);
  control = customers_make(367, 12, 0);
}

// ---- Distributions -----------------------------------------------------------------------------

START_TEST(test_distributions) {
  as_expected(normal_quantile(0.9), "normal", "quantile.0.9", 1e-13);
  as_expected(normal_quantile(0.975), "normal", "quantile.0.975", 1e-13);
  as_expected(normal_quantile(0.9999999), "normal", "quantile.0.9999999", 1e-9);
  ck_assert_double_eq(normal_quantile(0.5), 0);
  const double degrees[] = {1, 2.5, 30, 1e6};
  const char *const names[] = {"1", "2.5", "30", "1e+06"};
  for (int i = 0; i < 4; i++) {
    as_expected(student_quantile(0.975, degrees[i]), "student.quantile", names[i], 1e-9);
    as_expected(student_two_sided(-3.7, degrees[i]), "student.p", names[i], 1e-9);
  }
  as_expected(chi_squared_above(0.2, 1), "chi_squared.p", "0.2.1", 1e-12);
  as_expected(chi_squared_above(11.3, 4), "chi_squared.p", "11.3.4", 1e-12);
  as_expected(chi_squared_above(900, 2), "chi_squared.p", "900.2", 1e-9);
  close_to(normal_below(-1.2815515655446), 0.1, 1e-12, "a tail");
}
END_TEST

START_TEST(test_distributions_out_of_range) {
  ck_assert(isnan(normal_quantile(0)) && isnan(normal_quantile(1)) && isnan(normal_quantile(-3)));
  ck_assert(isnan(student_quantile(0.9, 0)) && isnan(student_two_sided(1, -1)));
  ck_assert(isnan(chi_squared_above(-1, 2)) && isnan(chi_squared_above(1, 0)));
  ck_assert_double_eq(normal_two_sided(60), 0);
}
END_TEST

// ---- Moments -----------------------------------------------------------------------------------

// Sums of up to 17 digits that differ in their last: doubles alone would lose all of the spread.
START_TEST(test_moments_of_a_large_mean) {
  ExactMoments exact = {.values = 2, .scale = {2, 0}};
  for (int64_t i = 0; i < 1000; i++) {
    int64_t a = INT64_C(100000000000000000) + i % 5, b = -(INT64_C(3000000000000) + i % 5 * 7);
    Customer customer = {{a, b}};
    moments_add(&exact, &customer);
  }
  Moments moments = moments_must(&exact);
  double variance = 2.0 * 1000 / 999; // of 0..4 in equal parts
  close_to(moments.mean[0], 1e15 + 0.02, 1e-15, "mean");
  close_to(moments.covariance[0][0], variance / 1e4, 1e-14, "variance");
  close_to(moments.covariance[1][1], 49 * variance, 1e-14, "variance of a negative value");
  close_to(moments.covariance[0][1], -7 * variance / 100, 1e-14, "covariance");
}
END_TEST

START_TEST(test_moments_overflow_is_told) {
  ExactMoments exact = {.count = 2, .values = 1};
  Moments moments;
  Error error = ERROR_INIT;
  exact.sum[0] = decimal_pow10_128(38) - 1;
  exact.product[0][0] = decimal_pow10_128(38) - 1; // no customers have such sums
  ck_assert_int_eq(moments_centre(&exact, &moments, &error), STATUS_OVERFLOW);
  ck_assert_ptr_nonnull(strstr(error.message, "38 digits"));
}
END_TEST

START_TEST(test_moments_of_none_and_one) {
  ExactMoments none = moments_empty(), one = moments_empty();
  Customer customer = {{100, 0, 300, 2}};
  moments_add(&one, &customer);
  Moments of_none = moments_must(&none), of_one = moments_must(&one);
  ck_assert(!arm_value(&of_none, sales_mean).known);
  ck_assert(arm_value(&of_one, sales_mean).known && arm_value(&of_one, sales_mean).value == 1);
  ck_assert(!arm_value(&of_one, sales_ratio).known); // no receipts
  Moments both = moments_pool(&of_none, &of_one);
  ck_assert_int_eq(both.count, 1);
  ArmValue a = arm_value(&of_one, sales_mean), b = arm_value(&of_none, sales_mean);
  ck_assert(!difference_welch(&a, &b, 0.95).known);
  Difference difference = difference_welch(&a, &a, 0.95);
  ck_assert(difference.known && !difference.tested && difference.estimate == 0);
}
END_TEST

// Two halves together are the whole.
START_TEST(test_moments_pool) {
  ExactMoments all = moments_empty(), left = all, right = all;
  uint32_t seed = 5;
  for (int i = 0; i < 500; i++) {
    Customer customer = customer_make(&seed, 0);
    moments_add(&all, &customer);
    moments_add(i < 123 ? &left : &right, &customer);
  }
  Moments a = moments_must(&left), b = moments_must(&right);
  Moments whole = moments_must(&all), pooled = moments_pool(&a, &b);
  ck_assert_int_eq(pooled.count, 500);
  for (uint32_t i = 0; i < MOMENT_VALUES_MAX; i++) {
    close_to(pooled.mean[i], whole.mean[i], 1e-13, "mean");
    for (uint32_t j = 0; j < MOMENT_VALUES_MAX; j++)
      close_to(pooled.covariance[i][j], whole.covariance[i][j], 1e-12, "covariance");
  }
}
END_TEST

// ---- Differences -------------------------------------------------------------------------------

static void difference_check(const Difference *difference, const char *name) {
  ck_assert(difference->known && difference->tested);
  as_expected(difference->estimate, name, "estimate", 1e-10);
  as_expected(difference->p_value, name, "p", 1e-9);
  as_expected(difference->low, name, "low", 1e-9);
  as_expected(difference->high, name, "high", 1e-9);
}

START_TEST(test_welch) {
  ArmValue a = arm_value(&treated, sales_mean), b = arm_value(&control, sales_mean);
  Difference difference = difference_welch(&a, &b, 0.95);
  difference_check(&difference, "welch");
  as_expected(difference.statistic, "welch", "statistic", 1e-11);
  as_expected(difference.degrees, "welch", "degrees", 1e-11);
  difference = difference_welch(&a, &b, 0.9);
  difference_check(&difference, "welch90");
  Moments two = customers_make(2, 11, 2500), three = customers_make(3, 12, 0);
  a = arm_value(&two, sales_mean), b = arm_value(&three, sales_mean);
  difference = difference_welch(&a, &b, 0.95);
  difference_check(&difference, "welch.small");
}
END_TEST

START_TEST(test_ratio_and_relative) {
  ArmValue a = arm_value(&treated, sales_ratio), b = arm_value(&control, sales_ratio);
  Difference difference = difference_normal(&a, &b, 0.95);
  difference_check(&difference, "ratio");
  as_expected(difference.standard_error, "ratio", "error", 1e-10);
  a = arm_value(&treated, sales_mean), b = arm_value(&control, sales_mean);
  difference = difference_relative(&a, &b, 0.95);
  ck_assert(difference.tested);
  as_expected(difference.standard_error, "relative", "error", 1e-6);
  as_expected(difference.estimate, "relative", "estimate", 1e-12);
  as_expected(difference.low, "relative", "low", 1e-5);
  b.value = 0;
  ck_assert(!difference_relative(&a, &b, 0.95).known);
}
END_TEST

// A price that is the same on every receipt: a ratio without variance, whatever rounding says.
START_TEST(test_ratio_that_never_varies) {
  ExactMoments exact = {.values = 2, .scale = {2, 0}};
  for (int64_t i = 1; i <= 97; i++) {
    Customer customer = {{i * 333, i}};
    moments_add(&exact, &customer);
  }
  Moments moments = moments_must(&exact);
  ArmValue arm = arm_value(&moments, sales_ratio);
  ck_assert(arm.known && arm.variance == 0);
  Difference difference = difference_normal(&arm, &arm, 0.95);
  ck_assert(difference.known && !difference.tested);
}
END_TEST

START_TEST(test_proportions) {
  const char *const names[] = {"proportions", "proportions.rare", "proportions.all"};
  const int64_t counts[][4] = {{3894, 21307, 2262, 21306}, {3, 900, 0, 850}, {40, 40, 31, 35}};
  for (int i = 0; i < 3; i++) {
    const int64_t *c = counts[i];
    Difference difference = difference_proportions(c[0], c[1], c[2], c[3], 0.95);
    ck_assert(difference.tested);
    as_expected(difference.statistic, names[i], "statistic", 1e-11);
    as_expected(difference.statistic * difference.statistic, names[i], "chi_squared", 1e-11);
    as_expected(difference.p_value, names[i], "p", 1e-9);
    as_expected(difference.low, names[i], "low", 1e-9);
    as_expected(difference.high, names[i], "high", 1e-9);
  }
  ck_assert(!difference_proportions(0, 9, 0, 7, 0.95).tested);
  ck_assert(!difference_proportions(9, 9, 7, 7, 0.95).tested);
  ck_assert(!difference_proportions(0, 0, 7, 7, 0.95).known);
}
END_TEST

START_TEST(test_cuped) {
  Cuped cuped = cuped_adjust(&treated, &control, sales_mean, before_mean);
  ck_assert(cuped.known && cuped.variance_share > 0.5 && cuped.variance_share < 1);
  as_expected(cuped.theta, "cuped", "theta", 1e-10);
  Difference difference = difference_welch(&cuped.treated, &cuped.control, 0.95);
  difference_check(&difference, "cuped");
  as_expected(difference.degrees, "cuped", "degrees", 1e-9);
  cuped = cuped_adjust(&treated, &control, sales_ratio, before_ratio);
  as_expected(cuped.theta, "cuped_ratio", "theta", 1e-10);
  difference = difference_normal(&cuped.treated, &cuped.control, 0.95);
  difference_check(&difference, "cuped_ratio");
  Moments same = treated; // a covariate that never varies
  for (uint32_t i = 0; i < MOMENT_VALUES_MAX; i++)
    same.covariance[2][i] = same.covariance[i][2] = 0;
  ck_assert(!cuped_adjust(&same, &same, sales_mean, before_mean).known);
}
END_TEST

// ---- Split, corrections, power, looks ----------------------------------------------------------

START_TEST(test_sample_ratio) {
  const int64_t two[] = {5210, 4790}, three[] = {340, 352, 301}, odd[] = {50, 50, 1};
  const double half[] = {1, 1}, thirds[] = {0.34, 0.33, 0.33}, none[] = {0.5, 0.5, 0};
  SampleRatio ratio = sample_ratio(two, half, 2);
  ck_assert(ratio.tested && ratio.degrees == 1);
  as_expected(ratio.p_value, "sample_ratio", "two", 1e-10);
  ratio = sample_ratio(three, thirds, 3);
  as_expected(ratio.p_value, "sample_ratio", "three", 1e-11);
  ratio = sample_ratio(odd, none, 3);
  ck_assert(ratio.tested && ratio.p_value == 0);
  ck_assert(!sample_ratio(two, half, 1).tested && !sample_ratio(odd, (double[]){0, 0}, 2).tested);
  ck_assert(!sample_ratio((int64_t[]){0, 0}, half, 2).tested);
}
END_TEST

START_TEST(test_sample_ratio_apart) {
  const int64_t part[] = {500, 310, 120}, all[] = {5210, 4790, 1200}, none[] = {0, 0, 0};
  SampleRatio ratio = sample_ratio_apart(part, all, 3);
  ck_assert(ratio.tested && ratio.degrees == 2);
  as_expected(ratio.statistic, "sample_ratio.apart", "statistic", 1e-11);
  as_expected(ratio.p_value, "sample_ratio.apart", "p", 1e-10);
  ck_assert(!sample_ratio_apart(all, all, 3).tested && !sample_ratio_apart(none, all, 3).tested);
  ck_assert(!sample_ratio_apart(none, none, 3).tested && !sample_ratio_apart(part, all, 1).tested);
}
END_TEST

START_TEST(test_balance) {
  double difference;
  ck_assert(standardised_difference(&treated, &control, 2, &difference));
  double spread = sqrt((treated.covariance[2][2] + control.covariance[2][2]) / 2);
  close_to(difference * spread, treated.mean[2] - control.mean[2], 1e-12, "difference");
  Moments flat = {.count = 5, .values = 1};
  ck_assert(!standardised_difference(&flat, &flat, 0, &difference));
  double p[MOMENT_VALUES_MAX];
  for (uint32_t i = 0; i < MOMENT_VALUES_MAX; i++) {
    ArmValue a = arm_value(&treated, (MomentForm){i, MOMENT_NONE});
    ArmValue b = arm_value(&control, (MomentForm){i, MOMENT_NONE});
    p[i] = difference_welch(&a, &b, 0.95).p_value;
  }
  correct_holm(p, MOMENT_VALUES_MAX, p);
  for (uint32_t i = 0; i < MOMENT_VALUES_MAX; i++) {
    char name[12];
    snprintf(name, sizeof name, "balance.%u", i);
    ck_assert(standardised_difference(&treated, &control, i, &difference));
    as_expected(difference, name, "difference", 1e-10);
    as_expected(p[i], name, "p_adjusted", 1e-9);
  }
  ck_assert(balance_is_sound(-0.1, 0) && balance_is_sound(0.1, 1e-9));   // close, and sure of it
  ck_assert(balance_is_sound(0.4, 0.05) && balance_is_sound(-0.4, 0.9)); // by chance
  ck_assert(!balance_is_sound(0.1001, 0.0499) && !balance_is_sound(-2, 0));
}
END_TEST

START_TEST(test_corrections) {
  const double p[] = {0.01, 0.04, NAN, 0.03, 0.005, 0.2, 0.04, 0.9};
  double holm[8], hochberg[8];
  correct_holm(p, 8, holm);
  correct_benjamini_hochberg(p, 8, hochberg);
  for (int i = 0, tested = 0; i < 8; i++) {
    char name[12];
    ck_assert_int_eq(isnan(p[i]), isnan(holm[i]) && isnan(hochberg[i]));
    if (isnan(p[i])) continue;
    snprintf(name, sizeof name, "%d", tested++);
    as_expected(holm[i], "holm", name, 1e-12);
    as_expected(hochberg[i], "bh", name, 1e-12);
  }
  correct_holm(p, 0, holm);
  double one = 0.04;
  correct_holm(&one, 1, &one);
  ck_assert_double_eq(one, 0.04);
}
END_TEST

START_TEST(test_power) {
  as_expected(power_of_test(0.1, sqrt(2.0 / 1000), 0.05), "power", "equal", 1e-10);
  as_expected(power_of_test(-0.1, sqrt(1.0 / 1000 + 1.0 / 2500), 0.05), "power", "unequal", 1e-10);
  as_expected(power_of_test(0.001, sqrt(2.0 / 1000), 0.05), "power", "tiny", 1e-9);
  ck_assert_int_eq(power_sample_size(0.05, 1, 1, 1, 0.05, 0.8),
                   (int64_t)ceil(expected("power.sample.equal")));
  // `ratio` of statsmodels is the second group's, as ours is the test arm's
  ck_assert_int_eq(power_sample_size(-0.05, 1, 1, 3, 0.05, 0.9),
                   (int64_t)ceil(expected("power.sample.unequal")));
  as_expected(power_detectable(sqrt(2.0 / 1000), 0.05, 0.8), "power", "detectable", 1e-5);
  ck_assert_int_eq(power_sample_size(0, 1, 1, 1, 0.05, 0.8), INT64_MAX);
  ck_assert_int_eq(power_sample_size(1e9, 1, 1, 1, 0.05, 0.8), 2);
  ck_assert(isnan(power_of_test(1, 0, 0.05)));
}
END_TEST

START_TEST(test_quantile_ranks) {
  QuantileRanks ranks = quantile_ranks(41, 0.5, 0.95);
  ck_assert(ranks.known && ranks.low == 14 && ranks.at == 21 && ranks.high == 28);
  as_expected(ranks.z, "quantile.median", "z", 1e-8);
  ranks = quantile_ranks(20000, 0.9, 0.95);
  ck_assert(ranks.low == 17916 && ranks.at == 18000 && ranks.high == 18085);
  as_expected(ranks.z, "quantile.ninth", "z", 1e-7);
  as_expected(binomial_below(18084, 20000, 0.9) - binomial_below(17915, 20000, 0.9),
              "quantile.ninth", "chance", 1e-9);
  ArmValue value = quantile_value(&ranks, 20000, 10, 12, 15);
  close_to(value.variance, 6.25 / (ranks.z * ranks.z), 1e-12, "variance");
  ck_assert(value.known && value.value == 12 && value.count == 20000);
  ck_assert(!quantile_ranks(0, 0.5, 0.95).known && !quantile_ranks(19, 0.5, 0.95).known);
  ck_assert(!quantile_ranks(99, 0.9, 0.95).known && quantile_ranks(100, 0.9, 0.95).known);
  ck_assert(quantile_ranks(4000000000, 0.99, 0.95).known);
  ck_assert(isnan(binomial_below(1, INT64_MAX, 0.5)) && binomial_below(-1, 5, 0.5) == 0);
}
END_TEST

START_TEST(test_power_of_a_split) {
  const double shares[] = {0.3, 0.5, 0.2}; // the second is the control, the third the smallest
  PowerSplit split = {shares, 3, 1};
  as_expected(power_of_test(0.12 * 7, power_split_error(&split, 5000, 7), 0.025), "power.split",
              "power", 1e-10);
  int64_t size = power_split_size(&split, 0.05 * 7, 7, 0.025, 0.8);
  close_to((double)size, expected("power.split.size"), 1e-3, "power.split.size");
  ck_assert_int_ge(size, (int64_t)ceil(expected("power.split.size")));
  ck_assert_int_eq(power_split_size(&split, 0, 7, 0.025, 0.8), INT64_MAX);
  const double alike[] = {1, 1};
  PowerSplit half = {alike, 2, 0};
  ck_assert_int_eq(power_split_size(&half, 0.05, 1, 0.05, 0.8),
                   2 * power_sample_size(0.05, 1, 1, 1, 0.05, 0.8));
}
END_TEST

START_TEST(test_sequential) {
  const struct {
    const char *name;
    double estimate, error, progress;
  } cases[] = {{"sequential.early", 1.2, 0.8, 0.1},
               {"sequential.late", -3.1, 0.7, 1},
               {"sequential.after", 2.4, 0.5, 1.6}};
  for (int i = 0; i < 3; i++) {
    SequentialInterval interval =
        sequential_interval(cases[i].estimate, cases[i].error, cases[i].progress, 0.05);
    as_expected(interval.low, cases[i].name, "low", 1e-8);
    as_expected(interval.high, cases[i].name, "high", 1e-8);
    as_expected(interval.p_value, cases[i].name, "p", 1e-7);
  }
  ck_assert(!sequential_interval(1, 0, 1, 0.05).known && !sequential_interval(1, 1, 0, 0.05).known);
}
END_TEST

START_TEST(test_guardrail) {
  Difference change = {.known = true, .tested = true, .estimate = -0.01, .low = -0.02, .high = 0};
  ck_assert_int_eq(guardrail_judge(&change, 0.03, true), GUARDRAIL_SOUND);
  ck_assert_int_eq(guardrail_judge(&change, 0.005, true), GUARDRAIL_UNCLEAR); // 0 is not excluded
  change.high = -0.002;
  ck_assert_int_eq(guardrail_judge(&change, 0.005, true), GUARDRAIL_BROKEN);
  ck_assert_int_eq(guardrail_judge(&change, 0.015, true), GUARDRAIL_UNCLEAR);
  ck_assert_int_eq(guardrail_judge(&change, 0.005, false), GUARDRAIL_SOUND); // less is better
  change = (Difference){.known = true, .tested = true, .estimate = 0.3, .low = 0.1, .high = 0.5};
  ck_assert_int_eq(guardrail_judge(&change, 0.05, false), GUARDRAIL_BROKEN);
  change.tested = false;
  ck_assert_int_eq(guardrail_judge(&change, 0.05, false), GUARDRAIL_UNKNOWN);
}
END_TEST

// ---- Hillstrom ---------------------------------------------------------------------------------

// Spend and the year's history before it, sums by arm of 64,000 customers; tests/api/tests_public
// asks the file for the same sums.
static Moments hillstrom_arm(int64_t count, int64_t spend, int64_t spend_squares, int64_t history,
                             int64_t history_squares, int64_t product) {
  ExactMoments exact = {.count = count, .values = 3, .scale = {2, 0, 2}};
  exact.sum[0] = spend;
  exact.sum[2] = history;
  exact.product[0][0] = spend_squares;
  exact.product[2][2] = history_squares;
  exact.product[2][0] = product;
  return moments_must(&exact);
}

START_TEST(test_hillstrom) {
  Moments mens = hillstrom_arm(21307, 3031169, 67590244973, 517410518, 27006876192752, 98575262586);
  Moments nobody =
      hillstrom_arm(21306, 1390833, 28700503621, 513224581, 25971724145563, 42679338399);
  ArmValue a = arm_value(&mens, sales_mean), b = arm_value(&nobody, sales_mean);
  Difference spend = difference_welch(&a, &b, 0.95);
  ck_assert_double_eq_tol(spend.estimate, 0.769827, 5e-7);
  ck_assert_double_eq_tol(spend.statistic, 5.30014, 5e-6);
  close_to(spend.p_value, 1.1638e-07, 5e-5, "p");
  ck_assert_double_eq_tol(spend.low, 0.48514, 5e-6);
  ck_assert_double_eq_tol(spend.high, 1.05451, 5e-6);
  Cuped cuped = cuped_adjust(&mens, &nobody, sales_mean, before_mean);
  ck_assert_double_eq_tol(cuped.theta, 0.001222897, 5e-10);
  ck_assert_double_eq_tol(cuped.treated.value - cuped.control.value, 0.767438, 5e-7);
  Difference visit = difference_proportions(3894, 21307, 2262, 21306, 0.95);
  ck_assert_double_eq_tol(visit.estimate, 0.182757 - 0.106167, 1e-6);
  ck_assert_double_eq_tol(visit.statistic * visit.statistic, 505.622, 5e-4);
  ck_assert_double_eq_tol(difference_proportions(267, 21307, 122, 21306, 0.95).estimate, 0.006805,
                          5e-7);
  SampleRatio ratio = sample_ratio((int64_t[]){21307, 21306, 21387}, (double[]){1, 1, 1}, 3);
  ck_assert_double_eq_tol(ratio.p_value, 0.9037, 5e-5);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("experiment_statistics");
  unit_case(suite, "distributions", 30,
            (const TTest *const[]){test_distributions, test_distributions_out_of_range, NULL});
  unit_case(suite, "moments", 30,
            (const TTest *const[]){test_moments_of_a_large_mean, test_moments_overflow_is_told,
                                   test_moments_of_none_and_one, test_moments_pool, NULL});
  TCase *arms = tcase_create("arms");
  tcase_add_unchecked_fixture(arms, arms_setup, NULL);
  const TTest *const tests[] = {
      test_welch,    test_ratio_and_relative, test_ratio_that_never_varies,
      test_cuped,    test_proportions,        test_balance,
      test_guardrail};
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) tcase_add_test(arms, tests[i]);
  suite_add_tcase(suite, arms);
  unit_case(suite, "rest", 30,
            (const TTest *const[]){test_sample_ratio, test_sample_ratio_apart, test_corrections,
                                   test_power, test_power_of_a_split, test_quantile_ranks,
                                   test_sequential, test_hillstrom, NULL});
  return unit_main(suite);
}
