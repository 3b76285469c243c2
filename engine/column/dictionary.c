// Dictionaries: strings in chunks that never move, found through an open-addressing table of codes.
// Versions of a dictionary share the chunks of those before them; each has its own tables, which
// are copied as they lie when its first new string comes.
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

// The bytes of the strings that a version added, and those before it.
typedef struct Texts {
  _Atomic uint32_t refs;
  struct Texts *base; // or NULL
  Chunk *chunks;
} Texts;

struct DictionaryParts {
  Texts *texts;
  Str *strings;
  uint32_t *hashes;
  uint32_t *slots;
  uint32_t capacity, slot_count;
  size_t chunk_bytes;
};

struct DictionaryBuilder {
  Dictionary *base;              // or NULL
  struct DictionaryParts *parts; // NULL: of the base alone, no string is new
  uint32_t count;
};

static Texts *texts_create(Texts *base) {
  Texts *texts = mem_alloc_zero(sizeof *texts);
  texts->refs = 1;
  texts->base = base;
  if (base) atomic_fetch_add_explicit(&base->refs, 1, memory_order_relaxed);
  return texts;
}

static void texts_release(Texts *texts) {
  for (Texts *base; texts; texts = base) {
    if (atomic_fetch_sub_explicit(&texts->refs, 1, memory_order_acq_rel) != 1) return;
    for (Chunk *chunk = texts->chunks, *next; chunk; chunk = next) {
      next = chunk->next;
      mem_free(chunk);
    }
    base = texts->base;
    mem_free(texts);
  }
}

static uint32_t hash_of(Str text) {
  return (uint32_t)(str_hash(text) >> 16);
}

static Str chunk_store(struct DictionaryParts *parts, Str text) {
  Chunk *chunk = parts->texts->chunks;
  if (!chunk || chunk->capacity - chunk->used < text.size) {
    size_t capacity = parts->chunk_bytes;
    if (capacity < CHUNK_BYTES_MIN) capacity = CHUNK_BYTES_MIN;
    if (capacity > CHUNK_BYTES_MAX) capacity = CHUNK_BYTES_MAX;
    if (capacity < text.size) capacity = text.size;
    chunk = mem_alloc(sizeof *chunk + capacity);
    *chunk = (Chunk){.next = parts->texts->chunks, .capacity = capacity};
    parts->texts->chunks = chunk;
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
  if (!parts) return;
  texts_release(parts->texts);
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
  builder->base = dictionary_retain((Dictionary *)base);
  builder->count = base ? base->count : 0;
  return builder;
}

static void *copy_of(const void *array, size_t count, size_t size, size_t capacity) {
  void *copy = mem_alloc(capacity * size);
  if (count) memcpy(copy, array, count * size);
  return copy;
}

// Tables of the builder's own, for its first new string.
static void parts_fork(DictionaryBuilder *builder) {
  const struct DictionaryParts *base = builder->base ? builder->base->parts : NULL;
  struct DictionaryParts *parts = builder->parts = mem_alloc_zero(sizeof *parts);
  parts->texts = texts_create(base ? base->texts : NULL);
  if (!base) return;
  parts->chunk_bytes = base->chunk_bytes;
  parts->capacity = base->capacity;
  parts->slot_count = base->slot_count;
  parts->strings = copy_of(base->strings, builder->count, sizeof *parts->strings, parts->capacity);
  parts->hashes = copy_of(base->hashes, builder->count, sizeof *parts->hashes, parts->capacity);
  parts->slots = copy_of(base->slots, parts->slot_count, sizeof *parts->slots, parts->slot_count);
}

void dictionary_builder_destroy(DictionaryBuilder *builder) {
  if (!builder) return;
  parts_destroy(builder->parts);
  dictionary_release(builder->base);
  mem_free(builder);
}

uint32_t dictionary_builder_intern(DictionaryBuilder *builder, Str text) {
  const struct DictionaryParts *known =
      builder->parts || !builder->base ? builder->parts : builder->base->parts;
  uint32_t hash = hash_of(text), code = known ? parts_find(known, text, hash) : DICTIONARY_NONE;
  if (code != DICTIONARY_NONE) return code;
  if (!builder->parts) parts_fork(builder);
  struct DictionaryParts *parts = builder->parts;
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
  return sizeof *builder + (builder->parts ? parts_bytes(builder->parts) : 0);
}

static int compare_by_string(const void *a, const void *b, void *strings) {
  return str_compare(((const Str *)strings)[*(const uint32_t *)a],
                     ((const Str *)strings)[*(const uint32_t *)b]);
}

// The codes from `first` on in byte order of their strings; freed with mem_free.
static uint32_t *codes_sorted(const struct DictionaryParts *parts, uint32_t first, uint32_t count) {
  uint32_t *order = mem_alloc((size_t)(count - first + 1) * sizeof *order);
  for (uint32_t code = first; code < count; code++) order[code - first] = code;
  qsort_r(order, count - first, sizeof *order, compare_by_string, parts->strings);
  return order;
}

// The ranks of all codes: the base's strings are in order already, the new ones are merged in.
static uint32_t *ranks_merge(const struct DictionaryParts *parts, const Dictionary *base,
                             uint32_t count) {
  uint32_t old_count = base ? base->count : 0, old = 0, new = 0;
  uint32_t *added = codes_sorted(parts, old_count, count);
  uint32_t *ranks = mem_alloc((size_t)count * sizeof *ranks);
  uint32_t *order = mem_alloc((size_t)(old_count + 1) * sizeof *order);
  for (uint32_t code = 0; code < old_count; code++) order[dictionary_rank(base, code)] = code;
  for (uint32_t rank = 0; rank < count; rank++) {
    bool take_old = new == count - old_count ||
                    (old < old_count &&
                     str_compare(parts->strings[order[old]], parts->strings[added[new]]) < 0);
    ranks[take_old ? order[old++] : added[new ++]] = rank;
  }
  mem_free(order);
  mem_free(added);
  return ranks;
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
  const Dictionary *base = builder->base;
  uint32_t count = builder->count;
  if (remap) *remap = NULL;
  if (!builder->parts && base) {
    Dictionary *same = builder->base;
    mem_free(builder);
    return same;
  }
  if (!builder->parts) parts_fork(builder);
  struct DictionaryParts *parts = builder->parts;
  Dictionary *dictionary = mem_alloc_zero(sizeof *dictionary);
  if (sort && !(base && base->count) && count) {
    uint32_t *order = codes_sorted(parts, 0, count);
    parts_renumber(parts, order, count);
    if (remap) *remap = order_inverted(order, count);
    mem_free(order);
    dictionary->sorted_count = count;
  } else {
    // A prefix may be in order of its own accord; beyond it the rank tells the order.
    uint32_t sorted = base && base->sorted_count ? base->sorted_count : count ? 1 : 0;
    while (sorted < count && str_compare(parts->strings[sorted - 1], parts->strings[sorted]) < 0)
      sorted++;
    dictionary->sorted_count = sorted;
    if (sorted < count) dictionary->rank = ranks_merge(parts, base, count);
  }
  dictionary->refs = 1;
  dictionary->count = count;
  dictionary->strings = parts->strings;
  dictionary->parts = parts;
  dictionary->bytes = sizeof *dictionary + parts_bytes(parts) +
                      (dictionary->rank ? (size_t)count * sizeof(uint32_t) : 0);
  dictionary_release(builder->base);
  mem_free(builder);
  return dictionary;
}
