// Many groups of several workers, partitioned and merged, against a naive answer: keys that hardly
// repeat, so that tables are sealed; keys that repeat so often that they are not; NULLs; keys of
// known and of unknown ranges; little memory.
#include "exec_groups.h"

#define ROWS 300000

typedef struct Case {
  uint64_t keys;        // about so many different first keys
  int64_t from;         // the least
  uint64_t later;       // of the second half of the rows; 0: as many
  uint64_t null_256ths; // of first keys
  bool known;           // whether the planner knows the keys' range
  uint32_t threads;
} Case;

static int64_t *rows_draw(const Case *c) {
  int64_t *rows = mem_alloc(ROWS * 3 * sizeof *rows);
  uint64_t seed = c->keys + c->threads;
  for (uint64_t r = 0; r < ROWS; r++) {
    uint64_t keys = c->later && r >= ROWS / 2 ? c->later : c->keys;
    int64_t key = (int64_t)((uint64_t)c->from + unit_random(&seed) % keys);
    rows[r * 3] = unit_random(&seed) % 256 < c->null_256ths ? EXEC_NULL : key;
    rows[r * 3 + 1] = (int64_t)(unit_random(&seed) % 4);
    rows[r * 3 + 2] = unit_random(&seed) % 7 ? (int64_t)(unit_random(&seed) % 1000) : EXEC_NULL;
  }
  return rows;
}

static void range_forget(Plan *plan) {
  for (; plan->kind != PLAN_SCAN; plan = plan->inputs[0]) {
  }
  for (uint32_t c = 0; c < plan->column_count; c++) plan->columns[c].min = plan->columns[c].max + 1;
}

static void case_check(const Case *c) {
  ExecTest t;
  exec_init(&t, c->threads);
  int64_t *rows = rows_draw(c);
  Plan *plan = exec_group_plan(&t, rows, ROWS, false);
  if (!c->known) range_forget(plan);
  ExecRows found = exec_run(&t, plan), wanted = exec_naive_groups(rows, ROWS, false);
  unit_require(exec_rows_same(&found, &wanted), "groups as naively made");
  mem_free(found.values);
  mem_free(wanted.values);
  mem_free(rows);
  exec_clear(&t);
}

START_TEST(test_groups_are_the_naive_ones) {
  static const Case CASES[] = {
      {.keys = UINT64_C(1) << 60, .threads = 3},                // all differ
      {.keys = UINT64_C(1) << 60, .threads = 3, .known = true}, // packed
      {.keys = UINT64_C(1) << 60, .threads = 1},                // one worker
      {.keys = 3000000, .from = -1000000, .threads = 4, .known = true},
      {.keys = 700000, .threads = 2, .null_256ths = 20, .known = true},
      {.keys = 700000, .threads = 2, .null_256ths = 20},
      {.keys = 100000, .threads = 3},                                // repeat: one table grows
      {.keys = UINT64_C(1) << 60, .later = 50000, .threads = 3},     // first do not, then do
      {.keys = 20000, .later = UINT64_C(1) << 60, .threads = 3},     // and the other way round
      {.keys = 5000, .threads = 4},                                  // few
      {.keys = UINT64_C(1) << 60, .null_256ths = 256, .threads = 4}, // no key at all
  };
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) case_check(&CASES[i]);
}
END_TEST

// An error on the way leaves nothing charged, wherever the budget ends.
START_TEST(test_little_memory) {
  static const int64_t LIMITS[] = {1 << 20, 4 << 20, 16 << 20, 24 << 20, 32 << 20};
  Case c = {.keys = UINT64_C(1) << 60, .threads = 3};
  int64_t *rows = rows_draw(&c);
  for (size_t l = 0; l < sizeof LIMITS / sizeof *LIMITS; l++) {
    ExecTest t;
    exec_init(&t, c.threads);
    t.job.memory.limit_bytes = LIMITS[l];
    Plan *plan = exec_group_plan(&t, rows, ROWS, false)->inputs[0]; // no sort
    ExecRows found = {.columns = plan->column_count};
    Error error = ERROR_INIT;
    Status status = plan_execute(plan, t.pool, &t.job, NULL, exec_keep, &found, &error);
    unit_require(status == STATUS_OK || status == STATUS_MEMORY, "enough memory, or an error");
    unit_require(l || status == STATUS_MEMORY, "a megabyte is too little");
    mem_free(found.values);
    exec_clear(&t);
  }
  mem_free(rows);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("exec_partition");
  unit_case(suite, "partition", 240,
            (const TTest *const[]){test_groups_are_the_naive_ones, test_little_memory, NULL});
  return unit_main(suite);
}
