// Field parsers. Eight digits are checked and converted with a dozen instructions: see
// field_parse_digits (D. Lemire, "Quickly parsing eight digits", 2018). What is unusual (blanks,
// signs, exponents, other orders of dates) goes to the strict parsers of engine/base.
#include "field.h"
#include "decimal.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// --- Digits ---

// All of `size` (1..18) bytes are digits.
static inline bool digits_parse(const char *p, uint32_t size, uint64_t *out) {
  uint64_t value = 0;
  for (uint32_t first = size & 7; size; size -= first, p += first, first = 8) {
    if (!first) continue;
    int64_t part;
    if (!field_parse_digits(p, first, &part)) return false;
    value = value * (first == 8 ? 100000000 : 1) + (uint64_t)part;
  }
  *out = value;
  return true;
}

static inline bool digits8_valid(uint64_t v) {
  return ((v & UINT64_C(0xF0F0F0F0F0F0F0F0)) |
          (((v + UINT64_C(0x0606060606060606)) & UINT64_C(0xF0F0F0F0F0F0F0F0)) >> 4)) ==
         UINT64_C(0x3333333333333333);
}

static inline bool is_digit(char c) {
  return (unsigned char)(c - '0') < 10;
}

static Str text_trim(Str text) {
  while (text.size && (*text.data == ' ' || *text.data == '\t')) text.data++, text.size--;
  while (text.size && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t' ||
                       text.data[text.size - 1] == '\r'))
    text.size--;
  return text;
}

// --- Whole numbers ---

static FieldResult int_check(int128_t value, unsigned bits, int64_t *out) {
  int128_t limit = (int128_t)1 << (bits - 1);
  if (value < -limit || value >= limit) return FIELD_OVERFLOW;
  *out = (int64_t)value;
  return FIELD_OK;
}

// Anything unusual: blanks, '+', more than 18 digits, "12.00", "1e3".
static FieldResult int_parse_slow(Str text, unsigned bits, int64_t *out) {
  int128_t value;
  text = text_trim(text);
  switch (decimal_parse(text.data, text.size, '.', 0, &value)) {
  case DECIMAL_OK:
    return int_check(value, bits, out);
  case DECIMAL_OVERFLOW:
    return FIELD_OVERFLOW;
  default:
    return FIELD_SYNTAX;
  }
}

FieldResult field_parse_int(Str text, unsigned bits, int64_t *out) {
  bool negative = text.size && *text.data == '-';
  const char *p = text.data + negative;
  uint32_t size = text.size - negative;
  uint64_t value;
  if (size - 1u >= 18 || !digits_parse(p, size, &value)) return int_parse_slow(text, bits, out);
  *out = negative ? -(int64_t)value : (int64_t)value;
  int64_t limit = bits == 64 ? 0 : INT64_C(1) << (bits - 1);
  return limit && (*out < -limit || *out >= limit) ? FIELD_OVERFLOW : FIELD_OK;
}

// --- Decimals ---

static FieldResult decimal_result(DecimalParse code, int128_t value, unsigned precision) {
  if (code == DECIMAL_SYNTAX) return FIELD_SYNTAX;
  if (code == DECIMAL_OVERFLOW) return FIELD_OVERFLOW;
  int128_t limit = precision < 38 ? decimal_pow10_128(precision) : 0;
  if (limit && (value <= -limit || value >= limit)) return FIELD_OVERFLOW;
  return code == DECIMAL_ROUNDED ? FIELD_ROUNDED : FIELD_OK;
}

static FieldResult decimal_parse_slow(Str text, unsigned precision, unsigned scale, char point,
                                      int64_t *out) {
  int128_t value = 0;
  text = text_trim(text);
  DecimalParse code = decimal_parse(text.data, text.size, point, scale, &value);
  FieldResult result = decimal_result(code, value, precision);
  if (result == FIELD_OK || result == FIELD_ROUNDED) *out = (int64_t)value;
  return result;
}

