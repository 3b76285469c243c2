// See cuboid_log.h.
#include "cuboid_log.h"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define REASONS_MAX 32

typedef struct Kept {
  Arena *arena; // of its texts
  Miss miss;    // with its key
} Kept;

struct CuboidLog {
  pthread_mutex_t lock;
  Kept *kept;
  uint32_t count;
  uint64_t left_off, changes;
};

CuboidLog *cuboid_log_create(void) {
  CuboidLog *log = mem_alloc_zero(sizeof *log);
  pthread_mutex_init(&log->lock, NULL);
  log->kept = mem_alloc_zero(MISSES_MAX * sizeof *log->kept);
  return log;
}

void cuboid_log_destroy(CuboidLog *log) {
  if (!log) return;
  for (uint32_t m = 0; m < log->count; m++) arena_destroy(log->kept[m].arena);
  mem_free(log->kept);
  pthread_mutex_destroy(&log->lock);
  mem_free(log);
}

// ---------------------------------------------------------------- adding

static const char *key_make(Arena *arena, const Miss *miss) {
  const char *key = arena_strdup(arena, miss->cube);
  for (uint32_t l = 0; l < miss->declared.level_count; l++)
    key = arena_printf(arena, "%s,%s", key, miss->declared.levels[l]);
  for (uint32_t m = 0; m < miss->declared.measure_count; m++)
    key = arena_printf(arena, "%s;%s", key, miss->declared.measures[m]);
  return miss->why ? arena_printf(arena, "%s:%s", key, miss->why) : key;
}

static const char **texts_copy(Arena *arena, const char *const *texts, uint32_t count) {
  const char **copy = ARENA_ARRAY(arena, const char *, count + 1);
  for (uint32_t i = 0; i < count; i++) copy[i] = arena_strdup(arena, texts[i]);
  return copy;
}

static Miss miss_copy(const Miss *miss, Arena *arena) {
  Miss copy = *miss;
  copy.key = arena_strdup(arena, miss->key);
  copy.cube = arena_strdup(arena, miss->cube);
  copy.why = miss->why ? arena_strdup(arena, miss->why) : NULL;
  copy.declared.levels = texts_copy(arena, miss->declared.levels, miss->declared.level_count);
  copy.declared.measures = texts_copy(arena, miss->declared.measures, miss->declared.measure_count);
  copy.reason_count = miss->reason_count < REASONS_MAX ? miss->reason_count : REASONS_MAX;
  copy.reasons = texts_copy(arena, miss->reasons, copy.reason_count);
  return copy;
}

static Kept *kept_find(const CuboidLog *log, const char *key) {
  for (uint32_t m = 0; m < log->count; m++)
    if (!strcmp(log->kept[m].miss.key, key)) return &log->kept[m];
  return NULL;
}

static void kept_remove(CuboidLog *log, Kept *kept) {
  arena_destroy(kept->arena);
  *kept = log->kept[--log->count];
}

// Room for one more: of a full list the question that was asked longest ago goes.
static Kept *kept_take(CuboidLog *log) {
  if (log->count == MISSES_MAX) {
    Kept *oldest = &log->kept[0];
    for (uint32_t m = 1; m < log->count; m++)
      if (log->kept[m].miss.last_us < oldest->miss.last_us) oldest = &log->kept[m];
    log->left_off += oldest->miss.count;
    kept_remove(log, oldest);
  }
  return &log->kept[log->count++];
}

void cuboid_log_put(CuboidLog *log, const Miss *miss) {
  Arena *arena = miss->key ? NULL : arena_create();
  Miss keyed = *miss;
  if (!miss->key) keyed.key = key_make(arena, miss);
  pthread_mutex_lock(&log->lock);
  Kept *kept = kept_find(log, keyed.key);
  if (kept) {
    kept->miss.count += miss->count;
    kept->miss.rows_read += miss->rows_read;
    if (miss->last_us > kept->miss.last_us) kept->miss.last_us = miss->last_us;
  } else {
    kept = kept_take(log);
    kept->arena = arena_create();
    kept->miss = miss_copy(&keyed, kept->arena);
  }
  log->changes++;
  pthread_mutex_unlock(&log->lock);
  arena_destroy(arena);
}

