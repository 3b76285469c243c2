// Hash join of any kind: the right input is kept in a JoinTable, the left one streams past it.
//
//   left batch ─► first right row of each key ─► pairs (left row, right row), VECTOR_ROWS at a time
//                 ─► residual ─► out
//
// Each worker has left batches of its own. After a left batch's pairs come its rows without a
// partner (left, full, anti) or with one (semi); after all batches the right rows without one
// (right, full: these joins have one worker). A mark join gives its left batches whole, with who
// found a partner; a single join fails where a left row finds a second one. Where it only matters
// whether there is a partner, and a key tells, no pairs are made. N:1 joins on declared keys never
// come here: the planner makes links of them; semi- and anti-joins whose left side is the smaller
// are in op_join_marked.c.
#include "join_probe.h"
#include "kernel.h"

typedef struct JoinWorker {
  JoinProbe probe;
  ExprState *residual;
  // The left batch under way
  Batch left;
  bool have_left, drained;
  uint32_t left_row;
  uint32_t cursor[VECTOR_ROWS]; // of the next right row of each left row, or JOIN_TABLE_NONE
  uint8_t left_matched[VECTOR_ROWS + 8];
  VectorBuffer *pair_buffers, *out_buffers;
  Vector *pairs, *out;
} JoinWorker;

typedef struct JoinState {
  JoinTable table;
  bool presence_only; // semi, anti and mark without a residual
  JoinSides sides;
  JoinWorker *workers;
  uint64_t *right_matched; // right and full joins
  uint64_t right_row;      // unmatched right rows: next to look at
  int64_t charged;         // of right_matched
} JoinState;

static uint32_t left_columns(const Operator *op) {
  return op->inputs[0]->plan->column_count;
}

static uint32_t right_columns(const Operator *op) {
  return op->inputs[1]->plan->column_count;
}

static bool keeps_right(JoinKind kind) {
  return kind == JOIN_RIGHT || kind == JOIN_FULL;
}

static bool emits_pairs(JoinKind kind) {
  return kind != JOIN_SEMI && kind != JOIN_ANTI && kind != JOIN_MARK;
}

// ---------------------------------------------------------------- open and close

static void worker_init(const Operator *op, JoinState *state, JoinWorker *worker) {
  uint32_t columns = left_columns(op) + right_columns(op) + 1;
  join_probe_init(&worker->probe, &state->table, &state->sides.keys[0]);
  if (state->sides.residual) worker->residual = expr_state_create(state->sides.residual);
  worker->pair_buffers = mem_alloc_zero(columns * sizeof(VectorBuffer));
  worker->out_buffers = mem_alloc_zero(columns * sizeof(VectorBuffer));
  worker->pairs = mem_alloc_zero(columns * sizeof(Vector));
  worker->out = mem_alloc_zero(columns * sizeof(Vector));
}

static Status join_open(Operator *op, Error *error) {
  JoinState *state = op->state = mem_alloc_zero(sizeof *state);
  const Plan *plan = op->plan;
  JoinKind kind = plan->join.kind;
  uint32_t keys = plan->join.key_count;
  for (uint32_t c = 0, left = left_columns(op); c < plan->column_count; c++)
    if (c < left)
      op->columns[c] = op->inputs[0]->columns[c];
    else if (c - left < right_columns(op)) // but for a mark
      op->columns[c] = op->inputs[1]->columns[c - left];
  join_sides_create(&state->sides, op);
  state->presence_only = !emits_pairs(kind) && !plan->join.residual && keys > 0;
  TRY(join_side_build(op, 1, &state->sides, state->presence_only, !state->presence_only,
                      &state->table, error));
  if (keeps_right(kind)) {
    size_t words = bits_words(state->table.row_count) + 1;
    TRY(memory_budget_charge(&op->execution->job->memory, (int64_t)(words * 8), error));
    state->charged = (int64_t)(words * 8);
    state->right_matched = mem_alloc_zero(words * 8);
  }
  state->workers = mem_alloc_zero(op->worker_count * sizeof *state->workers);
  for (uint32_t w = 0; w < op->worker_count; w++) worker_init(op, state, &state->workers[w]);
  operator_note_kernel(op, !keys ? "nested loop" : state->table.dense ? "dense join" : "hash join");
  return STATUS_OK;
}

static void worker_clear(const Operator *op, JoinWorker *worker) {
  for (uint32_t c = 0; c < left_columns(op) + right_columns(op); c++) {
    vector_buffer_clear(&worker->pair_buffers[c]);
    vector_buffer_clear(&worker->out_buffers[c]);
  }
  join_probe_clear(&worker->probe);
  expr_state_destroy(worker->residual);
  mem_free(worker->pair_buffers);
  mem_free(worker->out_buffers);
  mem_free(worker->pairs);
  mem_free(worker->out);
}

