// to_char of dates, time stamps and intervals, after PostgreSQL's patterns: what is no pattern, and
// what stands in quotes, is put out as it is. An interval has no weekday, zone or era, nor the name
// of a month; its fields may be negative, and its hours more than 24.
#include "date.h"
#include "decimal.h"
#include "expr_function.h"
#include "moment_pattern.h"
#include <ctype.h>
#include <stdio.h>
#include <strings.h>

typedef struct Moment {
  CivilDate civil;
  int32_t date, weekday, year_day; // weekday 1 Monday .. 7; year_day 1 ..
  int32_t iso_year, iso_week;
  int64_t usec; // of the day, of an interval any
  bool zoned, interval;
} Moment;

// kinds: numbers Y I M D E(day of year) W(week) w(iso week) H h m s f(msec) u(usec) Q C J
// k(weekday) i(iso weekday) S(seconds of the day) g(fraction) y(with its comma); words: N n(short)
// R(roman) month, A a day, p meridian, B b era, T zone, O o its hours and minutes, F nothing
#define WORD_KINDS "NnRAaPpBbTOoF"
static const Pattern PATTERNS[] = {
    {"A.D.", 'b', 0, LETTERS_UPPER},
    {"B.C.", 'b', 0, LETTERS_UPPER},
    {"a.d.", 'b', 0, LETTERS_LOWER},
    {"b.c.", 'b', 0, LETTERS_LOWER},
    {"AD", 'B', 0, LETTERS_UPPER},
    {"BC", 'B', 0, LETTERS_UPPER},
    {"ad", 'B', 0, LETTERS_LOWER},
    {"bc", 'B', 0, LETTERS_LOWER},
    {"A.M.", 'P', 0, LETTERS_UPPER},
    {"P.M.", 'P', 0, LETTERS_UPPER},
    {"a.m.", 'P', 0, LETTERS_LOWER},
    {"p.m.", 'P', 0, LETTERS_LOWER},
    {"AM", 'p', 0, LETTERS_UPPER},
    {"PM", 'p', 0, LETTERS_UPPER},
    {"am", 'p', 0, LETTERS_LOWER},
    {"pm", 'p', 0, LETTERS_LOWER},
    {"CC", 'C', 2, 0},
    {"DAY", 'A', 9, LETTERS_UPPER},
    {"Day", 'A', 9, LETTERS_CAPITAL},
    {"day", 'A', 9, LETTERS_LOWER},
    {"DDD", 'E', 3, 0},
    {"DD", 'D', 2, 0},
    {"DY", 'a', 3, LETTERS_UPPER},
    {"Dy", 'a', 3, LETTERS_CAPITAL},
    {"dy", 'a', 3, LETTERS_LOWER},
    {"D", 'k', 1, 0},
    {"FF1", 'g', 1, 0},
    {"FF2", 'g', 2, 0},
    {"FF3", 'g', 3, 0},
    {"FF4", 'g', 4, 0},
    {"FF5", 'g', 5, 0},
    {"FF6", 'g', 6, 0},
    {"FX", 'F', 0, LETTERS_UPPER},
    {"fx", 'F', 0, LETTERS_UPPER},
    {"HH24", 'H', 2, 0},
    {"HH12", 'h', 2, 0},
    {"HH", 'h', 2, 0},
    {"IDDD", 'x', 3, 0},
    {"ID", 'i', 1, 0},
    {"IW", 'w', 2, 0},
    {"IYYY", 'I', 4, 0},
    {"IYY", 'I', 3, 0},
    {"IY", 'I', 2, 0},
    {"I", 'I', 1, 0},
    {"J", 'J', 1, 0},
    {"MI", 'm', 2, 0},
    {"MM", 'M', 2, 0},
    {"MONTH", 'N', 9, LETTERS_UPPER},
    {"Month", 'N', 9, LETTERS_CAPITAL},
    {"month", 'N', 9, LETTERS_LOWER},
    {"MON", 'n', 3, LETTERS_UPPER},
    {"Mon", 'n', 3, LETTERS_CAPITAL},
    {"mon", 'n', 3, LETTERS_LOWER},
    {"MS", 'f', 3, 0},
    {"OF", 'O', 0, LETTERS_UPPER},
    {"of", 'O', 0, LETTERS_UPPER},
    {"Q", 'Q', 1, 0},
    {"RM", 'R', 4, LETTERS_UPPER},
    {"rm", 'R', 4, LETTERS_LOWER},
    {"SSSSS", 'S', 1, 0},
    {"SSSS", 'S', 1, 0},
    {"SS", 's', 2, 0},
    {"TZH", 'O', 0, LETTERS_UPPER},
    {"tzh", 'O', 0, LETTERS_UPPER},
    {"TZM", 'o', 0, LETTERS_UPPER},
    {"tzm", 'o', 0, LETTERS_UPPER},
    {"TZ", 'T', 0, LETTERS_UPPER},
    {"tz", 'T', 0, LETTERS_LOWER},
    {"US", 'u', 6, 0},
    {"WW", 'W', 2, 0},
    {"W", 'X', 1, 0},
    {"Y,YYY", 'y', 4, 0},
    {"YYYY", 'Y', 4, 0},
    {"YYY", 'Y', 3, 0},
    {"YY", 'Y', 2, 0},
    {"Y", 'Y', 1, 0},
};

