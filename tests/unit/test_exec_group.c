// Grouping and distinct counting below SQL: group tables, dense and hashed, words of keys, sets as
// bitmaps and as pairs, and their merges, each against a naive answer.
#include "agg_distinct.h"
#include "group_table.h"
#include "unit_table.h"
#include <math.h>

#define KEYS 3

static Job job;
static Execution execution = {.job = &job};
static Error error;

static void budget_setup(void) {
  job_init(&job, "test", 0, 0, NULL);
  error = (Error)ERROR_INIT;
}

static void budget_teardown(void) {
  ck_assert_int_eq(job.memory.used_bytes, 0);
}

// --- group tables

typedef struct Rows {
  int64_t *words[KEYS];
  uint64_t *nulls;
  uint32_t count;
} Rows;

static Rows rows_draw(uint32_t count, uint64_t spread, int64_t from, uint64_t seed) {
  Rows rows = {.count = count, .nulls = mem_alloc_zero((count + 1) * sizeof(uint64_t))};
  for (int k = 0; k < KEYS; k++) rows.words[k] = mem_alloc((count + 1) * sizeof(int64_t));
  for (uint32_t i = 0; i < count; i++)
    for (int k = 0; k < KEYS; k++) {
      rows.words[k][i] = (int64_t)((uint64_t)from + unit_random(&seed) % spread);
      if (unit_random(&seed) % 8) continue;
      rows.nulls[i] |= UINT64_C(1) << k;
      rows.words[k][i] = 0; // as key_column_encode leaves it
    }
  return rows;
}

static void rows_clear(Rows *rows) {
  for (int k = 0; k < KEYS; k++) mem_free(rows->words[k]);
  mem_free(rows->nulls);
}

static bool rows_alike(const Rows *rows, uint32_t keys, uint32_t a, uint32_t b) {
  if (rows->nulls[a] % (1u << keys) != rows->nulls[b] % (1u << keys)) return false;
  for (uint32_t k = 0; k < keys; k++)
    if (rows->words[k][a] != rows->words[k][b]) return false;
  return true;
}

static void find_all(GroupTable *table, const Rows *rows, uint32_t keys, uint32_t *groups) {
  uint64_t nulls[VECTOR_ROWS];
  for (uint32_t from = 0; from < rows->count; from += VECTOR_ROWS) {
    uint32_t left = rows->count - from, count = left < VECTOR_ROWS ? left : VECTOR_ROWS;
    int64_t *words[KEYS];
    for (uint32_t k = 0; k < keys; k++) words[k] = rows->words[k] + from;
    for (uint32_t i = 0; i < count; i++) nulls[i] = rows->nulls[from + i] % (1u << keys);
    ck_assert_int_eq(group_table_find(table, words, nulls, count, groups + from, &error),
                     STATUS_OK);
  }
}

// Rows are of one group exactly when they are alike, and the group keeps their key.
static void groups_check(const GroupTable *table, const Rows *rows, uint32_t keys,
                         const uint32_t *groups) {
  uint32_t *first = mem_alloc((table->group_count + 1) * sizeof *first), made = 0;
  for (uint32_t i = 0; i < rows->count; i++) {
    unit_require(groups[i] <= made && groups[i] < table->group_count, "groups count up");
    if (groups[i] == made) first[made++] = i;
    unit_require(rows_alike(rows, keys, first[groups[i]], i), "rows of a group are alike");
  }
  ck_assert_uint_eq(made, table->group_count);
  for (uint32_t a = 0; a < made; a++) {
    for (uint32_t b = 0; b < a && made < 3000; b++)
      unit_require(!rows_alike(rows, keys, first[a], first[b]), "groups differ");
    for (uint32_t k = 0; k < keys; k++)
      unit_require(table->keys[(size_t)a * keys + k] == rows->words[k][first[a]], "keys are kept");
  }
  mem_free(first);
}

