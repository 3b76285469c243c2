// Bad input: each fault has a clear message, the limit of bad rows holds, and nothing changes.
#include "load.h"
#include "load_support.h"
#include <fcntl.h>

static ModelTable *facts_model(LoadTest *t) {
  ModelTable *stores = load_test_table(t, "stores", "stores.csv");
  stores->key = "store";
  load_test_column(t, stores, "store", "int");
  load_test_column(t, stores, "city", "string");
  ModelTable *facts = load_test_table(t, "facts", "facts*.csv");
  load_test_column(t, facts, "day", "date");
  load_test_link(t, facts, "store", "stores");
  load_test_column(t, facts, "amount", "decimal(9,2)");
  load_test_column(t, facts, "units", "smallint");
  load_test_column(t, facts, "note", "string");
  load_test_write(t, "stores.csv", "store,city\n1,Moscow\n");
  return facts;
}

#define HEADER "day,store,amount,units,note\n"

// The store is as it was: no table, no batch.
static void check_untouched(LoadTest *t) {
  Root *root = store_pin(t->store);
  ck_assert_uint_eq(root->version, 0);
  ck_assert_uint_eq(root->table_count, 0);
  ck_assert_uint_eq(root->batch_count, 0);
  root_release(root);
}

typedef struct FaultCase {
  const char *file;
  Status status;
  const char *message;
} FaultCase;

static const FaultCase fault_cases[] = {
    {"", STATUS_INVALID, "facts.csv is empty: a header line was expected"},
    {"day,store,amuont,units,note\n", STATUS_INVALID, "no column 'amount'"},
    {"day,store,amuont,units,note\n", STATUS_INVALID, "the nearest is 'amuont'"},
    {"day;store;amount;units;note;amount\n", STATUS_INVALID, "names 'amount' twice"},
    {HEADER "2025-01-01,1,1,1,a\n2025-01-01,1,12.x,1,a\n", STATUS_LIMIT,
     "facts.csv:3: amount '12.x' is not a number"},
    {HEADER "2025-01-01,1,12345678.00,1,a\n", STATUS_LIMIT,
     "facts.csv:2: amount '12345678.00' is beyond the range of decimal(9,2)"},
    {HEADER "2025-01-01,1,1.234,1,a\n", STATUS_LIMIT, "has more than 2 digits after the point"},
    {HEADER "2025-01-01,1,1,32768,a\n", STATUS_LIMIT,
     "units '32768' is beyond the range of smallint"},
    {HEADER "2025-01-01,1,1,1.5,a\n", STATUS_LIMIT, "units '1.5' is not a whole number"},
    {HEADER "2025-02-29,1,1,1,a\n", STATUS_LIMIT, "day '2025-02-29' is not a date"},
    {HEADER "2025-01-01,1,1,1,\xff\xfe\n", STATUS_LIMIT, "is not valid UTF-8"},
    {HEADER "2025-01-01,1,1,1\n", STATUS_LIMIT, "facts.csv:2: 4 fields where the header has 5"},
    {HEADER "\n2025-01-01,1,1,1,a,b\n", STATUS_LIMIT,
     "facts.csv:3: 6 fields where the header has 5"},
    {HEADER "2025-01-01,1,1,1,\"a\n", STATUS_INVALID,
     "facts.csv:2: the quotes opened on this line are not closed before the file's end"},
    {HEADER "2025-01-01,1,1,1,5\" pipe\"\n", STATUS_LIMIT, "has a quote inside an unquoted field"},
    {HEADER "2025-01-01,1,1,1,\"a\"b\n", STATUS_LIMIT, "has text after its closing quote"},
    {"day,store,amount,units,note\r2025-01-01,1,1,1,a\r", STATUS_INVALID, "lines end in CR alone"},
};

START_TEST(test_message) {
  const FaultCase *fault = &fault_cases[_i];
  LoadTest t;
  load_test_init(&t);
  facts_model(&t);
  load_test_write(&t, "facts.csv", fault->file);
  load_test_fails(&t, fault->status, fault->message);
  check_untouched(&t);
  load_test_clear(&t);
}
END_TEST

