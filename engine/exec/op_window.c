// Window functions: all rows are kept with the values of keys and arguments, sorted by partition
// and order, and each function is computed partition by partition.
//
//   input rows ─► RowStore: input | partition keys | order keys | arguments
//            ─► order of positions ─► groups of peers ─► results by position ─► out
//
// Rows equal in partition and order stand by their other columns, so that row_number and the like
// do not depend on which thread brought a row first.
#include "row_sort.h"
#include "window_function.h"
#include <pthread.h>

typedef struct WindowState {
  PlanColumn *stored;
  uint32_t input_count, partition_column, order_column, args_column, total;
  ExprSet exprs;
  ExprSetState *states; // a worker of the input
  Vector **columns;
  RowStore store;
  pthread_mutex_t lock;
  WindowRows rows;
  int64_t charged;
  WindowEval *evals;
  uint64_t emitted;
  VectorBuffer *buffers;
  Vector *out;
} WindowState;

static Status window_consume(void *context, uint32_t worker, const Batch *batch, Error *error) {
  Operator *op = context;
  WindowState *state = op->state;
  Vector *columns = state->columns[worker];
  memcpy(columns, batch->columns, state->input_count * sizeof *columns);
  for (uint32_t k = 0; k < state->exprs.count; k++)
    TRY(expr_eval(state->states[worker].states[k], batch, NULL, &columns[state->input_count + k],
                  error));
  Batch whole = {.row_count = batch->row_count, .column_count = state->total, .columns = columns};
  pthread_mutex_lock(&state->lock);
  Status status = row_store_append(&state->store, &whole, error);
  pthread_mutex_unlock(&state->lock);
  return status;
}

// ---------------------------------------------------------------- order

static int compare_partition(const WindowState *state, const Plan *plan, uint64_t a, uint64_t b) {
  for (uint32_t k = 0; k < plan->window.partition_count; k++) {
    int order = row_store_compare(&state->store, state->partition_column + k, a, b, false, false);
    if (order) return order;
  }
  return 0;
}

static int compare_peers(const WindowState *state, const Plan *plan, uint64_t a, uint64_t b) {
  for (uint32_t k = 0; k < plan->window.order_count; k++) {
    const SortKey *key = &plan->window.order[k];
    int order = row_store_compare(&state->store, state->order_column + k, a, b, key->descending,
                                  key->nulls_first);
    if (order) return order;
  }
  return 0;
}

// By partition, by order, then by the other columns.
static Status window_order(Operator *op, Error *error) {
  WindowState *state = op->state;
  const Plan *plan = op->plan;
  uint32_t partitions = plan->window.partition_count, orders = plan->window.order_count, count = 0;
  RowSortKey *keys = mem_alloc((partitions + orders + state->input_count + 1) * sizeof *keys);
  for (uint32_t k = 0; k < partitions; k++)
    keys[count++] = (RowSortKey){.column = state->partition_column + k};
  for (uint32_t k = 0; k < orders; k++)
    keys[count++] = (RowSortKey){state->order_column + k, plan->window.order[k].descending,
                                 plan->window.order[k].nulls_first};
  for (uint32_t c = 0; c < state->input_count; c++) keys[count++] = (RowSortKey){.column = c};
  Status status = row_store_sort(&state->store, keys, count, state->rows.order, state->rows.count,
                                 op->execution, error);
  mem_free(keys);
  return status;
}

static Status window_sort(Operator *op, Error *error) {
  WindowState *state = op->state;
  WindowRows *rows = &state->rows;
  uint64_t count = state->store.row_count;
  int64_t bytes = (int64_t)((3 * count + 2) * sizeof(uint64_t));
  TRY(memory_budget_charge(&op->execution->job->memory, bytes, error));
  state->charged = bytes;
  rows->store = &state->store;
  rows->count = count;
  rows->order = mem_alloc((count + 1) * sizeof *rows->order);
  rows->group_of = mem_alloc((count + 1) * sizeof *rows->group_of);
  rows->group_start = mem_alloc((count + 2) * sizeof *rows->group_start);
  rows->key_column = state->order_column;
  rows->key_descending = op->plan->window.order_count && op->plan->window.order[0].descending;
  for (uint64_t i = 0; i < count; i++) rows->order[i] = i;
  return window_order(op, error);
}

