// The TPC-H generator: sizes, and the rules of clause 4.2.3 that the 22 queries rest on.
#include "hash.h"
#include "tpch.h"
#include "tpch_csv.h"
#include "tpch_words.h"
#include "unit_main.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAMPLE 20000

static TpchSpec spec;

static void spec_setup(void) {
  ck_assert_int_eq(tpch_spec_init(&spec, 0.1, 7, NULL), STATUS_OK);
}

static void spec_teardown(void) {
  tpch_spec_clear(&spec);
}

START_TEST(test_sizes_follow_the_specification) {
  static const struct {
    double scale;
    uint32_t suppliers, parts, customers;
    uint64_t orders;
  } CASES[] = {
      {1, 10000, 200000, 150000, 1500000}, {0.01, 100, 2000, 1500, 15000}, {0.000001, 4, 1, 1, 1}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    TpchSpec made;
    ck_assert_int_eq(tpch_spec_init(&made, CASES[i].scale, 1, NULL), STATUS_OK);
    ck_assert_uint_eq(made.sizes.supplier_count, CASES[i].suppliers);
    ck_assert_uint_eq(made.sizes.part_count, CASES[i].parts);
    ck_assert_uint_eq(made.sizes.customer_count, CASES[i].customers);
    ck_assert_uint_eq(made.sizes.order_count, CASES[i].orders);
    tpch_spec_clear(&made);
  }
}
END_TEST

START_TEST(test_scale_out_of_range_is_refused) {
  static const double SCALES[] = {0, -1, 1001};
  for (size_t i = 0; i < sizeof SCALES / sizeof *SCALES; i++) {
    TpchSpec made;
    Error error = ERROR_INIT;
    ck_assert_int_eq(tpch_spec_init(&made, SCALES[i], 1, &error), STATUS_INVALID);
    ck_assert_ptr_nonnull(strstr(error.message, "scale"));
  }
}
END_TEST

static bool part_has_supplier(uint32_t part, uint32_t supplier) {
  for (uint32_t n = 0; n < TPCH_PART_SUPPLIERS; n++) {
    TpchPartSupplier made;
    tpch_part_supplier_make(&spec, part, n, &made);
    if (made.supplier_key == supplier) return true;
  }
  return false;
}

// Queries 9 and 20 join lines with partsupp by both keys: each line's pair must be there.
static void check_line(const TpchOrder *order, const TpchLine *line) {
  ck_assert(line->part_key >= 1 && line->part_key <= spec.sizes.part_count);
  ck_assert(part_has_supplier(line->part_key, line->supplier_key));
  ck_assert(line->quantity >= 1 && line->quantity <= 50);
  ck_assert(line->discount <= 10 && line->tax <= 8);
  ck_assert(line->ship_day > order->day && line->ship_day <= order->day + 121);
  ck_assert(line->commit_day >= order->day + 30 && line->commit_day <= order->day + 90);
  ck_assert(line->receipt_day > line->ship_day && line->receipt_day <= line->ship_day + 30);
  ck_assert_int_eq(line->return_flag == 'N', line->receipt_day > TPCH_CURRENT_DAY);
  ck_assert_int_eq(line->status == 'O', line->ship_day > TPCH_CURRENT_DAY);
}

START_TEST(test_orders_keep_the_rules) {
  uint64_t last_key = 0, line_count = 0, counts[128] = {0};
  for (uint64_t i = 0; i < SAMPLE; i++) {
    TpchOrder order;
    tpch_order_make(&spec, i, &order);
    ck_assert(order.key > last_key && (order.key & 31) < 8);
    ck_assert(order.customer_key % 3 != 0 && order.customer_key <= spec.sizes.customer_count);
    ck_assert(order.day >= TPCH_FIRST_DAY && order.day < TPCH_FIRST_DAY + TPCH_ORDER_DAYS);
    ck_assert(order.line_count >= 1 && order.line_count <= TPCH_LINES_MAX);
    uint64_t total = 0;
    uint32_t open = 0;
    for (uint32_t k = 0; k < order.line_count; k++) {
      const TpchLine *line = &order.lines[k];
      check_line(&order, line);
      total +=
          ((uint64_t)line->extended_price * (100u - line->discount) * (100u + line->tax) + 5000) /
          10000;
      open += line->status == 'O';
      counts[(int)line->return_flag]++;
    }
    ck_assert_uint_eq(order.total_price, total);
    ck_assert_int_eq(order.status, open == order.line_count ? 'O' : open ? 'P' : 'F');
    last_key = order.key;
    line_count += order.line_count;
  }
  ck_assert(line_count > SAMPLE * 3.95 && line_count < SAMPLE * 4.05);
  // Half of what was received by 1995-06-17 came back.
  double received = (double)(counts['R'] + counts['A']);
  ck_assert(counts['N'] && counts['R'] > received * 0.48 && counts['R'] < received * 0.52);
}
END_TEST

