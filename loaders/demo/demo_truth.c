// truth/truth.json: what is planted, what it really did, and how to tell that an analysis found it.
//
// Money in roubles with kopecks as JSON reals. "realised" is the life with the action less the same
// life without it, summed over the test arm; "observed" is what an analysis of the arms would
// compute, so that a report can be checked to the kopeck before its interval is checked against the
// truth.
#include "demo_chain.h"
#include <jansson.h>
#include <stdio.h>

static json_t *roubles(int64_t kopecks) {
  return json_real((double)kopecks / 100);
}
static json_t *day_json(const Chain *chain, int32_t day) {
  return json_stringn(chain->days.texts[day - TEXT_FIRST_DAY], 10);
}
static json_t *ratio(double over, double under) {
  return under == 0 ? json_null() : json_real(over / under);
}

static json_t *truth_new(json_t *truths, const char *id, const char *kind, const char *finder,
                         const char *pass_rule, double smallest_scale) {
  json_t *truth = json_pack("{s:s, s:s, s:s, s:s, s:f}", "id", id, "kind", kind, "finder", finder,
                            "pass_rule", pass_rule, "smallest_scale", smallest_scale);
  json_array_append_new(truths, truth);
  return truth;
}

// ---- planted actions ----------------------------------------------------------------------------

void effect_arm_add(EffectArm *to, const EffectArm *from) {
  to->assigned += from->assigned;
  to->buyers += from->buyers;
  to->sales += from->sales;
  to->margin += from->margin;
  to->sales_squares += from->sales_squares;
  to->margin_squares += from->margin_squares;
  for (int f = 0; f < 2; f++) {
    to->focus[f] += from->focus[f];
    to->focus_squares[f] += from->focus_squares[f];
  }
}

enum { SEGMENT_ALL = 2 };
static EffectArm arm_sum(const EffectTruth *truth, uint32_t window, Arm arm, uint32_t segment) {
  EffectArm sum = {0};
  for (uint32_t s = 0; s < 2; s++)
    if (segment == SEGMENT_ALL || segment == s) effect_arm_add(&sum, &truth->arms[s][window][arm]);
  return sum;
}

// Variance of the arm's mean, in roubles squared.
static double mean_variance(int64_t n, int64_t sum, __int128 squares) {
  if (n < 2) return 0;
  double mean = (double)sum / (double)n;
  return ((double)squares / (double)n - mean * mean) / (double)(n - 1) / 1e4;
}

// Test less control a head, its standard error, and D53's total with a 95 % interval.
static json_t *estimate_json(int64_t test_n, int64_t test_sum, __int128 test_squares,
                             int64_t control_n, int64_t control_sum, __int128 control_squares) {
  if (test_n == 0 || control_n == 0) return json_null();
  double each = ((double)test_sum / (double)test_n - (double)control_sum / (double)control_n) / 100;
  double error = sqrt(mean_variance(test_n, test_sum, test_squares) +
                      mean_variance(control_n, control_sum, control_squares));
  double n = (double)test_n;
  return json_pack("{s:f, s:f, s:f, s:f, s:f}", "per_customer", each, "standard_error", error,
                   "total", each * n, "low", (each - 1.96 * error) * n, "high",
                   (each + 1.96 * error) * n);
}

static json_t *arm_json(const EffectArm *arm, const EffectArm *control, const Effect *effect) {
  json_t *json = json_pack("{s:I, s:I, s:o, s:o}", "assigned", (json_int_t)arm->assigned, "buyers",
                           (json_int_t)arm->buyers, "sales", roubles(arm->sales), "margin",
                           roubles(arm->margin));
  if (!control) return json;
  json_t *against = json_object();
  json_object_set_new(json, "against_control", against);
  json_object_set_new(against, "sales",
                      estimate_json(arm->assigned, arm->sales, arm->sales_squares,
                                    control->assigned, control->sales, control->sales_squares));
  json_object_set_new(against, "margin",
                      estimate_json(arm->assigned, arm->margin, arm->margin_squares,
                                    control->assigned, control->margin, control->margin_squares));
  for (int f = 0; effect->focus && f < 2; f++)
    json_object_set_new(against, effect->focus_names[f],
                        estimate_json(arm->assigned, arm->focus[f], arm->focus_squares[f],
                                      control->assigned, control->focus[f],
                                      control->focus_squares[f]));
  return json;
}

