// Aggregates as init, update, merge, final over named, order-free states.
//
// Integers and decimals keep exact n and sum (128 bits), so that answers repeat to the last digit
// whatever the threads did. Sums of doubles are exact too (a superaccumulator; see double_sum.h).
#pragma once
#include "expr.h"

typedef enum AggregateId {
  AGGREGATE_COUNT_ROWS, // count(*)
  AGGREGATE_COUNT,      // of values that are not NULL
  AGGREGATE_COUNT_DISTINCT,
  AGGREGATE_SUM,
  AGGREGATE_MIN,
  AGGREGATE_MAX,
  AGGREGATE_AVG,
  AGGREGATE_ANY, // some value of the group: for columns that the key determines
} AggregateId;

typedef struct AggregateCall {
  AggregateId id;
  Expr *arg;    // NULL for COUNT_ROWS
  Expr *filter; // FILTER (WHERE ...), or NULL
  Type type;    // of the result
} AggregateCall;

const char *aggregate_name(AggregateId id);
// The type of id's result over an argument of `arg` (PostgreSQL's rules: sum(int32) is int64,
// sum(int64) decimal(38,0), sum(decimal(p,s)) decimal(38,s), avg decimal(38,max(16,s)) or double).
// STATUS_INVALID where the argument's type does not fit.
Status aggregate_result_type(AggregateId id, Type arg, Type *result, Error *error) WARN_UNUSED;
