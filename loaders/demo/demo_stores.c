// Shops: where they stand, when they open and close, how much of the traffic is theirs.
//
// Shops are dealt to regions by share (at least one each) and within a region to its cities in
// turn. Traffic is skewed: weight 1/sqrt(rank) over a random ranking within the region. Shop 1 of
// each region opened long ago and never closes, so that there is always somewhere to go.
#include "demo_world.h"

static void stores_deal_regions(DemoWorld *world, uint32_t shop_count) {
  uint32_t counts[REGION_ONLINE] = {0};
  double share_total = 0;
  for (uint32_t region = 0; region < REGION_ONLINE; region++) share_total += regions[region].share;
  for (uint32_t dealt = 0; dealt < shop_count; dealt++) {
    // The region that is furthest behind its share takes the next shop.
    uint32_t neediest = 0;
    double need_max = -1;
    for (uint32_t region = 0; region < REGION_ONLINE; region++) {
      double need = regions[region].share / share_total * (dealt + 1) - counts[region];
      if (dealt < REGION_ONLINE) need = counts[region] ? -1 : regions[region].share;
      if (need > need_max) neediest = region, need_max = need;
    }
    counts[neediest]++;
    world->stores[dealt].region = (uint8_t)neediest;
  }
}

static uint8_t store_city(uint32_t region, uint32_t turn) {
  uint32_t first = 0, count = 0;
  for (uint32_t city = 0; city < city_count; city++) {
    if (cities[city].region != region) continue;
    if (count++ == 0) first = city;
  }
  uint32_t city = first + turn % count;
  // A city listed twice (it gets twice the shops) is one city.
  while (city > first && cities[city].name == cities[city - 1].name) city--;
  return (uint8_t)city;
}

static void store_make_life(DemoStore *store, Random *random, bool first) {
  store->opened = random_between(random, -3800, -60);
  store->closed = DAY_NEVER;
  bool growing = store->region >= 2 && store->region <= 6;
  double opening = random_unit(random), closing = random_unit(random);
  int32_t new_day = random_between(random, 10, 1000), close_day = random_between(random, 400, 1060);
  if (first) return;
  if (opening < (growing ? 0.24 : 0.10))
    store->opened = new_day;
  else if (closing < (growing ? 0.04 : 0.10))
    store->closed = close_day;
}

static void store_make_kind(DemoStore *store, Random *random) {
  static const uint8_t opens[3] = {8, 9, 8}, closes[3] = {22, 21, 23}, tills[3] = {2, 3, 6};
  double draw = random_unit(random);
  store->format = draw < 0.35 ? FORMAT_EXPRESS : draw < 0.8 ? FORMAT_STANDARD : FORMAT_SUPER;
  store->opens = opens[store->format];
  store->closes = closes[store->format];
  store->tills = tills[store->format];
  store->franchise = random_chance(random, 0.22);
  store->programme_since = store->opened < -1400 ? -1400 : store->opened;
}

static void stores_make_online(DemoWorld *world) {
  DemoStore *store = &world->stores[world->online_store];
  *store = (DemoStore){.region = REGION_ONLINE,
                       .city = (uint8_t)(city_count - 1),
                       .zone = regions[REGION_ONLINE].zone,
                       .format = FORMAT_ONLINE,
                       .opens = 0,
                       .closes = 24,
                       .tills = 1,
                       .opened = -1400,
                       .closed = DAY_NEVER,
                       .programme_since = -1400};
}

// The shop whose day is lost, the shop whose rows come late and the shop that gets a competitor:
// the three busiest that trade on.
static void stores_plant_gaps(DemoWorld *world) {
  uint32_t best[3] = {0, 1, 2};
  double weight[3] = {-1, -1, -1};
  for (uint32_t s = 0; s + 1 < world->store_count; s++) {
    const DemoStore *store = &world->stores[s];
    if (store->opened >= 0 || store->closed != DAY_NEVER || store->programme_since == DAY_NEVER)
      continue;
    double traffic = store->weight * regions[store->region].traffic[2];
    uint32_t place = 3;
    while (place > 0 && traffic > weight[place - 1]) place--;
    for (uint32_t i = 2; i > place && place < 3; i--)
      best[i] = best[i - 1], weight[i] = weight[i - 1];
    if (place < 3) best[place] = s, weight[place] = traffic;
  }
  world->missing_store = best[0];
  world->late_store = best[1];
  world->competitor_store = best[2];
  world->competitor_day = date_from_civil(2025, 2, 1) - world->first_date;
  world->missing_day = DAY_COUNT - 16; // Tuesday 2025-12-16
  world->late_first_day = DAY_COUNT - 12;
  world->late_last_day = DAY_COUNT - 10;
}

static void stores_index_cities(DemoWorld *world) {
  world->city_stores = mem_alloc(world->store_count * sizeof *world->city_stores);
  uint32_t filled = 0;
  for (uint32_t city = 0; city < city_count; city++) {
    world->city_first[city] = filled;
    for (uint32_t s = 0; s < world->store_count; s++)
      if (world->stores[s].city == city) world->city_stores[filled++] = s;
  }
  world->city_first[city_count] = filled;
}

void demo_world_make_stores(DemoWorld *world) {
  uint32_t shops = (uint32_t)(338 * world->scale + 0.5);
  if (shops < 12) shops = 12;
  world->store_count = shops + 1;
  world->online_store = shops;
  world->stores = mem_alloc_zero(world->store_count * sizeof *world->stores);
  stores_deal_regions(world, shops);
  uint32_t seen[REGION_ONLINE] = {0};
  double *weights = mem_alloc_zero(shops * sizeof *weights);
  for (uint32_t s = 0; s < shops; s++) {
    DemoStore *store = &world->stores[s];
    Random random = random_stream(world->seed, STREAM_STORE, s);
    uint32_t turn = seen[store->region]++;
    store->city = store_city(store->region, turn);
    store->zone = (uint8_t)regions[store->region].zone;
    store_make_life(store, &random, turn == 0);
    store_make_kind(store, &random);
    if (turn > 0 && store->franchise && random_chance(&random, 0.15))
      store->programme_since = DAY_NEVER;
    store->weight = 1 / sqrt(1 + turn) * (0.8 + 0.4 * random_unit(&random));
  }
  // A region's traffic is its share, whatever the ranks within it.
  double sums[REGION_ONLINE] = {0};
  for (uint32_t s = 0; s < shops; s++) sums[world->stores[s].region] += world->stores[s].weight;
  for (uint32_t s = 0; s < shops; s++) {
    DemoStore *store = &world->stores[s];
    weights[s] = store->weight *= regions[store->region].share / sums[store->region];
  }
  alias_init(&world->store_alias, weights, shops);
  mem_free(weights);
  stores_make_online(world);
  stores_index_cities(world);
  stores_plant_gaps(world);
}
