// Facts and links: each chain of links becomes one left join on the linked table's unique key, made
// when it is first asked for, so every fact row stays exactly one row. The planner turns these
// joins into look-ups by row number.
#include "cube_fact.h"
#include "date.h"
#include "sql_literal.h"
#include "sql_parse.h"

#define RATIO_SCALE_MIN 16

Status cube_fact_open(CubeFact *fact, const Catalog *catalog, LogicalContext *context,
                      const CatalogCube *cube, Error *error) {
  *fact = (CubeFact){.catalog = catalog, .context = context, .cube = cube};
  const CatalogTable *table = catalog->find_table(catalog, cube->table);
  if (!table)
    return error_set(error, STATUS_NOT_FOUND, "cube \"%s\": its table \"%s\" is not loaded",
                     cube->name, cube->table);
  fact->path_capacity = 64;
  fact->paths = ARENA_ARRAY(context->arena, CubePath, fact->path_capacity);
  const char **names = ARENA_ARRAY(context->arena, const char *, table->column_count);
  Type *types = ARENA_ARRAY(context->arena, Type, table->column_count);
  for (uint32_t i = 0; i < table->column_count; i++) {
    names[i] = table->columns[i].name;
    types[i] = table->columns[i].type;
  }
  fact->tree = logical_scan(context, table->name, table->name, names, types, table->column_count);
  fact->tree->scan.key = table->key;
  fact->paths[fact->path_count++] = (CubePath){.table = table, .scan = fact->tree};
  return STATUS_OK;
}

const CatalogLevel *cube_find_level(const CatalogCube *cube, const char *name) {
  for (uint32_t i = 0; i < cube->level_count; i++)
    if (strcmp(cube->levels[i].name, name) == 0) return &cube->levels[i];
  return NULL;
}

const CatalogMeasure *cube_find_measure(const CatalogCube *cube, const char *name) {
  for (uint32_t i = 0; i < cube->measure_count; i++)
    if (strcmp(cube->measures[i].name, name) == 0) return &cube->measures[i];
  return NULL;
}

static bool same_links(const char *const *a, uint32_t a_count, const char *const *b,
                       uint32_t b_count) {
  if (a_count != b_count) return false;
  for (uint32_t i = 0; i < a_count; i++)
    if (strcmp(a[i], b[i]) != 0) return false;
  return true;
}

bool cube_level_is_time(const CatalogCube *cube, const CatalogLevel *level) {
  const CatalogLevel *time = cube->time_level ? cube_find_level(cube, cube->time_level) : NULL;
  return time && strcmp(time->column, level->column) == 0 &&
         same_links(time->links, time->link_count, level->links, level->link_count);
}

// --- columns ---

static const CatalogColumn *table_column(const CatalogTable *table, const char *name,
                                         uint32_t *index) {
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (strcmp(table->columns[i].name, name) != 0) continue;
    *index = i;
    return &table->columns[i];
  }
  return NULL;
}

static CubePath *find_path(CubeFact *fact, const char *const *links, uint32_t link_count) {
  for (uint32_t i = 0; i < fact->path_count; i++)
    if (same_links(fact->paths[i].links, fact->paths[i].link_count, links, link_count))
      return &fact->paths[i];
  return NULL;
}

// The path, its joins made; NULL when a name is no link.
static CubePath *follow_path(CubeFact *fact, const char *const *links, uint32_t link_count) {
  CubePath *path = find_path(fact, links, link_count);
  if (path || fact->path_count == fact->path_capacity) return path;
  CubePath *parent = follow_path(fact, links, link_count - 1);
  uint32_t link_index, key_index;
  const CatalogColumn *link =
      parent ? table_column(parent->table, links[link_count - 1], &link_index) : NULL;
  const CatalogTable *table =
      link && link->link_table ? fact->catalog->find_table(fact->catalog, link->link_table) : NULL;
  if (!table || !table_column(table, link->link_key, &key_index)) return NULL;

  Arena *arena = fact->context->arena;
  const char **names = ARENA_ARRAY(arena, const char *, table->column_count);
  Type *types = ARENA_ARRAY(arena, Type, table->column_count);
  for (uint32_t i = 0; i < table->column_count; i++) {
    names[i] = table->columns[i].name;
    types[i] = table->columns[i].type;
  }
  const char *alias = arena_strdup(arena, links[0]);
  for (uint32_t i = 1; i < link_count; i++) alias = arena_printf(arena, "%s.%s", alias, links[i]);
  Logical *scan =
      logical_scan(fact->context, table->name, alias, names, types, table->column_count);
  scan->scan.key = table->key;
  Expr *pair[] = {logical_ref(fact->context, parent->scan, link_index),
                  logical_ref(fact->context, scan, key_index)};
  Expr *equal = expr_call(arena, FUNCTION_EQUAL, TYPE_OF_BOOL, pair, 2, -1);
  fact->tree = logical_join(fact->context, fact->tree, scan, JOIN_LEFT, equal, false);

  path = &fact->paths[fact->path_count++];
  *path = (CubePath){.link_count = link_count, .table = table, .scan = scan};
  path->links = ARENA_ARRAY(arena, const char *, link_count);
  for (uint32_t i = 0; i < link_count; i++) path->links[i] = arena_strdup(arena, links[i]);
  return path;
}

