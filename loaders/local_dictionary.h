// Strings of one column as one worker meets them: local codes, so that workers share nothing.
//
// A worker keeps its dictionary for the whole table; the ordered step of the load interns only the
// strings that are new since the last time and keeps the map from local to global codes.
#pragma once
#include "text.h"

typedef struct LocalEntry {
  uint64_t hash;
  Str text; // the dictionary's own memory
} LocalEntry;

typedef struct LocalDictionary {
  uint32_t count, capacity;
  LocalEntry *entries; // [count]
  uint32_t *slots;     // code + 1; 0: empty
  uint32_t slot_count; // a power of two
  uint32_t *global;    // [merged]: global codes
  uint32_t merged;     // local codes below have global ones
  Arena *arena;
} LocalDictionary;

void local_dictionary_init(LocalDictionary *dictionary);
void local_dictionary_clear(LocalDictionary *dictionary);
// The local code of the text. Eight bytes before and after `data` must be readable.
uint32_t local_dictionary_intern(LocalDictionary *dictionary, const char *data, uint32_t size);
size_t local_dictionary_bytes(const LocalDictionary *dictionary);
