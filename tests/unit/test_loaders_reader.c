// Files as they come: plain and packed, in several members, with a byte order mark, cut short.
#include "load_support.h"
#include "reader.h"

// printf TEXT | gzip (or zstd) into the folder, made by the tools that users have.
static void pack(LoadTest *t, const char *command, const char *name) {
  char line[512];
  snprintf(line, sizeof line, "cd %s && %s %s", t->folder, command, name);
  ck_assert_msg(system(line) == 0, "%s", line);
}

static Status read_all(LoadTest *t, const char *name, size_t step, Buffer *out) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", t->folder, name);
  Reader *reader;
  TRY(reader_open(path, NULL, NULL, &reader, &t->error));
  char *memory = mem_alloc(step);
  Status status = STATUS_OK;
  buffer_reset(out);
  for (size_t got = step; got == step && status == STATUS_OK;) {
    status = reader_read(reader, memory, step, &got, &t->error);
    if (status == STATUS_OK) buffer_append(out, memory, got);
  }
  mem_free(memory);
  reader_close(reader);
  return status;
}

START_TEST(test_packings) {
  static const size_t steps[] = {1, 3, 1000, 1 << 20};
  LoadTest t;
  load_test_init(&t);
  Buffer text, out;
  buffer_init(&text);
  buffer_init(&out);
  for (int i = 0; i < 60000; i++) buffer_printf(&text, "line %d of many\n", i * 7919);
  load_test_write_bytes(&t, "a.csv", text.data, text.size);
  load_test_write(&t, "b.csv", "tail\n");
  pack(&t, "gzip -k", "a.csv b.csv");
  pack(&t, "zstd -q -k", "a.csv b.csv");
  pack(&t, "cat a.csv.gz b.csv.gz >", "two.gz");
  pack(&t, "cat a.csv.zst b.csv.zst >", "two.zst");
  pack(&t, "cat a.csv b.csv >", "two.csv");
  buffer_append_text(&text, "tail\n");
  static const char *const names[] = {"two.gz", "two.zst", "two.csv"};
  for (int n = 0; n < 3; n++) {
    for (size_t s = n == 0 ? 1 : 0; s < 4; s++) {
      ck_assert_int_eq(read_all(&t, names[n], steps[s], &out), STATUS_OK);
      ck_assert_uint_eq(out.size, text.size);
      ck_assert(!memcmp(out.data, text.data, out.size));
    }
  }
  pack(&t, "head -c 5000 a.csv.gz >", "cut.gz");
  pack(&t, "head -c 5000 a.csv.zst >", "cut.zst");
  ck_assert_int_eq(read_all(&t, "cut.gz", 1000, &out), STATUS_CORRUPT);
  ck_assert_ptr_nonnull(strstr(t.error.message, "ends in the middle of its packed data"));
  ck_assert_int_eq(read_all(&t, "cut.zst", 1000, &out), STATUS_CORRUPT);
  pack(&t, "printf 'zzzz' | dd conv=notrunc bs=1 seek=600 status=none of=a.csv.gz #", "");
  ck_assert_int_eq(read_all(&t, "a.csv.gz", 1000, &out), STATUS_CORRUPT);
  ck_assert_int_eq(read_all(&t, "none.csv", 1000, &out), STATUS_NOT_FOUND);
  ck_assert_ptr_nonnull(strstr(t.error.message, "none.csv"));
  buffer_clear(&text);
  buffer_clear(&out);
  load_test_clear(&t);
}
END_TEST

