// Functions that give rows: generate_series, unnest and what splits a text; in FROM and in the
// SELECT list.
//
// generate_series is a SERIES node of its own. unnest is one over the numbers of the elements, of
// which the values are taken by number:
//
//   project   array_item(array, n) AS value
//   series    n from 1 to cardinality(array)
//   project   array                           once a row, however many elements it has
//
// Several arrays go side by side to the end of the longest, with NULLs behind the shorter ones. In
// the SELECT list the rows are made when all else is computed, before DISTINCT, ORDER BY and LIMIT;
// those that are keys of GROUP BY before the grouping.
#include "logical_walk.h"
#include "sql_bind.h"

#define ARRAYS_MAX 100 // side by side

static const char *const NAMES[] = {"generate_series", "unnest", "string_to_table",
                                    "regexp_split_to_table"};
#define NAME_COUNT (sizeof NAMES / sizeof *NAMES)

bool rows_call_known(const char *name) {
  for (size_t i = 0; i < NAME_COUNT; i++)
    if (strcmp(name, NAMES[i]) == 0) return true;
  return false;
}

uint32_t rows_call_names(const char **names) {
  for (size_t i = 0; i < NAME_COUNT; i++) names[i] = NAMES[i];
  return NAME_COUNT;
}

static bool is_series(const char *name) {
  return strcmp(name, NAMES[0]) == 0;
}

// --- arguments ---

// What generate_series counts in: numbers, or time stamps by an interval.
static Status settle_series(Binder *binder, Expr *args[3], uint32_t count, int32_t position) {
  bool moments = false;
  for (uint32_t i = 0; i < 2; i++)
    moments |= args[i]->type.kind == TYPE_DATE || args[i]->type.kind == TYPE_TIMESTAMP ||
               args[i]->type.kind == TYPE_TIMESTAMPTZ;
  moments |= count == 3 && args[2]->type.kind == TYPE_INTERVAL;
  if (moments && count < 3)
    return invalid_at(binder, position, "generate_series of dates takes a step: INTERVAL '1 day'");
  bool zoned = args[0]->type.kind == TYPE_TIMESTAMPTZ, decimals = false;
  Type type = !moments ? TYPE_OF_INT : zoned ? TYPE_OF_TIMESTAMPTZ : TYPE_OF_TIMESTAMP;
  for (uint32_t i = 0; i < count && !moments; i++) {
    decimals |= args[i]->type.kind == TYPE_DECIMAL;
    if (!is_unknown(args[i]) && args[i]->type.kind != TYPE_INT &&
        args[i]->type.kind != TYPE_DECIMAL)
      return unsupported(binder, position,
                         "generate_series of anything but integers, decimals and dates");
  }
  if (decimals) return coerce_common(binder, args, 3, "generate_series", position);
  for (uint32_t i = 0; i < 3; i++)
    TRY(coerce(binder, args[i], moments && i == 2 ? (Type){.kind = TYPE_INTERVAL} : type,
               &args[i]));
  return STATUS_OK;
}

static Status bind_ends(Binder *binder, const PgQuery__FuncCall *call, Expr *ends[3]) {
  ends[2] = expr_int(binder->arena, 1);
  if (call->n_args < 2 || call->n_args > 3)
    return invalid_at(binder, call->location, "generate_series takes start, stop and maybe a step");
  for (size_t i = 0; i < call->n_args; i++) TRY(bind_expr(binder, call->args[i], &ends[i]));
  return settle_series(binder, ends, (uint32_t)call->n_args, call->location);
}

// string_to_table(...) gives the elements of string_to_array(...).
static const char *array_name(const char *name) {
  return strcmp(name, "string_to_table") == 0 ? "string_to_array" : "regexp_split_to_array";
}

static Status bind_split_text(Binder *binder, const PgQuery__FuncCall *node, const char *name,
                              Expr **array) {
  Call call = {array_name(name), NULL, (uint32_t)node->n_args, node->location};
  bool found;
  if (node->n_args < 2 || node->n_args > 3)
    return invalid_at(binder, node->location, "%s takes a text, a delimiter and maybe a third text",
                      name);
  call.args = ARENA_ARRAY(binder->arena, Expr *, node->n_args);
  for (size_t i = 0; i < node->n_args; i++) TRY(bind_expr(binder, node->args[i], &call.args[i]));
  return bind_array_call(binder, &call, &found, array);
}

static Status bind_array_argument(Binder *binder, const Node *node, Expr **array) {
  char type[TYPE_NAME_BYTES];
  TRY(bind_expr(binder, node, array));
  if (type_is_array((*array)->type)) return STATUS_OK;
  return invalid_at(binder, node_position(node), "unnest takes an array, not %s",
                    is_unknown(*array) ? "a literal without a type: cast it, as in '{1,2}'::int[]"
                                       : type_format((*array)->type, type));
}

