// The cache of plans: what is kept is charged, found by its text, and given back.
#include "plan_cache.h"
#include "unit_table.h"

static Str text_of(const char *text) {
  return (Str){text, strlen(text)};
}

static Arena *arena_of(size_t bytes) {
  Arena *arena = arena_create();
  memset(arena_alloc(arena, bytes), 1, bytes);
  return arena;
}

static const CachedPlan *put(PlanCache *cache, const char *key, Arena *arena) {
  return plan_cache_put(cache, text_of(key), &(CachedPlan){0}, arena);
}

START_TEST(test_charged_while_kept) {
  MemoryBudget budget;
  memory_budget_init(&budget, "store", 0, NULL);
  PlanCache *cache = plan_cache_create(&budget);
  const CachedPlan *plan = put(cache, "a", arena_of(10000));
  ck_assert_ptr_nonnull(plan);
  ck_assert_int_ge(budget.used_bytes, 10000);
  ck_assert_ptr_eq(plan_cache_find(cache, text_of("a")), plan);
  ck_assert_ptr_null(plan_cache_find(cache, text_of("b")));
  plan_cache_release(cache, plan);
  plan_cache_release(cache, plan);
  // Of the same text the first stays; the other goes with its holder.
  int64_t one = budget.used_bytes;
  const CachedPlan *other = put(cache, "a", arena_of(20000));
  ck_assert_ptr_ne(other, plan);
  ck_assert_int_ge(budget.used_bytes, one + 20000);
  plan_cache_release(cache, other);
  ck_assert_int_eq(budget.used_bytes, one);
  plan_cache_destroy(cache);
  ck_assert_int_eq(budget.used_bytes, 0);
}
END_TEST

START_TEST(test_no_room) {
  MemoryBudget budget;
  memory_budget_init(&budget, "store", 50000, NULL);
  PlanCache *cache = plan_cache_create(&budget);
  plan_cache_release(cache, put(cache, "a", arena_of(30000)));
  Arena *arena = arena_of(30000);
  ck_assert_ptr_null(put(cache, "b", arena)); // it stays the caller's
  arena_destroy(arena);
  arena = arena_of(PLAN_BYTES_MAX + 1);
  ck_assert_ptr_null(put(cache, "c", arena));
  arena_destroy(arena);
  plan_cache_destroy(cache);
  ck_assert_int_eq(budget.used_bytes, 0);
}
END_TEST

START_TEST(test_the_oldest_goes) {
  MemoryBudget budget;
  memory_budget_init(&budget, "store", 0, NULL);
  PlanCache *cache = plan_cache_create(&budget);
  char key[16];
  for (int i = 0; i <= PLANS_MAX; i++) {
    snprintf(key, sizeof key, "q%d", i);
    plan_cache_release(cache, put(cache, key, arena_of(100)));
    if (i) { // the first is used all the time
      const CachedPlan *first = plan_cache_find(cache, text_of("q0"));
      ck_assert_ptr_nonnull(first);
      plan_cache_release(cache, first);
    }
  }
  ck_assert_ptr_null(plan_cache_find(cache, text_of("q1")));
  int64_t full = budget.used_bytes;
  plan_cache_release(cache, put(cache, "next", arena_of(100)));
  ck_assert_int_le(budget.used_bytes, full + 64); // one in, one out
  plan_cache_destroy(cache);
  ck_assert_int_eq(budget.used_bytes, 0);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("plan_cache");
  unit_case(
      suite, "plans", 60,
      (const TTest *const[]){test_charged_while_kept, test_no_room, test_the_oldest_goes, NULL});
  return unit_main(suite);
}
