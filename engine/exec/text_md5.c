// MD5 (RFC 1321), for SQL's md5(): a fingerprint of texts, not a protection of them.
#include "text_md5.h"
#include <string.h>

#define BLOCK_BYTES 64

typedef struct Md5 {
  uint32_t a, b, c, d;
} Md5;

static uint32_t rotate_left(uint32_t x, unsigned bits) {
  return x << bits | x >> (32 - bits);
}

static uint32_t load32(const unsigned char *at) { // little-endian
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

// T of the RFC: 2^32 times |sin(i + 1)|, cut.
static const uint32_t SINES[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static void block_add(Md5 *state, const unsigned char *block) {
  static const uint8_t shifts[4][4] = {
      {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  Md5 s = *state;
  for (unsigned i = 0; i < 64; i++) {
    uint32_t mixed;
    unsigned word;
    if (i < 16)
      mixed = (s.b & s.c) | (~s.b & s.d), word = i;
    else if (i < 32)
      mixed = (s.d & s.b) | (~s.d & s.c), word = (5 * i + 1) % 16;
    else if (i < 48)
      mixed = s.b ^ s.c ^ s.d, word = (3 * i + 5) % 16;
    else
      mixed = s.c ^ (s.b | ~s.d), word = 7 * i % 16;
    uint32_t sum = s.a + mixed + SINES[i] + load32(block + 4 * word);
    s = (Md5){s.d, s.b + rotate_left(sum, shifts[i / 16][i % 4]), s.b, s.c};
  }
  *state = (Md5){state->a + s.a, state->b + s.b, state->c + s.c, state->d + s.d};
}

void text_md5(Str text, char out[MD5_TEXT_BYTES]) {
  static const char digits[] = "0123456789abcdef";
  Md5 state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  const unsigned char *data = (const unsigned char *)text.data;
  size_t whole = text.size / BLOCK_BYTES * BLOCK_BYTES, rest = text.size - whole;
  for (size_t at = 0; at < whole; at += BLOCK_BYTES) block_add(&state, data + at);
  // What is left, a bit 1, zeros, and the length in bits: one block or two.
  unsigned char last[2 * BLOCK_BYTES] = {0};
  size_t size = rest + 9 <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
  if (rest) memcpy(last, data + whole, rest);
  last[rest] = 0x80;
  uint64_t bits = (uint64_t)text.size * 8;
  for (size_t i = 0; i < 8; i++) last[size - 8 + i] = (unsigned char)(bits >> 8 * i);
  for (size_t at = 0; at < size; at += BLOCK_BYTES) block_add(&state, last + at);
  const uint32_t words[] = {state.a, state.b, state.c, state.d};
  for (size_t i = 0; i < 16; i++) {
    unsigned byte = words[i / 4] >> 8 * (i % 4) & 0xff;
    out[2 * i] = digits[byte >> 4];
    out[2 * i + 1] = digits[byte & 15];
  }
}
