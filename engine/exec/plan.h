// The plan: a read-only tree of physical operators over one root.
//
// A plan can be cached and shared by threads; what a running query changes lives in its Execution.
// Each node's output is `columns`, positions 0 .. column_count-1; expressions of a node refer to
// positions of its input (of both inputs in a row, left first, for a JOIN).
#pragma once
#include "key_set.h"
#include "window.h"

typedef enum PlanKind {
  PLAN_SCAN,
  PLAN_VALUES,
  PLAN_LINK,
  PLAN_FILTER,
  PLAN_PROJECT,
  PLAN_AGGREGATE,
  PLAN_JOIN,
  PLAN_SORT,
  PLAN_LIMIT,
  PLAN_UNION, // all rows of both inputs
  PLAN_WINDOW,
  PLAN_SERIES,
  PLAN_RECURSION, // the rows of inputs[0], then those of inputs[1], run again for each round's rows
  PLAN_WORKING,   // the rows of the round before, in inputs[1] of a RECURSION
  PLAN_SHARED,    // the rows of a plan that several places read
  PLAN_ROWSET,
} PlanKind;

typedef enum JoinKind {
  JOIN_INNER,
  JOIN_LEFT,
  JOIN_RIGHT,
  JOIN_FULL,
  JOIN_CROSS,
  JOIN_SEMI,
  JOIN_ANTI,
  JOIN_SINGLE, // LEFT, but a second partner is an error: a scalar subquery
  JOIN_MARK,   // the left side, and a boolean at the end: whether there is a partner
} JoinKind;

#define ROWSET_OWN_ROW UINT32_MAX  // see Plan.rowset
#define SCAN_ROW_NUMBER UINT32_MAX // a scan's column: the number of the row itself

typedef struct ScanSet { // a set that is there before the query; a scan keeps the rows in it
  const KeySet *set;
  uint32_t tested; // as in Plan.rowset
  bool negated;    // the rows that are not in it; a NULL is neither
} ScanSet;

typedef struct PlanColumn {
  const char *name;
  Type type;
  // What is known of the values, for dense grouping and domain evaluation: min <= value <= max (of
  // codes for strings); unknown: min > max.
  int64_t min, max;
  const Dictionary *dictionary; // the one that codes in this column refer to, or NULL
} PlanColumn;

typedef struct SortKey {
  Expr *expr;
  bool descending, nulls_first;
} SortKey;

typedef struct Plan Plan;

#define SHARED_MAX 32 // of a statement

typedef struct SharedPlan { // run once, when the first of those who read its rows is opened
  uint32_t id;              // 1, 2, ...
  Plan *plan;
} SharedPlan;

