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
};

#define AVG_SCALE_MIN 16

const char *aggregate_name(AggregateId id) {
  return NAMES[id];
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
    *result = arg;
    return STATUS_OK;
  }
  return error_set(error, STATUS_INVALID, "unknown aggregate %d", (int)id);
}
