// A hash table made to measure: define the parameters, include this file, get typed functions.
//
//   typedef struct CodeEntry { uint32_t tag; uint32_t code; Str text; } CodeEntry;
//   #define HASH_TABLE_TYPE CodeTable            struct to define
//   #define HASH_TABLE_PREFIX code_table         functions are code_table_init, ...
//   #define HASH_TABLE_ENTRY CodeEntry           has a member `uint32_t tag`, owned by the table
//   #define HASH_TABLE_KEY Str                   what is looked up, passed by value
//   #define HASH_TABLE_KEY_MEMBER text           the entry's member that holds it
//   #define HASH_TABLE_HASH(key) str_hash(key)   -> uint64_t; its low 32 bits must be well mixed;
//                                                partition by the high ones
//   #define HASH_TABLE_EQUAL(a, b) str_equal(a, b)
//   #include "hash_table_tmpl.h"                 undefines them all again
//
// The idea: open addressing with linear probing in one array of a power of two of entries, at most
// three quarters full. The tag is the low half of the hash with its top bit set; 0 says empty. It
// turns most unequal keys away without comparing them, and the table grows and removes without
// hashing a key again. The array is charged to a MemoryBudget before it is made, so growing can
// fail cleanly: the table is then as it was.
// Invariant: between an entry's home (tag & mask) and its place no slot is empty.
//
// One thread at a time, except that _find, _next and _prefetch may run in parallel with each other.
// Entry pointers hold until the next _find_or_add, _reserve, _remove, _reset or _clear.
//
//   void   P_init(T *, MemoryBudget *budget)       budget may be NULL; nothing is allocated yet
//   void   P_clear(T *)                            frees, gives the bytes back; as after init
//   void   P_reset(T *)                            forgets the entries, keeps the memory
//   Status P_reserve(T *, size_t count, Error *)   room for `count` entries in all
//   E *    P_find(const T *, K key)                NULL: absent
//   E *    P_find_hashed(const T *, K key, uint64_t hash)
//   Status P_find_or_add(T *, K key, E **entry, bool *added, Error *)
//   Status P_find_or_add_hashed(T *, K key, uint64_t hash, E **entry, bool *added, Error *)
//          an added entry is zero but for its key; STATUS_MEMORY, or STATUS_LIMIT at 1.6e9 entries
//   bool   P_remove(T *, K key)                    whether it was there
//   E *    P_next(const T *, size_t *cursor)       each entry once, from cursor 0; NULL at the end
//   void   P_prefetch(const T *, uint64_t hash)    a hint, for batches
//   size_t P_count(const T *)
//   int64_t P_bytes(const T *)                     of the array
#include "memory.h"
#include <string.h>

#if !defined(HASH_TABLE_TYPE) || !defined(HASH_TABLE_PREFIX) || !defined(HASH_TABLE_ENTRY) ||      \
    !defined(HASH_TABLE_KEY) || !defined(HASH_TABLE_KEY_MEMBER) || !defined(HASH_TABLE_HASH) ||    \
    !defined(HASH_TABLE_EQUAL)
#error "hash_table_tmpl.h: define all of its parameters first"
#endif

#ifndef HASH_TABLE_PASTE
#define HASH_TABLE_PASTE_(a, b) a##_##b
#define HASH_TABLE_PASTE(a, b) HASH_TABLE_PASTE_(a, b)
#define HASH_TABLE_CAPACITY_FIRST 16
#define HASH_TABLE_CAPACITY_MAX ((size_t)1 << 31)
#define HASH_TABLE_UNUSED __attribute__((unused))
static inline uint32_t hash_table_tag(uint64_t hash) {
  return (uint32_t)hash | UINT32_C(1) << 31;
}
// Entries that a capacity takes before it doubles.
static inline size_t hash_table_room(size_t capacity) {
  return capacity / 4 * 3;
}
#endif
#define HASH_TABLE_NAME(verb) HASH_TABLE_PASTE(HASH_TABLE_PREFIX, verb)

