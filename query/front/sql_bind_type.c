// Types: what a type's name means, and how values of different types are brought together.
//
// The idea: evaluation never guesses, so every change of type is a cast node put here. A literal
// without a type (a quoted string, NULL, $n) takes the type of what it stands beside. In a
// comparison a constant takes the column's type when nothing is lost by it, so that the plan sees
// "column = constant" and not "cast(column) = constant".
#include "sql_bind.h"
#include "sql_literal.h"

static const struct {
  const char *name;
  Type type;
} TYPE_NAMES[] = {
    {"bool", {.kind = TYPE_BOOL}},
    {"int2", {.kind = TYPE_INT, .bits = 16}},
    {"smallint", {.kind = TYPE_INT, .bits = 16}},
    {"int4", {.kind = TYPE_INT, .bits = 32}},
    {"int8", {.kind = TYPE_INT, .bits = 64}},
    {"numeric", {.kind = TYPE_DECIMAL}},
    {"decimal", {.kind = TYPE_DECIMAL}},
    {"float8", {.kind = TYPE_DOUBLE}},
    {"float4", {.kind = TYPE_DOUBLE}},
    {"double", {.kind = TYPE_DOUBLE}},
    {"date", {.kind = TYPE_DATE}},
    {"timestamp", {.kind = TYPE_TIMESTAMP}},
    {"timestamptz", {.kind = TYPE_TIMESTAMPTZ}},
    {"interval", {.kind = TYPE_INTERVAL}},
    {"text", {.kind = TYPE_STRING}},
    {"string", {.kind = TYPE_STRING}},
    {"varchar", {.kind = TYPE_STRING}},
    {"bpchar", {.kind = TYPE_STRING}},
};
#define TYPE_NAME_COUNT (sizeof TYPE_NAMES / sizeof *TYPE_NAMES)

static Status bind_decimal_modifiers(Binder *binder, const PgQuery__TypeName *name, Type *type) {
  int64_t precision, scale = 0;
  bool valid = name->n_typmods <= 2 && node_is_int(name->typmods[0], &precision) &&
               (name->n_typmods < 2 || node_is_int(name->typmods[1], &scale));
  if (!valid || precision < 1 || precision > DECIMAL_DIGITS_MAX || scale < 0 || scale > precision)
    return invalid_at(binder, name->location,
                      "a decimal has 1 to %d digits, at most all of them after the point",
                      DECIMAL_DIGITS_MAX);
  *type = type_decimal((unsigned)precision, (unsigned)scale);
  return STATUS_OK;
}

// The types are of no schema but PostgreSQL's own, which the parser gives those of its grammar.
static Status check_type_schema(Binder *binder, const PgQuery__TypeName *name) {
  const char *schema = name->n_names > 1 ? node_string(name->names[0]) : NULL;
  if (name->n_names > 2)
    return invalid_at(binder, name->location, "the name of a type has at most a schema before it");
  if (!schema || strcmp(schema, "pg_catalog") == 0) return STATUS_OK;
  return error_set_at(binder->error, STATUS_NOT_FOUND, name->location,
                      "type \"%s.%s\" does not exist", schema, node_string(name->names[1]));
}

// The parser's name of a type as people write it.
static const char *type_as_written(const char *word) {
  static const char *const names[][2] = {{"timetz", "time with time zone"},
                                         {"varbit", "bit varying"}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(word, names[i][0]) == 0) return names[i][1];
  return word;
}

// The modifiers of a type that takes some: varchar(20), char(2), timestamp(0).
static Status bind_modifiers(Binder *binder, const PgQuery__TypeName *name, CastType *type) {
  int64_t given;
  TypeKind kind = (TypeKind)type->type.kind;
  if (kind == TYPE_DECIMAL) return bind_decimal_modifiers(binder, name, &type->type);
  bool one = name->n_typmods == 1 && node_is_int(name->typmods[0], &given);
  if (kind == TYPE_STRING && one) {
    if (given < 1)
      return invalid_at(binder, name->location, "a text type has a length of at least 1");
    type->length_max = given;
    return STATUS_OK;
  }
  if ((kind == TYPE_TIMESTAMP || kind == TYPE_TIMESTAMPTZ) && one) {
    if (given < 0) return invalid_at(binder, name->location, "a time stamp has 0 to 6 digits");
    type->digits = given < 6 ? (int32_t)given : 6;
    return STATUS_OK;
  }
  return unsupported(binder, name->location, "a precision of this type");
}

