// Sorting: each worker keeps its rows with their evaluated keys, and row numbers are sorted.
//
// With a limit, what a worker keeps is cut back to its best `limit` rows whenever it has grown to a
// multiple of them, so that a top N holds few rows. The first key of the worst row that it kept
// bounds what can still come among the best: that bound is all workers', and the input's, which may
// drop what lies beyond it unread. Equal keys keep the order of arrival within a worker; between
// workers the order of arrival is not fixed.
#include "kernel.h"
#include "row_bound.h"
#include "row_sort.h"

#define TOP_ROWS_MIN 8192 // rows kept before the first cut
#define NOT_STORED UINT32_MAX

typedef struct SortWorker {
  ExprSetState keys;
  RowStore rows;
  Vector *columns; // [stored_count] of the batch at hand
  VectorBuffer *selected;
  uint64_t *order;
  uint64_t order_capacity;
} SortWorker;

typedef struct SortState {
  PlanColumn *stored;  // what is kept: columns of the input that are read, keys that are none
  uint32_t *column_of; // [inputs + keys] where it is kept
  uint32_t input_count, stored_count;
  ExprSet keys; // NULL: a column of the input
  RowSortKey *sort_keys;
  SortWorker *workers; // the first one's rows become all
  RowBound bound;
  bool bounded; // the first key is one that a bound can be told of
  uint64_t count, emitted;
  VectorBuffer *buffers;
  Vector *out;
} SortState;

// ---------------------------------------------------------------- the best rows

// Sorts the row numbers of all that the worker keeps.
static Status sort_order(Operator *op, SortWorker *worker, Error *error) {
  SortState *state = op->state;
  uint64_t count = worker->rows.row_count;
  if (count > worker->order_capacity) {
    uint64_t more = count - worker->order_capacity;
    TRY(memory_budget_charge(&op->execution->job->memory, (int64_t)(more * sizeof *worker->order),
                             error));
    mem_free(worker->order);
    worker->order = mem_alloc(count * sizeof *worker->order);
    worker->order_capacity = count;
  }
  return row_store_sort(&worker->rows, state->sort_keys, op->plan->sort.key_count, worker->order,
                        op->execution, error);
}

// Keeps only the best `limit` rows, in their order, and tells how bad the worst of them is.
static Status sort_cut(Operator *op, SortWorker *worker, Error *error) {
  SortState *state = op->state;
  TRY(sort_order(op, worker, error));
  RowStore kept;
  row_store_init(&kept, state->stored, state->stored_count, worker->rows.budget);
  uint64_t limit = (uint64_t)op->plan->sort.limit;
  Status status = STATUS_OK;
  for (uint64_t at = 0; at < limit && status == STATUS_OK; at += VECTOR_ROWS) {
    Batch batch = {.row_count = limit - at < VECTOR_ROWS ? (uint32_t)(limit - at) : VECTOR_ROWS,
                   .column_count = kept.column_count,
                   .columns = worker->columns};
    row_store_gather(&worker->rows, worker->order + at, batch.row_count, worker->selected,
                     worker->columns);
    status = row_store_append(&kept, &batch, error);
  }
  row_store_clear(&worker->rows);
  worker->rows = kept;
  uint32_t first = state->sort_keys[0].column;
  if (status == STATUS_OK && limit && state->bounded && row_store_is_valid(&kept, first, limit - 1))
    row_bound_tighten(&state->bound, row_store_int(&kept, first, limit - 1));
  return status;
}

static bool sort_is_too_long(const Operator *op, const SortWorker *worker) {
  int64_t limit = op->plan->sort.limit;
  return limit >= 0 && worker->rows.row_count > TOP_ROWS_MIN &&
         worker->rows.row_count / 4 > (uint64_t)limit;
}

