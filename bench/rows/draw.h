// Random numbers of a row: a stream that depends on (seed, table, row number) alone.
//
// splitmix64 (Steele, Lea, Flood, OOPSLA 2014). A draw of 64 bits is used as a mixed-radix
// fraction: take(&fraction, n) yields 0..n-1 and leaves the rest, so one multiplication a value;
// the product of the radixes taken from one draw stays far below 2^64, which keeps the bias below
// 2^-40. No state outlives a row, so any row can be made at any time by any thread.
#pragma once
#include "bits.h"

static inline uint64_t draw_mix(uint64_t x) {
  x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
  return x ^ x >> 31;
}

static inline uint64_t draw_open(uint64_t seed, uint64_t table, uint64_t row) {
  return draw_mix(draw_mix(seed ^ table << 56) + row * UINT64_C(0xd1342543de82ef95));
}

static inline uint64_t draw_next(uint64_t *stream) {
  return draw_mix(*stream += UINT64_C(0x9e3779b97f4a7c15));
}

static inline uint32_t draw_take(uint64_t *fraction, uint32_t n) {
  uint128_t product = (uint128_t)*fraction * n;
  *fraction = (uint64_t)product;
  return (uint32_t)(product >> 64);
}
