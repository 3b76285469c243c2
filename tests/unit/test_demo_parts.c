// The demo chain's parts: random streams, number texts, baskets, points, and lives lived twice.
#include "demo_cardless.h"
#include "demo_text.h"
#include "unit_main.h"
#include <stdio.h>
#include <stdlib.h>

static DemoWorld world;

static void world_up(void) {
  demo_world_init(&world, 0.01, 11);
}
static void world_down(void) {
  demo_world_clear(&world);
}

// A count of n trials of chance p lies within 4.5 deviations (about one test in 150,000 fails by
// chance; the streams are fixed, so it never changes).
static void assert_share(int64_t count, int64_t n, double p, const char *what) {
  double expected = (double)n * p, deviation = sqrt((double)n * p * (1 - p));
  ck_assert_msg(fabs((double)count - expected) <= 4.5 * deviation + 1,
                "%s: %lld of %lld, expected %.1f", what, (long long)count, (long long)n, expected);
}

START_TEST(alias_follows_weights) {
  double weights[7] = {0, 1, 2, 3, 0.5, 10, 0};
  int64_t hits[7] = {0};
  AliasTable table;
  alias_init(&table, weights, 7);
  Random random = random_stream(3, 1, 4);
  for (int i = 0; i < 200000; i++) hits[alias_draw(&table, &random)]++;
  for (int i = 0; i < 7; i++) assert_share(hits[i], 200000, weights[i] / 16.5, "alias");
  ck_assert_int_eq(hits[0] + hits[6], 0);
  alias_clear(&table);
}
END_TEST

START_TEST(poisson_has_its_mean_and_variance) {
  static const double means[] = {0.3, 5, 39, 41, 400};
  for (int m = 0; m < 5; m++) {
    Random random = random_stream(5, 1, (uint64_t)m);
    double sum = 0, squares = 0, n = 50000;
    for (int i = 0; i < n; i++) {
      double x = random_poisson(&random, means[m]);
      sum += x, squares += x * x;
    }
    double mean = sum / n, variance = squares / n - mean * mean;
    ck_assert_double_le(fabs(mean - means[m]), 4.5 * sqrt(means[m] / n));
    ck_assert_double_le(fabs(variance / means[m] - 1), 4.5 * sqrt(2 / n) * 1.5);
  }
}
END_TEST

START_TEST(numbers_read_as_printf_writes_them) {
  Random random = random_stream(6, 1, 1);
  for (int i = 0; i < 100000; i++) {
    uint64_t value = random_next(&random) >> random_below(&random, 64);
    int64_t money = (int64_t)(random_next(&random) >> (8 + random_below(&random, 56)));
    if (i & 1) money = -money;
    char ours[64], theirs[64];
    *put_unsigned(ours, value) = 0;
    snprintf(theirs, sizeof theirs, "%llu", (unsigned long long)value);
    unit_require(strcmp(ours, theirs) == 0, theirs);
    *put_money(ours, money) = 0;
    snprintf(theirs, sizeof theirs, "%s%lld.%02lld", money < 0 ? "-" : "", llabs(money) / 100,
             llabs(money) % 100);
    unit_require(strcmp(ours, theirs) == 0, theirs);
  }
  char text[32];
  *put_quantity(text, -2000) = 0;
  ck_assert_str_eq(text, "-2");
  *put_quantity(text, -35) = 0;
  ck_assert_str_eq(text, "-0.035");
  *put_quantity(text, 12735) = 0;
  ck_assert_str_eq(text, "12.735");
  *put_time(text, 86399) = 0;
  ck_assert_str_eq(text, "23:59:59");
  *put_signed(text, INT64_MIN) = 0;
  ck_assert_str_eq(text, "-9223372036854775808");
}
END_TEST

// What a receipt must add up to, whatever is drawn.
static void require_basket(const DemoReceipt *receipt, const Basket *basket) {
  int32_t spent = 0;
  unit_require(basket->count >= 1 && basket->count <= LINES_MAX + 4, "1 to LINES_MAX + 4 lines");
  for (uint32_t i = 0; i < basket->count; i++) {
    const BasketLine *line = &basket->lines[i];
    int32_t discount = line->promo_discount + line->sum_discount + line->coupon_discount;
    int64_t gross = ((int64_t)line->list_price * line->quantity + 500) / 1000;
    unit_require(line->gross == gross, "gross is price x quantity");
    unit_require(line->paid == line->gross - discount - line->points_spent * 100, "paid adds up");
    unit_require(line->paid >= 0 && line->points_spent >= 0, "nothing is negative");
    unit_require(line->vat <= line->paid, "VAT is within paid");
    spent += line->points_spent;
    for (uint32_t j = 0; j < i; j++)
      unit_require(basket->lines[j].product != line->product, "an article has one line");
  }
  unit_require(spent == (int32_t)receipt->points_spent, "the lines spend the receipt's points");
  unit_require(basket->points_spent == spent, "the basket spends what its lines do");
}

