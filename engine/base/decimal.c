// Exact decimals on 128-bit integers; 256-bit intermediates where a division needs them.
//
// Signs are split off first: all arithmetic below is on magnitudes, and rounding half away from
// zero is then simply "round half up". Invariant: every result is below 10^38 in magnitude, or the
// function says overflow.
#include "decimal.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define E18 INT64_C(1000000000000000000)

const int64_t decimal_powers_64[19] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    E18,
};

int128_t decimal_pow10_128(unsigned n) {
  assert(n <= DECIMAL_DIGITS_MAX);
  if (n <= 18) return decimal_powers_64[n];
  if (n <= 36) return (int128_t)E18 * decimal_powers_64[n - 18];
  return (int128_t)E18 * E18 * decimal_powers_64[n - 36];
}

static inline uint128_t magnitude(int128_t value) {
  return value < 0 ? -(uint128_t)value : (uint128_t)value;
}

static inline uint128_t pow10_u(unsigned n) {
  return (uint128_t)decimal_pow10_128(n);
}

bool decimal_in_range(int128_t value) {
  return magnitude(value) < pow10_u(38);
}

// Gives the magnitude its sign back when it is in range.
static inline bool decimal_finish(uint128_t value, bool negative, int128_t *out) {
  if (value >= pow10_u(38)) return false;
  *out = negative ? -(int128_t)value : (int128_t)value;
  return true;
}

static unsigned width_128(uint128_t value) {
  uint64_t high = (uint64_t)(value >> 64);
  return high ? 64 + bits_width(high) : bits_width((uint64_t)value);
}

typedef struct Wide {
  uint128_t high, low;
} Wide;

static Wide wide_multiply(uint128_t a, uint128_t b) {
  uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64), b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
  uint128_t p00 = (uint128_t)a0 * b0, p01 = (uint128_t)a0 * b1, p10 = (uint128_t)a1 * b0,
            p11 = (uint128_t)a1 * b1;
  uint128_t middle = (p00 >> 64) + (uint64_t)p01 + (uint64_t)p10;
  return (Wide){.high = p11 + (p01 >> 64) + (p10 >> 64) + (middle >> 64),
                .low = middle << 64 | (uint64_t)p00};
}

// a / b rounded half up, where a.high < b < 2^127: shift and subtract, one bit a step.
static uint128_t wide_divide(Wide a, uint128_t b) {
  uint128_t rest = a.high, quotient = 0;
  for (int bit = 127; bit >= 0; bit--) {
    rest = rest << 1 | (a.low >> bit & 1);
    bool fits = rest >= b;
    if (fits) rest -= b;
    quotient = quotient << 1 | fits;
  }
  return quotient + (rest >= b - rest);
}

static inline uint128_t divide_round(uint128_t a, uint128_t b) {
  uint128_t quotient, rest;
  if (!((a | b) >> 64)) {
    quotient = (uint64_t)a / (uint64_t)b;
    rest = (uint64_t)a % (uint64_t)b;
  } else {
    quotient = a / b;
    rest = a % b;
  }
  return quotient + (rest >= b - rest);
}

// a * b, false when it needs more than 128 bits.
static inline bool multiply_fits(uint128_t a, uint128_t b, uint128_t *out) {
  *out = a * b;
  if (!((a | b) >> 64)) return true;
  return width_128(a) + width_128(b) <= 128 || wide_multiply(a, b).high == 0;
}

bool decimal_multiply(int128_t a, int128_t b, int128_t *out) {
  uint128_t product;
  return multiply_fits(magnitude(a), magnitude(b), &product) &&
         decimal_finish(product, (a < 0) != (b < 0), out);
}

bool decimal_rescale(int128_t value, unsigned from, unsigned to, int128_t *out) {
  uint128_t m = magnitude(value), product;
  if (to < from) {
    m = from - to > DECIMAL_DIGITS_MAX ? 0 : divide_round(m, pow10_u(from - to));
    return decimal_finish(m, value < 0, out);
  }
  if (to - from > DECIMAL_DIGITS_MAX) {
    *out = 0;
    return value == 0;
  }
  return multiply_fits(m, pow10_u(to - from), &product) && decimal_finish(product, value < 0, out);
}

