// Kernels: each variant against a naive loop, on random values, lengths 0..130 and a whole vector.
#include "kernel.h"
#include "thread_pool.h"
#include "unit_table.h"

enum { COUNT_MAX = 2048, LENGTHS = 132 };

static const Kernels *variants[3];
static int variant_count;

static uint32_t length_at(int i) {
  return i <= 130 ? (uint32_t)i : COUNT_MAX;
}

// Arrays end where their count ends, so that the sanitizer sees a read too far.
static void *random_values(uint32_t bytes, uint64_t *random) {
  char *values = mem_alloc(bytes);
  for (uint32_t i = 0; i < bytes; i++) values[i] = (char)unit_random(random);
  return values;
}

static int64_t value_at(const void *values, int w, uint32_t i) {
  switch (w) {
  case 0:
    return ((const uint8_t *)values)[i];
  case 1:
    return ((const uint16_t *)values)[i];
  case 2:
    return ((const uint32_t *)values)[i];
  default:
    return ((const int64_t *)values)[i];
  }
}

static void setup(void) {
  variants[variant_count++] = &kernels_portable;
#if defined(__x86_64__)
  if (cpu_vectors() >= CPU_AVX2) variants[variant_count++] = &kernels_avx2;
  if (cpu_vectors() >= CPU_AVX512) variants[variant_count++] = &kernels_avx512;
#endif
}

// Bounds of all kinds: at random, one value, everything, the ends of the width.
static void random_range(int w, uint64_t *random, int64_t *low, int64_t *high) {
  int64_t least = w == 3 ? INT64_MIN : 0;
  int64_t greatest = w == 3 ? INT64_MAX : (int64_t)((UINT64_C(1) << (8 << w)) - 1);
  uint64_t a = unit_random(random), b = unit_random(random);
  uint64_t mask = w == 3 ? UINT64_MAX : (uint64_t)greatest;
  *low = (int64_t)(a & mask), *high = (int64_t)(b & mask);
  switch (a >> 60) {
  case 0:
    *low = least;
    break;
  case 1:
    *high = greatest;
    break;
  case 2:
    *high = *low;
    break;
  case 3:
    *low = least, *high = greatest;
    break;
  default:
    break;
  }
  if (*low > *high) {
    int64_t swap = *low;
    *low = *high;
    *high = swap;
  }
}

START_TEST(range_mask_ands) {
  uint64_t random = 1;
  for (int w = 0; w < 4; w++) {
    for (int l = 0; l < LENGTHS; l++) {
      uint32_t n = length_at(l);
      int64_t low, high;
      void *values = random_values(n << w, &random);
      uint8_t *before = mem_alloc(n), *mask = mem_alloc(n);
      random_range(w, &random, &low, &high);
      for (uint32_t i = 0; i < n; i++) before[i] = unit_random(&random) % 4 != 0;
      for (int v = 0; v < variant_count; v++) {
        memcpy(mask, before, n);
        variants[v]->range_mask[w](values, n, low, high, mask);
        for (uint32_t i = 0; i < n; i++) {
          int64_t x = value_at(values, w, i);
          unit_require(mask[i] == (before[i] && low <= x && x <= high), variants[v]->name);
        }
      }
      mem_free(values);
      mem_free(before);
      mem_free(mask);
    }
  }
}
END_TEST

START_TEST(mask_to_rows_lists) {
  uint64_t random = 2;
  for (int l = 0; l < LENGTHS; l++) {
    for (uint32_t one_in = 1; one_in <= 64; one_in *= 4) {
      uint32_t n = length_at(l), expected_count = 0;
      uint8_t *mask = mem_alloc(n);
      uint16_t *rows = mem_alloc((n + KERNEL_ROWS_PADDING) * sizeof *rows);
      uint16_t *expected = mem_alloc(n * sizeof *expected);
      for (uint32_t i = 0; i < n; i++) {
        mask[i] = unit_random(&random) % one_in == 0;
        if (mask[i]) expected[expected_count++] = (uint16_t)i;
      }
      for (int v = 0; v < variant_count; v++) {
        ck_assert_uint_eq(variants[v]->mask_to_rows(mask, n, rows), expected_count);
        ck_assert(!memcmp(rows, expected, expected_count * sizeof *rows));
      }
      mem_free(mask);
      mem_free(rows);
      mem_free(expected);
    }
  }
}
END_TEST

START_TEST(sums_are_exact) {
  uint64_t random = 3;
  for (int w = 0; w < 4; w++) {
    for (int l = 0; l < LENGTHS; l++) {
      uint32_t n = length_at(l);
      char *values = random_values(n << w, &random);
      if (l % 3 == 0) memset(values, l % 2 ? 0xff : 0x7f, n << w); // -1, or near the greatest
      if (l % 3 == 1 && w == 3)                                    // the least, many times
        for (uint32_t i = 0; i < n; i++) ((int64_t *)(void *)values)[i] = INT64_MIN;
      int128_t expected = 0;
      for (uint32_t i = 0; i < n; i++) expected += value_at(values, w, i);
      for (int v = 0; v < variant_count; v++)
        unit_require(variants[v]->sum[w](values, n) == expected, variants[v]->name);
      mem_free(values);
    }
  }
}
END_TEST

