// Bitmaps as arrays of 64-bit words, bit i in word i/64; and integer helpers.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef __int128 int128_t;
typedef unsigned __int128 uint128_t;

static inline size_t bits_words(size_t bit_count) {
  return (bit_count + 63) / 64;
}
static inline bool bits_get(const uint64_t *words, size_t i) {
  return words[i >> 6] >> (i & 63) & 1;
}
static inline void bits_set(uint64_t *words, size_t i) {
  words[i >> 6] |= UINT64_C(1) << (i & 63);
}
static inline void bits_clear(uint64_t *words, size_t i) {
  words[i >> 6] &= ~(UINT64_C(1) << (i & 63));
}
static inline void bits_put(uint64_t *words, size_t i, bool value) {
  words[i >> 6] = (words[i >> 6] & ~(UINT64_C(1) << (i & 63))) | (uint64_t)value << (i & 63);
}
// Number of set bits among the first bit_count; bits beyond them are not read as set.
static inline size_t bits_count(const uint64_t *words, size_t bit_count) {
  size_t n = 0;
  for (size_t w = 0; w < bit_count / 64; w++) n += (size_t)__builtin_popcountll(words[w]);
  if (bit_count % 64)
    n += (size_t)__builtin_popcountll(words[bit_count / 64] &
                                      ((UINT64_C(1) << (bit_count % 64)) - 1));
  return n;
}
// Sets the first bit_count bits and clears the rest of the last word.
static inline void bits_fill(uint64_t *words, size_t bit_count) {
  memset(words, 0xff, bit_count / 64 * 8);
  if (bit_count % 64) words[bit_count / 64] = (UINT64_C(1) << (bit_count % 64)) - 1;
}
// Packs count bytes of 0 or 1 into bits; `bytes` is read up to the next multiple of 8.
static inline void bits_from_bytes(const uint8_t *bytes, size_t count, uint64_t *words) {
  memset(words, 0, bits_words(count) * sizeof *words);
  for (size_t i = 0; i < count; i += 8) {
    uint64_t eight;
    memcpy(&eight, bytes + i, 8);
    if (count - i < 8) eight &= (UINT64_C(1) << (count - i) * 8) - 1;
    // The multiplication moves the lowest bit of byte k to bit 56 + k.
    words[i / 64] |= (eight * UINT64_C(0x0102040810204080)) >> 56 << (i % 64);
  }
}
// bytes[i] &= bit i, for bytes of 0 or 1; `bytes` has room up to the next multiple of 8.
static inline void bits_and_bytes(const uint64_t *words, size_t count, uint8_t *bytes) {
  for (size_t i = 0; i < count; i += 8) {
    // Byte k keeps bit k of the eight, which the addition and the shift make 0 or 1.
    uint64_t spread = (words[i / 64] >> (i % 64) & 0xff) * UINT64_C(0x0101010101010101), eight;
    spread = (spread & UINT64_C(0x8040201008040201)) + UINT64_C(0x7f7f7f7f7f7f7f7f);
    memcpy(&eight, bytes + i, 8);
    eight &= spread >> 7 & UINT64_C(0x0101010101010101);
    memcpy(bytes + i, &eight, 8);
  }
}
// Copies `count` bits from bit `from` of source to bit `to` of target, which must not overlap.
void bits_copy(uint64_t *target, size_t to, const uint64_t *source, size_t from, size_t count);
// Number of bits that hold `value`: 0 for 0.
static inline unsigned bits_width(uint64_t value) {
  return value ? 64 - (unsigned)__builtin_clzll(value) : 0;
}
