// See answer_threads.h. A thread waits for a task under its own mutex; idle ones are a stack, so
// that the one that ran last, and is warmest, runs next.
#include "answer_threads.h"
#include "memory.h"
#include <pthread.h>

struct AnswerThread {
  pthread_t handle;
  pthread_mutex_t mutex;
  pthread_cond_t changed; // task set, or done
  void (*task)(void *context);
  void *context;
  bool stop;
  AnswerThread *next; // idle
};

struct AnswerThreads {
  pthread_mutex_t mutex;
  AnswerThread *idle;
  size_t idle_count, idle_max, stack_bytes;
};

AnswerThreads *answer_threads_create(size_t stack_bytes, size_t idle_max) {
  AnswerThreads *threads = mem_alloc_zero(sizeof *threads);
  pthread_mutex_init(&threads->mutex, NULL);
  threads->stack_bytes = stack_bytes;
  threads->idle_max = idle_max;
  return threads;
}

static void *thread_main(void *argument) {
  AnswerThread *thread = argument;
  memory_share_arena();
  pthread_mutex_lock(&thread->mutex);
  for (;;) {
    while (!thread->task && !thread->stop) pthread_cond_wait(&thread->changed, &thread->mutex);
    if (thread->stop) break;
    pthread_mutex_unlock(&thread->mutex);
    thread->task(thread->context);
    pthread_mutex_lock(&thread->mutex);
    thread->task = NULL;
    pthread_cond_signal(&thread->changed);
  }
  pthread_mutex_unlock(&thread->mutex);
  return NULL;
}

static AnswerThread *thread_create(size_t stack_bytes) {
  AnswerThread *thread = mem_alloc_zero(sizeof *thread);
  pthread_attr_t attributes;
  pthread_mutex_init(&thread->mutex, NULL);
  pthread_cond_init(&thread->changed, NULL);
  bool started = pthread_attr_init(&attributes) == 0;
  if (started) {
    started = pthread_attr_setstacksize(&attributes, stack_bytes) == 0 &&
              pthread_create(&thread->handle, &attributes, thread_main, thread) == 0;
    pthread_attr_destroy(&attributes);
  }
  if (started) return thread;
  pthread_cond_destroy(&thread->changed);
  pthread_mutex_destroy(&thread->mutex);
  mem_free(thread);
  return NULL;
}

static void thread_end(AnswerThread *thread) {
  pthread_mutex_lock(&thread->mutex);
  thread->stop = true;
  pthread_cond_signal(&thread->changed);
  pthread_mutex_unlock(&thread->mutex);
  pthread_join(thread->handle, NULL);
  pthread_cond_destroy(&thread->changed);
  pthread_mutex_destroy(&thread->mutex);
  mem_free(thread);
}

void answer_threads_destroy(AnswerThreads *threads) {
  if (!threads) return;
  for (AnswerThread *thread = threads->idle, *next; thread; thread = next) {
    next = thread->next;
    thread_end(thread);
  }
  pthread_mutex_destroy(&threads->mutex);
  mem_free(threads);
}

AnswerThread *answer_threads_start(AnswerThreads *threads, void (*task)(void *context),
                                   void *context) {
  pthread_mutex_lock(&threads->mutex);
  AnswerThread *thread = threads->idle;
  if (thread) {
    threads->idle = thread->next;
    threads->idle_count--;
  }
  pthread_mutex_unlock(&threads->mutex);
  if (!thread && !(thread = thread_create(threads->stack_bytes))) return NULL;
  pthread_mutex_lock(&thread->mutex);
  thread->task = task;
  thread->context = context;
  pthread_cond_signal(&thread->changed);
  pthread_mutex_unlock(&thread->mutex);
  return thread;
}

void answer_threads_finish(AnswerThreads *threads, AnswerThread *thread) {
  pthread_mutex_lock(&thread->mutex);
  while (thread->task) pthread_cond_wait(&thread->changed, &thread->mutex);
  pthread_mutex_unlock(&thread->mutex);
  pthread_mutex_lock(&threads->mutex);
  bool keep = threads->idle_count < threads->idle_max;
  if (keep) {
    thread->next = threads->idle;
    threads->idle = thread;
    threads->idle_count++;
  }
  pthread_mutex_unlock(&threads->mutex);
  if (!keep) thread_end(thread);
}
