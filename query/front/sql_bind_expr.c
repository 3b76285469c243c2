// Expressions: one function for each kind of the parser's nodes.
//
// Everything that SQL can say is brought down to the few kinds of expr.h: BETWEEN becomes two
// comparisons, CASE x WHEN v a searched CASE, IS TRUE a COALESCE. What a rewrite repeats is
// counted, so that nesting cannot blow a short statement up.
#include "sql_bind.h"
#include "sql_literal.h"

Status depth_enter(Binder *binder, int32_t position) {
  if (++binder->depth <= binder->depth_max) return STATUS_OK;
  return error_set_at(binder->error, STATUS_LIMIT, position,
                      "the statement is nested deeper than %u levels", binder->depth_max);
}

static uint32_t count_nodes(const Expr *expr) {
  uint32_t count = 1;
  for (uint32_t i = 0; i < expr->arg_count; i++) count += count_nodes(expr->args[i]);
  return count;
}

Status charge_copies(Binder *binder, const Expr *expr, uint32_t copies) {
  uint64_t total = binder->copied_nodes + (uint64_t)count_nodes(expr) * copies;
  if (total > COPIED_NODES_MAX)
    return error_set_at(binder->error, STATUS_LIMIT, expr->position,
                        "the expression grows too large: BETWEEN, CASE or IN repeat it too often");
  binder->copied_nodes = (uint32_t)total;
  return STATUS_OK;
}

static Status bind_constant(Binder *binder, const PgQuery__AConst *constant, Expr **expr) {
  Value value = {.type = {.kind = TYPE_NULL}};
  if (constant->isnull)
    value.is_null = true;
  else
    switch (constant->val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL:
      value = (Value){.type = TYPE_OF_INT32, .i = constant->ival->ival};
      break;
    case PG_QUERY__A__CONST__VAL_FVAL: {
      // Too many digits for a decimal: its type stays open, for only a double can take it.
      if (literal_parse_number(str_from(constant->fval->fval), &value, NULL) != STATUS_OK)
        value = literal_long_number(str_from(arena_strdup(binder->arena, constant->fval->fval)));
      break;
    }
    case PG_QUERY__A__CONST__VAL_BOOLVAL:
      value = (Value){.type = TYPE_OF_BOOL, .i = constant->boolval->boolval};
      break;
    case PG_QUERY__A__CONST__VAL_SVAL:
      value.s = str_from(arena_strdup(binder->arena, constant->sval->sval));
      break;
    default:
      return unsupported(binder, constant->location, "a bit string");
    }
  *expr = expr_constant(binder->arena, value, constant->location);
  return STATUS_OK;
}

// All fields but the last, joined by points: "product" of product.category.
static const char *column_qualifier(Binder *binder, const PgQuery__ColumnRef *ref) {
  const char *qualifier = NULL;
  for (size_t i = 0; i + 1 < ref->n_fields; i++) {
    const char *field = node_string(ref->fields[i]);
    if (!qualifier && i == 0 && ref->n_fields == 3 && strcmp(field, "public") == 0) continue;
    qualifier = qualifier ? arena_printf(binder->arena, "%s.%s", qualifier, field) : field;
  }
  return qualifier;
}

static Status bind_column(Binder *binder, const PgQuery__ColumnRef *ref, Expr **expr) {
  const char *name = list_last_string(ref->fields, ref->n_fields);
  if (!name) return invalid_at(binder, ref->location, "* may only stand in the SELECT list");
  const char *qualifier = column_qualifier(binder, ref);
  if (!binder->resolve) return scope_resolve(binder, qualifier, name, ref->location, expr);
  *expr = binder->resolve(binder->resolve_context, qualifier, name);
  if (!*expr)
    return error_set_at(binder->error, STATUS_NOT_FOUND, ref->location,
                        "column \"%s%s%s\" does not exist", qualifier ? qualifier : "",
                        qualifier ? "." : "", name);
  return STATUS_OK;
}

static Status check_condition(Binder *binder, const char *clause, Expr **expr) {
  if (is_unknown(*expr)) TRY(coerce(binder, *expr, TYPE_OF_BOOL, expr));
  char type[TYPE_NAME_BYTES];
  if ((*expr)->type.kind != TYPE_BOOL)
    return invalid_at(binder, (*expr)->position, "argument of %s must be boolean, not %s", clause,
                      type_format((*expr)->type, type));
  return STATUS_OK;
}