static json_t *observed_json(const EffectTruth *truth, const Effect *effect, uint32_t window,
                             uint32_t segment) {
  EffectArm control = arm_sum(truth, window, ARM_CONTROL, segment);
  json_t *json = json_object();
  json_object_set_new(json, arm_names[ARM_CONTROL], arm_json(&control, NULL, effect));
  for (Arm arm = ARM_TEST; arm < ARM_COUNT; arm++) {
    EffectArm sum = arm_sum(truth, window, arm, segment);
    if (sum.assigned) json_object_set_new(json, arm_names[arm], arm_json(&sum, &control, effect));
  }
  return json;
}

static json_t *arm_gain_json(const EffectTruth *truth, const Effect *effect, uint32_t window,
                             uint32_t segment, Arm arm) {
  Tally gain = {0};
  int64_t buyers = 0;
  for (uint32_t s = 0; s < 2; s++) {
    if (segment != SEGMENT_ALL && segment != s) continue;
    tally_add(&gain, &truth->gain[s][window][arm]);
    buyers += truth->gained_buyers[s][window][arm];
  }
  json_t *json = json_pack("{s:I, s:o, s:o, s:I, s:I}", "units", (json_int_t)gain.units, "sales",
                           roubles(gain.sales), "margin", roubles(gain.margin), "receipts",
                           (json_int_t)gain.receipts, "customers", (json_int_t)buyers);
  for (int f = 0; effect->focus && f < 2; f++)
    json_object_set_new(json, effect->focus_names[f], roubles(gain.focus[f]));
  return json;
}

// By arm; the control arm is there where the action reached some of it.
static json_t *gain_json(const EffectTruth *truth, const Effect *effect, uint32_t window,
                         uint32_t segment) {
  json_t *json = json_object();
  for (Arm arm = ARM_CONTROL; arm < ARM_COUNT; arm++) {
    if (arm == ARM_CONTROL && effect->contamination == 0) continue;
    if (arm == ARM_TEST_B && effect->second_share == 0) continue;
    json_object_set_new(json, arm_names[arm], arm_gain_json(truth, effect, window, segment, arm));
  }
  return json;
}

static json_t *effect_windows(const EffectTruth *truth, const Effect *effect, uint32_t segment,
                              json_t *(*make)(const EffectTruth *, const Effect *, uint32_t,
                                              uint32_t)) {
  return json_pack("{s:o, s:o}", "start_to_end", make(truth, effect, WINDOW_DURING, segment),
                   "start_to_end_plus_28", make(truth, effect, WINDOW_AFTER, segment));
}

static void truth_effect(const Chain *chain, uint32_t e, json_t *truths) {
  const Effect *effect = &effects[e];
  const EffectTruth *counted = &chain->counts.effects[e];
  json_t *truth = truth_new(truths, effect->id, effect->campaign ? "campaign" : "experiment",
                            effect->finder, effect->pass_rule, effect->smallest_scale);
  json_object_set_new(truth, "scope",
                      json_pack("{s:i, s:s}", effect->campaign ? "campaign" : "experiment",
                                (int)effect->key, "name_en", effect->name_en));
  json_object_set_new(truth, "dates",
                      json_pack("{s:o, s:o}", "start",
                                day_json(chain, chain->world.effect_start[e]), "end",
                                day_json(chain, chain->world.effect_end[e])));
  json_object_set_new(truth, "parameters",
                      json_pack("{s:f, s:f, s:f, s:f, s:f, s:i}", "strength", effect->strength,
                                "second_strength", effect->second_strength, "planned_test",
                                effect->test_share, "planned_test_b", effect->second_share,
                                "contamination", effect->contamination, "coupon_percent",
                                effect->coupon_percent));
  json_object_set_new(truth, "realised", effect_windows(counted, effect, SEGMENT_ALL, gain_json));
  json_object_set_new(truth, "observed",
                      effect_windows(counted, effect, SEGMENT_ALL, observed_json));
  const char *names[2] = {"acquired_in_shop", "acquired_elsewhere"};
  if (effect->extra_chance) names[0] = "not_lapsed", names[1] = "lapsed";
  json_t *segments = json_object();
  for (uint32_t s = 0; s < 2; s++)
    json_object_set_new(segments, names[s],
                        json_pack("{s:o, s:o}", "realised",
                                  effect_windows(counted, effect, s, gain_json), "observed",
                                  effect_windows(counted, effect, s, observed_json)));
  json_object_set_new(truth, "segments", segments);
}

