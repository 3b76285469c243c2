// Workers that sum morsels: the sum is right whatever threads took part, from one caller or many.
#include "thread_pool.h"
#include "unit_main.h"
#include <pthread.h>
#include <stdatomic.h>

enum { MORSELS = 500, MORSEL_ROWS = 200, WORKERS_MAX = 64 };

typedef struct SumWork {
  _Atomic uint32_t next_morsel;
  _Atomic int64_t total;
  _Atomic uint32_t started[WORKERS_MAX];
  ThreadPool *pool; // for nested runs
} SumWork;

static void sum_morsels(void *context, uint32_t worker) {
  SumWork *work = context;
  work->started[worker]++;
  int64_t sum = 0;
  for (uint32_t m; (m = work->next_morsel++) < MORSELS;)
    for (int i = 0; i < MORSEL_ROWS; i++) sum += (int64_t)m * MORSEL_ROWS + i;
  work->total += sum;
}

static const int64_t rows_total = (int64_t)MORSELS * MORSEL_ROWS;
static int64_t expected_total(void) {
  return rows_total * (rows_total - 1) / 2;
}

// Runs the sum and says whether all is as it must be: each worker once, numbers without holes
// above.
static bool sum_is_right(ThreadPool *pool, uint32_t workers) {
  SumWork work = {.pool = pool};
  thread_pool_run(pool, workers, sum_morsels, &work);
  uint32_t most = workers < thread_pool_size(pool) ? workers : thread_pool_size(pool);
  bool right = work.total == expected_total() && work.started[0] == 1;
  for (uint32_t w = 1; w < WORKERS_MAX; w++)
    right = right && work.started[w] <= (w < most) && work.started[w] <= work.started[w - 1];
  return right;
}

START_TEST(one_caller_sums) {
  for (uint32_t threads = 1; threads <= 8; threads++) {
    ThreadPool *pool = thread_pool_create(threads);
    ck_assert_uint_eq(thread_pool_size(pool), threads);
    for (uint32_t workers = 1; workers <= 10; workers++)
      for (int round = 0; round < 20; round++) ck_assert(sum_is_right(pool, workers));
    thread_pool_destroy(pool);
  }
  ck_assert(sum_is_right(NULL, 4));
  thread_pool_destroy(NULL);
}
END_TEST

static void *call_often(void *argument) {
  for (int i = 0; i < 200; i++)
    if (!sum_is_right(argument, 4)) return argument;
  return NULL;
}

START_TEST(many_callers_sum) {
  ThreadPool *pool = thread_pool_create(4);
  pthread_t callers[6];
  for (int i = 0; i < 6; i++) pthread_create(&callers[i], NULL, call_often, pool);
  for (int i = 0; i < 6; i++) {
    void *wrong;
    pthread_join(callers[i], &wrong);
    ck_assert_ptr_null(wrong);
  }
  thread_pool_destroy(pool);
}
END_TEST

static void run_nested(void *context, uint32_t worker) {
  (void)worker;
  SumWork *outer = context;
  for (uint32_t m; (m = outer->next_morsel++) < 50;)
    if (sum_is_right(outer->pool, 3)) outer->total++;
}

START_TEST(runs_may_nest) {
  ThreadPool *pool = thread_pool_create(3);
  SumWork outer = {.pool = pool};
  thread_pool_run(pool, 3, run_nested, &outer);
  ck_assert_int_eq(outer.total, 50);
  thread_pool_destroy(pool);
}
END_TEST

// A caller whose pool is wholly busy with another's work does its own work alone.
typedef struct Gate {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  uint32_t inside;
  bool open;
} Gate;

static void wait_at_gate(void *context, uint32_t worker) {
  (void)worker;
  Gate *gate = context;
  pthread_mutex_lock(&gate->mutex);
  gate->inside++;
  pthread_cond_broadcast(&gate->changed);
  while (!gate->open) pthread_cond_wait(&gate->changed, &gate->mutex);
  pthread_mutex_unlock(&gate->mutex);
}

typedef struct GateCaller {
  ThreadPool *pool;
  Gate *gate;
} GateCaller;

static void *call_with_gate(void *argument) {
  GateCaller *caller = argument;
  thread_pool_run(caller->pool, 3, wait_at_gate, caller->gate);
  return NULL;
}

START_TEST(busy_threads_delay_nobody) {
  ThreadPool *pool = thread_pool_create(3);
  Gate gate = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
  GateCaller caller = {pool, &gate};
  pthread_t thread;
  pthread_create(&thread, NULL, call_with_gate, &caller);
  pthread_mutex_lock(&gate.mutex);
  while (gate.inside < 3) pthread_cond_wait(&gate.changed, &gate.mutex); // all workers really start
  pthread_mutex_unlock(&gate.mutex);
  ck_assert(sum_is_right(pool, 3));
  pthread_mutex_lock(&gate.mutex);
  gate.open = true;
  pthread_cond_broadcast(&gate.changed);
  pthread_mutex_unlock(&gate.mutex);
  pthread_join(thread, NULL);
  thread_pool_destroy(pool);
}
END_TEST

// Two runs on a pool of two: nobody is woken for the second while both callers work, and the one
// thread takes a place in it once the first has ended.
typedef struct PairCaller {
  ThreadPool *pool;
  Gate *gate;
  bool waits_for_help; // else for the other caller
} PairCaller;

static void pair_task(void *context, uint32_t worker) {
  PairCaller *caller = context;
  Gate *gate = caller->gate;
  pthread_mutex_lock(&gate->mutex);
  if (worker == 0) gate->inside++;
  if (worker == 1 && caller->waits_for_help) gate->open = true;
  pthread_cond_broadcast(&gate->changed);
  while (worker == 0 && (caller->waits_for_help ? !gate->open : gate->inside < 2))
    pthread_cond_wait(&gate->changed, &gate->mutex);
  pthread_mutex_unlock(&gate->mutex);
}

static void *pair_main(void *argument) {
  PairCaller *caller = argument;
  thread_pool_run(caller->pool, 2, pair_task, caller);
  return NULL;
}

START_TEST(waiting_runs_get_threads_that_become_free) {
  for (int round = 0; round < 200; round++) {
    ThreadPool *pool = thread_pool_create(2);
    Gate gate = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    PairCaller callers[2] = {{pool, &gate, false}, {pool, &gate, true}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, pair_main, &callers[i]);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    ck_assert(gate.open);
    thread_pool_destroy(pool);
  }
}
END_TEST

START_TEST(processors_are_counted) {
  ck_assert_uint_ge(cpu_count(), 1);
  ThreadPool *pool = thread_pool_create(0);
  ck_assert_uint_eq(thread_pool_size(pool), cpu_count());
  thread_pool_destroy(pool);
  setenv("TESSERA_SIMD", "portable", 1);
  ck_assert_int_eq(cpu_vectors(), CPU_PORTABLE);
  setenv("TESSERA_SIMD", "avx2", 1);
  ck_assert_int_le(cpu_vectors(), CPU_AVX2);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("thread_pool");
  unit_case(suite, "pool", 120,
            (const TTest *[]){one_caller_sums, many_callers_sum, runs_may_nest,
                              busy_threads_delay_nobody, waiting_runs_get_threads_that_become_free,
                              processors_are_counted, NULL});
  return unit_main(suite);
}
