// The one tree that every front end makes: SQL, the cube query, segments, reports.
//
// Columns are named by ColumnId, unique in a statement, so that passes move nodes without
// renumbering. No row number, code or block occurs here. Trees live in an arena and are read-only;
// passes build new nodes. `logical_verify` holds after every pass.
#pragma once
#include "aggregate.h"
#include "plan.h"

typedef uint32_t ColumnId;

typedef struct LogicalColumn {
  ColumnId id;
  const char *name;
  Type type;
  bool nullable;
} LogicalColumn;

typedef enum LogicalKind {
  LOGICAL_SCAN,
  LOGICAL_VALUES,
  LOGICAL_FILTER,
  LOGICAL_PROJECT,
  LOGICAL_JOIN,
  LOGICAL_AGGREGATE,
  LOGICAL_SORT,
  LOGICAL_LIMIT,
  LOGICAL_UNION, // ALL
  LOGICAL_WINDOW,
  LOGICAL_SERIES,    // generate_series: for each row of the input, the values from start to stop
  LOGICAL_RECURSION, // WITH RECURSIVE: rows of inputs[0], then of inputs[1] until it has none
  LOGICAL_WORKING,   // the rows of the round before, within inputs[1] of a RECURSION
  LOGICAL_SHARED,    // the rows of a tree that several places read, which is made once
} LogicalKind;

typedef struct Logical Logical;
struct Logical {
  LogicalKind kind;
  LogicalColumn *columns; // the output
  uint32_t column_count;
  Logical *inputs[2];
  union {
    struct {
      const char *table;
      const char **names; // [column_count] the table's column of each output column
      const char *alias;
      const char *key; // the table's unique key column, or NULL
      // The table's rows in another order, as the passes choose: 1 + the number of the projection
      // that is read, and the column it is sorted by; 0 and NULL: as they lie.
      uint32_t projection;
      const char *order;
    } scan;
    struct {
      Expr **rows; // row by row; constant expressions
      uint32_t row_count;
    } values;
    struct {
      Expr *predicate;
    } filter;
    struct {
      Expr **exprs; // [column_count]
    } project;
    struct {
      JoinKind kind;
      Expr *condition; // over both inputs; NULL for CROSS
      bool null_safe;  // conjuncts of equality treat NULL as a value
    } join;
    struct { // columns: keys, then calls, then the grouping id if has_grouping_id
      Expr **keys;
      uint32_t key_count;
      AggregateCall *calls;
      uint32_t call_count;
      uint64_t *sets; // as in Plan
      uint32_t set_count;
      bool has_grouping_id;
    } aggregate;
    struct {
      SortKey *keys;
      uint32_t key_count;
    } sort;
    struct {
      int64_t limit, offset; // limit -1: none
    } limit;
    struct { // columns: the input's, then the calls'
      Expr **partition;
      uint32_t partition_count;
      SortKey *order;
      uint32_t order_count;
      WindowCall *calls;
      uint32_t call_count;
    } window;
    struct {                     // columns: the input's, then the value
      Expr *start, *stop, *step; // step an interval where the others are time stamps
    } series;
    struct {       // inputs match by position
      uint32_t id; // that its WORKING has
      bool all;    // UNION ALL; else a row that came before is left out
      int32_t position;
    } recursion;
    struct {
      uint32_t id; // of the RECURSION
    } working;
    struct { // columns: the shared tree's, in order
      struct SharedTree *of;
    } shared;
  };
};

// A tree that several LOGICAL_SHARED stand for. Passes take each for a leaf, and come to the tree
// by itself.
typedef struct SharedTree {
  uint32_t id; // 1, 2, ... in a statement: at most SHARED_MAX
  Logical *tree;
  bool optimized;
} SharedTree;

typedef struct LogicalMissed { // an aggregation that no cuboid of its table served
  const Logical *aggregate;
  uint32_t first_note, note_count; // of the context's notes: each cuboid that there is, and why not
} LogicalMissed;

// The arena and the next ColumnId of one statement.
typedef struct LogicalContext {
  Arena *arena;
  ColumnId next_id;   // start at 1
  const char **notes; // what passes say of their choices, for EXPLAIN, in the arena
  uint32_t note_count;
  LogicalMissed *missed; // of the trees planned in this context, in the arena
  uint32_t missed_count;
} LogicalContext;

