// The calendar day by day, ISO weeks and time zones against Python's datetime and zoneinfo
// (tests/unit/data), texts by hand.
#include "date.h"
#include "unit_data.h"
#include "unit_main.h"

// A calendar that only counts: the next day of (y, m, d).
static CivilDate next_day(CivilDate c) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (c.year % 4 == 0 && c.year % 100 != 0) || c.year % 400 == 0;
  if (++c.day <= days[c.month - 1] + (c.month == 2 && leap)) return c;
  c.day = 1;
  if (++c.month <= 12) return c;
  return (CivilDate){c.year + 1, 1, 1};
}

START_TEST(every_day_goes_round) {
  CivilDate c = {1, 1, 1};
  for (int32_t date = DATE_MIN; date <= DATE_MAX; date++, c = next_day(c)) {
    CivilDate got = date_to_civil(date);
    if (got.year != c.year || got.month != c.month || got.day != c.day ||
        date_from_civil(c.year, c.month, c.day) != date ||
        !date_civil_valid(c.year, c.month, c.day) ||
        date_weekday(date) != (date - DATE_MIN) % 7 + 1)
      ck_abort_msg("%d-%d-%d", c.year, c.month, c.day);
    char text[DATE_TEXT_BYTES];
    int32_t parsed;
    if (date_format(date, text) != 10 || !date_parse(text, 10, DATE_YMD, &parsed) || parsed != date)
      ck_abort_msg("%s", text);
  }
  ck_assert_int_eq(c.year, 10000);
}
END_TEST

START_TEST(iso_weeks_match_python) {
  UnitRows rows;
  int checked = 0;
  unit_rows_open(&rows, "tests/unit/data/dates.txt");
  for (; unit_rows_next(&rows); checked++) {
    int32_t date, iso_year;
    ck_assert(date_parse(rows.words[0], strlen(rows.words[0]), DATE_YMD, &date));
    ck_assert_int_eq(date, atoi(rows.words[1]));
    ck_assert_int_eq(date_weekday(date), atoi(rows.words[2]));
    ck_assert_int_eq(date_iso_week(date, &iso_year), atoi(rows.words[4]));
    ck_assert_int_eq(iso_year, atoi(rows.words[3]));
  }
  ck_assert_int_ge(checked, 500);
}
END_TEST

// Far outside the supported years the arithmetic still holds: 400 years are 146,097 days.
START_TEST(eras_repeat) {
  for (int32_t era = -700; era <= 700; era++)
    for (int32_t day = 0; day < 146097; day += 11) {
      CivilDate near = date_to_civil(day), far = date_to_civil(day + era * 146097);
      unit_require(far.year == near.year + 400 * era && far.month == near.month &&
                       far.day == near.day &&
                       date_from_civil(far.year, far.month, far.day) == day + era * 146097,
                   "an era later all repeats");
    }
}
END_TEST

START_TEST(months_are_added) {
  ck_assert_int_eq(date_add_months(date_from_civil(2024, 1, 31), 1), date_from_civil(2024, 2, 29));
  ck_assert_int_eq(date_add_months(date_from_civil(2023, 1, 31), 1), date_from_civil(2023, 2, 28));
  ck_assert_int_eq(date_add_months(date_from_civil(2024, 3, 31), -1), date_from_civil(2024, 2, 29));
  ck_assert_int_eq(date_add_months(date_from_civil(2024, 12, 5), 1), date_from_civil(2025, 1, 5));
  ck_assert_int_eq(date_add_months(date_from_civil(2024, 1, 5), -1), date_from_civil(2023, 12, 5));
  ck_assert_int_eq(date_add_months(date_from_civil(2024, 2, 29), -12),
                   date_from_civil(2023, 2, 28));
  ck_assert_int_eq(date_add_months(date_from_civil(1, 1, 31), 12 * 9998 + 11), DATE_MAX);
}
END_TEST