// a * 10^exponent as 256 bits; false beyond 10^76, which no quotient below 10^38 can come from.
static bool wide_scale(uint128_t a, unsigned exponent, Wide *out) {
  if (exponent <= DECIMAL_DIGITS_MAX) {
    *out = wide_multiply(a, pow10_u(exponent));
    return true;
  }
  uint128_t first;
  if (exponent > 2 * DECIMAL_DIGITS_MAX || !multiply_fits(a, pow10_u(exponent - 38), &first))
    return false;
  *out = wide_multiply(first, pow10_u(38));
  return true;
}

bool decimal_divide(int128_t a, unsigned sa, int128_t b, unsigned sb, unsigned scale,
                    int128_t *out) {
  assert(b != 0);
  uint128_t dividend = magnitude(a), divisor = magnitude(b);
  bool negative = (a < 0) != (b < 0);
  int exponent = (int)scale + (int)sb - (int)sa;
  *out = 0;
  if (a == 0) return true;
  if (exponent < 0) {
    // A divisor of more than 127 bits is more than twice any dividend: the quotient rounds to 0.
    if (-exponent > DECIMAL_DIGITS_MAX ||
        !multiply_fits(divisor, pow10_u((unsigned)-exponent), &divisor) || divisor >> 127)
      return true;
    return decimal_finish(divide_round(dividend, divisor), negative, out);
  }
  uint128_t scaled;
  if (exponent <= DECIMAL_DIGITS_MAX &&
      multiply_fits(dividend, pow10_u((unsigned)exponent), &scaled))
    return decimal_finish(divide_round(scaled, divisor), negative, out);
  Wide wide;
  if (!wide_scale(dividend, (unsigned)exponent, &wide) || wide.high >= divisor) return false;
  return decimal_finish(wide_divide(wide, divisor), negative, out);
}

// --- Text ---

// At most 18 bytes of [-+]digits[point digits] with no more fraction digits than `scale`: nearly
// every number of a file. False: not of that form, the general parser decides.
static inline bool decimal_parse_short(const char *text, size_t size, char point, unsigned scale,
                                       int128_t *out) {
  const char *p = text, *end = text + size;
  bool negative = *p == '-';
  p += negative || *p == '+';
  const char *start = p;
  int64_t value = 0;
  for (; p < end && (unsigned char)(*p - '0') < 10; p++) value = value * 10 + (*p - '0');
  if (p == start) return false;
  size_t fraction = 0;
  if (p < end && *p == point) {
    start = ++p;
    for (; p < end && (unsigned char)(*p - '0') < 10; p++) value = value * 10 + (*p - '0');
    fraction = (size_t)(p - start);
  }
  if (p != end || fraction > scale) return false;
  if (scale - fraction + size > 18) return false;
  value *= decimal_powers_64[scale - fraction];
  *out = negative ? -value : value;
  return true;
}

// A decimal text taken apart: the first 38 significant digits, and what was beyond them.
typedef struct DecimalText {
  bool negative;
  uint128_t digits;
  int significant;  // how many are in `digits`
  int64_t exponent; // value = digits * 10^exponent, dropped digits apart
  bool dropped_half, dropped_any;
} DecimalText;

static void decimal_text_add(DecimalText *t, unsigned digit, bool in_fraction) {
  if (t->significant < DECIMAL_DIGITS_MAX) {
    t->digits = t->digits * 10 + digit;
    t->significant += t->digits != 0;
    t->exponent -= in_fraction;
    return;
  }
  if (t->significant == DECIMAL_DIGITS_MAX) t->dropped_half = digit >= 5;
  t->significant = DECIMAL_DIGITS_MAX + 1;
  t->dropped_any |= digit != 0;
  t->exponent += !in_fraction;
}

static bool decimal_text_exponent(DecimalText *t, const char *p, const char *end) {
  bool negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+')) p++;
  if (p == end) return false;
  int64_t exponent = 0;
  for (; p < end; p++) {
    if ((unsigned char)(*p - '0') >= 10) return false;
    if (exponent < 1000000) exponent = exponent * 10 + (*p - '0');
  }
  t->exponent += negative ? -exponent : exponent;
  return true;
}

