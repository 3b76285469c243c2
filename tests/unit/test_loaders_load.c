// Whole loads: types, links of each kind, inferred members, second batches, all or nothing.
#include "load.h"
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
  load_test_write(&t, "sales.csv",
                  "day,store,paid\n2025-01-31,77,1\n2025-01-31,77,2\n2025-01-31,1,3\n");
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

// Rows around vectors, words and blocks, cut into tiny chunks, by three workers.
START_TEST(test_sizes) {
  static const uint32_t sizes[] = {0, 1, 63, 64, 65, 2047, 2048, 2049, 65535, 65536, 65537, 131072};
  static const size_t chunks[] = {512, 65536, 0};
  LoadTest t;
  uint32_t rows = sizes[_i / 3];
  load_set_chunk_bytes(chunks[_i % 3]);
  load_test_init(&t);
  ModelTable *table = load_test_table(&t, "facts", "f.csv");
  load_test_column(&t, table, "n", "bigint");
  load_test_column(&t, table, "d", "double");
  load_test_column(&t, table, "w", "decimal(30,4)");
  load_test_column(&t, table, "s", "string");
  load_test_column(&t, table, "r", "string")->raw_text = true;
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "r,s,n,w,d\n");
  for (uint32_t i = 0; i < rows; i++) {
    if (i % 7 == 3)
      buffer_append_text(&text, ",,,,\n");
    else
      buffer_printf(&text, "\"raw \"\"%u\"\"\nline\",value %u,%d,12345678901234567890.%04u,%u.5\n",
                    i, i % 19, -(int)i, i % 10000, i);
  }
  load_test_write_bytes(&t, "f.csv", text.data, text.size);
  load_test_ok(&t);
  const Table *facts = load_test_find(&t, "facts");
  ck_assert_uint_eq(facts->row_count, rows);
  for (uint32_t b = 0; b + 1 < facts->columns[0]->block_count; b++)
    ck_assert_uint_eq(facts->columns[0]->blocks[b]->row_count, BLOCK_ROWS);
  char wanted[96];
  for (uint32_t i = 0; i < rows; i += i % 97 ? 1 + rows / 400 : 1) {
    bool null = i % 7 == 3;
    snprintf(wanted, sizeof wanted, "%d", -(int)i);
    load_test_is(&t, "facts", i, "n", null ? "NULL" : wanted);
    snprintf(wanted, sizeof wanted, "%u.5", i);
    load_test_is(&t, "facts", i, "d", null ? "NULL" : wanted);
    snprintf(wanted, sizeof wanted, "12345678901234567890.%04u", i % 10000);
    load_test_is(&t, "facts", i, "w", null ? "NULL" : wanted);
    snprintf(wanted, sizeof wanted, "value %u", i % 19);
    load_test_is(&t, "facts", i, "s", null ? "NULL" : wanted);
    snprintf(wanted, sizeof wanted, "raw \"%u\"\nline", i);
    load_test_is(&t, "facts", i, "r", null ? "NULL" : wanted);
  }
  if (rows > 100)
    ck_assert_uint_eq(load_test_find_column(&t, "facts", "s")->dictionary->sorted_count, 19);
  buffer_clear(&text);
  load_test_clear(&t);
  load_set_chunk_bytes(0);
}
END_TEST

