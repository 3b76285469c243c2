// Worker threads that help callers with shared work.
//
//   caller A: Run {task, next worker 1, limit 4} ─┐
//   caller B: Run {task, next worker 2, limit 2} ─┴─► queue of open runs ◄── idle threads
//
// A run lives on its caller's stack. It is in the queue while it wants more workers; a thread takes
// the first run, and puts it last if it wants still more, so that callers share the threads. The
// caller works too (worker 0), then withdraws the run from the queue and waits for those who
// joined. Nobody is woken for a run while as many threads work as the pool has: the run waits in
// the queue for one that becomes free, for a wake-up costs more than a short run gains. Invariant:
// everything in Run and in the queue changes under the pool's mutex only; once a run is out of the
// queue and `active` is 0, no thread holds a pointer to it.
#include "thread_pool.h"
#include "memory.h"
#include <assert.h>
#include <pthread.h>
#include <signal.h>

typedef struct Run {
  struct Run *previous, *next; // in the queue of open runs
  void (*task)(void *context, uint32_t worker);
  void *context;
  uint32_t next_worker, worker_limit;
  uint32_t active; // pool threads inside task
  bool queued;
  pthread_cond_t finished;
} Run;

struct ThreadPool {
  pthread_mutex_t mutex;
  pthread_cond_t work;
  Run *first, *last;
  bool stopping;
  uint32_t thread_count; // those besides the caller
  uint32_t working;      // callers and threads inside tasks
  pthread_t threads[];
};

static void queue_append(ThreadPool *pool, Run *run) {
  run->previous = pool->last;
  run->next = NULL;
  *(pool->last ? &pool->last->next : &pool->first) = run;
  pool->last = run;
  run->queued = true;
}

static void queue_remove(ThreadPool *pool, Run *run) {
  *(run->previous ? &run->previous->next : &pool->first) = run->next;
  *(run->next ? &run->next->previous : &pool->last) = run->previous;
  run->queued = false;
}

// Takes a place in the first open run. The mutex is held, and given up while the task runs.
static void pool_join_run(ThreadPool *pool) {
  Run *run = pool->first;
  uint32_t worker = run->next_worker++;
  queue_remove(pool, run);
  if (run->next_worker < run->worker_limit) queue_append(pool, run);
  run->active++;
  pool->working++;
  pthread_mutex_unlock(&pool->mutex);
  run->task(run->context, worker);
  pthread_mutex_lock(&pool->mutex);
  pool->working--;
  if (--run->active == 0) pthread_cond_signal(&run->finished);
}

static void *pool_thread(void *argument) {
  ThreadPool *pool = argument;
  pthread_mutex_lock(&pool->mutex);
  while (!pool->stopping) {
    if (pool->first)
      pool_join_run(pool);
    else
      pthread_cond_wait(&pool->work, &pool->mutex);
  }
  pthread_mutex_unlock(&pool->mutex);
  return NULL;
}

// Signals go to the program's own threads, never to workers.
static void pool_start_threads(ThreadPool *pool, uint32_t count) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (uint32_t i = 0; i < count; i++) {
    if (pthread_create(&pool->threads[i], NULL, pool_thread, pool) != 0) break;
    pthread_setname_np(pool->threads[i], "tessera-worker");
    pool->thread_count++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

ThreadPool *thread_pool_create(uint32_t thread_count) {
  if (thread_count == 0) thread_count = cpu_count();
  ThreadPool *pool = mem_alloc_zero(sizeof *pool + thread_count * sizeof pool->threads[0]);
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->work, NULL);
  pool_start_threads(pool, thread_count - 1);
  return pool;
}

void thread_pool_destroy(ThreadPool *pool) {
  if (!pool) return;
  pthread_mutex_lock(&pool->mutex);
  assert(!pool->first);
  pool->stopping = true;
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->mutex);
  for (uint32_t i = 0; i < pool->thread_count; i++) pthread_join(pool->threads[i], NULL);
  pthread_cond_destroy(&pool->work);
  pthread_mutex_destroy(&pool->mutex);
  mem_free(pool);
}

uint32_t thread_pool_size(const ThreadPool *pool) {
  return pool ? pool->thread_count + 1 : 1;
}

// Wakes at most `count` threads, as many as processors are free.
static void pool_wake(ThreadPool *pool, uint32_t count) {
  for (uint32_t busy = pool->working; count && busy < thread_pool_size(pool); count--, busy++)
    pthread_cond_signal(&pool->work);
}

void thread_pool_run(ThreadPool *pool, uint32_t worker_count,
                     void (*task)(void *context, uint32_t worker), void *context) {
  uint32_t limit = thread_pool_size(pool);
  if (worker_count < limit) limit = worker_count;
  if (limit <= 1) {
    task(context, 0);
    return;
  }
  Run run = {.task = task, .context = context, .next_worker = 1, .worker_limit = limit};
  pthread_cond_init(&run.finished, NULL);
  pthread_mutex_lock(&pool->mutex);
  queue_append(pool, &run);
  pool->working++;
  pool_wake(pool, limit - 1);
  pthread_mutex_unlock(&pool->mutex);

  task(context, 0);

  pthread_mutex_lock(&pool->mutex);
  pool->working--;
  if (run.queued) queue_remove(pool, &run);
  if (pool->first) pool_wake(pool, 1);
  while (run.active) pthread_cond_wait(&run.finished, &pool->mutex);
  pthread_mutex_unlock(&pool->mutex);
  pthread_cond_destroy(&run.finished);
}