// integer[]: of one dimension, whatever length is written.
static Status bind_array_type(Binder *binder, const PgQuery__TypeName *name, CastType *type) {
  PgQuery__TypeName element = *name;
  element.n_array_bounds = 0;
  if (name->n_array_bounds > 1) return unsupported(binder, name->location, "an array of arrays");
  TRY(bind_type_name(binder, &element, type));
  if (!cast_is_plain(type)) return unsupported(binder, name->location, "an array of this type");
  type->type = type_array(type->type);
  return STATUS_OK;
}

Status bind_type_name(Binder *binder, const PgQuery__TypeName *name, CastType *type) {
  const char *word = list_last_string(name->names, name->n_names);
  *type = (CastType){.length_max = -1, .digits = -1};
  if (!word || name->setof || name->pct_type)
    return unsupported(binder, name->location, "this type");
  if (name->n_array_bounds) return bind_array_type(binder, name, type);
  TRY(check_type_schema(binder, name));
  for (size_t i = 0; i < TYPE_NAME_COUNT; i++) {
    if (strcmp(word, TYPE_NAMES[i].name) != 0) continue;
    type->type = TYPE_NAMES[i].type;
    type->real = strcmp(word, "float4") == 0;
    type->unpadded = strcmp(word, "bpchar") == 0;
    if (name->n_typmods == 0 || type->type.kind == TYPE_INTERVAL) return STATUS_OK;
    return bind_modifiers(binder, name, type);
  }
  static const char *const others[] = {"char", "json",   "jsonb", "uuid",   "bytea",
                                       "time", "timetz", "bit",   "varbit", "xml"};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (strcmp(word, others[i]) == 0)
      return error_set_at(binder->error, STATUS_UNSUPPORTED, name->location,
                          "type \"%s\" is not supported",
                          name->n_names > 1 ? type_as_written(word) : word);
  const char *candidates[TYPE_NAME_COUNT];
  for (size_t i = 0; i < TYPE_NAME_COUNT; i++) candidates[i] = TYPE_NAMES[i].name;
  return name_unknown(binder, name->location, "type", word, candidates, TYPE_NAME_COUNT);
}

// Gives the error of a value the place of the expression that has it.
static Status at_expr(Binder *binder, Status status, const Expr *expr) {
  if (status != STATUS_OK && binder->error && binder->error->position < 0)
    binder->error->position = expr->position;
  return status;
}

static Status coerce_parameter(Binder *binder, Expr *expr, Type type, Expr **result) {
  Type *settled = &binder->parameter_types[expr->parameter - 1];
  if (settled->kind == TYPE_NULL) *settled = type;
  Expr *typed = ARENA_NEW(binder->arena, Expr);
  *typed = *expr;
  typed->type = *settled;
  *result = expr_cast(binder->arena, typed, type);
  return STATUS_OK;
}

static Status coerce_constant(Binder *binder, Expr *expr, Type type, Expr **result) {
  Value value;
  if (literal_is_long_number(&expr->value) && type.kind != TYPE_DOUBLE)
    return error_set_at(binder->error, STATUS_OVERFLOW, expr->position,
                        "the number %.*s has more than %d digits; only a double can take it",
                        (int)(expr->value.s.size > 100 ? 100 : expr->value.s.size),
                        expr->value.s.data, DECIMAL_DIGITS_MAX);
  if (expr->value.is_null)
    value = (Value){.type = type, .is_null = true};
  else if (is_unknown(expr))
    TRY(at_expr(binder, literal_parse(binder->arena, expr->value.s, type, &value, binder->error),
                expr));
  else
    TRY(at_expr(binder, literal_cast(binder->arena, &expr->value, type, &value, binder->error),
                expr));
  *result = expr_constant(binder->arena, value, expr->position);
  return STATUS_OK;
}

Status coerce(Binder *binder, Expr *expr, Type type, Expr **result) {
  *result = expr;
  if (type_equal(expr->type, type)) return STATUS_OK;
  if (is_unknown(expr) && expr->kind == EXPR_PARAMETER)
    return coerce_parameter(binder, expr, type, result);
  char from[TYPE_NAME_BYTES], to[TYPE_NAME_BYTES];
  if (!is_unknown(expr) && !literal_castable(expr->type, type))
    return invalid_at(binder, expr->position, "cannot cast type %s to %s",
                      type_format(expr->type, from), type_format(type, to));
  if (expr->kind == EXPR_CONSTANT) return coerce_constant(binder, expr, type, result);
  *result = expr_cast(binder->arena, expr, type);
  return STATUS_OK;
}

