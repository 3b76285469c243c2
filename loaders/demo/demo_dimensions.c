// The small tables: shops, channels, articles, prices, campaigns, experiments, calendar.
#include "demo_chain.h"
#include <stdio.h>

static void write_stores(const Chain *chain, Buffer *text) {
  static const char *const formats[] = {"express", "standard", "super", "online"};
  const DemoWorld *world = &chain->world;
  for (uint32_t s = 0; s < world->store_count; s++) {
    const DemoStore *store = &world->stores[s];
    const CityInfo *city = &cities[store->city];
    bool online = s == world->online_store;
    char opened[DATE_TEXT_BYTES], closed[DATE_TEXT_BYTES] = "", since[DATE_TEXT_BYTES] = "";
    date_format(world->first_date + store->opened, opened);
    if (store->closed != DAY_NEVER) date_format(world->first_date + store->closed, closed);
    if (store->programme_since != DAY_NEVER)
      date_format(world->first_date + store->programme_since, since);
    if (online)
      buffer_printf(text, "%u,Интернет-магазин,Online shop,", s + 1);
    else
      buffer_printf(text, "%u,%s-%u,%s-%u,", s + 1, city->name, s + 1, city->name_en, s + 1);
    buffer_printf(text, "%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,", city->name, city->name_en,
                  regions[store->region].name, regions[store->region].name_en,
                  zone_names[store->zone], formats[store->format], city->timezone, opened, closed,
                  store->franchise ? "franchise" : "own");
    if (store->franchise) buffer_printf(text, "ИП Партнёр %u", 1 + s % 23);
    buffer_printf(text, ",%s,%u,%u\n", since, store->opens, store->closes);
  }
}

static void write_channels(Buffer *text) {
  buffer_append_text(text, "1,Магазин,Shop,offline\n2,Сайт,Site,online\n3,Приложение,App,online\n"
                           "4,Контакт-центр,Contact centre,online\n"
                           "5,Маркетплейс,Marketplace,online\n");
}

static void write_products(const Chain *chain, Buffer *text) {
  const DemoWorld *world = &chain->world;
  for (uint32_t p = 0; p < world->product_count; p++) {
    const DemoProduct *product = &world->products[p];
    const SubcategoryInfo *info = &subcategories[product->subcategory];
    const char *brand = brand_names[product->brand];
    bool service = p >= world->first_service;
    char launched[DATE_TEXT_BYTES], delisted[DATE_TEXT_BYTES] = "";
    date_format(world->first_date + product->launched, launched);
    if (product->delisted != DAY_NEVER)
      date_format(world->first_date + product->delisted, delisted);
    const char *season = info->season == SEASON_WINTER || info->season == SEASON_BOOTS ? "winter"
                         : info->season == SEASON_SUMMER                               ? "summer"
                                                                                       : "";
    if (service)
      buffer_printf(text, "%u,%s,%s,,", p + 1, info->name, info->name_en);
    else
      buffer_printf(text, "%u,%s «%s» %u,%s %s %u,%s,", p + 1, info->name, brand,
                    p % world->products_each + 1, info->name_en, brand,
                    p % world->products_each + 1, brand);
    buffer_printf(text, "%s,%s,%s,%s,%s,%s,%s,%s,%s,%u,%d,%d\n", info->name, info->name_en,
                  categories[info->category].name, categories[info->category].name_en,
                  service ? "" : supplier_names[product->supplier], season,
                  info->weighed ? "kg" : "pcs", launched, delisted, info->vat,
                  !service && product->brand == 0, service);
  }
}

static void write_prices(const Chain *chain, Buffer *text) {
  const DemoWorld *world = &chain->world;
  for (uint32_t p = 0; p < world->product_count; p++) {
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
      for (uint32_t period = 0; period < PRICE_PERIOD_COUNT; period++) {
        buffer_reserve(text, 100);
        size_t cell = world_price_index(p, zone, period);
        char *out = put_char(put_unsigned(text->data + text->size, p + 1), ',');
        out = put_char(put_text(out, zone_names[zone]), ',');
        out = put_char(put_date(out, &chain->days, world->month_start[period * 6]), ',');
        if (period + 1 < PRICE_PERIOD_COUNT)
          out = put_date(out, &chain->days, world->month_start[period * 6 + 6]);
        out = put_money(put_char(out, ','), world->prices[cell]);
        out = put_char(put_money(put_char(out, ','), world->costs[cell]), '\n');
        text->size = (size_t)(out - text->data);
      }
    }
  }
}

static void write_campaign(const Chain *chain, uint32_t key, const char *name, const char *name_en,
                           const char *kind, const char *mechanic, const char *channel,
                           int32_t start, int32_t end, uint32_t budget, double control,
                           Buffer *text) {
  char from[DATE_TEXT_BYTES], to[DATE_TEXT_BYTES];
  date_format(chain->world.first_date + start, from);
  date_format(chain->world.first_date + end, to);
  buffer_printf(text, "%u,,%s,%s,%s,%s,%s,%s,%s,%u.00,", key, name, name_en, kind, mechanic,
                channel, from, to, budget);
  if (control >= 0) buffer_printf(text, "%.2f", control);
  buffer_append_char(text, '\n');
}

