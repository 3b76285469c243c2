// An open-addressing table over short strings, tuned for values that were seen before.
#include "local_dictionary.h"
#include "hash.h"

#define SLOTS_FIRST 64

void local_dictionary_init(LocalDictionary *dictionary) {
  *dictionary = (LocalDictionary){.slot_count = SLOTS_FIRST};
  dictionary->slots = mem_alloc_zero(SLOTS_FIRST * sizeof *dictionary->slots);
  dictionary->arena = arena_create();
}

void local_dictionary_clear(LocalDictionary *dictionary) {
  mem_free(dictionary->entries);
  mem_free(dictionary->slots);
  mem_free(dictionary->global);
  arena_destroy(dictionary->arena);
  *dictionary = (LocalDictionary){0};
}

// Up to 16 bytes: first and last eight (overlapping), each as a whole word.
static inline uint64_t short_hash(const char *data, uint32_t size) {
  uint64_t first = 0, last = 0;
  if (size >= 8) {
    memcpy(&first, data, 8);
    memcpy(&last, data + size - 8, 8);
  } else if (size >= 4) {
    uint32_t a, b;
    memcpy(&a, data, 4);
    memcpy(&b, data + size - 4, 4);
    first = a, last = b;
  } else if (size) {
    first = (unsigned char)data[0] | (uint64_t)(unsigned char)data[size / 2] << 8;
    last = (unsigned char)data[size - 1];
  }
  uint64_t x = (first ^ UINT64_C(0x9e3779b97f4a7c15) * (size + 1)) * UINT64_C(0xff51afd7ed558ccd);
  x ^= x >> 32;
  x = (x ^ last) * UINT64_C(0xc4ceb9fe1a85ec53);
  return x ^ x >> 29;
}

static void dictionary_grow_slots(LocalDictionary *d) {
  mem_free(d->slots);
  d->slot_count *= 2;
  d->slots = mem_alloc_zero(d->slot_count * sizeof *d->slots);
  for (uint32_t code = 0; code < d->count; code++) {
    uint32_t at = (uint32_t)d->entries[code].hash & (d->slot_count - 1);
    while (d->slots[at]) at = (at + 1) & (d->slot_count - 1);
    d->slots[at] = code + 1;
  }
}

static uint32_t dictionary_add(LocalDictionary *d, uint64_t hash, const char *data, uint32_t size) {
  if (d->count == d->capacity) {
    d->capacity = d->capacity ? d->capacity * 2 : SLOTS_FIRST;
    d->entries = mem_realloc(d->entries, d->capacity * sizeof *d->entries);
  }
  uint32_t code = d->count++;
  d->entries[code] = (LocalEntry){hash, {arena_strndup(d->arena, data, size), size}};
  if (d->count * 2 > d->slot_count) {
    dictionary_grow_slots(d);
    return code;
  }
  uint32_t at = (uint32_t)hash & (d->slot_count - 1);
  while (d->slots[at]) at = (at + 1) & (d->slot_count - 1);
  d->slots[at] = code + 1;
  return code;
}

uint32_t local_dictionary_intern(LocalDictionary *d, const char *data, uint32_t size) {
  uint64_t hash = size <= 16 ? short_hash(data, size) : hash_bytes64(data, size);
  for (uint32_t at = (uint32_t)hash & (d->slot_count - 1); d->slots[at];
       at = (at + 1) & (d->slot_count - 1)) {
    const LocalEntry *entry = &d->entries[d->slots[at] - 1];
    if (entry->hash == hash && entry->text.size == size && !memcmp(entry->text.data, data, size))
      return d->slots[at] - 1;
  }
  return dictionary_add(d, hash, data, size);
}

size_t local_dictionary_bytes(const LocalDictionary *d) {
  return d->capacity * sizeof *d->entries + d->slot_count * sizeof *d->slots +
         d->merged * sizeof *d->global + arena_bytes(d->arena);
}
