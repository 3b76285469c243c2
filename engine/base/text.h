// Text as UTF-8: views, validation, code pages, nearest names.
#pragma once
#include "arena.h"
#include <string.h>

// A view of bytes that somebody else owns; not NUL-terminated.
typedef struct Str {
  const char *data;
  uint32_t size;
} Str;

#define STR_LITERAL(text) ((Str){(text), sizeof(text) - 1})
static inline Str str_from(const char *text) {
  return (Str){text, (uint32_t)strlen(text)};
}
static inline bool str_equal(Str a, Str b) {
  return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}
// Byte order (collation C): negative, 0, positive.
static inline int str_compare(Str a, Str b) {
  uint32_t n = a.size < b.size ? a.size : b.size;
  int c = n ? memcmp(a.data, b.data, n) : 0;
  return c ? c : (a.size > b.size) - (a.size < b.size);
}
uint64_t str_hash(Str text);

// Offset of the first byte that is not valid UTF-8 (RFC 3629), or `size`.
size_t utf8_valid_prefix(const char *bytes, size_t size);
// Number of code points in valid UTF-8.
size_t utf8_length(const char *bytes, size_t size);
// Appends code point c to out (at most 4 bytes); returns the bytes written.
size_t utf8_encode(uint32_t c, char *out);
// Decodes one code point at *bytes, advances *bytes. A byte that begins no character stands for
// itself (U+0080 to U+00FF), so that no bytes lead beyond the one after them that is no tail.
uint32_t utf8_decode(const char **bytes);
typedef enum CodePage { CODE_PAGE_1251, CODE_PAGE_1252 } CodePage; // Windows: Cyrillic, Western
// Converts to UTF-8: out needs 3 * size bytes; returns bytes written, or SIZE_MAX when byte *bad
// (an offset) is undefined in that code page.
size_t code_page_to_utf8(CodePage page, const char *bytes, size_t size, char *out, size_t *bad);

// "8G", "512 MB" to bytes (powers of 1,024); false when it is none.
bool text_bytes_parse(const char *text, int64_t *bytes);

// The candidate nearest to `name` by edit distance (case ignored), or NULL when none is near enough
// to suggest (distance over a third of the length).
const char *text_nearest(const char *name, const char *const *candidates, size_t count);
