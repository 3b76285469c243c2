// The value rules: how a row of each table follows from (seed, table, row number).
//
// Every row opens a random stream of its own (rows/draw.h) and draws its values from it in a fixed
// order. Invariant: no state outlives a row.
#include "date.h"
#include "draw.h"
#include "ssb_words.h"
#include <math.h>

#define FIRST_DAY 8035 // 1992-01-01 as days since 1970

enum { STREAM_CUSTOMER = 1, STREAM_SUPPLIER, STREAM_PART, STREAM_ORDER };

static uint32_t count_scaled(double base, double scale) {
  double count = floor(base * scale + 1e-6);
  return count < 1 ? 1 : (uint32_t)count;
}

Status ssb_spec_init(SsbSpec *spec, double scale, uint64_t seed, Error *error) {
  if (!(scale > 0 && scale <= SSB_SCALE_MAX))
    return error_set(error, STATUS_INVALID, "scale %g: must be above 0 and at most %g", scale,
                     SSB_SCALE_MAX);
  double part_scale = scale < 1 ? scale : 1 + floor(log2(scale));
  *spec = (SsbSpec){.scale = scale,
                    .seed = seed,
                    .sizes = {.customer_count = count_scaled(30000, scale),
                              .supplier_count = count_scaled(2000, scale),
                              .part_count = count_scaled(200000, part_scale),
                              .date_count = SSB_DATE_COUNT,
                              .order_count = count_scaled(1500000, scale)}};
  for (uint32_t day = 0; day < SSB_DATE_COUNT; day++) {
    CivilDate civil = date_to_civil(FIRST_DAY + (int32_t)day);
    spec->date_keys[day] = (uint32_t)(civil.year * 10000 + civil.month * 100 + civil.day);
  }
  return STATUS_OK;
}

// 6 to 24 characters of an alphabet that has a blank and a comma: commas need quotes in CSV.
static void address_make(uint64_t *stream, char *address) {
  static const char ALPHABET[65] =
      "0123456789abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ,";
  uint64_t fraction = draw_next(stream);
  uint32_t length = 6 + draw_take(&fraction, 19);
  for (uint32_t i = 0; i < length; i++) {
    if (i % 8 == 0) fraction = draw_next(stream);
    address[i] = ALPHABET[draw_take(&fraction, 64)];
  }
  address[length] = '\0';
}

static void digits_put(char *out, uint32_t value, int count) {
  for (int i = count - 1; i >= 0; i--, value /= 10) out[i] = (char)('0' + value % 10);
}

// Country code from the nation, then three random groups: 25-989-741-2988.
static void phone_make(uint64_t *fraction, uint32_t nation, char *phone) {
  memcpy(phone, "00-000-000-0000", 16);
  digits_put(phone, 10 + nation, 2);
  digits_put(phone + 3, 100 + draw_take(fraction, 900), 3);
  digits_put(phone + 7, 100 + draw_take(fraction, 900), 3);
  digits_put(phone + 11, 1000 + draw_take(fraction, 9000), 4);
}

static SsbPlace place_make(uint64_t *fraction) {
  SsbPlace place;
  place.nation = (uint8_t)draw_take(fraction, SSB_NATION_COUNT);
  place.city = (uint8_t)draw_take(fraction, 10);
  return place;
}

void ssb_customer_make(const SsbSpec *spec, uint32_t key, SsbCustomer *customer) {
  uint64_t stream = draw_open(spec->seed, STREAM_CUSTOMER, key), fraction = draw_next(&stream);
  customer->key = key;
  customer->place = place_make(&fraction);
  customer->segment = (uint8_t)draw_take(&fraction, 5);
  fraction = draw_next(&stream);
  phone_make(&fraction, customer->place.nation, customer->phone);
  address_make(&stream, customer->address);
}

void ssb_supplier_make(const SsbSpec *spec, uint32_t key, SsbSupplier *supplier) {
  uint64_t stream = draw_open(spec->seed, STREAM_SUPPLIER, key), fraction = draw_next(&stream);
  supplier->key = key;
  supplier->place = place_make(&fraction);
  fraction = draw_next(&stream);
  phone_make(&fraction, supplier->place.nation, supplier->phone);
  address_make(&stream, supplier->address);
}

// Three different colours: the second and third skip those taken, in ascending order.
static void colors_make(uint64_t *fraction, SsbPart *part) {
  uint32_t first = draw_take(fraction, SSB_COLOR_COUNT);
  uint32_t second = draw_take(fraction, SSB_COLOR_COUNT - 1);
  uint32_t third = draw_take(fraction, SSB_COLOR_COUNT - 2);
  second += second >= first;
  uint32_t low = first < second ? first : second, high = first < second ? second : first;
  third += third >= low;
  third += third >= high;
  part->color = (uint8_t)first;
  part->name[0] = (uint8_t)second;
  part->name[1] = (uint8_t)third;
}

