// See large_stack.h. The sanitizers must be told of each switch, else they take the borrowed stack
// for a stray pointer's, as QEMU's coroutine-ucontext.c does it.
#include "large_stack.h"
#include "memory.h"
#include <pthread.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define STACK_LEAVE(save, bottom, size) __sanitizer_start_switch_fiber(save, bottom, size)
#define STACK_ARRIVE(save, bottom, size) __sanitizer_finish_switch_fiber(save, bottom, size)
#else
#define STACK_LEAVE(save, bottom, size) (void)0
#define STACK_ARRIVE(save, bottom, size) (void)0
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#define FIBER_CURRENT() __tsan_get_current_fiber()
#define FIBER_CREATE() __tsan_create_fiber(0)
#define FIBER_DESTROY(fiber) __tsan_destroy_fiber(fiber)
#define FIBER_SWITCH(fiber) __tsan_switch_to_fiber(fiber, 0)
#else
#define FIBER_CURRENT() NULL
#define FIBER_CREATE() NULL
#define FIBER_DESTROY(fiber) (void)0
#define FIBER_SWITCH(fiber) (void)0
#endif

typedef struct LargeStack { // at the top of its own memory
  struct LargeStack *next;  // of the idle ones
  char *memory;             // the guard page first
} LargeStack;

struct LargeStacks {
  pthread_mutex_t mutex;
  LargeStack *idle;
  size_t idle_count, idle_max, stack_bytes, page_bytes;
};

typedef struct StackCall {
  void (*run)(void *context);
  void *context;
  ucontext_t caller, callee;
  void *caller_fiber, *callee_fiber; // TSan's
} StackCall;

static _Thread_local StackCall *starting; // makecontext passes integers only

LargeStacks *large_stacks_create(size_t stack_bytes, size_t idle_max) {
  LargeStacks *stacks = mem_alloc_zero(sizeof *stacks);
  pthread_mutex_init(&stacks->mutex, NULL);
  stacks->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
  stacks->stack_bytes = stack_bytes;
  stacks->idle_max = idle_max;
  return stacks;
}

static size_t mapped_bytes(const LargeStacks *stacks) {
  return stacks->page_bytes + stacks->stack_bytes;
}

static LargeStack *stack_create(const LargeStacks *stacks) {
  char *memory = mmap(NULL, mapped_bytes(stacks), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  mprotect(memory, stacks->page_bytes, PROT_NONE);
  madvise(memory, mapped_bytes(stacks), MADV_NOHUGEPAGE); // a call touches few pages
  LargeStack *stack = (LargeStack *)(memory + mapped_bytes(stacks) - sizeof *stack);
  stack->memory = memory;
  return stack;
}

static void stack_destroy(const LargeStacks *stacks, LargeStack *stack) {
  munmap(stack->memory, mapped_bytes(stacks));
}

void large_stacks_destroy(LargeStacks *stacks) {
  if (!stacks) return;
  for (LargeStack *stack = stacks->idle, *next; stack; stack = next) {
    next = stack->next;
    stack_destroy(stacks, stack);
  }
  pthread_mutex_destroy(&stacks->mutex);
  mem_free(stacks);
}

static LargeStack *stack_take(LargeStacks *stacks) {
  pthread_mutex_lock(&stacks->mutex);
  LargeStack *stack = stacks->idle;
  if (stack) {
    stacks->idle = stack->next;
    stacks->idle_count--;
  }
  pthread_mutex_unlock(&stacks->mutex);
  return stack ? stack : stack_create(stacks);
}

static void stack_give(LargeStacks *stacks, LargeStack *stack) {
  pthread_mutex_lock(&stacks->mutex);
  bool keep = stacks->idle_count < stacks->idle_max;
  if (keep) {
    stack->next = stacks->idle;
    stacks->idle = stack;
    stacks->idle_count++;
  }
  pthread_mutex_unlock(&stacks->mutex);
  if (!keep) stack_destroy(stacks, stack);
}

static void callee_main(void) {
  StackCall *call = starting;
  const void *caller_bottom = NULL;
  size_t caller_bytes = 0;
  (void)caller_bottom, (void)caller_bytes;
  STACK_ARRIVE(NULL, &caller_bottom, &caller_bytes);
  call->run(call->context);
  STACK_LEAVE(NULL, caller_bottom, caller_bytes); // NULL: it does not come back
  FIBER_SWITCH(call->caller_fiber);
  setcontext(&call->caller);
}

// Runs the call on the stack from `bottom` on. Not inlined: getcontext returns as setjmp does.
__attribute__((noinline)) static void call_enter(StackCall *call, char *bottom, size_t bytes) {
  void *fake = NULL; // ASan's of this stack
  (void)fake;
  getcontext(&call->callee);
  call->callee.uc_stack.ss_sp = bottom;
  call->callee.uc_stack.ss_size = bytes;
  call->callee.uc_link = NULL;
  makecontext(&call->callee, callee_main, 0);
  call->caller_fiber = FIBER_CURRENT();
  call->callee_fiber = FIBER_CREATE();
  starting = call;
  STACK_LEAVE(&fake, bottom, bytes);
  FIBER_SWITCH(call->callee_fiber);
  swapcontext(&call->caller, &call->callee);
  STACK_ARRIVE(fake, NULL, NULL);
  FIBER_DESTROY(call->callee_fiber);
}

bool large_stacks_call(LargeStacks *stacks, void (*run)(void *context), void *context) {
  LargeStack *stack = stack_take(stacks);
  if (!stack) return false;
  StackCall call = {.run = run, .context = context};
  call_enter(&call, stack->memory + stacks->page_bytes, stacks->stack_bytes - sizeof(LargeStack));
  stack_give(stacks, stack);
  return true;
}
