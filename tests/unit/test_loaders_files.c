// Files as people have them: what inspection says of how they are written, and what they load as.
#include "inspect_support.h"
#include "load.h"
#include <iconv.h>
#include <zlib.h>
#include <zstd.h>

// The file is inspected; the model says `said`, and loads its first `columns` columns as `rows`.
static void bytes_are(const char *name, const void *bytes, size_t size, const char *said,
                      uint32_t columns, const char *rows) {
  Inspected i;
  load_test_init(&i.t);
  load_test_write_bytes(&i.t, name, bytes, size);
  inspected_make(&i, &name, 1);
  SAYS(i, said);
  const char *got = inspected_rows(&i, &i.model->tables[0], columns);
  ck_assert_msg(!strcmp(got, rows), "%s\nwanted %s\n%s", got, rows, i.yaml);
  inspected_clear(&i);
}

static void file_is(const char *text, const char *said, uint32_t columns, const char *rows) {
  bytes_are("a.csv", text, strlen(text), said, columns, rows);
}

// The UTF-8 text in another encoding.
static void encoded_is(const char *encoding, const char *text, const char *said, uint32_t columns,
                       const char *rows) {
  char out[4096], *to = out, *from = (char *)text;
  size_t left = strlen(text), room = sizeof out;
  iconv_t conversion = iconv_open(encoding, "UTF-8");
  ck_assert_msg(iconv(conversion, &from, &left, &to, &room) != (size_t)-1, "%s", encoding);
  iconv_close(conversion);
  bytes_are("a.csv", out, (size_t)(to - out), said, columns, rows);
}

START_TEST(test_german_excel) {
  file_is(
      "sep=;\r\nDatum;Kunde;Umsatz;Rabatt\r\n01.02.2025;Meier;1.234,50 \u20ac;5 %\r\n"
      "02.02.2025;Huber;12,50 \u20ac;12,5 %\r\n03.02.2025;Meier;-1.000.000,00 \u20ac;\r\n;;;\r\n"
      "Summe:;;-998.753,00 \u20ac;\r\n",
      "source: {decimal: \",\", thousands: \".\", signs: [\"\u20ac\", \"%\"], dates: dmy, "
      "skip: [\"\", \"summe\"]}",
      4, "2025-02-01|Meier|1234.50|5.0;2025-02-02|Huber|12.50|12.5;2025-02-03|Meier|-1000000.00|-");
}
END_TEST

START_TEST(test_american_export) {
  file_is("Date,Shop,Net,Qty\n2025-01-01,A,\"$1,234.50\",\"1,200\"\n2025-01-02,B,$12.00,15\n"
          "2025-01-03,A,($5.25),2\n2025-01-04,B,-$0.10\nGrand Total,,\"$1,241.15\",\n",
          "source: {thousands: \",\", signs: [\"$\"], ragged: true, skip: [\"grand total\"]}", 4,
          "2025-01-01|A|1234.50|1200;2025-01-02|B|12.00|15;2025-01-03|A|-5.25|2;"
          "2025-01-04|B|-0.10|-");
}
END_TEST

START_TEST(test_thousands) {
  file_is("a,b\n1'234.5,x\n\"1\u2019000\u2019000\",y\n12,z\n", "source: {thousands: \"'\"}", 2,
          "1234.5|x;1000000.0|y;12.0|z");
  file_is("a;b\n1\u00a0234,5;x\n12;y\n1\u202f000\u202f000;z\n",
          "source: {decimal: \",\", thousands: space}", 2, "1234.5|x;12.0|y;1000000.0|z");
  file_is("a;b\n1 234;x\n12 000;y\n7;z\n", "source: {thousands: space}", 2, "1234|x;12000|y;7|z");
  // Telephone numbers are groups of three too, and postal codes need not be.
  file_is("phone,b\n495 123 456,x\n495 765 432,y\n", "phone: {type: \"string\"}", 2,
          "495 123 456|x;495 765 432|y");
  file_is("a,b\n12 34,x\n1 2345,y\n", "a: {type: \"string\"}", 2, "12 34|x;1 2345|y");
  // Amounts of several currencies are no amounts of one thing.
  file_is("a;b\n5 \u20ac;x\n$7;y\n", "a: {type: \"string\"}", 2, "5 \u20ac|x;$7|y");
  // 1,234 alone is as likely 1.234, with a sign as well.
  file_is("a;b\n1,234 \u20ac;x\n7,125 \u20ac;y\n", "a: {type: \"string\"}", 2,
          "1,234 \u20ac|x;7,125 \u20ac|y");
}
END_TEST