static void join_close(Operator *op) {
  JoinState *state = op->state;
  if (!state) return;
  for (uint32_t w = 0; state->workers && w < op->worker_count; w++)
    worker_clear(op, &state->workers[w]);
  join_sides_clear(&state->sides);
  join_table_clear(&state->table);
  memory_budget_release(&op->execution->job->memory, state->charged);
  mem_free(state->workers);
  mem_free(state->right_matched);
  mem_free(state);
}

// ---------------------------------------------------------------- pairs

static Status left_pull(Operator *op, uint32_t w, Error *error) {
  JoinState *state = op->state;
  JoinWorker *worker = &state->workers[w];
  TRY(operator_next(op->inputs[0], w, &worker->left, error));
  uint32_t n = worker->left.row_count;
  worker->have_left = n > 0;
  worker->drained = !n;
  worker->left_row = 0;
  memset(worker->left_matched, 0, sizeof worker->left_matched);
  if (!n) return STATUS_OK;
  TRY(join_probe_find(&worker->probe, &worker->left, worker->cursor, error));
  if (!state->presence_only) return STATUS_OK;
  for (uint32_t i = 0; i < n; i++) worker->left_matched[i] = worker->cursor[i] != JOIN_TABLE_NONE;
  worker->left_row = n; // no pairs
  return STATUS_OK;
}

// The next pairs of the left batch, at most VECTOR_ROWS.
static uint32_t pairs_take(const JoinState *state, JoinWorker *worker, uint16_t *left,
                           uint64_t *right) {
  uint32_t count = 0;
  while (worker->left_row < worker->left.row_count && count < VECTOR_ROWS) {
    uint32_t *cursor = &worker->cursor[worker->left_row];
    if (*cursor == JOIN_TABLE_NONE) {
      worker->left_row++;
      continue;
    }
    left[count] = (uint16_t)worker->left_row;
    right[count++] = join_table_row(&state->table, *cursor);
    *cursor = join_table_next(&state->table, *cursor);
  }
  return count;
}

// Which rows of the left batch and of the table stand side by side. left NULL, right NULL: NULLs on
// that side. `left` ascends.
typedef struct Pairs {
  uint16_t *left;
  uint64_t *right;
  uint32_t count;
} Pairs;

static bool is_whole_batch(const JoinWorker *worker, const Pairs *pairs) {
  bool whole = pairs->left && pairs->count == worker->left.row_count;
  for (uint32_t i = 0; whole && i < pairs->count; i++) whole = pairs->left[i] == i;
  return whole;
}

static void column_gather(const Operator *op, const JoinWorker *worker, uint32_t c,
                          const Pairs *pairs, bool whole, VectorBuffer *buffer, Vector *out) {
  const JoinState *state = op->state;
  uint32_t lefts = left_columns(op);
  bool present = c < lefts ? pairs->left != NULL : pairs->right != NULL;
  if (!present)
    operator_give_null(op->inputs[c >= lefts], c < lefts ? c : c - lefts, buffer, out);
  else if (c >= lefts)
    row_store_gather_column(&state->table.rows, c - lefts, pairs->right, pairs->count, buffer, out);
  else if (whole)
    *out = worker->left.columns[c];
  else
    vector_select(&worker->left.columns[c], pairs->left, pairs->count, buffer, out);
}

// The pairs as rows in worker->out; kept: where they stand in worker->pairs, which has the columns
// that the residual reads (NULL: it has none).
static void pairs_give(const Operator *op, JoinWorker *worker, const Pairs *pairs,
                       const uint16_t *kept) {
  const JoinState *state = op->state;
  bool whole = is_whole_batch(worker, pairs);
  for (uint32_t c = 0; c < left_columns(op) + right_columns(op); c++) {
    VectorBuffer *buffer = &worker->out_buffers[c];
    if (operator_unread(op, c))
      operator_give_null(op, c, buffer, &worker->out[c]);
    else if (kept && state->sides.residual_reads[c])
      vector_select(&worker->pairs[c], kept, pairs->count, buffer, &worker->out[c]);
    else
      column_gather(op, worker, c, pairs, whole, buffer, &worker->out[c]);
  }
}

