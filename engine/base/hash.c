// Hashes of byte strings.
//
// hash_bytes64: folds 128-bit products of 16-byte pieces (the idea of Wang Yi's wyhash); four loads
// and one multiplication for keys up to 16 bytes. hash_xxh64: XXH64 by Yann Collet, to the letter
// of github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md, since its results are kept for ever.
#include "hash.h"

static inline uint64_t load64(const unsigned char *p) {
  uint64_t x;
  memcpy(&x, p, 8);
  return x;
}
static inline uint64_t load32(const unsigned char *p) {
  uint32_t x;
  memcpy(&x, p, 4);
  return x;
}

static inline uint64_t multiply_fold(uint64_t a, uint64_t b) {
  uint128_t product = (uint128_t)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

#define SECRET_A UINT64_C(0x2d358dccaa6c78a5)
#define SECRET_B UINT64_C(0x8bb84b93962eacc9)
#define SECRET_C UINT64_C(0x4b33a62ed433d4a3)

uint64_t hash_bytes64(const void *bytes, size_t size) {
  const unsigned char *p = bytes;
  uint64_t a = 0, b = 0, seed = SECRET_A ^ size;
  if (size > 16) {
    const unsigned char *last = p + size - 16;
    for (; p < last; p += 16) seed = multiply_fold(load64(p) ^ SECRET_B, load64(p + 8) ^ seed);
    a = load64(last);
    b = load64(last + 8);
  } else if (size >= 8) {
    a = load64(p);
    b = load64(p + size - 8);
  } else if (size >= 4) {
    a = load32(p);
    b = load32(p + size - 4);
  } else if (size > 0) {
    a = (uint64_t)p[0] << 16 | (uint64_t)p[size / 2] << 8 | p[size - 1];
  }
  return multiply_fold(SECRET_C ^ size, multiply_fold(a ^ SECRET_B, b ^ seed));
}

#define XXH_PRIME_1 UINT64_C(0x9E3779B185EBCA87)
#define XXH_PRIME_2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define XXH_PRIME_3 UINT64_C(0x165667B19E3779F9)
#define XXH_PRIME_4 UINT64_C(0x85EBCA77C2B2AE63)
#define XXH_PRIME_5 UINT64_C(0x27D4EB2F165667C5)

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "XXH64 reads little-endian words; this machine needs a byte swap in load32 and load64"
#endif

static inline uint64_t rotate_left(uint64_t x, unsigned n) {
  return x << n | x >> (64 - n);
}
static inline uint64_t xxh_round(uint64_t lane, uint64_t input) {
  return rotate_left(lane + input * XXH_PRIME_2, 31) * XXH_PRIME_1;
}
static inline uint64_t xxh_merge(uint64_t hash, uint64_t lane) {
  return (hash ^ xxh_round(0, lane)) * XXH_PRIME_1 + XXH_PRIME_4;
}

// Consumes 32-byte stripes from *p while they fit before end.
static uint64_t xxh_stripes(const unsigned char **p, const unsigned char *end, uint64_t seed) {
  uint64_t a = seed + XXH_PRIME_1 + XXH_PRIME_2, b = seed + XXH_PRIME_2, c = seed,
           d = seed - XXH_PRIME_1;
  for (; end - *p >= 32; *p += 32) {
    a = xxh_round(a, load64(*p));
    b = xxh_round(b, load64(*p + 8));
    c = xxh_round(c, load64(*p + 16));
    d = xxh_round(d, load64(*p + 24));
  }
  uint64_t hash = rotate_left(a, 1) + rotate_left(b, 7) + rotate_left(c, 12) + rotate_left(d, 18);
  return xxh_merge(xxh_merge(xxh_merge(xxh_merge(hash, a), b), c), d);
}

static uint64_t xxh_tail(uint64_t hash, const unsigned char *p, const unsigned char *end) {
  for (; end - p >= 8; p += 8)
    hash = rotate_left(hash ^ xxh_round(0, load64(p)), 27) * XXH_PRIME_1 + XXH_PRIME_4;
  if (end - p >= 4) {
    hash = rotate_left(hash ^ load32(p) * XXH_PRIME_1, 23) * XXH_PRIME_2 + XXH_PRIME_3;
    p += 4;
  }
  for (; p < end; p++) hash = rotate_left(hash ^ *p * XXH_PRIME_5, 11) * XXH_PRIME_1;
  return hash;
}

uint64_t hash_xxh64(const void *bytes, size_t size, uint64_t seed) {
  const unsigned char *p = bytes, *end = p + size;
  uint64_t hash = size >= 32 ? xxh_stripes(&p, end, seed) : seed + XXH_PRIME_5;
  hash = xxh_tail(hash + size, p, end);
  hash = (hash ^ hash >> 33) * XXH_PRIME_2;
  hash = (hash ^ hash >> 29) * XXH_PRIME_3;
  return hash ^ hash >> 32;
}

int64_t hash_stable(const void *text, size_t size, const void *salt, size_t salt_size) {
  uint64_t seed = salt_size ? hash_xxh64(salt, salt_size, 0) : 0;
  return (int64_t)(hash_xxh64(text, size, seed) >> 1);
}