static Moment moment_of(int64_t usec) {
  Moment moment = {.date = timestamp_date(usec), .usec = timestamp_time_of_day(usec)};
  moment.civil = date_to_civil(moment.date);
  moment.weekday = date_weekday(moment.date);
  moment.year_day = moment.date - date_from_civil(moment.civil.year, 1, 1) + 1;
  moment.iso_week = date_iso_week(moment.date, &moment.iso_year);
  return moment;
}

// Months, days and time each by themselves; a year and the days have no place in a calendar.
static Moment moment_of_interval(IntervalValue value) {
  Moment moment = {.usec = value.usec, .interval = true};
  moment.civil = (CivilDate){value.months / 12, value.months % 12, value.days};
  moment.year_day = value.months * 30 + value.days;
  return moment;
}

const Pattern *pattern_at(const char *at, const char *end) {
  for (size_t i = 0; i < sizeof PATTERNS / sizeof *PATTERNS; i++) {
    const Pattern *pattern = &PATTERNS[i];
    size_t size = strlen(pattern->text);
    if ((size_t)(end - at) < size) continue;
    bool word = strchr(WORD_KINDS, pattern->kind) != NULL;
    if (word ? strncmp(at, pattern->text, size) == 0 : strncasecmp(at, pattern->text, size) == 0)
      return pattern;
  }
  return NULL;
}

static int64_t pattern_number(const Pattern *pattern, const Moment *m) {
  static const int64_t cuts[] = {1, 10, 100, 1000, 10000};
  int64_t seconds = m->usec / USEC_PER_SECOND, hour = seconds / 3600;
  switch (pattern->kind) {
  case 'y':
    return m->civil.year;
  case 'g':
    return m->usec % USEC_PER_SECOND / (int64_t)decimal_pow10_64(6u - pattern->width);
  case 'Y':
    return pattern->width == 4 ? m->civil.year : m->civil.year % cuts[pattern->width];
  case 'I':
    return pattern->width == 4 ? m->iso_year : m->iso_year % cuts[pattern->width];
  case 'M':
    return m->civil.month;
  case 'D':
    return m->civil.day;
  case 'E':
    return m->year_day;
  case 'x':
    return (m->iso_week - 1) * 7 + m->weekday;
  case 'k':
    return m->weekday % 7 + 1;
  case 'i':
    return m->weekday;
  case 'W':
    return (m->year_day - 1) / 7 + 1;
  case 'X':
    return (m->civil.day - 1) / 7 + 1;
  case 'w':
    return m->iso_week;
  case 'H':
    return hour;
  case 'h':
    return hour % 12 == 0 ? 12 : hour % 12;
  case 'm':
    return seconds / 60 % 60;
  case 's':
    return seconds % 60;
  case 'S':
    return seconds;
  case 'f':
    return m->usec % USEC_PER_SECOND / 1000;
  case 'u':
    return m->usec % USEC_PER_SECOND;
  case 'Q':
    return (m->civil.month - 1) / 3 + 1;
  case 'C':
    return m->interval ? m->civil.year / 100 : (m->civil.year + 99) / 100;
  default: // J
    return (int64_t)m->date + 2440588;
  }
}

// Where an interval's months are negative they count from the end; "" for none.
static int32_t roman_month(const Moment *m) {
  if (m->civil.month > 0) return m->civil.month;
  if (m->civil.month < 0) return 13 + m->civil.month;
  return m->civil.year > 0 ? 12 : m->civil.year < 0 ? 1 : 0;
}

static const char *pattern_word(const Pattern *pattern, const Moment *m) {
  static const char *const months[] = {"January",   "February", "March",    "April",
                                       "May",       "June",     "July",     "August",
                                       "September", "October",  "November", "December"};
  static const char *const days[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                     "Friday", "Saturday", "Sunday"};
  static const char *const romans[] = {"",    "I",    "II", "III", "IV", "V",  "VI",
                                       "VII", "VIII", "IX", "X",   "XI", "XII"};
  bool afternoon = m->usec % USEC_PER_DAY >= USEC_PER_DAY / 2;
  switch (pattern->kind) {
  case 'N':
  case 'n':
    return months[m->civil.month - 1];
  case 'A':
  case 'a':
    return days[m->weekday - 1];
  case 'P':
    return afternoon ? "P.M." : "A.M.";
  case 'p':
    return afternoon ? "PM" : "AM";
  case 'R':
    return romans[roman_month(m)];
  case 'b':
    return m->civil.year > 0 ? "A.D." : "B.C.";
  case 'B':
    return m->civil.year > 0 ? "AD" : "BC";
  case 'O': // the session's zone is UTC
    return "+00";
  case 'o':
    return "00";
  case 'F': // FX: of no meaning here
    return "";
  default:
    return m->zoned ? "UTC" : "";
  }
}

