// Sets of row numbers as states: cells' sets, joined over three workers, count and give what one
// set of all rows does; a damaged text is an error or a set, never more.
#include "agg_state.h"
#include "unit_table.h"

enum { CELLS = 40, WORKERS = 3, ROUNDS = 200 };

typedef struct SetTest {
  Job job;
  Execution execution;
  Expr rows_arg, text_arg;
  PlanColumn unknown;
} SetTest;

static void set_test_init(SetTest *test) {
  *test = (SetTest){.rows_arg = {.kind = EXPR_COLUMN, .type = TYPE_OF_INT},
                    .text_arg = {.kind = EXPR_COLUMN, .type = TYPE_OF_STRING},
                    .unknown = {.type = TYPE_OF_INT, .min = 1, .max = 0}};
  job_init(&test->job, "test", 0, 0, NULL);
  test->execution = (Execution){.job = &test->job};
}

static void states_open(SetTest *test, AggregateId id, AggregateCall *call, uint32_t groups,
                        AggStates *states) {
  Error error = ERROR_INIT;
  *call = (AggregateCall){.id = id, .arg = id == AGGREGATE_SET ? &test->rows_arg : &test->text_arg};
  ck_assert_int_eq(aggregate_result_type(id, call->arg->type, &call->type, &error), STATUS_OK);
  agg_states_init(states, call, &test->unknown, UINT64_MAX, UINT64_MAX, &test->execution);
  ck_assert_int_eq(agg_states_reserve(states, groups, &error), STATUS_OK);
}

static Str state_text(AggStates *states, uint32_t group) {
  Error error = ERROR_INIT;
  Value value;
  ck_assert_int_eq(agg_states_value(states, group, &value, &error), STATUS_OK);
  ck_assert(!value.is_null);
  return value.s;
}

static void texts_update(AggStates *states, const Str *texts, uint32_t count, Status expected) {
  Error error = ERROR_INIT;
  Vector arg = {.type = TYPE_OF_STRING, .physical = PHYSICAL_TEXT, .data = texts};
  Status status = agg_states_update(states, NULL, &arg, count, &error);
  if (expected == STATUS_OK) ck_assert_int_eq(status, STATUS_OK);
  ck_assert(status == STATUS_OK || status == STATUS_CORRUPT);
}

static void round_check(uint64_t *seed) {
  static const uint64_t ranges[] = {1, 2, 64, 65, 4097, 300000, UINT32_MAX - 1};
  SetTest test;
  AggregateCall calls[4];
  AggStates cells, whole, unions[WORKERS], counts[WORKERS];
  Error error = ERROR_INIT;
  uint64_t range = ranges[unit_random(seed) % (sizeof ranges / sizeof *ranges)];
  uint32_t count = (uint32_t)(unit_random(seed) % 2048), groups[2048];
  int64_t rows[2048];
  Str texts[CELLS];
  set_test_init(&test);
  for (uint32_t i = 0; i < count; i++) {
    rows[i] = (int64_t)(unit_random(seed) % range) + (unit_random(seed) % 50 == 0 ? 1 : 0);
    groups[i] = (uint32_t)(unit_random(seed) % CELLS);
  }
  Vector arg = {.type = TYPE_OF_INT, .physical = PHYSICAL_INT, .width = 8, .data = rows};
  states_open(&test, AGGREGATE_SET, &calls[0], CELLS, &cells);
  states_open(&test, AGGREGATE_SET, &calls[1], 1, &whole);
  ck_assert_int_eq(agg_states_update(&cells, groups, &arg, count, &error), STATUS_OK);
  ck_assert_int_eq(agg_states_update(&whole, NULL, &arg, count, &error), STATUS_OK);
  for (uint32_t c = 0; c < CELLS; c++) texts[c] = state_text(&cells, c);
  for (uint32_t w = 0; w < WORKERS; w++) {
    states_open(&test, AGGREGATE_SET_UNION, &calls[2], 1, &unions[w]);
    states_open(&test, AGGREGATE_SET_COUNT, &calls[3], 1, &counts[w]);
    uint32_t from = w * CELLS / WORKERS, to = (w + 1) * CELLS / WORKERS, map = 0;
    texts_update(&unions[w], texts + from, to - from, STATUS_OK);
    texts_update(&counts[w], texts + from, to - from, STATUS_OK);
    if (!w) continue;
    ck_assert_int_eq(agg_states_merge(&unions[0], &unions[w], &map, &error), STATUS_OK);
    ck_assert_int_eq(agg_states_merge(&counts[0], &counts[w], &map, &error), STATUS_OK);
  }
  bool *seen = NULL; // of small ranges: counted plainly
  uint64_t distinct = 0;
  if (range <= 300000) {
    seen = calloc(range + 1, sizeof *seen);
    for (uint32_t i = 0; i < count; i++) {
      distinct += !seen[rows[i]];
      seen[rows[i]] = true;
    }
  }
  Str all = state_text(&whole, 0), merged = state_text(&unions[0], 0);
  ck_assert(str_equal(all, merged));
  Value value;
  ck_assert_int_eq(agg_states_value(&counts[0], 0, &value, &error), STATUS_OK);
  if (seen) ck_assert_int_eq(value.i, (int64_t)distinct);
  ck_assert_uint_le((uint64_t)value.i, count);
  free(seen);
  agg_states_clear(&cells);
  agg_states_clear(&whole);
  for (uint32_t w = 0; w < WORKERS; w++) {
    agg_states_clear(&unions[w]);
    agg_states_clear(&counts[w]);
  }
  ck_assert_int_eq(test.job.memory.used_bytes, 0);
}

START_TEST(test_sets_join) {
  uint64_t seed = 11;
  for (int i = 0; i < ROUNDS; i++) round_check(&seed);
}
END_TEST

START_TEST(test_damaged_texts) {
  SetTest test;
  AggregateCall call;
  AggStates states;
  uint64_t seed = 5;
  static const char *const wrong[] = {"0", "7000", "2a", "1 ", "1\x7f", "6oooooo", "x"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    Str text = str_from(wrong[i]);
    Error error = ERROR_INIT;
    Vector arg = {.type = TYPE_OF_STRING, .physical = PHYSICAL_TEXT, .data = &text};
    set_test_init(&test);
    states_open(&test, AGGREGATE_SET_COUNT, &call, 1, &states);
    ck_assert_int_eq(agg_states_update(&states, NULL, &arg, 1, &error), STATUS_CORRUPT);
    agg_states_clear(&states);
  }
  for (int i = 0; i < 20000; i++) {
    char bytes[32];
    for (size_t b = 0; b < sizeof bytes; b++)
      bytes[b] =
          (char)(unit_random(&seed) % 8 ? '0' + unit_random(&seed) % 64 : unit_random(&seed));
    bytes[0] = (char)('0' + unit_random(&seed) % 4); // few digits: members stay near
    Str text = {bytes, (uint32_t)(unit_random(&seed) % sizeof bytes)};
    set_test_init(&test);
    states_open(&test, AGGREGATE_SET_COUNT, &call, 1, &states);
    texts_update(&states, &text, 1, STATUS_CORRUPT);
    agg_states_clear(&states);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("exec_agg_set");
  unit_case(suite, "agg_set", 120,
            (const TTest *const[]){test_sets_join, test_damaged_texts, NULL});
  return unit_main(suite);
}
