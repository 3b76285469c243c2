// Guessing how a file's letters are written.
#pragma once
#include "model.h"

// Looks at the first `limit` bytes (unpacked). UTF-8 is known, since other text is hardly ever
// valid UTF-8 by chance; between Windows-1251, KOI8-R, Windows-1252 and Windows-1250 it is a guess.
Status inspect_encoding(const char *path, uint64_t limit, ModelSource *format,
                        Error *error) WARN_UNUSED;
