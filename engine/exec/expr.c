// Building, comparing and rewriting typed expressions.
//
// The idea: an expression is a plain tree in an arena, made once by a constructor here and never
// changed after, so that passes, plans and threads share sub-trees freely. A rewrite copies only
// the nodes above what it changed. AND and OR are kept flat (no AND directly below an AND made by
// expr_and), so that a pass sees the list of conjuncts.
#include "expr.h"

static const struct {
  const char *name;
  int arity;
} FUNCTIONS[] = {
#define FUNCTION(identifier, name, arity) [FUNCTION_##identifier] = {name, arity},
#include "functions.def"
#undef FUNCTION
};

const char *function_name(FunctionId function) {
  return FUNCTIONS[function].name;
}

int function_arity(FunctionId function) {
  return FUNCTIONS[function].arity;
}

static Expr *expr_new(Arena *arena, ExprKind kind, Type type, int32_t position) {
  Expr *expr = ARENA_NEW(arena, Expr);
  expr->kind = (uint8_t)kind;
  expr->type = type;
  expr->position = position;
  return expr;
}

Expr *expr_column(Arena *arena, uint32_t column, Type type, int32_t position) {
  Expr *expr = expr_new(arena, EXPR_COLUMN, type, position);
  expr->column = column;
  return expr;
}

Expr *expr_constant(Arena *arena, Value value, int32_t position) {
  Expr *expr = expr_new(arena, EXPR_CONSTANT, value.type, position);
  expr->value = value;
  return expr;
}

Expr *expr_int(Arena *arena, int64_t value) {
  return expr_constant(arena, (Value){.type = TYPE_OF_INT, .i = value}, -1);
}

Expr *expr_string(Arena *arena, Str value) {
  Str copy = {arena_strndup(arena, value.data, value.size), value.size};
  return expr_constant(arena, (Value){.type = TYPE_OF_STRING, .s = copy}, -1);
}

Expr *expr_bool(Arena *arena, bool value) {
  return expr_constant(arena, (Value){.type = TYPE_OF_BOOL, .i = value}, -1);
}

Expr *expr_null(Arena *arena, Type type) {
  return expr_constant(arena, (Value){.type = type, .is_null = true}, -1);
}

Expr *expr_make(Arena *arena, ExprKind kind, Type type, Expr **args, uint32_t arg_count,
                int32_t position) {
  Expr *expr = expr_new(arena, kind, type, position);
  expr->args = ARENA_ARRAY(arena, Expr *, arg_count);
  if (arg_count) memcpy(expr->args, args, sizeof *args * arg_count);
  expr->arg_count = arg_count;
  return expr;
}

Expr *expr_call(Arena *arena, FunctionId function, Type type, Expr **args, uint32_t arg_count,
                int32_t position) {
  Expr *expr = expr_make(arena, EXPR_CALL, type, args, arg_count, position);
  expr->function = function;
  return expr;
}

Expr *expr_cast(Arena *arena, Expr *arg, Type type) {
  if (type_equal(arg->type, type)) return arg;
  return expr_make(arena, EXPR_CAST, type, &arg, 1, arg->position);
}

Expr *expr_in_set(Arena *arena, Expr *key, const struct KeySet *set, bool by_row,
                  int32_t position) {
  Expr *expr = expr_make(arena, EXPR_IN_SET, TYPE_OF_BOOL, &key, 1, position);
  expr->set = set;
  expr->by_row = by_row;
  return expr;
}

static uint32_t conjunct_count(const Expr *expr) {
  return !expr ? 0 : expr->kind == EXPR_AND ? expr->arg_count : 1;
}

Expr *expr_and_all(Arena *arena, Expr *const *items, uint32_t count) {
  Expr *first = NULL;
  uint32_t total = 0, present = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (!items[i]) continue;
    if (!present++) first = items[i];
    total += conjunct_count(items[i]);
  }
  if (present <= 1) return first;
  Expr *expr = expr_new(arena, EXPR_AND, TYPE_OF_BOOL, first->position);
  expr->args = ARENA_ARRAY(arena, Expr *, total);
  for (uint32_t i = 0; i < count; i++) {
    if (!items[i]) continue;
    Expr *const *from = items[i]->kind == EXPR_AND ? items[i]->args : &items[i];
    memcpy(expr->args + expr->arg_count, from, conjunct_count(items[i]) * sizeof *from);
    expr->arg_count += conjunct_count(items[i]);
  }
  return expr;
}

