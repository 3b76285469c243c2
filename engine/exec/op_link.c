// Following a link: row numbers in, columns of the members out, by array look-up.
//
// When opened, each fetched column of the target is laid out flat at the narrowest width that holds
// it (the target is small next to the fact), and a predicate on members becomes a bitmap over its
// rows (the invisible join: Abadi, Madden, Hachem, SIGMOD 2008). Rows then cost one gather a
// column. A member that is not shown (row 0: no key; inferred; deleted) gives NULLs, or drops the
// row in an inner link; with keep_inferred the columns of inferred members are given as they are
// (their key).
#include "kernel.h"
#include "operator.h"

typedef struct LinkedColumn {
  void *values; // flat
  uint8_t physical, width;
  int64_t base;
  uint64_t *validity; // NULL: every member has a value
  bool null_members;  // one beside row 0 has none
} LinkedColumn;

typedef struct LinkWorker {
  VectorBuffer *fetched;  // [fetch_count]
  VectorBuffer *selected; // [input columns]
  Vector *columns;
} LinkWorker;

typedef struct LinkState {
  LinkedColumn *columns;
  uint64_t *pass; // members that keep their row; NULL: all
  bool idle;      // nothing is fetched, nor dropped
  LinkWorker *workers;
  int64_t charged; // of columns
} LinkState;

static uint32_t fetch_count(const Operator *op) {
  return op->plan->link.fetch_count;
}

// The width and base that hold the column's integers.
static void pack_flat(LinkedColumn *linked, const Column *column) {
  uint64_t range = column->min <= column->max ? (uint64_t)column->max - (uint64_t)column->min : 0;
  linked->width = range <= UINT8_MAX ? 1 : range <= UINT16_MAX ? 2 : range <= UINT32_MAX ? 4 : 8;
  linked->base = linked->width == 8 || column->min > column->max ? 0 : column->min;
}

// Writes count integers at `row` of the flat array; values of NULL rows may not fit: cut off.
static void pack_put(LinkedColumn *linked, uint64_t row, const int64_t *values, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    uint64_t offset = (uint64_t)values[i] - (uint64_t)linked->base;
    switch (linked->width) {
    case 1:
      ((uint8_t *)linked->values)[row + i] = (uint8_t)offset;
      break;
    case 2:
      ((uint16_t *)linked->values)[row + i] = (uint16_t)offset;
      break;
    case 4:
      ((uint32_t *)linked->values)[row + i] = (uint32_t)offset;
      break;
    default:
      ((int64_t *)linked->values)[row + i] = values[i];
    }
  }
}

// Text without a dictionary is copied: views into blocks need no copy of the bytes.
static void linked_fill(LinkedColumn *linked, const Column *column, bool is_link) {
  VectorBuffer buffer = {0};
  int64_t ints[VECTOR_ROWS];
  size_t size = physical_bytes((Physical)linked->physical);
  for (uint64_t row = 0; row < column->row_count; row += VECTOR_ROWS) {
    uint64_t left = column->row_count - row;
    uint32_t count = left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS;
    Vector v;
    column_read(column, row, count, &buffer, &v);
    if (is_link) vector_hide_zeros(&v, count, &buffer); // a link of the member's own
    if (linked->physical == PHYSICAL_INT) {
      vector_flatten_int(&v, count, ints);
      pack_put(linked, row, ints, count);
    } else {
      memcpy((char *)linked->values + row * size, v.data, count * size);
    }
    if (!linked->validity) continue;
    if (v.validity)
      memcpy(linked->validity + row / 64, v.validity, bits_words(count) * 8);
    else
      bits_fill(linked->validity + row / 64, count);
  }
  vector_buffer_clear(&buffer);
}

