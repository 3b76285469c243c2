// Arrays: ARRAY[...], ARRAY(SELECT ...), subscripts, functions and operators of arrays.
//
// An array is a text in memory (see type.h), so elements are cast to texts on their way in and from
// texts on their way out. Arrays are equal or not, but have no order; an array of arrays, and one
// of intervals (which are equal though written otherwise), do not exist.
#include "sql_bind.h"
#include "sql_literal.h"

static Expr *array_call(Binder *binder, FunctionId function, Type type, Expr **args, uint32_t count,
                        int32_t position) {
  return expr_call(binder->arena, function, type, args, count, position);
}

Status check_ordered(Binder *binder, const Expr *expr, const char *what) {
  if (!type_is_array(expr->type)) return STATUS_OK;
  return error_set_at(binder->error, STATUS_UNSUPPORTED, expr->position,
                      "%s of an array is not supported: take its text (x::text), an element (x[1]) "
                      "or its length (cardinality(x))",
                      what);
}

static Status check_element(Binder *binder, Type type, int32_t position) {
  if (type_is_array(type)) return unsupported(binder, position, "an array of arrays");
  if (type.kind == TYPE_INTERVAL)
    return unsupported(binder, position,
                       "an array of intervals, which are equal though written otherwise,");
  return STATUS_OK;
}

// --- in and out ---

static Status element_text(Binder *binder, Expr *value, Type element, Expr **text) {
  TRY(coerce(binder, value, element, &value));
  return coerce(binder, value, TYPE_OF_STRING, text);
}

Status make_array(Binder *binder, Expr **items, uint32_t count, int32_t position, Expr **expr) {
  Expr **texts = ARENA_ARRAY(binder->arena, Expr *, count + 1);
  if (count == 0)
    return invalid_at(binder, position,
                      "cannot determine type of empty array: cast it, as in ARRAY[]::integer[]");
  TRY(coerce_common(binder, items, count, "ARRAY", position));
  Type element = items[0]->type;
  TRY(check_element(binder, element, position));
  for (uint32_t i = 0; i < count; i++) TRY(element_text(binder, items[i], element, &texts[i]));
  *expr = array_call(binder, FUNCTION_ARRAY_MAKE, type_array(element), texts, count, position);
  return STATUS_OK;
}

Status bind_array(Binder *binder, const PgQuery__AArrayExpr *node, Expr **expr) {
  Expr **items = ARENA_ARRAY(binder->arena, Expr *, node->n_elements + 1);
  if (node->n_elements > ARRAY_ITEMS_MAX)
    return error_set_at(binder->error, STATUS_LIMIT, node->location,
                        "ARRAY[...] has more than %d elements", ARRAY_ITEMS_MAX);
  for (size_t i = 0; i < node->n_elements; i++)
    TRY(bind_expr(binder, node->elements[i], &items[i]));
  return make_array(binder, items, (uint32_t)node->n_elements, node->location, expr);
}

Expr *empty_array(Binder *binder, Type array) {
  return expr_constant(binder->arena, (Value){.type = array, .s = STR_LITERAL("{}")}, -1);
}

Expr *array_item(Binder *binder, Expr *array, Expr *number, int32_t position) {
  Expr *args[] = {array, number};
  Expr *text = array_call(binder, FUNCTION_ARRAY_ITEM, TYPE_OF_STRING, args, 2, position);
  return expr_cast(binder->arena, text, type_element(array->type));
}

Expr *array_count(Binder *binder, Expr *array, int32_t position) {
  return array_call(binder, FUNCTION_ARRAY_COUNT, TYPE_OF_INT32, &array, 1, position);
}

// --- casts ---

