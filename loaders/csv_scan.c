// The variants of the CSV scan, and the choice among them.
//
// The portable variant compares eight bytes a step with carry-free arithmetic; x86-64 always has
// SSE2, so there it uses 16-byte compares. AVX2 halves the instructions again.
#include "csv_scan.h"
#include "thread_pool.h"
#include <stdatomic.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Bit i: parity of bits 0..i.
static inline uint64_t prefix_xor(uint64_t bits) {
  bits ^= bits << 1;
  bits ^= bits << 2;
  bits ^= bits << 4;
  bits ^= bits << 8;
  bits ^= bits << 16;
  return bits ^ bits << 32;
}

// --- Portable ---

static inline uint64_t portable_high(const char *p) {
  uint64_t out = 0;
  for (unsigned i = 0; i < 8; i++) {
    uint64_t v;
    memcpy(&v, p + i * 8, 8);
    v &= UINT64_C(0x8080808080808080);
    out |= ((v >> 7) * UINT64_C(0x0102040810204080)) >> 56 << (i * 8);
  }
  return out;
}

static inline uint64_t portable_equal(const char *p, char c) {
  uint64_t out = 0, pattern = (unsigned char)c * UINT64_C(0x0101010101010101);
  const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
  for (unsigned i = 0; i < 8; i++) {
    uint64_t v;
    memcpy(&v, p + i * 8, 8);
    v ^= pattern;
    v = ~(((v & low) + low) | v | low); // 0x80 where the byte was zero
    out |= ((v >> 7) * UINT64_C(0x0102040810204080)) >> 56 << (i * 8);
  }
  return out;
}

#define SCAN_NAME(name) portable_##name
#define SCAN_TARGET
#define SCAN_EQUAL(p, c) portable_equal(p, c)
#define SCAN_HIGH(p) portable_high(p)
#include "csv_scan_tmpl.h"

#if defined(__x86_64__)
// --- SSE2: part of x86-64, needs no test ---

static inline uint64_t sse2_equal(const char *p, char c) {
  __m128i pattern = _mm_set1_epi8(c);
  uint64_t out = 0;
  for (unsigned i = 0; i < 4; i++) {
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i * 16));
    out |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, pattern)) << (i * 16);
  }
  return out;
}

static inline uint64_t sse2_high(const char *p) {
  uint64_t out = 0;
  for (unsigned i = 0; i < 4; i++) {
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i * 16));
    out |= (uint64_t)(uint32_t)_mm_movemask_epi8(v) << (i * 16);
  }
  return out;
}

#define SCAN_NAME(name) sse2_##name
#define SCAN_TARGET
#define SCAN_EQUAL(p, c) sse2_equal(p, c)
#define SCAN_HIGH(p) sse2_high(p)
#include "csv_scan_tmpl.h"

// --- AVX2 ---

__attribute__((target("avx2"))) static inline uint64_t avx2_equal(const char *p, char c) {
  __m256i pattern = _mm256_set1_epi8(c);
  __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)p);
  __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));
  return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, pattern)) |
         (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, pattern)) << 32;
}

__attribute__((target("avx2"))) static inline uint64_t avx2_high(const char *p) {
  __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)p);
  __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));
  return (uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
}

#define SCAN_NAME(name) avx2_##name
#define SCAN_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define SCAN_EQUAL(p, c) avx2_equal(p, c)
#define SCAN_HIGH(p) avx2_high(p)
#include "csv_scan_tmpl.h"
#endif

typedef struct ScanTable {
  void (*split)(const char *text, size_t size, CsvSplit *split);
  void (*ends)(const char *text, size_t size, char delimiter, CsvEnds *out);
} ScanTable;

static const ScanTable scan_portable = {portable_split, portable_ends};
#if defined(__x86_64__)
static const ScanTable scan_sse2 = {sse2_split, sse2_ends};
static const ScanTable scan_avx2 = {avx2_split, avx2_ends};
#endif

static const ScanTable *_Atomic scan_chosen;

static const ScanTable *scan_best(void) {
#if defined(__x86_64__)
  return cpu_vectors() >= CPU_AVX2 ? &scan_avx2 : &scan_sse2;
#else
  return &scan_portable;
#endif
}

static const ScanTable *scan_table(void) {
  const ScanTable *table = atomic_load_explicit(&scan_chosen, memory_order_acquire);
  if (table) return table;
  table = scan_best();
  atomic_store_explicit(&scan_chosen, table, memory_order_release);
  return table;
}

bool csv_scan_force(CsvScanVariant variant) {
  const ScanTable *table = NULL;
  if (variant == CSV_SCAN_BEST) table = scan_best();
  if (variant == CSV_SCAN_PORTABLE) table = &scan_portable;
#if defined(__x86_64__)
  if (variant == CSV_SCAN_AVX2 && cpu_vectors() >= CPU_AVX2) table = &scan_avx2;
#endif
  if (table) atomic_store(&scan_chosen, table);
  return table != NULL;
}

void csv_split_advance(const char *text, size_t size, CsvSplit *split) {
  scan_table()->split(text, size, split);
}

void csv_scan_ends(const char *text, size_t size, char delimiter, CsvEnds *out) {
  scan_table()->ends(text, size, delimiter, out);
}
