// Rows kept in chunks: batches of any size, NULLs here and there, stores put together, each against
// flat arrays.
#include "row_store.h"
#include "unit_table.h"

enum { NUMBER, TEXT, COLUMNS };

typedef struct Kept { // what a store should hold
  int64_t *numbers;
  bool *valid; // both columns alike
  uint64_t count, capacity;
} Kept;

static void kept_add(Kept *kept, int64_t number, bool valid) {
  if (kept->count == kept->capacity) {
    kept->capacity = kept->capacity * 2 + 1000;
    kept->numbers = mem_realloc(kept->numbers, kept->capacity * sizeof *kept->numbers);
    kept->valid = mem_realloc(kept->valid, kept->capacity * sizeof *kept->valid);
  }
  kept->numbers[kept->count] = number;
  kept->valid[kept->count++] = valid;
}

static void kept_clear(Kept *kept) {
  mem_free(kept->numbers);
  mem_free(kept->valid);
}

// Appends rows numbered from `first` in batches of drawn sizes. Rows with NULLs come in the last
// third only, if at all.
static void store_fill(RowStore *store, Kept *kept, uint64_t row_count, int64_t first, bool nulls,
                       uint64_t *seed) {
  int64_t numbers[VECTOR_ROWS];
  Str texts[VECTOR_ROWS];
  char digits[VECTOR_ROWS][24];
  Error error = ERROR_INIT;
  for (uint64_t from = 0; from < row_count;) {
    uint64_t count = 1 + unit_random(seed) % VECTOR_ROWS;
    if (count > row_count - from) count = row_count - from;
    bool some_null = nulls && from > row_count / 3 * 2;
    uint64_t *validity = unit_random_validity(seed, count, some_null ? 40 : 0);
    for (uint64_t i = 0; i < count; i++) {
      numbers[i] = first + (int64_t)(from + i);
      texts[i].size =
          (uint32_t)snprintf(digits[i], sizeof digits[i], "%lld", (long long)numbers[i]);
      texts[i].data = digits[i];
      kept_add(kept, numbers[i], !validity || bits_get(validity, i));
    }
    Vector columns[COLUMNS] = {
        {.type = store->columns[NUMBER].type,
         .physical = PHYSICAL_INT,
         .width = 8,
         .data = numbers,
         .validity = validity},
        {.type = store->columns[TEXT].type,
         .physical = PHYSICAL_TEXT,
         .data = texts,
         .validity = validity},
    };
    Batch batch = {(uint32_t)count, COLUMNS, columns};
    ck_assert_int_eq(row_store_append(store, &batch, &error), STATUS_OK);
    mem_free(validity);
    from += count;
  }
}

static bool row_is(const RowStore *store, uint64_t row, int64_t number, bool valid) {
  Value text = row_store_value(store, TEXT, row);
  char digits[24];
  int size = snprintf(digits, sizeof digits, "%lld", (long long)number);
  if (row_store_is_valid(store, NUMBER, row) != valid || text.is_null == valid) return false;
  return !valid || (row_store_int(store, NUMBER, row) == number && text.s.size == (uint32_t)size &&
                    !memcmp(text.s.data, digits, text.s.size));
}

static bool gathers(const RowStore *store, const Kept *kept, uint64_t *seed) {
  uint64_t rows[VECTOR_ROWS];
  VectorBuffer buffer = {0};
  Vector v;
  for (uint32_t i = 0; i < VECTOR_ROWS; i++)
    rows[i] = i % 100 == 7 ? ROW_STORE_NULL : unit_random(seed) % kept->count;
  row_store_gather_column(store, NUMBER, rows, VECTOR_ROWS, &buffer, &v);
  bool right = true;
  for (uint32_t i = 0; i < VECTOR_ROWS; i++) {
    bool valid = rows[i] != ROW_STORE_NULL && kept->valid[rows[i]];
    right &= vector_is_valid(&v, i) == valid;
    right &= !valid || vector_int(&v, i) == kept->numbers[rows[i]];
  }
  vector_buffer_clear(&buffer);
  return right;
}

typedef struct Stores {
  MemoryBudget budget;
  PlanColumn columns[COLUMNS];
  RowStore a, b;
  Kept kept_a, kept_b;
} Stores;

