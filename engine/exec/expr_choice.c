// Functions that choose among their arguments: NULLIF, GREATEST, LEAST. (COALESCE, which does not
// compute what it does not need, is in expr_eval.c.)
#include "expr_function.h"

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
