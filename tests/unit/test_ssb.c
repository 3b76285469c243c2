// The Star Schema Benchmark generator: sizes, value rules, and the filter factors of its 13
// queries.
//
// The filter factors are the products of independent uniform choices, so they can be stated exactly
// (O'Neil et al. state them with a year as 1/7; here it is its share of the order days). Dimension
// predicates are compared with theory, fact predicates with the product of the dimensions' realised
// shares, both within 5 standard deviations: the seed is fixed, so a pass is a pass for ever, and a
// wrong rule is off by far more.
#include "hash.h"
#include "ssb.h"
#include "ssb_csv.h"
#include "ssb_words.h"
#include "unit_main.h"
#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define SAMPLE_ORDERS 200000

static SsbSpec spec;
static SsbCustomer *customers; // by key - 1
static SsbSupplier *suppliers;
static SsbPart *parts;
static SsbDate dates[SSB_DATE_COUNT];

static void rows_setup(void) {
  Error error = ERROR_INIT;
  ck_assert_int_eq(ssb_spec_init(&spec, 1, 7, &error), STATUS_OK);
  customers = calloc(spec.sizes.customer_count, sizeof *customers);
  suppliers = calloc(spec.sizes.supplier_count, sizeof *suppliers);
  parts = calloc(spec.sizes.part_count, sizeof *parts);
  for (uint32_t i = 0; i < spec.sizes.customer_count; i++)
    ssb_customer_make(&spec, i + 1, &customers[i]);
  for (uint32_t i = 0; i < spec.sizes.supplier_count; i++)
    ssb_supplier_make(&spec, i + 1, &suppliers[i]);
  for (uint32_t i = 0; i < spec.sizes.part_count; i++) ssb_part_make(&spec, i + 1, &parts[i]);
  for (uint32_t i = 0; i < SSB_DATE_COUNT; i++) ssb_date_make(i, &dates[i]);
}

static void rows_teardown(void) {
  free(customers);
  free(suppliers);
  free(parts);
}

// ---- sizes

START_TEST(test_sizes_follow_the_paper) {
  static const struct {
    double scale;
    uint32_t customers, suppliers, parts;
    uint64_t orders;
  } CASES[] = {{1, 30000, 2000, 200000, 1500000},
               {2, 60000, 4000, 400000, 3000000},
               {5, 150000, 10000, 600000, 7500000},
               {10, 300000, 20000, 800000, 15000000},
               {0.01, 300, 20, 2000, 15000},
               {0.00001, 1, 1, 2, 15},
               {100, 3000000, 200000, 1400000, 150000000}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    SsbSpec made;
    ck_assert_int_eq(ssb_spec_init(&made, CASES[i].scale, 1, NULL), STATUS_OK);
    ck_assert_uint_eq(made.sizes.customer_count, CASES[i].customers);
    ck_assert_uint_eq(made.sizes.supplier_count, CASES[i].suppliers);
    ck_assert_uint_eq(made.sizes.part_count, CASES[i].parts);
    ck_assert_uint_eq(made.sizes.order_count, CASES[i].orders);
    ck_assert_uint_eq(made.sizes.date_count, 2556);
  }
}
END_TEST

START_TEST(test_scale_out_of_range_is_refused) {
  const double bad[] = {0, -1, 1001, NAN, INFINITY};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    SsbSpec made;
    Error error = ERROR_INIT;
    ck_assert_int_eq(ssb_spec_init(&made, bad[i], 1, &error), STATUS_INVALID);
    ck_assert_ptr_nonnull(strstr(error.message, "scale"));
  }
}
END_TEST

// ---- rules

