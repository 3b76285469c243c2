// The kernels for any machine, and the choice of the variant that runs.
#define KERNEL(name) portable_##name
#define KERNELS_TABLE kernels_portable
#define KERNELS_NAME "portable"
#include "kernel_tmpl.h"
#include "thread_pool.h"
#include <stdatomic.h>

const Kernels *kernels(void) {
  static const Kernels *_Atomic chosen; // once: a look at the environment for each vector shows
  const Kernels *table = atomic_load_explicit(&chosen, memory_order_relaxed);
  if (table) return table;
  table = &kernels_portable;
#if defined(__x86_64__)
  if (cpu_vectors() == CPU_AVX2) table = &kernels_avx2;
  if (cpu_vectors() == CPU_AVX512) table = &kernels_avx512;
#endif
  atomic_store_explicit(&chosen, table, memory_order_relaxed);
  return table;
}
