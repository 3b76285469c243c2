// Conditions that are waited for until a moment of clock_now_ns (the monotonic clock).
#pragma once
#include <pthread.h>
#include <stdint.h>

void condition_init(pthread_cond_t *condition); // pthread_cond_destroy ends it
// Waits, with the mutex held, until it is signalled, or that moment, or for no reason.
void condition_wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t until_ns);
// The same, from now on for so many milliseconds.
void condition_wait_ms(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t ms);
