// Decimals against Python's decimal module (tests/unit/data/decimals.txt), and the edges by hand.
#include "decimal.h"
#include "unit_data.h"
#include "unit_main.h"
#include <math.h>

// Reads an integer of up to 38 digits digit by digit, apart from the code under test.
static int128_t integer_of(const char *text) {
  int128_t v = 0;
  for (const char *p = text + (*text == '-'); *p; p++) v = v * 10 + (*p - '0');
  return *text == '-' ? -v : v;
}

// Whether (ok, value) is what the word says: an integer or "overflow".
static void expect_value(const UnitRows *rows, bool ok, int128_t value, const char *expected) {
  bool overflow = strcmp(expected, "overflow") == 0;
  ck_assert_msg(ok == !overflow, "line %d: %s", rows->line, ok ? "no overflow" : "overflow");
  ck_assert_msg(!ok || value == integer_of(expected), "line %d: not %s", rows->line, expected);
}

static void check_parse(const UnitRows *rows, char *const *w) {
  static const char *names[] = {"ok", "syntax", "overflow", "rounded"};
  int128_t value = 0;
  unsigned scale = (unsigned)atoi(w[2]);
  DecimalParse got = decimal_parse(w[1], strlen(w[1]), '.', scale, &value);
  ck_assert_msg(strcmp(names[got], w[3]) == 0, "line %d: %s is %s", rows->line, w[1], names[got]);
  if (got != DECIMAL_OVERFLOW) ck_assert_msg(value == integer_of(w[4]), "line %d", rows->line);
}

static void check_to_double(const UnitRows *rows, char *const *w) {
  double got = decimal_to_double(integer_of(w[1]), (unsigned)atoi(w[2]));
  ck_assert_msg(got == strtod(w[3], NULL), "line %d: %a, not %s", rows->line, got, w[3]);
}

static void check_format(const UnitRows *rows, char *const *w) {
  char text[DECIMAL_TEXT_BYTES];
  size_t length = decimal_format(integer_of(w[1]), (unsigned)atoi(w[2]), text);
  ck_assert_msg(strcmp(text, w[3]) == 0, "line %d: %s", rows->line, text);
  ck_assert_uint_eq(length, strlen(text));
}

static void check_row(const UnitRows *rows) {
  char *const *w = rows->words;
  int128_t v = 0;
  bool ok;
  if (!strcmp(w[0], "divide")) {
    ok = decimal_divide(integer_of(w[1]), (unsigned)atoi(w[2]), integer_of(w[3]),
                        (unsigned)atoi(w[4]), (unsigned)atoi(w[5]), &v);
    expect_value(rows, ok, v, w[6]);
  } else if (!strcmp(w[0], "rescale")) {
    ok = decimal_rescale(integer_of(w[1]), (unsigned)atoi(w[2]), (unsigned)atoi(w[3]), &v);
    expect_value(rows, ok, v, w[4]);
  } else if (!strcmp(w[0], "multiply")) {
    ok = decimal_multiply(integer_of(w[1]), integer_of(w[2]), &v);
    expect_value(rows, ok, v, w[3]);
  } else if (!strcmp(w[0], "from_double")) {
    ok = decimal_from_double(strtod(w[1], NULL), (unsigned)atoi(w[2]), &v);
    expect_value(rows, ok, v, w[3]);
  } else if (!strcmp(w[0], "parse")) {
    check_parse(rows, w);
  } else if (!strcmp(w[0], "format")) {
    check_format(rows, w);
  } else if (!strcmp(w[0], "to_double")) {
    check_to_double(rows, w);
  } else {
    ck_abort_msg("line %d: what is %s?", rows->line, w[0]);
  }
}

START_TEST(matches_python) {
  UnitRows rows;
  int checked = 0;
  unit_rows_open(&rows, "tests/unit/data/decimals.txt");
  for (; unit_rows_next(&rows); checked++) check_row(&rows);
  ck_assert_int_ge(checked, 3000);
}
END_TEST

