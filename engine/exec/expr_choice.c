// What chooses among its arguments: NULLIF, GREATEST, LEAST, all of whose arguments are computed,
// and CASE and COALESCE, which do not compute what they do not need.
#include "expr_state.h"

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

// A result of which no row is there yet: all are NULL.
static void chosen_start(ExprState *state, FunctionCall *call, Vector *out) {
  call_result(call, out);
  out->validity = state->buffer.validity;
  memset(state->buffer.validity, 0, sizeof state->buffer.validity);
}

// Puts the values of the rows whose byte is set into the result.
static void chosen_take(const FunctionCall *call, Vector *out, const Vector *v,
                        const uint8_t *taken) {
  uint32_t n = call->row_count;
  uint64_t rows[VECTOR_ROWS / 64], *validity = call->buffer->validity;
  bool same = out->physical == v->physical && out->physical != PHYSICAL_TEXT;
  bits_from_bytes(taken, n, rows);
  if (same && out->physical == PHYSICAL_INT) {
    int64_t values[VECTOR_ROWS], *data = call->buffer->data;
    vector_flatten_int(v, n, values);
    for (uint32_t i = 0; i < n; i++) data[i] = taken[i] ? values[i] : data[i];
  } else if (same && out->physical == PHYSICAL_DOUBLE) {
    const double *values = v->data;
    double *data = call->buffer->data;
    for (uint32_t i = 0; i < n; i++)
      if (taken[i]) data[i] = values[v->constant ? 0 : i];
  } else {
    for (uint32_t i = 0; i < n; i++) {
      if (!taken[i]) continue;
      Value value = vector_value(v, i);
      if (!value.is_null) call_set_value(call, out, i, &value);
    }
    return;
  }
  bool all = !v->validity || (v->constant && vector_is_valid(v, 0));
  for (size_t w = 0; w < bits_words(n); w++)
    validity[w] |= all ? rows[w] : v->constant ? 0 : rows[w] & v->validity[w];
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
      TRY(expr_eval(state->args[a], input, active_narrow(active, open, n, state->active), &v,
                    error));
      bool nulls = truth_bytes(&v, n, taken, valid);
      for (uint32_t i = 0; nulls && i < n; i++) taken[i] &= valid[i];
      for (uint32_t i = 0; i < n; i++) taken[i] &= open[i];
      for (uint32_t i = 0; i < n; i++) open[i] ^= taken[i];
    } else {
      memcpy(taken, open, n);
    }
    ExprState *result = state->args[a + 1 < args ? a + 1 : a];
    TRY(expr_eval(result, input, active_narrow(active, taken, n, state->active), &v, error));
    chosen_take(&call, out, &v, taken);
  }
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
    TRY(expr_eval(state->args[a], input, active_narrow(active, open, n, state->active), &v, error));
    memcpy(taken, open, n);
    if (v.validity && v.constant)
      memset(taken, 0, vector_is_valid(&v, 0) ? 0 : n);
    else if (v.validity)
      bits_and_bytes(v.validity, n, taken);
    chosen_take(&call, out, &v, taken);
    for (uint32_t i = 0; i < n; i++) open[i] ^= taken[i];
  }
  return STATUS_OK;
}
