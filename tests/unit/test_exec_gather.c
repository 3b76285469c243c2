// Rows that one asks for and all threads make: they come in the order of the table, however many
// are left of each block, and a limit ends them where it would; and unions, whose inputs may have
// different numbers of workers.
#include "exec_support.h"

#define ROWS (UINT64_C(80) * BLOCK_ROWS + 1234)

typedef struct Case {
  uint32_t dense_from, dense_to; // blocks most of whose rows are left
  uint64_t rare;                 // elsewhere one of so many is; 0: none
  int64_t limit, offset;
} Case;

static bool row_stays(const Case *c, uint64_t row) {
  uint64_t block = row / BLOCK_ROWS;
  if (block >= c->dense_from && block < c->dense_to) return row % 3 != 0;
  return c->rare && row * UINT64_C(0x9e3779b97f4a7c15) >> 32 < (UINT64_C(1) << 32) / c->rare;
}

static int64_t *rows_draw(const Case *c, uint64_t count) {
  int64_t *rows = mem_alloc(count * 2 * sizeof *rows);
  for (uint64_t r = 0; r < count; r++) {
    rows[r * 2] = (int64_t)r;
    rows[r * 2 + 1] = row_stays(c, r);
  }
  return rows;
}

static Plan *kept_rows(ExecTest *t, const int64_t *rows, uint64_t count) {
  Plan *filter = exec_plan(t, PLAN_FILTER, 2, exec_scan(t, rows, count, 2, -1, NULL), NULL);
  Value zero = {.type = TYPE_OF_INT};
  filter->filter.predicate = exec_call(t, FUNCTION_GREATER, TYPE_OF_BOOL, exec_column(t, 1),
                                       expr_constant(t->arena, zero, -1));
  return filter;
}

static void case_check(const Case *c, uint32_t threads) {
  ExecTest t;
  exec_init(&t, threads);
  int64_t *rows = rows_draw(c, ROWS);
  Plan *plan = kept_rows(&t, rows, ROWS);
  if (c->limit >= 0) {
    plan = exec_plan(&t, PLAN_LIMIT, 2, plan, NULL);
    plan->limit.limit = c->limit;
    plan->limit.offset = c->offset;
  }
  ExecRows found = exec_run(&t, plan);
  uint64_t at = 0, skipped = 0;
  for (uint64_t r = 0; r < ROWS && (c->limit < 0 || at < (uint64_t)c->limit); r++) {
    if (!row_stays(c, r) || (c->limit >= 0 && skipped++ < (uint64_t)c->offset)) continue;
    unit_require(at < found.count && found.values[at * 2] == (int64_t)r, "rows in their order");
    at++;
  }
  ck_assert_uint_eq(found.count, at);
  mem_free(found.values);
  mem_free(rows);
  exec_clear(&t);
}

START_TEST(test_rows_come_in_their_order) {
  static const Case CASES[] = {
      {.rare = 5000, .limit = -1},
      {.rare = 0, .limit = -1},
      {.rare = 1000000, .limit = -1},
      {.dense_from = 0, .dense_to = 2, .rare = 3000, .limit = -1},
      {.dense_from = 30, .dense_to = 40, .rare = 3000, .limit = -1},
      {.dense_from = 0, .dense_to = 81, .limit = -1},
      {.rare = 5000, .limit = 100, .offset = 20},
      {.rare = 5000, .limit = 0},
      {.dense_from = 50, .dense_to = 51, .rare = 100000, .limit = 30000, .offset = 10},
  };
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
    for (uint32_t threads = 1; threads <= 4; threads += 3) case_check(&CASES[i], threads);
}
END_TEST

