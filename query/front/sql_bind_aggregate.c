// Aggregates: what each takes, by a row of a table, and how its arguments are settled.
//
// To add an aggregate: its id, name and type in engine/exec/aggregate, its states in a family of
// agg_state (agg_moments, agg_values, agg_sketch), and a row here.
#include "sql_bind.h"
#include <math.h>

typedef enum AggregateShape {
  SHAPE_PLAIN,    // f(x)
  SHAPE_PAIR,     // f(y, x): numbers
  SHAPE_BY,       // arg_min(x, by)
  SHAPE_LIST,     // string_agg(x, separator ORDER BY ...), array_agg(x ORDER BY ...)
  SHAPE_FRACTION, // percentile_cont(fraction) WITHIN GROUP (ORDER BY x)
  SHAPE_WITHIN,   // mode() WITHIN GROUP (ORDER BY x)
} AggregateShape;

static const struct {
  const char *name;
  AggregateId id;
  AggregateShape shape;
  uint32_t arg_count; // in the brackets
} AGGREGATES[] = {
    {"count", AGGREGATE_COUNT, SHAPE_PLAIN, 1},
    {"sum", AGGREGATE_SUM, SHAPE_PLAIN, 1},
    {"avg", AGGREGATE_AVG, SHAPE_PLAIN, 1},
    {"min", AGGREGATE_MIN, SHAPE_PLAIN, 1},
    {"max", AGGREGATE_MAX, SHAPE_PLAIN, 1},
    {"any_value", AGGREGATE_ANY, SHAPE_PLAIN, 1},
    {"bool_and", AGGREGATE_BOOL_AND, SHAPE_PLAIN, 1},
    {"every", AGGREGATE_BOOL_AND, SHAPE_PLAIN, 1},
    {"bool_or", AGGREGATE_BOOL_OR, SHAPE_PLAIN, 1},
    {"stddev", AGGREGATE_STDDEV_SAMP, SHAPE_PLAIN, 1},
    {"stddev_samp", AGGREGATE_STDDEV_SAMP, SHAPE_PLAIN, 1},
    {"stddev_pop", AGGREGATE_STDDEV_POP, SHAPE_PLAIN, 1},
    {"variance", AGGREGATE_VAR_SAMP, SHAPE_PLAIN, 1},
    {"var_samp", AGGREGATE_VAR_SAMP, SHAPE_PLAIN, 1},
    {"var_pop", AGGREGATE_VAR_POP, SHAPE_PLAIN, 1},
    {"covar_samp", AGGREGATE_COVAR_SAMP, SHAPE_PAIR, 2},
    {"covar_pop", AGGREGATE_COVAR_POP, SHAPE_PAIR, 2},
    {"corr", AGGREGATE_CORR, SHAPE_PAIR, 2},
    {"regr_slope", AGGREGATE_REGR_SLOPE, SHAPE_PAIR, 2},
    {"regr_intercept", AGGREGATE_REGR_INTERCEPT, SHAPE_PAIR, 2},
    {"regr_r2", AGGREGATE_REGR_R2, SHAPE_PAIR, 2},
    {"regr_count", AGGREGATE_REGR_COUNT, SHAPE_PAIR, 2},
    {"regr_avgx", AGGREGATE_REGR_AVGX, SHAPE_PAIR, 2},
    {"regr_avgy", AGGREGATE_REGR_AVGY, SHAPE_PAIR, 2},
    {"regr_sxx", AGGREGATE_REGR_SXX, SHAPE_PAIR, 2},
    {"regr_syy", AGGREGATE_REGR_SYY, SHAPE_PAIR, 2},
    {"regr_sxy", AGGREGATE_REGR_SXY, SHAPE_PAIR, 2},
    {"percentile_cont", AGGREGATE_PERCENTILE_CONT, SHAPE_FRACTION, 1},
    {"percentile_disc", AGGREGATE_PERCENTILE_DISC, SHAPE_FRACTION, 1},
    {"median", AGGREGATE_PERCENTILE_CONT, SHAPE_PLAIN, 1},
    {"mode", AGGREGATE_MODE, SHAPE_WITHIN, 0},
    {"string_agg", AGGREGATE_STRING, SHAPE_LIST, 2},
    {"array_agg", AGGREGATE_ARRAY, SHAPE_LIST, 1},
    {"arg_min", AGGREGATE_ARG_MIN, SHAPE_BY, 2},
    {"min_by", AGGREGATE_ARG_MIN, SHAPE_BY, 2},
    {"arg_max", AGGREGATE_ARG_MAX, SHAPE_BY, 2},
    {"max_by", AGGREGATE_ARG_MAX, SHAPE_BY, 2},
    {"approx_count_distinct", AGGREGATE_APPROX_DISTINCT, SHAPE_PLAIN, 1},
};
#define AGGREGATE_TABLE_COUNT (sizeof AGGREGATES / sizeof *AGGREGATES)
_Static_assert(AGGREGATE_TABLE_COUNT <= AGGREGATE_NAMES_MAX, "more names than room for them");