START_TEST(test_byte_order_mark) {
  LoadTest t;
  load_test_init(&t);
  Buffer out;
  buffer_init(&out);
  load_test_write(&t, "bom.csv",
                  "\xef\xbb\xbf"
                  "abcdefgh");
  load_test_write(&t, "only.csv", "\xef\xbb\xbf");
  load_test_write(&t, "none.csv", "");
  for (size_t step = 1; step < 12; step++) {
    ck_assert_int_eq(read_all(&t, "bom.csv", step, &out), STATUS_OK);
    ck_assert_str_eq(out.data, "abcdefgh");
    ck_assert_int_eq(read_all(&t, "only.csv", step, &out), STATUS_OK);
    ck_assert_uint_eq(out.size, 0);
    ck_assert_int_eq(read_all(&t, "none.csv", step, &out), STATUS_OK);
    ck_assert_uint_eq(out.size, 0);
  }
  pack(&t, "gzip -k", "none.csv");
  ck_assert_int_eq(read_all(&t, "none.csv.gz", 10, &out), STATUS_OK);
  ck_assert_uint_eq(out.size, 0);
  buffer_clear(&out);
  load_test_clear(&t);
}
END_TEST

// A packed table loads as its plain twin does.
START_TEST(test_packed_load) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *table = load_test_table(&t, "t", "t.csv*");
  load_test_column(&t, table, "n", "int");
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "n\n");
  for (int i = 0; i < 300000; i++) buffer_printf(&text, "%d\n", i);
  load_test_write_bytes(&t, "t.csv", text.data, text.size);
  pack(&t, _i ? "zstd -q --rm" : "gzip", "t.csv");
  load_test_ok(&t);
  ck_assert_uint_eq(load_test_find(&t, "t")->row_count, 300000);
  ck_assert_int_eq(load_test_sum(&t, "t", "n"), INT64_C(299999) * 150000);
  ck_assert_uint_eq(t.report.tables[0].bytes_read, text.size - 2);
  buffer_clear(&text);
  load_test_clear(&t);
}
END_TEST

// gzip -t takes zero bytes behind the last member; anything else there is damage.
START_TEST(test_gzip_padding) {
  LoadTest t;
  load_test_init(&t);
  load_test_column(&t, load_test_table(&t, "t", "t.csv.gz"), "n", "int");
  load_test_write(&t, "t.csv", "n\n1\n");
  pack(&t, "gzip", "t.csv");
  char command[512];
  snprintf(command, sizeof command, "cd %s && head -c 600000 /dev/zero >>t.csv.gz", t.folder);
  ck_assert_int_eq(system(command), 0);
  load_test_ok(&t);
  ck_assert_uint_eq(load_test_find(&t, "t")->row_count, 1);
  snprintf(command, sizeof command, "cd %s && printf damaged >>t.csv.gz", t.folder);
  ck_assert_int_eq(system(command), 0);
  load_test_fails(&t, STATUS_CORRUPT, "damaged gzip data");
  load_test_clear(&t);
}
END_TEST

START_TEST(test_json_lines) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *stores = load_test_table(&t, "stores", "s.csv");
  stores->key = "code";
  load_test_column(&t, stores, "code", "string");
  ModelTable *table = load_test_table(&t, "t", "t.jsonl");
  table->source.format = MODEL_FORMAT_JSONL;
  table->reject_limit = 4;
  load_test_column(&t, table, "n", "bigint");
  load_test_column(&t, table, "amount", "decimal(12,2)");
  load_test_column(&t, table, "ratio", "double");
  load_test_column(&t, table, "on", "bool");
  load_test_column(&t, table, "text", "string");
  load_test_column(&t, table, "at", "timestamp");
  load_test_link(&t, table, "store", "stores");
  load_test_write(&t, "s.csv", "code\nA\nB\n");
  load_test_write(&t, "t.jsonl",
                  "{\"n\":1,\"amount\":12.5,\"ratio\":0.1,\"on\":true,\"text\":\"\\u0416\\n\","
                  "\"at\":\"2025-01-01T10:00:00\",\"store\":\"B\"}\n"
                  "{\"n\":9223372036854775807,\"amount\":\"-7.25\",\"text\":\"\",\"extra\":[1]}\n"
                  "\n"
                  "{\"n\":1.5}\n"
                  "{\"n\":2,\n"
                  "[1,2]\n"
                  "{\"n\":{}}\n"
                  "{\"n\":3,\"store\":\"C\"}");
  load_test_ok(&t);
  ck_assert_uint_eq(load_test_find(&t, "t")->row_count, 3);
  ck_assert_uint_eq(t.report.tables[1].rejected, 4);
  load_test_is(&t, "t", 0, "amount", "12.50");
  load_test_is(&t, "t", 0, "ratio", "0.1");
  load_test_is(&t, "t", 0, "on", "true");
  load_test_is(&t, "t", 0, "text", "Ж\n");
  load_test_is(&t, "t", 0, "at", "2025-01-01 10:00:00");
  load_test_is(&t, "t", 0, "store", "2");
  load_test_is(&t, "t", 1, "n", "9223372036854775807");
  load_test_is(&t, "t", 1, "amount", "-7.25");
  load_test_is(&t, "t", 1, "text", "");
  load_test_is(&t, "t", 1, "ratio", "NULL");
  load_test_is(&t, "t", 1, "store", "0");
  load_test_is(&t, "t", 2, "store", "3"); // inferred
  t.options.rejects_path = "/dev/null";
  table->reject_limit = 0;
  load_test_fails(&t, STATUS_LIMIT, "t.jsonl:4: n '1.5' is not a whole number");
  load_test_clear(&t);
}
END_TEST

