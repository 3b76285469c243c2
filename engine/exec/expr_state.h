// What the files that evaluate nodes share: the inside of programs and states (see expr_eval.h).
#pragma once
#include "expr_domain.h"
#include "expr_function.h"
#include "expr_regex.h"

struct ExprProgram {
  const Expr *expr;
  Job *job;
  ExprProgram **args; // [arg_count], behind the program; none for a domain
  uint32_t arg_count;
  ExprDomain *domain; // results by value of one column, or NULL
  PlanColumn column;  // what is known of the result
  bool in_range;      // which proves that no integer overflows
  Value *list;        // EXPR_IN: the constants that are not NULL, sorted
  uint32_t list_count;
  bool list_has_null;
};

struct ExprState { // a tree's are one piece of memory, which its root is the beginning of
  const ExprProgram *program;
  ExprState **args;
  Vector *values; // [arg_count]
  VectorBuffer buffer;
  uint64_t valid[VECTOR_ROWS / 64], active[VECTOR_ROWS / 64];
  Arena *text;
  int64_t text_charged;
  RegexCache *regexes; // made by the first pattern
};

// The rows that a later argument is evaluated for: those of `active` (NULL: all) where keep, which
// has room for VECTOR_ROWS bytes, is set.
const uint64_t *active_narrow(const uint64_t *active, const uint8_t *keep, uint32_t count,
                              uint64_t *out);

// Sorts the constants of an EXPR_IN for eval_in.
void list_prepare(ExprProgram *program);
// A boolean vector as bytes of 0 or 1, its NULLs (of which valid[row] is 0) as anything. Both have
// room for VECTOR_ROWS; false: no row is NULL, and `valid` is not set.
bool truth_bytes(const Vector *v, uint32_t count, uint8_t *truth, uint8_t *valid);

// The nodes that are not functions of evaluated arguments, as expr_eval.
Status eval_logic(ExprState *state, const Batch *input, const uint64_t *active, Vector *out,
                  Error *error) WARN_UNUSED; // AND, OR
Status eval_not(ExprState *state, const Batch *input, const uint64_t *active, Vector *out,
                Error *error) WARN_UNUSED;
Status eval_is_null(ExprState *state, const Batch *input, const uint64_t *active, Vector *out,
                    Error *error) WARN_UNUSED;
Status eval_in(ExprState *state, const Batch *input, const uint64_t *active, Vector *out,
               Error *error) WARN_UNUSED;
Status eval_in_set(ExprState *state, const Batch *input, const uint64_t *active, Vector *out,
                   Error *error) WARN_UNUSED;
Status eval_case(ExprState *state, const Batch *input, const uint64_t *active, Vector *out,
                 Error *error) WARN_UNUSED;
Status eval_coalesce(ExprState *state, const Batch *input, const uint64_t *active, Vector *out,
                     Error *error) WARN_UNUSED;
