// Reading an interval: quantities of units and clock times, added up as whole numbers.
#include "date.h"
#include "interval.h"
#include <strings.h>

static Str trim_blanks(Str text) {
  while (text.size && strchr(" \t\r\n", text.data[0])) text.data++, text.size--;
  while (text.size && strchr(" \t\r\n", text.data[text.size - 1])) text.size--;
  return text;
}

static bool text_is(Str text, const char *word) {
  return text.size == strlen(word) && strncasecmp(text.data, word, text.size) == 0;
}

typedef struct IntervalUnit {
  const char *name;
  int32_t months, days;
  int64_t usec;
} IntervalUnit;

static const IntervalUnit INTERVAL_UNITS[] = {
    [INTERVAL_YEAR] = {"year", 12, 0, 0},
    [INTERVAL_MONTH] = {"month", 1, 0, 0},
    [INTERVAL_DAY] = {"day", 0, 1, 0},
    [INTERVAL_HOUR] = {"hour", 0, 0, 3600 * USEC_PER_SECOND},
    [INTERVAL_MINUTE] = {"minute", 0, 0, 60 * USEC_PER_SECOND},
    [INTERVAL_SECOND] = {"second", 0, 0, USEC_PER_SECOND},
    {"millennium", 12000, 0, 0},
    {"millennia", 12000, 0, 0},
    {"mil", 12000, 0, 0},
    {"century", 1200, 0, 0},
    {"centuries", 1200, 0, 0},
    {"cent", 1200, 0, 0},
    {"c", 1200, 0, 0},
    {"decade", 120, 0, 0},
    {"dec", 120, 0, 0},
    {"yr", 12, 0, 0},
    {"y", 12, 0, 0},
    {"quarter", 3, 0, 0},
    {"mon", 1, 0, 0},
    {"week", 0, 7, 0},
    {"w", 0, 7, 0},
    {"d", 0, 1, 0},
    {"hr", 0, 0, 3600 * USEC_PER_SECOND},
    {"h", 0, 0, 3600 * USEC_PER_SECOND},
    {"min", 0, 0, 60 * USEC_PER_SECOND},
    {"m", 0, 0, 60 * USEC_PER_SECOND},
    {"sec", 0, 0, USEC_PER_SECOND},
    {"s", 0, 0, USEC_PER_SECOND},
    {"millisecond", 0, 0, 1000},
    {"msec", 0, 0, 1000},
    {"ms", 0, 0, 1000},
    {"microsecond", 0, 0, 1},
    {"usec", 0, 0, 1},
    {"us", 0, 0, 1},
};

static const IntervalUnit *interval_unit_find(Str name) {
  for (size_t i = 0; i < sizeof INTERVAL_UNITS / sizeof *INTERVAL_UNITS; i++) {
    Str singular = name;
    if (singular.size > 2 && (singular.data[singular.size - 1] | 32) == 's') singular.size--;
    if (text_is(name, INTERVAL_UNITS[i].name) || text_is(singular, INTERVAL_UNITS[i].name))
      return &INTERVAL_UNITS[i];
  }
  return NULL;
}

// The parts as they are read, before they are known to fit. They are whole numbers throughout: a
// double has no room for the microseconds of a long interval.
typedef struct IntervalSum {
  int128_t months, days, usec;
} IntervalSum;

#define FRACTION_ONE INT64_C(1000000000000000000)

typedef struct Quantity { // whole + fraction / FRACTION_ONE
  int64_t whole, fraction;
} Quantity;

// Digits from *at on; false when there are none, or more than a microsecond count can have.
static bool parse_digits(const char **at, const char *end, int64_t *number) {
  const char *digits = *at;
  for (*number = 0; *at < end && **at >= '0' && **at <= '9'; ++*at)
    if (__builtin_mul_overflow(*number, 10, number) ||
        __builtin_add_overflow(*number, **at - '0', number))
      return false;
  return *at > digits;
}

// The point and what follows it, if there is one.
static int64_t parse_fraction(const char **at, const char *end) {
  int64_t fraction = 0, place = FRACTION_ONE;
  if (*at == end || **at != '.') return 0;
  for (++*at; *at < end && **at >= '0' && **at <= '9'; ++*at)
    fraction += (**at - '0') * (place /= 10);
  return fraction;
}

// fraction of so many units, as a whole number: half to even.
static int64_t fraction_of(int64_t fraction, int64_t units) {
  int128_t product = (int128_t)fraction * units;
  int64_t whole = (int64_t)(product / FRACTION_ONE), rest = (int64_t)(product % FRACTION_ONE);
  bool up = rest > FRACTION_ONE / 2 || (rest == FRACTION_ONE / 2 && whole & 1);
  return whole + up;
}

