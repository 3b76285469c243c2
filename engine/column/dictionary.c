// Dictionaries: strings in chunks that never move, found through an open-addressing table of codes.
//
//   slots: [code+1 | 0 empty]   power of two, at most 7/8 full, linear probing on the string's hash
//   hashes[code]                kept so that growing needs no string bytes
#include "dictionary.h"
#include <stdatomic.h>
#include <stdlib.h>

#define CHUNK_BYTES_MIN 1024         // the first; each next one doubles what there is,
#define CHUNK_BYTES_MAX (256 * 1024) // up to here

typedef struct Chunk {
  struct Chunk *next;
  size_t used, capacity;
  char bytes[];
} Chunk;

struct DictionaryParts {
  Chunk *chunks;
  Str *strings;
  uint32_t *hashes;
  uint32_t *slots;
  uint32_t capacity, slot_count;
  size_t chunk_bytes;
};

struct DictionaryBuilder {
  struct DictionaryParts *parts;
  uint32_t count, base_count, base_sorted;
};

static uint32_t hash_of(Str text) {
  return (uint32_t)(str_hash(text) >> 16);
}

static Str chunk_store(struct DictionaryParts *parts, Str text) {
  Chunk *chunk = parts->chunks;
  if (!chunk || chunk->capacity - chunk->used < text.size) {
    size_t capacity = parts->chunk_bytes;
    if (capacity < CHUNK_BYTES_MIN) capacity = CHUNK_BYTES_MIN;
    if (capacity > CHUNK_BYTES_MAX) capacity = CHUNK_BYTES_MAX;
    if (capacity < text.size) capacity = text.size;
    chunk = mem_alloc(sizeof *chunk + capacity);
    *chunk = (Chunk){.next = parts->chunks, .capacity = capacity};
    parts->chunks = chunk;
    parts->chunk_bytes += sizeof *chunk + capacity;
  }
  char *place = chunk->bytes + chunk->used;
  if (text.size) memcpy(place, text.data, text.size); // an empty one may have no bytes at all
  chunk->used += text.size;
  return (Str){place, text.size};
}

static void slots_insert(struct DictionaryParts *parts, uint32_t code) {
  uint32_t mask = parts->slot_count - 1, at = parts->hashes[code] & mask;
  while (parts->slots[at]) at = (at + 1) & mask;
  parts->slots[at] = code + 1;
}

static void parts_grow(struct DictionaryParts *parts, uint32_t count) {
  if (count == parts->capacity) {
    parts->capacity = parts->capacity ? parts->capacity * 2 : 64;
    parts->strings = mem_realloc(parts->strings, parts->capacity * sizeof *parts->strings);
    parts->hashes = mem_realloc(parts->hashes, parts->capacity * sizeof *parts->hashes);
  }
  if ((uint64_t)(count + 1) * 8 < (uint64_t)parts->slot_count * 7) return;
  parts->slot_count = parts->slot_count ? parts->slot_count * 2 : 128;
  mem_free(parts->slots);
  parts->slots = mem_alloc_zero(parts->slot_count * sizeof *parts->slots);
  for (uint32_t code = 0; code < count; code++) slots_insert(parts, code);
}

static void parts_destroy(struct DictionaryParts *parts) {
  for (Chunk *chunk = parts->chunks, *next; chunk; chunk = next) {
    next = chunk->next;
    mem_free(chunk);
  }
  mem_free(parts->strings);
  mem_free(parts->hashes);
  mem_free(parts->slots);
  mem_free(parts);
}

static uint32_t parts_find(const struct DictionaryParts *parts, Str text, uint32_t hash) {
  if (!parts->slot_count) return DICTIONARY_NONE;
  uint32_t mask = parts->slot_count - 1;
  for (uint32_t at = hash & mask; parts->slots[at]; at = (at + 1) & mask) {
    uint32_t code = parts->slots[at] - 1;
    if (parts->hashes[code] == hash && str_equal(parts->strings[code], text)) return code;
  }
  return DICTIONARY_NONE;
}

Dictionary *dictionary_retain(Dictionary *dictionary) {
  if (dictionary) atomic_fetch_add_explicit(&dictionary->refs, 1, memory_order_relaxed);
  return dictionary;
}

void dictionary_release(Dictionary *dictionary) {
  if (!dictionary || atomic_fetch_sub_explicit(&dictionary->refs, 1, memory_order_acq_rel) != 1)
    return;
  parts_destroy(dictionary->parts);
  mem_free((void *)dictionary->rank);
  mem_free(dictionary);
}

uint32_t dictionary_find(const Dictionary *dictionary, Str text) {
  return parts_find(dictionary->parts, text, hash_of(text));
}