// numeric[] without a precision: as many digits as the elements have.
static Status settle_decimals(Binder *binder, const PgQuery__TypeCast *node, Expr **array,
                              Type *element) {
  bool listed = node->arg->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR ||
                (node->arg->node_case == PG_QUERY__NODE__NODE_A_CONST && is_unknown(*array));
  *element = type_decimal(DECIMAL_DIGITS_MAX, 16);
  if (!listed) {
    Type from = type_is_array((*array)->type) ? type_element((*array)->type) : TYPE_OF_STRING;
    if (from.kind == TYPE_INT || from.kind == TYPE_DECIMAL)
      *element = literal_decimal_type(from, NULL);
    return STATUS_OK;
  }
  Expr **items;
  uint32_t count;
  bool is_null;
  TRY(bind_array_items(binder, node->arg, &items, &count, &is_null));
  for (uint32_t i = 0; i < count; i++) TRY(bind_decimal_cast(binder, items[i], &items[i]));
  if (count) TRY(coerce_common(binder, items, count, "ARRAY", node->location));
  if (count) *element = items[0]->type;
  return count ? make_array(binder, items, count, node->location, array) : STATUS_OK;
}

Status bind_array_cast(Binder *binder, const PgQuery__TypeCast *node, const CastType *cast,
                       Expr **expr) {
  Type element = type_element(cast->type);
  bool none = node->arg->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR &&
              node->arg->a_array_expr->n_elements == 0;
  TRY(check_element(binder, element, node->location));
  if (none)
    *expr =
        expr_constant(binder->arena, (Value){.type = {.kind = TYPE_NULL}, .s = STR_LITERAL("{}")},
                      node->location);
  else
    TRY(bind_expr(binder, node->arg, expr));
  if (element.kind == TYPE_DECIMAL && element.precision == 0)
    TRY(settle_decimals(binder, node, expr, &element));
  TRY(coerce(binder, *expr, type_array(element), expr));
  if ((*expr)->kind == EXPR_CAST && (*expr)->position < 0) (*expr)->position = node->location;
  return STATUS_OK;
}

// --- subscripts ---

static Status bind_number(Binder *binder, const Node *node, Expr **number) {
  TRY(bind_expr(binder, node, number));
  if (!is_unknown(*number) && (*number)->type.kind != TYPE_INT)
    return invalid_at(binder, node_position(node), "a subscript of an array must be an integer");
  return coerce(binder, *number, TYPE_OF_INT, number);
}

// a[i], or a[i:j] of which either may be left out.
static Status bind_one_subscript(Binder *binder, const PgQuery__AIndices *node, Expr **expr) {
  int32_t position = (*expr)->position;
  Expr *args[] = {*expr, expr_int(binder->arena, 1), expr_int(binder->arena, INT32_MAX)};
  if (!node->is_slice) {
    TRY(bind_number(binder, node->uidx, &args[1]));
    *expr = array_item(binder, *expr, args[1], position);
    return STATUS_OK;
  }
  if (node->lidx) TRY(bind_number(binder, node->lidx, &args[1]));
  if (node->uidx) TRY(bind_number(binder, node->uidx, &args[2]));
  *expr = array_call(binder, FUNCTION_ARRAY_SLICE, args[0]->type, args, 3, position);
  return STATUS_OK;
}

Status bind_subscripts(Binder *binder, const PgQuery__AIndirection *node, Expr **expr) {
  TRY(bind_expr(binder, node->arg, expr));
  if ((*expr)->position < 0) (*expr)->position = node_position(node->arg);
  for (size_t i = 0; i < node->n_indirection; i++) {
    const Node *step = node->indirection[i];
    if (step->node_case != PG_QUERY__NODE__NODE_A_INDICES)
      return unsupported(binder, node_position(node->arg), "a field of a value");
    char type[TYPE_NAME_BYTES];
    if (!type_is_array((*expr)->type))
      return invalid_at(binder, (*expr)->position,
                        "cannot subscript type %s because it is not an array",
                        type_format((*expr)->type, type));
    TRY(bind_one_subscript(binder, step->a_indices, expr));
  }
  return STATUS_OK;
}

// --- functions ---

static Status array_argument(Binder *binder, const Call *call, uint32_t arg, Expr **array) {
  *array = call->args[arg];
  return type_is_array((*array)->type) ? STATUS_OK : no_function(binder, call);
}

