// The general way of a dependent join: the distinct values that the right side reads of the left
// one (its domain) are joined into the right side, wherever it reads them.
#pragma once
#include "logical.h"

typedef struct Domain {
  LogicalContext *context;
  Logical *left;
  ColumnId *outer; // left's columns that are read
  ColumnId *inner; // [count] what stands for them in the tree that domain_join gave last
  Type *types;
  uint32_t count;
} Domain;

void domain_init(Domain *domain, LogicalContext *context, Logical *left, const Logical *right);
// right's columns and the domain's, for each value of the domain what right is for it.
Status domain_join(Domain *domain, Logical *right, Logical **result, Error *error) WARN_UNUSED;
// left's columns are the domain's, NULL being equal to NULL.
Expr *domain_condition(const Domain *domain);