static void order_check(const GroupTable *table) {
  uint32_t *order = group_table_order(table);
  bool *seen = mem_alloc_zero(table->group_count + 1);
  for (uint32_t i = 0; i < table->group_count; i++) {
    unit_require(order[i] < table->group_count && !seen[order[i]], "each group comes once");
    seen[order[i]] = true;
  }
  mem_free(seen);
  mem_free(order);
}

static void table_check(uint32_t keys, uint32_t count, uint64_t spread, int64_t from, bool known) {
  Rows rows = rows_draw(count, spread, from, count + spread);
  GroupKey described[KEYS];
  for (int k = 0; k < KEYS; k++)
    described[k] = (GroupKey){.min = known ? from : 1,
                              .max = known ? (int64_t)((uint64_t)from + spread - 1) : 0,
                              .words = true};
  GroupTable table;
  ck_assert_int_eq(group_table_init(&table, described, keys, 1 << 21, &job.memory, &error),
                   STATUS_OK);
  uint32_t *groups = mem_alloc((count + 1) * sizeof *groups);
  find_all(&table, &rows, keys, groups);
  groups_check(&table, &rows, keys, groups);
  order_check(&table);
  mem_free(groups);
  group_table_clear(&table);
  rows_clear(&rows);
}

START_TEST(test_dense_and_hashed_groups) {
  static const uint32_t COUNTS[] = {0, 1, 65, 2047, 2048, 2049, 70000};
  static const int64_t FROM[] = {0, -3, INT64_MIN, INT64_MAX - 200};
  for (size_t c = 0; c < sizeof COUNTS / sizeof *COUNTS; c++)
    for (size_t f = 0; f < sizeof FROM / sizeof *FROM; f++)
      for (uint32_t keys = 1; keys <= KEYS; keys++)
        for (int known = 0; known < 2; known++) {
          table_check(keys, COUNTS[c], 1, FROM[f], known);
          table_check(keys, COUNTS[c], 100, FROM[f], known);
        }
}
END_TEST

START_TEST(test_as_many_groups_as_rows) {
  table_check(1, 300000, UINT64_C(1) << 62, INT64_MIN, false);
  table_check(2, 50000, UINT64_C(1) << 40, 0, false);
  table_check(1, 300000, 1000000, -500000, true);
  table_check(1, 300000, UINT64_C(1) << 61, -5, true); // packed: keys of known, wide ranges
  table_check(2, 50000, UINT64_C(1) << 30, INT64_MIN, true);
  table_check(3, 50000, UINT64_C(1) << 20, INT64_MAX - (1 << 20), true);
  table_check(3, 50000, UINT64_C(1) << 21, 7, true); // too wide together
}
END_TEST

START_TEST(test_no_key_is_one_group) {
  GroupTable table;
  ck_assert_int_eq(group_table_init(&table, NULL, 0, 1 << 21, &job.memory, &error), STATUS_OK);
  ck_assert_uint_eq(table.group_count, 1);
  group_table_clear(&table);
}
END_TEST

// --- words of keys

static Vector doubles(const double *values) {
  return (Vector){.type = TYPE_OF_DOUBLE, .physical = PHYSICAL_DOUBLE, .width = 8, .data = values};
}

START_TEST(test_words_of_doubles) {
  static const double VALUES[] = {0.0, -0.0, 1.5, NAN, -NAN, INFINITY, -INFINITY, 5e-324};
  KeyColumn key;
  int64_t words[8];
  Vector v = doubles(VALUES);
  key_column_init(&key, TYPE_OF_DOUBLE, NULL);
  key_column_encode(&key, &v, 8, words);
  ck_assert_int_eq(words[0], words[1]);
  ck_assert_int_eq(words[3], words[4]);
  for (int a = 0; a < 8; a++)
    for (int b = 0; b < a; b++)
      if (!(a == 1 && b == 0) && !(a == 4 && b == 3)) ck_assert_int_ne(words[a], words[b]);
  ck_assert(signbit(key_column_decode(&key, words[1]).d) == 0);
  ck_assert(key_column_decode(&key, words[7]).d == 5e-324);
  key_column_clear(&key);
}
END_TEST

