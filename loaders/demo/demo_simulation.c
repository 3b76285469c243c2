// Living a member's life; demo_simulation.h says how and why.
#include "demo_simulation.h"
#include <string.h>

// No product of season, traffic and effects may exceed this.
#define VISIT_CEILING 3.4
#define TIER_SILVER_FROM INT64_C(1500000) // kopecks in twelve months
#define TIER_GOLD_FROM INT64_C(4000000)

enum { SALT_PLACE = 'P', SALT_POINTS = 'B', SALT_COUPON = 'C', SALT_BACK = 'R' };
enum { GOODWILL_POINTS = 200, SPEND_FROM = 50, SPEND_PERCENT = 30 };

void life_log_clear(LifeLog *log) {
  mem_free(log->receipts);
  mem_free(log->ledger.entries);
  mem_free(log->contacts);
  mem_free(log->coupons);
  *log = (LifeLog){0};
}

// ---- where and when a visit takes place ---------------------------------------------------------

static uint32_t visit_store(const Simulation *simulation, int32_t day, Random *random) {
  const DemoWorld *world = simulation->world;
  const Member *member = &simulation->member;
  double where = random_unit(random);
  uint32_t home = day < world->stores[member->home].closed ? member->home : member->second_home;
  if (where < (member->online ? 0.35 : 0.004)) return world->online_store;
  if (where < 0.86) return home;
  uint32_t city = world->stores[home].city, other = home;
  uint32_t first = world->city_first[city], count = world->city_first[city + 1] - first;
  if (where < 0.98)
    other = world->city_stores[first + random_below(random, count)];
  else
    other = alias_draw(&world->store_alias, random);
  const DemoStore *store = &world->stores[other];
  return world_store_open(store, day) && day >= store->programme_since ? other : home;
}

static uint32_t visit_hour(const DemoWorld *world, const DemoStore *store, int32_t day,
                           uint32_t day_part, Random *random) {
  const AliasTable *hours = &world->hours[world->day_weekday[day] >= 6][day_part];
  for (uint32_t attempt = 0; attempt < 16; attempt++) {
    uint32_t hour = alias_draw(hours, random);
    if (hour >= store->opens && hour < store->closes) return hour;
  }
  return 12;
}

void visit_settle(const DemoWorld *world, uint32_t store, int32_t day, uint32_t day_part,
                  Random *random, DemoReceipt *receipt) {
  const DemoStore *place = &world->stores[store];
  uint32_t hour = visit_hour(world, place, day, day_part, random);
  receipt->day = (int16_t)day;
  receipt->store = (uint16_t)store;
  receipt->second = hour * 3600 + random_below(random, 3600);
  receipt->till = random_below(random, place->tills);
  receipt->cashier = (uint32_t)(day % 4) * 2 + (hour >= 15);
  receipt->channel = CHANNEL_SHOP;
  if (store == world->online_store) {
    double way = random_unit(random);
    receipt->channel = way < 0.5 ? CHANNEL_SITE : way < 0.95 ? CHANNEL_APP : CHANNEL_CALL;
  }
}

// ---- noting what happened -----------------------------------------------------------------------

uint32_t life_log_add_receipt(LifeLog *log, const DemoReceipt *receipt) {
  if (log->receipt_count == log->receipt_capacity) {
    log->receipt_capacity = log->receipt_capacity ? log->receipt_capacity * 2 : 1024;
    log->receipts = mem_realloc(log->receipts, log->receipt_capacity * sizeof *log->receipts);
  }
  log->receipts[log->receipt_count] = *receipt;
  return (uint32_t)log->receipt_count++;
}

static void life_log_add_contact(LifeLog *log, const Contact *contact) {
  if (log->contact_count == log->contact_capacity) {
    log->contact_capacity = log->contact_capacity ? log->contact_capacity * 2 : 1024;
    log->contacts = mem_realloc(log->contacts, log->contact_capacity * sizeof *log->contacts);
  }
  log->contacts[log->contact_count++] = *contact;
}

