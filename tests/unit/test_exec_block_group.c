// Grouping block by block against a naive answer: tables in the order of a key, whose groups cross
// the ends of blocks, fill whole blocks, or have blocks to themselves; with a filter, with a linked
// second key, with aggregates of every narrow form; and tables that are nearly in order, for which
// it does not serve.
#include "agg_state.h"
#include "exec_groups.h"

enum { COLUMNS = 3 }; // key, second key, value
#define ROWS (UINT64_C(3) * BLOCK_ROWS + 1000)

typedef struct Case {
  uint64_t rows;
  uint64_t rows_a_key;            // about
  int64_t heavy_from, heavy_rows; // one key for so many rows, from a row on
  uint64_t seconds;               // values of the second key
  bool disorder;                  // one row of the last block has the first key
  bool with_null;                 // one row has no key
  uint64_t null_rows;             // so many from the first on have none: whole blocks of them
  uint64_t null_every;            // one row of so many has none; 0: all have one
  bool filtered;
  uint32_t threads;
  const char *kernel; // that it shall run with
} Case;

static int64_t *rows_draw(const Case *c) {
  int64_t *rows = mem_alloc((c->rows + 1) * COLUMNS * sizeof *rows), key = -5;
  uint64_t seed = c->rows + c->rows_a_key;
  for (uint64_t r = 0; r < c->rows; r++) {
    bool heavy = (int64_t)r > c->heavy_from && (int64_t)r < c->heavy_from + c->heavy_rows;
    if (!heavy && unit_random(&seed) % c->rows_a_key == 0)
      key += 1 + (int64_t)(unit_random(&seed) % 3);
    rows[r * COLUMNS] = key;
    rows[r * COLUMNS + 1] = (int64_t)(unit_random(&seed) % c->seconds);
    rows[r * COLUMNS + 2] =
        unit_random(&seed) % 7 ? (int64_t)(unit_random(&seed) % 1000) : EXEC_NULL;
  }
  if (c->disorder) rows[(c->rows - 1) * COLUMNS] = -5;
  if (c->with_null) rows[c->rows / 2 * COLUMNS] = EXEC_NULL;
  for (uint64_t r = 0; r < c->rows; r++)
    if (r < c->null_rows || (c->null_every && unit_random(&seed) % c->null_every == 0))
      rows[r * COLUMNS] = EXEC_NULL;
  return rows;
}

static void groups_check(const Case *c) {
  ExecTest t;
  Error error = ERROR_INIT;
  exec_init(&t, c->threads);
  int64_t *rows = rows_draw(c);
  Plan *plan = exec_group_plan(&t, rows, c->rows, c->filtered);
  OperatorProfile profiles[3] = {0};
  ExecRows found = {.columns = 7}, wanted = exec_naive_groups(rows, c->rows, c->filtered);
  ck_assert_int_eq(plan_execute(plan, t.pool, &t.job, profiles, exec_keep, &found, &error),
                   STATUS_OK);
  ck_assert_str_eq(profiles[plan->inputs[0]->id].kernel, c->kernel);
  if (!exec_rows_same(&found, &wanted))
    ck_abort_msg("%d rows, %d a key, %u threads: %d groups, wanted %d", (int)c->rows,
                 (int)c->rows_a_key, c->threads, (int)found.count, (int)wanted.count);
  mem_free(found.values);
  mem_free(wanted.values);
  mem_free(rows);
  exec_clear(&t);
}

static void on_threads(Case c) {
  for (c.threads = 1; c.threads <= 8; c.threads *= 2) groups_check(&c);
}

