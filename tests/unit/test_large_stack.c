// Borrowed stacks: deep calls from threads whose own stack would not hold them.
#include "large_stack.h"
#include "memory.h"
#include "unit_main.h"
#include <pthread.h>
#include <string.h>

#define STACK_BYTES ((size_t)16 << 20)
#define SMALL_BYTES ((size_t)128 << 10)
#define LEVELS 2000 // of 4 KB each: 8 MB

typedef struct Descent {
  LargeStacks *stacks;
  pthread_t thread; // the one that asked
  uint64_t sum;
  bool same_thread;
} Descent;

static uint64_t descend(unsigned level) {
  volatile unsigned char frame[4096];
  memset((void *)frame, (int)(level % 7), sizeof frame);
  return frame[level] + (level ? descend(level - 1) : 0);
}

static uint64_t descent_sum(void) {
  uint64_t sum = 0;
  for (unsigned level = 0; level <= LEVELS; level++) sum += level % 7;
  return sum;
}

static void descent_run(void *context) {
  Descent *descent = context;
  descent->same_thread = pthread_equal(descent->thread, pthread_self());
  descent->sum = descend(LEVELS);
}

static void *small_main(void *argument) {
  Descent *descent = argument;
  descent->thread = pthread_self();
  for (int i = 0; i < 20; i++)
    if (!large_stacks_call(descent->stacks, descent_run, descent)) descent->sum = 0;
  return NULL;
}

START_TEST(deep_calls_fit) {
  enum { THREADS = 8 };
  LargeStacks *stacks = large_stacks_create(STACK_BYTES, 3); // fewer are kept than are borrowed
  Descent descents[THREADS];
  pthread_t threads[THREADS];
  pthread_attr_t attributes;
  uint64_t expected = descent_sum();
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, SMALL_BYTES);
  for (int t = 0; t < THREADS; t++) {
    descents[t] = (Descent){.stacks = stacks};
    ck_assert(!pthread_create(&threads[t], &attributes, small_main, &descents[t]));
  }
  for (int t = 0; t < THREADS; t++) {
    pthread_join(threads[t], NULL);
    ck_assert_uint_eq(descents[t].sum, expected);
    ck_assert(descents[t].same_thread);
  }
  pthread_attr_destroy(&attributes);
  large_stacks_destroy(stacks);
  large_stacks_destroy(NULL);
}
END_TEST

static void outer_run(void *context) {
  Descent *descent = context;
  if (!large_stacks_call(descent->stacks, descent_run, descent)) descent->sum = 0;
  descent->sum += descend(LEVELS);
}

START_TEST(calls_may_nest) {
  LargeStacks *stacks = large_stacks_create(STACK_BYTES, 1);
  Descent descent = {.stacks = stacks, .thread = pthread_self()};
  ck_assert(large_stacks_call(stacks, outer_run, &descent));
  ck_assert_uint_eq(descent.sum, 2 * descent_sum());
  large_stacks_destroy(stacks);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("large_stack");
  unit_case(suite, "large stacks", 60, (const TTest *[]){deep_calls_fit, calls_may_nest, NULL});
  return unit_main(suite);
}
