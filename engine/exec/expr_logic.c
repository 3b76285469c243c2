// Nodes of logic: AND, OR, NOT, IS NULL, IN; and booleans as masks.
#include "expr_state.h"
#include "int_range.h"
#include "key_set.h"
#include <assert.h>
#include <stdlib.h>

static uint8_t *state_bools(ExprState *state, const Batch *input, Vector *out) {
  uint8_t *data = vector_buffer_reserve_rows(&state->buffer, input->row_count, 1);
  *out = (Vector){.type = TYPE_OF_BOOL, .physical = PHYSICAL_INT, .width = 1, .data = data};
  return data;
}

const uint64_t *active_narrow(const uint64_t *active, const uint8_t *keep, uint32_t count,
                              uint64_t *out) {
  bits_from_bytes(keep, count, out);
  for (size_t w = 0; active && w < bits_words(count); w++) out[w] &= active[w];
  return out;
}

bool truth_bytes(const Vector *v, uint32_t n, uint8_t *truth, uint8_t *valid) {
  if (v->constant)
    memset(truth, vector_int(v, 0) != 0, n);
  else if (v->width == 1 && v->base == 0)
    memcpy(truth, v->data, n);
  else
    for (uint32_t i = 0; i < n; i++) truth[i] = vector_int(v, i) != 0;
  if (!v->validity || (v->constant && vector_is_valid(v, 0))) return false;
  memset(valid, !v->constant, n);
  if (!v->constant) bits_and_bytes(v->validity, n, valid);
  return true;
}

// n-ary AND and OR, three-valued. A row that an argument decides is not evaluated further.
static Status eval_arguments(ExprState *state, const Batch *input, const uint64_t *active,
                             uint8_t *restrict undecided, uint8_t *restrict unknown, bool *nulls,
                             Error *error) {
  uint8_t settles = state->program->expr->kind == EXPR_OR; // the value that decides
  uint8_t truth[VECTOR_ROWS], valid[VECTOR_ROWS];
  uint32_t n = input->row_count;
  for (uint32_t a = 0; a < state->program->arg_count; a++) {
    Vector v;
    const uint64_t *rows = a ? active_narrow(active, undecided, n, state->active) : active;
    TRY(expr_eval(state->args[a], input, rows, &v, error));
    if (truth_bytes(&v, n, truth, valid)) {
      *nulls = true;
      for (uint32_t i = 0; i < n; i++) undecided[i] &= (truth[i] != settles) | (valid[i] ^ 1);
      for (uint32_t i = 0; i < n; i++) unknown[i] |= valid[i] ^ 1;
    } else {
      for (uint32_t i = 0; i < n; i++) undecided[i] &= truth[i] != settles;
    }
  }
  return STATUS_OK;
}

Status eval_logic(ExprState *state, const Batch *input, const uint64_t *active, Vector *out,
                  Error *error) {
  bool is_and = state->program->expr->kind == EXPR_AND, nulls = false;
  uint8_t undecided[VECTOR_ROWS], unknown[VECTOR_ROWS];
  uint32_t n = input->row_count;
  memset(undecided, 1, n);
  memset(unknown, 0, n);
  TRY(eval_arguments(state, input, active, undecided, unknown, &nulls, error));
  uint8_t *data = state_bools(state, input, out);
  for (uint32_t i = 0; i < n; i++) data[i] = undecided[i] ? is_and : !is_and;
  if (!nulls) return STATUS_OK;
  for (uint32_t i = 0; i < n; i++) unknown[i] = !(undecided[i] & unknown[i]);
  bits_from_bytes(unknown, n, state->buffer.validity);
  out->validity = state->buffer.validity;
  return STATUS_OK;
}

Status eval_not(ExprState *state, const Batch *input, const uint64_t *active, Vector *out,
                Error *error) {
  Vector v;
  TRY(expr_eval(state->args[0], input, active, &v, error));
  uint8_t *data = state_bools(state, input, out);
  for (uint32_t i = 0; i < input->row_count; i++) data[i] = !vector_int(&v, i);
  if (v.constant && v.validity) {
    memset(state->buffer.validity, vector_is_valid(&v, 0) ? 0xff : 0,
           sizeof state->buffer.validity);
    out->validity = state->buffer.validity;
  } else {
    out->validity = v.validity;
  }
  return STATUS_OK;
}

Status eval_is_null(ExprState *state, const Batch *input, const uint64_t *active, Vector *out,
                    Error *error) {
  Vector v;
  TRY(expr_eval(state->args[0], input, active, &v, error));
  uint8_t *data = state_bools(state, input, out);
  for (uint32_t i = 0; i < input->row_count; i++) data[i] = !vector_is_valid(&v, i);
  return STATUS_OK;
}

static int compare_values(const void *a, const void *b) {
  return value_compare(a, b);
}