static int64_t find_aggregate(const char *name) {
  for (size_t i = 0; i < AGGREGATE_TABLE_COUNT; i++)
    if (strcmp(name, AGGREGATES[i].name) == 0) return (int64_t)i;
  return -1;
}

bool aggregate_known(const char *name) {
  return find_aggregate(name) >= 0;
}

uint32_t aggregate_names(const char **names) {
  for (size_t i = 0; i < AGGREGATE_TABLE_COUNT; i++) names[i] = AGGREGATES[i].name;
  return AGGREGATE_TABLE_COUNT;
}

Status check_aggregate_allowed(Binder *binder, int32_t position, const char *name) {
  const SelectState *select = binder->select;
  if (!select)
    return invalid_at(binder, position, "aggregate %s is not allowed in this expression", name);
  if (select->in_aggregate)
    return invalid_at(binder, position, "aggregate function calls cannot be nested");
  if (!select->aggregates_allowed)
    return invalid_at(binder, position, "aggregate functions are not allowed in %s",
                      select->clause);
  return STATUS_OK;
}

// ---------------------------------------------------------------- arguments

static Status check_shape(Binder *binder, const PgQuery__FuncCall *node, size_t index) {
  const char *name = AGGREGATES[index].name;
  bool within =
      AGGREGATES[index].shape == SHAPE_FRACTION || AGGREGATES[index].shape == SHAPE_WITHIN;
  if (within != node->agg_within_group)
    return invalid_at(binder, node->location,
                      within ? "WITHIN GROUP is required for ordered-set aggregate %s"
                             : "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP",
                      name);
  if (within && node->n_agg_order != 1)
    return unsupported(binder, node->location, "WITHIN GROUP of several values");
  if (node->agg_star && AGGREGATES[index].id == AGGREGATE_COUNT && !node->n_args) return STATUS_OK;
  if (node->agg_star || node->n_args != AGGREGATES[index].arg_count)
    return invalid_at(binder, node->location, "%s takes %u argument%s", name,
                      AGGREGATES[index].arg_count, AGGREGATES[index].arg_count == 1 ? "" : "s");
  return STATUS_OK;
}

// A literal without a type takes the aggregate's, where it has one; else it is a text.
static Status settle_literal(Binder *binder, AggregateId id, Expr **expr) {
  if (!is_unknown(*expr)) return STATUS_OK;
  if (id == AGGREGATE_BOOL_AND || id == AGGREGATE_BOOL_OR)
    return coerce(binder, *expr, TYPE_OF_BOOL, expr);
  if (id == AGGREGATE_PERCENTILE_CONT || id >= AGGREGATE_STDDEV_SAMP)
    return coerce(binder, *expr, TYPE_OF_DOUBLE, expr);
  if (id == AGGREGATE_SUM || id == AGGREGATE_AVG)
    return invalid_at(binder, (*expr)->position,
                      "%s of a literal without a type: give it one, as in %s(NULL::bigint)",
                      aggregate_name(id), aggregate_name(id));
  return coerce_unknown(binder, expr);
}

