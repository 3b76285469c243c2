// Golden texts: a file of inputs, each with the text that it must give.
//
//   -- a comment
//   SELECT 1
//   ----
//   project: 1 AS ?column?#2
//   (an empty line ends a case)
//
// GOLDEN_UPDATE=1 in the environment rewrites the expected texts: then read the difference.
#pragma once
#include "buffer.h"
#include "unit_main.h"
#include <stdio.h>
#include <string.h>

static inline void golden_read_file(const char *path, Buffer *text) {
  FILE *file = fopen(path, "r");
  ck_assert_msg(file != NULL, "cannot open %s", path);
  char chunk[4096];
  size_t n;
  buffer_init(text);
  while ((n = fread(chunk, 1, sizeof chunk, file)) > 0) buffer_append(text, chunk, n);
  fclose(file);
}

// Appends lines from *at up to the line `end` (or the end) to out; skips that line.
static inline void golden_take(const char **at, const char *end, Buffer *out) {
  while (**at) {
    const char *line = *at, *stop = strchr(line, '\n');
    size_t size = stop ? (size_t)(stop - line) : strlen(line);
    *at = line + size + (stop != NULL);
    if (size == strlen(end) && !strncmp(line, end, size)) return;
    buffer_append(out, line, size);
    buffer_append_char(out, '\n');
  }
}

// Runs every case of the file: give(input, out) appends what the input gives. Returns the number of
// cases.
static inline uint32_t golden_run(const char *path, void (*give)(const char *input, Buffer *out)) {
  Buffer text, updated;
  golden_read_file(path, &text);
  buffer_init(&updated);
  bool update = getenv("GOLDEN_UPDATE") != NULL;
  uint32_t count = 0, failed = 0;
  const char *at = text.data;
  while (*at) {
    if (*at == '\n' || !strncmp(at, "-- ", 3)) { // between cases
      const char *stop = strchr(at, '\n');
      size_t size = stop ? (size_t)(stop - at) + 1 : strlen(at);
      buffer_append(&updated, at, size);
      at += size;
      continue;
    }
    Buffer input, expected, got;
    buffer_init(&input), buffer_init(&expected), buffer_init(&got);
    golden_take(&at, "----", &input);
    golden_take(&at, "", &expected);
    if (input.size) input.data[--input.size] = 0;
    give(input.data, &got);
    buffer_reserve(&got, 1), buffer_reserve(&expected, 1);
    if (!got.size || got.data[got.size - 1] != '\n') buffer_append_char(&got, '\n');
    bool same = expected.size == got.size && !memcmp(expected.data, got.data, got.size);
    if (!same && !update) {
      fprintf(stderr, "%s:\n%s\nexpected:\n%s\ngot:\n%s\n", path, input.data,
              expected.size ? expected.data : "", got.data);
      failed++;
    }
    buffer_printf(&updated, "%s\n----\n%s\n", input.data, got.data);
    buffer_clear(&input), buffer_clear(&expected), buffer_clear(&got);
    count++;
  }
  if (update) {
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fwrite(updated.data, 1, updated.size, file);
    fclose(file);
  }
  buffer_clear(&text), buffer_clear(&updated);
  ck_assert_msg(failed == 0, "%u of %u cases of %s differ", failed, count, path);
  return count;
}