START_TEST(test_parts_keep_the_rules) {
  uint32_t green = 0;
  for (uint32_t key = 1; key <= spec.sizes.part_count; key++) {
    TpchPart part;
    tpch_part_make(&spec, key, &part);
    ck_assert_uint_eq(part.price, 90000 + key / 10 % 20001 + key % 1000 * 100);
    ck_assert(part.mfgr >= 1 && part.mfgr <= 5 && part.brand >= 1 && part.brand <= 5);
    ck_assert(part.size >= 1 && part.size <= 50);
    for (int a = 0; a < 5; a++) {
      for (int b = 0; b < a; b++) ck_assert_uint_ne(part.name[a], part.name[b]);
      green += strcmp(TPCH_COLORS[part.name[a]], "green") == 0;
    }
    for (uint32_t a = 0; a < TPCH_PART_SUPPLIERS; a++)
      for (uint32_t b = 0; b < a; b++) {
        TpchPartSupplier one, other;
        tpch_part_supplier_make(&spec, key, a, &one);
        tpch_part_supplier_make(&spec, key, b, &other);
        ck_assert_uint_ne(one.supplier_key, other.supplier_key);
        ck_assert(one.supplier_key >= 1 && one.supplier_key <= spec.sizes.supplier_count);
        ck_assert(one.cost >= 100 && one.cost <= 100000);
      }
  }
  double share = (double)green / spec.sizes.part_count; // query 9: 5 of 92
  ck_assert(share > 0.049 && share < 0.060);
}
END_TEST

// Query 16 looks for complaints, query 13 for special requests.
START_TEST(test_comments_hold_what_the_queries_look_for) {
  uint32_t complaints = 0, recommends = 0, special = 0;
  for (uint32_t key = 1; key <= 4000; key++) {
    TpchSupplier supplier;
    tpch_supplier_make(&spec, key, &supplier);
    size_t size = strlen(supplier.comment);
    ck_assert(size >= 25 && size <= 100);
    const char *customer = strstr(supplier.comment, "Customer");
    complaints += customer && strstr(customer, "Complaints");
    recommends += customer && strstr(customer, "Recommends");
  }
  ck_assert_uint_eq(complaints, 2); // 5 of 10,000
  ck_assert_uint_eq(recommends, 2);
  for (uint64_t i = 0; i < SAMPLE; i++) {
    TpchOrder order;
    tpch_order_make(&spec, i, &order);
    ck_assert(order.comment.size >= 19 && order.comment.size <= 78);
    const char *found = memmem(order.comment.start, order.comment.size, "special", 7);
    size_t left = found ? order.comment.size - (size_t)(found - order.comment.start) : 0;
    special += found && memmem(found, left, "requests", 8);
  }
  ck_assert(special > SAMPLE / 500 && special < SAMPLE / 20);
}
END_TEST

