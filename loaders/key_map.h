// Keys met during a load -> row numbers: duplicates are found here, and inferred members get
// theirs.
//
// Rising integer keys, the common case of a fact's line numbers, need no table at all: a key beyond
// all before it is new. The first that is not turns the map into a hash table of all so far.
#pragma once
#include "text.h"

typedef struct KeyMap KeyMap;

#define KEY_MAP_NONE UINT64_MAX

// text: keys are strings (copied), else int64.
KeyMap *key_map_create(bool text);
void key_map_destroy(KeyMap *map); // NULL is allowed
// (Rows are below 2^32.) The row of the key if it is known, else KEY_MAP_NONE, and the key now
// stands for `row`.
uint64_t key_map_put_int(KeyMap *map, int64_t key, uint64_t row);
uint64_t key_map_put_text(KeyMap *map, Str key, uint64_t row);
size_t key_map_bytes(const KeyMap *map);
