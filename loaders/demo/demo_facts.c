// The facts of a day as CSV rows: receipts, lines, discounts, points, contacts.
//
// A day is a piece of work. Lines are made from the receipt here for the second and last time. What
// truth.json says of the whole chain (checks by region, pairs in baskets, the point bank) is
// counted from the very rows that are written.
#include "demo_digital.h"

enum { PREFETCH_AHEAD = 8 };

static const char *const receipt_kind_names[] = {"sale", "return", "exchange"};
static const char *const points_kind_names[] = {"accrual", "redemption", "expiry", "manual",
                                                "reversal"};
static const char *const points_reason_names[] = {"", "opening_balance", "goodwill", "return"};
static const char *const promo_mechanic_names[] = {"", "price", "two_for_one", "count_threshold"};
static const char *const funder_names[] = {"retailer", "supplier", "partner"};

static char *put_key_or_empty(char *out, const Chain *chain, uint32_t index) {
  return index == RECEIPT_NONE ? out : put_unsigned(out, chain->receipt_keys[index]);
}

// The card shown: sometimes that of the profile that was merged into the member's.
static char *put_receipt_card(char *out, const DemoReceipt *receipt) {
  if (!receipt->customer) return out;
  return put_card(out, receipt->customer + receipt->card);
}

static void write_receipt(const Chain *chain, uint32_t index, Buffer *text) {
  const DemoReceipt *receipt = &chain->receipts[index];
  char *out = row_begin(text);
  out = put_char(put_unsigned(out, chain->receipt_keys[index]), ',');
  out = put_char(put_text(out, receipt_kind_names[receipt->kind]), ',');
  out = put_char(put_key_or_empty(out, chain, receipt->original), ',');
  out = put_char(put_timestamp(out, &chain->days, receipt->day, receipt->second), ',');
  out = put_char(put_date(out, &chain->days, receipt->day), ',');
  out = put_char(put_unsigned(out, receipt->second / 3600), ',');
  out = put_char(put_unsigned(out, receipt->store + 1u), ',');
  out = put_char(put_unsigned(out, receipt->till + 1u), ',');
  out = put_char(put_unsigned(out, (receipt->store + 1u) * 10 + receipt->cashier), ',');
  out = put_char(put_unsigned(out, receipt->channel), ',');
  if (receipt->channel != CHANNEL_SHOP) out = put_order_no(out, chain->receipt_keys[index]);
  out = put_char(out, ',');
  if (receipt->customer) out = put_unsigned(out, receipt->customer);
  out = put_receipt_card(put_char(out, ','), receipt);
  row_end(text, put_text(out, ",RUB,1"));
}

static void write_line(const Chain *chain, uint32_t index, uint32_t slot, const BasketLine *line,
                       Buffer *text) {
  const DemoReceipt *receipt = &chain->receipts[index];
  char *out = row_begin(text);
  out = put_char(put_unsigned(out, chain->first_lines[index] + slot), ',');
  out = put_char(put_unsigned(out, chain->receipt_keys[index]), ',');
  out = put_char(put_unsigned(out, slot + 1), ',');
  out = put_char(put_unsigned(out, line->product + 1), ',');
  out = put_char(put_quantity(out, line->quantity), ',');
  out = put_text(out, subcategories[line->subcategory].weighed ? "kg," : "pcs,");
  out = put_char(put_money(out, line->list_price), ',');
  out = put_char(put_money(out, line->paid), ',');
  out = put_char(put_money(out, line->promo_discount + line->sum_discount + line->coupon_discount),
                 ',');
  out = put_char(put_money(out, line->vat), ',');
  out = put_char(put_money(out, line->cost), ',');
  if (line->returned_slot != SLOT_NONE)
    out = put_unsigned(out, chain->first_lines[receipt->original] + line->returned_slot);
  out = put_char(put_signed(put_char(out, ','), line->points_earned), ',');
  row_end(text, put_signed(out, line->points_spent));
}

