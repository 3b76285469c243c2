// See cli_cube_advise.h.
#include "cli_cube_advise.h"
#include "cli_progress.h"
#include "cube_advice.h"
#include <math.h>

static double rows_share(const CuboidAdvice *advice) {
  return advice->rows_before > 0 ? 100 * advice->rows_after / advice->rows_before : 100;
}

// ---------------------------------------------------------------- YAML

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
      cube_advice_append_yaml(out, &advice->cuboids[i].declared);
      buffer_append_char(out, '\n');
    }
  }
}

// ---------------------------------------------------------------- text

static void drops_print(const CubeAdvice *advice, FILE *out) {
  char text[CLI_TEXT_BYTES];
  if (!advice->drop_count) return;
  fputs("For them there is room when these are dropped, which nobody has read since they were "
        "made:\n",
        out);
  for (uint32_t i = 0; i < advice->drop_count; i++)
    fprintf(out, "%12s %10s %16s  %s%s\n", "",
            cli_format_bytes((double)table_bytes(advice->drops[i].cuboid), text), "",
            advice->drops[i].cuboid->schema->name,
            advice->drops[i].is_declared ? "  (take it out of the model)" : "");
}

static void advice_print(const DatabaseView *view, const CubeAdvice *advice, FILE *out) {
  const CuboidAdvice *build = &advice->build;
  char texts[3][CLI_TEXT_BYTES];
  fprintf(out, "%u different questions that no cuboid serves", build->question_count);
  if (advice->skipped) fprintf(out, " (%u others are served, or can never be)", advice->skipped);
  fprintf(out, "; %u cuboids looked at.\n", build->candidate_count);
  if (!build->count) {
    if (build->question_count)
      fprintf(out, "None of them would save enough within %s.\n",
              cli_format_bytes(advice->bytes_max, texts[0]));
    return;
  }
  fprintf(out, "%12s %10s %16s  cuboid\n", "cells", "bytes", "rows saved");
  for (uint32_t i = 0; i < build->count; i++) {
    const AdvisedCuboid *one = &build->cuboids[i];
    fprintf(out, "%12s %10s %16s  %s\n", cli_format_count((uint64_t)llround(one->cells), texts[0]),
            cli_format_bytes(one->bytes, texts[1]),
            cli_format_count((uint64_t)llround(one->benefit), texts[2]), advice->names[i]);
  }
  drops_print(advice, out);
  fprintf(out, "Together %s of %s (estimates); the questions would read %.2g %% of the rows.\n\n",
          cli_format_bytes(build->bytes, texts[0]), cli_format_bytes(advice->bytes_max, texts[1]),
          rows_share(build));
  Buffer yaml;
  buffer_init(&yaml);
  yaml_write(view, build, &yaml);
  fputs(yaml.data, out);
  buffer_clear(&yaml);
}

static void advice_json(const CubeAdvice *advice, Arena *arena, FILE *out) {
  Buffer text;
  JsonWriter json;
  buffer_init(&text);
  json_writer_init(&json, &text);
  json_write_object_open(&json);
  cube_advice_write(advice, arena, &json);
  json_write_object_close(&json);
  fprintf(out, "%s\n", text.data);
  buffer_clear(&text);
}

Status cli_cube_advise(const DatabaseView *view, const CubeAdvising *advising, Job *job, FILE *out,
                       Error *error) {
  Arena *arena = arena_create();
  CubeAdvice advice;
  CubeAdviceSource source = {.path = advising->queries, .assume = true};
  Status status = cube_advice_make(view, advising->log, &source, advising->bytes_max, arena, job,
                                   &advice, error);
  if (status == STATUS_OK && advising->json)
    advice_json(&advice, arena, out);
  else if (status == STATUS_OK)
    advice_print(view, &advice, out);
  arena_destroy(arena);
  return status;
}
