// See cuboid_keeper.h.
#include "cuboid_keeper.h"
#include "condition.h"
#include "cube_advice.h"
#include "cube_questions.h"
#include "cuboid_name.h"
#include <time.h>

#define WRITE_MS 5000
#define REFUSED_MAX 64
#define DROP_AGE_US (INT64_C(86400) * 1000000) // a younger cuboid is not dropped unasked

typedef struct Task {
  char *name;
  bool drop;
  bool unasked; // the keeper's own idea
} Task;

struct CuboidKeeper {
  Database *database;
  CuboidKeeperOptions options;
  pthread_t thread;
  bool write_failed;
  uint64_t written;            // database_asked_changes of the file's contents
  uint64_t advised;            // cuboid_log_changes that were thought over
  int64_t write_ns, advise_ns; // when to look next
  char *refused[REFUSED_MAX];  // unasked ones that could not be built: not tried again
  uint32_t refused_count;
  pthread_mutex_t lock; // of what follows
  pthread_cond_t woken;
  bool stopping;
  Task waiting[KEEPER_WAITING_MAX];
  uint32_t waiting_count;
  Task current; // name NULL: none
  Job job;      // of the current task
  int64_t since_us;
  char *fault_name; // of the last that failed, or NULL
  Error fault;
};

static int64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void fault_tell(const CuboidKeeper *keeper, Status status, const Error *error) {
  if (status != STATUS_OK) keeper->options.faults(keeper->options.context, error->message);
}

// ---------------------------------------------------------------- in line

// The lock is held. One of equal name that waits is replaced.
static void task_put(CuboidKeeper *keeper, const char *name, bool drop, bool unasked) {
  uint32_t at = 0;
  while (at < keeper->waiting_count && strcmp(keeper->waiting[at].name, name) != 0) at++;
  if (at == KEEPER_WAITING_MAX) return;
  if (at == keeper->waiting_count) keeper->waiting[keeper->waiting_count++].name = mem_strdup(name);
  keeper->waiting[at].drop = drop;
  keeper->waiting[at].unasked = unasked;
}

Status cuboid_keeper_ask(CuboidKeeper *keeper, const char *const *names, uint32_t count, bool drop,
                         Error *error) {
  Status status = STATUS_OK;
  pthread_mutex_lock(&keeper->lock);
  if (keeper->waiting_count + count > KEEPER_WAITING_MAX)
    status = error_set(error, STATUS_BUSY, "%u cuboids wait already; at most %u may",
                       keeper->waiting_count, KEEPER_WAITING_MAX);
  for (uint32_t n = 0; n < count && status == STATUS_OK; n++)
    task_put(keeper, names[n], drop, false);
  pthread_cond_signal(&keeper->woken);
  pthread_mutex_unlock(&keeper->lock);
  return status;
}

uint32_t cuboid_keeper_cancel(CuboidKeeper *keeper) {
  pthread_mutex_lock(&keeper->lock);
  uint32_t count = keeper->waiting_count + (keeper->current.name != NULL);
  for (uint32_t t = 0; t < keeper->waiting_count; t++) mem_free(keeper->waiting[t].name);
  keeper->waiting_count = 0;
  if (keeper->current.name) job_cancel(&keeper->job);
  pthread_mutex_unlock(&keeper->lock);
  return count;
}

// ---------------------------------------------------------------- one of them

static Status task_do(CuboidKeeper *keeper, const Task *task, Error *error) {
  Database *database = keeper->database;
  const char *name = task->name;
  if (task->drop)
    TRY(database_cuboids_drop(database, &name, 1, error));
  else
    TRY(database_cuboids_build(database, &name, 1, &keeper->job, NULL, error));
  TRY(cube_questions_review(database, error));
  return database_save(database, &keeper->job, error);
}

static void refused_add(CuboidKeeper *keeper, const char *name) {
  if (keeper->refused_count < REFUSED_MAX)
    keeper->refused[keeper->refused_count++] = mem_strdup(name);
}

