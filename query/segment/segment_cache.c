// A list of sets and of values, the last used first, bounded in bytes: a few hundred sets of some
// 65 kB, values of a byte or two a member. What is kept is charged to a budget; where that has no
// room, older sets go, then nothing more is kept.
#include "segment.h"
#include <pthread.h>

typedef struct CacheEntry CacheEntry;
struct CacheEntry {
  char *key;
  Rowset *set; // or
  SegmentValues *values;
  size_t bytes;
  CacheEntry *next;
};

struct SegmentCache {
  pthread_mutex_t mutex;
  CacheEntry *first;
  size_t bytes_max;
  MemoryBudget *budget;
};

SegmentCache *segment_cache_create(size_t bytes_max, MemoryBudget *budget) {
  SegmentCache *cache = mem_alloc_zero(sizeof *cache);
  pthread_mutex_init(&cache->mutex, NULL);
  cache->bytes_max = bytes_max;
  cache->budget = budget;
  return cache;
}

static void entry_free(const SegmentCache *cache, CacheEntry *entry) {
  memory_budget_release(cache->budget, (int64_t)entry->bytes);
  rowset_release(entry->set);
  segment_values_release(entry->values);
  mem_free(entry->key);
  mem_free(entry);
}

void segment_cache_destroy(SegmentCache *cache) {
  if (!cache) return;
  for (CacheEntry *entry = cache->first, *next; entry; entry = next) {
    next = entry->next;
    entry_free(cache, entry);
  }
  pthread_mutex_destroy(&cache->mutex);
  mem_free(cache);
}

// Takes the entry of the key out of the list; NULL: none.
static CacheEntry *entry_take(SegmentCache *cache, const char *key) {
  for (CacheEntry **place = &cache->first; *place; place = &(*place)->next) {
    CacheEntry *entry = *place;
    if (strcmp(entry->key, key) != 0) continue;
    *place = entry->next;
    return entry;
  }
  return NULL;
}

static void entry_to_front(SegmentCache *cache, CacheEntry *entry) {
  entry->next = cache->first;
  cache->first = entry;
}

// The entry's set and values, retained, or neither.
static void entry_find(SegmentCache *cache, const char *key, Rowset **set, SegmentValues **values) {
  pthread_mutex_lock(&cache->mutex);
  CacheEntry *entry = entry_take(cache, key);
  if (entry) entry_to_front(cache, entry);
  *set = entry && entry->set ? rowset_retain(entry->set) : NULL;
  *values = entry && entry->values ? segment_values_retain(entry->values) : NULL;
  pthread_mutex_unlock(&cache->mutex);
}

Rowset *segment_cache_find(SegmentCache *cache, const char *key) {
  Rowset *set;
  SegmentValues *values;
  entry_find(cache, key, &set, &values);
  return set;
}

SegmentValues *segment_cache_find_values(SegmentCache *cache, const char *key) {
  Rowset *set;
  SegmentValues *values;
  entry_find(cache, key, &set, &values);
  return values;
}

// Lets go of those that were used longest ago, until the rest take at most so many bytes.
static void cache_trim(SegmentCache *cache, size_t bytes_max) {
  size_t bytes = 0;
  for (CacheEntry **place = &cache->first; *place;) {
    CacheEntry *entry = *place;
    if (bytes + entry->bytes <= bytes_max) {
      bytes += entry->bytes;
      place = &entry->next;
      continue;
    }
    *place = entry->next;
    entry_free(cache, entry);
  }
}

// Charges an entry, in place of all others where there is no room beside them.
static bool entry_charge(SegmentCache *cache, const CacheEntry *entry) {
  Error full = ERROR_INIT;
  if (entry->bytes > cache->bytes_max) return false;
  if (memory_budget_charge(cache->budget, (int64_t)entry->bytes, &full) == STATUS_OK) return true;
  cache_trim(cache, 0);
  return memory_budget_charge(cache->budget, (int64_t)entry->bytes, &full) == STATUS_OK;
}

static void entry_put(SegmentCache *cache, const char *key, Rowset *set, SegmentValues *values) {
  pthread_mutex_lock(&cache->mutex);
  CacheEntry *entry = entry_take(cache, key);
  if (entry) entry_free(cache, entry);
  entry = mem_alloc_zero(sizeof *entry);
  entry->bytes =
      sizeof *entry + strlen(key) + (set ? rowset_bytes(set) : segment_values_bytes(values));
  if (entry_charge(cache, entry)) {
    entry->key = mem_strdup(key);
    entry->set = set ? rowset_retain(set) : NULL;
    entry->values = values ? segment_values_retain(values) : NULL;
    entry_to_front(cache, entry);
    cache_trim(cache, cache->bytes_max);
  } else {
    mem_free(entry);
  }
  pthread_mutex_unlock(&cache->mutex);
}

void segment_cache_put(SegmentCache *cache, const char *key, Rowset *set) {
  entry_put(cache, key, set, NULL);
}

void segment_cache_put_values(SegmentCache *cache, const char *key, SegmentValues *values) {
  entry_put(cache, key, NULL, values);
}
