// Taste, habit, season, affinity, promotion and price, line by line.
//
// A line's subcategory: the partner of the one before (affinity), else one of the member's
// favourites, else by season. Its article: the member's own, else the one on promotion, else by
// popularity. Every draw comes from the receipt's stream in a fixed order.
#include "demo_effects.h"

const uint32_t tier_percent[TIER_COUNT] = {3, 5, 7};

enum {
  SALT_RETURN = 0x52,
  SALT_APART = 0x41,
  SUM_PROMO_FROM = 150000, // kopecks
  SUM_PROMO_PERCENT = 5,
  FREE_DELIVERY_FROM = 200000,
};

// What the choice of a line needs to know.
typedef struct Taste {
  const DemoWorld *world;
  const DemoReceipt *receipt;
  Random random, apart;
  uint64_t bought; // subcategories, a bit each
  uint8_t favourites[4];
  uint32_t month, promo_period, zone, price_period;
} Taste;

void basket_favourites(const DemoWorld *world, uint32_t customer, uint8_t favourites[4]) {
  Random random = random_stream(world->seed, STREAM_TASTE, customer);
  for (uint32_t i = 0; i < 4; i++)
    favourites[i] = (uint8_t)alias_draw(&world->tastes[3][0], &random);
}

static uint32_t taste_line_count(Taste *taste) {
  const DemoReceipt *receipt = taste->receipt;
  double mean = regions[taste->world->stores[receipt->store].region].lines_mean;
  if (receipt->customer) // a member's own habit, 0.9 .. 1.1
    mean *= 0.93 + 0.2 * random_to_unit(random_key(receipt->customer, STREAM_TASTE));
  else
    mean *= 0.85;
  uint32_t class = (uint32_t)((mean - 1) * 10 + 0.5);
  if (class >= LINE_CLASS_COUNT) class = LINE_CLASS_COUNT - 1;
  return 1 + alias_draw(&taste->world->line_counts[class], &taste->random);
}

static uint32_t taste_partner(Taste *taste, uint32_t subcategory) {
  for (uint32_t i = 0; i < affinity_count; i++)
    if (affinities[i].from == subcategory)
      return random_chance(&taste->random, affinities[i].chance) ? affinities[i].to : SUB_COUNT;
  return SUB_COUNT;
}

static bool taste_is_substitute(const Taste *taste, uint32_t subcategory) {
  uint64_t other = subcategory == SUB_BUTTER      ? UINT64_C(1) << SUB_MARGARINE
                   : subcategory == SUB_MARGARINE ? UINT64_C(1) << SUB_BUTTER
                                                  : 0;
  return (taste->bought & other) != 0;
}

static uint32_t taste_subcategory(Taste *taste) {
  if (taste->receipt->customer && random_chance(&taste->random, 0.35))
    return taste->favourites[random_below(&taste->random, 4)];
  return alias_draw(&taste->world->tastes[taste->month][taste->receipt->customer == 0],
                    &taste->random);
}

// The article of a line: own habit, promotion, popularity; the core range where it is not sold now.
static uint32_t taste_product(Taste *taste, uint32_t subcategory) {
  const DemoWorld *world = taste->world;
  const Promo *promo = &world->promos[taste->promo_period][subcategory];
  double draw = random_unit(&taste->random);
  uint32_t rank;
  if (promo->mechanic && draw < 0.22) {
    rank = promo->rank;
  } else if (taste->receipt->customer && draw > 0.6) {
    Random own = {random_key(taste->receipt->customer, 64 + subcategory)};
    rank = alias_draw(&world->popularity, &own);
  } else {
    rank = alias_draw(&world->popularity, &taste->random);
  }
  uint32_t product = subcategory * world->products_each + rank;
  if (!world_product_sold(&world->products[product], taste->receipt->day))
    product = subcategory * world->products_each + rank % 5;
  return product;
}

