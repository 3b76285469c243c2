// Names and layouts of types, and values as text.
#include "type.h"
#include "buffer.h"
#include "date.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

Physical type_physical(Type type) {
  switch (type.kind) {
  case TYPE_DECIMAL:
    return type.precision > 18 ? PHYSICAL_WIDE : PHYSICAL_INT;
  case TYPE_DOUBLE:
    return PHYSICAL_DOUBLE;
  case TYPE_STRING:
    return PHYSICAL_TEXT;
  case TYPE_INTERVAL:
    return PHYSICAL_INTERVAL;
  default:
    return PHYSICAL_INT;
  }
}

size_t physical_bytes(Physical physical) {
  switch (physical) {
  case PHYSICAL_INT:
    return sizeof(int64_t);
  case PHYSICAL_WIDE:
    return sizeof(int128_t);
  case PHYSICAL_DOUBLE:
    return sizeof(double);
  case PHYSICAL_TEXT:
    return sizeof(Str);
  case PHYSICAL_INTERVAL:
    return sizeof(IntervalValue);
  }
  return 0;
}

bool type_is_numeric(Type type) {
  return type.kind == TYPE_INT || type.kind == TYPE_DECIMAL || type.kind == TYPE_DOUBLE;
}

unsigned type_int_digits(Type type) {
  return type.bits == 16 ? 5 : type.bits == 32 ? 10 : 19;
}

const char *type_format(Type type, char out[TYPE_NAME_BYTES]) {
  const char *name = "unknown";
  if (type_is_array(type)) {
    type_format(type_element(type), out);
    size_t size = strlen(out);
    snprintf(out + size, TYPE_NAME_BYTES - size, "[]");
    return out;
  }
  switch ((TypeKind)type.kind) {
  case TYPE_NULL:
    name = "null";
    break;
  case TYPE_BOOL:
    name = "boolean";
    break;
  case TYPE_INT:
    name = type.bits == 16 ? "smallint" : type.bits == 32 ? "integer" : "bigint";
    break;
  case TYPE_DOUBLE:
    name = "double precision";
    break;
  case TYPE_DATE:
    name = "date";
    break;
  case TYPE_TIMESTAMP:
    name = "timestamp";
    break;
  case TYPE_TIMESTAMPTZ:
    name = "timestamptz";
    break;
  case TYPE_INTERVAL:
    name = "interval";
    break;
  case TYPE_STRING:
    name = "text";
    break;
  case TYPE_DECIMAL:
    snprintf(out, TYPE_NAME_BYTES, "decimal(%u,%u)", type.precision, type.scale);
    return out;
  }
  snprintf(out, TYPE_NAME_BYTES, "%s", name);
  return out;
}

static bool decimal_type_parse(const char *arguments, Type *type) {
  unsigned precision = DECIMAL_DIGITS_MAX, scale = 0;
  int end = 0;
  if (*arguments && !((sscanf(arguments, "(%2u,%2u)%n", &precision, &scale, &end) == 2 ||
                       sscanf(arguments, "(%2u)%n", &precision, &end) == 1) &&
                      end && !arguments[end]))
    return false;
  if (precision < 1 || precision > DECIMAL_DIGITS_MAX || scale > precision) return false;
  *type = type_decimal(precision, scale);
  return true;
}

