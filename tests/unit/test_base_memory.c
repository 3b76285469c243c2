// Budgets, arena, errors, jobs and bit copies.
#include "arena.h"
#include "bits.h"
#include "job.h"
#include "unit_main.h"
#include <pthread.h>

START_TEST(budgets_form_a_chain) {
  MemoryBudget store, query;
  memory_budget_init(&store, "store", 1000, NULL);
  memory_budget_init(&query, "query", 600, &store);
  Error error = ERROR_INIT;
  ck_assert_int_eq(memory_budget_charge(&query, 600, &error), STATUS_OK);
  ck_assert_int_eq(store.used_bytes, 600);
  ck_assert_int_eq(memory_budget_charge(&query, 1, &error), STATUS_MEMORY);
  ck_assert_ptr_nonnull(strstr(error.message, "query"));
  ck_assert_int_eq(query.used_bytes, 600);
  memory_budget_release(&query, 300);
  ck_assert_int_eq(memory_budget_charge(&store, 700, &error), STATUS_OK);
  ck_assert_int_eq(memory_budget_charge(&query, 1, &error), STATUS_MEMORY); // the one above is full
  ck_assert_ptr_nonnull(strstr(error.message, "store"));
  ck_assert_int_eq(query.used_bytes, 300);
  ck_assert_int_eq(store.used_bytes, 1000);
  ck_assert_int_eq(query.peak_bytes, 600);
  memory_budget_release(&store, 700);
  memory_budget_release(&query, 300);
  ck_assert_int_eq(store.used_bytes, 0);
  ck_assert_int_eq(store.peak_bytes, 1000);
}
END_TEST

START_TEST(budgets_without_limit_count) {
  MemoryBudget budget;
  memory_budget_init(&budget, "load", 0, NULL);
  ck_assert_int_eq(memory_budget_charge(&budget, INT64_C(1) << 50, NULL), STATUS_OK);
  ck_assert_int_eq(budget.peak_bytes, INT64_C(1) << 50);
  memory_budget_release(&budget, INT64_C(1) << 50);
  ck_assert_int_eq(memory_budget_charge(NULL, 5, NULL), STATUS_OK);
  memory_budget_release(NULL, 5);
  memory_budget_init(&budget, "load", 10, NULL);
  ck_assert_int_eq(memory_budget_charge(&budget, INT64_MAX, NULL), STATUS_MEMORY);
  ck_assert_int_gt(memory_physical_bytes(), 1 << 20);
}
END_TEST

static void *charge_and_release(void *argument) {
  MemoryBudget *budget = argument;
  for (int i = 0; i < 20000; i++) {
    if (memory_budget_charge(budget, 3, NULL) != STATUS_OK) continue;
    if (budget->used_bytes > 10) return budget;
    memory_budget_release(budget, 3);
  }
  return NULL;
}

START_TEST(budgets_hold_under_threads) {
  MemoryBudget parent, budget;
  memory_budget_init(&parent, "store", 9, NULL);
  memory_budget_init(&budget, "query", 10, &parent);
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, charge_and_release, &budget);
  for (int i = 0; i < 4; i++) {
    void *exceeded;
    pthread_join(threads[i], &exceeded);
    ck_assert_ptr_null(exceeded);
  }
  ck_assert_int_eq(budget.used_bytes, 0);
  ck_assert_int_eq(parent.used_bytes, 0);
  ck_assert_int_le(budget.peak_bytes, 10);
  ck_assert_int_le(parent.peak_bytes, 9);
}
END_TEST

START_TEST(allocations_are_never_null) {
  void *empty = mem_alloc(0), *zero = mem_alloc_zero(100), *aligned = mem_alloc_aligned(64, 1);
  ck_assert_ptr_nonnull(empty);
  ck_assert_int_eq(((char *)zero)[99], 0);
  ck_assert_uint_eq((uintptr_t)aligned % 64, 0);
  empty = mem_realloc(empty, 0);
  ck_assert_ptr_nonnull(empty);
  char *text = mem_strndup("abcdef", 3);
  ck_assert_str_eq(text, "abc");
  mem_free(text), mem_free(empty), mem_free(zero), mem_free(aligned), mem_free(NULL);
}
END_TEST

