// WITH RECURSIVE: the rows of the seed are the first round; each later one is the term's rows over
// the rows of the round before, until a round has none.
//
//   seed ─► round 0 ─► term ─► round 1 ─► term ─► round 2 ...
//
// Rows are given as they come, so that a LIMIT above ends a recursion that would not end. Only two
// rounds are kept; with UNION also what is needed to know each row that came (its words, see
// key_column.h). The term's operators are made anew for each round, of an execution that knows the
// round's rows.
#include "group_table.h"
#include "row_store.h"

#define ROUNDS_MAX 100000

typedef struct RecursionState {
  Execution execution; // of the rounds
  WorkingRows working;
  Operator *term;   // of the round under way; NULL: the seed
  RowStore rows[2]; // of the round before, and of this one
  uint32_t current; // which is this one's
  uint32_t rounds;
  bool done;
  // UNION
  KeyColumn *keys; // [column_count]
  int64_t **words; // [column_count][VECTOR_ROWS]
  uint64_t *nulls; // [VECTOR_ROWS]
  GroupTable seen;
  int64_t text_charged;
  VectorBuffer *buffers;
  Vector *columns;
} RecursionState;

static Status distinct_open(Operator *op, RecursionState *state, Error *error) {
  const Plan *plan = op->plan;
  GroupKey known[64];
  state->keys = mem_alloc_zero(plan->column_count * sizeof *state->keys);
  state->words = mem_alloc_zero(plan->column_count * sizeof *state->words);
  state->nulls = mem_alloc(VECTOR_ROWS * sizeof *state->nulls);
  state->buffers = mem_alloc_zero(plan->column_count * sizeof *state->buffers);
  state->columns = mem_alloc_zero(plan->column_count * sizeof *state->columns);
  for (uint32_t c = 0; c < plan->column_count; c++) {
    key_column_init(&state->keys[c], plan->columns[c].type, NULL);
    state->words[c] = mem_alloc(VECTOR_ROWS * sizeof **state->words);
    known[c] = (GroupKey){.min = 1, .max = 0};
  }
  return group_table_init(&state->seen, known, plan->column_count, 0, &op->execution->job->memory,
                          error);
}

static Status recursion_open(Operator *op, Error *error) {
  RecursionState *state = op->state = mem_alloc_zero(sizeof *state);
  const Plan *plan = op->plan;
  for (uint32_t c = 0; c < plan->column_count; c++) { // of both inputs, whose codes differ
    op->columns[c].dictionary = NULL;
    op->columns[c].min = 1;
    op->columns[c].max = 0;
  }
  for (int i = 0; i < 2; i++)
    row_store_init(&state->rows[i], op->columns, plan->column_count, &op->execution->job->memory);
  return plan->recursion.all ? STATUS_OK : distinct_open(op, state, error);
}

static void distinct_close(Operator *op, RecursionState *state) {
  group_table_clear(&state->seen);
  for (uint32_t c = 0; c < op->plan->column_count; c++) {
    key_column_clear(&state->keys[c]);
    mem_free(state->words[c]);
    vector_buffer_clear(&state->buffers[c]);
  }
  mem_free(state->keys);
  mem_free(state->words);
  mem_free(state->nulls);
  mem_free(state->buffers);
  mem_free(state->columns);
  memory_budget_release(&op->execution->job->memory, state->text_charged);
}

static void recursion_close(Operator *op) {
  RecursionState *state = op->state;
  if (!state) return;
  operator_destroy(state->term);
  for (int i = 0; i < 2; i++)
    if (state->rows[i].budget) row_store_clear(&state->rows[i]);
  if (state->keys) distinct_close(op, state);
  mem_free(state);
}

// Texts that stay interned as long as the recursion lasts.
static Status charge_texts(Operator *op, const Batch *batch, Error *error) {
  RecursionState *state = op->state;
  int64_t bytes = 0;
  for (uint32_t c = 0; c < batch->column_count; c++) {
    const Vector *v = &batch->columns[c];
    for (uint32_t i = 0; v->type.kind == TYPE_STRING && i < batch->row_count; i++)
      if (vector_is_valid(v, i)) bytes += vector_text(v, i).size;
  }
  TRY(memory_budget_charge(&op->execution->job->memory, bytes, error));
  state->text_charged += bytes;
  return STATUS_OK;
}