static void stores_fill(Stores *stores, uint64_t rows_a, uint64_t rows_b, unsigned nulls) {
  *stores = (Stores){.columns = {{.type = TYPE_OF_INT}, {.type = {.kind = TYPE_STRING}}}};
  uint64_t seed = rows_a * 7 + rows_b + nulls;
  row_store_init(&stores->a, stores->columns, COLUMNS, &stores->budget);
  row_store_init(&stores->b, stores->columns, COLUMNS, &stores->budget);
  store_fill(&stores->a, &stores->kept_a, rows_a, 0, nulls & 1, &seed);
  store_fill(&stores->b, &stores->kept_b, rows_b, 1000000, nulls & 2, &seed);
}

static void stores_clear(Stores *stores) {
  row_store_clear(&stores->a);
  row_store_clear(&stores->b);
  kept_clear(&stores->kept_a);
  kept_clear(&stores->kept_b);
  ck_assert_int_eq(stores->budget.used_bytes, 0);
}

static const uint64_t SIZES[] = {0, 1, 5000, 65535, 65536, 65537, 200000};
#define SIZE_COUNT (sizeof SIZES / sizeof *SIZES)

START_TEST(test_rows_are_kept_in_order) {
  for (size_t s = 0; s < SIZE_COUNT; s++)
    for (unsigned nulls = 0; nulls < 2; nulls++) {
      Stores stores;
      stores_fill(&stores, SIZES[s], 0, nulls);
      const Kept *kept = &stores.kept_a;
      ck_assert_uint_eq(stores.a.row_count, kept->count);
      for (uint64_t i = 0; i < kept->count; i++)
        unit_require(row_is(&stores.a, i, kept->numbers[i], kept->valid[i]), "a row as it came");
      uint64_t seed = s;
      unit_require(!kept->count || gathers(&stores.a, kept, &seed), "rows anywhere");
      stores_clear(&stores);
    }
}
END_TEST

START_TEST(test_concat_keeps_the_order) {
  for (size_t a = 0; a < SIZE_COUNT; a++)
    for (size_t b = 0; b < SIZE_COUNT; b++) {
      Stores stores;
      Error error = ERROR_INIT;
      stores_fill(&stores, SIZES[a], SIZES[b], (unsigned)(a + b) % 4);
      ck_assert_int_eq(row_store_concat(&stores.a, &stores.b, &error), STATUS_OK);
      ck_assert_uint_eq(stores.a.row_count, SIZES[a] + SIZES[b]);
      for (uint64_t i = 0; i < stores.a.row_count; i++) {
        const Kept *kept = i < SIZES[a] ? &stores.kept_a : &stores.kept_b;
        uint64_t k = i < SIZES[a] ? i : i - SIZES[a];
        unit_require(row_is(&stores.a, i, kept->numbers[k], kept->valid[k]), "end to end");
      }
      stores_clear(&stores);
    }
}
END_TEST

// Each store's rows come in their order, whatever stands between them; and rows come after.
START_TEST(test_merge_keeps_all_rows) {
  for (size_t a = 0; a < SIZE_COUNT; a++)
    for (size_t b = 0; b < SIZE_COUNT; b++) {
      Stores stores;
      Error error = ERROR_INIT;
      stores_fill(&stores, SIZES[a], SIZES[b], (unsigned)(a * 3 + b) % 4);
      ck_assert_int_eq(row_store_merge(&stores.a, &stores.b, &error), STATUS_OK);
      uint64_t next_a = 0, next_b = 0, seed = a + b;
      Kept more = {0};
      store_fill(&stores.a, &more, 3000, 2000000, true, &seed);
      for (uint64_t i = 0; i < stores.a.row_count - 3000; i++) {
        if (next_a < SIZES[a] &&
            row_is(&stores.a, i, stores.kept_a.numbers[next_a], stores.kept_a.valid[next_a]))
          next_a++;
        else if (next_b < SIZES[b] &&
                 row_is(&stores.a, i, stores.kept_b.numbers[next_b], stores.kept_b.valid[next_b]))
          next_b++;
        else
          ck_abort_msg("row %llu is neither's next", (unsigned long long)i);
      }
      ck_assert_uint_eq(next_a, SIZES[a]);
      ck_assert_uint_eq(next_b, SIZES[b]);
      for (uint64_t i = 0; i < 3000; i++)
        unit_require(row_is(&stores.a, SIZES[a] + SIZES[b] + i, more.numbers[i], more.valid[i]),
                     "a row that came later");
      kept_clear(&more);
      stores_clear(&stores);
    }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("exec_row_store");
  unit_case(suite, "row_store", 240,
            (const TTest *const[]){test_rows_are_kept_in_order, test_concat_keeps_the_order,
                                   test_merge_keeps_all_rows, NULL});
  return unit_main(suite);
}