static size_t put_word(const Pattern *pattern, const char *word, bool fill, char *out) {
  size_t size = strlen(word);
  if (strchr("na", pattern->kind) && size > 3) size = 3;
  for (size_t i = 0; i < size; i++)
    out[i] = pattern->letters == LETTERS_UPPER            ? (char)toupper((unsigned char)word[i])
             : pattern->letters == LETTERS_LOWER || i > 0 ? (char)tolower((unsigned char)word[i])
                                                          : word[i];
  for (; fill && *word && size < pattern->width; size++) out[size] = ' ';
  return size;
}

static const char *ordinal(int64_t number) {
  if (number < 0) number = -number;
  if (number / 10 % 10 == 1) return "th";
  static const char *const endings[] = {"th", "st", "nd", "rd"};
  return number % 10 <= 3 ? endings[number % 10] : "th";
}

// The least width of a number: the sign of an interval's field stands before its digits.
static int number_width(const Pattern *pattern, const Moment *m, int64_t number, char prefix) {
  if (strchr("fug", pattern->kind)) return pattern->width; // FM leaves fractions alone
  if (prefix == 'F') return 0;
  bool negative = pattern->kind == 'h' ? m->usec <= -3600 * USEC_PER_SECOND : number < 0;
  return pattern->width + (negative && strchr("YMHhmsC", pattern->kind));
}

// One pattern with its FM or TM before and TH behind it; *at moves past them.
static size_t put_pattern(const Pattern *pattern, const Moment *m, char prefix, const char **at,
                          const char *end, char *out) {
  bool fill = prefix == 0;
  *at += strlen(pattern->text);
  if (strchr(WORD_KINDS, pattern->kind))
    return put_word(pattern, pattern_word(pattern, m), fill, out);
  if (pattern->kind == 'Q' && !m->civil.month) return 0; // of an interval
  long long number = pattern_number(pattern, m);
  size_t size =
      pattern->kind == 'y'
          ? (size_t)sprintf(out, "%lld,%03lld", number / 1000, number % 1000)
          : (size_t)sprintf(out, "%0*lld", number_width(pattern, m, number, prefix), number);
  if (end - *at >= 2 && strncasecmp(*at, "sp", 2) == 0)
    return *at += 2, size; // spelling: not there
  if (end - *at < 2 || strncasecmp(*at, "th", 2) != 0) return size;
  memcpy(out + size, ordinal(number), 2);
  if (isupper((unsigned char)**at)) {
    out[size] = (char)toupper((unsigned char)out[size]);
    out[size + 1] = (char)toupper((unsigned char)out[size + 1]);
  }
  *at += 2;
  return size + 2;
}

#define PATTERN_BYTES_MAX 32 // of one pattern's output

char pattern_prefix_at(const char *at, const char *end) {
  if (end - at < 2) return 0;
  if (strncasecmp(at, "FM", 2) == 0) return 'F';
  return strncmp(at, "TM", 2) == 0 || strncmp(at, "tm", 2) == 0 ? 'T' : 0;
}

#define CALENDAR_KINDS "NnAabBTOoIwxkiJ" // what an interval has not

static Status moment_text(Str format, const Moment *m, char *out, Str *text, Error *error) {
  size_t size = 0;
  const char *at = format.data, *end = format.data + format.size;
  bool quoted = false;
  while (at < end) {
    char prefix = quoted ? 0 : pattern_prefix_at(at, end);
    if (prefix) at += 2;
    const Pattern *pattern = quoted ? NULL : pattern_at(at, end);
    if (pattern && m->interval && strchr(CALENDAR_KINDS, pattern->kind))
      return error_set(error, STATUS_INVALID, "to_char of an interval has no pattern \"%s\"",
                       pattern->text);
    if (pattern) {
      size += put_pattern(pattern, m, prefix, &at, end, out + size);
    } else if (!prefix && *at == '"') {
      quoted = !quoted;
      at++;
    } else if (!prefix) {
      if (*at == '\\' && at + 1 < end && (quoted || at[1] == '"')) at++;
      out[size++] = *at++;
    }
  }
  *text = (Str){out, (uint32_t)size};
  return STATUS_OK;
}

static Moment moment_at(const Vector *v, uint32_t row) {
  if (v->type.kind == TYPE_INTERVAL)
    return moment_of_interval(((const IntervalValue *)v->data)[v->constant ? 0 : row]);
  int64_t value = vector_int(v, row);
  Moment moment = moment_of(v->type.kind == TYPE_DATE ? value * USEC_PER_DAY : value);
  moment.zoned = v->type.kind == TYPE_TIMESTAMPTZ;
  return moment;
}

Status function_eval_to_char(const FunctionCall *call, Vector *out, Error *error) {
  Str *result = call_result(call, out);
  for (uint32_t i = 0; i < call->row_count; i++) {
    result[i] = (Str){"", 0};
    if (!call_row_live(call, i)) continue;
    Str format = vector_text(&call->args[1], i);
    char *space;
    TRY(call_reserve_text(call, (uint64_t)format.size * PATTERN_BYTES_MAX + 1, &space, error));
    Moment moment = moment_at(&call->args[0], i);
    TRY(moment_text(format, &moment, space, &result[i], error));
  }
  return STATUS_OK;
}