// The lock is held, and is let go meanwhile.
static void task_run(CuboidKeeper *keeper) {
  Task task = keeper->current = keeper->waiting[0];
  memmove(keeper->waiting, keeper->waiting + 1, --keeper->waiting_count * sizeof *keeper->waiting);
  job_init(&keeper->job, "cuboid", 0, 0, database_budget(keeper->database));
  keeper->since_us = now_us();
  pthread_mutex_unlock(&keeper->lock);
  Error error = ERROR_INIT;
  Status status = task_do(keeper, &task, &error);
  if (status != STATUS_OK && task.unasked) refused_add(keeper, task.name);
  pthread_mutex_lock(&keeper->lock);
  mem_free(keeper->fault_name);
  keeper->fault_name = status == STATUS_OK ? NULL : mem_strdup(task.name);
  keeper->fault = error;
  keeper->current.name = NULL;
  mem_free(task.name);
}

// ---------------------------------------------------------------- unasked ones

static bool is_refused(const CuboidKeeper *keeper, const char *name) {
  for (uint32_t r = 0; r < keeper->refused_count; r++)
    if (!strcmp(keeper->refused[r], name)) return true;
  return false;
}

static bool may_drop(const CubeDrop *drop, int64_t before_us) {
  return !drop->is_declared && drop->cuboid->made_at < before_us;
}

static void advice_take(CuboidKeeper *keeper, const CubeAdvice *advice) {
  int64_t before_us = now_us() - DROP_AGE_US;
  pthread_mutex_lock(&keeper->lock);
  for (uint32_t d = 0; d < advice->drop_count; d++)
    if (may_drop(&advice->drops[d], before_us))
      task_put(keeper, advice->drops[d].cuboid->schema->name, true, true);
  for (uint32_t i = 0; i < advice->build.count; i++)
    if (!advice->is_declared[i] && !is_refused(keeper, advice->names[i]))
      task_put(keeper, advice->names[i], false, true);
  pthread_mutex_unlock(&keeper->lock);
}

// Puts in line what questions that were missed often would need.
static void advise(CuboidKeeper *keeper) {
  CuboidLog *log = database_cuboid_log(keeper->database);
  uint64_t changes = cuboid_log_changes(log);
  DatabaseView *view;
  Job job;
  if (changes == keeper->advised || database_pin(keeper->database, &view, NULL) != STATUS_OK)
    return;
  keeper->advised = changes;
  Arena *arena = arena_create();
  CubeAdvice advice;
  Error error = ERROR_INIT;
  CubeAdviceSource source = {.count_min = KEEPER_COUNT_MIN};
  job_init(&job, "advice", 0, 0, database_budget(keeper->database));
  if (view->model && view->model->cube_count) {
    Status status = cube_advice_make(view, log, &source, 0, arena, &job, &advice, &error);
    fault_tell(keeper, status, &error);
    if (status == STATUS_OK) advice_take(keeper, &advice);
  }
  arena_destroy(arena);
  database_unpin(view);
}

// ---------------------------------------------------------------- the thread

static void asked_write(CuboidKeeper *keeper) {
  uint64_t changes = database_asked_changes(keeper->database);
  Error error = ERROR_INIT;
  if (changes == keeper->written) return;
  keeper->written = changes;
  Status status = database_asked_write(keeper->database, &error);
  if (!keeper->write_failed) fault_tell(keeper, status, &error); // said once, not every few seconds
  keeper->write_failed = status != STATUS_OK;
}

static void clock_work(CuboidKeeper *keeper) {
  int64_t now_ns = clock_now_ns();
  if (now_ns >= keeper->write_ns) {
    asked_write(keeper);
    keeper->write_ns = now_ns + WRITE_MS * INT64_C(1000000);
  }
  if (keeper->options.every_ms && now_ns >= keeper->advise_ns) {
    advise(keeper);
    keeper->advise_ns = now_ns + keeper->options.every_ms * INT64_C(1000000);
  }
}

