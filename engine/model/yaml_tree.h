// YAML text to a tree of nodes that know their place: the one door to libfyaml.
//
// Models are written by hand and read by people, so the subset is the plain one: maps with text
// keys, lists, scalars. Anchors, aliases, tags, several documents and keys that are not text are
// refused on sight (nothing is ever expanded: seven lines of nested aliases can ask for a
// gigabyte), so are directives, duplicate keys, bytes that are not UTF-8, control characters, texts
// of over 1 MiB, nesting over 32 and over 100 blank lines in a row. A scalar is text; what it means
// is its reader's business, so `00:00` and `no` are what they look like.
#pragma once
#include "arena.h"

#define YAML_TEXT_BYTES_MAX (1024 * 1024)
#define YAML_DEPTH_MAX 32
#define YAML_BLANK_LINES_MAX 100

typedef enum YamlKind { YAML_EMPTY, YAML_SCALAR, YAML_LIST, YAML_MAP } YamlKind;

typedef struct YamlPair YamlPair;
typedef struct YamlNode YamlNode;

struct YamlNode {
  YamlKind kind;         // EMPTY: nothing written, or ~ or null without quotes
  uint32_t line, column; // 1-based, column in characters; an empty value has its key's
  const char *text;      // SCALAR: NUL-terminated UTF-8 without NULs inside
  YamlNode **items;      // LIST: [count]
  YamlPair *pairs;       // MAP: [count], in the order written
  uint32_t count;
};

struct YamlPair {
  const char *key;
  uint32_t line, column; // of the key
  YamlNode *value;       // never NULL
};

// Called for each fault: place (1-based) and what is wrong there, without a full stop.
typedef void (*YamlFaultSink)(void *context, uint32_t line, uint32_t column, const char *message);

// Reads a whole text into `arena`; the text may go afterwards. NULL when there is no tree to go on
// with (bytes, limits, syntax: the first such fault is reported). Duplicate keys are reported too,
// and the first of them is kept in the tree. An empty text is an EMPTY node at 1:1. Thread-safe.
YamlNode *yaml_tree_read(const char *text, size_t size, Arena *arena, YamlFaultSink faults,
                         void *context);
// "a map", "a list", "a text", "nothing": for messages.
const char *yaml_kind_name(YamlKind kind);