FieldResult field_parse_decimal(Str text, unsigned precision, unsigned scale, char point,
                                int64_t *out) {
  bool negative = text.size && *text.data == '-';
  const char *p = text.data + negative;
  uint32_t size = text.size - negative, whole = 0;
  uint64_t integer = 0, fraction = 0;
  if (size - 1u >= 18) return decimal_parse_slow(text, precision, scale, point, out);
  while (whole < size && p[whole] != point) whole++;
  uint32_t digits = whole < size ? size - whole - 1 : 0; // after the point
  bool quick = digits <= scale && whole + scale <= 18 && whole + digits > 0 &&
               (!whole || digits_parse(p, whole, &integer)) &&
               (!digits || digits_parse(p + whole + 1, digits, &fraction));
  if (!quick) return decimal_parse_slow(text, precision, scale, point, out);
  int64_t value = (int64_t)(integer * (uint64_t)decimal_pow10_64(scale) +
                            fraction * (uint64_t)decimal_pow10_64(scale - digits));
  if (precision < 18 && value >= decimal_pow10_64(precision)) return FIELD_OVERFLOW;
  *out = negative ? -value : value;
  return FIELD_OK;
}

static FieldResult wide_parse(Str text, Type type, char point, int128_t *out) {
  text = text_trim(text);
  *out = 0;
  DecimalParse code = decimal_parse(text.data, text.size, point, type.scale, out);
  return decimal_result(code, *out, type.precision);
}

// --- Doubles ---

#define DOUBLE_TEXT_BYTES 128

// Plain decimals of up to 15 digits are exact quotients of two exact doubles; others go to strtod.
static FieldResult double_parse(Str text, char point, double *out) {
  text = text_trim(text);
  int128_t value;
  for (uint32_t i = 0; text.size <= 16 && i <= text.size; i++) {
    if (i < text.size && text.data[i] != point) continue;
    unsigned scale = i < text.size ? text.size - i - 1 : 0;
    if (decimal_parse(text.data, text.size, point, scale, &value) != DECIMAL_OK) break;
    if (value > -INT64_C(1000000000000000) && value < INT64_C(1000000000000000)) {
      *out = (double)(int64_t)value / (double)decimal_pow10_64(scale);
      return FIELD_OK;
    }
    break;
  }
  char copy[DOUBLE_TEXT_BYTES], *end;
  if (!text.size || text.size >= sizeof copy) return FIELD_SYNTAX;
  for (uint32_t i = 0; i < text.size; i++) {
    char c = text.data[i];
    bool known = is_digit(c) || c == point || c == '-' || c == '+' || c == 'e' || c == 'E';
    if (!known) return FIELD_SYNTAX; // no nan, inf, hexadecimal
    copy[i] = c == point ? '.' : c;
  }
  copy[text.size] = 0;
  *out = strtod(copy, &end);
  if (end != copy + text.size) return FIELD_SYNTAX;
  return isfinite(*out) ? FIELD_OK : FIELD_OVERFLOW;
}

// --- Booleans ---

static bool text_is(Str text, const char *word) {
  if (text.size != strlen(word)) return false;
  for (uint32_t i = 0; i < text.size; i++)
    if ((text.data[i] | 0x20) != word[i]) return false;
  return true;
}

static FieldResult bool_parse(Str text, int64_t *out) {
  static const char *const words[] = {"true", "false", "t", "f", "yes", "no", "y", "n"};
  text = text_trim(text);
  if (text.size == 1 && (*text.data == '0' || *text.data == '1')) {
    *out = *text.data == '1';
    return FIELD_OK;
  }
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (!text_is(text, words[i])) continue;
    *out = i % 2 == 0;
    return FIELD_OK;
  }
  return FIELD_SYNTAX;
}

// --- Dates and time stamps ---

static inline uint32_t digit2(const char *p) {
  return (uint32_t)(p[0] - '0') * 10 + (uint32_t)(p[1] - '0');
}