START_TEST(test_dates_are_the_calendar) {
  ck_assert_uint_eq(dates[0].key, 19920101);
  ck_assert_uint_eq(dates[SSB_DATE_COUNT - 1].key, 19981230);
  ck_assert_uint_eq(dates[SSB_ORDER_DAYS - 1].key, 19980802);
  ck_assert_str_eq(SSB_WEEKDAYS[dates[0].day_in_week - 1], "Wednesday");
  uint32_t last_days = 0, saturdays = 0, holidays = 0, weekdays = 0;
  for (uint32_t i = 0; i < SSB_DATE_COUNT; i++) {
    ck_assert_uint_eq(spec.date_keys[i], dates[i].key);
    if (i) ck_assert_uint_gt(dates[i].key, dates[i - 1].key);
    last_days += dates[i].last_in_month;
    saturdays += dates[i].last_in_week;
    holidays += dates[i].holiday;
    weekdays += dates[i].weekday;
  }
  ck_assert_uint_eq(last_days, 83); // 84 months, the last one a day short
  ck_assert_uint_eq(saturdays, 365);
  ck_assert_uint_eq(holidays, 70);
  ck_assert_uint_eq(weekdays, 1826);
}
END_TEST

// Plain functions, one assertion an order: each ck_assert costs a write to Check's pipe.
static bool line_keeps_rules(const SsbOrder *order, const SsbLine *line) {
  uint64_t price = line->extended_price / line->quantity;
  return line->part_key >= 1 && line->part_key <= spec.sizes.part_count &&
         line->supplier_key >= 1 && line->supplier_key <= spec.sizes.supplier_count &&
         line->quantity >= 1 && line->quantity <= 50 && line->discount <= 10 && line->tax <= 8 &&
         line->shipmode < 7 && price * line->quantity == line->extended_price && price >= 90000 &&
         price <= 90000 + 20000 + 99900 &&
         line->revenue == (uint64_t)line->extended_price * (100 - line->discount) / 100 &&
         line->supply_cost == price * 6 / 10 &&
         line->commit_date >= spec.date_keys[order->day + 30] &&
         line->commit_date <= spec.date_keys[order->day + 90];
}

static bool order_keeps_rules(const SsbOrder *order) {
  uint64_t total = 0;
  bool good = order->key % 32 < 8 && order->day < SSB_ORDER_DAYS && order->priority < 5 &&
              order->customer_key % 3 != 0 && order->customer_key >= 1 &&
              order->customer_key <= spec.sizes.customer_count && order->line_count >= 1 &&
              order->line_count <= 7;
  for (uint32_t i = 0; i < order->line_count; i++) {
    good &= line_keeps_rules(order, &order->lines[i]);
    total += (uint64_t)order->lines[i].revenue * (100 + order->lines[i].tax) / 100;
  }
  return good && order->total_price == total;
}

START_TEST(test_orders_keep_the_rules) {
  uint64_t last_key = 0, line_count = 0;
  for (uint64_t i = 0; i < SAMPLE_ORDERS; i++) {
    SsbOrder order;
    ssb_order_make(&spec, i, &order);
    if (order.key <= last_key || !order_keeps_rules(&order))
      ck_abort_msg("order %llu breaks a rule", (unsigned long long)i);
    last_key = order.key;
    line_count += order.line_count;
  }
  // Mean 4, variance 4 an order.
  ck_assert_double_eq_tol((double)line_count, 4.0 * SAMPLE_ORDERS, 5 * sqrt(4.0 * SAMPLE_ORDERS));
}
END_TEST

static bool part_keeps_rules(const SsbPart *part) {
  return part->mfgr >= 1 && part->mfgr <= 5 && part->category >= 1 && part->category <= 5 &&
         part->brand >= 1 && part->brand <= 40 && part->size >= 1 && part->size <= 50 &&
         part->color < 92 && part->name[0] < 92 && part->name[1] < 92 &&
         part->color != part->name[0] && part->color != part->name[1] &&
         part->name[0] != part->name[1];
}

START_TEST(test_parts_keep_the_rules) {
  for (uint32_t i = 0; i < spec.sizes.part_count; i++)
    if (!part_keeps_rules(&parts[i])) ck_abort_msg("part %u breaks a rule", i + 1);
}
END_TEST

// A histogram that must be flat: chi-square with bins-1 degrees of freedom has that mean and a
// variance of twice that.
enum { BINS_MAX = SSB_ORDER_DAYS };
typedef struct Histogram {
  const char *name;
  uint32_t bins;
  uint32_t counts[BINS_MAX];
} Histogram;

