// An expression of one column as a table of results, one for each value that the column can take.
#pragma once
#include "expr_eval.h"

typedef struct ExprDomain ExprDomain;

// Whether expr reads exactly one column, whose values are few and known, and is worth a table.
bool expr_domain_fits(const Expr *expr, const PlanColumn *columns, uint32_t *position);
// Whether expr reads exactly one column, whose values are few and known: how many at most.
bool expr_domain_is_small(const Expr *expr, const PlanColumn *columns, uint32_t *position,
                          uint64_t *value_count);
// Evaluates `plain` (a program of expr without domains) on every value of the column at `position`;
// NULL when it fails on one of them.
ExprDomain *expr_domain_create(const ExprProgram *plain, const Expr *expr, const PlanColumn *column,
                               uint32_t position);
void expr_domain_destroy(ExprDomain *domain); // NULL is allowed
PlanColumn expr_domain_column(const ExprDomain *domain);
// Of a boolean: sets the bit of each value, less the least one, for which it is true; whether it
// is for NULL.
bool expr_domain_truths(const ExprDomain *domain, uint64_t *bits);
void expr_domain_look_up(const ExprDomain *domain, const Batch *input, VectorBuffer *buffer,
                         Vector *out);
