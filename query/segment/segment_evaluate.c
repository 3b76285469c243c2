// See segment.h. A leaf becomes a tree of the logical kind through the cube's front end, so that it
// is planned and run like any question; its members come back as row numbers. Groups are algebra of
// sets. Leaves are cached by their text, the day and the version of the data.
#include "cube_fact.h"
#include "date.h"
#include "key_reader.h"
#include "query_columns.h"
#include "segment_attribute.h"
#include "sql_literal.h"

#define MEMBERS_DIMENSION "customer"
#define RATIO_DEPTH_MAX 8
#define REFERENCE_DEPTH_MAX 8

typedef struct Evaluation {
  const SegmentWorld *world;
  SegmentMembers members;
  const Rowset *base;
  int32_t day;
  Arena *arena; // of definitions and messages
  Error *error;
  uint32_t reference_depth;
} Evaluation;

static Status rule_fault(const Evaluation *evaluation, const SegmentRule *rule, Status status) {
  return rule->path[0] ? error_prefix_path(evaluation->error, "%s", rule->path) : status;
}

// ---------------------------------------------------------------- members

Status segment_members_find(const Root *root, const Catalog *catalog, SegmentMembers *members,
                            Error *error) {
  const char *const *names;
  uint32_t count = catalog->cube_names(catalog, &names);
  for (uint32_t c = 0; c < count; c++) {
    const CatalogCube *cube = catalog->find_cube(catalog, names[c]);
    const Table *table = root_find(root, cube->table);
    for (uint32_t l = 0; table && table->schema->key >= 0 && l < cube->level_count; l++) {
      const CatalogLevel *level = &cube->levels[l];
      const char *key = table->schema->columns[table->schema->key].name;
      if (level->link_count || strcmp(level->dimension, MEMBERS_DIMENSION) != 0 ||
          strcmp(cube_level_key(level), key) != 0)
        continue;
      *members = (SegmentMembers){table, cube, level};
      return STATUS_OK;
    }
  }
  return error_set(error, STATUS_UNSUPPORTED,
                   "the model has no members: segments need a dimension \"%s\" with a level of its "
                   "table's key, and a cube of that table",
                   MEMBERS_DIMENSION);
}

// The member of a cube's row: its row number where the fact links to members, else its key.
static Status member_key(const Evaluation *evaluation, CubeFact *fact, Expr **key) {
  const CatalogLevel *level = cube_find_level(fact->cube, evaluation->members.key->name);
  if (!level)
    return error_set(evaluation->error, STATUS_INVALID,
                     "cube \"%s\" does not know of members, so that no rule can stand on it",
                     fact->cube->name);
  return cube_fact_member(fact, level, key, evaluation->error);
}

uint32_t segment_member_row(const Table *table, const Value *key) {
  if (key->is_null) return 0;
  return key->type.kind == TYPE_STRING ? table_find_text(table, key->s)
                                       : table_find_int(table, key->i);
}

// The row number of each row's member; 0: none. link: the column holds row numbers already.
static uint32_t *member_rows(const Evaluation *evaluation, const Column *column, const char *link) {
  uint32_t *rows = mem_alloc((column->row_count + 1) * sizeof *rows);
  const Table *table = evaluation->members.table;
  bool numbers = link && !strcmp(link, table->schema->name);
  KeyReader keys = key_reader_open(column);
  for (uint64_t r = 0; r < column->row_count; r++) {
    Value key = key_reader_value(&keys, r);
    rows[r] = key.is_null ? 0 : numbers ? (uint32_t)key.i : segment_member_row(table, &key);
  }
  key_reader_close(&keys);
  return rows;
}

// Runs a tree whose first column is members.
static Status members_run(const Evaluation *evaluation, LogicalContext *context, Logical *tree,
                          Column **columns, uint32_t **rows, uint64_t *count) {
  const SegmentWorld *world = evaluation->world;
  const char **links = ARENA_ARRAY(context->arena, const char *, tree->column_count);
  TRY(query_columns(context, tree, world->root, world->pool, world->job, false, NULL, columns,
                    links, count, evaluation->error));
  *rows = member_rows(evaluation, columns[0], links[0]);
  return STATUS_OK;
}

