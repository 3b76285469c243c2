// Text in other encodings as UTF-8, piece by piece, by the system's iconv.
#pragma once
#include "status.h"
#include <stddef.h>

typedef struct Transcode Transcode;

// from: a name that iconv knows; path: for messages. STATUS_UNSUPPORTED: it does not know it.
Status transcode_create(const char *from, const char *path, Transcode **out,
                        Error *error) WARN_UNUSED;
void transcode_destroy(Transcode *transcode); // NULL is allowed

// Takes out text that has been converted; returns its bytes, 0 when there is none left.
size_t transcode_take(Transcode *transcode, char *out, size_t size);
// Where the next bytes go, once none is left: *room is never 0.
char *transcode_input(Transcode *transcode, size_t *room);
// Converts `fresh` bytes that were put there. Bytes that are no characters, and an unfinished one
// at the end of the text (`ended`), become U+FFFD.
void transcode_convert(Transcode *transcode, size_t fresh, bool ended);
