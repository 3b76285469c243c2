// Counting which kinds a column's values are of, by the strict parsers of engine/base.
#include "inspect_profile.h"
#include "decimal.h"
#include "text.h"

#define DISTINCT_MAX 200000
#define SCALE_MAX 6    // more digits after the point: a measurement, not an amount
#define PHONE_DIGITS 8 // a plus before so many: a telephone number
#define INT_DIGITS 18

#define MISFIT_SHARE 1000 // one value in so many may be none of the column's type

enum { POINT, COMMA, PLAIN }; // indices of Profile.fractions, exponents

// What one value may be. The second and third of DATE and TIME are those of the other orders.
enum {
  SHAPE_INT = 1,
  SHAPE_FRACTION = 2, // << POINT or COMMA
  SHAPE_EXPONENT = 8, // << POINT, COMMA or PLAIN
  SHAPE_WHOLE_EXPONENT = 64,
  SHAPE_BOOL = 128,
  SHAPE_DATE = 256,
  SHAPE_TIME = 2048,
  SHAPE_MARKED = 1 << 14, // << dialect
};

const ProfileDialect profile_dialects[PROFILE_DIALECTS] = {
    {'.', 0}, {',', 0}, {'.', ','}, {'.', ' '}, {'.', '\''}, {',', '.'}, {',', ' '}, {',', '\''}};

// Longer ones before those that they end or begin with.
const char *const profile_signs[] = {"US$", "€",   "$",   "£",   "¥",   "₽", "руб.", "руб",
                                     "р.",  "RUB", "EUR", "USD", "GBP", "CHF", "%",    "₴",
                                     "₸",   "₺",   "zł",  "PLN", "Kč",  "CZK", "kr.",  "kr"};
static const char sign_kinds[] = "$E$LYRRRRRE$LF%HTIZZKKNN"; // of the same kind: the same currency
const uint32_t profile_sign_count = sizeof profile_signs / sizeof *profile_signs;

uint32_t profile_sign_kind(uint32_t sign) {
  return (unsigned char)sign_kinds[sign];
}

bool profile_sign_is_percent(uint32_t sign) {
  return sign_kinds[sign] == '%';
}

void profile_init(Profile *profile) {
  *profile = (Profile){.unique = true, .distinct_limit = DISTINCT_MAX};
  profile->distinct = dictionary_builder_create(NULL);
}

void profile_clear(Profile *profile) {
  dictionary_builder_destroy(profile->distinct);
}

