// What aggregates are called and what types they give: the static half of aggregates.
//
// Types follow PostgreSQL but for avg, whose scale there depends on the values; here a type is
// settled at binding, so avg of exact numbers is decimal(38, max(16, scale)). The states and their
// update, merge and final functions are the executor's.
#include "aggregate.h"

static const char *const NAMES[] = {
    [AGGREGATE_COUNT_ROWS] = "count(*)",
    [AGGREGATE_COUNT] = "count",
    [AGGREGATE_COUNT_DISTINCT] = "count distinct",
    [AGGREGATE_SUM] = "sum",
    [AGGREGATE_MIN] = "min",
    [AGGREGATE_MAX] = "max",
    [AGGREGATE_AVG] = "avg",
    [AGGREGATE_ANY] = "any",
    [AGGREGATE_BOOL_AND] = "bool_and",
    [AGGREGATE_BOOL_OR] = "bool_or",
    [AGGREGATE_PERCENTILE_CONT] = "percentile_cont",
    [AGGREGATE_PERCENTILE_DISC] = "percentile_disc",
    [AGGREGATE_MODE] = "mode",
    [AGGREGATE_STRING] = "string_agg",
    [AGGREGATE_ARRAY] = "array_agg",
    [AGGREGATE_ARG_MIN] = "arg_min",
    [AGGREGATE_ARG_MAX] = "arg_max",
    [AGGREGATE_APPROX_DISTINCT] = "approx_count_distinct",
    [AGGREGATE_SET] = "set",
    [AGGREGATE_SET_UNION] = "set union",
    [AGGREGATE_SET_COUNT] = "set count",
    [AGGREGATE_STDDEV_SAMP] = "stddev_samp",
    [AGGREGATE_STDDEV_POP] = "stddev_pop",
    [AGGREGATE_VAR_SAMP] = "var_samp",
    [AGGREGATE_VAR_POP] = "var_pop",
    [AGGREGATE_COVAR_SAMP] = "covar_samp",
    [AGGREGATE_COVAR_POP] = "covar_pop",
    [AGGREGATE_CORR] = "corr",
    [AGGREGATE_REGR_SLOPE] = "regr_slope",
    [AGGREGATE_REGR_INTERCEPT] = "regr_intercept",
    [AGGREGATE_REGR_R2] = "regr_r2",
    [AGGREGATE_REGR_COUNT] = "regr_count",
    [AGGREGATE_REGR_AVGX] = "regr_avgx",
    [AGGREGATE_REGR_AVGY] = "regr_avgy",
    [AGGREGATE_REGR_SXX] = "regr_sxx",
    [AGGREGATE_REGR_SYY] = "regr_syy",
    [AGGREGATE_REGR_SXY] = "regr_sxy",
};

#define AVG_SCALE_MIN 16

const char *aggregate_name(AggregateId id) {
  return NAMES[id];
}

uint32_t aggregate_call_exprs(AggregateCall *call, Expr **places[AGGREGATE_EXPRS_MAX]) {
  uint32_t count = 0;
  if (call->arg) places[count++] = &call->arg;
  for (uint32_t i = 0; i < call->more_count; i++) places[count++] = &call->more[i];
  if (call->filter) places[count++] = &call->filter;
  return count;
}

bool aggregate_call_equal(const AggregateCall *a, const AggregateCall *b) {
  bool nan = a->fraction != a->fraction && b->fraction != b->fraction;
  if (a->id != b->id || a->more_count != b->more_count || a->order_count != b->order_count ||
      a->descending != b->descending || a->nulls_first != b->nulls_first ||
      a->distinct != b->distinct || (a->fraction != b->fraction && !nan))
    return false;
  for (uint32_t i = 0; i < a->more_count; i++)
    if (!expr_equal(a->more[i], b->more[i])) return false;
  return expr_equal(a->arg, b->arg) && expr_equal(a->filter, b->filter);
}

bool aggregate_keeps_values(const AggregateCall *call) {
  return call->distinct || (call->id >= AGGREGATE_PERCENTILE_CONT && call->id <= AGGREGATE_ARG_MAX);
}

static bool picks_by_order(const AggregateCall *call) {
  return !call->distinct && (call->id == AGGREGATE_PERCENTILE_CONT ||
                             call->id == AGGREGATE_PERCENTILE_DISC || call->id == AGGREGATE_MODE);
}