static int32_t taste_quantity(Taste *taste, uint32_t subcategory, PromoMechanic mechanic) {
  double draw = random_unit(&taste->random);
  if (subcategories[subcategory].weighed) return 150 + (int32_t)(1500 * draw * draw);
  if (mechanic == PROMO_TWO_FOR_ONE && draw < 0.7) return 2000;
  if (mechanic == PROMO_COUNT && draw < 0.5) return 3000;
  if (subcategories[subcategory].price > 1000) return 1000;
  return draw < 0.83 ? 1000 : draw < 0.95 ? 2000 : draw < 0.99 ? 3000 : 4000;
}

static int32_t promo_discount(const Promo *promo, const BasketLine *line) {
  switch (promo->mechanic) {
  case PROMO_PRICE:
    return (int32_t)((int64_t)line->gross * promo->percent / 100);
  case PROMO_TWO_FOR_ONE:
    return line->quantity / 2000 * line->list_price;
  case PROMO_COUNT:
    return line->quantity >= 3000 ? (int32_t)((int64_t)line->gross * promo->percent / 100) : 0;
  default:
    return 0;
  }
}

static void taste_price_line(Taste *taste, uint32_t product, int32_t quantity, BasketLine *line) {
  const DemoWorld *world = taste->world;
  size_t cell = world_price_index(product, taste->zone, taste->price_period);
  uint32_t subcategory = world->products[product].subcategory;
  *line = (BasketLine){.product = product,
                       .quantity = quantity,
                       .list_price = world->prices[cell],
                       .subcategory = (uint8_t)subcategory,
                       .returned_slot = SLOT_NONE};
  line->gross = (int32_t)(((int64_t)line->list_price * quantity + 500) / 1000);
  line->cost = (int32_t)(((int64_t)world->costs[cell] * quantity + 500) / 1000);
  if (subcategory >= SUB_GOODS_COUNT) return;
  const Promo *promo = &world->promos[taste->promo_period][subcategory];
  if (promo->mechanic && product % world->products_each == promo->rank) {
    line->promo_discount = promo_discount(promo, line);
    line->promo_mechanic = promo->mechanic;
    line->promo_funder = promo->funder;
  }
}

static bool basket_has_product(const Basket *basket, uint32_t product) {
  for (uint32_t i = 0; i < basket->count; i++)
    if (basket->lines[i].product == product) return true;
  return false;
}

static void taste_add_article(Taste *taste, Basket *basket, uint32_t product) {
  const DemoWorld *world = taste->world;
  uint32_t subcategory = world->products[product].subcategory;
  const Promo *promo = &world->promos[taste->promo_period][subcategory];
  bool promoted = promo->mechanic && product % world->products_each == promo->rank;
  int32_t quantity = taste_quantity(taste, subcategory, promoted ? promo->mechanic : PROMO_NONE);
  if (taste->receipt->mark == MARK_WHOLESALE && !subcategories[subcategory].weighed)
    quantity *= 400;
  if (taste->receipt->mark == MARK_RESALE) quantity = 40000;
  taste_price_line(taste, product, quantity, &basket->lines[basket->count++]);
  taste->bought |= UINT64_C(1) << subcategory;
}

static void taste_add_goods(Taste *taste, Basket *basket, uint32_t subcategory) {
  uint32_t product = taste_product(taste, subcategory);
  if (basket_has_product(basket, product)) { // once more, then do without
    product = taste_product(taste, subcategory);
    if (basket_has_product(basket, product)) return;
  }
  if (taste->receipt->mark == MARK_BRAND && subcategory == SUB_SHAMPOO) {
    uint32_t first = SUB_SHAMPOO * taste->world->products_each;
    bool taken = random_chance(&taste->apart, 0.7) && !basket_has_product(basket, first);
    if (taken) product = first;
  }
  taste_add_article(taste, basket, product);
}

