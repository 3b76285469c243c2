// What the parts of evaluation share: segment_evaluate.c (members, levels, groups) and
// segment_measure.c.
#pragma once
#include "cube_fact.h"
#include "segment.h"

typedef struct Evaluation {
  const SegmentWorld *world;
  SegmentMembers members;
  const Rowset *base;
  int32_t day;
  Arena *arena; // of definitions and messages
  Error *error;
  uint32_t reference_depth;
} Evaluation;

// The member of a cube's row: its row number where the fact links to members, else its key.
Status segment_member_key(const Evaluation *evaluation, CubeFact *fact, Expr **key) WARN_UNUSED;
// Runs a tree whose first column is members: its columns (the caller destroys them), and the row
// number of each row's member, 0: none (the caller frees).
Status segment_members_run(const Evaluation *evaluation, LogicalContext *context, Logical *tree,
                           Column **columns, uint32_t **rows, uint64_t *count) WARN_UNUSED;
// The members that a tree of one column gives. The caller releases *set.
Status segment_tree_set(const Evaluation *evaluation, LogicalContext *context, Logical *tree,
                        Rowset **set) WARN_UNUSED;
// Those who meet a rule on a measure; may name others than the base's. The caller releases *set.
Status segment_measure_members(const Evaluation *evaluation, LogicalContext *context,
                               const SegmentRule *rule, Rowset **set) WARN_UNUSED;
// Whether the row with this member is somebody's.
Expr *segment_is_somebodys(LogicalContext *context, Expr *member);
// Where the rule is of one purchase: leaves the fact's rows of the day of each member's first or
// last purchase up to the evaluation's day. STATUS_UNSUPPORTED where the model counts no purchases.
Status segment_purchase_restrict(const Evaluation *evaluation, LogicalContext *context,
                                 const SegmentRule *rule, const CatalogMeasure *measure,
                                 CubeFact *fact) WARN_UNUSED;
