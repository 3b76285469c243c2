// The general way of a dependent join: the distinct values that the right side reads of the left
// one (its domain) are joined into the right side, wherever it reads them.
#pragma once
#include "logical.h"

typedef struct Domain {
  LogicalContext *context;
  Logical *left;
  Logical *source;   // the part of left that the values come from
  Expr *guard;       // over source's columns: only values of rows for which it holds; or NULL
  ColumnId guard_id; // the column of left that is the guard's value
  ColumnId *outer;   // left's columns that are read
  ColumnId *inner;   // [count] what stands for them in the tree that domain_join gave last
  Type *types;
  uint32_t count;
} Domain;

// guard (or NULL) narrows the domain to the rows of left for which it holds; left's column guard_id
// is its value. domain_join then joins the domain also into what reads nothing of left but may fail
// (logical_can_fail), so that it is computed only where the guard holds for some row.
void domain_init(Domain *domain, LogicalContext *context, Logical *left, const Logical *right,
                 Expr *guard, ColumnId guard_id);
// How many nodes the tree has that the values come from: each place that needs them repeats it.
uint32_t domain_source_size(const Domain *domain);
// right's columns and the domain's, for each value of the domain what right is for it.
Status domain_join(Domain *domain, Logical *right, Logical **result, Error *error) WARN_UNUSED;
// left's columns are the domain's, NULL being equal to NULL.
Expr *domain_condition(const Domain *domain);
