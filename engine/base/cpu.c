// What this process may run on: processors (its affinity mask) and instruction sets.
#include "thread_pool.h"
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint32_t cpu_count(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
    return (uint32_t)CPU_COUNT(&set);
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (uint32_t)online : 1;
}

CpuVectors cpu_vectors(void) {
#if defined(__x86_64__)
  const char *wish = getenv("TESSERA_SIMD");
  if (wish && strcmp(wish, "portable") == 0) return CPU_PORTABLE;
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi2")) return CPU_PORTABLE;
  if (wish && strcmp(wish, "avx2") == 0) return CPU_AVX2;
  bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
              __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
  return wide ? CPU_AVX512 : CPU_AVX2;
#else
  return CPU_PORTABLE;
#endif
}
