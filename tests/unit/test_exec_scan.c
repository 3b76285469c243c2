// Scans: ranges and sets of values against zone maps and packed values, at the edges of blocks and
// of int64.
//
// Every comparison with every boundary value is counted row by row as well; the columns are chosen
// so that each packed width, with its base at either end of int64, and each encoding occurs.
#include "exec_support.h"
#include <inttypes.h>

static const FunctionId COMPARISONS[] = {FUNCTION_EQUAL,         FUNCTION_LESS,
                                         FUNCTION_LESS_EQUAL,    FUNCTION_GREATER,
                                         FUNCTION_GREATER_EQUAL, FUNCTION_NOT_EQUAL};

static bool holds(FunctionId function, int64_t a, int64_t b) {
  switch (function) {
  case FUNCTION_EQUAL:
    return a == b;
  case FUNCTION_LESS:
    return a < b;
  case FUNCTION_LESS_EQUAL:
    return a <= b;
  case FUNCTION_GREATER:
    return a > b;
  case FUNCTION_GREATER_EQUAL:
    return a >= b;
  default:
    return a != b;
  }
}

// A value of the low end, or of the high end, of int64; the spread decides the packed width.
static int64_t value_draw(uint64_t *random, int64_t from, uint64_t spread) {
  return (int64_t)((uint64_t)from + (spread == UINT64_MAX ? unit_random(random)
                                                          : unit_random(random) % (spread + 1)));
}

static void column_check(int64_t from, uint64_t spread, uint64_t row_count, bool nulls,
                         int encoding, uint64_t seed) {
  ExecTest t;
  exec_init(&t, 1);
  int64_t *values = mem_alloc((row_count + 1) * sizeof *values), low = INT64_MAX, high = INT64_MIN;
  for (uint64_t r = 0; r < row_count; r++) {
    values[r] = value_draw(&seed, from, spread);
    if (nulls && unit_random(&seed) % 5 == 0) values[r] = EXEC_NULL;
    if (values[r] == EXEC_NULL) continue;
    if (values[r] < low) low = values[r];
    if (values[r] > high) high = values[r];
  }
  Plan *plan = exec_scan(&t, values, row_count, 1, encoding, NULL);
  int64_t bounds[] = {INT64_MIN,
                      INT64_MIN + 1,
                      INT64_MAX,
                      INT64_MAX - 1,
                      0,
                      low,
                      high,
                      low == INT64_MIN ? low : low - 1,
                      high == INT64_MAX ? high : high + 1,
                      row_count ? (values[0] == EXEC_NULL ? low : values[0]) : 7};
  for (size_t b = 0; b < sizeof bounds / sizeof *bounds; b++)
    for (size_t f = 0; f < sizeof COMPARISONS / sizeof *COMPARISONS; f++)
      for (int flipped = 0; flipped < 2; flipped++) {
        Expr *column = exec_column(&t, 0), *bound = expr_int(t.arena, bounds[b]);
        plan->scan.predicate = flipped ? exec_call(&t, COMPARISONS[f], TYPE_OF_BOOL, bound, column)
                                       : exec_call(&t, COMPARISONS[f], TYPE_OF_BOOL, column, bound);
        uint64_t wanted = 0;
        for (uint64_t r = 0; r < row_count; r++) {
          if (values[r] == EXEC_NULL) continue;
          wanted += flipped ? holds(COMPARISONS[f], bounds[b], values[r])
                            : holds(COMPARISONS[f], values[r], bounds[b]);
        }
        ExecRows rows = exec_run(&t, plan);
        if (rows.count != wanted)
          ck_abort_msg("from %" PRId64 " spread %" PRIu64 ": %s %" PRId64 ": %" PRIu64
                       " rows, wanted %" PRIu64,
                       from, spread, function_name(COMPARISONS[f]), bounds[b], rows.count, wanted);
        mem_free(rows.values);
      }
  mem_free(values);
  exec_clear(&t);
}

