// The calendar and the texts of dates and time stamps.
//
// Days to civil dates and back by era arithmetic (Howard Hinnant, "chrono-compatible low-level date
// algorithms"): 400-year eras of 146,097 days, years that start in March. Parsers are strict: a
// text that is not wholly a date is not a date, so that a loader can tell a wrong column at once.
#include "date.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define OFFSET_SECONDS_MAX (16 * 3600 - 1)

static bool year_is_leap(int32_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int32_t month_days(int32_t year, int32_t month) {
  static const int8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && year_is_leap(year) ? 29 : days[month - 1];
}

bool date_civil_valid(int32_t year, int32_t month, int32_t day) {
  return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
         day <= month_days(year, month);
}

int32_t date_weekday(int32_t date) {
  int32_t r = (int32_t)(((int64_t)date + 3) % 7); // 1970-01-01 was a Thursday
  return (r < 0 ? r + 7 : r) + 1;
}

int32_t date_iso_week(int32_t date, int32_t *iso_year) {
  int32_t thursday = date - date_weekday(date) + 4; // a week belongs to its Thursday's year
  int32_t year = date_to_civil(thursday).year;
  if (iso_year) *iso_year = year;
  return (thursday - date_from_civil(year, 1, 1)) / 7 + 1;
}

int32_t date_add_months(int32_t date, int32_t months) {
  CivilDate c = date_to_civil(date);
  int64_t index = (int64_t)c.year * 12 + c.month - 1 + months;
  int32_t year = (int32_t)(index >= 0 ? index / 12 : -((11 - index) / 12));
  int32_t month = (int32_t)(index - (int64_t)year * 12) + 1;
  int32_t last = month_days(year, month);
  return date_from_civil(year, month, c.day < last ? c.day : last);
}

int32_t timestamp_date(int64_t timestamp) {
  int64_t days = timestamp / USEC_PER_DAY;
  return (int32_t)(days - (timestamp % USEC_PER_DAY < 0));
}

int64_t timestamp_time_of_day(int64_t timestamp) {
  int64_t rest = timestamp % USEC_PER_DAY;
  return rest < 0 ? rest + USEC_PER_DAY : rest;
}

// --- Parsing: a cursor over the text; each piece moves it or refuses. ---

typedef struct Cursor {
  const char *at, *end;
} Cursor;

// A number of `least` to `most` digits.
static bool cursor_number(Cursor *c, int least, int most, int32_t *value) {
  int32_t v = 0;
  int n = 0;
  for (; n < most && c->at < c->end && (unsigned char)(*c->at - '0') < 10; n++)
    v = v * 10 + (*c->at++ - '0');
  *value = v;
  return n >= least;
}

static bool cursor_char(Cursor *c, char wanted) {
  if (c->at == c->end || *c->at != wanted) return false;
  c->at++;
  return true;
}

static bool date_store(int32_t year, int32_t month, int32_t day, int32_t *date) {
  if (!date_civil_valid(year, month, day)) return false;
  *date = date_from_civil(year, month, day);
  return true;
}

// Two digits as a number, or more than 9999 when they are none.
static inline int32_t two_digits(const char *p) {
  unsigned a = (unsigned char)p[0] - '0', b = (unsigned char)p[1] - '0';
  return a > 9 || b > 9 ? 1000000 : (int32_t)(a * 10 + b);
}

// Ten bytes with two-digit months and days; false: of another form, or no date.
static bool cursor_date_fixed(Cursor *c, DateOrder order, int32_t *date) {
  if (c->end - c->at < 10) return false;
  const char *p = c->at;
  bool year_first = order == DATE_YMD;
  char separator = p[year_first ? 4 : 2];
  if (separator != p[year_first ? 7 : 5]) return false;
  if (separator != '-' && separator != '.' && separator != '/') return false;
  const char *year = year_first ? p : p + 6;
  const char *first = year_first ? p + 5 : p, *second = year_first ? p + 8 : p + 3;
  bool swapped = order == DATE_DMY;
  int32_t month = two_digits(swapped ? second : first), day = two_digits(swapped ? first : second);
  if (!date_store(two_digits(year) * 100 + two_digits(year + 2), month, day, date)) return false;
  c->at += 10;
  return true;
}

// A month's English name, or its first three letters.
static bool cursor_month(Cursor *c, int32_t *month) {
  static const char *const names[] = {"january",   "february", "march",    "april",
                                      "may",       "june",     "july",     "august",
                                      "september", "october",  "november", "december"};
  size_t size = 0;
  while (c->at + size < c->end && (unsigned)((c->at[size] | 32) - 'a') < 26) size++;
  for (int32_t m = 0; m < 12; m++) {
    if ((size != 3 && size != strlen(names[m])) || strncasecmp(c->at, names[m], size) != 0)
      continue;
    c->at += size;
    *month = m + 1;
    return true;
  }
  return false;
}

static bool cursor_separated(Cursor *c) {
  const char *start = c->at;
  while (c->at < c->end && (*c->at == ' ' || *c->at == ',' || *c->at == '-')) c->at++;
  return c->at > start;
}

// 20251231; Dec 31, 2025; 31 December 2025; 2025-Dec-31.
static bool cursor_spelled(Cursor *c, int32_t *date) {
  int32_t a, month, b;
  const char *start = c->at;
  if (cursor_number(c, 8, 8, &a)) return date_store(a / 10000, a / 100 % 100, a % 100, date);
  c->at = start;
  bool month_first = cursor_month(c, &month);
  if (!month_first &&
      (!cursor_number(c, 1, 4, &a) || !cursor_separated(c) || !cursor_month(c, &month)))
    return false;
  if (month_first && (!cursor_separated(c) || !cursor_number(c, 1, 2, &a))) return false;
  if (!cursor_separated(c) || !cursor_number(c, 1, 4, &b)) return false;
  bool year_first = !month_first && a > 31;
  if ((year_first ? a : b) < 1000) return false; // a year has 4 digits
  return year_first ? date_store(a, month, b, date) : date_store(b, month, a, date);
}

static bool cursor_date(Cursor *c, DateOrder order, int32_t *date) {
  int32_t part[3], year, month, day;
  if (order == DATE_SQL) {
    const char *start = c->at;
    if (cursor_spelled(c, date)) return true;
    c->at = start;
    order = DATE_YMD;
  }
  if (cursor_date_fixed(c, order, date)) return true;
  bool year_first = order == DATE_YMD;
  if (!cursor_number(c, year_first ? 4 : 1, year_first ? 4 : 2, &part[0])) return false;
  if (c->at == c->end || !strchr("-/.", *c->at) || !*c->at) return false;
  char separator = *c->at++;
  if (!cursor_number(c, 1, 2, &part[1]) || !cursor_char(c, separator)) return false;
  if (!cursor_number(c, year_first ? 1 : 4, year_first ? 2 : 4, &part[2])) return false;
  year = year_first ? part[0] : part[2];
  month = order == DATE_MDY ? part[0] : part[1];
  day = year_first ? part[2] : order == DATE_DMY ? part[0] : part[1];
  return date_store(year, month, day, date);
}

// Digits of a second, as microseconds; the seventh rounds.
static bool cursor_fraction(Cursor *c, int64_t *usec) {
  const char *start = c->at;
  int32_t digits;
  if (!cursor_number(c, 1, 6, &digits)) return false;
  for (ptrdiff_t n = c->at - start; n < 6; n++) digits *= 10;
  bool up = c->at < c->end && *c->at >= '5' && *c->at <= '9';
  while (c->at < c->end && *c->at >= '0' && *c->at <= '9') c->at++;
  *usec = digits + up;
  return true;
}

static bool cursor_time(Cursor *c, int64_t *usec) {
  int32_t hour, minute, second = 0;
  int64_t fraction = 0;
  if (!cursor_number(c, 1, 2, &hour) || !cursor_char(c, ':')) return false;
  if (!cursor_number(c, 2, 2, &minute)) return false;
  if (cursor_char(c, ':')) {
    if (!cursor_number(c, 2, 2, &second)) return false;
    if (cursor_char(c, '.') && !cursor_fraction(c, &fraction)) return false;
  }
  if (hour > 23 || minute > 59 || second > 59) return false;
  *usec = (hour * INT64_C(3600) + minute * 60 + second) * USEC_PER_SECOND + fraction;
  return true;
}

// Z, +HH, +HHMM, +HH:MM or nothing.
static bool cursor_offset(Cursor *c, bool *has_offset, int32_t *offset_s) {
  *offset_s = 0;
  *has_offset = c->at < c->end;
  if (!*has_offset || cursor_char(c, 'Z')) return true;
  bool west = *c->at == '-';
  if (!west && *c->at != '+') return false;
  c->at++;
  int32_t hour, minute = 0;
  if (!cursor_number(c, 2, 2, &hour)) return false;
  if (c->at < c->end) {
    cursor_char(c, ':');
    if (!cursor_number(c, 2, 2, &minute)) return false;
  }
  int32_t seconds = hour * 3600 + minute * 60;
  if (minute > 59 || seconds > OFFSET_SECONDS_MAX) return false;
  *offset_s = west ? -seconds : seconds;
  return true;
}

bool date_parse(const char *text, size_t size, DateOrder order, int32_t *date) {
  Cursor c = {text, text + size};
  return cursor_date(&c, order, date) && c.at == c.end;
}

bool timestamp_parse(const char *text, size_t size, DateOrder order, int64_t *timestamp,
                     bool *has_offset, int32_t *offset_s) {
  Cursor c = {text, text + size};
  int32_t date;
  int64_t usec = 0;
  *has_offset = false;
  *offset_s = 0;
  if (!cursor_date(&c, order, &date)) return false;
  if (c.at < c.end) {
    if (!cursor_char(&c, ' ') && !cursor_char(&c, 'T')) return false;
    if (!cursor_time(&c, &usec) || !cursor_offset(&c, has_offset, offset_s)) return false;
    if (c.at != c.end) return false;
  }
  *timestamp = date * USEC_PER_DAY + usec;
  return true;
}

// --- Formatting ---

static char *write_digits(char *out, int32_t value, int digits) {
  for (int i = digits - 1; i >= 0; i--, value /= 10) out[i] = (char)('0' + value % 10);
  return out + digits;
}

size_t date_format(int32_t date, char *out) {
  CivilDate c = date_to_civil(date);
  char *p = out;
  if (c.year >= 0 && c.year <= 9999)
    p = write_digits(p, c.year, 4);
  else
    p += snprintf(p, 9, "%d", c.year);
  *p++ = '-';
  p = write_digits(p, c.month, 2);
  *p++ = '-';
  p = write_digits(p, c.day, 2);
  *p = 0;
  return (size_t)(p - out);
}

size_t timestamp_format(int64_t timestamp, char *out) {
  int64_t usec = timestamp_time_of_day(timestamp);
  int32_t seconds = (int32_t)(usec / USEC_PER_SECOND), fraction = (int32_t)(usec % USEC_PER_SECOND);
  char *p = out + date_format(timestamp_date(timestamp), out);
  *p++ = ' ';
  p = write_digits(p, seconds / 3600, 2);
  *p++ = ':';
  p = write_digits(p, seconds / 60 % 60, 2);
  *p++ = ':';
  p = write_digits(p, seconds % 60, 2);
  if (fraction) {
    *p++ = '.';
    p = write_digits(p, fraction, 6);
    while (p[-1] == '0') p--;
  }
  *p = 0;
  return (size_t)(p - out);
}

size_t timestamptz_format(int64_t timestamp, char *out) {
  size_t length = timestamp_format(timestamp, out);
  memcpy(out + length, "+00", 4);
  return length + 3;
}
