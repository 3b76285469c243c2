// One handler, three async-signal-safe acts: remember, cancel, post.
#include "cli_signal.h"
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#define EXIT_INTERRUPTED 130

static _Atomic int received;
static _Atomic(Job *) watched;
static sem_t woken;
static pthread_once_t install_once = PTHREAD_ONCE_INIT;

static void handle(int number) {
  int before = atomic_exchange(&received, number);
  if (before) _exit(EXIT_INTERRUPTED);
  Job *job = atomic_load(&watched);
  if (job) job_cancel(job);
  sem_post(&woken);
}

static void install(void) {
  sem_init(&woken, 0, 0);
  struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

void cli_signal_watch(Job *job) {
  pthread_once(&install_once, install);
  atomic_store(&watched, job);
  if (job && atomic_load(&received)) job_cancel(job); // it came between two jobs
}

int cli_signal_received(void) {
  return atomic_load(&received);
}

void cli_signal_forget(void) {
  atomic_store(&received, 0);
}

void cli_signal_wait(void) {
  while (!cli_signal_received())
    while (sem_wait(&woken) != 0 && errno == EINTR) continue;
}
