// What inspection makes of the columns: time, levels, parents, names, sums, distinct counts, paths.
#include "inspect_support.h"

// One file of `rows` lines, each made by the format from its number.
static void rows_write(Inspected *i, const char *name, const char *header,
                       void (*row)(Buffer *out, uint32_t n), uint32_t rows) {
  Buffer out;
  buffer_init(&out);
  buffer_append_text(&out, header);
  for (uint32_t n = 0; n < rows; n++) row(&out, n);
  load_test_write_bytes(&i->t, name, out.data, out.size);
  buffer_clear(&out);
}

static void flat_row(Buffer *out, uint32_t n) {
  static const char *const cities[] = {"Omsk", "Tara", "Perm", "Kungur"};
  buffer_printf(out, "INV%u,2025-03-%02u 10:%02u:00,%s,%s,%u,%u.50,%u,%u,note %u\n", n / 3,
                1 + n % 28, n % 60, cities[n % 4], n % 4 < 2 ? "Siberia" : "Urals", n % 40, n % 90,
                7000 + n % 50, n % 2, n);
}

START_TEST(test_flat_file) {
  Inspected i;
  load_test_init(&i.t);
  rows_write(&i, "Sales Export.csv",
             "InvoiceNo,Sold At,City,Region,Quantity,Unit Price,CustomerID,web,Note\n", flat_row,
             600);
  inspected_make(&i, (const char *[]){"Sales Export.csv"}, 1);
  SAYS(i, "sold_at: {type: \"timestamp\", field: \"Sold At\", title: \"Sold At\"}");
  SAYS(i, "      date: {date_of: sold_at}\n      hour: {hour_of: sold_at}\n");
  SAYS(i, "    time: date.day\n");
  SAYS(i, "city: {parents: [region], title: \"City\"}  # each has one region in all rows");
  SAYS(i, "revenue: {sum: quantity * unit_price, format: money, title: \"Quantity × Unit Price\"}");
  SAYS(i, "      quantity: {sum: quantity, format: integer, title: \"Quantity\"}\n");
  SAYS(i, "average_unit_price: {avg: unit_price");
  SAYS(i, "count_invoice_no: {distinct: invoice_no");
  SAYS(i, "count_customer_id: {distinct: customer_id");
  SAYS(i, "customer_id: {title: \"CustomerID\"}"); // a code may be looked at, and is no sum
  SAYS_NOT(i, "sum: customer_id");
  SAYS(i, "sum_web: {sum: web"); // 0 and 1: a level, and a count of the ones
  SAYS(i, "  web:");
  SAYS_NOT(i, "note: note"); // another in each row
  const ModelCube *cube = &i.model->cubes[0];
  ck_assert_str_eq(cube->name, "sales_export");
  ck_assert_str_eq(cube->title.en, "Sales Export");
  ck_assert_str_eq(cube->measures[0].name, "revenue");
  ck_assert_str_eq(cube->measures[1].name, "row_count");
  load_test_is(&i.t, "sales_export", 61, "hour", "10");
  load_test_is(&i.t, "sales_export", 61, "date", "2025-03-06");
  inspected_clear(&i);
}
END_TEST

static void line_row(Buffer *out, uint32_t n) {
  buffer_printf(out, "%u,%u,P%u,%u.25\n", n + 1, 1 + n / 3, n % 40, n % 100);
}
static void receipt_row(Buffer *out, uint32_t n) {
  buffer_printf(out, "%u,%u,%u,2025-0%u-%02u\n", n + 1, 1 + n % 5, 1 + n % 30, 1 + n % 9,
                1 + n % 28);
}
static void shop_row(Buffer *out, uint32_t n) {
  buffer_printf(out, "%u,Shop %u,%s\n", n + 1, n + 1, n < 2 ? "Omsk" : "Perm");
}
static void customer_row(Buffer *out, uint32_t n) {
  buffer_printf(out, "%u,Ann %u,%u-05-0%u,%s\n", n + 1, n, 1960 + n, 1 + n % 9,
                n % 3 ? "gold" : "none");
}
static void product_row(Buffer *out, uint32_t n) {
  buffer_printf(out, "P%u,Thing %u,C%u,%s\n", n, n, n % 8, n % 8 < 4 ? "Food" : "Drink");
}

