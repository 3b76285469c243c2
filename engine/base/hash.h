// Hash functions: for hash tables inside one process, and for splits that must never change.
#pragma once
#include "bits.h"

// A fast mix of one 64-bit key (murmur3's finaliser). Not stable across versions.
static inline uint64_t hash_u64(uint64_t x) {
  x ^= x >> 33;
  x *= UINT64_C(0xff51afd7ed558ccd);
  x ^= x >> 33;
  x *= UINT64_C(0xc4ceb9fe1a85ec53);
  return x ^ x >> 33;
}
static inline uint64_t hash_combine(uint64_t a, uint64_t b) {
  return hash_u64(a * UINT64_C(0x9e3779b97f4a7c15) + b);
}
uint64_t hash_bytes64(const void *bytes, size_t size); // fast, in-process
// XXH64 with seed (published specification): stable for ever, for checksums and splits.
uint64_t hash_xxh64(const void *bytes, size_t size, uint64_t seed);
// The hash of splits, 0 to 2^63 - 1: XXH64 of the text, seeded by XXH64 of the salt (0 of an empty
// one), without its last bit. It must never change.
int64_t hash_stable(const void *text, size_t size, const void *salt, size_t salt_size);
