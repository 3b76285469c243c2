// Hash join of any kind: the right input is kept and indexed by its keys, the left one streams.
//
//   right rows ─► RowStore; equal keys form a chain:  heads[group] ─► next[row] ─► ...
//   left batch ─► groups ─► pairs (left row, right row), VECTOR_ROWS at a time ─► residual ─► out
//
// After a left batch's pairs come its rows without a partner (left, full, anti) or with one (semi);
// after all batches the right rows without one (right, full). A mark join gives its left batches
// whole, with who found a partner; a single join fails where a left row finds a second one. N:1
// joins on declared keys never come here: the planner makes links of them.
#include "group_table.h"
#include "kernel.h"
#include "row_store.h"

#define NO_ROW UINT64_MAX

typedef struct JoinState {
  RowStore right;
  ExprSet left_keys, right_keys;
  ExprSetState left_states, right_states;
  KeyColumn *key_columns;
  int64_t **words;
  GroupTable groups;
  uint64_t *heads, *next; // chains of right rows
  uint64_t heads_capacity, next_capacity;
  int64_t charged; // of heads, next and right_matched
  uint64_t *right_matched;
  ExprProgram *residual_program;
  ExprState *residual;
  // The left batch under way
  Batch left;
  bool have_left, drained;
  uint32_t left_row;
  uint64_t cursor[VECTOR_ROWS]; // next right row of each left row
  uint8_t left_matched[VECTOR_ROWS + 8];
  uint64_t right_row; // unmatched right rows: next to look at
  VectorBuffer *pair_buffers, *out_buffers;
  Vector *pairs, *out;
} JoinState;

static uint32_t left_columns(const Operator *op) {
  return op->inputs[0]->plan->column_count;
}

static uint32_t right_columns(const Operator *op) {
  return op->inputs[1]->plan->column_count;
}

// ---------------------------------------------------------------- keys

// Words and NULLs of the keys of a batch; without null_safe, a row with a NULL key matches nothing.
static Status join_encode(Operator *op, ExprSetState *states, const Batch *batch, uint64_t *nulls,
                          Error *error) {
  JoinState *state = op->state;
  memset(nulls, 0, batch->row_count * sizeof *nulls);
  for (uint32_t k = 0; k < op->plan->join.key_count; k++) {
    Vector v;
    TRY(expr_eval(states->states[k], batch, NULL, &v, error));
    key_column_encode(&state->key_columns[k], &v, batch->row_count, state->words[k]);
    if (!v.validity) continue;
    for (uint32_t i = 0; i < batch->row_count; i++)
      nulls[i] |= (uint64_t)!vector_is_valid(&v, i) << k;
  }
  return STATUS_OK;
}

static Status chain_charge(Operator *op, uint64_t words, Error *error) {
  JoinState *state = op->state;
  int64_t bytes = (int64_t)(words * sizeof(uint64_t));
  TRY(memory_budget_charge(&op->execution->job->memory, bytes, error));
  state->charged += bytes;
  return STATUS_OK;
}

static Status chain_reserve(Operator *op, Error *error) {
  JoinState *state = op->state;
  uint64_t groups = state->groups.group_count, rows = state->right.row_count;
  if (groups > state->heads_capacity) {
    uint64_t capacity = groups * 2;
    TRY(chain_charge(op, capacity - state->heads_capacity, error));
    state->heads = mem_realloc(state->heads, capacity * sizeof *state->heads);
    for (uint64_t g = state->heads_capacity; g < capacity; g++) state->heads[g] = NO_ROW;
    state->heads_capacity = capacity;
  }
  if (rows > state->next_capacity) {
    uint64_t capacity = rows * 2;
    TRY(chain_charge(op, capacity - state->next_capacity, error));
    state->next = mem_realloc(state->next, capacity * sizeof *state->next);
    state->next_capacity = capacity;
  }
  return STATUS_OK;
}