static void histogram_add(Histogram *histogram, const char *name, uint32_t bins, uint64_t value) {
  histogram->name = name;
  histogram->bins = bins;
  if (value >= bins) ck_abort_msg("%s: %llu is out of its range", name, (unsigned long long)value);
  histogram->counts[value]++;
}

static void histogram_check(const Histogram *histogram) {
  double total = 0, chi = 0, freedom = histogram->bins - 1;
  for (uint32_t i = 0; i < histogram->bins; i++) total += histogram->counts[i];
  double expected = total / histogram->bins;
  for (uint32_t i = 0; i < histogram->bins; i++) {
    double distance = histogram->counts[i] - expected;
    chi += distance * distance / expected;
  }
  ck_assert_msg(chi < freedom + 5 * sqrt(2 * freedom), "%s is not uniform: chi-square %g of %g",
                histogram->name, chi, freedom);
}

static void histograms_check(Histogram *histograms, int count) {
  for (int i = 0; i < count; i++) histogram_check(&histograms[i]);
  free(histograms);
}

START_TEST(test_dimension_values_are_uniform) {
  enum { CUSTOMER = 3, SUPPLIER = 2, PART = 12 };
  Histogram *all = calloc(CUSTOMER + SUPPLIER + PART, sizeof *all), *h = all;
  for (uint32_t i = 0; i < spec.sizes.customer_count; i++) {
    histogram_add(&h[0], "customer nation", 25, customers[i].place.nation);
    histogram_add(&h[1], "customer city", 10, customers[i].place.city);
    histogram_add(&h[2], "segment", 5, customers[i].segment);
  }
  h += CUSTOMER;
  for (uint32_t i = 0; i < spec.sizes.supplier_count; i++) {
    histogram_add(&h[0], "supplier nation", 25, suppliers[i].place.nation);
    histogram_add(&h[1], "supplier city", 10, suppliers[i].place.city);
  }
  h += SUPPLIER;
  for (uint32_t i = 0; i < spec.sizes.part_count; i++) {
    const SsbPart *part = &parts[i];
    uint32_t category = (part->mfgr - 1u) * 5 + part->category - 1u;
    histogram_add(&h[0], "mfgr", 5, part->mfgr - 1u);
    histogram_add(&h[1], "category", 25, category);
    histogram_add(&h[2], "brand", 1000, category * 40 + part->brand - 1u);
    histogram_add(&h[3], "color", 92, part->color);
    histogram_add(&h[4], "first colour of the name", 92, part->name[0]);
    histogram_add(&h[5], "second colour of the name", 92, part->name[1]);
    histogram_add(&h[6], "type 1", 6, part->type[0]);
    histogram_add(&h[7], "type 2", 5, part->type[1]);
    histogram_add(&h[8], "type 3", 5, part->type[2]);
    histogram_add(&h[9], "size", 50, part->size - 1u);
    histogram_add(&h[10], "container 1", 5, part->container[0]);
    histogram_add(&h[11], "container 2", 8, part->container[1]);
  }
  histograms_check(all, CUSTOMER + SUPPLIER + PART);
}
END_TEST

static uint32_t day_of_date(uint32_t date_key) {
  uint32_t day = 0;
  while (dates[day].key < date_key) day++;
  return day;
}

