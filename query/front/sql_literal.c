// Reading and converting the values that a statement spells out.
//
// The idea: a literal is folded into its final type when it is bound, so that a predicate reaches
// the plan as "column = constant of the column's type" and can be pushed into blocks. A conversion
// that would lose something is never made silently: literal_cast_exact says no, and the comparison
// casts the column instead.
#include "sql_literal.h"
#include "buffer.h"
#include "date.h"
#include "expr_eval.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

#define NUMBER_TEXT_BYTES_MAX 200

static Str trim_blanks(Str text) {
  while (text.size && strchr(" \t\r\n", text.data[0])) text.data++, text.size--;
  while (text.size && strchr(" \t\r\n", text.data[text.size - 1])) text.size--;
  return text;
}

static bool text_is(Str text, const char *word) {
  return text.size == strlen(word) && strncasecmp(text.data, word, text.size) == 0;
}

static Status not_a(Str text, Type type, Error *error) {
  char name[TYPE_NAME_BYTES];
  return error_set(error, STATUS_INVALID, "invalid input syntax for type %s: \"%.*s\"",
                   type_format(type, name), (int)(text.size > 100 ? 100 : text.size), text.data);
}

static Status out_of_range(Str text, Type type, Error *error) {
  char name[TYPE_NAME_BYTES];
  return error_set(error, STATUS_OVERFLOW, "value \"%.*s\" is out of range for type %s",
                   (int)(text.size > 100 ? 100 : text.size), text.data, type_format(type, name));
}

static bool int_fits(int128_t value, Type type) {
  int128_t limit = (int128_t)1 << (type.bits - 1);
  return value >= -limit && value < limit;
}

int128_t literal_unscaled(const Value *value) {
  bool wide = value->type.kind == TYPE_DECIMAL && type_physical(value->type) == PHYSICAL_WIDE;
  return wide ? value->wide : value->i;
}

bool literal_decimal(int128_t unscaled, Type type, Value *value) {
  int128_t limit = decimal_pow10_128(type.precision);
  if (unscaled >= limit || unscaled <= -limit) return false;
  *value = (Value){.type = type};
  if (type_physical(type) == PHYSICAL_WIDE)
    value->wide = unscaled;
  else
    value->i = (int64_t)unscaled;
  return true;
}

static unsigned digits_of(int128_t value) {
  unsigned digits = 1;
  if (value < 0) value = -value;
  while (digits < DECIMAL_DIGITS_MAX && value >= decimal_pow10_128(digits)) digits++;
  return digits;
}

Type literal_decimal_type(Type type, const Value *constant) {
  if (type.kind == TYPE_DECIMAL) return type;
  if (constant && !constant->is_null) return type_decimal(digits_of(constant->i), 0);
  return type_decimal(type_int_digits(type), 0);
}

static Status parse_bool(Str text, Value *value, Error *error) {
  static const char *const yes[] = {"true", "t", "yes", "y", "on", "1"};
  static const char *const no[] = {"false", "f", "no", "n", "off", "0"};
  for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
    if (!text_is(text, yes[i]) && !text_is(text, no[i])) continue;
    value->i = text_is(text, yes[i]);
    return STATUS_OK;
  }
  return not_a(text, TYPE_OF_BOOL, error);
}

static Status parse_int(Str text, Value *value, Error *error) {
  int128_t number = 0;
  uint32_t i = text.size && strchr("+-", text.data[0]) ? 1 : 0;
  if (i == text.size) return not_a(text, value->type, error);
  for (; i < text.size; i++) {
    if (text.data[i] < '0' || text.data[i] > '9') return not_a(text, value->type, error);
    if (number < decimal_pow10_128(30)) number = number * 10 + (text.data[i] - '0');
  }
  if (text.data[0] == '-') number = -number;
  if (!int_fits(number, value->type)) return out_of_range(text, value->type, error);
  value->i = (int64_t)number;
  return STATUS_OK;
}

static Status parse_decimal(Str text, Value *value, Error *error) {
  int128_t unscaled;
  DecimalParse parsed = decimal_parse(text.data, text.size, '.', value->type.scale, &unscaled);
  if (parsed == DECIMAL_SYNTAX) return not_a(text, value->type, error);
  if (parsed == DECIMAL_OVERFLOW || !literal_decimal(unscaled, value->type, value))
    return out_of_range(text, value->type, error);
  return STATUS_OK;
}

