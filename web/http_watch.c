// See http_watch.h. The list is a ring through its head.
#include "http_watch.h"
#include "condition.h"
#include "job.h"
#include "memory.h"
#include <pthread.h>

#define ROUND_MS 100

struct HttpWatch {
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t stopped;
  bool stop;
  void (*look)(WatchedRequest *request);
  WatchedRequest head;
};

static void *watch_main(void *argument) {
  HttpWatch *watch = argument;
  pthread_mutex_lock(&watch->lock);
  while (!watch->stop) {
    condition_wait_ms(&watch->stopped, &watch->lock, ROUND_MS);
    int64_t long_ago = clock_now_ns() - ROUND_MS * INT64_C(1000000);
    for (WatchedRequest *one = watch->head.after; one != &watch->head; one = one->after)
      if (one->start_ns <= long_ago) watch->look(one);
  }
  pthread_mutex_unlock(&watch->lock);
  return NULL;
}

HttpWatch *http_watch_create(void (*look)(WatchedRequest *request)) {
  HttpWatch *watch = mem_alloc_zero(sizeof *watch);
  watch->look = look;
  watch->head.before = watch->head.after = &watch->head;
  pthread_mutex_init(&watch->lock, NULL);
  condition_init(&watch->stopped);
  if (pthread_create(&watch->thread, NULL, watch_main, watch) == 0) return watch;
  pthread_cond_destroy(&watch->stopped);
  pthread_mutex_destroy(&watch->lock);
  mem_free(watch);
  return NULL;
}

void http_watch_destroy(HttpWatch *watch) {
  if (!watch) return;
  pthread_mutex_lock(&watch->lock);
  watch->stop = true;
  pthread_cond_signal(&watch->stopped);
  pthread_mutex_unlock(&watch->lock);
  pthread_join(watch->thread, NULL);
  pthread_cond_destroy(&watch->stopped);
  pthread_mutex_destroy(&watch->lock);
  mem_free(watch);
}

void http_watch_add(HttpWatch *watch, WatchedRequest *request) {
  request->start_ns = clock_now_ns();
  pthread_mutex_lock(&watch->lock);
  request->before = watch->head.before;
  request->after = &watch->head;
  request->before->after = request->after->before = request;
  pthread_mutex_unlock(&watch->lock);
}

void http_watch_remove(HttpWatch *watch, WatchedRequest *request) {
  pthread_mutex_lock(&watch->lock);
  request->before->after = request->after;
  request->after->before = request->before;
  pthread_mutex_unlock(&watch->lock);
}
