// $1, $2, ...: a value that is given stands as a literal would; else the parameter's type is found
// from its place. A list stands in IN ($n) alone.
#include "sql_bind.h"
#include "sql_literal.h"

#define PARAMETERS_MAX 1000

// Counts the parameter, and those before it, which the statement must have too.
static Type *parameter_note(Binder *binder, uint32_t number) {
  while (binder->parameter_count < number)
    ARENA_PUSH(binder->arena, binder->parameter_types, binder->parameter_count,
               binder->parameter_capacity, (Type){.kind = TYPE_NULL});
  return &binder->parameter_types[number - 1];
}

static Expr *literal(Binder *binder, Str text, int32_t position) {
  Value value = {.type = {.kind = TYPE_NULL},
                 .s = {arena_strndup(binder->arena, text.data, text.size), text.size}};
  return expr_constant(binder->arena, value, position);
}

static Status bind_value(Binder *binder, const SqlParameter *given, int32_t position, Expr **expr) {
  Value value = {.type = {.kind = TYPE_NULL}, .is_null = true};
  switch (given->kind) {
  case PARAMETER_LIST:
    return invalid_at(binder, position, "a list of values stands alone in IN (...)");
  case PARAMETER_EVERYBODY:
    return invalid_at(binder, position, "a segment stands in in_segment(key, ...) alone");
  case PARAMETER_TEXT:
    *expr = literal(binder, given->text, position);
    return STATUS_OK;
  case PARAMETER_BOOL:
    value = (Value){.type = TYPE_OF_BOOL, .i = given->truth};
    break;
  case PARAMETER_NUMBER:
    value.is_null = false;
    if (literal_parse_number(given->text, &value, binder->error) != STATUS_OK) {
      if (binder->error) binder->error->position = position;
      return STATUS_INVALID;
    }
    break;
  default:
    break;
  }
  *expr = expr_constant(binder->arena, value, position);
  return STATUS_OK;
}

Status bind_parameter(Binder *binder, const PgQuery__ParamRef *ref, Expr **expr) {
  const SqlOptions *options = binder->options;
  uint32_t number = (uint32_t)ref->number;
  if (ref->number < 1 || ref->number > PARAMETERS_MAX)
    return invalid_at(binder, ref->location, "parameters are numbered $1 to $%d", PARAMETERS_MAX);
  bool has_values = options && options->parameters;
  if (has_values && number > options->parameter_count)
    return invalid_at(binder, ref->location, "there is no value for parameter $%u: %u were given",
                      number, options->parameter_count);
  Type *type = parameter_note(binder, number);
  const SqlParameter *given = has_values ? &options->parameters[number - 1] : NULL;
  if (given && given->kind != PARAMETER_UNGIVEN)
    return bind_value(binder, given, ref->location, expr);
  *expr = expr_make(binder->arena, EXPR_PARAMETER, *type, NULL, 0, ref->location);
  (*expr)->parameter = number;
  return STATUS_OK;
}

// The parameter that the node is, where its value is of the kind; else NULL.
static const SqlParameter *parameter_of_kind(Binder *binder, const Node *node, int kind) {
  const SqlOptions *options = binder->options;
  if (node->node_case != PG_QUERY__NODE__NODE_PARAM_REF) return NULL;
  int32_t number = node->param_ref->number;
  bool has_value =
      options && options->parameters && number >= 1 && (uint32_t)number <= options->parameter_count;
  if (!has_value || (int)options->parameters[number - 1].kind != kind) return NULL;
  parameter_note(binder, (uint32_t)number);
  return &options->parameters[number - 1];
}

const SqlParameter *parameter_list(Binder *binder, Node *const *nodes, size_t count) {
  return count == 1 ? parameter_of_kind(binder, nodes[0], PARAMETER_LIST) : NULL;
}

bool parameter_everybody(Binder *binder, const Node *node) {
  return parameter_of_kind(binder, node, PARAMETER_EVERYBODY) != NULL;
}

Status bind_in_given(Binder *binder, Expr *left, const SqlParameter *given, bool negated,
                     int32_t position, Expr **expr) {
  *expr = expr_bool(binder->arena, true);
  if (!given->item_count && !given->truth) return STATUS_OK;
  Expr *none = expr_make(binder->arena, EXPR_IS_NULL, TYPE_OF_BOOL, &left, 1, position);
  if (!given->item_count) {
    *expr = negated ? make_not(binder, none) : none;
    return STATUS_OK;
  }
  Expr **items = ARENA_ARRAY(binder->arena, Expr *, given->item_count);
  for (uint32_t i = 0; i < given->item_count; i++)
    items[i] = literal(binder, given->items[i], position);
  TRY(bind_in_items(binder, left, items, given->item_count, position, expr));
  if (given->truth)
    *expr = expr_make(binder->arena, EXPR_OR, TYPE_OF_BOOL, (Expr *[]){none, *expr}, 2, position);
  if (negated) *expr = make_not(binder, *expr);
  return STATUS_OK;
}
