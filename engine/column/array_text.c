// See array_text.h.
#include "array_text.h"
#include <string.h>
#include <strings.h>

ArrayReader array_reader(Str array) {
  return (ArrayReader){array.data, array.data, array.data + array.size};
}

static bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_blanks(ArrayReader *reader) {
  while (reader->at < reader->end && is_blank(*reader->at)) reader->at++;
}

// Whether the next character is this one, which is passed over.
static bool take(ArrayReader *reader, char c) {
  if (reader->at == reader->end || *reader->at != c) return false;
  reader->at++;
  return true;
}

static ArrayStep read_quoted(ArrayReader *reader, ArrayItem *item) {
  const char *from = reader->at;
  while (reader->at < reader->end && *reader->at != '"') {
    bool escape = *reader->at == '\\';
    item->escaped |= escape;
    reader->at += escape ? 2 : 1;
  }
  if (reader->at >= reader->end) return ARRAY_MALFORMED;
  item->text = (Str){from, (uint32_t)(reader->at++ - from)};
  return ARRAY_HAS_ITEM;
}

static ArrayStep read_plain(ArrayReader *reader, ArrayItem *item) {
  const char *from = reader->at, *end = from; // blanks behind are no part of it
  while (reader->at < reader->end && *reader->at != ',' && *reader->at != '}') {
    char c = *reader->at++;
    if (c == '"' || c == '{') return ARRAY_MALFORMED;
    if (c == '\\') {
      if (reader->at == reader->end) return ARRAY_MALFORMED;
      item->escaped = true;
      reader->at++;
    }
    if (c == '\\' || !is_blank(c)) end = reader->at;
  }
  item->text = (Str){from, (uint32_t)(end - from)};
  if (!item->text.size) return ARRAY_MALFORMED;
  item->is_null = item->text.size == 4 && strncasecmp(from, "null", 4) == 0;
  return ARRAY_HAS_ITEM;
}

// What may stand behind an array's last brace: blanks.
static ArrayStep read_end(ArrayReader *reader) {
  skip_blanks(reader);
  if (reader->at < reader->end) return ARRAY_MALFORMED;
  reader->start = NULL;
  return ARRAY_AT_END;
}

ArrayStep array_next(ArrayReader *reader, ArrayItem *item) {
  *item = (ArrayItem){0};
  if (!reader->start) return ARRAY_AT_END;
  bool first = reader->at == reader->start;
  skip_blanks(reader);
  if (first) {
    if (!take(reader, '{')) return ARRAY_MALFORMED;
    skip_blanks(reader);
    if (take(reader, '}')) return read_end(reader);
  } else {
    if (take(reader, '}')) return read_end(reader);
    if (!take(reader, ',')) return ARRAY_MALFORMED;
    skip_blanks(reader);
  }
  if (reader->at < reader->end && *reader->at == '{') return ARRAY_NESTED;
  return take(reader, '"') ? read_quoted(reader, item) : read_plain(reader, item);
}

Str array_item_text(const ArrayItem *item, char *room) {
  if (!item->escaped) return item->text;
  uint32_t size = 0;
  for (uint32_t i = 0; i < item->text.size; i++) {
    if (item->text.data[i] == '\\') i++;
    room[size++] = item->text.data[i];
  }
  return (Str){room, size};
}

void array_begin(Buffer *out) {
  buffer_append_char(out, '{');
}

static void separate(Buffer *out) {
  if (out->data[out->size - 1] != '{') buffer_append_char(out, ',');
}

static void append_quoted(Buffer *out, Str item) {
  buffer_append_char(out, '"');
  for (uint32_t i = 0; i < item.size; i++) {
    if (item.data[i] == '"' || item.data[i] == '\\') buffer_append_char(out, '\\');
    buffer_append_char(out, item.data[i]);
  }
  buffer_append_char(out, '"');
}

static bool needs_quotes(Str item) {
  if (item.size == 0 || (item.size == 4 && strncasecmp(item.data, "null", 4) == 0)) return true;
  for (uint32_t i = 0; i < item.size; i++)
    if (is_blank(item.data[i]) || memchr("{}\",\\", item.data[i], 5)) return true;
  return false;
}

void array_append(Buffer *out, Str item) {
  separate(out);
  if (needs_quotes(item))
    append_quoted(out, item);
  else
    buffer_append(out, item.data, item.size);
}

void array_append_null(Buffer *out) {
  separate(out);
  buffer_append_text(out, "NULL");
}

void array_append_item(Buffer *out, const ArrayItem *item) {
  if (item->is_null) {
    array_append_null(out);
  } else if (!item->escaped) {
    array_append(out, item->text);
  } else { // it was in quotes, and is again, as it was written
    separate(out);
    buffer_append_char(out, '"');
    buffer_append(out, item->text.data, item->text.size);
    buffer_append_char(out, '"');
  }
}

void array_end(Buffer *out) {
  buffer_append_char(out, '}');
}