// Sets that fit a register, two, none; their values from 0 or from a base on.
static void check_bits(int w, uint32_t n, size_t bit_count, const uint64_t *bits,
                       uint64_t *random) {
  size_t reach = w == 0 && bit_count > 256 ? 256 : bit_count; // a byte's values end there
  int64_t base = (int64_t)(unit_random(random) % (bit_count - reach + 1)) * (w < 3);
  char *values = mem_alloc(n << w);
  for (uint32_t i = 0; i < n; i++) {
    uint64_t value = unit_random(random) % (reach - (w == 0 ? 0 : (size_t)base % reach));
    memcpy(values + ((size_t)i << w), &value, (size_t)1 << w);
  }
  uint8_t *mask = mem_alloc(n + 1);
  for (int v = 0; v < variant_count; v++) {
    for (uint32_t i = 0; i < n; i++) mask[i] = i % 5 != 0;
    variants[v]->bits_mask[w](values, n, base, bits, bit_count, mask);
    for (uint32_t i = 0; i < n; i++)
      unit_require(mask[i] == (i % 5 && bits_get(bits, (size_t)(base + value_at(values, w, i)))),
                   "bits_mask");
    uint16_t *rows = mem_alloc((n + 1) * sizeof *rows);
    uint32_t listed = 0, kept = 0;
    for (uint32_t i = 0; i < n; i++)
      if (i % 5) rows[listed++] = (uint16_t)i;
    listed = variants[v]->bits_rows[w](values, base, bits, rows, listed);
    for (uint32_t i = 0; i < n; i++)
      if (mask[i]) unit_require(kept < listed && rows[kept++] == i, "bits_rows");
    unit_require(kept == listed, "bits_rows");
    mem_free(rows);
  }
  mem_free(mask);
  mem_free(values);
}

START_TEST(bits_are_tested_by_value) {
  static const size_t sizes[] = {1, 64, 200, 256, 511, 2048, 2049, 2556, 4096, 4097, 6144, 6145, 8191, 8192, 8193, 9000};
  uint64_t random = 5;
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    uint64_t *bits = unit_random_validity(&random, (uint32_t)sizes[s], 128);
    for (int w = 0; w < 4; w++)
      for (int l = 0; l < LENGTHS; l++) check_bits(w, length_at(l), sizes[s], bits, &random);
    mem_free(bits);
  }
}
END_TEST

START_TEST(values_unpack_and_select) {
  uint64_t random = 6;
  for (int l = 0; l < LENGTHS; l++) {
    uint32_t n = length_at(l);
    for (uint32_t index = 0; index < 3; index++) {
      uint32_t bits = 1u << index;
      uint8_t *packed = random_values((n * bits + 7) / 8, &random), *out = mem_alloc(n);
      for (int v = 0; v < variant_count; v++) {
        variants[v]->unpack[index](packed, n, out);
        for (uint32_t i = 0; i < n; i++)
          unit_require(out[i] == (packed[i * bits / 8] >> i * bits % 8 & ((1 << bits) - 1)),
                       "unpack");
      }
      mem_free(packed);
      mem_free(out);
    }
    for (int w = 0; w < 4; w++) {
      void *values = random_values(n << w, &random), *out = mem_alloc(n << w);
      uint16_t *rows = mem_alloc(n * sizeof *rows);
      uint32_t *narrow = mem_alloc(n * sizeof *narrow), base = (uint32_t)unit_random(&random);
      for (uint32_t i = 0; i < n; i++) rows[i] = (uint16_t)(unit_random(&random) % n);
      for (int v = 0; v < variant_count; v++) {
        variants[v]->select[w](values, rows, n, out);
        variants[v]->to_u32[w](values, n, base, narrow);
        for (uint32_t i = 0; i < n; i++) {
          unit_require(value_at(out, w, i) == value_at(values, w, rows[i]), "select");
          unit_require(narrow[i] == base + (uint32_t)value_at(values, w, i), "to_u32");
        }
      }
      mem_free(values);
      mem_free(out);
      mem_free(rows);
      mem_free(narrow);
    }
  }
}
END_TEST

