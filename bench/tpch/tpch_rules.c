// The value rules of clause 4.2.3: how a row of each table follows from (seed, table, row number).
//
// Every row opens a random stream of its own (rows/draw.h) and draws its values from it in a fixed
// order. Invariant: no state outlives a row.
#include "date.h"
#include "draw.h"
#include "memory.h"
#include "tpch_text.h"
#include "tpch_words.h"
#include <math.h>

enum {
  STREAM_REGION = 1,
  STREAM_NATION,
  STREAM_SUPPLIER,
  STREAM_PART,
  STREAM_PART_SUPPLIER,
  STREAM_CUSTOMER,
  STREAM_ORDER,
};

static uint32_t count_scaled(double base, double scale, uint32_t least) {
  double count = floor(base * scale + 1e-6);
  return count < least ? least : (uint32_t)count;
}

Status tpch_spec_init(TpchSpec *spec, double scale, uint64_t seed, Error *error) {
  if (!(scale > 0 && scale <= TPCH_SCALE_MAX))
    return error_set(error, STATUS_INVALID, "scale %g: must be above 0 and at most %g", scale,
                     TPCH_SCALE_MAX);
  *spec = (TpchSpec){.scale = scale,
                     .seed = seed,
                     .sizes = {.supplier_count = count_scaled(10000, scale, TPCH_PART_SUPPLIERS),
                               .part_count = count_scaled(200000, scale, 1),
                               .customer_count = count_scaled(150000, scale, 1),
                               .order_count = count_scaled(1500000, scale, 1)},
                     .clerk_count = count_scaled(1000, scale, 1),
                     .pool = mem_alloc(TPCH_POOL_BYTES)};
  tpch_pool_fill(spec->pool, seed);
  return STATUS_OK;
}

void tpch_spec_clear(TpchSpec *spec) {
  mem_free(spec->pool);
  spec->pool = NULL;
}

