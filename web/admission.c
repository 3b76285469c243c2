// A ticket queue under one mutex: tickets are served in order, each place taken once.
#include "admission.h"
#include "condition.h"
#include <pthread.h>
#include <time.h>

#define CHECK_MS 200 // how often a waiter asks its job: a few hundred may wait

typedef struct Waiter {
  pthread_cond_t woken;
  struct Waiter *next;
} Waiter;

struct Admission {
  pthread_mutex_t lock;
  Waiter *first, *last; // waiting, in order of arrival
  Job **running;        // [running_max], the first counts.running used
  uint32_t running_max, waiting_max;
  int64_t waiting_ms_max;
  bool closed;
  AdmissionCounts counts;
};

Admission *admission_create(uint32_t running_max, uint32_t waiting_max, int64_t waiting_ms_max) {
  Admission *admission = mem_alloc_zero(sizeof(Admission));
  pthread_mutex_init(&admission->lock, NULL);
  admission->running_max = running_max ? running_max : 1;
  admission->waiting_max = waiting_max;
  admission->waiting_ms_max = waiting_ms_max;
  admission->running = mem_alloc_zero(admission->running_max * sizeof(Job *));
  return admission;
}

void admission_destroy(Admission *admission) {
  if (!admission) return;
  pthread_mutex_destroy(&admission->lock);
  mem_free(admission->running);
  mem_free(admission);
}

static void waiter_append(Admission *admission, Waiter *waiter) {
  waiter->next = NULL;
  if (admission->last)
    admission->last->next = waiter;
  else
    admission->first = waiter;
  admission->last = waiter;
  admission->counts.waiting++;
}

static void waiter_remove(Admission *admission, Waiter *waiter) {
  Waiter **link = &admission->first, *before = NULL;
  while (*link != waiter) before = *link, link = &(*link)->next;
  *link = waiter->next;
  if (admission->last == waiter) admission->last = before;
  admission->counts.waiting--;
}

static void first_wake(Admission *admission) {
  if (admission->first) pthread_cond_signal(&admission->first->woken);
}

static bool place_is_free(const Admission *admission) {
  return admission->counts.running < admission->running_max;
}

static Status refuse(Admission *admission, Error *error) {
  admission->counts.refused++;
  if (admission->closed) return error_set(error, STATUS_BUSY, "the server is stopping");
  return error_set(error, STATUS_BUSY,
                   "too many queries at once: %u running, %u waiting; try again in a moment",
                   admission->counts.running, admission->counts.waiting);
}

// The lock is held: whether a waiter may go on waiting.
static Status waiting_check(Admission *admission, Job *job, int64_t start_ns, Error *error) {
  TRY(job_check(job, error));
  int64_t waited_ms = (clock_now_ns() - start_ns) / 1000000;
  if (!admission->waiting_ms_max || waited_ms < admission->waiting_ms_max) return STATUS_OK;
  admission->counts.refused++;
  return error_set(
      error, STATUS_BUSY,
      "the query waited %lld ms for its turn behind %u that run; try again in a moment",
      (long long)waited_ms, admission->counts.running);
}

// The lock is held. Waits at the end of the queue until it is this job's turn.
static Status place_await(Admission *admission, Job *job, Error *error) {
  Waiter waiter;
  Status status = STATUS_OK;
  int64_t start_ns = clock_now_ns();
  condition_init(&waiter.woken);
  waiter_append(admission, &waiter);
  while (status == STATUS_OK && !admission->closed &&
         !(place_is_free(admission) && admission->first == &waiter)) {
    // A cancelled job has no way to wake its waiter.
    condition_wait_ms(&waiter.woken, &admission->lock, CHECK_MS);
    status = waiting_check(admission, job, start_ns, error);
  }
  waiter_remove(admission, &waiter);
  pthread_cond_destroy(&waiter.woken);
  if (status == STATUS_OK && admission->closed) return refuse(admission, error);
  if (status != STATUS_OK && place_is_free(admission)) first_wake(admission);
  return status;
}

Status admission_enter(Admission *admission, Job *job, Error *error) {
  Status status = STATUS_OK;
  pthread_mutex_lock(&admission->lock);
  bool queue = admission->first || !place_is_free(admission);
  if (admission->closed || (queue && admission->counts.waiting >= admission->waiting_max))
    status = refuse(admission, error);
  else if (queue)
    status = place_await(admission, job, error);
  if (status == STATUS_OK) {
    admission->running[admission->counts.running++] = job;
    admission->counts.admitted++;
    if (place_is_free(admission)) first_wake(admission);
  }
  pthread_mutex_unlock(&admission->lock);
  return status;
}

void admission_leave(Admission *admission, Job *job) {
  pthread_mutex_lock(&admission->lock);
  uint32_t i = 0;
  while (admission->running[i] != job) i++;
  admission->running[i] = admission->running[--admission->counts.running];
  first_wake(admission);
  pthread_mutex_unlock(&admission->lock);
}

void admission_close(Admission *admission) {
  pthread_mutex_lock(&admission->lock);
  admission->closed = true;
  for (uint32_t i = 0; i < admission->counts.running; i++) job_cancel(admission->running[i]);
  for (Waiter *waiter = admission->first; waiter; waiter = waiter->next)
    pthread_cond_signal(&waiter->woken);
  pthread_mutex_unlock(&admission->lock);
}

bool admission_is_closed(Admission *admission) {
  pthread_mutex_lock(&admission->lock);
  bool closed = admission->closed;
  pthread_mutex_unlock(&admission->lock);
  return closed;
}

AdmissionCounts admission_counts(Admission *admission) {
  pthread_mutex_lock(&admission->lock);
  AdmissionCounts counts = admission->counts;
  pthread_mutex_unlock(&admission->lock);
  return counts;
}