START_TEST(baskets_add_up_and_repeat) {
  uint8_t coupon = 0; // of the effect that has one
  for (uint32_t e = 0; e < effect_count; e++)
    if (effects[e].coupon_percent) coupon = (uint8_t)(e + 1);
  ck_assert_uint_gt(coupon, 0);
  Random random = random_stream(7, 1, 1);
  for (int i = 0; i < 20000; i++) {
    DemoReceipt receipt = {.seed = random_next(&random),
                           .original = RECEIPT_NONE,
                           .customer = random_below(&random, world.member_count + 1),
                           .day = (int16_t)random_below(&random, DAY_COUNT),
                           .store = (uint16_t)random_below(&random, world.store_count),
                           .channel = CHANNEL_SHOP,
                           .tier = random_below(&random, TIER_COUNT)};
    if (receipt.customer && i % 3 == 0) receipt.coupon = coupon;
    receipt.mark = (uint8_t)(i % (MARK_RESALE + 1));
    Basket basket, again;
    basket_fill(&world, &receipt, &basket);
    if (receipt.customer && i % 2) receipt.points_spent = (uint32_t)(basket.goods_paid * 3 / 1000);
    basket_pay(&receipt, &basket);
    require_basket(&receipt, &basket);
    basket_build(&world, &receipt, NULL, &again);
    ck_assert_int_eq(again.paid, basket.paid);
    ck_assert_int_eq(again.points_earned, basket.points_earned);
  }
}
END_TEST

START_TEST(what_is_given_back_mirrors_its_sale) {
  Random random = random_stream(8, 1, 1);
  int returns = 0, exchanges = 0;
  for (int i = 0; i < 40000; i++) {
    DemoReceipt sale = {.seed = random_next(&random),
                        .original = RECEIPT_NONE,
                        .customer = 5,
                        .day = (int16_t)random_below(&random, DAY_COUNT - 15),
                        .channel = CHANNEL_SHOP};
    Basket basket, back;
    uint32_t slot;
    int32_t delay;
    bool exchange;
    basket_build(&world, &sale, NULL, &basket);
    if (!basket_draw_return(&sale, &basket, &slot, &delay, &exchange)) continue;
    ck_assert(delay >= 1 && delay <= 14);
    DemoReceipt receipt = {.seed = sale.seed + 1,
                           .original = 0,
                           .customer = 5,
                           .returned_slot = (uint8_t)slot,
                           .day = (int16_t)(sale.day + delay),
                           .kind = exchange ? RECEIPT_EXCHANGE : RECEIPT_RETURN};
    basket_build(&world, &receipt, &sale, &back);
    const BasketLine *line = &back.lines[back.count - 1];
    ck_assert_uint_eq(back.count, exchange ? 2 : 1);
    ck_assert_int_eq(line->paid, -basket.lines[slot].paid);
    ck_assert_int_eq(line->cost, -basket.lines[slot].cost);
    ck_assert_int_eq(line->points_earned, -basket.lines[slot].points_earned);
    ck_assert_uint_eq(line->returned_slot, slot);
    returns++, exchanges += exchange;
  }
  ck_assert_int_gt(returns, 100);
  ck_assert_int_gt(exchanges, 5);
}
END_TEST

static int64_t ledger_sum(const LedgerVector *ledger) {
  int64_t sum = 0;
  for (size_t i = 0; i < ledger->count; i++) sum += ledger->entries[i].amount;
  return sum;
}
static int64_t account_holds(const PointsAccount *account) {
  int64_t sum = -account->debt;
  for (uint32_t i = 0; i < account->count; i++) sum += account->lots[account->first + i].left;
  return sum;
}

