// Sorting: all rows are kept with their evaluated keys, and row numbers are sorted.
//
// With a limit, what is kept is cut back to the best `limit` rows whenever it has grown to a
// multiple of them, so that a top N holds few rows. Equal keys keep the order of arrival within a
// worker; between workers the order of arrival is not fixed.
#include "row_sort.h"
#include <pthread.h>

#define TOP_ROWS_MIN 65536 // rows kept before the first cut

typedef struct SortState {
  PlanColumn *stored; // the input's columns, then the keys
  uint32_t input_count;
  ExprSet keys;
  RowSortKey *sort_keys;
  ExprSetState *states; // a worker of the input
  Vector **columns;
  RowStore rows;
  pthread_mutex_t lock;
  uint64_t *order;
  uint64_t order_capacity, count, emitted;
  VectorBuffer *buffers;
  Vector *out;
} SortState;

// Sorts the row numbers of all kept rows.
static Status sort_order(Operator *op, Error *error) {
  SortState *state = op->state;
  state->count = state->rows.row_count;
  if (state->count > state->order_capacity) {
    uint64_t more = state->count - state->order_capacity;
    TRY(memory_budget_charge(state->rows.budget, (int64_t)(more * sizeof *state->order), error));
    state->order = mem_realloc(state->order, state->count * sizeof *state->order);
    state->order_capacity = state->count;
  }
  for (uint64_t i = 0; i < state->count; i++) state->order[i] = i;
  return row_store_sort(&state->rows, state->sort_keys, op->plan->sort.key_count, state->order,
                        state->count, op->execution, error);
}

// Keeps only the best `limit` rows.
static Status sort_cut(Operator *op, Error *error) {
  SortState *state = op->state;
  TRY(sort_order(op, error));
  RowStore kept;
  row_store_init(&kept, state->stored, state->rows.column_count, state->rows.budget);
  uint64_t limit = (uint64_t)op->plan->sort.limit;
  Status status = STATUS_OK;
  for (uint64_t at = 0; at < limit && at < state->count && status == STATUS_OK; at += VECTOR_ROWS) {
    uint64_t left = (limit < state->count ? limit : state->count) - at;
    Batch batch = {.row_count = left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS,
                   .column_count = kept.column_count,
                   .columns = state->out};
    row_store_gather(&state->rows, state->order + at, batch.row_count, state->buffers, state->out);
    status = row_store_append(&kept, &batch, error);
  }
  row_store_clear(&state->rows);
  state->rows = kept;
  return status;
}

static Status sort_consume(void *context, uint32_t worker, const Batch *batch, Error *error) {
  Operator *op = context;
  SortState *state = op->state;
  Vector *columns = state->columns[worker];
  memcpy(columns, batch->columns, state->input_count * sizeof *columns);
  for (uint32_t k = 0; k < state->keys.count; k++)
    TRY(expr_eval(state->states[worker].states[k], batch, NULL, &columns[state->input_count + k],
                  error));
  Batch whole = {.row_count = batch->row_count,
                 .column_count = state->input_count + state->keys.count,
                 .columns = columns};
  pthread_mutex_lock(&state->lock);
  Status status = row_store_append(&state->rows, &whole, error);
  int64_t limit = op->plan->sort.limit;
  if (status == STATUS_OK && limit >= 0 && state->rows.row_count > TOP_ROWS_MIN &&
      state->rows.row_count / 2 > (uint64_t)limit)
    status = sort_cut(op, error);
  pthread_mutex_unlock(&state->lock);
  return status;
}

static Status sort_open(Operator *op, Error *error) {
  SortState *state = op->state = mem_alloc_zero(sizeof *state);
  Operator *input = op->inputs[0];
  uint32_t keys = op->plan->sort.key_count;
  state->input_count = input->plan->column_count;
  memcpy(op->columns, input->columns, state->input_count * sizeof *op->columns);
  pthread_mutex_init(&state->lock, NULL);
  Expr **exprs = mem_alloc((keys + 1) * sizeof *exprs);
  for (uint32_t k = 0; k < keys; k++) exprs[k] = op->plan->sort.keys[k].expr;
  expr_set_create(&state->keys, exprs, keys, input);
  mem_free(exprs);
  uint32_t total = state->input_count + keys;
  state->stored = mem_alloc_zero((total + 1) * sizeof *state->stored);
  memcpy(state->stored, input->columns, state->input_count * sizeof *state->stored);
  for (uint32_t k = 0; k < keys; k++)
    state->stored[state->input_count + k] = expr_program_column(state->keys.programs[k]);
  state->sort_keys = mem_alloc((keys + 1) * sizeof *state->sort_keys);
  for (uint32_t k = 0; k < keys; k++)
    state->sort_keys[k] = (RowSortKey){state->input_count + k, op->plan->sort.keys[k].descending,
                                       op->plan->sort.keys[k].nulls_first};
  row_store_init(&state->rows, state->stored, total, &op->execution->job->memory);
  state->buffers = mem_alloc_zero((total + 1) * sizeof *state->buffers);
  state->out = mem_alloc_zero((total + 1) * sizeof *state->out);
  state->states = mem_alloc_zero(input->worker_count * sizeof *state->states);
  state->columns = mem_alloc_zero(input->worker_count * sizeof *state->columns);
  for (uint32_t w = 0; w < input->worker_count; w++) {
    expr_set_state_create(&state->states[w], &state->keys);
    state->columns[w] = mem_alloc_zero((total + 1) * sizeof(Vector));
  }
  operator_note_kernel(op, op->plan->sort.limit >= 0 ? "top n" : "sort");
  TRY(operator_drain(input, sort_consume, op, error));
  return sort_order(op, error);
}

static void sort_close(Operator *op) {
  SortState *state = op->state;
  if (!state) return;
  for (uint32_t w = 0; w < op->inputs[0]->worker_count; w++) {
    expr_set_state_clear(&state->states[w]);
    mem_free(state->columns[w]);
  }
  for (uint32_t c = 0; c < state->rows.column_count; c++) vector_buffer_clear(&state->buffers[c]);
  mem_free(state->states);
  mem_free(state->columns);
  mem_free(state->buffers);
  mem_free(state->out);
  mem_free(state->order);
  memory_budget_release(state->rows.budget,
                        (int64_t)(state->order_capacity * sizeof *state->order));
  row_store_clear(&state->rows);
  mem_free(state->stored);
  mem_free(state->sort_keys);
  expr_set_clear(&state->keys);
  pthread_mutex_destroy(&state->lock);
  mem_free(state);
}

static Status sort_next(Operator *op, uint32_t worker, Batch *out, Error *error) {
  (void)worker, (void)error;
  SortState *state = op->state;
  uint64_t end = state->count;
  if (op->plan->sort.limit >= 0 && (uint64_t)op->plan->sort.limit < end)
    end = (uint64_t)op->plan->sort.limit;
  if (state->emitted >= end) return STATUS_OK;
  uint64_t left = end - state->emitted;
  uint32_t count = left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS;
  row_store_gather(&state->rows, state->order + state->emitted, count, state->buffers, state->out);
  state->emitted += count;
  *out = (Batch){.row_count = count, .column_count = state->input_count, .columns = state->out};
  return STATUS_OK;
}

const OperatorClass operator_sort = {sort_open, sort_next, sort_close};
