// Domain evaluation against row-wise evaluation of the same expression.
//
// A program whose column's range is known makes a table of results; one that knows nothing
// evaluates row by row. Both must agree on every row, NULLs included, wherever the range lies.
#include "date.h"
#include "exec_support.h"
#include "expr_eval.h"
#include <inttypes.h>

#define ROWS VECTOR_ROWS

static Arena *arena;

static Expr *column(Type type) {
  return expr_column(arena, 0, type, -1);
}

static Expr *call(FunctionId function, Type type, Expr *a, Expr *b) {
  Expr *args[] = {a, b};
  return expr_call(arena, function, type, args, b ? 2 : 1, -1);
}

static bool values_same(const Value *a, const Value *b) {
  if (a->is_null || b->is_null) return a->is_null == b->is_null;
  return value_compare(a, b) == 0;
}

static void vectors_check(const Expr *expr, const PlanColumn *known, const Vector *input,
                          const char *what) {
  PlanColumn unknown = {.type = known->type, .min = 1, .max = 0};
  ExprProgram *domain = expr_program_create(expr, known, 1, NULL);
  ExprProgram *plain = expr_program_create(expr, &unknown, 1, NULL);
  ExprState *states[] = {expr_state_create(domain), expr_state_create(plain)};
  Batch batch = {.row_count = ROWS, .column_count = 1, .columns = (Vector *)input};
  Vector found, wanted;
  Error error = ERROR_INIT;
  Status status = expr_eval(states[1], &batch, NULL, &wanted, &error);
  ck_assert_int_eq(expr_eval(states[0], &batch, NULL, &found, &error), status);
  for (uint32_t i = 0; i < ROWS && status == STATUS_OK; i++) {
    Value a = vector_value(&found, i), b = vector_value(&wanted, i);
    if (!values_same(&a, &b)) ck_abort_msg("%s: row %u is another", what, i);
  }
  PlanColumn result = expr_program_column(domain);
  for (uint32_t i = 0; i < ROWS && status == STATUS_OK && result.min <= result.max; i++) {
    if (found.physical != PHYSICAL_INT || !vector_is_valid(&found, i)) continue;
    int64_t value = vector_int(&found, i);
    unit_require(result.min <= value && value <= result.max, "the range that is told is kept");
  }
  expr_state_destroy(states[0]);
  expr_state_destroy(states[1]);
  expr_program_destroy(domain);
  expr_program_destroy(plain);
}

// Rows of every value of from .. from+spread, some NULL: the value of such a row is `null_value`.
static void ints_check(const Expr *expr, Type type, int64_t from, uint32_t spread,
                       int64_t null_value, const char *what) {
  int64_t values[ROWS];
  uint64_t validity[ROWS / 64], random = spread;
  bits_fill(validity, ROWS);
  for (uint32_t i = 0; i < ROWS; i++) {
    values[i] = (int64_t)((uint64_t)from + (i <= spread ? i : unit_random(&random) % (spread + 1)));
    if (unit_random(&random) % 5) continue;
    bits_clear(validity, i);
    values[i] = null_value;
  }
  Vector input = {
      .type = type, .physical = PHYSICAL_INT, .width = 8, .data = values, .validity = validity};
  PlanColumn known = {.type = type, .min = from, .max = from + spread};
  vectors_check(expr, &known, &input, what);
}

static Expr *in_list(Type type, int64_t a, int64_t b) {
  Expr *args[] = {column(type), expr_int(arena, a), expr_int(arena, b)};
  return expr_make(arena, EXPR_IN, TYPE_OF_BOOL, args, 3, -1);
}

static Expr *case_equal(int64_t a) {
  Expr *args[] = {call(FUNCTION_EQUAL, TYPE_OF_BOOL, column(TYPE_OF_INT), expr_int(arena, a)),
                  expr_int(arena, 1), expr_null(arena, TYPE_OF_INT)};
  return expr_make(arena, EXPR_CASE, TYPE_OF_INT, args, 3, -1);
}

START_TEST(test_integers_wherever_they_lie) {
  static const uint32_t SPREADS[] = {0, 1, 63, 64, 1000, 60000};
  static const int64_t NULLS[] = {0, 17, INT64_MIN, INT64_MAX};
  for (size_t s = 0; s < sizeof SPREADS / sizeof *SPREADS; s++) {
    const int64_t from[] = {INT64_MIN, INT64_MAX - SPREADS[s], -30, 0, 100000};
    for (size_t f = 0; f < sizeof from / sizeof *from; f++)
      for (size_t n = 0; n < sizeof NULLS / sizeof *NULLS; n++) {
        int64_t middle = from[f] + SPREADS[s] / 2;
        ints_check(in_list(TYPE_OF_INT, from[f], middle), TYPE_OF_INT, from[f], SPREADS[s],
                   NULLS[n], "IN");
        ints_check(case_equal(middle), TYPE_OF_INT, from[f], SPREADS[s], NULLS[n], "CASE");
        ints_check(expr_cast(arena, column(TYPE_OF_INT), TYPE_OF_STRING), TYPE_OF_INT, from[f],
                   SPREADS[s], NULLS[n], "cast to text");
        ints_check(call(FUNCTION_LENGTH, TYPE_OF_INT32,
                        expr_cast(arena, column(TYPE_OF_INT), TYPE_OF_STRING), NULL),
                   TYPE_OF_INT, from[f], SPREADS[s], NULLS[n], "length of text");
      }
  }
}
END_TEST

