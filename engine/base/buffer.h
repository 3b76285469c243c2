// A growing byte string; always NUL-terminated after the first append.
#pragma once
#include "memory.h"
#include <stdarg.h>

typedef struct Buffer {
  char *data;
  size_t size, capacity;
} Buffer;

void buffer_init(Buffer *buffer);
void buffer_clear(Buffer *buffer); // frees
void buffer_reset(Buffer *buffer); // keeps the memory
void buffer_reserve(Buffer *buffer, size_t extra_bytes);
void buffer_append(Buffer *buffer, const void *bytes, size_t size);
void buffer_append_text(Buffer *buffer, const char *text);
void buffer_append_char(Buffer *buffer, char c);
void buffer_printf(Buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
