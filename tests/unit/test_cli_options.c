// Command lines: what is understood, what is refused, and what is said then.
#include "cli_options.h"
#include "text.h"
#include "unit_main.h"
#include <stddef.h>
#include <string.h>

typedef struct Values {
  bool flag;
  const char *text;
  CliTexts texts;
  uint32_t count;
  uint64_t seed;
  double number;
  int64_t bytes, duration_ms;
} Values;

static const CliOption options[] = {
    {"flag", CLI_FLAG, offsetof(Values, flag), NULL, "A flag"},
    {"text", CLI_TEXT, offsetof(Values, text), "TEXT", "A text"},
    {"also", CLI_TEXTS, offsetof(Values, texts), "TEXT", "Repeatable"},
    {"threads", CLI_COUNT, offsetof(Values, count), "N", "A count"},
    {"seed", CLI_SEED, offsetof(Values, seed), "N", "A seed"},
    {"scale", CLI_NUMBER, offsetof(Values, number), "S", "A number"},
    {"memory", CLI_BYTES, offsetof(Values, bytes), "SIZE", "Bytes"},
    {"timeout", CLI_DURATION, offsetof(Values, duration_ms), "TIME", "A duration"},
};
static const CliCommand command = {.name = "try",
                                   .words = "ONE [TWO]",
                                   .summary = "Try",
                                   .options = options,
                                   .option_count = sizeof(options) / sizeof(options[0]),
                                   .words_min = 1,
                                   .words_max = 2,
                                   .values_bytes = sizeof(Values)};

#define PARSE(...) parse((char *[]){__VA_ARGS__, NULL})
static Values values;
static const char *words[16];
static uint32_t word_count;
static bool help;
static Error error;

static Status parse(char **argv) {
  int argc = 0;
  while (argv[argc]) argc++;
  memset(&values, 0, sizeof(values));
  error = ERROR_INIT;
  return cli_options_parse(&command, argc, argv, &values, words, &word_count, &help, &error);
}

START_TEST(every_kind_is_read) {
  ck_assert_int_eq(PARSE("--flag", "--text", "a=b", "--also=x", "--also", "y", "--threads", "4",
                         "--seed=18446744073709551615", "--scale", "0.25", "one", "--memory",
                         "1.5G", "--timeout", "500ms", "two"),
                   STATUS_OK);
  ck_assert(values.flag);
  ck_assert_str_eq(values.text, "a=b");
  ck_assert_uint_eq(values.texts.count, 2);
  ck_assert_str_eq(values.texts.items[1], "y");
  ck_assert_uint_eq(values.count, 4);
  ck_assert_uint_eq(values.seed, UINT64_MAX);
  ck_assert_double_eq(values.number, 0.25);
  ck_assert_int_eq(values.bytes, INT64_C(1610612736));
  ck_assert_int_eq(values.duration_ms, 500);
  ck_assert_uint_eq(word_count, 2);
  ck_assert_str_eq(words[1], "two");
}
END_TEST

START_TEST(two_dashes_end_the_options) {
  ck_assert_int_eq(PARSE("--", "--flag", "-x"), STATUS_OK);
  ck_assert(!values.flag);
  ck_assert_str_eq(words[0], "--flag");
}
END_TEST

START_TEST(help_needs_no_words) {
  ck_assert_int_eq(PARSE("--help"), STATUS_OK);
  ck_assert(help);
}
END_TEST

START_TEST(unknown_options_name_the_nearest) {
  ck_assert_int_eq(PARSE("one", "--thread", "2"), STATUS_INVALID);
  ck_assert_ptr_nonnull(strstr(error.message, "did you mean --threads?"));
  ck_assert_int_eq(PARSE("one", "--zzzzzz=2"), STATUS_INVALID);
  ck_assert_ptr_nonnull(strstr(error.message, "see tessera try --help"));
  ck_assert_int_eq(PARSE("one", "-t"), STATUS_INVALID);
}
END_TEST

START_TEST(values_that_do_not_fit_are_refused) {
  ck_assert_int_eq(PARSE("one", "--threads", "-1"), STATUS_INVALID);
  ck_assert_int_eq(PARSE("one", "--threads", "4294967296"), STATUS_INVALID);
  ck_assert_int_eq(PARSE("one", "--threads", "4x"), STATUS_INVALID);
  ck_assert_int_eq(PARSE("one", "--threads"), STATUS_INVALID);
  ck_assert_int_eq(PARSE("one", "--scale", "nan"), STATUS_INVALID);
  ck_assert_int_eq(PARSE("one", "--memory", "8Q"), STATUS_INVALID);
  ck_assert_int_eq(PARSE("one", "--timeout", "soon"), STATUS_INVALID);
  ck_assert_int_eq(PARSE("one", "--flag=yes"), STATUS_INVALID);
}
END_TEST

START_TEST(words_are_counted) {
  ck_assert_int_eq(PARSE("--flag"), STATUS_INVALID);
  ck_assert_int_eq(PARSE("1", "2", "3"), STATUS_INVALID);
  ck_assert_ptr_nonnull(strstr(error.message, "usage: tessera try ONE [TWO]"));
}
END_TEST

START_TEST(sizes_and_times) {
  int64_t value;
  ck_assert(text_bytes_parse("0", &value) && value == 0);
  ck_assert(text_bytes_parse("512", &value) && value == 512);
  ck_assert(text_bytes_parse("8g", &value) && value == INT64_C(8) << 30);
  ck_assert(text_bytes_parse("2KiB", &value) && value == 2048);
  ck_assert(text_bytes_parse("3MB", &value) && value == 3 << 20);
  ck_assert(text_bytes_parse("512 MB", &value) && value == 512 << 20);
  ck_assert(!text_bytes_parse("", &value) && !text_bytes_parse("G", &value));
  ck_assert(!text_bytes_parse("-1", &value) && !text_bytes_parse("9999999T", &value));
  ck_assert(cli_duration_parse("30", &value) && value == 30000);
  ck_assert(cli_duration_parse("1.5m", &value) && value == 90000);
  ck_assert(!cli_duration_parse("1d", &value) && !cli_duration_parse("-1s", &value));
}
END_TEST

int main(void) {
  const TTest *const tests[] = {every_kind_is_read,
                                two_dashes_end_the_options,
                                help_needs_no_words,
                                unknown_options_name_the_nearest,
                                values_that_do_not_fit_are_refused,
                                words_are_counted,
                                sizes_and_times,
                                NULL};
  Suite *suite = suite_create("cli_options");
  unit_case(suite, "all", 10, tests);
  return unit_main(suite);
}