// ---- facts of the whole chain -------------------------------------------------------------------

static void truth_baskets(const Chain *chain, json_t *truths) {
  const ChainCounts *counts = &chain->counts;
  uint8_t a, b;
  uint32_t pairs = chain_pair(0, &a, &b);
  for (uint32_t pair = 0; pair < pairs; pair++) {
    chain_pair(pair, &a, &b);
    bool affinity = pair < affinity_count, substitutes = pair == affinity_count;
    char id[96];
    snprintf(id, sizeof id, "basket_%s_%s", subcategories[a].name_en, subcategories[b].name_en);
    json_t *truth = truth_new(truths, id,
                              affinity      ? "affinity"
                              : substitutes ? "substitutes"
                                            : "spurious_pair",
                              "report 65",
                              affinity      ? "lift over 1.5, far above the popular pair's"
                              : substitutes ? "lift under 0.4 although both sell well"
                                            : "support is the highest of all pairs, lift is near 1",
                              0.002);
    double all = (double)counts->goods_receipts, both = (double)counts->pair_receipts[pair];
    double with_a = (double)counts->subcategory_receipts[a],
           with_b = (double)counts->subcategory_receipts[b];
    json_object_set_new(
        truth, "scope",
        json_pack("{s:s, s:s}", "a", subcategories[a].name, "b", subcategories[b].name));
    json_object_set_new(truth, "realised",
                        json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "receipts",
                                  (json_int_t)counts->goods_receipts, "with_a", (json_int_t)with_a,
                                  "with_b", (json_int_t)with_b, "with_both", (json_int_t)both,
                                  "support", ratio(both, all), "confidence", ratio(both, with_a),
                                  "lift", ratio(both * all, with_a * with_b)));
  }
}

static void truth_boots(const Chain *chain, json_t *truths) {
  const ChainCounts *counts = &chain->counts;
  json_t *truth =
      truth_new(truths, "boots_two_winters", "product_cohort", "report 67",
                "of members who bought winter boots in October 2023 to January 2024, the "
                "share that buys them again in October to December 2025 is several times "
                "that of October 2024 to January 2025",
                0.02);
  json_object_set_new(truth, "realised",
                      json_pack("{s:I, s:I, s:I}", "cohort", (json_int_t)counts->boots_cohort,
                                "again_next_winter", (json_int_t)counts->boots_next,
                                "again_two_winters_later", (json_int_t)counts->boots_after_two));
}

static void truth_mix(const Chain *chain, json_t *truths) {
  const ChainCounts *counts = &chain->counts;
  json_t *truth = truth_new(
      truths, "mix_paradox", "mix", "reports 1, 80: average check by region",
      "from 2024 to 2025 the average check rises in every region and falls in total", 0.05);
  json_t *realised = json_object();
  for (uint32_t year = 1; year < YEAR_COUNT; year++) {
    json_t *checks = json_object();
    int64_t sales = 0, receipts = 0;
    for (uint32_t r = 0; r < REGION_COUNT; r++) {
      sales += counts->region_sales[year][r];
      receipts += counts->region_receipts[year][r];
      json_object_set_new(checks, regions[r].name_en,
                          ratio((double)counts->region_sales[year][r] / 100,
                                (double)counts->region_receipts[year][r]));
    }
    json_object_set_new(checks, "total", ratio((double)sales / 100, (double)receipts));
    json_object_set_new(realised, year == 1 ? "average_check_2024" : "average_check_2025", checks);
  }
  json_object_set_new(truth, "realised", realised);
}

