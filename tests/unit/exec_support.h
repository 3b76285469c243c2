// Plans for tests, made by hand over tables of bigint columns, and their rows as arrays.
//
//   ExecTest t;
//   exec_init(&t, 2);                             two threads
//   Plan *scan = exec_scan(&t, values, nulls, rows, columns, predicate);
//   ExecRows rows = exec_run(&t, plan);           rows.values[row * rows.columns + column]
#pragma once
#include "job.h"
#include "plan.h"
#include "thread_pool.h"
#include "unit_table.h"

#define EXEC_NULL INT64_C(-4611686018427387904) // stands for NULL in rows of tests, and is no value

#define EXEC_TABLES_MAX 8

typedef struct ExecTest {
  Arena *arena;
  ThreadPool *pool;
  Job job;
  Table *tables[EXEC_TABLES_MAX];
  uint32_t table_count, plan_count;
} ExecTest;

typedef struct ExecRows {
  int64_t *values; // row by row
  uint32_t columns;
  uint64_t count, capacity;
} ExecRows;

static inline void exec_init(ExecTest *t, uint32_t threads) {
  *t = (ExecTest){.arena = arena_create(), .pool = thread_pool_create(threads)};
  job_init(&t->job, "query", 0, 0, NULL);
}

static inline void exec_clear(ExecTest *t) {
  for (uint32_t i = 0; i < t->table_count; i++) table_release(t->tables[i]);
  thread_pool_destroy(t->pool);
  arena_destroy(t->arena);
  unit_require(t->job.memory.used_bytes == 0, "a query gives back all that it charged");
}

static inline Plan *exec_plan(ExecTest *t, PlanKind kind, uint32_t columns, Plan *left,
                              Plan *right) {
  Plan *plan = ARENA_NEW(t->arena, Plan);
  plan->kind = kind;
  plan->id = t->plan_count++;
  plan->column_count = columns;
  plan->columns = ARENA_ARRAY(t->arena, PlanColumn, columns);
  for (uint32_t c = 0; c < columns; c++)
    plan->columns[c] = (PlanColumn){.name = "c", .type = TYPE_OF_INT, .min = 1, .max = 0};
  plan->inputs[0] = left;
  plan->inputs[1] = right;
  return plan;
}

// A scan of a new table: rows[row * columns + column], EXEC_NULL for NULL; encoding -1: the best.
static inline Plan *exec_scan(ExecTest *t, const int64_t *rows, uint64_t row_count,
                              uint32_t columns, int encoding, Expr *predicate) {
  Column *made[16];
  int64_t *values = mem_alloc((row_count + 1) * sizeof *values);
  for (uint32_t c = 0; c < columns; c++) {
    uint64_t *validity = mem_alloc_zero((bits_words(row_count) + 1) * sizeof *validity);
    bool nulls = false;
    for (uint64_t r = 0; r < row_count; r++) {
      values[r] = rows[r * columns + c];
      if (values[r] == EXEC_NULL)
        nulls = true;
      else
        bits_set(validity, r);
    }
    made[c] =
        unit_int_column(TYPE_OF_INT, NULL, encoding, values, nulls ? validity : NULL, row_count);
    mem_free(validity);
  }
  mem_free(values);
  Table *table = unit_table("t", NULL, made, columns, NULL, NULL);
  unit_require(t->table_count < EXEC_TABLES_MAX, "room for another table");
  t->tables[t->table_count++] = table;
  Plan *plan = exec_plan(t, PLAN_SCAN, columns, NULL, NULL);
  plan->scan.table = table;
  plan->scan.predicate = predicate;
  plan->scan.table_columns = ARENA_ARRAY(t->arena, uint32_t, columns);
  for (uint32_t c = 0; c < columns; c++) {
    plan->scan.table_columns[c] = c;
    plan->columns[c].min = table->columns[c]->min;
    plan->columns[c].max = table->columns[c]->max;
  }
  return plan;
}

static inline Expr *exec_column(ExecTest *t, uint32_t column) {
  return expr_column(t->arena, column, TYPE_OF_INT, -1);
}

static inline Expr *exec_call(ExecTest *t, FunctionId function, Type type, Expr *a, Expr *b) {
  return expr_call(t->arena, function, type, (Expr *[]){a, b}, 2, -1);
}

static inline Status exec_keep(void *context, const Batch *batch, Error *error) {
  ExecRows *rows = context;
  (void)error;
  rows->columns = batch->column_count;
  if (rows->count + batch->row_count > rows->capacity) {
    rows->capacity = (rows->count + batch->row_count) * 2;
    rows->values =
        mem_realloc(rows->values, rows->capacity * batch->column_count * sizeof *rows->values);
  }
  for (uint32_t i = 0; i < batch->row_count; i++, rows->count++)
    for (uint32_t c = 0; c < batch->column_count; c++) {
      Value value = vector_value(&batch->columns[c], i);
      rows->values[rows->count * rows->columns + c] = value.is_null ? EXEC_NULL : value.i;
    }
  return STATUS_OK;
}

// The rows of the plan; free rows.values with mem_free.
static inline ExecRows exec_run(ExecTest *t, const Plan *plan) {
  ExecRows rows = {.columns = plan->column_count};
  Error error = ERROR_INIT;
  Status status = plan_execute(plan, t->pool, &t->job, NULL, exec_keep, &rows, &error);
  if (status != STATUS_OK) ck_abort_msg("plan_execute: %s", error.message);
  return rows;
}

static inline int exec_compare_words(const void *a, const void *b, void *columns) {
  const int64_t *x = a, *y = b;
  for (uint32_t c = 0; c < *(const uint32_t *)columns; c++)
    if (x[c] != y[c]) return x[c] < y[c] ? -1 : 1;
  return 0;
}

// Both as multisets of rows.
static inline bool exec_rows_same(ExecRows *a, ExecRows *b) {
  if (a->count != b->count) return false;
  if (!a->count) return true;
  if (a->columns != b->columns) return false;
  size_t bytes = a->columns * sizeof(int64_t);
  qsort_r(a->values, a->count, bytes, exec_compare_words, &a->columns);
  qsort_r(b->values, b->count, bytes, exec_compare_words, &b->columns);
  return memcmp(a->values, b->values, a->count * bytes) == 0;
}
