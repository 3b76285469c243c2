// What is fixed before anybody buys: the calendar's weights, the shops, the articles and their
// prices, the promotions. Built once from the seed, then read-only and shared by all threads.
#pragma once
#include "date.h"
#include "demo.h"
#include "demo_names.h"
#include "demo_random.h"

enum {
  DAY_COUNT = 1096, // 2023-01-01 .. 2025-12-31
  MONTH_COUNT = 36,
  YEAR_COUNT = 3,
  FIRST_YEAR = 2023,
  PRICE_PERIOD_COUNT = 6, // half-years
  PROMO_DAYS = 14,
  PROMO_PERIOD_COUNT = (DAY_COUNT + PROMO_DAYS - 1) / PROMO_DAYS,
  DAY_NEVER = 32767,
  LINES_MAX = 24, // product lines a receipt
  LINE_CLASS_COUNT = 60,
  CASHIERS_PER_STORE = 8,
  EFFECT_COUNT_MAX = 24,
  FRAUD_CARDS_MAX = 8,
  RESALE_WEEKS = 20,
};
// Streams of random numbers: the kind argument of random_stream.
enum {
  STREAM_WORLD = 1,
  STREAM_STORE,
  STREAM_PRODUCT,
  STREAM_PROMO,
  STREAM_MEMBER,
  STREAM_VISITS,
  STREAM_TASTE,
  STREAM_CARDLESS,
  STREAM_EFFECT,
  STREAM_CONTACT,
  STREAM_PERSON,
};
// Keys of campaigns: fortnightly promotions, receipt-sum months, direct ones.
enum { CAMPAIGN_PROMO = 1, CAMPAIGN_SUM = 201, CAMPAIGN_DIRECT = 301, CAMPAIGN_NEWS = 401 };
enum { CHANNEL_SHOP = 1, CHANNEL_SITE, CHANNEL_APP, CHANNEL_CALL, CHANNEL_MARKETPLACE };
typedef enum StoreFormat {
  FORMAT_EXPRESS,
  FORMAT_STANDARD,
  FORMAT_SUPER,
  FORMAT_ONLINE
} StoreFormat;

// Days are counted from 2023-01-01 = 0; dates before are negative.
typedef struct DemoStore {
  uint8_t region, city, zone, format, opens, closes, tills;
  bool franchise;
  int32_t opened, closed;  // first day open; first day no longer, or DAY_NEVER
  int32_t programme_since; // DAY_NEVER: no programme
  double weight;           // share of the chain's traffic, relative
} DemoStore;

typedef struct DemoProduct {
  uint8_t subcategory, brand, supplier;
  int32_t launched, delisted; // days, as for shops
} DemoProduct;

typedef enum PromoMechanic {
  PROMO_NONE,
  PROMO_PRICE,
  PROMO_TWO_FOR_ONE,
  PROMO_COUNT
} PromoMechanic;
typedef struct Promo {
  uint8_t mechanic, percent;
  uint8_t rank;   // of the article within its subcategory
  uint8_t funder; // 0 retailer, 1 supplier, 2 partner
} Promo;

typedef struct DemoWorld {
  uint64_t seed;
  double scale;
  int32_t first_date; // of day 0
  uint32_t member_count;
  // calendar
  double day_weight[DAY_COUNT];         // traffic against the mean
  uint8_t day_month[DAY_COUNT];         // 0 .. 35
  uint8_t day_weekday[DAY_COUNT];       // 1 Monday .. 7
  int32_t month_start[MONTH_COUNT + 1]; // day of the first
  // shops 0 .. store_count-2; the last is the online shop. Key = index + 1.
  DemoStore *stores;
  uint32_t store_count, online_store;
  AliasTable store_alias;
  uint32_t *city_stores, city_first[64]; // shops by city
  // articles: subcategory s has rank r at s * products_each + r; then the service items
  DemoProduct *products;
  uint32_t product_count, products_each, first_service;
  AliasTable popularity;    // rank within a subcategory
  int32_t *prices, *costs;  // kopecks, by world_price_index
  AliasTable tastes[12][2]; // subcategory by calendar month; [1] with boots
  AliasTable hours[2][4];   // by weekend; day part 0 any, 1 morning, 2 day, 3 evening
  AliasTable line_counts[LINE_CLASS_COUNT]; // mean (1 + class / 10)
  Promo promos[PROMO_PERIOD_COUNT][SUB_GOODS_COUNT];
  // planted actions (demo_effects.h): first and last day
  int32_t effect_start[EFFECT_COUNT_MAX], effect_end[EFFECT_COUNT_MAX];
  // planted in the shops
  uint32_t missing_store, late_store;
  int32_t missing_day, late_first_day, late_last_day;
  uint32_t competitor_store; // a competitor opens beside it on competitor_day
  int32_t competitor_day;
  // members with a part to play (demo_specials.c)
  uint32_t wholesaler, reseller, fraud_cards[FRAUD_CARDS_MAX], fraud_count;
  int32_t wholesale_day, resale_first_day, fraud_first_day, fraud_last_day;
} DemoWorld;

// Builds the world of (seed, scale). Clear with demo_world_clear.
void demo_world_init(DemoWorld *world, double scale, uint64_t seed);
void demo_world_clear(DemoWorld *world);

static inline bool world_store_open(const DemoStore *store, int32_t day) {
  return day >= store->opened && day < store->closed;
}
static inline bool world_store_trades(const DemoWorld *world, uint32_t store, int32_t day) {
  return world_store_open(&world->stores[store], day) &&
         !(store == world->missing_store && day == world->missing_day);
}
static inline size_t world_price_index(uint32_t product, uint32_t zone, uint32_t period) {
  return ((size_t)product * ZONE_COUNT + zone) * PRICE_PERIOD_COUNT + period;
}
static inline bool world_product_sold(const DemoProduct *product, int32_t day) {
  return day >= product->launched && day < product->delisted;
}
static inline uint32_t world_year(const DemoWorld *world, int32_t day) {
  return world->day_month[day] / 12u;
}
static inline double world_traffic(const DemoWorld *world, uint32_t region, int32_t day) {
  return regions[region].traffic[world_year(world, day)];
}
// Whether the sum-threshold promotion runs: every April and November.
static inline bool world_sum_promo(const DemoWorld *world, int32_t day) {
  uint32_t month = world->day_month[day] % 12u;
  return month == 10 || month == 3;
}

// demo_stores.c, demo_products.c, demo_effects.c, demo_specials.c, in this order
void demo_world_make_stores(DemoWorld *world);
void demo_world_make_products(DemoWorld *world);
void demo_world_date_effects(DemoWorld *world);
void demo_world_cast_specials(DemoWorld *world);
