// States of aggregates, narrow and wide: rows split over three workers at random and merged give
// what a plain loop over all rows gives.
#include "agg_state.h"
#include "expr_eval.h"
#include "unit_table.h"

enum { WORKERS = 3, GROUPS = 5, ROWS = 60, CALLS = 7, SPLITS = 1000 };

static const AggregateId IDS[CALLS] = {AGGREGATE_COUNT_ROWS,    AGGREGATE_COUNT, AGGREGATE_SUM,
                                       AGGREGATE_AVG,           AGGREGATE_MIN,   AGGREGATE_MAX,
                                       AGGREGATE_COUNT_DISTINCT};

typedef struct Range {
  int64_t min, max;
  bool known;
} Range;

static const Range RANGES[] = {
    {0, 0, true},
    {-3, 250, true},
    {20240101, 20251231, true},
    {0, 5000, true}, // bitmaps of some workers' groups become pairs, those of others do not
    {-1, (int64_t)UINT32_MAX - 2, true}, // the widest that four bytes tell
    {0, UINT32_MAX, true},               // one more
    {INT64_MIN + 1, INT64_MAX, true},
    {INT64_MIN, INT64_MAX, true},
    {INT64_MIN, INT64_MAX, false},
};

typedef struct Naive {
  int64_t rows, count, min, max, distinct;
  int128_t sum;
} Naive;

typedef struct Split {
  int64_t values[ROWS];
  uint64_t validity[1];
  uint32_t groups[ROWS], workers[ROWS];
  uint32_t maps[WORKERS][GROUPS]; // of a worker's groups to those of worker 0
} Split;

static void split_draw(Split *split, Range range, uint64_t *seed) {
  uint64_t span = (uint64_t)range.max - (uint64_t)range.min;
  split->validity[0] = unit_random(seed) | unit_random(seed);
  for (uint32_t i = 0; i < ROWS; i++) {
    uint64_t x = unit_random(seed), way = x % 5 == 0 ? span : x % 5 == 1 ? 0 : x >> 3;
    if (way > span) way %= span + 1;
    split->values[i] = (int64_t)((uint64_t)range.min + way);
    split->workers[i] = (uint32_t)(unit_random(seed) % WORKERS);
    split->groups[i] = (uint32_t)(unit_random(seed) % GROUPS);
  }
  for (uint32_t w = 0; w < WORKERS; w++)
    for (uint32_t g = 0, turn = w ? (uint32_t)(unit_random(seed) % GROUPS) : 0; g < GROUPS; g++)
      split->maps[w][g] = (g + turn) % GROUPS;
}

static Naive naive_of(const Split *split, uint32_t group) {
  Naive naive = {.min = INT64_MAX, .max = INT64_MIN};
  for (uint32_t i = 0; i < ROWS; i++) {
    if (split->maps[split->workers[i]][split->groups[i]] != group) continue;
    naive.rows++;
    if (!bits_get(split->validity, i)) continue;
    int64_t value = split->values[i];
    naive.count++;
    naive.sum += value;
    if (value < naive.min) naive.min = value;
    if (value > naive.max) naive.max = value;
    bool seen = false;
    for (uint32_t j = 0; j < i && !seen; j++)
      seen = bits_get(split->validity, j) && split->values[j] == value &&
             split->maps[split->workers[j]][split->groups[j]] == group;
    naive.distinct += !seen;
  }
  return naive;
}

static void value_check(AggregateId id, const Value *value, const Naive *naive) {
  bool counts =
      id == AGGREGATE_COUNT_ROWS || id == AGGREGATE_COUNT || id == AGGREGATE_COUNT_DISTINCT;
  ck_assert_int_eq(value->is_null, !counts && !naive->count);
  if (value->is_null) return;
  int128_t average;
  switch (id) {
  case AGGREGATE_COUNT_ROWS:
    ck_assert_int_eq(value->i, naive->rows);
    break;
  case AGGREGATE_COUNT:
    ck_assert_int_eq(value->i, naive->count);
    break;
  case AGGREGATE_COUNT_DISTINCT:
    ck_assert_int_eq(value->i, naive->distinct);
    break;
  case AGGREGATE_SUM:
    unit_require(value->wide == naive->sum, "the exact sum");
    break;
  case AGGREGATE_AVG:
    unit_require(decimal_divide(naive->sum, 0, naive->count, 0, value->type.scale, &average) &&
                     value->wide == average,
                 "the exact mean");
    break;
  case AGGREGATE_MIN:
    ck_assert_int_eq(value->i, naive->min);
    break;
  default:
    ck_assert_int_eq(value->i, naive->max);
  }
}

