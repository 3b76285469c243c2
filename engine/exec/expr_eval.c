// Programs and states; which node or function evaluates an expression. (Logic is in expr_logic.c,
// CASE and COALESCE in expr_choice.c.)
#include "expr_state.h"
#include <assert.h>
#include <stdlib.h>

// ---------------------------------------------------------------- programs

static void program_know_range(ExprProgram *program) {
  PlanColumn args[2];
  if (program->arg_count > 2) return;
  for (uint32_t i = 0; i < program->arg_count; i++) args[i] = program->args[i]->column;
  expr_range(program->expr, args, program->arg_count, &program->column);
  program->in_range = expr_in_range(program->expr->type, &program->column);
}

// How many arguments are programs. The constants of an IN list are kept sorted; evaluating them as
// vectors would be waste.
static uint32_t program_args(const Expr *expr) {
  switch (expr->kind) {
  case EXPR_COLUMN:
  case EXPR_CONSTANT:
  case EXPR_PARAMETER:
    return 0;
  case EXPR_IN:
    return 1;
  default:
    return expr->arg_count;
  }
}

static ExprProgram *program_create(const Expr *expr, const PlanColumn *columns, uint32_t count,
                                   bool domains, Job *job) {
  uint32_t arg_count = program_args(expr);
  ExprProgram *program = mem_alloc_zero(sizeof *program + arg_count * sizeof *program->args);
  program->args = (ExprProgram **)(program + 1);
  program->expr = expr;
  program->job = job;
  program->column = (PlanColumn){.type = expr->type, .min = 1, .max = 0};
  if (expr->kind == EXPR_COLUMN) {
    assert(expr->column < count);
    program->column = columns[expr->column];
    program->column.type = expr->type;
    return program;
  }
  uint32_t position;
  if (domains && expr_domain_fits(expr, columns, &position)) {
    ExprProgram *plain = program_create(expr, columns, count, false, job);
    program->domain = expr_domain_create(plain, expr, &columns[position], position);
    expr_program_destroy(plain);
    if (program->domain) {
      program->column = expr_domain_column(program->domain);
      return program;
    }
  }
  program->arg_count = arg_count;
  for (uint32_t i = 0; i < program->arg_count; i++)
    program->args[i] = program_create(expr->args[i], columns, count, domains, job);
  program_know_range(program);
  if (expr->kind == EXPR_IN) list_prepare(program);
  if (expr->type.kind == TYPE_BOOL) program->column.max = 1, program->column.min = 0;
  return program;
}

ExprProgram *expr_program_create(const Expr *expr, const PlanColumn *columns, uint32_t column_count,
                                 Job *job) {
  return program_create(expr, columns, column_count, true, job);
}

Status expr_truths_find(const Expr *expr, const PlanColumn *columns, uint32_t column_count,
                        uint64_t value_max, Job *job, bool *found, ExprTruths *out, Error *error) {
  uint64_t value_count;
  *found = false;
  *out = (ExprTruths){0};
  if (expr->type.kind != TYPE_BOOL ||
      !expr_domain_is_small(expr, columns, &out->position, &value_count) || value_count > value_max)
    return STATUS_OK;
  const PlanColumn *column = &columns[out->position];
  ExprProgram *plain = program_create(expr, columns, column_count, false, job);
  ExprDomain *domain = expr_domain_create(plain, expr, column, out->position);
  expr_program_destroy(plain);
  if (!domain) return STATUS_OK;
  Status status = row_bits_init(&out->bits, value_count, job ? &job->memory : NULL, error);
  *found = status == STATUS_OK;
  if (*found) {
    out->min = column->dictionary ? 0 : column->min;
    out->null_passes = expr_domain_truths(domain, out->bits.words);
  }
  expr_domain_destroy(domain);
  return status;
}

void expr_program_destroy(ExprProgram *program) {
  if (!program) return;
  for (uint32_t i = 0; i < program->arg_count; i++) expr_program_destroy(program->args[i]);
  mem_free(program->list);
  expr_domain_destroy(program->domain);
  mem_free(program);
}

PlanColumn expr_program_column(const ExprProgram *program) {
  return program->column;
}

// What the states of a program's tree take in one piece of memory: a node, its arguments' values
// and states, then those of the arguments.
static size_t state_bytes(const ExprProgram *program) {
  size_t bytes = sizeof(ExprState) + program->arg_count * (sizeof(Vector) + sizeof(ExprState *));
  for (uint32_t i = 0; i < program->arg_count; i++) bytes += state_bytes(program->args[i]);
  return bytes;
}