START_TEST(timestamps_split_by_floor) {
  ck_assert_int_eq(timestamp_date(0), 0);
  ck_assert_int_eq(timestamp_date(-1), -1);
  ck_assert_int_eq(timestamp_time_of_day(-1), USEC_PER_DAY - 1);
  ck_assert_int_eq(timestamp_date(-USEC_PER_DAY), -1);
  ck_assert_int_eq(timestamp_time_of_day(-USEC_PER_DAY), 0);
  ck_assert_int_eq(timestamp_date(USEC_PER_DAY - 1), 0);
}
END_TEST

START_TEST(dates_are_parsed_strictly) {
  static const struct {
    const char *text;
    DateOrder order;
    const char *expected; // NULL: refused
  } cases[] = {
      {"2025-12-31", DATE_YMD, "2025-12-31"}, {"2025/12/31", DATE_YMD, "2025-12-31"},
      {"2025.12.31", DATE_YMD, "2025-12-31"}, {"2025-1-5", DATE_YMD, "2025-01-05"},
      {"31.12.2025", DATE_DMY, "2025-12-31"}, {"5/1/2025", DATE_DMY, "2025-01-05"},
      {"12/31/2025", DATE_MDY, "2025-12-31"}, {"0001-01-01", DATE_YMD, "0001-01-01"},
      {"2025-12/31", DATE_YMD, NULL},         {"2025-02-29", DATE_YMD, NULL},
      {"2024-02-30", DATE_YMD, NULL},         {"0000-01-01", DATE_YMD, NULL},
      {"2025-13-01", DATE_YMD, NULL},         {"2025-00-01", DATE_YMD, NULL},
      {"25-01-01", DATE_YMD, NULL},           {"20250-01-01", DATE_YMD, NULL},
      {"2025-12-31 ", DATE_YMD, NULL},        {" 2025-12-31", DATE_YMD, NULL},
      {"20251231", DATE_YMD, NULL},           {"12/31/2025", DATE_DMY, NULL},
      {"31.12.25", DATE_DMY, NULL},           {"", DATE_YMD, NULL},
      {"2025-12-", DATE_YMD, NULL},           {"2025-123-1", DATE_YMD, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int32_t date;
    char text[DATE_TEXT_BYTES] = "";
    bool ok = date_parse(cases[i].text, strlen(cases[i].text), cases[i].order, &date);
    ck_assert_msg(ok == (cases[i].expected != NULL), "\"%s\"", cases[i].text);
    if (ok) date_format(date, text);
    if (ok) ck_assert_str_eq(text, cases[i].expected);
  }
}
END_TEST

START_TEST(timestamps_are_parsed_strictly) {
  static const struct {
    const char *text, *expected; // NULL: refused
    int32_t offset_s;
    bool has_offset;
  } cases[] = {
      {"2025-12-31", "2025-12-31 00:00:00", 0, false},
      {"2025-12-31 23:59", "2025-12-31 23:59:00", 0, false},
      {"2025-12-31T23:59:58", "2025-12-31 23:59:58", 0, false},
      {"2025-12-31 9:05:00", "2025-12-31 09:05:00", 0, false},
      {"2025-12-31 23:59:58.5", "2025-12-31 23:59:58.5", 0, false},
      {"2025-12-31 23:59:58.000001", "2025-12-31 23:59:58.000001", 0, false},
      {"2025-12-31 23:59:58.123456000", "2025-12-31 23:59:58.123456", 0, false},
      {"2025-12-31 23:59:58Z", "2025-12-31 23:59:58", 0, true},
      {"2025-12-31 23:59:58+03", "2025-12-31 23:59:58", 10800, true},
      {"2025-12-31 23:59:58.25-0930", "2025-12-31 23:59:58.25", -34200, true},
      {"2025-12-31T23:59+05:45", "2025-12-31 23:59:00", 20700, true},
      {"1969-12-31 23:59:59.999999", "1969-12-31 23:59:59.999999", 0, false},
      {"2025-12-31 24:00", NULL, 0, false},
      {"2025-12-31 23:60", NULL, 0, false},
      {"2025-12-31 23:59:60", NULL, 0, false},
      {"2025-12-31 23:59:58.", NULL, 0, false},
      {"2025-12-31 23:59:58.1234567", "2025-12-31 23:59:58.123457", 0, false},
      {"2025-12-31 23:59:58.123456499", "2025-12-31 23:59:58.123456", 0, false},
      {"2025-12-31 23:59:59.9999999Z", "2026-01-01 00:00:00", 0, true},
      {"2025-12-31 23:59:58.1234567x", NULL, 0, false},
      {"2025-12-31 23:59:58 ", NULL, 0, false},
      {"2025-12-31 23:59:58+3", NULL, 0, false},
      {"2025-12-31 23:59:58+03:", NULL, 0, false},
      {"2025-12-31 23:59:58+17", NULL, 0, false},
      {"2025-12-31 23:59:58+03:60", NULL, 0, false},
      {"2025-12-31 23:59:58Zx", NULL, 0, false},
      {"2025-12-31Z", NULL, 0, false},
      {"2025-12-31 ", NULL, 0, false},
      {"2025-12-31 23", NULL, 0, false},
      {"2025-12-31  23:59", NULL, 0, false},
      {"", NULL, 0, false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int64_t timestamp;
    int32_t offset_s;
    bool has_offset;
    char text[TIMESTAMP_TEXT_BYTES] = "";
    bool ok = timestamp_parse(cases[i].text, strlen(cases[i].text), DATE_YMD, &timestamp,
                              &has_offset, &offset_s);
    ck_assert_msg(ok == (cases[i].expected != NULL), "\"%s\"", cases[i].text);
    if (!ok) continue;
    timestamp_format(timestamp, text);
    ck_assert_str_eq(text, cases[i].expected);
    ck_assert_int_eq(offset_s, cases[i].offset_s);
    ck_assert_int_eq(has_offset, cases[i].has_offset);
  }
}
END_TEST

START_TEST(zoned_text_ends_in_utc) {
  char text[TIMESTAMP_TEXT_BYTES];
  ck_assert_uint_eq(timestamptz_format(1, text), strlen("1970-01-01 00:00:00.000001+00"));
  ck_assert_str_eq(text, "1970-01-01 00:00:00.000001+00");
  ck_assert_uint_lt(timestamptz_format(INT64_MAX, text), TIMESTAMP_TEXT_BYTES);
  ck_assert_uint_lt(timestamptz_format(INT64_MIN, text), TIMESTAMP_TEXT_BYTES);
}
END_TEST

static const TimeZone *zone_of(const char *name) {
  const TimeZone *zone = NULL;
  Error error = ERROR_INIT;
  if (time_zone_find(name, &zone, &error) != STATUS_OK) ck_abort_msg("%s", error.message);
  return zone;
}

static void check_local_row(const UnitRows *rows) {
  static const char *kinds[] = {"unique", "doubled", "missing"};
  LocalTimeKind kind;
  // Half a second in: fractions must not disturb the seconds.
  int64_t local = atoll(rows->words[2]) * USEC_PER_SECOND + USEC_PER_SECOND / 2;
  int64_t utc = time_zone_to_utc(zone_of(rows->words[1]), local, &kind);
  ck_assert_msg(strcmp(kinds[kind], rows->words[3]) == 0, "line %d: %s", rows->line, kinds[kind]);
  ck_assert_msg(utc == atoll(rows->words[4]) * USEC_PER_SECOND + USEC_PER_SECOND / 2,
                "line %d: %lld", rows->line, (long long)utc / USEC_PER_SECOND);
}

START_TEST(zones_match_python) {
  UnitRows rows;
  int checked = 0;
  unit_rows_open(&rows, "tests/unit/data/time_zones.txt");
  for (; unit_rows_next(&rows); checked++) {
    if (!strcmp(rows.words[0], "local")) {
      check_local_row(&rows);
      continue;
    }
    int64_t utc = atoll(rows.words[2]) * USEC_PER_SECOND;
    int32_t offset_s = time_zone_offset_at(zone_of(rows.words[1]), utc);
    ck_assert_msg(offset_s == atoi(rows.words[3]), "line %d: %d", rows.line, offset_s);
    ck_assert_int_eq(time_zone_to_local(zone_of(rows.words[1]), utc),
                     utc + offset_s * USEC_PER_SECOND);
  }
  ck_assert_int_ge(checked, 2000);
}
END_TEST

// Local time that exists goes back to itself at every quarter of an hour of some years.
START_TEST(local_and_back) {
  static const char *names[] = {"America/New_York", "Australia/Lord_Howe", "Europe/Moscow"};
  for (size_t z = 0; z < 3; z++) {
    const TimeZone *zone = zone_of(names[z]);
    int64_t utc = date_from_civil(2009, 1, 1) * USEC_PER_DAY;
    for (int i = 0; i < 6 * 366 * 96; i++, utc += 900 * USEC_PER_SECOND) {
      LocalTimeKind kind;
      int64_t back = time_zone_to_utc(zone, time_zone_to_local(zone, utc), &kind);
      if (kind == LOCAL_MISSING || (kind == LOCAL_UNIQUE && back != utc) || back > utc)
        ck_abort_msg("%s %lld", names[z], (long long)utc);
    }
  }
}
END_TEST

START_TEST(zone_names_are_checked) {
  static const char *names[] = {"",       "/etc/passwd",  "../../../etc/passwd", "Europe/../UTC",
                                "Europe", "Europe/Mosco", "no such zone",        "Europe/Moscow\n"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const TimeZone *zone;
    Error error = ERROR_INIT;
    ck_assert_int_eq(time_zone_find(names[i], &zone, &error), STATUS_NOT_FOUND);
    ck_assert_uint_gt(strlen(error.message), 0);
  }
  ck_assert_str_eq(time_zone_name(zone_of("Asia/Kathmandu")), "Asia/Kathmandu");
  ck_assert_ptr_eq(zone_of("Asia/Kathmandu"), zone_of("Asia/Kathmandu"));
}
END_TEST

// Every prefix of a zone file, and the file with each byte changed, is read or refused, never more.
START_TEST(damaged_zone_files_are_refused) {
  char folder[] = "/tmp/tessera_zone_XXXXXX", path[64], name[32];
  unsigned char bytes[8192];
  ck_assert_ptr_nonnull(mkdtemp(folder));
  FILE *file = fopen("/usr/share/zoneinfo/America/New_York", "rb");
  ck_assert_ptr_nonnull(file);
  size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  setenv("TZDIR", folder, 1);
  int refused = 0;
  for (size_t i = 0; i < size; i += i < 200 ? 1 : 7) {
    for (int changed = 0; changed < 2; changed++) {
      snprintf(name, sizeof name, "Z%zu%c", i, changed ? 'c' : 'p');
      snprintf(path, sizeof path, "%s/%s", folder, name);
      file = fopen(path, "wb");
      bytes[i] ^= 0xFF;
      fwrite(bytes, 1, changed ? size : i, file);
      bytes[i] ^= 0xFF;
      fclose(file);
      const TimeZone *zone;
      Status status = time_zone_find(name, &zone, NULL);
      ck_assert(status == STATUS_OK || status == STATUS_CORRUPT);
      if (!changed) ck_assert_int_eq(status, STATUS_CORRUPT);
      refused += status == STATUS_CORRUPT;
      if (status == STATUS_OK)
        for (int64_t year = -3000; year < 9000; year += 7) {
          int64_t local = (year - 1970) * 366 * USEC_PER_DAY;
          time_zone_to_utc(zone, time_zone_to_local(zone, local), NULL);
        }
      remove(path);
    }
  }
  remove(folder);
  ck_assert_int_gt(refused, 200);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("date");
  unit_case(suite, "calendar", 120,
            (const TTest *[]){every_day_goes_round, iso_weeks_match_python, eras_repeat,
                              months_are_added, timestamps_split_by_floor, NULL});
  unit_case(suite, "text", 20,
            (const TTest *[]){dates_are_parsed_strictly, timestamps_are_parsed_strictly,
                              zoned_text_ends_in_utc, NULL});
  unit_case(suite, "zones", 120,
            (const TTest *[]){zones_match_python, local_and_back, zone_names_are_checked,
                              damaged_zone_files_are_refused, NULL});
  return unit_main(suite);
}
