// One piece of long work: a query, a load, a build. Carries the cancel flag, the deadline, the
// memory budget and the progress, so that every loop that can run long asks in one place.
#pragma once
#include "memory.h"

typedef struct JobProgress {
  const char *phase;   // static string: "read", "sort", "snapshot"
  int64_t done, total; // in `unit`; total 0: unknown
  const char *unit;    // "bytes", "rows"
  int64_t rows;
} JobProgress;

typedef struct Job {
  _Atomic bool cancelled;
  int64_t deadline_ns; // clock_now_ns() value; 0: none
  MemoryBudget memory;
  // Called by job_report, at most every 100 ms, on whichever thread reports; may be NULL.
  void (*on_progress)(void *context, const JobProgress *progress);
  void *progress_context;
  _Atomic int64_t progress_last_ns;
} Job;

// limit_bytes <= 0: no limit of its own. timeout_ms <= 0: no deadline.
void job_init(Job *job, const char *name, int64_t limit_bytes, int64_t timeout_ms,
              MemoryBudget *parent);
void job_cancel(Job *job); // any thread, async-signal-safe
// STATUS_CANCELLED or STATUS_TIMEOUT when the job must stop; cheap (one load; a clock only with a
// deadline). job may be NULL.
Status job_check(Job *job, Error *error) WARN_UNUSED;
void job_report(Job *job, const JobProgress *progress);
// Monotonic clock, nanoseconds.
int64_t clock_now_ns(void);