bool aggregate_keeps_same(const AggregateCall *a, const AggregateCall *b) {
  if (!picks_by_order(a) || !picks_by_order(b) || !expr_equal(a->arg, b->arg)) return false;
  if (a->more_count != b->more_count || a->order_count != b->order_count) return false;
  for (uint32_t i = 0; i < a->more_count; i++)
    if (!expr_equal(a->more[i], b->more[i])) return false;
  return a->descending == b->descending && a->nulls_first == b->nulls_first;
}

bool aggregate_is_count(AggregateId id) {
  return id == AGGREGATE_COUNT_ROWS || id == AGGREGATE_COUNT || id == AGGREGATE_COUNT_DISTINCT ||
         id == AGGREGATE_REGR_COUNT || id == AGGREGATE_APPROX_DISTINCT || id == AGGREGATE_SET_COUNT;
}

static Status misfit(AggregateId id, Type arg, Error *error) {
  char type[TYPE_NAME_BYTES];
  return error_set(error, STATUS_INVALID, "%s does not take a value of type %s", aggregate_name(id),
                   type_format(arg, type));
}

static Status sum_type(Type arg, Type *result, Error *error) {
  switch (arg.kind) {
  case TYPE_INT:
    *result = arg.bits <= 32 ? TYPE_OF_INT : type_decimal(38, 0);
    return STATUS_OK;
  case TYPE_DECIMAL:
    *result = type_decimal(38, arg.scale);
    return STATUS_OK;
  case TYPE_DOUBLE:
    *result = TYPE_OF_DOUBLE;
    return STATUS_OK;
  default:
    return misfit(AGGREGATE_SUM, arg, error);
  }
}

static Status avg_type(Type arg, Type *result, Error *error) {
  switch (arg.kind) {
  case TYPE_INT:
    *result = type_decimal(38, AVG_SCALE_MIN);
    return STATUS_OK;
  case TYPE_DECIMAL:
    *result = type_decimal(38, arg.scale > AVG_SCALE_MIN ? arg.scale : AVG_SCALE_MIN);
    return STATUS_OK;
  case TYPE_DOUBLE:
    *result = TYPE_OF_DOUBLE;
    return STATUS_OK;
  default:
    return misfit(AGGREGATE_AVG, arg, error);
  }
}

Status aggregate_result_type(AggregateId id, Type arg, Type *result, Error *error) {
  switch (id) {
  case AGGREGATE_COUNT_ROWS:
  case AGGREGATE_COUNT:
  case AGGREGATE_COUNT_DISTINCT:
    *result = TYPE_OF_INT;
    return STATUS_OK;
  case AGGREGATE_SUM:
    return sum_type(arg, result, error);
  case AGGREGATE_AVG:
    return avg_type(arg, result, error);
  case AGGREGATE_MIN:
  case AGGREGATE_MAX:
    if (arg.kind == TYPE_BOOL || arg.kind == TYPE_NULL) return misfit(id, arg, error);
    *result = arg;
    return STATUS_OK;
  case AGGREGATE_ANY:
  case AGGREGATE_MODE:
  case AGGREGATE_PERCENTILE_DISC:
  case AGGREGATE_ARG_MIN:
  case AGGREGATE_ARG_MAX:
    *result = arg;
    return STATUS_OK;
  case AGGREGATE_BOOL_AND:
  case AGGREGATE_BOOL_OR:
    *result = TYPE_OF_BOOL;
    return arg.kind == TYPE_BOOL ? STATUS_OK : misfit(id, arg, error);
  case AGGREGATE_STRING:
    *result = TYPE_OF_STRING;
    return arg.kind == TYPE_STRING ? STATUS_OK : misfit(id, arg, error);
  case AGGREGATE_ARRAY:
    *result = TYPE_OF_STRING;
    return STATUS_OK;
  case AGGREGATE_SET:
  case AGGREGATE_SET_UNION:
    *result = TYPE_OF_STRING;
    return STATUS_OK;
  case AGGREGATE_APPROX_DISTINCT:
  case AGGREGATE_SET_COUNT:
  case AGGREGATE_REGR_COUNT:
    *result = TYPE_OF_INT;
    return STATUS_OK;
  default: // of numbers, in binary floating point
    *result = TYPE_OF_DOUBLE;
    return type_is_numeric(arg) ? STATUS_OK : misfit(id, arg, error);
  }
}
