// The cube query to the logical tree: printed trees and errors, compared periods, limits.
#include "cube_period.h"
#include "date.h"
#include "front_catalog.h"
#include "front_golden.h"

#define FIRST_DAY "2023-01-01"
#define LAST_DAY "2025-11-15"

static int32_t day(const char *text) {
  int32_t date = 0;
  ck_assert(date_parse(text, strlen(text), DATE_YMD, &date));
  return date;
}

static bool is_share(void *context, const char *measure) {
  (void)context;
  return strstr(measure, "share") != NULL;
}

static Status read_query(const char *json, LogicalContext *context, CubeQuery *query,
                         Error *error) {
  *context = (LogicalContext){.arena = arena_create(), .next_id = 1};
  return cube_query_read(json, strlen(json), &cat_retail, day(FIRST_DAY), day(LAST_DAY), is_share,
                         NULL, context, query, error);
}

static void print_period(const char *name, CubePeriod period, Buffer *out) {
  char from[DATE_TEXT_BYTES], to[DATE_TEXT_BYTES];
  if (!period.set) return;
  date_format(period.from, from);
  date_format(period.to, to);
  buffer_printf(out, "%s %s to %s\n", name, from, to);
}

static void give_query(const char *json, Buffer *out) {
  static const char *const kinds[] = {"level", "measure", "compare", "change"};
  LogicalContext context;
  CubeQuery query;
  Error error = ERROR_INIT;
  Status status = read_query(json, &context, &query, &error);
  if (status != STATUS_OK) {
    buffer_printf(out, "%s at \"%s\": %s", status_name(status), error.path, error.message);
    if (error.position >= 0) buffer_printf(out, " (byte %lld)", (long long)error.position);
  } else {
    for (uint32_t i = 0; i < query.column_count; i++) {
      char type[TYPE_NAME_BYTES];
      buffer_printf(out, "%s %s %s\n", kinds[query.columns[i].kind], query.columns[i].name,
                    type_format(query.columns[i].type, type));
    }
    print_period("period", query.period, out);
    if (query.period_note) buffer_printf(out, "period note: %s\n", query.period_note);
    print_period("compare", query.compare, out);
    if (query.compare_note) buffer_printf(out, "note: %s\n", query.compare_note);
    logical_print(query.tree, out);
    if (query.totals) {
      buffer_append_text(out, "totals:\n");
      logical_print(query.totals, out);
    }
  }
  arena_destroy(context.arena);
}

START_TEST(trees) {
  ck_assert_uint_gt(golden_run("tests/unit/data/front_cube_trees.txt", give_query), 20);
}
END_TEST

START_TEST(errors) {
  ck_assert_uint_gt(golden_run("tests/unit/data/front_cube_errors.txt", give_query), 35);
}
END_TEST

// --- compared periods (D8) ---

