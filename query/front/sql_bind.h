// What the files that bind SQL share: the binder, scopes of names, and each file's entry.
//
// Binding walks the parser's tree once, finds what every name means, settles every type and makes
// the logical tree. `Binder` is the state of one statement, `SelectState` that of one SELECT.
//
//   sql_bind_select   SELECT, set operations, VALUES, WITH, ORDER BY, LIMIT
//   sql_bind_from     tables, joins, subqueries          sql_bind_where  conjuncts, IN and EXISTS
//   sql_bind_group    GROUP BY, grouping sets, what may stand beside an aggregate
//   sql_bind_expr     expressions, by kind               sql_bind_operator  + - * / = < LIKE ...
//   sql_bind_text     functions of texts, patterns       sql_bind_math   of numbers
//   sql_bind_moment   of times, intervals                sql_bind_clock  now(), current_date
//   sql_bind_expand   OVERLAPS, format                   sql_bind_count  the number of LIMIT
//   sql_bind_row      (a, b) = (c, d), = ANY (ARRAY[])   sql_bind_segment  in_segment
//   sql_bind_array    ARRAY[...], a[1], their functions    sql_bind_series   functions that give
//   rows sql_bind_shared   queries of WITH that are read more than once sql_bind_function calls,
//   aggregates                  sql_bind_type      casts, common types sql_scope         names to
//   columns, suggestions      sql_literal        values
#pragma once
#include "cube_fact.h"
#include "logical.h"
#include "sql_parse.h"
#include <pg_query/pg_query.pb-c.h>

typedef PgQuery__Node Node;

#define RELATIONS_MAX 200 // tables and subqueries bound in a statement
#define OUTPUT_COLUMNS_MAX 4096
#define GROUP_KEYS_MAX 62 // a bit each in a grouping set, and in a non-negative int64
#define GROUPING_SETS_MAX 4096
#define COPIED_NODES_MAX 100000 // expression nodes repeated by BETWEEN, CASE x WHEN, ...

typedef struct CubeScope CubeScope; // a cube in FROM
typedef struct Grouping Grouping;   // of a SELECT, see sql_bind_group

typedef struct ScopeColumn {
  const char *qualifier; // alias of the relation, or ""
  const char *name;
  ColumnId id; // 0: a level of a cube that has not been named yet, or is computed
  Type type;
  CubeScope *cube;           // of the cube's columns, else NULL
  const CatalogLevel *level; // of the cube's levels
  bool hidden;               // not in *
  bool qualified_only;       // merged by USING: its bare name means the merged column
  ColumnId key_id;           // the unique key column of its table, 0: none
} ScopeColumn;

typedef struct Scope {
  ScopeColumn *columns;
  uint32_t count, capacity;
} Scope;

typedef struct PendingGrouping { // a GROUPING(...) whose value is known once the keys are
  ColumnId id;
  Expr **args;
  uint32_t arg_count;
  int32_t position;
} PendingGrouping;

typedef enum PendingStage { // when a subquery is joined, in this order
  PENDING_BEFORE_GROUPING,  // of a GROUP BY key or an aggregate's argument
  PENDING_HAVING,           // of HAVING
  PENDING_OUTPUT,           // all others
  PENDING_AFTER_WINDOWS,    // what reads a window function's value
} PendingStage;

// A subquery of an expression, which stands as the columns that joining it will give.
typedef struct PendingJoin {
  Logical *tree;
  JoinKind kind;   // SINGLE, MARK
  Expr *condition; // or NULL
  Expr *guard;     // where it does not hold the value is not asked for; NULL: it always is
  ColumnId mark;
  PendingStage stage;
  bool in_window; // of a window function's argument, partition or order
} PendingJoin;

// A window function, which stands as a column until the windows are put on the tree.
typedef struct WindowItem {
  WindowCall call;
  Expr **partition;
  uint32_t partition_count;
  SortKey *order;
  uint32_t order_count;
  ColumnId id;
} WindowItem;

