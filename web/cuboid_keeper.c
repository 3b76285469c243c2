// See cuboid_keeper.h.
#include "cuboid_keeper.h"
#include "cube_questions.h"

#define WRITE_MS 5000

struct CuboidKeeper {
  Database *database;
  void (*faults)(void *context, const char *text);
  void *context;
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t woken;
  bool stopping;
  uint64_t written; // database_asked_changes of the file's contents
};

static void fault_tell(const CuboidKeeper *keeper, Status status, const Error *error) {
  if (status != STATUS_OK) keeper->faults(keeper->context, error->message);
}

static void asked_write(CuboidKeeper *keeper) {
  uint64_t changes = database_asked_changes(keeper->database);
  Error error = ERROR_INIT;
  if (changes == keeper->written) return;
  keeper->written = changes;
  fault_tell(keeper, database_asked_write(keeper->database, &error), &error);
}

// The lock is held: until the server stops, for WRITE_MS at most.
static void wait(CuboidKeeper *keeper) {
  int64_t until_ns = clock_now_ns() + WRITE_MS * INT64_C(1000000);
  struct timespec until = {until_ns / 1000000000, until_ns % 1000000000};
  pthread_cond_timedwait(&keeper->woken, &keeper->lock, &until);
}

static void *keep(void *context) {
  CuboidKeeper *keeper = context;
  pthread_mutex_lock(&keeper->lock);
  while (!keeper->stopping) {
    wait(keeper);
    pthread_mutex_unlock(&keeper->lock);
    asked_write(keeper);
    pthread_mutex_lock(&keeper->lock);
  }
  pthread_mutex_unlock(&keeper->lock);
  return NULL;
}

CuboidKeeper *cuboid_keeper_start(Database *database,
                                  void (*faults)(void *context, const char *text), void *context) {
  CuboidKeeper *keeper = mem_alloc_zero(sizeof *keeper);
  *keeper = (CuboidKeeper){.database = database, .faults = faults, .context = context};
  Error error = ERROR_INIT;
  fault_tell(keeper, database_asked_read(database, &error), &error);
  fault_tell(keeper, cube_questions_review(database, &error), &error);
  keeper->written = database_asked_changes(database);
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_mutex_init(&keeper->lock, NULL);
  pthread_cond_init(&keeper->woken, &attributes);
  pthread_condattr_destroy(&attributes);
  pthread_create(&keeper->thread, NULL, keep, keeper);
  return keeper;
}

void cuboid_keeper_stop(CuboidKeeper *keeper) {
  if (!keeper) return;
  pthread_mutex_lock(&keeper->lock);
  keeper->stopping = true;
  pthread_cond_signal(&keeper->woken);
  pthread_mutex_unlock(&keeper->lock);
  pthread_join(keeper->thread, NULL);
  asked_write(keeper);
  pthread_cond_destroy(&keeper->woken);
  pthread_mutex_destroy(&keeper->lock);
  mem_free(keeper);
}