Status bind_condition(Binder *binder, const Node *node, const char *clause, Expr **expr) {
  const char *before = binder->select ? binder->select->clause : NULL;
  if (binder->select) binder->select->clause = clause;
  TRY(bind_expr(binder, node, expr));
  if (binder->select) binder->select->clause = before;
  return check_condition(binder, clause, expr);
}

static Status bind_bool(Binder *binder, const PgQuery__BoolExpr *node, Expr **expr) {
  static const char *const names[] = {"", "AND", "OR", "NOT"};
  static const ExprKind kinds[] = {EXPR_AND, EXPR_AND, EXPR_OR, EXPR_NOT};
  Expr **args = ARENA_ARRAY(binder->arena, Expr *, node->n_args);
  bool is_and = node->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
  for (size_t i = 0; i < node->n_args; i++) {
    uint32_t pending = pending_count(binder);
    TRY(bind_expr(binder, node->args[i], &args[i]));
    TRY(check_condition(binder, names[node->boolop], &args[i]));
    pending_guard(binder, pending, args, (uint32_t)i, is_and ? GUARD_NOT_FALSE : GUARD_NOT_TRUE);
  }
  *expr = expr_make(binder->arena, kinds[node->boolop], TYPE_OF_BOOL, args, (uint32_t)node->n_args,
                    node->location);
  return STATUS_OK;
}

// low <= value AND value <= high, or its negation.
static Status make_between(Binder *binder, bool negated, Expr *value, Expr *low, Expr *high,
                           int32_t position, Expr **expr) {
  Expr *sides[2];
  FunctionId functions[2] = {negated ? FUNCTION_LESS : FUNCTION_GREATER_EQUAL,
                             negated ? FUNCTION_GREATER : FUNCTION_LESS_EQUAL};
  TRY(bind_comparison(binder, functions[0], value, low, position, &sides[0]));
  TRY(bind_comparison(binder, functions[1], value, high, position, &sides[1]));
  *expr = expr_make(binder->arena, negated ? EXPR_OR : EXPR_AND, TYPE_OF_BOOL, sides, 2, position);
  return STATUS_OK;
}

static Status bind_between(Binder *binder, const PgQuery__AExpr *node, Expr *value, Expr **expr) {
  const PgQuery__List *bounds = node->rexpr->list;
  Expr *low, *high;
  TRY(bind_expr(binder, bounds->items[0], &low));
  TRY(bind_expr(binder, bounds->items[1], &high));
  TRY(charge_copies(binder, value, 1));
  return make_between(binder, node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN, value, low,
                      high, node->location, expr);
}

// Between the bounds in either order (PostgreSQL: the two BETWEEN joined by OR).
static Status bind_between_symmetric(Binder *binder, const PgQuery__AExpr *node, Expr *value,
                                     Expr **expr) {
  bool negated = node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
  const PgQuery__List *bounds = node->rexpr->list;
  Expr *a, *b, *sides[2];
  TRY(bind_expr(binder, bounds->items[0], &a));
  TRY(bind_expr(binder, bounds->items[1], &b));
  TRY(charge_copies(binder, value, 3));
  TRY(charge_copies(binder, a, 1));
  TRY(charge_copies(binder, b, 1));
  TRY(make_between(binder, negated, value, a, b, node->location, &sides[0]));
  TRY(make_between(binder, negated, value, b, a, node->location, &sides[1]));
  *expr = expr_make(binder->arena, negated ? EXPR_AND : EXPR_OR, TYPE_OF_BOOL, sides, 2,
                    node->location);
  return STATUS_OK;
}

// The first argument's type as the implied comparison has it: of an integer and a decimal, a
// decimal; but an integer of its own width, a decimal of its own scale.
static Type nullif_type(const Expr *left, const Expr *right) {
  Type a = left->type, b = right->type;
  if (is_unknown(left)) return b;
  if (!type_is_numeric(a) || !type_is_numeric(b)) return a;
  if (a.kind == TYPE_DOUBLE || b.kind == TYPE_DOUBLE) return TYPE_OF_DOUBLE;
  if (a.kind == TYPE_DECIMAL || b.kind == TYPE_INT) return a;
  return literal_decimal_type(a, left->kind == EXPR_CONSTANT ? &left->value : NULL);
}