typedef struct HASH_TABLE_TYPE {
  HASH_TABLE_ENTRY *entries; // NULL while capacity is 0
  size_t capacity, count;
  MemoryBudget *budget;
} HASH_TABLE_TYPE;

HASH_TABLE_UNUSED static inline void HASH_TABLE_NAME(init)(HASH_TABLE_TYPE *table,
                                                           MemoryBudget *budget) {
  *table = (HASH_TABLE_TYPE){.budget = budget};
}

HASH_TABLE_UNUSED static inline size_t HASH_TABLE_NAME(count)(const HASH_TABLE_TYPE *table) {
  return table->count;
}

HASH_TABLE_UNUSED static inline int64_t HASH_TABLE_NAME(bytes)(const HASH_TABLE_TYPE *table) {
  return (int64_t)(table->capacity * sizeof(HASH_TABLE_ENTRY));
}

HASH_TABLE_UNUSED static inline void HASH_TABLE_NAME(clear)(HASH_TABLE_TYPE *table) {
  memory_budget_release(table->budget, HASH_TABLE_NAME(bytes)(table));
  mem_free(table->entries);
  HASH_TABLE_NAME(init)(table, table->budget);
}

HASH_TABLE_UNUSED static inline void HASH_TABLE_NAME(reset)(HASH_TABLE_TYPE *table) {
  if (table->count) memset(table->entries, 0, table->capacity * sizeof(HASH_TABLE_ENTRY));
  table->count = 0;
}

// The slot where an entry of that tag that is not in the table goes. There is an empty slot.
HASH_TABLE_UNUSED static inline HASH_TABLE_ENTRY *
HASH_TABLE_NAME(vacant_slot)(const HASH_TABLE_TYPE *table, uint32_t tag) {
  size_t mask = table->capacity - 1, slot = tag & mask;
  while (table->entries[slot].tag) slot = (slot + 1) & mask;
  return &table->entries[slot];
}

HASH_TABLE_UNUSED static Status HASH_TABLE_NAME(resize)(HASH_TABLE_TYPE *table, size_t capacity,
                                                        Error *error) {
  HASH_TABLE_TYPE old = *table;
  TRY(memory_budget_charge(table->budget, (int64_t)(capacity * sizeof(HASH_TABLE_ENTRY)), error));
  table->entries = mem_alloc_zero(capacity * sizeof(HASH_TABLE_ENTRY));
  table->capacity = capacity;
  for (size_t i = 0; i < old.capacity; i++)
    if (old.entries[i].tag)
      *HASH_TABLE_NAME(vacant_slot)(table, old.entries[i].tag) = old.entries[i];
  HASH_TABLE_NAME(clear)(&old);
  return STATUS_OK;
}

HASH_TABLE_UNUSED static Status HASH_TABLE_NAME(reserve)(HASH_TABLE_TYPE *table, size_t count,
                                                         Error *error) {
  size_t capacity = table->capacity ? table->capacity : HASH_TABLE_CAPACITY_FIRST;
  while (hash_table_room(capacity) < count) {
    if (capacity == HASH_TABLE_CAPACITY_MAX)
      return error_set(error, STATUS_LIMIT, "a hash table takes at most %zu entries",
                       hash_table_room(HASH_TABLE_CAPACITY_MAX));
    capacity *= 2;
  }
  if (capacity == table->capacity) return STATUS_OK;
  return HASH_TABLE_NAME(resize)(table, capacity, error);
}