// A function in the SELECT list (or GROUP BY) that gives rows: unnest(array), generate_series(...).
// It stands as a column until the rows are made, all of one stage together.
typedef struct RowsCall {
  const char *name;
  Expr *array;   // or NULL:
  Expr *ends[3]; // start, stop, step
  ColumnId id;
  Type type;
  int32_t position;
  bool before_grouping; // of a key of GROUP BY
} RowsCall;

typedef struct SelectState SelectState;
struct SelectState {
  Scope *scope;
  SelectState *outer;   // of the query around
  bool siblings_hidden; // an item of FROM is bound that is not LATERAL: it does not see the others
  const char *clause;   // "WHERE", for messages
  bool aggregates_allowed, in_aggregate;
  AggregateCall *calls; // found so far; each has the ColumnId that expressions already use for it
  ColumnId *call_ids;
  uint32_t call_count, call_capacity;
  PendingGrouping *groupings;
  uint32_t grouping_count, grouping_capacity;
  CubeScope *cubes;                     // of its FROM
  const PgQuery__SelectStmt *statement; // for its WINDOW clause
  WindowItem *windows;
  uint32_t window_count, window_capacity;
  bool in_window;
  RowsCall *rows;
  uint32_t rows_count, rows_capacity;
  PendingJoin *pending;
  uint32_t pending_count, pending_capacity;
  bool reads_itself; // its FROM names the recursive query that it is a part of
};

typedef struct CteScope CteScope;
struct CteScope {
  const PgQuery__CommonTableExpr *cte;
  CteScope *visible;           // what its own query may refer to
  SelectState *select;         // whose WITH it is of
  bool used;                   // bound already
  bool recursive;              // of a WITH RECURSIVE: it may read itself
  struct Recursion *recursion; // while it is bound so, see sql_bind_recursive
  Logical *tree;               // as it was bound first
  SharedTree *shared;          // which several places read, see sql_bind_shared; NULL: none do
  CteScope *next;
};

typedef struct Binder {
  const Catalog *catalog; // NULL for a bare expression
  LogicalContext *context;
  Arena *arena; // the context's
  Error *error;
  SqlResolver resolve; // a bare expression's names
  void *resolve_context;
  SelectState *select;
  CteScope *ctes;
  uint32_t depth, depth_max;
  uint32_t relation_count, copied_nodes, view_depth;
  const char *self_bar;        // where a recursive query may not read itself; NULL: it may here
  const char *view_made;       // the view that CREATE VIEW makes, which may not read itself
  struct ViewTree *view_trees; // the parser's trees of views, kept to the statement's end
  const SqlOptions *options;   // or NULL
  int64_t now;                 // the statement's moment, see bind_now; 0: not asked for yet
  Type *parameter_types;       // kind TYPE_NULL: not settled
  uint32_t parameter_count, parameter_capacity;
  CteScope *shared[SHARED_MAX]; // the queries of WITH that have a shared tree
  uint32_t shared_count;
} Binder;

// --- sql_bind_shared: queries of WITH that are read more than once ---
// Whether the query, which was bound before, is worth to be made once; *tree are its rows then.
bool bind_shared(Binder *binder, CteScope *entry, Logical **tree);
// The statement's tree, in which the first place that reads a shared query reads its rows, too.
Logical *shared_first_places(Binder *binder, Logical *tree);

// --- sql_scope: names ---
void scope_add(Binder *binder, Scope *scope, ScopeColumn column);
// Adds all outputs of node under an alias.
void scope_add_outputs(Binder *binder, Scope *scope, const Logical *node, const char *qualifier);
// The column's value; a level of a cube joins what it needs.
Status scope_column_expr(Binder *binder, ScopeColumn *column, int32_t position,
                         Expr **expr) WARN_UNUSED;
// qualifier may be NULL. STATUS_NOT_FOUND with the nearest name, STATUS_INVALID when ambiguous.
Status scope_resolve(Binder *binder, const char *qualifier, const char *name, int32_t position,
                     Expr **expr);
// STATUS_NOT_FOUND: kind "name" does not exist, with the nearest of the candidates.
Status name_unknown(Binder *binder, int32_t position, const char *kind, const char *name,
                    const char *const *candidates, uint32_t count);
