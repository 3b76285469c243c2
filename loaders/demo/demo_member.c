// Arrival, habit, decay, return and departure, drawn once a member.
#include "demo_member.h"

const char *const churn_cause_names[CHURN_CAUSE_COUNT] = {
    "", "drift", "one_time", "slow_decay", "store_closed", "merged", "competitor"};
const char *const member_status_names[MEMBER_STATUS_COUNT] = {"active", "blocked", "deleted",
                                                              "merged"};

enum { SALT_PROFILE = 1, SALT_BOOTS, SALT_LIFE, SALT_MERGE, SALT_REGISTERED };

static Random member_stream(const DemoWorld *world, uint32_t customer, uint32_t salt) {
  return random_stream(world->seed, STREAM_MEMBER, (uint64_t)salt << 32 | customer);
}

// 45 % came before the data; the rest by season, a little more every year.
static int32_t member_registered(const DemoWorld *world, uint32_t customer) {
  Random random = member_stream(world, customer, SALT_REGISTERED);
  if (random_chance(&random, 0.45)) {
    double u = random_unit(&random);
    return -1 - (int32_t)(1400 * u * u);
  }
  for (;;) {
    int32_t day = (int32_t)random_below(&random, DAY_COUNT);
    double weight = world->day_weight[day] * (1 + 0.1 * world_year(world, day));
    if (random_unit(&random) * 3 < weight) return day;
  }
}

static uint32_t member_pick_store(const DemoWorld *world, Random *random, int32_t day) {
  int32_t at = day < 0 ? 0 : day;
  for (uint32_t attempt = 0; attempt < 40; attempt++) {
    uint32_t s = alias_draw(&world->store_alias, random);
    if (world_store_open(&world->stores[s], at) && world->stores[s].programme_since <= at) return s;
  }
  return 0; // always open (demo_stores.c)
}

static void member_draw_profile(const DemoWorld *world, Member *member) {
  Random random = member_stream(world, member->customer, SALT_PROFILE);
  member->home = member_pick_store(world, &random, member->registered);
  double channel = random_unit(&random), source = random_unit(&random);
  member->acquisition = channel < 0.70   ? CHANNEL_SHOP
                        : channel < 0.80 ? CHANNEL_SITE
                        : channel < 0.97 ? CHANNEL_APP
                                         : CHANNEL_CALL;
  member->enrolment = member->acquisition == CHANNEL_SHOP ? member->home : world->online_store;
  member->enrolment_cashier = (uint8_t)random_below(&random, CASHIERS_PER_STORE);
  member->source = source < 0.55 ? 0 : source < 0.75 ? 1 : source < 0.88 ? 2 : 3;
  member->day_part = (uint8_t)random_below(&random, 4);
  double online = member->acquisition == CHANNEL_SHOP ? 0.14 : 0.45;
  member->online = random_chance(&random, online);
  member->redeems = random_chance(&random, 0.35) ? 0 : 0.10 + 0.5 * random_unit(&random);
  for (uint32_t c = 0; c < CONTACT_CHANNEL_COUNT; c++) {
    static const double given[CONTACT_CHANNEL_COUNT] = {0.66, 0.80, 0.45};
    if (random_chance(&random, given[c])) member->consents |= (uint8_t)(1u << c);
  }
  double status = random_unit(&random);
  member->status = status < 0.002   ? MEMBER_BLOCKED
                   : status < 0.006 ? MEMBER_DELETED
                                    : MEMBER_ACTIVE;
  member->employee = random_chance(&random, 0.003);
  member->test = random_chance(&random, 0.0004);
  member->inferred = member->registered >= DAY_COUNT - 22 && member->registered < DAY_COUNT - 6 &&
                     random_chance(&random, 0.1);
}

