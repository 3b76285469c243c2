// Hash joins and nested loops of every kind against two loops over the rows.
//
// Keys are few, so that chains are long; some are NULL; a residual condition turns matches down, so
// that outer rows have candidates and still no partner.
#include "exec_support.h"

typedef struct Case {
  JoinKind kind;
  uint32_t key_count;
  bool null_safe, residual;
  bool known;  // the keys' ranges: one slot a value
  bool sorted; // a sort above, which asks for no order below: all threads build and probe
  bool keeps_left;
} Case;

static void rows_add(ExecRows *rows, const int64_t *left, const int64_t *right) {
  if (rows->count == rows->capacity) {
    rows->capacity = rows->capacity * 2 + 64;
    rows->values = mem_realloc(rows->values, rows->capacity * rows->columns * sizeof(int64_t));
  }
  int64_t *row = rows->values + rows->count++ * rows->columns;
  for (uint32_t c = 0; c < rows->columns; c++)
    row[c] = c < 3 ? (left ? left[c] : EXEC_NULL) : (right ? right[c - 3] : EXEC_NULL);
}

// Columns 0 and 1 are keys, column 2 a number of the row; the residual is left[2] < right[2].
static bool pair_matches(const Case *c, const int64_t *left, const int64_t *right) {
  for (uint32_t k = 0; k < c->key_count; k++) {
    bool null = left[k] == EXEC_NULL || right[k] == EXEC_NULL;
    if (null ? !c->null_safe || left[k] != right[k] : left[k] != right[k]) return false;
  }
  return !c->residual || left[2] < right[2];
}

static ExecRows naive_join(const Case *c, const int64_t *left, uint64_t lefts, const int64_t *right,
                           uint64_t rights) {
  bool pairs = c->kind != JOIN_SEMI && c->kind != JOIN_ANTI;
  ExecRows rows = {.columns = pairs ? 6 : 3};
  bool *matched = mem_alloc_zero(rights + 1);
  for (uint64_t l = 0; l < lefts; l++) {
    bool any = false;
    for (uint64_t r = 0; r < rights; r++) {
      if (!pair_matches(c, left + l * 3, right + r * 3)) continue;
      any = matched[r] = true;
      if (pairs) rows_add(&rows, left + l * 3, right + r * 3);
    }
    bool alone = c->kind == JOIN_LEFT || c->kind == JOIN_FULL || c->kind == JOIN_ANTI;
    if ((!any && alone) || (any && c->kind == JOIN_SEMI)) rows_add(&rows, left + l * 3, NULL);
  }
  for (uint64_t r = 0; r < rights; r++)
    if (!matched[r] && (c->kind == JOIN_RIGHT || c->kind == JOIN_FULL))
      rows_add(&rows, NULL, right + r * 3);
  mem_free(matched);
  return rows;
}

static int64_t *rows_draw(uint64_t count, uint64_t spread, uint64_t seed) {
  int64_t *rows = mem_alloc((count + 1) * 3 * sizeof *rows);
  for (uint64_t i = 0; i < count * 3; i++) {
    rows[i] = i % 3 == 2 ? (int64_t)(unit_random(&seed) % 100)
                         : (int64_t)(unit_random(&seed) % spread) - 2;
    if (i % 3 < 2 && unit_random(&seed) % 9 == 0) rows[i] = EXEC_NULL;
  }
  return rows;
}

static void join_check(const Case *c, uint64_t lefts, uint64_t rights, uint64_t spread) {
  ExecTest t;
  exec_init(&t, 2);
  int64_t *left = rows_draw(lefts, spread, lefts + 1), *right = rows_draw(rights, spread, rights);
  bool pairs = c->kind != JOIN_SEMI && c->kind != JOIN_ANTI;
  Plan *join = exec_plan(&t, PLAN_JOIN, pairs ? 6 : 3, exec_scan(&t, left, lefts, 3, -1, NULL),
                         exec_scan(&t, right, rights, 3, -1, NULL));
  join->join.kind = c->kind;
  join->join.key_count = c->key_count;
  join->join.null_safe = c->null_safe;
  join->join.left_keys = ARENA_ARRAY(t.arena, Expr *, 2);
  join->join.right_keys = ARENA_ARRAY(t.arena, Expr *, 2);
  for (uint32_t k = 0; k < 2; k++)
    join->join.left_keys[k] = join->join.right_keys[k] = exec_column(&t, k);
  if (c->residual)
    join->join.residual =
        exec_call(&t, FUNCTION_LESS, TYPE_OF_BOOL, exec_column(&t, 2), exec_column(&t, 5));
  for (uint32_t k = 0; c->known && k < 2; k++)
    for (int side = 0; side < 2; side++) {
      join->inputs[side]->columns[k].min = -2;
      join->inputs[side]->columns[k].max = (int64_t)spread - 3;
    }
  join->join.keeps_left = c->keeps_left;
  Plan *root = join;
  if (c->sorted) {
    root = exec_plan(&t, PLAN_SORT, join->column_count, join, NULL);
    root->sort.keys = ARENA_NEW(t.arena, SortKey);
    root->sort.keys->expr = exec_column(&t, 0);
    root->sort.key_count = 1;
    root->sort.limit = -1;
  }
  ExecRows found = exec_run(&t, root), wanted = naive_join(c, left, lefts, right, rights);
  if (!exec_rows_same(&found, &wanted))
    ck_abort_msg("kind %d, keys %u, null safe %d, residual %d, keeps left %d, %d x %d rows: "
                 "%d rows, wanted %d",
                 (int)c->kind, c->key_count, c->null_safe, c->residual, c->keeps_left, (int)lefts,
                 (int)rights, (int)found.count, (int)wanted.count);
  mem_free(found.values);
  mem_free(wanted.values);
  mem_free(left);
  mem_free(right);
  exec_clear(&t);
}