static size_t life_log_add_coupon(LifeLog *log, CouponRow coupon) {
  if (log->coupon_count == log->coupon_capacity) {
    log->coupon_capacity = log->coupon_capacity ? log->coupon_capacity * 2 : 1024;
    log->coupons = mem_realloc(log->coupons, log->coupon_capacity * sizeof *log->coupons);
  }
  log->coupons[log->coupon_count] = coupon;
  return log->coupon_count++;
}

static uint32_t simulation_note_receipt(Simulation *simulation, const DemoReceipt *receipt) {
  return simulation->log ? life_log_add_receipt(simulation->log, receipt) : 0;
}

static Tally basket_tally(const Basket *basket) {
  Tally tally = {.sales = basket->paid, .margin = basket->paid - basket->vat - basket->cost};
  for (uint32_t i = 0; i < basket->count; i++) {
    const BasketLine *line = &basket->lines[i];
    if (line->subcategory >= SUB_GOODS_COUNT) continue;
    int64_t units = line->quantity / 1000;
    if (subcategories[line->subcategory].weighed) units = line->quantity < 0 ? -1 : 1;
    tally.units += units;
    if (line->quantity > 0) tally.receipts = 1;
  }
  return tally;
}

static void tally_set_focus(Tally *tally, const DemoWorld *world, const Effect *effect,
                            const Basket *basket) {
  tally->focus[0] = tally->focus[1] = 0;
  for (uint32_t i = 0; i < basket->count; i++) {
    const BasketLine *line = &basket->lines[i];
    uint32_t what = effect->focus(line, line->product % world->products_each);
    if (what) tally->focus[what - 1] += line->paid;
  }
}

static void simulation_count(Simulation *simulation, int32_t day, const Basket *basket) {
  const DemoWorld *world = simulation->world;
  Tally tally = basket_tally(basket);
  tally_add(&simulation->total, &tally);
  simulation->month_spend[simulation->month % 12] += basket->paid;
  if (day < simulation->member.registered + EARLY_DAYS) simulation->early_sales += basket->paid;
  for (uint32_t e = 0; e < simulation->next_effect; e++) {
    if (simulation->arms[e] == ARM_NONE || day > world->effect_end[e] + EFFECT_AFTER_DAYS) continue;
    if (effects[e].focus) tally_set_focus(&tally, world, &effects[e], basket);
    if (day <= world->effect_end[e]) tally_add(&simulation->tallies[e][WINDOW_DURING], &tally);
    tally_add(&simulation->tallies[e][WINDOW_AFTER], &tally);
  }
}

static void simulation_note_purchase(Simulation *simulation, int32_t day) {
  if (simulation->purchases == 0) simulation->first_purchase = day;
  simulation->recent[simulation->purchases++ % RECENT_MAX] = day;
  simulation->last_purchase = day;
}

static Pending *simulation_plan(Simulation *simulation, Pending pending) {
  if (pending.day >= DAY_COUNT || simulation->pending_count == PENDING_MAX) return NULL;
  simulation->pending[simulation->pending_count] = pending;
  return &simulation->pending[simulation->pending_count++];
}

// ---- a purchase and its return ------------------------------------------------------------------

static bool effect_acts(const Simulation *simulation, uint32_t e) {
  return simulation->reached[e] && (simulation->acting >> e & 1);
}

static void simulation_use_coupon(Simulation *simulation, DemoReceipt *receipt) {
  for (uint32_t e = 0; e < simulation->next_effect; e++) {
    if (!effects[e].coupon_percent || !effect_acts(simulation, e) || simulation->coupon_used[e] ||
        receipt->day > simulation->world->effect_end[e] ||
        random_to_unit(random_key(receipt->seed, SALT_COUPON)) > 0.8)
      continue;
    simulation->coupon_used[e] = true;
    receipt->coupon = (uint8_t)(e + 1);
    LifeLog *log = simulation->log;
    if (log) log->coupons[simulation->coupon_rows[e]].receipt = (uint32_t)log->receipt_count;
  }
}

