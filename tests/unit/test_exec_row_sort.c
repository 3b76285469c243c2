// The one sort: every kind of key, alone and mixed, against pairwise comparison.
#include "row_sort.h"
#include "unit_table.h"

// Columns of the stores: narrow and wide integers, a double, a wide decimal, a text, an interval.
enum { NARROW, WIDE_INT, REAL, WIDE, TEXT, INTERVAL, COLUMNS };

typedef struct Drawn {
  int64_t narrow[VECTOR_ROWS], wide_int[VECTOR_ROWS];
  double real[VECTOR_ROWS];
  int128_t wide[VECTOR_ROWS];
  Str text[VECTOR_ROWS];
  IntervalValue interval[VECTOR_ROWS];
} Drawn;

static const double REALS[] = {0.0, -0.0, 1.5, -1.5, 1e308, -1e308, 5e-324, NAN, INFINITY};

static void row_draw(Drawn *drawn, uint32_t i, uint64_t *seed, Arena *arena) {
  uint64_t x = unit_random(seed);
  drawn->narrow[i] = (int64_t)(x % 7);
  drawn->wide_int[i] = x % 50 == 0 ? INT64_MIN : x % 50 == 1 ? INT64_MAX : (int64_t)(x >> 8 % 40);
  drawn->real[i] = REALS[x % (sizeof REALS / sizeof *REALS)];
  drawn->wide[i] = ((int128_t)(int64_t)(x >> 3) << (x % 60)) - (int64_t)(x % 1000);
  static const char *const starts[] = {"", "abcdefgh", "abcdefg", "\xd0\xb6", "zz"};
  char *text = arena_printf(arena, "%s%d", starts[x % 5], (int)(x / 7 % 4));
  drawn->text[i] = (Str){text, (uint32_t)strlen(text) - (x % 11 == 0)};
  drawn->interval[i] = (IntervalValue){.months = (int32_t)(x % 3), .days = (int32_t)(x / 3 % 31)};
}

static void store_fill(RowStore *store, uint64_t row_count, unsigned nulls, uint64_t seed,
                       Arena *arena) {
  Drawn *drawn = mem_alloc(sizeof *drawn);
  Error error = ERROR_INIT;
  for (uint64_t from = 0; from < row_count; from += VECTOR_ROWS) {
    uint32_t count = row_count - from < VECTOR_ROWS ? (uint32_t)(row_count - from) : VECTOR_ROWS;
    for (uint32_t i = 0; i < count; i++) row_draw(drawn, i, &seed, arena);
    Vector columns[COLUMNS] = {
        {.data = drawn->narrow, .width = 8},
        {.data = drawn->wide_int, .width = 8},
        {.data = drawn->real},
        {.data = drawn->wide},
        {.data = drawn->text},
        {.data = drawn->interval},
    };
    uint64_t *validity[COLUMNS];
    for (int c = 0; c < COLUMNS; c++) {
      columns[c].type = store->columns[c].type;
      columns[c].physical = store->physical[c];
      columns[c].validity = validity[c] = unit_random_validity(&seed, count, nulls);
    }
    Batch batch = {count, COLUMNS, columns};
    ck_assert_int_eq(row_store_append(store, &batch, &error), STATUS_OK);
    for (int c = 0; c < COLUMNS; c++) mem_free(validity[c]);
  }
  mem_free(drawn);
}

// Each row comes after the one before it by the keys or, where it ties, by its number.
static bool order_holds(const RowStore *store, const RowSortKey *keys, uint32_t key_count,
                        const uint64_t *order, uint64_t count) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < count; i++) {
    sum += order[i];
    int way = -1;
    for (uint32_t k = 0; i && k < key_count &&
                         (way = row_store_compare(store, keys[k].column, order[i - 1], order[i],
                                                  keys[k].descending, keys[k].nulls_first)) == 0;)
      k++;
    if (i && (way > 0 || (way == 0 && order[i - 1] >= order[i]))) return false;
  }
  return sum == count * (count - 1) / 2;
}