static Status build_consume(void *context, uint32_t worker, const Batch *batch, Error *error) {
  (void)worker; // the right side is drained by one worker
  Operator *op = context;
  JoinState *state = op->state;
  uint64_t nulls[VECTOR_ROWS], first = state->right.row_count;
  uint32_t groups[VECTOR_ROWS];
  TRY(row_store_append(&state->right, batch, error));
  if (!op->plan->join.key_count) return STATUS_OK;
  TRY(join_encode(op, &state->right_states, batch, nulls, error));
  TRY(group_table_find(&state->groups, state->words, nulls, batch->row_count, groups, error));
  TRY(chain_reserve(op, error));
  for (uint32_t i = 0; i < batch->row_count; i++) {
    state->next[first + i] = NO_ROW;
    if (nulls[i] && !op->plan->join.null_safe) continue;
    state->next[first + i] = state->heads[groups[i]];
    state->heads[groups[i]] = first + i;
  }
  return STATUS_OK;
}

static Status join_open(Operator *op, Error *error) {
  JoinState *state = op->state = mem_alloc_zero(sizeof *state);
  const Plan *plan = op->plan;
  uint32_t left = left_columns(op), right = right_columns(op), keys = plan->join.key_count;
  MemoryBudget *budget = &op->execution->job->memory;
  state->pair_buffers = mem_alloc_zero((left + right + 1) * sizeof(VectorBuffer));
  state->out_buffers = mem_alloc_zero((left + right + 1) * sizeof(VectorBuffer));
  state->pairs = mem_alloc_zero((left + right + 1) * sizeof(Vector));
  state->out = mem_alloc_zero((left + right + 1) * sizeof(Vector));
  row_store_init(&state->right, op->inputs[1]->columns, right, budget);
  PlanColumn *both = mem_alloc_zero((left + right + 1) * sizeof *both);
  memcpy(both, op->inputs[0]->columns, left * sizeof *both);
  memcpy(both + left, op->inputs[1]->columns, right * sizeof *both);
  uint32_t known = plan->column_count < left + right ? plan->column_count : left + right;
  memcpy(op->columns, both, known * sizeof *both);
  if (plan->join.residual) {
    state->residual_program = expr_program_create(plan->join.residual, both, left + right);
    state->residual = expr_state_create(state->residual_program);
  }
  mem_free(both);
  expr_set_create(&state->left_keys, plan->join.left_keys, keys, op->inputs[0]);
  expr_set_create(&state->right_keys, plan->join.right_keys, keys, op->inputs[1]);
  expr_set_state_create(&state->left_states, &state->left_keys);
  expr_set_state_create(&state->right_states, &state->right_keys);
  state->key_columns = mem_alloc_zero((keys + 1) * sizeof *state->key_columns);
  state->words = mem_alloc_zero((keys + 1) * sizeof *state->words);
  GroupKey unknown[64];
  if (keys > 64) return error_set(error, STATUS_LIMIT, "more than 64 join keys");
  for (uint32_t k = 0; k < keys; k++) {
    // Two sides, two dictionaries: strings are interned.
    key_column_init(&state->key_columns[k], plan->join.left_keys[k]->type, NULL);
    state->words[k] = mem_alloc(VECTOR_ROWS * sizeof(int64_t));
    unknown[k] = (GroupKey){.min = 1, .max = 0};
  }
  TRY(group_table_init(&state->groups, unknown, keys, 0, budget, error));
  uint32_t opened = op->inputs[1]->worker_count; // so many its close must free
  op->inputs[1]->worker_count = 1; // rows keep their order, and interning its one thread
  Status status = operator_drain(op->inputs[1], build_consume, op, error);
  op->inputs[1]->worker_count = opened;
  TRY(status);
  TRY(chain_charge(op, bits_words(state->right.row_count) + 1, error));
  state->right_matched = mem_alloc_zero((bits_words(state->right.row_count) + 1) * 8);
  operator_note_kernel(op, keys ? "hash join" : "nested loop");
  return STATUS_OK;
}

static void join_close(Operator *op) {
  JoinState *state = op->state;
  if (!state) return;
  for (uint32_t c = 0; c < left_columns(op) + right_columns(op); c++) {
    vector_buffer_clear(&state->pair_buffers[c]);
    vector_buffer_clear(&state->out_buffers[c]);
  }
  for (uint32_t k = 0; state->words && k < op->plan->join.key_count; k++) {
    key_column_clear(&state->key_columns[k]);
    mem_free(state->words[k]);
  }
  expr_set_state_clear(&state->left_states);
  expr_set_state_clear(&state->right_states);
  expr_set_clear(&state->left_keys);
  expr_set_clear(&state->right_keys);
  expr_state_destroy(state->residual);
  expr_program_destroy(state->residual_program);
  group_table_clear(&state->groups);
  row_store_clear(&state->right);
  memory_budget_release(&op->execution->job->memory, state->charged);
  mem_free(state->key_columns);
  mem_free(state->words);
  mem_free(state->heads);
  mem_free(state->next);
  mem_free(state->right_matched);
  mem_free(state->pair_buffers);
  mem_free(state->out_buffers);
  mem_free(state->pairs);
  mem_free(state->out);
  mem_free(state);
}