// YYYY-MM-DD at p, ten bytes; false when it is anything else.
static bool iso_date(const char *p, int32_t *out) {
  uint64_t head;
  memcpy(&head, p, 8);
  uint64_t year_month = (head & UINT64_C(0x00FFFF00FFFFFFFF)) | UINT64_C(0x3000003000000000);
  if (p[4] != '-' || p[7] != '-' || !digits8_valid(year_month) || !is_digit(p[8]) ||
      !is_digit(p[9]))
    return false;
  int32_t year = (int32_t)(digit2(p) * 100 + digit2(p + 2));
  int32_t month = (int32_t)digit2(p + 5), day = (int32_t)digit2(p + 8);
  if (year < 1 || !date_civil_valid(year, month, day)) return false;
  *out = date_from_civil(year, month, day);
  return true;
}

// YYYYMMDD, as exports of mainframes and benchmarks write it.
static bool compact_date(Str text, int32_t *out) {
  uint64_t value;
  if (text.size != 8 || !digits_parse(text.data, 8, &value)) return false;
  int32_t year = (int32_t)(value / 10000), month = (int32_t)(value / 100 % 100),
          day = (int32_t)(value % 100);
  if (year < 1 || !date_civil_valid(year, month, day)) return false;
  *out = date_from_civil(year, month, day);
  return true;
}

// The order that the text itself shows, when the model names none: ISO, or dotted DMY.
static DateOrder order_of(Str text, const FieldFormat *format) {
  if (format->date_order_set) return format->date_order;
  return text.size >= 3 && (text.data[2] == '.' || text.data[1] == '.') ? DATE_DMY : DATE_YMD;
}

FieldResult field_parse_date(Str text, FieldFormat *format, int64_t *out) {
  int32_t date;
  bool iso = !format->date_order_set || format->date_order == DATE_YMD;
  if (iso && text.size == 10 && iso_date(text.data, &date)) {
    *out = date;
    return FIELD_OK;
  }
  text = text_trim(text);
  DateOrder order = order_of(text, format);
  if (date_parse(text.data, text.size, order, &date) || (iso && compact_date(text, &date))) {
    *out = date;
    return FIELD_OK;
  }
  // A midnight time stamp is a date: databases export dates so.
  int64_t timestamp;
  int32_t offset;
  bool has_offset;
  if (!timestamp_parse(text.data, text.size, order, &timestamp, &has_offset, &offset) ||
      timestamp_time_of_day(timestamp) != 0)
    return FIELD_SYNTAX;
  *out = timestamp_date(timestamp);
  return FIELD_OK;
}

// YYYY-MM-DD HH:MM:SS, 19 bytes.
static bool iso_timestamp(const char *p, int64_t *out) {
  int32_t date;
  uint64_t time;
  memcpy(&time, p + 11, 8);
  uint64_t digits = (time & UINT64_C(0xFFFF00FFFF00FFFF)) | UINT64_C(0x0000300000300000);
  if ((p[10] != ' ' && p[10] != 'T') || p[13] != ':' || p[16] != ':' || !digits8_valid(digits) ||
      !iso_date(p, &date))
    return false;
  uint32_t hour = digit2(p + 11), minute = digit2(p + 14), second = digit2(p + 17);
  if (hour > 23 || minute > 59 || second > 59) return false;
  *out = date * USEC_PER_DAY + (int64_t)(hour * 3600 + minute * 60 + second) * USEC_PER_SECOND;
  return true;
}

static FieldResult timestamp_read(Str text, FieldFormat *format, bool zoned, int64_t *out) {
  bool iso = !format->date_order_set || format->date_order == DATE_YMD;
  bool has_offset = false;
  int32_t offset = 0;
  if (!(iso && text.size == 19 && iso_timestamp(text.data, out))) {
    text = text_trim(text);
    if (!timestamp_parse(text.data, text.size, order_of(text, format), out, &has_offset, &offset))
      return FIELD_SYNTAX;
  }
  if (!zoned) return has_offset ? FIELD_SYNTAX : FIELD_OK;
  if (has_offset) {
    *out -= offset * USEC_PER_SECOND;
    return FIELD_OK;
  }
  LocalTimeKind kind = LOCAL_UNIQUE;
  *out = time_zone_to_utc(format->zone, *out, &kind);
  format->doubled_times += kind == LOCAL_DOUBLED;
  format->missing_times += kind == LOCAL_MISSING;
  return FIELD_OK;
}

