// The XLSX writer's own: limits, faults, what is left behind. What its cells hold is read back by
// another program in tests/api/tests_xlsx.mjs.
#include "result_writer.h"
#include "unit_main.h"
#include "xlsx_text.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define BATCH_ROWS 2048

static const ResultColumn number_column[] = {{"n", {.kind = TYPE_INT, .bits = 64}}};
static const ResultColumn text_column[] = {{"text", {.kind = TYPE_STRING}}};
static int64_t numbers[BATCH_ROWS];

static Batch number_batch(Vector *vector) {
  for (uint32_t i = 0; i < BATCH_ROWS; i++) numbers[i] = i;
  *vector = (Vector){.type = TYPE_OF_INT, .physical = PHYSICAL_INT, .width = 8, .data = numbers};
  return (Batch){BATCH_ROWS, 1, vector};
}

static Batch text_batch(Vector *vector, const Str *texts, uint32_t count) {
  *vector = (Vector){.type = TYPE_OF_STRING, .physical = PHYSICAL_TEXT, .data = texts};
  return (Batch){count, 1, vector};
}

static uint32_t open_files(void) {
  uint32_t count = 0;
  DIR *folder = opendir("/proc/self/fd");
  while (readdir(folder)) count++;
  closedir(folder);
  return count;
}

// Gives the batch `times` times, then the end; the status is the first failure's.
static Status written(const ResultOptions *options, const ResultColumn *columns, uint32_t count,
                      const Batch *batch, uint32_t times, Buffer *out, Error *error) {
  ResultWriter *writer = result_writer_create(RESULT_XLSX, options, out);
  ResultSink sink = result_writer_sink(writer);
  Status status = sink.begin(sink.context, columns, count, error);
  for (uint32_t i = 0; i < times && status == STATUS_OK; i++)
    status = sink.rows(sink.context, batch, error);
  if (status == STATUS_OK || result_writer_truncated(writer))
    status = result_writer_finish(writer, error);
  result_writer_destroy(writer);
  return status;
}

START_TEST(file_is_a_zip_and_memory_is_given_back) {
  Vector vector;
  Batch batch = number_batch(&vector);
  Buffer out;
  MemoryBudget budget;
  memory_budget_init(&budget, "query", 64 << 20, NULL);
  uint32_t files = open_files();
  for (uint32_t times = 0; times < 3; times++) {
    buffer_init(&out);
    ResultOptions options = {.budget = &budget};
    ck_assert_int_eq(written(&options, number_column, 1, &batch, times, &out, NULL), STATUS_OK);
    ck_assert_uint_gt(out.size, 1000);
    ck_assert_mem_eq(out.data, "PK\3\4", 4);
    buffer_clear(&out);
  }
  ck_assert_int_eq(budget.used_bytes, 0);
  ck_assert_uint_eq(open_files(), files);
}
END_TEST

START_TEST(memory_is_asked_for_first) {
  Buffer out;
  Error error = ERROR_INIT;
  MemoryBudget budget;
  memory_budget_init(&budget, "query", 4096, NULL);
  buffer_init(&out);
  ResultOptions options = {.budget = &budget};
  ck_assert_int_eq(written(&options, number_column, 1, NULL, 0, &out, &error), STATUS_MEMORY);
  ck_assert_int_eq(budget.used_bytes, 0);
  buffer_clear(&out);
}
END_TEST

// A query that failed or was cancelled half-way: the writer is destroyed without an end.
START_TEST(nothing_is_left_of_an_answer_that_failed) {
  Vector vector;
  Batch batch = number_batch(&vector);
  uint32_t files = open_files();
  for (int i = 0; i < 20; i++) {
    Buffer out;
    buffer_init(&out);
    ResultWriter *writer = result_writer_create(RESULT_XLSX, NULL, &out);
    ResultSink sink = result_writer_sink(writer);
    ck_assert_int_eq(sink.begin(sink.context, number_column, 1, NULL), STATUS_OK);
    ck_assert_int_eq(sink.rows(sink.context, &batch, NULL), STATUS_OK);
    Error failure = ERROR_INIT;
    error_set(&failure, STATUS_CANCELLED, "cancelled");
    ck_assert(!result_writer_fail(writer, &failure));
    result_writer_destroy(writer);
    ck_assert_uint_eq(out.size, 0);
    buffer_clear(&out);
  }
  ck_assert_uint_eq(open_files(), files);
}
END_TEST