Expr *cube_fact_column(CubeFact *fact, const char *const *links, uint32_t link_count,
                       const char *column) {
  uint32_t index;
  const CubePath *path = follow_path(fact, links, link_count);
  if (!path || !table_column(path->table, column, &index)) return NULL;
  return logical_ref(fact->context, path->scan, index);
}

// Names in measures: "paid", "product.category", "product.brand.name".
static Expr *resolve_name(void *context, const char *qualifier, const char *name) {
  CubeFact *fact = context;
  const char *links[16];
  uint32_t count = 0;
  char *rest = qualifier ? arena_strdup(fact->context->arena, qualifier) : NULL;
  for (char *link = strsep(&rest, "."); link; link = strsep(&rest, ".")) {
    if (count == sizeof links / sizeof *links) return NULL;
    links[count++] = link;
  }
  return cube_fact_column(fact, links, count, name);
}

// --- levels ---

static Expr *call2(CubeFact *fact, FunctionId function, Expr *a, Expr *b, Type type) {
  return expr_call(fact->context->arena, function, type, (Expr *[]){a, b}, 2, -1);
}

static Expr *truncated(CubeFact *fact, const char *field, Expr *moment) {
  Expr *name = expr_string(fact->context->arena, str_from(field));
  return call2(fact, FUNCTION_DATE_TRUNC, name, moment, moment->type);
}

static Expr *shifted(CubeFact *fact, const CubeShift *shift, Expr *moment) {
  Arena *arena = fact->context->arena;
  if (shift->months) {
    if (!shift->by_date) moment = truncated(fact, "month", moment);
    return call2(fact, FUNCTION_DATE_ADD_MONTHS, moment, expr_int(arena, shift->months),
                 moment->type);
  }
  if (shift->days == 0) return moment;
  if (moment->type.kind == TYPE_DATE)
    return call2(fact, FUNCTION_DATE_ADD_DAYS, moment, expr_int(arena, shift->days), TYPE_OF_DATE);
  return call2(fact, FUNCTION_TIMESTAMP_ADD, moment, expr_int(arena, shift->days * USEC_PER_DAY),
               moment->type);
}

// A member is known by its key, and the key stands in the link itself: so a key that its table
// lacks is a member of its own, apart from rows without a key.
static Expr *level_column(CubeFact *fact, const CatalogLevel *level) {
  uint32_t index, count = level->link_count;
  const CubePath *path = count && !level->key ? follow_path(fact, level->links, count - 1) : NULL;
  const CatalogColumn *link =
      path ? table_column(path->table, level->links[count - 1], &index) : NULL;
  if (link && link->link_table && strcmp(link->link_key, level->column) == 0)
    return logical_ref(fact->context, path->scan, index);
  return cube_fact_column(fact, level->links, count, level->column);
}

// Weekdays and hours are compared with their like, whatever the shift.
Status cube_fact_level(CubeFact *fact, const CatalogLevel *level, const CubeShift *shift,
                       Expr **expr, Error *error) {
  *expr = level_column(fact, level);
  if (!*expr)
    return error_set(error, STATUS_NOT_FOUND,
                     "level \"%s\" of cube \"%s\": its column \"%s\" cannot be reached",
                     level->name, fact->cube->name, level->column);
  if (level->extract) {
    Expr *name = expr_string(fact->context->arena, str_from(level->extract));
    *expr = call2(fact, FUNCTION_EXTRACT, name, *expr, TYPE_OF_INT);
    return STATUS_OK;
  }
  if (shift && cube_level_is_time(fact->cube, level)) *expr = shifted(fact, shift, *expr);
  if (level->trunc) *expr = truncated(fact, level->trunc, *expr);
  return STATUS_OK;
}

