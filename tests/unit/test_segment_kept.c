// What is kept for segments is charged, bounded and given back: sets of rules, indexes of cards.
#include "member_rows.h"
#include "segment.h"
#include "unit_table.h"

enum { MEMBERS = 3000 };

static Rowset *set_of(uint64_t seed) {
  uint32_t *rows = mem_alloc(MEMBERS * sizeof *rows), count = 0;
  for (uint32_t r = 1; r < MEMBERS; r++)
    if (unit_random(&seed) % 2) rows[count++] = r;
  Rowset *set = rowset_of_rows(rows, count, MEMBERS);
  mem_free(rows);
  return set;
}

static void put(SegmentCache *cache, uint64_t number) {
  char key[32];
  snprintf(key, sizeof key, "rule %llu", (unsigned long long)number);
  Rowset *set = set_of(number);
  segment_cache_put(cache, key, set);
  rowset_release(set);
}

static bool has(SegmentCache *cache, uint64_t number) {
  char key[32];
  snprintf(key, sizeof key, "rule %llu", (unsigned long long)number);
  Rowset *found = segment_cache_find(cache, key), *wanted = set_of(number);
  if (found) ck_assert(rowset_equal(found, wanted));
  bool is = found != NULL;
  rowset_release(found);
  rowset_release(wanted);
  return is;
}

START_TEST(test_sets_are_charged_and_bounded) {
  MemoryBudget budget;
  memory_budget_init(&budget, "test", 0, NULL);
  SegmentCache *cache = segment_cache_create(20000, &budget);
  put(cache, 0);
  int64_t one = atomic_load(&budget.used_bytes);
  ck_assert_int_gt(one, MEMBERS / 8);
  put(cache, 0); // in place of the first
  ck_assert_int_eq(atomic_load(&budget.used_bytes), one);
  for (uint64_t n = 1; n < 500; n++) {
    put(cache, n);
    ck_assert(has(cache, n));
    ck_assert_int_le(atomic_load(&budget.used_bytes), 20000);
  }
  ck_assert_int_gt(atomic_load(&budget.used_bytes), 20000 - 2 * one);
  ck_assert(!has(cache, 0));
  segment_cache_destroy(cache);
  ck_assert_int_eq(atomic_load(&budget.used_bytes), 0);
}
END_TEST

// Where the budget has no room, older sets go; where it has none at all, nothing is kept.
START_TEST(test_sets_give_way) {
  MemoryBudget budget;
  Error error = ERROR_INIT;
  memory_budget_init(&budget, "test", 10000, NULL);
  SegmentCache *cache = segment_cache_create(1 << 20, &budget);
  for (uint64_t n = 0; n < 100; n++) {
    put(cache, n);
    ck_assert(has(cache, n));
  }
  int64_t others = 9800 - atomic_load(&budget.used_bytes); // sets are of about one size
  ck_assert_int_eq(memory_budget_charge(&budget, others, &error), STATUS_OK);
  put(cache, 100); // in place of all others
  ck_assert(has(cache, 100) && !has(cache, 99));
  int64_t more = 10000 - atomic_load(&budget.used_bytes);
  ck_assert_int_eq(memory_budget_charge(&budget, more, &error), STATUS_OK);
  segment_cache_destroy(cache);
  ck_assert_int_eq(atomic_load(&budget.used_bytes), others + more);
  ck_assert_int_eq(memory_budget_charge(&budget, 10000 - others - more, &error), STATUS_OK);
  cache = segment_cache_create(1 << 20, &budget);
  put(cache, 0);
  ck_assert(!has(cache, 0));
  segment_cache_destroy(cache);
  ck_assert_int_eq(atomic_load(&budget.used_bytes), 10000);
}
END_TEST

// A table of visits: whose they are, and a text.
static Table *visits(uint64_t row_count) {
  int64_t *values = mem_alloc((row_count + 1) * sizeof *values);
  uint64_t seed = 1;
  for (uint64_t r = 0; r < row_count; r++) values[r] = (int64_t)(unit_random(&seed) % MEMBERS);
  Column *columns[] = {unit_int_column(TYPE_OF_INT, NULL, -1, values, NULL, row_count)};
  mem_free(values);
  return unit_table("visits", NULL, columns, 1, NULL, NULL);
}

static Status rows_ask(MemberRowsCache *cache, const Table *table, Error *error) {
  Arena *arena = arena_create();
  const uint32_t *rows;
  uint32_t count, wanted = 0;
  Status status = member_rows_find(cache, table, 0, 7, MEMBERS, NULL, arena, &rows, &count, error);
  for (uint64_t r = 0; status == STATUS_OK && r < table->row_count; r++)
    if (column_value(table->columns[0], r).i == 7) ck_assert_uint_eq(rows[wanted++], r);
  if (status == STATUS_OK) ck_assert_uint_eq(count, wanted);
  arena_destroy(arena);
  return status;
}

START_TEST(test_indexes_of_cards_are_charged) {
  MemoryBudget budget;
  Error error = ERROR_INIT;
  Table *first = visits(100000), *second = visits(150000);
  int64_t of_first = member_rows_index_bytes(100000, MEMBERS);
  int64_t of_second = member_rows_index_bytes(150000, MEMBERS);
  memory_budget_init(&budget, "test", of_second, NULL);
  MemberRowsCache *cache = member_rows_cache_create(&budget);
  for (int i = 0; i < 2; i++) {
    ck_assert_int_eq(rows_ask(cache, first, &error), STATUS_OK);
    ck_assert_int_eq(atomic_load(&budget.used_bytes), of_first);
  }
  member_rows_cache_destroy(cache);
  ck_assert_int_eq(atomic_load(&budget.used_bytes), 0);
  memory_budget_init(&budget, "test", of_first + of_second, NULL);
  cache = member_rows_cache_create(&budget);
  ck_assert_int_eq(rows_ask(cache, first, &error), STATUS_OK);
  ck_assert_int_eq(rows_ask(cache, second, &error), STATUS_OK); // in place of the first
  ck_assert_int_eq(atomic_load(&budget.used_bytes), of_second);
  member_rows_cache_destroy(cache);
  memory_budget_init(&budget, "test", of_first - 1, NULL);
  cache = member_rows_cache_create(&budget);
  ck_assert_int_eq(rows_ask(cache, first, &error), STATUS_MEMORY);
  ck_assert_int_eq(atomic_load(&budget.used_bytes), 0);
  member_rows_cache_destroy(cache);
  table_release(first);
  table_release(second);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("segment_kept");
  unit_case(suite, "segment kept", 60,
            (const TTest *const[]){test_sets_are_charged_and_bounded, test_sets_give_way,
                                   test_indexes_of_cards_are_charged, NULL});
  return unit_main(suite);
}
