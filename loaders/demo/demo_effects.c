// The table of planted actions. Dates never overlap, so that no member is in two live tests at
// once.
#include "demo_effects.h"

const char *const arm_names[ARM_COUNT] = {"", "control", "test", "test_b"};
const char *const contact_channel_names[CONTACT_CHANNEL_COUNT] = {"email", "sms", "push"};
const uint32_t contact_costs[CONTACT_CHANNEL_COUNT] = {10, 280, 2};

// ---- who ----------------------------------------------------------------------------------------

static bool bought_in_90(const EffectView *view) {
  return view->purchases_90 > 0;
}
static bool bought_often(const EffectView *view) {
  return view->purchases_90 >= 4;
}
static bool view_lapsed(const EffectView *view) { // D10: over 365 days
  return view->last_purchase >= 0 && view->day - view->last_purchase > 365;
}
// A fault of the splitter: members who came through the app fall into the test arm more often.
static double arm_chance_spoiled(const Effect *effect, const EffectView *view) {
  return view->acquisition == CHANNEL_APP ? 0.6235 : effect->test_share;
}
static double arm_chance_outlier(const Effect *effect, const EffectView *view) {
  return view->wholesaler ? 1 : effect->test_share;
}

// ---- what it does -------------------------------------------------------------------------------

static int32_t effect_length(const Effect *effect) {
  return effect_day(effect->end) - effect_day(effect->start) + 1;
}
static double factor_while_running(const Effect *effect, const EffectView *view, double strength,
                                   int32_t day) {
  (void)view;
  return day < effect_length(effect) ? strength : 1;
}
// People fill their cupboards, then stay away for four weeks.
static double factor_stockpile(const Effect *effect, const EffectView *view, double strength,
                               int32_t day) {
  (void)view;
  if (day < effect_length(effect)) return strength;
  return day < effect_length(effect) + 28 ? 0.72 : 1;
}
// Good for who came through the site or the app, bad for the others, about nothing in all.
static double factor_by_channel(const Effect *effect, const EffectView *view, double strength,
                                int32_t day) {
  if (day >= effect_length(effect)) return 1;
  return view->acquisition == CHANNEL_SHOP ? 2 - strength : 1 + 2 * (strength - 1);
}
// New for five days, a nuisance for the rest: nothing is left at the end.
static double factor_novelty(const Effect *effect, const EffectView *view, double strength,
                             int32_t day) {
  (void)view;
  if (day >= effect_length(effect)) return 1;
  return day < 5 ? strength : 1 - (strength - 1) * 5 / (effect_length(effect) - 5);
}
// From the second message on, and for good: people who are tired stay away.
static double factor_fatigue(const Effect *effect, const EffectView *view, double strength,
                             int32_t day) {
  (void)effect, (void)view;
  return day >= 3 ? strength : 1;
}
static double extra_for_lapsed(const Effect *effect, const EffectView *view) {
  return view_lapsed(view) ? effect->strength : 0;
}
static double extra_for_active(const Effect *effect, const EffectView *view) {
  return bought_in_90(view) ? effect->strength : 0;
}

static uint32_t focus_brand(const BasketLine *line, uint32_t rank) {
  if (line->subcategory != SUB_SHAMPOO) return 0;
  return rank == 0 ? 1 : 2;
}
static uint32_t focus_halo(const BasketLine *line, uint32_t rank) {
  (void)rank;
  return line->subcategory == SUB_COFFEE ? 1 : line->subcategory == SUB_CAKES ? 2 : 0;
}

// ---- the table, in order of start ---------------------------------------------------------------

#define FINDER_TEST "report 60, experiment page"
#define HOLDS_TRUTH "the interval holds the truth and excludes zero"

