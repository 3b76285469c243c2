// Window functions: all rows are kept with the values of keys and arguments, sorted by partition
// and order, and each function is computed partition by partition.
//
//   input rows ─► RowStore: input columns that are read | keys and arguments that are none of them
//            ─► order of positions ─► where partitions and groups of peers begin
//            ─► results by position ─► out
//
// Rows equal in partition and order stand by their other columns, so that row_number and the like
// do not depend on which thread brought a row first.
#include "row_sort.h"
#include "window_function.h"
#include <stdatomic.h>

#define BOUNDARY_ROWS WINDOW_CHUNK_ROWS // positions of a step
#define LARGE_ROWS (8 * BOUNDARY_ROWS)  // of a partition that several threads compute together
enum { NEW_PARTITION = 1, NEW_GROUP = 2 };

typedef struct WindowWorker { // of the input
  ExprSetState exprs;
  Vector *columns; // [stored_count]
  RowStore store;
} WindowWorker;

typedef struct WindowOutput { // of one who puts rows out
  VectorBuffer *buffers;
  Vector *columns;
} WindowOutput;

typedef struct WindowState {
  uint32_t input_count;
  ExprSet exprs;       // partition keys, order keys, the calls' expressions
  uint32_t *column_of; // [input_count + exprs.count] in the store; WINDOW_NO_COLUMN: not kept
  PlanColumn *stored;  // [stored_count]
  uint32_t stored_count;
  const uint32_t *partition_columns, *order_columns, *arg_columns; // in column_of
  WindowWorker *workers;
  RowStore store;
  WindowRows rows;
  uint8_t *begins; // [rows.count] NEW_PARTITION, NEW_GROUP
  int64_t charged;
  WindowResult *results; // [call_count]
  WindowEval *evals;     // [eval_workers * call_count]
  uint32_t eval_workers;
  WindowPartition *large; // [large_count] partitions of at least LARGE_ROWS
  _Atomic uint64_t large_count;
  _Atomic uint64_t emitted;
  WindowOutput *outputs; // [op->worker_count]
} WindowState;

// ---------------------------------------------------------------- rows

static Status window_consume(void *context, uint32_t w, const Batch *batch, Error *error) {
  Operator *op = context;
  WindowState *state = op->state;
  WindowWorker *worker = &state->workers[w];
  for (uint32_t c = 0; c < state->input_count; c++)
    if (state->column_of[c] != WINDOW_NO_COLUMN)
      worker->columns[state->column_of[c]] = batch->columns[c];
  for (uint32_t k = 0; k < state->exprs.count; k++)
    TRY(expr_eval(worker->exprs.states[k], batch, NULL,
                  &worker->columns[state->column_of[state->input_count + k]], error));
  Batch whole = {batch->row_count, state->stored_count, worker->columns};
  return row_store_append(&worker->store, &whole, error);
}

static Status window_take(Operator *op, Error *error) {
  WindowState *state = op->state;
  TRY(operator_drain(op->inputs[0], window_consume, op, error));
  state->store = state->workers[0].store;
  state->workers[0].store = (RowStore){0};
  for (uint32_t w = 1; w < op->inputs[0]->worker_count; w++)
    if (state->workers[w].store.row_count)
      TRY(row_store_merge(&state->store, &state->workers[w].store, error));
  return STATUS_OK;
}

// ---------------------------------------------------------------- order

// By partition, by order, then by the other columns.
static Status window_order(Operator *op, Error *error) {
  WindowState *state = op->state;
  const Plan *plan = op->plan;
  uint32_t partitions = plan->window.partition_count, orders = plan->window.order_count, count = 0;
  RowSortKey *keys = mem_alloc((partitions + orders + state->input_count + 1) * sizeof *keys);
  for (uint32_t k = 0; k < partitions; k++)
    keys[count++] = (RowSortKey){.column = state->partition_columns[k]};
  for (uint32_t k = 0; k < orders; k++)
    keys[count++] = (RowSortKey){state->order_columns[k], plan->window.order[k].descending,
                                 plan->window.order[k].nulls_first};
  for (uint32_t c = 0; c < state->input_count; c++)
    if (!operator_unread(op, c)) keys[count++] = (RowSortKey){.column = state->column_of[c]};
  Status status =
      row_store_sort(&state->store, keys, count, state->rows.order, op->execution, error);
  mem_free(keys);
  return status;
}

