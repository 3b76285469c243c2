// Bump allocation for one job (a query, a load): allocated piecemeal, freed whole.
#pragma once
#include "memory.h"
#include <stdarg.h>

typedef struct Arena Arena;

Arena *arena_create(void);
void arena_destroy(Arena *arena); // NULL is allowed
// Zeroed, aligned to 16 bytes, lives until arena_destroy. One thread at a time.
void *arena_alloc(Arena *arena, size_t size_bytes);
char *arena_strdup(Arena *arena, const char *text);
char *arena_strndup(Arena *arena, const char *text, size_t length);
char *arena_printf(Arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
// Everything allocated in `from`, which ends, now lives as long as `arena`. from: NULL is allowed.
void arena_adopt(Arena *arena, Arena *from);
size_t arena_bytes(const Arena *arena);

#define ARENA_NEW(arena, Type) ((Type *)arena_alloc((arena), sizeof(Type)))
#define ARENA_ARRAY(arena, Type, count) ((Type *)arena_alloc((arena), sizeof(Type) * (count)))