// The lock is held: until somebody asks or the clock does.
static void idle(CuboidKeeper *keeper) {
  int64_t until_ns = keeper->write_ns;
  if (keeper->options.every_ms && keeper->advise_ns < until_ns) until_ns = keeper->advise_ns;
  condition_wait_until(&keeper->woken, &keeper->lock, until_ns);
}

static void *keep(void *context) {
  CuboidKeeper *keeper = context;
  pthread_mutex_lock(&keeper->lock);
  while (!keeper->stopping) {
    if (keeper->waiting_count)
      task_run(keeper);
    else
      idle(keeper);
    pthread_mutex_unlock(&keeper->lock);
    clock_work(keeper);
    pthread_mutex_lock(&keeper->lock);
  }
  pthread_mutex_unlock(&keeper->lock);
  return NULL;
}

CuboidKeeper *cuboid_keeper_start(Database *database, const CuboidKeeperOptions *options) {
  CuboidKeeper *keeper = mem_alloc_zero(sizeof *keeper);
  *keeper = (CuboidKeeper){.database = database, .options = *options, .fault = ERROR_INIT};
  Error error = ERROR_INIT;
  fault_tell(keeper, database_asked_read(database, &error), &error);
  fault_tell(keeper, cube_questions_review(database, &error), &error);
  keeper->written = database_asked_changes(database);
  int64_t now_ns = clock_now_ns();
  keeper->write_ns = now_ns + WRITE_MS * INT64_C(1000000);
  keeper->advise_ns = now_ns + options->every_ms * INT64_C(1000000);
  pthread_mutex_init(&keeper->lock, NULL);
  condition_init(&keeper->woken);
  pthread_create(&keeper->thread, NULL, keep, keeper);
  return keeper;
}

void cuboid_keeper_stop(CuboidKeeper *keeper) {
  if (!keeper) return;
  (void)cuboid_keeper_cancel(keeper);
  pthread_mutex_lock(&keeper->lock);
  keeper->stopping = true;
  pthread_cond_signal(&keeper->woken);
  pthread_mutex_unlock(&keeper->lock);
  pthread_join(keeper->thread, NULL);
  (void)cuboid_keeper_cancel(keeper); // what was put in line meanwhile
  asked_write(keeper);
  for (uint32_t r = 0; r < keeper->refused_count; r++) mem_free(keeper->refused[r]);
  mem_free(keeper->fault_name);
  pthread_cond_destroy(&keeper->woken);
  pthread_mutex_destroy(&keeper->lock);
  mem_free(keeper);
}

// ---------------------------------------------------------------- telling

static void task_write(const Task *task, JsonWriter *json) {
  json_write_object_open(json);
  json_write_key_text(json, "name", task->name);
  json_write_key_bool(json, "drop", task->drop);
  json_write_key_bool(json, "unasked", task->unasked);
  json_write_object_close(json);
}

static void fault_write(const CuboidKeeper *keeper, JsonWriter *json) {
  json_write_key(json, "failed");
  if (!keeper->fault_name) {
    json_write_null(json);
    return;
  }
  json_write_object_open(json);
  json_write_key_text(json, "name", keeper->fault_name);
  json_write_key_text(json, "code", status_name(keeper->fault.status));
  json_write_key_text(json, "message", keeper->fault.message);
  json_write_object_close(json);
}

void cuboid_keeper_write(CuboidKeeper *keeper, JsonWriter *json) {
  json_write_key(json, "building");
  json_write_object_open(json);
  json_write_key_int(json, "every_ms", keeper->options.every_ms);
  pthread_mutex_lock(&keeper->lock);
  json_write_key(json, "now");
  if (keeper->current.name)
    task_write(&keeper->current, json);
  else
    json_write_null(json);
  json_write_key(json, "since");
  if (keeper->current.name)
    json_write_timestamptz(json, keeper->since_us);
  else
    json_write_null(json);
  json_write_key(json, "waiting");
  json_write_array_open(json);
  for (uint32_t t = 0; t < keeper->waiting_count; t++) task_write(&keeper->waiting[t], json);
  json_write_array_close(json);
  fault_write(keeper, json);
  pthread_mutex_unlock(&keeper->lock);
  json_write_object_close(json);
}