static void truth_gaps(const Chain *chain, json_t *truths) {
  const DemoWorld *world = &chain->world;
  const ChainCounts *counts = &chain->counts;
  json_t *truth = truth_new(truths, "missing_shop_day", "data_gap", "reports 75, 80; data quality",
                            "the shop has no receipt on the day although it was open", 0.05);
  json_object_set_new(truth, "scope",
                      json_pack("{s:i, s:o}", "store", (int)world->missing_store + 1, "day",
                                day_json(chain, world->missing_day)));
  json_object_set_new(truth, "realised",
                      json_pack("{s:[I,I,I,I]}", "receipts_1_to_4_weeks_before",
                                (json_int_t)counts->missing_store_before[0],
                                (json_int_t)counts->missing_store_before[1],
                                (json_int_t)counts->missing_store_before[2],
                                (json_int_t)counts->missing_store_before[3]));
  truth = truth_new(truths, "late_rows", "late", "loads",
                    "after the late batch every report of those days has changed", 0.02);
  json_object_set_new(truth, "scope",
                      json_pack("{s:i, s:o, s:o}", "store", (int)world->late_store + 1, "from",
                                day_json(chain, world->late_first_day), "to",
                                day_json(chain, world->late_last_day)));
  json_object_set_new(truth, "realised",
                      json_pack("{s:I, s:I}", "receipts", (json_int_t)counts->late_receipts,
                                "lines", (json_int_t)counts->late_lines));
  truth = truth_new(truths, "inferred_members", "late", "loads",
                    "inferred before the late batch, none after", 0.05);
  json_object_set_new(truth, "realised",
                      json_pack("{s:I}", "members", (json_int_t)counts->inferred));
  truth = truth_new(
      truths, "merged_profiles", "identity", "report 30, base",
      "merged members leave the base (D9); their card leads to the profile that is left", 0.01);
  json_object_set_new(truth, "realised", json_pack("{s:I}", "members", (json_int_t)counts->merged));
}

static void truth_people(const Chain *chain, json_t *truths) {
  static const char *const sources[4] = {"walk_in", "advertising", "social", "referral"};
  const DemoWorld *world = &chain->world;
  const ChainCounts *counts = &chain->counts;
  json_t *truth =
      truth_new(truths, "source_ltv", "source", "report 78",
                "sales a member in the first 180 days, members registered 2023-01-01 to "
                "2025-07-04: referral first, social last",
                0.05);
  json_t *realised = json_object();
  for (uint32_t s = 0; s < 4; s++)
    json_object_set_new(realised, sources[s],
                        json_pack("{s:I, s:o}", "members", (json_int_t)counts->source_members[s],
                                  "sales_180_days_each",
                                  ratio((double)counts->source_early_sales[s] / 100,
                                        (double)counts->source_members[s])));
  json_object_set_new(truth, "realised", realised);
  truth = truth_new(truths, "competitor_opens", "churn", "reports 18, 26, 80",
                    "the shop loses about 40 % of its members within 60 days of the date", 0.05);
  json_object_set_new(truth, "scope",
                      json_pack("{s:i, s:o}", "store", (int)world->competitor_store + 1, "day",
                                day_json(chain, world->competitor_day)));
  json_object_set_new(truth, "realised",
                      json_pack("{s:I}", "members_lost", (json_int_t)counts->competitor_lost));
  truth = truth_new(truths, "fraud_cashier_cards", "fraud", "report 48",
                    "these cards have five to nine receipts a day, all by one cashier", 0.01);
  json_t *cards = json_array();
  for (uint32_t i = 0; i < world->fraud_count; i++)
    json_array_append_new(cards, json_integer(world->fraud_cards[i]));
  json_object_set_new(truth, "scope",
                      json_pack("{s:o, s:o, s:o}", "customers", cards, "from",
                                day_json(chain, world->fraud_first_day), "to",
                                day_json(chain, world->fraud_last_day)));
  json_object_set_new(truth, "realised",
                      json_pack("{s:I}", "receipts", (json_int_t)counts->fraud_receipts));
  truth = truth_new(truths, "reseller", "fraud", "reports 30, 48",
                    "one member buys 40 of one article every week for 20 weeks", 0.01);
  json_object_set_new(truth, "scope",
                      json_pack("{s:i, s:o}", "customer", (int)world->reseller, "from",
                                day_json(chain, world->resale_first_day)));
  truth = truth_new(truths, "wholesale_outlier", "outlier", "experiment page",
                    "one member's purchase of hundreds of each article in experiment 4", 0.01);
  json_object_set_new(truth, "scope",
                      json_pack("{s:i, s:o}", "customer", (int)world->wholesaler, "day",
                                day_json(chain, world->wholesale_day)));
}

