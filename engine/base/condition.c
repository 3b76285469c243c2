// See condition.h.
#include "condition.h"
#include "job.h"
#include <time.h>

void condition_init(pthread_cond_t *condition) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(condition, &attributes);
  pthread_condattr_destroy(&attributes);
}

void condition_wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t until_ns) {
  struct timespec until = {until_ns / 1000000000, until_ns % 1000000000};
  pthread_cond_timedwait(condition, mutex, &until);
}

void condition_wait_ms(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t ms) {
  condition_wait_until(condition, mutex, clock_now_ns() + ms * INT64_C(1000000));
}
