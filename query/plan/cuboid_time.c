// See cuboid_time.h.
#include "cuboid_time.h"
#include "date.h"

typedef enum Span { SPAN_DAY, SPAN_WEEK, SPAN_MONTH, SPAN_QUARTER, SPAN_YEAR, SPAN_COUNT } Span;
static const char *const SPAN_NAMES[] = {"day", "week", "month", "quarter", "year"};

static Span span_find(const Expr *name) {
  for (Span span = 0; span < SPAN_COUNT; span++)
    if (name->kind == EXPR_CONSTANT && !name->value.is_null &&
        str_equal(name->value.s, str_from(SPAN_NAMES[span])))
      return span;
  return SPAN_COUNT;
}

// Whether each span of `fine` lies in one span of `coarse`.
static bool span_lies_in(Span fine, Span coarse) {
  return fine == coarse || fine == SPAN_DAY ||
         (fine != SPAN_WEEK && coarse != SPAN_WEEK && fine < coarse);
}

static bool date_begins(Span span, int32_t date) {
  CivilDate civil = date_to_civil(date);
  switch (span) {
  case SPAN_WEEK:
    return date_weekday(date) == 1;
  case SPAN_MONTH:
    return civil.day == 1;
  case SPAN_QUARTER:
    return civil.day == 1 && civil.month % 3 == 1;
  case SPAN_YEAR:
    return civil.day == 1 && civil.month == 1;
  default:
    return true;
  }
}

static Expr *span_column(CuboidMatch *match, Span span, const Expr *moment) {
  Arena *arena = match->context->arena;
  Expr *args[] = {expr_string(arena, str_from(SPAN_NAMES[span])), (Expr *)moment};
  Expr *truncated = expr_call(arena, FUNCTION_DATE_TRUNC, moment->type, args, 2, -1);
  return cuboid_column(match, fact_expr_text(&match->region, truncated), moment->type);
}

// date_trunc('year', x) of date_trunc('month', x).
static Expr *coarser(CuboidMatch *match, const Expr *expr) {
  Span wanted = span_find(expr->args[0]);
  for (Span span = 0; span < SPAN_COUNT && wanted < SPAN_COUNT; span++) {
    Expr *column = span_lies_in(span, wanted) ? span_column(match, span, expr->args[1]) : NULL;
    Expr *args[] = {expr->args[0], column};
    if (column)
      return expr_call(match->context->arena, FUNCTION_DATE_TRUNC, expr->type, args, 2, -1);
  }
  return NULL;
}

// extract('year', x) of date_trunc('month', x).
static Expr *part(CuboidMatch *match, const Expr *expr) {
  Span wanted = span_find(expr->args[0]);
  if (wanted < SPAN_MONTH || wanted == SPAN_COUNT)
    return NULL; // a day of the month, a week's number
  for (Span span = 0; span < SPAN_COUNT; span++) {
    Expr *column = span_lies_in(span, wanted) ? span_column(match, span, expr->args[1]) : NULL;
    Expr *args[] = {expr->args[0], column};
    if (column) return expr_call(match->context->arena, FUNCTION_EXTRACT, expr->type, args, 2, -1);
  }
  return NULL;
}

// x >= first day of a span, x < first day, and the same said of the day before.
static Expr *compared(CuboidMatch *match, const Expr *expr, FunctionId function, const Expr *moment,
                      const Expr *constant) {
  if (moment->type.kind != TYPE_DATE || constant->kind != EXPR_CONSTANT || constant->value.is_null)
    return NULL;
  bool next = function == FUNCTION_GREATER || function == FUNCTION_LESS_EQUAL;
  int64_t date = constant->value.i + next;
  if (date < DATE_MIN || date > INT32_MAX) return NULL;
  FunctionId over = function == FUNCTION_GREATER || function == FUNCTION_GREATER_EQUAL
                        ? FUNCTION_GREATER_EQUAL
                        : FUNCTION_LESS;
  Arena *arena = match->context->arena;
  for (Span span = SPAN_WEEK; span < SPAN_COUNT; span++) {
    Expr *column = date_begins(span, (int32_t)date) ? span_column(match, span, moment) : NULL;
    if (!column) continue;
    Value first = {.type = constant->type, .i = date};
    Expr *args[] = {column, expr_constant(arena, first, constant->position)};
    return expr_call(arena, over, TYPE_OF_BOOL, args, 2, expr->position);
  }
  return NULL;
}

Expr *cuboid_time(CuboidMatch *match, const Expr *expr) {
  if (expr->kind != EXPR_CALL) return NULL;
  switch (expr->function) {
  case FUNCTION_DATE_TRUNC:
    return coarser(match, expr);
  case FUNCTION_EXTRACT:
    return part(match, expr);
  case FUNCTION_LESS:
  case FUNCTION_LESS_EQUAL:
  case FUNCTION_GREATER:
  case FUNCTION_GREATER_EQUAL: {
    Expr *found = compared(match, expr, expr->function, expr->args[0], expr->args[1]);
    return found ? found
                 : compared(match, expr, expr_comparison_flip(expr->function), expr->args[1],
                            expr->args[0]);
  }
  default:
    return NULL;
  }
}
