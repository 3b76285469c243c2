// A fixed set of worker threads that run the same function over shared work.
//
// Parallel work here is always "n workers pull morsels from a shared counter until none is left":
// thread_pool_run starts a task on up to `worker_count` threads (the caller is worker 0) and
// returns when all have finished. While as many threads work as the pool has, none is woken. Calls
// from several threads at once are served concurrently: a caller never waits for another caller's
// work, since it always works itself.
#pragma once
#include "status.h"

typedef struct ThreadPool ThreadPool;

ThreadPool *thread_pool_create(uint32_t thread_count); // 0: one per processor; at least 1
void thread_pool_destroy(ThreadPool *pool);            // joins; no run may be under way
uint32_t thread_pool_size(const ThreadPool *pool);     // callers' maximum of workers, >= 1
// Runs task(context, worker) for worker = 0 .. n-1, n <= worker_count: worker 0 on the calling
// thread, others on idle pool threads (a worker that no idle thread takes before worker 0 ends is
// not started: the work must be complete when any subset ran to its end). pool may be NULL: n = 1.
void thread_pool_run(ThreadPool *pool, uint32_t worker_count,
                     void (*task)(void *context, uint32_t worker), void *context);
// Number of processors that this process may use.
uint32_t cpu_count(void);
// The widest vectors that this machine has: AVX2 with BMI2; AVX-512 with the instructions of 2019
// (VBMI, VBMI2) that look up and compress bytes and 16-bit words. TESSERA_SIMD=portable or avx2 in
// the environment says that it has no more.
typedef enum CpuVectors { CPU_PORTABLE, CPU_AVX2, CPU_AVX512 } CpuVectors;
CpuVectors cpu_vectors(void);
