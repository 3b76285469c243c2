// Counting which kinds a column's values are of, by the strict parsers of engine/base.
#include "inspect_profile.h"
#include "decimal.h"

#define DISTINCT_MAX 200000
#define SCALE_MAX 6    // more digits after the point: a measurement, not an amount
#define PHONE_DIGITS 8 // a plus before so many: a telephone number
#define INT_DIGITS 18

enum { POINT, COMMA, PLAIN }; // indices of Profile.fractions, exponents

void profile_init(Profile *profile) {
  *profile = (Profile){.unique = true, .distinct_limit = DISTINCT_MAX};
  profile->distinct = dictionary_builder_create(NULL);
}

void profile_clear(Profile *profile) {
  dictionary_builder_destroy(profile->distinct);
}

void profile_add_key(Profile *profile, Str value) {
  uint32_t before = dictionary_builder_count(profile->distinct);
  if (!profile->unique && before >= profile->distinct_limit) return;
  if (dictionary_builder_intern(profile->distinct, value) < before) profile->unique = false;
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// d{1,3}(point ddd): as likely a number of thousands as one with three digits after the point.
static bool number_is_grouped(const char *digits, uint32_t whole, uint32_t scale) {
  return scale == 3 && whole >= 1 && whole <= 3 && digits[0] != '0';
}

// What follows a number's digits is e[+-]digits.
static bool is_exponent(const char *p, const char *end) {
  if (p == end || (*p != 'e' && *p != 'E')) return false;
  p++;
  if (p < end && (*p == '-' || *p == '+')) p++;
  const char *digits = p;
  while (p < end && is_digit(*p)) p++;
  return p == end && p > digits;
}

// [-]digits[point digits][e...]: counts it as what it is.
static void add_number(Profile *p, Str v) {
  const char *end = v.data + v.size, *at = v.data;
  bool minus = *at == '-', plus = *at == '+';
  const char *digits = at += minus || plus;
  while (at < end && is_digit(*at)) at++;
  uint32_t whole = (uint32_t)(at - digits), scale = 0;
  int form = at == end ? PLAIN : *at == '.' ? POINT : *at == ',' ? COMMA : PLAIN;
  if (form != PLAIN) {
    for (at++; at < end && is_digit(*at); at++) scale++;
  }
  bool exponent = at < end;
  if ((!whole && !scale) || (exponent && !is_exponent(at, end))) return;
  p->minuses += minus;
  p->pluses += plus;
  p->codes |= (whole > 1 && digits[0] == '0') || (plus && whole >= PHONE_DIGITS);
  if (exponent) {
    p->exponents[form]++;
    p->bare_exponents += form == PLAIN && !minus && !plus && is_digit(at[1]);
    return;
  }
  if (whole > p->whole_digits) p->whole_digits = whole;
  if (scale > p->scale) p->scale = scale;
  if (form == PLAIN) {
    p->ints++;
    return;
  }
  p->fractions[form]++;
  p->grouped[form] += number_is_grouped(digits, whole, scale);
}

static void add_date(Profile *p, Str v) {
  if (v.size < 8 || !is_digit(v.data[0])) return;
  bool any_zoned = false;
  for (int order = 0; order < PROFILE_ORDERS; order++) {
    int64_t timestamp;
    int32_t offset;
    bool zoned;
    if (!timestamp_parse(v.data, v.size, (DateOrder)order, &timestamp, &zoned, &offset)) continue;
    p->times[order]++;
    any_zoned |= zoned;
    p->dates[order] += !zoned && timestamp_time_of_day(timestamp) == 0;
  }
  p->zoned += any_zoned;
  p->dotted += v.data[1] == '.' || v.data[2] == '.';
}

// In pairs; of "true" and "false" one alone is enough to say what it is.
static const char *const bool_words[] = {"true", "false", "yes", "no", "t", "f", "y", "n"};
#define BOOL_WORDS (sizeof bool_words / sizeof *bool_words)

static void add_bool(Profile *p, Str v) {
  for (size_t w = 0; w < BOOL_WORDS; w++) {
    bool same = strlen(bool_words[w]) == v.size;
    for (uint32_t i = 0; same && i < v.size; i++) same = (v.data[i] | 0x20) == bool_words[w][i];
    if (!same) continue;
    p->bools++;
    p->bool_words |= 1u << w;
  }
}

// The values are the two words of one pair: NO alone may be Norway, and T, F, N are grades.
static bool profile_is_bool(const Profile *p) {
  if (p->bools != p->values) return false;
  for (size_t w = 0; w < BOOL_WORDS; w += 2)
    if (p->bool_words == 3u << w) return true;
  return p->bool_words == 1 || p->bool_words == 2;
}

// --- Words for "no value" ---

// PostgreSQL and MySQL write \N for NULL, and nobody means anything else by it.
static const char *const null_words[PROFILE_WORDS] = {"\\N", "NULL", "null", "NA",  "N/A",
                                                      "n/a", "#N/A", "NaN",  "nan", "None"};

const char *profile_word(uint32_t word) {
  return null_words[word];
}

int profile_find_word(Str text) {
  if (!text.size || text.size > 4) return -1;
  for (int w = 0; w < PROFILE_WORDS; w++)
    if (str_equal(text, str_from(null_words[w]))) return w;
  return -1;
}

uint64_t profile_fields(const Profile *profile) {
  uint64_t fields = profile->values + profile->nulls;
  for (uint32_t w = 0; w < PROFILE_WORDS; w++) fields += profile->words[w];
  return fields;
}

uint64_t profile_missing(const Profile *profile, Type type) {
  uint64_t missing = profile->nulls + profile->words[0];
  for (uint32_t w = 1; w < PROFILE_WORDS && type.kind != TYPE_STRING; w++)
    missing += profile->words[w];
  return missing;
}

void profile_add(Profile *profile, Str value, bool quoted) {
  int word = quoted ? -1 : profile_find_word(value);
  if (!value.size) profile->nulls++;
  if (word >= 0) profile->words[word]++;
  if (value.size && word) profile_add_key(profile, value);
  if (!value.size || word >= 0) return;
  profile->values++;
  add_number(profile, value);
  add_date(profile, value);
  add_bool(profile, value);
}

// --- Conclusions ---

static Type number_type(const Profile *p, char point) {
  int form = point == ',' ? COMMA : POINT;
  uint64_t n = p->values, exponents = p->exponents[form] + p->exponents[PLAIN];
  uint32_t digits = p->whole_digits + p->scale;
  bool signs_are_text = p->pluses == n && !p->minuses;
  if (p->codes || signs_are_text || p->ints + p->fractions[form] + exponents < n)
    return TYPE_OF_STRING;
  if (p->ints == n) return p->whole_digits <= INT_DIGITS ? TYPE_OF_INT : TYPE_OF_STRING;
  // 1E2 beside whole numbers: an article number, since no measurement is written so throughout.
  if (p->ints + p->bare_exponents == n) return TYPE_OF_STRING;
  if (exponents || p->scale > SCALE_MAX || digits > DECIMAL_DIGITS_MAX) return TYPE_OF_DOUBLE;
  return type_decimal(digits > INT_DIGITS ? digits : INT_DIGITS, p->scale);
}

Type profile_type(const Profile *p, char point, DateOrder order) {
  if (!p->values) return TYPE_OF_STRING;
  Type number = number_type(p, point);
  if (number.kind != TYPE_STRING) return number;
  if (profile_is_bool(p)) return TYPE_OF_BOOL;
  if (p->dates[order] == p->values) return TYPE_OF_DATE;
  if (p->times[order] == p->values) return p->zoned ? TYPE_OF_TIMESTAMPTZ : TYPE_OF_TIMESTAMP;
  return TYPE_OF_STRING;
}

bool profile_proves_point(const Profile *p, char point) {
  int form = point == ',' ? COMMA : POINT;
  bool proof = p->fractions[form] > p->grouped[form] || p->exponents[form];
  return proof && number_type(p, point).kind != TYPE_STRING;
}

bool profile_order_open(const Profile *p) {
  return p->values && p->times[DATE_DMY] == p->values && p->times[DATE_MDY] == p->values &&
         p->dotted < p->values;
}
