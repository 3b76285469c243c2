// Semi- and anti-join whose left input is the smaller: it is kept in a JoinTable, the right input
// streams past it and marks who has a partner.
//
//   right batch ─► first left row of each key ─► pairs with left rows not yet marked ─► residual
//                                                                              ─► marks
//   at the end: left rows with a mark (semi), or without one (anti)
//
// All workers mark in `open`; what is left is put out by all, a chunk of left rows each.
#include "join_probe.h"
#include "kernel.h"
#include <assert.h>
#include <stdatomic.h>

#define STEPS_MAX (1 << 20) // between two looks for cancellation

typedef struct MarkWorker { // one a worker of the right input
  JoinProbe probe;
  ExprState *residual;
  VectorBuffer *buffers; // [left and right columns]
  Vector *pairs;
  uint32_t cursor[VECTOR_ROWS]; // of the next left row of each right row, or JOIN_TABLE_NONE
} MarkWorker;

typedef struct MarkOutput { // one a worker of this operator
  VectorBuffer *buffers;    // [left columns]
  Vector *columns;
} MarkOutput;

typedef struct MarkState {
  JoinTable table;
  JoinSides sides;
  uint64_t *marks; // [table.row_count] bits, set by all workers
  int64_t charged; // of marks
  MarkWorker *workers;
  uint32_t worker_count;
  MarkOutput *outputs;
  uint32_t output_count;
  _Atomic uint64_t chunk; // of VECTOR_ROWS left rows: next to put out
} MarkState;

static uint32_t left_columns(const Operator *op) {
  return op->inputs[0]->plan->column_count;
}

static uint32_t right_columns(const Operator *op) {
  return op->inputs[1]->plan->column_count;
}

// ---------------------------------------------------------------- marking

static bool is_marked(const MarkState *state, uint32_t row) {
  return __atomic_load_n(&state->marks[row / 64], __ATOMIC_RELAXED) >> (row % 64) & 1;
}

static void mark(MarkState *state, uint32_t row) {
  if (!is_marked(state, row))
    __atomic_fetch_or(&state->marks[row / 64], UINT64_C(1) << (row % 64), __ATOMIC_RELAXED);
}

// Without a residual the rows of a key are marked together: the first one's mark tells.
static void mark_chains(MarkState *state, const MarkWorker *worker, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    uint32_t first = worker->cursor[i];
    if (first == JOIN_TABLE_NONE || is_marked(state, join_table_row(&state->table, first)))
      continue;
    // The first row last: who sees its mark may leave the others to this worker.
    for (uint32_t other = join_table_next(&state->table, first); other != JOIN_TABLE_NONE;
         other = join_table_next(&state->table, other))
      mark(state, join_table_row(&state->table, other));
    mark(state, join_table_row(&state->table, first));
  }
}

// The next pairs of a right batch whose left row has no mark yet, at most VECTOR_ROWS, of so many
// steps along chains; *at: where in the batch to go on.
static uint32_t pairs_take(const MarkState *state, MarkWorker *worker, uint32_t right_count,
                           uint32_t *at, uint64_t *left, uint16_t *right) {
  uint32_t count = 0;
  for (uint32_t step = 0; step < STEPS_MAX && *at < right_count && count < VECTOR_ROWS; step++) {
    uint32_t cursor = worker->cursor[*at];
    if (cursor == JOIN_TABLE_NONE) {
      ++*at;
      continue;
    }
    worker->cursor[*at] = join_table_next(&state->table, cursor);
    uint32_t row = join_table_row(&state->table, cursor);
    if (is_marked(state, row)) continue;
    left[count] = row;
    right[count++] = (uint16_t)*at;
  }
  return count;
}

static Status mark_pairs(const Operator *op, MarkWorker *worker, const Batch *right,
                         const uint64_t *left_rows, const uint16_t *right_rows, uint32_t count,
                         Error *error) {
  MarkState *state = op->state;
  uint32_t lefts = left_columns(op), rights = right_columns(op);
  uint8_t mask[VECTOR_ROWS + 8];
  for (uint32_t c = 0; c < lefts + rights; c++)
    if (state->sides.residual_reads[c] && c < lefts)
      row_store_gather_column(&state->table.rows, c, left_rows, count, &worker->buffers[c],
                              &worker->pairs[c]);
    else if (state->sides.residual_reads[c])
      vector_select(&right->columns[c - lefts], right_rows, count, &worker->buffers[c],
                    &worker->pairs[c]);
  Batch batch = {.row_count = count, .column_count = lefts + rights, .columns = worker->pairs};
  memset(mask, 1, count);
  TRY(expr_eval_mask(worker->residual, &batch, mask, error));
  for (uint32_t i = 0; i < count; i++)
    if (mask[i]) mark(state, (uint32_t)left_rows[i]);
  return STATUS_OK;
}

static Status mark_batch(void *context, uint32_t w, const Batch *batch, Error *error) {
  const Operator *op = context;
  MarkState *state = op->state;
  MarkWorker *worker = &state->workers[w];
  uint64_t left[VECTOR_ROWS];
  uint16_t right[VECTOR_ROWS];
  TRY(join_probe_find(&worker->probe, batch, worker->cursor, error));
  if (!worker->residual) {
    mark_chains(state, worker, batch->row_count);
    return STATUS_OK;
  }
  for (uint32_t at = 0; at < batch->row_count;) {
    TRY(job_check(op->execution->job, error)); // a long chain takes many turns
    uint32_t count = pairs_take(state, worker, batch->row_count, &at, left, right);
    if (count) TRY(mark_pairs(op, worker, batch, left, right, count, error));
  }
  return STATUS_OK;
}