static Status parse_double(Str text, Value *value, Error *error) {
  char copy[NUMBER_TEXT_BYTES_MAX];
  if (text.size == 0 || text.size >= sizeof copy) return not_a(text, value->type, error);
  memcpy(copy, text.data, text.size);
  copy[text.size] = 0;
  if (strpbrk(copy, "xXpP(")) return not_a(text, value->type, error); // no hexadecimal
  char *end;
  errno = 0;
  value->d = strtod(copy, &end);
  if (*end || end == copy) return not_a(text, value->type, error);
  if (errno == ERANGE && (isinf(value->d) || value->d == 0))
    return out_of_range(text, value->type, error);
  return STATUS_OK;
}

// 06.01.2025 is two dates.
static Status not_a_moment(Str text, Type type, Error *error) {
  char name[TYPE_NAME_BYTES];
  int32_t date;
  bool day_first = text.size >= 8 && date_parse(text.data, text.size, DATE_DMY, &date);
  if (!day_first && !date_parse(text.data, text.size, DATE_MDY, &date))
    return not_a(text, type, error);
  return error_set(error, STATUS_INVALID,
                   "invalid input syntax for type %s: \"%.*s\", of which day and month are not "
                   "known: write 2025-12-31, or to_date('%.*s', '%s%c%s%cYYYY')",
                   type_format(type, name), (int)text.size, text.data, (int)text.size, text.data,
                   day_first ? "DD" : "MM", strpbrk(text.data, "./-")[0], day_first ? "MM" : "DD",
                   strpbrk(text.data, "./-")[0]);
}

static Status parse_moment(Str text, Value *value, Error *error) {
  int64_t moment;
  bool has_offset;
  int32_t date, offset_s;
  if (value->type.kind == TYPE_DATE && date_parse(text.data, text.size, DATE_SQL, &date)) {
    value->i = date;
    return STATUS_OK;
  }
  if (!timestamp_parse(text.data, text.size, DATE_SQL, &moment, &has_offset, &offset_s))
    return not_a_moment(text, value->type, error);
  if (value->type.kind == TYPE_TIMESTAMPTZ) moment -= offset_s * USEC_PER_SECOND;
  value->i = value->type.kind == TYPE_DATE ? timestamp_date(moment) : moment;
  return STATUS_OK;
}

Status literal_parse_interval(Str text, IntervalField lowest, unsigned digits, Value *value,
                              Error *error) {
  *value = (Value){.type = {.kind = TYPE_INTERVAL}};
  switch (interval_parse(text, lowest, digits, &value->interval)) {
  case INTERVAL_OK:
    return STATUS_OK;
  case INTERVAL_SYNTAX:
    return not_a(text, value->type, error);
  default:
    return out_of_range(text, value->type, error);
  }
}

Status literal_parse(Arena *arena, Str text, Type type, Value *value, Error *error) {
  *value = (Value){.type = type};
  if (type_is_array(type)) {
    Value in = {.type = TYPE_OF_STRING, .s = text};
    return value_cast(&in, type, arena, value, error);
  }
  Str trimmed = trim_blanks(text);
  switch ((TypeKind)type.kind) {
  case TYPE_BOOL:
    return parse_bool(trimmed, value, error);
  case TYPE_INT:
    return parse_int(trimmed, value, error);
  case TYPE_DECIMAL:
    return parse_decimal(trimmed, value, error);
  case TYPE_DOUBLE:
    return parse_double(trimmed, value, error);
  case TYPE_DATE:
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMPTZ:
    return parse_moment(trimmed, value, error);
  case TYPE_INTERVAL:
    return literal_parse_interval(trimmed, INTERVAL_SECOND, 6, value, error);
  case TYPE_NULL:
  case TYPE_STRING:
    value->type = TYPE_OF_STRING;
    value->s = (Str){arena_strndup(arena, text.data, text.size), text.size};
    return STATUS_OK;
  }
  return not_a(text, type, error);
}