static Rowset *rows_set(const Evaluation *evaluation, uint32_t *rows, uint64_t count) {
  uint64_t kept = 0;
  for (uint64_t r = 0; r < count; r++)
    if (rows[r]) rows[kept++] = rows[r];
  return rowset_of_rows(rows, kept, evaluation->members.table->row_count);
}

static Status tree_set(const Evaluation *evaluation, LogicalContext *context, Logical *tree,
                       Rowset **set) {
  Column *column;
  uint32_t *rows;
  uint64_t count;
  TRY(members_run(evaluation, context, tree, &column, &rows, &count));
  *set = rows_set(evaluation, rows, count);
  mem_free(rows);
  column_destroy(column);
  return STATUS_OK;
}

// ---------------------------------------------------------------- attributes

static Status fact_members(const Evaluation *evaluation, LogicalContext *context, CubeFact *fact,
                           Rowset **set) {
  Expr *key;
  TRY(member_key(evaluation, fact, &key));
  Logical *tree = logical_project(context, fact->tree, &key, (const char *[]){"member"}, 1);
  return tree_set(evaluation, context, tree, set);
}

static Status filter_members(const Evaluation *evaluation, LogicalContext *context,
                             const CubeFilter *leaf, Rowset **set) {
  CubeFact fact;
  CubeFilter all = {.kind = CUBE_FILTER_ALL, .items = (CubeFilter *)leaf, .item_count = 1};
  TRY(cube_fact_open(&fact, evaluation->world->catalog, context, evaluation->members.cube,
                     evaluation->error));
  TRY(cube_fact_filter(&fact, &all, NULL, evaluation->error));
  return fact_members(evaluation, context, &fact, set);
}

// ---------------------------------------------------------------- measures

typedef struct MeasureQuery { // a measure by members
  const CatalogCube *cube;
  const CatalogMeasure *measure;
  CubeFact fact;
  AggregateCall calls[2 * RATIO_DEPTH_MAX];
  uint32_t call_count;
  Logical *tree; // the member, then the calls
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
  if (measure->kind != MEASURE_RATIO && query->call_count < 2 * RATIO_DEPTH_MAX)
    return cube_fact_call(&query->fact, measure, &query->calls[query->call_count++],
                          evaluation->error);
  const CatalogMeasure *parts[] = {
      measure->numerator ? cube_find_measure(query->cube, measure->numerator) : NULL,
      measure->denominator ? cube_find_measure(query->cube, measure->denominator) : NULL};
  if (!parts[0] || !parts[1] || depth == RATIO_DEPTH_MAX)
    return error_set(evaluation->error, STATUS_INVALID,
                     "measure \"%s\" refers to what is no measure", measure->name);
  TRY(call_add(evaluation, query, parts[0], depth + 1));
  return call_add(evaluation, query, parts[1], depth + 1);
}

// The measure over the aggregation, whose calls are taken in the order of call_add.
static Expr *value_of(LogicalContext *context, const MeasureQuery *query,
                      const CatalogMeasure *measure, uint32_t *call) {
  if (measure->kind != MEASURE_RATIO) return logical_ref(context, query->tree, 1 + (*call)++);
  Expr *top = value_of(context, query, cube_find_measure(query->cube, measure->numerator), call);
  Expr *bottom =
      value_of(context, query, cube_find_measure(query->cube, measure->denominator), call);
  return cube_ratio(context->arena, top, bottom);
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
  if (!query->cube->time_level && !days && !rule->period.set) return STATUS_OK;
  return cube_fact_restrict(&query->fact, from, to, evaluation->error);
}

