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
  AGGREGATE_BOOL_AND,
  AGGREGATE_BOOL_OR,
  AGGREGATE_PERCENTILE_CONT,
  AGGREGATE_PERCENTILE_DISC,
  AGGREGATE_MODE,
  AGGREGATE_STRING,  // string_agg: more[0] the separator
  AGGREGATE_ARRAY,   // array_agg, in PostgreSQL's text form
  AGGREGATE_ARG_MIN, // more[0]: what is least
  AGGREGATE_ARG_MAX,
  AGGREGATE_APPROX_DISTINCT,
  AGGREGATE_SET,       // of a foreign key's row numbers, as a text (agg_set.h): a state, no SQL
  AGGREGATE_SET_UNION, // of sets, a set
  AGGREGATE_SET_COUNT, // of sets, how many members they have together
  AGGREGATE_STDDEV_SAMP,
  AGGREGATE_STDDEV_POP,
  AGGREGATE_VAR_SAMP,
  AGGREGATE_VAR_POP,
  AGGREGATE_COVAR_SAMP, // from here on of two arguments: y, and more[0] x
  AGGREGATE_COVAR_POP,
  AGGREGATE_CORR,
  AGGREGATE_REGR_SLOPE,
  AGGREGATE_REGR_INTERCEPT,
  AGGREGATE_REGR_R2,
  AGGREGATE_REGR_COUNT,
  AGGREGATE_REGR_AVGX,
  AGGREGATE_REGR_AVGY,
  AGGREGATE_REGR_SXX,
  AGGREGATE_REGR_SYY,
  AGGREGATE_REGR_SXY,
} AggregateId;

#define AGGREGATE_MORE_MAX 8
#define AGGREGATE_EXPRS_MAX (AGGREGATE_MORE_MAX + 2)

typedef struct AggregateCall {
  AggregateId id;
  Expr *arg;                      // NULL for COUNT_ROWS
  Expr *more[AGGREGATE_MORE_MAX]; // a second argument, then the keys of its ORDER BY
  uint32_t more_count, order_count;
  uint32_t descending, nulls_first; // of the keys, a bit each
  bool distinct;                    // of the values; COUNT_DISTINCT is an aggregate of its own
  bool as_given;                    // lists: rows come in an order that counts (a window's)
  double fraction;                  // of a percentile; NaN: NULL
  Expr *filter;                     // FILTER (WHERE ...), or NULL
  Type type;                        // of the result
} AggregateCall;

// The places of the call's expressions: arg, more and filter, as far as there are. Returns how
// many.
uint32_t aggregate_call_exprs(AggregateCall *call, Expr **places[AGGREGATE_EXPRS_MAX]);
bool aggregate_call_equal(const AggregateCall *a, const AggregateCall *b);
// Whether all values must be kept until the end (percentiles, lists, DISTINCT).
bool aggregate_keeps_values(const AggregateCall *call);
// Whether two that keep values, of the same rows, keep the same ones: percentiles and modes of one
// argument.
bool aggregate_keeps_same(const AggregateCall *a, const AggregateCall *b);
bool aggregate_is_count(AggregateId id); // never NULL: 0 of no rows

const char *aggregate_name(AggregateId id);
// The type of id's result over an argument of `arg` (PostgreSQL's rules: sum(int32) is int64,
// sum(int64) decimal(38,0), sum(decimal(p,s)) decimal(38,s), avg decimal(38,max(16,s)) or double).
// STATUS_INVALID where the argument's type does not fit.
Status aggregate_result_type(AggregateId id, Type arg, Type *result, Error *error) WARN_UNUSED;