// The keys of ORDER BY in the brackets, after what `more` has.
static Status bind_order(Binder *binder, const PgQuery__FuncCall *node, AggregateCall *call) {
  bool within = node->agg_within_group;
  for (size_t i = 0; i < node->n_agg_order; i++) {
    const PgQuery__SortBy *sort = node->agg_order[i]->sort_by;
    bool descending, nulls_first;
    Expr *key;
    if (call->more_count == AGGREGATE_MORE_MAX)
      return error_set_at(binder->error, STATUS_LIMIT, node->location,
                          "an aggregate has more than %d arguments and keys", AGGREGATE_MORE_MAX);
    TRY(sort_direction(binder, sort, &descending, &nulls_first));
    TRY(bind_expr(binder, sort->node, &key));
    TRY(within ? settle_literal(binder, call->id, &key) : coerce_unknown(binder, &key));
    TRY(check_ordered(binder, key, "ORDER BY"));
    call->descending |= (uint32_t)descending << call->order_count;
    call->nulls_first |= (uint32_t)nulls_first << call->order_count++;
    call->more[call->more_count++] = key;
  }
  return STATUS_OK;
}

// Two numbers of one type: exact where the states can keep them exact, else doubles.
static Status settle_pair(Binder *binder, AggregateCall *call) {
  Expr *pair[] = {call->arg, call->more[0]};
  TRY(coerce_common(binder, pair, 2, aggregate_name(call->id), pair[0]->position));
  call->arg = pair[0];
  call->more[0] = pair[1];
  return STATUS_OK;
}

static Status settle_fraction(Binder *binder, Expr *fraction, int32_t position,
                              AggregateCall *call) {
  bool constant;
  Value value;
  TRY(coerce(binder, fraction, TYPE_OF_DOUBLE, &fraction));
  TRY(constant_value(binder, fraction, &constant, &value));
  if (!constant) return unsupported(binder, position, "a percentile that is not a constant");
  call->fraction = value.is_null ? NAN : value.d;
  if (!value.is_null && !(call->fraction >= 0 && call->fraction <= 1))
    return invalid_at(binder, position, "percentile value %s is not between 0 and 1",
                      isnan(call->fraction) ? "NaN"
                                            : arena_printf(binder->arena, "%.15g", call->fraction));
  return STATUS_OK;
}

// Whether the fractions are an array that is written out.
static bool has_fractions(const PgQuery__FuncCall *node) {
  const Node *arg = node->n_args == 1 ? node->args[0] : NULL;
  if (!arg) return false;
  return arg->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR ||
         (arg->node_case == PG_QUERY__NODE__NODE_TYPE_CAST &&
          arg->type_cast->type_name->n_array_bounds);
}

static Status bind_fraction(Binder *binder, const PgQuery__FuncCall *node, AggregateCall *call) {
  Expr *fraction;
  if (has_fractions(node)) return STATUS_OK; // bind_percentiles gives them, one by one
  TRY(bind_expr(binder, node->args[0], &fraction));
  return settle_fraction(binder, fraction, node_position(node->args[0]), call);
}

// x of WITHIN GROUP (ORDER BY x): ascending is how values are ordered anyway.
static Status bind_within(Binder *binder, const PgQuery__FuncCall *node, AggregateCall *call) {
  TRY(bind_order(binder, node, call));
  call->arg = call->more[0];
  if (!(call->descending & 1)) call->more_count = call->order_count = call->nulls_first = 0;
  return STATUS_OK;
}

static Status bind_second(Binder *binder, const Node *node, AggregateCall *call) {
  TRY(bind_expr(binder, node, &call->more[0]));
  TRY(settle_literal(binder, call->id, &call->more[0]));
  call->more_count = 1;
  return STATUS_OK;
}

// Of rows without a value there is none to give, whatever is least in them.
static void pass_over_null(Binder *binder, AggregateCall *call) {
  Expr *is_null = expr_make(binder->arena, EXPR_IS_NULL, TYPE_OF_BOOL, &call->arg, 1, -1);
  call->filter = expr_and(binder->arena, call->filter, make_not(binder, is_null));
}