const char *cube_level_key(const CatalogLevel *level) {
  return level->key ? level->key : level->column;
}

Status cube_fact_member(CubeFact *fact, const CatalogLevel *level, Expr **expr, Error *error) {
  CatalogLevel own = *level;
  own.column = cube_level_key(level);
  own.key = NULL;
  return cube_fact_level(fact, &own, NULL, expr, error);
}

// --- filters ---

static Expr *moment_constant(CubeFact *fact, Type type, int32_t date) {
  int64_t value = type.kind == TYPE_DATE ? date : date * USEC_PER_DAY;
  return expr_constant(fact->context->arena, (Value){.type = type, .i = value}, -1);
}

Status cube_fact_restrict(CubeFact *fact, int32_t from, int32_t to, Error *error) {
  const CatalogLevel *level =
      fact->cube->time_level ? cube_find_level(fact->cube, fact->cube->time_level) : NULL;
  if (!level)
    return error_set(error, STATUS_INVALID,
                     "cube \"%s\" has no time level, so that a period cannot restrict it",
                     fact->cube->name);
  Expr *moment = cube_fact_column(fact, level->links, level->link_count, level->column);
  if (!moment || (moment->type.kind != TYPE_DATE && moment->type.kind != TYPE_TIMESTAMP &&
                  moment->type.kind != TYPE_TIMESTAMPTZ))
    return error_set(error, STATUS_INVALID, "cube \"%s\": its time level \"%s\" is no date",
                     fact->cube->name, level->name);
  bool is_date = moment->type.kind == TYPE_DATE;
  Expr *low = call2(fact, FUNCTION_GREATER_EQUAL, moment, moment_constant(fact, moment->type, from),
                    TYPE_OF_BOOL);
  Expr *high = call2(fact, is_date ? FUNCTION_LESS_EQUAL : FUNCTION_LESS, moment,
                     moment_constant(fact, moment->type, is_date ? to : to + 1), TYPE_OF_BOOL);
  fact->tree = logical_filter(fact->context, fact->tree, expr_and(fact->context->arena, low, high));
  return STATUS_OK;
}

typedef struct FilterBuilder {
  CubeFact *fact;
  const CubeShift *shift;
  Error *error;
} FilterBuilder;

static Status bind_filter(FilterBuilder *builder, const CubeFilter *filter, Expr **expr);

static Status level_unknown(FilterBuilder *builder, const CubeFilter *filter) {
  const CatalogCube *cube = builder->fact->cube;
  const char **names = ARENA_ARRAY(builder->fact->context->arena, const char *, cube->level_count);
  for (uint32_t i = 0; i < cube->level_count; i++) names[i] = cube->levels[i].name;
  const char *nearest = text_nearest(filter->level, names, cube->level_count);
  error_set(builder->error, STATUS_NOT_FOUND,
            "cube \"%s\" has no level \"%s\", so that this filter cannot apply to it%s%s%s",
            cube->name, filter->level, nearest ? "; did you mean \"" : "", nearest ? nearest : "",
            nearest ? "\"?" : "");
  return error_prefix_path(builder->error, "%s.level", filter->path);
}

static Status bind_value(FilterBuilder *builder, const CubeFilter *filter,
                         const CubeFilterValue *value, Type type, Expr **expr) {
  Arena *arena = builder->fact->context->arena;
  char name[TYPE_NAME_BYTES];
  Value result = {.type = type};
  if (value->kind == CUBE_VALUE_NULL)
    result.is_null = true;
  else if (value->kind == CUBE_VALUE_TEXT) {
    Status status = literal_parse(arena, value->text, type, &result, builder->error);
    if (status != STATUS_OK) return error_prefix_path(builder->error, "%s", filter->path);
  } else if (type.kind == TYPE_BOOL)
    result.i = value->truth;
  else {
    error_set(builder->error, STATUS_INVALID,
              "level \"%s\" has values of type %s, not true or false", filter->level,
              type_format(type, name));
    return error_prefix_path(builder->error, "%s", filter->path);
  }
  *expr = expr_constant(arena, result, -1);
  return STATUS_OK;
}

static Expr *is_null(CubeFact *fact, Expr *arg) {
  return expr_make(fact->context->arena, EXPR_IS_NULL, TYPE_OF_BOOL, &arg, 1, -1);
}

static Expr * not(CubeFact * fact, Expr *arg) {
  return expr_make(fact->context->arena, EXPR_NOT, TYPE_OF_BOOL, &arg, 1, -1);
}