static bool decimal_text_scan(DecimalText *t, const char *text, size_t size, char point) {
  const char *p = text, *end = text + size;
  *t = (DecimalText){0};
  if (p < end && (*p == '-' || *p == '+')) t->negative = *p++ == '-';
  bool in_fraction = false, any = false;
  for (; p < end; p++) {
    if ((unsigned char)(*p - '0') < 10) {
      decimal_text_add(t, (unsigned)(*p - '0'), in_fraction);
      any = true;
    } else if (*p == point && !in_fraction) {
      in_fraction = true;
    } else {
      break;
    }
  }
  if (!any) return false;
  if (p == end) return true;
  return (*p == 'e' || *p == 'E') && decimal_text_exponent(t, p + 1, end);
}

DecimalParse decimal_parse(const char *text, size_t size, char point, unsigned scale,
                           int128_t *out) {
  if (size && size <= 18 && decimal_parse_short(text, size, point, scale, out)) return DECIMAL_OK;
  DecimalText t;
  if (!decimal_text_scan(&t, text, size, point)) return DECIMAL_SYNTAX;
  int64_t shift = t.exponent + scale;
  bool inexact = t.dropped_any;
  uint128_t value = t.digits;
  if (shift > 0 && value) {
    if (shift > DECIMAL_DIGITS_MAX || t.significant > DECIMAL_DIGITS_MAX ||
        !multiply_fits(value, pow10_u((unsigned)shift), &value))
      return DECIMAL_OVERFLOW;
  } else if (shift == 0) {
    value += t.dropped_half;
  } else if (shift < -DECIMAL_DIGITS_MAX) {
    inexact |= value != 0;
    value = 0;
  } else if (shift < 0) {
    uint128_t unit = pow10_u((unsigned)-shift);
    inexact |= value % unit != 0;
    value = divide_round(value, unit);
  }
  if (!decimal_finish(value, t.negative, out)) return DECIMAL_OVERFLOW;
  return inexact ? DECIMAL_ROUNDED : DECIMAL_OK;
}

// Digits of value, most significant first, at least `least` of them; returns how many.
static size_t digits_write(uint128_t value, size_t least, char *out) {
  char reversed[DECIMAL_DIGITS_MAX + 2];
  size_t n = 0;
  while (value >> 64) {
    uint64_t low = (uint64_t)(value % E18);
    value /= E18;
    for (int i = 0; i < 18; i++, low /= 10) reversed[n++] = (char)('0' + low % 10);
  }
  for (uint64_t v = (uint64_t)value; v || n < least; v /= 10) reversed[n++] = (char)('0' + v % 10);
  for (size_t i = 0; i < n; i++) out[i] = reversed[n - 1 - i];
  return n;
}

size_t decimal_format(int128_t value, unsigned scale, char *out) {
  assert(decimal_in_range(value) && scale <= DECIMAL_DIGITS_MAX);
  char *p = out;
  if (value < 0) *p++ = '-';
  char digits[DECIMAL_DIGITS_MAX + 2];
  size_t n = digits_write(magnitude(value), scale + 1, digits), whole = n - scale;
  memcpy(p, digits, whole);
  p += whole;
  if (scale) {
    *p++ = '.';
    memcpy(p, digits + whole, scale);
    p += scale;
  }
  *p = 0;
  return (size_t)(p - out);
}

// --- Doubles ---

double decimal_to_double(int128_t value, unsigned scale) {
  // Both operands exact: one IEEE division rounds once.
  if (magnitude(value) <= UINT64_C(1) << 53 && scale <= 18)
    return (double)(int64_t)value / (double)decimal_powers_64[scale];
  char text[DECIMAL_TEXT_BYTES + 8];
  char *p = text;
  if (value < 0) *p++ = '-';
  p += digits_write(magnitude(value), 1, p);
  snprintf(p, 8, "e-%u", scale); // no point in it: the same in every locale
  return strtod(text, NULL);
}

bool decimal_from_double(double value, unsigned scale, int128_t *out) {
  if (!isfinite(value)) return false;
  char text[32];
  int size = snprintf(text, sizeof text, "%.14e", fabs(value));
  text[1] = '.'; // in every locale
  DecimalParse parsed = decimal_parse(text, (size_t)size, '.', scale, out);
  if (signbit(value)) *out = -*out;
  return parsed == DECIMAL_OK || parsed == DECIMAL_ROUNDED;
}