static Status bind_arguments(Binder *binder, const PgQuery__FuncCall *node, size_t index,
                             AggregateCall *call) {
  AggregateShape shape = AGGREGATES[index].shape;
  if (node->agg_star) return STATUS_OK;
  if (shape == SHAPE_FRACTION) TRY(bind_fraction(binder, node, call));
  if (shape == SHAPE_FRACTION || shape == SHAPE_WITHIN) return bind_within(binder, node, call);
  TRY(bind_expr(binder, node->args[0], &call->arg));
  TRY(settle_literal(binder, call->id, &call->arg));
  if (node->n_args > 1) TRY(bind_second(binder, node->args[1], call));
  if (shape == SHAPE_PAIR) return settle_pair(binder, call);
  if (shape == SHAPE_BY) {
    TRY(check_ordered(binder, call->more[0], "ORDER BY"));
    call->order_count = 1;
    call->descending = call->id == AGGREGATE_ARG_MAX;
    pass_over_null(binder, call);
    return node->n_agg_order ? unsupported(binder, node->location, "ORDER BY in this aggregate")
                             : STATUS_OK;
  }
  if (strcmp(AGGREGATES[index].name, "median") == 0) call->fraction = 0.5;
  if (call->id == AGGREGATE_STRING)
    TRY(coerce(binder, call->more[0], TYPE_OF_STRING, &call->more[0]));
  if (shape == SHAPE_LIST) return bind_order(binder, node, call);
  if (call->id == AGGREGATE_ANY && node->n_agg_order)
    return unsupported(binder, node->location,
                       "ORDER BY in any_value, which gives any of the values (arg_min(x, by) gives "
                       "the first),");
  AggregateCall ignored = {0}; // the order does not change what it gives, but must have a meaning
  return bind_order(binder, node, &ignored);
}

// DISTINCT: nothing to the extremes, an aggregate of its own for count, values kept for the others.
static Status settle_distinct(Binder *binder, const PgQuery__FuncCall *node, AggregateCall *call) {
  switch (call->id) {
  case AGGREGATE_COUNT:
    call->id = AGGREGATE_COUNT_DISTINCT;
    return STATUS_OK;
  case AGGREGATE_MIN:
  case AGGREGATE_MAX:
  case AGGREGATE_ANY:
  case AGGREGATE_BOOL_AND:
  case AGGREGATE_BOOL_OR:
  case AGGREGATE_APPROX_DISTINCT:
    return STATUS_OK;
  case AGGREGATE_STRING:
  case AGGREGATE_ARRAY:
    for (uint32_t i = call->more_count - call->order_count; i < call->more_count; i++)
      if (!expr_equal(call->more[i], call->arg))
        return invalid_at(binder, node->location,
                          "in an aggregate with DISTINCT, ORDER BY expressions must appear in "
                          "argument list");
    break;
  default:
    if (call->more_count || node->agg_within_group)
      return unsupported(binder, node->location, "DISTINCT in this aggregate");
  }
  call->distinct = true;
  return STATUS_OK;
}

// Moments of wide decimals are computed from doubles.
static Status narrow_moments(Binder *binder, AggregateCall *call) {
  bool moments = call->id >= AGGREGATE_STDDEV_SAMP;
  if (!moments || !call->arg || type_physical(call->arg->type) != PHYSICAL_WIDE) return STATUS_OK;
  TRY(coerce(binder, call->arg, TYPE_OF_DOUBLE, &call->arg));
  return call->more_count ? coerce(binder, call->more[0], TYPE_OF_DOUBLE, &call->more[0])
                          : STATUS_OK;
}

Status bind_aggregate_call(Binder *binder, const PgQuery__FuncCall *node, const char *name,
                           AggregateCall *call) {
  size_t index = (size_t)find_aggregate(name);
  TRY(check_shape(binder, node, index));
  *call = (AggregateCall){.id = node->agg_star ? AGGREGATE_COUNT_ROWS : AGGREGATES[index].id};
  if (node->agg_filter) TRY(bind_condition(binder, node->agg_filter, "FILTER", &call->filter));
  uint32_t pending = pending_count(binder);
  TRY(bind_arguments(binder, node, index, call));
  if (call->filter) pending_guard(binder, pending, &call->filter, 1, GUARD_TRUE);
  if (node->agg_distinct) TRY(settle_distinct(binder, node, call));
  TRY(narrow_moments(binder, call));
  Type arg_type = call->arg ? call->arg->type : TYPE_OF_INT;
  Status status = aggregate_result_type(call->id, arg_type, &call->type, binder->error);
  if (status != STATUS_OK && binder->error) binder->error->position = node->location;
  return status;
}

