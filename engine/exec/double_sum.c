// See double_sum.h.
#include "double_sum.h"
#include <math.h>
#include <string.h>

#define PENDING_MAX (1u << 29) // each addition changes a limb by less than 2^33

static void carries_pass(DoubleSum *sum) {
  int64_t carry = 0;
  for (int i = 0; i < DOUBLE_SUM_LIMBS; i++) {
    int64_t value = sum->limbs[i] + carry;
    carry = value >> 32; // arithmetic: floor
    sum->limbs[i] = value - carry * (INT64_C(1) << 32);
  }
  sum->limbs[DOUBLE_SUM_LIMBS - 1] += carry * (INT64_C(1) << 32); // the sign stays at the top
  sum->pending = 0;
}

void double_sum_add(DoubleSum *sum, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint32_t exponent = (uint32_t)(bits >> 52) & 0x7ff;
  uint64_t mantissa = bits & ((UINT64_C(1) << 52) - 1);
  bool negative = bits >> 63;
  if (exponent == 0x7ff) {
    if (mantissa)
      sum->nan = true;
    else if (negative)
      sum->minus_infinity = true;
    else
      sum->plus_infinity = true;
    return;
  }
  if (exponent)
    mantissa |= UINT64_C(1) << 52;
  else
    exponent = 1;
  uint32_t shift = exponent - 1; // the mantissa's lowest bit is worth 2^(shift - 1074)
  unsigned __int128 wide = (unsigned __int128)mantissa << (shift % 32);
  for (uint32_t limb = shift / 32; wide; limb++, wide >>= 32) {
    int64_t part = (int64_t)(uint32_t)wide;
    sum->limbs[limb] += negative ? -part : part;
  }
  if (++sum->pending == PENDING_MAX) carries_pass(sum);
}

void double_sum_merge(DoubleSum *sum, const DoubleSum *other) {
  DoubleSum copy = *other;
  carries_pass(&copy);
  carries_pass(sum);
  for (int i = 0; i < DOUBLE_SUM_LIMBS; i++) sum->limbs[i] += copy.limbs[i];
  sum->pending = 1;
  sum->nan |= other->nan;
  sum->plus_infinity |= other->plus_infinity;
  sum->minus_infinity |= other->minus_infinity;
}

double double_sum_value(const DoubleSum *sum) {
  if (sum->nan || (sum->plus_infinity && sum->minus_infinity)) return NAN;
  if (sum->plus_infinity || sum->minus_infinity) return sum->plus_infinity ? INFINITY : -INFINITY;
  DoubleSum copy = *sum;
  carries_pass(&copy);
  bool negative = copy.limbs[DOUBLE_SUM_LIMBS - 1] < 0;
  if (negative) {
    for (int i = 0; i < DOUBLE_SUM_LIMBS; i++) copy.limbs[i] = -copy.limbs[i];
    carries_pass(&copy);
  }
  int top = DOUBLE_SUM_LIMBS - 1;
  while (top > 0 && !copy.limbs[top]) top--;
  // Three limbs hold at least 65 significant bits; what lies below makes the last bit sticky.
  unsigned __int128 head = (unsigned __int128)(uint64_t)copy.limbs[top] << 64;
  if (top >= 1) head |= (unsigned __int128)(uint64_t)copy.limbs[top - 1] << 32;
  if (top >= 2) head |= (uint64_t)copy.limbs[top - 2];
  for (int i = top - 3; i >= 0; i--)
    if (copy.limbs[i]) {
      head |= 1;
      break;
    }
  double value = ldexp((double)head, (top - 2) * 32 - 1074);
  return negative ? -value : value;
}