static Status bind_nullif(Binder *binder, Expr *left, Expr *right, int32_t position, Expr **expr) {
  if (is_unknown(left) && is_unknown(right)) TRY(coerce_unknown(binder, &left));
  Type result = nullif_type(left, right);
  TRY(coerce_comparison(binder, &left, &right, position));
  Expr *call =
      expr_call(binder->arena, FUNCTION_NULLIF, left->type, (Expr *[]){left, right}, 2, position);
  return coerce(binder, call, result, expr);
}

static Status bind_operator_any(Binder *binder, const PgQuery__AExpr *node, Expr *left,
                                Expr **expr) {
  const char *name = list_last_string(node->name, node->n_name);
  if (node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_IN)
    return bind_in_list(binder, left, node->rexpr->list->items, node->rexpr->list->n_items,
                        strcmp(name, "<>") == 0, node->location, expr);
  if (node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN ||
      node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN)
    return bind_between(binder, node, left, expr);
  if (node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM ||
      node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM)
    return bind_between_symmetric(binder, node, left, expr);
  Expr *right;
  TRY(bind_expr(binder, node->rexpr, &right));
  switch (node->kind) {
  case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
  case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
  case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
  case PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR:
    return bind_operator(binder, name, left, right, node->location, expr);
  case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
  case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
    TRY(bind_comparison(binder, FUNCTION_NOT_DISTINCT, left, right, node->location, expr));
    if (node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT) *expr = make_not(binder, *expr);
    return STATUS_OK;
  case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF:
    return bind_nullif(binder, left, right, node->location, expr);
  default:
    return unsupported(binder, node->location, "this operator");
  }
}

static Status bind_a_expr(Binder *binder, const PgQuery__AExpr *node, Expr **expr) {
  bool done;
  TRY(bind_row_operator(binder, node, &done, expr));
  if (done) return STATUS_OK;
  Expr *left = NULL;
  if (node->n_name > 1) return unsupported(binder, node->location, "OPERATOR()");
  if (node->lexpr) TRY(bind_expr(binder, node->lexpr, &left));
  if (!left) {
    Expr *arg;
    TRY(bind_expr(binder, node->rexpr, &arg));
    return bind_operator(binder, list_last_string(node->name, node->n_name), NULL, arg,
                         node->location, expr);
  }
  return bind_operator_any(binder, node, left, expr);
}

// INTERVAL '3' MONTH, INTERVAL '1.25' SECOND(1), INTERVAL(2) '1.25 s': the field comes as a bit
// mask of PostgreSQL's datetime fields. false: a range of fields.
static bool interval_modifiers(const PgQuery__TypeName *name, IntervalField *lowest,
                               unsigned *digits) {
  static const struct {
    int64_t mask;
    IntervalField field;
  } fields[] = {{1 << 2, INTERVAL_YEAR},  {1 << 1, INTERVAL_MONTH},   {1 << 3, INTERVAL_DAY},
                {1 << 10, INTERVAL_HOUR}, {1 << 11, INTERVAL_MINUTE}, {1 << 12, INTERVAL_SECOND},
                {0x7fff, INTERVAL_SECOND}};
  int64_t mask, precision = 6;
  *lowest = INTERVAL_SECOND;
  *digits = 6;
  if (name->n_typmods == 0) return true;
  if (!node_is_int(name->typmods[0], &mask)) return false;
  if (name->n_typmods > 1 && !node_is_int(name->typmods[1], &precision)) return false;
  if (precision < 6) *digits = (unsigned)precision;
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    if (fields[i].mask == mask) return *lowest = fields[i].field, precision >= 0;
  return false;
}

static Status bind_interval(Binder *binder, const PgQuery__TypeCast *node, Expr *arg, Expr **expr) {
  IntervalField lowest;
  unsigned digits;
  Value value;
  if (!interval_modifiers(node->type_name, &lowest, &digits))
    return unsupported(binder, node->location, "this form of INTERVAL");
  if (!is_unknown(arg) || arg->kind != EXPR_CONSTANT || arg->value.is_null) {
    if (lowest != INTERVAL_SECOND || digits != 6)
      return unsupported(binder, node->location, "INTERVAL with fields of what is not a literal");
    return coerce(binder, arg, (Type){.kind = TYPE_INTERVAL}, expr);
  }
  Status status = literal_parse_interval(arg->value.s, lowest, digits, &value, binder->error);
  if (status != STATUS_OK && binder->error) binder->error->position = arg->position;
  *expr = expr_constant(binder->arena, value, arg->position);
  return status;
}

