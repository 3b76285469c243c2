// The kernels' bodies. The includer defines KERNEL(name), which makes the variant's function names,
// and KERNELS_TABLE and KERNELS_NAME. Loops are plain so that the compiler vectorises them.
#include "kernel.h"
#ifdef __BMI2__
#include <immintrin.h>
#endif

#define RANGE_MASK(bits, Type, Unsigned)                                                           \
  static void KERNEL(range_mask_##bits)(const void *values, uint32_t count, int64_t low,           \
                                        int64_t high, uint8_t *restrict mask) {                    \
    const Type *restrict v = values;                                                               \
    Unsigned from = (Unsigned)low, span = (Unsigned)((uint64_t)high - (uint64_t)low);              \
    for (uint32_t i = 0; i < count; i++) mask[i] &= (Unsigned)((Unsigned)v[i] - from) <= span;     \
  }
RANGE_MASK(8, uint8_t, uint8_t)
RANGE_MASK(16, uint16_t, uint16_t)
RANGE_MASK(32, uint32_t, uint32_t)
RANGE_MASK(64, int64_t, uint64_t)
#undef RANGE_MASK

#define BITS_MASK(bits, Type)                                                                      \
  static void KERNEL(bits_mask_##bits)(const void *values, uint32_t count, int64_t base,           \
                                       const uint64_t *restrict words, uint8_t *restrict mask) {   \
    const Type *restrict v = values;                                                               \
    for (uint32_t i = 0; i < count; i++)                                                           \
      mask[i] &= bits_get(words, (size_t)(base + (int64_t)v[i]));                                  \
  }
BITS_MASK(8, uint8_t)
BITS_MASK(16, uint16_t)
BITS_MASK(32, uint32_t)
BITS_MASK(64, int64_t)
#undef BITS_MASK

#define BITS_ROWS(bits, Type)                                                                      \
  static uint32_t KERNEL(bits_rows_##bits)(const void *values, int64_t base,                       \
                                           const uint64_t *restrict words,                         \
                                           uint16_t *restrict rows, uint32_t count) {              \
    const Type *restrict v = values;                                                               \
    uint32_t n = 0;                                                                                \
    for (uint32_t i = 0; i < count; i++) {                                                         \
      uint16_t row = rows[i];                                                                      \
      rows[n] = row;                                                                               \
      n += bits_get(words, (size_t)(base + (int64_t)v[row]));                                      \
    }                                                                                              \
    return n;                                                                                      \
  }
BITS_ROWS(8, uint8_t)
BITS_ROWS(16, uint16_t)
BITS_ROWS(32, uint32_t)
BITS_ROWS(64, int64_t)
#undef BITS_ROWS

// Of eight rows from i, writes those whose byte is set, and anything after them: eight in all.
static inline uint32_t KERNEL(eight_to_rows)(uint64_t eight, uint32_t i, uint16_t *restrict rows) {
#ifdef __BMI2__
  uint8_t positions[8];
  uint64_t packed = _pext_u64(UINT64_C(0x0706050403020100), eight * 0xff);
  memcpy(positions, &packed, 8);
  for (uint32_t k = 0; k < 8; k++) rows[k] = (uint16_t)(i + positions[k]);
  return (uint32_t)__builtin_popcountll(eight);
#else
  uint32_t n = 0;
  for (uint32_t k = 0; k < 8; k++) { // branch-free: writes always, advances where set
    rows[n] = (uint16_t)(i + k);
    n += eight >> 8 * k & 1;
  }
  return n;
#endif
}

static uint32_t KERNEL(mask_to_rows)(const uint8_t *restrict mask, uint32_t count,
                                     uint16_t *restrict rows) {
  uint32_t n = 0, i = 0;
  for (; i + 8 <= count; i += 8) {
    uint64_t eight;
    memcpy(&eight, mask + i, 8);
    if (eight) n += KERNEL(eight_to_rows)(eight, i, rows + n);
  }
  for (; i < count; i++) {
    rows[n] = (uint16_t)i;
    n += mask[i];
  }
  return n;
}

// Narrow values cannot overflow 64 bits within a block.
#define SUM_NARROW(bits, Type)                                                                     \
  static int128_t KERNEL(sum_##bits)(const void *values, uint32_t count) {                         \
    const Type *restrict v = values;                                                               \
    uint64_t sum = 0;                                                                              \
    for (uint32_t i = 0; i < count; i++) sum += v[i];                                              \
    return (int128_t)sum;                                                                          \
  }
SUM_NARROW(8, uint8_t)
SUM_NARROW(16, uint16_t)
SUM_NARROW(32, uint32_t)
#undef SUM_NARROW

// Sums high and low halves apart: each stays within 64 bits for fewer than 2^31 values.
static int128_t KERNEL(sum_64)(const void *values, uint32_t count) {
  const int64_t *restrict v = values;
  int64_t high = 0;
  uint64_t low = 0;
  for (uint32_t i = 0; i < count; i++) {
    high += v[i] >> 32;
    low += (uint32_t)v[i];
  }
  return ((int128_t)high * ((int128_t)1 << 32)) + (int128_t)low;
}

#define GATHER(bits, Type)                                                                         \
  static void KERNEL(gather_##bits)(const void *table, const uint32_t *restrict rows,              \
                                    uint32_t count, void *out) {                                   \
    const Type *restrict t = table;                                                                \
    Type *restrict o = out;                                                                        \
    for (uint32_t i = 0; i < count; i++) o[i] = t[rows[i]];                                        \
  }
GATHER(8, uint8_t)
GATHER(16, uint16_t)
GATHER(32, uint32_t)
GATHER(64, int64_t)
#undef GATHER

#define WIDEN(bits, Type)                                                                          \
  static void KERNEL(widen_##bits)(const void *values, uint32_t count, int64_t base,               \
                                   int64_t *restrict out) {                                        \
    const Type *restrict v = values;                                                               \
    for (uint32_t i = 0; i < count; i++) out[i] = base + (int64_t)v[i];                            \
  }
WIDEN(8, uint8_t)
WIDEN(16, uint16_t)
WIDEN(32, uint32_t)
WIDEN(64, int64_t)
#undef WIDEN

const Kernels KERNELS_TABLE = {
    .name = KERNELS_NAME,
    .range_mask = {KERNEL(range_mask_8), KERNEL(range_mask_16), KERNEL(range_mask_32),
                   KERNEL(range_mask_64)},
    .bits_mask = {KERNEL(bits_mask_8), KERNEL(bits_mask_16), KERNEL(bits_mask_32),
                  KERNEL(bits_mask_64)},
    .bits_rows = {KERNEL(bits_rows_8), KERNEL(bits_rows_16), KERNEL(bits_rows_32),
                  KERNEL(bits_rows_64)},
    .mask_to_rows = KERNEL(mask_to_rows),
    .sum = {KERNEL(sum_8), KERNEL(sum_16), KERNEL(sum_32), KERNEL(sum_64)},
    .gather = {KERNEL(gather_8), KERNEL(gather_16), KERNEL(gather_32), KERNEL(gather_64)},
    .widen = {KERNEL(widen_8), KERNEL(widen_16), KERNEL(widen_32), KERNEL(widen_64)},
};