START_TEST(test_ranges_at_the_ends_of_int64) {
  static const uint64_t SPREADS[] = {
      0, 1, 200, 255, 60000, 65535, UINT64_C(4000000000), UINT64_C(1) << 40};
  for (size_t s = 0; s < sizeof SPREADS / sizeof *SPREADS; s++) {
    int64_t top = (int64_t)(INT64_MAX - (int64_t)SPREADS[s]);
    column_check(INT64_MIN, SPREADS[s], 500, s % 2, -1, s);
    column_check(top, SPREADS[s], 500, s % 2, -1, s + 100);
    column_check(-(int64_t)(SPREADS[s] / 2), SPREADS[s], 500, !(s % 2), -1, s + 200);
  }
  column_check(0, UINT64_MAX, 3000, true, -1, 5);
}
END_TEST

START_TEST(test_ranges_in_every_encoding) {
  for (int encoding = -1; encoding <= ENCODING_DELTA; encoding++) {
    column_check(INT64_MAX - 250, 250, 2049, true, encoding, 11);
    column_check(INT64_MIN, 250, 2049, false, encoding, 12);
    column_check(-3, 6, 2048, true, encoding, 13);
  }
}
END_TEST

START_TEST(test_sizes_around_vectors_and_blocks) {
  static const uint64_t SIZES[] = {0, 1, 63, 64, 65, 2047, 2048, 2049, 65535, 65536, 65537};
  for (size_t s = 0; s < sizeof SIZES / sizeof *SIZES; s++)
    column_check(100, 30, SIZES[s], true, -1, s + 40);
}
END_TEST

// Rising values: all blocks but one are skipped or known to pass, and the answer is the same.
START_TEST(test_zone_maps_of_a_rising_column) {
  ExecTest t;
  exec_init(&t, 2);
  uint64_t count = 3 * 65536 + 17;
  int64_t *values = mem_alloc(count * sizeof *values);
  for (uint64_t r = 0; r < count; r++) values[r] = (int64_t)r;
  Plan *plan = exec_scan(&t, values, count, 1, -1, NULL);
  static const int64_t EDGES[] = {0,      1,      65534,  65535,  65536,  65537, 131071,
                                  131072, 196607, 196608, 196624, 196625, -1,    1000000};
  for (size_t a = 0; a < sizeof EDGES / sizeof *EDGES; a++)
    for (size_t b = 0; b < sizeof EDGES / sizeof *EDGES; b++) {
      Expr *from = exec_call(&t, FUNCTION_GREATER_EQUAL, TYPE_OF_BOOL, exec_column(&t, 0),
                             expr_int(t.arena, EDGES[a]));
      Expr *to = exec_call(&t, FUNCTION_LESS_EQUAL, TYPE_OF_BOOL, exec_column(&t, 0),
                           expr_int(t.arena, EDGES[b]));
      plan->scan.predicate = expr_and(t.arena, from, to);
      ExecRows rows = exec_run(&t, plan);
      int64_t low = EDGES[a] < 0 ? 0 : EDGES[a],
              high = EDGES[b] >= (int64_t)count ? (int64_t)count - 1 : EDGES[b];
      ck_assert_uint_eq(rows.count, high < low ? 0 : (uint64_t)(high - low + 1));
      mem_free(rows.values);
    }
  mem_free(values);
  exec_clear(&t);
}
END_TEST

// a IN (x, y), its negation, a IS NULL OR a = x, a <> x AND a <> y: of few values each is a test
// of a bit, of many it is not, and counts the same.
typedef enum Form { FORM_IN, FORM_NOT_IN, FORM_NULL_OR, FORM_TWO, FORMS } Form;

