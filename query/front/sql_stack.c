// PostgreSQL's parser and protobuf's reader recurse once for every term of 1+1+1+..., at 1.6 KB a
// level: 5,000 terms overflow the usual 8 MiB. The text is capped at 128 KiB, so a stack of 512 MiB
// that the system commits page by page cannot overflow, and costs nothing for the usual statement.
//
// The threads are kept, for two reasons: making one with such a stack costs more than the usual
// statement's parsing, and libpg_query takes a thread-specific key for each thread that parses, of
// which a process has 1,024 and which it never gives back.
#include "sql_stack.h"
#include "memory.h"
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#define STACK_BYTES ((size_t)512 << 20)

typedef struct Stack { // a thread, waiting or at work
  pthread_cond_t woken;
  Status (*run)(void *context); // NULL: nothing to do
  void *context;
  Status status;
  bool done;
  struct Stack *next; // of the idle ones
} Stack;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t freed = PTHREAD_COND_INITIALIZER;
static Stack *idle;
static unsigned made;
static _Thread_local bool is_large; // of the thread that asks

static void *stack_main(void *argument) {
  Stack *stack = argument;
  is_large = true;
  pthread_mutex_lock(&lock);
  for (;;) {
    while (!stack->run) pthread_cond_wait(&stack->woken, &lock);
    pthread_mutex_unlock(&lock);
    Status status = stack->run(stack->context);
    pthread_mutex_lock(&lock);
    stack->run = NULL;
    stack->status = status;
    stack->done = true;
    pthread_cond_signal(&stack->woken);
  }
  return NULL;
}

static int thread_start(Stack *stack) {
  pthread_attr_t attributes;
  pthread_t thread;
  int failed = pthread_attr_init(&attributes);
  if (failed) return failed;
  failed = pthread_attr_setstacksize(&attributes, STACK_BYTES);
  if (!failed) failed = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  if (!failed) failed = pthread_create(&thread, &attributes, stack_main, stack);
  pthread_attr_destroy(&attributes);
  return failed;
}

// The lock is held. One that nobody uses, or a new one; NULL and why.
static Stack *stack_take(int *failed) {
  while (!idle && made == SQL_STACKS_MAX) pthread_cond_wait(&freed, &lock);
  Stack *stack = idle;
  if (stack) {
    idle = stack->next;
    return stack;
  }
  stack = mem_alloc_zero(sizeof *stack);
  pthread_cond_init(&stack->woken, NULL);
  *failed = thread_start(stack);
  if (!*failed) {
    made++;
    return stack;
  }
  pthread_cond_destroy(&stack->woken);
  mem_free(stack);
  return NULL;
}

Status sql_stack_run(Status (*run)(void *context), void *context, Error *error) {
  if (is_large) return run(context);
  int failed = 0;
  pthread_mutex_lock(&lock);
  Stack *stack = stack_take(&failed);
  if (!stack) {
    pthread_mutex_unlock(&lock);
    return error_set(error, STATUS_BUSY, "no thread to parse the statement on: %s",
                     strerror(failed));
  }
  stack->context = context;
  stack->run = run;
  pthread_cond_signal(&stack->woken);
  while (!stack->done) pthread_cond_wait(&stack->woken, &lock);
  Status status = stack->status;
  stack->done = false;
  stack->next = idle;
  idle = stack;
  pthread_cond_signal(&freed);
  pthread_mutex_unlock(&lock);
  return status;
}