START_TEST(test_self_link_and_key) {
  LoadTest t;
  load_test_init(&t);
  load_set_chunk_bytes(64);
  ModelTable *lines = load_test_table(&t, "lines", "l*.csv");
  lines->key = "line";
  load_test_column(&t, lines, "line", "string");
  load_test_link(&t, lines, "returned", "lines");
  load_test_column(&t, lines, "product", "string");
  load_test_through(&t, lines, "returned_product", "returned", "product");
  load_test_write(&t, "l1.csv",
                  "line,returned,product\na,,milk\nb,c,bread\nc,a,tea\nd,zz,salt\ne,d,sugar\n");
  load_test_ok(&t);
  load_test_is(&t, "lines", 1, "returned", "0");
  load_test_is(&t, "lines", 2, "returned", "3");
  load_test_is(&t, "lines", 2, "returned_product", "tea");
  load_test_is(&t, "lines", 3, "returned_product", "milk");
  load_test_is(&t, "lines", 4, "returned", "6"); // zz: inferred
  load_test_is(&t, "lines", 4, "returned_product", "NULL");
  load_test_is(&t, "lines", 6, "line", "zz");
  load_test_is(&t, "lines", 6, "returned", "0");
  ck_assert_uint_eq(load_test_find(&t, "lines")->shown_count, 5);

  // A second batch: zz comes, f returns an old line, b returns another one now.
  remove(arena_printf(t.model.arena, "%s/l1.csv", t.folder));
  load_test_write(&t, "l2.csv", "line,returned,product\nf,b,salt\nzz,,flour\nb,e,bread\n");
  load_test_ok(&t);
  load_test_is(&t, "lines", 7, "line", "f");
  load_test_is(&t, "lines", 7, "returned", "2");
  load_test_is(&t, "lines", 7, "returned_product", "bread");
  load_test_is(&t, "lines", 2, "returned", "5");
  load_test_is(&t, "lines", 2, "returned_product", "sugar");
  load_test_is(&t, "lines", 3, "returned", "1"); // kept
  load_test_is(&t, "lines", 4, "returned_product", "flour");
  ck_assert_uint_eq(load_test_find(&t, "lines")->shown_count, 7);
  load_test_clear(&t);
  load_set_chunk_bytes(0);
}
END_TEST

// Two tables that link to each other.
START_TEST(test_circle) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *people = load_test_table(&t, "people", "p.csv");
  people->key = "person";
  load_test_column(&t, people, "person", "int");
  load_test_link(&t, people, "house", "houses");
  load_test_through(&t, people, "street", "house", "street");
  ModelTable *houses = load_test_table(&t, "houses", "h.csv");
  houses->key = "house";
  load_test_column(&t, houses, "house", "int");
  load_test_column(&t, houses, "street", "string");
  load_test_link(&t, houses, "head", "people");
  load_test_write(&t, "p.csv", "person,house\n10,2\n20,1\n30,9\n");
  load_test_write(&t, "h.csv", "house,street,head\n1,Elm,20\n2,Oak,10\n3,Ash,99\n");
  load_test_ok(&t);
  load_test_is(&t, "people", 1, "house", "2");
  load_test_is(&t, "people", 1, "street", "Oak");
  load_test_is(&t, "people", 2, "street", "Elm");
  load_test_is(&t, "people", 3, "house", "4"); // house 9: inferred
  load_test_is(&t, "people", 3, "street", "NULL");
  load_test_is(&t, "houses", 1, "head", "2");
  load_test_is(&t, "houses", 3, "head", "4"); // person 99: inferred
  load_test_is(&t, "people", 4, "person", "99");
  load_test_is(&t, "houses", 4, "house", "9");
  load_test_clear(&t);
}
END_TEST