static void simulation_spend_points(Simulation *simulation, DemoReceipt *receipt,
                                    const Basket *basket) {
  if (random_to_unit(random_key(receipt->seed, SALT_POINTS)) >= simulation->member.redeems) return;
  int32_t have = points_account_spendable(&simulation->points, receipt->day);
  int64_t most = basket->goods_paid * SPEND_PERCENT / 100 / 100;
  if (have < SPEND_FROM || most < 1) return;
  receipt->points_spent = (uint32_t)(have < most ? have : most);
}

static void simulation_plan_return(Simulation *simulation, const DemoReceipt *sale, uint32_t index,
                                   uint16_t lot, const Basket *basket) {
  uint32_t slot;
  int32_t delay;
  bool exchange;
  if (!basket_draw_return(sale, basket, &slot, &delay, &exchange)) return;
  if (!world_store_trades(simulation->world, sale->store, sale->day + delay)) return;
  simulation_plan(simulation, (Pending){.day = sale->day + delay,
                                        .kind = PENDING_RETURN,
                                        .seed = random_key(sale->seed, SALT_BACK),
                                        .sale = *sale,
                                        .sale_index = index,
                                        .slot = slot,
                                        .lot = lot,
                                        .exchange = exchange});
}

static uint8_t simulation_mark(const Simulation *simulation, int32_t day) {
  for (uint32_t e = 0; e < simulation->next_effect; e++)
    if (effects[e].mark && effect_acts(simulation, e) && day <= simulation->world->effect_end[e])
      return effects[e].mark;
  return MARK_NONE;
}

typedef enum VisitPlace { PLACE_ANY, PLACE_ENROLMENT, PLACE_CASHIER } VisitPlace;
enum { FRAUD_CASHIER = 3 };

static bool simulation_buy(Simulation *simulation, int32_t day, uint64_t seed, uint8_t mark,
                           VisitPlace where) {
  const DemoWorld *world = simulation->world;
  const Member *member = &simulation->member;
  Random random = {random_key(seed, SALT_PLACE)};
  uint32_t store = where == PLACE_ENROLMENT ? member->enrolment
                   : where == PLACE_CASHIER ? member->home
                                            : visit_store(simulation, day, &random);
  if (!world_store_trades(world, store, day)) return false;
  DemoReceipt receipt = {.seed = seed,
                         .customer = member->customer,
                         .original = RECEIPT_NONE,
                         .tier = simulation->tier,
                         .mark = mark ? mark : simulation_mark(simulation, day),
                         .card = day >= member->absorbed_day && (seed >> 60 & 1)};
  visit_settle(world, store, day, member->day_part, &random, &receipt);
  if (where == PLACE_CASHIER) receipt.cashier = FRAUD_CASHIER;
  simulation_use_coupon(simulation, &receipt);
  Basket basket;
  basket_fill(world, &receipt, &basket);
  simulation_spend_points(simulation, &receipt, &basket);
  basket_pay(&receipt, &basket);
  receipt.line_count = (uint8_t)basket.count;
  uint32_t index = simulation_note_receipt(simulation, &receipt);
  if (receipt.points_spent)
    points_account_spend(&simulation->points, day, receipt.second, index,
                         (int32_t)receipt.points_spent);
  uint16_t lot = 0;
  if (basket.points_earned > 0)
    lot = points_account_earn(&simulation->points, POINTS_ACCRUAL, REASON_NONE, day, receipt.second,
                              index, basket.points_earned);
  simulation_count(simulation, day, &basket);
  simulation_note_purchase(simulation, day);
  simulation_plan_return(simulation, &receipt, index, lot, &basket);
  if (day == member->registered) simulation->registered_second = receipt.second;
  return true;
}

