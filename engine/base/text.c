// UTF-8 by RFC 3629, Windows-1251, and the nearest name for "did you mean".
//
// Validation runs over every byte that is loaded, and most bytes are ASCII or Cyrillic: so ASCII
// goes 16 bytes at a time, two-byte characters have the shortest path after it.
#include "text.h"
#include "hash.h"
#include <math.h>
#include <stdlib.h>
#include <strings.h>

uint64_t str_hash(Str text) {
  return hash_bytes64(text.data, text.size);
}

static inline bool utf8_is_tail(unsigned char c) {
  return (c & 0xC0) == 0x80;
}

// Bytes of the ASCII run at p, in steps of 8 (at least 0, at most `size`).
static inline size_t ascii_run(const unsigned char *p, size_t size) {
  size_t i = 0;
  for (; i + 16 <= size; i += 16) {
    uint64_t a, b;
    memcpy(&a, p + i, 8);
    memcpy(&b, p + i + 8, 8);
    if ((a | b) & UINT64_C(0x8080808080808080)) break;
  }
  while (i < size && p[i] < 0x80) i++;
  return i;
}

// Length of the valid character of two to four bytes at p, or 0. The second byte's range excludes
// overlong forms (E0, F0), surrogates (ED) and what lies beyond U+10FFFF (F4).
static size_t utf8_long_character(const unsigned char *p, size_t size) {
  unsigned char c = p[0];
  if (c >= 0xC2 && c <= 0xDF) return size >= 2 && utf8_is_tail(p[1]) ? 2 : 0;
  if (c >= 0xE0 && c <= 0xEF) {
    unsigned char low = c == 0xE0 ? 0xA0 : 0x80, high = c == 0xED ? 0x9F : 0xBF;
    return size >= 3 && p[1] >= low && p[1] <= high && utf8_is_tail(p[2]) ? 3 : 0;
  }
  if (c >= 0xF0 && c <= 0xF4) {
    unsigned char low = c == 0xF0 ? 0x90 : 0x80, high = c == 0xF4 ? 0x8F : 0xBF;
    return size >= 4 && p[1] >= low && p[1] <= high && utf8_is_tail(p[2]) && utf8_is_tail(p[3]) ? 4
                                                                                                : 0;
  }
  return 0;
}

size_t utf8_valid_prefix(const char *bytes, size_t size) {
  const unsigned char *p = (const unsigned char *)bytes;
  size_t i = 0;
  while (i < size) {
    if (p[i] < 0x80) {
      i += ascii_run(p + i, size - i);
      continue;
    }
    size_t length = utf8_long_character(p + i, size - i);
    if (!length) return i;
    i += length;
  }
  return size;
}

size_t utf8_length(const char *bytes, size_t size) {
  size_t n = 0;
  for (size_t i = 0; i < size; i++) n += !utf8_is_tail((unsigned char)bytes[i]);
  return n;
}

size_t utf8_encode(uint32_t c, char *out) {
  if (c < 0x80) {
    out[0] = (char)c;
    return 1;
  }
  if (c < 0x800) {
    out[0] = (char)(0xC0 | c >> 6);
    out[1] = (char)(0x80 | (c & 0x3F));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = (char)(0xE0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 0x3F));
    out[2] = (char)(0x80 | (c & 0x3F));
    return 3;
  }
  out[0] = (char)(0xF0 | c >> 18);
  out[1] = (char)(0x80 | (c >> 12 & 0x3F));
  out[2] = (char)(0x80 | (c >> 6 & 0x3F));
  out[3] = (char)(0x80 | (c & 0x3F));
  return 4;
}

uint32_t utf8_decode(const char **bytes) {
  const unsigned char *p = (const unsigned char *)*bytes;
  uint32_t c = p[0];
  *bytes += 1;
  if (c < 0x80) return c;
  size_t length = utf8_long_character(p, 4); // looks at a byte only when the one before fits
  if (!length) return c;
  c &= 0x7Fu >> length;
  for (size_t i = 1; i < length; i++) c = c << 6 | (p[i] & 0x3Fu);
  *bytes += length - 1;
  return c;
}

// Code points of bytes 0x80..0xBF; 0: undefined. 0xC0..0xFF are U+0410..U+044F in order.
static const uint16_t cp1251_upper[64] = {
    0x0402, 0x0403, 0x201A, 0x0453, 0x201E, 0x2026, 0x2020, 0x2021, 0x20AC, 0x2030, 0x0409,
    0x2039, 0x040A, 0x040C, 0x040B, 0x040F, 0x0452, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0,      0x2122, 0x0459, 0x203A, 0x045A, 0x045C, 0x045B, 0x045F, 0x00A0,
    0x040E, 0x045E, 0x0408, 0x00A4, 0x0490, 0x00A6, 0x00A7, 0x0401, 0x00A9, 0x0404, 0x00AB,
    0x00AC, 0x00AD, 0x00AE, 0x0407, 0x00B0, 0x00B1, 0x0406, 0x0456, 0x0491, 0x00B5, 0x00B6,
    0x00B7, 0x0451, 0x2116, 0x0454, 0x00BB, 0x0458, 0x0405, 0x0455, 0x0457,
};