START_TEST(test_as_of) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *customers = load_test_table(&t, "customers", "c.csv");
  customers->key = "customer";
  load_test_column(&t, customers, "customer", "int");
  ModelTable *tiers = load_test_table(&t, "tiers", "t*.csv");
  tiers->history_key = "customer";
  tiers->valid_from = "since";
  tiers->valid_to = "until";
  load_test_link(&t, tiers, "customer", "customers");
  load_test_column(&t, tiers, "tier", "string");
  load_test_column(&t, tiers, "since", "date");
  load_test_column(&t, tiers, "until", "date");
  ModelTable *sales = load_test_table(&t, "sales", "s.csv");
  load_test_link(&t, sales, "customer", "customers");
  load_test_column(&t, sales, "at", "timestamp");
  ModelColumn *tier = load_test_column(&t, sales, "tier", NULL);
  tier->kind = MODEL_COLUMN_AS_OF;
  tier->link = "tiers";
  tier->link_key = "customer";
  tier->as_of = "at";
  tier->hidden = true;
  load_test_through(&t, sales, "tier_name", "tier", "tier");
  load_test_write(&t, "c.csv", "customer\n5\n6\n");
  load_test_write(&t, "t.csv",
                  "customer,tier,since,until\n5,gold,2025-03-01,\n5,silver,2025-01-01,2025-03-01\n"
                  "6,silver,2025-01-01,2025-02-01\n,ghost,2025-01-01,\n");
  load_test_write(&t, "s.csv",
                  "customer,at\n5,2025-02-28 23:59:59\n5,2025-03-01 00:00:00\n5,2024-12-31 23:59\n"
                  "6,2025-01-15\n6,2025-02-01\n,2025-02-01\n5,\n");
  load_test_ok(&t);
  static const char *const wanted[] = {"silver", "gold", "NULL", "silver", "NULL", "NULL", "NULL"};
  for (uint32_t row = 0; row < 7; row++) load_test_is(&t, "sales", row, "tier_name", wanted[row]);
  load_test_is(&t, "sales", 1, "tier", "1");
  load_test_is(&t, "sales", 2, "tier", "0");
  const TableSchema *schema = load_test_find(&t, "sales")->schema;
  ck_assert_str_eq(schema->columns[2].link, "tiers");
  ck_assert_str_eq(schema->columns[2].as_of, "at");
  ck_assert(schema->columns[2].hidden && schema->columns[3].through_column);
  // A late row of the history: old sales see it.
  load_test_write(&t, "t2.csv", "customer,tier,since,until\n6,bronze,2025-02-01,\n");
  remove(arena_printf(t.model.arena, "%s/t.csv", t.folder));
  remove(arena_printf(t.model.arena, "%s/s.csv", t.folder));
  load_test_ok(&t);
  load_test_is(&t, "sales", 4, "tier_name", "bronze");
  load_test_is(&t, "sales", 0, "tier_name", "silver");
  load_test_clear(&t);
}
END_TEST

// A promotion within a basis ends before it; two rows that begin together are told of.
START_TEST(test_history_overlaps) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *tiers = load_test_table(&t, "tiers", "h.csv");
  tiers->history_key = "c";
  tiers->valid_from = "since";
  tiers->valid_to = "until";
  load_test_column(&t, tiers, "c", "int");
  load_test_column(&t, tiers, "tier", "string");
  load_test_column(&t, tiers, "since", "date");
  load_test_column(&t, tiers, "until", "date");
  ModelTable *sales = load_test_table(&t, "sales", "s.csv");
  load_test_column(&t, sales, "c", "int");
  load_test_column(&t, sales, "at", "date");
  ModelColumn *link = load_test_column(&t, sales, "l", NULL);
  link->kind = MODEL_COLUMN_AS_OF;
  link->link = "tiers";
  link->link_key = "c";
  link->as_of = "at";
  load_test_through(&t, sales, "tier", "l", "tier");
  load_test_write(
      &t, "h.csv",
      "c,tier,since,until\n1,base,2024-01-01,2024-12-31\n1,promo,2024-03-01,2024-03-15\n"
      "1,flash,2024-03-02,2024-03-04\n1,long,2024-03-10,2024-03-20\n"
      "2,x,2024-01-01,2024-02-01\n2,y,2024-01-01,2024-02-01\n"
      "3,open,,\n3,never,2024-02-01,2024-02-01\n3,then,2024-05-01,2024-06-01\n");
  load_test_write(
      &t, "s.csv",
      "c,at\n1,2024-04-01\n1,2024-02-29\n1,2024-03-01\n1,2024-03-03\n1,2024-03-04\n"
      "1,2024-03-12\n1,2024-03-15\n1,2024-03-20\n1,2024-12-31\n1,2023-12-31\n"
      "2,2024-01-10\n2,2024-02-01\n3,2024-02-01\n3,2024-05-15\n3,2024-06-01\n4,2024-01-01\n");
  load_test_ok(&t);
  static const char *const wanted[] = {"base", "base", "promo", "flash", "promo", "long",
                                       "long", "base", "NULL",  "NULL",  "y",     "NULL",
                                       "open", "then", "open",  "NULL"};
  for (uint32_t row = 0; row < 16; row++) load_test_is(&t, "sales", row, "tier", wanted[row]);
  ck_assert_uint_eq(t.report.notice_count, 1);
  ck_assert_str_eq(t.report.notices[0],
                   "tiers: 5 rows began while another row of the same c held; the one that began "
                   "last is taken");
  load_test_clear(&t);
}
END_TEST