static Vector texts(const Str *values, const uint64_t *validity) {
  return (Vector){.type = TYPE_OF_STRING,
                  .physical = PHYSICAL_TEXT,
                  .width = 8,
                  .data = values,
                  .validity = validity};
}

// Two workers intern in different orders; translation brings their words together.
START_TEST(test_interned_words_translate) {
  static const Str ONE[] = {STR_LITERAL("b"), STR_LITERAL(""), STR_LITERAL("a"), STR_LITERAL("b")};
  static const Str TWO[] = {STR_LITERAL("c"), STR_LITERAL("a"), STR_LITERAL("b"), STR_LITERAL("")};
  static const uint64_t VALID = 15, NOT_THIRD = 11;
  KeyColumn one, two;
  int64_t a[4], b[4];
  key_column_init(&one, TYPE_OF_STRING, NULL);
  key_column_init(&two, TYPE_OF_STRING, NULL);
  Vector first = texts(ONE, &NOT_THIRD), second = texts(TWO, &VALID);
  key_column_encode(&one, &first, 4, a);
  key_column_encode(&two, &second, 4, b);
  ck_assert_int_eq(a[0], a[3]);
  ck_assert_int_eq(a[2], 0); // NULL
  key_column_seal(&two);
  int64_t *translated = key_column_translate(&two, &one);
  ck_assert_int_eq(translated[b[2]], a[0]);
  ck_assert_int_eq(translated[b[3]], a[1]);
  key_column_seal(&one);
  for (int i = 0; i < 4; i++)
    ck_assert(str_equal(key_column_decode(&one, translated[b[i]]).s, TWO[i]));
  mem_free(translated);
  key_column_clear(&one);
  key_column_clear(&two);
}
END_TEST

// --- distinct counts

typedef struct Distinct {
  AggStates states;
  uint32_t groups;
} Distinct;

static void distinct_init(Distinct *distinct, PlanColumn known, uint32_t groups) {
  Expr arg = {.kind = EXPR_COLUMN, .type = known.type};
  AggregateCall call = {.id = AGGREGATE_COUNT_DISTINCT, .arg = &arg, .type = TYPE_OF_INT};
  agg_states_init(&distinct->states, &call, &known, groups, UINT64_MAX, &execution);
  ck_assert_int_eq(agg_states_reserve(&distinct->states, groups, &error), STATUS_OK);
  distinct->groups = groups;
}

// Counts by marking: seen[group][value - from].
static void distinct_check(const PlanColumn *known, int64_t from, uint32_t spread, uint32_t groups,
                           bool bitmaps) {
  Distinct workers[3];
  uint8_t *seen = mem_alloc_zero((size_t)groups * spread);
  uint64_t random = spread * 7u + groups;
  uint32_t map[3][64];
  for (int w = 0; w < 3; w++) {
    distinct_init(&workers[w], *known, groups);
    ck_assert(bitmaps == (workers[w].states.bitmap_words > 0));
    for (uint32_t g = 0; g < groups; g++) map[w][g] = w ? (g * 5 + (uint32_t)w) % groups : g;
  }
  for (int batch = 0; batch < 12; batch++) {
    int64_t values[VECTOR_ROWS];
    uint32_t of[VECTOR_ROWS], w = (uint32_t)batch % 3;
    uint64_t validity[VECTOR_ROWS / 64];
    bits_fill(validity, VECTOR_ROWS);
    for (uint32_t i = 0; i < VECTOR_ROWS; i++) {
      uint32_t value = (uint32_t)(unit_random(&random) % spread);
      values[i] = (int64_t)((uint64_t)from + value);
      of[i] = (uint32_t)(unit_random(&random) % groups);
      if (unit_random(&random) % 6 == 0)
        bits_clear(validity, i);
      else
        seen[(size_t)map[w][of[i]] * spread + value] = 1;
    }
    Vector v = {.type = TYPE_OF_INT,
                .physical = PHYSICAL_INT,
                .width = 8,
                .data = values,
                .validity = validity};
    ck_assert_int_eq(agg_distinct_update(&workers[w].states, of, &v, VECTOR_ROWS, &error),
                     STATUS_OK);
  }
  for (int w = 1; w < 3; w++)
    ck_assert_int_eq(agg_states_merge(&workers[0].states, &workers[w].states, map[w], &error),
                     STATUS_OK);
  for (uint32_t g = 0; g < groups; g++) {
    int64_t wanted = 0;
    for (uint32_t v = 0; v < spread; v++) wanted += seen[(size_t)g * spread + v];
    Value value;
    ck_assert_int_eq(agg_states_value(&workers[0].states, g, &value, &error), STATUS_OK);
    ck_assert_int_eq(value.i, wanted);
  }
  for (int w = 0; w < 3; w++) agg_states_clear(&workers[w].states);
  mem_free(seen);
}

