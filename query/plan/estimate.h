// How many rows a tree gives: what join order is chosen by.
//
// Rows of tables are known; the share that a predicate keeps is told from a column's minimum,
// maximum and number of values, as if values were spread evenly and columns independent
// (Selinger et al., SIGMOD 1979). Nothing is read but what the table already knows of its columns.
#pragma once
#include "logical.h"
#include "root.h"

// Shares of rows that a condition keeps where nothing is known: as PostgreSQL and others have them,
// give or take.
#define SHARE_EQUAL 0.1
#define SHARE_RANGE 0.3

// Rows that node gives, at least 1.
double estimate_rows(const Root *root, const Logical *node);
// Different values of an output column of node, at least 1; at most `rows`, what is known of node.
double estimate_values(const Root *root, const Logical *node, ColumnId id, double rows);

// The scan and the table's column that an output column of node comes from unchanged; NULL: none.
const Logical *column_origin(const Logical *node, ColumnId id, const char **column);