// Puts the states at *at, which moves behind them. What is only read where it was written is not
// set.
static ExprState *state_put(const ExprProgram *program, char **at) {
  uint32_t count = program->arg_count;
  ExprState *state = (ExprState *)*at;
  *at += sizeof *state;
  state->program = program;
  state->values = (Vector *)*at;
  *at += count * sizeof *state->values;
  state->args = (ExprState **)*at;
  *at += count * sizeof *state->args;
  state->buffer.data = NULL;
  state->buffer.capacity_bytes = 0;
  state->text = NULL;
  state->text_charged = 0;
  state->regexes = NULL;
  memset(state->values, 0, count * sizeof *state->values);
  for (uint32_t i = 0; i < count; i++) state->args[i] = state_put(program->args[i], at);
  return state;
}

ExprState *expr_state_create(const ExprProgram *program) {
  char *at = mem_alloc(state_bytes(program));
  return state_put(program, &at);
}

static void text_clear(ExprState *state) {
  arena_destroy(state->text);
  state->text = NULL;
  if (state->text_charged) memory_budget_release(&state->program->job->memory, state->text_charged);
  state->text_charged = 0;
}

static void state_clear(ExprState *state) {
  for (uint32_t i = 0; i < state->program->arg_count; i++) state_clear(state->args[i]);
  vector_buffer_clear(&state->buffer);
  text_clear(state);
  regex_cache_destroy(state->regexes);
}

void expr_state_destroy(ExprState *state) {
  if (!state) return;
  state_clear(state);
  mem_free(state);
}

// ---------------------------------------------------------------- functions

