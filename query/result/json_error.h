// The one shape of a failure in JSON, wherever it stands: a reply of its own, the end of a document
// that had begun, the last line of a stream.
#pragma once
#include "json_writer.h"

// Writes {"code", "message", "path", "position"}: path NULL or "" and a position below 0 are null.
void json_write_error(JsonWriter *json, const char *code, const char *message, const char *path,
                      int64_t position);