// Ticks since 1970, with digits after the point or without; the year's end of PostgreSQL at most.
static FieldResult unix_parse(Str text, const FieldFormat *format, int64_t *out) {
  int128_t usec;
  unsigned scale = format->unix_ticks == 1 ? 6 : format->unix_ticks == 1000 ? 3 : 0;
  text = text_trim(text);
  DecimalParse code = decimal_parse(text.data, text.size, '.', scale, &usec);
  if (code == DECIMAL_SYNTAX) return FIELD_SYNTAX;
  int64_t limit = INT64_C(253402300800) * USEC_PER_SECOND; // the year 10000
  if (code == DECIMAL_OVERFLOW || usec <= -limit || usec >= limit) return FIELD_OVERFLOW;
  *out = (int64_t)usec;
  return FIELD_OK;
}

// --- All types ---

static FieldResult marked_parse(Type type, Str text, FieldFormat *format, FieldValue *out) {
  NumberPlain plain;
  FieldFormat unmarked = *format;
  unmarked.marks = NULL;
  if (!number_marks_strip(text, format->marks, &plain)) return FIELD_SYNTAX;
  return field_parse(type, plain.text, &unmarked, out);
}

FieldResult field_parse(Type type, Str text, FieldFormat *format, FieldValue *out) {
  if (format->marks && type_is_numeric(type)) return marked_parse(type, text, format, out);
  if (format->unix_ticks && type.kind == TYPE_TIMESTAMPTZ) return unix_parse(text, format, &out->i);
  switch (type.kind) {
  case TYPE_BOOL:
    return bool_parse(text, &out->i);
  case TYPE_INT:
    return field_parse_int(text, type.bits, &out->i);
  case TYPE_DECIMAL:
    if (type.precision > 18) return wide_parse(text, type, format->decimal_point, &out->wide);
    return field_parse_decimal(text, type.precision, type.scale, format->decimal_point, &out->i);
  case TYPE_DOUBLE:
    return double_parse(text, format->decimal_point, &out->d);
  case TYPE_DATE:
    return field_parse_date(text, format, &out->i);
  case TYPE_TIMESTAMP:
    return timestamp_read(text, format, false, &out->i);
  case TYPE_TIMESTAMPTZ:
    return timestamp_read(text, format, true, &out->i);
  default:
    return FIELD_SYNTAX;
  }
}

const char *field_reason(Type type, FieldResult result, char out[FIELD_REASON_BYTES]) {
  char name[TYPE_NAME_BYTES];
  const char *wanted = "a value of its type";
  switch (type.kind) {
  case TYPE_BOOL:
    wanted = "true or false (t, f, yes, no, 1, 0)";
    break;
  case TYPE_INT:
    wanted = "a whole number";
    break;
  case TYPE_DECIMAL:
  case TYPE_DOUBLE:
    wanted = "a number";
    break;
  case TYPE_DATE:
    wanted = "a date in the expected order";
    break;
  case TYPE_TIMESTAMP:
    wanted = "a local time stamp in the expected order";
    break;
  case TYPE_TIMESTAMPTZ:
    wanted = "a time stamp in the expected order";
    break;
  default:
    break;
  }
  type_format(type, name);
  if (result == FIELD_OVERFLOW)
    snprintf(out, FIELD_REASON_BYTES, "is beyond the range of %s", name);
  else if (result == FIELD_ROUNDED)
    snprintf(out, FIELD_REASON_BYTES, "has more than %u digits after the point (%s)", type.scale,
             name);
  else
    snprintf(out, FIELD_REASON_BYTES, "is not %s", wanted);
  return out;
}
