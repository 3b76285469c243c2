// Links below SQL: members by row number, at every packed width, shown, inferred and deleted ones.
#include "exec_support.h"

enum { MEMBERS = 3000, FACTS = 5000, COLUMNS = 5 };

// What column c of member m holds: ranges for widths 1, 2, 4 and 8, and the end of int64; some
// NULL.
static int64_t member_value(uint32_t c, uint64_t m) {
  static const int64_t FROM[COLUMNS] = {-100, 70000, -5, INT64_MIN, INT64_MAX - 200};
  static const uint64_t SPREAD[COLUMNS] = {200, 65000, UINT64_C(4000000000), UINT64_MAX, 200};
  uint64_t random = m * COLUMNS + c + 1;
  if (m % 11 == c) return EXEC_NULL;
  uint64_t drawn = unit_random(&random);
  return (int64_t)((uint64_t)FROM[c] + (SPREAD[c] == UINT64_MAX ? drawn : drawn % (SPREAD[c] + 1)));
}

typedef struct Links {
  ExecTest t;
  int64_t *facts; // a row number each, EXEC_NULL for none
  Plan *plan;
} Links;

// Member 0 is the absent key; every 7th is inferred, every 13th deleted.
static bool is_inferred(uint64_t m) {
  return m && m % 7 == 0;
}

static bool is_hidden(uint64_t m) {
  return !m || m % 7 == 0 || m % 13 == 0;
}

static void links_init(Links *links, uint32_t threads) {
  exec_init(&links->t, threads);
  int64_t *members = mem_alloc(MEMBERS * COLUMNS * sizeof *members);
  for (uint64_t m = 0; m < MEMBERS; m++)
    for (uint32_t c = 0; c < COLUMNS; c++) members[m * COLUMNS + c] = member_value(c, m);
  Table *table = (Table *)exec_scan(&links->t, members, MEMBERS, COLUMNS, -1, NULL)->scan.table;
  mem_free(members);
  table->hidden = mem_alloc_zero(bits_words(MEMBERS) * sizeof(uint64_t));
  table->inferred = mem_alloc_zero(bits_words(MEMBERS) * sizeof(uint64_t));
  for (uint64_t m = 0; m < MEMBERS; m++) {
    if (is_hidden(m)) bits_set(table->hidden, m);
    if (is_inferred(m)) bits_set(table->inferred, m);
  }
  uint64_t random = 5;
  links->facts = mem_alloc(FACTS * sizeof *links->facts);
  for (uint32_t f = 0; f < FACTS; f++) {
    links->facts[f] = (int64_t)(unit_random(&random) % MEMBERS);
    if (unit_random(&random) % 9 == 0) links->facts[f] = EXEC_NULL;
  }
  links->plan = exec_plan(&links->t, PLAN_LINK, 1 + COLUMNS,
                          exec_scan(&links->t, links->facts, FACTS, 1, -1, NULL), NULL);
  links->plan->link.table = table;
  links->plan->link.fetch_count = COLUMNS;
  links->plan->link.table_columns = ARENA_ARRAY(links->t.arena, uint32_t, COLUMNS);
  for (uint32_t c = 0; c < COLUMNS; c++) links->plan->link.table_columns[c] = c;
}

static void links_clear(Links *links) {
  mem_free(links->facts);
  exec_clear(&links->t);
}

// Row by row what the link should give; limit: the predicate is column 0 > limit.
static void links_check(bool inner, bool keep_inferred, bool filtered, uint32_t threads) {
  Links links;
  links_init(&links, threads);
  links.plan->link.inner = inner;
  links.plan->link.keep_inferred = keep_inferred;
  if (filtered)
    links.plan->link.predicate = exec_call(&links.t, FUNCTION_GREATER, TYPE_OF_BOOL,
                                           exec_column(&links.t, 0), expr_int(links.t.arena, 0));
  ExecRows wanted = {.columns = 1 + COLUMNS,
                     .values = mem_alloc(FACTS * (1 + COLUMNS) * sizeof(int64_t))};
  for (uint32_t f = 0; f < FACTS; f++) {
    uint64_t m = links.facts[f] == EXEC_NULL ? 0 : (uint64_t)links.facts[f];
    bool shown = !is_hidden(m) || (keep_inferred && is_inferred(m) && !inner);
    int64_t first = shown ? member_value(0, m) : EXEC_NULL;
    if ((inner && is_hidden(m)) || (filtered && (first == EXEC_NULL || first <= 0))) continue;
    int64_t *row = wanted.values + wanted.count++ * wanted.columns;
    row[0] = links.facts[f];
    for (uint32_t c = 0; c < COLUMNS; c++) row[1 + c] = shown ? member_value(c, m) : EXEC_NULL;
  }
  ExecRows found = exec_run(&links.t, links.plan);
  if (!exec_rows_same(&found, &wanted))
    ck_abort_msg("inner %d, keep inferred %d, filtered %d: %d rows, wanted %d", inner,
                 keep_inferred, filtered, (int)found.count, (int)wanted.count);
  mem_free(found.values);
  mem_free(wanted.values);
  links_clear(&links);
}

START_TEST(test_members_are_fetched) {
  for (unsigned flags = 0; flags < 8; flags++)
    if (!(flags & 1 && flags & 2)) // keeping inferred members is for left links
      for (uint32_t threads = 1; threads < 3; threads++)
        links_check(flags & 1, flags & 2, flags & 4, threads);
}
END_TEST

// What a link lays out flat is counted while the query lives: all columns, at their widths.
START_TEST(test_memory_of_columns_is_charged) {
  Links links;
  links_init(&links, 1);
  ExecRows found = exec_run(&links.t, links.plan);
  ck_assert_int_ge(links.t.job.memory.peak_bytes, MEMBERS * (1 + 2 + 4 + 8 + 1));
  mem_free(found.values);
  links_clear(&links);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("exec_link");
  unit_case(
      suite, "link", 60,
      (const TTest *const[]){test_members_are_fetched, test_memory_of_columns_is_charged, NULL});
  return unit_main(suite);
}