static void simulation_give_back(Simulation *simulation, const Pending *pending) {
  DemoReceipt receipt = {.seed = pending->seed,
                         .customer = pending->sale.customer,
                         .original = pending->sale_index,
                         .tier = simulation->tier,
                         .kind = pending->exchange ? RECEIPT_EXCHANGE : RECEIPT_RETURN,
                         .card = pending->sale.card,
                         .returned_slot = (uint8_t)pending->slot};
  Random random = {random_key(pending->seed, SALT_PLACE)};
  visit_settle(simulation->world, pending->sale.store, pending->day, 0, &random, &receipt);
  Basket basket;
  basket_build(simulation->world, &receipt, &pending->sale, &basket);
  receipt.line_count = (uint8_t)basket.count;
  uint32_t index = simulation_note_receipt(simulation, &receipt);
  const BasketLine *back = &basket.lines[basket.count - 1];
  if (back->points_earned)
    points_account_reverse(&simulation->points, pending->day, receipt.second, index, pending->lot,
                           -back->points_earned);
  if (back->points_spent)
    points_account_earn(&simulation->points, POINTS_REVERSAL, REASON_RETURN, pending->day,
                        receipt.second, index, -back->points_spent);
  if (basket.points_earned > back->points_earned)
    points_account_earn(&simulation->points, POINTS_ACCRUAL, REASON_NONE, pending->day,
                        receipt.second, index, basket.points_earned - back->points_earned);
  simulation_count(simulation, pending->day, &basket);
  if (pending->exchange) simulation_note_purchase(simulation, pending->day);
}

// ---- enrolment in actions -----------------------------------------------------------------------

static EffectView simulation_view(const Simulation *simulation, int32_t day) {
  const Member *member = &simulation->member;
  EffectView view = {.customer = member->customer,
                     .day = day,
                     .acquisition = member->acquisition,
                     .consents = member->consents};
  view.last_purchase = simulation->purchases ? simulation->last_purchase : -DAY_NEVER;
  view.wholesaler = member->customer == simulation->world->wholesaler;
  view.in_base = member->registered < day && !member->employee && !member->test &&
                 (member->status == MEMBER_ACTIVE || day < member->merge_day) &&
                 member->status != MEMBER_DELETED && member->status != MEMBER_BLOCKED;
  for (uint32_t i = 0; i < RECENT_MAX && i < simulation->purchases; i++)
    view.purchases_90 += simulation->recent[i] >= day - 90;
  return view;
}

static void simulation_note_contact(Simulation *simulation, uint32_t campaign, int32_t day,
                                    uint32_t step, ContactChannel channel, double open_rate,
                                    bool test, bool sent) {
  LifeLog *log = simulation->log;
  Random random =
      random_stream(simulation->world->seed, STREAM_CONTACT,
                    (uint64_t)(campaign * 16 + step) << 32 | simulation->member.customer);
  Contact contact = {.customer = simulation->member.customer,
                     .day = (int16_t)day,
                     .campaign = (uint16_t)campaign,
                     .channel = channel,
                     .test = test,
                     .step = step,
                     .second = 36000 + random_below(&random, 14400)};
  if (sent) {
    contact.sent = 1;
    contact.delivered = random_chance(&random, 0.97);
    contact.bounced = !contact.delivered;
    contact.opened = contact.delivered && random_chance(&random, open_rate);
    contact.clicked = contact.opened && random_chance(&random, 0.22);
    contact.unsubscribed = contact.delivered && random_chance(&random, 0.002);
    contact.complained = contact.delivered && random_chance(&random, 0.0003);
  }
  life_log_add_contact(log, &contact);
}

static void simulation_contact(Simulation *simulation, uint32_t e, int32_t day) {
  const Effect *effect = &effects[e];
  uint32_t steps = effect->steps ? effect->steps : 1;
  for (uint32_t step = 1; step <= steps; step++)
    simulation_note_contact(simulation, effect->key, day + 3 * (int32_t)(step - 1), step,
                            effect->channel, effect->open_rate, simulation->arms[e] != ARM_CONTROL,
                            simulation->reached[e]);
}

