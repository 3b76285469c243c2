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
  bool finds; // see key_column_init_finder
  // Words of the codes of another dictionary, plus 2; 0: not asked for yet.
  Dictionary *codes_of;
  uint32_t *code_words;
} KeyColumn;

#define KEY_COLUMN_NO_WORD (-1) // of a value that a finder does not know

// dictionary: the one that every vector of this column has its codes in, or NULL when not known.
void key_column_init(KeyColumn *key, Type type, const Dictionary *dictionary);
// One that interns nothing: values that `known`, which is sealed and must outlive it, has no word
// for get KEY_COLUMN_NO_WORD. Several threads may have one each.
void key_column_init_finder(KeyColumn *key, const KeyColumn *known);
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