bool type_parse(const char *text, Type *type) {
  static const struct {
    const char *name;
    Type type;
  } names[] = {
      {"bool", {.kind = TYPE_BOOL}},
      {"boolean", {.kind = TYPE_BOOL}},
      {"smallint", {.kind = TYPE_INT, .bits = 16}},
      {"int2", {.kind = TYPE_INT, .bits = 16}},
      {"integer", {.kind = TYPE_INT, .bits = 32}},
      {"int4", {.kind = TYPE_INT, .bits = 32}},
      {"int", {.kind = TYPE_INT, .bits = 64}},
      {"bigint", {.kind = TYPE_INT, .bits = 64}},
      {"int8", {.kind = TYPE_INT, .bits = 64}},
      {"double", {.kind = TYPE_DOUBLE}},
      {"doubleprecision", {.kind = TYPE_DOUBLE}},
      {"float8", {.kind = TYPE_DOUBLE}},
      {"date", {.kind = TYPE_DATE}},
      {"timestamp", {.kind = TYPE_TIMESTAMP}},
      {"timestamptz", {.kind = TYPE_TIMESTAMPTZ}},
      {"interval", {.kind = TYPE_INTERVAL}},
      {"text", {.kind = TYPE_STRING}},
      {"varchar", {.kind = TYPE_STRING}},
      {"string", {.kind = TYPE_STRING}},
  };
  char plain[64];
  size_t n = 0;
  for (const char *c = text; *c; c++) {
    if (*c == ' ') continue;
    if (n + 1 >= sizeof plain) return false;
    plain[n++] = (char)tolower((unsigned char)*c);
  }
  plain[n] = 0;
  if (n > 2 && !strcmp(plain + n - 2, "[]")) {
    plain[n - 2] = 0;
    if (!type_parse(plain, type) || type_is_array(*type)) return false;
    return *type = type_array(*type), true;
  }
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!strcmp(plain, names[i].name)) return *type = names[i].type, true;
  if (!strncmp(plain, "decimal", 7)) return decimal_type_parse(plain + 7, type);
  if (!strncmp(plain, "numeric", 7)) return decimal_type_parse(plain + 7, type);
  return false;
}

// The shortest text that reads back as the same double, in PostgreSQL's spelling of infinities.
static void double_format(double value, Buffer *out) {
  if (isnan(value)) return buffer_append_text(out, "NaN");
  if (isinf(value)) return buffer_append_text(out, value > 0 ? "Infinity" : "-Infinity");
  char text[32];
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value);
    if (strtod(text, NULL) == value) break;
  }
  buffer_append_text(out, text);
}

// One field; a positive one after a negative one shows its sign, as in PostgreSQL.
static void interval_field_format(int32_t value, const char *unit, bool *negative, Buffer *out) {
  if (!value) return;
  buffer_printf(out, "%s%d %s%s ", *negative && value > 0 ? "+" : "", value, unit,
                value == 1 ? "" : "s");
  *negative = value < 0;
}

static void interval_format(IntervalValue value, Buffer *out) {
  size_t start = out->size;
  bool negative = false;
  interval_field_format(value.months / 12, "year", &negative, out);
  interval_field_format(value.months % 12, "mon", &negative, out);
  interval_field_format(value.days, "day", &negative, out);
  if (!value.usec && out->size > start) {
    out->data[--out->size] = 0; // the blank after the last field
    return;
  }
  uint64_t usec = value.usec < 0 ? -(uint64_t)value.usec : (uint64_t)value.usec;
  uint64_t seconds = usec / 1000000;
  buffer_printf(out, "%s%02llu:%02llu:%02llu",
                value.usec < 0 ? "-"
                : negative     ? "+"
                               : "",
                (unsigned long long)(seconds / 3600), (unsigned long long)(seconds / 60 % 60),
                (unsigned long long)(seconds % 60));
  if (usec % 1000000 == 0) return;
  buffer_printf(out, ".%06llu", (unsigned long long)(usec % 1000000));
  while (out->data[out->size - 1] == '0') out->data[--out->size] = 0;
}

void value_format(const Value *value, Buffer *out) {
  if (value->is_null) return;
  char text[64];
  size_t size = 0;
  switch ((TypeKind)value->type.kind) {
  case TYPE_NULL:
    return;
  case TYPE_BOOL:
    buffer_append_text(out, value->i ? "true" : "false");
    return;
  case TYPE_INT:
    buffer_printf(out, "%lld", (long long)value->i);
    return;
  case TYPE_DECIMAL:
    size = decimal_format(type_physical(value->type) == PHYSICAL_WIDE ? value->wide : value->i,
                          value->type.scale, text);
    break;
  case TYPE_DOUBLE:
    double_format(value->d, out);
    return;
  case TYPE_DATE:
    size = date_format((int32_t)value->i, text);
    break;
  case TYPE_TIMESTAMP:
    size = timestamp_format(value->i, text);
    break;
  case TYPE_TIMESTAMPTZ:
    size = timestamptz_format(value->i, text);
    break;
  case TYPE_INTERVAL:
    interval_format(value->interval, out);
    return;
  case TYPE_STRING:
    buffer_append(out, value->s.data, value->s.size);
    return;
  }
  buffer_append(out, text, size);
}
