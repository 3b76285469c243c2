// generate_series: numbers, dates or time stamps from start to stop by step, made as they are asked
// for.
#include "date.h"
#include "operator.h"

typedef struct SeriesState {
  int128_t value; // the next one
  bool done;
  int64_t values[VECTOR_ROWS];
  Vector column;
} SeriesState;

static Status series_open(Operator *op, Error *error) {
  SeriesState *state = op->state = mem_alloc_zero(sizeof *state);
  const Expr *step = op->plan->series.step;
  const Expr *ends[] = {op->plan->series.start, op->plan->series.stop, step};
  for (int i = 0; i < 3; i++)
    state->done |= ends[i]->value.is_null; // as a function of NULL: no rows
  const IntervalValue *interval = &step->value.interval;
  state->value = ends[0]->value.i;
  bool zero = step->type.kind == TYPE_INTERVAL
                  ? !interval->months && !interval->days && !interval->usec
                  : step->value.i == 0;
  if (zero && !state->done)
    return error_set_at(error, STATUS_INVALID, step->position, "step size cannot equal zero");
  return STATUS_OK;
}

static void series_close(Operator *op) {
  mem_free(op->state);
}

// The value after `from`, as PostgreSQL makes it: a month after 28 February, which came after 31
// January, is 28 March. False: beyond what there is.
static bool series_step(const Plan *plan, int128_t from, int128_t *next) {
  const Value *by = &plan->series.step->value;
  if (plan->series.step->type.kind != TYPE_INTERVAL) {
    *next = from + by->i;
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

static bool series_falls(const Plan *plan) {
  const Value *step = &plan->series.step->value;
  if (plan->series.step->type.kind != TYPE_INTERVAL) return step->i < 0;
  return (int128_t)step->interval.months * 30 * USEC_PER_DAY +
             (int128_t)step->interval.days * USEC_PER_DAY + step->interval.usec <
         0;
}

static Status series_next(Operator *op, uint32_t worker, Batch *out, Error *error) {
  (void)worker, (void)error;
  SeriesState *state = op->state;
  const Plan *plan = op->plan;
  int64_t stop = plan->series.stop->value.i;
  bool falls = series_falls(plan);
  uint32_t count = 0;
  while (!state->done && count < VECTOR_ROWS) {
    state->done = falls ? state->value < stop : state->value > stop;
    if (state->done) break;
    state->values[count++] = (int64_t)state->value;
    state->done = !series_step(plan, state->value, &state->value);
  }
  state->column = (Vector){
      .type = plan->columns[0].type, .physical = PHYSICAL_INT, .width = 8, .data = state->values};
  *out = (Batch){.row_count = count, .column_count = 1, .columns = &state->column};
  return STATUS_OK;
}

const OperatorClass operator_series = {series_open, series_next, series_close};