// Members that are not shown have NULLs: hidden ones, but inferred ones where those are kept.
static void linked_hide(LinkedColumn *linked, const Table *table, bool keep_inferred) {
  if (!table->hidden) return;
  size_t words = bits_words(table->row_count);
  if (!linked->validity) {
    linked->validity = mem_alloc(words * sizeof(uint64_t));
    bits_fill(linked->validity, table->row_count);
  }
  for (size_t w = 0; w < words; w++) {
    uint64_t hide = table->hidden[w];
    if (keep_inferred && table->inferred) hide &= ~table->inferred[w];
    linked->validity[w] &= ~hide;
  }
}

static Status linked_create(Operator *op, LinkedColumn *linked, uint32_t fetched, Error *error) {
  const Table *table = op->plan->link.table;
  const Column *column = table->columns[op->plan->link.table_columns[fetched]];
  linked->physical = (uint8_t)column_physical(column);
  size_t size = physical_bytes((Physical)linked->physical);
  linked->width = 8;
  if (linked->physical == PHYSICAL_INT) {
    pack_flat(linked, column);
    size = linked->width;
  }
  int64_t bytes = (int64_t)(column->row_count * size);
  TRY(memory_budget_charge(&op->execution->job->memory, bytes, error));
  ((LinkState *)op->state)->charged += bytes;
  linked->values = mem_alloc((size_t)bytes + 64);
  bool is_link = table->schema->columns[op->plan->link.table_columns[fetched]].link != NULL;
  if (column->null_count || is_link)
    linked->validity = mem_alloc_zero(bits_words(column->row_count) * sizeof(uint64_t));
  linked_fill(linked, column, is_link);
  // Rows of a link with a predicate ask of hidden members too, before they are dropped.
  if (!op->plan->link.shown && (!op->plan->link.inner || op->plan->link.predicate))
    linked_hide(linked, table, op->plan->link.keep_inferred);
  linked->null_members = linked->validity && bits_count(linked->validity, column->row_count) +
                                                     !bits_get(linked->validity, 0) <
                                                 column->row_count;
  return STATUS_OK;
}

static void linked_vector(const Operator *op, const LinkedColumn *linked, uint32_t fetched,
                          Vector *v) {
  const Table *table = op->plan->link.table;
  const Column *column = table->columns[op->plan->link.table_columns[fetched]];
  *v = (Vector){.type = column->type,
                .physical = linked->physical,
                .width = linked->width,
                .base = linked->base,
                .dictionary = column->dictionary};
}

// ---------------------------------------------------------------- members that pass

// Evaluates the predicate over all members; the bitmap's bits of hidden members are clear.
static Status pass_by_predicate(Operator *op, LinkState *state, Error *error) {
  const Table *table = op->plan->link.table;
  uint32_t inputs = op->inputs[0]->plan->column_count, count = fetch_count(op);
  ExprProgram *program = expr_program_create(op->plan->link.predicate, op->columns + inputs, count,
                                             op->execution->job);
  ExprState *eval = expr_state_create(program);
  Vector *columns = mem_alloc_zero((count + 1) * sizeof *columns);
  Status status = STATUS_OK;
  for (uint64_t row = 0; row < table->row_count && status == STATUS_OK; row += VECTOR_ROWS) {
    uint64_t left = table->row_count - row;
    uint32_t rows = left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS;
    uint8_t mask[VECTOR_ROWS + 8];
    for (uint32_t c = 0; c < count; c++) {
      const LinkedColumn *linked = &state->columns[c];
      linked_vector(op, linked, c, &columns[c]);
      size_t width = linked->physical == PHYSICAL_INT ? linked->width
                                                      : physical_bytes((Physical)linked->physical);
      columns[c].data = (const char *)linked->values + row * width;
      columns[c].validity = linked->validity ? linked->validity + row / 64 : NULL;
    }
    for (uint32_t i = 0; i < rows; i++)
      mask[i] = !op->plan->link.inner || !table->hidden || !bits_get(table->hidden, row + i);
    Batch batch = {.row_count = rows, .column_count = count, .columns = columns};
    status = expr_eval_mask(eval, &batch, mask, error);
    for (uint32_t i = 0; i < rows; i++)
      if (mask[i]) bits_set(state->pass, row + i);
  }
  mem_free(columns);
  expr_state_destroy(eval);
  expr_program_destroy(program);
  return status;
}

