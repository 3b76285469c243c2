// The table of planted actions. Dates never overlap, so that no member is in two live tests at
// once.
#include "demo_effects.h"

const char *const contact_channel_names[CONTACT_CHANNEL_COUNT] = {"email", "sms", "push"};
const uint32_t contact_costs[CONTACT_CHANNEL_COUNT] = {10, 280, 2};

static bool bought_in_90(const EffectView *view) {
  return view->purchases_90 > 0;
}
static bool bought_often(const EffectView *view) {
  return view->purchases_90 >= 4;
}
static bool view_lapsed(const EffectView *view) { // D10: over 365 days
  return view->last_purchase >= 0 && view->day - view->last_purchase > 365;
}

static int32_t effect_length(const Effect *effect) {
  return effect_day(effect->end) - effect_day(effect->start) + 1;
}
static double factor_while_running(const Effect *effect, int32_t day_since_start) {
  return day_since_start < effect_length(effect) ? effect->strength : 1;
}
// People fill their cupboards, then stay away for four weeks.
static double factor_stockpile(const Effect *effect, int32_t day_since_start) {
  if (day_since_start < effect_length(effect)) return effect->strength;
  return day_since_start < effect_length(effect) + 28 ? 0.72 : 1;
}
static double extra_for_lapsed(const Effect *effect, const EffectView *view) {
  return view_lapsed(view) ? effect->strength : 0;
}
// A fault of the splitter: members who came through the app nearly all fall into the test arm.
static double arm_chance_spoiled(const Effect *effect, const EffectView *view) {
  return view->acquisition == CHANNEL_APP ? 0.71 : effect->test_share;
}

