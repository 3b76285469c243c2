// The cube query: measures by levels, maybe of several cubes, maybe beside another period.
//
//   request -> parts: each cube (and each look-back window of it, and each compared period) is
//   aggregated to the levels by itself -> full joins of the parts on the levels, NULL equal to NULL
//   -> project: ratios, comparisons, changes -> sort -> limit
//
// So a fact is never multiplied by another one's rows, and a ratio divides totals, never averages
// ratios. Totals are the same question without levels. A measure that a row's part has no facts for
// is NULL, a count is 0.
#include "cube_segments.h"
#include <stdio.h>

#define RATIO_DEPTH_MAX 8
#define CHANGE_SCALE 6

typedef struct CubePart {
  const CatalogCube *cube;
  int32_t window_days; // 0: the period itself
  bool compared;
  const CatalogMeasure **measures; // aggregates
  uint32_t measure_count;
  Expr **values; // [measure_count] over the joined tree
} CubePart;

typedef struct CubePlan {
  const Catalog *catalog;
  LogicalContext *context;
  Arena *arena;
  Error *error;
  const CubeRequest *request;
  int32_t first, last;             // days with data
  const char **keys;               // names of the group keys: the levels, then those behind labels
  uint32_t *key_of;                // the dimension that each belongs to
  uint32_t key_count;              // at least the request's dimensions
  const CatalogMeasure **measures; // [request->measure_count]
  const CatalogCube **cubes;       // of each measure
  bool *shares;                    // whether it is shown in percent
  CubePart *parts;
  uint32_t part_count;
  bool with_compare;
  CubeComparison comparison;
} CubePlan;

// --- names ---

