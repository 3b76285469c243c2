// Articles, their prices by zone and half-year, and the fortnightly promotions.
#include "demo_world.h"

static void products_make(DemoWorld *world) {
  double each = floor(100 * pow(world->scale, 0.35) + 0.5);
  world->products_each = each < 20 ? 20 : each > 150 ? 150 : (uint32_t)each;
  world->first_service = world->products_each * SUB_GOODS_COUNT;
  world->product_count = world->first_service + (SUB_COUNT - SUB_GOODS_COUNT);
  world->products = mem_alloc_zero(world->product_count * sizeof *world->products);
  for (uint32_t p = 0; p < world->product_count; p++) {
    DemoProduct *product = &world->products[p];
    Random random = random_stream(world->seed, STREAM_PRODUCT, p);
    bool service = p >= world->first_service;
    uint32_t rank = p % world->products_each;
    product->subcategory =
        (uint8_t)(service ? p - world->first_service + SUB_GOODS_COUNT : p / world->products_each);
    uint32_t family = (product->subcategory * 7u) % BRAND_COUNT;
    product->brand = (uint8_t)((family + random_below(&random, 6)) % BRAND_COUNT);
    if (service || random_chance(&random, 0.12)) product->brand = 0; // private label
    product->supplier =
        (uint8_t)((product->subcategory * 5u + random_below(&random, 3)) % SUPPLIER_COUNT);
    product->launched = random_between(&random, -2500, -200);
    product->delisted = DAY_NEVER;
    double life = random_unit(&random);
    int32_t launch = random_between(&random, 30, 1000), end = random_between(&random, 200, 1050);
    if (service || rank < 5) continue; // the core range stays
    if (life < 0.15)
      product->launched = launch;
    else if (life < 0.27)
      product->delisted = end;
  }
}

// To 90 kopecks under a hundred roubles, to whole roubles above.
static int32_t price_round(double kopecks) {
  if (kopecks < 1500) return 1490;
  if (kopecks < 10000) return (int32_t)(floor(kopecks / 100) * 100) + 90;
  return (int32_t)(floor(kopecks / 100 + 0.5) * 100);
}

static void products_price(DemoWorld *world) {
  static const double zone_factors[ZONE_COUNT] = {1.04, 1.0, 1.09};
  size_t cells = (size_t)world->product_count * ZONE_COUNT * PRICE_PERIOD_COUNT;
  world->prices = mem_alloc(cells * sizeof *world->prices);
  world->costs = mem_alloc(cells * sizeof *world->costs);
  for (uint32_t p = 0; p < world->product_count; p++) {
    const SubcategoryInfo *info = &subcategories[world->products[p].subcategory];
    Random random = random_stream(world->seed, STREAM_PRODUCT, UINT64_C(1) << 32 | p);
    bool service = p >= world->first_service;
    double base = info->price * 100 * (service ? 1 : exp(0.40 * random_normal(&random)));
    double margin = info->margin + 0.05 * (random_unit(&random) - 0.5);
    double level = 1;
    for (uint32_t period = 0; period < PRICE_PERIOD_COUNT; period++) {
      if (period) level *= 1.015 + 0.02 * (random_unit(&random) - 0.5);
      for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        size_t cell = world_price_index(p, zone, period);
        world->prices[cell] =
            service ? (int32_t)base : price_round(base * level * zone_factors[zone]);
        world->costs[cell] =
            (int32_t)(world->prices[cell] * 100.0 / (100 + info->vat) * (1 - margin));
      }
    }
  }
}

static void products_make_tastes(DemoWorld *world) {
  double weights[SUB_GOODS_COUNT];
  for (uint32_t month = 0; month < 12; month++) {
    for (uint32_t boots = 0; boots < 2; boots++) {
      for (uint32_t s = 0; s < SUB_GOODS_COUNT; s++)
        weights[s] = subcategories[s].weight * season_weights[subcategories[s].season][month];
      if (!boots) weights[SUB_BOOTS] = 0;
      alias_init(&world->tastes[month][boots], weights, SUB_GOODS_COUNT);
    }
  }
}

static void products_make_promos(DemoWorld *world) {
  for (uint32_t period = 0; period < PROMO_PERIOD_COUNT; period++) {
    for (uint32_t s = 0; s < SUB_GOODS_COUNT; s++) {
      Random random = random_stream(world->seed, STREAM_PROMO, period * 64 + s);
      if (s == SUB_BOOTS || !random_chance(&random, 0.4)) continue;
      Promo *promo = &world->promos[period][s];
      double draw = random_unit(&random);
      promo->mechanic = draw < 0.8 || subcategories[s].weighed ? PROMO_PRICE
                        : draw < 0.9                           ? PROMO_TWO_FOR_ONE
                                                               : PROMO_COUNT;
      promo->percent = promo->mechanic == PROMO_PRICE ? (uint8_t)(10 + 5 * random_below(&random, 5))
                       : promo->mechanic == PROMO_COUNT ? 15
                                                        : 50;
      promo->rank = (uint8_t)random_below(&random, 5);
      promo->funder = (uint8_t)(random_chance(&random, 0.4) ? 1 + random_chance(&random, 0.1) : 0);
    }
  }
}

void demo_world_make_products(DemoWorld *world) {
  products_make(world);
  products_price(world);
  products_make_tastes(world);
  products_make_promos(world);
  double *weights = mem_alloc(world->products_each * sizeof *weights);
  for (uint32_t rank = 0; rank < world->products_each; rank++) weights[rank] = 1.0 / (1.5 + rank);
  alias_init(&world->popularity, weights, world->products_each);
  mem_free(weights);
}