START_TEST(test_fact_values_are_uniform) {
  enum { ORDER = 4, LINE = 7, COUNT = ORDER + LINE };
  Histogram *h = calloc(COUNT, sizeof *h);
  for (uint64_t i = 0; i < SAMPLE_ORDERS; i++) {
    SsbOrder order;
    ssb_order_make(&spec, i, &order);
    histogram_add(&h[0], "order day", SSB_ORDER_DAYS, order.day);
    histogram_add(&h[1], "priority", 5, order.priority);
    histogram_add(&h[2], "lines an order", 7, order.line_count - 1u);
    histogram_add(&h[3], "customer", 100,
                  order.customer_key * 100 / (spec.sizes.customer_count + 1));
    for (uint32_t l = 0; l < order.line_count; l++) {
      const SsbLine *line = &order.lines[l];
      histogram_add(&h[4], "part", 100, line->part_key * 100 / (spec.sizes.part_count + 1));
      histogram_add(&h[5], "supplier", 2000, line->supplier_key - 1u);
      histogram_add(&h[6], "quantity", 50, line->quantity - 1u);
      histogram_add(&h[7], "discount", 11, line->discount);
      histogram_add(&h[8], "tax", 9, line->tax);
      histogram_add(&h[9], "shipmode", 7, line->shipmode);
      if (i % 100 == 0) // a search a line
        histogram_add(&h[10], "commit date", 61, day_of_date(line->commit_date) - order.day - 30);
    }
  }
  histograms_check(h, COUNT);
}
END_TEST

// ---- filter factors

static const char *region(SsbPlace place) {
  return SSB_NATIONS[place.nation].region;
}
static bool in_region(SsbPlace place, const char *name) {
  return strcmp(region(place), name) == 0;
}
static bool in_nation(SsbPlace place, const char *name) {
  return strcmp(SSB_NATIONS[place.nation].name, name) == 0;
}
static bool in_cities(SsbPlace place) { // UNITED KI1, UNITED KI5
  return in_nation(place, "UNITED KINGDOM") && (place.city == 1 || place.city == 5);
}

// A query's predicates; NULL: none. Brands by category: MFGR#2221 is mfgr 2, category 2, brand 21.
typedef struct Query {
  const char *name;
  bool (*line)(const SsbLine *);
  bool (*date)(const SsbDate *);
  bool (*part)(const SsbPart *);
  bool (*supplier)(SsbPlace);
  bool (*customer)(SsbPlace);
  double line_share, part_share, supplier_share, customer_share; // by theory
  double paper; // its filter factor, which takes a year as 1/7, quantity < 25 as 1/2
} Query;

static bool line_1_1(const SsbLine *l) {
  return l->discount >= 1 && l->discount <= 3 && l->quantity < 25;
}
static bool line_1_2(const SsbLine *l) {
  return l->discount >= 4 && l->discount <= 6 && l->quantity >= 26 && l->quantity <= 35;
}
static bool line_1_3(const SsbLine *l) {
  return l->discount >= 5 && l->discount <= 7 && l->quantity >= 26 && l->quantity <= 35;
}
static bool date_1993(const SsbDate *d) {
  return d->year == 1993;
}
static bool date_199401(const SsbDate *d) {
  return d->key / 100 == 199401;
}
static bool date_week_6(const SsbDate *d) {
  return d->week_in_year == 6 && d->year == 1994;
}
static bool date_1992_1997(const SsbDate *d) {
  return d->year >= 1992 && d->year <= 1997;
}
static bool date_dec_1997(const SsbDate *d) {
  return d->key / 100 == 199712;
}
static bool date_1997_1998(const SsbDate *d) {
  return d->year == 1997 || d->year == 1998;
}
static bool part_category_12(const SsbPart *p) {
  return p->mfgr == 1 && p->category == 2;
}
static bool part_category_14(const SsbPart *p) {
  return p->mfgr == 1 && p->category == 4;
}
static bool part_brands_2221_2228(const SsbPart *p) {
  return p->mfgr == 2 && p->category == 2 && p->brand >= 21 && p->brand <= 28;
}
static bool part_brand_2221(const SsbPart *p) {
  return p->mfgr == 2 && p->category == 2 && p->brand == 21;
}
static bool part_mfgr_1_2(const SsbPart *p) {
  return p->mfgr == 1 || p->mfgr == 2;
}
static bool in_america(SsbPlace place) {
  return in_region(place, "AMERICA");
}
static bool in_asia(SsbPlace place) {
  return in_region(place, "ASIA");
}
static bool in_europe(SsbPlace place) {
  return in_region(place, "EUROPE");
}
static bool in_states(SsbPlace place) {
  return in_nation(place, "UNITED STATES");
}