Expr *expr_and(Arena *arena, Expr *a, Expr *b) {
  return expr_and_all(arena, (Expr *[]){a, b}, 2);
}

static bool value_same(const Value *a, const Value *b) {
  if (a->is_null || b->is_null) return a->is_null == b->is_null;
  switch (a->type.kind) {
  case TYPE_STRING:
  case TYPE_NULL:
    return str_equal(a->s, b->s); // NULL: a literal whose type is not settled yet
  case TYPE_DOUBLE:
    return memcmp(&a->d, &b->d, sizeof a->d) == 0;
  case TYPE_INTERVAL:
    return a->interval.usec == b->interval.usec && a->interval.days == b->interval.days &&
           a->interval.months == b->interval.months;
  case TYPE_DECIMAL:
    return type_physical(a->type) == PHYSICAL_WIDE ? a->wide == b->wide : a->i == b->i;
  default:
    return a->i == b->i;
  }
}

bool expr_equal(const Expr *a, const Expr *b) {
  if (a == b) return true;
  if (!a || !b || a->kind != b->kind || !type_equal(a->type, b->type) ||
      a->arg_count != b->arg_count)
    return false;
  switch ((ExprKind)a->kind) {
  case EXPR_COLUMN:
    return a->column == b->column;
  case EXPR_CONSTANT:
    return value_same(&a->value, &b->value);
  case EXPR_PARAMETER:
    return a->parameter == b->parameter;
  case EXPR_CALL:
    if (a->function != b->function) return false;
    break;
  case EXPR_IN_SET:
    if (a->set != b->set || a->by_row != b->by_row) return false;
    break;
  default:
    break;
  }
  for (uint32_t i = 0; i < a->arg_count; i++)
    if (!expr_equal(a->args[i], b->args[i])) return false;
  return true;
}

void expr_visit_columns(const Expr *expr, void (*visit)(void *context, const Expr *column),
                        void *context) {
  if (expr->kind == EXPR_COLUMN) visit(context, expr);
  for (uint32_t i = 0; i < expr->arg_count; i++) expr_visit_columns(expr->args[i], visit, context);
}

Expr *expr_map(Arena *arena, const Expr *expr, Expr *(*map)(void *context, const Expr *node),
               void *context) {
  Expr *mapped = map(context, expr);
  if (mapped) return mapped;
  Expr *copy = NULL; // made at the first argument that changes
  for (uint32_t i = 0; i < expr->arg_count; i++) {
    Expr *arg = expr_map(arena, expr->args[i], map, context);
    if (arg == expr->args[i]) continue;
    if (!copy) {
      copy = ARENA_NEW(arena, Expr);
      *copy = *expr;
      copy->args = ARENA_ARRAY(arena, Expr *, expr->arg_count);
      memcpy(copy->args, expr->args, sizeof *expr->args * expr->arg_count);
    }
    copy->args[i] = arg;
  }
  return copy ? copy : (Expr *)expr;
}

typedef struct ColumnMap {
  Expr *(*map)(void *context, const Expr *column);
  void *context;
} ColumnMap;

static Expr *map_column(void *context, const Expr *node) {
  const ColumnMap *columns = context;
  return node->kind == EXPR_COLUMN ? columns->map(columns->context, node) : NULL;
}

Expr *expr_map_columns(Arena *arena, const Expr *expr,
                       Expr *(*map)(void *context, const Expr *column), void *context) {
  return expr_map(arena, expr, map_column, &(ColumnMap){map, context});
}

FunctionId expr_comparison_flip(FunctionId function) {
  switch (function) {
  case FUNCTION_LESS:
    return FUNCTION_GREATER;
  case FUNCTION_LESS_EQUAL:
    return FUNCTION_GREATER_EQUAL;
  case FUNCTION_GREATER:
    return FUNCTION_LESS;
  case FUNCTION_GREATER_EQUAL:
    return FUNCTION_LESS_EQUAL;
  default:
    return function;
  }
}
