// Cancel flag, deadline, budget and progress of one piece of long work.
//
// Loops ask job_check once a block or morsel. The flag is one relaxed load; the clock is read only
// when a deadline is set. Nothing here allocates or locks, so job_cancel may run in a signal
// handler.
#include "job.h"
#include <time.h>

#define PROGRESS_INTERVAL_NS INT64_C(100000000)

int64_t clock_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void job_init(Job *job, const char *name, int64_t limit_bytes, int64_t timeout_ms,
              MemoryBudget *parent) {
  const int64_t timeout_ms_max = INT64_C(1000) * 86400 * 36500; // a century: no overflow below
  if (timeout_ms > timeout_ms_max) timeout_ms = timeout_ms_max;
  atomic_init(&job->cancelled, false);
  job->deadline_ns = timeout_ms > 0 ? clock_now_ns() + timeout_ms * 1000000 : 0;
  memory_budget_init(&job->memory, name, limit_bytes, parent);
  job->on_progress = NULL;
  job->progress_context = NULL;
  atomic_init(&job->progress_last_ns, 0);
}

void job_cancel(Job *job) {
  atomic_store_explicit(&job->cancelled, true, memory_order_relaxed);
}

Status job_check(Job *job, Error *error) {
  if (!job) return STATUS_OK;
  if (atomic_load_explicit(&job->cancelled, memory_order_relaxed))
    return error_set(error, STATUS_CANCELLED, "the %s was cancelled", job->memory.name);
  if (job->deadline_ns && clock_now_ns() >= job->deadline_ns)
    return error_set(error, STATUS_TIMEOUT,
                     "the %s was stopped at its time limit; raise the limit or ask for less",
                     job->memory.name);
  return STATUS_OK;
}

void job_report(Job *job, const JobProgress *progress) {
  if (!job || !job->on_progress) return;
  int64_t now = clock_now_ns();
  int64_t last = atomic_load_explicit(&job->progress_last_ns, memory_order_relaxed);
  if (last && now - last < PROGRESS_INTERVAL_NS) return;
  // Of several threads that report at once, the one that moves the time speaks.
  if (atomic_compare_exchange_strong(&job->progress_last_ns, &last, now))
    job->on_progress(job->progress_context, progress);
}
