// Dependent joins: a right side that refers to the left one, for each row of it (SQL's correlated
// subqueries and LATERAL), as joins that do not.
#pragma once
#include "logical.h"

// Joins left to right, whose expressions may read left's columns; no node of the result reads what
// its inputs do not give. What right reads of neither (a query further out) stays as it is.
//   INNER, CROSS, LEFT, SINGLE  give left's and right's columns, under right's ids
//   SEMI, ANTI                  left's columns
//   MARK                        left's columns, and `mark`: whether a row of right fits
// condition may be NULL. guard (NULL: none; SINGLE and MARK), over left: where it does not hold
// nobody asks for right's columns, and right must not fail; it is computed for the other rows only.
// It is passed over where following it would repeat too large a part of left. The result may have
// more columns than these. STATUS_UNSUPPORTED: LIMIT in a place where it would count rows for each
// row of left. After Neumann, Kemper, "Unnesting Arbitrary Queries" (BTW 2015); where equalities
// tie the sides, they become the join's.
Status logical_apply(LogicalContext *context, Logical *left, Logical *right, JoinKind kind,
                     Expr *condition, Expr *guard, ColumnId mark, Logical **result,
                     Error *error) WARN_UNUSED;