// hh:mm[:ss[.ffffff]] from *at on; false, and nothing read, when it is none.
static bool parse_clock(const char **at, const char *end, IntervalSum *part) {
  int64_t parts[3] = {0}, fraction = 0;
  const char *p = *at;
  int count = 0;
  for (; count < 3; count++) {
    if (!parse_digits(&p, end, &parts[count])) return false;
    if (count == 2 || p == end || *p != ':') break;
    p++;
  }
  if (count < 1 || parts[1] > 59 || parts[2] > 59) return false;
  if (count == 2) fraction = parse_fraction(&p, end);
  part->usec = ((int128_t)parts[0] * 3600 + parts[1] * 60 + parts[2]) * USEC_PER_SECOND +
               fraction_of(fraction, USEC_PER_SECOND);
  *at = p;
  return true;
}

// A number, maybe with a point; false when there is none.
static bool parse_quantity(const char **at, const char *end, Quantity *number) {
  *number = (Quantity){0};
  bool point_first = end - *at > 1 && **at == '.' && (*at)[1] >= '0' && (*at)[1] <= '9';
  if (!point_first && !parse_digits(at, end, &number->whole)) return false;
  number->fraction = parse_fraction(at, end);
  return true;
}

// A quantity of a unit. What is not whole goes to smaller units (a month has 30 days), but years
// give whole months.
static IntervalSum quantity_of(Quantity number, const IntervalUnit *unit) {
  IntervalSum part = {.months = (int128_t)number.whole * unit->months,
                      .days = (int128_t)number.whole * unit->days,
                      .usec = (int128_t)number.whole * unit->usec};
  int64_t days = unit->days;
  if (unit->months == 12)
    part.months += fraction_of(number.fraction, 12);
  else
    days += INT64_C(30) * unit->months;
  int64_t usec = fraction_of(number.fraction, days * USEC_PER_DAY + unit->usec);
  part.days += days ? usec / USEC_PER_DAY : 0;
  part.usec += days ? usec % USEC_PER_DAY : usec;
  return part;
}

static void sum_add(IntervalSum *sum, const IntervalSum *part, int sign) {
  sum->months += sign * part->months;
  sum->days += sign * part->days;
  sum->usec += sign * part->usec;
}

// Cuts what is below the field, and rounds the seconds to so many digits.
static void sum_cut(IntervalSum *sum, IntervalField lowest, unsigned digits) {
  int64_t unit = INTERVAL_UNITS[lowest].usec;
  if (lowest == INTERVAL_YEAR) sum->months -= sum->months % 12;
  if (lowest <= INTERVAL_MONTH) sum->days = 0;
  if (lowest <= INTERVAL_DAY) sum->usec = 0;
  if (lowest == INTERVAL_HOUR || lowest == INTERVAL_MINUTE) sum->usec -= sum->usec % unit;
  if (lowest != INTERVAL_SECOND) return;
  for (unit = 1; digits < 6; digits++) unit *= 10;
  sum->usec += sum->usec < 0 ? -unit / 2 : unit / 2;
  sum->usec -= sum->usec % unit;
}

static bool sum_fits(const IntervalSum *sum, IntervalValue *out) {
  *out = (IntervalValue){
      .months = (int32_t)sum->months, .days = (int32_t)sum->days, .usec = (int64_t)sum->usec};
  return out->months == sum->months && out->days == sum->days && out->usec == sum->usec;
}

// One part from *at on: a clock time, or a quantity of a unit; a last number without a unit is of
// the lowest field.
static bool parse_part(const char **at, const char *end, IntervalField lowest, IntervalSum *part) {
  Quantity number;
  if (parse_clock(at, end, part)) return true;
  if (!parse_quantity(at, end, &number)) return false;
  while (*at < end && **at == ' ') ++*at;
  const char *word = *at;
  while (*at < end && **at != ' ' && !(**at >= '0' && **at <= '9')) ++*at;
  const IntervalUnit *unit = word == end ? &INTERVAL_UNITS[lowest]
                                         : interval_unit_find((Str){word, (uint32_t)(*at - word)});
  if (unit) *part = quantity_of(number, unit);
  return unit != NULL;
}

IntervalParse interval_parse(Str text, IntervalField lowest, unsigned digits, IntervalValue *out) {
  text = trim_blanks(text);
  const char *at = text.data, *end = text.data + text.size;
  IntervalSum sum = {0};
  if (at == end) return INTERVAL_SYNTAX;
  while (at < end) {
    if (at > text.data && text_is((Str){at, (uint32_t)(end - at)}, "ago")) {
      sum = (IntervalSum){-sum.months, -sum.days, -sum.usec};
      break;
    }
    int sign = *at == '-' ? -1 : 1;
    if (*at == '-' || *at == '+') at++;
    IntervalSum part = {0};
    if (!parse_part(&at, end, lowest, &part)) return INTERVAL_SYNTAX;
    sum_add(&sum, &part, sign);
    while (at < end && *at == ' ') at++;
  }
  sum_cut(&sum, lowest, digits);
  return sum_fits(&sum, out) ? INTERVAL_OK : INTERVAL_RANGE;
}
