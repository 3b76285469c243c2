// Every expression of a tree, for reading and for rewriting: the one place that knows which nodes
// hold which expressions.
#pragma once
#include "logical.h"

// Calls visit for each expression of this node (not of its inputs).
void logical_visit_exprs(const Logical *node, void (*visit)(void *context, const Expr *expr),
                         void *visit_context);
// A copy of the tree in which every expression is what `map` returns for it. Columns keep their
// ids.
Logical *logical_map_exprs(LogicalContext *context, const Logical *node,
                           Expr *(*map)(void *context, Expr *expr), void *map_context);
// The same of this node alone; its inputs stay.
Logical *logical_map_own_exprs(LogicalContext *context, const Logical *node,
                               Expr *(*map)(void *context, Expr *expr), void *map_context);
// A copy of the tree in which every column that it makes has a new id; the outputs are in the same
// order.
Logical *logical_copy(LogicalContext *context, const Logical *node);
// Whether an expression of the tree reads an output of `other`.
bool logical_reads(const Logical *node, const Logical *other);
bool expr_reads(const Expr *expr, const Logical *other); // whether the expression does
// Whether computing the tree may raise an error: an expression of it may (expr_can_fail), or a
// scalar subquery within it may have several rows. Sums that overflow are not counted.
bool logical_can_fail(const Logical *node);
// Whether the tree reads nothing but what its own nodes give: it refers to no query around it.
bool logical_is_closed(const Logical *node);