static Status window_sort(Operator *op, Error *error) {
  WindowState *state = op->state;
  WindowRows *rows = &state->rows;
  uint64_t count = state->store.row_count;
  bool peers = false;
  for (uint32_t c = 0; c < op->plan->window.call_count; c++)
    peers |= window_eval_asks_peers(&op->plan->window.calls[c]);
  int64_t bytes = (int64_t)(((peers ? 3 : 1) * count + 2) * sizeof(uint64_t) + count);
  TRY(memory_budget_charge(&op->execution->job->memory, bytes, error));
  state->charged = bytes;
  rows->store = &state->store;
  rows->count = count;
  rows->order = mem_alloc((count + 1) * sizeof *rows->order);
  state->begins = mem_alloc(count + 1);
  if (peers) {
    rows->group_of = mem_alloc((count + 1) * sizeof *rows->group_of);
    rows->group_start = mem_alloc((count + 2) * sizeof *rows->group_start);
  }
  rows->key_column = op->plan->window.order_count ? state->order_columns[0] : WINDOW_NO_COLUMN;
  rows->key_descending = op->plan->window.order_count && op->plan->window.order[0].descending;
  return window_order(op, error);
}

// ---------------------------------------------------------------- partitions

static Status step_begins(void *context, uint32_t worker, uint64_t step, Error *error) {
  (void)worker, (void)error;
  Operator *op = context;
  WindowState *state = op->state;
  const WindowRows *rows = &state->rows;
  uint64_t from = step * BOUNDARY_ROWS, to = from + BOUNDARY_ROWS;
  if (!from) state->begins[from++] = NEW_PARTITION | NEW_GROUP;
  if (to > rows->count) to = rows->count;
  if (from >= to) return STATUS_OK;
  uint8_t *begins = state->begins + from, groups[BOUNDARY_ROWS] = {0};
  memset(begins, 0, to - from);
  for (uint32_t k = 0; k < op->plan->window.partition_count; k++)
    row_store_changes(&state->store, state->partition_columns[k], rows->order, from, to, begins);
  for (uint32_t k = 0; k < op->plan->window.order_count; k++)
    row_store_changes(&state->store, state->order_columns[k], rows->order, from, to, groups);
  for (uint64_t i = 0; i < to - from; i++) begins[i] |= begins[i] || groups[i] ? NEW_GROUP : 0;
  return STATUS_OK;
}

// Numbers the groups of peers.
static void window_groups(WindowState *state) {
  WindowRows *rows = &state->rows;
  for (uint64_t i = 0; i < rows->count; i++) {
    if (state->begins[i] & NEW_GROUP) rows->group_start[rows->group_count++] = i;
    rows->group_of[i] = rows->group_count - 1;
  }
  rows->group_start[rows->group_count] = rows->count;
}

static void find_known(const WindowState *state, WindowPartition *partition) {
  const WindowRows *rows = &state->rows;
  partition->known_start = partition->start;
  partition->known_end = partition->end;
  if (rows->key_column == WINDOW_NO_COLUMN) return;
  while (partition->known_start < partition->end &&
         !row_store_is_valid(&state->store, rows->key_column, rows->order[partition->known_start]))
    partition->known_start++;
  while (
      partition->known_end > partition->known_start &&
      !row_store_is_valid(&state->store, rows->key_column, rows->order[partition->known_end - 1]))
    partition->known_end--;
}

// Computes the partitions that begin at positions from .. to - 1; large ones are noted.
static Status partitions_compute(Operator *op, uint32_t worker, uint64_t from, uint64_t to,
                                 Error *error) {
  WindowState *state = op->state;
  WindowEval *evals = state->evals + (size_t)worker * op->plan->window.call_count;
  uint64_t start = from, end;
  while (start < to && !(state->begins[start] & NEW_PARTITION)) start++;
  for (; start < to; start = end) {
    for (end = start + 1; end < state->rows.count && !(state->begins[end] & NEW_PARTITION);) end++;
    WindowPartition partition = {.start = start, .end = end};
    find_known(state, &partition);
    if (state->eval_workers > 1 && end - start >= LARGE_ROWS) {
      state->large[atomic_fetch_add(&state->large_count, 1)] = partition;
      continue;
    }
    for (uint32_t c = 0; c < op->plan->window.call_count; c++)
      TRY(window_eval_partition(&evals[c], &partition, error));
  }
  return STATUS_OK;
}