// Lines that a mark adds. They draw from a stream apart, so that the other lines stay as they were.
static void taste_add_marked(Taste *taste, Basket *basket) {
  Random usual = taste->random;
  taste->random = taste->apart;
  switch (taste->receipt->mark) {
  case MARK_TRIAL:
    taste_add_goods(taste, basket, SUB_SNEAKERS);
    break;
  case MARK_RESALE:
    taste_add_article(taste, basket, SUB_VITAMINS * taste->world->products_each);
    break;
  case MARK_BRAND:
    if (random_chance(&taste->random, 0.06)) taste_add_goods(taste, basket, SUB_SHAMPOO);
    break;
  case MARK_HALO:
    if (!random_chance(&taste->random, 0.30)) break;
    taste_add_goods(taste, basket, SUB_COFFEE);
    if (random_chance(&taste->random, 0.5)) taste_add_goods(taste, basket, SUB_CAKES);
    break;
  default:
    break;
  }
  taste->apart = taste->random;
  taste->random = usual;
}

static void taste_add_service(Taste *taste, Basket *basket) {
  const DemoWorld *world = taste->world;
  bool online = taste->receipt->store == world->online_store;
  if (online ? basket->goods_paid < FREE_DELIVERY_FROM : random_chance(&taste->random, 0.10))
    taste_price_line(taste, world->first_service + (online ? SUB_DELIVERY - SUB_BAG : 0), 1000,
                     &basket->lines[basket->count++]);
}

// Receipt-wide discounts, members only: a percentage from a sum on, and a coupon.
static void basket_discount_total(const Taste *taste, Basket *basket) {
  const DemoReceipt *receipt = taste->receipt;
  bool sum = receipt->customer && basket->goods_paid >= SUM_PROMO_FROM &&
             world_sum_promo(taste->world, receipt->day);
  if (!sum && !receipt->coupon) return;
  uint32_t coupon_percent = receipt->coupon ? effects[receipt->coupon - 1].coupon_percent : 0;
  basket->goods_paid = 0;
  for (uint32_t i = 0; i < basket->count; i++) {
    BasketLine *line = &basket->lines[i];
    int32_t left = line->gross - line->promo_discount;
    if (sum) line->sum_discount = (int32_t)((int64_t)left * SUM_PROMO_PERCENT / 100);
    left -= line->sum_discount;
    line->coupon_discount = (int32_t)((int64_t)left * coupon_percent / 100);
    basket->goods_paid += left - line->coupon_discount;
  }
}

static Taste taste_init(const DemoWorld *world, const DemoReceipt *receipt) {
  uint32_t month = world->day_month[receipt->day];
  Taste taste = {.world = world,
                 .receipt = receipt,
                 .random = {receipt->seed},
                 .apart = {random_key(receipt->seed, SALT_APART)},
                 .month = month % 12,
                 .promo_period = (uint32_t)receipt->day / PROMO_DAYS,
                 .zone = world->stores[receipt->store].zone,
                 .price_period = month / 6};
  if (receipt->customer) basket_favourites(world, receipt->customer, taste.favourites);
  return taste;
}

void basket_fill(const DemoWorld *world, const DemoReceipt *receipt, Basket *basket) {
  *basket = (Basket){0};
  Taste taste = taste_init(world, receipt);
  uint32_t wanted = taste_line_count(&taste);
  uint32_t next = receipt->mark == MARK_BOOTS ? SUB_BOOTS : SUB_COUNT;
  if (receipt->mark == MARK_TRIAL || receipt->mark == MARK_RESALE) wanted = 0;
  taste_add_marked(&taste, basket);
  for (uint32_t i = 0; i < wanted; i++) {
    uint32_t subcategory = next < SUB_COUNT ? next : taste_subcategory(&taste);
    if (taste_is_substitute(&taste, subcategory) && random_chance(&taste.random, 0.94))
      subcategory = taste_subcategory(&taste);
    taste_add_goods(&taste, basket, subcategory);
    next = taste_partner(&taste, subcategory);
  }
  for (uint32_t i = 0; i < basket->count; i++)
    basket->goods_paid += basket->lines[i].gross - basket->lines[i].promo_discount;
  basket_discount_total(&taste, basket);
  taste_add_service(&taste, basket);
}