#define LINE_1 (3.0 / 11 * 24 / 50)
#define LINE_2 (3.0 / 11 * 10 / 50)
// clang-format off
static const Query QUERIES[] = {
    {"1.1", line_1_1, date_1993, NULL, NULL, NULL, LINE_1, 1, 1, 1, 1. / 7 * .5 * 3 / 11},
    {"1.2", line_1_2, date_199401, NULL, NULL, NULL, LINE_2, 1, 1, 1, 1. / 84 * 3 / 11 * .2},
    {"1.3", line_1_3, date_week_6, NULL, NULL, NULL, LINE_2, 1, 1, 1, 1. / 364 * 3 / 11 * .2},
    {"2.1", NULL, NULL, part_category_12, in_america, NULL, 1, 1. / 25, 1. / 5, 1, .008},
    {"2.2", NULL, NULL, part_brands_2221_2228, in_asia, NULL, 1, 1. / 125, 1. / 5, 1, .0016},
    {"2.3", NULL, NULL, part_brand_2221, in_europe, NULL, 1, 1. / 1000, 1. / 5, 1, .0002},
    {"3.1", NULL, date_1992_1997, NULL, in_asia, in_asia, 1, 1, 1. / 5, 1. / 5, 6. / 7 / 25},
    {"3.2", NULL, date_1992_1997, NULL, in_states, in_states, 1, 1, 1. / 25, 1. / 25, 6. / 7 / 625},
    {"3.3", NULL, date_1992_1997, NULL, in_cities, in_cities, 1, 1, 1. / 125, 1. / 125, 6. / 7 / 15625},
    {"3.4", NULL, date_dec_1997, NULL, in_cities, in_cities, 1, 1, 1. / 125, 1. / 125, 1. / 84 / 15625},
    {"4.1", NULL, NULL, part_mfgr_1_2, in_america, in_america, 1, 2. / 5, 1. / 5, 1. / 5, 2. / 125},
    {"4.2", NULL, date_1997_1998, part_mfgr_1_2, in_america, in_america, 1, 2. / 5, 1. / 5, 1. / 5, 2. / 7 * 2 / 125},
    {"4.3", NULL, date_1997_1998, part_category_14, in_states, in_america, 1, 1. / 25, 1. / 25, 1. / 5, 2. / 7 / 3125},
};
// clang-format on
enum { QUERY_COUNT = sizeof QUERIES / sizeof *QUERIES };

static double date_share(const Query *query) {
  uint32_t hits = 0;
  for (uint32_t i = 0; i < SSB_ORDER_DAYS; i++) hits += !query->date || query->date(&dates[i]);
  return (double)hits / SSB_ORDER_DAYS;
}
static double part_share(const Query *query) {
  uint32_t hits = 0;
  for (uint32_t i = 0; i < spec.sizes.part_count; i++)
    hits += !query->part || query->part(&parts[i]);
  return (double)hits / spec.sizes.part_count;
}
static double supplier_share(const Query *query) {
  uint32_t hits = 0;
  for (uint32_t i = 0; i < spec.sizes.supplier_count; i++)
    hits += !query->supplier || query->supplier(suppliers[i].place);
  return (double)hits / spec.sizes.supplier_count;
}
// Of orders: keys 3k-1 order once, 3k+1 twice as often, 3k never (the last key: as 3k-1).
static double customer_share(const Query *query) {
  uint32_t hits = 0, count = spec.sizes.customer_count;
  for (uint32_t key = 1; key <= count; key++) {
    uint32_t target = key % 3 ? key : key < count ? key + 1 : key - 1;
    hits += !query->customer || query->customer(customers[target - 1].place);
  }
  return (double)hits / count;
}

static void share_check(const char *query, const char *what, double share, double expected,
                        double count) {
  double tolerance = 5 * sqrt(expected * (1 - expected) / count) + 1e-12;
  ck_assert_msg(fabs(share - expected) <= tolerance, "Q%s: %s: share %g, expected %g +- %g", query,
                what, share, expected, tolerance);
}

