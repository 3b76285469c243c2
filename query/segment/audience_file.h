// What an audience's document says besides its id, name and time (kept_store.h): itself, and which
// rows belong to it.
#pragma once
#include "audience.h"

typedef struct AudienceRows { // of ID.rows
  uint64_t bytes[AUDIENCE_ARMS_MAX];
  uint64_t xxh64; // of them all
} AudienceRows;

// The document's own members as text; the caller frees it with free(). NULL: a text of it is not
// UTF-8.
char *audience_file_text(const Audience *audience, const AudienceRows *rows);
// Why the document is no audience, a constant text; NULL: it is, in the arena, but for its id, name
// and time.
struct json_t;
const char *audience_file_take(const struct json_t *object, Arena *arena, Audience *audience,
                               AudienceRows *rows);
