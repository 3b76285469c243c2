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

// Sets of so few bits are looked up in registers, 64 values at a time, where there are any so wide.
#ifdef __AVX512VBMI2__
#define BITS_IN_REGISTERS 8192
#define BITS_A_PART 2048 // of four registers
#define IN_REGISTERS(width)                                                                        \
  if (width <= 2 && bit_count <= BITS_IN_REGISTERS)                                                \
  return KERNEL(bits_mask_small)(values, width, count, base, words, bit_count, mask)
#else
#define BITS_IN_REGISTERS 0
#define IN_REGISTERS(width) (void)bit_count
#endif

#ifdef __AVX512VBMI2__

// The bytes of the set at `byte` (their low 8 bits) of the 256 in t[0 .. 3].
static inline __m512i KERNEL(look_up_256)(const __m512i t[4], __m512i byte) {
  __m512i low = _mm512_permutex2var_epi8(t[0], byte, t[1]);
  __m512i high = _mm512_permutex2var_epi8(t[2], byte, t[3]);
  return _mm512_mask_mov_epi8(low, _mm512_movepi8_mask(byte), high);
}

// Bits of the positions in two vectors of 32 words each; the set has so many parts.
static inline __mmask64 KERNEL(bits_of_64)(const __m512i t[16], unsigned parts, __m512i first,
                                           __m512i second) {
  const __m512i bit_of = _mm512_set1_epi64((long long)UINT64_C(0x8040201008040201));
#define NARROW_BOTH(f)                                                                             \
  _mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvtepi16_epi8(f(first))),                       \
                     _mm512_cvtepi16_epi8(f(second)), 1)
#define BYTE_OF(x) _mm512_srli_epi16(x, 3)
#define SAME(x) (x)
  __m512i byte = NARROW_BOTH(BYTE_OF);
  __m512i place = _mm512_and_si512(NARROW_BOTH(SAME), _mm512_set1_epi8(7));
#undef SAME
#undef BYTE_OF
#undef NARROW_BOTH
  __m512i found = KERNEL(look_up_256)(t, byte);
  for (unsigned p = 1; p < parts; p++) {
    const __m512i from = _mm512_set1_epi16((short)(p * BITS_A_PART));
    __mmask64 there = _mm512_kunpackd(_mm512_cmpge_epu16_mask(second, from),
                                      _mm512_cmpge_epu16_mask(first, from));
    found = _mm512_mask_mov_epi8(found, there, KERNEL(look_up_256)(t + p * 4, byte));
  }
  return _mm512_test_epi8_mask(found, _mm512_shuffle_epi8(bit_of, place));
}

// Values of 1 or 2 bytes, tested in the registers.
static void KERNEL(bits_mask_small)(const void *values, unsigned width, uint32_t count,
                                    int64_t base, const uint64_t *restrict words, size_t bit_count,
                                    uint8_t *restrict mask) {
  __m512i table[16];
  size_t word_count = bits_words(bit_count);
  unsigned parts = (unsigned)((bit_count + BITS_A_PART - 1) / BITS_A_PART);
  for (size_t t = 0; t < 16; t++) {
    size_t left = word_count > t * 8 ? word_count - t * 8 : 0;
    table[t] = _mm512_maskz_loadu_epi64((__mmask8)_bzhi_u32(0xff, left < 8 ? (unsigned)left : 8),
                                        words + (left ? t * 8 : 0));
  }
  const __m512i shift = _mm512_set1_epi16((short)base);
  for (uint32_t i = 0; i < count; i += 64) {
    __mmask64 here = _bzhi_u64(UINT64_MAX, count - i < 64 ? count - i : 64);
    __m512i first, second;
    if (width == 1) {
      __m512i bytes = _mm512_maskz_loadu_epi8(here, (const uint8_t *)values + i);
      first = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(bytes));
      second = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(bytes, 1));
    } else {
      const uint16_t *v = (const uint16_t *)values + i;
      first = _mm512_maskz_loadu_epi16((__mmask32)here, v);
      second = _mm512_maskz_loadu_epi16((__mmask32)(here >> 32), v + 32);
    }
    __mmask64 set = KERNEL(bits_of_64)(table, parts, _mm512_add_epi16(first, shift),
                                       _mm512_add_epi16(second, shift));
    __m512i before = _mm512_maskz_loadu_epi8(here, mask + i);
    _mm512_mask_storeu_epi8(mask + i, here, _mm512_maskz_mov_epi8(set, before));
  }
}
#endif

