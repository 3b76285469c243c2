// Rules on a measure, and measures of each member: the measure's own cube, by members, through the
// cube's front end.
#include "query_columns.h"
#include "segment_values.h"
#include "sql_literal.h"
#include <assert.h>

#define RATIO_DEPTH_MAX 8
#define CALLS_MAX (2 * RATIO_DEPTH_MAX)
_Static_assert(CALLS_MAX <= SEGMENT_VALUES_MAX, "a rule's values are kept together");

typedef struct MeasureQuery { // a measure by members
  const CatalogCube *cube;
  const CatalogMeasure *measure;
  CubeFact fact;
  AggregateCall calls[CALLS_MAX];
  const CatalogMeasure *parts[CALLS_MAX]; // the measures that the calls are
  uint32_t call_count;
  int32_t from, to; // the days that it looks at
  Logical *tree;    // the member, then the calls
  Expr *value;
} MeasureQuery;

static Status measure_find(const Evaluation *evaluation, const char *name, MeasureQuery *query) {
  const Catalog *catalog = evaluation->world->catalog;
  const char *dot = strchr(name, '.');
  const char *cube = dot ? arena_strndup(evaluation->arena, name, (size_t)(dot - name)) : name;
  query->cube = catalog->find_cube(catalog, cube);
  query->measure = query->cube ? cube_find_measure(query->cube, name) : NULL;
  if (query->measure) return STATUS_OK;
  const char *nearest = NULL;
  if (query->cube) {
    const char **names = ARENA_ARRAY(evaluation->arena, const char *, query->cube->measure_count);
    for (uint32_t m = 0; m < query->cube->measure_count; m++)
      names[m] = query->cube->measures[m].name;
    nearest = text_nearest(name, names, query->cube->measure_count);
  }
  return error_set(evaluation->error, STATUS_NOT_FOUND, "unknown measure \"%s\"%s%s%s", name,
                   nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                   nearest ? "\"?" : "");
}

static Status call_add(const Evaluation *evaluation, MeasureQuery *query,
                       const CatalogMeasure *measure, uint32_t depth) {
  if (measure->kind != MEASURE_RATIO && query->call_count < CALLS_MAX) {
    query->parts[query->call_count] = measure;
    return cube_fact_call(&query->fact, measure, &query->calls[query->call_count++],
                          evaluation->error);
  }
  const CatalogMeasure *parts[] = {
      measure->numerator ? cube_find_measure(query->cube, measure->numerator) : NULL,
      measure->denominator ? cube_find_measure(query->cube, measure->denominator) : NULL};
  if (!parts[0] || !parts[1] || depth == RATIO_DEPTH_MAX)
    return error_set(evaluation->error, STATUS_INVALID,
                     "measure \"%s\" refers to what is no measure", measure->name);
  TRY(call_add(evaluation, query, parts[0], depth + 1));
  return call_add(evaluation, query, parts[1], depth + 1);
}

// The measure over the values of its calls, which are taken in the order of call_add.
static Expr *value_of(Arena *arena, const MeasureQuery *query, const CatalogMeasure *measure,
                      Expr *const *values, uint32_t *call) {
  if (measure->kind != MEASURE_RATIO) return values[(*call)++];
  const CatalogMeasure *top = cube_find_measure(query->cube, measure->numerator);
  const CatalogMeasure *bottom = cube_find_measure(query->cube, measure->denominator);
  Expr *dividend = value_of(arena, query, top, values, call);
  return cube_ratio(arena, dividend, value_of(arena, query, bottom, values, call));
}

// The columns of the aggregation's calls.
static Expr **call_columns(LogicalContext *context, const MeasureQuery *query) {
  Expr **columns = ARENA_ARRAY(context->arena, Expr *, query->call_count);
  for (uint32_t c = 0; c < query->call_count; c++)
    columns[c] = logical_ref(context, query->tree, 1 + c);
  return columns;
}

// Days that the measure looks at. A measure with a window of its own takes no other.
static Status window_restrict(const Evaluation *evaluation, const SegmentRule *rule,
                              MeasureQuery *query) {
  int32_t own = query->measure->window_days, from = DATE_MIN, to = evaluation->day;
  if (own && (rule->days || rule->period.set))
    return error_set(evaluation->error, STATUS_INVALID,
                     "measure \"%s\" has a window of its own: days, from and to do not go with it",
                     rule->measure);
  int32_t days = own ? own : rule->days;
  to -= rule->ago;
  if (days && days < MEASURE_WINDOW_ALL) from = to - days + 1;
  if (rule->period.set) {
    from = rule->period.from;
    if (rule->period.to < to) to = rule->period.to;
  }
  query->from = from;
  query->to = to;
  if (!query->cube->time_level && !days && !rule->period.set) return STATUS_OK;
  return cube_fact_restrict(&query->fact, from, to, evaluation->error);
}

