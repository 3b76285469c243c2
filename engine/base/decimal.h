// Exact decimals: an integer times 10^-scale, up to 38 digits. Never binary floating point.
// Rounding is half away from zero, as PostgreSQL's numeric.
#pragma once
#include "bits.h"
#include "status.h"

#define DECIMAL_DIGITS_MAX 38
#define DECIMAL_TEXT_BYTES 48 // sign, 38 digits, point, leading zero, NUL

// 10^n; n 0..18 and 0..38.
extern const int64_t decimal_powers_64[19];
static inline int64_t decimal_pow10_64(unsigned n) {
  return decimal_powers_64[n];
}
int128_t decimal_pow10_128(unsigned n);
// |value| < 10^38
bool decimal_in_range(int128_t value);

// value * 10^-from  ->  unscaled at `to`; rounds when to < from; false on overflow of 38 digits.
bool decimal_rescale(int128_t value, unsigned from, unsigned to, int128_t *out);
// a / b at scale `scale`, for unscaled a (scale sa), b (scale sb, not 0); false on overflow.
bool decimal_divide(int128_t a, unsigned sa, int128_t b, unsigned sb, unsigned scale,
                    int128_t *out);
bool decimal_multiply(int128_t a, int128_t b, int128_t *out); // false on overflow of 38 digits

typedef enum DecimalParse {
  DECIMAL_OK,
  DECIMAL_SYNTAX,
  DECIMAL_OVERFLOW,
  DECIMAL_ROUNDED
} DecimalParse;
// Parses [+-]digits[point digits][e[+-]digits], the whole text, to `scale`; "5." and ".5" are
// numbers too. DECIMAL_ROUNDED: *out is set, digits beyond the scale were rounded away (non-zero
// ones). Texts of up to 18 bytes without exponent take a short way (about 10 ns).
DecimalParse decimal_parse(const char *text, size_t size, char point, unsigned scale,
                           int128_t *out);
// Writes the exact value with `scale` digits after the point; returns the length; NUL-terminates.
size_t decimal_format(int128_t value, unsigned scale, char *out);
double decimal_to_double(int128_t value, unsigned scale); // nearest double
// A finite double at `scale` by its 15 significant digits, as PostgreSQL's numeric takes it: 1.005,
// which lies a little below, is 1.01 at scale 2. false when not finite or out of range.
bool decimal_from_double(double value, unsigned scale, int128_t *out);