static void write_discount(uint32_t line, uint32_t campaign, const char *mechanic, uint64_t coupon,
                           int32_t amount, const char *funder, Buffer *text) {
  if (amount == 0) return;
  char *out = row_begin(text);
  out = put_char(put_unsigned(out, line), ',');
  out = put_char(put_unsigned(out, campaign), ',');
  out = put_char(put_text(out, mechanic), ',');
  if (coupon) out = put_unsigned(out, coupon);
  out = put_char(put_money(put_char(out, ','), amount), ',');
  row_end(text, put_text(out, funder));
}

static uint64_t coupon_key(uint32_t effect, uint32_t customer) {
  return effects[effect].key * UINT64_C(100000000) + customer;
}

// `priced`: the receipt whose day and coupon the discounts come from (the sale, for a line given
// back).
static void write_discounts(const Chain *chain, uint32_t line_key, const BasketLine *line,
                            const DemoReceipt *priced, Buffer *text) {
  uint32_t period = (uint32_t)priced->day / PROMO_DAYS;
  write_discount(line_key, CAMPAIGN_PROMO + period, promo_mechanic_names[line->promo_mechanic], 0,
                 line->promo_discount, funder_names[line->promo_funder], text);
  uint32_t month = chain->world.day_month[priced->day];
  write_discount(line_key, CAMPAIGN_SUM + month, "sum_threshold", 0, line->sum_discount, "retailer",
                 text);
  if (!priced->coupon) return;
  uint32_t effect = priced->coupon - 1u;
  write_discount(line_key, effects[effect].key, "coupon", coupon_key(effect, priced->customer),
                 line->coupon_discount, "retailer", text);
}

uint32_t chain_pair(uint32_t pair, uint8_t *a, uint8_t *b) {
  static const uint8_t others[2][2] = {{SUB_BUTTER, SUB_MARGARINE}, {SUB_MILK, SUB_BREAD}};
  *a = pair < affinity_count ? affinities[pair].from : others[pair - affinity_count][0];
  *b = pair < affinity_count ? affinities[pair].to : others[pair - affinity_count][1];
  return affinity_count + 2;
}

static void count_pairs(uint64_t bought, ChainCounts *counts) {
  uint8_t a, b;
  uint32_t pairs = chain_pair(0, &a, &b);
  for (uint32_t pair = 0; pair < pairs; pair++) {
    chain_pair(pair, &a, &b);
    counts->pair_receipts[pair] += (bought >> a & 1) && (bought >> b & 1);
  }
  for (uint64_t left = bought; left; left &= left - 1)
    counts->subcategory_receipts[__builtin_ctzll(left)]++;
}

static void count_receipt(const Chain *chain, const DemoReceipt *receipt, const Basket *basket,
                          ChainCounts *counts) {
  const DemoWorld *world = &chain->world;
  uint64_t bought = 0;
  for (uint32_t i = 0; i < basket->count; i++) {
    const BasketLine *line = &basket->lines[i];
    if (line->quantity < 0)
      counts->return_lines++;
    else if (line->subcategory < SUB_GOODS_COUNT) {
      bought |= UINT64_C(1) << line->subcategory;
      counts->goods_lines++;
    }
  }
  uint32_t region = world->stores[receipt->store].region, year = world_year(world, receipt->day);
  counts->receipts++;
  counts->card_receipts += receipt->customer != 0;
  counts->sale_receipts += receipt->kind == RECEIPT_SALE;
  counts->goods_receipts += bought != 0;
  counts->online_receipts += receipt->channel != CHANNEL_SHOP;
  counts->lines += basket->count;
  counts->region_sales[year][region] += basket->paid;
  counts->region_receipts[year][region] += bought != 0;
  count_pairs(bought, counts);
  int32_t before = world->missing_day - receipt->day;
  if (receipt->store == world->missing_store && before > 0 && before <= 28 && before % 7 == 0)
    counts->missing_store_before[before / 7 - 1]++;
  for (uint32_t i = 0; i < world->fraud_count; i++)
    counts->fraud_receipts += receipt->customer == world->fraud_cards[i] &&
                              receipt->day >= world->fraud_first_day &&
                              receipt->day <= world->fraud_last_day;
  if (chain_receipt_late(world, receipt))
    counts->late_receipts++, counts->late_lines += basket->count;
}