Status unsupported(Binder *binder, int32_t position, const char *construct);
Status invalid_at(Binder *binder, int32_t position, const char *format, ...) PRINTF_LIKE(3, 4);
// Appends to an arena array of any element type, doubling it.
void *arena_grow(Arena *arena, void *items, uint32_t count, uint32_t *capacity, size_t size);
#define ARENA_PUSH(arena, items, count, capacity, item)                                            \
  ((items) = arena_grow((arena), (items), (count), &(capacity), sizeof *(items)),                  \
   (items)[(count)++] = (item))

// --- sql_tree: reading the parser's nodes ---
int32_t node_position(const Node *node);                       // byte offset, -1: none
int32_t select_position(const PgQuery__SelectStmt *statement); // of its first output
const char *node_string(const Node *node);                     // of a String node, else NULL
const char *list_last_string(Node *const *list, size_t count);
bool node_is_int(const Node *node, int64_t *value); // an integer constant
const char *node_kind_name(const Node *node);       // for "... is not supported"
// The name of an output column without AS, as PostgreSQL makes it; "?column?" when it has none.
const char *node_output_name(const Node *node);

// --- sql_bind_select ---
// ASC, DESC and where NULLs stand.
Status sort_direction(Binder *binder, const PgQuery__SortBy *sort, bool *descending,
                      bool *nulls_first) WARN_UNUSED;

// Only the first columns, under these names.
Status project_first(Binder *binder, uint32_t count, const char *const *names,
                     Logical **tree) WARN_UNUSED;

// --- sql_bind_expr ---
Status bind_expr(Binder *binder, const Node *node, Expr **expr) WARN_UNUSED;
// The same, and boolean; the message names the clause.
Status bind_condition(Binder *binder, const Node *node, const char *clause,
                      Expr **expr) WARN_UNUSED;
// Counts the copies of expr that a rewrite makes; STATUS_LIMIT when there are too many.
Status charge_copies(Binder *binder, const Expr *expr, uint32_t copies) WARN_UNUSED;
Status depth_enter(Binder *binder, int32_t position) WARN_UNUSED;
static inline void depth_leave(Binder *binder) {
  binder->depth--;
}

// --- sql_bind_parameter ---
Status bind_parameter(Binder *binder, const PgQuery__ParamRef *ref, Expr **expr) WARN_UNUSED;
// The list that is given for the $n which alone stands in IN (...); NULL: nothing of the kind.
const SqlParameter *parameter_list(Binder *binder, Node *const *nodes, size_t count);
// Whether it is a parameter for a segment that was not chosen.
bool parameter_everybody(Binder *binder, const Node *node);
// left IN (the list's items), or its negation; of no items both are true, also where left is NULL.
Status bind_in_given(Binder *binder, Expr *left, const SqlParameter *given, bool negated,
                     int32_t position, Expr **expr) WARN_UNUSED;

// --- sql_bind_operator ---
Status bind_operator(Binder *binder, const char *operator_name, Expr *left, Expr *right,
                     int32_t position, Expr **expr) WARN_UNUSED; // left NULL: unary
Status bind_comparison(Binder *binder, FunctionId function, Expr *left, Expr *right,
                       int32_t position, Expr **expr) WARN_UNUSED;
Status bind_in_list(Binder *binder, Expr *left, Node *const *items, size_t count, bool negated,
                    int32_t position, Expr **expr) WARN_UNUSED;
// left = any of the items; constants are looked up, however many there are.
Status bind_in_items(Binder *binder, Expr *left, Expr *const *items, size_t count, int32_t position,
                     Expr **expr) WARN_UNUSED;
Expr *make_not(Binder *binder, Expr *arg);

// --- sql_bind_row: rows (a, b), and comparisons with arrays ---
// *done is false, and nothing is bound, when node has neither a row nor an array.
Status bind_row_operator(Binder *binder, const PgQuery__AExpr *node, bool *done,
                         Expr **expr) WARN_UNUSED;
// (a, b) IS [NOT] NULL: of every item.
Status bind_row_null_test(Binder *binder, const PgQuery__NullTest *node, Expr **expr) WARN_UNUSED;
// The items of ARRAY[...] or of a literal '{...}'; unknown ones keep their open type.
Status bind_array_items(Binder *binder, const Node *node, Expr ***items, uint32_t *count,
                        bool *is_null) WARN_UNUSED;

