// The JSON writer: one flag decides on commas, one table on escapes.
//
// `comma` is false after an opening bracket or a key and true after a complete value; that is all
// the state a well-formed caller needs, so nesting has no limit and costs nothing.
#include "json_writer.h"
#include "date.h"
#include <math.h>

void json_writer_init(JsonWriter *json, Buffer *out) {
  *json = (JsonWriter){.out = out};
}

static void value_start(JsonWriter *json) {
  if (json->comma) buffer_append_char(json->out, ',');
  json->comma = true;
}

static void bracket_open(JsonWriter *json, char bracket) {
  value_start(json);
  buffer_append_char(json->out, bracket);
  json->comma = false;
}

static void bracket_close(JsonWriter *json, char bracket) {
  buffer_append_char(json->out, bracket);
  json->comma = true;
}

void json_write_object_open(JsonWriter *json) {
  bracket_open(json, '{');
}
void json_write_object_close(JsonWriter *json) {
  bracket_close(json, '}');
}
void json_write_array_open(JsonWriter *json) {
  bracket_open(json, '[');
}
void json_write_array_close(JsonWriter *json) {
  bracket_close(json, ']');
}

static void raw(JsonWriter *json, const char *text, size_t size) {
  value_start(json);
  buffer_append(json->out, text, size);
}

void json_write_null(JsonWriter *json) {
  raw(json, "null", 4);
}

void json_write_bool(JsonWriter *json, bool value) {
  raw(json, value ? "true" : "false", value ? 4 : 5);
}

void json_write_int(JsonWriter *json, int64_t value) {
  value_start(json);
  buffer_printf(json->out, "%lld", (long long)value);
}

void json_write_ms(JsonWriter *json, int64_t elapsed_ns) {
  value_start(json);
  buffer_printf(json->out, "%lld.%03lld", (long long)(elapsed_ns / 1000000),
                (long long)(elapsed_ns / 1000 % 1000));
}

// The escape of byte c: 0 none, 'u' \u00XX, else the letter after the backslash.
static char escape_of(unsigned char c) {
  switch (c) {
  case '"':
    return '"';
  case '\\':
    return '\\';
  case '\n':
    return 'n';
  case '\r':
    return 'r';
  case '\t':
    return 't';
  case '\b':
    return 'b';
  case '\f':
    return 'f';
  default:
    return c < 0x20 || c == 0x7f ? 'u' : 0;
  }
}

static void append_escaped(Buffer *out, const char *bytes, size_t size) {
  size_t plain = 0; // start of the run not yet written
  for (size_t i = 0; i < size; i++) {
    char escape = escape_of((unsigned char)bytes[i]);
    if (!escape) continue;
    buffer_append(out, bytes + plain, i - plain);
    plain = i + 1;
    if (escape == 'u')
      buffer_printf(out, "\\u%04x", (unsigned char)bytes[i]);
    else
      buffer_append(out, (char[]){'\\', escape}, 2);
  }
  buffer_append(out, bytes + plain, size - plain);
}

static void append_quoted(Buffer *out, const char *bytes, size_t size) {
  buffer_append_char(out, '"');
  while (size) {
    size_t valid = utf8_valid_prefix(bytes, size);
    append_escaped(out, bytes, valid);
    if (valid == size) break;
    buffer_append_text(out, "\xEF\xBF\xBD");
    bytes += valid + 1;
    size -= valid + 1;
  }
  buffer_append_char(out, '"');
}

void json_write_key(JsonWriter *json, const char *key) {
  value_start(json);
  append_quoted(json->out, key, strlen(key));
  buffer_append_char(json->out, ':');
  json->comma = false;
}

void json_write_str(JsonWriter *json, Str text) {
  value_start(json);
  append_quoted(json->out, text.data, text.size);
}

void json_write_text(JsonWriter *json, const char *text) {
  if (!text) {
    json_write_null(json);
    return;
  }
  json_write_str(json, str_from(text));
}

void json_write_date(JsonWriter *json, int32_t date) {
  char text[DATE_TEXT_BYTES];
  json_write_str(json, (Str){text, (uint32_t)date_format(date, text)});
}

static void json_moment(JsonWriter *json, int64_t timestamp, const char *zone) {
  char text[TIMESTAMP_TEXT_BYTES + 2];
  size_t size = timestamp_format(timestamp, text);
  char *blank = memchr(text, ' ', size);
  if (blank) *blank = 'T';
  size_t zone_size = strlen(zone);
  memcpy(text + size, zone, zone_size);
  json_write_str(json, (Str){text, (uint32_t)(size + zone_size)});
}

void json_write_timestamp(JsonWriter *json, int64_t timestamp) {
  json_moment(json, timestamp, "");
}

void json_write_timestamptz(JsonWriter *json, int64_t timestamp) {
  json_moment(json, timestamp, "Z");
}

// JSON has no NaN and no infinities: they go as strings, as PostgreSQL's to_json does.
static bool value_is_number(const Value *value) {
  switch ((TypeKind)value->type.kind) {
  case TYPE_INT:
  case TYPE_DECIMAL:
    return true;
  case TYPE_DOUBLE:
    return isfinite(value->d);
  default:
    return false;
  }
}

// Whether a reader that keeps numbers as doubles may change it.
static bool value_is_large(const Value *value) {
  if (value->type.kind == TYPE_DOUBLE) return false;
  int128_t limit = (int128_t)1 << 53;
  int128_t units = type_physical(value->type) == PHYSICAL_WIDE ? value->wide : value->i;
  return units > limit || units < -limit;
}

void json_write_value(JsonWriter *json, const Value *value) {
  if (value->is_null || value->type.kind == TYPE_NULL) {
    json_write_null(json);
    return;
  }
  switch ((TypeKind)value->type.kind) {
  case TYPE_BOOL:
    json_write_bool(json, value->i != 0);
    return;
  case TYPE_DATE:
    json_write_date(json, (int32_t)value->i);
    return;
  case TYPE_TIMESTAMP:
    json_write_timestamp(json, value->i);
    return;
  case TYPE_TIMESTAMPTZ:
    json_write_timestamptz(json, value->i);
    return;
  case TYPE_STRING:
    json_write_str(json, value->s);
    return;
  default:
    break;
  }
  value_start(json);
  bool quoted = !value_is_number(value) || (json->large_text && value_is_large(value));
  if (quoted) buffer_append_char(json->out, '"');
  value_format(value, json->out);
  if (quoted) buffer_append_char(json->out, '"');
}

void json_write_key_text(JsonWriter *json, const char *key, const char *text) {
  json_write_key(json, key);
  json_write_text(json, text);
}

void json_write_key_texts(JsonWriter *json, const char *key, const char *const *texts,
                          uint32_t count) {
  json_write_key(json, key);
  json_write_array_open(json);
  for (uint32_t i = 0; i < count; i++) json_write_text(json, texts[i]);
  json_write_array_close(json);
}

void json_write_key_int(JsonWriter *json, const char *key, int64_t value) {
  json_write_key(json, key);
  json_write_int(json, value);
}

void json_write_key_bool(JsonWriter *json, const char *key, bool value) {
  json_write_key(json, key);
  json_write_bool(json, value);
}
