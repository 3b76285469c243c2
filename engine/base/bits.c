// Copies of bit ranges, a word at a time.
#include "bits.h"

// The `count` (1..64) bits of source from bit `from`; reads no word that holds none of them.
static inline uint64_t bits_load(const uint64_t *source, size_t from, unsigned count) {
  size_t word = from >> 6;
  unsigned shift = from & 63;
  uint64_t bits = source[word] >> shift;
  if (shift + count > 64) bits |= source[word + 1] << (64 - shift);
  return count == 64 ? bits : bits & ((UINT64_C(1) << count) - 1);
}

// Writes the low `count` bits at bit `shift` of *word; shift + count <= 64.
static inline void bits_store(uint64_t *word, unsigned shift, uint64_t bits, unsigned count) {
  uint64_t mask = (count == 64 ? ~UINT64_C(0) : (UINT64_C(1) << count) - 1) << shift;
  *word = (*word & ~mask) | bits << shift;
}

void bits_copy(uint64_t *target, size_t to, const uint64_t *source, size_t from, size_t count) {
  if (to & 63) { // up to the next word of the target
    unsigned room = 64 - (to & 63);
    unsigned head = count < room ? (unsigned)count : room;
    if (!head) return;
    bits_store(&target[to >> 6], to & 63, bits_load(source, from, head), head);
    to += head, from += head, count -= head;
  }
  size_t words = count >> 6;
  if ((from & 63) == 0) {
    if (words) memcpy(&target[to >> 6], &source[from >> 6], words * 8);
  } else {
    const uint64_t *s = &source[from >> 6];
    unsigned shift = from & 63;
    for (size_t w = 0; w < words; w++)
      target[(to >> 6) + w] = s[w] >> shift | s[w + 1] << (64 - shift);
  }
  unsigned tail = count & 63;
  if (!tail) return;
  to += words * 64, from += words * 64;
  bits_store(&target[to >> 6], 0, bits_load(source, from, tail), tail);
}