// CAST to decimal without a precision: as many digits as the value has.
static Status decimal_of(Binder *binder, Expr *arg, Type *type) {
  if (arg->kind == EXPR_CONSTANT && !arg->value.is_null &&
      (is_unknown(arg) || arg->type.kind == TYPE_STRING)) {
    Value value;
    Str text = arg->value.s;
    while (text.size && *text.data == ' ') text.data++, text.size--;
    while (text.size && text.data[text.size - 1] == ' ') text.size--;
    if (literal_parse_number(text, &value, NULL) == STATUS_OK) {
      *type = literal_decimal_type(value.type, &value);
      return STATUS_OK;
    }
  }
  if (arg->type.kind == TYPE_INT || arg->type.kind == TYPE_DECIMAL)
    *type = literal_decimal_type(arg->type, NULL);
  else
    *type = type_decimal(DECIMAL_DIGITS_MAX, 16);
  (void)binder;
  return STATUS_OK;
}

Status bind_decimal_cast(Binder *binder, Expr *expr, Expr **result) {
  Type type;
  TRY(decimal_of(binder, expr, &type));
  return coerce(binder, expr, type, result);
}

// What a cast does besides changing the type: cuts, rounds.
static void cast_modify(Binder *binder, const CastType *cast, int32_t position, Expr **expr) {
  Arena *arena = binder->arena;
  if (cast->length_max >= 0) {
    Expr *args[] = {*expr, expr_int(arena, 1), expr_int(arena, cast->length_max)};
    *expr = expr_call(arena, FUNCTION_SUBSTRING, TYPE_OF_STRING, args, 3, position);
  }
  if (cast->unpadded) {
    Expr *args[] = {*expr, expr_string(arena, STR_LITERAL(" "))};
    *expr = expr_call(arena, FUNCTION_RTRIM, TYPE_OF_STRING, args, 2, position);
  }
  if (cast->real) *expr = expr_call(arena, FUNCTION_TO_REAL, TYPE_OF_DOUBLE, expr, 1, position);
  if (cast->digits >= 0 && cast->digits < 6) {
    Expr *args[] = {*expr, expr_int(arena, cast->digits)};
    *expr = expr_call(arena, FUNCTION_MOMENT_ROUND, cast->type, args, 2, position);
  }
}

static Status bind_cast(Binder *binder, const PgQuery__TypeCast *node, Expr **expr) {
  CastType cast;
  Expr *arg;
  TRY(bind_type_name(binder, node->type_name, &cast));
  if (type_is_array(cast.type)) return bind_array_cast(binder, node, &cast, expr);
  TRY(bind_expr(binder, node->arg, &arg));
  Type type = cast.type;
  if (type.kind == TYPE_DECIMAL && type.precision == 0) TRY(decimal_of(binder, arg, &type));
  bool is_null = arg->kind == EXPR_CONSTANT && arg->value.is_null;
  if (type.kind == TYPE_INTERVAL && is_null)
    return *expr = expr_null(binder->arena, type), STATUS_OK;
  if (type.kind == TYPE_INTERVAL) return bind_interval(binder, node, arg, expr);
  TRY(coerce(binder, arg, type, expr));
  if ((*expr)->kind == EXPR_CAST && (*expr)->position < 0) (*expr)->position = node->location;
  cast_modify(binder, &cast, node->location, expr);
  return STATUS_OK;
}

static Status bind_case(Binder *binder, const PgQuery__CaseExpr *node, Expr **expr) {
  Expr *subject = NULL;
  if (node->arg) {
    TRY(bind_expr(binder, node->arg, &subject));
    TRY(coerce_unknown(binder, &subject));
    TRY(charge_copies(binder, subject, (uint32_t)node->n_args - 1));
  }
  uint32_t count = (uint32_t)node->n_args, rows = rows_calls(binder);
  Expr **whens = ARENA_ARRAY(binder->arena, Expr *, count);
  Expr **results = ARENA_ARRAY(binder->arena, Expr *, count + 1);
  for (uint32_t i = 0; i < count; i++) {
    const PgQuery__CaseWhen *when = node->args[i]->case_when;
    uint32_t pending = pending_count(binder);
    TRY(bind_expr(binder, when->expr, &whens[i]));
    if (subject)
      TRY(bind_comparison(binder, FUNCTION_EQUAL, subject, whens[i], when->location, &whens[i]));
    TRY(check_condition(binder, "CASE/WHEN", &whens[i]));
    uint32_t pending_result = pending_count(binder);
    TRY(bind_expr(binder, when->result, &results[i]));
    pending_guard(binder, pending_result, &whens[i], 1, GUARD_TRUE);
    pending_guard(binder, pending, whens, i, GUARD_NOT_TRUE);
  }
  uint32_t pending = pending_count(binder);
  if (node->defresult) TRY(bind_expr(binder, node->defresult, &results[count]));
  pending_guard(binder, pending, whens, count, GUARD_NOT_TRUE);
  TRY(rows_forbid(binder, rows, "CASE"));
  uint32_t result_count = count + (node->defresult != NULL);
  TRY(coerce_common(binder, results, result_count, "CASE", node->location));
  Expr **args = ARENA_ARRAY(binder->arena, Expr *, 2 * (size_t)count + 1);
  for (uint32_t i = 0; i < count; i++) {
    args[2 * i] = whens[i];
    args[2 * i + 1] = results[i];
  }
  if (node->defresult) args[2 * count] = results[count];
  *expr = expr_make(binder->arena, EXPR_CASE, results[0]->type, args, count + result_count,
                    node->location);
  return STATUS_OK;
}