// ---------------------------------------------------------------- pairs

static Status left_pull(Operator *op, Error *error) {
  JoinState *state = op->state;
  uint64_t nulls[VECTOR_ROWS];
  uint32_t groups[VECTOR_ROWS];
  TRY(operator_next(op->inputs[0], 0, &state->left, error));
  uint32_t n = state->left.row_count;
  state->have_left = n > 0;
  state->drained = !n;
  state->left_row = 0;
  memset(state->left_matched, 0, sizeof state->left_matched);
  if (!n) return STATUS_OK;
  if (!op->plan->join.key_count) { // every right row, in order
    for (uint32_t i = 0; i < n; i++) state->cursor[i] = state->right.row_count ? 0 : NO_ROW;
    return STATUS_OK;
  }
  TRY(join_encode(op, &state->left_states, &state->left, nulls, error));
  group_table_probe(&state->groups, state->words, nulls, n, groups);
  for (uint32_t i = 0; i < n; i++) {
    bool none = groups[i] == GROUP_NONE || (nulls[i] && !op->plan->join.null_safe);
    state->cursor[i] = none ? NO_ROW : state->heads[groups[i]];
  }
  return STATUS_OK;
}

static uint64_t chain_next(const Operator *op, const JoinState *state, uint64_t row) {
  if (op->plan->join.key_count) return state->next[row];
  return row + 1 < state->right.row_count ? row + 1 : NO_ROW;
}

// The next pairs of the left batch, at most VECTOR_ROWS.
static uint32_t pairs_take(const Operator *op, JoinState *state, uint16_t *left, uint64_t *right) {
  uint32_t count = 0;
  while (state->left_row < state->left.row_count && count < VECTOR_ROWS) {
    uint64_t *cursor = &state->cursor[state->left_row];
    if (*cursor == NO_ROW) {
      state->left_row++;
      continue;
    }
    left[count] = (uint16_t)state->left_row;
    right[count++] = *cursor;
    *cursor = chain_next(op, state, *cursor);
  }
  return count;
}

// Both sides of pairs side by side; right rows may be ROW_STORE_NULL, left NULL: no left side.
static void pairs_gather(const Operator *op, JoinState *state, const uint16_t *left,
                         const uint64_t *right, uint32_t count) {
  uint32_t lefts = left_columns(op);
  for (uint32_t c = 0; c < lefts; c++) {
    if (left) {
      vector_select(&state->left.columns[c], left, count, &state->pair_buffers[c],
                    &state->pairs[c]);
    } else {
      Value null = {.type = op->inputs[0]->columns[c].type, .is_null = true};
      vector_set_constant(&state->pairs[c], &null, &state->pair_buffers[c]);
      if (op->inputs[0]->columns[c].dictionary) {
        state->pairs[c].physical = PHYSICAL_INT;
        state->pairs[c].dictionary = op->inputs[0]->columns[c].dictionary;
      }
    }
  }
  row_store_gather(&state->right, right, count, state->pair_buffers + lefts, state->pairs + lefts);
}

