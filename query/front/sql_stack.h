// Runs a function on a thread of its own with a very large stack.
#pragma once
#include "status.h"

// Calls run(context) on a fresh thread and waits for it. Its stack is 512 MiB of address space with
// a guard page; only pages that are touched take memory. STATUS_BUSY when no thread can be made.
Status sql_stack_run(Status (*run)(void *context), void *context, Error *error) WARN_UNUSED;
