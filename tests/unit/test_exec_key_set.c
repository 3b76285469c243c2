// Sets of rows that are there before the query: asked by keys, by row numbers, by the scan itself;
// alone, several together, and not. Every answer is counted row by row as well.
#include "exec_support.h"

// A table of members whose row 0 is the absent one, and a random set of them.
typedef struct Members {
  Table *table;
  uint64_t row_count;
  int64_t *keys; // by row; EXEC_NULL of row 0
  KeySet sets[2];
} Members;

static int64_t member_key(uint64_t row, bool dense) {
  return dense ? (int64_t)row + 1000 : (int64_t)(hash_u64(row) >> 8);
}

static void set_draw(KeySet *set, const Table *table, unsigned of_256, uint64_t *random) {
  uint32_t *rows = mem_alloc((table->row_count + 1) * sizeof *rows), count = 0;
  for (uint64_t r = 1; r < table->row_count; r++)
    if (unit_random(random) % 256 < of_256) rows[count++] = (uint32_t)r;
  *set = (KeySet){.name = "set", .table = table, .count = count};
  ck_assert_int_eq(row_bits_init(&set->bits, table->row_count, NULL, NULL), STATUS_OK);
  row_bits_add(&set->bits, rows, count);
  mem_free(rows);
}

static Plan *members_init(Members *members, ExecTest *t, uint64_t row_count, bool dense,
                          uint64_t *random) {
  members->row_count = row_count;
  members->keys = mem_alloc((row_count + 1) * sizeof *members->keys);
  for (uint64_t r = 0; r < row_count; r++) members->keys[r] = r ? member_key(r, dense) : EXEC_NULL;
  Plan *scan = exec_scan(t, members->keys, row_count, 1, -1, NULL);
  members->table = (Table *)scan->scan.table;
  members->table->schema->key = 0;
  members->table->schema->has_members = true;
  set_draw(&members->sets[0], members->table, 100, random);
  set_draw(&members->sets[1], members->table, 180, random);
  return scan;
}

static void members_clear(Members *members) {
  for (int s = 0; s < 2; s++) row_bits_clear(&members->sets[s].bits);
  mem_free(members->keys);
}

// Of a row number, or EXEC_NULL: 1, 0 or (unknown) -1.
static int truth_of(const KeySet *set, int64_t row, bool negated) {
  if (row == EXEC_NULL || row == 0) return -1;
  return bits_get(set->bits.words, (size_t)row) != negated;
}

static uint64_t run_count(ExecTest *t, const Plan *plan) {
  ExecRows rows = exec_run(t, plan);
  mem_free(rows.values);
  return rows.count;
}

// Facts with two links each, tested by every pair of sets, each as it is or negated.
static void scans_check(uint64_t member_count, uint64_t fact_count, uint64_t seed) {
  ExecTest t;
  Members members;
  exec_init(&t, 2);
  Plan *own = members_init(&members, &t, member_count, true, &seed);
  int64_t *facts = mem_alloc((2 * fact_count + 1) * sizeof *facts);
  for (uint64_t i = 0; i < 2 * fact_count; i++)
    facts[i] =
        unit_random(&seed) % 7 == 0 ? EXEC_NULL : (int64_t)(unit_random(&seed) % member_count);
  Plan *scan = exec_scan(&t, facts, fact_count, 2, -1, NULL);
  for (uint32_t way = 0; way < 16; way++) {
    uint32_t second = way & 1; // the same link, or the other one
    bool a_not = way & 2, b_not = way & 4;
    ScanSet sets[] = {{&members.sets[0], 0, a_not}, {&members.sets[1], second, b_not}};
    scan->scan.sets = sets;
    scan->scan.set_count = way & 8 ? 2 : 1;
    uint64_t wanted = 0;
    for (uint64_t r = 0; r < fact_count; r++)
      wanted += truth_of(&members.sets[0], facts[2 * r], a_not) == 1 &&
                (!(way & 8) || truth_of(&members.sets[1], facts[2 * r + second], b_not) == 1);
    ck_assert_uint_eq(run_count(&t, scan), wanted);
    ScanSet of_own[] = {{&members.sets[0], ROWSET_OWN_ROW, a_not},
                        {&members.sets[1], ROWSET_OWN_ROW, b_not}};
    own->scan.sets = of_own;
    own->scan.set_count = way & 8 ? 2 : 1;
    wanted = 0;
    for (uint64_t r = 1; r < member_count; r++)
      wanted += truth_of(&members.sets[0], (int64_t)r, a_not) == 1 &&
                (!(way & 8) || truth_of(&members.sets[1], (int64_t)r, b_not) == 1);
    ck_assert_uint_eq(run_count(&t, own), wanted);
  }
  mem_free(facts);
  members_clear(&members);
  exec_clear(&t);
}

