// Which columns tell the rows of a tree apart: what makes a join N:1.
#pragma once
#include "logical.h"

// Whether no two rows of node agree in all of these of its output columns. ids without any: node
// has at most one row. False where it cannot be told.
bool logical_is_unique(const Logical *node, const ColumnId *ids, uint32_t count);
// Whether each row of `left` meets at most one row of `right` under the join condition (NULL: every
// pair matches): the equalities in it fix columns that are unique in `right`.
bool logical_join_is_single(LogicalContext *context, const Logical *left, const Logical *right,
                            const Expr *condition);
