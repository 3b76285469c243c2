// A recursive descent over one line. Strings are the bulk of it: their bytes are looked at once
// here, and once more by the check that they are UTF-8.
#include "json_scan.h"

// --- Words, numbers, strings ---

static bool scan_fail(JsonScan *s, const char *fault) {
  if (!s->fault) s->fault = fault;
  return false;
}

static void skip_blanks(JsonScan *s) {
  while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r' || *s->at == '\n'))
    s->at++;
}

static bool take(JsonScan *s, char c) {
  bool same = s->at < s->end && *s->at == c;
  s->at += same;
  return same;
}

static bool take_word(JsonScan *s, const char *word) {
  size_t size = strlen(word);
  if ((size_t)(s->end - s->at) < size || memcmp(s->at, word, size))
    return scan_fail(s, "a value was expected");
  s->at += size;
  return true;
}

static uint32_t take_digits(JsonScan *s) {
  const char *start = s->at;
  while (s->at < s->end && (unsigned char)(*s->at - '0') < 10) s->at++;
  return (uint32_t)(s->at - start);
}

static bool scan_number(JsonScan *s) {
  take(s, '-');
  bool zero = s->at < s->end && *s->at == '0';
  uint32_t whole = take_digits(s);
  if (!whole) return scan_fail(s, "a digit was expected");
  if (zero && whole > 1) return scan_fail(s, "a number must not begin with 0");
  if (take(s, '.') && !take_digits(s)) return scan_fail(s, "a digit was expected after the point");
  if (take(s, 'e') || take(s, 'E')) {
    if (!take(s, '+')) take(s, '-');
    if (!take_digits(s)) return scan_fail(s, "a digit was expected in the exponent");
  }
  return true;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Four hexadecimal digits, or -1.
static int32_t hex_read(const char *p, const char *end) {
  int32_t value = 0;
  if (end - p < 4) return -1;
  for (int i = 0; i < 4; i++) {
    int digit = hex_digit(p[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

static bool is_high_half(int32_t c) {
  return c >= 0xD800 && c < 0xDC00;
}
static bool is_low_half(int32_t c) {
  return c >= 0xDC00 && c < 0xE000;
}

// What follows a backslash; halves of a pair must stand together.
static bool scan_escape(JsonScan *s) {
  if (s->at == s->end || !strchr("\"\\/bfnrtu", *s->at) || !*s->at)
    return scan_fail(s, "there is no such escape");
  if (*s->at++ != 'u') return true;
  int32_t c = hex_read(s->at, s->end);
  if (c < 0) return scan_fail(s, "\\u needs four hexadecimal digits");
  if (is_low_half(c)) return scan_fail(s, "half of a surrogate pair");
  s->at += 4;
  if (!is_high_half(c)) return true;
  bool pair = s->end - s->at >= 6 && s->at[0] == '\\' && s->at[1] == 'u' &&
              is_low_half(hex_read(s->at + 2, s->end));
  if (!pair) return scan_fail(s, "half of a surrogate pair");
  s->at += 6;
  return true;
}

static bool scan_string(JsonScan *s, Str *out, bool *escaped) {
  if (!take(s, '"')) return scan_fail(s, "a quote was expected");
  const char *start = s->at;
  bool high = false;
  *escaped = false;
  while (s->at < s->end && *s->at != '"') {
    unsigned char c = (unsigned char)*s->at++;
    high |= c >= 0x80;
    if (c < ' ') return scan_fail(s, "a control character in a string");
    if (c != '\\') continue;
    *escaped = true;
    if (!scan_escape(s)) return false;
  }
  *out = (Str){start, (uint32_t)(s->at - start)};
  if (!take(s, '"')) return scan_fail(s, "the string is not closed");
  size_t valid = high ? utf8_valid_prefix(out->data, out->size) : out->size;
  if (valid == out->size) return true;
  s->at = out->data + valid;
  return scan_fail(s, "not UTF-8");
}

// --- Values ---

static bool scan_value(JsonScan *s, unsigned depth);

// The rest of a list or an object after its bracket, up to the closing one.
static bool scan_nested(JsonScan *s, unsigned depth, bool object) {
  char close = object ? '}' : ']';
  skip_blanks(s);
  if (take(s, close)) return true;
  do {
    Str key;
    bool escaped;
    skip_blanks(s);
    if (object && !scan_string(s, &key, &escaped)) return false;
    if (object) skip_blanks(s);
    if (object && !take(s, ':')) return scan_fail(s, "a colon was expected");
    if (!scan_value(s, depth)) return false;
    skip_blanks(s);
  } while (take(s, ','));
  return take(s, close) ||
         scan_fail(s, object ? "a comma or } was expected" : "a comma or ] was expected");
}

static bool scan_value(JsonScan *s, unsigned depth) {
  Str text;
  bool escaped;
  skip_blanks(s);
  if (s->at == s->end) return scan_fail(s, "a value was expected");
  switch (*s->at) {
  case '{':
  case '[':
    if (depth >= JSON_DEPTH_MAX) return scan_fail(s, "nested too deep");
    s->at++;
    return scan_nested(s, depth + 1, s->at[-1] == '{');
  case '"':
    return scan_string(s, &text, &escaped);
  case 't':
    return take_word(s, "true");
  case 'f':
    return take_word(s, "false");
  case 'n':
    return take_word(s, "null");
  default:
    return scan_number(s);
  }
}

static JsonKind kind_of(char first) {
  switch (first) {
  case '{':
  case '[':
    return JSON_KIND_NESTED;
  case '"':
    return JSON_KIND_STRING;
  case 't':
  case 'f':
    return JSON_KIND_BOOL;
  case 'n':
    return JSON_KIND_NULL;
  default:
    return JSON_KIND_NUMBER;
  }
}

// --- Members ---

// Nothing but blanks may follow the line's value.
static void scan_end(JsonScan *s) {
  skip_blanks(s);
  if (!s->fault && s->at < s->end) s->fault = "the line goes on after its value";
}

void json_scan_begin(JsonScan *s, Str text) {
  *s = (JsonScan){.start = text.data, .at = text.data, .end = text.data + text.size};
  skip_blanks(s);
  s->is_object = take(s, '{');
  if (s->is_object) return;
  scan_value(s, 0);
  scan_end(s);
}

bool json_scan_member(JsonScan *s, JsonMember *out) {
  skip_blanks(s);
  bool more = s->begun ? take(s, ',') : !take(s, '}');
  if (!more) {
    if (s->begun && !take(s, '}')) return scan_fail(s, "a comma or } was expected");
    scan_end(s);
    return false;
  }
  s->begun = true;
  skip_blanks(s);
  if (!scan_string(s, &out->key, &out->key_escaped)) return false;
  skip_blanks(s);
  if (!take(s, ':')) return scan_fail(s, "a colon was expected");
  skip_blanks(s);
  const char *start = s->at;
  out->escaped = false;
  out->kind = s->at < s->end ? kind_of(*start) : JSON_KIND_NUMBER;
  if (out->kind == JSON_KIND_STRING) return scan_string(s, &out->text, &out->escaped);
  if (!scan_value(s, 1)) return false;
  out->text = (Str){start, (uint32_t)(s->at - start)};
  return true;
}

bool json_next_item(Str list, const char **at, Str *item) {
  JsonScan scan = {.start = list.data, .at = *at, .end = list.data + list.size};
  if (scan.at == list.data) {
    scan.at++;
    skip_blanks(&scan);
    if (*scan.at == ']') return false;
  } else if (!take(&scan, ',')) {
    return false;
  }
  skip_blanks(&scan);
  const char *start = scan.at;
  if (!scan_value(&scan, 0)) return false;
  *item = (Str){start, (uint32_t)(scan.at - start)};
  skip_blanks(&scan);
  *at = scan.at;
  return true;
}

uint32_t json_unescape(Str text, char *out) {
  static const char names[] = "b\bf\fn\nr\rt\t";
  const char *p = text.data, *end = p + text.size;
  char *to = out;
  while (p < end) {
    if (*p != '\\') {
      *to++ = *p++;
      continue;
    }
    char name = p[1];
    p += 2;
    if (name != 'u') {
      const char *known = strchr(names, name);
      *to++ = known ? known[1] : name;
      continue;
    }
    uint32_t c = (uint32_t)hex_read(p, end);
    p += 4;
    if (is_high_half((int32_t)c)) {
      c = 0x10000 + ((c - 0xD800) << 10) + ((uint32_t)hex_read(p + 2, end) - 0xDC00);
      p += 6;
    }
    to += utf8_encode(c, to);
  }
  return (uint32_t)(to - out);
}
