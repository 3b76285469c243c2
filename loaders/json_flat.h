// Any JSON text of objects as lines of one object each, in place.
//
// [{"a": 1,\n "b": 2}, {"a": 3}]   ─►   {"a": 1,  "b": 2}\n {"a": 3}
// What is a line end inside an object becomes a blank, the commas between the objects of an array
// become line ends, its brackets blanks. Where the first object goes on over its line's end,
// objects without an array are joined likewise; else lines are left as they are, so that a broken
// one does not take others with it. Strings hold no raw line ends in JSON.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct JsonFlat { // zero-initialise for each text
  bool begun, array, lines, inside, escaped;
  bool over_lines; // the first object is
  uint32_t depth;
} JsonFlat;

// The next bytes of the text.
void json_flatten(JsonFlat *flat, char *text, size_t size);