static Expr *form_make(ExecTest *t, Form form, int64_t x, int64_t y) {
  Expr *column = exec_column(t, 0);
  Expr *list[] = {column, expr_int(t->arena, x), expr_int(t->arena, y)};
  Expr *in = expr_make(t->arena, EXPR_IN, TYPE_OF_BOOL, list, 3, -1);
  Expr *is_x = exec_call(t, FUNCTION_EQUAL, TYPE_OF_BOOL, column, list[1]);
  Expr * or [] = {expr_make(t->arena, EXPR_IS_NULL, TYPE_OF_BOOL, &column, 1, -1), is_x};
  switch (form) {
  case FORM_IN:
    return in;
  case FORM_NOT_IN:
    return expr_make(t->arena, EXPR_NOT, TYPE_OF_BOOL, &in, 1, -1);
  case FORM_NULL_OR:
    return expr_make(t->arena, EXPR_OR, TYPE_OF_BOOL, or, 2, -1);
  default:
    return expr_and(t->arena,
                    exec_call(t, FUNCTION_NOT_EQUAL, TYPE_OF_BOOL, column, expr_int(t->arena, x)),
                    exec_call(t, FUNCTION_NOT_EQUAL, TYPE_OF_BOOL, column, expr_int(t->arena, y)));
  }
}

static bool form_holds(Form form, int64_t value, int64_t x, int64_t y) {
  if (value == EXEC_NULL) return form == FORM_NULL_OR;
  bool in = value == x || value == y;
  return form == FORM_IN ? in : form == FORM_NULL_OR ? value == x : !in;
}

static void sets_check(int64_t *values, uint64_t count, int encoding) {
  ExecTest t;
  exec_init(&t, 2);
  Plan *plan = exec_scan(&t, values, count, 1, encoding, NULL);
  for (int pick = 0; pick < 6; pick++) {
    int64_t x = values[(uint64_t)pick * 977 % count], y = values[count - 1 - (uint64_t)pick];
    if (x == EXEC_NULL || y == EXEC_NULL) continue;
    if (pick == 5) x = y < INT64_MAX - 100000 ? y + 100000 : y - 100000; // not among the values
    for (Form form = 0; form < FORMS; form++) {
      plan->scan.predicate = form_make(&t, form, x, y);
      uint64_t wanted = 0;
      for (uint64_t r = 0; r < count; r++) wanted += form_holds(form, values[r], x, y);
      ExecRows rows = exec_run(&t, plan);
      if (rows.count != wanted)
        ck_abort_msg("form %d of %" PRId64 ", %" PRId64 ": %" PRIu64 " rows, wanted %" PRIu64, form,
                     x, y, rows.count, wanted);
      mem_free(rows.values);
    }
  }
  exec_clear(&t);
}

START_TEST(test_sets_of_values) {
  static const uint64_t SPREADS[] = {0, 1, 63, 64, 255, 4000, 5000, 40000, 100000};
  uint64_t count = 2 * 65536 + 77, random = 3;
  int64_t *values = mem_alloc(count * sizeof *values);
  for (size_t s = 0; s < sizeof SPREADS / sizeof *SPREADS; s++)
    for (int kind = 0; kind < 4; kind++) { // at either end of int64; with NULLs; rising
      int64_t from = kind == 0 ? INT64_MAX - (int64_t)SPREADS[s] : kind == 1 ? INT64_MIN + 1 : -50;
      for (uint64_t r = 0; r < count; r++) {
        values[r] = kind == 3 ? from + (int64_t)(r * SPREADS[s] / count)
                              : value_draw(&random, from, SPREADS[s]);
        if (kind == 2 && unit_random(&random) % 7 == 0) values[r] = EXEC_NULL;
      }
      sets_check(values, count, -1);
    }
  for (int encoding = 0; encoding <= ENCODING_DELTA; encoding++) {
    for (uint64_t r = 0; r < count; r++) values[r] = value_draw(&random, 1000, 300);
    sets_check(values, count, encoding);
  }
  mem_free(values);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("exec_scan");
  unit_case(suite, "ranges", 120,
            (const TTest *const[]){test_ranges_at_the_ends_of_int64, test_ranges_in_every_encoding,
                                   test_sizes_around_vectors_and_blocks,
                                   test_zone_maps_of_a_rising_column, test_sets_of_values, NULL});
  return unit_main(suite);
}