static const FunctionEval function_evals[FUNCTION_COUNT_] = {
    [FUNCTION_ADD] = function_eval_arith,
    [FUNCTION_SUBTRACT] = function_eval_arith,
    [FUNCTION_MULTIPLY] = function_eval_arith,
    [FUNCTION_DIVIDE] = function_eval_arith,
    [FUNCTION_MODULO] = function_eval_arith,
    [FUNCTION_RATIO] = function_eval_arith,
    [FUNCTION_NEGATE] = function_eval_arith,
    [FUNCTION_ABS] = function_eval_arith,
    [FUNCTION_ROUND] = function_eval_arith,
    [FUNCTION_FLOOR] = function_eval_arith,
    [FUNCTION_CEIL] = function_eval_arith,
    [FUNCTION_EQUAL] = function_eval_compare,
    [FUNCTION_NOT_EQUAL] = function_eval_compare,
    [FUNCTION_LESS] = function_eval_compare,
    [FUNCTION_LESS_EQUAL] = function_eval_compare,
    [FUNCTION_GREATER] = function_eval_compare,
    [FUNCTION_GREATER_EQUAL] = function_eval_compare,
    [FUNCTION_NOT_DISTINCT] = function_eval_compare,
    [FUNCTION_LIKE] = function_eval_text,
    [FUNCTION_ILIKE] = function_eval_text,
    [FUNCTION_NULLIF] = function_eval_choice,
    [FUNCTION_GREATEST] = function_eval_choice,
    [FUNCTION_LEAST] = function_eval_choice,
    [FUNCTION_DATE_TRUNC] = function_eval_date,
    [FUNCTION_EXTRACT] = function_eval_date,
    [FUNCTION_DATE_ADD_DAYS] = function_eval_date,
    [FUNCTION_DATE_DIFF_DAYS] = function_eval_date,
    [FUNCTION_DATE_ADD_MONTHS] = function_eval_date,
    [FUNCTION_TIMESTAMP_ADD] = function_eval_date,
    [FUNCTION_INTERVAL_ADD] = function_eval_interval,
    [FUNCTION_INTERVAL_SUBTRACT] = function_eval_interval,
    [FUNCTION_INTERVAL_NEGATE] = function_eval_interval,
    [FUNCTION_INTERVAL_MULTIPLY] = function_eval_interval,
    [FUNCTION_INTERVAL_DIVIDE] = function_eval_interval,
    [FUNCTION_MOMENT_DIFFERENCE] = function_eval_interval,
    [FUNCTION_MOMENT_ADD] = function_eval_interval,
    [FUNCTION_MOMENT_SUBTRACT] = function_eval_interval,
    [FUNCTION_AGE] = function_eval_interval,
    [FUNCTION_MAKE_INTERVAL] = function_eval_interval,
    [FUNCTION_MAKE_DATE] = function_eval_interval,
    [FUNCTION_MAKE_TIMESTAMP] = function_eval_interval,
    [FUNCTION_DATE_BIN] = function_eval_interval,
    [FUNCTION_MOMENT_ROUND] = function_eval_interval,
    [FUNCTION_FROM_EPOCH] = function_eval_interval,
    [FUNCTION_INTERVAL_FIELD] = function_eval_interval,
    [FUNCTION_INTERVAL_TRUNC] = function_eval_interval,
    [FUNCTION_JUSTIFY_DAYS] = function_eval_interval,
    [FUNCTION_JUSTIFY_HOURS] = function_eval_interval,
    [FUNCTION_JUSTIFY_INTERVAL] = function_eval_interval,
    [FUNCTION_EPOCH] = function_eval_interval,
    [FUNCTION_TO_LOCAL] = function_eval_interval,
    [FUNCTION_TO_UTC] = function_eval_interval,
    [FUNCTION_FROM_CHAR] = function_eval_from_char,
    [FUNCTION_TO_CHAR] = function_eval_to_char,
    [FUNCTION_NUMBER_TO_CHAR] = function_eval_number_char,
    [FUNCTION_TO_NUMBER] = function_eval_to_number,
    [FUNCTION_LENGTH] = function_eval_text,
    [FUNCTION_LOWER] = function_eval_text,
    [FUNCTION_UPPER] = function_eval_text,
    [FUNCTION_TRIM] = function_eval_text,
    [FUNCTION_SUBSTRING] = function_eval_text,
    [FUNCTION_CONCAT] = function_eval_text,
    [FUNCTION_OCTET_LENGTH] = function_eval_edit,
    [FUNCTION_INITCAP] = function_eval_edit,
    [FUNCTION_LTRIM] = function_eval_edit,
    [FUNCTION_RTRIM] = function_eval_edit,
    [FUNCTION_BTRIM] = function_eval_edit,
    [FUNCTION_STRPOS] = function_eval_edit,
    [FUNCTION_REPLACE] = function_eval_edit,
    [FUNCTION_TRANSLATE] = function_eval_edit,
    [FUNCTION_SPLIT_PART] = function_eval_edit,
    [FUNCTION_CONCAT_WS] = function_eval_edit,
    [FUNCTION_ARRAY_MAKE] = function_eval_array,
    [FUNCTION_ARRAY_ITEM] = function_eval_array,
    [FUNCTION_ARRAY_SLICE] = function_eval_array,
    [FUNCTION_ARRAY_COUNT] = function_eval_array,
    [FUNCTION_ARRAY_HAS] = function_eval_array,
    [FUNCTION_ARRAY_POSITION] = function_eval_array,
    [FUNCTION_ARRAY_REMOVE] = function_eval_array,
    [FUNCTION_ARRAY_CAT] = function_eval_array,
    [FUNCTION_ARRAY_CONTAINS] = function_eval_array,
    [FUNCTION_ARRAY_OVERLAPS] = function_eval_array,
    [FUNCTION_STRING_TO_ARRAY] = function_eval_array,
    [FUNCTION_ARRAY_TO_STRING] = function_eval_array,
    [FUNCTION_REGEXP_SPLIT] = function_eval_regex,
    [FUNCTION_REGEXP_MATCH] = function_eval_regex,
    [FUNCTION_LEFT] = function_eval_edit,
    [FUNCTION_RIGHT] = function_eval_edit,
    [FUNCTION_LPAD] = function_eval_edit,
    [FUNCTION_RPAD] = function_eval_edit,
    [FUNCTION_REPEAT] = function_eval_edit,
    [FUNCTION_REVERSE] = function_eval_edit,
    [FUNCTION_OVERLAY] = function_eval_edit,
    [FUNCTION_STARTS_WITH] = function_eval_edit,
    [FUNCTION_ASCII] = function_eval_edit,
    [FUNCTION_CHR] = function_eval_edit,
    [FUNCTION_TO_HEX] = function_eval_edit,
    [FUNCTION_MD5] = function_eval_edit,
    [FUNCTION_STABLE_HASH] = function_eval_edit,
    [FUNCTION_LIKE_ESCAPE] = function_eval_pattern,
    [FUNCTION_SIMILAR_ESCAPE] = function_eval_pattern,
    [FUNCTION_REGEXP_LIKE] = function_eval_regex,
    [FUNCTION_REGEXP_COUNT] = function_eval_regex,
    [FUNCTION_REGEXP_SUBSTR] = function_eval_regex,
    [FUNCTION_REGEXP_REPLACE] = function_eval_regex,
    [FUNCTION_SQRT] = function_eval_math,
    [FUNCTION_CBRT] = function_eval_math,
    [FUNCTION_EXP] = function_eval_math,
    [FUNCTION_LN] = function_eval_math,
    [FUNCTION_LOG10] = function_eval_math,
    [FUNCTION_SIN] = function_eval_math,
    [FUNCTION_COS] = function_eval_math,
    [FUNCTION_TAN] = function_eval_math,
    [FUNCTION_COT] = function_eval_math,
    [FUNCTION_ASIN] = function_eval_math,
    [FUNCTION_ACOS] = function_eval_math,
    [FUNCTION_ATAN] = function_eval_math,
    [FUNCTION_SINH] = function_eval_math,
    [FUNCTION_COSH] = function_eval_math,
    [FUNCTION_TANH] = function_eval_math,
    [FUNCTION_ASINH] = function_eval_math,
    [FUNCTION_ACOSH] = function_eval_math,
    [FUNCTION_ATANH] = function_eval_math,
    [FUNCTION_TO_REAL] = function_eval_math,
    [FUNCTION_DEGREES] = function_eval_math,
    [FUNCTION_RADIANS] = function_eval_math,
    [FUNCTION_POWER] = function_eval_math,
    [FUNCTION_ATAN2] = function_eval_math,
    [FUNCTION_LOG_BASE] = function_eval_math,
    [FUNCTION_TRUNC] = function_eval_math,
    [FUNCTION_SIGN] = function_eval_math,
    [FUNCTION_DIV] = function_eval_math,
    [FUNCTION_GCD] = function_eval_math,
    [FUNCTION_LCM] = function_eval_math,
    [FUNCTION_FACTORIAL] = function_eval_math,
    [FUNCTION_WIDTH_BUCKET] = function_eval_math,
    [FUNCTION_ROW_COUNT] = function_eval_math,
    [FUNCTION_BUCKET_OF] = function_eval_math,
    [FUNCTION_BIT_AND] = function_eval_math,
    [FUNCTION_BIT_OR] = function_eval_math,
    [FUNCTION_BIT_XOR] = function_eval_math,
    [FUNCTION_BIT_NOT] = function_eval_math,
    [FUNCTION_SHIFT_LEFT] = function_eval_math,
    [FUNCTION_SHIFT_RIGHT] = function_eval_math,
};

