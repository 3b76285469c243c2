// The members of one JSON object (RFC 8259), where they stand in the text.
//
// Nothing is converted: a number keeps its digits, so that it is as exact as the column that reads
// it. What a member holds below the first level is checked and skipped.
#pragma once
#include "text.h"

#define JSON_DEPTH_MAX 512

typedef enum JsonKind {
  JSON_KIND_NULL,
  JSON_KIND_BOOL,   // text: true or false
  JSON_KIND_NUMBER, // text: as written
  JSON_KIND_STRING, // text: between the quotes, escapes as written
  JSON_KIND_NESTED, // a list or an object
} JsonKind;

typedef struct JsonMember {
  Str key; // between the quotes, escapes as written
  bool key_escaped;
  JsonKind kind;
  Str text;
  bool escaped; // a string with escapes: json_unescape
} JsonMember;

typedef struct JsonScan {
  const char *start, *at, *end;
  const char *fault; // what is wrong at `at`; NULL: nothing
  bool is_object, begun;
} JsonScan;

// The text is one value and blanks around it; not an object: is_object is false.
void json_scan_begin(JsonScan *scan, Str text);
// The next member; false at the end of the object and of the text, or at a fault.
bool json_scan_member(JsonScan *scan, JsonMember *out);

// The next element of a list that has been scanned as a member's value; *at begins as list.data.
// False: there is none.
bool json_next_item(Str list, const char **at, Str *item);

// Writes the text of a string that has been scanned, its escapes resolved, to `out` (text.size
// bytes are enough); returns its size.
uint32_t json_unescape(Str text, char *out);
