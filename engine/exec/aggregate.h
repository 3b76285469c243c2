// Aggregates as init, update, merge, final over named, order-free states.
//
// Integers and decimals keep exact n and sum (128 bits), so that answers repeat to the last digit
// whatever the threads did. Sums of doubles are exact too (a superaccumulator; see double_sum.h).
#pragma once
#include "expr.h"

typedef enum AggregateId { // see aggregates.def
#define AGGREGATE(id, name, family, result, traits) AGGREGATE_##id,
#include "aggregates.def"
#undef AGGREGATE
} AggregateId;

typedef enum AggregateFamily { // by the kind of states
  AGGREGATE_FAMILY_COUNT,
  AGGREGATE_FAMILY_DISTINCT,
  AGGREGATE_FAMILY_SUM,
  AGGREGATE_FAMILY_EXTREME,
  AGGREGATE_FAMILY_VALUES, // keep all values until the end
  AGGREGATE_FAMILY_SKETCH,
  AGGREGATE_FAMILY_SET,
  AGGREGATE_FAMILY_MOMENTS,
} AggregateFamily;

// What the traits mean: aggregates.def.
enum {
  AGGREGATE_NEVER_NULL = 1,
  AGGREGATE_PASSES_NULLS = 2,
  AGGREGATE_ONCE = 4,
  AGGREGATE_MERGES = 8,
  AGGREGATE_BY_ORDER = 16,
  AGGREGATE_PAIRS = 32,
};

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
// Whether merging its states and its final value are quick: not where values or sets are kept.
bool aggregate_call_is_plain(const AggregateCall *call);

const char *aggregate_name(AggregateId id);
AggregateFamily aggregate_family(AggregateId id);
bool aggregate_has(AggregateId id, unsigned trait);
// The type of id's result over an argument of `arg` (PostgreSQL's rules: sum(int32) is int64,
// sum(int64) decimal(38,0), sum(decimal(p,s)) decimal(38,s), avg decimal(38,max(16,s)) or double).
// STATUS_INVALID where the argument's type does not fit.
Status aggregate_result_type(AggregateId id, Type arg, Type *result, Error *error) WARN_UNUSED;