static int32_t vat_within(int32_t paid, uint32_t vat) {
  return (int32_t)(((int64_t)paid * vat * 2 + (100 + vat)) / (2 * (100 + vat)));
}

void basket_pay(const DemoReceipt *receipt, Basket *basket) {
  int64_t before = 0, given = 0;
  for (uint32_t i = 0; i < basket->count; i++) {
    BasketLine *line = &basket->lines[i];
    line->paid = line->gross - line->promo_discount - line->sum_discount - line->coupon_discount;
    bool goods = line->subcategory < SUB_GOODS_COUNT;
    if (goods && receipt->points_spent) {
      before += line->paid;
      int64_t due = before * receipt->points_spent / basket->goods_paid;
      line->points_spent = (int32_t)(due - given);
      line->paid -= line->points_spent * 100;
      given = due;
    }
    if (goods && receipt->customer)
      line->points_earned = (int32_t)((int64_t)line->paid * tier_percent[receipt->tier] / 10000);
    line->vat = vat_within(line->paid, subcategories[line->subcategory].vat);
    basket->paid += line->paid;
    basket->vat += line->vat;
    basket->cost += line->cost;
    basket->points_earned += line->points_earned;
    basket->points_spent += line->points_spent;
  }
}

// The line given back, with its signs turned.
static BasketLine basket_line_negate(BasketLine line, uint32_t slot) {
  line.quantity = -line.quantity;
  line.gross = -line.gross;
  line.promo_discount = -line.promo_discount;
  line.sum_discount = -line.sum_discount;
  line.coupon_discount = -line.coupon_discount;
  line.paid = -line.paid;
  line.vat = -line.vat;
  line.cost = -line.cost;
  line.points_earned = -line.points_earned;
  line.points_spent = -line.points_spent;
  line.returned_slot = (uint8_t)slot;
  return line;
}

void basket_build(const DemoWorld *world, const DemoReceipt *receipt, const DemoReceipt *original,
                  Basket *basket) {
  if (!original) {
    basket_fill(world, receipt, basket);
    basket_pay(receipt, basket);
    return;
  }
  Basket sale;
  basket_fill(world, original, &sale);
  basket_pay(original, &sale);
  BasketLine back = basket_line_negate(sale.lines[receipt->returned_slot], receipt->returned_slot);
  *basket = (Basket){0};
  if (receipt->kind == RECEIPT_EXCHANGE) {
    Taste taste = taste_init(world, receipt);
    taste_add_goods(&taste, basket, back.subcategory);
    basket->goods_paid = basket->lines[0].gross - basket->lines[0].promo_discount;
    basket_pay(receipt, basket);
  }
  basket->lines[basket->count++] = back;
  basket->paid += back.paid;
  basket->vat += back.vat;
  basket->cost += back.cost;
  basket->points_earned += back.points_earned;
  basket->points_spent += back.points_spent;
}

bool basket_draw_return(const DemoReceipt *receipt, const Basket *basket, uint32_t *slot,
                        int32_t *delay_days, bool *exchange) {
  Random random = {random_key(receipt->seed, SALT_RETURN)};
  if (receipt->mark == MARK_TRIAL) { // after the test, before its 14 days for returns are over
    *slot = 0;
    *delay_days = random_between(&random, 8, 13);
    *exchange = false;
    return random_chance(&random, 0.95);
  }
  if (receipt->mark == MARK_WHOLESALE) return false;
  for (uint32_t i = 0; i < basket->count; i++) {
    double chance = subcategories[basket->lines[i].subcategory].return_rate;
    if (receipt->channel != CHANNEL_SHOP) chance *= 2; // not seen, not tried on
    if (!random_chance(&random, chance)) continue;
    *slot = i;
    *delay_days = random_between(&random, 1, 14);
    *exchange = random_chance(&random, 0.15);
    return true;
  }
  return false;
}
