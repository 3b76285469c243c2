// Answers as text: JSON, CSV and tables of every type, of NULLs, of awkward strings; limits.
#include "json_writer.h"
#include "result_writer.h"
#include "text_width.h"
#include "unit_main.h"
#include <math.h>

#define COLUMN_COUNT 4

// Three rows: a wide decimal, a string, a date, a bool; NULLs in the second.
static int128_t wide_values[3];
static const Str text_values[3] = {{"a,\"b\"\n", 6}, {"", 0}, {"Тверь", 10}};
static const int64_t date_values[3] = {0, 0, 20453}; // 1970-01-01, NULL, 2025-12-31
static const int64_t bool_values[3] = {1, 0, 0};
static const uint64_t validity_without_second[1] = {5};

static const ResultColumn columns[COLUMN_COUNT] = {
    {"amount", {.kind = TYPE_DECIMAL, .precision = 38, .scale = 2}},
    {"city, \"quoted\"", {.kind = TYPE_STRING}},
    {"day", {.kind = TYPE_DATE}},
    {"yes", {.kind = TYPE_BOOL}},
};

static Batch batch_make(Vector vectors[COLUMN_COUNT]) {
  wide_values[0] = (int128_t)9007199254740993 * 100 + 1; // beyond a double's 53 bits
  wide_values[2] = -5;
  vectors[0] = (Vector){.type = columns[0].type,
                        .physical = PHYSICAL_WIDE,
                        .data = wide_values,
                        .validity = validity_without_second};
  vectors[1] = (Vector){.type = TYPE_OF_STRING, .physical = PHYSICAL_TEXT, .data = text_values};
  vectors[2] = (Vector){.type = TYPE_OF_DATE,
                        .physical = PHYSICAL_INT,
                        .width = 8,
                        .data = date_values,
                        .validity = validity_without_second};
  vectors[3] =
      (Vector){.type = TYPE_OF_BOOL, .physical = PHYSICAL_INT, .width = 8, .data = bool_values};
  return (Batch){3, COLUMN_COUNT, vectors};
}

// Writes the batch `times` times and compares the whole text.
static void check_text(ResultFormat format, const ResultOptions *options, const char *expected) {
  Vector vectors[COLUMN_COUNT];
  Batch batch = batch_make(vectors);
  Buffer out;
  buffer_init(&out);
  ResultWriter *writer = result_writer_create(format, options, &out);
  ResultSink sink = result_writer_sink(writer);
  ck_assert_int_eq(sink.begin(sink.context, columns, COLUMN_COUNT, NULL), STATUS_OK);
  ck_assert_int_eq(sink.rows(sink.context, &batch, NULL), STATUS_OK);
  ck_assert_int_eq(result_writer_finish(writer, NULL), STATUS_OK);
  ck_assert_str_eq(out.data, expected);
  ck_assert_uint_eq(result_writer_rows(writer), 3);
  result_writer_destroy(writer);
  buffer_clear(&out);
}

START_TEST(json_keeps_every_digit) {
  check_text(RESULT_JSON, NULL,
             "{\"columns\":[{\"name\":\"amount\",\"type\":\"decimal(38,2)\"},"
             "{\"name\":\"city, \\\"quoted\\\"\",\"type\":\"text\"},"
             "{\"name\":\"day\",\"type\":\"date\"},{\"name\":\"yes\",\"type\":\"boolean\"}],"
             "\"rows\":[[9007199254740993.01,\"a,\\\"b\\\"\\n\",\"1970-01-01\",true],"
             "[null,\"\",null,false],[-0.05,\"Тверь\",\"2025-12-31\",false]],\"row_count\":3}\n");
}
END_TEST

START_TEST(json_cells_are_rows_alone) {
  check_text(RESULT_JSON_CELLS, NULL,
             "[9007199254740993.01,\"a,\\\"b\\\"\\n\",\"1970-01-01\",true],"
             "[null,\"\",null,false],[-0.05,\"Тверь\",\"2025-12-31\",false]");
}
END_TEST

START_TEST(csv_tells_null_from_empty) {
  check_text(RESULT_CSV, NULL,
             "amount,\"city, \"\"quoted\"\"\",day,yes\r\n"
             "9007199254740993.01,\"a,\"\"b\"\"\n\",1970-01-01,true\r\n"
             ",\"\",,false\r\n-0.05,Тверь,2025-12-31,false\r\n");
}
END_TEST

START_TEST(table_aligns_by_display_width) {
  ResultOptions options = {.null_text = "-"};
  check_text(RESULT_TABLE, &options,
             "             amount | city, \"quoted\" | day        | yes\n"
             "--------------------+----------------+------------+------\n"
             "9007199254740993.01 | a,\"b\"\\n        | 1970-01-01 | true\n"
             "                  - |                | -          | false\n"
             "              -0.05 | Тверь          | 2025-12-31 | false\n(3 rows)\n");
}
END_TEST

START_TEST(record_puts_a_column_on_a_line) {
  ResultOptions options = {.null_text = "-"};
  check_text(RESULT_RECORD, &options,
             "-[ 1 ]---------+------------\n"
             "amount         | 9007199254740993.01\n"
             "city, \"quoted\" | a,\"b\"\\n\n"
             "day            | 1970-01-01\n"
             "yes            | true\n"
             "-[ 2 ]---------+------------\n"
             "amount         | -\n"
             "city, \"quoted\" | \n"
             "day            | -\n"
             "yes            | false\n"
             "-[ 3 ]---------+------------\n"
             "amount         | -0.05\n"
             "city, \"quoted\" | Тверь\n"
             "day            | 2025-12-31\n"
             "yes            | false\n(3 rows)\n");
}
END_TEST