static void sort_check(uint64_t row_count, unsigned nulls, uint64_t seed, ThreadPool *pool) {
  static const Type types[COLUMNS] = {
      {.kind = TYPE_INT, .bits = 64}, {.kind = TYPE_INT, .bits = 64},
      {.kind = TYPE_DOUBLE},          {.kind = TYPE_DECIMAL, .precision = 38, .scale = 2},
      {.kind = TYPE_STRING},          {.kind = TYPE_INTERVAL}};
  PlanColumn columns[COLUMNS];
  for (int c = 0; c < COLUMNS; c++) columns[c] = (PlanColumn){.type = types[c], .min = 1, .max = 0};
  Job job;
  job_init(&job, "test", 0, 0, NULL);
  Execution execution = {.pool = pool, .job = &job};
  RowStore store;
  Arena *arena = arena_create();
  Error error = ERROR_INIT;
  row_store_init(&store, columns, COLUMNS, &job.memory);
  store_fill(&store, row_count, nulls, seed, arena);
  int64_t kept = job.memory.used_bytes;
  RowSortKey keys[3];
  uint32_t key_count = 1 + (uint32_t)(seed % 3);
  for (uint32_t k = 0; k < key_count; k++) {
    uint64_t x = unit_random(&seed);
    keys[k] = (RowSortKey){(uint32_t)(x % COLUMNS), x >> 8 & 1, x >> 9 & 1};
  }
  uint64_t *order = mem_alloc((row_count + 1) * sizeof *order);
  for (uint64_t i = 0; i < row_count; i++) order[i] = i;
  ck_assert_int_eq(row_store_sort(&store, keys, key_count, order, &execution, &error), STATUS_OK);
  unit_require(!row_count || order_holds(&store, keys, key_count, order, row_count),
               "rows in the order of pairwise comparison");
  ck_assert_int_eq(job.memory.used_bytes, kept);
  mem_free(order);
  row_store_clear(&store);
  arena_destroy(arena);
}

START_TEST(test_every_kind_of_key) {
  static const uint64_t SIZES[] = {0, 1, 2, 24, 25, 300, 2049};
  for (uint64_t seed = 1; seed <= 300; seed++)
    sort_check(SIZES[seed % 7], seed % 2 ? 30 : 0, seed, NULL);
}
END_TEST

// Beyond what one piece in cache holds, and beyond where the parallel pass begins.
START_TEST(test_large_and_parallel) {
  ThreadPool *pool = thread_pool_create(3);
  for (uint64_t seed = 1; seed <= 12; seed++) {
    sort_check(40000, 20, seed, NULL);
    sort_check(140000, seed % 2 ? 20 : 0, seed, seed % 3 ? pool : NULL);
  }
  thread_pool_destroy(pool);
}
END_TEST

START_TEST(test_limits_hold) {
  PlanColumn column = {.type = TYPE_OF_INT, .min = 1, .max = 0};
  int64_t values[VECTOR_ROWS];
  uint64_t order[VECTOR_ROWS];
  for (uint32_t i = 0; i < VECTOR_ROWS; i++) values[i] = -(int64_t)i, order[i] = i;
  Vector vector = {.type = TYPE_OF_INT, .physical = PHYSICAL_INT, .width = 8, .data = values};
  Batch batch = {VECTOR_ROWS, 1, &vector};
  Job job;
  job_init(&job, "test", 65536, 0, NULL);
  Execution execution = {.job = &job};
  RowStore store;
  Error error = ERROR_INIT;
  RowSortKey key = {.column = 0};
  row_store_init(&store, &column, 1, &job.memory);
  ck_assert_int_eq(row_store_append(&store, &batch, &error), STATUS_OK);
  ck_assert_int_eq(row_store_sort(&store, &key, 1, order, &execution, &error), STATUS_MEMORY);
  job.memory.limit_bytes = 0;
  job_cancel(&job);
  ck_assert_int_eq(row_store_sort(&store, &key, 1, order, &execution, &error), STATUS_CANCELLED);
  row_store_clear(&store);
  ck_assert_int_eq(job.memory.used_bytes, 0);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("exec_row_sort");
  unit_case(suite, "row_sort", 240,
            (const TTest *const[]){test_every_kind_of_key, test_large_and_parallel,
                                   test_limits_hold, NULL});
  return unit_main(suite);
}