START_TEST(slots_are_looked_up_by_packed_values) {
  enum { SLOTS = 5000 };
  uint64_t random = 7;
  uint32_t *slots = mem_alloc(SLOTS * sizeof *slots);
  for (uint32_t i = 0; i < SLOTS; i++) slots[i] = i + 1;
  for (int l = 0; l < LENGTHS; l++) {
    uint32_t n = length_at(l), *at = mem_alloc(n * sizeof *at), *out = mem_alloc(n * sizeof *out);
    for (int w = 0; w < 4; w++) {
      void *values = random_values(n << w, &random);
      uint32_t shift = (uint32_t)unit_random(&random), stride = (uint32_t)unit_random(&random);
      for (int v = 0; v < variant_count; v++) {
        for (uint32_t i = 0; i < n; i++) at[i] = i;
        variants[v]->pack_u32[w](values, n, shift, stride, at);
        for (uint32_t i = 0; i < n; i++)
          unit_require(at[i] == i + ((uint32_t)value_at(values, w, i) + shift) * stride,
                       "pack_u32");
      }
      mem_free(values);
    }
    for (uint32_t i = 0; i < n; i++) at[i] = (uint32_t)(unit_random(&random) % SLOTS);
    for (int v = 0; v < variant_count; v++) {
      unit_require(!variants[v]->look_up(slots, at, n, out), "look_up");
      for (uint32_t i = 0; i < n; i++) unit_require(out[i] == at[i], "look_up");
      if (!n) continue;
      uint32_t hidden = at[unit_random(&random) % n];
      slots[hidden] = 0;
      unit_require(variants[v]->look_up(slots, at, n, out), "a free slot");
      slots[hidden] = hidden + 1;
    }
    mem_free(at);
    mem_free(out);
  }
  mem_free(slots);
}
END_TEST

START_TEST(runs_and_sums_and_choices) {
  uint64_t random = 11;
  for (int l = 0; l < LENGTHS; l++) {
    uint32_t n = length_at(l), *keys = mem_alloc(n * sizeof *keys);
    uint8_t *mask = mem_alloc(n), *taken = mem_alloc(n);
    uint64_t *sums = mem_alloc((n + 1) * sizeof *sums);
    int64_t *out = mem_alloc(n * sizeof *out);
    for (uint32_t i = 0; i < n; i++) keys[i] = i && unit_random(&random) % 3 ? keys[i - 1] : i;
    for (uint32_t i = 0; i < n; i++) taken[i] = unit_random(&random) % 2;
    for (int v = 0; v < variant_count; v++) {
      variants[v]->changes(keys, n, mask);
      for (uint32_t i = 0; i < n; i++)
        unit_require(mask[i] == (i + 1 == n || keys[i] != keys[i + 1]), "changes");
    }
    for (int w = 0; w < 4; w++) {
      void *values = random_values(n << w, &random);
      int64_t base = w == 3 ? 0 : (int64_t)unit_random(&random) / 4;
      for (int v = 0; v < variant_count; v++) {
        uint64_t sum = 0;
        variants[v]->sums_before[w](values, n, base, sums);
        for (uint32_t i = 0; i <= n; i++) {
          unit_require(sums[i] == sum, "sums_before");
          if (i < n) sum += (uint64_t)base + (uint64_t)value_at(values, w, i);
        }
        for (uint32_t i = 0; i < n; i++) out[i] = -7;
        variants[v]->blend[w](values, n, base, taken, out);
        for (uint32_t i = 0; i < n; i++)
          unit_require(out[i] == (taken[i] ? base + value_at(values, w, i) : -7), "blend");
      }
      mem_free(values);
    }
    mem_free(keys);
    mem_free(mask);
    mem_free(taken);
    mem_free(sums);
    mem_free(out);
  }
}
END_TEST

START_TEST(gather_and_widen_copy) {
  enum { TABLE = 300 };
  uint64_t random = 4;
  for (int w = 0; w < 4; w++) {
    void *table = random_values(TABLE << w, &random);
    for (int l = 0; l < LENGTHS; l++) {
      uint32_t n = length_at(l), *rows = mem_alloc(n * sizeof *rows);
      int64_t base = w == 3 ? 0 : INT64_MIN + (int64_t)(unit_random(&random) >> 2);
      void *out = mem_alloc(n << w), *values = random_values(n << w, &random);
      int64_t *wide = mem_alloc(n * sizeof *wide);
      for (uint32_t i = 0; i < n; i++) rows[i] = (uint32_t)(unit_random(&random) % TABLE);
      for (int v = 0; v < variant_count; v++) {
        variants[v]->gather[w](table, rows, n, out);
        variants[v]->widen[w](values, n, base, wide);
        for (uint32_t i = 0; i < n; i++) {
          unit_require(value_at(out, w, i) == value_at(table, w, rows[i]), "gather");
          unit_require(wide[i] == base + value_at(values, w, i), "widen");
        }
      }
      mem_free(rows);
      mem_free(out);
      mem_free(values);
      mem_free(wide);
    }
    mem_free(table);
  }
}
END_TEST

START_TEST(one_variant_is_chosen) {
  ck_assert_ptr_eq(kernels(), variants[variant_count - 1]);
  ck_assert_uint_eq(kernel_width_index(1), 0);
  ck_assert_uint_eq(kernel_width_index(8), 3);
}
END_TEST

int main(void) {
  setup();
  Suite *suite = suite_create("kernel");
  unit_case(suite, "kernels", 60,
            (const TTest *[]){range_mask_ands, mask_to_rows_lists, sums_are_exact,
                              gather_and_widen_copy, bits_are_tested_by_value,
                              values_unpack_and_select, slots_are_looked_up_by_packed_values,
                              runs_and_sums_and_choices, one_variant_is_chosen, NULL});
  return unit_main(suite);
}
