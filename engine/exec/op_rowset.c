// The rows of a table that a query names, as one bit a row: a semi-join, or an anti-join, that a
// scan does by itself.
//
//   build side ─► row numbers (or keys, looked up) ─► RowBits ─► the scan skips what is not in it
//
// The whole set is made in `open`, by all workers of the input, and nothing is hashed: a foreign
// key is a row number already. NULL, an absent key and a key that no row has name nothing. A
// negated set is inverted once it is whole, so that a scan knows one kind of test only; row 0,
// where a link without a key leads, then is in it: as NOT IN leaves a NULL to be settled by others
// (docs/decisions/0016).
#include "operator.h"
#include "row_bits.h"

typedef struct RowsetState {
  RowBits bits;
  const KeyIndex *index; // NULL: the input has row numbers
} RowsetState;

// Row numbers of one batch; 0: the value names none.
static void rows_named(const RowsetState *state, const Vector *v, uint32_t count, uint32_t *rows) {
  int64_t values[VECTOR_ROWS];
  bool text = v->type.kind == TYPE_STRING;
  if (!text) vector_flatten_int(v, count, values);
  for (uint32_t i = 0; i < count; i++) {
    if (!vector_is_valid(v, i))
      rows[i] = 0;
    else if (!state->index)
      rows[i] = (uint32_t)values[i];
    else
      rows[i] = text ? key_index_find_text(state->index, vector_text(v, i))
                     : key_index_find_int(state->index, values[i]);
  }
}

static Status rowset_consume(void *context, uint32_t worker, const Batch *batch, Error *error) {
  (void)worker, (void)error;
  Operator *op = context;
  RowsetState *state = op->state;
  const Vector *v = &batch->columns[op->plan->rowset.position];
  uint32_t rows[VECTOR_ROWS], named = 0;
  uint32_t count = v->constant ? 1 : batch->row_count; // one value stands for all
  rows_named(state, v, count, rows);
  for (uint32_t i = 0; i < count; i++) {
    rows[named] = rows[i];
    named += rows[i] != 0;
  }
  row_bits_add(&state->bits, rows, named);
  return STATUS_OK;
}

static Status rowset_open(Operator *op, Error *error) {
  RowsetState *state = op->state = mem_alloc_zero(sizeof *state);
  const Table *table = op->plan->rowset.table;
  TRY(row_bits_init(&state->bits, table->row_count, &op->execution->job->memory, error));
  if (op->plan->rowset.by_key) state->index = table_key_index(table);
  TRY(operator_drain(op->inputs[0], rowset_consume, op, error));
  operator_note_kernel(op, state->index ? "keys to bits" : "row numbers to bits");
  operator_note_rows(op, row_bits_count(&state->bits));
  if (op->plan->rowset.negated) row_bits_invert(&state->bits);
  return STATUS_OK;
}

static Status rowset_next(Operator *op, uint32_t worker, Batch *out, Error *error) {
  (void)op, (void)worker, (void)out, (void)error; // gives no rows
  return STATUS_OK;
}

static void rowset_close(Operator *op) {
  RowsetState *state = op->state;
  if (!state) return;
  row_bits_clear(&state->bits);
  mem_free(state);
}

RowBits *rowset_operator_bits(Operator *op) {
  return &((RowsetState *)op->state)->bits;
}

const OperatorClass operator_rowset = {rowset_open, rowset_next, rowset_close};
