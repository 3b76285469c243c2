// Pilots whose units were chosen: differences in differences and matched pairs against statsmodels
// and SciPy, and what they promise, over thousands of simulated pilots.
#include "experiment_support.h"
#include "pilot.h"

enum { SHOPS = 40, PILOTS = 12, WEEKS = 10, BEFORE = 6 };

static void shop_fill(PilotUnit *shop, const double *weeks) {
  double sums[4] = {0};
  for (int t = 0; t < WEEKS; t++) {
    sums[t < BEFORE ? 0 : 1] += weeks[t];
    if (t < BEFORE) sums[t < BEFORE / 2 ? 2 : 3] += weeks[t];
  }
  shop->before = sums[0] / BEFORE, shop->after = sums[1] / (WEEKS - BEFORE);
  shop->early = sums[2] / (BEFORE / 2), shop->late = sums[3] / (BEFORE / 2);
  shop->covariates[0] = shop->early, shop->covariates[1] = shop->late;
  shop->match = PILOT_NONE;
}

static void shops_make(PilotUnit shops[SHOPS], int64_t lift) {
  uint32_t state = 21;
  int64_t size[SHOPS];
  for (int u = 0; u < SHOPS; u++) size[u] = 2000 + customer_draw(&state, 4000);
  for (int u = 0; u < SHOPS; u++) {
    double weeks[WEEKS];
    shops[u] = (PilotUnit){.is_pilot = u < PILOTS};
    for (int t = 0; t < WEEKS; t++)
      weeks[t] = (double)(size[u] + 100 * t + customer_draw(&state, 900) +
                          (u < PILOTS && t >= BEFORE ? lift : 0));
    shop_fill(&shops[u], weeks);
  }
}

static void difference_check(const Difference *got, const char *name) {
  ck_assert(got->known && got->tested);
  as_expected(got->estimate, name, "estimate", 1e-10);
  as_expected(got->p_value, name, "p", 1e-7);
  as_expected(got->low, name, "low", 1e-8);
  as_expected(got->high, name, "high", 1e-8);
}

START_TEST(test_pilot_difference) {
  PilotUnit shops[SHOPS];
  shops_make(shops, 350);
  PilotEstimate estimate = pilot_difference(shops, SHOPS, 0.95);
  ck_assert_uint_eq(estimate.pilot_count, PILOTS);
  ck_assert_uint_eq(estimate.other_count, SHOPS - PILOTS);
  difference_check(&estimate.difference, "pilot");
  difference_check(&estimate.trend, "pilot.trend");
  as_expected(estimate.difference.estimate, "pilot", "two_way", 1e-9); // of all weeks
  as_expected(estimate.difference.standard_error, "pilot", "hc2", 1e-9);
  close_to(estimate.difference.estimate,
           (estimate.pilot_after - estimate.pilot_before) -
               (estimate.other_after - estimate.other_before),
           1e-9, "means");
  as_expected(estimate.relative.estimate, "pilot.relative", "estimate", 1e-10);
  as_expected(estimate.relative.standard_error, "pilot.relative", "error", 1e-5);
  close_to(estimate.relative.high - estimate.relative.estimate,
           estimate.relative.estimate - estimate.relative.low, 1e-9, "the middle");
}
END_TEST

// The error clustered by unit is this one without its small-sample correction, group by group.
START_TEST(test_pilot_clustered) {
  PilotUnit shops[SHOPS];
  double mean[2] = {0}, square[2] = {0}, count[2] = {SHOPS - PILOTS, PILOTS};
  shops_make(shops, 350);
  for (int u = 0; u < SHOPS; u++)
    mean[shops[u].is_pilot] += (shops[u].after - shops[u].before) / count[shops[u].is_pilot];
  for (int u = 0; u < SHOPS; u++) {
    double off = shops[u].after - shops[u].before - mean[shops[u].is_pilot];
    square[shops[u].is_pilot] += off * off;
  }
  double corrected = 0, plain = 0;
  for (int g = 0; g < 2; g++) {
    corrected += square[g] / (count[g] - 1) / count[g];
    plain += square[g] / count[g] / count[g];
  }
  as_expected(sqrt(plain), "pilot", "clustered", 1e-8);
  close_to(pilot_difference(shops, SHOPS, 0.95).difference.standard_error, sqrt(corrected), 1e-10,
           "corrected");
}
END_TEST

START_TEST(test_pilot_matched) {
  PilotUnit shops[SHOPS];
  Error error = ERROR_INIT;
  shops_make(shops, 350);
  ck_assert_int_eq(pilot_match(shops, SHOPS, 2, NULL, &error), STATUS_OK);
  double matches = 0;
  for (int u = 0; u < PILOTS; u++) {
    ck_assert(shops[u].match >= PILOTS && shops[u].match < SHOPS);
    for (int v = 0; v < u; v++) ck_assert_uint_ne(shops[u].match, shops[v].match);
    matches += (u + 1.0) * shops[u].match;
  }
  as_expected(matches, "pilot.matched", "matches", 0);
  PilotEstimate estimate = pilot_matched(shops, SHOPS, 0.95);
  difference_check(&estimate.difference, "pilot.matched");
  ck_assert_uint_eq(estimate.pilot_count, PILOTS);
  as_expected(pilot_balance(shops, SHOPS, 0, true), "pilot.matched.balance", "early", 1e-9);
  as_expected(pilot_balance(shops, SHOPS, 1, true), "pilot.matched.balance", "late", 1e-9);
}
END_TEST

