// How many queries run at once, how many wait, and who is told to come again.
//
// HTTP connections are cheap and many; running queries share processors and memory. Each query
// enters here: up to `running_max` run, up to `waiting_max` wait in order of arrival and not for
// longer than `waiting_ms_max`; any more, and who has waited so long, is STATUS_BUSY. The list of
// running jobs is what a shutdown cancels.
#pragma once
#include "job.h"

typedef struct Admission Admission;

typedef struct AdmissionCounts {
  uint32_t running, waiting;
  uint64_t admitted, refused;
} AdmissionCounts;

// waiting_ms_max 0: no limit but the job's own.
Admission *admission_create(uint32_t running_max, uint32_t waiting_max, int64_t waiting_ms_max);
void admission_destroy(Admission *admission); // nobody may be inside
// Waits for a place; STATUS_BUSY when the queue is full, the wait too long or the server closing,
// the job's own status when it is cancelled (noticed within 200 ms) or its deadline passes while it
// waits. On success the job must leave again.
Status admission_enter(Admission *admission, Job *job, Error *error) WARN_UNUSED;
void admission_leave(Admission *admission, Job *job);
// Cancels what runs, refuses what waits and what comes. Thread-safe.
void admission_close(Admission *admission);
bool admission_is_closed(Admission *admission);
AdmissionCounts admission_counts(Admission *admission);
