// A growing byte string: capacity doubles, one byte beyond `size` is always a NUL.
#include "buffer.h"
#include <stdio.h>
#include <string.h>

#define BUFFER_BYTES_FIRST 64

void buffer_init(Buffer *buffer) {
  *buffer = (Buffer){0};
}

void buffer_clear(Buffer *buffer) {
  mem_free(buffer->data);
  *buffer = (Buffer){0};
}

void buffer_reset(Buffer *buffer) {
  buffer->size = 0;
  if (buffer->data) buffer->data[0] = 0;
}

void buffer_reserve(Buffer *buffer, size_t extra_bytes) {
  size_t needed = buffer->size + extra_bytes + 1;
  if (needed <= buffer->capacity) return;
  size_t capacity = buffer->capacity ? 2 * buffer->capacity : BUFFER_BYTES_FIRST;
  if (capacity < needed) capacity = needed;
  buffer->data = mem_realloc(buffer->data, capacity);
  buffer->capacity = capacity;
}

void buffer_append(Buffer *buffer, const void *bytes, size_t size) {
  buffer_reserve(buffer, size);
  if (size) memcpy(buffer->data + buffer->size, bytes, size);
  buffer->size += size;
  buffer->data[buffer->size] = 0;
}

void buffer_append_text(Buffer *buffer, const char *text) {
  buffer_append(buffer, text, strlen(text));
}

void buffer_append_char(Buffer *buffer, char c) {
  buffer_reserve(buffer, 1);
  buffer->data[buffer->size++] = c;
  buffer->data[buffer->size] = 0;
}

void buffer_printf(Buffer *buffer, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  buffer_reserve(buffer, BUFFER_BYTES_FIRST);
  size_t room = buffer->capacity - buffer->size;
  int length = vsnprintf(buffer->data + buffer->size, room, format, arguments);
  va_end(arguments);
  if (length >= 0 && (size_t)length >= room) {
    buffer_reserve(buffer, (size_t)length);
    vsnprintf(buffer->data + buffer->size, (size_t)length + 1, format, again);
  }
  va_end(again);
  if (length > 0) buffer->size += (size_t)length;
  buffer->data[buffer->size] = 0;
}