// Business days and hours in the zone of each row's store, over a zone change.
START_TEST(test_dates_and_hours) {
  LoadTest t;
  load_test_init(&t);
  t.model.time_zone = "Europe/Berlin";
  t.model.day_start_minutes = 5 * 60;
  ModelTable *stores = load_test_table(&t, "stores", "st.csv");
  stores->key = "store";
  load_test_column(&t, stores, "store", "int");
  load_test_column(&t, stores, "zone", "string");
  ModelTable *sales = load_test_table(&t, "sales", "s.csv");
  ModelColumn *day = load_test_column(&t, sales, "day", NULL); // before what it is made of
  day->kind = MODEL_COLUMN_DATE_OF;
  ModelColumn *hour = load_test_column(&t, sales, "hour", NULL);
  hour->kind = MODEL_COLUMN_HOUR_OF;
  day->of = hour->of = "at";
  day->zone_link = hour->zone_link = "store";
  day->zone_column = hour->zone_column = "zone";
  load_test_link(&t, sales, "store", "stores");
  load_test_column(&t, sales, "at", "timestamptz");
  load_test_write(&t, "st.csv", "store,zone\n1,Asia/Vladivostok\n2,\n");
  load_test_write(
      &t, "s.csv",
      "store,at\n1,2025-06-30T18:30:00Z\n1,2025-06-30T19:30:00Z\n2,2025-06-30 03:10:00\n"
      "2,2025-06-30 05:00:00\n,2025-01-01 12:00:00\n2,2025-10-26 02:30:00\n"
      "2,2025-03-30 02:30:00\n2,\n");
  load_test_ok(&t);
  static const char *const days[] = {"2025-06-30", "2025-07-01", "2025-06-29", "2025-06-30",
                                     "2025-01-01", "2025-10-25", "2025-03-29", "NULL"};
  static const char *const hours[] = {"4", "5", "3", "5", "12", "2", "3", "NULL"};
  for (uint32_t row = 0; row < 8; row++) {
    load_test_is(&t, "sales", row, "day", days[row]);
    load_test_is(&t, "sales", row, "hour", hours[row]);
  }
  load_test_is(&t, "sales", 5, "at", "2025-10-26 00:30:00+00"); // the first of the doubled
  load_test_is(&t, "sales", 6, "at", "2025-03-30 01:30:00+00"); // shifted forward
  ck_assert_uint_eq(t.report.tables[1].doubled_times, 1);
  ck_assert_uint_eq(t.report.tables[1].missing_times, 1);
  load_test_clear(&t);
}
END_TEST

// A second batch shares full blocks, extends the last one, and keeps codes.
START_TEST(test_append) {
  LoadTest t;
  load_test_init(&t);
  load_set_chunk_bytes(10000);
  shop_model(&t);
  load_test_write(&t, "stores.csv", "store,city\n1,Moscow\n2,Kazan\n");
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "day,store,paid\n");
  for (int i = 0; i < 70000; i++) buffer_printf(&text, "2025-01-01,%d,%d\n", 1 + i % 2, i);
  load_test_write_bytes(&t, "sales.csv", text.data, text.size);
  load_test_ok(&t);
  Root *before = store_pin(t.store);
  const Table *old = root_find(before, "sales");
  remove(arena_printf(t.model.arena, "%s/stores.csv", t.folder));
  load_test_write(&t, "stores.csv", "store,city\n3,Abakan\n");
  buffer_reset(&text);
  buffer_append_text(&text, "day,store,paid\n");
  for (int i = 70000; i < 140000; i++) buffer_printf(&text, "2025-01-02,%d,%d\n", 1 + i % 3, i);
  load_test_write_bytes(&t, "sales.csv", text.data, text.size);
  load_test_ok(&t);
  const Table *now = load_test_find(&t, "sales");
  ck_assert_uint_eq(now->row_count, 140000);
  for (uint32_t c = 0; c < 4; c++) {
    ck_assert_ptr_eq(now->columns[c]->blocks[0], old->columns[c]->blocks[0]);
    ck_assert_ptr_ne(now->columns[c]->blocks[1], old->columns[c]->blocks[1]);
  }
  ck_assert_int_eq(load_test_sum(&t, "sales", "paid"), INT64_C(139999) * 140000 / 2 * 100);
  for (uint32_t i = 0; i < 140000; i += 611) {
    static const char *const cities[] = {"Moscow", "Kazan", "Abakan"};
    load_test_is(&t, "sales", i, "city", cities[i < 70000 ? i % 2 : i % 3]);
  }
  const Dictionary *cities = load_test_find_column(&t, "stores", "city")->dictionary;
  ck_assert_uint_eq(cities->count, 3);
  ck_assert_uint_eq(dictionary_find(cities, STR_LITERAL("Abakan")), 2); // the tail
  ck_assert_uint_eq(dictionary_rank(cities, 2), 0);
  ck_assert_uint_eq(old->row_count, 70000); // who pinned the old root sees it
  root_release(before);
  buffer_clear(&text);
  load_test_clear(&t);
  load_set_chunk_bytes(0);
}
END_TEST

