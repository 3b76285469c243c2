// Any bytes as a segment's definition, in JSON and in words, as an audience that is asked for and
// as an audience's file: read or refused with an error, never worse. What is read is written, and
// is the same when it is read again.
//   build/fuzz/tests/fuzz/fuzz_segment -max_len=4000 /tmp/new tests/fuzz/corpus/segment
#include "audience_file.h"
#include "segment.h"
#include "segment_text.h"
#include <jansson.h>
#include <stdlib.h>

static void require(bool ok) {
  if (!ok) abort();
}

static void require_told(Status status, const Error *error) {
  require((status == STATUS_OK) == (error->message[0] == 0));
}

// A definition that was read: its text is read again, and stays.
static void to_and_fro(Arena *arena, const char *json, size_t size) {
  const char *text, *back, *again;
  require(segment_text_write(arena, json, size, &text, NULL) == STATUS_OK);
  require(segment_text_read(arena, text, strlen(text), &back, NULL) == STATUS_OK);
  require(segment_text_write(arena, back, strlen(back), &again, NULL) == STATUS_OK);
  require(strcmp(text, again) == 0);
}

static void try_json(Arena *arena, const char *bytes, size_t size) {
  SegmentRule rule;
  Error error = ERROR_INIT;
  Status status = segment_read(arena, bytes, size, &rule, &error);
  require_told(status, &error);
  if (status == STATUS_OK) to_and_fro(arena, bytes, size);
  json_t *document = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL);
  if (!document) return;
  Audience audience;
  AudienceRows rows;
  Error asked = ERROR_INIT;
  require_told(audience_read(document, arena, &audience, &asked), &asked);
  if (json_is_object(document) && !audience_file_take(document, arena, &audience, &rows)) {
    char *text = audience_file_text(&audience, &rows);
    require(text != NULL);
    json_t *back = json_loads(text, 0, NULL);
    require(audience_file_take(back, arena, &audience, &rows) == NULL);
    json_decref(back);
    free(text);
  }
  json_decref(document);
}

static void try_words(Arena *arena, const char *bytes, size_t size) {
  const char *json;
  Error error = ERROR_INIT;
  Status status = segment_text_read(arena, bytes, size, &json, &error);
  require_told(status, &error);
  require(error.position >= -1 && error.position <= (int64_t)size);
  if (status == STATUS_OK) to_and_fro(arena, json, strlen(json));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  Arena *arena = arena_create();
  char *text = malloc(size + 1); // its own bytes, so that reading beyond them is seen
  if (!text) abort();
  memcpy(text, bytes, size);
  try_json(arena, text, size);
  try_words(arena, text, size);
  free(text);
  arena_destroy(arena);
  return 0;
}