static Status measure_tree(const Evaluation *evaluation, LogicalContext *context,
                           const SegmentRule *rule, MeasureQuery *query) {
  Expr *key;
  *query = (MeasureQuery){0};
  TRY(measure_find(evaluation, rule->measure, query));
  TRY(cube_fact_open(&query->fact, evaluation->world->catalog, context, query->cube,
                     evaluation->error));
  TRY(window_restrict(evaluation, rule, query));
  TRY(cube_fact_filter(&query->fact, &rule->filter, NULL, evaluation->error));
  TRY(member_key(evaluation, &query->fact, &key));
  TRY(call_add(evaluation, query, query->measure, 0));
  const char *names[2 * RATIO_DEPTH_MAX] = {0};
  query->tree = logical_aggregate(context, query->fact.tree, &key, (const char *[]){"member"}, 1,
                                  query->calls, names, query->call_count, NULL, 0, false);
  uint32_t call = 0;
  query->value = value_of(context, query, query->measure, &call);
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
         (measure->aggregate == AGGREGATE_SUM || aggregate_has(measure->aggregate, AGGREGATE_NEVER_NULL));
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

// Where members without rows meet the rule, those who do not are looked for.
static Status measure_members(const Evaluation *evaluation, LogicalContext *context,
                              const SegmentRule *rule, Rowset **set) {
  static const FunctionId functions[] = {FUNCTION_GREATER_EQUAL, FUNCTION_LESS_EQUAL,
                                         FUNCTION_GREATER, FUNCTION_LESS, FUNCTION_EQUAL};
  MeasureQuery query;
  Value bound;
  TRY(measure_tree(evaluation, context, rule, &query));
  TRY(value_read(evaluation, rule, query.value->type, &bound));
  Arena *arena = context->arena;
  Expr *args[] = {query.value, expr_constant(arena, bound, -1)};
  Expr *meets = expr_call(arena, functions[rule->comparison], TYPE_OF_BOOL, args, 2, -1);
  bool complement = nothing_is_zero(query.measure) && zero_meets(rule->comparison, &bound);
  if (complement) meets = expr_make(arena, EXPR_NOT, TYPE_OF_BOOL, &meets, 1, -1);
  Logical *tree = logical_filter(context, query.tree, meets);
  Expr *member = logical_ref(context, query.tree, 0);
  tree = logical_project(context, tree, &member, (const char *[]){"member"}, 1);
  TRY(tree_set(evaluation, context, tree, set));
  if (!complement) return STATUS_OK;
  Rowset *others = *set;
  *set = rowset_and_not(evaluation->base, others);
  rowset_release(others);
  return STATUS_OK;
}

Status segment_measure(const SegmentWorld *world, const char *measure, int32_t day, int32_t days,
                       Arena *arena, int64_t **values, uint32_t *scale, Error *error) {
  Error local = ERROR_INIT;
  Evaluation evaluation = {
      .world = world, .day = day, .arena = arena, .error = error ? error : &local};
  TRY(segment_members_find(world->root, world->catalog, &evaluation.members, evaluation.error));
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  SegmentRule rule = {.path = "", .measure = measure, .days = days};
  rule.filter.kind = CUBE_FILTER_ALL;
  MeasureQuery query;
  Status status = measure_tree(&evaluation, &context, &rule, &query);
  Column *columns[2];
  uint32_t *rows;
  uint64_t count;
  if (status == STATUS_OK) {
    Type type = query.value->type;
    *scale = type.kind == TYPE_DECIMAL ? type.scale : 0;
    Expr *exprs[] = {logical_ref(&context, query.tree, 0),
                     expr_cast(context.arena, query.value, type_decimal(18, *scale))};
    Logical *tree =
        logical_project(&context, query.tree, exprs, (const char *[]){"member", "value"}, 2);
    status = members_run(&evaluation, &context, tree, columns, &rows, &count);
  }
  if (status == STATUS_OK) {
    int64_t *flat = mem_alloc((count + 1) * sizeof *flat);
    column_decode_int(columns[1], flat);
    *values = mem_alloc_zero((evaluation.members.table->row_count + 1) * sizeof **values);
    for (uint64_t r = 0; r < count; r++)
      if (!(columns[1]->null_count && column_value(columns[1], r).is_null))
        (*values)[rows[r]] += flat[r]; // those of nobody may be two groups
    mem_free(flat);
    mem_free(rows);
    column_destroy(columns[0]);
    column_destroy(columns[1]);
  }
  arena_destroy(context.arena);
  return status;
}

// ---------------------------------------------------------------- the base

Status segment_base(const SegmentWorld *world, int32_t day, Arena *arena, Rowset **set,
                    Error *error) {
  Error local = ERROR_INIT;
  Evaluation evaluation = {
      .world = world, .day = day, .arena = arena, .error = error ? error : &local};
  TRY(segment_members_find(world->root, world->catalog, &evaluation.members, evaluation.error));
  const CatalogCube *cube = evaluation.members.cube;
  const char *key =
      arena_printf(arena, "%llu|%d|base", (unsigned long long)world->root->version, day);
  if (world->cache && (*set = segment_cache_find(world->cache, key))) return STATUS_OK;
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  CubeFact fact;
  const CatalogMeasure *base = cube_find_measure(cube, arena_printf(arena, "%s.base", cube->name));
  AggregateCall call = {0};
  Status status = cube_fact_open(&fact, world->catalog, &context, cube, evaluation.error);
  if (status == STATUS_OK && base && base->kind == MEASURE_AGGREGATE)
    status = cube_fact_call(&fact, base, &call, evaluation.error);
  if (status == STATUS_OK && call.filter)
    fact.tree = logical_filter(&context, fact.tree, call.filter);
  if (status == STATUS_OK && cube->time_level)
    status = cube_fact_restrict(&fact, DATE_MIN, day, evaluation.error);
  if (status == STATUS_OK) status = fact_members(&evaluation, &context, &fact, set);
  arena_destroy(context.arena);
  if (status == STATUS_OK && world->cache) segment_cache_put(world->cache, key, *set);
  return status;
}

// ---------------------------------------------------------------- rules

static Status rule_set(Evaluation *evaluation, const SegmentRule *rule, Rowset **set);

static Status attribute_set(const Evaluation *evaluation, const SegmentRule *rule, const char *key,
                            Rowset **set) {
  const SegmentWorld *world = evaluation->world;
  Status status =
      segment_attribute_set(world, &evaluation->members, rule, evaluation->day, evaluation->base,
                            evaluation->arena, set, evaluation->error);
  if (status != STATUS_OK) return rule_fault(evaluation, rule, status);
  if (world->cache) segment_cache_put(world->cache, key, *set);
  return STATUS_OK;
}

static Status leaf_set(Evaluation *evaluation, const SegmentRule *rule, Rowset **set) {
  const SegmentWorld *world = evaluation->world;
  const char *key =
      arena_printf(evaluation->arena, "%llu|%d|%s", (unsigned long long)world->root->version,
                   evaluation->day, rule->text);
  if (world->cache && (*set = segment_cache_find(world->cache, key))) return STATUS_OK;
  if (rule->kind == SEGMENT_ATTRIBUTE) return attribute_set(evaluation, rule, key, set);
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  Rowset *found = NULL;
  Status status = rule->kind == SEGMENT_LEVEL
                      ? filter_members(evaluation, &context, &rule->filter, &found)
                      : measure_members(evaluation, &context, rule, &found);
  arena_destroy(context.arena);
  if (status != STATUS_OK)
    return rule->kind == SEGMENT_LEVEL ? status : rule_fault(evaluation, rule, status);
  *set = rowset_and(found, evaluation->base);
  rowset_release(found);
  if (world->cache) segment_cache_put(world->cache, key, *set);
  return STATUS_OK;
}

static Status reference_set(Evaluation *evaluation, const SegmentRule *rule, Rowset **set) {
  const SegmentWorld *world = evaluation->world;
  const SegmentRule *other =
      world->find ? world->find(world->find_context, rule->segment, evaluation->arena) : NULL;
  if (!other) {
    error_set(evaluation->error, STATUS_NOT_FOUND, "there is no segment \"%s\"", rule->segment);
    return rule_fault(evaluation, rule, STATUS_NOT_FOUND);
  }
  if (evaluation->reference_depth == REFERENCE_DEPTH_MAX) {
    error_set(evaluation->error, STATUS_INVALID,
              "segment \"%s\" leads back to itself, or through more than %d others", rule->segment,
              REFERENCE_DEPTH_MAX);
    return rule_fault(evaluation, rule, STATUS_INVALID);
  }
  evaluation->reference_depth++;
  Status status = rule_set(evaluation, other, set);
  evaluation->reference_depth--;
  return status;
}

static Status group_set(Evaluation *evaluation, const SegmentRule *rule, Rowset **set) {
  bool all = rule->kind == SEGMENT_ALL;
  // All of none is everybody, any of none nobody.
  Rowset *result = all ? rowset_or(evaluation->base, evaluation->base)
                       : rowset_and_not(evaluation->base, evaluation->base);
  for (uint32_t i = 0; i < rule->item_count; i++) {
    Rowset *item, *joined;
    Status status = rule_set(evaluation, &rule->items[i], &item);
    if (status != STATUS_OK) {
      rowset_release(result);
      return status;
    }
    joined = all ? rowset_and(result, item) : rowset_or(result, item);
    rowset_release(item);
    rowset_release(result);
    result = joined;
  }
  *set = result;
  return STATUS_OK;
}

static Status rule_set(Evaluation *evaluation, const SegmentRule *rule, Rowset **set) {
  switch (rule->kind) {
  case SEGMENT_ALL:
  case SEGMENT_ANY:
    return group_set(evaluation, rule, set);
  case SEGMENT_NOT: {
    Rowset *item;
    TRY(rule_set(evaluation, &rule->items[0], &item));
    *set = rowset_and_not(evaluation->base, item);
    rowset_release(item);
    return STATUS_OK;
  }
  case SEGMENT_REFERENCE:
    return reference_set(evaluation, rule, set);
  default:
    return leaf_set(evaluation, rule, set);
  }
}

static Status attribute_unknown(const Evaluation *evaluation, const SegmentRule *rule,
                                uint64_t *unknown) {
  SegmentRule absent = *rule;
  Rowset *set;
  absent.filter = (CubeFilter){.kind = CUBE_FILTER_NULL, .is_null = true};
  TRY(segment_attribute_set(evaluation->world, &evaluation->members, &absent, evaluation->day,
                            evaluation->base, evaluation->arena, &set, evaluation->error));
  *unknown = rowset_count(set);
  rowset_release(set);
  return STATUS_OK;
}

// Those of the base whose attribute is not known.
static Status unknown_count(Evaluation *evaluation, const SegmentRule *rule, uint64_t *unknown) {
  *unknown = 0;
  if (rule->kind == SEGMENT_ATTRIBUTE && rule->filter.kind != CUBE_FILTER_NULL)
    return attribute_unknown(evaluation, rule, unknown);
  if (rule->kind != SEGMENT_LEVEL || rule->filter.kind == CUBE_FILTER_NULL || !rule->filter.level)
    return STATUS_OK;
  SegmentRule absent = {.kind = SEGMENT_LEVEL, .path = rule->path};
  absent.text =
      arena_printf(evaluation->arena, "{\"level\":\"%s\",\"null\":true}", rule->filter.level);
  absent.filter = (CubeFilter){
      .kind = CUBE_FILTER_NULL, .path = rule->path, .level = rule->filter.level, .is_null = true};
  Rowset *set;
  TRY(leaf_set(evaluation, &absent, &set));
  *unknown = rowset_count(set);
  rowset_release(set);
  return STATUS_OK;
}

Status segment_evaluate(const SegmentWorld *world, const SegmentRule *rule, int32_t day,
                        const Rowset *base, Arena *arena, Rowset **set, uint64_t *unknown,
                        Error *error) {
  Error local = ERROR_INIT;
  Evaluation evaluation = {
      .world = world, .base = base, .day = day, .arena = arena, .error = error ? error : &local};
  TRY(segment_members_find(world->root, world->catalog, &evaluation.members, evaluation.error));
  TRY(rule_set(&evaluation, rule, set));
  if (!unknown) return STATUS_OK;
  Status status = unknown_count(&evaluation, rule, unknown);
  if (status != STATUS_OK) rowset_release(*set);
  return status;
}