// --- sql_bind_array: arrays, their functions and operators ---
#define ARRAY_ITEMS_MAX 10000 // written out
Status bind_array(Binder *binder, const PgQuery__AArrayExpr *node, Expr **expr) WARN_UNUSED;
// The items (at least one) as an array of their common type; they are changed.
Status make_array(Binder *binder, Expr **items, uint32_t count, int32_t position,
                  Expr **expr) WARN_UNUSED;
Expr *empty_array(Binder *binder, Type array);
// Element number `number` of an array as a value of its type; how many there are.
Expr *array_item(Binder *binder, Expr *array, Expr *number, int32_t position);
Expr *array_count(Binder *binder, Expr *array, int32_t position);
// x::type[], of which cast has the type.
struct CastType;
Status bind_array_cast(Binder *binder, const PgQuery__TypeCast *node, const struct CastType *cast,
                       Expr **expr) WARN_UNUSED;
Status bind_subscripts(Binder *binder, const PgQuery__AIndirection *node, Expr **expr) WARN_UNUSED;
// left may be NULL; *done is false when the operator is none of arrays.
Status bind_array_operator(Binder *binder, const char *name, Expr *left, Expr *right,
                           int32_t position, bool *done, Expr **expr) WARN_UNUSED;
Status bind_any_element(Binder *binder, const char *name, bool any, Expr *left, Expr *array,
                        int32_t position, Expr **expr) WARN_UNUSED;
// STATUS_UNSUPPORTED for an array, which has no order; what: "ORDER BY".
Status check_ordered(Binder *binder, const Expr *expr, const char *what) WARN_UNUSED;

// left op right of two rows, item by item; function: a comparison.
Status bind_row_comparison(Binder *binder, FunctionId function, Expr **left, Expr **right,
                           uint32_t count, int32_t position, Expr **expr) WARN_UNUSED;

// --- sql_bind_function ---
typedef struct Call { // of a scalar function, its arguments bound
  const char *name;
  Expr **args;
  uint32_t arg_count;
  int32_t position;
} Call;
// STATUS_INVALID: the function does not take these types.
Status no_function(Binder *binder, const Call *call);
Status bind_function(Binder *binder, const PgQuery__FuncCall *call, Expr **expr) WARN_UNUSED;

// --- sql_bind_clock: now(), current_date and the like ---
// The moment of the statement, a timestamptz constant: one however often it is asked for.
// STATUS_UNSUPPORTED in the SQL of a definition; `name` is what was written.
Status bind_now(Binder *binder, const char *name, int32_t position, Expr **expr) WARN_UNUSED;
Status bind_current(Binder *binder, const PgQuery__SQLValueFunction *node, int32_t position,
                    Expr **expr) WARN_UNUSED;
// now(), transaction_timestamp(), statement_timestamp(); *found is false for another name.
Status bind_clock_call(Binder *binder, const PgQuery__FuncCall *node, const char *name, bool *found,
                       Expr **expr) WARN_UNUSED;
// The name of CURRENT_DATE and its like, as PostgreSQL names its output.
const char *current_name(const PgQuery__SQLValueFunction *node);

// --- sql_bind_count: ORDER BY, LIMIT and OFFSET ---
// The statement's rows in their order, and as many as it wants. keys: of its ORDER BY; outer: the
// query around, whose columns LIMIT may read. *tree may have more columns than before, behind them.
Status bind_order_and_limit(Binder *binder, const PgQuery__SelectStmt *statement,
                            SelectState *outer, const SortKey *keys, uint32_t count,
                            Logical **tree) WARN_UNUSED;

// The value of an expression without columns; *constant is false for another, and for one that
// reads a parameter without a value.
Status constant_value(Binder *binder, const Expr *expr, bool *constant, Value *value) WARN_UNUSED;

// --- sql_bind_segment ---
Status bind_in_segment(Binder *binder, const Call *call, Expr **expr) WARN_UNUSED;