// ---------------------------------------------------------------- partitions

static void find_known(const WindowState *state, const Plan *plan, WindowPartition *partition) {
  const WindowRows *rows = &state->rows;
  partition->known_start = partition->start;
  partition->known_end = partition->end;
  if (!plan->window.order_count) return;
  const uint64_t *validity = state->store.validity[state->order_column];
  while (partition->known_start < partition->end &&
         !bits_get(validity, rows->order[partition->known_start]))
    partition->known_start++;
  while (partition->known_end > partition->known_start &&
         !bits_get(validity, rows->order[partition->known_end - 1]))
    partition->known_end--;
}

static Status window_compute(Operator *op, const WindowPartition *partition, Error *error) {
  WindowState *state = op->state;
  for (uint32_t c = 0; c < op->plan->window.call_count; c++)
    TRY(window_eval_partition(&state->evals[c], partition, error));
  return STATUS_OK;
}

// Numbers the groups of peers first (a frame looks at the group after its own), then computes.
static Status window_partitions(Operator *op, Error *error) {
  WindowState *state = op->state;
  WindowRows *rows = &state->rows;
  for (uint64_t i = 0; i < rows->count; i++) {
    bool first = i == 0 || compare_partition(state, op->plan, rows->order[i - 1], rows->order[i]) ||
                 compare_peers(state, op->plan, rows->order[i - 1], rows->order[i]);
    if (first) rows->group_start[rows->group_count++] = i;
    rows->group_of[i] = rows->group_count - 1;
  }
  rows->group_start[rows->group_count] = rows->count;
  for (uint64_t start = 0, end; start < rows->count; start = end) {
    for (end = start + 1; end < rows->count; end++) {
      bool same_group = rows->group_of[end] == rows->group_of[end - 1];
      if (!same_group && compare_partition(state, op->plan, rows->order[start], rows->order[end]))
        break;
    }
    WindowPartition partition = {.start = start, .end = end};
    find_known(state, op->plan, &partition);
    TRY(window_compute(op, &partition, error));
  }
  return STATUS_OK;
}

// ---------------------------------------------------------------- open and close

static void window_exprs(Operator *op, WindowState *state) {
  const Plan *plan = op->plan;
  uint32_t capacity = plan->window.partition_count + plan->window.order_count +
                      AGGREGATE_EXPRS_MAX * plan->window.call_count,
           count = 0;
  Expr **exprs = mem_alloc((capacity + 1) * sizeof *exprs);
  state->partition_column = state->input_count;
  for (uint32_t k = 0; k < plan->window.partition_count; k++)
    exprs[count++] = plan->window.partition[k];
  state->order_column = state->input_count + count;
  for (uint32_t k = 0; k < plan->window.order_count; k++)
    exprs[count++] = plan->window.order[k].expr;
  state->args_column = state->input_count + count;
  for (uint32_t c = 0; c < plan->window.call_count; c++)
    count += window_eval_exprs(&plan->window.calls[c], exprs + count);
  expr_set_create(&state->exprs, exprs, count, op->inputs[0]);
  mem_free(exprs);
  state->total = state->input_count + count;
}

static Status window_evals(Operator *op, Error *error) {
  WindowState *state = op->state;
  uint32_t column = state->args_column;
  for (uint32_t c = 0; c < op->plan->window.call_count; c++) {
    WindowEval *eval = &state->evals[c];
    Expr *exprs[AGGREGATE_EXPRS_MAX];
    TRY(window_eval_init(eval, &op->plan->window.calls[c], &state->rows, column, op->execution->job,
                         error));
    column += window_eval_exprs(&op->plan->window.calls[c], exprs);
    PlanColumn *out = &op->columns[state->input_count + c];
    if (eval->result.rows) out->dictionary = state->stored[eval->result.column].dictionary;
    if (c == 0) operator_note_kernel(op, window_eval_kernel(eval));
  }
  return STATUS_OK;
}

