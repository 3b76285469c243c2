// Typed scalar expressions: the same tree in the logical tree and in the plan.
//
// In the logical tree `column` is a ColumnId; `plan/lower` rewrites it into a position in the input
// batch. Types are settled at binding: both sides of a comparison or of + - have the same type
// (casts are explicit nodes), so that evaluation never guesses. Trees live in an arena, are never
// changed once built, and may share sub-trees.
#pragma once
#include "arena.h"
#include "type.h"

typedef enum ExprKind {
  EXPR_COLUMN,
  EXPR_CONSTANT,
  EXPR_PARAMETER, // $n, replaced by a constant before execution
  EXPR_CALL,      // a function of functions.def over args
  EXPR_CAST,      // args[0] to type; fails as SQL's cast does
  EXPR_AND,       // n-ary, three-valued
  EXPR_OR,
  EXPR_NOT,
  EXPR_IS_NULL, // args[0] IS NULL
  EXPR_CASE,    // args: when1, then1, when2, then2, ..., [else]; whens are boolean
  EXPR_IN,      // args[0] IN (args[1..]), constants of the same type; three-valued
  EXPR_IN_SET,  // args[0], a key of set->table, names a row of the set; NULL of NULL
} ExprKind;

// Functions: FUNCTION(identifier, "name as EXPLAIN prints it", argument count or -1)
typedef enum FunctionId {
#define FUNCTION(identifier, name, arity) FUNCTION_##identifier,
#include "functions.def"
#undef FUNCTION
  FUNCTION_COUNT_
} FunctionId;

typedef struct Expr Expr;
struct Expr {
  uint8_t kind; // ExprKind
  Type type;
  int32_t position; // byte offset in the asker's text, -1: unknown
  union {
    uint32_t column;    // EXPR_COLUMN: ColumnId (logical), input position (plan)
    Value value;        // EXPR_CONSTANT; strings live in the arena
    uint32_t parameter; // EXPR_PARAMETER: 1, 2, ...
    FunctionId function;
    struct {                    // EXPR_IN_SET
      const struct KeySet *set; // see key_set.h for how long it lives
      bool by_row;              // args[0] is a row number of set->table (in plans)
    };
  };
  Expr **args;
  uint32_t arg_count;
};

Expr *expr_column(Arena *arena, uint32_t column, Type type, int32_t position);
Expr *expr_constant(Arena *arena, Value value, int32_t position);
Expr *expr_int(Arena *arena, int64_t value);
Expr *expr_string(Arena *arena, Str value);
Expr *expr_bool(Arena *arena, bool value);
Expr *expr_in_set(Arena *arena, Expr *key, const struct KeySet *set, bool by_row, int32_t position);
Expr *expr_null(Arena *arena, Type type);
Expr *expr_make(Arena *arena, ExprKind kind, Type type, Expr **args, uint32_t arg_count,
                int32_t position); // copies the args array
Expr *expr_call(Arena *arena, FunctionId function, Type type, Expr **args, uint32_t arg_count,
                int32_t position);
Expr *expr_cast(Arena *arena, Expr *arg, Type type); // arg itself when the type is the same
Expr *expr_and(Arena *arena, Expr *a, Expr *b);      // either may be NULL (absent)
// All of them (none: NULL), flat: what many expr_and in a row would give, each of which copies.
Expr *expr_and_all(Arena *arena, Expr *const *items, uint32_t count);
bool expr_equal(const Expr *a, const Expr *b); // same tree, positions ignored
// Whether it may raise an error for some row (1 / x, a cast of texts, a sum that overflows).
bool expr_can_fail(const Expr *expr);
// The comparison with its sides exchanged: < of >; others are as they are.
FunctionId expr_comparison_flip(FunctionId function);
const char *function_name(FunctionId function);
int function_arity(FunctionId function);

// Calls visit for every EXPR_COLUMN node.
void expr_visit_columns(const Expr *expr, void (*visit)(void *context, const Expr *column),
                        void *context);
// A copy in which every EXPR_COLUMN is what `map` returns for it (NULL: kept).
Expr *expr_map_columns(Arena *arena, const Expr *expr,
                       Expr *(*map)(void *context, const Expr *column), void *context);
// The same asked of every node, from the top: what map gives for one is not looked into.
Expr *expr_map(Arena *arena, const Expr *expr, Expr *(*map)(void *context, const Expr *node),
               void *context);
// SQL-like text, for EXPLAIN; column names come from `name` (may be NULL: #n).
struct Buffer;
void expr_print(const Expr *expr, const char *(*name)(void *context, uint32_t column),
                void *context, struct Buffer *out);