static Expr * or (CubeFact * fact, Expr *a, Expr *b) {
  return expr_make(fact->context->arena, EXPR_OR, TYPE_OF_BOOL, (Expr *[]){a, b}, 2, -1);
}

// in: one of the values, of which null is one. not_in is its complement: what has no value is not
// one of them.
static Status bind_list(FilterBuilder *builder, const CubeFilter *filter, Expr *level,
                        Expr **expr) {
  CubeFact *fact = builder->fact;
  Arena *arena = fact->context->arena;
  Expr **args = ARENA_ARRAY(arena, Expr *, (size_t)filter->value_count + 1);
  uint32_t count = 1;
  bool with_null = false, negated = filter->kind == CUBE_FILTER_NOT_IN;
  args[0] = level;
  for (uint32_t i = 0; i < filter->value_count; i++) {
    if (filter->values[i].kind == CUBE_VALUE_NULL)
      with_null = true;
    else
      TRY(bind_value(builder, filter, &filter->values[i], level->type, &args[count++]));
  }
  Expr *in = count > 1 ? expr_make(arena, EXPR_IN, TYPE_OF_BOOL, args, count, -1) : NULL;
  Expr *null = is_null(fact, level);
  if (!in) *expr = with_null == negated ? not(fact, null) : null;
  if (!in && !with_null) *expr = expr_bool(arena, negated);
  if (in && !negated) *expr = with_null ? or (fact, in, null) : in;
  if (in && negated) *expr = with_null ? not(fact, in) : or (fact, not(fact, in), null);
  return STATUS_OK;
}

static Status bind_range(FilterBuilder *builder, const CubeFilter *filter, Expr *level,
                         Expr **expr) {
  static const FunctionId functions[] = {FUNCTION_GREATER_EQUAL, FUNCTION_LESS_EQUAL};
  *expr = NULL;
  for (int i = 0; i < 2; i++) {
    if (filter->values[i].kind == CUBE_VALUE_NULL) continue;
    Expr *end;
    TRY(bind_value(builder, filter, &filter->values[i], level->type, &end));
    *expr = expr_and(builder->fact->context->arena, *expr,
                     call2(builder->fact, functions[i], level, end, TYPE_OF_BOOL));
  }
  return STATUS_OK;
}

static Status bind_leaf(FilterBuilder *builder, const CubeFilter *filter, Expr **expr) {
  const CatalogLevel *level = cube_find_level(builder->fact->cube, filter->level);
  Expr *value;
  if (!level) return level_unknown(builder, filter);
  TRY(cube_fact_level(builder->fact, level, builder->shift, &value, builder->error));
  if (filter->kind == CUBE_FILTER_RANGE) return bind_range(builder, filter, value, expr);
  if (filter->kind != CUBE_FILTER_NULL) return bind_list(builder, filter, value, expr);
  *expr = is_null(builder->fact, value);
  if (!filter->is_null) *expr = not(builder->fact, *expr);
  return STATUS_OK;
}

// The member of a row is in the segment; of a row without one nothing is known.
static Status bind_segment(FilterBuilder *builder, const CubeFilter *filter, Expr **expr) {
  CubeFact *fact = builder->fact;
  CatalogSegment segment;
  Expr *key;
  if (catalog_segment(fact->catalog, filter->segment, filter->has_day ? &filter->day : NULL,
                      &segment, builder->error) != STATUS_OK)
    return error_prefix_path(builder->error, "%s", filter->segment_path);
  const CatalogLevel *level = cube_find_level(fact->cube, segment.level);
  if (!level) {
    error_set(builder->error, STATUS_INVALID,
              "cube \"%s\" does not know of members (it has no level \"%s\"), so that segment "
              "\"%s\" says nothing of its rows",
              fact->cube->name, segment.level, filter->segment);
    return error_prefix_path(builder->error, "%s", filter->path);
  }
  TRY(cube_fact_member(fact, level, &key, builder->error));
  *expr = expr_in_set(fact->context->arena, key, segment.set, false, -1);
  return STATUS_OK;
}