static void worker_update(AggStates *calls, const Split *split, uint32_t worker) {
  Error error = ERROR_INIT;
  int64_t values[ROWS];
  uint64_t validity[1] = {0};
  uint32_t groups[ROWS], count = 0;
  for (uint32_t i = 0; i < ROWS; i++) {
    if (split->workers[i] != worker) continue;
    bits_put(validity, count, bits_get(split->validity, i));
    groups[count] = split->groups[i];
    values[count++] = split->values[i];
  }
  Vector arg = {.type = TYPE_OF_INT,
                .physical = PHYSICAL_INT,
                .width = 8,
                .data = values,
                .validity = validity};
  for (int a = 0; a < CALLS; a++)
    ck_assert_int_eq(agg_states_update(&calls[a], groups, &arg, count, &error), STATUS_OK);
}

// The final values as a vector are those that are told one by one.
static void plain_check(AggStates *states) {
  static const uint32_t groups[] = {3, 0, 4, 1, 2};
  Error error = ERROR_INIT;
  VectorBuffer buffer = {0};
  Vector out = {.type = states->type, .physical = (uint8_t)type_physical(states->type), .width = 8};
  out.data = vector_buffer_reserve(&buffer, GROUPS * sizeof(int128_t));
  if (agg_states_plain_values(states, groups, GROUPS, &buffer, &out))
    for (uint32_t i = 0; i < GROUPS; i++) {
      Value value, plain = vector_value(&out, i);
      ck_assert_int_eq(agg_states_value(states, groups[i], &value, &error), STATUS_OK);
      ck_assert_int_eq(plain.is_null, value.is_null);
      if (!value.is_null) ck_assert_int_eq(value_compare(&plain, &value), 0);
    }
  vector_buffer_clear(&buffer);
}

static void split_check(Range range, uint64_t row_bound, uint64_t *seed) {
  Split split;
  Job job;
  Error error = ERROR_INIT;
  AggStates calls[WORKERS][CALLS];
  AggRows rows[WORKERS] = {0};
  Expr arg = {.kind = EXPR_COLUMN, .type = TYPE_OF_INT};
  AggregateCall described[CALLS];
  PlanColumn known = {
      .type = TYPE_OF_INT, .min = range.known ? range.min : 1, .max = range.known ? range.max : 0};
  job_init(&job, "test", 0, 0, NULL);
  Execution execution = {.job = &job};
  split_draw(&split, range, seed);
  for (uint32_t w = 0; w < WORKERS; w++) {
    for (int a = 0; a < CALLS; a++) {
      described[a] = (AggregateCall){.id = IDS[a], .arg = a ? &arg : NULL};
      if (a)
        ck_assert_int_eq(aggregate_result_type(IDS[a], arg.type, &described[a].type, &error),
                         STATUS_OK);
      if (!a) described[a].type = TYPE_OF_INT;
      agg_states_init(&calls[w][a], &described[a], &known, UINT64_MAX, row_bound, &execution);
    }
    ck_assert_int_eq(agg_rows_reserve(&rows[w], calls[w], CALLS, GROUPS, &error), STATUS_OK);
    worker_update(calls[w], &split, w);
  }
  for (uint32_t w = 1; w < WORKERS; w++)
    for (int a = 0; a < CALLS; a++)
      ck_assert_int_eq(agg_states_merge(&calls[0][a], &calls[w][a], split.maps[w], &error),
                       STATUS_OK);
  for (int a = 0; a < CALLS; a++) plain_check(&calls[0][a]);
  for (uint32_t g = 0; g < GROUPS; g++) {
    Naive naive = naive_of(&split, g);
    for (int a = 0; a < CALLS; a++) {
      Value value;
      ck_assert_int_eq(agg_states_value(&calls[0][a], g, &value, &error), STATUS_OK);
      value_check(IDS[a], &value, &naive);
    }
  }
  for (uint32_t w = 0; w < WORKERS; w++) {
    for (int a = 0; a < CALLS; a++) agg_states_clear(&calls[w][a]);
    agg_rows_clear(&rows[w]);
  }
  ck_assert_int_eq(job.memory.used_bytes, 0);
}

START_TEST(test_splits_merge_to_the_whole) {
  uint64_t seed = 7;
  for (int s = 0; s < SPLITS; s++)
    for (size_t r = 0; r < sizeof RANGES / sizeof *RANGES; r++)
      split_check(RANGES[r], s % 2 ? ROWS : UINT64_MAX, &seed);
}
END_TEST