// The arrays whose elements the function gives: of unnest in FROM maybe several.
static Status bind_arrays(Binder *binder, const PgQuery__FuncCall *call, const char *name,
                          Expr **arrays, uint32_t *count) {
  *count = 1;
  if (strcmp(name, "unnest") != 0) return bind_split_text(binder, call, name, &arrays[0]);
  if (call->n_args == 0 || call->n_args > ARRAYS_MAX)
    return invalid_at(binder, call->location, "unnest takes 1 to %d arrays", ARRAYS_MAX);
  *count = (uint32_t)call->n_args;
  for (size_t i = 0; i < call->n_args; i++)
    TRY(bind_array_argument(binder, call->args[i], &arrays[i]));
  return STATUS_OK;
}

static Status check_plain(Binder *binder, const PgQuery__FuncCall *call, const char *name) {
  if (call->agg_star || call->agg_distinct || call->agg_filter || call->n_agg_order || call->over)
    return invalid_at(binder, call->location, "%s is not an aggregate", name);
  return call->func_variadic ? unsupported(binder, call->location, "VARIADIC") : STATUS_OK;
}

// --- trees ---

Logical *one_row(Binder *binder) {
  Expr *value = expr_bool(binder->arena, true);
  return logical_values(binder->context, &value, 1, (const char *const[]){"one_row"},
                        (Type[]){TYPE_OF_BOOL}, 1);
}

// tree's columns (of those the first `kept`), and behind them the expressions.
static Logical *project_more(Binder *binder, Logical *tree, uint32_t kept, Expr **exprs,
                             const char *const *names, uint32_t count) {
  Expr **all = ARENA_ARRAY(binder->arena, Expr *, kept + count);
  const char **all_names = ARENA_ARRAY(binder->arena, const char *, kept + count);
  for (uint32_t i = 0; i < kept; i++) {
    all[i] = logical_ref(binder->context, tree, i);
    all_names[i] = tree->columns[i].name;
  }
  for (uint32_t i = 0; i < count; i++) {
    all[kept + i] = exprs[i];
    all_names[kept + i] = names[i];
  }
  return logical_project(binder->context, tree, all, all_names, kept + count);
}

// How many rows the arrays make side by side: as many as the longest has elements.
static Expr *longest(Binder *binder, Expr **arrays, uint32_t count) {
  Expr **counts = ARENA_ARRAY(binder->arena, Expr *, count);
  for (uint32_t i = 0; i < count; i++)
    counts[i] = expr_cast(binder->arena, array_count(binder, arrays[i], -1), TYPE_OF_INT);
  return count == 1 ? counts[0]
                    : expr_call(binder->arena, FUNCTION_GREATEST, TYPE_OF_INT, counts, count, -1);
}

// Each row of *tree as often as there are elements; behind the first `kept` of its columns the
// elements of each array, and at last their number.
static void unnest(Binder *binder, Expr **arrays, const char *const *names, uint32_t count,
                   uint32_t kept, Logical **tree) {
  Expr **items = ARENA_ARRAY(binder->arena, Expr *, count + 1);
  const char **all_names = ARENA_ARRAY(binder->arena, const char *, count + 1);
  *tree = project_more(binder, *tree, kept, arrays, names, count);
  for (uint32_t i = 0; i < count; i++)
    items[i] = logical_ref(binder->context, *tree, (*tree)->column_count - count + i);
  Expr *one = expr_int(binder->arena, 1);
  *tree =
      logical_series(binder->context, *tree, one, longest(binder, items, count), one, "ordinality");
  Expr *number = logical_ref(binder->context, *tree, (*tree)->column_count - 1);
  for (uint32_t i = 0; i < count; i++) {
    items[i] = array_item(binder, items[i], number, -1);
    all_names[i] = names[i];
  }
  items[count] = number;
  all_names[count] = "ordinality";
  *tree = project_more(binder, *tree, kept, items, all_names, count + 1);
}

// --- in FROM ---

typedef struct RangeCall {
  const PgQuery__FuncCall *call;
  const char *name;
  bool ordinality;
} RangeCall;

// The rows of the function over one row, to which its subqueries are joined; the values are its
// last columns.
static Status bind_range_rows(Binder *binder, const RangeCall *range, const char *alias,
                              Logical **tree, uint32_t *value_count) {
  Expr *ends[3], *arrays[ARRAYS_MAX];
  const char *names[ARRAYS_MAX];
  *value_count = 1;
  if (is_series(range->name))
    TRY(bind_ends(binder, range->call, ends));
  else
    TRY(bind_arrays(binder, range->call, range->name, arrays, value_count));
  *tree = one_row(binder);
  TRY(pending_apply(binder, PENDING_OUTPUT, tree));
  if (is_series(range->name)) {
    *tree = logical_series(binder->context, *tree, ends[0], ends[1], ends[2], alias);
    return STATUS_OK;
  }
  for (uint32_t i = 0; i < *value_count; i++) names[i] = *value_count > 1 ? range->name : alias;
  unnest(binder, arrays, names, *value_count, 0, tree);
  *value_count += range->ordinality;
  return range->ordinality ? STATUS_OK : project_first(binder, *value_count, names, tree);
}