// ---------------------------------------------------------------- calls

Expr *add_aggregate_call(Binder *binder, const AggregateCall *call, int32_t position) {
  SelectState *select = binder->select;
  for (uint32_t i = 0; i < select->call_count; i++) {
    const AggregateCall *other = &select->calls[i];
    if (aggregate_call_equal(other, call))
      return expr_column(binder->arena, select->call_ids[i], call->type, position);
  }
  ColumnId id = binder->context->next_id++;
  uint32_t count = select->call_count, capacity = select->call_capacity;
  ARENA_PUSH(binder->arena, select->call_ids, count, capacity, id);
  ARENA_PUSH(binder->arena, select->calls, select->call_count, select->call_capacity, *call);
  return expr_column(binder->arena, id, call->type, position);
}

typedef struct OuterCheck {
  const SelectState *select;
  bool inner, outer;
} OuterCheck;

static bool scope_gives(const Scope *scope, ColumnId id) {
  for (uint32_t i = 0; i < scope->count; i++)
    if (scope->columns[i].id == id) return true;
  return false;
}

// What is of no scope is the value of a subquery: neither.
static void check_outer_column(void *context, const Expr *column) {
  OuterCheck *check = context;
  check->inner |= scope_gives(check->select->scope, column->column);
  for (const SelectState *outer = check->select->outer; outer; outer = outer->outer)
    check->outer |= scope_gives(outer->scope, column->column);
}

// In SQL an aggregate over columns of the query around alone, its FILTER among them, is that
// query's.
static Status check_own_columns(Binder *binder, AggregateCall *call, int32_t position) {
  OuterCheck check = {.select = binder->select};
  Expr **places[AGGREGATE_EXPRS_MAX];
  uint32_t count = aggregate_call_exprs(call, places);
  if (binder->select->cubes) return STATUS_OK;
  for (uint32_t i = 0; i < count; i++) expr_visit_columns(*places[i], check_outer_column, &check);
  if (check.inner || !check.outer) return STATUS_OK;
  return unsupported(binder, position, "an aggregate over columns of the query around alone");
}

// percentile_cont(ARRAY[...]): an array of what each of the fractions gives.
static Status add_fractions(Binder *binder, const PgQuery__FuncCall *node,
                            const AggregateCall *call, Expr **expr) {
  Expr **items;
  uint32_t count;
  bool is_null;
  TRY(bind_array_items(binder, node->args[0], &items, &count, &is_null));
  Type array = type_array(call->type);
  if (is_null || count == 0) {
    *expr = is_null ? expr_null(binder->arena, array) : empty_array(binder, array);
    return STATUS_OK;
  }
  Expr *value = NULL; // of a fraction that is no NULL: it is NULL where there is no value at all
  for (uint32_t i = 0; i < count; i++) {
    AggregateCall one = *call;
    TRY(settle_fraction(binder, items[i], node_position(node->args[0]), &one));
    items[i] = add_aggregate_call(binder, &one, node->location);
    if (!isnan(one.fraction)) value = items[i];
  }
  TRY(make_array(binder, items, count, node->location, expr));
  if (!value) return STATUS_OK;
  Expr *none = expr_make(binder->arena, EXPR_IS_NULL, TYPE_OF_BOOL, &value, 1, node->location);
  Expr *arms[] = {none, expr_null(binder->arena, array), *expr};
  *expr = expr_make(binder->arena, EXPR_CASE, array, arms, 3, node->location);
  return STATUS_OK;
}

Status bind_aggregate(Binder *binder, const PgQuery__FuncCall *node, const char *name,
                      Expr **expr) {
  AggregateCall call;
  TRY(check_aggregate_allowed(binder, node->location, name));
  binder->select->in_aggregate = true;
  TRY(bind_aggregate_call(binder, node, name, &call));
  binder->select->in_aggregate = false;
  TRY(check_own_columns(binder, &call, node->location));
  if (AGGREGATES[find_aggregate(name)].shape == SHAPE_FRACTION && has_fractions(node))
    return add_fractions(binder, node, &call, expr);
  *expr = add_aggregate_call(binder, &call, node->location);
  return STATUS_OK;
}