START_TEST(comparisons) {
  static const struct {
    CubeCompareKind kind;
    const char *from, *to; // the period
    bool fine;             // days or weeks are shown
    const char *compared_from, *compared_to;
    CubeShift shift;
    const char *trim_to; // NULL: nothing is left out
    bool note;
  } cases[] = {
      // a whole month against the month before
      {CUBE_COMPARE_PREVIOUS,
       "2025-03-01",
       "2025-03-31",
       false,
       "2025-02-01",
       "2025-02-28",
       {.months = 1},
       NULL,
       false},
      {CUBE_COMPARE_PREVIOUS,
       "2025-03-01",
       "2025-03-31",
       true,
       "2025-02-01",
       "2025-02-28",
       {.days = 28},
       NULL,
       false},
      // January is longer than February: 29 to 31 have no counterpart among days
      {CUBE_COMPARE_PREVIOUS,
       "2025-02-01",
       "2025-02-28",
       true,
       "2025-01-01",
       "2025-01-31",
       {.days = 31},
       "2025-01-28",
       true},
      {CUBE_COMPARE_PREVIOUS,
       "2025-02-01",
       "2025-02-28",
       false,
       "2025-01-01",
       "2025-01-31",
       {.months = 1},
       NULL,
       false},
      // quarters and years
      {CUBE_COMPARE_PREVIOUS,
       "2025-01-01",
       "2025-03-31",
       false,
       "2024-10-01",
       "2024-12-31",
       {.months = 3},
       NULL,
       false},
      {CUBE_COMPARE_PREVIOUS,
       "2024-01-01",
       "2024-12-31",
       true,
       "2023-01-01",
       "2023-12-31",
       {.months = 12, .by_date = true},
       NULL,
       false},
      // any other period: as many days before
      {CUBE_COMPARE_PREVIOUS,
       "2025-03-05",
       "2025-03-11",
       false,
       "2025-02-26",
       "2025-03-04",
       {.days = 7},
       NULL,
       false},
      {CUBE_COMPARE_PREVIOUS,
       "2025-03-01",
       "2025-03-30",
       false,
       "2025-01-30",
       "2025-02-28",
       {.days = 30},
       NULL,
       false},
      {CUBE_COMPARE_PREVIOUS,
       "2025-03-05",
       "2025-03-05",
       true,
       "2025-03-04",
       "2025-03-04",
       {.days = 1},
       NULL,
       false},
      // 364 days back: Monday 3 March 2025 beside Monday 4 March 2024
      {CUBE_COMPARE_LAST_YEAR,
       "2025-03-03",
       "2025-03-09",
       true,
       "2024-03-04",
       "2024-03-10",
       {.days = 364},
       NULL,
       false},
      {CUBE_COMPARE_LAST_YEAR_CALENDAR,
       "2025-03-03",
       "2025-03-09",
       true,
       "2024-03-03",
       "2024-03-09",
       {.months = 12, .by_date = true},
       NULL,
       false},
      {CUBE_COMPARE_LAST_YEAR_CALENDAR,
       "2025-02-01",
       "2025-02-28",
       true,
       "2024-02-01",
       "2024-02-29",
       {.months = 12, .by_date = true},
       NULL,
       false},
      {CUBE_COMPARE_LAST_YEAR_CALENDAR,
       "2024-02-29",
       "2024-02-29",
       true,
       "2023-02-28",
       "2023-02-28",
       {.months = 12, .by_date = true},
       NULL,
       false},
      // unfinished: the last day with data is 15 November 2025
      {CUBE_COMPARE_LAST_YEAR_CALENDAR,
       "2025-01-01",
       "2025-12-31",
       false,
       "2024-01-01",
       "2024-11-15", // the same dates, over a 29 February too
       {.months = 12, .by_date = true},
       NULL,
       true},
      {CUBE_COMPARE_PREVIOUS,
       "2025-11-01",
       "2025-11-30",
       false,
       "2025-10-01",
       "2025-10-15",
       {.months = 1},
       NULL,
       true},
      {CUBE_COMPARE_LAST_YEAR,
       "2025-11-10",
       "2025-11-16",
       true,
       "2024-11-11",
       "2024-11-16",
       {.days = 364},
       NULL,
       true},
      {CUBE_COMPARE_PREVIOUS,
       "2025-12-01",
       "2025-12-31",
       false,
       "2025-11-01",
       "2025-11-30",
       {.months = 1},
       NULL,
       true},
  };
  Arena *arena = arena_create();
  for (size_t i = 0; i < CAT_COUNT(cases); i++) {
    CubeRequest request = {.compare = cases[i].kind,
                           .period = {true, day(cases[i].from), day(cases[i].to)}};
    CubeComparison got;
    cube_comparison_make(arena, &request, day(FIRST_DAY), day(LAST_DAY), cases[i].fine, true, &got);
    char from[DATE_TEXT_BYTES], to[DATE_TEXT_BYTES];
    date_format(got.period.from, from);
    date_format(got.period.to, to);
    ck_assert_msg(!strcmp(from, cases[i].compared_from) && !strcmp(to, cases[i].compared_to),
                  "case %zu: %s to %s", i, from, to);
    ck_assert_msg(got.shift.days == cases[i].shift.days &&
                      got.shift.months == cases[i].shift.months &&
                      got.shift.by_date == cases[i].shift.by_date,
                  "case %zu: shift %d days %d months", i, got.shift.days, got.shift.months);
    ck_assert_msg(got.trim == (cases[i].trim_to != NULL), "case %zu: trim", i);
    if (got.trim) ck_assert_int_eq(got.trim_to, day(cases[i].trim_to));
    ck_assert_msg((got.note != NULL) == cases[i].note, "case %zu: %s", i, got.note);
  }
  arena_destroy(arena);
}
END_TEST

// What the reader cannot see from the two periods is said.
START_TEST(comparison_notes) {
  static const struct {
    CubeCompareKind kind;
    const char *from, *to, *compared_from, *compared_to, *note;
  } cases[] = {
      {CUBE_COMPARE_PREVIOUS, "2025-03-01", "2025-03-31", NULL, NULL, NULL},
      {CUBE_COMPARE_PREVIOUS, "2023-01-01", "2023-01-31", NULL, NULL,
       "The compared period ends before the first day with data (2023-01-01)."},
      {CUBE_COMPARE_DATES, "2023-06-01", "2023-06-30", "2022-12-15", "2023-01-13",
       "The compared period begins before the first day with data (2023-01-01): it has 13 of 30 "
       "days."},
      {CUBE_COMPARE_DATES, "2025-03-01", "2025-03-10", "2025-03-10", "2025-03-19",
       "The two periods overlap."},
      {CUBE_COMPARE_DATES, "2025-03-01", "2025-03-10", "2025-02-01", "2025-02-05",
       "The period has 10 days, the compared one 5."},
      {CUBE_COMPARE_DATES, "2025-03-01", "2025-03-31", "2025-02-01", "2025-02-28", NULL},
      {CUBE_COMPARE_DATES, "2026-03-01", "2026-03-31", "2025-02-01", "2025-02-28",
       "The period begins after the last day with data (2025-11-15)."},
      {CUBE_COMPARE_LAST_YEAR, "2024-01-01", "2025-10-31", NULL, NULL, "The two periods overlap."},
      {CUBE_COMPARE_DATES, "2025-03-01", "2025-03-31", "2030-03-01", "2030-03-31",
       "The compared period begins after the last day with data (2025-11-15)."},
      {CUBE_COMPARE_DATES, "2025-09-01", "2025-09-30", "2025-11-01", "2025-11-30",
       "The compared period ends after the last day with data (2025-11-15): it has 15 of 30 "
       "days."},
  };
  Arena *arena = arena_create();
  for (size_t i = 0; i < CAT_COUNT(cases); i++) {
    CubeRequest request = {.compare = cases[i].kind,
                           .period = {true, day(cases[i].from), day(cases[i].to)}};
    if (cases[i].compared_from)
      request.compare_dates =
          (CubePeriod){true, day(cases[i].compared_from), day(cases[i].compared_to)};
    CubeComparison got;
    cube_comparison_make(arena, &request, day(FIRST_DAY), day(LAST_DAY), false, false, &got);
    ck_assert_pstr_eq(got.note, cases[i].note);
  }
  arena_destroy(arena);
}
END_TEST