// The last columns of node, named by the alias or its list.
static Status scope_add_values(Binder *binder, Scope *scope, const Logical *node, uint32_t count,
                               const char *name, const PgQuery__Alias *alias, int32_t position) {
  size_t named = alias ? alias->n_colnames : 0;
  if (named > count)
    return invalid_at(binder, position, "\"%s\" has %u column%s, but %zu names were given", name,
                      count, count == 1 ? "" : "s", named);
  name = arena_strdup(binder->arena, name);
  for (uint32_t i = 0; i < count; i++) {
    const LogicalColumn *value = &node->columns[node->column_count - count + i];
    const char *given = i < named ? node_string(alias->colnames[i]) : value->name;
    scope_add(binder, scope,
              (ScopeColumn){.qualifier = name,
                            .name = arena_strdup(binder->arena, given),
                            .id = value->id,
                            .type = value->type});
  }
  return STATUS_OK;
}

// The arguments may read what stands before in FROM (a function is LATERAL by itself), and the
// queries around.
Status bind_range_function(Binder *binder, const PgQuery__RangeFunction *range, Scope *scope,
                           Logical **tree) {
  const Node *item = range->n_functions == 1 ? range->functions[0]->list->items[0] : NULL;
  const PgQuery__FuncCall *call =
      item && item->node_case == PG_QUERY__NODE__NODE_FUNC_CALL ? item->func_call : NULL;
  const char *name = call ? list_last_string(call->funcname, call->n_funcname) : NULL;
  if (!name || range->is_rowsfrom || range->n_coldeflist)
    return unsupported(binder, call ? call->location : -1, "this function in FROM");
  if (!rows_call_known(name))
    return error_set_at(binder->error, STATUS_UNSUPPORTED, call->location,
                        "function %s in FROM is not supported; generate_series, unnest, "
                        "string_to_table and regexp_split_to_table are",
                        name);
  if (range->ordinality && is_series(name))
    return unsupported(binder, call->location,
                       "WITH ORDINALITY of generate_series, whose values count themselves,");
  TRY(check_plain(binder, call, name));
  TRY(count_relation(binder, call->location));
  RangeCall rows = {call, name, range->ordinality};
  const char *alias = range->alias ? range->alias->aliasname : name;
  uint32_t count;
  Scope none = {0};
  SelectState state = {.scope = &none, .outer = binder->select, .clause = "FROM"};
  binder->select = &state;
  TRY(bind_range_rows(binder, &rows, alias, tree, &count));
  binder->select = state.outer;
  return scope_add_values(binder, scope, *tree, count, alias, range->alias, call->location);
}

// --- in the SELECT list ---

uint32_t rows_calls(const Binder *binder) {
  return binder->select ? binder->select->rows_count : 0;
}

Status rows_forbid(Binder *binder, uint32_t before, const char *construct) {
  if (rows_calls(binder) == before) return STATUS_OK;
  return invalid_at(binder, binder->select->rows[before].position,
                    "set-returning functions are not allowed in %s", construct);
}

static Status check_rows_allowed(Binder *binder, int32_t position, const char *name) {
  const SelectState *select = binder->select;
  if (!select)
    return invalid_at(binder, position, "%s, which gives rows, is not allowed in this expression",
                      name);
  if (select->in_aggregate || select->in_window)
    return invalid_at(binder, position,
                      "%s function calls cannot contain set-returning function calls",
                      select->in_aggregate ? "aggregate" : "window");
  if (strcmp(select->clause, "SELECT") == 0 || strcmp(select->clause, "ORDER BY") == 0 ||
      strcmp(select->clause, "GROUP BY") == 0)
    return STATUS_OK;
  return invalid_at(binder, position,
                    "set-returning functions are not allowed in %s: %s may stand in "
                    "FROM and in the SELECT list",
                    select->clause, name);
}

typedef struct RowsReads {
  const SelectState *select;
  bool found;
} RowsReads;

static void read_rows(void *context, const Expr *column) {
  RowsReads *reads = context;
  for (uint32_t i = 0; i < reads->select->rows_count; i++)
    reads->found |= reads->select->rows[i].id == column->column;
}

static bool reads_rows(const SelectState *select, const Expr *expr) {
  RowsReads reads = {select, false};
  if (expr) expr_visit_columns(expr, read_rows, &reads);
  return reads.found;
}