static Status window_open(Operator *op, Error *error) {
  WindowState *state = op->state = mem_alloc_zero(sizeof *state);
  Operator *input = op->inputs[0];
  pthread_mutex_init(&state->lock, NULL);
  state->input_count = input->plan->column_count;
  memcpy(op->columns, input->columns, state->input_count * sizeof *op->columns);
  window_exprs(op, state);
  state->stored = mem_alloc_zero((state->total + 1) * sizeof *state->stored);
  memcpy(state->stored, input->columns, state->input_count * sizeof *state->stored);
  for (uint32_t k = 0; k < state->exprs.count; k++)
    state->stored[state->input_count + k] = expr_program_column(state->exprs.programs[k]);
  row_store_init(&state->store, state->stored, state->total, &op->execution->job->memory);
  state->buffers = mem_alloc_zero((state->total + 1) * sizeof *state->buffers);
  state->out = mem_alloc_zero((op->plan->column_count + 1) * sizeof *state->out);
  state->evals = mem_alloc_zero((op->plan->window.call_count + 1) * sizeof *state->evals);
  state->states = mem_alloc_zero(input->worker_count * sizeof *state->states);
  state->columns = mem_alloc_zero(input->worker_count * sizeof *state->columns);
  for (uint32_t w = 0; w < input->worker_count; w++) {
    expr_set_state_create(&state->states[w], &state->exprs);
    state->columns[w] = mem_alloc_zero((state->total + 1) * sizeof(Vector));
  }
  TRY(operator_drain(input, window_consume, op, error));
  TRY(window_sort(op, error));
  TRY(window_evals(op, error));
  return window_partitions(op, error);
}

static void window_close(Operator *op) {
  WindowState *state = op->state;
  if (!state) return;
  for (uint32_t c = 0; state->evals && c < op->plan->window.call_count; c++)
    window_eval_clear(&state->evals[c]);
  for (uint32_t w = 0; w < op->inputs[0]->worker_count; w++) {
    expr_set_state_clear(&state->states[w]);
    mem_free(state->columns[w]);
  }
  for (uint32_t c = 0; c < state->total; c++) vector_buffer_clear(&state->buffers[c]);
  mem_free(state->rows.order);
  mem_free(state->rows.group_of);
  mem_free(state->rows.group_start);
  memory_budget_release(&op->execution->job->memory, state->charged);
  row_store_clear(&state->store);
  expr_set_clear(&state->exprs);
  pthread_mutex_destroy(&state->lock);
  mem_free(state->evals);
  mem_free(state->states);
  mem_free(state->columns);
  mem_free(state->buffers);
  mem_free(state->out);
  mem_free(state->stored);
  mem_free(state);
}

static Status window_next(Operator *op, uint32_t worker, Batch *out, Error *error) {
  (void)worker, (void)error;
  WindowState *state = op->state;
  uint64_t left = state->rows.count - state->emitted;
  if (!left) return STATUS_OK;
  uint32_t count = left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS;
  const uint64_t *order = state->rows.order + state->emitted;
  for (uint32_t c = 0; c < state->input_count; c++)
    row_store_gather_column(&state->store, c, order, count, &state->buffers[c], &state->out[c]);
  for (uint32_t c = 0; c < op->plan->window.call_count; c++)
    window_result_read(&state->evals[c].result, &state->store, state->emitted, count,
                       &state->out[state->input_count + c]);
  state->emitted += count;
  *out = (Batch){.row_count = count, .column_count = op->plan->column_count, .columns = state->out};
  return STATUS_OK;
}

const OperatorClass operator_window = {window_open, window_next, window_close};