// 10 to 40 characters of an alphabet that has a blank and a comma: commas need quotes in CSV.
static void address_make(uint64_t *stream, char *address) {
  static const char ALPHABET[65] =
      "0123456789abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ,";
  uint64_t fraction = draw_next(stream);
  uint32_t length = 10 + draw_take(&fraction, 31);
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

// -999.99 .. 9999.99
static int32_t balance_make(uint64_t *fraction) {
  return (int32_t)draw_take(fraction, 1099999) - 99999;
}

void tpch_region_make(const TpchSpec *spec, uint32_t key, TpchNation *region) {
  uint64_t stream = draw_open(spec->seed, STREAM_REGION, key), fraction = draw_next(&stream);
  *region = (TpchNation){key, tpch_comment(spec, &fraction, 31, 115)};
}

void tpch_nation_make(const TpchSpec *spec, uint32_t key, TpchNation *nation) {
  uint64_t stream = draw_open(spec->seed, STREAM_NATION, key), fraction = draw_next(&stream);
  *nation = (TpchNation){key, tpch_comment(spec, &fraction, 31, 114)};
}

// Of every 2,000 suppliers one has complaints of customers, and one their recommendations.
static void supplier_comment_make(const TpchSpec *spec, uint64_t *fraction,
                                  TpchSupplier *supplier) {
  TpchText text = tpch_comment(spec, fraction, 25, 100);
  memcpy(supplier->comment, text.start, text.size);
  supplier->comment[text.size] = '\0';
  // A step that is coprime with 2,000 spreads them over the keys, 13 and 1,013 first.
  uint32_t place = (uint32_t)((uint64_t)supplier->key * 1237 % 2000);
  if (place != 81 && place != 1081) return;
  const char *what = place == 81 ? "Complaints" : "Recommends";
  uint32_t what_size = (uint32_t)strlen(what), room = text.size - 8 - what_size;
  uint32_t gap = draw_take(fraction, room + 1), start = draw_take(fraction, room - gap + 1);
  memcpy(supplier->comment + start, "Customer", 8);
  memcpy(supplier->comment + start + 8 + gap, what, what_size);
}

void tpch_supplier_make(const TpchSpec *spec, uint32_t key, TpchSupplier *supplier) {
  uint64_t stream = draw_open(spec->seed, STREAM_SUPPLIER, key), fraction = draw_next(&stream);
  supplier->key = key;
  supplier->nation = (uint8_t)draw_take(&fraction, TPCH_NATION_COUNT);
  supplier->balance = balance_make(&fraction);
  fraction = draw_next(&stream);
  phone_make(&fraction, supplier->nation, supplier->phone);
  address_make(&stream, supplier->address);
  fraction = draw_next(&stream);
  supplier_comment_make(spec, &fraction, supplier);
}

// Five different colours: each draw is from those not yet taken (a partial shuffle).
static void name_make(uint64_t *fraction, uint8_t name[5]) {
  uint8_t colors[TPCH_COLOR_COUNT];
  for (uint32_t i = 0; i < TPCH_COLOR_COUNT; i++) colors[i] = (uint8_t)i;
  for (uint32_t i = 0; i < 5; i++) {
    uint32_t chosen = i + draw_take(fraction, TPCH_COLOR_COUNT - i);
    name[i] = colors[chosen];
    colors[chosen] = colors[i];
  }
}

static uint32_t part_price(uint32_t key) {
  return 90000 + key / 10 % 20001 + key % 1000 * 100;
}

void tpch_part_make(const TpchSpec *spec, uint32_t key, TpchPart *part) {
  uint64_t stream = draw_open(spec->seed, STREAM_PART, key), fraction = draw_next(&stream);
  part->key = key;
  name_make(&fraction, part->name);
  fraction = draw_next(&stream);
  part->mfgr = (uint8_t)(1 + draw_take(&fraction, 5));
  part->brand = (uint8_t)(1 + draw_take(&fraction, 5));
  part->type[0] = (uint8_t)draw_take(&fraction, 6);
  part->type[1] = (uint8_t)draw_take(&fraction, 5);
  part->type[2] = (uint8_t)draw_take(&fraction, 5);
  part->size = (uint8_t)(1 + draw_take(&fraction, 50));
  part->container[0] = (uint8_t)draw_take(&fraction, 5);
  part->container[1] = (uint8_t)draw_take(&fraction, 8);
  part->price = part_price(key);
  fraction = draw_next(&stream);
  part->comment = tpch_comment(spec, &fraction, 5, 22);
}

// The four suppliers of a part lie a quarter of all suppliers apart.
static uint32_t part_supplier_key(const TpchSpec *spec, uint32_t part_key, uint32_t number) {
  uint64_t count = spec->sizes.supplier_count;
  uint64_t step = count / TPCH_PART_SUPPLIERS + (part_key - 1) / count;
  return (uint32_t)((part_key + number * step) % count) + 1;
}

void tpch_part_supplier_make(const TpchSpec *spec, uint32_t part_key, uint32_t number,
                             TpchPartSupplier *made) {
  uint64_t row = (uint64_t)part_key * TPCH_PART_SUPPLIERS + number;
  uint64_t stream = draw_open(spec->seed, STREAM_PART_SUPPLIER, row);
  uint64_t fraction = draw_next(&stream);
  made->part_key = part_key;
  made->supplier_key = part_supplier_key(spec, part_key, number);
  made->available = 1 + draw_take(&fraction, 9999);
  made->cost = 100 + draw_take(&fraction, 99901);
  fraction = draw_next(&stream);
  made->comment = tpch_comment(spec, &fraction, 49, 198);
}

void tpch_customer_make(const TpchSpec *spec, uint32_t key, TpchCustomer *customer) {
  uint64_t stream = draw_open(spec->seed, STREAM_CUSTOMER, key), fraction = draw_next(&stream);
  customer->key = key;
  customer->nation = (uint8_t)draw_take(&fraction, TPCH_NATION_COUNT);
  customer->segment = (uint8_t)draw_take(&fraction, 5);
  customer->balance = balance_make(&fraction);
  fraction = draw_next(&stream);
  phone_make(&fraction, customer->nation, customer->phone);
  address_make(&stream, customer->address);
  fraction = draw_next(&stream);
  customer->comment = tpch_comment(spec, &fraction, 29, 116);
}

// 8 of every 32 keys are used, ascending with the order's number.
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

static void line_make(const TpchSpec *spec, uint64_t *stream, int32_t day, TpchLine *line) {
  uint64_t keys = draw_next(stream), rest = draw_next(stream);
  line->part_key = 1 + draw_take(&keys, spec->sizes.part_count);
  line->supplier_key =
      part_supplier_key(spec, line->part_key, draw_take(&keys, TPCH_PART_SUPPLIERS));
  line->quantity = 1 + draw_take(&rest, 50);
  line->discount = (uint8_t)draw_take(&rest, 11);
  line->tax = (uint8_t)draw_take(&rest, 9);
  line->ship_day = day + 1 + (int32_t)draw_take(&rest, 121);
  line->commit_day = day + 30 + (int32_t)draw_take(&rest, 61);
  line->receipt_day = line->ship_day + 1 + (int32_t)draw_take(&rest, 30);
  line->extended_price = part_price(line->part_key) * line->quantity;
  rest = draw_next(stream);
  bool returned = draw_take(&rest, 2);
  line->return_flag = line->receipt_day > TPCH_CURRENT_DAY ? 'N' : returned ? 'R' : 'A';
  line->status = line->ship_day > TPCH_CURRENT_DAY ? 'O' : 'F';
  line->instruction = (uint8_t)draw_take(&rest, 4);
  line->mode = (uint8_t)draw_take(&rest, 7);
  rest = draw_next(stream);
  line->comment = tpch_comment(spec, &rest, 10, 43);
}

// The order's status and total follow from its lines; each line's charge is rounded to cents.
static void order_sum(TpchOrder *order) {
  uint32_t open = 0;
  order->total_price = 0;
  for (uint32_t i = 0; i < order->line_count; i++) {
    const TpchLine *line = &order->lines[i];
    uint64_t charge = (uint64_t)line->extended_price * (100u - line->discount) * (100u + line->tax);
    order->total_price += (charge + 5000) / 10000;
    open += line->status == 'O';
  }
  order->status = open == order->line_count ? 'O' : open ? 'P' : 'F';
}

void tpch_order_make(const TpchSpec *spec, uint64_t order, TpchOrder *made) {
  uint64_t stream = draw_open(spec->seed, STREAM_ORDER, order), fraction = draw_next(&stream);
  made->key = order_key(order);
  made->day = TPCH_FIRST_DAY + (int32_t)draw_take(&fraction, TPCH_ORDER_DAYS);
  made->priority = (uint8_t)draw_take(&fraction, 5);
  made->line_count = (uint8_t)(1 + draw_take(&fraction, TPCH_LINES_MAX));
  made->customer_key = order_customer_take(&fraction, spec->sizes.customer_count);
  fraction = draw_next(&stream);
  made->clerk = 1 + draw_take(&fraction, spec->clerk_count);
  made->comment = tpch_comment(spec, &fraction, 19, 78);
  for (uint32_t i = 0; i < made->line_count; i++)
    line_make(spec, &stream, made->day, &made->lines[i]);
  order_sum(made);
}