static void write_mass_campaigns(const Chain *chain, Buffer *text) {
  const DemoWorld *world = &chain->world;
  for (uint32_t period = 0; period < PROMO_PERIOD_COUNT; period++) {
    char name[64], name_en[64];
    snprintf(name, sizeof name, "Акции двух недель №%u", period + 1);
    snprintf(name_en, sizeof name_en, "Fortnight offers %u", period + 1);
    int32_t start = (int32_t)period * PROMO_DAYS, end = start + PROMO_DAYS - 1;
    write_campaign(chain, CAMPAIGN_PROMO + period, name, name_en, "mass", "price", "", start,
                   end < DAY_COUNT ? end : DAY_COUNT - 1, 0, -1, text);
  }
  for (uint32_t month = 0; month < MONTH_COUNT; month++)
    if (world_sum_promo(world, world->month_start[month]))
      write_campaign(chain, CAMPAIGN_SUM + month, "Скидка 5 % от 1 500 ₽",
                     "5 % from 1 500 roubles", "mass", "sum_threshold", "",
                     world->month_start[month], world->month_start[month + 1] - 1, 0, -1, text);
}

static void write_campaigns(const Chain *chain, Buffer *text) {
  write_mass_campaigns(chain, text);
  for (uint32_t e = 0; e < effect_count; e++) {
    const Effect *effect = &effects[e];
    if (!effect->campaign) continue;
    write_campaign(chain, effect->key, effect->name, effect->name_en, "direct", effect->mechanic,
                   contact_channel_names[effect->channel], chain->world.effect_start[e],
                   chain->world.effect_end[e], effect->budget, 1 - effect->test_share, text);
  }
  for (uint32_t quarter = 0; quarter < MONTH_COUNT / 3; quarter++) {
    int32_t day = chain->world.month_start[quarter * 3] + 44;
    char name[64], name_en[64];
    snprintf(name, sizeof name, "Письмо квартала %u", quarter + 1);
    snprintf(name_en, sizeof name_en, "Quarterly letter %u", quarter + 1);
    write_campaign(chain, CAMPAIGN_NEWS + quarter, name, name_en, "direct", "information", "email",
                   day, day + 6, 15000, -1, text);
  }
}

static void write_experiments(Buffer *text) {
  for (uint32_t e = 0; e < effect_count; e++) {
    const Effect *effect = &effects[e];
    if (effect->campaign) continue;
    buffer_printf(text, "%u,%s,%s,%04d-%02d-%02d,%04d-%02d-%02d,sales_per_customer,%.2f,\n",
                  effect->key, effect->name, effect->name_en, effect->start.year,
                  effect->start.month, effect->start.day, effect->end.year, effect->end.month,
                  effect->end.day, effect->test_share);
  }
}

// Days worth a word on a chart: starts of direct campaigns and tests.
static const Effect *effect_starting(const Chain *chain, int32_t day) {
  for (uint32_t e = 0; e < effect_count; e++)
    if (chain->world.effect_start[e] == day) return &effects[e];
  return NULL;
}

static void write_calendar(const Chain *chain, Buffer *text) {
  int32_t first = date_from_civil(2018, 1, 1), last = date_from_civil(2026, 12, 31);
  for (int32_t date = first; date <= last; date++) {
    CivilDate civil = date_to_civil(date);
    int32_t iso_year, weekday = date_weekday(date), week = date_iso_week(date, &iso_year);
    const char *holiday = "", *holiday_en = "";
    for (uint32_t i = 0; i < holiday_count; i++)
      if (holidays[i].month == civil.month && holidays[i].day == civil.day)
        holiday = holidays[i].name, holiday_en = holidays[i].name_en;
    const Effect *started = effect_starting(chain, date - chain->world.first_date);
    bool workday = weekday <= 5 && !*holiday;
    buffer_printf(text, "%04d-%02d-%02d,%d,%d,%d,%d,%d,%d,%d,%s,%s,%s%s,%s%s\n", civil.year,
                  civil.month, civil.day, civil.year, (civil.month + 2) / 3, civil.month, week,
                  weekday, weekday >= 6, workday, holiday, holiday_en, started ? "Начало: " : "",
                  started ? started->name : "", started ? "Start: " : "",
                  started ? started->name_en : "");
  }
}

Status chain_write_dimensions(Chain *chain, Error *error) {
  demo_output_expect(&chain->output, 1);
  DemoBatch *batch = demo_output_batch(&chain->output);
  write_stores(chain, &batch->text[FILE_STORES]);
  write_channels(&batch->text[FILE_CHANNELS]);
  write_products(chain, &batch->text[FILE_PRODUCTS]);
  write_prices(chain, &batch->text[FILE_PRICES]);
  write_campaigns(chain, &batch->text[FILE_CAMPAIGNS]);
  write_experiments(&batch->text[FILE_EXPERIMENTS]);
  write_calendar(chain, &batch->text[FILE_CALENDAR]);
  return demo_output_submit(&chain->output, 0, batch, error);
}
