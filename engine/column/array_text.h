// Arrays as texts, in PostgreSQL's form: {1,NULL,"a, b"}.
//
// An item that is empty, reads NULL, or has a blank, a comma, a brace, a quote or a backslash
// stands in quotes, in which a backslash takes the next character as it is. What is written here
// has no blanks beside; what is read may have them, as a literal of SQL may. One level: no arrays
// within arrays. There are no bounds: the first element is number 1.
#pragma once
#include "buffer.h"
#include "text.h"

typedef enum ArrayStep {
  ARRAY_HAS_ITEM,
  ARRAY_AT_END,
  ARRAY_MALFORMED,
  ARRAY_NESTED, // an array of arrays
} ArrayStep;

typedef struct ArrayItem {
  Str text;     // within the array's text, without its quotes
  bool is_null; // an unquoted NULL
  bool escaped; // it has backslashes: array_item_text takes them out
} ArrayItem;

typedef struct ArrayReader {
  const char *start, *at, *end;
} ArrayReader;

// Reads items from the first on. A view: the text must outlive it.
ArrayReader array_reader(Str array);
ArrayStep array_next(ArrayReader *reader, ArrayItem *item);
// The item as it is meant: a view, or made in `room`, which has text.size bytes.
Str array_item_text(const ArrayItem *item, char *room);

// Writes an array: begin, any number of items, end.
void array_begin(Buffer *out);
void array_append(Buffer *out, Str item);
void array_append_null(Buffer *out);
// An item as it was read from another array.
void array_append_item(Buffer *out, const ArrayItem *item);
void array_end(Buffer *out);