const Effect effects[] = {
    {.id = "experiment_three_arms",
     .finder = FINDER_TEST,
     .key = 1,
     .name = "Три вида витрины",
     .name_en = "Three shop windows",
     .pass_rule = "arm test: the interval holds zero; arm test_b: " HOLDS_TRUTH " after Holm",
     .smallest_scale = 0.3,
     .start = {2023, 4, 3},
     .end = {2023, 4, 30},
     .only_adds = true,
     .base_share = 0.5,
     .test_share = 0.34,
     .second_share = 0.33,
     .factor = factor_while_running,
     .strength = 1,
     .second_strength = 1.2},
    {.id = "experiment_opposite_signs",
     .finder = "report 62, experiment page",
     .key = 2,
     .name = "Только цифровой каталог",
     .name_en = "Digital catalogue only",
     .pass_rule =
         "by acquisition channel: site and app gain, shop loses, each interval " HOLDS_TRUTH,
     .smallest_scale = 0.3,
     .start = {2023, 6, 5},
     .end = {2023, 7, 2},
     .base_share = 0.6,
     .test_share = 0.5,
     .factor = factor_by_channel,
     .strength = 1.12},
    {.id = "experiment_contaminated",
     .finder = FINDER_TEST,
     .key = 3,
     .campaign = false,
     .name = "Подарок за визит",
     .name_en = "A gift for a visit",
     .pass_rule =
         "control contacted in over 10 %: invalid; the naive interval misses the effect a head",
     .smallest_scale = 0.1,
     .start = {2023, 8, 7},
     .end = {2023, 9, 3},
     .only_adds = true,
     .base_share = 0.4,
     .test_share = 0.5,
     .contamination = 0.15,
     .factor = factor_while_running,
     .strength = 1.2},
    {.id = "experiment_outlier",
     .finder = FINDER_TEST,
     .key = 4,
     .name = "Новая кнопка в приложении",
     .name_en = "New button in the app",
     .pass_rule =
         "one wholesale purchase in the test arm: capped and uncapped differ; capped holds zero",
     .smallest_scale = 0.01,
     .start = {2023, 10, 2},
     .end = {2023, 10, 29},
     .base_share = 1,
     .test_share = 0.5,
     .arm_chance = arm_chance_outlier},
    {.id = "experiment_novelty",
     .finder = FINDER_TEST,
     .key = 5,
     .name = "Новогодний конкурс",
     .name_en = "New Year contest",
     .pass_rule = "days 1 to 5 are significant, start to end is not: no verdict before the end",
     .smallest_scale = 0.3,
     .start = {2023, 11, 13},
     .end = {2023, 12, 10},
     .base_share = 0.5,
     .test_share = 0.5,
     .factor = factor_novelty,
     .strength = 1.5},
    {.id = "experiment_aa",
     .finder = FINDER_TEST,
     .key = 6,
     .name = "А/А-проверка разбиения",
     .name_en = "A/A check of the split",
     .pass_rule = "the interval holds zero",
     .smallest_scale = 0.01,
     .start = {2024, 2, 5},
     .end = {2024, 3, 3},
     .base_share = 0.5,
     .test_share = 0.5},
    {.id = "experiment_win",
     .finder = FINDER_TEST,
     .key = 7,
     .name = "Двойные баллы по выходным",
     .name_en = "Double points at weekends",
     .pass_rule = HOLDS_TRUTH,
     .smallest_scale = 0.4,
     .start = {2024, 4, 8},
     .end = {2024, 5, 5},
     .only_adds = true,
     .base_share = 0.4,
     .test_share = 0.5,
     .factor = factor_while_running,
     .strength = 1.15},
    {.id = "experiment_underpowered",
     .finder = FINDER_TEST,
     .key = 8,
     .name = "Новый текст на чеке",
     .name_en = "New text on the receipt",
     .pass_rule = "not decided: the interval holds the truth and zero",
     .smallest_scale = 0.2,
     .start = {2024, 6, 3},
     .end = {2024, 6, 30},
     .only_adds = true,
     .base_share = 0.02,
     .test_share = 0.5,
     .factor = factor_while_running,
     .strength = 1.04},
    {.id = "experiment_returns",
     .finder = FINDER_TEST,
     .key = 9,
     .name = "Примерка на дом",
     .name_en = "Try on at home",
     .pass_rule = "start to end is significant; with 14 days for returns it holds the small truth",
     .smallest_scale = 0.1,
     .start = {2024, 7, 15},
     .end = {2024, 7, 28},
     .only_adds = true,
     .base_share = 0.4,
     .test_share = 0.5,
     .extra_chance = extra_for_active,
     .strength = 0.12,
     .extra_mark = MARK_TRIAL},
    {.id = "experiment_spoiled_split",
     .finder = FINDER_TEST,
     .key = 10,
     .name = "Приветственный экран приложения",
     .name_en = "Welcome screen of the app",
     .pass_rule = "sample-ratio mismatch p < 0.001 over all arms; the segment named is the app",
     .smallest_scale = 0.2,
     .start = {2024, 9, 2},
     .end = {2024, 9, 29},
     .base_share = 0.6,
     .test_share = 0.5,
     .arm_chance = arm_chance_spoiled},
    {.id = "experiment_lapsed_only",
     .finder = "report 62, experiment page",
     .key = 11,
     .name = "Письмо о новом ассортименте",
     .name_en = "Letter about the new range",
     .pass_rule = "in the lapsed (D10) " HOLDS_TRUTH "; in the others it holds zero",
     .smallest_scale = 0.03,
     .start = {2024, 11, 4},
     .end = {2024, 12, 1},
     .only_adds = true,
     .base_share = 0.8,
     .test_share = 0.5,
     .extra_chance = extra_for_lapsed,
     .strength = 0.08},
    {.id = "campaign_cannibal",
     .finder = "reports 53, 57",
     .campaign = true,
     .key = CAMPAIGN_DIRECT,
     .name = "Неделя бренда: шампуни",
     .name_en = "Brand weeks: shampoo",
     .mechanic = "offer",
     .pass_rule = "sales of the brand's article rise, most of it from the other shampoos: both "
                  "intervals hold "
                  "their truths and exclude zero",
     .smallest_scale = 0.1,
     .start = {2025, 1, 13},
     .end = {2025, 2, 9},
     .only_adds = true,
     .base_share = 0.6,
     .test_share = 0.7,
     .channel = CONTACT_EMAIL,
     .budget = 60000,
     .open_rate = 0.25,
     .eligible = bought_in_90,
     .mark = MARK_BRAND,
     .focus = focus_brand,
     .focus_names = {"the article promoted", "other shampoos"}},
    {.id = "campaign_pays_back",
     .finder = "reports 53, 55",
     .campaign = true,
     .key = CAMPAIGN_DIRECT + 1,
     .name = "Весеннее предложение",
     .name_en = "Spring offer",
     .mechanic = "offer",
     .pass_rule = HOLDS_TRUTH "; ROMI is positive",
     .smallest_scale = 0.1,
     .start = {2025, 3, 3},
     .end = {2025, 3, 30},
     .only_adds = true,
     .base_share = 0.8,
     .test_share = 0.7,
     .channel = CONTACT_EMAIL,
     .budget = 150000,
     .open_rate = 0.28,
     .eligible = bought_in_90,
     .factor = factor_while_running,
     .strength = 1.25},
    {.id = "campaign_null",
     .finder = "reports 53, 55",
     .campaign = true,
     .key = CAMPAIGN_DIRECT + 2,
     .name = "Новости сети",
     .name_en = "News of the chain",
     .mechanic = "information",
     .pass_rule = "the interval of incremental sales holds zero",
     .smallest_scale = 0.01,
     .start = {2025, 4, 14},
     .end = {2025, 5, 11},
     .base_share = 0.9,
     .test_share = 0.8,
     .channel = CONTACT_PUSH,
     .budget = 40000,
     .open_rate = 0.12},
    {.id = "campaign_selected",
     .finder = "reports 50, 53, 55",
     .campaign = true,
     .key = CAMPAIGN_DIRECT + 3,
     .name = "Подарок лучшим клиентам",
     .name_en = "A gift for the best",
     .mechanic = "offer",
     .pass_rule =
         "the response in report 50 is the highest of the direct campaigns; the interval of "
         "incremental sales holds zero",
     .smallest_scale = 0.02,
     .start = {2025, 6, 2},
     .end = {2025, 6, 29},
     .base_share = 1,
     .test_share = 0.8,
     .channel = CONTACT_EMAIL,
     .budget = 200000,
     .open_rate = 0.55,
     .eligible = bought_often},
    {.id = "campaign_halo",
     .finder = "reports 53, 58",
     .campaign = true,
     .key = CAMPAIGN_DIRECT + 4,
     .name = "Кофейный месяц",
     .name_en = "Coffee month",
     .mechanic = "offer",
     .pass_rule = "coffee and cakes rise: both intervals hold their truths and exclude zero",
     .smallest_scale = 0.05,
     .start = {2025, 7, 14},
     .end = {2025, 8, 10},
     .only_adds = true,
     .base_share = 0.6,
     .test_share = 0.7,
     .channel = CONTACT_PUSH,
     .budget = 80000,
     .open_rate = 0.14,
     .eligible = bought_in_90,
     .mark = MARK_HALO,
     .focus = focus_halo,
     .focus_names = {"coffee", "cakes"}},
    {.id = "campaign_stockpiling",
     .finder = "reports 53, 56, 59",
     .campaign = true,
     .key = CAMPAIGN_DIRECT + 5,
     .name = "Запасайся впрок",
     .name_en = "Stock up",
     .mechanic = "offer",
     .pass_rule =
         "during the campaign the interval excludes zero; start to end + 28 days it holds the "
         "far smaller truth; the dip is seen",
     .smallest_scale = 0.8,
     .start = {2025, 9, 1},
     .end = {2025, 9, 14},
     .base_share = 0.9,
     .test_share = 0.7,
     .channel = CONTACT_SMS,
     .budget = 100000,
     .eligible = bought_in_90,
     .factor = factor_stockpile,
     .strength = 1.7},
    {.id = "campaign_deep_coupon",
     .finder = "reports 51, 53, 55, 64",
     .campaign = true,
     .key = CAMPAIGN_DIRECT + 6,
     .name = "Купон 25 %",
     .name_en = "Coupon 25 %",
     .mechanic = "coupon",
     .pass_rule = "sales rise, margin falls: both intervals hold their truths and exclude zero",
     .smallest_scale = 0.3,
     .start = {2025, 10, 20},
     .end = {2025, 11, 9},
     .only_adds = true,
     .base_share = 0.8,
     .test_share = 0.7,
     .channel = CONTACT_EMAIL,
     .budget = 120000,
     .open_rate = 0.31,
     .coupon_percent = 25,
     .eligible = bought_in_90,
     .factor = factor_while_running,
     .strength = 1.45},
    {.id = "campaign_too_many",
     .finder = "reports 53, 63",
     .campaign = true,
     .key = CAMPAIGN_DIRECT + 7,
     .name = "Каскад перед Новым годом",
     .name_en = "Cascade before New Year",
     .mechanic = "cascade",
     .pass_rule = "sales fall: " HOLDS_TRUTH,
     .smallest_scale = 0.3,
     .start = {2025, 11, 17},
     .end = {2025, 12, 7},
     .base_share = 0.6,
     .test_share = 0.5,
     .channel = CONTACT_SMS,
     .steps = 7,
     .budget = 100000,
     .eligible = bought_in_90,
     .factor = factor_fatigue,
     .strength = 0.88},
};
const uint32_t effect_count = sizeof effects / sizeof effects[0];
_Static_assert(sizeof effects / sizeof effects[0] <= EFFECT_COUNT_MAX, "raise EFFECT_COUNT_MAX");