// count(distinct key) a second key: of keys in the table's order, so that each block's are
// forgotten when it is through.
static ExecRows naive_distinct(const Case *c, const int64_t *rows) {
  uint32_t columns = 2;
  ExecRows groups = {.columns = 2, .capacity = c->rows + 1};
  int64_t *sorted = mem_alloc((c->rows + 1) * 2 * sizeof *sorted);
  uint64_t kept = 0;
  for (uint64_t r = 0; r < c->rows; r++) {
    if (c->filtered && rows[r * COLUMNS + 1] >= 3) continue;
    sorted[kept * 2] = rows[r * COLUMNS + 1];
    sorted[kept++ * 2 + 1] = rows[r * COLUMNS];
  }
  qsort_r(sorted, kept, 2 * sizeof *sorted, exec_compare_words, &columns);
  groups.values = mem_alloc(groups.capacity * 2 * sizeof(int64_t));
  for (uint64_t r = 0; r < kept; r++) {
    const int64_t *row = sorted + r * 2;
    bool first = !r || row[0] != row[-2];
    if (first) {
      groups.values[groups.count * 2] = row[0];
      groups.values[groups.count++ * 2 + 1] = 0;
    }
    bool is_new = row[1] != EXEC_NULL && (first || row[1] != row[-1]);
    groups.values[groups.count * 2 - 1] += is_new;
  }
  mem_free(sorted);
  return groups;
}

static void distinct_check(const Case *c) {
  ExecTest t;
  exec_init(&t, c->threads);
  int64_t *rows = rows_draw(c);
  Plan *sort = exec_group_plan(&t, rows, c->rows, c->filtered), *plan = sort->inputs[0];
  plan->inputs[0]->columns[0].min = 1; // nothing known of the keys: no bitmap of them all
  plan->inputs[0]->columns[0].max = 0;
  plan->column_count = sort->column_count = 2;
  plan->aggregate.key_count = 1;
  plan->aggregate.keys[0] = exec_column(&t, 1);
  *plan->aggregate.sets = 1;
  plan->aggregate.call_count = 1;
  plan->aggregate.calls[0].id = AGGREGATE_COUNT_DISTINCT;
  plan->aggregate.calls[0].arg = exec_column(&t, 0);
  ExecRows found = exec_run(&t, sort), wanted = naive_distinct(c, rows);
  if (!exec_rows_same(&found, &wanted))
    ck_abort_msg("%d rows, %d a key, %d groups, %u threads: other distinct counts", (int)c->rows,
                 (int)c->rows_a_key, (int)wanted.count, c->threads);
  mem_free(found.values);
  mem_free(wanted.values);
  mem_free(rows);
  exec_clear(&t);
}

START_TEST(test_distinct_counts_of_a_key_in_order) {
  static const Case CASES[] = {
      {.rows = ROWS, .rows_a_key = 4, .seconds = 5},
      {.rows = ROWS, .rows_a_key = 4, .seconds = 1},
      {.rows = ROWS, .rows_a_key = 300, .seconds = 2000},
      {.rows = ROWS, .rows_a_key = 4, .seconds = 20, .filtered = true},
      {.rows = BLOCK_ROWS + 1, .rows_a_key = 2, .seconds = 9},
      {.rows = 5 * BLOCK_ROWS,
       .rows_a_key = 3,
       .heavy_from = BLOCK_ROWS - 70,
       .heavy_rows = BLOCK_ROWS + 140,
       .seconds = 40},
      {.rows = ROWS, .rows_a_key = 4, .seconds = 5, .disorder = true},
      {.rows = ROWS, .rows_a_key = 4, .seconds = 5, .with_null = true},
      {.rows = ROWS, .rows_a_key = 4, .seconds = 5, .null_rows = 2 * BLOCK_ROWS + 700},
      {.rows = ROWS, .rows_a_key = 4, .seconds = 40, .null_rows = BLOCK_ROWS, .null_every = 3},
      {.rows = ROWS, .rows_a_key = 4, .seconds = 40, .null_every = 1},
      {.rows = BLOCK_ROWS, .rows_a_key = 4, .seconds = 9},
      {.rows = 0, .rows_a_key = 4, .seconds = 9},
  };
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
    for (Case c = CASES[i], *at = &c; at->threads <= 8; at->threads = at->threads * 2 + 1)
      if (at->threads) distinct_check(at);
}
END_TEST