static void simulation_enrol(Simulation *simulation, uint32_t e, int32_t day) {
  const Effect *effect = &effects[e];
  if (day < simulation->member.registered) return;
  if (!simulation->arms_given) {
    EffectView view = simulation_view(simulation, day);
    simulation->views[e] = view;
    simulation->arms[e] =
        (uint8_t)effect_enrol(simulation->world, e, &view, &simulation->reached[e]);
    simulation->lapsed_at[e] = view.last_purchase >= 0 && day - view.last_purchase > 365;
  }
  if (simulation->arms[e] == ARM_NONE) return;
  if (simulation->log && effect->campaign) simulation_contact(simulation, e, day);
  if (simulation->log && effect->coupon_percent && simulation->reached[e])
    simulation->coupon_rows[e] = life_log_add_coupon(
        simulation->log, (CouponRow){simulation->member.customer, RECEIPT_NONE, (uint8_t)e});
  if (!effect_acts(simulation, e) || !effect->extra_chance) return;
  Random random = random_stream(simulation->world->seed, STREAM_EFFECT,
                                (uint64_t)(e + 64) << 32 | simulation->member.customer);
  int32_t when = random_between(&random, day + 1, simulation->world->effect_end[e]);
  uint64_t seed = random_next(&random);
  if (random_chance(&random, effect->extra_chance(effect, &simulation->views[e])))
    simulation_plan(
        simulation,
        (Pending){.day = when, .kind = PENDING_VISIT, .seed = seed, .mark = effect->extra_mark});
}

// ---- the passing of time ------------------------------------------------------------------------

static void simulation_set_tier(Simulation *simulation, int32_t from) {
  int64_t spend = 0;
  for (uint32_t i = 0; i < 12; i++) spend += simulation->month_spend[i];
  Tier tier = spend >= TIER_GOLD_FROM     ? TIER_GOLD
              : spend >= TIER_SILVER_FROM ? TIER_SILVER
                                          : TIER_BASE;
  if (simulation->tier_count && tier == simulation->tier) return;
  simulation->tier = tier;
  simulation->tiers[simulation->tier_count++] = (TierRow){from, tier};
}

static void simulation_turn_month(Simulation *simulation) {
  simulation_set_tier(simulation, simulation->world->month_start[simulation->month + 1]);
  simulation->month++;
  simulation->month_spend[simulation->month % 12] = 0;
}

// A cashier's day with a card of her own in cardless receipts.
static void simulation_swipe(Simulation *simulation, const Pending *pending) {
  Random random = {pending->seed};
  uint32_t count = 5 + random_below(&random, 5);
  for (uint32_t i = 0; i < count; i++)
    simulation_buy(simulation, pending->day, random_next(&random), MARK_NONE, PLACE_CASHIER);
  if (pending->day >= simulation->world->fraud_last_day) return;
  simulation_plan(
      simulation,
      (Pending){.day = pending->day + 1, .kind = PENDING_FRAUD, .seed = random_next(&random)});
}

static void simulation_do_pending(Simulation *simulation, uint32_t i) {
  Pending pending = simulation->pending[i];
  simulation->pending[i] = simulation->pending[--simulation->pending_count];
  points_account_expire(&simulation->points, pending.day);
  switch (pending.kind) {
  case PENDING_RETURN:
    simulation_give_back(simulation, &pending);
    break;
  case PENDING_VISIT:
    if (simulation_buy(simulation, pending.day, pending.seed, pending.mark, PLACE_ANY) &&
        pending.mark == MARK_BOOTS)
      simulation->boots_bought[pending.slot] = true;
    break;
  case PENDING_FRAUD:
    simulation_swipe(simulation, &pending);
    break;
  case PENDING_GOODWILL:
    points_account_earn(&simulation->points, POINTS_MANUAL, REASON_GOODWILL, pending.day, 50400,
                        RECEIPT_NONE, GOODWILL_POINTS);
    break;
  }
}

// Does everything that is due by `day`, in order: month ends, enrolments, what was planned.
static void simulation_advance(Simulation *simulation, int32_t day) {
  const DemoWorld *world = simulation->world;
  for (;;) {
    int32_t month =
        simulation->month + 1 < MONTH_COUNT ? world->month_start[simulation->month + 1] : DAY_NEVER;
    uint32_t e = simulation->next_effect, first = 0;
    int32_t effect = e < effect_count ? world->effect_start[e] : DAY_NEVER;
    for (uint32_t i = 1; i < simulation->pending_count; i++)
      if (simulation->pending[i].day < simulation->pending[first].day) first = i;
    int32_t planned = simulation->pending_count ? simulation->pending[first].day : DAY_NEVER;
    if (month <= day && month <= effect && month <= planned) {
      simulation_turn_month(simulation);
    } else if (effect <= day && effect <= planned) {
      simulation->next_effect++;
      simulation_enrol(simulation, e, effect);
    } else if (planned <= day) {
      simulation_do_pending(simulation, first);
    } else {
      return;
    }
  }
}