// ---------------------------------------------------------------- open, next, close

static Status marks_make(Operator *op, MarkState *state, Error *error) {
  size_t bytes = (bits_words(state->table.row_count) + 1) * sizeof(uint64_t);
  TRY(memory_budget_charge(&op->execution->job->memory, (int64_t)bytes, error));
  state->charged = (int64_t)bytes;
  state->marks = mem_alloc_zero(bytes);
  uint32_t columns = left_columns(op) + right_columns(op) + 1;
  state->worker_count = op->inputs[1]->worker_count;
  state->workers = mem_alloc_zero(state->worker_count * sizeof *state->workers);
  for (uint32_t w = 0; w < state->worker_count; w++) {
    MarkWorker *worker = &state->workers[w];
    join_probe_init(&worker->probe, &state->table, &state->sides.keys[1]);
    if (state->sides.residual) worker->residual = expr_state_create(state->sides.residual);
    worker->buffers = mem_alloc_zero(columns * sizeof *worker->buffers);
    worker->pairs = mem_alloc_zero(columns * sizeof *worker->pairs);
  }
  return STATUS_OK;
}

static void outputs_make(Operator *op, MarkState *state) {
  uint64_t chunks = (state->table.row_count + VECTOR_ROWS - 1) / VECTOR_ROWS;
  uint32_t workers = execution_workers(op->execution), columns = left_columns(op) + 1;
  if (op->ordered || op->alone || !chunks) workers = 1;
  op->worker_count = state->output_count = chunks && chunks < workers ? (uint32_t)chunks : workers;
  state->outputs = mem_alloc_zero(state->output_count * sizeof *state->outputs);
  for (uint32_t w = 0; w < state->output_count; w++) {
    state->outputs[w].buffers = mem_alloc_zero(columns * sizeof(VectorBuffer));
    state->outputs[w].columns = mem_alloc_zero(columns * sizeof(Vector));
  }
}

static Status marked_open(Operator *op, Error *error) {
  MarkState *state = op->state = mem_alloc_zero(sizeof *state);
  const Plan *plan = op->plan;
  uint32_t lefts = left_columns(op), keys = plan->join.key_count;
  assert(plan->join.kind == JOIN_SEMI || plan->join.kind == JOIN_ANTI);
  assert(plan->column_count == lefts);
  memcpy(op->columns, op->inputs[0]->columns, lefts * sizeof *op->columns);
  join_sides_create(&state->sides, op);
  TRY(join_side_build(op, 0, &state->sides, false, true, &state->table, error));
  operator_note_kernel(op, !keys                ? "nested loop, left side kept"
                           : state->table.dense ? "dense join, left side kept"
                                                : "hash join, left side kept");
  TRY(marks_make(op, state, error));
  if (state->table.row_count) TRY(operator_drain(op->inputs[1], mark_batch, op, error));
  outputs_make(op, state);
  return STATUS_OK;
}

static Status marked_next(Operator *op, uint32_t w, Batch *out, Error *error) {
  MarkState *state = op->state;
  MarkOutput *output = &state->outputs[w];
  bool semi = op->plan->join.kind == JOIN_SEMI;
  uint64_t rows[VECTOR_ROWS];
  for (;;) {
    TRY(job_check(op->execution->job, error));
    uint64_t first =
        atomic_fetch_add_explicit(&state->chunk, 1, memory_order_relaxed) * VECTOR_ROWS;
    if (first >= state->table.row_count) return STATUS_OK;
    uint64_t end = first + VECTOR_ROWS;
    if (end > state->table.row_count) end = state->table.row_count;
    uint32_t count = 0;
    for (uint64_t row = first; row < end; row++)
      if (bits_get(state->marks, row) == semi) rows[count++] = row;
    if (!count) continue;
    row_store_gather(&state->table.rows, rows, count, output->buffers, output->columns);
    *out =
        (Batch){.row_count = count, .column_count = left_columns(op), .columns = output->columns};
    return STATUS_OK;
  }
}

static void marked_close(Operator *op) {
  MarkState *state = op->state;
  if (!state) return;
  for (uint32_t w = 0; w < state->worker_count; w++) {
    MarkWorker *worker = &state->workers[w];
    for (uint32_t c = 0; c < left_columns(op) + right_columns(op); c++)
      vector_buffer_clear(&worker->buffers[c]);
    join_probe_clear(&worker->probe);
    expr_state_destroy(worker->residual);
    mem_free(worker->buffers);
    mem_free(worker->pairs);
  }
  for (uint32_t w = 0; w < state->output_count; w++) {
    for (uint32_t c = 0; c < left_columns(op); c++)
      vector_buffer_clear(&state->outputs[w].buffers[c]);
    mem_free(state->outputs[w].buffers);
    mem_free(state->outputs[w].columns);
  }
  join_sides_clear(&state->sides);
  join_table_clear(&state->table);
  memory_budget_release(&op->execution->job->memory, state->charged);
  mem_free(state->workers);
  mem_free(state->outputs);
  mem_free(state->marks);
  mem_free(state);
}

const OperatorClass operator_join_marked = {marked_open, marked_next, marked_close};