static Status step_compute(void *context, uint32_t worker, uint64_t step, Error *error) {
  Operator *op = context;
  uint64_t count = ((WindowState *)op->state)->rows.count, from = step * BOUNDARY_ROWS;
  uint64_t to = count - from < BOUNDARY_ROWS ? count : from + BOUNDARY_ROWS;
  return partitions_compute(op, worker, from, to, error);
}

// ---------------------------------------------------------------- large partitions

typedef struct LargeCall { // one function over one large partition
  Operator *op;
  const WindowPartition *partition;
  uint32_t call;
} LargeCall;

static WindowEval *large_eval(const LargeCall *large, uint32_t worker) {
  const WindowState *state = large->op->state;
  return &state->evals[(size_t)worker * large->op->plan->window.call_count + large->call];
}

static Status step_prepare(void *context, uint32_t worker, uint64_t chunk, Error *error) {
  (void)worker, (void)error;
  const LargeCall *large = context;
  window_eval_prepare(large_eval(large, 0), large->partition, chunk);
  return STATUS_OK;
}

static Status step_range(void *context, uint32_t worker, uint64_t step, Error *error) {
  const LargeCall *large = context;
  uint64_t from = large->partition->start + step * BOUNDARY_ROWS, end = large->partition->end;
  WindowEval *eval = large_eval(large, worker);
  window_eval_share(eval, large_eval(large, 0));
  return window_eval_range(eval, large->partition, from,
                           end - from < BOUNDARY_ROWS ? end : from + BOUNDARY_ROWS, error);
}

static Status large_compute(LargeCall *large, Error *error) {
  const Operator *op = large->op;
  const WindowState *state = op->state;
  WindowEval *eval = large_eval(large, 0);
  uint64_t count = large->partition->end - large->partition->start;
  uint64_t steps = (count + BOUNDARY_ROWS - 1) / BOUNDARY_ROWS;
  uint64_t chunks = window_partition_chunks(large->partition);
  TRY(window_eval_begin(eval, large->partition, error));
  TRY(execution_steps(op->execution, state->eval_workers, chunks, step_prepare, large, error));
  window_eval_finish(eval, large->partition);
  return execution_steps(op->execution, state->eval_workers, steps, step_range, large, error);
}

// A function that goes from row to row, over one large partition: step / call_count.
static Status step_whole(void *context, uint32_t worker, uint64_t step, Error *error) {
  Operator *op = context;
  const WindowState *state = op->state;
  uint32_t calls = op->plan->window.call_count;
  WindowEval *eval = &state->evals[(size_t)worker * calls + step % calls];
  if (window_eval_splits(eval)) return STATUS_OK;
  return window_eval_partition(eval, &state->large[step / calls], error);
}

static Status window_large(Operator *op, Error *error) {
  const WindowState *state = op->state;
  uint32_t calls = op->plan->window.call_count;
  for (uint64_t p = 0; p < state->large_count; p++)
    for (uint32_t c = 0; c < calls; c++)
      if (window_eval_splits(&state->evals[c]))
        TRY(large_compute(&(LargeCall){op, &state->large[p], c}, error));
  return execution_steps(op->execution, state->eval_workers, state->large_count * calls, step_whole,
                         op, error);
}

static Status window_partitions(Operator *op, Error *error) {
  WindowState *state = op->state;
  uint64_t steps = (state->rows.count + BOUNDARY_ROWS - 1) / BOUNDARY_ROWS;
  uint32_t workers = state->eval_workers;
  TRY(execution_steps(op->execution, workers, steps, step_begins, op, error));
  if (state->rows.group_of) window_groups(state);
  state->large = mem_alloc((state->rows.count / LARGE_ROWS + 1) * sizeof *state->large);
  TRY(execution_steps(op->execution, workers, steps, step_compute, op, error));
  return window_large(op, error);
}

