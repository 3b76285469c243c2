// Counting which kinds a column's values are of, by the strict parsers of engine/base.
#include "inspect_profile.h"

#define DISTINCT_MAX 200000
#define SCALE_MAX 6 // more digits after the point: a measurement, not an amount

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

// [-]digits[point digits][e...]: counts it as what it is.
static void add_number(Profile *p, Str v) {
  uint32_t i = v.data[0] == '-' || v.data[0] == '+', start = i, scale = 0;
  while (i < v.size && is_digit(v.data[i])) i++;
  uint32_t whole = i - start;
  char point = i < v.size ? v.data[i] : 0;
  if (point == '.' || point == ',') {
    for (i++; i < v.size && is_digit(v.data[i]); i++) scale++;
  }
  if (!whole && !scale) return;
  if (i < v.size) {
    bool exponent = (v.data[i] == 'e' || v.data[i] == 'E') && i + 1 < v.size;
    for (i += 1 + (v.data[i + 1] == '-' || v.data[i + 1] == '+'); exponent && i < v.size; i++)
      exponent = is_digit(v.data[i]);
    p->exponents += exponent;
    return;
  }
  p->leading_zeros |= whole > 1 && v.data[start] == '0';
  if (whole > p->whole_digits) p->whole_digits = whole;
  if (scale > p->scale) p->scale = scale;
  p->ints += point != '.' && point != ',';
  p->points += point == '.';
  p->commas += point == ',';
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
}

static void add_bool(Profile *p, Str v) {
  static const char *const words[] = {"true", "false", "t", "f", "yes", "no", "y", "n"};
  for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
    bool same = strlen(words[w]) == v.size;
    for (uint32_t i = 0; same && i < v.size; i++) same = (v.data[i] | 0x20) == words[w][i];
    p->bools += same;
  }
}

static const char *null_word(Str v) {
  static const char *const words[] = {"NULL", "null", "\\N", "NA", "N/A"};
  for (size_t w = 0; w < sizeof words / sizeof *words; w++)
    if (str_equal(v, str_from(words[w]))) return words[w];
  return NULL;
}

void profile_add(Profile *profile, Str value) {
  const char *word = value.size ? null_word(value) : NULL;
  profile->null_words += word != NULL;
  if (word) profile->null_word = word;
  if (!value.size || word) {
    profile->nulls++;
    return;
  }
  profile->values++;
  profile_add_key(profile, value);
  add_number(profile, value);
  add_date(profile, value);
  add_bool(profile, value);
}

Type profile_type(const Profile *p, char point, DateOrder order) {
  uint64_t n = p->values, fractions = point == ',' ? p->commas : p->points;
  if (!n || p->leading_zeros) return TYPE_OF_STRING;
  if (p->ints == n && p->whole_digits <= 18) return TYPE_OF_INT;
  if (p->bools == n) return TYPE_OF_BOOL;
  bool exact = p->scale <= SCALE_MAX && p->whole_digits + p->scale <= 18;
  if (p->ints + fractions == n && exact) return type_decimal(18, p->scale);
  if (p->ints + fractions + p->exponents == n && p->ints < n) return TYPE_OF_DOUBLE;
  if (p->dates[order] == n) return TYPE_OF_DATE;
  if (p->times[order] == n) return p->zoned ? TYPE_OF_TIMESTAMPTZ : TYPE_OF_TIMESTAMP;
  return TYPE_OF_STRING;
}