static Status text_argument(Binder *binder, const Call *call, uint32_t arg, Expr **text) {
  *text = call->args[arg];
  TRY(coerce_unknown(binder, text));
  return type_is_text((*text)->type) ? STATUS_OK : no_function(binder, call);
}

// array_length, array_upper: NULL of no element, and of any dimension but the first.
static Status bind_length(Binder *binder, const Call *call, Expr **expr) {
  Expr *array, *args[2];
  if (call->arg_count != 2) return no_function(binder, call);
  TRY(array_argument(binder, call, 0, &array));
  const Expr *dimension = call->args[1];
  if (dimension->kind != EXPR_CONSTANT || dimension->type.kind != TYPE_INT)
    return unsupported(binder, call->position, "a dimension that is not a literal");
  args[0] = array_count(binder, array, call->position);
  TRY(coerce(binder, expr_int(binder->arena, 0), TYPE_OF_INT32, &args[1]));
  *expr = array_call(binder, FUNCTION_NULLIF, TYPE_OF_INT32, args, 2, call->position);
  if (dimension->value.is_null || dimension->value.i != 1)
    *expr = expr_null(binder->arena, TYPE_OF_INT32);
  return STATUS_OK;
}

static Status bind_cardinality(Binder *binder, const Call *call, Expr **expr) {
  Expr *array;
  if (call->arg_count != 1) return no_function(binder, call);
  TRY(array_argument(binder, call, 0, &array));
  *expr = array_count(binder, array, call->position);
  return STATUS_OK;
}

// The array and an element, in the type of both.
static Status settle_element(Binder *binder, Expr **array, Expr **element) {
  Type type = type_element((*array)->type), common = type;
  bool fits = is_unknown(*element) || type_common(type, (*element)->type, &common);
  char a[TYPE_NAME_BYTES], b[TYPE_NAME_BYTES];
  if (!fits)
    return invalid_at(binder, (*element)->position, "an element of %s is not of type %s",
                      type_format((*array)->type, a), type_format((*element)->type, b));
  TRY(coerce(binder, *array, type_array(common), array));
  return coerce(binder, *element, common, element);
}

// array_position(array, x), array_remove(array, x).
static Status bind_search(Binder *binder, const Call *call, Expr **expr) {
  Expr *args[2];
  bool position = strcmp(call->name, "array_position") == 0;
  if (call->arg_count != 2) return no_function(binder, call);
  TRY(array_argument(binder, call, 0, &args[0]));
  args[1] = call->args[1];
  TRY(settle_element(binder, &args[0], &args[1]));
  TRY(coerce(binder, args[1], TYPE_OF_STRING, &args[1]));
  *expr = array_call(binder, position ? FUNCTION_ARRAY_POSITION : FUNCTION_ARRAY_REMOVE,
                     position ? TYPE_OF_INT32 : args[0]->type, args, 2, call->position);
  return STATUS_OK;
}

// Two arrays put together; an element stands for the array of it. Unknown ones are arrays.
static Status cat(Binder *binder, Expr *left, Expr *right, int32_t position, Expr **expr) {
  Expr *sides[] = {left, right};
  for (int i = 0; i < 2; i++) {
    Expr *other = sides[1 - i];
    if (is_unknown(sides[i])) TRY(coerce(binder, sides[i], other->type, &sides[i]));
    if (type_is_array(sides[i]->type)) continue;
    TRY(settle_element(binder, &sides[1 - i], &sides[i]));
    TRY(make_array(binder, &sides[i], 1, position, &sides[i]));
  }
  Type a = type_element(sides[0]->type), b = type_element(sides[1]->type), common;
  if (!type_common(a, b, &common))
    return invalid_at(binder, position, "arrays of different types are put together");
  for (int i = 0; i < 2; i++) TRY(coerce(binder, sides[i], type_array(common), &sides[i]));
  *expr = array_call(binder, FUNCTION_ARRAY_CAT, type_array(common), sides, 2, position);
  return STATUS_OK;
}