START_TEST(points_ledger_equals_what_lots_hold) {
  static PointsAccount account;
  LedgerVector ledger = {0};
  Random random = random_stream(9, 1, 1);
  points_account_init(&account, 17, &ledger);
  points_account_open(&account, 500, 40);
  uint16_t last_lot = 0;
  int32_t last_amount = 0;
  for (int32_t day = 0; day < 4000 && account.lots_made < 4000; day++) {
    points_account_expire(&account, day);
    for (uint32_t i = 0; i < account.count; i++)
      ck_assert_int_gt(account.lots[account.first + i].expires, day);
    uint32_t what = random_below(&random, 4);
    if (what == 0) {
      last_amount = random_between(&random, 1, 90);
      last_lot = points_account_earn(&account, POINTS_ACCRUAL, REASON_NONE, day, 1, 1, last_amount);
    } else if (what == 1) {
      int32_t most = points_account_spendable(&account, day);
      int64_t before = account_holds(&account);
      if (most == 0) continue;
      int32_t amount = random_between(&random, 1, most);
      points_account_spend(&account, day, 2, 2, amount);
      ck_assert_int_eq(account_holds(&account), before - amount);
    } else if (what == 2 && last_amount) {
      points_account_reverse(&account, day, 3, 3, last_lot, last_amount);
      last_amount = 0;
    }
    ck_assert_int_eq(ledger_sum(&ledger), account_holds(&account));
  }
  points_account_expire(&account, 9000);
  ck_assert_int_eq(ledger_sum(&ledger), -account.debt);
  mem_free(ledger.entries);
}
END_TEST

START_TEST(points_are_spent_oldest_first_and_not_before_they_are_active) {
  static PointsAccount account;
  LedgerVector ledger = {0};
  points_account_init(&account, 1, &ledger);
  uint16_t first = points_account_earn(&account, POINTS_ACCRUAL, REASON_NONE, 0, 0, 0, 60);
  uint16_t second = points_account_earn(&account, POINTS_ACCRUAL, REASON_NONE, 3, 0, 0, 50);
  ck_assert_int_eq(points_account_spendable(&account, 6), 0);
  ck_assert_int_eq(points_account_spendable(&account, 7), 60);
  ck_assert_int_eq(points_account_spendable(&account, 10), 110);
  points_account_spend(&account, 10, 0, 1, 70);
  ck_assert_uint_eq(ledger.entries[2].lot, first);
  ck_assert_int_eq(ledger.entries[2].amount, -60);
  ck_assert_uint_eq(ledger.entries[3].lot, second);
  ck_assert_int_eq(ledger.entries[3].amount, -10);
  // A reversed lot that is spent leaves a debt, which what is left pays.
  points_account_reverse(&account, 11, 0, 2, first, 60);
  ck_assert_int_eq(points_account_spendable(&account, 11), 0);
  ck_assert_int_eq(account_holds(&account), -20);
  mem_free(ledger.entries);
}
END_TEST

START_TEST(a_life_lived_again_with_everything_is_the_same) {
  Simulation *real = mem_alloc_zero(sizeof *real), *again = mem_alloc_zero(sizeof *again);
  uint32_t changed = 0, tested = 0;
  for (uint32_t customer = 1; customer <= 1500; customer++) {
    LifeLog log = {0};
    simulation_run(real, &world, customer, &log);
    simulation_rerun(again, real, UINT32_MAX, DAY_COUNT - 1);
    ck_assert_int_eq(again->total.sales, real->total.sales);
    ck_assert_int_eq(again->total.margin, real->total.margin);
    ck_assert_uint_eq(again->purchases, real->purchases);
    ck_assert_mem_eq(again->tallies, real->tallies, sizeof real->tallies);
    // An action that does nothing changes nothing when it is taken out; one that does, does.
    for (uint32_t e = 0; e < effect_count; e++) {
      if (!real->reached[e]) continue;
      simulation_rerun(again, real, ~(UINT32_C(1) << e), DAY_COUNT - 1);
      bool acts = effect_does_something(&effects[e]);
      bool same = again->total.sales == real->total.sales;
      if (!acts)
        ck_assert(same);
      else
        tested++, changed += !same;
      if (!effects[e].only_adds) continue;
      const Tally *with = &real->tallies[e][WINDOW_AFTER],
                  *without = &again->tallies[e][WINDOW_AFTER];
      ck_assert_int_le(without->receipts, with->receipts);
      // Whoever bought nothing with the action buys nothing without it (demo_lives.c relies on
      // this).
      if (with->receipts == 0 && with->units == 0) ck_assert_int_eq(without->sales, 0);
    }
    life_log_clear(&log);
  }
  ck_assert_uint_gt(tested, 100);
  ck_assert_uint_gt(changed, tested / 20);
  ck_assert_uint_lt(changed, tested);
  mem_free(real);
  mem_free(again);
}
END_TEST

// ---- calibration --------------------------------------------------------------------------------