// What was seen of a block is forgotten: less is kept than a pair a key would take.
START_TEST(test_distinct_counts_keep_little) {
  Case c = {.rows = ROWS, .rows_a_key = 2, .seconds = 1, .threads = 1};
  ExecTest t;
  exec_init(&t, 1);
  int64_t *rows = rows_draw(&c);
  Plan *plan =
      exec_plan(&t, PLAN_AGGREGATE, 1, exec_scan(&t, rows, c.rows, COLUMNS, -1, NULL), NULL);
  plan->inputs[0]->columns[0].min = 1;
  plan->inputs[0]->columns[0].max = 0;
  AggregateCall call = {
      .id = AGGREGATE_COUNT_DISTINCT, .arg = exec_column(&t, 0), .type = TYPE_OF_INT};
  plan->aggregate.sets = ARENA_NEW(t.arena, uint64_t);
  plan->aggregate.set_count = 1;
  plan->aggregate.calls = &call;
  plan->aggregate.call_count = 1;
  ExecRows found = exec_run(&t, plan);
  ck_assert_uint_eq(found.count, 1);
  ck_assert_int_gt(found.values[0], (int64_t)(c.rows / 3));
  ck_assert_int_lt(t.job.memory.peak_bytes, found.values[0] * (int64_t)sizeof(DistinctPair));
  mem_free(found.values);
  mem_free(rows);
  exec_clear(&t);
}
END_TEST

#define BY_BLOCK "group by block"

START_TEST(test_groups_cross_the_ends_of_blocks) {
  on_threads((Case){.rows = ROWS, .rows_a_key = 4, .seconds = 5, .kernel = BY_BLOCK});
  on_threads((Case){.rows = ROWS, .rows_a_key = 300, .seconds = 2000, .kernel = BY_BLOCK});
  on_threads((Case){.rows = 2 * BLOCK_ROWS, .rows_a_key = 1, .seconds = 2, .kernel = BY_BLOCK});
  on_threads((Case){.rows = BLOCK_ROWS + 1, .rows_a_key = 2, .seconds = 9, .kernel = BY_BLOCK});
}
END_TEST

START_TEST(test_some_rows_are_filtered_out) {
  on_threads(
      (Case){.rows = ROWS, .rows_a_key = 4, .seconds = 5, .filtered = true, .kernel = BY_BLOCK});
  on_threads(
      (Case){.rows = ROWS, .rows_a_key = 4, .seconds = 4000, .filtered = true, .kernel = BY_BLOCK});
}
END_TEST

// One key of a whole block and more: that block has nothing of its own.
START_TEST(test_a_key_fills_blocks) {
  on_threads((Case){.rows = 5 * BLOCK_ROWS,
                    .rows_a_key = 3,
                    .heavy_from = BLOCK_ROWS - 70,
                    .heavy_rows = BLOCK_ROWS + 140,
                    .seconds = 40,
                    .kernel = BY_BLOCK});
}
END_TEST

// NULL has no place in the order: it is grouped beside the blocks.
START_TEST(test_rows_without_a_key) {
  Case c = {.rows = ROWS, .rows_a_key = 4, .seconds = 5, .kernel = BY_BLOCK};
  c.with_null = true;
  on_threads(c);
  c.null_every = 3;
  on_threads(c);
  c.null_rows = BLOCK_ROWS + 700; // as a projection has them: first
  c.filtered = true;
  on_threads(c);
}
END_TEST

// Then all groups are put out at the end, by several workers too.
START_TEST(test_it_does_not_serve) {
  Case c = {.rows = ROWS, .rows_a_key = 4, .seconds = 5, .threads = 2, .kernel = "dense group"};
  c.disorder = true;
  on_threads(c);
  c = (Case){
      .rows = ROWS, .rows_a_key = 50000, .seconds = 9, .threads = 2, .kernel = "dense group"};
  groups_check(&c); // few groups
  c = (Case){
      .rows = BLOCK_ROWS, .rows_a_key = 4, .seconds = 9, .threads = 2, .kernel = "dense group"};
  groups_check(&c); // one block
  c.rows = 0;
  c.kernel = "hash group"; // of keys that nothing is known of
  groups_check(&c);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("exec_block_group");
  unit_case(suite, "block group", 240,
            (const TTest *const[]){
                test_groups_cross_the_ends_of_blocks, test_some_rows_are_filtered_out,
                test_a_key_fills_blocks, test_rows_without_a_key, test_it_does_not_serve,
                test_distinct_counts_of_a_key_in_order, test_distinct_counts_keep_little, NULL});
  return unit_main(suite);
}
