// A list of sets, the last used first, bounded in bytes: a few hundred of some 65 kB.
#include "segment.h"
#include <pthread.h>

typedef struct CacheEntry CacheEntry;
struct CacheEntry {
  char *key;
  Rowset *set;
  size_t bytes;
  CacheEntry *next;
};

struct SegmentCache {
  pthread_mutex_t mutex;
  CacheEntry *first;
  size_t bytes, bytes_max;
};

SegmentCache *segment_cache_create(size_t bytes_max) {
  SegmentCache *cache = mem_alloc_zero(sizeof *cache);
  pthread_mutex_init(&cache->mutex, NULL);
  cache->bytes_max = bytes_max;
  return cache;
}

static void entry_free(CacheEntry *entry) {
  rowset_release(entry->set);
  mem_free(entry->key);
  mem_free(entry);
}

void segment_cache_destroy(SegmentCache *cache) {
  if (!cache) return;
  for (CacheEntry *entry = cache->first, *next; entry; entry = next) {
    next = entry->next;
    entry_free(entry);
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

Rowset *segment_cache_find(SegmentCache *cache, const char *key) {
  pthread_mutex_lock(&cache->mutex);
  CacheEntry *entry = entry_take(cache, key);
  if (entry) entry_to_front(cache, entry);
  Rowset *set = entry ? rowset_retain(entry->set) : NULL;
  pthread_mutex_unlock(&cache->mutex);
  return set;
}

// Lets go of the last used until what is left fits.
static void cache_trim(SegmentCache *cache) {
  size_t bytes = 0;
  for (CacheEntry **place = &cache->first; *place;) {
    CacheEntry *entry = *place;
    if (bytes + entry->bytes <= cache->bytes_max) {
      bytes += entry->bytes;
      place = &entry->next;
      continue;
    }
    *place = entry->next;
    entry_free(entry);
  }
  cache->bytes = bytes;
}

void segment_cache_put(SegmentCache *cache, const char *key, Rowset *set) {
  pthread_mutex_lock(&cache->mutex);
  CacheEntry *entry = entry_take(cache, key);
  if (entry) entry_free(entry);
  entry = mem_alloc_zero(sizeof *entry);
  entry->key = mem_strdup(key);
  entry->set = rowset_retain(set);
  entry->bytes = sizeof *entry + strlen(key) + rowset_bytes(set);
  entry_to_front(cache, entry);
  cache_trim(cache);
  pthread_mutex_unlock(&cache->mutex);
}