START_TEST(row_limit_is_exact) {
  Vector vectors[COLUMN_COUNT];
  Batch batch = batch_make(vectors);
  for (uint64_t limit = 2; limit <= 3; limit++) {
    Buffer out;
    Error error = ERROR_INIT;
    buffer_init(&out);
    ResultOptions options = {.row_limit = limit};
    ResultWriter *writer = result_writer_create(RESULT_CSV, &options, &out);
    ResultSink sink = result_writer_sink(writer);
    ck_assert_int_eq(sink.begin(sink.context, columns, COLUMN_COUNT, &error), STATUS_OK);
    ck_assert_int_eq(sink.rows(sink.context, &batch, &error), limit < 3 ? STATUS_LIMIT : STATUS_OK);
    result_writer_destroy(writer);
    buffer_clear(&out);
  }
}
END_TEST

START_TEST(buffer_is_charged_to_the_budget) {
  Vector vectors[COLUMN_COUNT];
  Batch batch = batch_make(vectors);
  Buffer out;
  Error error = ERROR_INIT;
  MemoryBudget budget;
  memory_budget_init(&budget, "query", 4096, NULL);
  buffer_init(&out);
  ResultOptions options = {.budget = &budget};
  ResultWriter *writer = result_writer_create(RESULT_JSON, &options, &out);
  ResultSink sink = result_writer_sink(writer);
  Status status = sink.begin(sink.context, columns, COLUMN_COUNT, &error);
  for (int i = 0; i < 100000 && status == STATUS_OK; i++)
    status = sink.rows(sink.context, &batch, &error);
  if (status == STATUS_OK) status = result_writer_finish(writer, &error);
  ck_assert_int_eq(status, STATUS_MEMORY);
  result_writer_destroy(writer);
  ck_assert_int_eq(budget.used_bytes, 0);
  buffer_clear(&out);
}
END_TEST

static Status count_bytes(void *context, const char *bytes, size_t size, Error *error) {
  (void)error;
  ck_assert_mem_eq(bytes, bytes, size);
  *(size_t *)context += size;
  return STATUS_OK;
}

// More rows than a table holds back: the later ones stream, and none is lost.
START_TEST(table_streams_beyond_held_rows) {
  Vector vectors[COLUMN_COUNT];
  Batch batch = batch_make(vectors);
  Buffer out;
  size_t bytes = 0;
  buffer_init(&out);
  ResultOptions options = {.flush = count_bytes, .flush_context = &bytes};
  ResultWriter *writer = result_writer_create(RESULT_TABLE, &options, &out);
  ResultSink sink = result_writer_sink(writer);
  ck_assert_int_eq(sink.begin(sink.context, columns, COLUMN_COUNT, NULL), STATUS_OK);
  for (int i = 0; i < 5000; i++) ck_assert_int_eq(sink.rows(sink.context, &batch, NULL), STATUS_OK);
  ck_assert_uint_lt(out.capacity, 1 << 20);
  ck_assert_int_eq(result_writer_finish(writer, NULL), STATUS_OK);
  ck_assert_uint_eq(result_writer_rows(writer), 15000);
  ck_assert_uint_gt(bytes, 15000 * 50);
  result_writer_destroy(writer);
  buffer_clear(&out);
}
END_TEST

START_TEST(json_numbers_that_are_none_are_texts) {
  const struct {
    Value value;
    const char *expected;
  } cases[] = {
      {{.type = TYPE_OF_DOUBLE, .d = 0.1}, "0.1"},
      {{.type = TYPE_OF_DOUBLE, .d = NAN}, "\"NaN\""},
      {{.type = TYPE_OF_DOUBLE, .d = INFINITY}, "\"Infinity\""},
      {{.type = TYPE_OF_INT, .i = INT64_MIN}, "-9223372036854775808"},
      {{.type = TYPE_OF_TIMESTAMP, .i = 1}, "\"1970-01-01T00:00:00.000001\""},
      {{.type = TYPE_OF_TIMESTAMPTZ, .i = 0}, "\"1970-01-01T00:00:00Z\""},
      {{.type = TYPE_OF_STRING, .s = {"\x01\xff", 2}}, "\"\\u0001\xEF\xBF\xBD\""},
      {{.type = TYPE_OF_INT, .is_null = true}, "null"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    Buffer out;
    JsonWriter json;
    buffer_init(&out);
    json_writer_init(&json, &out);
    json_write_value(&json, &cases[i].value);
    ck_assert_str_eq(out.data, cases[i].expected);
    buffer_clear(&out);
  }
}
END_TEST

START_TEST(width_knows_wide_and_combining) {
  ck_assert_uint_eq(text_width(str_from("abc")), 3);
  ck_assert_uint_eq(text_width(str_from("Тверь")), 5);
  ck_assert_uint_eq(text_width(str_from("漢字")), 4);
  ck_assert_uint_eq(text_width(str_from("e\u0301")), 1);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {json_keeps_every_digit,
                                json_cells_are_rows_alone,
                                csv_tells_null_from_empty,
                                table_aligns_by_display_width,
                                record_puts_a_column_on_a_line,
                                row_limit_is_exact,
                                buffer_is_charged_to_the_budget,
                                table_streams_beyond_held_rows,
                                json_numbers_that_are_none_are_texts,
                                width_knows_wide_and_combining,
                                NULL};
  Suite *suite = suite_create("result_writer");
  unit_case(suite, "all", 20, tests);
  return unit_main(suite);
}