// The AND of the arguments' validities, in state->valid; NULL when no row is NULL.
static const uint64_t *args_valid(ExprState *state, uint32_t count) {
  size_t words = bits_words(count);
  bool any = false;
  for (uint32_t a = 0; a < state->program->arg_count; a++) {
    const Vector *v = &state->values[a];
    if (!v->validity || (v->constant && vector_is_valid(v, 0))) continue;
    if (!any) memset(state->valid, 0xff, words * sizeof(uint64_t));
    any = true;
    if (v->constant)
      memset(state->valid, 0, words * sizeof(uint64_t));
    else
      for (size_t w = 0; w < words; w++) state->valid[w] &= v->validity[w];
  }
  return any ? state->valid : NULL;
}

#define LONG_TEXT_BYTES (1 << 20) // of a batch: after so many the job is asked at once

static Status eval_function(ExprState *state, const Batch *input, const uint64_t *active,
                            Vector *out, Error *error) {
  const Expr *expr = state->program->expr;
  for (uint32_t a = 0; a < state->program->arg_count; a++)
    TRY(expr_eval(state->args[a], input, active, &state->values[a], error));
  if (expr->type.kind == TYPE_STRING) {
    text_clear(state);
    state->text = arena_create();
  }
  FunctionCall call = {.expr = expr,
                       .args = state->values,
                       .row_count = input->row_count,
                       .active = active,
                       .valid = args_valid(state, input->row_count),
                       .buffer = &state->buffer,
                       .text = state->text,
                       .job = state->program->job,
                       .in_range = state->program->in_range,
                       .text_charged = &state->text_charged,
                       .regexes = &state->regexes};
  FunctionEval eval = expr->kind == EXPR_CAST ? function_eval_cast : function_evals[expr->function];
  if (!eval)
    return error_set_at(error, STATUS_UNSUPPORTED, expr->position, "function %s is not supported",
                        function_name(expr->function));
  Status status = eval(&call, out, error);
  if (status == STATUS_OK && state->text_charged >= LONG_TEXT_BYTES)
    status = job_check(call.job, error);
  if (status != STATUS_OK && error && error->position < 0) error->position = expr->position;
  return status;
}