// Pieces of all sizes: zeroed, aligned, apart from each other.
START_TEST(arena_gives_zeroed_aligned_memory) {
  Arena *arena = arena_create();
  unsigned char *pieces[2000];
  size_t sizes[2000], total = 0;
  for (size_t i = 0; i < 2000; i++) {
    sizes[i] = i % 97 == 0 ? 5000 * i : (i * 37) % 700;
    pieces[i] = arena_alloc(arena, sizes[i]);
    ck_assert_uint_eq((uintptr_t)pieces[i] % 16, 0);
    for (size_t k = 0; k < sizes[i]; k++)
      if (pieces[i][k]) ck_abort_msg("piece %zu is not zeroed", i);
    memset(pieces[i], (int)(i % 255) + 1, sizes[i]);
    total += sizes[i];
  }
  for (size_t i = 0; i < 2000; i++)
    for (size_t k = 0; k < sizes[i]; k++)
      if (pieces[i][k] != i % 255 + 1) ck_abort_msg("piece %zu was overwritten", i);
  ck_assert_uint_ge(arena_bytes(arena), total);
  ck_assert_uint_lt(arena_bytes(arena), 2 * total + (2u << 20));
  arena_destroy(arena);
  arena_destroy(NULL);
}
END_TEST

START_TEST(arena_makes_text) {
  Arena *arena = arena_create();
  ck_assert_str_eq(arena_strdup(arena, "tea"), "tea");
  ck_assert_str_eq(arena_strndup(arena, "teapot", 3), "tea");
  ck_assert_str_eq(arena_strndup(arena, NULL, 0), "");
  ck_assert_str_eq(arena_printf(arena, "%s-%d", "x", 5), "x-5");
  ck_assert_str_eq(arena_printf(arena, "%s", ""), "");
  ck_assert_uint_eq(strlen(arena_printf(arena, "%20000d", 1)), 20000);
  int *numbers = ARENA_ARRAY(arena, int, 10);
  ck_assert_int_eq(numbers[9], 0);
  arena_destroy(arena);
}
END_TEST

START_TEST(errors_say_where) {
  Error error = ERROR_INIT;
  ck_assert_int_eq(error_set(&error, STATUS_INVALID, "row %d: %s", 7, "bad"), STATUS_INVALID);
  ck_assert_str_eq(error.message, "row 7: bad");
  ck_assert_int_eq(error.position, -1);
  ck_assert_int_eq(error_prefix_path(&error, "format"), STATUS_INVALID);
  error_prefix_path(&error, "measures[%d]", 1);
  error_prefix_path(&error, "cubes");
  ck_assert_str_eq(error.path, "cubes.measures[1].format");
  error_set_at(&error, STATUS_NOT_FOUND, 12, "in part 2: %s", error.message); // its own text
  ck_assert_str_eq(error.message, "in part 2: row 7: bad");
  ck_assert_int_eq(error.position, 12);
  ck_assert_str_eq(error.path, "");
  error_prefix_path(&error, "[3]");
  error_prefix_path(&error, "tables");
  ck_assert_str_eq(error.path, "tables[3]");
  ck_assert_int_eq(error_set(NULL, STATUS_IO, "unheard"), STATUS_IO);
  ck_assert_int_ne(error_prefix_path(NULL, "x"), STATUS_OK);
}
END_TEST

// A cut message ends before the character that does not fit.
START_TEST(errors_are_cut_between_characters) {
  char text[3000] = "";
  for (int i = 0; i < 1400; i++) strcat(text, "Ж");
  Error error = ERROR_INIT;
  error_set(&error, STATUS_INVALID, "%s", text);
  ck_assert_uint_eq(strlen(error.message), 1022);
  error_set(&error, STATUS_INVALID, ".%s", text);
  ck_assert_uint_eq(strlen(error.message), 1023);
  for (int i = 0; i < 100; i++) error_prefix_path(&error, "Ж[%d]", i);
  ck_assert_uint_lt(strlen(error.path), ERROR_PATH_BYTES);
}
END_TEST

START_TEST(statuses_have_names) {
  for (Status s = STATUS_OK; s <= STATUS_BUSY; s++) {
    ck_assert_str_ne(status_name(s), "unknown");
    for (Status t = STATUS_OK; t < s; t++) ck_assert_str_ne(status_name(s), status_name(t));
  }
}
END_TEST