// Drops the pairs that the residual does not hold for; kept[i]: where the i-th of those left was.
static Status residual_filter(const Operator *op, JoinWorker *worker, Pairs *pairs, uint16_t *kept,
                              Error *error) {
  const JoinState *state = op->state;
  uint8_t mask[VECTOR_ROWS + 8];
  bool whole = is_whole_batch(worker, pairs);
  uint32_t columns = left_columns(op) + right_columns(op);
  memset(mask, 1, pairs->count);
  for (uint32_t c = 0; c < columns; c++)
    if (state->sides.residual_reads[c])
      column_gather(op, worker, c, pairs, whole, &worker->pair_buffers[c], &worker->pairs[c]);
  Batch batch = {pairs->count, columns, worker->pairs};
  TRY(expr_eval_mask(worker->residual, &batch, mask, error));
  pairs->count = kernels()->mask_to_rows(mask, pairs->count, kept);
  for (uint32_t i = 0; i < pairs->count; i++) {
    pairs->left[i] = pairs->left[kept[i]];
    pairs->right[i] = pairs->right[kept[i]];
  }
  return STATUS_OK;
}

// The pairs that the residual holds for, in worker->out where the join gives pairs; notes who found
// a partner.
static Status pairs_filter(const Operator *op, JoinWorker *worker, Pairs *pairs, Error *error) {
  const JoinState *state = op->state;
  uint16_t kept[VECTOR_ROWS + KERNEL_ROWS_PADDING];
  if (worker->residual) TRY(residual_filter(op, worker, pairs, kept, error));
  for (uint32_t i = 0; i < pairs->count; i++) {
    if (op->plan->join.kind == JOIN_SINGLE && worker->left_matched[pairs->left[i]])
      return error_set(error, STATUS_INVALID,
                       "more than one row returned by a subquery used as an expression");
    worker->left_matched[pairs->left[i]] = 1;
  }
  for (uint32_t i = 0; state->right_matched && i < pairs->count; i++)
    bits_set(state->right_matched, pairs->right[i]);
  if (pairs->count && emits_pairs(op->plan->join.kind))
    pairs_give(op, worker, pairs, worker->residual ? kept : NULL);
  return STATUS_OK;
}

// The left batch is done: its rows without (or, semi, with) a partner.
static uint32_t left_rest(const Operator *op, JoinWorker *worker) {
  JoinKind kind = op->plan->join.kind;
  uint16_t rows[VECTOR_ROWS + KERNEL_ROWS_PADDING];
  worker->have_left = false;
  if (kind == JOIN_INNER || kind == JOIN_RIGHT || kind == JOIN_CROSS) return 0;
  uint8_t wanted[VECTOR_ROWS + 8];
  for (uint32_t i = 0; i < worker->left.row_count; i++)
    wanted[i] = kind == JOIN_MARK || worker->left_matched[i] == (kind == JOIN_SEMI);
  uint32_t count = kernels()->mask_to_rows(wanted, worker->left.row_count, rows);
  if (!count) return 0;
  uint32_t columns = left_columns(op) + right_columns(op);
  pairs_give(op, worker, &(Pairs){rows, NULL, count}, NULL);
  if (kind == JOIN_MARK)
    worker->out[columns] = (Vector){
        .type = TYPE_OF_BOOL, .physical = PHYSICAL_INT, .width = 1, .data = worker->left_matched};
  return count;
}

static uint32_t right_rest(const Operator *op, JoinState *state, JoinWorker *worker) {
  uint64_t rows[VECTOR_ROWS];
  uint32_t count = 0;
  for (; state->right_row < state->table.row_count && count < VECTOR_ROWS; state->right_row++)
    if (!bits_get(state->right_matched, state->right_row)) rows[count++] = state->right_row;
  if (count) pairs_give(op, worker, &(Pairs){NULL, rows, count}, NULL);
  return count;
}

static Status join_next(Operator *op, uint32_t w, Batch *out, Error *error) {
  JoinState *state = op->state;
  JoinWorker *worker = &state->workers[w];
  JoinKind kind = op->plan->join.kind;
  uint16_t left[VECTOR_ROWS];
  uint64_t right[VECTOR_ROWS];
  for (;;) {
    uint32_t count = 0;
    TRY(job_check(op->execution->job, error)); // a cross join can spin here for long
    if (!worker->have_left && !worker->drained) TRY(left_pull(op, w, error));
    if (worker->have_left) {
      Pairs pairs = {left, right, pairs_take(state, worker, left, right)};
      if (pairs.count) {
        TRY(pairs_filter(op, worker, &pairs, error));
        count = emits_pairs(kind) ? pairs.count : 0;
      } else {
        count = left_rest(op, worker);
      }
    } else if (keeps_right(kind)) {
      count = right_rest(op, state, worker);
      if (!count) return STATUS_OK;
    } else {
      worker->drained = false; // of one block: there may be a next one (op_gather)
      return STATUS_OK;
    }
    if (!count) continue;
    *out =
        (Batch){.row_count = count, .column_count = op->plan->column_count, .columns = worker->out};
    return STATUS_OK;
  }
}

const OperatorClass operator_join = {join_open, join_next, join_close};