// COALESCE, GREATEST, LEAST: any number of arguments of one type.
static Status bind_variadic(Binder *binder, FunctionId function, const char *name,
                            Node *const *nodes, size_t count, int32_t position, Expr **expr) {
  Expr **args = ARENA_ARRAY(binder->arena, Expr *, count);
  uint32_t rows = rows_calls(binder);
  for (size_t i = 0; i < count; i++) {
    uint32_t pending = pending_count(binder);
    TRY(bind_expr(binder, nodes[i], &args[i]));
    if (function == FUNCTION_COALESCE)
      pending_guard(binder, pending, args, (uint32_t)i, GUARD_NULL);
  }
  if (function == FUNCTION_COALESCE) TRY(rows_forbid(binder, rows, "COALESCE"));
  TRY(coerce_common(binder, args, (uint32_t)count, name, position));
  if (function != FUNCTION_COALESCE) TRY(check_ordered(binder, args[0], name));
  *expr = expr_call(binder->arena, function, args[0]->type, args, (uint32_t)count, position);
  return STATUS_OK;
}

static Status bind_null_test(Binder *binder, const PgQuery__NullTest *node, Expr **expr) {
  Expr *arg;
  if (node->arg->node_case == PG_QUERY__NODE__NODE_ROW_EXPR)
    return bind_row_null_test(binder, node, expr);
  TRY(bind_expr(binder, node->arg, &arg));
  TRY(coerce_unknown(binder, &arg));
  *expr = expr_make(binder->arena, EXPR_IS_NULL, TYPE_OF_BOOL, &arg, 1, node->location);
  if (node->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NOT_NULL) *expr = make_not(binder, *expr);
  return STATUS_OK;
}

// x IS TRUE is coalesce(x, false); x IS FALSE is NOT coalesce(x, true); x IS UNKNOWN is x IS NULL.
static Status bind_boolean_test(Binder *binder, const PgQuery__BooleanTest *node, Expr **expr) {
  PgQuery__BoolTestType test = node->booltesttype;
  Expr *arg;
  TRY(bind_expr(binder, node->arg, &arg));
  TRY(check_condition(binder, "IS", &arg));
  bool negated = test == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE ||
                 test == PG_QUERY__BOOL_TEST_TYPE__IS_FALSE ||
                 test == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_UNKNOWN;
  bool about_true =
      test == PG_QUERY__BOOL_TEST_TYPE__IS_TRUE || test == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE;
  if (test == PG_QUERY__BOOL_TEST_TYPE__IS_UNKNOWN ||
      test == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_UNKNOWN) {
    *expr = expr_make(binder->arena, EXPR_IS_NULL, TYPE_OF_BOOL, &arg, 1, node->location);
  } else {
    Expr *args[] = {arg, expr_bool(binder->arena, !about_true)};
    *expr = expr_call(binder->arena, FUNCTION_COALESCE, TYPE_OF_BOOL, args, 2, node->location);
  }
  if (negated) *expr = make_not(binder, *expr);
  return STATUS_OK;
}

