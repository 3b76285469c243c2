// Open addressing with linear probing, at most half full; slots point into an array of entries.
//
// While integer keys rise, entries are runs: keys and rows that rise by one together share an
// entry, so that a fact's line numbers take next to nothing. The first key that does not rise has
// the runs spread out and the slots built.
#include "key_map.h"
#include "hash.h"

#define SLOTS_FIRST 1024

typedef struct KeyEntry {
  union {
    int64_t number;
    Str text;
  };
  uint32_t row, count; // rows are below 2^32; count: of a run
} KeyEntry;

struct KeyMap {
  bool is_text;
  KeyEntry *entries;
  uint32_t count, capacity;
  uint32_t *slots; // entry + 1; 0: empty. NULL: integers that rose until now
  uint32_t slot_count;
  Arena *arena; // of texts
};

KeyMap *key_map_create(bool text) {
  KeyMap *map = mem_alloc_zero(sizeof *map);
  map->is_text = text;
  if (text) map->arena = arena_create();
  return map;
}

void key_map_destroy(KeyMap *map) {
  if (!map) return;
  mem_free(map->entries);
  mem_free(map->slots);
  arena_destroy(map->arena);
  mem_free(map);
}

static uint64_t entry_hash(const KeyMap *map, const KeyEntry *entry) {
  return map->is_text ? str_hash(entry->text) : hash_u64((uint64_t)entry->number);
}

static void slots_build(KeyMap *map) {
  uint32_t slots = SLOTS_FIRST;
  while (slots < (uint64_t)map->count * 4) slots *= 2;
  mem_free(map->slots);
  map->slots = mem_alloc_zero((size_t)slots * sizeof *map->slots);
  map->slot_count = slots;
  for (uint32_t i = 0; i < map->count; i++) {
    uint32_t at = (uint32_t)entry_hash(map, &map->entries[i]) & (slots - 1);
    while (map->slots[at]) at = (at + 1) & (slots - 1);
    map->slots[at] = i + 1;
  }
}

static void entry_append(KeyMap *map, KeyEntry entry);

static void runs_spread(KeyMap *map) {
  KeyEntry *runs = map->entries;
  uint32_t run_count = map->count;
  map->entries = NULL;
  map->count = map->capacity = 0;
  for (uint32_t r = 0; r < run_count; r++)
    for (uint32_t i = 0; i < runs[r].count; i++)
      entry_append(map,
                   (KeyEntry){.number = runs[r].number + i, .row = runs[r].row + i, .count = 1});
  mem_free(runs);
}

static void entry_append(KeyMap *map, KeyEntry entry) {
  if (map->count == map->capacity) {
    map->capacity = map->capacity ? map->capacity * 2 : 256;
    map->entries = mem_realloc(map->entries, map->capacity * sizeof *map->entries);
  }
  map->entries[map->count++] = entry;
}

uint64_t key_map_put_int(KeyMap *map, int64_t key, uint64_t row) {
  if (!map->slots) {
    KeyEntry *last = map->count ? &map->entries[map->count - 1] : NULL;
    int64_t last_key = last ? last->number + (last->count - 1) : 0;
    if (last && key > last_key && key - 1 == last_key && row == (uint64_t)last->row + last->count) {
      last->count++;
      return KEY_MAP_NONE;
    }
    if (!last || key > last_key) {
      entry_append(map, (KeyEntry){.number = key, .row = (uint32_t)row, .count = 1});
      return KEY_MAP_NONE;
    }
    runs_spread(map);
    slots_build(map);
  }
  uint32_t mask = map->slot_count - 1, at = (uint32_t)hash_u64((uint64_t)key) & mask;
  for (; map->slots[at]; at = (at + 1) & mask)
    if (map->entries[map->slots[at] - 1].number == key) return map->entries[map->slots[at] - 1].row;
  entry_append(map, (KeyEntry){.number = key, .row = (uint32_t)row, .count = 1});
  map->slots[at] = map->count;
  if ((uint64_t)map->count * 2 > map->slot_count) slots_build(map);
  return KEY_MAP_NONE;
}

uint64_t key_map_put_text(KeyMap *map, Str key, uint64_t row) {
  if (!map->slots) slots_build(map);
  uint32_t mask = map->slot_count - 1, at = (uint32_t)str_hash(key) & mask;
  for (; map->slots[at]; at = (at + 1) & mask)
    if (str_equal(map->entries[map->slots[at] - 1].text, key))
      return map->entries[map->slots[at] - 1].row;
  Str copy = {arena_strndup(map->arena, key.data, key.size), key.size};
  entry_append(map, (KeyEntry){.text = copy, .row = (uint32_t)row, .count = 1});
  map->slots[at] = map->count;
  if ((uint64_t)map->count * 2 > map->slot_count) slots_build(map);
  return KEY_MAP_NONE;
}

size_t key_map_bytes(const KeyMap *map) {
  return map->capacity * sizeof *map->entries + (size_t)map->slot_count * sizeof *map->slots +
         (map->arena ? arena_bytes(map->arena) : 0);
}