START_TEST(test_rows_as_text) {
  char out[TPCH_UNIT_BYTES_MAX];
  TpchSupplier supplier = {.key = 42,
                           .nation = 3,
                           .address = "a,b",
                           .phone = "13-100-200-3000",
                           .balance = -5,
                           .comment = " one, two "};
  *tpch_supplier_format(&supplier, out) = 0;
  ck_assert_str_eq(out, "42,Supplier#000000042,\"a,b\",3,13-100-200-3000,-0.05,\" one, two \"\n");
  TpchPartSupplier made = {7, 8, 9999, 100001, {"text", 4}};
  *tpch_part_supplier_format(&made, out) = 0;
  ck_assert_str_eq(out, "7,8,9999,1000.01,\"text\"\n");
  TpchOrder order = {.key = 33,
                     .customer_key = 5,
                     .status = 'P',
                     .total_price = 12345,
                     .day = 8035,
                     .priority = 0,
                     .clerk = 17,
                     .comment = {"c", 1},
                     .line_count = 1};
  *tpch_order_format(&order, out) = 0;
  ck_assert_str_eq(out, "33,5,P,123.45,1992-01-01,1-URGENT,Clerk#000000017,0,\"c\"\n");
  order.lines[0] = (TpchLine){2, 3, 4, 500, 6, 0, 'N', 'O', 8036, 8037, 8066, 1, 6, {"d", 1}};
  *tpch_lines_format(&order, out) = 0;
  ck_assert_str_eq(out, "33,2,3,1,4,5.00,0.06,0.00,N,O,1992-01-02,1992-01-03,1992-02-01,"
                        "COLLECT COD,FOB,\"d\"\n");
}
END_TEST

static uint64_t file_hash(const char *folder, const char *name) {
  char path[300];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "r");
  ck_assert_ptr_nonnull(file);
  fseek(file, 0, SEEK_END);
  size_t size = (size_t)ftell(file);
  rewind(file);
  char *data = malloc(size);
  ck_assert_uint_eq(fread(data, 1, size, file), size);
  fclose(file);
  unlink(path);
  uint64_t hash = hash_xxh64(data, size, 0);
  free(data);
  return hash;
}

static const char *const FILES[] = {"region.csv", "nation.csv",   "supplier.csv",
                                    "part.csv",   "partsupp.csv", "customer.csv",
                                    "orders.csv", "lineitem.csv", "tpch.json"};
enum { FILE_COUNT = 9 };

static void write_and_hash(uint64_t seed, uint32_t threads, uint64_t hashes[FILE_COUNT]) {
  TpchSpec small;
  TpchSummary summary;
  Error error = ERROR_INIT;
  char folder[] = "/tmp/test_tpch_XXXXXX";
  ck_assert_ptr_nonnull(mkdtemp(folder));
  ck_assert_int_eq(tpch_spec_init(&small, 0.005, seed, NULL), STATUS_OK);
  ck_assert_msg(tpch_write(&small, folder, threads, &summary, &error) == STATUS_OK, "%s",
                error.message);
  ck_assert_uint_eq(summary.partsupp_rows, 4000);
  ck_assert_uint_eq(summary.orders_rows, 7500);
  for (int i = 0; i < FILE_COUNT; i++) hashes[i] = file_hash(folder, FILES[i]);
  ck_assert_int_eq(rmdir(folder), 0); // nothing else was left
  tpch_spec_clear(&small);
}

START_TEST(test_bytes_depend_on_the_seed_alone) {
  uint64_t one[FILE_COUNT], four[FILE_COUNT], other[FILE_COUNT];
  write_and_hash(3, 1, one);
  write_and_hash(3, 4, four);
  write_and_hash(4, 2, other);
  for (int i = 0; i < FILE_COUNT; i++) {
    ck_assert_msg(one[i] == four[i], "%s depends on the threads", FILES[i]);
    ck_assert_msg(one[i] != other[i], "%s ignores the seed", FILES[i]);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("tpch");
  TCase *rules = tcase_create("rules");
  tcase_set_timeout(rules, 60);
  tcase_add_unchecked_fixture(rules, spec_setup, spec_teardown);
  tcase_add_test(rules, test_sizes_follow_the_specification);
  tcase_add_test(rules, test_scale_out_of_range_is_refused);
  tcase_add_test(rules, test_orders_keep_the_rules);
  tcase_add_test(rules, test_parts_keep_the_rules);
  tcase_add_test(rules, test_comments_hold_what_the_queries_look_for);
  tcase_add_test(rules, test_rows_as_text);
  tcase_add_test(rules, test_bytes_depend_on_the_seed_alone);
  suite_add_tcase(suite, rules);
  return unit_main(suite);
}
