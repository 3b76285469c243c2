// The small operators: filter, project, limit, values, union.
#include "kernel.h"
#include "operator.h"
#include <assert.h>

// ---------------------------------------------------------------- filter

typedef struct FilterWorker {
  ExprState *predicate;
  VectorBuffer *buffers;
  Vector *columns;
} FilterWorker;

typedef struct FilterState {
  ExprProgram *predicate;
  FilterWorker *workers;
} FilterState;

static Status filter_open(Operator *op, Error *error) {
  (void)error;
  FilterState *state = op->state = mem_alloc_zero(sizeof *state);
  uint32_t columns = op->plan->column_count;
  memcpy(op->columns, op->inputs[0]->columns, columns * sizeof *op->columns);
  state->predicate =
      expr_program_create(op->plan->filter.predicate, op->columns, columns, op->execution->job);
  state->workers = mem_alloc_zero(op->worker_count * sizeof *state->workers);
  for (uint32_t w = 0; w < op->worker_count; w++) {
    state->workers[w].predicate = expr_state_create(state->predicate);
    state->workers[w].buffers = mem_alloc_zero(columns * sizeof(VectorBuffer));
    state->workers[w].columns = mem_alloc_zero(columns * sizeof(Vector));
  }
  return STATUS_OK;
}

static void filter_close(Operator *op) {
  FilterState *state = op->state;
  if (!state) return;
  for (uint32_t w = 0; w < op->worker_count; w++) {
    FilterWorker *worker = &state->workers[w];
    expr_state_destroy(worker->predicate);
    for (uint32_t c = 0; c < op->plan->column_count; c++) vector_buffer_clear(&worker->buffers[c]);
    mem_free(worker->buffers);
    mem_free(worker->columns);
  }
  mem_free(state->workers);
  expr_program_destroy(state->predicate);
  mem_free(state);
}

static Status filter_next(Operator *op, uint32_t w, Batch *out, Error *error) {
  FilterWorker *worker = &((FilterState *)op->state)->workers[w];
  for (;;) {
    Batch in;
    uint8_t mask[VECTOR_ROWS + 8];
    uint16_t rows[VECTOR_ROWS + KERNEL_ROWS_PADDING];
    TRY(operator_next(op->inputs[0], w, &in, error));
    if (!in.row_count) return STATUS_OK;
    memset(mask, 1, in.row_count);
    TRY(expr_eval_mask(worker->predicate, &in, mask, error));
    uint32_t passed = kernels()->mask_to_rows(mask, in.row_count, rows);
    if (!passed) continue;
    *out = in;
    out->row_count = passed;
    if (passed == in.row_count) return STATUS_OK;
    for (uint32_t c = 0; c < in.column_count; c++)
      vector_select(&in.columns[c], rows, passed, &worker->buffers[c], &worker->columns[c]);
    out->columns = worker->columns;
    return STATUS_OK;
  }
}

const OperatorClass operator_filter = {filter_open, filter_next, filter_close};

// ---------------------------------------------------------------- project

typedef struct ProjectState {
  ExprSet exprs;
  ExprSetState *states; // a worker
  Vector **columns;
} ProjectState;

static Status project_open(Operator *op, Error *error) {
  (void)error;
  ProjectState *state = op->state = mem_alloc_zero(sizeof *state);
  uint32_t count = op->plan->column_count;
  expr_set_create(&state->exprs, op->plan->project.exprs, count, op->inputs[0]);
  for (uint32_t c = 0; c < count; c++) {
    PlanColumn known = expr_program_column(state->exprs.programs[c]);
    op->columns[c].min = known.min;
    op->columns[c].max = known.max;
    op->columns[c].dictionary = known.dictionary;
  }
  state->states = mem_alloc_zero(op->worker_count * sizeof *state->states);
  state->columns = mem_alloc_zero(op->worker_count * sizeof *state->columns);
  for (uint32_t w = 0; w < op->worker_count; w++) {
    expr_set_state_create(&state->states[w], &state->exprs);
    state->columns[w] = mem_alloc_zero(count * sizeof(Vector));
  }
  return STATUS_OK;
}

static void project_close(Operator *op) {
  ProjectState *state = op->state;
  if (!state) return;
  for (uint32_t w = 0; w < op->worker_count; w++) {
    expr_set_state_clear(&state->states[w]);
    mem_free(state->columns[w]);
  }
  mem_free(state->states);
  mem_free(state->columns);
  expr_set_clear(&state->exprs);
  mem_free(state);
}

static Status project_next(Operator *op, uint32_t w, Batch *out, Error *error) {
  ProjectState *state = op->state;
  Batch in;
  TRY(operator_next(op->inputs[0], w, &in, error));
  if (!in.row_count) return STATUS_OK;
  for (uint32_t c = 0; c < state->exprs.count; c++)
    TRY(expr_eval(state->states[w].states[c], &in, NULL, &state->columns[w][c], error));
  *out = (Batch){
      .row_count = in.row_count, .column_count = state->exprs.count, .columns = state->columns[w]};
  return STATUS_OK;
}

const OperatorClass operator_project = {project_open, project_next, project_close};

// ---------------------------------------------------------------- limit

typedef struct LimitState {
  int64_t skip, left;
  VectorBuffer *buffers;
  Vector *columns;
} LimitState;

