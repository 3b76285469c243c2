// Whole loads: types, links of each kind, inferred members, second batches, all or nothing.
#include "load_support.h"

// Stores and products, and sales that link to them.
static ModelTable *shop_model(LoadTest *t) {
  ModelTable *stores = load_test_table(t, "stores", "stores*.csv");
  stores->key = "store";
  load_test_column(t, stores, "store", "int");
  load_test_column(t, stores, "city", "string");
  ModelTable *sales = load_test_table(t, "sales", "sales*.csv");
  load_test_column(t, sales, "day", "date");
  load_test_link(t, sales, "store", "stores");
  load_test_column(t, sales, "paid", "decimal(12,2)");
  load_test_through(t, sales, "city", "store", "city");
  return sales;
}

START_TEST(test_links_and_through) {
  LoadTest t;
  load_test_init(&t);
  shop_model(&t);
  load_test_write(&t, "stores.csv", "store,city\n1,Moscow\n2,Kazan\n3,Moscow\n");
  load_test_write(&t, "sales.csv",
                  "day,store,paid\n2025-01-31,2,10.50\n2025-02-01,1,-3\n2025-02-01,,0.07\n");
  load_test_ok(&t);
  const Table *stores = load_test_find(&t, "stores"), *sales = load_test_find(&t, "sales");
  ck_assert_uint_eq(stores->row_count, 4); // row 0: absent
  ck_assert_uint_eq(stores->shown_count, 3);
  ck_assert(stores->schema->has_members);
  ck_assert_uint_eq(sales->row_count, 3);
  ck_assert_uint_eq(sales->shown_count, 3);
  load_test_is(&t, "stores", 0, "store", "NULL");
  load_test_is(&t, "stores", 1, "city", "Moscow");
  load_test_is(&t, "sales", 0, "store", "2");
  load_test_is(&t, "sales", 1, "store", "1");
  load_test_is(&t, "sales", 2, "store", "0");
  load_test_is(&t, "sales", 0, "paid", "10.50");
  load_test_is(&t, "sales", 1, "paid", "-3.00");
  load_test_is(&t, "sales", 1, "day", "2025-02-01");
  load_test_is(&t, "sales", 0, "city", "Kazan");
  load_test_is(&t, "sales", 1, "city", "Moscow");
  load_test_is(&t, "sales", 2, "city", "NULL");
  const Column *city = load_test_find_column(&t, "sales", "city");
  ck_assert_ptr_eq(city->dictionary, load_test_find_column(&t, "stores", "city")->dictionary);
  ck_assert_uint_eq(city->dictionary->sorted_count, 2);
  ck_assert_uint_eq(t.report.table_count, 2);
  ck_assert_uint_eq(t.report.tables[1].rows, 3);
  load_test_clear(&t);
}
END_TEST

START_TEST(test_inferred_then_filled) {
  LoadTest t;
  load_test_init(&t);
  shop_model(&t);
  load_test_write(&t, "stores.csv", "store,city\n1,Moscow\n");
  load_test_write(&t, "sales.csv", "day,store,paid\n2025-01-31,77,1\n2025-01-31,77,2\n2025-01-31,1,3\n");
  load_test_ok(&t);
  const Table *stores = load_test_find(&t, "stores");
  ck_assert_uint_eq(stores->row_count, 3);
  ck_assert_uint_eq(stores->shown_count, 1);
  ck_assert(bits_get(stores->inferred, 2) && bits_get(stores->hidden, 2));
  load_test_is(&t, "stores", 2, "store", "77");
  load_test_is(&t, "stores", 2, "city", "NULL");
  load_test_is(&t, "sales", 0, "store", "2");
  load_test_is(&t, "sales", 1, "store", "2");
  load_test_is(&t, "sales", 0, "city", "NULL");
  ck_assert_uint_eq(t.report.tables[0].inferred, 1);
  ck_assert_uint_eq(t.report.tables[1].unmatched, 2);

  // Its own row comes: the same row number, and what was copied through the link follows.
  remove(arena_printf(t.model.arena, "%s/sales.csv", t.folder));
  load_test_write(&t, "stores.csv", "store,city\n77,Omsk\n78,Tver\n1,Moskva\n");
  load_test_ok(&t);
  stores = load_test_find(&t, "stores");
  ck_assert_uint_eq(stores->row_count, 4);
  ck_assert_uint_eq(stores->shown_count, 3);
  ck_assert(!bits_get(stores->inferred, 2));
  load_test_is(&t, "stores", 2, "city", "Omsk");
  load_test_is(&t, "stores", 3, "city", "Tver");
  load_test_is(&t, "stores", 1, "city", "Moskva");
  load_test_is(&t, "sales", 0, "city", "Omsk");
  load_test_is(&t, "sales", 2, "city", "Moskva");
  ck_assert_uint_eq(t.report.tables[0].updated, 2);
  ck_assert_uint_eq(t.report.tables[0].rows, 1);
  load_test_clear(&t);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("loaders_load");
  const TTest *const cases[] = {test_links_and_through, test_inferred_then_filled, NULL};
  unit_case(suite, "load", 60, cases);
  return unit_main(suite);
}