START_TEST(test_missing_file) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *facts = facts_model(&t);
  load_test_fails(&t, STATUS_NOT_FOUND, "table facts: no file matches 'facts*.csv'");
  check_untouched(&t);
  facts->optional = true;
  load_test_ok(&t);
  ck_assert_uint_eq(load_test_find(&t, "facts")->row_count, 0);
  ck_assert_str_eq(t.report.notices[0], "facts: no files, the table is empty");
  load_test_clear(&t);
}
END_TEST

START_TEST(test_duplicate_key) {
  LoadTest t;
  load_test_init(&t);
  load_set_chunk_bytes(16);
  ModelTable *stores = load_test_table(&t, "stores", "s*.csv");
  stores->key = "store";
  load_test_column(&t, stores, "store", "string");
  load_test_column(&t, stores, "city", "string");
  load_test_write(&t, "s1.csv", "store,city\nA,one\nB,two\nC,three\n");
  load_test_write(&t, "s2.csv", "store,city\nD,four\n\"B\",five\n,six\n");
  load_test_fails(&t, STATUS_LIMIT, "s2.csv:3: store 'B' is a key that came before, at ");
  load_test_fails(&t, STATUS_LIMIT, "s1.csv:3");
  stores->reject_limit = 2;
  load_test_ok(&t);
  ck_assert_uint_eq(load_test_find(&t, "stores")->row_count, 4);
  load_test_is(&t, "stores", 1, "city", "two"); // the first stands
  ck_assert_uint_eq(t.report.tables[0].rejected, 2);
  load_test_clear(&t);
  load_set_chunk_bytes(0);
}
END_TEST

START_TEST(test_child_without_parent) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *facts = facts_model(&t);
  facts->columns[1].inferred_members = false;
  load_test_write(&t, "facts.csv", HEADER "2025-01-01,1,1,1,a\n2025-01-01,7,1,1,a\n");
  load_test_fails(&t, STATUS_LIMIT, "facts.csv:3: store '7' is not a key of stores");
  check_untouched(&t);
  facts->reject_limit = 1;
  load_test_ok(&t);
  ck_assert_uint_eq(load_test_find(&t, "facts")->row_count, 1);
  ck_assert_uint_eq(load_test_find(&t, "stores")->row_count, 2);
  load_test_clear(&t);
}
END_TEST

START_TEST(test_repeated_batch) {
  LoadTest t;
  load_test_init(&t);
  facts_model(&t);
  load_test_write(&t, "facts.csv", HEADER "2025-01-01,1,1,1,a\n");
  t.options.batch = "day 1";
  load_test_ok(&t);
  load_test_fails(&t, STATUS_EXISTS, "the batch 'day 1' has been loaded already");
  ck_assert_uint_eq(load_test_find(&t, "facts")->row_count, 1);
  load_test_clear(&t);

  load_test_init(&t); // without a name, the files themselves are the name
  facts_model(&t);
  load_test_write(&t, "facts.csv", HEADER "2025-01-01,1,1,1,a\n");
  ck_assert_int_eq(load_run(t.store, &t.model, &t.options, NULL, &t.report, &t.error), STATUS_OK);
  load_report_clear(&t.report);
  ck_assert_int_eq(load_run(t.store, &t.model, &t.options, NULL, &t.report, &t.error),
                   STATUS_EXISTS);
  ck_assert_ptr_nonnull(strstr(t.error.message, "have been loaded already"));
  load_test_clear(&t);
}
END_TEST

static void read_text(const char *path, char *out, size_t size) {
  FILE *file = fopen(path, "r");
  ck_assert_ptr_nonnull(file);
  out[fread(out, 1, size - 1, file)] = 0;
  fclose(file);
}

