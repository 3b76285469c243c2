// The names of the values of JSON objects: members, and those of objects in them by their path.
#pragma once
#include "arena.h"
#include "json_scan.h"

#define JSON_PATH_DEPTH_MAX 8
#define JSON_FIELDS_MAX 2000

typedef struct JsonFields { // zero-initialise
  Arena *arena;
  const char **names; // in the order in which they came
  uint32_t count;
} JsonFields;

// Adds the names in the first `lines_max` lines of the text; lists, nulls and bad lines have none,
// but the list at the path `each` (or NULL) those of its first object.
void json_fields_add(JsonFields *fields, const char *text, size_t size, uint32_t lines_max,
                     const char *each);
void json_fields_clear(JsonFields *fields);

// prefix and the member's name, in `out` when they must be put together; data NULL: too long.
Str json_path(Str prefix, const JsonMember *member, char *out, size_t size);
