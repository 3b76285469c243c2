// Bump allocation in chunks.
//
//   Arena -> newest chunk [next|size|used| bytes.............] -> older chunk -> ...
//
// Chunks double from 4 KiB to 1 MiB; what would waste more than half of one gets a chunk of its
// own, put behind the newest so that the newest keeps filling. Invariant: bytes beyond `used` are
// zero, so an allocation is a pointer bump and nothing more.
#include "arena.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ARENA_ALIGNMENT 16
#define CHUNK_BYTES_FIRST 4096
#define CHUNK_BYTES_MAX ((size_t)1 << 20)

typedef struct ArenaChunk {
  struct ArenaChunk *next; // older
  size_t size, used;
  size_t padding; // keeps data at a multiple of 16
  char data[];
} ArenaChunk;

_Static_assert(offsetof(ArenaChunk, data) % ARENA_ALIGNMENT == 0, "chunk data must be aligned");

struct Arena {
  ArenaChunk *newest;
  size_t chunk_bytes_next;
  size_t total_bytes;
};

static ArenaChunk *chunk_create(Arena *arena, size_t size) {
  ArenaChunk *chunk = mem_alloc_zero(sizeof *chunk + size);
  chunk->size = size;
  arena->total_bytes += sizeof *chunk + size;
  return chunk;
}

Arena *arena_create(void) {
  Arena *arena = mem_alloc_zero(sizeof *arena);
  arena->chunk_bytes_next = CHUNK_BYTES_FIRST;
  return arena;
}

void arena_destroy(Arena *arena) {
  if (!arena) return;
  for (ArenaChunk *chunk = arena->newest, *next; chunk; chunk = next) {
    next = chunk->next;
    mem_free(chunk);
  }
  mem_free(arena);
}

void arena_adopt(Arena *arena, Arena *from) {
  if (!from) return;
  ArenaChunk **place = arena->newest ? &arena->newest->next : &arena->newest;
  while (*place) place = &(*place)->next;
  *place = from->newest;
  arena->total_bytes += from->total_bytes;
  mem_free(from);
}

static void *arena_alloc_own_chunk(Arena *arena, size_t size) {
  ArenaChunk *chunk = chunk_create(arena, size);
  chunk->used = size;
  ArenaChunk **place = arena->newest ? &arena->newest->next : &arena->newest;
  chunk->next = *place;
  *place = chunk;
  return chunk->data;
}

static ArenaChunk *arena_add_chunk(Arena *arena) {
  ArenaChunk *chunk = chunk_create(arena, arena->chunk_bytes_next);
  if (arena->chunk_bytes_next < CHUNK_BYTES_MAX) arena->chunk_bytes_next *= 2;
  chunk->next = arena->newest;
  arena->newest = chunk;
  return chunk;
}

void *arena_alloc(Arena *arena, size_t size_bytes) {
  size_t size = (size_bytes + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
  if (size < size_bytes || size == 0) size = size_bytes ? SIZE_MAX / 2 : ARENA_ALIGNMENT;
  ArenaChunk *chunk = arena->newest;
  if (!chunk || size > chunk->size - chunk->used) {
    if (size > arena->chunk_bytes_next / 2) return arena_alloc_own_chunk(arena, size);
    chunk = arena_add_chunk(arena);
  }
  void *memory = chunk->data + chunk->used;
  chunk->used += size;
  return memory;
}

char *arena_strndup(Arena *arena, const char *text, size_t length) {
  char *copy = arena_alloc(arena, length + 1);
  if (length) memcpy(copy, text, length);
  return copy;
}

char *arena_strdup(Arena *arena, const char *text) {
  return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(Arena *arena, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  char *text = arena_alloc(arena, length < 0 ? 1 : (size_t)length + 1);
  if (length > 0) vsnprintf(text, (size_t)length + 1, format, again);
  va_end(again);
  return text;
}

size_t arena_bytes(const Arena *arena) {
  return arena->total_bytes;
}