START_TEST(test_dimension_predicates_select_their_share) {
  const Query *query = &QUERIES[_i];
  const SsbSizes *sizes = &spec.sizes;
  share_check(query->name, "part", part_share(query), query->part_share, sizes->part_count);
  share_check(query->name, "supplier", supplier_share(query), query->supplier_share,
              sizes->supplier_count);
  // Weights 1 and 2 on two thirds of the customers: as many as 0.6 of them equally weighted.
  share_check(query->name, "customer", customer_share(query), query->customer_share,
              sizes->customer_count * 0.6);
  // Near the paper's filter factor: a year is 1/6.59 (paper: 1/7), six 0.911 (0.857), the last two
  // 0.241 (0.286).
  double factor = query->line_share * date_share(query) * query->part_share *
                  query->supplier_share * query->customer_share;
  ck_assert_msg(factor > query->paper * 0.8 && factor < query->paper * 1.2,
                "Q%s: filter factor %g, the paper's %g", query->name, factor, query->paper);
}
END_TEST

static bool line_matches(const Query *query, const SsbOrder *order, const SsbLine *line) {
  return (!query->line || query->line(line)) && (!query->date || query->date(&dates[order->day])) &&
         (!query->part || query->part(&parts[line->part_key - 1])) &&
         (!query->supplier || query->supplier(suppliers[line->supplier_key - 1].place)) &&
         (!query->customer || query->customer(customers[order->customer_key - 1].place));
}

// Hits of all 13 queries on the sample, counted once for all tests of the case.
static void hits_count(uint64_t hits[QUERY_COUNT], uint64_t *line_count) {
  *line_count = 0;
  memset(hits, 0, QUERY_COUNT * sizeof *hits);
  for (uint64_t i = 0; i < SAMPLE_ORDERS; i++) {
    SsbOrder order;
    ssb_order_make(&spec, i, &order);
    *line_count += order.line_count;
    for (uint32_t l = 0; l < order.line_count; l++)
      for (int q = 0; q < QUERY_COUNT; q++)
        hits[q] += line_matches(&QUERIES[q], &order, &order.lines[l]);
  }
}

// Lines of an order share customer and date, so hits come in bursts of up to 7: the variance of a
// count is at most E[n^2]/E[n] = 20/4 = 5 times Poisson's.
START_TEST(test_fact_predicates_select_their_share) {
  uint64_t hits[QUERY_COUNT], line_count;
  hits_count(hits, &line_count);
  for (int q = 0; q < QUERY_COUNT; q++) {
    const Query *query = &QUERIES[q];
    double factor = query->line_share * date_share(query) * part_share(query) *
                    supplier_share(query) * customer_share(query);
    double expected = factor * (double)line_count;
    double tolerance = 5 * sqrt(5 * expected) + 5;
    ck_assert_msg(fabs((double)hits[q] - expected) <= tolerance,
                  "Q%s: %llu of %llu lines, expected %.1f +- %.1f", query->name,
                  (unsigned long long)hits[q], (unsigned long long)line_count, expected, tolerance);
  }
}
END_TEST

// ---- text and files

START_TEST(test_rows_as_text) {
  char text[SSB_UNIT_BYTES_MAX];
  SsbCustomer customer = {
      .key = 42, .place = {23, 5}, .segment = 1, .address = "a,b", .phone = "33-"};
  *ssb_customer_format(&customer, text) = '\0';
  ck_assert_str_eq(text, "42,Customer#000000042,\"a,b\",UNITED KI5,UNITED KINGDOM,EUROPE,33-,"
                         "BUILDING\n");
  SsbSupplier supplier = {.key = 1234567890, .place = {17, 0}, .address = "ab", .phone = "27-"};
  *ssb_supplier_format(&supplier, text) = '\0';
  ck_assert_str_eq(text, "1234567890,Supplier#234567890,ab,PERU     0,PERU,AMERICA,27-\n");
  SsbPart part = {.key = 100,
                  .mfgr = 2,
                  .category = 2,
                  .brand = 9,
                  .name = {0, 91},
                  .color = 1,
                  .type = {5, 4, 4},
                  .size = 50,
                  .container = {4, 7}};
  *ssb_part_format(&part, text) = '\0';
  ck_assert_str_eq(text, "100,almond yellow,MFGR#2,MFGR#22,MFGR#229,antique,PROMO BRUSHED COPPER,"
                         "50,WRAP DRUM\n");
  *ssb_date_format(&dates[59], text) = '\0';
  ck_assert_str_eq(text,
                   "19920229,\"February 29, 1992\",Saturday,February,1992,199202,Feb1992,7,29,"
                   "60,2,9,Winter,1,1,0,0\n");
}
END_TEST