Status coerce_unknown(Binder *binder, Expr **expr) {
  return is_unknown(*expr) ? coerce(binder, *expr, TYPE_OF_STRING, expr) : STATUS_OK;
}

static Type decimal_common(Type a, Type b) {
  unsigned scale = a.scale > b.scale ? a.scale : b.scale;
  unsigned whole_a = a.precision - a.scale, whole_b = b.precision - b.scale;
  unsigned precision = (whole_a > whole_b ? whole_a : whole_b) + scale;
  return type_decimal(precision > DECIMAL_DIGITS_MAX ? DECIMAL_DIGITS_MAX : precision, scale);
}

bool type_common(Type a, Type b, Type *common) {
  if (type_is_numeric(a) && type_is_numeric(b)) {
    if (a.kind == TYPE_DOUBLE || b.kind == TYPE_DOUBLE)
      *common = TYPE_OF_DOUBLE;
    else if (a.kind == TYPE_INT && b.kind == TYPE_INT)
      *common = a.bits > b.bits ? a : b;
    else
      *common = decimal_common(literal_decimal_type(a, NULL), literal_decimal_type(b, NULL));
    return true;
  }
  bool a_date = a.kind == TYPE_DATE, b_date = b.kind == TYPE_DATE;
  bool a_stamp = a.kind == TYPE_TIMESTAMP || a.kind == TYPE_TIMESTAMPTZ;
  bool b_stamp = b.kind == TYPE_TIMESTAMP || b.kind == TYPE_TIMESTAMPTZ;
  if ((a_date || a_stamp) && (b_date || b_stamp)) { // date < timestamp < timestamptz
    *common = a.kind > b.kind ? a : b;
    return true;
  }
  *common = a;
  return type_equal(a, b);
}

// The type that expr brings into a mix: an int constant among decimals needs only its own digits.
static Type mixing_type(const Expr *expr, bool with_decimal) {
  if (with_decimal && expr->kind == EXPR_CONSTANT && expr->type.kind == TYPE_INT)
    return literal_decimal_type(expr->type, &expr->value);
  return expr->type;
}

static Status no_common(Binder *binder, const char *what, Type a, Type b, int32_t position) {
  char left[TYPE_NAME_BYTES], right[TYPE_NAME_BYTES];
  return invalid_at(binder, position, "%s types %s and %s cannot be matched", what,
                    type_format(a, left), type_format(b, right));
}

Status coerce_common(Binder *binder, Expr **items, uint32_t count, const char *what,
                     int32_t position) {
  bool with_decimal = false, any = false;
  for (uint32_t i = 0; i < count; i++)
    with_decimal = with_decimal || items[i]->type.kind == TYPE_DECIMAL;
  Type common = TYPE_OF_STRING; // when no item has a type
  for (uint32_t i = 0; i < count; i++) {
    if (is_unknown(items[i])) continue;
    Type type = mixing_type(items[i], with_decimal);
    if (!any)
      common = type;
    else if (!type_common(common, type, &common))
      return no_common(binder, what, common, type, position);
    any = true;
  }
  for (uint32_t i = 0; i < count; i++) TRY(coerce(binder, items[i], common, &items[i]));
  return STATUS_OK;
}

// Whether `constant` could be made of the other side's type, losing nothing.
static bool fold_to(Binder *binder, Expr **constant, const Expr *other) {
  Value value;
  if ((*constant)->kind != EXPR_CONSTANT || other->kind == EXPR_CONSTANT || is_unknown(*constant))
    return false;
  if (!literal_cast_exact(&(*constant)->value, other->type, &value)) return false;
  *constant = expr_constant(binder->arena, value, (*constant)->position);
  return true;
}

Status coerce_comparison(Binder *binder, Expr **left, Expr **right, int32_t position) {
  if (!is_unknown(*left) && !is_unknown(*right) &&
      (fold_to(binder, left, *right) || fold_to(binder, right, *left)))
    return STATUS_OK;
  Expr *sides[2] = {*left, *right};
  TRY(coerce_common(binder, sides, 2, "compared", position));
  *left = sides[0];
  *right = sides[1];
  return STATUS_OK;
}