// Drops the rows of the batch that are beyond the bound.
static void batch_cut(SortState *state, SortWorker *worker, Batch *batch) {
  uint8_t mask[VECTOR_ROWS + 8];
  uint16_t rows[VECTOR_ROWS + KERNEL_ROWS_PADDING];
  if (!state->bounded) return;
  memset(mask, 1, batch->row_count);
  if (!row_bound_apply(&state->bound, &batch->columns[state->sort_keys[0].column], batch->row_count,
                       mask))
    return;
  uint32_t kept = kernels()->mask_to_rows(mask, batch->row_count, rows);
  if (kept == batch->row_count) return;
  for (uint32_t c = 0; kept && c < batch->column_count; c++) {
    Vector whole = batch->columns[c];
    vector_select(&whole, rows, kept, &worker->selected[c], &batch->columns[c]);
  }
  batch->row_count = kept;
}

static Status sort_consume(void *context, uint32_t w, const Batch *batch, Error *error) {
  Operator *op = context;
  SortState *state = op->state;
  SortWorker *worker = &state->workers[w];
  Batch kept = {batch->row_count, state->stored_count, worker->columns};
  for (uint32_t c = 0; c < state->input_count; c++)
    if (state->column_of[c] != NOT_STORED) worker->columns[state->column_of[c]] = batch->columns[c];
  for (uint32_t k = 0; k < state->keys.count; k++)
    if (state->keys.programs[k])
      TRY(expr_eval(worker->keys.states[k], batch, NULL,
                    &worker->columns[state->column_of[state->input_count + k]], error));
  batch_cut(state, worker, &kept);
  TRY(row_store_append(&worker->rows, &kept, error));
  return sort_is_too_long(op, worker) ? sort_cut(op, worker, error) : STATUS_OK;
}

// The rows of all workers become the first one's.
static Status workers_merge(Operator *op, Error *error) {
  SortState *state = op->state;
  for (uint32_t w = 1; w < op->inputs[0]->worker_count; w++) {
    if (sort_is_too_long(op, &state->workers[w])) TRY(sort_cut(op, &state->workers[w], error));
    TRY(row_store_merge(&state->workers[0].rows, &state->workers[w].rows, error));
  }
  return STATUS_OK;
}

// ---------------------------------------------------------------- open and close

// What is kept of a row: a column of the input stands once.
static void sort_columns(Operator *op, SortState *state) {
  const Operator *input = op->inputs[0];
  uint32_t keys = op->plan->sort.key_count, inputs = state->input_count;
  Expr **exprs = mem_alloc_zero((keys + 1) * sizeof *exprs);
  state->column_of = mem_alloc((inputs + keys + 1) * sizeof *state->column_of);
  state->stored = mem_alloc_zero((inputs + keys + 1) * sizeof *state->stored);
  bool *is_key = mem_alloc_zero(inputs + 1);
  for (uint32_t k = 0; k < keys; k++) {
    Expr *expr = op->plan->sort.keys[k].expr;
    if (expr->kind == EXPR_COLUMN)
      is_key[expr->column] = true;
    else
      exprs[k] = expr;
  }
  expr_set_create(&state->keys, exprs, keys, input);
  for (uint32_t c = 0; c < inputs; c++) {
    bool kept = is_key[c] || !operator_unread(op, c);
    state->column_of[c] = kept ? state->stored_count : NOT_STORED;
    if (kept) state->stored[state->stored_count++] = input->columns[c];
  }
  state->sort_keys = mem_alloc((keys + 1) * sizeof *state->sort_keys);
  for (uint32_t k = 0; k < keys; k++) {
    const SortKey *key = &op->plan->sort.keys[k];
    uint32_t *column = &state->column_of[inputs + k];
    *column = exprs[k] ? state->stored_count : state->column_of[key->expr->column];
    if (exprs[k])
      state->stored[state->stored_count++] = expr_program_column(state->keys.programs[k]);
    state->sort_keys[k] = (RowSortKey){*column, key->descending, key->nulls_first};
  }
  mem_free(is_key);
  mem_free(exprs);
}