// Adds a note, cut at 511 bytes.
void logical_note(LogicalContext *context, const char *format, ...) PRINTF_LIKE(2, 3);

// Constructors: each derives its output columns. Arrays are copied into the arena.
Logical *logical_scan(LogicalContext *context, const char *table, const char *alias,
                      const char *const *names, const Type *types, uint32_t count);
Logical *logical_values(LogicalContext *context, Expr **rows, uint32_t row_count,
                        const char *const *names, const Type *types, uint32_t column_count);
Logical *logical_filter(LogicalContext *context, Logical *input, Expr *predicate);
// names may have NULLs (then "?column?"); an EXPR_COLUMN of the input keeps its id.
Logical *logical_project(LogicalContext *context, Logical *input, Expr **exprs,
                         const char *const *names, uint32_t count);
// kind MARK: the last column is the mark.
Logical *logical_join(LogicalContext *context, Logical *left, Logical *right, JoinKind kind,
                      Expr *condition, bool null_safe);
// set_count 0: one set of all keys. An EXPR_COLUMN key of the input keeps its id when there is one
// set only.
Logical *logical_aggregate(LogicalContext *context, Logical *input, Expr **keys,
                           const char *const *key_names, uint32_t key_count,
                           const AggregateCall *calls, const char *const *call_names,
                           uint32_t call_count, const uint64_t *sets, uint32_t set_count,
                           bool has_grouping_id);
Logical *logical_sort(LogicalContext *context, Logical *input, const SortKey *keys, uint32_t count);
Logical *logical_limit(LogicalContext *context, Logical *input, int64_t limit, int64_t offset);
// Each row of input as often as there are values from start to stop by step, which read the row,
// with the value as a last column, of start's type; where one of them is NULL there is none.
Logical *logical_series(LogicalContext *context, Logical *input, Expr *start, Expr *stop,
                        Expr *step, const char *name);
// The rows of seed, then those of term, computed again for the rows of each round, which stand in
// it as logical_working of the same id, until a round has none. Both have the same types.
Logical *logical_recursion(LogicalContext *context, Logical *seed, Logical *term, uint32_t id,
                           bool all, int32_t position);
Logical *logical_working(LogicalContext *context, uint32_t id, const char *const *names,
                         const Type *types, uint32_t count);
// The rows of the shared tree; new ids, or those of its own columns.
Logical *logical_shared(LogicalContext *context, SharedTree *of, bool new_ids);
// The shared trees that node reads, also through each other, each once; at most SHARED_MAX.
uint32_t logical_shared_trees(const Logical *node, SharedTree *found[SHARED_MAX]);
// Functions over the same partitions and order. call_names: one a call.
Logical *logical_window(LogicalContext *context, Logical *input, Expr **partition,
                        uint32_t partition_count, const SortKey *order, uint32_t order_count,
                        const WindowCall *calls, const char *const *call_names,
                        uint32_t call_count);
// Whether the last column of node, a row number, is one of OFFSET offset LIMIT limit (-1: no
// limit).
Expr *logical_row_range(LogicalContext *context, const Logical *node, int64_t offset,
                        int64_t limit);
Logical *logical_union(LogicalContext *context, Logical *left, Logical *right);

// A copy of the node in the arena with other inputs (columns that it passes on follow the input).
Logical *logical_with_inputs(LogicalContext *context, const Logical *node, Logical *left,
                             Logical *right);
// The tree in which `leaf` is replaced by `tree`, which has leaf's columns and maybe more. Nodes
// above are built anew.
Logical *logical_replace(LogicalContext *context, Logical *node, const Logical *leaf,
                         Logical *tree);

// The output column of that id, or NULL.
const LogicalColumn *logical_column(const Logical *node, ColumnId id);
// Whether expr over input's columns may be NULL, as far as its shape tells.
bool logical_expr_nullable(const Logical *input, const Expr *expr);
// An EXPR_COLUMN for output column `index` of node.
Expr *logical_ref(LogicalContext *context, const Logical *node, uint32_t index);

// Checks what must hold of a tree: every column referred to is an input's output, types agree,
// predicates are boolean. STATUS_INVALID with the node's name: a fault of the pass before.
Status logical_verify(const Logical *node, Error *error) WARN_UNUSED;
// Indented text, one node a line, for EXPLAIN and tests.
struct Buffer;
void logical_print(const Logical *node, struct Buffer *out);