// Code points of bytes 0x80..0x9F; 0: undefined. 0xA0..0xFF are themselves.
static const uint16_t cp1252_upper[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

// 0: undefined.
static uint32_t code_page_decode(CodePage page, unsigned char b) {
  if (b < 0x80) return b;
  if (page == CODE_PAGE_1252) return b < 0xA0 ? cp1252_upper[b - 0x80] : b;
  return b < 0xC0 ? cp1251_upper[b - 0x80] : 0x410u + b - 0xC0u;
}

size_t code_page_to_utf8(CodePage page, const char *bytes, size_t size, char *out, size_t *bad) {
  char *start = out;
  for (size_t i = 0; i < size; i++) {
    unsigned char b = (unsigned char)bytes[i];
    uint32_t c = code_page_decode(page, b);
    if (b >= 0x80 && c == 0) {
      *bad = i;
      return SIZE_MAX;
    }
    out += utf8_encode(c, out);
  }
  return (size_t)(out - start);
}

#define NAME_CHARACTERS_MAX 64

// ASCII and Cyrillic letters to lower case.
static uint32_t character_fold(uint32_t c) {
  if (c >= 'A' && c <= 'Z') return c + 32;
  if (c >= 0x410 && c <= 0x42F) return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  return c;
}

// Folded characters of a name; 0 when it is empty or too long for a suggestion.
static size_t name_characters(const char *name, uint32_t *out) {
  size_t size = strlen(name), n = 0;
  bool valid = utf8_valid_prefix(name, size) == size;
  for (const char *p = name, *end = name + size; p < end; n++) {
    if (n == NAME_CHARACTERS_MAX) return 0;
    out[n] = character_fold(valid ? utf8_decode(&p) : (unsigned char)*p++);
  }
  return n;
}

static size_t min3(size_t a, size_t b, size_t c) {
  size_t m = a < b ? a : b;
  return m < c ? m : c;
}

// Edits between a and b: insert, delete, replace, swap neighbours (optimal string alignment).
static size_t edit_distance(const uint32_t *a, size_t na, const uint32_t *b, size_t nb) {
  size_t rows[3][NAME_CHARACTERS_MAX + 1];
  size_t *before = rows[0], *above = rows[1], *row = rows[2];
  for (size_t j = 0; j <= nb; j++) above[j] = j;
  for (size_t i = 1; i <= na; i++) {
    row[0] = i;
    for (size_t j = 1; j <= nb; j++) {
      row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
      bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped && before[j - 2] + 1 < row[j]) row[j] = before[j - 2] + 1;
    }
    size_t *reused = before;
    before = above, above = row, row = reused;
  }
  return above[nb];
}

const char *text_nearest(const char *name, const char *const *candidates, size_t count) {
  uint32_t wanted[NAME_CHARACTERS_MAX], other[NAME_CHARACTERS_MAX];
  size_t wanted_size = name_characters(name, wanted);
  if (!wanted_size) return NULL;
  const char *best = NULL;
  size_t best_distance = wanted_size / 3 + 1;
  for (size_t i = 0; i < count; i++) {
    size_t size = name_characters(candidates[i], other);
    if (!size) continue;
    size_t distance = edit_distance(wanted, wanted_size, other, size);
    if (distance < best_distance) best = candidates[i], best_distance = distance;
  }
  return best;
}

bool text_bytes_parse(const char *text, int64_t *bytes) {
  char *unit;
  double value = strtod(text, &unit), factor = 1;
  if (unit == text || !isfinite(value) || value < 0) return false;
  while (*unit == ' ') unit++;
  static const char *const units[] = {"", "K", "M", "G", "T"};
  for (size_t i = 0; i < 5; i++, factor *= 1024) {
    size_t size = strlen(units[i]);
    if (strncasecmp(unit, units[i], size ? size : 1) != 0 && (size || *unit)) continue;
    const char *tail = unit + size;
    if (*tail && strcasecmp(tail, "B") != 0 && strcasecmp(tail, "iB") != 0) continue;
    if (value * factor > 9e18) return false;
    *bytes = (int64_t)(value * factor);
    return true;
  }
  return false;
}