// The rows that the rule's measure counts, and whose they are.
static Status measure_open(const Evaluation *evaluation, LogicalContext *context,
                           const SegmentRule *rule, MeasureQuery *query, Expr **key) {
  *query = (MeasureQuery){0};
  TRY(measure_find(evaluation, rule->measure, query));
  TRY(cube_fact_open(&query->fact, evaluation->world->catalog, context, query->cube,
                     evaluation->error));
  TRY(window_restrict(evaluation, rule, query));
  TRY(cube_fact_filter(&query->fact, &rule->filter, NULL, evaluation->error));
  TRY(segment_purchase_restrict(evaluation, context, rule, query->measure, &query->fact));
  return segment_member_key(evaluation, &query->fact, key);
}

static Status measure_tree(const Evaluation *evaluation, LogicalContext *context,
                           const SegmentRule *rule, MeasureQuery *query) {
  Expr *key;
  TRY(measure_open(evaluation, context, rule, query, &key));
  TRY(call_add(evaluation, query, query->measure, 0));
  query->fact.tree = logical_filter(context, query->fact.tree, segment_is_somebodys(context, key));
  const char *names[CALLS_MAX] = {0};
  query->tree = logical_aggregate(context, query->fact.tree, &key, (const char *[]){"member"}, 1,
                                  query->calls, names, query->call_count, NULL, 0, false);
  uint32_t call = 0;
  query->value =
      value_of(context->arena, query, query->measure, call_columns(context, query), &call);
  return STATUS_OK;
}

static Status value_read(const Evaluation *evaluation, const SegmentRule *rule, Type type,
                         Value *value) {
  Error *error = evaluation->error;
  Value number;
  if (!type_is_numeric(type) || type.kind == TYPE_DOUBLE)
    return literal_parse(evaluation->arena, rule->value, type, value, error);
  TRY(literal_parse_number(rule->value, &number, error));
  if (literal_cast_exact(&number, type, value)) return STATUS_OK;
  return error_set(error, STATUS_INVALID, "%s has more digits than measure \"%s\"",
                   rule->value.data, rule->measure);
}

// Sums and counts of nothing are 0; an average, a ratio, a least or greatest value of nothing is
// unknown.
static bool nothing_is_zero(const CatalogMeasure *measure) {
  return measure->kind == MEASURE_AGGREGATE &&
         (measure->aggregate == AGGREGATE_SUM ||
          aggregate_has(measure->aggregate, AGGREGATE_NEVER_NULL));
}

static bool zero_meets(SegmentComparison comparison, const Value *bound) {
  int sign = 0;
  if (bound->type.kind == TYPE_DOUBLE)
    sign = (bound->d > 0) - (bound->d < 0);
  else {
    int128_t digits = literal_unscaled(bound);
    sign = (digits > 0) - (digits < 0);
  }
  switch (comparison) {
  case SEGMENT_AT_LEAST:
    return sign <= 0;
  case SEGMENT_AT_MOST:
    return sign >= 0;
  case SEGMENT_ABOVE:
    return sign < 0;
  case SEGMENT_BELOW:
    return sign > 0;
  default:
    return sign == 0;
  }
}

static Expr *meets_bound(Arena *arena, const SegmentRule *rule, Expr *value, Value bound) {
  static const FunctionId functions[] = {FUNCTION_GREATER_EQUAL, FUNCTION_LESS_EQUAL,
                                         FUNCTION_GREATER, FUNCTION_LESS, FUNCTION_EQUAL};
  Expr *args[] = {value, expr_constant(arena, bound, -1)};
  return expr_call(arena, functions[rule->comparison], TYPE_OF_BOOL, args, 2, -1);
}

// Of a measure whose values are not kept. Where members without rows meet the rule, those who do
// not are looked for.
static Status members_ask(const Evaluation *evaluation, LogicalContext *context,
                          const SegmentRule *rule, const MeasureQuery *query, Value bound,
                          Rowset **set) {
  Expr *meets = meets_bound(context->arena, rule, query->value, bound);
  bool complement = nothing_is_zero(query->measure) && zero_meets(rule->comparison, &bound);
  if (complement) meets = expr_make(context->arena, EXPR_NOT, TYPE_OF_BOOL, &meets, 1, -1);
  Logical *tree = logical_filter(context, query->tree, meets);
  Expr *member = logical_ref(context, query->tree, 0);
  tree = logical_project(context, tree, &member, (const char *[]){"member"}, 1);
  TRY(segment_tree_set(evaluation, context, tree, set));
  if (!complement) return STATUS_OK;
  Rowset *others = *set;
  *set = rowset_and_not(evaluation->base, others);
  rowset_release(others);
  return STATUS_OK;
}

// ---------------------------------------------------------------- values that are kept