static Arm effect_draw_arm(const Effect *effect, const EffectView *view, Random *random) {
  double chance = effect->arm_chance ? effect->arm_chance(effect, view) : effect->test_share;
  double draw = random_unit(random);
  if (draw < chance) return ARM_TEST;
  return draw < chance + effect->second_share ? ARM_TEST_B : ARM_CONTROL;
}

Arm effect_enrol(const DemoWorld *world, uint32_t effect, const EffectView *view, bool *reached) {
  const Effect *e = &effects[effect];
  *reached = false;
  if (!view->in_base || (e->campaign && !(view->consents >> e->channel & 1))) return ARM_NONE;
  if (e->eligible && !e->eligible(view)) return ARM_NONE;
  Random random =
      random_stream(world->seed, STREAM_EFFECT, (uint64_t)effect << 32 | view->customer);
  if (!random_chance(&random, e->base_share)) return ARM_NONE;
  Arm arm = effect_draw_arm(e, view, &random);
  *reached = arm != ARM_CONTROL || random_chance(&random, e->contamination);
  return arm;
}

void demo_world_date_effects(DemoWorld *world) {
  for (uint32_t e = 0; e < effect_count; e++) {
    world->effect_start[e] = effect_day(effects[e].start);
    world->effect_end[e] = effect_day(effects[e].end);
  }
}
