// The logical tree to a plan over one root.
//
// A foreign key is held as its member's row number, and it stays so as long as it can: lowering
// keeps, for each ColumnId, where its value or its row number stands, and fetches the key itself
// only where the value is asked for. So a join on a declared key becomes a link (no hash table), a
// group by or a distinct count of a foreign key runs on dense row numbers, and a key that is only
// joined on is never read.
#pragma once
#include "logical.h"
#include "root.h"

// The plan's output columns are the tree's, in order. Everything lives in the context's arena; the
// root must outlive the plan.
Status logical_lower(LogicalContext *context, const Logical *tree, const Root *root, Plan **plan,
                     Error *error) WARN_UNUSED;
// The same, but an output column that is a foreign key holds its member's row number, and links[c]
// names the members' table (NULL: column c holds values).
Status logical_lower_rows(LogicalContext *context, const Logical *tree, const Root *root,
                          Plan **plan, const char **links, Error *error) WARN_UNUSED;
