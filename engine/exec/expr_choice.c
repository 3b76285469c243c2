// What chooses among its arguments: NULLIF, GREATEST, LEAST, all of whose arguments are computed,
// and CASE and COALESCE, which do not compute what they do not need.
#include "expr_state.h"
#include "kernel.h"

static Value choose(const FunctionCall *call, uint32_t row) {
  FunctionId function = call->expr->function;
  Value chosen = vector_value(&call->args[0], row);
  if (function == FUNCTION_NULLIF) {
    Value other = vector_value(&call->args[1], row);
    if (!chosen.is_null && !other.is_null && value_compare(&chosen, &other) == 0)
      chosen.is_null = true;
    return chosen;
  }
  for (uint32_t a = 1; a < call->expr->arg_count; a++) {
    Value value = vector_value(&call->args[a], row);
    if (value.is_null) continue;
    if (chosen.is_null)
      chosen = value;
    else if (function == FUNCTION_GREATEST && value_compare(&value, &chosen) > 0)
      chosen = value;
    else if (function == FUNCTION_LEAST && value_compare(&value, &chosen) < 0)
      chosen = value;
  }
  return chosen;
}

// NULL arguments do not make the result NULL: validity is set row by row.
Status function_eval_choice(const FunctionCall *call, Vector *out, Error *error) {
  (void)error;
  call_result(call, out);
  out->validity = NULL;
  for (uint32_t i = 0; i < call->row_count; i++) {
    Value value = choose(call, i);
    call_set_value(call, out, i, &value);
  }
  return STATUS_OK;
}

// ---------------------------------------------------------------- CASE, COALESCE

// A result of which no row is known to be NULL yet.
static void chosen_start(ExprState *state, FunctionCall *call, Vector *out) {
  call_result(call, out);
  out->validity = state->buffer.validity;
  bits_fill(state->buffer.validity, call->row_count);
}

// The NULLs of v are those of the rows whose byte is set.
static void chosen_hide(const FunctionCall *call, const Vector *v, const uint8_t *taken) {
  uint64_t rows[VECTOR_ROWS / 64], *validity = call->buffer->validity;
  if (!v->validity || (v->constant && vector_is_valid(v, 0))) return;
  bits_from_bytes(taken, call->row_count, rows);
  for (size_t w = 0; w < bits_words(call->row_count); w++)
    validity[w] &= ~(rows[w] & ~(v->constant ? 0 : v->validity[w]));
}

// Puts the values of the rows whose byte is set into the result.
static void chosen_take(const FunctionCall *call, Vector *out, const Vector *v,
                        const uint8_t *taken) {
  uint32_t n = call->row_count;
  bool same = out->physical == v->physical && out->physical != PHYSICAL_TEXT;
  if (same && out->physical == PHYSICAL_INT && v->constant) {
    int64_t value = vector_int(v, 0), *data = call->buffer->data;
    for (uint32_t i = 0; i < n; i++) data[i] = taken[i] ? value : data[i];
  } else if (same && out->physical == PHYSICAL_INT) {
    kernels()->blend[kernel_width_index(v->width)](v->data, n, v->base, taken, call->buffer->data);
  } else if (same && out->physical == PHYSICAL_DOUBLE) {
    const double *values = v->data;
    double *data = call->buffer->data;
    for (uint32_t i = 0; i < n; i++)
      if (taken[i]) data[i] = values[v->constant ? 0 : i];
  } else {
    for (uint32_t i = 0; i < n; i++) {
      if (!taken[i]) continue;
      Value value = vector_value(v, i);
      call_set_value(call, out, i, &value);
    }
    return;
  }
  chosen_hide(call, v, taken);
}

// Rows that nothing was taken for, whose byte is set, are NULL. What is known to have none says so:
// those who add it up then ask no bits.
static void chosen_end(const FunctionCall *call, Vector *out, const uint8_t *open) {
  uint64_t rows[VECTOR_ROWS / 64], *validity = call->buffer->validity;
  if (memchr(open, 1, call->row_count)) {
    bits_from_bytes(open, call->row_count, rows);
    for (size_t w = 0; w < bits_words(call->row_count); w++) validity[w] &= ~rows[w];
  }
  if (bits_count(validity, call->row_count) == call->row_count) out->validity = NULL;
}

// The rows that a result is evaluated for; what is there already needs no such list.
static const uint64_t *active_of(ExprState *arg, const uint64_t *active, const uint8_t *keep,
                                 uint32_t count, uint64_t *out) {
  ExprKind kind = arg->program->expr->kind;
  if (kind == EXPR_COLUMN || kind == EXPR_CONSTANT || arg->program->domain) return active;
  return active_narrow(active, keep, count, out);
}

// CASE: each WHEN is evaluated for the rows that no earlier one took, each THEN for its own rows.
Status eval_case(ExprState *state, const Batch *input, const uint64_t *active, Vector *out,
                 Error *error) {
  uint32_t n = input->row_count, args = state->program->arg_count;
  uint8_t open[VECTOR_ROWS], taken[VECTOR_ROWS], valid[VECTOR_ROWS];
  memset(open, 1, n);
  FunctionCall call = {.expr = state->program->expr, .row_count = n, .buffer = &state->buffer};
  chosen_start(state, &call, out);
  for (uint32_t a = 0; a < args; a += 2) {
    Vector v;
    if (a + 1 < args) { // WHEN a THEN a + 1; a lone last one is ELSE
      TRY(expr_eval(state->args[a], input,
                    active_of(state->args[a], active, open, n, state->active), &v, error));
      bool nulls = truth_bytes(&v, n, taken, valid);
      for (uint32_t i = 0; nulls && i < n; i++) taken[i] &= valid[i];
      for (uint32_t i = 0; i < n; i++) taken[i] &= open[i];
      for (uint32_t i = 0; i < n; i++) open[i] ^= taken[i];
    } else {
      memcpy(taken, open, n);
      memset(open, 0, n);
    }
    ExprState *result = state->args[a + 1 < args ? a + 1 : a];
    TRY(expr_eval(result, input, active_of(result, active, taken, n, state->active), &v, error));
    chosen_take(&call, out, &v, taken);
  }
  chosen_end(&call, out, open);
  return STATUS_OK;
}

// COALESCE: each argument is evaluated for the rows in which those before it are NULL.
Status eval_coalesce(ExprState *state, const Batch *input, const uint64_t *active, Vector *out,
                     Error *error) {
  uint32_t n = input->row_count;
  uint8_t open[VECTOR_ROWS], taken[VECTOR_ROWS];
  memset(open, 1, n);
  FunctionCall call = {.expr = state->program->expr, .row_count = n, .buffer = &state->buffer};
  chosen_start(state, &call, out);
  for (uint32_t a = 0; a < state->program->arg_count && memchr(open, 1, n); a++) {
    Vector v;
    TRY(expr_eval(state->args[a], input, active_of(state->args[a], active, open, n, state->active),
                  &v, error));
    memcpy(taken, open, n);
    if (v.validity && v.constant)
      memset(taken, 0, vector_is_valid(&v, 0) ? 0 : n);
    else if (v.validity)
      bits_and_bytes(v.validity, n, taken);
    chosen_take(&call, out, &v, taken);
    for (uint32_t i = 0; i < n; i++) open[i] ^= taken[i];
  }
  chosen_end(&call, out, open);
  return STATUS_OK;
}