// --- sql_bind_text, sql_bind_math: scalar functions by topic ---
// *found is false when the topic has no function of that name.
Status bind_text_call(Binder *binder, const Call *call, bool *found, Expr **expr) WARN_UNUSED;
Status bind_math_call(Binder *binder, const Call *call, bool *found, Expr **expr) WARN_UNUSED;
Status bind_array_call(Binder *binder, const Call *call, bool *found, Expr **expr) WARN_UNUSED;
bool array_call_known(const char *name);
uint32_t array_call_names(const char **names);
// A pattern that is known is tried now, so that its error has a place before a row is read.
Status check_pattern(Binder *binder, const Expr *pattern, const Expr *flags) WARN_UNUSED;
bool text_call_known(const char *name);
bool math_call_known(const char *name);
Status bind_moment_call(Binder *binder, const Call *call, bool *found, Expr **expr) WARN_UNUSED;
bool moment_call_known(const char *name);
uint32_t moment_call_names(const char **names);
// make_interval, whose arguments may be named.
Status bind_make_interval(Binder *binder, const PgQuery__FuncCall *node, Expr **expr) WARN_UNUSED;
Status bind_epoch(Binder *binder, Expr *moment, int32_t position, Expr **expr) WARN_UNUSED;
Status bind_interval_field(Binder *binder, Expr *field, Expr *interval, int32_t position,
                           Expr **expr) WARN_UNUSED;
// Arithmetic that gives an interval; *done is false when it is none.
Status bind_interval_operator(Binder *binder, FunctionId function, Expr *left, Expr *right,
                              int32_t position, bool *done, Expr **expr) WARN_UNUSED;
// time stamp + sign * interval, of any interval
Status bind_moment_add(Binder *binder, Expr *moment, Expr *interval, int sign, int32_t position,
                       Expr **expr) WARN_UNUSED;
// date_trunc(field, moment, zone); field: a constant that date_trunc has
Status bind_trunc_zoned(Binder *binder, const Call *call, Expr *field, Expr *moment, Expr *zone,
                        Expr **expr) WARN_UNUSED;
// --- sql_bind_expand: functions that become expressions of others ---
Status bind_overlaps(Binder *binder, const Call *call, Expr **expr) WARN_UNUSED;
Status bind_format(Binder *binder, const Call *call, Expr **expr) WARN_UNUSED;
// Appends the topic's names to names, for suggestions; returns how many (at most TOPIC_NAMES_MAX).
#define TOPIC_NAMES_MAX 100
uint32_t text_call_names(const char **names);
uint32_t math_call_names(const char **names);
// left ~ right, with fold ~*
Status bind_regex_operator(Binder *binder, bool fold, Expr *left, Expr *right, int32_t position,
                           Expr **expr) WARN_UNUSED;
// & | # << >> ^, and with left NULL ~ |/ ||/ @; *found is false for another name.
Status bind_math_operator(Binder *binder, const char *name, Expr *left, Expr *right,
                          int32_t position, bool *found, Expr **expr) WARN_UNUSED;
Status bind_bucket_list(Binder *binder, const PgQuery__FuncCall *node, Expr **expr) WARN_UNUSED;

// --- sql_bind_aggregate ---
#define AGGREGATE_NAMES_MAX 60
bool aggregate_known(const char *name);
uint32_t aggregate_names(const char **names); // room for AGGREGATE_NAMES_MAX; returns how many
// Whether an aggregate may stand here, by name for messages.
Status check_aggregate_allowed(Binder *binder, int32_t position, const char *name) WARN_UNUSED;
// The arguments, filter and type of an aggregate that is known.
Status bind_aggregate_call(Binder *binder, const PgQuery__FuncCall *node, const char *name,
                           AggregateCall *call) WARN_UNUSED;
// The call's column; the same call is computed once.
Expr *add_aggregate_call(Binder *binder, const AggregateCall *call, int32_t position);
Status bind_aggregate(Binder *binder, const PgQuery__FuncCall *node, const char *name,
                      Expr **expr) WARN_UNUSED;

