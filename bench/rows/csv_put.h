// The text of fields, by hand: printf would take longer than everything else together. Numbers are
// written two digits at a time from a table. Each function writes at `out`, which must have the
// room, and returns the end; those named _field add a comma.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline char *put_number(char *out, uint64_t value) {
  static const char DIGIT_PAIRS[201] = "00010203040506070809101112131415161718192021222324"
                                       "25262728293031323334353637383940414243444546474849"
                                       "50515253545556575859606162636465666768697071727374"
                                       "75767778798081828384858687888990919293949596979899";
  char digits[20], *start = digits + sizeof digits;
  while (value >= 100) {
    start -= 2;
    memcpy(start, DIGIT_PAIRS + value % 100 * 2, 2);
    value /= 100;
  }
  start -= 2;
  memcpy(start, DIGIT_PAIRS + value * 2, 2);
  start += value < 10;
  size_t size = (size_t)(digits + sizeof digits - start);
  memcpy(out, start, size);
  return out + size;
}

static inline char *put_text(char *out, const char *text) {
  return stpcpy(out, text);
}

static inline char *put_bytes(char *out, const char *bytes, size_t size) {
  memcpy(out, bytes, size);
  return out + size;
}

static inline char *put_char(char *out, char c) {
  *out = c;
  return out + 1;
}

// Exactly so many digits, with zeros before.
static inline char *put_padded(char *out, uint32_t value, int digits) {
  for (int i = digits - 1; i >= 0; i--, value /= 10) out[i] = (char)('0' + value % 10);
  return out + digits;
}

static inline char *put_number_field(char *out, uint64_t value) {
  return put_char(put_number(out, value), ',');
}

static inline char *put_text_field(char *out, const char *text) {
  return put_char(put_text(out, text), ',');
}

// Quoted when it holds a comma; these texts hold no quotes.
static inline char *put_quoted(char *out, const char *text) {
  if (!strchr(text, ',')) return put_text(out, text);
  return put_char(put_text(put_char(out, '"'), text), '"');
}

static inline char *put_quoted_field(char *out, const char *text) {
  return put_char(put_quoted(out, text), ',');
}

// Customer#000000001
static inline char *put_name_field(char *out, const char *kind, uint32_t key) {
  return put_char(put_padded(put_char(put_text(out, kind), '#'), key, 9), ',');
}

// Hundredths: -12.05
static inline char *put_cents_field(char *out, int64_t cents) {
  uint64_t size = cents < 0 ? -(uint64_t)cents : (uint64_t)cents;
  if (cents < 0) out = put_char(out, '-');
  out = put_char(put_number(out, size / 100), '.');
  return put_char(put_padded(out, (uint32_t)(size % 100), 2), ',');
}