uint32_t profile_add_key(Profile *profile, Str value) {
  uint32_t before = dictionary_builder_count(profile->distinct);
  if (!profile->unique && before >= profile->distinct_limit) return PROFILE_NO_CODE;
  uint32_t code = dictionary_builder_intern(profile->distinct, value);
  if (code < before) profile->unique = false;
  return code;
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

// 1e+05 is 100000: its power takes all of the `scale` digits after the point, and it is an int64.
static bool exponent_is_whole(const char *at, const char *end, uint32_t whole, uint32_t scale) {
  if (at[1] != '+') return false;
  uint32_t power = 0;
  for (at += 2; at < end && power <= INT_DIGITS; at++) power = power * 10 + (uint32_t)(*at - '0');
  return power >= scale && whole + power <= INT_DIGITS;
}

// YYYYMMDD of our and our grandparents' time: eight digits.
static bool is_compact_date(const char *p) {
  int32_t number = 0;
  for (int i = 0; i < 8; i++) number = number * 10 + (p[i] - '0');
  int32_t year = number / 10000;
  return year >= 1900 && year < 2100 && date_civil_valid(year, number / 100 % 100, number % 100);
}

// [-]digits[point digits][e...]: counts it as what it is; its SHAPE_ bits.
static uint32_t add_number(Profile *p, Str v) {
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
  if ((!whole && !scale) || (exponent && !is_exponent(at, end))) return 0;
  p->minuses += minus;
  p->pluses += plus;
  p->codes |= (whole > 1 && digits[0] == '0') || (plus && whole >= PHONE_DIGITS);
  if (exponent) {
    bool is_whole = exponent_is_whole(at, end, whole, scale);
    p->exponents[form]++;
    p->whole_exponents += is_whole;
    p->bare_exponents += form == PLAIN && !minus && !plus && is_digit(at[1]);
    return (uint32_t)SHAPE_EXPONENT << form | (is_whole ? SHAPE_WHOLE_EXPONENT : 0);
  }
  if (whole > p->whole_digits) p->whole_digits = whole;
  if (form == PLAIN) {
    p->ints++;
    if (!p->least_digits || whole < p->least_digits) p->least_digits = whole;
    p->flags += whole == 1 && (*digits == '0' || *digits == '1') && !minus;
    p->compact += v.size == 8 && is_compact_date(v.data);
    return SHAPE_INT;
  }
  if (scale > p->scale) p->scale = scale;
  p->scales[form][scale < PROFILE_SCALES ? scale : PROFILE_SCALES - 1]++;
  p->fractions[form]++;
  p->grouped[form] += number_is_grouped(digits, whole, scale);
  return (uint32_t)SHAPE_FRACTION << form;
}

#define MARKED_BYTES_MAX 40
#define MARKED_LETTERS_MAX 3 // RUB

static bool may_be_marked(Str v) {
  uint32_t letters = 0, digits = 0;
  for (uint32_t i = 0; i < v.size; i++) {
    letters += (v.data[i] | 0x20) >= 'a' && (v.data[i] | 0x20) <= 'z';
    digits += is_digit(v.data[i]);
  }
  return digits && letters <= MARKED_LETTERS_MAX && v.size <= MARKED_BYTES_MAX;
}

// All dialects that explain the number. Those with thousands that have no rival without, or with
// others, are proved; so is the decimal comma that has no rival.
static uint32_t add_marked(Profile *p, Str v) {
  uint32_t fits = 0, grouped = 0, points = 0, commas = 0;
  if (!may_be_marked(v)) return 0;
  for (uint32_t d = 0; d < PROFILE_DIALECTS; d++) {
    NumberMarks marks = {profile_dialects[d].point, profile_dialects[d].thousands, profile_signs,
                         profile_sign_count};
    NumberPlain plain;
    if (!number_marks_strip(v, &marks, &plain)) continue;
    fits |= 1u << d;
    if (plain.grouped) grouped |= 1u << d;
    bool comma = marks.point == ',';
    points += !comma || !plain.scale;
    commas += comma && plain.scale;
    p->marked[d]++;
    if (plain.scale > p->marked_scale[d]) p->marked_scale[d] = plain.scale;
    if (plain.sign >= 0) p->signs |= 1u << plain.sign;
    if (plain.whole > p->whole_digits) p->whole_digits = plain.whole;
  }
  if (fits && fits == grouped) p->proofs |= grouped;
  if (commas && !points) p->comma_proofs++;
  return fits;
}

static uint32_t add_date(Profile *p, Str v) {
  if (v.size < 8 || !is_digit(v.data[0])) return 0;
  bool any_zoned = false;
  uint32_t fits = 0;
  for (int order = 0; order < PROFILE_ORDERS; order++) {
    int64_t timestamp;
    int32_t offset;
    bool zoned;
    if (!timestamp_parse(v.data, v.size, (DateOrder)order, &timestamp, &zoned, &offset)) continue;
    bool date = !zoned && timestamp_time_of_day(timestamp) == 0;
    p->times[order]++;
    p->dates[order] += date;
    any_zoned |= zoned;
    fits |= (uint32_t)SHAPE_TIME << order | (date ? (uint32_t)SHAPE_DATE << order : 0);
  }
  p->zoned += any_zoned;
  p->dotted += v.data[1] == '.' || v.data[2] == '.';
  return fits;
}

// In pairs; of "true" and "false" one alone is enough to say what it is.
static const char *const bool_words[] = {"true", "false", "yes", "no", "t", "f", "y", "n"};
#define BOOL_WORDS (sizeof bool_words / sizeof *bool_words)

static uint32_t add_bool(Profile *p, Str v) {
  for (size_t w = 0; w < BOOL_WORDS; w++) {
    bool same = strlen(bool_words[w]) == v.size;
    for (uint32_t i = 0; same && i < v.size; i++) same = (v.data[i] | 0x20) == bool_words[w][i];
    if (!same) continue;
    p->bools++;
    p->bool_words |= 1u << w;
    return SHAPE_BOOL;
  }
  return 0;
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

static void shape_add(Profile *p, uint32_t fits, Str value, ProfilePlace place) {
  uint32_t s = 0;
  while (s < p->shape_count && p->shapes[s].fits != fits) s++;
  if (s == PROFILE_SHAPES) s--; // more kinds than anyone mixes: the last stands for them
  ProfileShape *shape = &p->shapes[s];
  if (s == p->shape_count) {
    uint32_t size = value.size < PROFILE_EXAMPLE_BYTES ? value.size : PROFILE_EXAMPLE_BYTES - 1;
    *shape = (ProfileShape){.fits = fits, .file = place.file, .line = place.line};
    memcpy(shape->example, value.data, utf8_valid_prefix(value.data, size));
    p->shape_count++;
  }
  shape->count++;
}

uint32_t profile_add(Profile *profile, Str value, bool quoted, ProfilePlace place) {
  int word = quoted ? -1 : profile_find_word(value);
  uint32_t code = PROFILE_NO_CODE;
  if (!value.size) profile->nulls++;
  if (!value.size) profile->quoted_empty += quoted;
  if (word >= 0) profile->words[word]++;
  if (value.size && word) code = profile_add_key(profile, value);
  if (!value.size || word >= 0) return code;
  profile->values++;
  profile->text_bytes += value.size;
  uint32_t fits = add_number(profile, value);
  fits |= add_date(profile, value);
  fits |= add_bool(profile, value);
  if (!fits) fits = add_marked(profile, value) * SHAPE_MARKED;
  shape_add(profile, fits, value, place);
  return code;
}

// --- Conclusions ---

// So few of n that they do not change what the others are.
static bool is_noise(uint64_t few, uint64_t n) {
  return few * MISFIT_SHARE <= n;
}

// 1,234 and 1.234 are numbers with thousands where the dialect has that mark.
static uint64_t dialect_grouped(const Profile *p, uint32_t dialect) {
  char thousands = profile_dialects[dialect].thousands;
  return thousands == ',' ? p->grouped[COMMA] : thousands == '.' ? p->grouped[POINT] : 0;
}

// The type of numbers; n of them are some. Sets *round when digits of the noise are lost.
static Type number_type(const Profile *p, uint32_t dialect, uint64_t n, bool *round) {
  int form = profile_dialects[dialect].point == ',' ? COMMA : POINT;
  uint64_t exponents = p->exponents[form] + p->exponents[PLAIN], fractions = p->fractions[form];
  uint32_t scale = p->marked[dialect] ? p->marked_scale[dialect] : 0;
  bool signs_are_text = p->pluses == n && !p->minuses;
  if (!n || p->codes || signs_are_text) return TYPE_OF_STRING;
  // 1E2 beside whole numbers: an article number, since no measurement is written so throughout.
  if (!fractions && exponents && p->bare_exponents == exponents) return TYPE_OF_STRING;
  // 1e+05 among whole numbers: what statistics packages make of a round one.
  bool whole = !exponents || (p->whole_exponents == exponents && is_noise(exponents, n));
  if (!fractions && !scale && whole)
    return p->whole_digits <= INT_DIGITS ? TYPE_OF_INT : TYPE_OF_STRING;
  // A digit beyond amounts in a thousand is a computation's remainder.
  uint64_t noise = exponents + p->scales[form][PROFILE_SCALES - 1];
  for (uint32_t s = SCALE_MAX; s > scale; s--)
    if (p->scales[form][s]) scale = s;
  uint32_t digits = p->whole_digits + scale;
  if ((noise && !is_noise(noise, n)) || scale > SCALE_MAX || digits > DECIMAL_DIGITS_MAX)
    return TYPE_OF_DOUBLE;
  *round = noise > 0;
  return type_decimal(digits > INT_DIGITS ? digits : INT_DIGITS, scale);
}

// Amounts of several currencies are no amounts of one thing.
static bool signs_agree(const Profile *p) {
  uint32_t kind = 0;
  for (uint32_t s = 0; s < profile_sign_count; s++) {
    if (!(p->signs & 1u << s)) continue;
    if (kind && profile_sign_kind(s) != kind) return false;
    kind = profile_sign_kind(s);
  }
  return true;
}

static const ProfileShape *misfit_find(const Profile *p, uint32_t fits) {
  for (uint32_t s = 0; s < p->shape_count; s++)
    if (!(p->shapes[s].fits & fits)) return &p->shapes[s];
  return NULL;
}

ProfileReading profile_read(const Profile *p, uint32_t dialect, DateOrder order, bool exact) {
  int form = profile_dialects[dialect].point == ',' ? COMMA : POINT;
  uint64_t n = p->values, numbers = p->ints + p->fractions[form] + p->exponents[form];
  uint64_t dates = p->dates[order], times = p->times[order], allowed = exact ? 0 : n / MISFIT_SHARE;
  uint32_t fits = SHAPE_INT | (uint32_t)SHAPE_FRACTION << form | (uint32_t)SHAPE_EXPONENT << form |
                  (uint32_t)SHAPE_EXPONENT << PLAIN | (uint32_t)SHAPE_MARKED << dialect;
  ProfileReading out = {.type = TYPE_OF_STRING};
  numbers += p->exponents[PLAIN] + p->marked[dialect] + dialect_grouped(p, dialect);
  uint64_t misfits = n - numbers;
  bool same = !p->marked[dialect] || (signs_agree(p) && !exact); // 495 123 456 may be a telephone
  if (n && misfits <= allowed && same) out.type = number_type(p, dialect, numbers, &out.round);
  for (uint32_t s = 0; s < p->shape_count && !out.marked && p->marked[dialect]; s++)
    if (p->shapes[s].fits & (uint32_t)SHAPE_MARKED << dialect) out.marked = &p->shapes[s];
  if (out.type.kind == TYPE_STRING) out.marked = NULL;
  if (out.type.kind == TYPE_STRING) {
    misfits = 0;
    if (n && profile_is_bool(p)) {
      out.type = TYPE_OF_BOOL;
    } else if (n && n - dates <= allowed) {
      out.type = TYPE_OF_DATE;
      misfits = n - dates;
      fits = (uint32_t)SHAPE_DATE << order;
    } else if (n && n - times <= allowed) {
      out.type = p->zoned ? TYPE_OF_TIMESTAMPTZ : TYPE_OF_TIMESTAMP;
      misfits = n - times;
      fits = (uint32_t)SHAPE_TIME << order;
    }
  }
  out.misfits = misfits;
  out.misfit = misfits ? misfit_find(p, fits) : NULL;
  return out;
}

bool profile_proves_point(const Profile *p, char point) {
  int form = point == ',' ? COMMA : POINT;
  bool proof = p->fractions[form] > p->grouped[form] || p->exponents[form];
  if (form == COMMA && p->comma_proofs) return true;
  ProfileReading reading = profile_read(p, form == COMMA ? 1 : 0, DATE_YMD, false);
  return proof && type_is_numeric(reading.type);
}

bool profile_order_open(const Profile *p) {
  return p->values && p->times[DATE_DMY] == p->values && p->times[DATE_MDY] == p->values &&
         p->dotted < p->values;
}