START_TEST(cardless_traffic_follows_the_calendar_and_the_hours) {
  int64_t weekday[8] = {0}, month[12] = {0}, sales = 0;
  double weekday_share[8] = {0}, month_share[12] = {0}, total = 0;
  for (uint32_t s = 0; s < world.store_count; s++) {
    LifeLog log = {0};
    cardless_generate(&world, s, &log);
    const DemoStore *store = &world.stores[s];
    for (int32_t day = 0; day < DAY_COUNT; day++) {
      if (!world_store_trades(&world, s, day)) continue;
      double share = s == world.online_store ? 0.05 : store->weight;
      double weight = world.day_weight[day] * world_traffic(&world, store->region, day) * share *
                      (day < store->programme_since ? 2 : 1);
      weekday_share[world.day_weekday[day]] += weight;
      month_share[world.day_month[day] % 12] += weight;
      total += weight;
    }
    for (size_t i = 0; i < log.receipt_count; i++) {
      const DemoReceipt *receipt = &log.receipts[i];
      uint32_t hour = receipt->second / 3600;
      unit_require(world_store_trades(&world, s, receipt->day), "the shop trades");
      unit_require(hour >= store->opens && hour < store->closes, "the shop is open");
      if (receipt->kind != RECEIPT_SALE) continue;
      weekday[world.day_weekday[receipt->day]]++;
      month[world.day_month[receipt->day] % 12]++;
      sales++;
    }
    life_log_clear(&log);
  }
  for (int d = 1; d <= 7; d++) assert_share(weekday[d], sales, weekday_share[d] / total, "weekday");
  for (int m = 0; m < 12; m++) assert_share(month[m], sales, month_share[m] / total, "month");
  ck_assert_int_gt(month[11], month[6]); // December over July
}
END_TEST

START_TEST(articles_are_skewed_and_pairs_are_planted) {
  int64_t ranks[2] = {0}, lines = 0, receipts = 0, with[SUB_COUNT] = {0};
  int64_t pasta_sauce = 0, milk_bread = 0, butter_margarine = 0;
  double squares = 0, sum = 0;
  Random random = random_stream(10, 1, 1);
  for (int i = 0; i < 60000; i++) {
    DemoReceipt receipt = {.seed = random_next(&random),
                           .original = RECEIPT_NONE,
                           .channel = CHANNEL_SHOP,
                           .day = (int16_t)(i % DAY_COUNT),
                           .store = (uint16_t)(i % (world.store_count - 1))};
    Basket basket;
    basket_build(&world, &receipt, NULL, &basket);
    uint64_t bought = 0;
    for (uint32_t l = 0; l < basket.count; l++) {
      if (basket.lines[l].subcategory >= SUB_GOODS_COUNT) continue;
      bought |= UINT64_C(1) << basket.lines[l].subcategory;
      lines++;
      ranks[0] += basket.lines[l].product % world.products_each == 0;
      ranks[1] += basket.lines[l].product % world.products_each >= world.products_each / 2;
    }
    receipts++;
    sum += basket.count, squares += basket.count * basket.count;
    for (uint32_t s = 0; s < SUB_GOODS_COUNT; s++) with[s] += bought >> s & 1;
    pasta_sauce += (bought >> SUB_PASTA & 1) && (bought >> SUB_SAUCES & 1);
    milk_bread += (bought >> SUB_MILK & 1) && (bought >> SUB_BREAD & 1);
    butter_margarine += (bought >> SUB_BUTTER & 1) && (bought >> SUB_MARGARINE & 1);
  }
  double n = (double)receipts;
  double popular = (double)milk_bread * n / ((double)with[SUB_MILK] * (double)with[SUB_BREAD]);
  double affinity = (double)pasta_sauce * n / ((double)with[SUB_PASTA] * (double)with[SUB_SAUCES]);
  double substitutes =
      (double)butter_margarine * n / ((double)with[SUB_BUTTER] * (double)with[SUB_MARGARINE]);
  // Near one: 5 % of the model's making, and 4.5 deviations of the count.
  ck_assert_double_le(fabs(popular - 1), 0.05 + 4.5 / sqrt((double)milk_bread));
  ck_assert_double_ge(affinity, 2.5);
  ck_assert_double_le(substitutes, 0.3);
  ck_assert_int_gt(milk_bread, pasta_sauce); // the popular pair has the larger support
  // The best article of 20 sells more than twice its share; the lower half less than a third.
  ck_assert_double_ge((double)ranks[0] / (double)lines, 2.0 / world.products_each);
  ck_assert_double_le((double)ranks[1] / (double)lines, 1.0 / 3);
  double mean = sum / n, error = sqrt((squares / n - mean * mean) / n);
  ck_assert_double_ge(mean, 2.2 - 4.5 * error);
  ck_assert_double_le(mean, 2.8 + 4.5 * error);
}
END_TEST