// --- sql_bind_type ---
static inline bool is_unknown(const Expr *expr) { // a literal or parameter of no type yet
  return expr->type.kind == TYPE_NULL;
}
typedef struct CastType { // a type's name, and what a cast to it does besides
  Type type;              // a decimal of precision 0: the value's own
  int64_t length_max;     // of varchar(n) and char(n), else -1
  bool unpadded;          // char(n): blanks at the end are no part of it
  bool real;              // rounded to 24 bits
  int32_t digits;         // of a second, else -1
} CastType;
// x as numeric without a precision: with the digits that it has.
Status bind_decimal_cast(Binder *binder, Expr *expr, Expr **result) WARN_UNUSED;
Status bind_type_name(Binder *binder, const PgQuery__TypeName *name, CastType *type) WARN_UNUSED;
static inline bool cast_is_plain(const CastType *type) {
  return type->length_max < 0 && !type->unpadded && !type->real && type->digits < 0;
}
// expr as type: constants are folded, other values get a cast node. STATUS_INVALID: no such cast.
Status coerce(Binder *binder, Expr *expr, Type type, Expr **result) WARN_UNUSED;
// A literal without a type becomes a string; anything else is left.
Status coerce_unknown(Binder *binder, Expr **expr) WARN_UNUSED;
// The type that values of both can be compared and mixed in; false when there is none.
bool type_common(Type a, Type b, Type *common);
// Gives all items one type. `what` names the construct in the message.
Status coerce_common(Binder *binder, Expr **items, uint32_t count, const char *what,
                     int32_t position) WARN_UNUSED;
// The same for the two sides of a comparison: a constant takes the other side's type when it can.
Status coerce_comparison(Binder *binder, Expr **left, Expr **right, int32_t position) WARN_UNUSED;

// --- sql_bind_select ---
// keep_unknown: outputs that are bare literals keep their open type (for set operations).
Status bind_query(Binder *binder, const PgQuery__SelectStmt *statement, bool keep_unknown,
                  Logical **tree) WARN_UNUSED;

typedef struct SetSide { // of a set operation
  Logical *tree;
  Expr **exprs; // its outputs, over `input`; literals among them have no type yet
  Logical *input;
} SetSide;
Status bind_set_side(Binder *binder, const PgQuery__SelectStmt *statement,
                     SetSide *side) WARN_UNUSED;
// Puts the expressions, which may be casts of the side's own, in their place.
void set_side_cast(Binder *binder, SetSide *side, Expr **exprs);
// What the operation gives of its sides, and its rows in their order, as many as it wants.
Status combine_sides(Binder *binder, const PgQuery__SelectStmt *statement, SetSide sides[2],
                     Logical **tree) WARN_UNUSED;
Status order_outputs(Binder *binder, const PgQuery__SelectStmt *statement,
                     Logical **tree) WARN_UNUSED;
// The queries of a WITH become visible, and those that nothing has read since `outer` are checked.
Status add_ctes(Binder *binder, const PgQuery__WithClause *with) WARN_UNUSED;
Status check_unused_ctes(Binder *binder, const CteScope *outer) WARN_UNUSED;

// --- sql_bind_from, sql_bind_where ---
// The cross product of the FROM items; an empty FROM is one row without columns.
Status bind_from(Binder *binder, Node *const *items, size_t count, Scope *scope,
                 Logical **tree) WARN_UNUSED;
// STATUS_LIMIT beyond RELATIONS_MAX.
Status count_relation(Binder *binder, int32_t position) WARN_UNUSED;
// --- sql_bind_series: functions that give rows ---
bool rows_call_known(const char *name);
uint32_t rows_call_names(const char **names);
// In FROM.
Status bind_range_function(Binder *binder, const PgQuery__RangeFunction *range, Scope *scope,
                           Logical **tree) WARN_UNUSED;
// In the SELECT list.
Status bind_rows_call(Binder *binder, const PgQuery__FuncCall *node, const char *name,
                      Expr **expr) WARN_UNUSED;
uint32_t rows_calls(const Binder *binder); // bound so far
// STATUS_INVALID when more were bound since then, within `construct`, which may not have them.
Status rows_forbid(Binder *binder, uint32_t before, const char *construct) WARN_UNUSED;
// STATUS_UNSUPPORTED for a subquery that is compared with what such a function gives.
Status rows_check_pending(Binder *binder) WARN_UNUSED;
// The functions' arguments over the outputs of the grouping.
Status rewrite_rows(Binder *binder, Grouping *grouping) WARN_UNUSED;
bool rows_give(const SelectState *select, ColumnId id); // one that is made above the grouping
// Puts the rows on the tree: those of the keys of GROUP BY, or all others.
Status rows_apply(Binder *binder, bool before_grouping, Logical **tree) WARN_UNUSED;
// One row, so that SELECT 1 has something to compute over.
Logical *one_row(Binder *binder);