struct Plan {
  PlanKind kind;
  PlanColumn *columns;
  uint32_t column_count;
  Plan *inputs[2];
  uint32_t id; // number in the plan, for profiles
  // [column_count] columns that no node above reads (NULL: all are read): scans, links and joins
  // give NULL for them.
  const bool *unread;
  union {
    struct {                   // inputs[0]: NULL or the first ROWSET that its rows must be in
      const Table *table;      // pinned by the query's root
      const Table *of;         // whose projection it is; NULL: it is none
      const char *order;       // the column that a projection is sorted by
      uint32_t *table_columns; // [column_count] indices into the table's columns
      Expr *predicate;         // over the output's positions; NULL: all rows
      ScanSet *sets;           // [set_count]
      uint32_t set_count;
      bool with_hidden; // also rows that are not shown (needed by nothing but maintenance)
    } scan;
    struct {
      Expr **rows; // [row_count * column_count], row by row
      uint32_t row_count;
    } values;
    struct {             // output: the input's columns, then the fetched ones
      uint32_t position; // of the row numbers in the input
      const Table *table;
      uint32_t *table_columns;
      uint32_t fetch_count;
      bool inner;         // drop rows that link to a hidden row; else (left) their values are NULL
      bool shown;         // every row leads to a member that is shown: nothing drops, nor is hidden
      bool keep_inferred; // left: an inferred member's key is shown (a foreign key's own value)
      Expr *predicate;    // over the fetched columns' positions (0 ..): a filter on the member
    } link;
    struct {
      Expr *predicate;
    } filter;
    struct {
      Expr **exprs; // [column_count]
    } project;
    struct { // output: keys, then calls, then (if has_grouping_id) the grouping set's mask
      Expr **keys;
      uint32_t key_count;
      AggregateCall *calls;
      uint32_t call_count;
      uint64_t *sets; // bit k set: key k is grouped by in this set (else NULL); at least one set
      uint32_t set_count;
      bool has_grouping_id; // int column: bit k set where key k is *not* grouped by
    } aggregate;
    struct {
      JoinKind kind;
      Expr **left_keys, **right_keys; // over the one side's positions each
      uint32_t key_count;
      bool null_safe; // NULL equals NULL
      Expr *residual; // over both sides' positions; NULL: none
      // Semi and anti: the left side is kept and the right one streams past; else the other way
      // round. The output is then the left side's columns alone.
      bool keeps_left;
    } join;
    struct {
      SortKey *keys;
      uint32_t key_count;
      int64_t limit;  // top N: only so many rows are needed; -1: all
      int64_t offset; // the first rows, which are not given
    } sort;
    struct {
      int64_t limit; // -1: none
      int64_t offset;
    } limit;
    struct { // output: the input's columns, then one a call
      Expr **partition;
      uint32_t partition_count;
      SortKey *order;
      uint32_t order_count;
      WindowCall *calls;
      uint32_t call_count;
    } window;
    struct {                     // output: the input's columns, then the value
      Expr *start, *stop, *step; // step an interval where the others are time stamps
    } series;
    struct {
      uint32_t id; // that its WORKING has
      bool all;    // else a row that came before is left out
      int32_t position;
    } recursion;
    struct {
      uint32_t id;
    } working;
    struct {
      const struct SharedPlan *of; // whose columns the node has
    } shared;
    // The rows of `table` that inputs[0] names, for the scan that this node is an input of; it
    // gives no rows. inputs[1]: NULL or another ROWSET for the same scan.
    struct {
      const Table *table;
      uint32_t position; // in inputs[0]: of row numbers, or (by_key) of the table's keys
      bool by_key;
      bool negated;     // the scan keeps the rows that are *not* in the set
      uint32_t tested;  // the scan's position of row numbers of table; ROWSET_OWN_ROW: table is the
                        // scanned one, and its own row numbers are tested
      const char *name; // of the tested column, for EXPLAIN
    } rowset;
  };
};

// What is asked of an execution, and what it tells.
struct ThreadPool;
struct Job;

typedef struct OperatorProfile {
  const char *kernel; // the variant that ran: "dense group", "hash group", "packed scan", ...
  _Atomic uint64_t rows_out, rows_in, bytes_read, blocks_read, blocks_skipped, time_ns;
} OperatorProfile;

typedef struct Batch {
  uint32_t row_count; // <= VECTOR_ROWS
  uint32_t column_count;
  Vector *columns;
} Batch;

// Receives result batches, in order, on the executing thread. Not OK ends the execution.
typedef Status (*BatchSink)(void *context, const Batch *batch, Error *error);

// Runs the plan. profiles may be NULL, else has plan_count(plan) entries by Plan.id.
Status plan_execute(const Plan *plan, struct ThreadPool *pool, struct Job *job,
                    OperatorProfile *profiles, BatchSink sink, void *context,
                    Error *error) WARN_UNUSED;
uint32_t plan_count(const Plan *plan);
// The shared plans that the plan reads, also through each other, each once; at most SHARED_MAX.
uint32_t plan_shared(const Plan *plan, const SharedPlan *found[SHARED_MAX]);
