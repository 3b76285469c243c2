// Whether an expression may raise an error for some row: then it must not be computed for rows that
// a filter below it drops.
//
// The functions that never fail are listed; any other may. Of those listed here, some fail for what
// is usually a constant (a pattern, a length): they are safe when it is one.
#include "expr.h"

typedef enum Safety {
  MAY_FAIL,
  SAFE,
  SAFE_OF_CONSTANTS, // when all arguments but the first are constants
} Safety;

static const uint8_t SAFETIES[FUNCTION_COUNT_] = {
    [FUNCTION_EQUAL] = SAFE,
    [FUNCTION_NOT_EQUAL] = SAFE,
    [FUNCTION_LESS] = SAFE,
    [FUNCTION_LESS_EQUAL] = SAFE,
    [FUNCTION_GREATER] = SAFE,
    [FUNCTION_GREATER_EQUAL] = SAFE,
    [FUNCTION_NOT_DISTINCT] = SAFE,
    [FUNCTION_COALESCE] = SAFE,
    [FUNCTION_NULLIF] = SAFE,
    [FUNCTION_GREATEST] = SAFE,
    [FUNCTION_LEAST] = SAFE,
    [FUNCTION_DATE_TRUNC] = SAFE, // its field is a constant, checked by the binder
    [FUNCTION_EXTRACT] = SAFE,
    [FUNCTION_DATE_DIFF_DAYS] = SAFE,
    [FUNCTION_LENGTH] = SAFE,
    [FUNCTION_OCTET_LENGTH] = SAFE,
    [FUNCTION_LOWER] = SAFE,
    [FUNCTION_UPPER] = SAFE,
    [FUNCTION_INITCAP] = SAFE,
    [FUNCTION_TRIM] = SAFE,
    [FUNCTION_LTRIM] = SAFE,
    [FUNCTION_RTRIM] = SAFE,
    [FUNCTION_BTRIM] = SAFE,
    [FUNCTION_STRPOS] = SAFE,
    [FUNCTION_TRANSLATE] = SAFE,
    [FUNCTION_LEFT] = SAFE,
    [FUNCTION_RIGHT] = SAFE,
    [FUNCTION_REVERSE] = SAFE,
    [FUNCTION_STARTS_WITH] = SAFE,
    [FUNCTION_ASCII] = SAFE,
    [FUNCTION_MD5] = SAFE,
    [FUNCTION_STABLE_HASH] = SAFE,
    [FUNCTION_ARRAY_ITEM] = SAFE,
    [FUNCTION_ARRAY_COUNT] = SAFE,
    [FUNCTION_ARRAY_HAS] = SAFE,
    [FUNCTION_ARRAY_POSITION] = SAFE,
    [FUNCTION_ARRAY_CONTAINS] = SAFE,
    [FUNCTION_ARRAY_OVERLAPS] = SAFE,
    [FUNCTION_SIGN] = SAFE,
    [FUNCTION_BIT_AND] = SAFE,
    [FUNCTION_BIT_OR] = SAFE,
    [FUNCTION_BIT_XOR] = SAFE,
    [FUNCTION_BIT_NOT] = SAFE,
    [FUNCTION_BUCKET_OF] = SAFE,
    [FUNCTION_LIKE] = SAFE_OF_CONSTANTS,
    [FUNCTION_ILIKE] = SAFE_OF_CONSTANTS,
    [FUNCTION_SUBSTRING] = SAFE_OF_CONSTANTS,
    [FUNCTION_SPLIT_PART] = SAFE_OF_CONSTANTS,
    [FUNCTION_REGEXP_LIKE] = SAFE_OF_CONSTANTS,
};

// Digits before the point that an exact number may have.
static unsigned whole_digits(Type type) {
  if (type.kind == TYPE_DECIMAL) return type.precision - type.scale;
  return type.bits <= 16 ? 5 : type.bits <= 32 ? 10 : 19;
}

static bool is_exact(Type type) {
  return type.kind == TYPE_INT || type.kind == TYPE_DECIMAL;
}

static bool cast_can_fail(Type from, Type to) {
  if (type_is_text(to) || from.kind == TYPE_NULL || type_equal(from, to)) return false;
  if (is_exact(from) && to.kind == TYPE_DOUBLE) return false;
  if (from.kind == TYPE_INT && to.kind == TYPE_INT) return from.bits > to.bits;
  if (is_exact(from) && to.kind == TYPE_DECIMAL) // one more: rounding may carry
    return whole_digits(from) + (to.scale < from.scale) > whole_digits(to);
  bool stamps = to.kind == TYPE_TIMESTAMP || to.kind == TYPE_TIMESTAMPTZ || to.kind == TYPE_DATE;
  return !stamps || from.kind == TYPE_STRING;
}

static bool later_args_constant(const Expr *expr) {
  for (uint32_t i = 1; i < expr->arg_count; i++)
    if (expr->args[i]->kind != EXPR_CONSTANT && expr->args[i]->kind != EXPR_PARAMETER) return false;
  return true;
}

bool expr_can_fail(const Expr *expr) {
  for (uint32_t i = 0; i < expr->arg_count; i++)
    if (expr_can_fail(expr->args[i])) return true;
  if (expr->kind == EXPR_CAST) return cast_can_fail(expr->args[0]->type, expr->type);
  if (expr->kind != EXPR_CALL || SAFETIES[expr->function] == SAFE) return false;
  return SAFETIES[expr->function] == MAY_FAIL || !later_args_constant(expr);
}