// What a call's values are kept as; false: they are no whole numbers or decimals.
static bool kept_type(Type type, Type *kept) {
  *kept = type.kind == TYPE_DECIMAL && type_physical(type) != PHYSICAL_INT
              ? type_decimal(18, type.scale)
              : type;
  return type_is_numeric(type) && type.kind != TYPE_DOUBLE && type_physical(*kept) == PHYSICAL_INT;
}

static bool query_keeps(const Evaluation *evaluation, const MeasureQuery *query) {
  Type kept;
  for (uint32_t c = 0; c < query->call_count; c++)
    if (!kept_type(query->tree->columns[1 + c].type, &kept)) return false;
  return evaluation->world->cache && query->call_count;
}

static const char *values_key(const Evaluation *evaluation, const SegmentRule *rule,
                              const MeasureQuery *query, uint32_t call) {
  // Which purchase is the last depends on the day besides.
  return arena_printf(evaluation->arena, "values %llu|%s|%d|%d|%d|%d|%s",
                      (unsigned long long)segment_data_version(evaluation->world->root),
                      query->parts[call]->name, query->from, query->to, rule->purchase,
                      rule->purchase ? evaluation->day : 0, rule->rows);
}

static void values_release(SegmentValues **values, uint32_t count) {
  for (uint32_t c = 0; c < count; c++) segment_values_release(values[c]);
}

static bool values_find(const Evaluation *evaluation, const SegmentRule *rule,
                        const MeasureQuery *query, SegmentValues **values) {
  SegmentCache *cache = evaluation->world->cache;
  for (uint32_t c = 0; c < query->call_count; c++) {
    values[c] = segment_cache_find_values(cache, values_key(evaluation, rule, query, c));
    if (values[c]) continue;
    values_release(values, c);
    return false;
  }
  return true;
}

// STATUS_OVERFLOW where a sum is too great to be kept.
static Status values_ask(const Evaluation *evaluation, LogicalContext *context,
                         const SegmentRule *rule, const MeasureQuery *query,
                         SegmentValues **values) {
  Expr *exprs[1 + CALLS_MAX];
  const char *names[1 + CALLS_MAX] = {"member"};
  Expr **columns = call_columns(context, query);
  exprs[0] = logical_ref(context, query->tree, 0);
  for (uint32_t c = 0; c < query->call_count; c++) {
    Type type;
    kept_type(columns[c]->type, &type);
    exprs[1 + c] = expr_cast(context->arena, columns[c], type);
    names[1 + c] = query->parts[c]->name;
  }
  Logical *tree = logical_project(context, query->tree, exprs, names, 1 + query->call_count);
  TRY(segment_values_run(evaluation, context, tree, query->call_count, values));
  for (uint32_t c = 0; c < query->call_count; c++)
    segment_cache_put_values(evaluation->world->cache, values_key(evaluation, rule, query, c),
                             values[c]);
  return STATUS_OK;
}

// The values that meet the rule, as they are kept; false: none does.
static bool bound_range(SegmentComparison comparison, const Value *bound, IntRange *range) {
  static const FunctionId functions[] = {FUNCTION_GREATER_EQUAL, FUNCTION_LESS_EQUAL,
                                         FUNCTION_GREATER, FUNCTION_LESS, FUNCTION_EQUAL};
  int128_t digits = literal_unscaled(bound);
  bool greater = comparison == SEGMENT_AT_LEAST || comparison == SEGMENT_ABOVE;
  *range = (IntRange){INT64_MIN, INT64_MAX};
  if (digits > INT64_MAX) return comparison != SEGMENT_EQUAL && !greater;
  if (digits < INT64_MIN) return comparison != SEGMENT_EQUAL && greater;
  return int_range_of(functions[comparison], (int64_t)digits, range);
}

// Of a sum or count: who has no rows has 0.
static Rowset *values_in_bound(const MeasureQuery *query, const SegmentRule *rule,
                               const SegmentValues *values, const Value *bound) {
  IntRange range;
  bool none_too = nothing_is_zero(query->measure) && zero_meets(rule->comparison, bound);
  if (!bound_range(rule->comparison, bound, &range)) range = (IntRange){1, 0};
  return segment_values_in(values, range, none_too);
}

static Status values_meet(const Evaluation *evaluation, LogicalContext *context,
                          const SegmentRule *rule, const MeasureQuery *query,
                          SegmentValues *const *values, Value bound, Rowset **set) {
  Arena *arena = context->arena;
  Expr *parts[CALLS_MAX];
  uint32_t call = 0;
  if (query->measure->kind != MEASURE_RATIO) {
    *set = values_in_bound(query, rule, values[0], &bound);
    return STATUS_OK;
  }
  for (uint32_t c = 0; c < query->call_count; c++) // as the aggregation had them
    parts[c] = expr_cast(arena, expr_column(arena, c, segment_values_column(values[c])->type, -1),
                         query->tree->columns[1 + c].type);
  Expr *value = value_of(arena, query, query->measure, parts, &call);
  return segment_values_where(evaluation, values, query->call_count,
                              meets_bound(arena, rule, value, bound), set);
}