// Leaves in the batch the rows that did not come before.
static Status keep_new(Operator *op, Batch *batch, Error *error) {
  RecursionState *state = op->state;
  uint32_t groups[VECTOR_ROWS], kept = 0, known = state->seen.group_count;
  uint16_t rows[VECTOR_ROWS + 32];
  memset(state->nulls, 0, batch->row_count * sizeof *state->nulls);
  for (uint32_t c = 0; c < batch->column_count; c++) {
    const Vector *v = &batch->columns[c];
    key_column_encode(&state->keys[c], v, batch->row_count, state->words[c]);
    for (uint32_t i = 0; v->validity && i < batch->row_count; i++)
      state->nulls[i] |= (uint64_t)!vector_is_valid(v, i) << c;
  }
  TRY(group_table_find(&state->seen, state->words, state->nulls, batch->row_count, groups, error));
  for (uint32_t i = 0; i < batch->row_count; i++)
    if (groups[i] == known + kept) rows[kept++] = (uint16_t)i; // groups are numbered as they come
  for (uint32_t c = 0; c < batch->column_count; c++)
    vector_select(&batch->columns[c], rows, kept, &state->buffers[c], &state->columns[c]);
  batch->row_count = kept;
  batch->columns = state->columns;
  return charge_texts(op, batch, error);
}

// Ends the round under way; the next one is of its rows, if it has any.
static Status round_turn(Operator *op, Error *error) {
  RecursionState *state = op->state;
  operator_destroy(state->term);
  state->term = NULL;
  RowStore *before = &state->rows[state->current];
  state->done = before->row_count == 0;
  if (state->done) return STATUS_OK;
  if (++state->rounds > ROUNDS_MAX)
    return error_set_at(error, STATUS_LIMIT, op->plan->recursion.position,
                        "WITH RECURSIVE has not come to an end after %d rounds: give its recursive "
                        "part a condition that ends it, or UNION in place of UNION ALL",
                        ROUNDS_MAX);
  state->current = 1 - state->current;
  row_store_clear(&state->rows[state->current]);
  row_store_init(&state->rows[state->current], op->columns, op->plan->column_count,
                 &op->execution->job->memory);
  state->working = (WorkingRows){op->plan->recursion.id, before, op->execution->working};
  state->execution = *op->execution;
  state->execution.working = &state->working;
  return operator_tree_open(op->plan->inputs[1], &state->execution, op->ordered, true, &state->term,
                            error);
}

static Status recursion_next(Operator *op, uint32_t worker, Batch *out, Error *error) {
  RecursionState *state = op->state;
  while (!state->done) {
    bool seed = state->rounds == 0;
    TRY(operator_next(seed ? op->inputs[0] : state->term, worker, out, error));
    if (!out->row_count) {
      TRY(round_turn(op, error));
      continue;
    }
    if (!op->plan->recursion.all) TRY(keep_new(op, out, error));
    TRY(row_store_append(&state->rows[state->current], out, error));
    if (out->row_count) return STATUS_OK;
  }
  *out = (Batch){0};
  return STATUS_OK;
}

const OperatorClass operator_recursion = {recursion_open, recursion_next, recursion_close};

// ---------------------------------------------------------------- the rows of the round before

typedef struct WorkingState {
  const RowStore *rows;
  uint64_t next_row;
  VectorBuffer *buffers;
  Vector *columns;
} WorkingState;

static Status working_open(Operator *op, Error *error) {
  (void)error;
  WorkingState *state = op->state = mem_alloc_zero(sizeof *state);
  const WorkingRows *working = op->execution->working;
  while (working->id != op->plan->working.id) working = working->outer;
  state->rows = working->rows;
  state->buffers = mem_alloc_zero(op->plan->column_count * sizeof *state->buffers);
  state->columns = mem_alloc_zero(op->plan->column_count * sizeof *state->columns);
  return STATUS_OK;
}

static void working_close(Operator *op) {
  WorkingState *state = op->state;
  if (!state) return;
  for (uint32_t c = 0; c < op->plan->column_count; c++) vector_buffer_clear(&state->buffers[c]);
  mem_free(state->buffers);
  mem_free(state->columns);
  mem_free(state);
}

static Status working_next(Operator *op, uint32_t worker, Batch *out, Error *error) {
  (void)worker, (void)error;
  WorkingState *state = op->state;
  uint64_t rows[VECTOR_ROWS], left = state->rows->row_count - state->next_row;
  uint32_t count = left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS;
  for (uint32_t i = 0; i < count; i++) rows[i] = state->next_row + i;
  state->next_row += count;
  row_store_gather(state->rows, rows, count, state->buffers, state->columns);
  *out = (Batch){
      .row_count = count, .column_count = op->plan->column_count, .columns = state->columns};
  return STATUS_OK;
}

const OperatorClass operator_working = {working_open, working_next, working_close};