// A period and its compared one lie beside each other day by day, whatever the rule.
START_TEST(comparisons_align) {
  Arena *arena = arena_create();
  for (int32_t from = day("2023-12-20"); from < day("2025-03-10"); from++)
    for (int32_t days = 1; days < 70; days += 3)
      for (int kind = CUBE_COMPARE_PREVIOUS; kind <= CUBE_COMPARE_LAST_YEAR; kind++) {
        CubeRequest request = {.compare = (CubeCompareKind)kind,
                               .period = {true, from, from + days - 1}};
        CubeComparison got;
        cube_comparison_make(arena, &request, day(FIRST_DAY), day(LAST_DAY), true, true, &got);
        unit_require(got.period.to < from, "the compared period lies before");
        if (got.shift.days == 0) continue;
        int32_t end = got.trim ? got.trim_to : got.period.to;
        unit_require(got.period.from + got.shift.days == from, "it begins with the period");
        unit_require(end + got.shift.days <= from + days - 1, "it does not go beyond the period");
      }
  arena_destroy(arena);
}
END_TEST

// --- limits ---

static Status status_of(const Buffer *json, Error *error) {
  LogicalContext context;
  CubeQuery query;
  Status status = read_query(json->data, &context, &query, error);
  arena_destroy(context.arena);
  return status;
}

static void many(Buffer *json, const char *before, const char *item, size_t count,
                 const char *after) {
  buffer_init(json);
  buffer_append_text(json, before);
  for (size_t i = 0; i < count; i++) buffer_append_text(json, item);
  buffer_append_text(json, after);
}

START_TEST(limits) {
  static const struct {
    const char *before, *item;
    size_t count;
    const char *after;
    Status status;
  } cases[] = {
      {"{\"measures\": [\"sales.revenue\"", ", \"sales.revenue\"", 60, "]}", STATUS_LIMIT},
      {"{\"measures\": [\"sales.revenue\"], \"dimensions\": [\"x\"", ", \"x\"", 20, "]}",
       STATUS_LIMIT},
      {"{\"measures\": [\"sales.revenue\"], \"filters\": [{\"level\": \"store.city\", \"in\": "
       "[\"\"",
       ",\"x\"", 9999, "]}]}", STATUS_OK},
      {"{\"measures\": [\"sales.revenue\"], \"filters\": [{\"level\": \"store.city\", \"in\": "
       "[\"\"",
       ",\"x\"", 10000, "]}]}", STATUS_LIMIT},
      {"{\"measures\": [\"sales.revenue\"], \"filters\": [", "{\"not\": ", 30, "1", STATUS_INVALID},
      {"", "[", 100000, "", STATUS_INVALID},
      {"{", " ", 1 << 20, "}", STATUS_LIMIT},
  };
  for (size_t i = 0; i < CAT_COUNT(cases); i++) {
    Buffer json;
    Error error = ERROR_INIT;
    many(&json, cases[i].before, cases[i].item, cases[i].count, cases[i].after);
    Status status = status_of(&json, &error);
    ck_assert_msg(status == cases[i].status, "case %zu: %s %s", i, status_name(status),
                  error.message);
    buffer_clear(&json);
  }
  Buffer json;
  Error error = ERROR_INIT;
  many(&json, "{\"measures\": [\"sales.revenue\"], \"filters\": [", "{\"not\": ", 30,
       "{\"level\": \"store.city\", \"null\": true}");
  for (int i = 0; i < 30; i++) buffer_append_char(&json, '}');
  buffer_append_text(&json, "]}");
  ck_assert_int_eq(status_of(&json, &error), STATUS_LIMIT);
  buffer_clear(&json);
}
END_TEST

static Suite *suite(void) {
  Suite *suite = suite_create("front_cube");
  const TTest *const golden[] = {trees, errors, NULL};
  const TTest *const periods[] = {comparisons, comparison_notes, comparisons_align, NULL};
  const TTest *const bounds[] = {limits, NULL};
  unit_case(suite, "golden", 60, golden);
  unit_case(suite, "periods", 60, periods);
  unit_case(suite, "limits", 60, bounds);
  return suite;
}

int main(void) {
  return unit_main(suite());
}
