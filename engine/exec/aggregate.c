// What aggregates are called and what types they give: the static half of aggregates.
//
// Types follow PostgreSQL but for avg, whose scale there depends on the values; here a type is
// settled at binding, so avg of exact numbers is decimal(38, max(16, scale)). The states and their
// update, merge and final functions are the executor's.
#include "aggregate.h"

typedef enum ResultRule {
  RESULT_INT,
  RESULT_REAL, // of numbers, in binary floating point
  RESULT_SUM,
  RESULT_AVG,
  RESULT_SAME,    // the argument's
  RESULT_ORDERED, // the same, but of no bool
  RESULT_BOOL,    // of bools
  RESULT_TEXT,
  RESULT_TEXT_OF_TEXT,
  RESULT_ARRAY, // of intervals its text: they are equal though written otherwise
} ResultRule;

typedef struct AggregateFacts {
  const char *name;
  uint8_t family, result, traits; // AggregateFamily, ResultRule, AGGREGATE_*
} AggregateFacts;

#define NEVER_NULL AGGREGATE_NEVER_NULL
#define PASSES_NULLS AGGREGATE_PASSES_NULLS
#define ONCE AGGREGATE_ONCE
#define MERGES AGGREGATE_MERGES
#define BY_ORDER AGGREGATE_BY_ORDER
#define PAIRS AGGREGATE_PAIRS
static const AggregateFacts AGGREGATES[] = {
#define AGGREGATE(id, name, family, result, traits)                                                \
  [AGGREGATE_##id] = {name, AGGREGATE_FAMILY_##family, RESULT_##result, traits},
#include "aggregates.def"
#undef AGGREGATE
};

#define AVG_SCALE_MIN 16

const char *aggregate_name(AggregateId id) {
  return AGGREGATES[id].name;
}

AggregateFamily aggregate_family(AggregateId id) {
  return (AggregateFamily)AGGREGATES[id].family;
}

bool aggregate_has(AggregateId id, unsigned trait) {
  return AGGREGATES[id].traits & trait;
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
  return call->distinct || aggregate_family(call->id) == AGGREGATE_FAMILY_VALUES;
}

static bool picks_by_order(const AggregateCall *call) {
  return !call->distinct && aggregate_has(call->id, AGGREGATE_BY_ORDER);
}

bool aggregate_keeps_same(const AggregateCall *a, const AggregateCall *b) {
  if (!picks_by_order(a) || !picks_by_order(b) || !expr_equal(a->arg, b->arg)) return false;
  if (a->more_count != b->more_count || a->order_count != b->order_count) return false;
  for (uint32_t i = 0; i < a->more_count; i++)
    if (!expr_equal(a->more[i], b->more[i])) return false;
  return a->descending == b->descending && a->nulls_first == b->nulls_first;
}

bool aggregate_call_is_plain(const AggregateCall *call) {
  return aggregate_has(call->id, AGGREGATE_MERGES) && !aggregate_keeps_values(call);
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
  case TYPE_INTERVAL:
    *result = arg;
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
  case TYPE_INTERVAL:
    *result = arg;
    return STATUS_OK;
  default:
    return misfit(AGGREGATE_AVG, arg, error);
  }
}

Status aggregate_result_type(AggregateId id, Type arg, Type *result, Error *error) {
  bool fits = true;
  switch ((ResultRule)AGGREGATES[id].result) {
  case RESULT_INT:
    *result = TYPE_OF_INT;
    break;
  case RESULT_REAL:
    *result = TYPE_OF_DOUBLE;
    fits = type_is_numeric(arg);
    break;
  case RESULT_SUM:
    return sum_type(arg, result, error);
  case RESULT_AVG:
    return avg_type(arg, result, error);
  case RESULT_SAME:
    *result = arg;
    break;
  case RESULT_ORDERED:
    *result = arg;
    fits = arg.kind != TYPE_BOOL && arg.kind != TYPE_NULL && !type_is_array(arg);
    break;
  case RESULT_BOOL:
    *result = TYPE_OF_BOOL;
    fits = arg.kind == TYPE_BOOL;
    break;
  case RESULT_TEXT:
    *result = TYPE_OF_STRING;
    break;
  case RESULT_TEXT_OF_TEXT:
    *result = TYPE_OF_STRING;
    fits = type_is_text(arg);
    break;
  case RESULT_ARRAY:
    fits = !type_is_array(arg);
    *result = arg.kind == TYPE_INTERVAL ? TYPE_OF_STRING : type_array(arg);
    break;
  }
  return fits ? STATUS_OK : misfit(id, arg, error);
}