START_TEST(test_order_as_text) {
  char text[SSB_UNIT_BYTES_MAX];
  SsbOrder order = {.key = 6000000007,
                    .customer_key = 1,
                    .day = 0,
                    .total_price = 99,
                    .priority = 3,
                    .line_count = 2};
  order.lines[0] = (SsbLine){.part_key = 10,
                             .supplier_key = 100,
                             .quantity = 9,
                             .extended_price = 4294967295,
                             .revenue = 0,
                             .supply_cost = 1000,
                             .commit_date = 19920131,
                             .discount = 10,
                             .tax = 8,
                             .shipmode = 0};
  order.lines[1] = order.lines[0];
  *ssb_order_format(&spec, &order, text) = '\0';
  ck_assert_str_eq(text,
                   "6000000007,1,1,10,100,19920101,4-NOT SPECIFIED,0,9,4294967295,99,10,0,1000,8,"
                   "19920131,REG AIR\n"
                   "6000000007,2,1,10,100,19920101,4-NOT SPECIFIED,0,9,4294967295,99,10,0,1000,8,"
                   "19920131,REG AIR\n");
}
END_TEST

static char *file_read(const char *folder, const char *name, size_t *size) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  ck_assert_msg(file, "%s is missing", path);
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  char *data = malloc(*size + 1);
  ck_assert_uint_eq(fread(data, 1, *size, file), *size);
  data[*size] = '\0';
  fclose(file);
  unlink(path);
  return data;
}

static uint64_t lines_count(const char *data) {
  uint64_t count = 0;
  for (; *data; data++) count += *data == '\n';
  return count;
}

static const char *const FILES[] = {"customer.csv", "supplier.csv",  "part.csv",
                                    "date.csv",     "lineorder.csv", "ssb.json"};
enum { FILE_COUNT = 6 };

typedef struct Written {
  uint64_t hash, lines;
} Written;

static void write_and_hash(const SsbSpec *small, uint32_t threads, SsbSummary *summary,
                           Written written[FILE_COUNT]) {
  char folder[] = "/tmp/test_ssb_XXXXXX";
  ck_assert_ptr_nonnull(mkdtemp(folder));
  Error error = ERROR_INIT;
  ck_assert_msg(ssb_write(small, folder, threads, summary, &error) == STATUS_OK, "%s",
                error.message);
  for (int i = 0; i < FILE_COUNT; i++) {
    size_t size;
    char *data = file_read(folder, FILES[i], &size);
    written[i] = (Written){hash_xxh64(data, size, 0), lines_count(data)};
    free(data);
  }
  ck_assert_int_eq(rmdir(folder), 0); // nothing else was left
}

