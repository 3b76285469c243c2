// Rows of (key, second key, value) grouped by both keys, as a plan and naively.
#pragma once
#include "exec_support.h"

// Groups of (key, second key): count(*), count, sum, min, max of the value; filtered: of rows whose
// second key is less than 3.
static inline ExecRows exec_naive_groups(const int64_t *rows, uint64_t row_count, bool filtered) {
  enum { COLUMNS = 3, OUT = 7 };
  uint32_t columns = COLUMNS;
  ExecRows groups = {.columns = OUT, .capacity = row_count + 1};
  int64_t *sorted = mem_alloc((row_count + 1) * COLUMNS * sizeof *sorted);
  uint64_t kept = 0;
  for (uint64_t r = 0; r < row_count; r++)
    if (!filtered || rows[r * COLUMNS + 1] < 3)
      memcpy(sorted + kept++ * COLUMNS, rows + r * COLUMNS, COLUMNS * sizeof *rows);
  qsort_r(sorted, kept, COLUMNS * sizeof *sorted, exec_compare_words, &columns);
  groups.values = mem_alloc(groups.capacity * OUT * sizeof(int64_t));
  for (uint64_t r = 0; r < kept; r++) {
    const int64_t *row = sorted + r * COLUMNS;
    int64_t *group = groups.values + groups.count * OUT;
    if (!r || memcmp(row, row - COLUMNS, 2 * sizeof *row) != 0) {
      int64_t first[OUT] = {row[0], row[1], 0, 0, EXEC_NULL, EXEC_NULL, EXEC_NULL};
      memcpy(group, first, sizeof first);
      groups.count++;
    } else {
      group -= OUT;
    }
    group[2]++;
    if (row[2] == EXEC_NULL) continue;
    group[4] = group[3]++ ? group[4] + row[2] : row[2];
    if (group[5] == EXEC_NULL || row[2] < group[5]) group[5] = row[2];
    if (group[6] == EXEC_NULL || row[2] > group[6]) group[6] = row[2];
  }
  mem_free(sorted);
  return groups;
}

// The same as a plan.
static inline Plan *exec_group_plan(ExecTest *t, const int64_t *rows, uint64_t row_count,
                                    bool filtered) {
  static const AggregateId IDS[] = {AGGREGATE_COUNT_ROWS, AGGREGATE_COUNT, AGGREGATE_SUM,
                                    AGGREGATE_MIN, AGGREGATE_MAX};
  Expr *few = NULL;
  if (filtered) {
    Value three = {.type = TYPE_OF_INT, .i = 3};
    few = exec_call(t, FUNCTION_LESS, TYPE_OF_BOOL, exec_column(t, 1),
                    expr_constant(t->arena, three, -1));
  }
  Plan *plan = exec_plan(t, PLAN_AGGREGATE, 7, exec_scan(t, rows, row_count, 3, -1, few), NULL);
  plan->aggregate.key_count = 2;
  plan->aggregate.keys = ARENA_ARRAY(t->arena, Expr *, 2);
  plan->aggregate.keys[0] = exec_column(t, 0);
  plan->aggregate.keys[1] = exec_column(t, 1);
  plan->aggregate.sets = ARENA_NEW(t->arena, uint64_t);
  *plan->aggregate.sets = 3;
  plan->aggregate.set_count = 1;
  plan->aggregate.call_count = 5;
  plan->aggregate.calls = ARENA_ARRAY(t->arena, AggregateCall, 5);
  for (uint32_t a = 0; a < 5; a++)
    plan->aggregate.calls[a] =
        (AggregateCall){.id = IDS[a], .arg = a ? exec_column(t, 2) : NULL, .type = TYPE_OF_INT};
  Plan *sort = exec_plan(t, PLAN_SORT, 7, plan, NULL); // asks for no order below, on all threads
  sort->sort.keys = ARENA_NEW(t->arena, SortKey);
  sort->sort.keys->expr = exec_column(t, 0);
  sort->sort.key_count = 1;
  sort->sort.limit = -1;
  return sort;
}