static Status link_build_pass(Operator *op, LinkState *state, Error *error) {
  const Table *table = op->plan->link.table;
  size_t words = bits_words(table->row_count);
  if (op->plan->link.predicate) {
    state->pass = mem_alloc_zero(words * sizeof *state->pass);
    return pass_by_predicate(op, state, error);
  }
  if (!op->plan->link.inner || op->plan->link.shown || !table->hidden) return STATUS_OK;
  state->pass = mem_alloc(words * sizeof *state->pass);
  for (size_t w = 0; w < words; w++) state->pass[w] = ~table->hidden[w];
  return STATUS_OK;
}

// ---------------------------------------------------------------- operator

static void link_know_columns(Operator *op) {
  uint32_t inputs = op->inputs[0]->plan->column_count;
  memcpy(op->columns, op->inputs[0]->columns, inputs * sizeof *op->columns);
  for (uint32_t c = 0; c < fetch_count(op); c++) {
    const Column *column = op->plan->link.table->columns[op->plan->link.table_columns[c]];
    op->columns[inputs + c].min = column->min;
    op->columns[inputs + c].max = column->max;
    op->columns[inputs + c].dictionary = column->dictionary;
  }
}

static Status link_open(Operator *op, Error *error) {
  LinkState *state = op->state = mem_alloc_zero(sizeof *state);
  uint32_t inputs = op->inputs[0]->plan->column_count, count = fetch_count(op);
  link_know_columns(op);
  state->columns = mem_alloc_zero(count * sizeof *state->columns);
  state->workers = mem_alloc_zero(op->worker_count * sizeof *state->workers);
  for (uint32_t w = 0; w < op->worker_count; w++) {
    LinkWorker *worker = &state->workers[w];
    worker->fetched = mem_alloc_zero(count * sizeof(VectorBuffer));
    worker->selected = mem_alloc_zero(inputs * sizeof(VectorBuffer));
    worker->columns = mem_alloc_zero((inputs + count) * sizeof(Vector));
  }
  bool predicate = op->plan->link.predicate;
  state->idle = true;
  for (uint32_t c = 0; c < count; c++) {
    bool unread = operator_unread(op, inputs + c);
    state->idle &= unread;
    if (!unread || predicate) TRY(linked_create(op, &state->columns[c], c, error));
  }
  operator_note_kernel(op, predicate ? "link, members filtered" : "link");
  TRY(link_build_pass(op, state, error));
  state->idle &= !state->pass;
  return STATUS_OK;
}

static void link_close(Operator *op) {
  LinkState *state = op->state;
  if (!state) return;
  uint32_t inputs = op->inputs[0]->plan->column_count, count = fetch_count(op);
  for (uint32_t w = 0; w < op->worker_count; w++) {
    LinkWorker *worker = &state->workers[w];
    for (uint32_t c = 0; c < count; c++) vector_buffer_clear(&worker->fetched[c]);
    for (uint32_t c = 0; c < inputs; c++) vector_buffer_clear(&worker->selected[c]);
    mem_free(worker->fetched);
    mem_free(worker->selected);
    mem_free(worker->columns);
  }
  for (uint32_t c = 0; c < count; c++) {
    mem_free(state->columns[c].values);
    mem_free(state->columns[c].validity);
  }
  memory_budget_release(&op->execution->job->memory, state->charged);
  mem_free(state->columns);
  mem_free(state->workers);
  mem_free(state->pass);
  mem_free(state);
}