START_TEST(refuses_what_is_not_a_number) {
  static const char *texts[] = {
      "",      "-",   "+",     ".",     "e5",  "1e",        "1e+",
      "1.2.3", "1,5", " 1",    "1 ",    "--1", "+-1",       "0x10",
      "NaN",   "inf", "1e1.5", "1e5e5", "1a",  "\302\2401", "12345678901234567890x",
      "-.",    ".e1"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    int128_t v;
    ck_assert_msg(decimal_parse(texts[i], strlen(texts[i]), '.', 2, &v) == DECIMAL_SYNTAX, "\"%s\"",
                  texts[i]);
  }
}
END_TEST

START_TEST(parses_other_points_and_long_exponents) {
  int128_t v;
  ck_assert_int_eq(decimal_parse("-12,50", 6, ',', 2, &v), DECIMAL_OK);
  ck_assert(v == -1250);
  ck_assert_int_eq(decimal_parse("12.50", 5, ',', 2, &v), DECIMAL_SYNTAX);
  ck_assert_int_eq(decimal_parse("0e99999999999999999999", 22, '.', 2, &v), DECIMAL_OK);
  ck_assert(v == 0);
  ck_assert_int_eq(decimal_parse("1e-99999999999999999999", 23, '.', 2, &v), DECIMAL_ROUNDED);
  ck_assert(v == 0);
  ck_assert_int_eq(decimal_parse("1e99999999999999999999", 22, '.', 2, &v), DECIMAL_OVERFLOW);
  ck_assert_int_eq(decimal_parse("-0", 2, '.', 2, &v), DECIMAL_OK);
  ck_assert(v == 0);
}
END_TEST

START_TEST(rounds_half_away_from_zero) {
  int128_t v;
  ck_assert(decimal_rescale(25, 1, 0, &v) && v == 3);
  ck_assert(decimal_rescale(-25, 1, 0, &v) && v == -3);
  ck_assert(decimal_rescale(24, 1, 0, &v) && v == 2);
  ck_assert(decimal_divide(1, 0, 8, 0, 2, &v) && v == 13);
  ck_assert(decimal_divide(-1, 0, 8, 0, 2, &v) && v == -13);
  ck_assert(decimal_from_double(0.5, 0, &v) && v == 1);
  ck_assert(decimal_from_double(-2.5, 0, &v) && v == -3);
  ck_assert(decimal_from_double(0.285, 2, &v) && v == 29); // though the double lies below 0.285
}
END_TEST

START_TEST(knows_the_edge_of_38_digits) {
  int128_t most = decimal_pow10_128(38) - 1, v;
  ck_assert(decimal_in_range(most) && decimal_in_range(-most));
  ck_assert(!decimal_in_range(most + 1) && !decimal_in_range(-most - 1));
  ck_assert(decimal_multiply(most, -1, &v) && v == -most);
  ck_assert(!decimal_multiply(most, 2, &v));
  ck_assert(!decimal_multiply(most, most, &v));
  ck_assert(decimal_divide(most, 0, most, 38, 0, &v) == false); // 10^38
  ck_assert(decimal_divide(most, 38, most, 0, 38, &v) && v == 1);
  ck_assert(decimal_divide(1, 38, most, 0, 0, &v) && v == 0);
  ck_assert(decimal_from_double(9.9999999999999e37, 0, &v));
  ck_assert(v == integer_of("99999999999999000000000000000000000000"));
  ck_assert(!decimal_from_double(1e38, 0, &v));
  ck_assert(!decimal_from_double(NAN, 0, &v) && !decimal_from_double(INFINITY, 0, &v));
  for (unsigned n = 0; n <= 38; n++) {
    char text[64] = "1";
    memset(text + 1, '0', n);
    ck_assert(decimal_pow10_128(n) == integer_of(text));
    if (n <= 18) ck_assert(decimal_pow10_64(n) == integer_of(text));
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("decimal");
  unit_case(suite, "table", 60, (const TTest *[]){matches_python, NULL});
  unit_case(suite, "edges", 20,
            (const TTest *[]){refuses_what_is_not_a_number, parses_other_points_and_long_exponents,
                              rounds_half_away_from_zero, knows_the_edge_of_38_digits, NULL});
  return unit_main(suite);
}