void list_prepare(ExprProgram *program) {
  const Expr *expr = program->expr;
  program->list = mem_alloc(expr->arg_count * sizeof *program->list);
  for (uint32_t i = 1; i < expr->arg_count; i++) {
    assert(expr->args[i]->kind == EXPR_CONSTANT);
    if (expr->args[i]->value.is_null)
      program->list_has_null = true;
    else
      program->list[program->list_count++] = expr->args[i]->value;
  }
  qsort(program->list, program->list_count, sizeof *program->list, compare_values);
}

// Integers in a short list: a pass a constant over the packed values.
static void short_list_test(const ExprProgram *program, const Vector *v, uint32_t n,
                            uint8_t *found) {
  uint8_t equal[VECTOR_ROWS];
  Vector values = *v;
  values.validity = NULL;
  memset(found, 0, n);
  for (uint32_t c = 0; c < program->list_count; c++) {
    memset(equal, 1, n);
    int_range_apply((IntRange){program->list[c].i, program->list[c].i}, &values, n, equal);
    for (uint32_t i = 0; i < n; i++) found[i] |= equal[i];
  }
}

#define SHORT_LIST 8

// Rows that are NULL are NULL, and where the list has one, those that are not in it.
Status eval_in(ExprState *state, const Batch *input, const uint64_t *active, Vector *out,
               Error *error) {
  const ExprProgram *program = state->program;
  uint32_t n = input->row_count;
  Vector v;
  TRY(expr_eval(state->args[0], input, active, &v, error));
  uint8_t *data = state_bools(state, input, out), valid[VECTOR_ROWS];
  bool ints = v.physical == PHYSICAL_INT && v.type.kind != TYPE_STRING &&
              type_physical(v.type) == PHYSICAL_INT;
  if (ints && !v.constant && program->list_count <= SHORT_LIST)
    short_list_test(program, &v, n, data);
  else
    for (uint32_t i = 0; i < n; i++) {
      Value value = vector_value(&v, i);
      data[i] = !value.is_null && bsearch(&value, program->list, program->list_count, sizeof value,
                                          compare_values) != NULL;
    }
  if (!v.validity && !program->list_has_null) return STATUS_OK;
  for (uint32_t i = 0; i < n; i++)
    valid[i] = vector_is_valid(&v, i) && (data[i] || !program->list_has_null);
  bits_from_bytes(valid, n, state->buffer.validity);
  out->validity = state->buffer.validity;
  return STATUS_OK;
}

Status eval_in_set(ExprState *state, const Batch *input, const uint64_t *active, Vector *out,
                   Error *error) {
  const Expr *expr = state->program->expr;
  Vector v;
  TRY(expr_eval(state->args[0], input, active, &v, error));
  key_set_test(expr->set, expr->by_row, &v, input->row_count, state_bools(state, input, out));
  if (!v.validity) return STATUS_OK;
  for (uint32_t i = 0; i < input->row_count; i++)
    bits_put(state->buffer.validity, i, vector_is_valid(&v, i));
  out->validity = state->buffer.validity;
  return STATUS_OK;
}

// ---------------------------------------------------------------- masks

// "column op constant" of integers: the mask from the packed values.
static bool mask_by_range(const ExprState *state, const Batch *input, uint8_t *mask) {
  const Expr *column;
  const Value *constant;
  FunctionId function;
  IntRange range;
  if (!comparison_of_constant(state->program->expr, &column, &constant, &function)) return false;
  const Vector *v = &input->columns[column->column];
  if (column->type.kind == TYPE_STRING || v->physical != PHYSICAL_INT ||
      type_physical(column->type) != PHYSICAL_INT)
    return false;
  if (constant->is_null || !int_range_of(function, constant->i, &range))
    memset(mask, 0, input->row_count);
  else
    int_range_apply(range, v, input->row_count, mask);
  return true;
}

Status expr_eval_mask(ExprState *state, const Batch *input, uint8_t *mask, Error *error) {
  const ExprProgram *program = state->program;
  uint32_t n = input->row_count;
  if (!program->domain && program->expr->kind == EXPR_AND) {
    for (uint32_t a = 0; a < program->arg_count; a++)
      TRY(expr_eval_mask(state->args[a], input, mask, error));
    return STATUS_OK;
  }
  if (!program->domain && mask_by_range(state, input, mask)) return STATUS_OK;
  Vector v;
  uint64_t active[VECTOR_ROWS / 64];
  uint8_t truth[VECTOR_ROWS], valid[VECTOR_ROWS];
  TRY(expr_eval(state, input, active_narrow(NULL, mask, n, active), &v, error));
  bool nulls = truth_bytes(&v, n, truth, valid);
  for (uint32_t i = 0; i < n; i++) mask[i] &= truth[i];
  for (uint32_t i = 0; nulls && i < n; i++) mask[i] &= valid[i];
  return STATUS_OK;
}
