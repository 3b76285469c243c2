// generate_series: each row of the input as often as there are numbers or time stamps from start to
// stop by step, made as they are asked for.
#include "date.h"
#include "kernel.h"
#include "operator.h"

typedef struct SeriesWorker {
  ExprSetState exprs; // start, stop, step
  Vector ends[3];     // of the batch
  Batch in;
  uint32_t row;   // the next one of it
  bool under_way; // the row before it has more values
  int128_t value; // its next one
  int128_t stop;
  Value step;
  bool falls;
  uint16_t rows[VECTOR_ROWS + KERNEL_ROWS_PADDING];
  union { // by the value's type
    int64_t values[VECTOR_ROWS];
    int128_t wide_values[VECTOR_ROWS];
  };
  bool wide;
  VectorBuffer *buffers; // [input columns]
  Vector *columns;       // [column_count]
} SeriesWorker;

typedef struct SeriesState {
  ExprSet exprs;
  SeriesWorker *workers;
} SeriesState;

static Status series_open(Operator *op, Error *error) {
  (void)error;
  SeriesState *state = op->state = mem_alloc_zero(sizeof *state);
  const Plan *plan = op->plan;
  uint32_t inputs = plan->column_count - 1;
  memcpy(op->columns, op->inputs[0]->columns, inputs * sizeof *op->columns);
  expr_set_create(&state->exprs,
                  (Expr *[]){plan->series.start, plan->series.stop, plan->series.step}, 3,
                  op->inputs[0]);
  state->workers = mem_alloc_zero(op->worker_count * sizeof *state->workers);
  for (uint32_t w = 0; w < op->worker_count; w++) {
    SeriesWorker *worker = &state->workers[w];
    expr_set_state_create(&worker->exprs, &state->exprs);
    worker->wide = type_physical(plan->series.start->type) == PHYSICAL_WIDE;
    worker->buffers = mem_alloc_zero(plan->column_count * sizeof *worker->buffers);
    worker->columns = mem_alloc_zero(plan->column_count * sizeof *worker->columns);
  }
  return STATUS_OK;
}

static void series_close(Operator *op) {
  SeriesState *state = op->state;
  if (!state) return;
  for (uint32_t w = 0; w < op->worker_count; w++) {
    SeriesWorker *worker = &state->workers[w];
    expr_set_state_clear(&worker->exprs);
    for (uint32_t c = 0; c + 1 < op->plan->column_count; c++)
      vector_buffer_clear(&worker->buffers[c]);
    mem_free(worker->buffers);
    mem_free(worker->columns);
  }
  mem_free(state->workers);
  expr_set_clear(&state->exprs);
  mem_free(state);
}

static int128_t number_of(const Value *value) {
  return type_physical(value->type) == PHYSICAL_WIDE ? value->wide : value->i;
}

// Starts the values of a row; a NULL makes none.
static Status series_start(const Plan *plan, SeriesWorker *worker, uint32_t row, Error *error) {
  Value ends[3];
  worker->under_way = true;
  for (int i = 0; i < 3; i++) {
    ends[i] = vector_value(&worker->ends[i], row);
    worker->under_way &= !ends[i].is_null;
  }
  if (!worker->under_way) return STATUS_OK;
  worker->step = ends[2];
  const IntervalValue *by = &ends[2].interval;
  bool moments = ends[2].type.kind == TYPE_INTERVAL;
  bool zero = moments ? !by->months && !by->days && !by->usec : number_of(&ends[2]) == 0;
  if (zero)
    return error_set_at(error, STATUS_INVALID, plan->series.step->position,
                        "step size cannot equal zero");
  worker->falls = moments ? interval_length(*by) < 0 : number_of(&ends[2]) < 0;
  worker->value = number_of(&ends[0]);
  worker->stop = number_of(&ends[1]);
  return STATUS_OK;
}

// The value after `from`, as PostgreSQL makes it: a month after 28 February, which came after 31
// January, is 28 March. False: beyond what there is.
static bool series_step(const Value *by, int128_t from, int128_t *next) {
  if (by->type.kind != TYPE_INTERVAL) {
    *next = from + number_of(by);
    return true;
  }
  IntervalValue step = by->interval;
  if (step.months > 120000 || step.months < -120000) return false;
  int32_t day = date_add_months(timestamp_date((int64_t)from), step.months);
  *next = (int128_t)day * USEC_PER_DAY + timestamp_time_of_day((int64_t)from) +
          (int128_t)step.days * USEC_PER_DAY + step.usec;
  return *next >= (int128_t)DATE_MIN * USEC_PER_DAY &&
         *next < ((int128_t)DATE_MAX + 1) * USEC_PER_DAY;
}

// Values of the row under way, as far as there is room; returns how many there are now.
static uint32_t series_fill(SeriesWorker *worker, uint32_t count) {
  while (worker->under_way && count < VECTOR_ROWS) {
    worker->under_way =
        worker->falls ? worker->value >= worker->stop : worker->value <= worker->stop;
    if (!worker->under_way) break;
    worker->rows[count] = (uint16_t)(worker->row - 1);
    if (worker->wide)
      worker->wide_values[count++] = worker->value;
    else
      worker->values[count++] = (int64_t)worker->value;
    worker->under_way = series_step(&worker->step, worker->value, &worker->value);
  }
  return count;
}

// The next batch of the input; *none: there is no more.
static Status series_read(Operator *op, uint32_t w, bool *none, Error *error) {
  SeriesWorker *worker = &((SeriesState *)op->state)->workers[w];
  worker->row = 0;
  TRY(operator_next(op->inputs[0], w, &worker->in, error));
  *none = worker->in.row_count == 0;
  for (int i = 0; i < 3 && !*none; i++)
    TRY(expr_eval(worker->exprs.states[i], &worker->in, NULL, &worker->ends[i], error));
  return STATUS_OK;
}

static void series_put(const Plan *plan, SeriesWorker *worker, uint32_t count, Batch *out) {
  uint32_t inputs = plan->column_count - 1;
  for (uint32_t c = 0; c < inputs; c++)
    vector_select(&worker->in.columns[c], worker->rows, count, &worker->buffers[c],
                  &worker->columns[c]);
  Type type = plan->columns[inputs].type;
  Physical physical = type_physical(type);
  worker->columns[inputs] =
      (Vector){.type = type, .physical = (uint8_t)physical, .width = 8, .data = worker->values};
  *out =
      (Batch){.row_count = count, .column_count = plan->column_count, .columns = worker->columns};
}

static Status series_next(Operator *op, uint32_t w, Batch *out, Error *error) {
  SeriesWorker *worker = &((SeriesState *)op->state)->workers[w];
  uint32_t count = series_fill(worker, 0);
  while (count < VECTOR_ROWS) { // rows of one batch of the input
    if (worker->row == worker->in.row_count) {
      bool none;
      if (count) break;
      TRY(series_read(op, w, &none, error));
      if (none) return STATUS_OK;
    }
    TRY(series_start(op->plan, worker, worker->row++, error));
    count = series_fill(worker, count);
  }
  series_put(op->plan, worker, count, out);
  return STATUS_OK;
}

const OperatorClass operator_series = {series_open, series_next, series_close};