// Updates in a table of several blocks: only touched blocks are new.
START_TEST(test_updates_in_blocks) {
  LoadTest t;
  load_test_init(&t);
  load_set_chunk_bytes(20000);
  ModelTable *table = load_test_table(&t, "members", "m.csv");
  table->key = "id";
  load_test_column(&t, table, "id", "int");
  load_test_column(&t, table, "name", "string");
  load_test_column(&t, table, "note", "string")->raw_text = true;
  ModelTable *facts = load_test_table(&t, "facts", "f.csv"); // makes it a link's target
  facts->optional = true;
  load_test_link(&t, facts, "id", "members");
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "id,name,note\n");
  for (int i = 1; i <= 200000; i++) buffer_printf(&text, "%d,n%d,x%d\n", i, i % 10, i);
  load_test_write_bytes(&t, "m.csv", text.data, text.size);
  load_test_ok(&t);
  Root *before = store_pin(t.store);
  const Table *old = root_find(before, "members");
  load_test_write(&t, "m.csv", "id,name,note\n70000,new,\n200001,n1,y\n5,,other\n");
  load_test_ok(&t);
  const Table *now = load_test_find(&t, "members");
  ck_assert_uint_eq(now->row_count, 200002);
  for (uint32_t b = 0; b < 4; b++) {
    bool touched = b == 0 || b == 1 || b == 3;
    ck_assert_int_eq(now->columns[1]->blocks[b] != old->columns[1]->blocks[b], touched);
  }
  load_test_is(&t, "members", 70000, "name", "new");
  load_test_is(&t, "members", 70000, "note", "NULL");
  load_test_is(&t, "members", 5, "name", "NULL");
  load_test_is(&t, "members", 5, "note", "other");
  load_test_is(&t, "members", 6, "note", "x6");
  load_test_is(&t, "members", 200001, "note", "y");
  load_test_is(&t, "members", 200000, "name", "n0");
  root_release(before);
  buffer_clear(&text);
  load_test_clear(&t);
  load_set_chunk_bytes(0);
}
END_TEST

