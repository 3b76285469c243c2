// See cube_advice.h.
#include "cube_advice.h"
#include "cube_questions.h"
#include "cuboid_name.h"
#include "cuboid_tree.h"
#include <math.h>
#include <stdlib.h>

typedef struct Asked {
  AskedQuestion *questions;
  uint32_t count;
} Asked;

// ---------------------------------------------------------------- the questions

static Status log_ask(const DatabaseView *view, CuboidLog *log, const CubeAdviceSource *source,
                      Arena *arena, Job *job, Asked *asked, CubeAdvice *advice, Error *error) {
  Miss *misses;
  uint32_t all = cuboid_log_list(log, arena, &misses), count = 0;
  while (count < all && misses[count].count >= source->count_min) count++; // the most asked first
  if (all || !source->assume) {
    TRY(cube_questions_missed(view, misses, count, arena, &asked->questions, &asked->count, error));
    advice->skipped = count - asked->count;
    return STATUS_OK;
  }
  const CuboidLattice *lattice;
  TRY(database_view_lattice(view, &lattice, error));
  return cuboid_questions_assume(lattice, arena, job, &asked->questions, &asked->count, error);
}

// ---------------------------------------------------------------- what to drop

static int compare_bytes(const void *a, const void *b) {
  size_t x = table_bytes(((const CubeDrop *)a)->cuboid),
         y = table_bytes(((const CubeDrop *)b)->cuboid);
  return (x < y) - (x > y);
}

// The cuboids that nobody has read since they were made, the largest first; returns their bytes.
static double unread_find(const DatabaseView *view, Arena *arena, CubeAdvice *advice) {
  const Root *root = view->root;
  double bytes = 0;
  advice->drops = ARENA_ARRAY(arena, CubeDrop, root->table_count + 1);
  for (uint32_t t = 0; t < root->table_count; t++) {
    const Table *table = root->tables[t];
    if (!table_is_cuboid(table) || atomic_load(&table->scanned_at) > table->made_at) continue;
    bool is_declared = cuboid_is_declared(arena, view->model, table->schema->name);
    advice->drops[advice->drop_count++] = (CubeDrop){table, is_declared};
    bytes += (double)table_bytes(table);
  }
  qsort(advice->drops, advice->drop_count, sizeof *advice->drops, compare_bytes);
  return bytes;
}

// As many of them as make room for what is to be built.
static void drops_trim(CubeAdvice *advice) {
  double room = advice->bytes_max;
  uint32_t count = 0;
  while (count < advice->drop_count && room < advice->build.bytes)
    room += (double)table_bytes(advice->drops[count++].cuboid);
  advice->drop_count = count;
}

// ---------------------------------------------------------------- names

static bool is_among(const char *name, const char *const *names, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (!strcmp(names[i], name)) return true;
  return false;
}

// With the measures that a cuboid of this grain, built by its name, keeps already.
static const char *build_name(const DatabaseView *view, const ModelCuboid *declared,
                              const char *grain, Arena *arena) {
  const Table *there = root_find(view->root, grain);
  const TableSchema *kept = there && there->schema->by_name ? there->schema : NULL;
  const char *name = grain;
  if (!declared->measure_count || (kept && !kept->measure_count)) return name;
  for (uint32_t m = 0; m < declared->measure_count; m++)
    name = arena_printf(arena, "%s%s%s", name, m ? ", " : ": ", declared->measures[m]);
  for (uint32_t m = 0; kept && m < kept->measure_count; m++)
    if (!is_among(kept->measures[m], declared->measures, declared->measure_count))
      name = arena_printf(arena, "%s, %s", name, kept->measures[m]);
  return name;
}

static void names_make(const DatabaseView *view, Arena *arena, CubeAdvice *advice) {
  advice->names = ARENA_ARRAY(arena, const char *, advice->build.count + 1);
  advice->is_declared = ARENA_ARRAY(arena, bool, advice->build.count + 1);
  for (uint32_t i = 0; i < advice->build.count; i++) {
    const AdvisedCuboid *one = &advice->build.cuboids[i];
    const char *grain = cuboid_name(arena, one->cube->model, &one->declared);
    advice->is_declared[i] = cuboid_is_declared(arena, view->model, grain);
    advice->names[i] = build_name(view, &one->declared, grain, arena);
  }
}

