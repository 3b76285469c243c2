// Any bytes as a CSV or JSON lines file: read or refused, and the same whatever the chunks' size.
//   cmake --preset fuzz && cmake --build --preset fuzz --target fuzz_csv
//   build/fuzz/tests/fuzz_csv -max_len=4096 FOLDER tests/fuzz/fuzz_csv
// The first two bytes choose the dialect, the rest is the file. Without libFuzzer the same program
// replays the files of tests/fuzz/fuzz_csv (see replay_main.c).
#include "hash.h"
#include "source.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct Outcome {
  Status status;
  uint64_t rows, rejects, hash;
} Outcome;

static void mix(Outcome *outcome, const void *bytes, size_t size) {
  outcome->hash = hash_xxh64(bytes, size, outcome->hash);
}

static void mix_value(Outcome *outcome, const BatchColumn *column, uint32_t row) {
  if (bits_get(column->nulls, row)) {
    mix(outcome, "NULL", 4);
    return;
  }
  size_t size = batch_layout_bytes(column->layout);
  const char *value = (const char *)column->values + row * size;
  Str text;
  switch (column->layout) {
  case BATCH_TEXTS:
    memcpy(&text, value, sizeof text);
    break;
  case BATCH_CODES:
    text = column->dictionary.entries[*(const uint32_t *)(const void *)value].text;
    break;
  default:
    mix(outcome, value, size);
    return;
  }
  mix(outcome, text.data, text.size);
}

static void take_batch(Outcome *outcome, const Batch *batch) {
  outcome->rows += batch->row_count;
  for (uint32_t row = 0; row < batch->row_count; row++) {
    uint64_t line = batch_line(batch, row);
    mix(outcome, &line, sizeof line);
    for (uint32_t c = 0; c < batch->column_count; c++) mix_value(outcome, &batch->columns[c], row);
  }
  outcome->rejects += batch->reject_count;
}

static Outcome run(const SourceSpec *spec) {
  Outcome outcome = {0};
  Error error = ERROR_INIT;
  Source *source = source_create(spec);
  Chunk chunk = {0};
  Batch batch;
  batch_init(&batch, spec->columns, spec->column_count);
  for (bool end = false; !end && outcome.status == STATUS_OK;) {
    outcome.status = source->read(source, &chunk, &end, &error);
    if (outcome.status != STATUS_OK || end) break;
    outcome.status = source->parse(source, &chunk, &batch, &error);
    if (outcome.status == STATUS_OK) take_batch(&outcome, &batch);
  }
  batch_clear(&batch);
  chunk_clear(&chunk);
  source->destroy(source);
  return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  if (size < 2) return 0;
  char path[64];
  const char *paths[] = {path}, *nulls[] = {"NULL"};
  const char *signs[] = {"$"}, *skip[] = {"", "total"};
  int file = memfd_create("fuzz", 0);
  if (file < 0 || write(file, bytes + 2, size - 2) != (ssize_t)(size - 2)) abort();
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  ModelSource format = {.format = bytes[0] & 1 ? MODEL_FORMAT_JSONL : MODEL_FORMAT_CSV,
                        .delimiter = ",;\t\0"[bytes[0] >> 1 & 3],
                        .decimal_point = bytes[0] & 8 ? ',' : '.',
                        .date_order = (DateOrder)((bytes[0] >> 4 & 3) % 3),
                        .date_order_set = bytes[0] & 64,
                        .encoding = bytes[0] & 128 ? MODEL_ENCODING_CP1251 : MODEL_ENCODING_UTF8,
                        .null_tokens = nulls,
                        .null_token_count = bytes[1] & 1,
                        .thousands = bytes[1] & 1 ? " .',"[bytes[0] >> 4 & 3] : 0,
                        .signs = signs,
                        .sign_count = bytes[1] & 1,
                        .skip = skip,
                        .skip_count = bytes[1] & 8 ? 2 : 0,
                        .ragged = bytes[1] & 8,
                        .has_header = !(bytes[1] & 2)};
  SourceColumn columns[] = {
      {.name = "a", .field = "a", .type = TYPE_OF_INT32, .not_null = bytes[1] & 4},
      {.name = "b", .field = "b", .type = type_decimal(12, 2)},
      {.name = "c", .field = "c", .type = TYPE_OF_STRING, .as_text = bytes[1] & 8},
      {.name = "d", .field = "d", .type = TYPE_OF_TIMESTAMPTZ},
      {.name = "e", .field = "e", .type = type_decimal(30, 5)},
      {.name = "f", .field = "f", .type = TYPE_OF_DATE},
      {.name = "g", .field = "g", .type = TYPE_OF_DOUBLE},
      {.name = "h", .field = "h", .type = TYPE_OF_BOOL}};
  for (size_t c = 2; c < 8; c++) columns[c].optional = true;
  const TimeZone *zone;
  if (time_zone_find("Europe/Moscow", &zone, NULL) != STATUS_OK) abort();
  SourceSpec spec = {.table = "fuzz",
                     .paths = paths,
                     .path_count = 1,
                     .format = &format,
                     .columns = columns,
                     .column_count = bytes[1] & 16 ? 8 : 3,
                     .zone = zone};
  Outcome whole = run(&spec);
  // A delimiter is guessed from the first chunk, and a small one may tell another.
  spec.chunk_bytes = format.delimiter ? 1 + (bytes[1] >> 5) * 9 : 0;
  Outcome pieces = run(&spec);
  close(file);
  // Which of two faults is met first may depend on the chunks; whether there is one may not.
  if ((whole.status == STATUS_OK) != (pieces.status == STATUS_OK)) abort();
  bool same =
      whole.rows == pieces.rows && whole.rejects == pieces.rejects && whole.hash == pieces.hash;
  if (whole.status == STATUS_OK && !same) abort();
  return 0;
}
