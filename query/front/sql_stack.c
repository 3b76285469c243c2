// PostgreSQL's parser and protobuf's reader recurse once for every term of 1+1+1+..., at 1.6 KB a
// level: 5,000 terms overflow the usual 8 MiB. The text is capped at 128 KiB, so a stack of 512 MiB
// that the system commits page by page cannot overflow, and costs nothing for the usual statement.
#include "sql_stack.h"
#include <pthread.h>
#include <string.h>

#define STACK_BYTES ((size_t)512 << 20)

typedef struct StackCall {
  Status (*run)(void *context);
  void *context;
  Status status;
} StackCall;

static void *stack_main(void *argument) {
  StackCall *call = argument;
  call->status = call->run(call->context);
  return NULL;
}

Status sql_stack_run(Status (*run)(void *context), void *context, Error *error) {
  StackCall call = {.run = run, .context = context};
  pthread_attr_t attributes;
  pthread_t thread;
  int failed = pthread_attr_init(&attributes);
  if (!failed) {
    failed = pthread_attr_setstacksize(&attributes, STACK_BYTES);
    if (!failed) failed = pthread_create(&thread, &attributes, stack_main, &call);
    pthread_attr_destroy(&attributes);
  }
  if (failed)
    return error_set(error, STATUS_BUSY, "no thread to parse the statement on: %s",
                     strerror(failed));
  pthread_join(thread, NULL);
  return call.status;
}