HASH_TABLE_UNUSED static inline HASH_TABLE_ENTRY *
HASH_TABLE_NAME(find_hashed)(const HASH_TABLE_TYPE *table, HASH_TABLE_KEY key, uint64_t hash) {
  if (!table->capacity) return NULL;
  uint32_t tag = hash_table_tag(hash);
  size_t mask = table->capacity - 1;
  for (size_t slot = tag & mask;; slot = (slot + 1) & mask) {
    HASH_TABLE_ENTRY *entry = &table->entries[slot];
    if (!entry->tag) return NULL;
    if (entry->tag == tag && HASH_TABLE_EQUAL(entry->HASH_TABLE_KEY_MEMBER, key)) return entry;
  }
}

HASH_TABLE_UNUSED static inline HASH_TABLE_ENTRY *
HASH_TABLE_NAME(find)(const HASH_TABLE_TYPE *table, HASH_TABLE_KEY key) {
  return HASH_TABLE_NAME(find_hashed)(table, key, HASH_TABLE_HASH(key));
}

HASH_TABLE_UNUSED static inline Status
HASH_TABLE_NAME(find_or_add_hashed)(HASH_TABLE_TYPE *table, HASH_TABLE_KEY key, uint64_t hash,
                                    HASH_TABLE_ENTRY **entry, bool *added, Error *error) {
  *entry = HASH_TABLE_NAME(find_hashed)(table, key, hash);
  *added = !*entry;
  if (*entry) return STATUS_OK;
  if (table->count >= hash_table_room(table->capacity))
    TRY(HASH_TABLE_NAME(reserve)(table, table->count + 1, error));
  HASH_TABLE_ENTRY *vacant = HASH_TABLE_NAME(vacant_slot)(table, hash_table_tag(hash));
  vacant->tag = hash_table_tag(hash);
  vacant->HASH_TABLE_KEY_MEMBER = key;
  table->count++;
  *entry = vacant;
  return STATUS_OK;
}

HASH_TABLE_UNUSED static inline Status HASH_TABLE_NAME(find_or_add)(HASH_TABLE_TYPE *table,
                                                                    HASH_TABLE_KEY key,
                                                                    HASH_TABLE_ENTRY **entry,
                                                                    bool *added, Error *error) {
  return HASH_TABLE_NAME(find_or_add_hashed)(table, key, HASH_TABLE_HASH(key), entry, added, error);
}

// Entries behind the hole move back into it unless that would put them before their home.
HASH_TABLE_UNUSED static bool HASH_TABLE_NAME(remove)(HASH_TABLE_TYPE *table, HASH_TABLE_KEY key) {
  HASH_TABLE_ENTRY *found = HASH_TABLE_NAME(find)(table, key);
  if (!found) return false;
  size_t mask = table->capacity - 1, hole = (size_t)(found - table->entries);
  for (size_t slot = (hole + 1) & mask; table->entries[slot].tag; slot = (slot + 1) & mask) {
    size_t home = table->entries[slot].tag & mask;
    if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
    table->entries[hole] = table->entries[slot];
    hole = slot;
  }
  memset(&table->entries[hole], 0, sizeof table->entries[hole]);
  table->count--;
  return true;
}

HASH_TABLE_UNUSED static inline HASH_TABLE_ENTRY *
HASH_TABLE_NAME(next)(const HASH_TABLE_TYPE *table, size_t *cursor) {
  while (*cursor < table->capacity) {
    HASH_TABLE_ENTRY *entry = &table->entries[(*cursor)++];
    if (entry->tag) return entry;
  }
  return NULL;
}

HASH_TABLE_UNUSED static inline void HASH_TABLE_NAME(prefetch)(const HASH_TABLE_TYPE *table,
                                                               uint64_t hash) {
  if (table->capacity)
    __builtin_prefetch(&table->entries[hash_table_tag(hash) & (table->capacity - 1)], 1);
}

#undef HASH_TABLE_NAME
#undef HASH_TABLE_TYPE
#undef HASH_TABLE_PREFIX
#undef HASH_TABLE_ENTRY
#undef HASH_TABLE_KEY
#undef HASH_TABLE_KEY_MEMBER
#undef HASH_TABLE_HASH
#undef HASH_TABLE_EQUAL
