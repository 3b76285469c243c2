// The allocation door and the budgets.
//
// Why one door: out-of-memory is decided in one place, and the release's allocator (jemalloc) comes
// by linking alone (docs/decisions/0017-allocator.md). A budget is charged with compare-and-swap,
// never by adding and taking back, so that a failing charge cannot make another thread's
// succeed-able charge fail. Invariant: used_bytes <= limit_bytes wherever limit_bytes > 0;
// limit_bytes <= 0 means no limit.
#include "memory.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What jemalloc reads at its start, where it is linked. Arrays of 8 MiB and more stay in the
// arenas instead of going back at once, freed pages wait a minute for the next query, whatever its
// pieces' sizes, and large arrays lie on huge pages: a query's tables would fault in anew, page by
// page, each time. A thread keeps few freed pieces for itself and none over 4 KiB: there are
// hundreds of threads that answer, each of which would hold and fault in a megabyte.
__attribute__((visibility("default"))) extern const char *malloc_conf;
const char *malloc_conf =
    "oversize_threshold:0,lg_extent_max_active_fit:32,dirty_decay_ms:60000,muzzy_decay_ms:60000,"
    "lg_tcache_max:12,tcache_nslots_small_min:2,tcache_nslots_small_max:8,tcache_nslots_large:2,"
    "thp:always,background_thread:true";

static void *memory_or_exit(void *memory, size_t size_bytes) {
  if (memory) return memory;
  fprintf(stderr, "tessera: the system has no memory left (%zu bytes asked for)\n", size_bytes);
  abort();
}

void *mem_alloc(size_t size_bytes) {
  return memory_or_exit(malloc(size_bytes ? size_bytes : 1), size_bytes);
}

void *mem_alloc_zero(size_t size_bytes) {
  return memory_or_exit(calloc(1, size_bytes ? size_bytes : 1), size_bytes);
}

void *mem_realloc(void *memory, size_t size_bytes) {
  return memory_or_exit(realloc(memory, size_bytes ? size_bytes : 1), size_bytes);
}

void *mem_alloc_aligned(size_t alignment, size_t size_bytes) {
  void *memory = NULL;
  assert(alignment >= sizeof(void *) && (alignment & (alignment - 1)) == 0);
  if (posix_memalign(&memory, alignment, size_bytes ? size_bytes : 1) != 0) memory = NULL;
  return memory_or_exit(memory, size_bytes);
}

char *mem_strndup(const char *text, size_t length) {
  char *copy = mem_alloc(length + 1);
  if (length) memcpy(copy, text, length);
  copy[length] = 0;
  return copy;
}

char *mem_strdup(const char *text) {
  return mem_strndup(text, strlen(text));
}

void mem_free(void *memory) {
  free(memory);
}

// jemalloc's, where it is linked.
extern int mallctl(const char *name, void *old, size_t *old_bytes, void *value, size_t value_bytes)
    __attribute__((weak));

#define CORES_AN_ARENA 4

void memory_share_arena(void) {
  static _Atomic unsigned next;
  if (!mallctl) return;
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  unsigned arenas = cores > CORES_AN_ARENA ? (unsigned)(cores / CORES_AN_ARENA) : 1;
  unsigned arena = atomic_fetch_add(&next, 1) % arenas;
  mallctl("thread.arena", NULL, NULL, &arena, sizeof arena); // else it keeps the one it has
}

void memory_budget_init(MemoryBudget *budget, const char *name, int64_t limit_bytes,
                        MemoryBudget *parent) {
  budget->name = name;
  budget->limit_bytes = limit_bytes;
  atomic_init(&budget->used_bytes, 0);
  atomic_init(&budget->peak_bytes, 0);
  budget->parent = parent;
}

static double mib(int64_t bytes) {
  return (double)bytes / (1024.0 * 1024.0);
}

static void budget_note_peak(MemoryBudget *budget, int64_t used) {
  int64_t peak = atomic_load_explicit(&budget->peak_bytes, memory_order_relaxed);
  while (used > peak &&
         !atomic_compare_exchange_weak_explicit(&budget->peak_bytes, &peak, used,
                                                memory_order_relaxed, memory_order_relaxed)) {
  }
}

// Charges this budget alone, not those above it.
static Status budget_charge_one(MemoryBudget *budget, int64_t bytes, Error *error) {
  int64_t used = atomic_load_explicit(&budget->used_bytes, memory_order_relaxed);
  do {
    if (budget->limit_bytes > 0 && bytes > budget->limit_bytes - used)
      return error_set(error, STATUS_MEMORY,
                       "the memory limit of the %s, %.1f MiB, is used up: %.1f MiB in use, %.1f "
                       "MiB more needed; raise the limit or ask for less",
                       budget->name, mib(budget->limit_bytes), mib(used), mib(bytes));
  } while (!atomic_compare_exchange_weak_explicit(&budget->used_bytes, &used, used + bytes,
                                                  memory_order_relaxed, memory_order_relaxed));
  budget_note_peak(budget, used + bytes);
  return STATUS_OK;
}

static void budget_release_until(MemoryBudget *budget, const MemoryBudget *end, int64_t bytes) {
  for (; budget != end; budget = budget->parent) {
    int64_t before = atomic_fetch_sub_explicit(&budget->used_bytes, bytes, memory_order_relaxed);
    assert(before >= bytes);
    (void)before;
  }
}

Status memory_budget_charge(MemoryBudget *budget, int64_t bytes, Error *error) {
  assert(bytes >= 0);
  for (MemoryBudget *b = budget; b; b = b->parent) {
    Status status = budget_charge_one(b, bytes, error);
    if (status != STATUS_OK) {
      budget_release_until(budget, b, bytes);
      return status;
    }
  }
  return STATUS_OK;
}

void memory_budget_release(MemoryBudget *budget, int64_t bytes) {
  assert(bytes >= 0);
  budget_release_until(budget, NULL, bytes);
}

int64_t memory_physical_bytes(void) {
  return (int64_t)sysconf(_SC_PHYS_PAGES) * (int64_t)sysconf(_SC_PAGESIZE);
}
