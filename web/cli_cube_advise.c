// See cli_cube_advise.h.
#include "cli_cube_advise.h"
#include "cli_progress.h"
#include "cube_questions.h"
#include "cuboid_tree.h"
#include <math.h>

typedef struct Asked {
  AskedQuestion *questions;
  uint32_t count, skipped;
} Asked;

static double bytes_allowed(const DatabaseView *view, const CubeAdvising *advising) {
  if (advising->bytes_max) return (double)advising->bytes_max;
  return (double)cuboid_bytes_max(view->model);
}

static double rows_share(const CuboidAdvice *advice) {
  return advice->rows_before > 0 ? 100 * advice->rows_after / advice->rows_before : 100;
}

// ---------------------------------------------------------------- YAML

static void names_append(Buffer *out, const char *const *names, uint32_t count) {
  buffer_append_char(out, '[');
  for (uint32_t i = 0; i < count; i++) buffer_printf(out, "%s%s", i ? ", " : "", names[i]);
  buffer_append_char(out, ']');
}

// One item of a cube's `cuboids:`.
static void yaml_append(Buffer *out, const ModelCuboid *declared) {
  if (!declared->measure_count) {
    names_append(out, declared->levels, declared->level_count);
    return;
  }
  buffer_append_text(out, "{levels: ");
  names_append(out, declared->levels, declared->level_count);
  buffer_append_text(out, ", measures: ");
  names_append(out, declared->measures, declared->measure_count);
  buffer_append_char(out, '}');
}

// What the model's cubes are to be added to, cube by cube in the model's order.
static void yaml_write(const DatabaseView *view, const CuboidAdvice *advice, Buffer *out) {
  buffer_append_text(out, "cubes:\n");
  for (uint32_t c = 0; c < view->model->cube_count; c++) {
    const ModelCube *cube = &view->model->cubes[c];
    bool first = true;
    for (uint32_t i = 0; i < advice->count; i++) {
      if (advice->cuboids[i].cube->model != cube) continue;
      if (first) buffer_printf(out, "  %s:\n    cuboids:\n", cube->name);
      first = false;
      buffer_append_text(out, "      - ");
      yaml_append(out, &advice->cuboids[i].declared);
      buffer_append_char(out, '\n');
    }
  }
}

// ---------------------------------------------------------------- text

static void advice_print(const DatabaseView *view, const CuboidAdvice *advice, const Asked *asked,
                         double bytes_max, Arena *arena, FILE *out) {
  char texts[3][CLI_TEXT_BYTES];
  fprintf(out, "%u different questions that no cuboid serves", advice->question_count);
  if (asked->skipped) fprintf(out, " (%u others are served, or can never be)", asked->skipped);
  fprintf(out, "; %u cuboids looked at.\n", advice->candidate_count);
  if (!advice->count) {
    if (advice->question_count)
      fprintf(out, "None of them would save enough within %s.\n",
              cli_format_bytes(bytes_max, texts[0]));
    return;
  }
  fprintf(out, "%12s %10s %16s  cuboid\n", "cells", "bytes", "rows saved");
  for (uint32_t i = 0; i < advice->count; i++) {
    const AdvisedCuboid *one = &advice->cuboids[i];
    fprintf(out, "%12s %10s %16s  %s\n", cli_format_count((uint64_t)llround(one->cells), texts[0]),
            cli_format_bytes(one->bytes, texts[1]),
            cli_format_count((uint64_t)llround(one->benefit), texts[2]),
            cuboid_name(arena, one->cube->model, &one->declared));
  }
  fprintf(out, "Together %s of %s (estimates); the questions would read %.2g %% of the rows.\n\n",
          cli_format_bytes(advice->bytes, texts[0]), cli_format_bytes(bytes_max, texts[1]),
          rows_share(advice));
  Buffer yaml;
  buffer_init(&yaml);
  yaml_write(view, advice, &yaml);
  fputs(yaml.data, out);
  buffer_clear(&yaml);
}

// ---------------------------------------------------------------- JSON

