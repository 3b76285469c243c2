// The one door through which memory comes, and the budgets that bound it.
//
// Small allocations (trees, names) are simply made: they never return NULL, the process ends with a
// message when the system has no memory left. What can grow with the data is charged to a
// MemoryBudget first, so that a query or a load fails with a clear error and the process lives on.
// Budgets form a chain: charging a job's budget charges the process's too.
#pragma once
#include "status.h"
#include <stdatomic.h>

// Like malloc, calloc, realloc, free; never NULL (size 0 gives a valid pointer).
void *mem_alloc(size_t size_bytes) __attribute__((malloc));
void *mem_alloc_zero(size_t size_bytes) __attribute__((malloc));
void *mem_realloc(void *memory, size_t size_bytes);
void *mem_alloc_aligned(size_t alignment, size_t size_bytes); // free with mem_free
char *mem_strdup(const char *text);
char *mem_strndup(const char *text, size_t length);
void mem_free(void *memory);
// For threads that answer requests, of which there are many more than cores: they allocate where the
// answers before have freed. Left to itself each is given the arena whose turn it is, and every
// arena comes to hold what the largest queries take.
void memory_share_arena(void);

typedef struct MemoryBudget {
  const char *name;    // for messages: "query", "load", "store"
  int64_t limit_bytes; // 0 or less: no limit of its own
  _Atomic int64_t used_bytes;
  _Atomic int64_t peak_bytes;
  struct MemoryBudget *parent; // or NULL
} MemoryBudget;

void memory_budget_init(MemoryBudget *budget, const char *name, int64_t limit_bytes,
                        MemoryBudget *parent);
// STATUS_MEMORY, with nothing charged, when the budget or one above would exceed its limit.
// Thread-safe. budget may be NULL (nothing is counted).
Status memory_budget_charge(MemoryBudget *budget, int64_t bytes, Error *error) WARN_UNUSED;
void memory_budget_release(MemoryBudget *budget, int64_t bytes);
// The machine's physical memory, in bytes.
int64_t memory_physical_bytes(void);