START_TEST(test_pilot_few) {
  PilotUnit shops[SHOPS];
  Error error = ERROR_INIT;
  shops_make(shops, 0);
  for (uint32_t count = 0; count <= 1; count++) {
    PilotEstimate none = pilot_difference(shops, count, 0.95);
    ck_assert(!none.difference.tested && !none.relative.tested && !none.trend.tested);
    ck_assert_int_eq(pilot_match(shops, count, 2, NULL, &error), STATUS_OK);
    ck_assert(!pilot_matched(shops, count, 0.95).difference.tested);
    ck_assert(isnan(pilot_balance(shops, count, 0, false)));
  }
  // more pilots than others: some stay without a match
  ck_assert_int_eq(pilot_match(shops, PILOTS + 3, 2, NULL, &error), STATUS_OK);
  ck_assert_uint_eq(pilot_matched(shops, PILOTS + 3, 0.95).pilot_count, 3);
  // nothing varies, and nothing is sold
  for (int u = 0; u < SHOPS; u++) shop_fill(&shops[u], (const double[WEEKS]){0});
  ck_assert_int_eq(pilot_match(shops, SHOPS, 2, NULL, &error), STATUS_OK);
  ck_assert(!pilot_matched(shops, SHOPS, 0.95).difference.tested);
  ck_assert(!pilot_difference(shops, SHOPS, 0.95).difference.tested);
  ck_assert(isnan(pilot_balance(shops, SHOPS, 0, true)));
}
END_TEST

// ---- Simulated ---------------------------------------------------------------------------------

#define TEST_COUNT 2000

static double draw_unit(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15); // splitmix64
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return ((double)((z ^ z >> 31) >> 11) + 0.5) / 9007199254740992.0;
}

static double draw_normal(uint64_t *state) {
  double radius = sqrt(-2 * log(draw_unit(state)));
  return radius * cos(6.283185307179586 * draw_unit(state));
}

// Shops of different size whose weeks hang together: what clustering by shop is for. The pilots may
// be larger ones.
static void shops_draw(uint64_t *state, PilotUnit shops[SHOPS], double larger, double lift) {
  double course[WEEKS];
  for (int t = 0; t < WEEKS; t++) course[t] = 50 * draw_normal(state);
  for (int u = 0; u < SHOPS; u++) {
    double weeks[WEEKS], size = 1000 + 300 * draw_unit(state) + (u < PILOTS ? larger : 0);
    double shock = 40 * draw_normal(state);
    shops[u] = (PilotUnit){.is_pilot = u < PILOTS};
    for (int t = 0; t < WEEKS; t++) {
      shock = 0.8 * shock + 24 * draw_normal(state);
      weeks[t] = size + course[t] + shock + (u < PILOTS && t >= BEFORE ? lift : 0);
    }
    shop_fill(&shops[u], weeks);
  }
}

static void within(uint32_t count, double low, double high, const char *what) {
  double percent = 100.0 * count / TEST_COUNT;
  printf("%s: %.2f %%\n", what, percent);
  if (percent < low || percent > high)
    ck_abort_msg("%s: %.2f %%, not within %.0f..%.0f", what, percent, low, high);
}

static bool holds(const Difference *difference, double truth) {
  return difference->low <= truth && truth <= difference->high;
}

START_TEST(test_pilot_intervals_cover) {
  uint64_t state = 5;
  uint32_t all = 0, matched = 0, found = 0, trend = 0;
  PilotUnit shops[SHOPS];
  Error error = ERROR_INIT;
  for (int i = 0; i < TEST_COUNT; i++) {
    shops_draw(&state, shops, 100, 60);
    PilotEstimate estimate = pilot_difference(shops, SHOPS, 0.95);
    all += holds(&estimate.difference, 60);
    trend += estimate.trend.p_value < 0.05;
    // Of larger pilots the matches are others at their best, who fall back: Daw, Hatfield (2018).
    shops_draw(&state, shops, 0, 60);
    ck_assert_int_eq(pilot_match(shops, SHOPS, 2, NULL, &error), STATUS_OK);
    estimate = pilot_matched(shops, SHOPS, 0.95);
    matched += holds(&estimate.difference, 60);
    shops_draw(&state, shops, 100, 0);
    found += pilot_difference(shops, SHOPS, 0.95).difference.p_value < 0.05;
  }
  within(all, 94, 96, "difference in differences covers");
  within(matched, 94, 96, "matched pairs cover");
  within(found, 4, 6, "nothing is found in nothing");
  within(trend, 4, 6, "the time before looks apart");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("experiment_pilot");
  unit_case(suite, "all", 60,
            (const TTest *const[]){test_pilot_difference, test_pilot_clustered, test_pilot_matched,
                                   test_pilot_few, test_pilot_intervals_cover, NULL});
  return unit_main(suite);
}
