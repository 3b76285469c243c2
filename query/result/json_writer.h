// JSON as it leaves Tessera: appended to a Buffer, commas placed by the writer.
//
// RFC 8259. Numbers are written digit for digit (a decimal never passes through a double), dates
// and time stamps as ISO 8601 strings, NULL as null. The caller opens and closes in pairs; a key
// comes before each member of an object.
#pragma once
#include "buffer.h"
#include "type.h"

typedef struct JsonWriter {
  Buffer *out;
  bool comma;      // the next element needs a comma before it
  bool large_text; // whole and exact numbers of more than 2^53 units of their last digit are texts
} JsonWriter;

void json_writer_init(JsonWriter *json, Buffer *out); // the buffer stays the caller's
void json_write_object_open(JsonWriter *json);
void json_write_object_close(JsonWriter *json);
void json_write_array_open(JsonWriter *json);
void json_write_array_close(JsonWriter *json);
void json_write_key(JsonWriter *json, const char *key);

void json_write_null(JsonWriter *json);
void json_write_bool(JsonWriter *json, bool value);
void json_write_int(JsonWriter *json, int64_t value);
void json_write_text(JsonWriter *json, const char *text); // NULL writes null
void json_write_str(JsonWriter *json, Str text);          // invalid UTF-8 becomes U+FFFD
void json_write_date(JsonWriter *json, int32_t date);
void json_write_timestamp(JsonWriter *json, int64_t timestamp);   // 2025-12-31T23:59:59
void json_write_timestamptz(JsonWriter *json, int64_t timestamp); // 2025-12-31T23:59:59Z
void json_write_value(JsonWriter *json, const Value *value);
// Elapsed time as milliseconds with three decimals.
void json_write_ms(JsonWriter *json, int64_t elapsed_ns);

// key and value in one
void json_write_key_text(JsonWriter *json, const char *key, const char *text);
// A list of texts; NULL among them is null.
void json_write_key_texts(JsonWriter *json, const char *key, const char *const *texts,
                          uint32_t count);
void json_write_key_int(JsonWriter *json, const char *key, int64_t value);
void json_write_key_bool(JsonWriter *json, const char *key, bool value);
