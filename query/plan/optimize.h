// Named rewrite passes over the logical tree, in order, each of which can be switched off.
//
//   fold          constant sub-expressions become constants
//   factor        what all arms of an OR demand is taken out of it
//   pushdown      filters move towards the scans; a comma join with an equality becomes an inner
//                 join; a left join whose right side must not be NULL becomes an inner one
//   eager         groups are made before the left join that repeats their rows
//   order         inner joins stand in the order that costs least, a key's table on the right
//   materialised  attributes of a linked row that the fact holds a copy of are read from the fact
//   prune         columns that nobody needs disappear
//   cuboid        an aggregation reads a table of partial states where one can serve
//   projection    one by a key that a projection of the table lies in the order of reads that
#pragma once
#include "logical.h"
#include "root.h"

// STATUS_INVALID when the list (names separated by commas, or NULL) has a name that is no pass.
Status passes_check(const char *list, Error *error) WARN_UNUSED;
// root: what the tree will run on. passes_off: names separated by commas, or NULL. The tree is
// verified before the first pass and after each. STATUS_INVALID names an unknown pass, or the pass
// that broke the tree.
Status logical_optimize(LogicalContext *context, const Root *root, Logical **tree,
                        const char *passes_off, Error *error) WARN_UNUSED;

// The name of pass 0, 1, ...; NULL beyond the last.
const char *logical_pass_name(uint32_t pass);

Logical *pass_fold(LogicalContext *context, const Root *root, Logical *tree);
Logical *pass_factor(LogicalContext *context, const Root *root, Logical *tree);
Logical *pass_pushdown(LogicalContext *context, const Root *root, Logical *tree);
Logical *pass_eager(LogicalContext *context, const Root *root, Logical *tree);
Logical *pass_order(LogicalContext *context, const Root *root, Logical *tree);
Logical *pass_materialised(LogicalContext *context, const Root *root, Logical *tree);
Logical *pass_prune(LogicalContext *context, const Root *root, Logical *tree);
Logical *pass_cuboid(LogicalContext *context, const Root *root, Logical *tree);
Logical *pass_projection(LogicalContext *context, const Root *root, Logical *tree);

// Splits an AND into its conjuncts (itself when it is none); arrays live in the arena.
uint32_t expr_conjuncts(Arena *arena, Expr *expr, Expr ***conjuncts);
// Whether every column that expr reads is an output of node (at least one, or none at all).
bool expr_reads_only(const Expr *expr, const Logical *node);
