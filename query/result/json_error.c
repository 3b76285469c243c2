// See json_error.h.
#include "json_error.h"

void json_write_error(JsonWriter *json, const char *code, const char *message, const char *path,
                      int64_t position) {
  json_write_object_open(json);
  json_write_key_text(json, "code", code);
  json_write_key_text(json, "message", message);
  json_write_key_text(json, "path", path && path[0] ? path : NULL);
  json_write_key(json, "position");
  if (position < 0)
    json_write_null(json);
  else
    json_write_int(json, position);
  json_write_object_close(json);
}