static void truth_bank(const Chain *chain, json_t *truths) {
  static const char *const kinds[5] = {"earned", "spent", "expired", "manual", "reversed"};
  const ChainCounts *counts = &chain->counts;
  json_t *truth =
      truth_new(truths, "point_bank", "points", "report 39",
                "every line equals; each year opens with the closing of the last", 0.001);
  json_t *years = json_array();
  int64_t balance = counts->points_opening;
  for (uint32_t year = 0; year < YEAR_COUNT; year++) {
    json_t *row =
        json_pack("{s:i, s:I}", "year", FIRST_YEAR + (int)year, "opening", (json_int_t)balance);
    for (uint32_t kind = 0; kind < 5; kind++) {
      json_object_set_new(row, kinds[kind], json_integer((json_int_t)counts->points[kind][year]));
      balance += counts->points[kind][year];
    }
    json_object_set_new(row, "closing", json_integer((json_int_t)balance));
    json_array_append_new(years, row);
  }
  json_object_set_new(truth, "realised", json_pack("{s:o}", "years", years));
}

static json_t *calibration_json(const Chain *chain) {
  const ChainCounts *c = &chain->counts;
  return json_pack("{s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "members",
                   (json_int_t)c->members, "receipts", (json_int_t)c->receipts, "lines",
                   (json_int_t)c->lines, "lines_per_receipt",
                   ratio((double)c->lines, (double)c->receipts), "card_share",
                   ratio((double)c->card_receipts, (double)c->receipts), "online_share",
                   ratio((double)c->online_receipts, (double)c->receipts), "return_lines_share",
                   ratio((double)c->return_lines, (double)c->goods_lines), "receipts_per_buyer",
                   ratio((double)c->card_receipts, (double)c->buyers), "buyers_share",
                   ratio((double)c->buyers, (double)c->members), "one_time_share",
                   ratio((double)c->one_time_buyers, (double)c->buyers));
}

Status chain_write_truth(Chain *chain, Error *error) {
  json_t *truths = json_array();
  truth_baskets(chain, truths);
  truth_boots(chain, truths);
  truth_mix(chain, truths);
  truth_gaps(chain, truths);
  truth_bank(chain, truths);
  truth_people(chain, truths);
  for (uint32_t e = 0; e < effect_count; e++) truth_effect(chain, e, truths);
  json_t *root =
      json_pack("{s:o, s:f, s:i, s:o, s:o}", "seed", json_integer((json_int_t)chain->world.seed),
                "scale", chain->world.scale, "version", DEMO_VERSION, "calibration",
                calibration_json(chain), "truths", truths);
  char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
  json_decref(root);
  demo_output_expect(&chain->output, 1);
  DemoBatch *batch = demo_output_batch(&chain->output);
  buffer_append_text(&batch->text[FILE_TRUTH], text);
  buffer_append_char(&batch->text[FILE_TRUTH], '\n');
  free(text);
  return demo_output_submit(&chain->output, 0, batch, error);
}
