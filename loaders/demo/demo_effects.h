// The planted actions: direct campaigns and experiments, each a row of a table of small functions.
//
// An effect enrols members on its start day (eligible, then an arm by hash), and changes what its
// test members do: the factor on their visits by day, an extra visit, a coupon. A member in an arm
// is simulated again with one effect taken out and everything else kept, on the same random
// numbers, and the difference of the two lives is the effect's realised truth. To plant another
// action, add a row.
#pragma once
#include "demo_basket.h"

enum { EFFECT_AFTER_DAYS = 28 };
typedef enum Arm { ARM_NONE, ARM_CONTROL, ARM_TEST, ARM_TEST_B, ARM_COUNT } Arm;
extern const char *const arm_names[ARM_COUNT];
typedef enum ContactChannel {
  CONTACT_EMAIL,
  CONTACT_SMS,
  CONTACT_PUSH,
  CONTACT_CHANNEL_COUNT
} ContactChannel;
extern const char *const contact_channel_names[CONTACT_CHANNEL_COUNT];
extern const uint32_t contact_costs[CONTACT_CHANNEL_COUNT]; // kopecks

// What an effect may know of a member on its start day.
typedef struct EffectView {
  uint32_t customer;
  int32_t day;
  int32_t last_purchase; // day, or -DAY_NEVER
  uint32_t purchases_90; // in the 90 days before
  uint8_t acquisition;   // channel key
  uint8_t consents;      // bit per ContactChannel
  bool in_base;          // active profile, not an employee or a test
  bool wholesaler;       // the one of truth experiment_outlier
} EffectView;

typedef struct Effect Effect;
struct Effect {
  const char *id;     // in truth.json
  const char *finder; // the report or page that must find it
  const char *name, *name_en;
  const char *mechanic; // campaigns
  const char *pass_rule;
  double smallest_scale;
  bool campaign;          // else an experiment
  uint32_t key;           // of the campaign or experiment
  CivilDate start, end;   // inclusive
  ContactChannel channel; // campaigns
  uint32_t steps;         // messages, three days apart; 0: one
  double base_share;      // of the eligible that are enrolled
  double test_share;      // planned
  double second_share;    // planned share of arm test_b; 0: two arms
  double contamination;   // share of the control arm that gets the action too
  uint32_t budget;        // roubles, fixed cost
  double open_rate;
  uint8_t coupon_percent;
  uint8_t mark; // BasketMark of the visits between start and end
  // All members of the base when NULL.
  bool (*eligible)(const EffectView *view);
  // Chance of the test arm; planned share when NULL.
  double (*arm_chance)(const Effect *effect, const EffectView *view);
  // Factor on the visits of a member that the action reaches, days from the start; 1 when NULL.
  double (*factor)(const Effect *effect, const EffectView *view, double strength, int32_t day);
  bool only_adds; // without it a member buys a part of what was bought, never anything else
  double strength, second_strength; // parameter of factor and extra_chance; for test_b
  // Chance of one extra visit between start and end; none when NULL. Its mark is extra_mark.
  double (*extra_chance)(const Effect *effect, const EffectView *view);
  uint8_t extra_mark;
  // Lines counted apart in the truth: 1 what the action is about, 2 what it draws on or pulls
  // along.
  uint32_t (*focus)(const BasketLine *line, uint32_t rank);
  const char *focus_names[2];
};
extern const Effect effects[];
extern const uint32_t effect_count; // <= EFFECT_COUNT_MAX, in order of start

static inline int32_t effect_day(CivilDate date) {
  return date_from_civil(date.year, date.month, date.day) - date_from_civil(FIRST_YEAR, 1, 1);
}
// The arm that the member gets, and whether the action reaches the member (of the control arm only
// by contamination). Depends on seed, effect and view only.
Arm effect_enrol(const DemoWorld *world, uint32_t effect, const EffectView *view, bool *reached);
// Whether a test member's life differs at all from one without the action.
static inline bool effect_does_something(const Effect *effect) {
  return effect->factor || effect->extra_chance || effect->coupon_percent || effect->mark;
}