START_TEST(test_dates) {
  static const char *const FIELDS[] = {"day", "week", "month", "quarter", "year"};
  static const int32_t FROM[] = {DATE_MIN, DATE_MAX - 800, -400, 0, 19000};
  for (size_t f = 0; f < sizeof FROM / sizeof *FROM; f++)
    for (size_t n = 0; n < sizeof FIELDS / sizeof *FIELDS; n++) {
      Expr *field = expr_string(arena, str_from(FIELDS[n]));
      ints_check(call(FUNCTION_DATE_TRUNC, TYPE_OF_DATE, field, column(TYPE_OF_DATE)), TYPE_OF_DATE,
                 FROM[f], 800, 0, FIELDS[n]);
      ints_check(call(FUNCTION_EXTRACT, TYPE_OF_INT, field, column(TYPE_OF_DATE)), TYPE_OF_DATE,
                 FROM[f], 800, INT64_MIN, FIELDS[n]);
    }
}
END_TEST

// 100 / x is no table where x may be 0: then rows are evaluated, and those of NULL do not fail.
START_TEST(test_failing_domain_falls_back) {
  Expr *quotient = call(FUNCTION_DIVIDE, TYPE_OF_INT, expr_int(arena, 100), column(TYPE_OF_INT));
  Expr *whole = call(FUNCTION_GREATEST, TYPE_OF_INT, quotient, expr_int(arena, 3));
  ints_check(whole, TYPE_OF_INT, -5, 10, 0, "division by zero");
  ints_check(whole, TYPE_OF_INT, 1, 10, 0, "no zero");
}
END_TEST

static void text_check(const Expr *expr, const Dictionary *dictionary, const char *what) {
  int64_t codes[ROWS];
  uint64_t validity[ROWS / 64], random = 3;
  bits_fill(validity, ROWS);
  for (uint32_t i = 0; i < ROWS; i++) {
    codes[i] = (int64_t)(unit_random(&random) % dictionary->count);
    if (unit_random(&random) % 7 == 0) bits_clear(validity, i);
  }
  Vector input = {.type = TYPE_OF_STRING,
                  .physical = PHYSICAL_INT,
                  .width = 8,
                  .data = codes,
                  .validity = validity,
                  .dictionary = dictionary};
  PlanColumn known = {
      .type = TYPE_OF_STRING, .min = 0, .max = dictionary->count - 1, .dictionary = dictionary};
  vectors_check(expr, &known, &input, what);
}

// With a sorted dictionary and with one that has a tail in order of arrival.
START_TEST(test_strings) {
  static const char *const WORDS[] = {"Arka", "арка", "", "Ёлка", " pad ", "100%_off", "zz"};
  for (int sorted = 0; sorted < 2; sorted++) {
    DictionaryBuilder *builder = dictionary_builder_create(NULL);
    for (int w = 6; w >= 0; w--) dictionary_builder_intern(builder, str_from(WORDS[w]));
    uint32_t *remap;
    Dictionary *dictionary = dictionary_builder_finish(builder, sorted, &remap);
    mem_free(remap);
    Expr *text = column(TYPE_OF_STRING);
    text_check(call(FUNCTION_LOWER, TYPE_OF_STRING, text, NULL), dictionary, "lower");
    text_check(call(FUNCTION_TRIM, TYPE_OF_STRING, text, NULL), dictionary, "trim");
    text_check(call(FUNCTION_LIKE, TYPE_OF_BOOL, text, expr_string(arena, STR_LITERAL("%ка"))),
               dictionary, "like");
    text_check(call(FUNCTION_LESS, TYPE_OF_BOOL, text, expr_string(arena, STR_LITERAL("a"))),
               dictionary, "less");
    text_check(call(FUNCTION_NULLIF, TYPE_OF_STRING, text, expr_string(arena, STR_LITERAL(""))),
               dictionary, "nullif");
    text_check(
        call(FUNCTION_COALESCE, TYPE_OF_STRING, text, expr_string(arena, STR_LITERAL("none"))),
        dictionary, "coalesce");
    dictionary_release(dictionary);
  }
}
END_TEST

static void arena_setup(void) {
  arena = arena_create();
}

static void arena_teardown(void) {
  arena_destroy(arena);
}

int main(void) {
  Suite *suite = suite_create("exec_domain");
  TCase *tcase = tcase_create("domain");
  tcase_set_timeout(tcase, 120);
  tcase_add_checked_fixture(tcase, arena_setup, arena_teardown);
  tcase_add_test(tcase, test_integers_wherever_they_lie);
  tcase_add_test(tcase, test_dates);
  tcase_add_test(tcase, test_failing_domain_falls_back);
  tcase_add_test(tcase, test_strings);
  suite_add_tcase(suite, tcase);
  return unit_main(suite);
}