Status expr_eval(ExprState *state, const Batch *input, const uint64_t *active, Vector *out,
                 Error *error) {
  const Expr *expr = state->program->expr;
  if (state->program->domain) {
    expr_domain_look_up(state->program->domain, input, &state->buffer, out);
    return STATUS_OK;
  }
  switch ((ExprKind)expr->kind) {
  case EXPR_COLUMN:
    *out = input->columns[expr->column];
    return STATUS_OK;
  case EXPR_CONSTANT: {
    Value value = expr->value;
    value.type = expr->type;
    vector_set_constant(out, &value, &state->buffer);
    return STATUS_OK;
  }
  case EXPR_PARAMETER:
    return error_set_at(error, STATUS_INVALID, expr->position, "parameter $%u has no value",
                        expr->parameter);
  case EXPR_AND:
  case EXPR_OR:
    return eval_logic(state, input, active, out, error);
  case EXPR_NOT:
    return eval_not(state, input, active, out, error);
  case EXPR_IS_NULL:
    return eval_is_null(state, input, active, out, error);
  case EXPR_IN:
    return eval_in(state, input, active, out, error);
  case EXPR_IN_SET:
    return eval_in_set(state, input, active, out, error);
  case EXPR_CASE:
    return eval_case(state, input, active, out, error);
  case EXPR_CALL:
    if (expr->function == FUNCTION_COALESCE) return eval_coalesce(state, input, active, out, error);
    return eval_function(state, input, active, out, error);
  case EXPR_CAST:
    return eval_function(state, input, active, out, error);
  }
  return STATUS_OK;
}

// ---------------------------------------------------------------- helpers for functions

static void call_result_valid(const FunctionCall *call, Vector *out) {
  if (!call->valid) return;
  memcpy(call->buffer->validity, call->valid, bits_words(call->row_count) * sizeof(uint64_t));
  out->validity = call->buffer->validity;
}

void *call_result(const FunctionCall *call, Vector *out) {
  Type type = call->expr->type;
  Physical physical = type_physical(type);
  void *data = vector_buffer_reserve_rows(call->buffer, call->row_count, physical_bytes(physical));
  *out = (Vector){.type = type, .physical = (uint8_t)physical, .width = 8, .data = data};
  call_result_valid(call, out);
  return data;
}

uint8_t *call_result_bool(const FunctionCall *call, Vector *out) {
  uint8_t *data = vector_buffer_reserve_rows(call->buffer, call->row_count, 1);
  *out = (Vector){.type = TYPE_OF_BOOL, .physical = PHYSICAL_INT, .width = 1, .data = data};
  call_result_valid(call, out);
  return data;
}

void call_set_value(const FunctionCall *call, Vector *out, uint32_t row, const Value *value) {
  uint64_t *validity = call->buffer->validity;
  if (!out->validity) {
    bits_fill(validity, call->row_count);
    out->validity = validity;
  }
  bits_put(validity, row, !value->is_null);
  if (value->is_null) return;
  void *data = call->buffer->data;
  switch ((Physical)out->physical) {
  case PHYSICAL_INT:
    ((int64_t *)data)[row] = value->i;
    break;
  case PHYSICAL_WIDE:
    ((int128_t *)data)[row] = value->wide;
    break;
  case PHYSICAL_DOUBLE:
    ((double *)data)[row] = value->d;
    break;
  case PHYSICAL_TEXT:
    ((Str *)data)[row] = value->s;
    break;
  case PHYSICAL_INTERVAL:
    ((IntervalValue *)data)[row] = value->interval;
    break;
  }
}

void vector_load_wide(const Vector *v, uint32_t count, int128_t *out) {
  if (v->physical == PHYSICAL_WIDE) {
    const int128_t *data = v->data;
    for (uint32_t i = 0; i < count; i++) out[i] = data[v->constant ? 0 : i];
    return;
  }
  int64_t narrow[VECTOR_ROWS];
  vector_flatten_int(v, count, narrow);
  for (uint32_t i = 0; i < count; i++) out[i] = narrow[i];
}

void vector_load_double(const Vector *v, uint32_t count, double *out) {
  assert(v->physical == PHYSICAL_DOUBLE);
  const double *data = v->data;
  for (uint32_t i = 0; i < count; i++) out[i] = data[v->constant ? 0 : i];
}