// Codes of a dictionary are in no order, and only integers are compared where they lie packed.
static void sort_bound(Operator *op, SortState *state) {
  if (op->plan->sort.limit < 0 || !op->plan->sort.key_count) return;
  const SortKey *key = &op->plan->sort.keys[0];
  const PlanColumn *known = &state->stored[state->sort_keys[0].column];
  if (known->dictionary || type_physical(known->type) != PHYSICAL_INT) return;
  state->bounded = true;
  row_bound_init(&state->bound, key->descending, key->nulls_first);
  if (key->expr->kind == EXPR_COLUMN)
    operator_offer_bound(op->inputs[0], key->expr->column, &state->bound);
}

static Status sort_open(Operator *op, Error *error) {
  SortState *state = op->state = mem_alloc_zero(sizeof *state);
  Operator *input = op->inputs[0];
  state->input_count = input->plan->column_count;
  memcpy(op->columns, input->columns, state->input_count * sizeof *op->columns);
  sort_columns(op, state);
  state->buffers = mem_alloc_zero((state->input_count + 1) * sizeof *state->buffers);
  state->out = mem_alloc_zero((state->input_count + 1) * sizeof *state->out);
  state->workers = mem_alloc_zero(input->worker_count * sizeof *state->workers);
  for (uint32_t w = 0; w < input->worker_count; w++) {
    SortWorker *worker = &state->workers[w];
    expr_set_state_create(&worker->keys, &state->keys);
    row_store_init(&worker->rows, state->stored, state->stored_count, &op->execution->job->memory);
    worker->columns = mem_alloc_zero((state->stored_count + 1) * sizeof *worker->columns);
    worker->selected = mem_alloc_zero((state->stored_count + 1) * sizeof *worker->selected);
  }
  operator_note_kernel(op, op->plan->sort.limit >= 0 ? "top n" : "sort");
  sort_bound(op, state);
  TRY(operator_drain(input, sort_consume, op, error));
  TRY(workers_merge(op, error));
  uint64_t limit = (uint64_t)op->plan->sort.limit; // -1: all
  state->count = state->workers[0].rows.row_count;
  if (state->count > limit) state->count = limit;
  state->emitted = (uint64_t)op->plan->sort.offset;
  return state->emitted < state->count ? sort_order(op, &state->workers[0], error) : STATUS_OK;
}

static void worker_clear(Operator *op, SortWorker *worker) {
  const SortState *state = op->state;
  memory_budget_release(&op->execution->job->memory,
                        (int64_t)(worker->order_capacity * sizeof *worker->order));
  row_store_clear(&worker->rows);
  for (uint32_t c = 0; c < state->stored_count; c++) vector_buffer_clear(&worker->selected[c]);
  expr_set_state_clear(&worker->keys);
  mem_free(worker->selected);
  mem_free(worker->columns);
  mem_free(worker->order);
}

static void sort_close(Operator *op) {
  SortState *state = op->state;
  if (!state) return;
  for (uint32_t w = 0; w < op->inputs[0]->worker_count; w++) worker_clear(op, &state->workers[w]);
  for (uint32_t c = 0; c < state->input_count; c++) vector_buffer_clear(&state->buffers[c]);
  mem_free(state->workers);
  mem_free(state->buffers);
  mem_free(state->out);
  mem_free(state->stored);
  mem_free(state->column_of);
  mem_free(state->sort_keys);
  expr_set_clear(&state->keys);
  mem_free(state);
}

static Status sort_next(Operator *op, uint32_t worker, Batch *out, Error *error) {
  (void)worker, (void)error;
  SortState *state = op->state;
  if (state->emitted >= state->count) return STATUS_OK;
  const SortWorker *all = &state->workers[0];
  uint64_t left = state->count - state->emitted;
  uint32_t count = left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS;
  for (uint32_t c = 0; c < state->input_count; c++)
    if (operator_unread(op, c))
      operator_give_null(op, c, &state->buffers[c], &state->out[c]);
    else
      row_store_gather_column(&all->rows, state->column_of[c], all->order + state->emitted, count,
                              &state->buffers[c], &state->out[c]);
  state->emitted += count;
  *out = (Batch){.row_count = count, .column_count = state->input_count, .columns = state->out};
  return STATUS_OK;
}

const OperatorClass operator_sort = {sort_open, sort_next, sort_close};
