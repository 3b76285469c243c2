// Names for a model made from names of files and headers.
#pragma once
#include "arena.h"

// Lower-case a-z, 0-9, '_', at most 63, no reserved word, not one of the `used` (count names): from
// any UTF-8 text; Cyrillic letters are transcribed. Allocated in the arena.
const char *inspect_name(Arena *arena, const char *text, const char *const *used, uint32_t count);
// The name of a file's table: without folders, extensions, and what only numbers the file.
const char *inspect_file_name(Arena *arena, const char *path);
// Whether the name of a column speaks of a table (singular or plural) or its key: store_id and
// stores, lo_custkey and c_custkey.
bool inspect_name_hints(const char *column, const char *table, const char *key);