// Filters *tree by the condition; IN (SELECT) and EXISTS conjuncts become semi-joins.
Status bind_where(Binder *binder, const Node *condition, Logical **tree) WARN_UNUSED;

// The rows of a WITH query, named as its list of columns says, under the alias.
Status bind_cte_query(Binder *binder, CteScope *entry, const char *alias, Scope *scope,
                      Logical **tree) WARN_UNUSED;

// --- sql_bind_recursive ---
// The rows of a WITH RECURSIVE query, whatever it is.
Status bind_recursive(Binder *binder, CteScope *entry, Logical **tree) WARN_UNUSED;
// Sets what a reference to itself would be in the way of ("in a subquery"); returns what was set.
static inline const char *self_bar_set(Binder *binder, const char *bar) {
  const char *before = binder->self_bar;
  binder->self_bar = bar;
  return before;
}
// A reference to the query from within itself, under the alias.
Status bind_self_reference(Binder *binder, const PgQuery__RangeVar *range, CteScope *entry,
                           Scope *scope, Logical **tree) WARN_UNUSED;

// Names the outputs of node as an alias with a list of columns does: the first ones are renamed.
Status scope_add_alias(Binder *binder, Scope *scope, const Logical *node, const char *name,
                       Node *const *columns, size_t column_count, int32_t position) WARN_UNUSED;

// Renames the first columns of the scope as the range's alias says.
Status scope_rename(Binder *binder, Scope *scope, const PgQuery__RangeVar *range) WARN_UNUSED;

// --- sql_bind_view ---
#define VIEW_DEPTH_MAX 32
Status bind_view(Binder *binder, const PgQuery__RangeVar *range, const CatalogView *view,
                 Scope *scope, Logical **tree) WARN_UNUSED;
void view_trees_free(Binder *binder);

// --- sql_bind_session: statements that change a session ---
// *found is false when the node is none of them.
Status bind_session_statement(Binder *binder, const Node *node, bool *found,
                              Statement *statement) WARN_UNUSED;

// --- sql_bind_subquery ---
// A subquery in an expression: its value, or whether its rows fit. It waits among the pending ones.
Status bind_sub_link(Binder *binder, const PgQuery__SubLink *link, Expr **expr) WARN_UNUSED;
// The columns of a subquery's one row, NULLs where it has none.
Status bind_row_sub_link(Binder *binder, const PgQuery__SubLink *link, Expr ***items,
                         uint32_t *count) WARN_UNUSED;
// EXISTS, IN and = ANY, maybe under NOT: what WHERE makes semi-joins of. NULL: something else.
const PgQuery__SubLink *as_semi_join(const Node *node, bool *negated);
Status bind_semi_join(Binder *binder, const PgQuery__SubLink *link, bool negated,
                      Logical **tree) WARN_UNUSED;
// Joins what is pending to *tree, up to this stage.
Status pending_apply(Binder *binder, PendingStage last, Logical **tree) WARN_UNUSED;
uint32_t pending_count(const Binder *binder);
bool pending_gives(const PendingJoin *pending, ColumnId id); // as its value or mark
typedef enum GuardTruth {                                    // what each condition must be
  GUARD_NOT_FALSE,                                           // those before in AND
  GUARD_NOT_TRUE,                                            // in OR; WHENs before in CASE
  GUARD_TRUE,                                                // a result's own WHEN
  GUARD_NULL,                                                // those before in COALESCE
} GuardTruth;
// What became pending from number `first` on stands in an arm that is computed only where each of
// the conditions is so. Of guards of one place the outer ones are given last.
void pending_guard(Binder *binder, uint32_t first, Expr *const *conditions, uint32_t count,
                   GuardTruth truth);