START_TEST(test_rows) {
  file_is("\n\n\"Net\nEUR\",City\n5,Bern\n6\n\n7,Basel,,\n,,\n", "ragged: true", 2,
          "5|Bern;6|-;7|Basel");
  file_is("a;b;c;\n1;2;3;\n4;5;6;\n", "key: a", 3, "1|2|3;4|5|6");
  file_is("a;b;c\n1;2;3;\n4;5;6;\n", "2 rows have fewer or more fields", 3, "1|2|3;4|5|6");
  // Total is an oil company: a row among rows.
  file_is("company,n\nShell,1\nTotal,2\nBP,3\nTotal,4\n", "company: {type: \"string\"}", 2,
          "Shell|1;Total|2;BP|3;Total|4");
  file_is("company,n\nShell,1\nBP,3\n\"Total\",4\n", "skip: [\"total\"]", 2, "Shell|1;BP|3");
}
END_TEST

START_TEST(test_encodings) {
  encoded_is("KOI8-R", "Дата;Город\n01.02.2025;Омск\n02.02.2025;Нижний Новгород\n",
             "encoding: koi8-r", 2, "2025-02-01|Омск;2025-02-02|Нижний Новгород");
  encoded_is("CP1251", "Дата;Город\n01.02.2025;Омск\n02.02.2025;НИЖНИЙ Новгород\n",
             "encoding: cp1251", 2, "2025-02-01|Омск;2025-02-02|НИЖНИЙ Новгород");
  encoded_is("CP1250", "n;miasto\n1;Łódź\n2;Kraków\n3;Gdańsk Śródmieście\n", "encoding: cp1250", 2,
             "1|Łódź;2|Kraków;3|Gdańsk Śródmieście");
  encoded_is("CP1252", "n;Stadt\n1;München\n2;Köln\n3;Château-Thierry\n", "encoding: cp1252", 2,
             "1|München;2|Köln;3|Château-Thierry");
  encoded_is("UTF-16", "n;город\n1;Омск\n2;Tara \U0001F600\n", "type: \"string\"", 2,
             "1|Омск;2|Tara \U0001F600");
  encoded_is("UTF-16BE", "n;city\n1;Омск\n", "city: {type", 2, "1|Омск");
}
END_TEST

START_TEST(test_times) {
  file_is("at,n\n2025-01-01 10:00:00.1234567,1\n2025-01-02T10:00:00.123456789,2\n",
          "at: {type: \"timestamp\"}", 1, "2025-01-01 10:00:00.123457;2025-01-02 10:00:00.123457");
  file_is("created_at,n\n1735689600,1\n1735776000,2\n",
          "created_at: {type: \"timestamptz\", unix: seconds}", 1,
          "2025-01-01 00:00:00+00;2025-01-02 00:00:00+00");
  file_is("ts,n\n1735689600123,1\n1735776000000,2\n", "unix: milliseconds", 1,
          "2025-01-01 00:00:00.123+00;2025-01-02 00:00:00+00");
  file_is("number,n\n1735689600,1\n1735776000,2\n", "number: {type: \"int\"}", 1,
          "1735689600;1735776000");
}
END_TEST

START_TEST(test_json) {
  static const char array[] =
      "[\n  {\"id\": 1, \"customer\": {\"id\": 7, \"city\": \"Omsk\"}, \"total\": 12.50, \"tags\": "
      "[1]},\n  {\n    \"id\": 2,\n    \"customer\": {\"id\": 8, \"city\": \"Tara, \\\"[{\"},\n"
      "    \"total\": 7\n  },\n  {\"id\": 3, \"customer\": null, \"total\": 1.25}\n]\n";
  bytes_are("a.json", array, sizeof array - 1,
            "customer_id: {type: \"int\", field: \"customer.id\"", 4,
            "1|7|Omsk|12.50;2|8|Tara, \"[{|7.00;3|-|-|1.25");
  static const char lines[] = "{\"a\": 1, \"b\": {\"c\": {\"d\": \"x\"}}}\n{\"a\": 2}\n";
  bytes_are("a.jsonl", lines, sizeof lines - 1, "b_c_d: {type: \"string\", field: \"b.c.d\"", 2,
            "1|x;2|-");
  static const char pretty[] = "{\n \"a\": 1,\n \"b\": \"x\"\n}\n{\n \"a\": 2,\n \"b\": \"y\"\n}\n";
  bytes_are("a.json", pretty, sizeof pretty - 1, "format: json", 2, "1|x;2|y");
}
END_TEST

