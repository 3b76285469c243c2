// Windows: a partition that several threads compute together gives what one thread gives, and what
// plain loops over the sorted rows give.
#include "exec_support.h"

#define LARGE (20 * 16384 + 77) // rows of the largest partition
#define ROWS (LARGE + 5000)

enum { PARTITION, ORDER, VALUE, ID, COLUMNS };

typedef struct Row {
  int64_t of[COLUMNS];
} Row;

static int row_compare(const void *a, const void *b) {
  return exec_compare_words(((const Row *)a)->of, ((const Row *)b)->of, &(uint32_t){COLUMNS});
}

// Sorted by all columns; the partition 1 is large, others are small.
static Row *rows_make(bool nulls) {
  Row *rows = mem_alloc(ROWS * sizeof *rows);
  uint64_t random = 5;
  for (uint64_t r = 0; r < ROWS; r++) {
    int64_t value = (int64_t)(unit_random(&random) % 2001) - 1000;
    bool null = nulls && unit_random(&random) % 5 == 0;
    rows[r] = (Row){{r < LARGE ? 1 : 2 + (int64_t)(r % 40), (int64_t)(unit_random(&random) % 30000),
                     null ? EXEC_NULL : value, (int64_t)r}};
  }
  qsort(rows, ROWS, sizeof *rows, row_compare);
  return rows;
}

static WindowCall call_of(WindowFunction function, Expr *arg, FrameMode mode, FrameBound start,
                          FrameBound end, Expr *start_offset, Expr *end_offset) {
  WindowCall call = {.function = function, .type = TYPE_OF_INT};
  if (arg) call.args[call.arg_count++] = arg;
  call.frame = (WindowFrame){.mode = mode,
                             .start = start,
                             .end = end,
                             .start_offset = start_offset,
                             .end_offset = end_offset};
  return call;
}

static WindowCall aggregate_of(AggregateId id, WindowCall call) {
  call.function = WINDOW_AGGREGATE;
  call.aggregate = (AggregateCall){
      .id = id, .arg = call.args[0], .type = id == AGGREGATE_SUM ? TYPE_OF_INT : call.type};
  call.arg_count = 0;
  return call;
}

enum { CALLS = 10 };

// Every way to compute: positions, references, prefix sums, a tree of extremes, states.
static Plan *window_make(ExecTest *t, Plan *scan, uint32_t orders) {
  Plan *plan = exec_plan(t, PLAN_WINDOW, COLUMNS + CALLS, scan, NULL);
  Expr *value = exec_column(t, VALUE);
  plan->window.partition = ARENA_ARRAY(t->arena, Expr *, 1);
  plan->window.partition[0] = exec_column(t, PARTITION);
  plan->window.partition_count = 1;
  plan->window.order = ARENA_ARRAY(t->arena, SortKey, 3);
  static const uint32_t KEYS[] = {ORDER, VALUE, ID};
  for (uint32_t k = 0; k < orders; k++)
    plan->window.order[k] = (SortKey){.expr = exec_column(t, KEYS[k]), .nulls_first = true};
  plan->window.order_count = orders;
  Expr *ten = expr_int(t->arena, 10), *three = expr_int(t->arena, 3);
#define RUNNING FRAME_ROWS, BOUND_UNBOUNDED_PRECEDING, BOUND_CURRENT, NULL, NULL
#define SLIDING FRAME_ROWS, BOUND_PRECEDING, BOUND_FOLLOWING, ten, three
#define PEERS FRAME_RANGE, BOUND_UNBOUNDED_PRECEDING, BOUND_CURRENT, NULL, NULL
  WindowCall calls[CALLS] = {
      call_of(WINDOW_ROW_NUMBER, NULL, PEERS),
      aggregate_of(AGGREGATE_SUM, call_of(0, value, RUNNING)),
      aggregate_of(AGGREGATE_SUM, call_of(0, value, SLIDING)),
      aggregate_of(AGGREGATE_MIN, call_of(0, value, SLIDING)),
      aggregate_of(AGGREGATE_COUNT_DISTINCT, call_of(0, value, RUNNING)),
      call_of(WINDOW_LAG, value, PEERS),
      call_of(WINDOW_DENSE_RANK, NULL, PEERS),
      aggregate_of(AGGREGATE_SUM, call_of(0, value, PEERS)),
      call_of(WINDOW_NTILE, expr_int(t->arena, 7), PEERS),
      call_of(WINDOW_FIRST_VALUE, value, SLIDING),
  };
  plan->window.calls = ARENA_ARRAY(t->arena, WindowCall, CALLS);
  memcpy(plan->window.calls, calls, sizeof calls);
  plan->window.call_count = CALLS;
  return plan;
}