// Bad rows within the limit: left out, listed in order whatever the threads did.
START_TEST(test_rejects_file) {
  LoadTest t;
  load_test_init(&t);
  load_set_chunk_bytes((size_t[]){40, 64, 1000, 0}[_i]);
  facts_model(&t);
  t.model.reject_limit = 4;
  load_test_write(&t, "facts.csv",
                  HEADER "2025-01-01,1,1,1,\"x\ny\"\nbad,1,1,1,a\n2025-01-02,1,\"a\"\"b\",zz,a\n\n"
                         "1,2\n2025-01-03,1,3,3,c\n2025-01-04,1,1,99999,\"l1\nl2\"\n");
  char *path = arena_printf(t.model.arena, "%s/rejects.csv", t.folder);
  t.options.rejects_path = path;
  load_test_ok(&t);
  ck_assert_uint_eq(load_test_find(&t, "facts")->row_count, 2);
  ck_assert_uint_eq(t.report.tables[1].rejected, 4);
  ck_assert_uint_eq(t.report.tables[1].rows, 2);
  load_test_is(&t, "facts", 0, "note", "x\ny");
  load_test_is(&t, "facts", 1, "note", "c");
  char text[4096], wanted[4096];
  read_text(path, text, sizeof text);
  snprintf(wanted, sizeof wanted,
           "file,line,column,value,reason\n"
           "\"%1$s/facts.csv\",4,\"day\",\"bad\",\"is not a date in the expected order\"\n"
           "\"%1$s/facts.csv\",5,\"amount\",\"a\"\"b\",\"is not a number\"\n"
           "\"%1$s/facts.csv\",7,\"\",\"1,2\",\"2 fields where the header has 5\"\n"
           "\"%1$s/facts.csv\",9,\"units\",\"99999\",\"is beyond the range of smallint\"\n",
           t.folder);
  ck_assert_str_eq(text, wanted);

  t.model.reject_limit =
      3; // one more than allowed: nothing changes, the message says where to look
  load_test_fails(
      &t, STATUS_LIMIT,
      "table facts: 4 bad rows, 3 allowed (the model allows more by rejects: {limit: 100}");
  ck_assert_ptr_nonnull(strstr(t.error.message, path));
  ck_assert_uint_eq(load_test_find(&t, "facts")->row_count, 2);
  load_test_clear(&t);
  load_set_chunk_bytes(0);
}
END_TEST

// The file is UTF-8, whatever the data are: bytes that are no characters are written as digits.
START_TEST(test_rejects_encoding) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *table = load_test_table(&t, "t", "t.csv");
  table->reject_limit = 10;
  load_test_column(&t, table, "a", "string");
  load_test_column(&t, table, "n", "int");
  load_test_write(&t, "t.csv", "a,n\n1,\xcf\xf0\n\x98\xcf,1\n");
  char *path = arena_printf(t.model.arena, "%s/rejects.csv", t.folder);
  t.options.rejects_path = path;
  static const char *const wanted[] = {"\"\\xcf\\xf0\"", "\"\\x98\\xcf\"", "\"Пр\"", "\"\\x98П\""};
  for (int code_page = 0; code_page < 2; code_page++) {
    char text[4096];
    table->source.encoding = code_page ? MODEL_ENCODING_CP1251 : MODEL_ENCODING_UTF8;
    load_test_ok(&t);
    ck_assert_uint_eq(t.report.tables[0].rejected, 2);
    read_text(path, text, sizeof text);
    for (int w = 0; w < 2; w++)
      ck_assert_msg(strstr(text, wanted[2 * code_page + w]) != NULL, "%s", text);
  }
  load_test_clear(&t);
}
END_TEST

static void cancel_on_progress(void *context, const JobProgress *progress) {
  if (progress->rows > 1000) job_cancel(context);
}

START_TEST(test_cancel) {
  LoadTest t;
  load_test_init(&t);
  load_set_chunk_bytes(4096);
  facts_model(&t);
  load_test_write(&t, "facts.csv", HEADER "2025-01-01,1,1,1,a\n");
  load_test_ok(&t);
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, HEADER);
  for (int i = 0; i < 300000; i++) buffer_printf(&text, "2025-01-01,%d,1,1,n%d\n", i % 50, i);
  load_test_write_bytes(&t, "facts.csv", text.data, text.size);
  Root *before = store_pin(t.store);
  t.job.on_progress = cancel_on_progress;
  t.job.progress_context = &t.job;
  t.job.progress_last_ns = 0;
  ck_assert_int_eq(load_test_run(&t), STATUS_CANCELLED);
  Root *after = store_pin(t.store);
  ck_assert_ptr_eq(before, after);
  root_release(before);
  root_release(after);
  ck_assert_int_eq(t.job.memory.used_bytes, 0);
  buffer_clear(&text);
  load_test_clear(&t);
  load_set_chunk_bytes(0);
}
END_TEST

