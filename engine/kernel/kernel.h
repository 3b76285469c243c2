// Pure loops over arrays: no allocation, no I/O, no errors.
//
// Each kernel's body is written once (kernel_tmpl.h) and compiled three times: portable, for AVX2,
// for AVX-512. The table of the variant that this machine runs is chosen once; tests compare them
// all. Widths are those of packed vectors: index 0..3 for 1, 2, 4, 8 bytes.
#pragma once
#include "bits.h"

// What a kernel may write after the row numbers that it lists.
#define KERNEL_ROWS_PADDING 32

typedef struct Kernels {
  const char *name;  // "portable", "avx2", "avx512"
  size_t bits_quick; // bits_mask tests many values at once in sets of up to so many bits
  // mask[i] &= (low <= value[i] <= high) for count values; unsigned for widths 1, 2, 4 (low and
  // high fit the width), signed for 8.
  void (*range_mask[4])(const void *values, uint32_t count, int64_t low, int64_t high,
                        uint8_t *mask);
  // mask[i] &= bit (base + value[i], modulo 2^64) of the bit_count `bits`.
  void (*bits_mask[4])(const void *values, uint32_t count, int64_t base, const uint64_t *bits,
                       size_t bit_count, uint8_t *mask);
  // Keeps of rows[0 .. count-1] those for which bit (base + value[row]) is set; returns how many.
  uint32_t (*bits_rows[4])(const void *values, int64_t base, const uint64_t *bits, uint16_t *rows,
                           uint32_t count);
  // Row numbers whose mask byte is 1; returns how many. `rows` needs room for count +
  // KERNEL_ROWS_PADDING.
  uint32_t (*mask_to_rows)(const uint8_t *mask, uint32_t count, uint16_t *rows);
  // Exact sum of count values as they are packed (the base is the caller's).
  int128_t (*sum[4])(const void *values, uint32_t count);
  // out[i] = table[rows[i]], for tables of each width.
  void (*gather[4])(const void *table, const uint32_t *rows, uint32_t count, void *out);
  // out[i] = values[rows[i]], for values of each width.
  void (*select[4])(const void *values, const uint16_t *rows, uint32_t count, void *out);
  // out[i] = base + value[i] for widths 1, 2, 4, 8.
  void (*widen[4])(const void *values, uint32_t count, int64_t base, int64_t *out);
  // The same modulo 2^32.
  void (*to_u32[4])(const void *values, uint32_t count, uint32_t base, uint32_t *out);
  // packed[i] += (value[i] + shift) * stride, modulo 2^32.
  void (*pack_u32[4])(const void *values, uint32_t count, uint32_t shift, uint32_t stride,
                      uint32_t *packed);
  // out[i] = base + value[i] where taken[i] is 1 (it is 0 elsewhere), for widths 1, 2, 4, 8.
  void (*blend[4])(const void *values, uint32_t count, int64_t base, const uint8_t *taken,
                   int64_t *out);
  // sums[i], i = 0 .. count: of base + value over the values before i, modulo 2^64.
  void (*sums_before[4])(const void *values, uint32_t count, int64_t base, uint64_t *sums);
  // mask[i] = 1 where value[i] differs from the next one, and at the last.
  void (*changes)(const uint32_t *values, uint32_t count, uint8_t *mask);
  // groups[i] = slots[at[i]] - 1; returns whether one of the slots was 0.
  bool (*look_up)(const uint32_t *slots, const uint32_t *at, uint32_t count, uint32_t *groups);
  // One byte a value from values of 1, 2, 4 bits (index 0, 1, 2), the first in the lowest bits.
  void (*unpack[3])(const uint8_t *packed, uint32_t count, uint8_t *out);
} Kernels;

// The table of this machine (TESSERA_SIMD=portable or avx2 in the environment forces a narrower
// one).
const Kernels *kernels(void);
extern const Kernels kernels_portable;
#if defined(__x86_64__)
extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;
#endif

static inline unsigned kernel_width_index(unsigned width) {
  return width == 1 ? 0 : width == 2 ? 1 : width == 4 ? 2 : 3;
}
