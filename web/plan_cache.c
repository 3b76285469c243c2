// See plan_cache.h.
#include "plan_cache.h"
#include "hash.h"
#include <assert.h>
#include <pthread.h>

typedef struct Entry {
  CachedPlan plan; // the first member: what is handed out
  Arena *arena;
  char *key;
  uint32_t key_size, holders;
  bool is_out; // of the cache: goes when nobody holds it
  uint64_t hash, used;
  MemoryBudget *budget;
  int64_t charged;
} Entry;

struct PlanCache {
  pthread_mutex_t lock;
  Entry *entries[PLANS_MAX];
  uint32_t count;
  uint64_t turn;
  MemoryBudget *budget;
};

PlanCache *plan_cache_create(MemoryBudget *budget) {
  PlanCache *cache = mem_alloc_zero(sizeof *cache);
  cache->budget = budget;
  pthread_mutex_init(&cache->lock, NULL);
  return cache;
}

static void entry_destroy(Entry *entry) {
  assert(!entry->holders);
  memory_budget_release(entry->budget, entry->charged);
  arena_destroy(entry->arena);
  mem_free(entry->key);
  mem_free(entry);
}

void plan_cache_destroy(PlanCache *cache) {
  if (!cache) return;
  for (uint32_t e = 0; e < cache->count; e++) entry_destroy(cache->entries[e]);
  pthread_mutex_destroy(&cache->lock);
  mem_free(cache);
}

// The lock is held.
static Entry *entry_find(const PlanCache *cache, Str key, uint64_t hash) {
  for (uint32_t e = 0; e < cache->count; e++) {
    Entry *entry = cache->entries[e];
    if (entry->hash == hash && entry->key_size == key.size &&
        !memcmp(entry->key, key.data, key.size))
      return entry;
  }
  return NULL;
}

static const CachedPlan *entry_hold(PlanCache *cache, Entry *entry) {
  entry->holders++;
  entry->used = ++cache->turn;
  return &entry->plan;
}

const CachedPlan *plan_cache_find(PlanCache *cache, Str key) {
  if (key.size > PLAN_KEY_BYTES_MAX) return NULL;
  uint64_t hash = hash_bytes64(key.data, key.size);
  pthread_mutex_lock(&cache->lock);
  Entry *entry = entry_find(cache, key, hash);
  const CachedPlan *plan = entry ? entry_hold(cache, entry) : NULL;
  pthread_mutex_unlock(&cache->lock);
  return plan;
}

// The lock is held.
static void oldest_remove(PlanCache *cache) {
  uint32_t oldest = 0;
  for (uint32_t e = 1; e < cache->count; e++)
    if (cache->entries[e]->used < cache->entries[oldest]->used) oldest = e;
  Entry *entry = cache->entries[oldest];
  cache->entries[oldest] = cache->entries[--cache->count];
  entry->is_out = true;
  if (!entry->holders) entry_destroy(entry);
}

const CachedPlan *plan_cache_put(PlanCache *cache, Str key, const CachedPlan *plan, Arena *arena) {
  if (key.size > PLAN_KEY_BYTES_MAX || arena_bytes(arena) > PLAN_BYTES_MAX) return NULL;
  int64_t bytes = (int64_t)(arena_bytes(arena) + key.size + sizeof(Entry));
  if (memory_budget_charge(cache->budget, bytes, NULL) != STATUS_OK) return NULL;
  uint64_t hash = hash_bytes64(key.data, key.size);
  Entry *entry = mem_alloc_zero(sizeof *entry);
  *entry = (Entry){.plan = *plan,
                   .arena = arena,
                   .key = mem_strndup(key.data, key.size),
                   .key_size = key.size,
                   .hash = hash,
                   .budget = cache->budget,
                   .charged = bytes};
  pthread_mutex_lock(&cache->lock);
  if (entry_find(cache, key, hash)) {
    entry->is_out = true; // another thread was first: this one goes with its holder
  } else {
    if (cache->count == PLANS_MAX) oldest_remove(cache);
    cache->entries[cache->count++] = entry;
  }
  const CachedPlan *held = entry_hold(cache, entry);
  pthread_mutex_unlock(&cache->lock);
  return held;
}

void plan_cache_release(PlanCache *cache, const CachedPlan *plan) {
  if (!plan) return;
  Entry *entry = (Entry *)plan;
  pthread_mutex_lock(&cache->lock);
  bool goes = --entry->holders == 0 && entry->is_out;
  pthread_mutex_unlock(&cache->lock);
  if (goes) entry_destroy(entry);
}

static Status watched_find(const CatalogSegments *segments, const char *id, const int32_t *day,
                           CatalogSegment *segment, Error *error) {
  SegmentsWatch *watch = segments->context;
  watch->asked = true;
  return watch->own->find(watch->own, id, day, segment, error);
}

void segments_watch_init(SegmentsWatch *watch, const CatalogSegments *own) {
  *watch = (SegmentsWatch){.segments = {watch, watched_find}, .own = own};
}