static void write_basket(const Chain *chain, uint32_t index, DemoBatch *batch,
                         ChainCounts *counts) {
  const DemoWorld *world = &chain->world;
  const DemoReceipt *receipt = &chain->receipts[index];
  const DemoReceipt *original =
      receipt->original == RECEIPT_NONE ? NULL : &chain->receipts[receipt->original];
  bool late = chain_receipt_late(world, receipt);
  uint32_t year = world_year(world, receipt->day);
  Buffer *receipts = &batch->text[late ? FILE_LATE_RECEIPTS : FILE_RECEIPTS + year];
  Buffer *sales = &batch->text[late ? FILE_LATE_SALES : FILE_SALES + year];
  Buffer *discounts = &batch->text[late ? FILE_LATE_DISCOUNTS : FILE_DISCOUNTS + year];
  Basket basket;
  basket_build(world, receipt, original, &basket);
  write_receipt(chain, index, receipts);
  for (uint32_t slot = 0; slot < basket.count; slot++) {
    const BasketLine *line = &basket.lines[slot];
    write_line(chain, index, slot, line, sales);
    write_discounts(chain, chain->first_lines[index] + slot, line,
                    line->returned_slot == SLOT_NONE ? receipt : original, discounts);
  }
  digital_write(chain, index, &basket, batch);
  count_receipt(chain, receipt, &basket, counts);
}

static void write_points(const Chain *chain, size_t position, DemoBatch *batch,
                         ChainCounts *counts) {
  const DemoWorld *world = &chain->world;
  const LedgerEntry *entry = &chain->ledger[chain->ledger_order.order[position]];
  bool late =
      entry->receipt != RECEIPT_NONE && chain_receipt_late(world, &chain->receipts[entry->receipt]);
  uint32_t year = entry->day < 0 ? 0 : world_year(world, entry->day);
  Buffer *text = &batch->text[late ? FILE_LATE_POINTS : FILE_POINTS + year];
  char *out = row_begin(text);
  out = put_char(put_unsigned(out, position + 1), ',');
  out = put_char(put_unsigned(out, entry->customer), ',');
  out = put_char(put_timestamp(out, &chain->days, entry->day, entry->second), ',');
  out = put_char(put_text(out, points_kind_names[entry->kind]), ',');
  out = put_char(put_signed(out, entry->amount), ',');
  out = put_char(put_key_or_empty(out, chain, entry->receipt), ',');
  out = put_char(put_date_or_empty(out, &chain->days, entry->active_from), ',');
  out = put_char(put_date_or_empty(out, &chain->days, entry->expires), ',');
  out = put_unsigned(out, (uint64_t)entry->customer * LOTS_PER_MEMBER + entry->lot);
  out = put_text(out, ",,,"); // no campaign, no partner
  if (entry->kind == POINTS_MANUAL)
    out = put_unsigned(put_text(out, "operator-"), 1 + entry->customer % 9);
  row_end(text, put_text(put_char(out, ','), points_reason_names[entry->reason]));
  if (entry->day < 0)
    counts->points_opening += entry->amount;
  else
    counts->points[entry->kind][year] += entry->amount;
  counts->ledger_rows++;
}

static void write_contact(const Chain *chain, size_t position, DemoBatch *batch,
                          ChainCounts *counts) {
  const Contact *contact = &chain->contacts[chain->contact_order.order[position]];
  Buffer *text = &batch->text[FILE_CONTACTS + world_year(&chain->world, contact->day)];
  char *out = row_begin(text);
  out = put_char(put_unsigned(out, position + 1), ',');
  out = put_char(put_unsigned(out, contact->campaign), ',');
  out = put_char(put_unsigned(out, contact->customer), ',');
  out = put_char(put_timestamp(out, &chain->days, contact->day, contact->second), ',');
  out = put_text(put_text(out, contact_channel_names[contact->channel]), ",marketing,");
  out = put_char(put_unsigned(out, contact->step), ',');
  out = put_text(out, contact->test ? "test," : "control,");
  out = put_char(put_flag(out, contact->sent), ',');
  out = put_char(put_flag(out, contact->delivered), ',');
  out = put_char(put_flag(out, contact->opened), ',');
  out = put_char(put_flag(out, contact->clicked), ',');
  out = put_char(put_flag(out, contact->bounced), ',');
  out = put_char(put_flag(out, contact->unsubscribed), ',');
  out = put_char(put_flag(out, contact->complained), ',');
  row_end(text, put_money(out, contact->sent ? contact_costs[contact->channel] : 0));
  counts->contacts++;
}

