// Stacks that a thread with a small one borrows for a call: CivetWeb gives its threads 100 KB, a
// statement's operators need megabytes. The call runs on the same thread, so nobody is woken for it
// and nobody waits (ucontext; the switch costs less than a microsecond, a hand-over to another
// thread tens of them).
#pragma once
#include <stdbool.h>
#include <stddef.h>

typedef struct LargeStacks LargeStacks;

// Of stack_bytes of address space each, with a guard page; pages that are touched take memory.
// Those given back are kept for later calls, idle_max of them.
LargeStacks *large_stacks_create(size_t stack_bytes, size_t idle_max);
void large_stacks_destroy(LargeStacks *stacks); // no call may be under way; NULL is allowed
// Calls run(context) on a stack of its own and returns when it has returned. False: the system has
// no memory for another one. Thread-safe.
bool large_stacks_call(LargeStacks *stacks, void (*run)(void *context), void *context);