START_TEST(test_states_are_narrow_where_it_is_proven) {
  Job job;
  job_init(&job, "test", 0, 0, NULL);
  Execution execution = {.job = &job};
  Expr arg = {.kind = EXPR_COLUMN, .type = {.kind = TYPE_DATE}};
  PlanColumn days = {.type = {.kind = TYPE_DATE}, .min = 8000, .max = 20000};
  PlanColumn unknown = {.type = {.kind = TYPE_DATE}, .min = 1, .max = 0};
  AggregateCall least = {.id = AGGREGATE_MIN, .arg = &arg, .type = arg.type};
  AggStates states;
  agg_states_init(&states, &least, &days, UINT64_MAX, 1000, &execution);
  ck_assert_uint_eq(states.state_bytes, 4);
  agg_states_clear(&states);
  agg_states_init(&states, &least, &unknown, UINT64_MAX, 1000, &execution);
  ck_assert_uint_gt(states.state_bytes, 8);
  agg_states_clear(&states);
  arg.type = TYPE_OF_INT;
  PlanColumn money = {.type = TYPE_OF_INT, .min = -100, .max = INT64_MAX / 1000};
  AggregateCall sum = {.id = AGGREGATE_SUM, .arg = &arg, .type = type_decimal(38, 0)};
  agg_states_init(&states, &sum, &money, UINT64_MAX, 1000, &execution);
  ck_assert_int_eq(states.form, AGG_SUM);
  ck_assert_uint_eq(states.state_bytes, 12);
  agg_states_clear(&states);
  agg_states_init(&states, &sum, &money, UINT64_MAX, 1001, &execution);
  ck_assert_int_eq(states.form, AGG_SUM_128);
  agg_states_clear(&states);
}
END_TEST

// Whatever stands beside it, a state is aligned as its type asks, and shares no byte with another.
START_TEST(test_states_side_by_side) {
  static const AggregateId ids[] = {
      AGGREGATE_COUNT_ROWS, AGGREGATE_SUM,  AGGREGATE_MIN, AGGREGATE_APPROX_DISTINCT,
      AGGREGATE_VAR_SAMP,   AGGREGATE_CORR, AGGREGATE_MODE};
  enum { SHAPES = sizeof ids / sizeof *ids, MIXED = 5 };
  uint64_t seed = 3;
  Job job;
  job_init(&job, "test", 0, 0, NULL);
  Execution execution = {.job = &job};
  Expr args[2] = {{.kind = EXPR_COLUMN, .type = TYPE_OF_INT},
                  {.kind = EXPR_COLUMN, .type = TYPE_OF_DOUBLE}};
  PlanColumn known[2] = {{.type = TYPE_OF_INT, .min = 0, .max = 9},
                         {.type = TYPE_OF_DOUBLE, .min = 1, .max = 0}};
  for (int round = 0; round < 500; round++) {
    AggStates calls[MIXED];
    AggregateCall described[MIXED];
    AggRows rows = {0};
    Error error = ERROR_INIT;
    for (int a = 0; a < MIXED; a++) {
      uint64_t x = unit_random(&seed);
      Expr *arg = &args[x >> 8 & 1];
      PlanColumn both[2] = {known[x >> 8 & 1], known[x >> 8 & 1]};
      described[a] = (AggregateCall){.id = ids[x % SHAPES], .arg = arg, .type = arg->type};
      if (described[a].id == AGGREGATE_CORR) described[a].more[described[a].more_count++] = arg;
      agg_states_init(&calls[a], &described[a], both, UINT64_MAX, x >> 9 & 1 ? 100 : UINT64_MAX,
                      &execution);
    }
    ck_assert_int_eq(agg_rows_reserve(&rows, calls, MIXED, 3, &error), STATUS_OK);
    for (int a = 0; a < MIXED; a++) {
      ck_assert_uint_eq((uintptr_t)agg_state_at(&calls[a], 1) % calls[a].state_alignment, 0);
      ck_assert_uint_le(calls[a].offset + calls[a].state_bytes, rows.row_bytes);
      for (int b = 0; b < a; b++)
        ck_assert(calls[a].offset + calls[a].state_bytes <= calls[b].offset ||
                  calls[b].offset + calls[b].state_bytes <= calls[a].offset);
    }
    for (int a = 0; a < MIXED; a++) agg_states_clear(&calls[a]);
    agg_rows_clear(&rows);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("exec_agg_state");
  unit_case(suite, "agg_state", 240,
            (const TTest *const[]){test_splits_merge_to_the_whole,
                                   test_states_are_narrow_where_it_is_proven,
                                   test_states_side_by_side, NULL});
  return unit_main(suite);
}
