// Rows that several places of a plan read: the plan that gives them runs once, on all threads, when
// the first of them is opened; all read what is kept, each in its own pace.
#include "operator.h"
#include "row_store.h"
#include <stdatomic.h>

struct SharedRows {
  const SharedPlan *of;
  Operator *root; // knows the columns
  RowStore rows;
  SharedRows *next;
};

typedef struct SharedState {
  const SharedRows *shared;
  _Atomic uint64_t next_row;
  VectorBuffer **buffers; // [worker_count][column_count]
  Vector **columns;
} SharedState;

void shared_rows_clear(SharedRows *rows) {
  for (SharedRows *next; rows; rows = next) {
    next = rows->next;
    if (rows->rows.budget) row_store_clear(&rows->rows);
    operator_destroy(rows->root);
    mem_free(rows);
  }
}

static Status rows_keep(void *context, uint32_t worker, const Batch *batch, Error *error) {
  return row_store_append(&((RowStore *)context)[worker], batch, error);
}

static Status rows_make(Operator *op, SharedRows *made, Error *error) {
  const Plan *plan = made->of->plan;
  MemoryBudget *budget = &op->execution->job->memory;
  TRY(operator_tree_open(plan, op->execution, op->ordered, op->ordered, &made->root, error));
  uint32_t workers = op->ordered ? 1 : made->root->worker_count;
  RowStore *stores = mem_alloc_zero(workers * sizeof *stores);
  for (uint32_t w = 0; w < workers; w++)
    row_store_init(&stores[w], made->root->columns, plan->column_count, budget);
  Status status = STATUS_OK;
  if (workers > 1) {
    status = operator_drain(made->root, rows_keep, stores, error);
  } else {
    for (Batch batch = {.row_count = 1}; batch.row_count && status == STATUS_OK;) {
      status = operator_next(made->root, 0, &batch, error);
      if (status == STATUS_OK) status = row_store_append(stores, &batch, error);
    }
  }
  for (uint32_t w = 1; w < workers; w++) {
    if (status == STATUS_OK) status = row_store_merge(&stores[0], &stores[w], error);
    if (stores[w].budget) row_store_clear(&stores[w]);
  }
  made->rows = stores[0];
  mem_free(stores);
  return status;
}

// Operators are opened one after the other, so that nobody else makes the same rows meanwhile.
static Status rows_of(Operator *op, const SharedRows **rows, Error *error) {
  for (SharedRows *made = *op->execution->shared; made; made = made->next)
    if (made->of == op->plan->shared.of) return *rows = made, STATUS_OK;
  SharedRows *made = mem_alloc_zero(sizeof *made);
  made->of = op->plan->shared.of;
  Status status = rows_make(op, made, error);
  made->next = *op->execution->shared; // behind those that it was made of
  *op->execution->shared = made;
  *rows = made;
  return status;
}

static Status shared_open(Operator *op, Error *error) {
  SharedState *state = op->state = mem_alloc_zero(sizeof *state);
  uint32_t columns = op->plan->column_count;
  TRY(rows_of(op, &state->shared, error));
  memcpy(op->columns, state->shared->root->columns, columns * sizeof *op->columns);
  uint64_t chunks = (state->shared->rows.row_count + VECTOR_ROWS - 1) / VECTOR_ROWS;
  uint32_t workers = op->ordered || op->alone ? 1 : execution_workers(op->execution);
  op->worker_count = chunks < workers ? (uint32_t)(chunks ? chunks : 1) : workers;
  state->buffers = mem_alloc_zero(op->worker_count * sizeof *state->buffers);
  state->columns = mem_alloc_zero(op->worker_count * sizeof *state->columns);
  for (uint32_t w = 0; w < op->worker_count; w++) {
    state->buffers[w] = mem_alloc_zero((columns + 1) * sizeof **state->buffers);
    state->columns[w] = mem_alloc_zero((columns + 1) * sizeof **state->columns);
  }
  return STATUS_OK;
}

static void shared_close(Operator *op) {
  SharedState *state = op->state;
  if (!state) return;
  for (uint32_t w = 0; state->buffers && w < op->worker_count; w++) {
    for (uint32_t c = 0; c < op->plan->column_count; c++)
      vector_buffer_clear(&state->buffers[w][c]);
    mem_free(state->buffers[w]);
    mem_free(state->columns[w]);
  }
  mem_free(state->buffers);
  mem_free(state->columns);
  mem_free(state);
}

static Status shared_next(Operator *op, uint32_t worker, Batch *out, Error *error) {
  (void)error;
  SharedState *state = op->state;
  const RowStore *store = &state->shared->rows;
  uint64_t from = atomic_fetch_add_explicit(&state->next_row, VECTOR_ROWS, memory_order_relaxed);
  if (from >= store->row_count) return STATUS_OK;
  uint64_t rows[VECTOR_ROWS], left = store->row_count - from;
  uint32_t count = left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS;
  for (uint32_t i = 0; i < count; i++) rows[i] = from + i;
  for (uint32_t c = 0; c < op->plan->column_count; c++) {
    VectorBuffer *buffer = &state->buffers[worker][c];
    Vector *column = &state->columns[worker][c];
    if (operator_unread(op, c))
      operator_give_null(op, c, buffer, column);
    else
      row_store_gather_column(store, c, rows, count, buffer, column);
  }
  *out = (Batch){.row_count = count,
                 .column_count = op->plan->column_count,
                 .columns = state->columns[worker]};
  return STATUS_OK;
}

const OperatorClass operator_shared = {shared_open, shared_next, shared_close};