// The header and 1,048,575 rows fill a sheet; one more is refused.
START_TEST(rows_beyond_a_sheet_are_refused) {
  Vector vector;
  Batch batch = number_batch(&vector);
  Buffer out;
  Error error = ERROR_INIT;
  buffer_init(&out);
  ck_assert_int_eq(written(NULL, number_column, 1, &batch, 512, &out, &error), STATUS_LIMIT);
  ck_assert_ptr_nonnull(strstr(error.message, "1048575 rows"));
  ck_assert_uint_eq(out.size, 0);
  ResultOptions options = {.row_limit = 1048575, .rows_truncate = true};
  ck_assert_int_eq(written(&options, number_column, 1, &batch, 512, &out, &error), STATUS_OK);
  ck_assert_uint_gt(out.size, 1 << 20);
  buffer_clear(&out);
}
END_TEST

START_TEST(columns_beyond_a_sheet_are_refused) {
  Buffer out;
  Error error = ERROR_INIT;
  ResultColumn *columns = mem_alloc_zero(16385 * sizeof *columns);
  for (uint32_t i = 0; i < 16385; i++) columns[i] = number_column[0];
  buffer_init(&out);
  ck_assert_int_eq(written(NULL, columns, 16385, NULL, 0, &out, &error), STATUS_LIMIT);
  ck_assert_ptr_nonnull(strstr(error.message, "16385 columns"));
  ck_assert_int_eq(written(NULL, columns, 16384, NULL, 0, &out, &error), STATUS_OK);
  buffer_clear(&out);
  mem_free(columns);
}
END_TEST

START_TEST(texts_beyond_a_cell_are_refused) {
  char *bytes = mem_alloc(2 * 32768 + 1);
  for (uint32_t i = 0; i < 32768; i++) memcpy(bytes + 2 * i, "я", 2);
  Buffer out;
  Error error = ERROR_INIT;
  buffer_init(&out);
  Vector vector;
  Str texts[] = {{bytes, 2 * 32767}, {bytes, 2 * 32768}};
  Batch fits = text_batch(&vector, texts, 1);
  ck_assert_int_eq(written(NULL, text_column, 1, &fits, 1, &out, &error), STATUS_OK);
  Batch batch = text_batch(&vector, texts, 2);
  ck_assert_int_eq(written(NULL, text_column, 1, &batch, 1, &out, &error), STATUS_LIMIT);
  ck_assert_ptr_nonnull(strstr(error.message, "column \"text\", row 2: the text has 32768"));
  buffer_clear(&out);
  mem_free(bytes);
}
END_TEST

START_TEST(bytes_are_limited) {
  Vector vector;
  Batch batch = number_batch(&vector);
  Buffer out;
  Error error = ERROR_INIT;
  buffer_init(&out);
  ResultOptions refused = {.bytes_limit = 8 * BATCH_ROWS + 7};
  ck_assert_int_eq(written(&refused, number_column, 1, &batch, 2, &out, &error), STATUS_LIMIT);
  ck_assert_uint_eq(out.size, 0);
  ResultOptions cut = {.bytes_limit = 80, .bytes_truncate = true};
  ResultWriter *writer = result_writer_create(RESULT_XLSX, &cut, &out);
  ResultSink sink = result_writer_sink(writer);
  ck_assert_int_eq(sink.begin(sink.context, number_column, 1, &error), STATUS_OK);
  ck_assert_int_eq(sink.rows(sink.context, &batch, &error), STATUS_LIMIT);
  ck_assert(result_writer_truncated(writer));
  ck_assert_uint_eq(result_writer_rows(writer), 10);
  ck_assert_int_eq(result_writer_finish(writer, &error), STATUS_OK);
  result_writer_destroy(writer);
  buffer_clear(&out);
}
END_TEST