static Status bind_cat(Binder *binder, const Call *call, Expr **expr) {
  if (call->arg_count != 2) return no_function(binder, call);
  Expr *left = call->args[0], *right = call->args[1];
  bool arrays[] = {type_is_array(left->type), type_is_array(right->type)};
  bool append = strcmp(call->name, "array_append") == 0;
  bool prepend = strcmp(call->name, "array_prepend") == 0;
  if (append ? !arrays[0] : prepend ? !arrays[1] : !arrays[0] && !arrays[1])
    return no_function(binder, call);
  // What is appended is an element, also where its type is open.
  if (append && is_unknown(right)) TRY(coerce(binder, right, type_element(left->type), &right));
  if (prepend && is_unknown(left)) TRY(coerce(binder, left, type_element(right->type), &left));
  return cat(binder, left, right, call->position, expr);
}

static Status bind_join(Binder *binder, const Call *call, Expr **expr) {
  Expr *args[3] = {NULL, NULL, expr_null(binder->arena, TYPE_OF_STRING)};
  if (call->arg_count < 2 || call->arg_count > 3) return no_function(binder, call);
  TRY(array_argument(binder, call, 0, &args[0]));
  for (uint32_t i = 1; i < call->arg_count; i++) TRY(text_argument(binder, call, i, &args[i]));
  *expr = array_call(binder, FUNCTION_ARRAY_TO_STRING, TYPE_OF_STRING, args, 3, call->position);
  return STATUS_OK;
}

static Status bind_split(Binder *binder, const Call *call, Expr **expr) {
  Expr *args[3] = {NULL, NULL, expr_null(binder->arena, TYPE_OF_STRING)};
  if (call->arg_count < 2 || call->arg_count > 3) return no_function(binder, call);
  for (uint32_t i = 0; i < call->arg_count; i++) TRY(text_argument(binder, call, i, &args[i]));
  *expr = array_call(binder, FUNCTION_STRING_TO_ARRAY, type_array(TYPE_OF_STRING), args, 3,
                     call->position);
  return STATUS_OK;
}

// regexp_match(text, pattern [, flags]), regexp_split_to_array.
static Status bind_regex(Binder *binder, const Call *call, Expr **expr) {
  Expr *args[3] = {NULL, NULL, expr_string(binder->arena, STR_LITERAL(""))};
  if (call->arg_count < 2 || call->arg_count > 3) return no_function(binder, call);
  for (uint32_t i = 0; i < call->arg_count; i++) TRY(text_argument(binder, call, i, &args[i]));
  TRY(check_pattern(binder, args[1], args[2]));
  bool match = strcmp(call->name, "regexp_match") == 0;
  *expr = array_call(binder, match ? FUNCTION_REGEXP_MATCH : FUNCTION_REGEXP_SPLIT,
                     type_array(TYPE_OF_STRING), args, 3, call->position);
  return STATUS_OK;
}

static const struct {
  const char *name;
  Status (*bind)(Binder *binder, const Call *call, Expr **expr);
} FUNCTIONS[] = {
    {"array_length", bind_length},         {"array_upper", bind_length},
    {"cardinality", bind_cardinality},     {"array_position", bind_search},
    {"array_remove", bind_search},         {"array_append", bind_cat},
    {"array_prepend", bind_cat},           {"array_cat", bind_cat},
    {"array_to_string", bind_join},        {"string_to_array", bind_split},
    {"regexp_split_to_array", bind_regex}, {"regexp_match", bind_regex},
};
#define FUNCTION_TABLE_COUNT (sizeof FUNCTIONS / sizeof *FUNCTIONS)

Status bind_array_call(Binder *binder, const Call *call, bool *found, Expr **expr) {
  *found = true;
  for (size_t i = 0; i < FUNCTION_TABLE_COUNT; i++)
    if (strcmp(call->name, FUNCTIONS[i].name) == 0) return FUNCTIONS[i].bind(binder, call, expr);
  *found = false;
  return STATUS_OK;
}