static double simulation_visit_rate(const Simulation *simulation, int32_t day) {
  const DemoWorld *world = simulation->world;
  const Member *member = &simulation->member;
  double rate = demo_member_activity(member, day) * world->day_weight[day] *
                world_traffic(world, world->stores[member->home].region, day);
  for (uint32_t e = 0; e < simulation->next_effect; e++)
    if (effects[e].factor && effect_acts(simulation, e))
      rate *= effects[e].factor(&effects[e], &simulation->views[e],
                                simulation->arms[e] == ARM_TEST_B ? effects[e].second_strength
                                                                  : effects[e].strength,
                                day - world->effect_start[e]);
  return rate;
}

// ---- a life -------------------------------------------------------------------------------------

// What a member from before the data has spent so far is taken as expected from the habit.
static void simulation_begin(Simulation *simulation) {
  const DemoWorld *world = simulation->world;
  const Member *member = &simulation->member;
  points_account_init(&simulation->points, member->customer,
                      simulation->log ? &simulation->log->ledger : NULL);
  simulation->last_purchase = -DAY_NEVER;
  if (member->registered >= 0) {
    simulation->month = world->day_month[member->registered];
    while (simulation->next_effect < effect_count &&
           world->effect_start[simulation->next_effect] < member->registered)
      simulation->next_effect++;
  } else if (demo_member_activity(member, 0) > 0) {
    double lines = regions[world->stores[member->home].region].lines_mean;
    double monthly = member->rate * 30 * lines * 19000;
    for (int32_t m = 1; m < 12; m++)
      if (member->registered < -30 * (12 - m)) simulation->month_spend[m] = (int64_t)monthly;
    Random random = random_stream(world->seed, STREAM_VISITS, UINT64_C(1) << 40 | member->customer);
    int32_t opening = (int32_t)(monthly / 100 * 0.03 * 6 * random_unit(&random));
    int32_t expires = random_between(&random, 30, 330);
    if (opening > 0) points_account_open(&simulation->points, opening, expires);
  }
  simulation_set_tier(simulation, member->registered);
}

static void simulation_plan_abuse(Simulation *simulation, Random *random) {
  const DemoWorld *world = simulation->world;
  uint32_t customer = simulation->member.customer;
  if (customer == world->wholesaler)
    simulation_plan(simulation, (Pending){.day = world->wholesale_day,
                                          .kind = PENDING_VISIT,
                                          .seed = random_next(random),
                                          .mark = MARK_WHOLESALE});
  if (customer == world->reseller)
    for (int32_t week = 0; week < RESALE_WEEKS; week++)
      simulation_plan(simulation, (Pending){.day = world->resale_first_day + 7 * week,
                                            .kind = PENDING_VISIT,
                                            .seed = random_next(random),
                                            .mark = MARK_RESALE});
  for (uint32_t i = 0; i < world->fraud_count; i++)
    if (customer == world->fraud_cards[i])
      simulation_plan(simulation, (Pending){.day = world->fraud_first_day,
                                            .kind = PENDING_FRAUD,
                                            .seed = random_next(random)});
}

static void simulation_plan_specials(Simulation *simulation) {
  const Member *member = &simulation->member;
  Random random =
      random_stream(simulation->world->seed, STREAM_VISITS, UINT64_C(2) << 40 | member->customer);
  for (uint32_t season = 0; season < BOOTS_SEASONS; season++) {
    Pending boots = {.day = member->boots_day[season],
                     .kind = PENDING_VISIT,
                     .mark = MARK_BOOTS,
                     .seed = random_next(&random),
                     .slot = season};
    simulation_plan(simulation, boots);
  }
  int32_t day = random_between(&random, 0, DAY_COUNT - 1);
  if (random_chance(&random, 0.01) && day > member->registered && day < member->churn_day)
    simulation_plan(simulation, (Pending){.day = day, .kind = PENDING_GOODWILL});
  simulation_plan_abuse(simulation, &random);
}