// Row numbers of a link column; a NULL (an outer join's) is row 0. Returns whether one of them is.
static bool link_rows(const Vector *v, uint32_t count, uint32_t *rows) {
  uint32_t least = UINT32_MAX;
  vector_flatten_u32(v, count, rows);
  if (v->validity)
    for (uint32_t i = 0; i < count; i++)
      if (!vector_is_valid(v, i)) rows[i] = 0;
  for (uint32_t i = 0; i < count; i++) least = rows[i] < least ? rows[i] : least;
  return least == 0;
}

// absent: one of the rows is row 0.
static void link_fetch(Operator *op, const LinkedColumn *linked, uint32_t fetched,
                       const uint32_t *rows, uint32_t count, bool absent, VectorBuffer *buffer,
                       Vector *out) {
  linked_vector(op, linked, fetched, out);
  bool narrow = linked->physical == PHYSICAL_INT || linked->physical == PHYSICAL_DOUBLE;
  void *data = vector_buffer_reserve_rows(buffer, count, narrow ? linked->width : sizeof(int128_t));
  out->data = data;
  if (narrow)
    kernels()->gather[kernel_width_index(linked->width)](linked->values, rows, count, data);
  else
    for (uint32_t i = 0; i < count; i++)
      ((int128_t *)data)[i] = ((const int128_t *)linked->values)[rows[i]];
  if (!linked->validity || (!absent && !linked->null_members)) return;
  validity_gather(linked->validity, op->plan->link.table->row_count, rows, count, buffer->validity);
  out->validity = buffer->validity;
}

// Drops the rows whose member does not pass; returns how many are left, their links in `rows`.
static uint32_t link_select(Operator *op, const LinkState *state, LinkWorker *worker,
                            const Batch *in, uint32_t *rows) {
  uint8_t mask[VECTOR_ROWS + 8];
  uint16_t kept[VECTOR_ROWS + KERNEL_ROWS_PADDING];
  memset(mask, 1, in->row_count);
  kernels()->bits_mask[kernel_width_index(sizeof *rows)](rows, in->row_count, 0, state->pass,
                                                         op->plan->link.table->row_count, mask);
  uint32_t count = kernels()->mask_to_rows(mask, in->row_count, kept);
  if (count == in->row_count) return count;
  for (uint32_t i = 0; i < count; i++) rows[i] = rows[kept[i]];
  for (uint32_t c = 0; count && c < op->inputs[0]->plan->column_count; c++)
    vector_select(&in->columns[c], kept, count, &worker->selected[c], &worker->columns[c]);
  return count;
}

static Status link_next(Operator *op, uint32_t w, Batch *out, Error *error) {
  LinkState *state = op->state;
  LinkWorker *worker = &state->workers[w];
  uint32_t inputs = op->inputs[0]->plan->column_count, rows[VECTOR_ROWS];
  for (;;) {
    Batch in;
    TRY(operator_next(op->inputs[0], w, &in, error));
    if (!in.row_count) return STATUS_OK;
    memcpy(worker->columns, in.columns, inputs * sizeof(Vector));
    if (state->idle) {
      for (uint32_t c = inputs; c < op->plan->column_count; c++)
        operator_give_null(op, c, &worker->fetched[c - inputs], &worker->columns[c]);
      *out = (Batch){in.row_count, op->plan->column_count, worker->columns};
      return STATUS_OK;
    }
    bool absent = link_rows(&in.columns[op->plan->link.position], in.row_count, rows);
    uint32_t count = in.row_count;
    if (state->pass) count = link_select(op, state, worker, &in, rows);
    if (!count) continue;
    for (uint32_t c = 0; c < fetch_count(op); c++)
      if (operator_unread(op, inputs + c))
        operator_give_null(op, inputs + c, &worker->fetched[c], &worker->columns[inputs + c]);
      else
        link_fetch(op, &state->columns[c], c, rows, count, absent, &worker->fetched[c],
                   &worker->columns[inputs + c]);
    *out = (Batch){
        .row_count = count, .column_count = inputs + fetch_count(op), .columns = worker->columns};
    return STATUS_OK;
  }
}

const OperatorClass operator_link = {link_open, link_next, link_close};
