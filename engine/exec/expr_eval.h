// Evaluating expressions over batches.
//
// A *program* is made once a query for an expression and its input columns, and is shared by
// threads; a *state* is one thread's scratch memory for it.
//
// Domain evaluation: a sub-tree that reads one column, whose values are codes of a dictionary or
// integers of a small known range, is evaluated once for each possible value when the program is
// made; rows then look their result up. So LIKE, lower() or date_trunc() cost a look-up a row, and
// string results get a dictionary of their own. Should the domain hold a value on which the
// expression fails (it need not occur in the data), rows are evaluated one by one instead.
#pragma once
#include "plan.h"
#include "row_bits.h"

typedef struct ExprProgram ExprProgram;
typedef struct ExprState ExprState;

// columns: what is known of the input (see PlanColumn). The expression, the columns' dictionaries
// and the job must outlive the program and its states. job: is charged for texts, and can end a
// long evaluation; NULL: neither.
ExprProgram *expr_program_create(const Expr *expr, const PlanColumn *columns, uint32_t column_count,
                                 struct Job *job);
void expr_program_destroy(ExprProgram *program); // NULL is allowed
// What is known of the result: its dictionary (owned by the program or an input) and range.
PlanColumn expr_program_column(const ExprProgram *program);
// For which values of a column a condition is true.
typedef struct ExprTruths {
  uint32_t position; // of the column
  int64_t min;       // bit i of `bits`: whether it is for min + i, or the code i
  RowBits bits;      // of all values that the column has
  bool null_passes;  // whether it is for NULL
} ExprTruths;

// The truths of a boolean expression that reads one column of at most value_max known values, at
// which it does not fail. *found: it is such; then the caller clears out->bits. What is charged is
// the job's.
Status expr_truths_find(const Expr *expr, const PlanColumn *columns, uint32_t column_count,
                        uint64_t value_max, struct Job *job, bool *found, ExprTruths *out,
                        Error *error) WARN_UNUSED;
// Fills in the range of an integer result, where it can be told from its arguments' (a value that
// would overflow raises an error and is no result); else leaves *known alone.
void expr_range(const Expr *expr, const PlanColumn *args, uint32_t arg_count, PlanColumn *known);

// Whether a range that is known of an integer result lies within its type.
bool expr_in_range(Type type, const PlanColumn *known);

ExprState *expr_state_create(const ExprProgram *program);
void expr_state_destroy(ExprState *state); // NULL is allowed
// Evaluates every row of input into *out, which points into the state (or the input) and holds
// until the next call. Errors are raised only for rows whose bit in `active` is set (NULL: all
// rows); the results of other rows are anything. Booleans are packed with width 1.
Status expr_eval(ExprState *state, const Batch *input, const uint64_t *active, Vector *out,
                 Error *error) WARN_UNUSED;
// Evaluates a boolean and ANDs it into mask[row_count] (1: true; NULL and false: 0).
Status expr_eval_mask(ExprState *state, const Batch *input, uint8_t *mask,
                      Error *error) WARN_UNUSED;

// One value cast as SQL does it; strings are allocated in arena. Errors name value and type.
Status value_cast(const Value *in, Type type, Arena *arena, Value *out, Error *error) WARN_UNUSED;
// Three-way comparison of two values of the same type that are not NULL; doubles order NaN last.
int value_compare(const Value *a, const Value *b);
// An interval as microseconds with months of 30 days, by which PostgreSQL orders and compares them.
int128_t interval_length(IntervalValue value);