void ssb_part_make(const SsbSpec *spec, uint32_t key, SsbPart *part) {
  uint64_t stream = draw_open(spec->seed, STREAM_PART, key), fraction = draw_next(&stream);
  part->key = key;
  part->mfgr = (uint8_t)(1 + draw_take(&fraction, 5));
  part->category = (uint8_t)(1 + draw_take(&fraction, 5));
  part->brand = (uint8_t)(1 + draw_take(&fraction, 40));
  part->size = (uint8_t)(1 + draw_take(&fraction, 50));
  part->type[0] = (uint8_t)draw_take(&fraction, 6);
  fraction = draw_next(&stream);
  part->type[1] = (uint8_t)draw_take(&fraction, 5);
  part->type[2] = (uint8_t)draw_take(&fraction, 5);
  part->container[0] = (uint8_t)draw_take(&fraction, 5);
  part->container[1] = (uint8_t)draw_take(&fraction, 8);
  fraction = draw_next(&stream);
  colors_make(&fraction, part);
}

static bool date_is_holiday(CivilDate date) {
  static const struct {
    int8_t month, day;
  } HOLIDAYS[] = {{1, 1},  {2, 20}, {4, 20},  {5, 20},  {7, 20},
                  {8, 20}, {9, 20}, {10, 20}, {11, 20}, {12, 24}};
  for (size_t i = 0; i < sizeof HOLIDAYS / sizeof *HOLIDAYS; i++)
    if (HOLIDAYS[i].month == date.month && HOLIDAYS[i].day == date.day) return true;
  return false;
}

void ssb_date_make(uint32_t day, SsbDate *date) {
  int32_t days = FIRST_DAY + (int32_t)day;
  CivilDate civil = date_to_civil(days);
  int32_t weekday = date_weekday(days); // 1 Monday .. 7 Sunday
  *date = (SsbDate){.key = (uint32_t)(civil.year * 10000 + civil.month * 100 + civil.day),
                    .year = civil.year,
                    .month = civil.month,
                    .day = civil.day,
                    .day_in_week = weekday % 7 + 1,
                    .day_in_year = days - date_from_civil(civil.year, 1, 1) + 1,
                    .last_in_week = weekday == 6,
                    .last_in_month = date_to_civil(days + 1).day == 1,
                    .holiday = date_is_holiday(civil),
                    .weekday = weekday <= 5};
  date->week_in_year = date->day_in_year / 7 + 1;
}

// 8 of every 32 keys are used, as TPC-H has it, ascending with the order's number.
static uint64_t order_key(uint64_t order) {
  uint64_t number = order + 1;
  return number >> 3 << 5 | (number & 7);
}

// A third of the customers, those whose key is a multiple of 3, never order.
static uint32_t order_customer_take(uint64_t *fraction, uint32_t customer_count) {
  uint32_t key = 1 + draw_take(fraction, customer_count);
  if (key % 3) return key;
  return key < customer_count ? key + 1 : key - 1;
}

// The retail price of a part in cents (TPC-H clause 4.2.3).
static uint32_t part_price(uint32_t key) {
  return 90000 + key / 10 % 20001 + key % 1000 * 100;
}

static void line_make(const SsbSpec *spec, uint64_t *stream, uint32_t day, SsbLine *line) {
  uint64_t keys = draw_next(stream), rest = draw_next(stream);
  line->part_key = 1 + draw_take(&keys, spec->sizes.part_count);
  line->supplier_key = 1 + draw_take(&keys, spec->sizes.supplier_count);
  line->quantity = 1 + draw_take(&rest, 50);
  line->discount = (uint8_t)draw_take(&rest, 11);
  line->tax = (uint8_t)draw_take(&rest, 9);
  line->commit_date = spec->date_keys[day + 30 + draw_take(&rest, 61)];
  line->shipmode = (uint8_t)draw_take(&rest, 7);
  uint32_t price = part_price(line->part_key);
  line->extended_price = price * line->quantity;
  line->revenue = (uint32_t)((uint64_t)line->extended_price * (100u - line->discount) / 100);
  line->supply_cost = 6 * price / 10;
}

void ssb_order_make(const SsbSpec *spec, uint64_t order, SsbOrder *made) {
  uint64_t stream = draw_open(spec->seed, STREAM_ORDER, order), fraction = draw_next(&stream);
  made->key = order_key(order);
  made->day = draw_take(&fraction, SSB_ORDER_DAYS);
  made->priority = (uint8_t)draw_take(&fraction, 5);
  made->line_count = (uint8_t)(1 + draw_take(&fraction, SSB_LINES_MAX));
  made->customer_key = order_customer_take(&fraction, spec->sizes.customer_count);
  made->total_price = 0;
  for (uint32_t i = 0; i < made->line_count; i++) {
    SsbLine *line = &made->lines[i];
    line_make(spec, &stream, made->day, line);
    made->total_price += (uint32_t)((uint64_t)line->revenue * (100u + line->tax) / 100);
  }
}
