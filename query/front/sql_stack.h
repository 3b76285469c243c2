// Runs a function on a thread with a very large stack.
#pragma once
#include "status.h"

// Calls run(context) on such a thread and waits for it; where the caller is on one already, calls
// it at once. Its stack is 512 MiB of address space with a guard page; only pages that are touched
// take memory. The threads are kept for the life of the process, SQL_STACKS_MAX at most: who comes
// when all are taken waits. STATUS_BUSY when none can be made. Thread-safe.
#define SQL_STACKS_MAX 32
Status sql_stack_run(Status (*run)(void *context), void *context, Error *error) WARN_UNUSED;