// ---------------------------------------------------------------- the whole

Status cube_advice_make(const DatabaseView *view, CuboidLog *log, const CubeAdviceSource *source,
                        int64_t bytes_max, Arena *arena, Job *job, CubeAdvice *advice,
                        Error *error) {
  const CuboidLattice *lattice;
  Asked asked = {0};
  *advice = (CubeAdvice){.bytes_max = (double)bytes_max};
  if (!view->model || !view->model->cube_count)
    return error_set(error, STATUS_INVALID, "the store's model has no cubes to advise on");
  TRY(database_view_lattice(view, &lattice, error));
  double droppable = 0;
  if (!bytes_max) {
    int64_t left = cuboid_bytes_max(view->model) - cuboid_bytes(view->root);
    advice->bytes_max = left > 0 ? (double)left : 0;
    droppable = unread_find(view, arena, advice);
  }
  if (source->path)
    TRY(cube_questions_read(view, source->path, arena, &asked.questions, &asked.count,
                            &advice->skipped, error));
  else
    TRY(log_ask(view, log, source, arena, job, &asked, advice, error));
  TRY(cuboid_advise(lattice, arena, asked.questions, asked.count, advice->bytes_max + droppable,
                    job, &advice->build, error));
  drops_trim(advice);
  names_make(view, arena, advice);
  return STATUS_OK;
}

// ---------------------------------------------------------------- writing

static void names_append(Buffer *out, const char *const *names, uint32_t count) {
  buffer_append_char(out, '[');
  for (uint32_t i = 0; i < count; i++) buffer_printf(out, "%s%s", i ? ", " : "", names[i]);
  buffer_append_char(out, ']');
}

void cube_advice_append_yaml(Buffer *out, const ModelCuboid *declared) {
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

static void build_write(const CubeAdvice *advice, uint32_t index, Arena *arena, JsonWriter *json) {
  const AdvisedCuboid *one = &advice->build.cuboids[index];
  const ModelCuboid *declared = &one->declared;
  Buffer yaml;
  buffer_init(&yaml);
  cube_advice_append_yaml(&yaml, declared);
  json_write_object_open(json);
  json_write_key_text(json, "name", cuboid_name(arena, one->cube->model, declared));
  json_write_key_text(json, "build", advice->names[index]);
  json_write_key_bool(json, "declared", advice->is_declared[index]);
  json_write_key_text(json, "cube", one->cube->model->name);
  json_write_key_texts(json, "levels", declared->levels, declared->level_count);
  json_write_key_texts(json, "measures", declared->measures, declared->measure_count);
  json_write_key_int(json, "cells", llround(one->cells));
  json_write_key_int(json, "bytes", llround(one->bytes));
  json_write_key_int(json, "benefit", llround(one->benefit));
  json_write_key_text(json, "yaml", yaml.data);
  json_write_object_close(json);
  buffer_clear(&yaml);
}

static void drop_write(const CubeDrop *drop, JsonWriter *json) {
  json_write_object_open(json);
  json_write_key_text(json, "name", drop->cuboid->schema->name);
  json_write_key_bool(json, "declared", drop->is_declared);
  json_write_key_int(json, "bytes", (int64_t)table_bytes(drop->cuboid));
  json_write_object_close(json);
}

void cube_advice_write(const CubeAdvice *advice, Arena *arena, JsonWriter *json) {
  const CuboidAdvice *build = &advice->build;
  json_write_key_int(json, "questions", build->question_count);
  json_write_key_int(json, "skipped", advice->skipped);
  json_write_key_int(json, "candidates", build->candidate_count);
  json_write_key_int(json, "bytes_max", llround(advice->bytes_max));
  json_write_key_int(json, "bytes", llround(build->bytes));
  json_write_key_int(json, "rows_before", llround(build->rows_before));
  json_write_key_int(json, "rows_after", llround(build->rows_after));
  json_write_key(json, "cuboids");
  json_write_array_open(json);
  for (uint32_t i = 0; i < build->count; i++) build_write(advice, i, arena, json);
  json_write_array_close(json);
  json_write_key(json, "drops");
  json_write_array_open(json);
  for (uint32_t i = 0; i < advice->drop_count; i++) drop_write(&advice->drops[i], json);
  json_write_array_close(json);
}