static Status limit_open(Operator *op, Error *error) {
  (void)error;
  LimitState *state = op->state = mem_alloc_zero(sizeof *state);
  uint32_t columns = op->plan->column_count;
  memcpy(op->columns, op->inputs[0]->columns, columns * sizeof *op->columns);
  state->skip = op->plan->limit.offset;
  state->left = op->plan->limit.limit < 0 ? INT64_MAX : op->plan->limit.limit;
  state->buffers = mem_alloc_zero(columns * sizeof(VectorBuffer));
  state->columns = mem_alloc_zero(columns * sizeof(Vector));
  return STATUS_OK;
}

static void limit_close(Operator *op) {
  LimitState *state = op->state;
  if (!state) return;
  for (uint32_t c = 0; c < op->plan->column_count; c++) vector_buffer_clear(&state->buffers[c]);
  mem_free(state->buffers);
  mem_free(state->columns);
  mem_free(state);
}

static Status limit_next(Operator *op, uint32_t worker, Batch *out, Error *error) {
  LimitState *state = op->state;
  while (state->left) {
    Batch in;
    TRY(operator_next(op->inputs[0], worker, &in, error));
    if (!in.row_count) return STATUS_OK;
    uint32_t from = state->skip < in.row_count ? (uint32_t)state->skip : in.row_count;
    uint32_t count = in.row_count - from;
    if (count > state->left) count = (uint32_t)state->left;
    state->skip -= from;
    state->left -= count;
    if (!count) continue;
    *out = in;
    out->row_count = count;
    if (!from) return STATUS_OK; // a prefix needs no copy
    uint16_t rows[VECTOR_ROWS];
    for (uint32_t i = 0; i < count; i++) rows[i] = (uint16_t)(from + i);
    for (uint32_t c = 0; c < in.column_count; c++)
      vector_select(&in.columns[c], rows, count, &state->buffers[c], &state->columns[c]);
    out->columns = state->columns;
    return STATUS_OK;
  }
  return STATUS_OK;
}

const OperatorClass operator_limit = {limit_open, limit_next, limit_close};

// ---------------------------------------------------------------- values

typedef struct ValuesState {
  uint32_t next_row;
  ExprSet exprs;
  ExprSetState states;
  Vector *columns;
} ValuesState;

static Status values_open(Operator *op, Error *error) {
  (void)error;
  ValuesState *state = op->state = mem_alloc_zero(sizeof *state);
  const Plan *plan = op->plan;
  uint32_t count = plan->values.row_count * plan->column_count;
  state->exprs.count = count;
  state->exprs.programs = mem_alloc(count * sizeof(ExprProgram *));
  for (uint32_t i = 0; i < count; i++)
    state->exprs.programs[i] =
        expr_program_create(plan->values.rows[i], NULL, 0, op->execution->job);
  expr_set_state_create(&state->states, &state->exprs);
  state->columns = mem_alloc_zero(plan->column_count * sizeof(Vector));
  return STATUS_OK;
}

static void values_close(Operator *op) {
  ValuesState *state = op->state;
  if (!state) return;
  expr_set_state_clear(&state->states);
  expr_set_clear(&state->exprs);
  mem_free(state->columns);
  mem_free(state);
}

// One row a batch: VALUES are few.
static Status values_next(Operator *op, uint32_t worker, Batch *out, Error *error) {
  (void)worker;
  ValuesState *state = op->state;
  if (state->next_row == op->plan->values.row_count) return STATUS_OK;
  uint32_t first = state->next_row++ * op->plan->column_count;
  Batch none = {.row_count = 1};
  for (uint32_t c = 0; c < op->plan->column_count; c++)
    TRY(expr_eval(state->states.states[first + c], &none, NULL, &state->columns[c], error));
  *out = (Batch){.row_count = 1, .column_count = op->plan->column_count, .columns = state->columns};
  return STATUS_OK;
}

const OperatorClass operator_values = {values_open, values_next, values_close};

// ---------------------------------------------------------------- union

typedef struct UnionState {
  int *inputs; // [worker_count] the one that each worker is at
} UnionState;

// Where the order shows the rows of the first input come first, and one asks for them.
static Status union_open(Operator *op, Error *error) {
  (void)error;
  UnionState *state = op->state = mem_alloc_zero(sizeof *state);
  uint32_t left = op->inputs[0]->worker_count, right = op->inputs[1]->worker_count;
  if (!op->ordered && !op->alone) op->worker_count = left > right ? left : right;
  state->inputs = mem_alloc_zero(op->worker_count * sizeof *state->inputs);
  for (uint32_t c = 0; c < op->plan->column_count; c++) { // the inputs' codes differ
    op->columns[c].dictionary = NULL;
    op->columns[c].min = 1;
    op->columns[c].max = 0;
  }
  return STATUS_OK;
}

static void union_close(Operator *op) {
  UnionState *state = op->state;
  if (!state) return;
  mem_free(state->inputs);
  mem_free(state);
}

// An input has as many workers as it has; worker 0, who always comes, is one of either's.
static Status union_next(Operator *op, uint32_t worker, Batch *out, Error *error) {
  int *input = &((UnionState *)op->state)->inputs[worker];
  for (; *input < 2; ++*input) {
    if (worker >= op->inputs[*input]->worker_count) continue;
    TRY(operator_next(op->inputs[*input], worker, out, error));
    if (out->row_count) return STATUS_OK;
  }
  return STATUS_OK;
}

const OperatorClass operator_union = {union_open, union_next, union_close};