START_TEST(members_live_as_calibrated) {
  Simulation *life = mem_alloc_zero(sizeof *life);
  int64_t members = 3000, before = 0, buyers = 0, one_time = 0, churned = 0,
          tiers[TIER_COUNT] = {0}, points_closed = 0;
  double visits = 0, visits_squares = 0;
  for (uint32_t customer = 1; customer <= members; customer++) {
    LifeLog log = {0};
    simulation_run(life, &world, customer, &log);
    before += life->member.registered < 0;
    buyers += life->purchases > 0;
    one_time += life->purchases == 1;
    churned += life->member.churn_day < DAY_COUNT;
    tiers[life->tier]++;
    visits += life->purchases;
    visits_squares += (double)life->purchases * life->purchases;
    points_closed += ledger_sum(&log.ledger) == account_holds(&life->points);
    for (size_t i = 0; i < log.receipt_count; i++)
      unit_require(log.receipts[i].day >= life->member.registered, "registered");
    for (uint32_t i = 1; i < life->tier_count; i++)
      ck_assert_int_gt(life->tiers[i].from, life->tiers[i - 1].from);
    life_log_clear(&log);
  }
  ck_assert_int_eq(points_closed, members);
  assert_share(before, members, 0.45, "registered before the data");
  double mean = visits / (double)members;
  double error = sqrt((visits_squares / (double)members - mean * mean) / (double)members);
  ck_assert_double_le(fabs(mean - 13.0), 0.7 + 4.5 * error); // visits a member, docs/DEMO.md
  double share = (double)one_time / (double)buyers;
  ck_assert_double_le(fabs(share - 0.20), 0.02 + 4.5 * sqrt(0.16 / (double)buyers));
  ck_assert_int_gt(tiers[TIER_BASE], tiers[TIER_SILVER]);
  ck_assert_int_gt(tiers[TIER_SILVER], tiers[TIER_GOLD]);
  ck_assert_int_gt(tiers[TIER_GOLD], 0);
  ck_assert_int_gt(churned, members / 4);
  mem_free(life);
}
END_TEST

START_TEST(worlds_of_all_sizes_have_what_is_needed) {
  static const double scales[] = {0.001, 0.02, 0.3, 1, 10};
  for (int i = 0; i < 5; i++) {
    DemoWorld any;
    demo_world_init(&any, scales[i], 99);
    bool seen[REGION_ONLINE] = {false};
    ck_assert_uint_ge(any.store_count, 13);
    for (uint32_t s = 0; s + 1 < any.store_count; s++)
      if (any.stores[s].opened < 0 && any.stores[s].closed == DAY_NEVER)
        seen[any.stores[s].region] = true;
    for (int r = 0; r < REGION_ONLINE; r++) ck_assert(seen[r]);
    ck_assert_uint_ne(any.missing_store, any.late_store);
    ck_assert_int_ge(any.missing_day, DAY_COUNT - 28);
    demo_world_clear(&any);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("demo_parts");
  TCase *parts = tcase_create("parts"), *lives = tcase_create("lives");
  tcase_set_timeout(parts, 120);
  tcase_set_timeout(lives, 120);
  tcase_add_test(parts, alias_follows_weights);
  tcase_add_test(parts, poisson_has_its_mean_and_variance);
  tcase_add_test(parts, numbers_read_as_printf_writes_them);
  tcase_add_test(parts, points_ledger_equals_what_lots_hold);
  tcase_add_test(parts, points_are_spent_oldest_first_and_not_before_they_are_active);
  tcase_add_test(parts, worlds_of_all_sizes_have_what_is_needed);
  tcase_add_checked_fixture(lives, world_up, world_down);
  tcase_add_test(lives, baskets_add_up_and_repeat);
  tcase_add_test(lives, what_is_given_back_mirrors_its_sale);
  tcase_add_test(lives, a_life_lived_again_with_everything_is_the_same);
  tcase_add_test(lives, cardless_traffic_follows_the_calendar_and_the_hours);
  tcase_add_test(lives, articles_are_skewed_and_pairs_are_planted);
  tcase_add_test(lives, members_live_as_calibrated);
  suite_add_tcase(suite, parts);
  suite_add_tcase(suite, lives);
  return unit_main(suite);
}