START_TEST(test_files_hold_all_rows_whatever_the_threads) {
  SsbSpec small, other;
  ck_assert_int_eq(ssb_spec_init(&small, 0.01, 3, NULL), STATUS_OK);
  ck_assert_int_eq(ssb_spec_init(&other, 0.01, 4, NULL), STATUS_OK);
  SsbSummary summary, summary_4, summary_other;
  Written one[FILE_COUNT], four[FILE_COUNT], seed[FILE_COUNT];
  write_and_hash(&small, 1, &summary, one);
  write_and_hash(&small, 4, &summary_4, four);
  write_and_hash(&other, 2, &summary_other, seed);
  uint64_t line_count = 0;
  for (uint64_t i = 0; i < small.sizes.order_count; i++) {
    SsbOrder order;
    ssb_order_make(&small, i, &order);
    line_count += order.line_count;
  }
  ck_assert_uint_eq(one[0].lines, 301);
  ck_assert_uint_eq(one[1].lines, 21);
  ck_assert_uint_eq(one[2].lines, 2001);
  ck_assert_uint_eq(one[3].lines, 2557);
  ck_assert_uint_eq(one[4].lines, line_count + 1);
  ck_assert_uint_eq(summary.lineorder_rows, line_count);
  for (int i = 0; i < FILE_COUNT; i++) {
    ck_assert_msg(one[i].hash == four[i].hash, "%s depends on the threads", FILES[i]);
    if (i != 3) ck_assert_msg(one[i].hash != seed[i].hash, "%s ignores the seed", FILES[i]);
  }
}
END_TEST

START_TEST(test_unwritable_folder_is_named) {
  SsbSpec small;
  ck_assert_int_eq(ssb_spec_init(&small, 0.001, 3, NULL), STATUS_OK);
  SsbSummary summary;
  Error error = ERROR_INIT;
  ck_assert_int_eq(ssb_write(&small, "/proc/no_such", 2, &summary, &error), STATUS_IO);
  ck_assert_ptr_nonnull(strstr(error.message, "/proc/no_such"));
}
END_TEST

// The system refuses bytes beyond a megabyte, as on a full disk: all threads stop, the message
// names the file, and neither a torn file nor the manifest of a complete folder is left.
START_TEST(test_failed_write_leaves_no_torn_file) {
  SsbSpec small;
  ck_assert_int_eq(ssb_spec_init(&small, 0.02, 3, NULL), STATUS_OK);
  char folder[] = "/tmp/test_ssb_XXXXXX";
  ck_assert_ptr_nonnull(mkdtemp(folder));
  struct rlimit before, limit;
  getrlimit(RLIMIT_FSIZE, &before);
  limit = (struct rlimit){1 << 20, before.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  SsbSummary summary;
  Error error = ERROR_INIT;
  Status status = ssb_write(&small, folder, 4, &summary, &error);
  setrlimit(RLIMIT_FSIZE, &before);
  ck_assert_int_eq(status, STATUS_IO);
  ck_assert_ptr_nonnull(strstr(error.message, "lineorder.csv.part"));
  for (int i = 0; i < 4; i++) { // the tables before it are whole
    size_t size;
    free(file_read(folder, FILES[i], &size));
  }
  ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

static TCase *case_create(Suite *suite, const char *name) {
  TCase *made = tcase_create(name);
  tcase_set_timeout(made, 60);
  tcase_add_unchecked_fixture(made, rows_setup, rows_teardown);
  suite_add_tcase(suite, made);
  return made;
}

static Suite *ssb_suite(void) {
  Suite *suite = suite_create("ssb");
  TCase *rules = case_create(suite, "rules");
  tcase_add_test(rules, test_sizes_follow_the_paper);
  tcase_add_test(rules, test_scale_out_of_range_is_refused);
  tcase_add_test(rules, test_dates_are_the_calendar);
  tcase_add_test(rules, test_orders_keep_the_rules);
  tcase_add_test(rules, test_parts_keep_the_rules);
  tcase_add_test(rules, test_dimension_values_are_uniform);
  tcase_add_test(rules, test_fact_values_are_uniform);
  TCase *factors = case_create(suite, "factors");
  tcase_add_loop_test(factors, test_dimension_predicates_select_their_share, 0, QUERY_COUNT);
  tcase_add_test(factors, test_fact_predicates_select_their_share);
  TCase *files = case_create(suite, "files");
  tcase_add_test(files, test_rows_as_text);
  tcase_add_test(files, test_order_as_text);
  tcase_add_test(files, test_files_hold_all_rows_whatever_the_threads);
  tcase_add_test(files, test_unwritable_folder_is_named);
  tcase_add_test(files, test_failed_write_leaves_no_torn_file);
  return suite;
}

int main(void) {
  return unit_main(ssb_suite());
}