static void count_report(void *context, const JobProgress *progress) {
  *(int64_t *)context += progress->done;
}

START_TEST(jobs_stop_and_report) {
  Job job;
  Error error = ERROR_INIT;
  int64_t reported = 0;
  ck_assert_int_eq(job_check(NULL, NULL), STATUS_OK);
  job_init(&job, "query", 100, 0, NULL);
  ck_assert_int_eq(job_check(&job, &error), STATUS_OK);
  ck_assert_int_eq(memory_budget_charge(&job.memory, 101, &error), STATUS_MEMORY);
  JobProgress progress = {.phase = "read", .done = 1, .unit = "rows"};
  job_report(&job, &progress); // nobody listens
  job.on_progress = count_report;
  job.progress_context = &reported;
  for (int i = 0; i < 1000; i++) job_report(&job, &progress);
  ck_assert_int_ge(reported, 1);
  ck_assert_int_lt(reported, 100); // at most every 100 ms
  job_cancel(&job);
  ck_assert_int_eq(job_check(&job, &error), STATUS_CANCELLED);
  job_init(&job, "query", 0, 1, NULL);
  int64_t start = clock_now_ns();
  while (clock_now_ns() - start < 2000000) {
  }
  ck_assert_int_eq(job_check(&job, &error), STATUS_TIMEOUT);
  job_init(&job, "query", 0, INT64_MAX, NULL);
  ck_assert_int_eq(job_check(&job, &error), STATUS_OK);
}
END_TEST

// Every small shift and length, and long ones, against a bit at a time.
START_TEST(bits_are_copied) {
  uint64_t source[20], target[20], expected[20], random = 5;
  static const size_t counts[] = {0, 1, 2, 63, 64, 65, 127, 128, 129, 500, 1000};
  for (size_t from = 0; from < 130; from++)
    for (size_t to = 0; to < 130; to += to < 66 ? 1 : 13)
      for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        for (int w = 0; w < 20; w++) {
          random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
          source[w] = random ^ random >> 29;
          target[w] = expected[w] = ~random * 31;
        }
        for (size_t i = 0; i < counts[c]; i++)
          bits_put(expected, to + i, bits_get(source, from + i));
        // An array that ends with the last word needed: reading beyond is seen by the sanitizer.
        size_t words = bits_words(from + counts[c]);
        uint64_t *tight = mem_alloc(words * 8);
        memcpy(tight, source, words * 8);
        bits_copy(target, to, tight, from, counts[c]);
        mem_free(tight);
        if (memcmp(target, expected, sizeof target) != 0)
          ck_abort_msg("from %zu to %zu count %zu", from, to, counts[c]);
      }
}
END_TEST

START_TEST(bits_are_counted) {
  uint64_t words[4] = {~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0)};
  for (size_t n = 0; n <= 256; n++) ck_assert_uint_eq(bits_count(words, n), n);
  uint64_t filled[3] = {9, 9, 9};
  bits_fill(filled, 65);
  ck_assert_uint_eq(filled[0], ~UINT64_C(0));
  ck_assert_uint_eq(filled[1], 1);
  ck_assert_uint_eq(filled[2], 9);
  ck_assert_uint_eq(bits_width(0), 0);
  ck_assert_uint_eq(bits_width(1), 1);
  ck_assert_uint_eq(bits_width(255), 8);
  ck_assert_uint_eq(bits_width(UINT64_MAX), 64);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("memory");
  unit_case(suite, "budget", 60,
            (const TTest *[]){budgets_form_a_chain, budgets_without_limit_count,
                              budgets_hold_under_threads, allocations_are_never_null, NULL});
  unit_case(suite, "arena", 60,
            (const TTest *[]){arena_gives_zeroed_aligned_memory, arena_makes_text, NULL});
  unit_case(suite, "errors", 20,
            (const TTest *[]){errors_say_where, errors_are_cut_between_characters,
                              statuses_have_names, jobs_stop_and_report, NULL});
  unit_case(suite, "bits", 60, (const TTest *[]){bits_are_copied, bits_are_counted, NULL});
  return unit_main(suite);
}