// An empty `all` is true, an empty `any` false; `not` is the complement (unknown counts as false).
static Status bind_items(FilterBuilder *builder, const CubeFilter *filter, Expr **expr) {
  Arena *arena = builder->fact->context->arena;
  Expr **args = ARENA_ARRAY(arena, Expr *, filter->item_count);
  for (uint32_t i = 0; i < filter->item_count; i++)
    TRY(bind_filter(builder, &filter->items[i], &args[i]));
  if (filter->kind == CUBE_FILTER_NOT) {
    Expr *known[] = {args[0], expr_bool(arena, false)};
    *expr = not(builder->fact, expr_call(arena, FUNCTION_COALESCE, TYPE_OF_BOOL, known, 2, -1));
  } else if (filter->item_count == 0)
    *expr = expr_bool(arena, filter->kind == CUBE_FILTER_ALL);
  else if (filter->item_count == 1)
    *expr = args[0];
  else if (filter->kind == CUBE_FILTER_ANY)
    *expr = expr_make(arena, EXPR_OR, TYPE_OF_BOOL, args, filter->item_count, -1);
  else {
    *expr = NULL;
    for (uint32_t i = 0; i < filter->item_count; i++) *expr = expr_and(arena, *expr, args[i]);
  }
  return STATUS_OK;
}

static Status bind_filter(FilterBuilder *builder, const CubeFilter *filter, Expr **expr) {
  switch (filter->kind) {
  case CUBE_FILTER_ANY:
  case CUBE_FILTER_ALL:
  case CUBE_FILTER_NOT:
    return bind_items(builder, filter, expr);
  case CUBE_FILTER_SEGMENT:
    return bind_segment(builder, filter, expr);
  default:
    return bind_leaf(builder, filter, expr);
  }
}

Status cube_fact_condition(CubeFact *fact, const CubeFilter *filter, Expr **condition,
                           Error *error) {
  Error local = ERROR_INIT;
  FilterBuilder builder = {.fact = fact, .error = error ? error : &local};
  return bind_filter(&builder, filter, condition);
}

Status cube_fact_filter(CubeFact *fact, const CubeFilter *filter, const CubeShift *shift,
                        Error *error) {
  Error local = ERROR_INIT;
  FilterBuilder builder = {.fact = fact, .shift = shift, .error = error ? error : &local};
  Expr *predicate;
  if (filter->item_count == 0) return STATUS_OK;
  TRY(bind_filter(&builder, filter, &predicate));
  fact->tree = logical_filter(fact->context, fact->tree, predicate);
  return STATUS_OK;
}

// --- measures ---

Expr *cube_decimal(Arena *arena, Expr *expr) {
  if (expr->type.kind != TYPE_INT) return expr;
  return expr_cast(arena, expr, type_decimal(type_int_digits(expr->type), 0));
}

static Type quotient_type(Type a, Type b) {
  if (a.kind == TYPE_DOUBLE || b.kind == TYPE_DOUBLE) return TYPE_OF_DOUBLE;
  unsigned scale = a.scale > b.scale ? a.scale : b.scale;
  return type_decimal(DECIMAL_DIGITS_MAX, scale > RATIO_SCALE_MIN ? scale : RATIO_SCALE_MIN);
}

Expr *cube_ratio(Arena *arena, Expr *a, Expr *b) {
  Expr *sides[2] = {cube_decimal(arena, a), cube_decimal(arena, b)};
  Type type = quotient_type(sides[0]->type, sides[1]->type);
  if (type.kind == TYPE_DOUBLE)
    for (int i = 0; i < 2; i++) sides[i] = expr_cast(arena, sides[i], type);
  return expr_call(arena, FUNCTION_RATIO, type, sides, 2, -1);
}

static Status bind_text(CubeFact *fact, const CatalogMeasure *measure, const char *what,
                        const char *text, Expr **expr, Error *error) {
  Error local = ERROR_INIT;
  Status status = sql_expression(text, fact->context, resolve_name, fact, expr, &local);
  if (status == STATUS_OK) return STATUS_OK;
  return error_set(error, status, "measure \"%s\": its %s: %s", measure->name, what, local.message);
}

Status cube_fact_call(CubeFact *fact, const CatalogMeasure *measure, AggregateCall *call,
                      Error *error) {
  *call = (AggregateCall){.id = measure->aggregate};
  if (!measure->expression)
    call->id = AGGREGATE_COUNT_ROWS;
  else if (call->id != AGGREGATE_COUNT_ROWS)
    TRY(bind_text(fact, measure, "expression", measure->expression, &call->arg, error));
  if (measure->filter)
    TRY(bind_text(fact, measure, "filter", measure->filter, &call->filter, error));
  if (call->filter && call->filter->type.kind != TYPE_BOOL)
    return error_set(error, STATUS_INVALID, "measure \"%s\": its filter is no condition",
                     measure->name);
  return aggregate_result_type(call->id, call->arg ? call->arg->type : TYPE_OF_INT, &call->type,
                               error);
}