#define BITS_MASK(bits, Type)                                                                      \
  static void KERNEL(bits_mask_##bits)(const void *values, uint32_t count, int64_t base,           \
                                       const uint64_t *restrict words, size_t bit_count,           \
                                       uint8_t *restrict mask) {                                   \
    const Type *restrict v = values;                                                               \
    IN_REGISTERS(bits / 8);                                                                        \
    for (uint32_t i = 0; i < count; i++)                                                           \
      mask[i] &= bits_get(words, (size_t)((uint64_t)base + (uint64_t)v[i]));                       \
  }
BITS_MASK(8, uint8_t)
BITS_MASK(16, uint16_t)
BITS_MASK(32, uint32_t)
BITS_MASK(64, int64_t)
#undef BITS_MASK
#undef IN_REGISTERS

#define BITS_ROWS(bits, Type)                                                                      \
  static uint32_t KERNEL(bits_rows_##bits)(const void *values, int64_t base,                       \
                                           const uint64_t *restrict words,                         \
                                           uint16_t *restrict rows, uint32_t count) {              \
    const Type *restrict v = values;                                                               \
    uint32_t n = 0;                                                                                \
    for (uint32_t i = 0; i < count; i++) {                                                         \
      uint16_t row = rows[i];                                                                      \
      rows[n] = row;                                                                               \
      n += bits_get(words, (size_t)((uint64_t)base + (uint64_t)v[row]));                           \
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
#ifdef __AVX512VBMI2__
  __m512i row = _mm512_set_epi16(31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15,
                                 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  for (; i + 32 <= count; i += 32) {
    __m256i bytes = _mm256_loadu_si256((const void *)(mask + i));
    __mmask32 set = _mm256_test_epi8_mask(bytes, bytes);
    _mm512_storeu_si512(rows + n, _mm512_maskz_compress_epi16(set, row));
    n += (uint32_t)__builtin_popcount(set);
    row = _mm512_add_epi16(row, _mm512_set1_epi16(32));
  }
#endif
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

#define SELECT(bits, Type)                                                                         \
  static void KERNEL(select_##bits)(const void *values, const uint16_t *restrict rows,             \
                                    uint32_t count, void *out) {                                   \
    const Type *restrict v = values;                                                               \
    Type *restrict o = out;                                                                        \
    for (uint32_t i = 0; i < count; i++) o[i] = v[rows[i]];                                        \
  }
SELECT(8, uint8_t)
SELECT(16, uint16_t)
SELECT(32, uint32_t)
SELECT(64, int64_t)
#undef SELECT

#define TO_U32(bits, Type)                                                                         \
  static void KERNEL(to_u32_##bits)(const void *values, uint32_t count, uint32_t base,             \
                                    uint32_t *restrict out) {                                      \
    const Type *restrict v = values;                                                               \
    for (uint32_t i = 0; i < count; i++) out[i] = base + (uint32_t)v[i];                           \
  }
TO_U32(8, uint8_t)
TO_U32(16, uint16_t)
TO_U32(32, uint32_t)
TO_U32(64, uint64_t)
#undef TO_U32

#define PACK_U32(bits, Type)                                                                       \
  static void KERNEL(pack_u32_##bits)(const void *values, uint32_t count, uint32_t shift,          \
                                      uint32_t stride, uint32_t *restrict packed) {                \
    const Type *restrict v = values;                                                               \
    for (uint32_t i = 0; i < count; i++) packed[i] += ((uint32_t)v[i] + shift) * stride;           \
  }
PACK_U32(8, uint8_t)
PACK_U32(16, uint16_t)
PACK_U32(32, uint32_t)
PACK_U32(64, uint64_t)
#undef PACK_U32

#define BLEND(bits, Type)                                                                          \
  static void KERNEL(blend_##bits)(const void *values, uint32_t count, int64_t base,               \
                                   const uint8_t *restrict taken, int64_t *restrict out) {         \
    const Type *restrict v = values;                                                               \
    for (uint32_t i = 0; i < count; i++) out[i] = taken[i] ? base + (int64_t)v[i] : out[i];        \
  }
BLEND(8, uint8_t)
BLEND(16, uint16_t)
BLEND(32, uint32_t)
BLEND(64, int64_t)
#undef BLEND

// Modulo 2^64, as unsigned, so that differences of sums are right whatever the sums are.
#define SUMS_BEFORE(bits, Type)                                                                    \
  static void KERNEL(sums_before_##bits)(const void *values, uint32_t count, int64_t base,         \
                                         uint64_t *restrict sums) {                                \
    const Type *restrict v = values;                                                               \
    uint64_t sum = 0;                                                                              \
    for (uint32_t i = 0; i < count; i++) {                                                         \
      sums[i] = sum;                                                                               \
      sum += (uint64_t)base + (uint64_t)v[i];                                                      \
    }                                                                                              \
    sums[count] = sum;                                                                             \
  }
SUMS_BEFORE(8, uint8_t)
SUMS_BEFORE(16, uint16_t)
SUMS_BEFORE(32, uint32_t)
SUMS_BEFORE(64, int64_t)
#undef SUMS_BEFORE

static void KERNEL(changes)(const uint32_t *restrict values, uint32_t count,
                            uint8_t *restrict mask) {
  if (!count) return;
  for (uint32_t i = 0; i + 1 < count; i++) mask[i] = values[i] != values[i + 1];
  mask[count - 1] = 1;
}

static bool KERNEL(look_up)(const uint32_t *restrict slots, const uint32_t *restrict at,
                            uint32_t count, uint32_t *restrict groups) {
  uint32_t most = 0; // of a free slot the number is the greatest that there is
  for (uint32_t i = 0; i < count; i++) {
    uint32_t group = slots[at[i]] - 1;
    groups[i] = group;
    most = group > most ? group : most;
  }
  return most == UINT32_MAX;
}

// Eight values at a time: `bits` bytes of them.
static inline uint64_t KERNEL(spread_eight)(const uint8_t *packed, unsigned bits) {
  uint32_t eight = 0;
  memcpy(&eight, packed, bits);
#ifdef __BMI2__
  return _pdep_u64(eight, UINT64_C(0x0101010101010101) * ((1u << bits) - 1));
#else
  uint64_t bytes = 0;
  for (unsigned k = 0; k < 8; k++)
    bytes |= (uint64_t)(eight >> k * bits & ((1u << bits) - 1)) << 8 * k;
  return bytes;
#endif
}

#define UNPACK(bits)                                                                               \
  static void KERNEL(unpack_##bits)(const uint8_t *restrict packed, uint32_t count,                \
                                    uint8_t *restrict out) {                                       \
    uint32_t i = 0;                                                                                \
    for (; i + 8 <= count; i += 8) {                                                               \
      uint64_t bytes = KERNEL(spread_eight)(packed + i / 8 * bits, bits);                          \
      memcpy(out + i, &bytes, 8);                                                                  \
    }                                                                                              \
    for (; i < count; i++)                                                                         \
      out[i] = (uint8_t)(packed[i * bits / 8] >> (i * bits % 8)) & ((1u << bits) - 1);             \
  }
UNPACK(1)
UNPACK(2)
UNPACK(4)
#undef UNPACK

const Kernels KERNELS_TABLE = {
    .name = KERNELS_NAME,
    .bits_quick = BITS_IN_REGISTERS,
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
    .select = {KERNEL(select_8), KERNEL(select_16), KERNEL(select_32), KERNEL(select_64)},
    .to_u32 = {KERNEL(to_u32_8), KERNEL(to_u32_16), KERNEL(to_u32_32), KERNEL(to_u32_64)},
    .pack_u32 = {KERNEL(pack_u32_8), KERNEL(pack_u32_16), KERNEL(pack_u32_32), KERNEL(pack_u32_64)},
    .blend = {KERNEL(blend_8), KERNEL(blend_16), KERNEL(blend_32), KERNEL(blend_64)},
    .sums_before = {KERNEL(sums_before_8), KERNEL(sums_before_16), KERNEL(sums_before_32),
                    KERNEL(sums_before_64)},
    .changes = KERNEL(changes),
    .look_up = KERNEL(look_up),
    .unpack = {KERNEL(unpack_1), KERNEL(unpack_2), KERNEL(unpack_4)},
};