uint32_t array_call_names(const char **names) {
  _Static_assert(FUNCTION_TABLE_COUNT <= TOPIC_NAMES_MAX, "room for every name");
  for (size_t i = 0; i < FUNCTION_TABLE_COUNT; i++) names[i] = FUNCTIONS[i].name;
  return FUNCTION_TABLE_COUNT;
}

bool array_call_known(const char *name) {
  for (size_t i = 0; i < FUNCTION_TABLE_COUNT; i++)
    if (strcmp(name, FUNCTIONS[i].name) == 0) return true;
  return false;
}

// --- operators ---

// a @> b, a <@ b, a && b.
static Status bind_contains(Binder *binder, const char *name, Expr *left, Expr *right,
                            int32_t position, Expr **expr) {
  Expr *sides[] = {left, right};
  Type common;
  for (int i = 0; i < 2; i++)
    if (is_unknown(sides[i])) TRY(coerce(binder, sides[i], sides[1 - i]->type, &sides[i]));
  if (!type_is_array(sides[0]->type) || !type_is_array(sides[1]->type) ||
      !type_common(type_element(sides[0]->type), type_element(sides[1]->type), &common))
    return invalid_at(binder, position, "%s takes two arrays of one type", name);
  for (int i = 0; i < 2; i++) TRY(coerce(binder, sides[i], type_array(common), &sides[i]));
  Expr *turned[] = {sides[1], sides[0]};
  *expr = array_call(binder, name[0] == '&' ? FUNCTION_ARRAY_OVERLAPS : FUNCTION_ARRAY_CONTAINS,
                     TYPE_OF_BOOL, name[0] == '<' ? turned : sides, 2, position);
  return STATUS_OK;
}

Status bind_array_operator(Binder *binder, const char *name, Expr *left, Expr *right,
                           int32_t position, bool *done, Expr **expr) {
  bool any = type_is_array(right->type) || (left && type_is_array(left->type));
  bool contains = strcmp(name, "@>") == 0 || strcmp(name, "<@") == 0 || strcmp(name, "&&") == 0;
  *done = left && any && (contains || strcmp(name, "||") == 0);
  if (!*done) return STATUS_OK;
  bool text = type_is_text(left->type) || type_is_text(right->type);
  bool elements = type_is_array(left->type) ? type_element(left->type).kind == TYPE_STRING
                                            : type_element(right->type).kind == TYPE_STRING;
  if (contains) return bind_contains(binder, name, left, right, position, expr);
  if (text && !elements) { // a text with an array's text, as PostgreSQL has it
    *done = false;
    return STATUS_OK;
  }
  return cat(binder, left, right, position, expr);
}

// x = ANY (array), x <> ALL (array) of an array that is computed.
Status bind_any_element(Binder *binder, const char *name, bool any, Expr *left, Expr *array,
                        int32_t position, Expr **expr) {
  bool equal = any && strcmp(name, "=") == 0;
  bool differs = !any && (strcmp(name, "<>") == 0 || strcmp(name, "!=") == 0);
  if (is_unknown(array)) TRY(coerce(binder, array, type_array(left->type), &array));
  if (!type_is_array(array->type))
    return invalid_at(binder, array->position, "op ANY/ALL (array) requires array on right side");
  if (!equal && !differs)
    return error_set_at(
        binder->error, STATUS_UNSUPPORTED, position,
        "%s %s of an array that is computed is not supported: write x %s %s (SELECT "
        "unnest(array))",
        name, any ? "ANY" : "ALL", name, any ? "ANY" : "ALL");
  Expr *args[] = {array, left};
  TRY(settle_element(binder, &args[0], &args[1]));
  TRY(coerce(binder, args[1], TYPE_OF_STRING, &args[1]));
  *expr = array_call(binder, FUNCTION_ARRAY_HAS, TYPE_OF_BOOL, args, 2, position);
  if (differs) *expr = make_not(binder, *expr);
  return STATUS_OK;
}