// A number is as exact as the column that reads it, and a string keeps its digits.
START_TEST(test_json_numbers) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *table = load_test_table(&t, "t", "t.jsonl");
  table->source.format = MODEL_FORMAT_JSONL;
  table->source.decimal_point = ','; // of numbers in strings
  table->reject_limit = 1;
  load_test_column(&t, table, "d", "decimal(38,2)");
  load_test_column(&t, table, "s", "string")->field = "d";
  load_test_column(&t, table, "f", "double")->field = "d";
  load_test_write(
      &t, "t.jsonl",
      "{\"d\":99999999999999.99}\n{\"d\":12345678901234567.89}\n{\"d\":1.10}\n{\"d\":1e2}\n"
      "{\"d\":18446744073709551615}\n{\"d\":9223372036854775808}\n{\"d\":-0.5E-1}\n"
      "{\"d\":\"7,25\"}\n");
  load_test_ok(&t);
  static const char *const wanted[][3] = {
      {"99999999999999.99", "99999999999999.99", "99999999999999.98"},
      {"12345678901234567.89", "12345678901234567.89", "12345678901234568"},
      {"1.10", "1.10", "1.1"},
      {"100.00", "1e2", "100"},
      {"18446744073709551615.00", "18446744073709551615", "1.8446744073709552e+19"},
      {"9223372036854775808.00", "9223372036854775808", "9.223372036854776e+18"}};
  ck_assert_uint_eq(load_test_find(&t, "t")->row_count, 8);
  for (uint32_t row = 0; row < 6; row++) {
    load_test_is(&t, "t", row, "d", wanted[row][0]);
    load_test_is(&t, "t", row, "s", wanted[row][1]);
    load_test_is(&t, "t", row, "f", wanted[row][2]);
  }
  load_test_is(&t, "t", 6, "d", "-0.05");
  load_test_is(&t, "t", 6, "s", "-0.5E-1");
  load_test_is(&t, "t", 7, "d", "7.25");
  load_test_clear(&t);
}
END_TEST

// Names match as in CSV; a field that no line has is told of.
START_TEST(test_json_names) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *table = load_test_table(&t, "t", "t.jsonl");
  table->source.format = MODEL_FORMAT_JSONL;
  table->reject_limit = 2;
  load_test_column(&t, table, "id", "int");
  load_test_column(&t, table, "x", "string");
  load_test_column(&t, table, "gone", "string");
  load_test_write(
      &t, "t.jsonl",
      "{\"ID\":1,\"\\u0058\":\"a\"}\n{\"Id\":2,\"id\":3,\"ID\":4,\"x\":\"\\ud83d\\ude00\\/\"}\n"
      "{\"ID\":1,\"Id\":2}\n{\"id\":1,\"id\":2}\n");
  load_test_ok(&t);
  ck_assert_uint_eq(t.report.tables[0].rejected, 2);
  load_test_is(&t, "t", 0, "id", "1");
  load_test_is(&t, "t", 0, "x", "a");
  load_test_is(&t, "t", 1, "id", "3");
  load_test_is(&t, "t", 1, "x", "\xf0\x9f\x98\x80/");
  ck_assert_uint_eq(t.report.notice_count, 1);
  ck_assert_str_eq(t.report.notices[0],
                   "t: no line has the field 'gone', which column gone is read from");
  table->reject_limit = 0;
  load_test_fails(&t, STATUS_LIMIT, "t.jsonl:3: id 'Id' is there twice");
  load_test_clear(&t);
}
END_TEST