// Digits after the point that the number's text has, exponent counted.
static int number_scale(Str text) {
  int scale = 0, exponent = 0;
  bool after_point = false;
  for (uint32_t i = 0; i < text.size; i++) {
    char c = text.data[i];
    if (c == '.')
      after_point = true;
    else if (c == 'e' || c == 'E') {
      exponent = atoi(text.data + i + 1);
      break;
    } else if (after_point && c >= '0' && c <= '9')
      scale++;
  }
  scale = exponent > 1000 ? 0 : exponent < -1000 ? 1000 : scale - exponent;
  return scale < 0 ? 0 : scale;
}

Status literal_parse_number(Str text, Value *value, Error *error) {
  *value = (Value){.type = TYPE_OF_INT};
  if (text.size >= NUMBER_TEXT_BYTES_MAX)
    return error_set(error, STATUS_OVERFLOW, "a number of more than 38 digits");
  char copy[NUMBER_TEXT_BYTES_MAX]; // ends in NUL, for atoi
  memcpy(copy, text.data, text.size);
  copy[text.size] = 0;
  text.data = copy;
  if (!strpbrk(copy, ".eE") && parse_int(text, value, NULL) == STATUS_OK) {
    if (int_fits(value->i, TYPE_OF_INT32)) value->type = TYPE_OF_INT32;
    return STATUS_OK;
  }
  int scale = number_scale(text);
  int128_t unscaled;
  if (scale > DECIMAL_DIGITS_MAX ||
      decimal_parse(text.data, text.size, '.', (unsigned)scale, &unscaled) != DECIMAL_OK)
    return error_set(error, STATUS_OVERFLOW, "the number %s has more than 38 digits", copy);
  unsigned digits = digits_of(unscaled);
  unsigned precision = digits > (unsigned)scale ? digits : (unsigned)scale;
  if (precision == 0) precision = 1;
  return literal_decimal(unscaled, type_decimal(precision, (unsigned)scale), value)
             ? STATUS_OK
             : error_set(error, STATUS_OVERFLOW, "the number %s has more than 38 digits", copy);
}

Value literal_long_number(Str text) {
  return (Value){.type = {.kind = TYPE_NULL, .bits = 1}, .s = text};
}

bool literal_is_long_number(const Value *value) {
  return value->type.kind == TYPE_NULL && value->type.bits == 1 && !value->is_null;
}

static bool is_moment(Type type) {
  return type.kind == TYPE_DATE || type.kind == TYPE_TIMESTAMP || type.kind == TYPE_TIMESTAMPTZ;
}

bool literal_castable(Type from, Type to) {
  if (type_is_array(from) && type_is_array(to))
    return literal_castable(type_element(from), type_element(to));
  if (type_is_array(from) || type_is_array(to)) return type_is_text(from) || type_is_text(to);
  if (from.kind == TYPE_STRING || to.kind == TYPE_STRING || from.kind == to.kind) return true;
  if (type_is_numeric(from) && type_is_numeric(to)) return true;
  if (is_moment(from) && is_moment(to)) return true;
  return (from.kind == TYPE_BOOL && to.kind == TYPE_INT) ||
         (from.kind == TYPE_INT && to.kind == TYPE_BOOL);
}

static double number_double(const Value *value) {
  if (value->type.kind == TYPE_DOUBLE) return value->d;
  return value->type.kind == TYPE_INT
             ? (double)value->i
             : decimal_to_double(literal_unscaled(value), value->type.scale);
}

// A number as another numeric type, rounding; false when out of range.
static bool cast_number(const Value *value, Type type, Value *result) {
  *result = (Value){.type = type};
  if (type.kind == TYPE_DOUBLE) {
    result->d = number_double(value);
    return true;
  }
  int128_t unscaled;
  unsigned scale = type.kind == TYPE_DECIMAL ? type.scale : 0;
  if (value->type.kind == TYPE_DOUBLE && type.kind == TYPE_INT) {
    double rounded = rint(value->d), limit = ldexp(1, type.bits - 1); // ties to even: PostgreSQL
    if (!(rounded >= -limit && rounded < limit)) return false;
    unscaled = (int128_t)rounded;
  } else if (value->type.kind == TYPE_DOUBLE) {
    if (!decimal_from_double(value->d, scale, &unscaled)) return false;
  } else {
    unsigned from = value->type.kind == TYPE_DECIMAL ? value->type.scale : 0;
    if (!decimal_rescale(literal_unscaled(value), from, scale, &unscaled)) return false;
  }
  if (type.kind == TYPE_DECIMAL) return literal_decimal(unscaled, type, result);
  if (!int_fits(unscaled, type)) return false;
  result->i = (int64_t)unscaled;
  return true;
}

