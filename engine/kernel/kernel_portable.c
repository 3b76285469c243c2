// The kernels for any machine, and the choice of the variant that runs.
#define KERNEL(name) portable_##name
#define KERNELS_TABLE kernels_portable
#define KERNELS_NAME "portable"
#include "kernel_tmpl.h"
#include "thread_pool.h"

const Kernels *kernels(void) {
#if defined(__x86_64__)
  if (cpu_has_avx2()) return &kernels_avx2;
#endif
  return &kernels_portable;
}
