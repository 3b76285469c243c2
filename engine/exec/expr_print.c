// Expressions as text, for EXPLAIN and for tests that compare trees.
//
// The text reads as SQL: operators stand between their arguments, an operator below an operator is
// in parentheses, constants that are not numbers carry their type. It is meant for people; nothing
// parses it back.
#include "buffer.h"
#include "expr.h"
#include "key_set.h"

typedef struct Printer {
  const char *(*name)(void *context, uint32_t column);
  void *context;
  Buffer *out;
} Printer;

static void print(const Printer *printer, const Expr *expr);

static bool is_infix_function(FunctionId function) {
  switch (function) {
  case FUNCTION_ADD:
  case FUNCTION_SUBTRACT:
  case FUNCTION_MULTIPLY:
  case FUNCTION_DIVIDE:
  case FUNCTION_MODULO:
  case FUNCTION_EQUAL:
  case FUNCTION_NOT_EQUAL:
  case FUNCTION_LESS:
  case FUNCTION_LESS_EQUAL:
  case FUNCTION_GREATER:
  case FUNCTION_GREATER_EQUAL:
  case FUNCTION_NOT_DISTINCT:
  case FUNCTION_LIKE:
  case FUNCTION_ILIKE:
  case FUNCTION_CONCAT:
  case FUNCTION_BIT_AND:
  case FUNCTION_BIT_OR:
  case FUNCTION_BIT_XOR:
  case FUNCTION_SHIFT_LEFT:
  case FUNCTION_SHIFT_RIGHT:
    return true;
  default:
    return false;
  }
}

// Whether the text of expr needs parentheses below an operator.
static bool is_open(const Expr *expr) {
  switch ((ExprKind)expr->kind) {
  case EXPR_AND:
  case EXPR_OR:
  case EXPR_NOT:
  case EXPR_IS_NULL:
  case EXPR_IN:
  case EXPR_IN_SET:
    return true;
  case EXPR_CALL:
    return is_infix_function(expr->function);
  default:
    return false;
  }
}

static void print_operand(const Printer *printer, const Expr *expr) {
  bool open = is_open(expr);
  if (open) buffer_append_char(printer->out, '(');
  print(printer, expr);
  if (open) buffer_append_char(printer->out, ')');
}

static void print_list(const Printer *printer, Expr **args, uint32_t count) {
  buffer_append_char(printer->out, '(');
  for (uint32_t i = 0; i < count; i++) {
    if (i) buffer_append_text(printer->out, ", ");
    print(printer, args[i]);
  }
  buffer_append_char(printer->out, ')');
}

static void print_infix(const Printer *printer, const Expr *expr, const char *operator_text) {
  for (uint32_t i = 0; i < expr->arg_count; i++) {
    if (i) buffer_printf(printer->out, " %s ", operator_text);
    print_operand(printer, expr->args[i]);
  }
}

static void print_quoted(Buffer *out, Str text) {
  buffer_append_char(out, '\'');
  for (uint32_t i = 0; i < text.size; i++) {
    if (text.data[i] == '\'') buffer_append_char(out, '\'');
    buffer_append_char(out, text.data[i]);
  }
  buffer_append_char(out, '\'');
}

static void print_constant(const Printer *printer, const Value *value) {
  Buffer *out = printer->out;
  if (value->is_null) {
    buffer_append_text(out, "NULL");
    return;
  }
  char type[TYPE_NAME_BYTES];
  switch ((TypeKind)value->type.kind) {
  case TYPE_NULL:
  case TYPE_STRING:
    print_quoted(out, value->s);
    return;
  case TYPE_BOOL:
    buffer_append_text(out, value->i ? "true" : "false");
    return;
  case TYPE_DATE:
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMPTZ:
  case TYPE_INTERVAL:
    buffer_printf(out, "%s '", type_format(value->type, type));
    value_format(value, out);
    buffer_append_char(out, '\'');
    return;
  default:
    value_format(value, out);
  }
}

static void print_case(const Printer *printer, const Expr *expr) {
  Buffer *out = printer->out;
  buffer_append_text(out, "CASE");
  for (uint32_t i = 0; i < expr->arg_count; i++) {
    bool is_else = i % 2 == 0 && i + 1 == expr->arg_count;
    buffer_append_text(out, is_else ? " ELSE " : i % 2 ? " THEN " : " WHEN ");
    print(printer, expr->args[i]);
  }
  buffer_append_text(out, " END");
}

static void print_call(const Printer *printer, const Expr *expr) {
  if (is_infix_function(expr->function) && expr->arg_count == 2) {
    print_infix(printer, expr, function_name(expr->function));
    return;
  }
  buffer_append_text(printer->out, function_name(expr->function));
  if (expr->function == FUNCTION_TRUNC && expr->type.kind == TYPE_DECIMAL) { // see functions.def
    buffer_append_char(printer->out, '(');
    print(printer, expr->args[0]);
    buffer_printf(printer->out, ", %u)", expr->type.scale);
    return;
  }
  print_list(printer, expr->args, expr->arg_count);
}

static void print_column(const Printer *printer, const Expr *expr) {
  const char *name = printer->name ? printer->name(printer->context, expr->column) : NULL;
  if (name)
    buffer_append_text(printer->out, name);
  else
    buffer_printf(printer->out, "#%u", expr->column);
}

static void print(const Printer *printer, const Expr *expr) {
  Buffer *out = printer->out;
  char type[TYPE_NAME_BYTES];
  switch ((ExprKind)expr->kind) {
  case EXPR_COLUMN:
    print_column(printer, expr);
    break;
  case EXPR_CONSTANT:
    print_constant(printer, &expr->value);
    break;
  case EXPR_PARAMETER:
    buffer_printf(out, "$%u", expr->parameter);
    break;
  case EXPR_CALL:
    print_call(printer, expr);
    break;
  case EXPR_CAST:
    buffer_append_text(out, "cast(");
    print(printer, expr->args[0]);
    buffer_printf(out, " AS %s)", type_format(expr->type, type));
    break;
  case EXPR_AND:
    print_infix(printer, expr, "AND");
    break;
  case EXPR_OR:
    print_infix(printer, expr, "OR");
    break;
  case EXPR_NOT:
    buffer_append_text(out, "NOT ");
    print_operand(printer, expr->args[0]);
    break;
  case EXPR_IS_NULL:
    print_operand(printer, expr->args[0]);
    buffer_append_text(out, " IS NULL");
    break;
  case EXPR_CASE:
    print_case(printer, expr);
    break;
  case EXPR_IN:
    print_operand(printer, expr->args[0]);
    buffer_append_text(out, " IN ");
    print_list(printer, expr->args + 1, expr->arg_count - 1);
    break;
  case EXPR_IN_SET:
    print_operand(printer, expr->args[0]);
    buffer_printf(out, " IN %s", expr->set->name);
    break;
  }
}

void expr_print(const Expr *expr, const char *(*name)(void *context, uint32_t column),
                void *context, struct Buffer *out) {
  print(&(Printer){name, context, out}, expr);
}
