// Sorts: NULLs first or last, ties, limits, and the cuts of a top N, against qsort.
#include "exec_support.h"

typedef struct Order {
  const SortKey *keys;
  uint32_t key_count;
} Order;

static int naive_compare(const void *a, const void *b, void *context) {
  const Order *order = context;
  const int64_t *x = a, *y = b;
  for (uint32_t k = 0; k < order->key_count; k++) {
    bool null_x = x[k] == EXEC_NULL, null_y = y[k] == EXEC_NULL;
    if (null_x || null_y) {
      if (null_x != null_y) return (null_x ? -1 : 1) * (order->keys[k].nulls_first ? 1 : -1);
      continue;
    }
    if (x[k] != y[k]) return (x[k] < y[k] ? -1 : 1) * (order->keys[k].descending ? -1 : 1);
  }
  return 0;
}

// Three columns: all three are sort keys, so that rows that tie are equal.
static void sort_check(uint64_t row_count, int64_t limit, unsigned flags, uint64_t spread,
                       uint32_t threads) {
  ExecTest t;
  exec_init(&t, threads);
  uint64_t seed = row_count * 31 + flags;
  int64_t *rows = mem_alloc((row_count + 1) * 3 * sizeof *rows);
  for (uint64_t i = 0; i < row_count * 3; i++) {
    rows[i] = (int64_t)(unit_random(&seed) % spread);
    if (i % 3 == 0 && unit_random(&seed) % 50 == 0) rows[i] = rows[i] % 2 ? INT64_MAX : INT64_MIN;
    if (unit_random(&seed) % 7 == 0) rows[i] = EXEC_NULL;
  }
  Plan *sort = exec_plan(&t, PLAN_SORT, 3, exec_scan(&t, rows, row_count, 3, -1, NULL), NULL);
  sort->sort.keys = ARENA_ARRAY(t.arena, SortKey, 3);
  sort->sort.key_count = 3;
  sort->sort.limit = limit;
  uint64_t offset = flags % 3 * 50; // of the rows that are asked for, these are not given
  sort->sort.offset = (int64_t)offset;
  for (uint32_t k = 0; k < 3; k++)
    sort->sort.keys[k] = (SortKey){exec_column(&t, k), flags >> k & 1, flags >> (k + 3) & 1};
  Order order = {sort->sort.keys, 3};
  qsort_r(rows, row_count, 3 * sizeof *rows, naive_compare, &order);
  ExecRows found = exec_run(&t, sort);
  uint64_t wanted = limit < 0 || (uint64_t)limit > row_count ? row_count : (uint64_t)limit;
  uint64_t given = wanted > offset ? wanted - offset : 0;
  ck_assert_uint_eq(found.count, given);
  unit_require(!given || memcmp(found.values, rows + offset * 3, given * 3 * sizeof *rows) == 0,
               "rows in the order of qsort");
  mem_free(found.values);
  mem_free(rows);
  exec_clear(&t);
}

START_TEST(test_every_direction_and_place_of_nulls) {
  for (unsigned flags = 0; flags < 64; flags++) sort_check(700, -1, flags, 5, 1);
}
END_TEST

START_TEST(test_sizes_and_limits) {
  static const uint64_t SIZES[] = {0, 1, 64, 2047, 2048, 2049, 65535, 65537};
  static const int64_t LIMITS[] = {-1, 0, 1, 2, 2047, 2048, 2049, 70000};
  for (size_t s = 0; s < sizeof SIZES / sizeof *SIZES; s++)
    for (size_t l = 0; l < sizeof LIMITS / sizeof *LIMITS; l++)
      sort_check(SIZES[s], LIMITS[l], (unsigned)(s * 8 + l), 1000, 1);
}
END_TEST

// More than twice what a top N keeps before its first cut, on several threads.
START_TEST(test_cuts_of_a_top_n) {
  static const int64_t LIMITS[] = {0, 1, 63, 2049, 40000};
  for (size_t l = 0; l < sizeof LIMITS / sizeof *LIMITS; l++) {
    sort_check(200000, LIMITS[l], (unsigned)l * 9, 100, 1);
    sort_check(200000, LIMITS[l], (unsigned)l * 9 + 5, UINT64_C(1) << 60, 3);
  }
}
END_TEST

START_TEST(test_memory_of_the_order_is_charged) {
  enum { ROWS = 100000 };
  ExecTest t;
  exec_init(&t, 1);
  int64_t *rows = mem_alloc_zero(ROWS * sizeof *rows);
  Plan *sort = exec_plan(&t, PLAN_SORT, 1, exec_scan(&t, rows, ROWS, 1, -1, NULL), NULL);
  SortKey key = {exec_column(&t, 0), false, false};
  sort->sort.keys = &key;
  sort->sort.key_count = 1;
  sort->sort.limit = -1;
  ExecRows found = exec_run(&t, sort);
  ck_assert_uint_eq(found.count, ROWS);
  int64_t kept = ROWS * (int64_t)sizeof(int64_t), order = ROWS * (int64_t)sizeof(uint64_t);
  ck_assert_int_ge(t.job.memory.peak_bytes, kept + order);
  mem_free(found.values);
  mem_free(rows);
  exec_clear(&t);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("exec_sort");
  unit_case(suite, "sort", 240,
            (const TTest *const[]){test_every_direction_and_place_of_nulls, test_sizes_and_limits,
                                   test_cuts_of_a_top_n, test_memory_of_the_order_is_charged,
                                   NULL});
  return unit_main(suite);
}
