// The kernels for machines with AVX-512 (this file alone is compiled for it).
#if defined(__x86_64__)
#define KERNEL(name) avx512_##name
#define KERNELS_TABLE kernels_avx512
#define KERNELS_NAME "avx512"
#include "kernel_tmpl.h"
#else
typedef int kernel_avx512_not_on_this_machine;
#endif
