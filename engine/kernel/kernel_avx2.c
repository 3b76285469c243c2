// The kernels for machines with AVX2 (this file alone is compiled with -mavx2).
#if defined(__x86_64__)
#define KERNEL(name) avx2_##name
#define KERNELS_TABLE kernels_avx2
#define KERNELS_NAME "avx2"
#include "kernel_tmpl.h"
#else
typedef int kernel_avx2_not_on_this_machine;
#endif