// ---------------------------------------------------------------- open and close

// The expressions, and where the store keeps their values: a column of the input stands once.
static void window_exprs(Operator *op, WindowState *state) {
  const Plan *plan = op->plan;
  uint32_t partitions = plan->window.partition_count, orders = plan->window.order_count;
  uint32_t inputs = state->input_count, count = 0;
  uint32_t capacity = partitions + orders + AGGREGATE_EXPRS_MAX * plan->window.call_count;
  Expr **exprs = mem_alloc((capacity + 1) * sizeof *exprs);
  for (uint32_t k = 0; k < partitions; k++) exprs[count++] = plan->window.partition[k];
  for (uint32_t k = 0; k < orders; k++) exprs[count++] = plan->window.order[k].expr;
  for (uint32_t c = 0; c < plan->window.call_count; c++)
    count += window_eval_exprs(&plan->window.calls[c], exprs + count);
  expr_set_create(&state->exprs, exprs, count, op->inputs[0]);
  uint32_t *column_of = mem_alloc((inputs + count + 1) * sizeof *column_of);
  for (uint32_t c = 0; c < inputs; c++)
    column_of[c] = operator_unread(op, c) ? WINDOW_NO_COLUMN : state->stored_count++;
  for (uint32_t k = 0; k < count; k++) {
    uint32_t *input = exprs[k]->kind == EXPR_COLUMN ? &column_of[exprs[k]->column] : NULL;
    if (!input || *input == WINDOW_NO_COLUMN) column_of[inputs + k] = state->stored_count++;
    if (input && *input == WINDOW_NO_COLUMN) *input = column_of[inputs + k];
    if (input) column_of[inputs + k] = *input;
  }
  state->stored = mem_alloc_zero((state->stored_count + 1) * sizeof *state->stored);
  for (uint32_t c = 0; c < inputs; c++)
    if (column_of[c] != WINDOW_NO_COLUMN) state->stored[column_of[c]] = op->inputs[0]->columns[c];
  for (uint32_t k = 0; k < count; k++)
    state->stored[column_of[inputs + k]] = expr_program_column(state->exprs.programs[k]);
  state->column_of = column_of;
  state->partition_columns = column_of + inputs;
  state->order_columns = state->partition_columns + partitions;
  state->arg_columns = state->order_columns + orders;
  mem_free(exprs);
}

static Status window_evals(Operator *op, Error *error) {
  WindowState *state = op->state;
  const uint32_t *columns = state->arg_columns;
  uint32_t calls = op->plan->window.call_count;
  Job *job = op->execution->job;
  state->eval_workers = execution_workers(op->execution);
  state->results = mem_alloc_zero((calls + 1) * sizeof *state->results);
  state->evals = mem_alloc_zero((state->eval_workers * calls + 1) * sizeof *state->evals);
  for (uint32_t c = 0; c < calls; c++) {
    const WindowCall *call = &op->plan->window.calls[c];
    WindowResult *result = &state->results[c];
    Expr *exprs[AGGREGATE_EXPRS_MAX];
    TRY(window_eval_result_init(result, call, columns[0], state->rows.count, job, error));
    for (uint32_t w = 0; w < state->eval_workers; w++)
      TRY(window_eval_init(&state->evals[w * calls + c], call, &state->rows, columns, result, job,
                           error));
    columns += window_eval_exprs(call, exprs);
    if (result->rows)
      op->columns[state->input_count + c].dictionary = state->stored[result->column].dictionary;
  }
  if (calls) operator_note_kernel(op, window_eval_kernel(state->evals));
  return STATUS_OK;
}