// Joins right to *tree, whose columns it may read.
Status apply_join(Binder *binder, Logical **tree, Logical *right, JoinKind kind, Expr *condition,
                  ColumnId mark, int32_t position) WARN_UNUSED;

// --- sql_bind_information ---
#define DATABASE_NAME "tessera"
#define SCHEMA_NAME "public"
// The standard's name of a type: "timestamp without time zone", "numeric", "bigint[]".
const char *type_name_standard(Arena *arena, Type type);
// FROM information_schema.tables or .columns.
Status bind_information(Binder *binder, const PgQuery__RangeVar *range, Scope *scope,
                        Logical **tree) WARN_UNUSED;

// --- sql_bind_cube ---
// FROM cube.name: levels, and behind them the fact's columns, come into scope.
Status bind_cube(Binder *binder, const PgQuery__RangeVar *range, Scope *scope,
                 Logical **tree) WARN_UNUSED;
// A level's value; its links are followed when it is first named.
Status bind_cube_level(Binder *binder, ScopeColumn *column, int32_t position,
                       Expr **expr) WARN_UNUSED;
// measure(name): the model's measure as aggregates of the SELECT under way.
Status bind_measure(Binder *binder, const PgQuery__FuncCall *node, Expr **expr) WARN_UNUSED;
// STATUS_INVALID where a join would repeat a cube's rows, or make rows that are no fact's.
Status check_cube_join(Binder *binder, const Scope *left, const Scope *right, Logical *trees[2],
                       JoinKind kind, const Expr *condition, int32_t position) WARN_UNUSED;
// Puts the links that were followed below the SELECT's tree.
void cubes_finish(Binder *binder, Logical **tree);

// --- sql_bind_group ---
typedef struct Targets { // the SELECT list, stars expanded
  const Node **nodes;    // NULL for a column that * gave
  Expr **exprs;
  const char **names;
  int32_t *positions;
  uint32_t count;
} Targets;
struct Grouping {
  Expr **keys;
  const char **names;
  ColumnId *key_ids;
  int64_t *outputs; // which output of the SELECT each key names, or -1
  bool *bare;       // the key is (also) given as an expression
  uint32_t key_count;
  uint64_t *sets;
  uint32_t set_count;
  ColumnId grouping_id; // the mask's column, 0: not asked for
  bool present;         // GROUP BY, HAVING or an aggregate occurs
};
Status bind_group_clause(Binder *binder, const PgQuery__SelectStmt *statement,
                         const Targets *targets, Grouping *grouping) WARN_UNUSED;
// expr over the aggregate's outputs; a column that is not grouped is an error.
Status rewrite_grouped(Binder *binder, Grouping *grouping, const Expr *expr,
                       Expr **result) WARN_UNUSED;
// The same for an output, which may be a key by its name or number.
Status rewrite_target(Binder *binder, Grouping *grouping, Targets *targets, uint32_t i) WARN_UNUSED;
// The same for what waits to be joined above the grouping: `input` is what is grouped.
Status rewrite_pending(Binder *binder, Grouping *grouping, const Logical *input) WARN_UNUSED;
Logical *make_aggregate(Binder *binder, Logical *input, const Grouping *grouping);

// --- sql_bind_window ---
bool window_name_known(const char *name);
// Each name once, and each after the one that it starts from.
Status check_windows(Binder *binder, const PgQuery__SelectStmt *statement) WARN_UNUSED;
// Binds the keys of each window that WINDOW names, and forgets them.
Status bind_named_windows(Binder *binder, const PgQuery__SelectStmt *statement);
Status bind_window_call(Binder *binder, const PgQuery__FuncCall *node, const char *name,
                        Expr **expr) WARN_UNUSED;
// Over the outputs of the grouping, as all that is computed above it.
Status rewrite_windows(Binder *binder, Grouping *grouping) WARN_UNUSED;
// Puts the SELECT's windows on the tree: one node for those of equal partitions and order.
void windows_apply(Binder *binder, Logical **tree);
// A row number or a rank by keys, in partitions of `partition`, as a last column.
Logical *number_rows(Binder *binder, Logical *input, WindowFunction function, Expr **partition,
                     uint32_t partition_count, const SortKey *keys, uint32_t key_count);