static void member_draw_life(const DemoWorld *world, Member *member) {
  Random random = member_stream(world, member->customer, SALT_LIFE);
  // Sources are worth unequal amounts (truth source_ltv): walk-in, advertising, social, referral.
  static const double source_rates[4] = {1, 0.9, 0.75, 1.3}, source_lives[4] = {1, 0.8, 0.45, 1.5};
  member->rate = exp(0.72 * random_normal(&random)) / 30.0 * source_rates[member->source];
  if (member->rate > 0.4) member->rate = 0.4;
  member->first_visit = member->registered >= 0 && random_chance(&random, 0.9);
  member->one_time = random_chance(&random, 0.20);
  bool loose = random_chance(&random, 0.35);
  double life =
      20 + random_exponential(&random) * (loose ? 220 : 1600) * source_lives[member->source];
  bool decays = random_chance(&random, 0.30), pauses = random_chance(&random, 0.15);
  int32_t pause_start = random_between(&random, 90, 700), pause = random_between(&random, 120, 330);
  member->churn_day = member->registered + (int32_t)(life > 20000 ? 20000 : life);
  member->churn_cause = decays ? CHURN_DECAY : CHURN_DRIFT;
  member->decay_from = decays ? member->churn_day - 160 : DAY_NEVER;
  if (member->one_time) {
    member->churn_day = member->registered + 1;
    member->churn_cause = CHURN_ONE_TIME;
    member->decay_from = DAY_NEVER;
  }
  member->dormant_from = pauses ? member->registered + pause_start : DAY_NEVER;
  member->dormant_to = member->dormant_from + pause;
  const DemoStore *home = &world->stores[member->home];
  bool leaves = random_chance(&random, 0.4);
  member->second_home = member->home;
  if (home->closed < member->churn_day) {
    if (leaves)
      member->churn_day = home->closed, member->churn_cause = CHURN_STORE_CLOSED;
    else
      member->second_home = member_pick_store(world, &random, home->closed);
  }
  double lost = random_unit(&random);
  int32_t lost_day = world->competitor_day + random_between(&random, 0, 60);
  if (member->home == world->competitor_store && lost < 0.4 &&
      member->registered < world->competitor_day && lost_day < member->churn_day) {
    member->churn_day = lost_day, member->churn_cause = CHURN_COMPETITOR;
    member->decay_from = DAY_NEVER;
  }
  if (member->churn_day >= DAY_COUNT)
    member->churn_day = DAY_NEVER, member->churn_cause = CHURN_NONE;
}

// Odd keys may be second profiles of the person of the key before; found out on merge day.
static bool member_merges(const DemoWorld *world, uint32_t odd, int32_t *day) {
  Random random = member_stream(world, odd, SALT_MERGE);
  bool merges = odd % 2 == 1 && odd > 1 && random_chance(&random, 0.012);
  *day = random_between(&random, 200, DAY_COUNT - 40);
  if (!merges) return false;
  return member_registered(world, odd) < *day - 30 && member_registered(world, odd - 1) < *day - 30;
}

static void member_draw_merge(const DemoWorld *world, Member *member) {
  int32_t day;
  member->person = member->customer;
  member->merge_day = member->absorbed_day = DAY_NEVER;
  if (member_merges(world, member->customer, &day)) {
    member->status = MEMBER_MERGED;
    member->merge_day = day;
    member->person = member->merged_into = member->customer - 1;
    if (day < member->churn_day) member->churn_day = day, member->churn_cause = CHURN_MERGED;
  } else if (member->customer % 2 == 0 && member->customer < world->member_count &&
             member_merges(world, member->customer + 1, &day)) {
    member->absorbed = member->customer + 1;
    member->absorbed_day = day;
    member->status = MEMBER_ACTIVE;
  }
}

// Boots: who bought in the autumn of 2023 comes back for them two winters later far more often than
// after one (truth boots_two_winters).
static void member_draw_boots(const DemoWorld *world, Member *member) {
  Random random = member_stream(world, member->customer, SALT_BOOTS);
  bool first = random_chance(&random, 0.08);
  double again = random_unit(&random), after_two = random_unit(&random);
  bool bought[BOOTS_SEASONS] = {first, again < (first ? 0.06 : 0.03),
                                after_two < (first ? 0.42 : 0.03)};
  for (uint32_t season = 0; season < BOOTS_SEASONS; season++) {
    int32_t start = effect_day((CivilDate){FIRST_YEAR + (int32_t)season, 10, 1});
    int32_t day = start + (int32_t)(90 * random_unit(&random));
    bool here = day > member->registered && day < member->churn_day;
    member->boots_day[season] = bought[season] && here ? day : DAY_NEVER;
  }
}

void demo_member_init(const DemoWorld *world, uint32_t customer, Member *member) {
  *member = (Member){.customer = customer, .registered = member_registered(world, customer)};
  member_draw_profile(world, member);
  member_draw_life(world, member);
  member_draw_merge(world, member);
  member_draw_boots(world, member);
}

double demo_member_activity(const Member *member, int32_t day) {
  if (day >= member->churn_day || day < member->registered) return 0;
  if (day >= member->dormant_from && day < member->dormant_to) return 0.03;
  if (day >= member->decay_from)
    return 0.1 + 0.9 * (member->churn_day - day) / (member->churn_day - member->decay_from + 1.0);
  return 1;
}