static void cast_moment(const Value *value, Type type, Value *result) {
  *result = (Value){.type = type, .i = value->i}; // time stamps: the session's zone is UTC
  if (value->type.kind == TYPE_DATE && type.kind != TYPE_DATE) result->i *= USEC_PER_DAY;
  if (value->type.kind != TYPE_DATE && type.kind == TYPE_DATE) result->i = timestamp_date(value->i);
}

static void cast_to_string(Arena *arena, const Value *value, Value *result) {
  Buffer text;
  buffer_init(&text);
  value_format(value, &text);
  if (value->type.kind == TYPE_BOOL) { // a cast gives the word, output the letter
    buffer_reset(&text);
    buffer_append_text(&text, value->i ? "true" : "false");
  }
  *result = (Value){.type = TYPE_OF_STRING};
  result->s =
      (Str){arena_strndup(arena, text.data ? text.data : "", text.size), (uint32_t)text.size};
  buffer_clear(&text);
}

Status literal_cast(Arena *arena, const Value *value, Type type, Value *result, Error *error) {
  char from[TYPE_NAME_BYTES], to[TYPE_NAME_BYTES];
  if (type_equal(value->type, type)) {
    *result = *value;
    return STATUS_OK;
  }
  if (!literal_castable(value->type, type))
    return error_set(error, STATUS_INVALID, "cannot cast type %s to %s",
                     type_format(value->type, from), type_format(type, to));
  if (value->is_null) {
    *result = (Value){.type = type, .is_null = true};
    return STATUS_OK;
  }
  if (type_is_array(value->type)) return value_cast(value, type, arena, result, error);
  if (value->type.kind == TYPE_STRING) return literal_parse(arena, value->s, type, result, error);
  if (type.kind == TYPE_STRING) {
    cast_to_string(arena, value, result);
    return STATUS_OK;
  }
  if (is_moment(type)) {
    cast_moment(value, type, result);
    return STATUS_OK;
  }
  if (type_is_numeric(value->type) && type_is_numeric(type)) {
    if (cast_number(value, type, result)) return STATUS_OK;
    return error_set(error, STATUS_OVERFLOW, "the constant is out of range for type %s",
                     type_format(type, to));
  }
  *result = (Value){.type = type, .i = type.kind == TYPE_BOOL ? value->i != 0 : value->i};
  return STATUS_OK;
}

bool literal_cast_exact(const Value *value, Type type, Value *result) {
  if (value->is_null) return false;
  Type from = value->type;
  if (type_is_numeric(from) && type_is_numeric(type)) {
    if (from.kind == TYPE_DOUBLE) return false;
    if (!cast_number(value, type, result)) return false;
    if (type.kind == TYPE_DOUBLE) return true; // the comparison is one of doubles anyway
    Value back;
    return cast_number(result, from, &back) && literal_unscaled(&back) == literal_unscaled(value);
  }
  if (!is_moment(from) || !is_moment(type)) return false;
  cast_moment(value, type, result);
  return type.kind != TYPE_DATE || timestamp_time_of_day(value->i) == 0;
}

bool literal_negate(const Value *value, Value *result) {
  *result = *value;
  if (value->is_null) return true;
  switch ((TypeKind)value->type.kind) {
  case TYPE_INT:
    if (!int_fits(-(int128_t)value->i, value->type)) return false;
    result->i = -value->i;
    return true;
  case TYPE_DECIMAL:
    return literal_decimal(-literal_unscaled(value), value->type, result);
  case TYPE_DOUBLE:
    result->d = -value->d;
    return true;
  default:
    return false;
  }
}