// Lines > receipts > shop, customer and day; a table that others link to is a fact too.
START_TEST(test_several_hops) {
  Inspected i;
  load_test_init(&i.t);
  rows_write(&i, "lines.csv", "line_id,receipt_id,product_id,paid\n", line_row, 300);
  rows_write(&i, "receipts.csv", "receipt_id,shop_id,customer_id,day\n", receipt_row, 100);
  rows_write(&i, "shops.csv", "shop_id,shop_name,city\n", shop_row, 5);
  rows_write(&i, "customers.csv", "customer_id,name,birth_date,tier\n", customer_row, 30);
  rows_write(&i, "products.csv", "product_id,product_name,category,family\n", product_row, 40);
  inspected_make(
      &i,
      (const char *[]){"lines.csv", "receipts.csv", "shops.csv", "customers.csv", "products.csv"},
      5);
  ck_assert_uint_eq(i.model->cube_count, 2);
  SAYS(i, "  lines:\n    table: lines\n    time: date.day\n    dimensions:\n"
          "      receipts: receipt_id\n      products: product_id\n"
          "      shops: receipt_id.shop_id\n      customers: receipt_id.customer_id\n"
          "      date: date\n");
  SAYS(i, "      date: {through: receipt_id.day}\n");
  SAYS(i,
       "  receipts:\n    table: receipts\n    time: date.day\n    dimensions:\n"
       "      date: day\n      receipts: []\n      shops: shop_id\n      customers: customer_id\n");
  SAYS(i, "count_receipt_id: {distinct: receipt_id");
  SAYS(i, "count_customers: {distinct: receipt_id.customer_id");
  SAYS(i, "shop_id: {label: shop_name, parents: [city]}");
  SAYS(i, "product_id: {label: product_name, parents: [category]}");
  SAYS(i, "category: {parents: [family]}");
  SAYS_NOT(i, "birth_date: {time"); // nobody is sold on the day of his birth
  inspected_clear(&i);
}
END_TEST

static void discount_row(Buffer *out, uint32_t n) {
  buffer_printf(out, "%u,%s,%u.5\n", 1 + n / 2 * 7, n % 2 ? "coupon" : "bonus", n % 9);
}

// Lines are the fact, though their discounts link to them, and though their day is the receipt's.
START_TEST(test_fact_with_details) {
  Inspected i;
  load_test_init(&i.t);
  rows_write(&i, "lines.csv", "line_id,receipt_id,product_id,paid\n", line_row, 300);
  rows_write(&i, "receipts.csv", "receipt_id,shop_id,customer_id,day\n", receipt_row, 100);
  rows_write(&i, "discounts.csv", "line_id,kind,amount\n", discount_row, 40);
  inspected_make(&i, (const char *[]){"lines.csv", "receipts.csv", "discounts.csv"}, 3);
  ck_assert_uint_eq(i.model->cube_count, 2);
  ck_assert_str_eq(i.model->cubes[0].name, "lines");
  ck_assert_str_eq(i.model->cubes[0].time, "date.day");
  SAYS(i, "      lines: []\n      receipts: receipt_id\n      date: date\n");
  SAYS(i, "  discounts:\n    table: discounts\n    dimensions:\n      kind: kind\n      lines: "
          "line_id\n");
  inspected_clear(&i);
}
END_TEST

static void slip_row(Buffer *out, uint32_t n) {
  if (n == 1998)
    buffer_append_text(out, "32.13.2025,x12,0.5,17,1E+04\n");
  else if (n == 1500)
    buffer_append_text(out, "05.06.2025,4,0.123456789,A18,5\n");
  else
    buffer_printf(out, "%02u.%02u.2025,%u,%u.25,%u,%u\n", 1 + n % 28, 1 + n % 12, n, n % 9, n % 50,
                  n % 70);
}

// One value in a thousand changes no type: it is a bad row, and the model says so. What identifies
// things has no slips.
START_TEST(test_slips) {
  Inspected i;
  load_test_init(&i.t);
  rows_write(&i, "a.csv", "day,units,rate,item_code,points\n", slip_row, 2000);
  inspected_make(&i, (const char *[]){"a.csv"}, 1);
  SAYS(i,
       "day: {type: \"date\"}  # 99.95 % are dates; line 2000: \"32.13.2025\" is none, a bad row;");
  SAYS(i, "units: {type: \"int\"}  # 99.95 % are numbers; line 2000: \"x12\" is none, a bad row;");
  SAYS(i, "rate: {type: \"decimal(18,2)\", round: true}");
  SAYS(i, "item_code: {type: \"string\"}");
  SAYS(i, "points: {type: \"int\"}");
  SAYS(i, "rejects: {limit: 2}");
  ck_assert_uint_eq(load_test_find(&i.t, "a")->row_count, 1999);
  load_test_is(&i.t, "a", 1500, "rate", "0.12");
  load_test_is(&i.t, "a", 1500, "item_code", "A18");
  inspected_clear(&i);
}
END_TEST