Status segment_measure_members(const Evaluation *evaluation, LogicalContext *context,
                               const SegmentRule *rule, Rowset **set) {
  MeasureQuery query;
  Value bound;
  SegmentValues *values[CALLS_MAX];
  TRY(measure_tree(evaluation, context, rule, &query));
  TRY(value_read(evaluation, rule, query.value->type, &bound));
  if (!query_keeps(evaluation, &query))
    return members_ask(evaluation, context, rule, &query, bound, set);
  if (!values_find(evaluation, rule, &query, values)) {
    Status status = values_ask(evaluation, context, rule, &query, values);
    if (status == STATUS_OVERFLOW)
      return members_ask(evaluation, context, rule, &query, bound, set);
    if (status != STATUS_OK) return status;
  }
  Status status = values_meet(evaluation, context, rule, &query, values, bound, set);
  values_release(values, query.call_count);
  return status;
}

// The tree of a rule's measure, with the values of others of its cube beside.
static Status measures_tree(const Evaluation *evaluation, LogicalContext *context,
                            const SegmentRule *rule, const char *const *measures, uint32_t count,
                            Logical **tree, uint32_t *scales) {
  MeasureQuery query;
  const CatalogMeasure *found[SEGMENT_MEASURES_MAX];
  Expr *exprs[1 + SEGMENT_MEASURES_MAX], *key;
  const char *names[1 + SEGMENT_MEASURES_MAX] = {"member"};
  const char *calls[CALLS_MAX] = {0};
  uint32_t call = 0;
  TRY(measure_open(evaluation, context, rule, &query, &key));
  for (uint32_t m = 0; m < count; m++) {
    MeasureQuery other = {0};
    TRY(measure_find(evaluation, measures[m], &other));
    found[m] = other.measure;
    TRY(call_add(evaluation, &query, found[m], 0));
  }
  query.tree = logical_aggregate(context, query.fact.tree, &key, names, 1, query.calls, calls,
                                 query.call_count, NULL, 0, false);
  exprs[0] = logical_ref(context, query.tree, 0);
  Expr **values = call_columns(context, &query);
  for (uint32_t m = 0; m < count; m++) {
    Expr *value = value_of(context->arena, &query, found[m], values, &call);
    scales[m] = value->type.kind == TYPE_DECIMAL ? value->type.scale : 0;
    exprs[1 + m] = expr_cast(context->arena, value, type_decimal(18, scales[m]));
    names[1 + m] = measures[m];
  }
  *tree = logical_project(context, query.tree, exprs, names, 1 + count);
  return STATUS_OK;
}

// Adds up what the groups of each row have: those of nobody may be two groups.
static int64_t *values_by_row(const Column *column, const uint32_t *rows, uint64_t count,
                              uint64_t row_count) {
  int64_t *flat = mem_alloc((count + 1) * sizeof *flat);
  int64_t *values = mem_alloc_zero((row_count + 1) * sizeof *values);
  column_decode_int(column, flat);
  for (uint64_t r = 0; r < count; r++)
    if (!(column->null_count && column_value(column, r).is_null)) values[rows[r]] += flat[r];
  mem_free(flat);
  return values;
}

Status segment_measures(const SegmentWorld *world, const char *const *measures, uint32_t count,
                        int32_t day, int32_t days, Arena *arena, int64_t **values, uint32_t *scales,
                        Error *error) {
  Error local = ERROR_INIT;
  Evaluation evaluation = {
      .world = world, .day = day, .arena = arena, .error = error ? error : &local};
  assert(count && count <= SEGMENT_MEASURES_MAX);
  TRY(segment_members_find(world->root, world->catalog, &evaluation.members, evaluation.error));
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  SegmentRule rule = {.path = "", .measure = measures[0], .days = days};
  rule.filter.kind = CUBE_FILTER_ALL;
  Logical *tree;
  Column *columns[1 + SEGMENT_MEASURES_MAX];
  uint32_t *rows;
  uint64_t row_count;
  Status status = measures_tree(&evaluation, &context, &rule, measures, count, &tree, scales);
  if (status == STATUS_OK)
    status = segment_members_run(&evaluation, &context, tree, columns, &rows, &row_count);
  if (status == STATUS_OK) {
    for (uint32_t m = 0; m < count; m++)
      values[m] =
          values_by_row(columns[1 + m], rows, row_count, evaluation.members.table->row_count);
    for (uint32_t c = 0; c <= count; c++) column_destroy(columns[c]);
    mem_free(rows);
  }
  arena_destroy(context.arena);
  return status;
}
