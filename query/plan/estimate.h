// How many rows a tree gives: what join order is chosen by, and what EXPLAIN shows.
//
// Rows of tables are known; the share that a predicate keeps is told from a column's minimum,
// maximum and number of values, as if values were spread evenly and columns independent
// (Selinger et al., SIGMOD 1979). Nothing is read but what the table already knows of its columns.
#pragma once
#include "logical.h"
#include "root.h"

// Rows that node gives, at least 1.
double estimate_rows(const Root *root, const Logical *node);
// The same of node alone, when its inputs give so many rows.
double estimate_rows_over(const Root *root, const Logical *node, double left, double right);
// Different values of an output column of node, at least 1; at most `rows`, what is known of node.
double estimate_values(const Root *root, const Logical *node, ColumnId id, double rows);
// The share of rows of node that a predicate over its outputs keeps, in (0, 1].
double estimate_share(const Root *root, const Logical *node, const Expr *predicate, double rows);

// The scan and the table's column that an output column of node comes from unchanged; NULL: none.
const Logical *column_origin(const Logical *node, ColumnId id, const char **column);