const Effect effects[] = {
    {.id = "experiment_aa",
     .finder = "report 60, experiment page",
     .key = 1,
     .name = "А/А-проверка разбиения",
     .name_en = "A/A check of the split",
     .pass_rule = "no significant difference; the interval holds zero",
     .smallest_scale = 0.01,
     .start = {2024, 2, 5},
     .end = {2024, 3, 3},
     .base_share = 0.5,
     .test_share = 0.5},
    {.id = "experiment_win",
     .finder = "report 60, experiment page",
     .key = 2,
     .name = "Двойные баллы по выходным",
     .name_en = "Double points at weekends",
     .pass_rule = "the interval holds the truth and excludes zero",
     .smallest_scale = 0.5,
     .start = {2024, 4, 8},
     .end = {2024, 5, 5},
     .base_share = 0.8,
     .test_share = 0.5,
     .factor = factor_while_running,
     .strength = 1.15},
    {.id = "experiment_underpowered",
     .finder = "report 60, experiment page",
     .key = 3,
     .name = "Новый текст на чеке",
     .name_en = "New text on the receipt",
     .pass_rule = "not decided: the interval holds the truth and zero",
     .smallest_scale = 0.2,
     .start = {2024, 6, 24},
     .end = {2024, 7, 21},
     .base_share = 0.02,
     .test_share = 0.5,
     .factor = factor_while_running,
     .strength = 1.04},
    {.id = "experiment_spoiled_split",
     .finder = "report 60, experiment page",
     .key = 4,
     .name = "Приветственный экран приложения",
     .name_en = "Welcome screen of the app",
     .pass_rule = "sample-ratio mismatch p < 0.001 over all arms; the segment named is the app",
     .smallest_scale = 0.15,
     .start = {2024, 9, 2},
     .end = {2024, 9, 29},
     .base_share = 0.4,
     .test_share = 0.5,
     .arm_chance = arm_chance_spoiled},
    {.id = "experiment_lapsed_only",
     .finder = "report 62, experiment page",
     .key = 5,
     .name = "Письмо о новом ассортименте",
     .name_en = "Letter about the new range",
     .pass_rule = "in the lapsed the interval holds the truth and excludes zero; in the others it "
                  "holds zero",
     .smallest_scale = 0.2,
     .start = {2024, 11, 4},
     .end = {2024, 12, 1},
     .base_share = 0.8,
     .test_share = 0.5,
     .extra_chance = extra_for_lapsed,
     .strength = 0.08},
    {.id = "campaign_pays_back",
     .finder = "reports 53, 55",
     .campaign = true,
     .key = CAMPAIGN_DIRECT,
     .name = "Весеннее предложение",
     .name_en = "Spring offer",
     .mechanic = "offer",
     .pass_rule = "the interval of incremental sales holds the truth and "
                  "excludes zero; ROMI is positive",
     .smallest_scale = 0.5,
     .start = {2025, 3, 3},
     .end = {2025, 3, 30},
     .base_share = 1,
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
     .key = CAMPAIGN_DIRECT + 1,
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
     .key = CAMPAIGN_DIRECT + 2,
     .name = "Подарок лучшим клиентам",
     .name_en = "A gift for the best",
     .mechanic = "offer",
     .pass_rule = "the response in report 50 is the highest of the direct "
                  "campaigns; the interval of incremental sales holds zero",
     .smallest_scale = 0.02,
     .start = {2025, 6, 16},
     .end = {2025, 7, 13},
     .base_share = 1,
     .test_share = 0.8,
     .channel = CONTACT_EMAIL,
     .budget = 200000,
     .open_rate = 0.55,
     .eligible = bought_often},
    {.id = "campaign_stockpiling",
     .finder = "reports 53, 56, 59",
     .campaign = true,
     .key = CAMPAIGN_DIRECT + 3,
     .name = "Запасайся впрок",
     .name_en = "Stock up",
     .mechanic = "offer",
     .pass_rule = "during the campaign the interval excludes zero; start to end "
                  "+ 28 days it holds the smaller truth; the dip is seen",
     .smallest_scale = 0.3,
     .start = {2025, 9, 1},
     .end = {2025, 9, 14},
     .base_share = 1,
     .test_share = 0.7,
     .channel = CONTACT_SMS,
     .budget = 100000,
     .open_rate = 0,
     .eligible = bought_in_90,
     .factor = factor_stockpile,
     .strength = 1.7},
    {.id = "campaign_deep_coupon",
     .finder = "reports 51, 53, 55, 64",
     .campaign = true,
     .key = CAMPAIGN_DIRECT + 4,
     .name = "Купон 25 %",
     .name_en = "Coupon 25 %",
     .mechanic = "coupon",
     .pass_rule = "sales rise, margin falls: both intervals hold their truths and exclude zero",
     .smallest_scale = 0.5,
     .start = {2025, 10, 20},
     .end = {2025, 11, 9},
     .base_share = 1,
     .test_share = 0.7,
     .channel = CONTACT_EMAIL,
     .budget = 120000,
     .open_rate = 0.31,
     .coupon_percent = 25,
     .eligible = bought_in_90,
     .factor = factor_while_running,
     .strength = 1.45},
};
const uint32_t effect_count = sizeof effects / sizeof effects[0];

Arm effect_enrol(const DemoWorld *world, uint32_t effect, const EffectView *view) {
  const Effect *e = &effects[effect];
  if (!view->in_base || (e->campaign && !(view->consents >> e->channel & 1))) return ARM_NONE;
  if (e->eligible && !e->eligible(view)) return ARM_NONE;
  Random random =
      random_stream(world->seed, STREAM_EFFECT, (uint64_t)effect << 32 | view->customer);
  if (!random_chance(&random, e->base_share)) return ARM_NONE;
  double chance = e->arm_chance ? e->arm_chance(e, view) : e->test_share;
  return random_chance(&random, chance) ? ARM_TEST : ARM_CONTROL;
}

void demo_world_date_effects(DemoWorld *world) {
  for (uint32_t e = 0; e < effect_count; e++) {
    world->effect_start[e] = effect_day(effects[e].start);
    world->effect_end[e] = effect_day(effects[e].end);
  }
}
