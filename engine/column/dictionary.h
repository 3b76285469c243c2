// The distinct strings of a column, each with a code for ever.
//
// A code is given once, never changed, never reused. A bulk load hands codes out in byte order
// (codes 0 .. sorted_count-1 are sorted); later strings go to the tail. A Dictionary is immutable
// once published; a load makes the next one with dictionary_builder, which shares the old one's
// strings and keeps its codes; where no string is new, the next one is the old one. NULL has no code:
// it is in the validity bitmap.
#pragma once
#include "memory.h"
#include "text.h"

typedef struct Dictionary {
  _Atomic uint32_t refs;
  uint32_t count;
  uint32_t sorted_count; // the first sorted_count codes are in byte order
  const uint32_t *rank;  // rank[code] in byte order; NULL when sorted_count == count
  const Str *strings;    // [count]
  size_t bytes;          // memory held
  struct DictionaryParts *parts;
} Dictionary;

#define DICTIONARY_NONE UINT32_MAX

Dictionary *dictionary_retain(Dictionary *dictionary);
void dictionary_release(Dictionary *dictionary); // NULL is allowed
static inline Str dictionary_get(const Dictionary *dictionary, uint32_t code) {
  return dictionary->strings[code];
}
// The code of `text`, or DICTIONARY_NONE. Thread-safe.
uint32_t dictionary_find(const Dictionary *dictionary, Str text);
static inline uint32_t dictionary_rank(const Dictionary *dictionary, uint32_t code) {
  return dictionary->rank ? dictionary->rank[code] : code;
}
// Number of codes whose string sorts before `text`: with sorted codes, the lower bound.
uint32_t dictionary_lower_bound(const Dictionary *dictionary, Str text);

typedef struct DictionaryBuilder DictionaryBuilder;
// base may be NULL (empty); else it is retained. Not thread-safe.
DictionaryBuilder *dictionary_builder_create(const Dictionary *base);
void dictionary_builder_destroy(DictionaryBuilder *builder);
// The code of text, new or old. Codes of new strings count up in order of arrival.
uint32_t dictionary_builder_intern(DictionaryBuilder *builder, Str text);
uint32_t dictionary_builder_count(const DictionaryBuilder *builder);
size_t dictionary_builder_bytes(const DictionaryBuilder *builder);
// Ends the builder (it is destroyed) and returns the dictionary, one reference (of the base itself,
// where nothing is new). With `sort` and an
// empty base, codes are handed out anew in byte order and (*remap)[old code] = new code (caller
// frees with mem_free); else *remap = NULL: codes stay.
Dictionary *dictionary_builder_finish(DictionaryBuilder *builder, bool sort, uint32_t **remap);