static void simulation_live(Simulation *simulation) {
  const DemoWorld *world = simulation->world;
  const Member *member = &simulation->member;
  Random random = random_stream(world->seed, STREAM_VISITS, member->customer);
  uint64_t first_seed = random_next(&random);
  simulation->registered_second = 36000 + random_below(&random, 36000);
  simulation_begin(simulation);
  simulation_plan_specials(simulation);
  if (member->first_visit)
    simulation_buy(simulation, member->registered, first_seed, MARK_NONE, PLACE_ENROLMENT);
  double pace = 1 / (member->rate * VISIT_CEILING);
  double time = member->registered < 0 ? 0 : member->registered + 1;
  int32_t end = simulation->last_day + 1;
  if (member->churn_day < end) end = member->churn_day;
  for (;;) {
    time += random_exponential(&random) * pace;
    double mark = random_unit(&random);
    uint64_t seed = random_next(&random);
    if (time >= end) break;
    int32_t day = (int32_t)time;
    simulation_advance(simulation, day);
    if (mark * VISIT_CEILING >= simulation_visit_rate(simulation, day)) continue;
    points_account_expire(&simulation->points, day);
    simulation_buy(simulation, day, seed, MARK_NONE, PLACE_ANY);
  }
  simulation_advance(simulation, simulation->last_day);
  points_account_expire(&simulation->points, simulation->last_day);
}

// A letter to everybody with consent in the middle of each quarter; it has no effect.
static void simulation_send_news(Simulation *simulation) {
  const Member *member = &simulation->member;
  if (!(member->consents >> CONTACT_EMAIL & 1)) return;
  for (uint32_t quarter = 0; quarter < MONTH_COUNT / 3; quarter++) {
    int32_t day = simulation->world->month_start[quarter * 3] + 44;
    if (simulation_view(simulation, day).in_base)
      simulation_note_contact(simulation, CAMPAIGN_NEWS + quarter, day, 1, CONTACT_EMAIL, 0.18,
                              true, true);
  }
}

// All but the lots, pending and tier rows, which are valid up to their counts.
static void simulation_reset(Simulation *simulation) {
  simulation->next_effect = simulation->tier_count = simulation->month = 0;
  simulation->purchases = simulation->pending_count = 0;
  simulation->first_purchase = simulation->last_purchase = 0;
  simulation->tier = TIER_BASE;
  simulation->total = (Tally){0};
  simulation->early_sales = 0;
  memset(simulation->month_spend, 0, sizeof simulation->month_spend);
  memset(simulation->coupon_used, 0, sizeof simulation->coupon_used);
  memset(simulation->boots_bought, 0, sizeof simulation->boots_bought);
  memset(simulation->tallies, 0, sizeof simulation->tallies);
}

void simulation_run(Simulation *simulation, const DemoWorld *world, uint32_t customer,
                    LifeLog *log) {
  simulation_reset(simulation);
  simulation->world = world;
  simulation->log = log;
  simulation->acting = UINT32_MAX;
  simulation->last_day = DAY_COUNT - 1;
  simulation->arms_given = false;
  memset(simulation->arms, 0, sizeof simulation->arms);
  memset(simulation->reached, 0, sizeof simulation->reached);
  memset(simulation->lapsed_at, 0, sizeof simulation->lapsed_at);
  demo_member_init(world, customer, &simulation->member);
  simulation_live(simulation);
  if (log) simulation_send_news(simulation);
}

void simulation_rerun(Simulation *simulation, const Simulation *real, uint32_t acting,
                      int32_t last_day) {
  simulation_reset(simulation);
  simulation->world = real->world;
  simulation->member = real->member;
  simulation->log = NULL;
  simulation->acting = acting;
  simulation->last_day = last_day;
  simulation->arms_given = true;
  memcpy(simulation->arms, real->arms, sizeof simulation->arms);
  memcpy(simulation->reached, real->reached, sizeof simulation->reached);
  memcpy(simulation->views, real->views, sizeof simulation->views);
  memcpy(simulation->lapsed_at, real->lapsed_at, sizeof simulation->lapsed_at);
  simulation_live(simulation);
}