// Rows that find a partner, that find none and both, block after block: of every kind of join that
// streams its left rows.
START_TEST(test_joins_stream_all_blocks) {
  static const JoinKind KINDS[] = {JOIN_INNER, JOIN_LEFT, JOIN_SEMI, JOIN_ANTI};
  static const Case CASES[] = {{.dense_from = 0, .dense_to = 81}, {.rare = 5000}};
  for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS * 2; i++) {
    JoinKind kind = KINDS[i / 2];
    const Case *c = &CASES[i % 2];
    bool has_right = kind == JOIN_INNER || kind == JOIN_LEFT;
    ExecTest t;
    exec_init(&t, 3);
    int64_t *left = rows_draw(c, ROWS), right[1000];
    for (int64_t r = 0; r < 1000; r++) right[r] = r * 4001; // some of all blocks' rows
    Plan *plan = exec_plan(&t, PLAN_JOIN, has_right ? 3 : 2, kept_rows(&t, left, ROWS),
                           exec_scan(&t, right, 1000, 1, -1, NULL));
    plan->join.kind = kind;
    plan->join.key_count = 1;
    plan->join.left_keys = ARENA_ARRAY(t.arena, Expr *, 1);
    plan->join.right_keys = ARENA_ARRAY(t.arena, Expr *, 1);
    plan->join.left_keys[0] = plan->join.right_keys[0] = exec_column(&t, 0);
    ExecRows found = exec_run(&t, plan);
    uint64_t wanted = 0;
    for (uint64_t r = 0; r < ROWS; r++) {
      bool partner = r % 4001 == 0 && r / 4001 < 1000;
      wanted += row_stays(c, r) && (kind == JOIN_LEFT || partner == (kind != JOIN_ANTI));
    }
    ck_assert_msg(found.count == wanted, "kind %d, case %zu: %llu rows, wanted %llu", kind, i % 2,
                  (unsigned long long)found.count, (unsigned long long)wanted);
    mem_free(found.values);
    mem_free(left);
    exec_clear(&t);
  }
}
END_TEST

// A large input, a small one that one worker reads, and an empty one.
START_TEST(test_unions) {
  static const Case RARE = {.rare = 1000, .limit = -1};
  static const uint64_t COUNTS[][2] = {{ROWS, 3000}, {3000, ROWS}, {0, ROWS}, {10, 0}};
  for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++)
    for (int sums = 0; sums < 2; sums++) {
      ExecTest t;
      exec_init(&t, 3);
      int64_t *left = rows_draw(&RARE, COUNTS[i][0] + 1), sum = 0, count = 0, at = 0;
      int64_t *right = rows_draw(&RARE, COUNTS[i][1] + 1);
      Plan *plan = exec_plan(&t, PLAN_UNION, 2, kept_rows(&t, left, COUNTS[i][0]),
                             kept_rows(&t, right, COUNTS[i][1]));
      if (sums) {
        plan = exec_plan(&t, PLAN_AGGREGATE, 2, plan, NULL);
        plan->aggregate.sets = ARENA_NEW(t.arena, uint64_t);
        plan->aggregate.set_count = 1;
        plan->aggregate.call_count = 2;
        plan->aggregate.calls = ARENA_ARRAY(t.arena, AggregateCall, 2);
        plan->aggregate.calls[0] = (AggregateCall){.id = AGGREGATE_COUNT_ROWS, .type = TYPE_OF_INT};
        plan->aggregate.calls[1] =
            (AggregateCall){.id = AGGREGATE_SUM, .arg = exec_column(&t, 0), .type = TYPE_OF_INT};
      }
      ExecRows found = exec_run(&t, plan);
      for (int side = 0; side < 2; side++)
        for (uint64_t r = 0; r < COUNTS[i][side]; r++) {
          if (!row_stays(&RARE, r)) continue;
          if (!sums)
            unit_require(found.values[at++ * 2] == (int64_t)r,
                         "the first input's, then the second's");
          sum += (int64_t)r;
          count++;
        }
      ck_assert_uint_eq(found.count, sums ? 1 : (uint64_t)count);
      if (sums) {
        ck_assert_int_eq(found.values[0], count);
        ck_assert_int_eq(found.values[1], count ? sum : EXEC_NULL);
      }
      mem_free(found.values);
      mem_free(left);
      mem_free(right);
      exec_clear(&t);
    }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("exec_gather");
  unit_case(suite, "gather", 240,
            (const TTest *const[]){test_rows_come_in_their_order, test_joins_stream_all_blocks,
                                   test_unions, NULL});
  return unit_main(suite);
}