// Drops the pairs that the residual does not hold for; returns how many are left, in order, and
// notes who found a partner.
static Status pairs_filter(Operator *op, JoinState *state, uint16_t *left, uint64_t *right,
                           uint32_t *count, Error *error) {
  if (state->residual) {
    uint8_t mask[VECTOR_ROWS + 8];
    uint16_t rows[VECTOR_ROWS + 8];
    memset(mask, 1, *count);
    Batch batch = {.row_count = *count,
                   .column_count = left_columns(op) + right_columns(op),
                   .columns = state->pairs};
    TRY(expr_eval_mask(state->residual, &batch, mask, error));
    *count = kernels()->mask_to_rows(mask, *count, rows);
    for (uint32_t i = 0; i < *count; i++) {
      left[i] = left[rows[i]];
      right[i] = right[rows[i]];
    }
    for (uint32_t c = 0; *count && c < batch.column_count; c++) {
      Vector whole = state->pairs[c];
      vector_select(&whole, rows, *count, &state->out_buffers[c], &state->out[c]);
    }
  } else {
    memcpy(state->out, state->pairs, (left_columns(op) + right_columns(op)) * sizeof *state->out);
  }
  for (uint32_t i = 0; i < *count; i++) {
    if (op->plan->join.kind == JOIN_SINGLE && state->left_matched[left[i]])
      return error_set(error, STATUS_INVALID,
                       "more than one row returned by a subquery used as an expression");
    state->left_matched[left[i]] = 1;
    bits_set(state->right_matched, right[i]);
  }
  return STATUS_OK;
}

// The left batch is done: its rows without (or, semi, with) a partner.
static uint32_t left_rest(Operator *op, JoinState *state) {
  JoinKind kind = op->plan->join.kind;
  uint16_t rows[VECTOR_ROWS + 8];
  uint64_t nulls[VECTOR_ROWS];
  state->have_left = false;
  if (kind == JOIN_INNER || kind == JOIN_RIGHT || kind == JOIN_CROSS) return 0;
  uint8_t wanted[VECTOR_ROWS + 8];
  for (uint32_t i = 0; i < state->left.row_count; i++)
    wanted[i] = kind == JOIN_MARK || state->left_matched[i] == (kind == JOIN_SEMI);
  uint32_t count = kernels()->mask_to_rows(wanted, state->left.row_count, rows);
  for (uint32_t i = 0; i < count; i++) nulls[i] = ROW_STORE_NULL;
  if (count) pairs_gather(op, state, rows, nulls, count);
  memcpy(state->out, state->pairs, (left_columns(op) + right_columns(op)) * sizeof *state->out);
  if (kind == JOIN_MARK)
    state->out[left_columns(op) + right_columns(op)] = (Vector){
        .type = TYPE_OF_BOOL, .physical = PHYSICAL_INT, .width = 1, .data = state->left_matched};
  return count;
}

static uint32_t right_rest(Operator *op, JoinState *state) {
  uint64_t rows[VECTOR_ROWS];
  uint32_t count = 0;
  for (; state->right_row < state->right.row_count && count < VECTOR_ROWS; state->right_row++)
    if (!bits_get(state->right_matched, state->right_row)) rows[count++] = state->right_row;
  if (count) pairs_gather(op, state, NULL, rows, count);
  memcpy(state->out, state->pairs, (left_columns(op) + right_columns(op)) * sizeof *state->out);
  return count;
}

static void join_emit(const Operator *op, const JoinState *state, uint32_t count, Batch *out) {
  *out = (Batch){.row_count = count, .column_count = op->plan->column_count, .columns = state->out};
}

static Status join_next(Operator *op, uint32_t worker, Batch *out, Error *error) {
  (void)worker;
  JoinState *state = op->state;
  JoinKind kind = op->plan->join.kind;
  bool emits_pairs = kind != JOIN_SEMI && kind != JOIN_ANTI && kind != JOIN_MARK;
  uint16_t left[VECTOR_ROWS];
  uint64_t right[VECTOR_ROWS];
  for (;;) {
    uint32_t count = 0;
    TRY(job_check(op->execution->job, error)); // a cross join can spin here for long
    if (!state->have_left && !state->drained) TRY(left_pull(op, error));
    if (state->have_left) {
      count = pairs_take(op, state, left, right);
      if (count) {
        pairs_gather(op, state, left, right, count);
        TRY(pairs_filter(op, state, left, right, &count, error));
        if (!emits_pairs) count = 0;
      } else {
        count = left_rest(op, state);
      }
    } else if (kind == JOIN_RIGHT || kind == JOIN_FULL) {
      count = right_rest(op, state);
      if (!count) return STATUS_OK;
    } else {
      return STATUS_OK;
    }
    if (!count) continue;
    join_emit(op, state, count, out);
    return STATUS_OK;
  }
}

const OperatorClass operator_join = {join_open, join_next, join_close};
