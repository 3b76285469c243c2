// Values of grouping, joining and distinct columns as one 64-bit word each.
//
// Integers and codes of the column's known dictionary are their own word; doubles their bits (NaNs
// alike, no negative zero); everything else (text without a known dictionary, wide decimals,
// intervals) is interned, and the word is its number. Interned words mean something only beside
// their interner: key_column_translate maps those of one worker into another's.
#pragma once
#include "plan.h"

typedef struct KeyColumn {
  Type type;
  const Dictionary *dictionary; // of codes that are words themselves; NULL: none
  DictionaryBuilder *interner;  // made on first need
  const Str *interned;          // see key_column_seal
  Dictionary *sealed;
  IntervalValue *shown; // of intervals: how equal ones are shown, by word
  int64_t shown_count, shown_capacity;
} KeyColumn;

// dictionary: the one that every vector of this column has its codes in, or NULL when not known.
void key_column_init(KeyColumn *key, Type type, const Dictionary *dictionary);
void key_column_clear(KeyColumn *key);
bool key_column_interns(const KeyColumn *key);
// words[i] of every row; the word of a NULL row is 0.
void key_column_encode(KeyColumn *key, const Vector *v, uint32_t count, int64_t *words);
// Ends interning: decoding and translating may begin.
void key_column_seal(KeyColumn *key);
// The value that a word stands for; strings are views that live as long as the key column.
Value key_column_decode(const KeyColumn *key, int64_t word);
// The word in `target` (not sealed) of each interned word of `source` (sealed): an array for
// mem_free, or NULL when words are the same in both.
int64_t *key_column_translate(const KeyColumn *source, KeyColumn *target);