// A memory budget that is too small: a clear error, everything given back.
START_TEST(test_memory) {
  LoadTest t;
  load_test_init(&t);
  facts_model(&t);
  job_init(&t.job, "load", 100000, 0, NULL);
  load_test_write(&t, "facts.csv", HEADER "2025-01-01,1,1,1,a\n");
  load_test_fails(&t, STATUS_MEMORY, "load");
  check_untouched(&t);
  load_test_clear(&t);
}
END_TEST

START_TEST(test_two_springfields) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *stores = load_test_table(&t, "stores", "stores.csv");
  stores->key = "store";
  load_test_column(&t, stores, "store", "int");
  load_test_column(&t, stores, "city", "string")->raw_text = _i == 1;
  load_test_column(&t, stores, "region", "string");
  static const char *city_parents[] = {"region"}, *store_parents[] = {"city"};
  ModelLevel levels[] = {
      {.name = "store", .column = "store", .parents = store_parents, .parent_count = 1},
      {.name = "city", .column = "city", .parents = city_parents, .parent_count = 1},
      {.name = "region", .column = "region"}};
  ModelDimension dimension = {
      .name = "shop", .table = "stores", .levels = levels, .level_count = 3};
  t.model.dimensions = &dimension;
  t.model.dimension_count = 1;
  load_test_write(
      &t, "stores.csv",
      "store,city,region\n1,Springfield,Illinois\n2,Salem,Oregon\n3,Springfield,Ohio\n");
  load_test_fails(&t, STATUS_INVALID,
                  "dimension shop: the city 'Springfield' lies in two: region 'Illinois'");
  ck_assert_ptr_nonnull(strstr(t.error.message, "'Ohio'"));
  check_untouched(&t);
  load_test_write(&t, "stores.csv",
                  "store,city,region\n1,Springfield,Illinois\n2,Salem,Oregon\n3,Springfield,"
                  "Illinois\n4,,Ohio\n5,,Iowa\n");
  load_test_ok(&t);
  load_test_clear(&t);
}
END_TEST

START_TEST(test_model_and_store_differ) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *facts = facts_model(&t);
  load_test_write(&t, "facts.csv", HEADER "2025-01-01,1,1,1,a\n");
  load_test_ok(&t);
  facts->columns[2].type = type_decimal(9, 3);
  load_test_fails(&t, STATUS_INVALID, "facts.amount was decimal(9,2) in the store");
  facts->columns[2].type = type_decimal(9, 2);
  load_test_column(&t, facts, "new", "string"); // a new column: old rows have no value
  load_test_write(&t, "facts.csv", "new,day,store,amount,units,note\nN,2025-01-02,1,2,2,b\n");
  load_test_ok(&t);
  load_test_is(&t, "facts", 0, "new", "NULL");
  load_test_is(&t, "facts", 1, "new", "N");
  load_test_is(&t, "facts", 0, "note", "a");
  load_test_clear(&t);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("loaders_faults");
  TCase *loops = tcase_create("loops");
  tcase_set_timeout(loops, 60);
  tcase_add_loop_test(loops, test_message, 0, (int)(sizeof fault_cases / sizeof *fault_cases));
  tcase_add_loop_test(loops, test_rejects_file, 0, 4);
  tcase_add_loop_test(loops, test_two_springfields, 0, 2);
  suite_add_tcase(suite, loops);
  const TTest *const cases[] = {test_missing_file,
                                test_rejects_encoding,
                                test_duplicate_key,
                                test_child_without_parent,
                                test_repeated_batch,
                                test_cancel,
                                test_memory,
                                test_model_and_store_differ,
                                NULL};
  unit_case(suite, "faults", 60, cases);
  return unit_main(suite);
}
