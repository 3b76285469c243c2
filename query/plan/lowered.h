// What the parts of lowering share: a plan under construction, and where each logical column stands
// in it.
#pragma once
#include "lower.h"
#include "optimize.h"

#define NOWHERE UINT32_MAX

typedef struct Binding {
  ColumnId id;
  const char *name;
  uint32_t value;    // position of the value, or NOWHERE
  uint32_t rows;     // position of the member's row number, or NOWHERE
  const Table *link; // what `rows` numbers rows of
} Binding;

typedef struct Lowered {
  Plan *plan;
  Binding *bindings;
  uint32_t count;
} Lowered;

typedef struct Lowering {
  LogicalContext *context;
  Arena *arena;
  const Root *root;
  uint32_t next_plan;
  // A scan that is to give its rows' numbers too, as those of a member with id ROW_NUMBER_ID.
  const Logical *numbered;
  struct { // trees that are lowered already
    const SharedTree *tree;
    SharedPlan *plan;
  } shared[SHARED_MAX];
  uint32_t shared_count;
} Lowering;

#define ROW_NUMBER_ID 0 // no column's: see LogicalContext.next_id

Status lower(Lowering *lowering, const Logical *node, Lowered *out, Error *error) WARN_UNUSED;
Status lower_scan(Lowering *lowering, const Logical *node, Lowered *out, Error *error) WARN_UNUSED;
Status lower_filter(Lowering *lowering, const Logical *node, Lowered *out,
                    Error *error) WARN_UNUSED;
Status lower_join(Lowering *lowering, const Logical *node, Lowered *out, Error *error) WARN_UNUSED;
Status lower_project(Lowering *lowering, const Logical *node, Lowered *out,
                     Error *error) WARN_UNUSED;
Status lower_aggregate(Lowering *lowering, const Logical *node, Lowered *out,
                       Error *error) WARN_UNUSED;
Status lower_window(Lowering *lowering, const Logical *node, Lowered *out,
                    Error *error) WARN_UNUSED;

// A semi- or anti-join as a set of rows that the scan below `left` tests; *done: it is one, and
// *out is the whole join.
Status lower_rowset(Lowering *lowering, const Logical *node, Lowered *left, Lowered *out,
                    bool *done, Error *error) WARN_UNUSED;

// The members that an inner link keeps, as a set of rows that the scan tests from which the link's
// row numbers come: `members` is a scan of the link's table with a filter, `link` the foreign key's
// binding in left. *done: it is one.
Status lower_link_set(Lowering *lowering, Lowered *left, const Binding *link,
                      const Logical *members, bool *done, Error *error) WARN_UNUSED;

// Of a finished hash join: what one side's scan drops by a key (its own filter, where it scans the
// key's members; sets of the key's rows) needs no rows of the other side: where that comes from a
// scan too, and the set costs little beside it, it tests a copy of the set.
void lower_sets_across(Lowering *lowering, const Plan *join);

// Notes in every node of the finished plan which columns nobody above it reads.
void lower_mark_unread(Lowering *lowering, Plan *root);

// A node of `column_count` columns of which nothing is known yet.
Plan *plan_new(Lowering *lowering, PlanKind kind, Plan *left, Plan *right, uint32_t column_count);
// Gives a node with its first input's columns what is known of them.
void plan_pass_columns(Plan *plan);
PlanColumn column_known(const char *name, const Column *column);
// Whether every row's link at the position leads to a member that is shown: the values are a
// scanned column's own, none of them 0 or (in derived tables) NULL, and the table hides none but
// row 0.
bool link_always_shown(const Plan *plan, uint32_t position, const Table *table);
// Adds a LINK that fetches `columns` of `table` by the row numbers at `position`.
Plan *plan_link(Lowering *lowering, Plan *input, uint32_t position, const Table *table,
                const uint32_t *columns, uint32_t count);

// The binding of a column, or NULL.
Binding *binding_find(const Lowered *lowered, ColumnId id);
// Makes the value of a column stand in the plan: a foreign key is fetched from its member.
void value_need(Lowering *lowering, Lowered *lowered, ColumnId id);
// The same for all columns that expr reads the values of (NULL: none).
void values_need(Lowering *lowering, Lowered *lowered, const Expr *expr);
// Whether expr asks of a foreign key only what its row number tells as well: if it is there, or if
// its member is in a set.
bool asks_row(const Lowered *lowered, const Expr *expr);
// Whether the plan's output rows are the scan's own: then a predicate can run inside it.
bool reads_scanned_values(const Lowered *lowered, const Expr *expr);
// The expression over positions of left (and right, or NULL); its values must stand there.
Expr *expr_lower(Lowering *lowering, const Lowered *left, const Lowered *right, const Expr *expr);
// The same for one input, fetching what is not there yet.
Expr *expr_need(Lowering *lowering, Lowered *lowered, const Expr *expr);
// Whether a key is a foreign key whose value is not there: grouping and joining do with row
// numbers.
bool key_as_rows(const Lowered *input, const Expr *key);
Expr *rows_expr(Lowering *lowering, const Lowered *input, const Expr *key); // those numbers
// Fetches what a call reads; as_rows: but for its argument, of which the row number will do.
void call_need(Lowering *lowering, Lowered *input, AggregateCall call, bool as_rows);
// Puts positions in place of the call's columns; as_rows: but for its argument.
void call_lower(Lowering *lowering, const Lowered *input, AggregateCall *call, bool as_rows);