// Those who may put out at once: one where order counts.
static void outputs_make(Operator *op) {
  WindowState *state = op->state;
  uint64_t chunks = (state->rows.count + VECTOR_ROWS - 1) / VECTOR_ROWS;
  uint32_t workers = op->ordered || op->alone ? 1 : execution_workers(op->execution);
  op->worker_count = chunks < workers ? (uint32_t)(chunks ? chunks : 1) : workers;
  state->outputs = mem_alloc_zero(op->worker_count * sizeof *state->outputs);
  for (uint32_t w = 0; w < op->worker_count; w++) {
    uint32_t columns = op->plan->column_count + 1;
    state->outputs[w].buffers = mem_alloc_zero(columns * sizeof(VectorBuffer));
    state->outputs[w].columns = mem_alloc_zero(columns * sizeof(Vector));
  }
}

static Status window_open(Operator *op, Error *error) {
  WindowState *state = op->state = mem_alloc_zero(sizeof *state);
  Operator *input = op->inputs[0];
  MemoryBudget *budget = &op->execution->job->memory;
  state->input_count = input->plan->column_count;
  memcpy(op->columns, input->columns, state->input_count * sizeof *op->columns);
  window_exprs(op, state);
  state->workers = mem_alloc_zero(input->worker_count * sizeof *state->workers);
  for (uint32_t w = 0; w < input->worker_count; w++) {
    expr_set_state_create(&state->workers[w].exprs, &state->exprs);
    state->workers[w].columns = mem_alloc_zero((state->stored_count + 1) * sizeof(Vector));
    row_store_init(&state->workers[w].store, state->stored, state->stored_count, budget);
  }
  TRY(window_take(op, error));
  TRY(window_sort(op, error));
  TRY(window_evals(op, error));
  TRY(window_partitions(op, error));
  outputs_make(op);
  return STATUS_OK;
}

static void window_close(Operator *op) {
  WindowState *state = op->state;
  if (!state) return;
  for (uint32_t e = 0; state->evals && e < state->eval_workers * op->plan->window.call_count; e++)
    window_eval_clear(&state->evals[e]);
  for (uint32_t c = 0; state->results && c < op->plan->window.call_count; c++)
    window_result_clear(&state->results[c]);
  for (uint32_t w = 0; w < op->inputs[0]->worker_count; w++) {
    expr_set_state_clear(&state->workers[w].exprs);
    mem_free(state->workers[w].columns);
    if (state->workers[w].store.budget) row_store_clear(&state->workers[w].store);
  }
  for (uint32_t w = 0; state->outputs && w < op->worker_count; w++) {
    for (uint32_t c = 0; c < op->plan->column_count; c++)
      vector_buffer_clear(&state->outputs[w].buffers[c]);
    mem_free(state->outputs[w].buffers);
    mem_free(state->outputs[w].columns);
  }
  mem_free(state->rows.order);
  mem_free(state->rows.group_of);
  mem_free(state->rows.group_start);
  mem_free(state->begins);
  mem_free(state->large);
  memory_budget_release(&op->execution->job->memory, state->charged);
  if (state->store.budget) row_store_clear(&state->store);
  expr_set_clear(&state->exprs);
  mem_free(state->column_of);
  mem_free(state->evals);
  mem_free(state->results);
  mem_free(state->workers);
  mem_free(state->outputs);
  mem_free(state->stored);
  mem_free(state);
}

static Status window_next(Operator *op, uint32_t w, Batch *out, Error *error) {
  (void)error;
  WindowState *state = op->state;
  WindowOutput *output = &state->outputs[w];
  uint64_t from = atomic_fetch_add_explicit(&state->emitted, VECTOR_ROWS, memory_order_relaxed);
  if (from >= state->rows.count) return STATUS_OK;
  uint64_t left = state->rows.count - from;
  uint32_t count = left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS;
  for (uint32_t c = 0; c < op->plan->column_count; c++) {
    VectorBuffer *buffer = &output->buffers[c];
    Vector *column = &output->columns[c];
    if (operator_unread(op, c))
      operator_give_null(op, c, buffer, column);
    else if (c < state->input_count)
      row_store_gather_column(&state->store, state->column_of[c], state->rows.order + from, count,
                              buffer, column);
    else
      window_result_read(&state->results[c - state->input_count], &state->store, from, count,
                         buffer, column);
  }
  *out = (Batch){
      .row_count = count, .column_count = op->plan->column_count, .columns = output->columns};
  return STATUS_OK;
}

const OperatorClass operator_window = {window_open, window_next, window_close};
