// The calendar's weights, hours and basket sizes; and the making of the world in order.
#include "demo_world.h"

static const double weekday_weights[7] = {0.88, 0.86, 0.90, 0.95, 1.18, 1.25, 0.98};
static const double month_weights[12] = {0.93, 0.94, 1.00, 0.99, 0.98, 0.96,
                                         0.94, 0.95, 0.98, 1.00, 1.05, 1.28};
// Chance of a visit by hour 0 .. 23, for working days and weekends.
static const double hour_weights[2][24] = {
    {.05, 0,   0,   0,   0,   0,   .1,  .5,  2.2, 3.2, 4.2, 4.8,
     5.6, 5.4, 4.6, 4.4, 5.2, 7.4, 9.2, 8.6, 6.0, 3.4, 1.2, .3},
    {.05, 0,   0,   0,   0,   0,   .1,  .3,  1.2, 3.0, 5.4, 7.2,
     8.2, 8.0, 7.4, 7.0, 6.8, 6.6, 6.2, 5.2, 3.8, 2.2, 1.0, .3}};

static double world_holiday_weight(CivilDate civil) {
  for (uint32_t i = 0; i < holiday_count; i++)
    if (holidays[i].month == civil.month && holidays[i].day == civil.day) return holidays[i].weight;
  return 1;
}

static void world_make_calendar(DemoWorld *world) {
  double total = 0;
  for (int32_t m = 0; m <= MONTH_COUNT; m++)
    world->month_start[m] = date_from_civil(FIRST_YEAR + m / 12, m % 12 + 1, 1) - world->first_date;
  for (int32_t day = 0; day < DAY_COUNT; day++) {
    CivilDate civil = date_to_civil(world->first_date + day);
    world->day_month[day] = (uint8_t)((civil.year - FIRST_YEAR) * 12 + civil.month - 1);
    world->day_weekday[day] = (uint8_t)date_weekday(world->first_date + day);
    world->day_weight[day] = weekday_weights[world->day_weekday[day] - 1] *
                             month_weights[civil.month - 1] * world_holiday_weight(civil);
    total += world->day_weight[day];
  }
  for (int32_t day = 0; day < DAY_COUNT; day++) world->day_weight[day] *= DAY_COUNT / total;
}

static void world_make_hours(DemoWorld *world) {
  static const int32_t part_first[4] = {0, 6, 11, 17}, part_last[4] = {23, 10, 16, 23};
  for (uint32_t weekend = 0; weekend < 2; weekend++) {
    for (uint32_t part = 0; part < 4; part++) {
      double weights[24];
      for (int32_t hour = 0; hour < 24; hour++) {
        bool liked = hour >= part_first[part] && hour <= part_last[part];
        weights[hour] = hour_weights[weekend][hour] * (liked ? 1.0 : 0.25);
      }
      alias_init(&world->hours[weekend][part], weights, 24);
    }
  }
}

// Lines a receipt: 1 + a negative binomial of shape 6. With this spread two articles bought
// independently meet about as often as chance says (lift near 1), so that planted affinities stand
// out and the popular pair milk and bread does not.
static void world_make_line_counts(DemoWorld *world) {
  const double shape = 6;
  for (uint32_t class = 0; class < LINE_CLASS_COUNT; class ++) {
    double mean = class / 10.0, weights[LINES_MAX] = {0};
    double p = shape / (shape + mean), term = pow(p, shape);
    for (uint32_t n = 0; n < LINES_MAX; n++) {
      weights[n] = term;
      term *= (shape + n) / (n + 1.0) * (1 - p);
    }
    alias_init(&world->line_counts[class], weights, LINES_MAX);
  }
}

void demo_world_init(DemoWorld *world, double scale, uint64_t seed) {
  *world = (DemoWorld){.seed = seed, .scale = scale};
  world->first_date = date_from_civil(FIRST_YEAR, 1, 1);
  world->member_count = (uint32_t)(520000 * scale + 0.5);
  world_make_calendar(world);
  world_make_hours(world);
  world_make_line_counts(world);
  demo_world_make_stores(world);
  demo_world_make_products(world);
  demo_world_date_effects(world);
  demo_world_cast_specials(world);
}

void demo_world_clear(DemoWorld *world) {
  mem_free(world->stores);
  mem_free(world->city_stores);
  mem_free(world->products);
  mem_free(world->prices);
  mem_free(world->costs);
  alias_clear(&world->store_alias);
  alias_clear(&world->popularity);
  for (uint32_t i = 0; i < 12; i++)
    for (uint32_t boots = 0; boots < 2; boots++) alias_clear(&world->tastes[i][boots]);
  for (uint32_t weekend = 0; weekend < 2; weekend++)
    for (uint32_t part = 0; part < 4; part++) alias_clear(&world->hours[weekend][part]);
  for (uint32_t class = 0; class < LINE_CLASS_COUNT; class ++)
    alias_clear(&world->line_counts[class]);
}