// What RFC 8259 does not allow is refused with its place, whatever the columns are.
START_TEST(test_json_faults) {
  static const char *const lines[][2] = {
      {"{\"a\":01}", "a number must not begin with 0"},
      {"{\"a\":+1}", "a digit was expected"},
      {"{\"a\":1.}", "a digit was expected after the point"},
      {"{\"a\":1e}", "a digit was expected in the exponent"},
      {"{\"a\":NaN}", "not JSON at byte 6: a digit was expected"},
      {"{\"a\":nul}", "a value was expected"},
      {"{\"a\":}", "a digit was expected"},
      {"{\"a\":", "a value was expected"},
      {"{\"a\" 1}", "a colon was expected"},
      {"{\"a\":1,}", "a quote was expected"},
      {"{\"a\":1 \"b\":2}", "a comma or } was expected"},
      {"{\"a\":[1,2}", "a comma or ] was expected"},
      {"{\"a\":{\"b\":[{}]}", "a comma or } was expected"},
      {"{\"a\":\"x}", "the string is not closed"},
      {"{\"a\":\"\\x\"}", "there is no such escape"},
      {"{\"a\":\"\\u12\"}", "four hexadecimal digits"},
      {"{\"a\":\"\\ud83d\"}", "half of a surrogate pair"},
      {"{\"a\":\"\\ude00\"}", "half of a surrogate pair"},
      {"{\"a\":\"\xff\"}", "not JSON at byte 7: not UTF-8"},
      {"{\"a\":\"\t\"}", "a control character in a string"},
      {"{\"a\":1} x", "the line goes on after its value"},
      {"[1]", "the line is not a JSON object"},
      {"\"a\"", "the line is not a JSON object"},
      {"x", "not JSON at byte 1"}};
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    LoadTest t;
    load_test_init(&t);
    ModelTable *table = load_test_table(&t, "t", "t.jsonl");
    table->source.format = MODEL_FORMAT_JSONL;
    load_test_column(&t, table, "a", "string");
    load_test_write(&t, "t.jsonl", lines[i][0]);
    load_test_fails(&t, STATUS_LIMIT, lines[i][1]);
    load_test_clear(&t);
  }
  LoadTest t; // depth has a limit
  load_test_init(&t);
  ModelTable *table = load_test_table(&t, "t", "t.jsonl");
  table->source.format = MODEL_FORMAT_JSONL;
  load_test_column(&t, table, "a", "string");
  char deep[20000];
  memset(deep, '[', sizeof deep);
  memcpy(deep, "{\"b\":", 5);
  deep[sizeof deep - 1] = 0;
  load_test_write(&t, "t.jsonl", deep);
  load_test_fails(&t, STATUS_LIMIT, "nested too deep");
  load_test_write(
      &t, "t.jsonl",
      " { \"b\" : [ [ ] , { \"c\" : \"\\\"\" , \"d\" : -0.0e+1 } , null ] , \"a\" : true } ");
  load_test_ok(&t);
  load_test_is(&t, "t", 0, "a", "true");
  load_test_clear(&t);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("loaders_reader");
  TCase *packed = tcase_create("packed");
  tcase_set_timeout(packed, 60);
  tcase_add_loop_test(packed, test_packed_load, 0, 2);
  suite_add_tcase(suite, packed);
  const TTest *const cases[] = {
      test_packings,     test_gzip_padding, test_byte_order_mark, test_json_lines,
      test_json_numbers, test_json_names,   test_json_faults,     NULL};
  unit_case(suite, "reader", 60, cases);
  return unit_main(suite);
}