START_TEST(test_scans_at_sizes_around_words_and_blocks) {
  static const uint64_t SIZES[] = {1, 2, 63, 64, 65, 2049, 65535, 65537};
  for (size_t s = 0; s < sizeof SIZES / sizeof *SIZES; s++)
    scans_check(SIZES[s], SIZES[(s * 3) % 8], 70 + s);
  scans_check(1000, 0, 7);
}
END_TEST

// The scan's column 0, a key or a row number, projected to whether it is in the set.
static ExecRows truths(ExecTest *t, Plan *scan, const KeySet *set, bool by_row, bool negated) {
  Expr *in = expr_in_set(t->arena, exec_column(t, 0), set, by_row, -1);
  if (negated) in = expr_make(t->arena, EXPR_NOT, TYPE_OF_BOOL, &in, 1, -1);
  Plan *plan = exec_plan(t, PLAN_PROJECT, 1, scan, NULL);
  plan->columns[0].type = TYPE_OF_BOOL;
  plan->project.exprs = &in;
  return exec_run(t, plan);
}

// Keys that name members, keys that name nobody, and NULLs; and the same by row numbers.
static void values_check(uint64_t member_count, uint64_t fact_count, bool dense, uint64_t seed) {
  ExecTest t;
  Members members;
  exec_init(&t, 1);
  members_init(&members, &t, member_count, dense, &seed);
  int64_t *rows = mem_alloc(fact_count * sizeof *rows),
          *keys = mem_alloc(fact_count * sizeof *keys);
  for (uint64_t r = 0; r < fact_count; r++) {
    uint64_t kind = unit_random(&seed) % 9;
    rows[r] = kind ? (int64_t)(unit_random(&seed) % member_count) : EXEC_NULL;
    if (rows[r] == 0) rows[r] = EXEC_NULL;
    keys[r] = rows[r] == EXEC_NULL ? EXEC_NULL : members.keys[rows[r]];
    if (kind == 1) keys[r] = -5 - (int64_t)(unit_random(&seed) % 100); // nobody's
  }
  for (int way = 0; way < 4; way++) {
    bool by_row = way & 1, negated = way & 2;
    Plan *scan = exec_scan(&t, by_row ? rows : keys, fact_count, 1, -1, NULL);
    ExecRows got = truths(&t, scan, &members.sets[0], by_row, negated);
    ck_assert_uint_eq(got.count, fact_count);
    for (uint64_t r = 0; r < fact_count; r++) {
      int wanted = truth_of(&members.sets[0], rows[r], negated);
      if (!by_row && keys[r] != EXEC_NULL && keys[r] < 0 && keys[r] > -200) wanted = negated;
      ck_assert_int_eq(got.values[r], wanted < 0 ? EXEC_NULL : wanted);
    }
    mem_free(got.values);
  }
  mem_free(rows);
  mem_free(keys);
  members_clear(&members);
  exec_clear(&t);
}

START_TEST(test_values_of_keys_and_of_row_numbers) {
  values_check(5000, 4000, true, 1);  // a direct index; results by value of the column
  values_check(70000, 5000, true, 2); // more values than a domain holds
  values_check(5000, 4000, false, 3); // a hashed index
  values_check(2, 10, true, 4);
  values_check(1, 10, true, 5); // nobody but the absent one
}
END_TEST

START_TEST(test_a_set_costs_the_querys_memory) {
  ExecTest t;
  Members members;
  uint64_t seed = 9;
  exec_init(&t, 1);
  Plan *scan = members_init(&members, &t, 65537, true, &seed);
  ScanSet set = {&members.sets[0], ROWSET_OWN_ROW, false};
  scan->scan.sets = &set;
  scan->scan.set_count = 1;
  job_init(&t.job, "query", 1000, 0, NULL);
  ExecRows rows = {0};
  Error error = ERROR_INIT;
  ck_assert_int_eq(plan_execute(scan, t.pool, &t.job, NULL, exec_keep, &rows, &error),
                   STATUS_MEMORY);
  mem_free(rows.values);
  members_clear(&members);
  exec_clear(&t);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("exec_key_set");
  unit_case(suite, "sets", 120,
            (const TTest *const[]){test_scans_at_sizes_around_words_and_blocks,
                                   test_values_of_keys_and_of_row_numbers,
                                   test_a_set_costs_the_querys_memory, NULL});
  return unit_main(suite);
}