START_TEST(test_distinct_bitmaps_and_pairs) {
  static const int64_t FROM[] = {0, -70, INT64_MIN, INT64_MAX - 5000};
  static const uint32_t SPREADS[] = {1, 63, 64, 65, 5000}, GROUPS[] = {1, 7, 61};
  for (size_t f = 0; f < sizeof FROM / sizeof *FROM; f++)
    for (size_t s = 0; s < sizeof SPREADS / sizeof *SPREADS; s++)
      for (size_t g = 0; g < sizeof GROUPS / sizeof *GROUPS; g++) {
        PlanColumn known = {
            .type = TYPE_OF_INT, .min = FROM[f], .max = FROM[f] + (int64_t)SPREADS[s] - 1};
        PlanColumn unknown = {.type = TYPE_OF_INT, .min = 1, .max = 0};
        distinct_check(&known, FROM[f], SPREADS[s], GROUPS[g], true);
        distinct_check(&unknown, FROM[f], SPREADS[s], GROUPS[g], false);
      }
}
END_TEST

// Texts are interned by each worker in its own way.
START_TEST(test_distinct_texts_merge) {
  static const Str ONE[] = {STR_LITERAL("x"), STR_LITERAL("y"), STR_LITERAL("x"), STR_LITERAL("")};
  static const Str TWO[] = {STR_LITERAL("z"), STR_LITERAL(""), STR_LITERAL("y"), STR_LITERAL("y")};
  static const uint32_t OF[] = {0, 0, 1, 0}, MAP[] = {1, 0};
  Distinct a, b;
  PlanColumn known = {.type = TYPE_OF_STRING, .min = 1, .max = 0};
  distinct_init(&a, known, 2);
  distinct_init(&b, known, 2);
  Vector first = texts(ONE, NULL), second = texts(TWO, NULL);
  ck_assert_int_eq(agg_distinct_update(&a.states, OF, &first, 4, &error), STATUS_OK);
  ck_assert_int_eq(agg_distinct_update(&b.states, OF, &second, 4, &error), STATUS_OK);
  ck_assert_int_eq(agg_states_merge(&a.states, &b.states, MAP, &error), STATUS_OK);
  Value value;
  ck_assert_int_eq(agg_states_value(&a.states, 0, &value, &error), STATUS_OK);
  ck_assert_int_eq(value.i, 3); // x, y, '' and y again
  ck_assert_int_eq(agg_states_value(&a.states, 1, &value, &error), STATUS_OK);
  ck_assert_int_eq(value.i, 4); // x and z, '', y
  agg_states_clear(&a.states);
  agg_states_clear(&b.states);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("exec_group");
  TCase *tcase = tcase_create("group");
  tcase_set_timeout(tcase, 120);
  tcase_add_checked_fixture(tcase, budget_setup, budget_teardown);
  tcase_add_test(tcase, test_dense_and_hashed_groups);
  tcase_add_test(tcase, test_as_many_groups_as_rows);
  tcase_add_test(tcase, test_no_key_is_one_group);
  tcase_add_test(tcase, test_words_of_doubles);
  tcase_add_test(tcase, test_interned_words_translate);
  tcase_add_test(tcase, test_distinct_bitmaps_and_pairs);
  tcase_add_test(tcase, test_distinct_texts_merge);
  suite_add_tcase(suite, tcase);
  return unit_main(suite);
}