// Facts are met in the order of days and lie in the order of members: every one is a cache miss, so
// they are asked for some rows ahead.
static void prefetch_receipt(const Chain *chain, size_t position) {
  if (position >= chain->receipt_count) return;
  uint32_t index = chain->receipt_order.order[position];
  __builtin_prefetch(&chain->receipts[index]);
  __builtin_prefetch(&chain->receipt_keys[index]);
  __builtin_prefetch(&chain->first_lines[index]);
}
static void prefetch_entry(const Chain *chain, size_t position) {
  if (position >= chain->ledger_count) return;
  const LedgerEntry *far = &chain->ledger[chain->ledger_order.order[position]];
  __builtin_prefetch(far); // 24 bytes: may lie on two cache lines
  __builtin_prefetch((const char *)(far + 1) - 1);
  const LedgerEntry *near = &chain->ledger[chain->ledger_order.order[position - PREFETCH_AHEAD]];
  if (near->receipt == RECEIPT_NONE) return;
  __builtin_prefetch(&chain->receipts[near->receipt]);
  __builtin_prefetch(&chain->receipt_keys[near->receipt]);
}

static Status write_bucket(Chain *chain, size_t bucket, void *scratch, ChainCounts *counts,
                           Error *error) {
  (void)scratch;
  DemoBatch *batch = demo_output_batch(&chain->output);
  const DayOrder *order = &chain->receipt_order;
  for (size_t i = order->starts[bucket]; i < order->starts[bucket + 1]; i++) {
    prefetch_receipt(chain, i + PREFETCH_AHEAD);
    write_basket(chain, order->order[i], batch, counts);
  }
  order = &chain->ledger_order;
  for (size_t i = order->starts[bucket]; i < order->starts[bucket + 1]; i++) {
    prefetch_entry(chain, i + 2 * PREFETCH_AHEAD);
    write_points(chain, i, batch, counts);
  }
  order = &chain->contact_order;
  for (size_t i = order->starts[bucket]; i < order->starts[bucket + 1]; i++)
    write_contact(chain, i, batch, counts);
  return demo_output_submit(&chain->output, bucket, batch, error);
}

static void write_coupons(Chain *chain, Buffer *text) {
  for (size_t i = 0; i < chain->coupon_count; i++) {
    const CouponRow *coupon = &chain->coupons[i];
    char *out = row_begin(text);
    out = put_char(put_unsigned(out, coupon_key(coupon->effect, coupon->customer)), ',');
    out = put_char(put_unsigned(out, effects[coupon->effect].key), ',');
    out = put_char(put_unsigned(out, coupon->customer), ',');
    out = put_char(put_date(out, &chain->days, chain->world.effect_start[coupon->effect]), ',');
    out = put_char(put_date(out, &chain->days, chain->world.effect_end[coupon->effect]), ',');
    row_end(text, put_key_or_empty(out, chain, coupon->receipt));
  }
}

Status chain_write_facts(Chain *chain, Error *error) {
  demo_output_expect(&chain->output, BUCKET_COUNT);
  TRY(chain_run(chain, "write", BUCKET_COUNT, 0, write_bucket, error));
  demo_output_expect(&chain->output, 1);
  DemoBatch *batch = demo_output_batch(&chain->output);
  write_coupons(chain, &batch->text[FILE_COUPONS]);
  return demo_output_submit(&chain->output, 0, batch, error);
}
