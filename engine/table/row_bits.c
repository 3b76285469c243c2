// See row_bits.h. Workers share the words: a bit that is set already is only looked at, so after
// the first few rows of a dense set nobody writes any more and the words stay in every cache.
#include "row_bits.h"
#include <assert.h>

static int64_t row_bits_bytes(uint64_t row_count) {
  return (int64_t)(bits_words(row_count) * sizeof(uint64_t));
}

Status row_bits_init(RowBits *bits, uint64_t row_count, MemoryBudget *budget, Error *error) {
  *bits = (RowBits){0};
  TRY(memory_budget_charge(budget, row_bits_bytes(row_count), error));
  bits->words = mem_alloc_zero((size_t)row_bits_bytes(row_count));
  bits->row_count = row_count;
  bits->budget = budget;
  return STATUS_OK;
}

void row_bits_clear(RowBits *bits) {
  if (bits->words) memory_budget_release(bits->budget, row_bits_bytes(bits->row_count));
  mem_free(bits->words);
  *bits = (RowBits){0};
}

void row_bits_add(RowBits *bits, const uint32_t *rows, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    assert(rows[i] < bits->row_count);
    uint64_t *word = &bits->words[rows[i] >> 6], bit = UINT64_C(1) << (rows[i] & 63);
    if (!(__atomic_load_n(word, __ATOMIC_RELAXED) & bit))
      __atomic_fetch_or(word, bit, __ATOMIC_RELAXED);
  }
}

uint64_t row_bits_count(const RowBits *bits) {
  return bits_count(bits->words, bits->row_count);
}

void row_bits_invert(RowBits *bits) {
  size_t words = bits_words(bits->row_count);
  for (size_t w = 0; w < words; w++) bits->words[w] = ~bits->words[w];
  if (bits->row_count % 64) bits->words[words - 1] &= (UINT64_C(1) << bits->row_count % 64) - 1;
}

void row_bits_intersect(RowBits *bits, const RowBits *other) {
  assert(bits->row_count == other->row_count);
  for (size_t w = 0; w < bits_words(bits->row_count); w++) bits->words[w] &= other->words[w];
}

bool row_bits_any(const RowBits *bits, uint64_t from, uint64_t to) {
  if (to > bits->row_count) to = bits->row_count;
  if (from >= to) return false;
  uint64_t first = from / 64, last = (to - 1) / 64;
  uint64_t head = ~UINT64_C(0) << from % 64, tail = ~UINT64_C(0) >> (63 - (to - 1) % 64);
  if (first == last) return bits->words[first] & head & tail;
  if (bits->words[first] & head) return true;
  for (uint64_t w = first + 1; w < last; w++)
    if (bits->words[w]) return true;
  return bits->words[last] & tail;
}

bool row_bits_all(const RowBits *bits, uint64_t from, uint64_t to) {
  if (to > bits->row_count) return from >= to;
  if (from >= to) return true;
  uint64_t first = from / 64, last = (to - 1) / 64;
  uint64_t head = ~UINT64_C(0) << from % 64, tail = ~UINT64_C(0) >> (63 - (to - 1) % 64);
  if (first == last) return !(~bits->words[first] & head & tail);
  if (~bits->words[first] & head) return false;
  for (uint64_t w = first + 1; w < last; w++)
    if (~bits->words[w]) return false;
  return !(~bits->words[last] & tail);
}

void row_bits_mask(const RowBits *bits, uint64_t row, uint32_t count, uint8_t *mask) {
  for (uint32_t i = 0; i < count; i++) mask[i] &= (uint8_t)bits_get(bits->words, row + i);
}