static void names_write(JsonWriter *json, const char *key, const char *const *names,
                        uint32_t count) {
  json_write_key(json, key);
  json_write_array_open(json);
  for (uint32_t i = 0; i < count; i++) json_write_text(json, names[i]);
  json_write_array_close(json);
}

static void advised_write(const AdvisedCuboid *one, Arena *arena, JsonWriter *json) {
  const ModelCuboid *declared = &one->declared;
  Buffer yaml;
  buffer_init(&yaml);
  yaml_append(&yaml, declared);
  json_write_object_open(json);
  json_write_key_text(json, "name", cuboid_name(arena, one->cube->model, declared));
  json_write_key_text(json, "cube", one->cube->model->name);
  names_write(json, "levels", declared->levels, declared->level_count);
  names_write(json, "measures", declared->measures, declared->measure_count);
  json_write_key_int(json, "cells", llround(one->cells));
  json_write_key_int(json, "bytes", llround(one->bytes));
  json_write_key_int(json, "benefit", llround(one->benefit));
  json_write_key_text(json, "yaml", yaml.data);
  json_write_object_close(json);
  buffer_clear(&yaml);
}

static void advice_json(const CuboidAdvice *advice, const Asked *asked, double bytes_max,
                        Arena *arena, FILE *out) {
  Buffer text;
  JsonWriter json;
  buffer_init(&text);
  json_writer_init(&json, &text);
  json_write_object_open(&json);
  json_write_key_int(&json, "questions", advice->question_count);
  json_write_key_int(&json, "skipped", asked->skipped);
  json_write_key_int(&json, "candidates", advice->candidate_count);
  json_write_key_int(&json, "bytes_max", llround(bytes_max));
  json_write_key_int(&json, "bytes", llround(advice->bytes));
  json_write_key_int(&json, "rows_before", llround(advice->rows_before));
  json_write_key_int(&json, "rows_after", llround(advice->rows_after));
  json_write_key(&json, "cuboids");
  json_write_array_open(&json);
  for (uint32_t i = 0; i < advice->count; i++) advised_write(&advice->cuboids[i], arena, &json);
  json_write_array_close(&json);
  json_write_object_close(&json);
  fprintf(out, "%s\n", text.data);
  buffer_clear(&text);
}

// ---------------------------------------------------------------- the whole

static Status advise(const DatabaseView *view, const CubeAdvising *advising, Arena *arena, Job *job,
                     Asked *asked, CuboidAdvice *advice, Error *error) {
  const CuboidLattice *lattice;
  Miss *misses;
  uint32_t missed_count = cuboid_log_list(advising->log, arena, &misses);
  TRY(database_view_lattice(view, &lattice, error));
  if (advising->queries) {
    TRY(cube_questions_read(view, advising->queries, arena, &asked->questions, &asked->count,
                            &asked->skipped, error));
  } else if (missed_count) {
    TRY(cube_questions_missed(view, misses, missed_count, arena, &asked->questions, &asked->count,
                              error));
    asked->skipped = missed_count - asked->count;
  } else {
    TRY(cuboid_questions_assume(lattice, arena, job, &asked->questions, &asked->count, error));
  }
  return cuboid_advise(lattice, arena, asked->questions, asked->count,
                       bytes_allowed(view, advising), job, advice, error);
}

Status cli_cube_advise(const DatabaseView *view, const CubeAdvising *advising, Job *job, FILE *out,
                       Error *error) {
  if (!view->model || !view->model->cube_count)
    return error_set(error, STATUS_INVALID, "the store's model has no cubes to advise on");
  Arena *arena = arena_create();
  Asked asked = {0};
  CuboidAdvice advice;
  Status status = advise(view, advising, arena, job, &asked, &advice, error);
  double bytes_max = bytes_allowed(view, advising);
  if (status == STATUS_OK && advising->json)
    advice_json(&advice, &asked, bytes_max, arena, out);
  else if (status == STATUS_OK)
    advice_print(view, &advice, &asked, bytes_max, arena, out);
  arena_destroy(arena);
  return status;
}
