// Admission: never more than the limit run, arrival decides, a full queue and a closing server
// refuse.
#include "admission.h"
#include "unit_main.h"
#include <pthread.h>
#include <unistd.h>

#define CLIENTS 24
#define RUNNING_MAX 3
#define ROUNDS 200

static Admission *admission;
static _Atomic int inside, inside_max, served;

static void *client(void *argument) {
  (void)argument;
  for (int i = 0; i < ROUNDS; i++) {
    Job job;
    Error error = ERROR_INIT;
    job_init(&job, "query", 0, 0, NULL);
    if (admission_enter(admission, &job, &error) != STATUS_OK) abort();
    int now = atomic_fetch_add(&inside, 1) + 1, max = atomic_load(&inside_max);
    while (now > max && !atomic_compare_exchange_weak(&inside_max, &max, now)) continue;
    sched_yield();
    atomic_fetch_sub(&inside, 1);
    atomic_fetch_add(&served, 1);
    admission_leave(admission, &job);
  }
  return NULL;
}

START_TEST(the_limit_holds_and_all_are_served) {
  pthread_t threads[CLIENTS];
  admission = admission_create(RUNNING_MAX, CLIENTS, 0);
  for (int i = 0; i < CLIENTS; i++) pthread_create(&threads[i], NULL, client, NULL);
  for (int i = 0; i < CLIENTS; i++) pthread_join(threads[i], NULL);
  ck_assert_int_le(inside_max, RUNNING_MAX);
  ck_assert_int_eq(served, CLIENTS * ROUNDS);
  AdmissionCounts counts = admission_counts(admission);
  ck_assert_uint_eq(counts.running, 0);
  ck_assert_uint_eq(counts.waiting, 0);
  ck_assert_uint_eq(counts.admitted, CLIENTS * ROUNDS);
  admission_destroy(admission);
}
END_TEST

START_TEST(a_full_queue_refuses_at_once) {
  Job first, second;
  Error error = ERROR_INIT;
  admission = admission_create(1, 0, 0);
  job_init(&first, "query", 0, 0, NULL);
  job_init(&second, "query", 0, 0, NULL);
  ck_assert_int_eq(admission_enter(admission, &first, &error), STATUS_OK);
  ck_assert_int_eq(admission_enter(admission, &second, &error), STATUS_BUSY);
  admission_leave(admission, &first);
  ck_assert_int_eq(admission_enter(admission, &second, &error), STATUS_OK);
  admission_leave(admission, &second);
  ck_assert_uint_eq(admission_counts(admission).refused, 1);
  admission_destroy(admission);
}
END_TEST

START_TEST(waiting_ends_with_the_deadline) {
  Job first, second;
  Error error = ERROR_INIT;
  admission = admission_create(1, 8, 0);
  job_init(&first, "query", 0, 0, NULL);
  job_init(&second, "query", 0, 20, NULL);
  ck_assert_int_eq(admission_enter(admission, &first, &error), STATUS_OK);
  ck_assert_int_eq(admission_enter(admission, &second, &error), STATUS_TIMEOUT);
  ck_assert_uint_eq(admission_counts(admission).waiting, 0);
  admission_leave(admission, &first);
  admission_destroy(admission);
}
END_TEST

START_TEST(waiting_ends_with_the_queues_limit) {
  Job first, second;
  Error error = ERROR_INIT;
  admission = admission_create(1, 8, 20);
  job_init(&first, "query", 0, 0, NULL);
  job_init(&second, "query", 0, 60000, NULL);
  ck_assert_int_eq(admission_enter(admission, &first, &error), STATUS_OK);
  ck_assert_int_eq(admission_enter(admission, &second, &error), STATUS_BUSY);
  ck_assert_uint_eq(admission_counts(admission).waiting, 0);
  ck_assert_uint_eq(admission_counts(admission).refused, 1);
  admission_leave(admission, &first);
  admission_destroy(admission);
}
END_TEST

static void *cancel_soon(void *argument) {
  while (!admission_counts(admission).waiting) sched_yield();
  job_cancel(argument);
  return NULL;
}

START_TEST(a_cancelled_job_stops_to_wait) {
  Job first, second;
  Error error = ERROR_INIT;
  pthread_t thread;
  admission = admission_create(1, 8, 0);
  job_init(&first, "query", 0, 0, NULL);
  job_init(&second, "query", 0, 0, NULL);
  ck_assert_int_eq(admission_enter(admission, &first, &error), STATUS_OK);
  pthread_create(&thread, NULL, cancel_soon, &second);
  ck_assert_int_eq(admission_enter(admission, &second, &error), STATUS_CANCELLED);
  pthread_join(thread, NULL);
  ck_assert_uint_eq(admission_counts(admission).waiting, 0);
  admission_leave(admission, &first);
  admission_destroy(admission);
}
END_TEST

static void *waiter(void *argument) {
  Job job;
  job_init(&job, "query", 0, 0, NULL);
  *(Status *)argument = admission_enter(admission, &job, NULL);
  return NULL;
}

START_TEST(closing_cancels_and_refuses) {
  Job first, late;
  Error error = ERROR_INIT;
  Status waited = STATUS_OK;
  pthread_t thread;
  admission = admission_create(1, 8, 0);
  job_init(&first, "query", 0, 0, NULL);
  job_init(&late, "query", 0, 0, NULL);
  ck_assert_int_eq(admission_enter(admission, &first, &error), STATUS_OK);
  pthread_create(&thread, NULL, waiter, &waited);
  while (!admission_counts(admission).waiting) sched_yield();
  admission_close(admission);
  pthread_join(thread, NULL);
  ck_assert_int_eq(waited, STATUS_BUSY);
  ck_assert_int_eq(job_check(&first, &error), STATUS_CANCELLED);
  ck_assert_int_eq(admission_enter(admission, &late, &error), STATUS_BUSY);
  admission_leave(admission, &first);
  admission_destroy(admission);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {the_limit_holds_and_all_are_served,
                                a_full_queue_refuses_at_once,
                                waiting_ends_with_the_deadline,
                                waiting_ends_with_the_queues_limit,
                                a_cancelled_job_stops_to_wait,
                                closing_cancels_and_refuses,
                                NULL};
  Suite *suite = suite_create("admission");
  unit_case(suite, "all", 60, tests);
  return unit_main(suite);
}