uint32_t dictionary_lower_bound(const Dictionary *dictionary, Str text) {
  uint32_t low = 0, high = dictionary->sorted_count, below_tail = 0;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (str_compare(dictionary->strings[middle], text) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  for (uint32_t code = dictionary->sorted_count; code < dictionary->count; code++)
    below_tail += str_compare(dictionary->strings[code], text) < 0;
  return low + below_tail;
}

DictionaryBuilder *dictionary_builder_create(const Dictionary *base) {
  DictionaryBuilder *builder = mem_alloc_zero(sizeof *builder);
  builder->parts = mem_alloc_zero(sizeof *builder->parts);
  if (!base) return builder;
  for (uint32_t code = 0; code < base->count; code++)
    dictionary_builder_intern(builder, base->strings[code]);
  builder->base_count = base->count;
  builder->base_sorted = base->sorted_count;
  return builder;
}

void dictionary_builder_destroy(DictionaryBuilder *builder) {
  if (!builder) return;
  parts_destroy(builder->parts);
  mem_free(builder);
}

uint32_t dictionary_builder_intern(DictionaryBuilder *builder, Str text) {
  struct DictionaryParts *parts = builder->parts;
  uint32_t hash = hash_of(text), code = parts_find(parts, text, hash);
  if (code != DICTIONARY_NONE) return code;
  parts_grow(parts, builder->count);
  code = builder->count++;
  parts->strings[code] = chunk_store(parts, text);
  parts->hashes[code] = hash;
  slots_insert(parts, code);
  return code;
}

uint32_t dictionary_builder_count(const DictionaryBuilder *builder) {
  return builder->count;
}

static size_t parts_bytes(const struct DictionaryParts *parts) {
  return sizeof *parts + parts->chunk_bytes + parts->slot_count * sizeof *parts->slots +
         parts->capacity * (sizeof *parts->strings + sizeof *parts->hashes);
}

size_t dictionary_builder_bytes(const DictionaryBuilder *builder) {
  return parts_bytes(builder->parts);
}

static int compare_by_string(const void *a, const void *b, void *strings) {
  return str_compare(((const Str *)strings)[*(const uint32_t *)a],
                     ((const Str *)strings)[*(const uint32_t *)b]);
}

// The codes in byte order of their strings; freed with mem_free.
static uint32_t *codes_sorted(const struct DictionaryParts *parts, uint32_t count) {
  uint32_t *order = mem_alloc((size_t)count * sizeof *order);
  for (uint32_t code = 0; code < count; code++) order[code] = code;
  qsort_r(order, count, sizeof *order, compare_by_string, parts->strings);
  return order;
}

static uint32_t *order_inverted(const uint32_t *order, uint32_t count) {
  uint32_t *inverse = mem_alloc((size_t)count * sizeof *inverse);
  for (uint32_t i = 0; i < count; i++) inverse[order[i]] = i;
  return inverse;
}

// Hands codes out anew in the given order.
static void parts_renumber(struct DictionaryParts *parts, const uint32_t *order, uint32_t count) {
  Str *strings = mem_alloc((size_t)parts->capacity * sizeof *strings);
  uint32_t *hashes = mem_alloc((size_t)parts->capacity * sizeof *hashes);
  for (uint32_t i = 0; i < count; i++) {
    strings[i] = parts->strings[order[i]];
    hashes[i] = parts->hashes[order[i]];
  }
  mem_free(parts->strings);
  mem_free(parts->hashes);
  parts->strings = strings;
  parts->hashes = hashes;
  memset(parts->slots, 0, parts->slot_count * sizeof *parts->slots);
  for (uint32_t code = 0; code < count; code++) slots_insert(parts, code);
}

Dictionary *dictionary_builder_finish(DictionaryBuilder *builder, bool sort, uint32_t **remap) {
  struct DictionaryParts *parts = builder->parts;
  uint32_t count = builder->count;
  Dictionary *dictionary = mem_alloc_zero(sizeof *dictionary);
  if (remap) *remap = NULL;
  if (sort && !builder->base_count && count) {
    uint32_t *order = codes_sorted(parts, count);
    parts_renumber(parts, order, count);
    if (remap) *remap = order_inverted(order, count);
    mem_free(order);
    dictionary->sorted_count = count;
  } else {
    // A prefix may be in order of its own accord; beyond it the rank tells the order.
    uint32_t sorted = count ? 1 : 0;
    while (sorted < count && str_compare(parts->strings[sorted - 1], parts->strings[sorted]) < 0)
      sorted++;
    dictionary->sorted_count = sorted;
    if (sorted < count) {
      uint32_t *order = codes_sorted(parts, count);
      dictionary->rank = order_inverted(order, count);
      mem_free(order);
    }
  }
  dictionary->refs = 1;
  dictionary->count = count;
  dictionary->strings = parts->strings;
  dictionary->parts = parts;
  dictionary->bytes = sizeof *dictionary + parts_bytes(parts) +
                      (dictionary->rank ? (size_t)count * sizeof(uint32_t) : 0);
  mem_free(builder);
  return dictionary;
}