Miss cuboid_miss_make(const CuboidQuestion *question, const LogicalContext *context,
                      const LogicalMissed *missed) {
  Miss miss = {.cube = question->cube->model->name,
               .why = question->why,
               .declared = cuboid_question_declare(context->arena, question),
               .reasons = (const char **)context->notes + missed->first_note,
               .reason_count = missed->note_count,
               .count = 1};
  miss.key = key_make(context->arena, &miss);
  return miss;
}

void cuboid_log_add(CuboidLog *log, const Miss *miss, uint64_t rows_read) {
  Miss now = *miss;
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  now.rows_read = rows_read;
  now.last_us = (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
  cuboid_log_put(log, &now);
}

void cuboid_log_remove(CuboidLog *log, const Miss *miss) {
  Arena *arena = arena_create();
  const char *key = key_make(arena, miss);
  pthread_mutex_lock(&log->lock);
  Kept *kept = kept_find(log, key);
  if (kept) {
    kept_remove(log, kept);
    log->changes++;
  }
  pthread_mutex_unlock(&log->lock);
  arena_destroy(arena);
}

// ---------------------------------------------------------------- reading

uint64_t cuboid_log_changes(CuboidLog *log) {
  pthread_mutex_lock(&log->lock);
  uint64_t changes = log->changes;
  pthread_mutex_unlock(&log->lock);
  return changes;
}

uint64_t cuboid_log_left_off(CuboidLog *log) {
  pthread_mutex_lock(&log->lock);
  uint64_t count = log->left_off;
  pthread_mutex_unlock(&log->lock);
  return count;
}

void cuboid_log_set_left_off(CuboidLog *log, uint64_t count) {
  pthread_mutex_lock(&log->lock);
  log->left_off = count;
  pthread_mutex_unlock(&log->lock);
}

static int compare_count(const void *a, const void *b) {
  const Kept *x = *(const Kept *const *)a, *y = *(const Kept *const *)b;
  if (x->miss.count != y->miss.count) return x->miss.count < y->miss.count ? 1 : -1;
  return strcmp(x->miss.key, y->miss.key);
}

uint32_t cuboid_log_list(CuboidLog *log, Arena *arena, Miss **misses) {
  pthread_mutex_lock(&log->lock);
  uint32_t count = log->count;
  const Kept **order = mem_alloc((count + 1) * sizeof *order);
  for (uint32_t m = 0; m < count; m++) order[m] = &log->kept[m];
  qsort(order, count, sizeof *order, compare_count);
  *misses = ARENA_ARRAY(arena, Miss, count + 1);
  for (uint32_t m = 0; m < count; m++) (*misses)[m] = miss_copy(&order[m]->miss, arena);
  pthread_mutex_unlock(&log->lock);
  mem_free(order);
  return count;
}

static void miss_write(const Miss *miss, JsonWriter *json) {
  json_write_object_open(json);
  json_write_key_text(json, "cube", miss->cube);
  json_write_key_texts(json, "levels", miss->declared.levels, miss->declared.level_count);
  json_write_key_texts(json, "measures", miss->declared.measures, miss->declared.measure_count);
  json_write_key_text(json, "never", miss->why);
  json_write_key_texts(json, "reasons", miss->reasons, miss->reason_count);
  json_write_key_int(json, "count", (int64_t)miss->count);
  json_write_key_int(json, "rows_read", (int64_t)miss->rows_read);
  json_write_key(json, "last_asked");
  json_write_timestamptz(json, miss->last_us);
  json_write_object_close(json);
}

void cuboid_log_write(CuboidLog *log, JsonWriter *json) {
  Arena *arena = arena_create();
  Miss *misses;
  uint32_t count = cuboid_log_list(log, arena, &misses);
  json_write_key(json, "misses");
  json_write_array_open(json);
  for (uint32_t m = 0; m < count; m++) miss_write(&misses[m], json);
  json_write_array_close(json);
  json_write_key_int(json, "misses_left_off", (int64_t)cuboid_log_left_off(log));
  arena_destroy(arena);
}
