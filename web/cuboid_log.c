// See cuboid_log.h.
#include "cuboid_log.h"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define REASONS_MAX 32

typedef struct Miss {
  Arena *arena; // of its texts
  const char *key;
  const char *cube, *why;
  ModelCuboid declared;
  const char **reasons; // of the last time: "cuboid sales(date.day): it is not split by ..."
  uint32_t reason_count;
  uint64_t count, rows_read;
  int64_t last_us; // since 1970-01-01 UTC
} Miss;

struct CuboidLog {
  pthread_mutex_t lock;
  Miss *misses;
  uint32_t count;
  uint64_t left_off;
};

CuboidLog *cuboid_log_create(void) {
  CuboidLog *log = mem_alloc_zero(sizeof *log);
  pthread_mutex_init(&log->lock, NULL);
  log->misses = mem_alloc_zero(MISSES_MAX * sizeof *log->misses);
  return log;
}

void cuboid_log_destroy(CuboidLog *log) {
  if (!log) return;
  for (uint32_t m = 0; m < log->count; m++) arena_destroy(log->misses[m].arena);
  mem_free(log->misses);
  pthread_mutex_destroy(&log->lock);
  mem_free(log);
}

// ---------------------------------------------------------------- adding

static const char *key_make(Arena *arena, const CuboidQuestion *question,
                            const ModelCuboid *declared) {
  const char *key = question->cube->model->name;
  for (uint32_t l = 0; l < declared->level_count; l++)
    key = arena_printf(arena, "%s,%s", key, declared->levels[l]);
  for (uint32_t m = 0; m < declared->measure_count; m++)
    key = arena_printf(arena, "%s;%s", key, declared->measures[m]);
  return question->why ? arena_printf(arena, "%s:%s", key, question->why) : key;
}

static const char **texts_copy(Arena *arena, const char *const *texts, uint32_t count) {
  const char **copy = ARENA_ARRAY(arena, const char *, count + 1);
  for (uint32_t i = 0; i < count; i++) copy[i] = arena_strdup(arena, texts[i]);
  return copy;
}

static void miss_fill(Miss *miss, const char *key, const CuboidQuestion *question,
                      const ModelCuboid *declared, const LogicalContext *context,
                      const LogicalMissed *missed) {
  Arena *arena = arena_create();
  *miss = (Miss){.arena = arena,
                 .key = arena_strdup(arena, key),
                 .cube = arena_strdup(arena, question->cube->model->name),
                 .why = question->why ? arena_strdup(arena, question->why) : NULL};
  miss->declared = *declared;
  miss->declared.levels = texts_copy(arena, declared->levels, declared->level_count);
  miss->declared.measures = texts_copy(arena, declared->measures, declared->measure_count);
  miss->reason_count = missed->note_count < REASONS_MAX ? missed->note_count : REASONS_MAX;
  miss->reasons = texts_copy(arena, context->notes + missed->first_note, miss->reason_count);
}

static Miss *miss_find(const CuboidLog *log, const char *key) {
  for (uint32_t m = 0; m < log->count; m++)
    if (!strcmp(log->misses[m].key, key)) return &log->misses[m];
  return NULL;
}

void cuboid_log_add(CuboidLog *log, const CuboidQuestion *question, const LogicalContext *context,
                    const LogicalMissed *missed, uint64_t rows_read) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  ModelCuboid declared = cuboid_question_declare(context->arena, question);
  const char *key = key_make(context->arena, question, &declared);
  pthread_mutex_lock(&log->lock);
  Miss *miss = miss_find(log, key);
  if (!miss && log->count < MISSES_MAX) {
    miss = &log->misses[log->count++];
    miss_fill(miss, key, question, &declared, context, missed);
  }
  if (miss) {
    miss->count++;
    miss->rows_read += rows_read;
    miss->last_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
  } else {
    log->left_off++;
  }
  pthread_mutex_unlock(&log->lock);
}

// ---------------------------------------------------------------- writing

static void texts_write(JsonWriter *json, const char *key, const char *const *texts,
                        uint32_t count) {
  json_write_key(json, key);
  json_write_array_open(json);
  for (uint32_t i = 0; i < count; i++) json_write_text(json, texts[i]);
  json_write_array_close(json);
}

static void miss_write(const Miss *miss, JsonWriter *json) {
  json_write_object_open(json);
  json_write_key_text(json, "cube", miss->cube);
  texts_write(json, "levels", miss->declared.levels, miss->declared.level_count);
  texts_write(json, "measures", miss->declared.measures, miss->declared.measure_count);
  json_write_key_text(json, "never", miss->why);
  texts_write(json, "reasons", miss->reasons, miss->reason_count);
  json_write_key_int(json, "count", (int64_t)miss->count);
  json_write_key_int(json, "rows_read", (int64_t)miss->rows_read);
  json_write_key(json, "last_asked");
  json_write_timestamptz(json, miss->last_us);
  json_write_object_close(json);
}

static int compare_count(const void *a, const void *b) {
  const Miss *x = *(const Miss *const *)a, *y = *(const Miss *const *)b;
  if (x->count != y->count) return x->count < y->count ? 1 : -1;
  return strcmp(x->key, y->key);
}

void cuboid_log_write(CuboidLog *log, JsonWriter *json) {
  pthread_mutex_lock(&log->lock);
  const Miss **order = mem_alloc((log->count + 1) * sizeof *order);
  for (uint32_t m = 0; m < log->count; m++) order[m] = &log->misses[m];
  qsort(order, log->count, sizeof *order, compare_count);
  json_write_key(json, "misses");
  json_write_array_open(json);
  for (uint32_t m = 0; m < log->count; m++) miss_write(order[m], json);
  json_write_array_close(json);
  json_write_key_int(json, "misses_left_off", (int64_t)log->left_off);
  mem_free(order);
  pthread_mutex_unlock(&log->lock);
}
