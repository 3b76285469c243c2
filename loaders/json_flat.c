#include "json_flat.h"

// A byte outside strings.
static char flat_byte(JsonFlat *f, char c) {
  uint32_t base = f->array;
  switch (c) {
  case '"':
    f->inside = true;
    return c;
  case '{':
  case '[':
    return f->depth++ == 0 && f->array ? ' ' : c;
  case '}':
  case ']':
    if (f->depth) f->depth--;
    return !f->depth && f->array ? ' ' : c;
  case ',':
    return f->array && f->depth == base ? '\n' : c;
  case '\n':
    f->lines = !f->array && !f->over_lines && !f->depth && f->begun;
    f->over_lines |= f->depth > 0;
    return f->array || f->depth > base ? ' ' : c;
  case '\r':
    return f->array || f->depth > base ? ' ' : c;
  default:
    return c;
  }
}

void json_flatten(JsonFlat *flat, char *text, size_t size) {
  for (size_t i = 0; i < size && !flat->lines; i++) {
    char c = text[i];
    if (!flat->begun && (unsigned char)c > ' ') {
      flat->begun = true;
      flat->array = c == '[';
    }
    if (!flat->inside) {
      text[i] = flat_byte(flat, c);
      continue;
    }
    if (c == '\n' && !flat->array) { // no string goes on here: the line is broken
      flat->inside = flat->escaped = false;
      flat->depth = 0;
      flat->lines = !flat->over_lines;
    }
    flat->inside &= flat->escaped || c != '"';
    flat->escaped = !flat->escaped && c == '\\';
  }
}