// A broken line does not take those after it with it.
START_TEST(test_broken_json) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *table = load_test_table(&t, "a", "a.jsonl");
  table->source.format = MODEL_FORMAT_JSONL;
  table->reject_limit = 2;
  load_test_column(&t, table, "n", "int");
  load_test_write(&t, "a.jsonl", "{\"n\": 1}\n{\"n\": \"2\n{\"n\": 3}\n");
  ck_assert_int_eq(load_test_run(&t), STATUS_OK);
  ck_assert_uint_eq(load_test_find(&t, "a")->row_count, 2);
  load_test_is(&t, "a", 1, "n", "3");
  load_test_clear(&t);
  load_test_init(&t);
  table = load_test_table(&t, "a", "a.jsonl");
  table->source.format = MODEL_FORMAT_JSONL;
  load_test_column(&t, table, "city", "string")->field = "customer.ctiy";
  load_test_write(&t, "a.jsonl", "{\"customer\": {\"city\": \"Omsk\"}}\n");
  ck_assert_int_eq(load_test_run(&t), STATUS_OK);
  ck_assert_uint_eq(t.report.notice_count, 1);
  ck_assert_str_eq(t.report.notices[0],
                   "a: no line has the field 'customer.ctiy', which column city is read from; the "
                   "nearest is 'customer.city'");
  load_test_clear(&t);
}
END_TEST

// The elements of a list as rows, of one chunk and of many; what is outside is said of each.
START_TEST(test_json_lists) {
  static const char text[] =
      "{\"id\": 1, \"shop\": {\"city\": \"Om\\u0073k\"}, \"lines\": [{\"sku\": \"A\", \"n\": 2}, "
      "{\"sku\": \"B\\n\"}]}\n{\"id\": 2, \"lines\": []}\n{\"id\": 3, \"lines\": null}\n"
      "{\"id\": 4}\n\n{\"id\": 5, \"lines\": [ {\"sku\": \"]},{\"} , 7, {\"n\": \"x\"}, {}]}\n"
      "{\"id\": 6, \"lines\": {\"sku\": \"E\"}}\n{\"id\": 7, \"lines\": [{\"sku\": \"F\"}\n";
  for (int chunk = 0; chunk < 2; chunk++) {
    LoadTest t;
    load_test_init(&t);
    ModelTable *table = load_test_table(&t, "a", "a.jsonl");
    table->source.format = MODEL_FORMAT_JSONL;
    table->source.each = "lines";
    table->reject_limit = 4;
    load_set_chunk_bytes(chunk);
    load_test_column(&t, table, "id", "int");
    load_test_column(&t, table, "city", "string")->field = "shop.city";
    load_test_column(&t, table, "sku", "string")->field = "lines.sku";
    load_test_column(&t, table, "n", "int")->field = "Lines.N";
    load_test_column(&t, table, "gone", "string")->field = "lines.skuu";
    load_test_write(&t, "a.jsonl", text);
    load_test_ok(&t);
    static const char *const wanted[][4] = {{"1", "Omsk", "A", "2"},
                                            {"1", "Omsk", "B\n", "NULL"},
                                            {"5", "NULL", "]},{", "NULL"},
                                            {"5", "NULL", "NULL", "NULL"}};
    static const char *const names[] = {"id", "city", "sku", "n"};
    ck_assert_uint_eq(load_test_find(&t, "a")->row_count, 4);
    for (uint32_t row = 0; row < 4; row++)
      for (int c = 0; c < 4; c++) load_test_is(&t, "a", row, names[c], wanted[row][c]);
    ck_assert_uint_eq(t.report.tables[0].rejected, 4);
    ck_assert_str_eq(t.report.notices[0],
                     "a: no line has the field 'lines.skuu', which column gone is read from; the "
                     "nearest is 'lines.sku'");
    table->reject_limit = 0;
    load_test_fails(&t, STATUS_LIMIT, "a.jsonl:6: lines '7' is not an object");
    load_test_clear(&t);
    load_set_chunk_bytes(0);
  }
}
END_TEST

// gzip files put together, and Zstandard ones.
START_TEST(test_packed_members) {
  static const char *const parts[] = {"a,b\n1,x\n2,", "y\n3,z\n"};
  char packed[2048];
  size_t size = 0;
  for (int p = 0; p < 2; p++) {
    z_stream stream = {0};
    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = (Bytef *)parts[p];
    stream.avail_in = (uInt)strlen(parts[p]);
    stream.next_out = (Bytef *)packed + size;
    stream.avail_out = (uInt)(sizeof packed - size);
    ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size += stream.total_out;
    deflateEnd(&stream);
  }
  bytes_are("a.csv.gz", packed, size, "key: a", 2, "1|x;2|y;3|z");
  size = 0;
  for (int p = 0; p < 2; p++)
    size += ZSTD_compress(packed + size, sizeof packed - size, parts[p], strlen(parts[p]), 3);
  bytes_are("a.csv.zst", packed, size, "key: a", 2, "1|x;2|y;3|z");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("loaders_files");
  const TTest *const cases[] = {test_german_excel,
                                test_american_export,
                                test_thousands,
                                test_rows,
                                test_encodings,
                                test_times,
                                test_json,
                                test_broken_json,
                                test_packed_members,
                                test_json_lists,
                                NULL};
  unit_case(suite, "files", 60, cases);
  return unit_main(suite);
}