typedef struct Kind {
  JoinKind kind;
  bool keeps_left;
} Kind;

static const Kind KINDS[] = {{JOIN_INNER, false}, {JOIN_LEFT, false}, {JOIN_RIGHT, false},
                             {JOIN_FULL, false},  {JOIN_SEMI, false}, {JOIN_ANTI, false},
                             {JOIN_SEMI, true},   {JOIN_ANTI, true}};

static void kinds_check(uint64_t lefts, uint64_t rights, uint64_t spread, uint32_t keys_min) {
  for (size_t k = 0; k < sizeof KINDS / sizeof *KINDS; k++)
    for (uint32_t keys = keys_min; keys <= 2; keys++)
      for (unsigned flags = 0; flags < 4; flags++) // how it is run changes with what is asked
        join_check(&(Case){KINDS[k].kind, keys, flags & 1, flags >> 1, (k + flags) & 1,
                           (k + keys) & 1, KINDS[k].keeps_left},
                   lefts, rights, spread);
}

START_TEST(test_every_kind_with_and_without_keys) {
  kinds_check(90, 70, 4, 0);
  kinds_check(0, 5, 4, 0);
  kinds_check(5, 0, 4, 0);
  kinds_check(0, 0, 4, 0);
  kinds_check(1, 1, 1, 0);
}
END_TEST

START_TEST(test_more_pairs_than_a_batch) {
  kinds_check(2049, 65, 3, 1);
  kinds_check(64, 2100, 3, 1);
}
END_TEST

START_TEST(test_many_keys) {
  kinds_check(2500, 2500, 3000, 1);
}
END_TEST

// Several blocks on either side: several workers take in rows, and probe.
START_TEST(test_more_rows_than_a_block) {
  for (size_t k = 0; k < sizeof KINDS / sizeof *KINDS; k++)
    for (unsigned known = 0; known < 2; known++) {
      Case few_left = {KINDS[k].kind, 1, known, false, known, true, KINDS[k].keeps_left};
      Case few_right = {KINDS[k].kind, 2 - known, false, known, known, true, KINDS[k].keeps_left};
      join_check(&few_left, 9, 3 * BLOCK_ROWS, 5000);
      join_check(&few_right, 3 * BLOCK_ROWS, 9, 50);
    }
}
END_TEST

// The right side of one key: its rows and the chain through them are counted.
START_TEST(test_memory_of_chains_is_charged) {
  enum { ROWS = 100000 };
  ExecTest t;
  exec_init(&t, 1);
  int64_t *rows = mem_alloc_zero(ROWS * sizeof *rows);
  Plan *join = exec_plan(&t, PLAN_JOIN, 1, exec_scan(&t, rows, 1, 1, -1, NULL),
                         exec_scan(&t, rows, ROWS, 1, -1, NULL));
  Expr *key = exec_column(&t, 0);
  join->join.kind = JOIN_SEMI;
  join->join.key_count = 1;
  join->join.left_keys = join->join.right_keys = &key;
  ExecRows found = exec_run(&t, join);
  ck_assert_uint_eq(found.count, 1);
  int64_t kept = 131072 * 9, chain = ROWS * (int64_t)sizeof(uint64_t);
  ck_assert_int_ge(t.job.memory.peak_bytes, kept + chain);
  mem_free(found.values);
  mem_free(rows);
  exec_clear(&t);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("exec_join");
  unit_case(suite, "join", 240,
            (const TTest *const[]){
                test_every_kind_with_and_without_keys, test_more_pairs_than_a_batch, test_many_keys,
                test_more_rows_than_a_block, test_memory_of_chains_is_charged, NULL});
  return unit_main(suite);
}