static bool same_call(const RowsCall *a, const RowsCall *b) {
  for (int i = 0; i < 3 && !a->array; i++)
    if (b->array || !expr_equal(a->ends[i], b->ends[i])) return false;
  return !a->array || expr_equal(a->array, b->array);
}

// The call's column; the same call is made once.
static Expr *add_rows_call(Binder *binder, RowsCall call) {
  SelectState *select = binder->select;
  for (uint32_t i = 0; i < select->rows_count; i++)
    if (same_call(&call, &select->rows[i]))
      return expr_column(binder->arena, select->rows[i].id, call.type, call.position);
  call.id = binder->context->next_id++;
  ARENA_PUSH(binder->arena, select->rows, select->rows_count, select->rows_capacity, call);
  return expr_column(binder->arena, call.id, call.type, call.position);
}

Status bind_rows_call(Binder *binder, const PgQuery__FuncCall *node, const char *name,
                      Expr **expr) {
  RowsCall call = {.name = NULL, .position = node->location};
  TRY(check_plain(binder, node, name));
  TRY(check_rows_allowed(binder, node->location, name));
  call.name = arena_strdup(binder->arena, name);
  call.before_grouping = strcmp(binder->select->clause, "GROUP BY") == 0;
  if (is_series(name)) {
    TRY(bind_ends(binder, node, call.ends));
    call.type = call.ends[0]->type;
  } else {
    Expr *arrays[ARRAYS_MAX];
    uint32_t count;
    TRY(bind_arrays(binder, node, name, arrays, &count));
    if (count > 1)
      return invalid_at(binder, node->location, "unnest of several arrays may only stand in FROM");
    call.array = arrays[0];
    call.type = type_element(call.array->type);
  }
  bool nested = reads_rows(binder->select, call.array);
  for (int i = 0; i < 3 && !call.array; i++) nested |= reads_rows(binder->select, call.ends[i]);
  if (nested)
    return unsupported(
        binder, node->location,
        "a function that gives rows of another one's: put the inner one in FROM; this");
  *expr = add_rows_call(binder, call);
  return STATUS_OK;
}

Status rows_check_pending(Binder *binder) {
  const SelectState *select = binder->select;
  for (uint32_t i = 0; i < select->pending_count && select->rows_count; i++)
    if (reads_rows(select, select->pending[i].condition) ||
        reads_rows(select, select->pending[i].guard))
      return unsupported(binder, select->rows[0].position,
                         "a subquery beside a function that gives rows: put the function in FROM; "
                         "this");
  return STATUS_OK;
}

Status rewrite_rows(Binder *binder, Grouping *grouping) {
  SelectState *select = binder->select;
  for (uint32_t i = 0; i < select->rows_count; i++) {
    RowsCall *call = &select->rows[i];
    if (call->before_grouping) continue;
    if (call->array) TRY(rewrite_grouped(binder, grouping, call->array, &call->array));
    for (int e = 0; e < 3 && !call->array; e++)
      TRY(rewrite_grouped(binder, grouping, call->ends[e], &call->ends[e]));
  }
  return STATUS_OK;
}

bool rows_give(const SelectState *select, ColumnId id) {
  for (uint32_t i = 0; i < select->rows_count; i++)
    if (select->rows[i].id == id && !select->rows[i].before_grouping) return true;
  return false;
}

Status rows_apply(Binder *binder, bool before_grouping, Logical **tree) {
  SelectState *select = binder->select;
  Expr *arrays[ARRAYS_MAX];
  const char *names[ARRAYS_MAX];
  ColumnId ids[ARRAYS_MAX];
  const RowsCall *series = NULL;
  uint32_t count = 0, kept = (*tree)->column_count;
  for (uint32_t i = 0; i < select->rows_count; i++) {
    const RowsCall *call = &select->rows[i];
    if (call->before_grouping != before_grouping) continue;
    if (!call->array) series = call;
    if (count == ARRAYS_MAX)
      return error_set_at(binder->error, STATUS_LIMIT, call->position,
                          "a SELECT has more than %d functions that give rows", ARRAYS_MAX);
    if (series && count)
      return unsupported(
          binder, call->position,
          "generate_series beside another function that gives rows: put them in FROM; "
          "this");
    arrays[count] = call->array;
    names[count] = call->name;
    ids[count++] = call->id;
  }
  if (count == 0) return STATUS_OK;
  if (series)
    *tree = logical_series(binder->context, *tree, series->ends[0], series->ends[1],
                           series->ends[2], series->name);
  else
    unnest(binder, arrays, names, count, kept, tree);
  for (uint32_t i = 0; i < count; i++) (*tree)->columns[kept + i].id = ids[i];
  return STATUS_OK;
}