static Status unknown(CubePlan *plan, const char *path, const char *kind, const char *name,
                      const char *const *candidates, uint32_t count) {
  const char *nearest = text_nearest(name, candidates, count);
  error_set(plan->error, STATUS_NOT_FOUND, "unknown %s \"%s\"%s%s%s", kind, name,
            nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
  return error_prefix_path(plan->error, "%s", path);
}

static Status resolve_measure(CubePlan *plan, uint32_t index) {
  const char *name = plan->request->measures[index], *dot = strchr(name, '.');
  const char *path = arena_printf(plan->arena, "measures[%u]", index);
  const char *const *cube_names;
  uint32_t cube_count = plan->catalog->cube_names(plan->catalog, &cube_names);
  const char *cube_name = dot ? arena_strndup(plan->arena, name, (size_t)(dot - name)) : name;
  const CatalogCube *cube = plan->catalog->find_cube(plan->catalog, cube_name);
  if (!cube) return unknown(plan, path, "cube", cube_name, cube_names, cube_count);
  plan->cubes[index] = cube;
  plan->measures[index] = cube_find_measure(cube, name);
  for (uint32_t i = 0; i < index; i++)
    if (strcmp(plan->request->measures[i], name) == 0) {
      error_set(plan->error, STATUS_INVALID, "measure \"%s\" is asked for twice", name);
      return error_prefix_path(plan->error, "%s", path);
    }
  if (plan->measures[index]) return STATUS_OK;
  const char **names = ARENA_ARRAY(plan->arena, const char *, cube->measure_count);
  for (uint32_t i = 0; i < cube->measure_count; i++) names[i] = cube->measures[i].name;
  return unknown(plan, path, "measure", name, names, cube->measure_count);
}

// --- parts ---

static CubePart *find_part(CubePlan *plan, const CatalogCube *cube, int32_t window_days,
                           bool compared) {
  for (uint32_t i = 0; i < plan->part_count; i++) {
    CubePart *part = &plan->parts[i];
    if (part->cube == cube && part->window_days == window_days && part->compared == compared)
      return part;
  }
  return NULL;
}

static int64_t part_measure(const CubePart *part, const CatalogMeasure *measure) {
  for (uint32_t i = 0; i < part->measure_count; i++)
    if (part->measures[i] == measure) return i;
  return -1;
}

// Puts an aggregate into its part, making the part at need.
static void add_aggregate(CubePlan *plan, const CatalogCube *cube, const CatalogMeasure *measure,
                          bool compared) {
  int32_t window = measure->window_days > 0 ? measure->window_days : 0;
  CubePart *part = find_part(plan, cube, window, compared);
  if (!part) {
    part = &plan->parts[plan->part_count++];
    *part = (CubePart){.cube = cube, .window_days = window, .compared = compared};
    part->measures = ARENA_ARRAY(plan->arena, const CatalogMeasure *, cube->measure_count);
  }
  if (part_measure(part, measure) < 0) part->measures[part->measure_count++] = measure;
}

// A ratio comes down to the aggregates of its two measures.
static Status add_measure(CubePlan *plan, const CatalogCube *cube, const CatalogMeasure *measure,
                          bool compared, uint32_t depth) {
  if (measure->kind != MEASURE_RATIO) {
    add_aggregate(plan, cube, measure, compared);
    return STATUS_OK;
  }
  const char *names[] = {measure->numerator, measure->denominator};
  for (int i = 0; i < 2; i++) {
    const CatalogMeasure *operand = names[i] ? cube_find_measure(cube, names[i]) : NULL;
    if (!operand || depth == RATIO_DEPTH_MAX)
      return error_set(plan->error, STATUS_INVALID,
                       "measure \"%s\": \"%s\" is no measure of cube \"%s\", or refers to itself",
                       measure->name, names[i] ? names[i] : "", cube->name);
    TRY(add_measure(plan, cube, operand, compared, depth + 1));
  }
  return STATUS_OK;
}

static Status make_parts(CubePlan *plan) {
  uint32_t capacity = 0;
  for (uint32_t i = 0; i < plan->request->measure_count; i++)
    capacity += 2 * (plan->cubes[i]->measure_count + 1);
  plan->parts = ARENA_ARRAY(plan->arena, CubePart, capacity);
  for (int compared = 0; compared <= plan->with_compare; compared++)
    for (uint32_t i = 0; i < plan->request->measure_count; i++)
      TRY(add_measure(plan, plan->cubes[i], plan->measures[i], compared, 0));
  return STATUS_OK;
}

// --- levels ---

static Status level_missing(CubePlan *plan, uint32_t index, const CatalogCube *cube,
                            const char *measure) {
  const char *name = plan->request->dimensions[index];
  const char *path = arena_printf(plan->arena, "dimensions[%u]", index);
  bool anywhere = false;
  uint32_t count = 0, capacity = 0;
  for (uint32_t i = 0; i < plan->part_count; i++) capacity += plan->parts[i].cube->level_count;
  const char **names = ARENA_ARRAY(plan->arena, const char *, capacity);
  for (uint32_t i = 0; i < plan->part_count; i++) {
    const CatalogCube *other = plan->parts[i].cube;
    anywhere = anywhere || cube_find_level(other, name);
    for (uint32_t l = 0; l < other->level_count; l++) names[count++] = other->levels[l].name;
  }
  if (!anywhere) return unknown(plan, path, "level", name, names, count);
  error_set(plan->error, STATUS_INVALID,
            "measure \"%s\" cannot be split by \"%s\": cube \"%s\" has no such level", measure,
            name, cube->name);
  return error_prefix_path(plan->error, "%s", path);
}

// A balance and a window take rows from before the period: time says where they end, and nothing
// else.
static Status window_fault(CubePlan *plan, const CubePart *part, const char *what,
                           const char *level, const char *remedy) {
  const char *name = part->measures[0]->name;
  if (part->window_days == MEASURE_WINDOW_ALL)
    return error_set(plan->error, STATUS_INVALID,
                     "measure \"%s\" is a balance at the period's end, so that it cannot be %s by "
                     "\"%s\"%s",
                     name, what, level, remedy);
  return error_set(plan->error, STATUS_INVALID,
                   "measure \"%s\" looks back %d days from the period's end, so that it cannot be "
                   "%s by \"%s\"%s",
                   name, part->window_days, what, level, remedy);
}

static Status check_filter(CubePlan *plan, const CubePart *part, const CubeFilter *filter) {
  for (uint32_t i = 0; i < filter->item_count; i++)
    TRY(check_filter(plan, part, &filter->items[i]));
  const CatalogLevel *level = filter->level ? cube_find_level(part->cube, filter->level) : NULL;
  if (!level || !cube_level_is_time(part->cube, level)) return STATUS_OK;
  window_fault(plan, part, "filtered", filter->level, "; ask for a \"period\" instead");
  return error_prefix_path(plan->error, "%s.level", filter->path);
}

static Status check_filters(CubePlan *plan) {
  for (uint32_t p = 0; p < plan->part_count; p++)
    if (plan->parts[p].window_days)
      TRY(check_filter(plan, &plan->parts[p], &plan->request->filter));
  return STATUS_OK;
}

static bool is_segments(const CubePlan *plan, uint32_t dimension) {
  return plan->request->segments.count &&
         strcmp(plan->request->dimensions[dimension], CUBE_SEGMENTS_LEVEL) == 0;
}

static Status check_levels(CubePlan *plan) {
  const CubeRequest *request = plan->request;
  for (uint32_t d = 0; d < request->dimension_count; d++) {
    for (uint32_t i = 0; i < d; i++)
      if (strcmp(request->dimensions[i], request->dimensions[d]) == 0) {
        error_set(plan->error, STATUS_INVALID, "level \"%s\" is asked for twice",
                  request->dimensions[d]);
        return error_prefix_path(plan->error, "dimensions[%u]", d);
      }
    if (is_segments(plan, d)) continue;
    for (uint32_t m = 0; m < request->measure_count; m++)
      if (!cube_find_level(plan->cubes[m], request->dimensions[d]))
        return level_missing(plan, d, plan->cubes[m], plan->measures[m]->name);
    for (uint32_t p = 0; p < plan->part_count; p++) {
      const CubePart *part = &plan->parts[p];
      if (!part->window_days ||
          !cube_level_is_time(part->cube, cube_find_level(part->cube, request->dimensions[d])))
        continue;
      window_fault(plan, part, "split", request->dimensions[d], "");
      return error_prefix_path(plan->error, "dimensions[%u]", d);
    }
  }
  return STATUS_OK;
}

// A level that shows a label is grouped by the key behind it as well: two members may share a name.
static void plan_keys(CubePlan *plan) {
  const CubeRequest *request = plan->request;
  plan->keys = ARENA_ARRAY(plan->arena, const char *, 2 * (size_t)request->dimension_count);
  plan->key_of = ARENA_ARRAY(plan->arena, uint32_t, 2 * (size_t)request->dimension_count);
  for (uint32_t d = 0; d < request->dimension_count; d++) {
    plan->key_of[plan->key_count] = d;
    plan->keys[plan->key_count++] = request->dimensions[d];
  }
  for (uint32_t d = 0; d < request->dimension_count; d++) {
    if (is_segments(plan, d) || !cube_find_level(plan->cubes[0], request->dimensions[d])->key)
      continue;
    plan->key_of[plan->key_count] = d;
    plan->keys[plan->key_count++] = arena_printf(plan->arena, "%s.key", request->dimensions[d]);
  }
}

static bool is_coarse(const CatalogLevel *level) {
  return level->trunc &&
         (strcmp(level->trunc, "month") == 0 || strcmp(level->trunc, "quarter") == 0 ||
          strcmp(level->trunc, "year") == 0);
}

static void plan_comparison(CubePlan *plan) {
  bool fine = false, any = false;
  for (uint32_t d = 0; d < plan->request->dimension_count; d++) {
    const CatalogCube *cube = plan->cubes[0];
    if (is_segments(plan, d)) continue;
    const CatalogLevel *level = cube_find_level(cube, plan->request->dimensions[d]);
    if (!cube_level_is_time(cube, level) || level->extract) continue;
    any = true;
    fine = fine || !is_coarse(level);
  }
  cube_comparison_make(plan->arena, plan->request, plan->first, plan->last, fine, any,
                       &plan->comparison);
}

// --- one part ---

static CubePeriod asked_period(const CubePlan *plan, bool compared) {
  return compared ? plan->comparison.period : plan->request->period;
}

// Of a period that begins after the last day with data nothing has happened yet.
static bool is_future(const CubePlan *plan, bool compared) {
  CubePeriod period = asked_period(plan, compared);
  return period.set && period.from > plan->last;
}

static Status restrict_part(CubePlan *plan, CubeFact *fact, const CubePart *part, bool rows) {
  CubePeriod period = asked_period(plan, part->compared);
  const CubeComparison *comparison = &plan->comparison;
  Status status = STATUS_OK;
  if (part->window_days && !is_future(plan, part->compared)) {
    int32_t to = period.set && period.to < plan->last ? period.to : plan->last;
    status = cube_fact_restrict(fact, to - part->window_days + 1, to, plan->error);
  } else if (part->compared) {
    bool trim = rows && comparison->trim;
    status =
        cube_fact_restrict(fact, period.from, trim ? comparison->trim_to : period.to, plan->error);
  } else if (period.set)
    status = cube_fact_restrict(fact, period.from, period.to, plan->error);
  return status == STATUS_OK ? STATUS_OK : error_prefix_path(plan->error, "period");
}

// The value of a group key: a level's, or the key behind its label.
static Status key_value(CubePlan *plan, CubeFact *fact, uint32_t index, const CubeShift *shift,
                        Expr **expr) {
  const char *name = plan->request->dimensions[plan->key_of[index]];
  const CatalogLevel *level = cube_find_level(fact->cube, name);
  if (index < plan->request->dimension_count)
    return cube_fact_level(fact, level, shift, expr, plan->error);
  CatalogLevel behind = *level;
  behind.column = level->key ? level->key : level->column;
  return cube_fact_level(fact, &behind, shift, expr, plan->error);
}

static Status aggregate_part(CubePlan *plan, CubePart *part, uint32_t level_count, Logical **tree) {
  CubeFact fact;
  const CubeRequest *request = plan->request;
  const CubeShift *shift = part->compared ? &plan->comparison.shift : NULL;
  TRY(cube_fact_open(&fact, plan->catalog, plan->context, part->cube, plan->error));
  TRY(restrict_part(plan, &fact, part, level_count > 0));
  TRY(cube_fact_filter(&fact, &request->filter, shift, plan->error));
  Expr **keys = ARENA_ARRAY(plan->arena, Expr *, level_count), *segment = NULL;
  if (request->segments.count)
    TRY(cube_segments_split(&request->segments, &fact, level_count ? &segment : NULL, plan->error));
  for (uint32_t i = 0; i < level_count; i++) {
    if (i < request->dimension_count && is_segments(plan, i))
      keys[i] = segment;
    else
      TRY(key_value(plan, &fact, i, shift, &keys[i]));
  }
  AggregateCall *calls = ARENA_ARRAY(plan->arena, AggregateCall, part->measure_count);
  const char **names = ARENA_ARRAY(plan->arena, const char *, part->measure_count);
  for (uint32_t i = 0; i < part->measure_count; i++) {
    TRY(cube_fact_call(&fact, part->measures[i], &calls[i], plan->error));
    names[i] = part->measures[i]->name;
  }
  *tree = logical_aggregate(plan->context, fact.tree, keys, plan->keys, level_count, calls, names,
                            part->measure_count, NULL, 0, false);
  part->values = ARENA_ARRAY(plan->arena, Expr *, part->measure_count);
  for (uint32_t i = 0; i < part->measure_count; i++)
    part->values[i] = logical_ref(plan->context, *tree, level_count + i);
  return STATUS_OK;
}

// --- joining the parts ---

static Expr *call2(CubePlan *plan, FunctionId function, Type type, Expr *a, Expr *b) {
  return expr_call(plan->arena, function, type, (Expr *[]){a, b}, 2, -1);
}

// Joins right to *tree on the levels; *keys are the levels over *tree, before and after.
static void join_part(CubePlan *plan, Logical *right, uint32_t level_count, Expr **keys,
                      Logical **tree) {
  if (level_count == 0) { // one row each
    *tree = logical_join(plan->context, *tree, right, JOIN_CROSS, NULL, false);
    return;
  }
  Expr *condition = NULL;
  uint32_t left_values = (*tree)->column_count - level_count;
  uint32_t right_values = right->column_count - level_count;
  uint32_t count = level_count + left_values + right_values;
  Expr **exprs = ARENA_ARRAY(plan->arena, Expr *, count);
  const char **names = ARENA_ARRAY(plan->arena, const char *, count);
  for (uint32_t i = 0; i < level_count; i++) {
    Expr *other = expr_cast(plan->arena, logical_ref(plan->context, right, i), keys[i]->type);
    condition =
        expr_and(plan->arena, condition, call2(plan, FUNCTION_EQUAL, TYPE_OF_BOOL, keys[i], other));
    exprs[i] = call2(plan, FUNCTION_COALESCE, keys[i]->type, keys[i], other);
    names[i] = plan->keys[i];
  }
  for (uint32_t i = level_count; i < count; i++) {
    bool from_left = i < level_count + left_values;
    const Logical *side = from_left ? *tree : right;
    uint32_t index = from_left ? i : i - left_values;
    exprs[i] = logical_ref(plan->context, side, index);
    names[i] = side->columns[index].name;
  }
  *tree = logical_join(plan->context, *tree, right, JOIN_FULL, condition, true);
  *tree = logical_project(plan->context, *tree, exprs, names, count);
  for (uint32_t i = 0; i < level_count; i++) keys[i] = logical_ref(plan->context, *tree, i);
}

static Status join_parts(CubePlan *plan, uint32_t level_count, Expr **keys, Logical **tree) {
  for (uint32_t p = 0; p < plan->part_count; p++) {
    Logical *part;
    TRY(aggregate_part(plan, &plan->parts[p], level_count, &part));
    if (p) {
      join_part(plan, part, level_count, keys, tree);
      continue;
    }
    *tree = part;
    for (uint32_t i = 0; i < level_count; i++) keys[i] = logical_ref(plan->context, part, i);
  }
  return STATUS_OK;
}

// --- values ---

static bool is_count(const CatalogMeasure *measure) {
  return !measure->expression || measure->aggregate == AGGREGATE_COUNT_ROWS ||
         measure->aggregate == AGGREGATE_COUNT || measure->aggregate == AGGREGATE_COUNT_DISTINCT;
}

static Expr *zero(CubePlan *plan, Type type) {
  Value value;
  memset(&value, 0, sizeof value); // zero in every layout of a number
  value.type = type;
  return expr_constant(plan->arena, value, -1);
}

static Expr *or_zero(CubePlan *plan, Expr *value) {
  return call2(plan, FUNCTION_COALESCE, value->type, value, zero(plan, value->type));
}

// A measure over the joined parts. A count of what no row has is 0, any other such value NULL, and
// so is one that looks back from the end of a period that has not begun.
static Expr *measure_value(CubePlan *plan, const CatalogCube *cube, const CatalogMeasure *measure,
                           bool compared) {
  if (measure->kind == MEASURE_RATIO)
    return cube_ratio(
        plan->arena,
        measure_value(plan, cube, cube_find_measure(cube, measure->numerator), compared),
        measure_value(plan, cube, cube_find_measure(cube, measure->denominator), compared));
  int32_t window = measure->window_days > 0 ? measure->window_days : 0;
  const CubePart *part = find_part(plan, cube, window, compared);
  Expr *value = part->values[part_measure(part, measure)];
  if (window && is_future(plan, compared)) return expr_null(plan->arena, value->type);
  return is_count(measure) && plan->part_count > 1 ? or_zero(plan, value) : value;
}

static Expr *hundredfold(CubePlan *plan, Expr *part) {
  bool is_double = part->type.kind == TYPE_DOUBLE;
  Value hundred = {.type = is_double ? TYPE_OF_DOUBLE : type_decimal(3, 0)};
  if (is_double)
    hundred.d = 100;
  else
    hundred.i = 100;
  Expr *percent =
      call2(plan, FUNCTION_MULTIPLY, part->type, part, expr_constant(plan->arena, hundred, -1));
  return is_double ? percent : expr_cast(plan->arena, percent, type_decimal(38, CHANGE_SCALE));
}

// The change from c to m: points for a share, else percent of c where c > 0. What was sold before
// and is not sold now has fallen by 100 %, so a missing sum counts as zero here. What has not begun
// has not fallen.
static Expr *change(CubePlan *plan, const CatalogMeasure *measure, bool share, Expr *m, Expr *c) {
  if (!type_is_numeric(m->type) || is_future(plan, false))
    return expr_null(plan->arena, type_decimal(38, CHANGE_SCALE));
  bool sum = measure->kind == MEASURE_AGGREGATE && measure->aggregate == AGGREGATE_SUM;
  m = cube_decimal(plan->arena, m);
  c = cube_decimal(plan->arena, c);
  if (sum) m = or_zero(plan, m);
  Expr *difference = call2(plan, FUNCTION_SUBTRACT, m->type, m, c);
  Expr *part =
      share ? difference : cube_ratio(plan->arena, difference, c); // a share is a fraction of one
  Expr *percent = hundredfold(plan, part);
  if (share) return percent;
  Expr *positive = call2(plan, FUNCTION_GREATER, TYPE_OF_BOOL, c, zero(plan, c->type));
  return expr_make(plan->arena, EXPR_CASE, percent->type, (Expr *[]){positive, percent}, 2, -1);
}

// --- the whole ---

static uint32_t measure_width(const CubePlan *plan) {
  return plan->with_compare ? 3 : 1;
}

static Logical *project_values(CubePlan *plan, Logical *tree, Expr **keys, uint32_t level_count) {
  const CubeRequest *request = plan->request;
  uint32_t capacity = level_count + request->measure_count * measure_width(plan), count = 0;
  Expr **exprs = ARENA_ARRAY(plan->arena, Expr *, capacity);
  const char **names = ARENA_ARRAY(plan->arena, const char *, capacity);
  for (; count < level_count; count++) {
    exprs[count] = keys[count];
    names[count] = request->dimensions[count];
  }
  for (uint32_t i = 0; i < request->measure_count; i++) {
    const CatalogMeasure *measure = plan->measures[i];
    Expr *value = measure_value(plan, plan->cubes[i], measure, false);
    names[count] = measure->name;
    exprs[count++] = value;
    if (!plan->with_compare) continue;
    Expr *compared = measure_value(plan, plan->cubes[i], measure, true);
    names[count] = arena_printf(plan->arena, "%s.compare", measure->name);
    exprs[count++] = compared;
    names[count] = arena_printf(plan->arena, "%s.change", measure->name);
    exprs[count++] = change(plan, measure, plan->shares[i], value, compared);
  }
  return logical_project(plan->context, tree, exprs, names, count);
}

static int64_t find_name(const char *const *names, uint32_t count, const char *name) {
  for (uint32_t i = 0; i < count; i++)
    if (strcmp(names[i], name) == 0) return i;
  return -1;
}

// The output column that an order names.
static Status order_column(CubePlan *plan, uint32_t index, uint32_t *column) {
  const CubeRequest *request = plan->request;
  const char *by = request->order[index].by;
  int64_t level = find_name(request->dimensions, request->dimension_count, by);
  int64_t measure = find_name(request->measures, request->measure_count, by);
  if (level >= 0)
    *column = (uint32_t)level;
  else if (measure >= 0)
    *column = request->dimension_count + (uint32_t)measure * measure_width(plan);
  else {
    uint32_t count = request->dimension_count + request->measure_count;
    const char **names = ARENA_ARRAY(plan->arena, const char *, count);
    for (uint32_t i = 0; i < request->dimension_count; i++) names[i] = request->dimensions[i];
    for (uint32_t i = 0; i < request->measure_count; i++)
      names[request->dimension_count + i] = request->measures[i];
    return unknown(plan, arena_printf(plan->arena, "order[%u].by", index), "column", by, names,
                   count);
  }
  return STATUS_OK;
}

// As asked, then by the levels, so that ties always fall the same way. NULLs come last.
static Status sort_rows(CubePlan *plan, Logical **tree) {
  const CubeRequest *request = plan->request;
  uint32_t count = 0;
  SortKey *keys =
      ARENA_ARRAY(plan->arena, SortKey, request->order_count + request->dimension_count);
  bool *sorted = ARENA_ARRAY(plan->arena, bool, (*tree)->column_count);
  for (uint32_t i = 0; i < request->order_count; i++) {
    uint32_t column = 0;
    TRY(order_column(plan, i, &column));
    keys[count++] = (SortKey){.expr = logical_ref(plan->context, *tree, column),
                              .descending = request->order[i].descending};
    sorted[column] = true;
  }
  for (uint32_t i = 0; i < request->dimension_count; i++)
    if (!sorted[i]) keys[count++] = (SortKey){.expr = logical_ref(plan->context, *tree, i)};
  if (count && request->dimension_count) *tree = logical_sort(plan->context, *tree, keys, count);
  if (request->limit >= 0 || request->offset > 0)
    *tree = logical_limit(plan->context, *tree, request->limit, request->offset);
  return STATUS_OK;
}

// With the levels, or (totals) as one row without any.
static Status build_tree(CubePlan *plan, bool with_levels, Logical **tree) {
  Expr **keys = ARENA_ARRAY(plan->arena, Expr *, plan->key_count);
  TRY(join_parts(plan, with_levels ? plan->key_count : 0, keys, tree));
  *tree = project_values(plan, *tree, keys, with_levels ? plan->request->dimension_count : 0);
  return STATUS_OK;
}

static void describe_columns(CubePlan *plan, CubeQuery *query) {
  uint32_t levels = plan->request->dimension_count, width = measure_width(plan);
  query->column_count = query->tree->column_count;
  query->columns = ARENA_ARRAY(plan->arena, CubeColumn, query->column_count);
  for (uint32_t i = 0; i < query->column_count; i++) {
    bool level = i < levels;
    query->columns[i] = (CubeColumn){
        .kind = level ? CUBE_LEVEL : (CubeColumnKind)(CUBE_MEASURE + (i - levels) % width),
        .name = level ? plan->request->dimensions[i] : plan->measures[(i - levels) / width]->name,
        .type = query->tree->columns[i].type};
  }
}

static Status plan_query(CubePlan *plan, CubeQuery *query) {
  TRY(make_parts(plan));
  TRY(check_levels(plan));
  TRY(check_filters(plan));
  plan_keys(plan);
  if (plan->with_compare) plan_comparison(plan);
  TRY(build_tree(plan, true, &query->tree));
  TRY(sort_rows(plan, &query->tree));
  TRY(logical_verify(query->tree, plan->error));
  describe_columns(plan, query);
  if (!plan->request->totals) return STATUS_OK;
  TRY(build_tree(plan, false, &query->totals));
  return logical_verify(query->totals, plan->error);
}

Status cube_query_read(const char *json, size_t size, const Catalog *catalog, int32_t first,
                       int32_t last, bool (*is_share)(void *context, const char *measure),
                       void *share_context, LogicalContext *context, CubeQuery *query,
                       Error *error) {
  CubeRequest request;
  Error local = ERROR_INIT;
  *query = (CubeQuery){0};
  if (!error) error = &local;
  TRY(cube_request_read(context->arena, json, size, &request, error));
  CubePlan plan = {.catalog = catalog,
                   .context = context,
                   .arena = context->arena,
                   .error = error,
                   .request = &request,
                   .first = first,
                   .last = last,
                   .with_compare = request.compare != CUBE_COMPARE_NONE};
  plan.measures = ARENA_ARRAY(plan.arena, const CatalogMeasure *, request.measure_count);
  plan.cubes = ARENA_ARRAY(plan.arena, const CatalogCube *, request.measure_count);
  plan.shares = ARENA_ARRAY(plan.arena, bool, request.measure_count);
  for (uint32_t i = 0; i < request.measure_count; i++) {
    TRY(resolve_measure(&plan, i));
    plan.shares[i] = is_share && is_share(share_context, plan.measures[i]->name);
  }
  TRY(plan_query(&plan, query));
  query->period = request.period;
  query->period_note = cube_period_note(plan.arena, request.period, first, last);
  query->compare = plan.comparison.period;
  query->compare_note = plan.comparison.note;
  query->explain = request.explain;
  query->audience = request.audience;
  return STATUS_OK;
}