// A line reaches its receipt's store, and that store's city and zone, in any order of columns.
START_TEST(test_links_in_a_row) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *sales = load_test_table(&t, "sales", "s.csv");
  load_test_through(&t, sales, "city", "store", "city");
  load_test_through(&t, sales, "store", "receipt", "store");
  load_test_through(&t, sales, "day", "receipt", "day");
  load_test_link(&t, sales, "receipt", "receipts");
  load_test_column(&t, sales, "n", "int");
  ModelTable *receipts = load_test_table(&t, "receipts", "r*.csv");
  receipts->key = "receipt";
  receipts->cluster = "day";
  ModelColumn *day = load_test_column(&t, receipts, "day", NULL);
  day->kind = MODEL_COLUMN_DATE_OF;
  day->of = "at";
  load_test_column(&t, receipts, "receipt", "string");
  load_test_column(&t, receipts, "at", "timestamp");
  load_test_link(&t, receipts, "store", "stores");
  ModelTable *stores = load_test_table(&t, "stores", "st*.csv");
  stores->key = "store";
  load_test_column(&t, stores, "store", "string");
  load_test_column(&t, stores, "city", "string");
  load_test_write(&t, "st.csv", "store,city\nX,Moscow\nY,Kazan\n");
  load_test_write(
      &t, "r.csv",
      "receipt,at,store\nr2,2025-01-02 10:00,Y\nr1,2025-01-01 09:00,X\nr0,2025-01-03,Z\n");
  load_test_write(&t, "s.csv", "receipt,n\nr1,1\nr2,2\nr0,3\nr9,4\n");
  load_test_ok(&t);
  load_test_is(&t, "receipts", 1, "receipt", "r1"); // by day
  load_test_is(&t, "receipts", 3, "receipt", "r0");
  static const char *const cities[] = {"Moscow", "Kazan", "NULL", "NULL"};
  static const char *const days[] = {"2025-01-01", "2025-01-02", "2025-01-03", "NULL"};
  static const char *const links[] = {"1", "2", "3", "0"};
  for (uint32_t row = 0; row < 4; row++) {
    load_test_is(&t, "sales", row, "city", cities[row]);
    load_test_is(&t, "sales", row, "day", days[row]);
    load_test_is(&t, "sales", row, "store", links[row]);
  }
  const TableSchema *schema = load_test_find(&t, "sales")->schema;
  ck_assert_str_eq(schema->columns[1].link, "stores"); // a copied link is a link
  load_test_is(&t, "stores", 3, "store", "Z");
  // A city changes: what was copied two links away follows, though only the stores are read.
  remove(arena_printf(t.model.arena, "%s/s.csv", t.folder));
  remove(arena_printf(t.model.arena, "%s/r.csv", t.folder));
  load_test_write(&t, "st.csv", "store,city\nZ,Omsk\nX,Tver\n");
  load_test_ok(&t);
  load_test_is(&t, "sales", 0, "city", "Tver");
  load_test_is(&t, "sales", 1, "city", "Kazan");
  load_test_is(&t, "sales", 2, "city", "Omsk");
  ck_assert_uint_eq(load_test_find(&t, "sales")->row_count, 4);
  load_test_clear(&t);
}
END_TEST

START_TEST(test_cluster_and_projection) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *sales = shop_model(&t);
  sales->cluster = "city"; // a copied string: sorted by the rank of its code
  ModelProjection *projection = ARENA_NEW(t.model.arena, ModelProjection);
  static const char *order[] = {"store", "day"}, *kept[] = {"paid"};
  *projection = (ModelProjection){order, 2, kept, 1};
  sales->projections = projection;
  sales->projection_count = 1;
  load_test_write(&t, "stores.csv", "store,city\n1,b\n2,a\n3,c\n");
  load_test_write(&t, "sales.csv",
                  "day,store,paid\n2025-01-03,1,1\n2025-01-02,2,2\n2025-01-01,1,3\n2025-01-01,3,4\n"
                  "2025-01-01,,5\n2025-01-01,2,6\n");
  load_test_ok(&t);
  static const char *const paid[] = {"5.00", "2.00", "6.00", "1.00", "3.00", "4.00"};
  for (uint32_t row = 0; row < 6; row++) load_test_is(&t, "sales", row, "paid", paid[row]);
  const Table *table = load_test_find(&t, "sales");
  ck_assert_uint_eq(table->projection_count, 1);
  const Table *by_store = table->projections[0];
  ck_assert_uint_eq(by_store->schema->column_count, 3);
  static const int64_t projected[] = {500, 300, 100, 600, 200, 400};
  int32_t c = schema_find(by_store->schema, "paid");
  for (uint32_t row = 0; row < 6; row++)
    ck_assert_int_eq(column_value(by_store->columns[c], row).i, projected[row]);
  load_test_clear(&t);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("loaders_load");
  TCase *sizes = tcase_create("sizes");
  tcase_set_timeout(sizes, 120);
  tcase_add_loop_test(sizes, test_sizes, 0, 36);
  suite_add_tcase(suite, sizes);
  const TTest *const cases[] = {test_links_and_through,
                                test_inferred_then_filled,
                                test_self_link_and_key,
                                test_circle,
                                test_as_of,
                                test_history_overlaps,
                                test_dates_and_hours,
                                test_append,
                                test_updates_in_blocks,
                                test_links_in_a_row,
                                test_cluster_and_projection,
                                NULL};
  unit_case(suite, "load", 120, cases);
  return unit_main(suite);
}