static Status bind_grouping(Binder *binder, const PgQuery__GroupingFunc *node, Expr **expr) {
  SelectState *select = binder->select;
  if (!select || !select->aggregates_allowed || select->in_aggregate)
    return invalid_at(binder, node->location, "GROUPING is not allowed in %s",
                      select ? select->clause : "an expression");
  PendingGrouping pending = {.id = binder->context->next_id++,
                             .arg_count = (uint32_t)node->n_args,
                             .position = node->location};
  if (node->n_args > 31)
    return invalid_at(binder, node->location, "GROUPING takes at most 31 arguments");
  pending.args = ARENA_ARRAY(binder->arena, Expr *, node->n_args);
  for (size_t i = 0; i < node->n_args; i++) TRY(bind_expr(binder, node->args[i], &pending.args[i]));
  ARENA_PUSH(binder->arena, select->groupings, select->grouping_count, select->grouping_capacity,
             pending);
  *expr = expr_column(binder->arena, pending.id, TYPE_OF_INT32, node->location);
  return STATUS_OK;
}

// x COLLATE "C": the order by bytes, which texts have anyway.
static Status bind_collate(Binder *binder, const PgQuery__CollateClause *node, Expr **expr) {
  static const char *const names[] = {"C", "POSIX", "ucs_basic"};
  const char *name = list_last_string(node->collname, node->n_collname);
  bool bytes = false;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) bytes |= strcmp(name, names[i]) == 0;
  if (!bytes)
    return error_set_at(binder->error, STATUS_UNSUPPORTED, node->location,
                        "collation \"%s\" is not supported: texts are ordered by bytes, as COLLATE "
                        "\"C\" says",
                        name);
  TRY(bind_expr(binder, node->arg, expr));
  TRY(coerce_unknown(binder, expr));
  if (type_is_text((*expr)->type)) return STATUS_OK;
  char type[TYPE_NAME_BYTES];
  return invalid_at(binder, node->location, "collations are not supported by type %s",
                    type_format((*expr)->type, type));
}

static Status bind_node(Binder *binder, const Node *node, Expr **expr) {
  switch (node->node_case) {
  case PG_QUERY__NODE__NODE_A_CONST:
    return bind_constant(binder, node->a_const, expr);
  case PG_QUERY__NODE__NODE_COLUMN_REF:
    return bind_column(binder, node->column_ref, expr);
  case PG_QUERY__NODE__NODE_PARAM_REF:
    return bind_parameter(binder, node->param_ref, expr);
  case PG_QUERY__NODE__NODE_A_EXPR:
    return bind_a_expr(binder, node->a_expr, expr);
  case PG_QUERY__NODE__NODE_BOOL_EXPR:
    return bind_bool(binder, node->bool_expr, expr);
  case PG_QUERY__NODE__NODE_TYPE_CAST:
    return bind_cast(binder, node->type_cast, expr);
  case PG_QUERY__NODE__NODE_CASE_EXPR:
    return bind_case(binder, node->case_expr, expr);
  case PG_QUERY__NODE__NODE_COALESCE_EXPR:
    return bind_variadic(binder, FUNCTION_COALESCE, "COALESCE", node->coalesce_expr->args,
                         node->coalesce_expr->n_args, node->coalesce_expr->location, expr);
  case PG_QUERY__NODE__NODE_MIN_MAX_EXPR: {
    bool greatest = node->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST;
    return bind_variadic(binder, greatest ? FUNCTION_GREATEST : FUNCTION_LEAST,
                         greatest ? "GREATEST" : "LEAST", node->min_max_expr->args,
                         node->min_max_expr->n_args, node->min_max_expr->location, expr);
  }
  case PG_QUERY__NODE__NODE_NULL_TEST:
    return bind_null_test(binder, node->null_test, expr);
  case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
    return bind_boolean_test(binder, node->boolean_test, expr);
  case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
    return bind_current(binder, node->sqlvalue_function, node_position(node), expr);
  case PG_QUERY__NODE__NODE_FUNC_CALL:
    return bind_function(binder, node->func_call, expr);
  case PG_QUERY__NODE__NODE_GROUPING_FUNC:
    return bind_grouping(binder, node->grouping_func, expr);
  case PG_QUERY__NODE__NODE_SUB_LINK:
    return bind_sub_link(binder, node->sub_link, expr);
  case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
    return bind_collate(binder, node->collate_clause, expr);
  case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
    return bind_array(binder, node->a_array_expr, expr);
  case PG_QUERY__NODE__NODE_A_INDIRECTION:
    return bind_subscripts(binder, node->a_indirection, expr);
  default:
    return unsupported(binder, node_position(node), node_kind_name(node));
  }
}

Status bind_expr(Binder *binder, const Node *node, Expr **expr) {
  TRY(depth_enter(binder, -1));
  Status status = bind_node(binder, node, expr);
  depth_leave(binder);
  return status;
}