// The first six, by plain loops over rows sorted by partition and all order keys.
static void rows_expect(const Row *rows, uint64_t r, uint64_t start, uint64_t end, int64_t sum,
                        bool any, int64_t distinct, int64_t wanted[6]) {
  int64_t sliding = 0, least = INT64_MAX;
  bool some = false;
  for (uint64_t i = r - start < 10 ? start : r - 10; i < end && i <= r + 3; i++) {
    int64_t value = rows[i].of[VALUE];
    if (value == EXEC_NULL) continue;
    some = true;
    sliding += value;
    if (value < least) least = value;
  }
  wanted[0] = (int64_t)(r - start + 1);
  wanted[1] = any ? sum : EXEC_NULL;
  wanted[2] = some ? sliding : EXEC_NULL;
  wanted[3] = some ? least : EXEC_NULL;
  wanted[4] = distinct;
  wanted[5] = r > start ? rows[r - 1].of[VALUE] : EXEC_NULL;
}

static ExecRows window_run(const Row *rows, uint32_t orders, uint32_t threads) {
  ExecTest t;
  exec_init(&t, threads);
  Plan *scan = exec_scan(&t, (const int64_t *)rows, ROWS, COLUMNS, -1, NULL);
  ExecRows found = exec_run(&t, window_make(&t, scan, orders));
  qsort_r(found.values, found.count, found.columns * sizeof(int64_t), exec_compare_words,
          &found.columns);
  exec_clear(&t);
  return found;
}

START_TEST(test_against_loops) {
  Row *rows = rows_make(_i);
  ExecRows found = window_run(rows, 3, 3);
  ck_assert_uint_eq(found.count, ROWS);
  uint64_t start = 0, end = 0;
  int64_t sum = 0, distinct = 0;
  uint8_t seen[2001];
  bool any = false;
  for (uint64_t r = 0; r < ROWS; r++) {
    if (r == end) {
      sum = distinct = 0;
      memset(seen, 0, sizeof seen);
      any = false;
      for (start = end; end < ROWS && rows[end].of[PARTITION] == rows[start].of[PARTITION];) end++;
    }
    int64_t value = rows[r].of[VALUE], wanted[6];
    if (value != EXEC_NULL) {
      any = true;
      sum += value;
      distinct += !seen[value + 1000];
      seen[value + 1000] = 1;
    }
    rows_expect(rows, r, start, end, sum, any, distinct, wanted);
    const int64_t *row = found.values + r * found.columns;
    unit_require(!memcmp(row, rows[r].of, sizeof rows[r].of), "rows in the same order");
    if (memcmp(row + COLUMNS, wanted, sizeof wanted))
      ck_abort_msg("row %llu is another", (unsigned long long)r);
  }
  mem_free(found.values);
  mem_free(rows);
}
END_TEST

START_TEST(test_threads_agree) {
  Row *rows = rows_make(true);
  ExecRows one = window_run(rows, (uint32_t)_i, 1), three = window_run(rows, (uint32_t)_i, 3);
  ck_assert_uint_eq(one.count, ROWS);
  ck_assert_uint_eq(three.count, ROWS);
  ck_assert_int_eq(memcmp(one.values, three.values, ROWS * one.columns * sizeof(int64_t)), 0);
  mem_free(one.values);
  mem_free(three.values);
  mem_free(rows);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("exec_window");
  TCase *tests = tcase_create("large partitions");
  tcase_set_timeout(tests, 120);
  tcase_add_loop_test(tests, test_against_loops, 0, 2);
  tcase_add_loop_test(tests, test_threads_agree, 0, 4);
  suite_add_tcase(suite, tests);
  return unit_main(suite);
}