START_TEST(a_folder_that_cannot_be_written_is_told) {
  Buffer out;
  Error error = ERROR_INIT;
  const char *before = getenv("TMPDIR");
  char *kept = before ? mem_strdup(before) : NULL;
  setenv("TMPDIR", "/no/such/folder", 1);
  buffer_init(&out);
  ck_assert_int_eq(written(NULL, number_column, 1, NULL, 0, &out, &error), STATUS_IO);
  ck_assert_ptr_nonnull(strstr(error.message, "/no/such/folder"));
  if (kept)
    setenv("TMPDIR", kept, 1);
  else
    unsetenv("TMPDIR");
  mem_free(kept);
  buffer_clear(&out);
}
END_TEST

// A client that leaves while the file is handed on.
static Status refuse_piece(void *context, const char *bytes, size_t size, Error *error) {
  (void)bytes;
  *(size_t *)context += size;
  return error_set(error, STATUS_CANCELLED, "the reader has gone");
}

START_TEST(a_reader_that_goes_ends_it) {
  Vector vector;
  Batch batch = number_batch(&vector);
  Buffer out;
  Error error = ERROR_INIT;
  size_t given = 0;
  uint32_t files = open_files();
  buffer_init(&out);
  ResultOptions options = {.flush = refuse_piece, .flush_context = &given, .flush_bytes = 1024};
  ck_assert_int_eq(written(&options, number_column, 1, &batch, 10, &out, &error), STATUS_CANCELLED);
  ck_assert_uint_eq(given, 1024);
  ck_assert_uint_eq(open_files(), files);
  buffer_clear(&out);
}
END_TEST

START_TEST(texts_are_escaped) {
  const struct {
    Str text;
    const char *expected;
    size_t units;
  } cases[] = {
      {{"", 0}, "", 0},
      {{"=1+1", 4}, "=1+1", 4},
      {{"a\tb\nc", 5}, "a\tb\nc", 5},
      {{"\r\x01", 2}, "_x000D__x0001_", 2},
      {{"a\0b", 3},
       "a\xEF\xBF\xBD"
       "b",
       3},
      {{"_x0041_", 7}, "_x005F_x0041_", 7},
      {{"_x004_ _y0041_ _", 16}, "_x004_ _y0041_ _", 16},
      {{"_x0041", 6}, "_x0041", 6},
      {{"\xff я", 4}, "\xEF\xBF\xBD я", 3},
      {{"\xEF\xBF\xBF", 3}, "\xEF\xBF\xBD", 1},
      {{"\xF0\x9F\x98\x80", 4}, "\xF0\x9F\x98\x80", 2}, // an emoji is two units
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    Buffer out;
    buffer_init(&out);
    buffer_append_text(&out, "");
    ck_assert_uint_eq(xlsx_text_append(cases[i].text, &out), cases[i].units);
    ck_assert_str_eq(out.data, cases[i].expected);
    buffer_clear(&out);
  }
}
END_TEST

START_TEST(sheet_names_are_cleaned) {
  const char *const cases[][2] = {
      {"KPI board", "KPI board"},
      {"a/b:c?d*e[f]g\\h'i", "a b c d e f g h i"},
      {"///", "Data"},
      {"", "Data"},
      {"history", "Data"},
      {" lead", "Data"},
      {"Чистые продажи по магазинам и городам", "Чистые продажи по магазинам и г"},
      {"\xff", "Data"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char name[XLSX_SHEET_NAME_BYTES];
    xlsx_sheet_name(cases[i][0], "Data", name);
    ck_assert_str_eq(name, cases[i][1]);
  }
}
END_TEST

int main(void) {
  const TTest *const tests[] = {file_is_a_zip_and_memory_is_given_back,
                                memory_is_asked_for_first,
                                nothing_is_left_of_an_answer_that_failed,
                                rows_beyond_a_sheet_are_refused,
                                columns_beyond_a_sheet_are_refused,
                                texts_beyond_a_cell_are_refused,
                                bytes_are_limited,
                                a_folder_that_cannot_be_written_is_told,
                                a_reader_that_goes_ends_it,
                                texts_are_escaped,
                                sheet_names_are_cleaned,
                                NULL};
  Suite *suite = suite_create("result_xlsx");
  unit_case(suite, "all", 120, tests);
  return unit_main(suite);
}
