// How many queries run at once, how many wait, and who is told to come again.
//
// HTTP connections are cheap and many; running queries share processors and memory. Each query
// enters here: up to `running_max` run, up to `waiting_max` wait in order of arrival, any more is
// STATUS_BUSY at once. The list of running jobs is what a shutdown cancels.
#pragma once
#include "job.h"

typedef struct Admission Admission;

typedef struct AdmissionCounts {
  uint32_t running, waiting;
  uint64_t admitted, refused;
} AdmissionCounts;

Admission *admission_create(uint32_t running_max, uint32_t waiting_max);
void admission_destroy(Admission *admission); // nobody may be inside
// Waits for a place; STATUS_BUSY when the queue is full or the server is closing, the job's own
// status when its deadline passes while it waits. On success the job must leave again.
Status admission_enter(Admission *admission, Job *job, Error *error) WARN_UNUSED;
void admission_leave(Admission *admission, Job *job);
// Cancels what runs, refuses what waits and what comes. Thread-safe.
void admission_close(Admission *admission);
AdmissionCounts admission_counts(Admission *admission);
