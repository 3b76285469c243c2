// What one thread asks for in the order of a table, made by all: blocks of the scan below are given
// to the workers one by one, and their rows, kept, come out in the order of the blocks.
//
//   scan ─► filter, link, probe, project ─► rows of block 7 | 8 | 9 | 10 ─► root, limit
//
// It serves where few rows are left of many: what is kept is copied, and where most rows are left
// whoever takes them is the slower one. So it begins with one block after the other on the caller's
// thread and takes to rounds of many when it has seen that few rows are left. It is no node of the
// plan: it stands for its input in it.
#include "op_scan.h"
#include "row_store.h"
#include <assert.h>

#define RARE 64         // one row of so many is left: then rounds
#define ROUND_BLOCKS 16 // a worker

typedef struct GatherState {
  Operator *scan; // at the left end of the input
  uint64_t block, block_count;
  bool under_way; // the caller's thread is in a block
  uint64_t blocks_seen, rows_seen;
  RowStore *round; // [round_count] a block
  uint64_t round_count, emitted;
  VectorBuffer *buffers;
  Vector *out;
} GatherState;

static Operator *left_scan(Operator *op) {
  while (op->plan->kind != PLAN_SCAN) op = op->inputs[0];
  return op;
}

static Status gather_open(Operator *op, Error *error) {
  (void)error;
  Operator *input = op->inputs[0];
  GatherState *state = op->state = mem_alloc_zero(sizeof *state);
  uint32_t columns = op->plan->column_count;
  memcpy(op->columns, input->columns, columns * sizeof *op->columns);
  state->scan = left_scan(input);
  state->block_count = scan_assign_blocks(state->scan);
  state->buffers = mem_alloc_zero((columns + 1) * sizeof *state->buffers);
  state->out = mem_alloc_zero((columns + 1) * sizeof *state->out);
  op->worker_count = 1;
  return STATUS_OK;
}

static void round_clear(GatherState *state) {
  for (uint64_t b = 0; b < state->round_count; b++)
    if (state->round[b].budget) row_store_clear(&state->round[b]);
  mem_free(state->round);
  state->round = NULL;
  state->round_count = state->emitted = 0;
}

static void gather_close(Operator *op) {
  GatherState *state = op->state;
  if (!state) return;
  round_clear(state);
  for (uint32_t c = 0; c < op->plan->column_count; c++) vector_buffer_clear(&state->buffers[c]);
  mem_free(state->buffers);
  mem_free(state->out);
  mem_free(state);
}

// All rows of a block, kept.
static Status step_block(void *context, uint32_t worker, uint64_t step, Error *error) {
  Operator *op = context, *input = op->inputs[0];
  GatherState *state = op->state;
  RowStore *rows = &state->round[step];
  row_store_init(rows, op->columns, op->plan->column_count, &op->execution->job->memory);
  scan_assign_block(state->scan, worker, state->block + step);
  for (;;) {
    Batch batch;
    TRY(operator_next(input, worker, &batch, error));
    if (!batch.row_count) return STATUS_OK;
    TRY(row_store_append(rows, &batch, error));
  }
}

static Status round_run(Operator *op, Error *error) {
  GatherState *state = op->state;
  uint32_t workers = op->inputs[0]->worker_count;
  uint64_t left = state->block_count - state->block, count = (uint64_t)workers * ROUND_BLOCKS;
  if (count > left) count = left;
  round_clear(state);
  state->round = mem_alloc_zero(count * sizeof *state->round);
  state->round_count = count;
  TRY(execution_steps(op->execution, workers, count, step_block, op, error));
  state->block += count;
  state->blocks_seen += count;
  for (uint64_t b = 1; b < count; b++)
    TRY(row_store_concat(&state->round[0], &state->round[b], error));
  state->rows_seen += state->round[0].row_count;
  return STATUS_OK;
}

// The next rows of the round; none: it is through.
static bool round_emit(Operator *op, Batch *out) {
  GatherState *state = op->state;
  if (!state->round_count || state->emitted >= state->round[0].row_count) return false;
  uint64_t rows[VECTOR_ROWS], left = state->round[0].row_count - state->emitted;
  uint32_t count = left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS;
  for (uint32_t i = 0; i < count; i++) rows[i] = state->emitted + i;
  row_store_gather(&state->round[0], rows, count, state->buffers, state->out);
  state->emitted += count;
  *out = (Batch){.row_count = count, .column_count = op->plan->column_count, .columns = state->out};
  return true;
}

static bool rows_are_rare(const GatherState *state) {
  return state->blocks_seen && state->rows_seen < state->blocks_seen * (BLOCK_ROWS / RARE);
}

static Status gather_next(Operator *op, uint32_t worker, Batch *out, Error *error) {
  GatherState *state = op->state;
  assert(worker == 0);
  for (;;) {
    if (round_emit(op, out)) return STATUS_OK;
    if (!state->under_way) {
      if (state->block == state->block_count) return STATUS_OK;
      if (rows_are_rare(state)) {
        TRY(round_run(op, error));
        continue;
      }
      scan_assign_block(state->scan, worker, state->block++);
      state->under_way = true;
    }
    TRY(operator_next(op->inputs[0], worker, out, error));
    state->rows_seen += out->row_count;
    if (out->row_count) return STATUS_OK;
    state->under_way = false;
    state->blocks_seen++;
  }
}

const OperatorClass operator_gather = {gather_open, gather_next, gather_close};