static void two_slips_row(Buffer *out, uint32_t n) {
  buffer_printf(out, "%s,%u\n", n == 7 || n == 9 ? "later" : "2025-01-31", n);
}
static void noise_row(Buffer *out, uint32_t n) {
  buffer_printf(out, "%s,%u\n", n == 7 ? "1e+05" : "100001", n);
}

START_TEST(test_too_many_slips) {
  Inspected i;
  load_test_init(&i.t);
  rows_write(&i, "a.csv", "day,x\n", two_slips_row, 1999);
  inspected_make(&i, (const char *[]){"a.csv"}, 1);
  SAYS(i, "day: {type: \"string\"}");
  inspected_clear(&i);
  load_test_init(&i.t);
  rows_write(&i, "a.csv", "product,x\n", noise_row, 1000);
  inspected_make(&i, (const char *[]){"a.csv"}, 1);
  SAYS(i, "product: {type: \"int\"}  # some are written with an exponent");
  load_test_is(&i.t, "a", 7, "product", "100000");
  inspected_clear(&i);
}
END_TEST

static void compact_row(Buffer *out, uint32_t n) {
  buffer_printf(out, "2025%02u%02u,%u\n", 1 + n % 12, 1 + n % 28, 20250000 + n);
}

// 20250131 is a date where all are, and where the name says so or there are many.
START_TEST(test_compact_dates) {
  Inspected i;
  load_test_init(&i.t);
  rows_write(&i, "a.csv", "moment,x\n", compact_row, 60);
  rows_write(&i, "b.csv", "date,y\n", compact_row, 2);
  rows_write(&i, "c.csv", "item,z\n", compact_row, 2);
  inspected_make(&i, (const char *[]){"a.csv", "b.csv", "c.csv"}, 3);
  SAYS(i, "moment: {type: \"date\"");
  SAYS(i, "date: {type: \"date\"");
  SAYS(i, "item: {type: \"int\"");
  SAYS(i, "x: {type: \"int\"");
  load_test_is(&i.t, "a", 1, "moment", "2025-02-02");
  inspected_clear(&i);
}
END_TEST

static void chance_row(Buffer *out, uint32_t n) {
  buffer_printf(out, "%u,%s,k%u,g%u\n", n, n % 11 ? "yes" : "no", n % 6, n % 6 == 5 ? 1 : n % 2);
}

// A parent is no coincidence of few rows, and holds in all of them.
START_TEST(test_parents_are_proved) {
  Inspected i;
  load_test_init(&i.t);
  rows_write(&i, "few.csv", "n,open,kind,grp\n", chance_row, 8);
  inspected_make(&i, (const char *[]){"few.csv"}, 1);
  SAYS_NOT(i, "parents");
  inspected_clear(&i);
  load_test_init(&i.t);
  rows_write(&i, "many.csv", "n,open,kind,grp\n", chance_row, 200);
  inspected_make(&i, (const char *[]){"many.csv"}, 1);
  SAYS(i, "kind: {parents: [grp]}");
  SAYS_NOT(i, "parents: [open]");
  inspected_clear(&i);
}
END_TEST

// Files that nothing can be made of are tables, and models, all the same.
START_TEST(test_little) {
  Inspected i;
  load_test_init(&i.t);
  load_test_write(&i.t, "empty.csv", "a,b\n");
  load_test_write(&i.t, "one.csv", "a,b\n1,x\n");
  load_test_write(&i.t, "odd [1]*.csv", "year,rows,select\n2024,5,a\n2025,6,b\n2025,7,b\n");
  inspected_make(&i, (const char *[]){"empty.csv", "one.csv", "odd [1]*.csv"}, 3);
  ck_assert_uint_eq(i.model->cube_count, 3);
  SAYS(i, "files: [\"odd \\\\[1]\\\\*.csv\"]");
  SAYS_NOT(i, "sum: year");
  ck_assert_uint_eq(load_test_find(&i.t, "odd_1")->row_count, 3);
  inspected_clear(&i);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("loaders_inspect_cubes");
  const TTest *const cases[] = {test_flat_file,
                                test_several_hops,
                                test_fact_with_details,
                                test_slips,
                                test_too_many_slips,
                                test_compact_dates,
                                test_parents_are_proved,
                                test_little,
                                NULL};
  unit_case(suite, "cubes", 60, cases);
  return unit_main(suite);
}
