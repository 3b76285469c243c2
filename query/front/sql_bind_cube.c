// Cubes in SQL: FROM cube.sales, and measure(revenue).
//
// A cube is its fact with its links left-joined, each fact row once. Its levels come into scope as
// columns: `region`, or `store.region` by its dimension; the fact's own columns stand behind them.
// What a level or a measure needs is joined when it is first named: the SELECT is bound over the
// bare fact, and at its end the joined tree takes the fact's place (cubes_finish).
//
// A measure is its aggregates over the group, so it is right in every grouping set. No join may
// repeat a fact row: the other side must be unique by what it is joined on.
#include "logical_unique.h"
#include "sql_bind.h"

#define RATIO_DEPTH_MAX 8

struct CubeScope {
  const char *alias;
  CubeFact fact;
  const Logical *leaf; // the fact as it stands in the SELECT's tree: with the links joined so far
  CubeScope *next;
};

// ---------------------------------------------------------------- FROM

static const char *level_short_name(const CatalogLevel *level) {
  return level->name + strlen(level->dimension) + 1;
}

// One level under its dimension's name, and under the cube's alias.
static void scope_add_level(Binder *binder, Scope *scope, CubeScope *cube,
                            const CatalogLevel *level, const char *name) {
  ScopeColumn column = {.qualifier = level->dimension, .name = name, .cube = cube, .level = level};
  column.type = level->type;
  scope_add(binder, scope, column);
  if (strcmp(level->dimension, cube->alias) == 0) return;
  column.qualifier = cube->alias;
  column.hidden = column.qualified_only = true;
  scope_add(binder, scope, column);
}

// A level with a label is two columns: `shop` is the key, `shop_label` what people read.
static void scope_add_levels(Binder *binder, Scope *scope, CubeScope *cube) {
  const CatalogCube *catalog = cube->fact.cube;
  for (uint32_t i = 0; i < catalog->level_count; i++) {
    const CatalogLevel *level = &catalog->levels[i];
    const char *name = level_short_name(level);
    if (!level->key) {
      scope_add_level(binder, scope, cube, level, name);
      continue;
    }
    CatalogLevel *key = ARENA_NEW(binder->arena, CatalogLevel);
    *key = *level;
    key->column = level->key;
    scope_add_level(binder, scope, cube, key, name);
    scope_add_level(binder, scope, cube, level, arena_printf(binder->arena, "%s_label", name));
  }
}

static bool scope_has_name(const Scope *scope, uint32_t first, const char *name) {
  for (uint32_t i = first; i < scope->count; i++)
    if (strcmp(scope->columns[i].name, name) == 0) return true;
  return false;
}

// Columns of the fact that are no level's name.
static void scope_add_fact(Binder *binder, Scope *scope, uint32_t first, CubeScope *cube) {
  uint32_t levels_end = scope->count;
  for (uint32_t i = 0; i < cube->leaf->column_count; i++) {
    const LogicalColumn *column = &cube->leaf->columns[i];
    Scope levels = {.columns = scope->columns, .count = levels_end};
    if (scope_has_name(&levels, first, column->name)) continue;
    scope_add(binder, scope,
              (ScopeColumn){.qualifier = cube->alias,
                            .name = column->name,
                            .id = column->id,
                            .type = column->type,
                            .cube = cube,
                            .hidden = true});
  }
}

Status bind_cube(Binder *binder, const PgQuery__RangeVar *range, Scope *scope, Logical **tree) {
  const CatalogCube *cube = binder->catalog->find_cube(binder->catalog, range->relname);
  if (!cube) {
    const char *const *names;
    uint32_t count = binder->catalog->cube_names(binder->catalog, &names);
    return name_unknown(binder, range->location, "cube", range->relname, names, count);
  }
  if (range->alias && range->alias->n_colnames)
    return unsupported(binder, range->location, "a list of column names for a cube");
  CubeScope *entry = ARENA_NEW(binder->arena, CubeScope);
  *entry = (CubeScope){.alias = cube->name, .next = binder->select->cubes};
  if (range->alias) entry->alias = arena_strdup(binder->arena, range->alias->aliasname);
  TRY(cube_fact_open(&entry->fact, binder->catalog, binder->context, cube, binder->error));
  entry->leaf = *tree = entry->fact.tree;
  binder->select->cubes = entry;
  uint32_t first = scope->count;
  scope_add_levels(binder, scope, entry);
  scope_add_fact(binder, scope, first, entry);
  return STATUS_OK;
}

// The key column of the member that a level is an attribute of; 0: the fact's own column.
static ColumnId level_key_id(CubeFact *fact, const CatalogLevel *level) {
  if (level->link_count == 0) return 0;
  for (uint32_t i = 0; i < fact->path_count; i++) {
    const CubePath *path = &fact->paths[i];
    bool same = path->link_count == level->link_count;
    for (uint32_t l = 0; same && l < path->link_count; l++)
      same = strcmp(path->links[l], level->links[l]) == 0;
    if (!same || !path->table->key) continue;
    const Expr *key = cube_fact_column(fact, level->links, level->link_count, path->table->key);
    return key ? key->column : 0;
  }
  return 0;
}

Status bind_cube_level(Binder *binder, ScopeColumn *column, int32_t position, Expr **expr) {
  CubeFact *fact = &column->cube->fact;
  TRY(cube_fact_level(fact, column->level, NULL, expr, binder->error));
  (*expr)->position = position;
  column->type = (*expr)->type;
  if ((*expr)->kind == EXPR_COLUMN) {
    column->id = (*expr)->column;
    column->key_id = level_key_id(fact, column->level);
  }
  return STATUS_OK;
}

void cubes_finish(Binder *binder, Logical **tree) {
  for (CubeScope *cube = binder->select->cubes; cube; cube = cube->next) {
    *tree = logical_replace(binder->context, *tree, cube->leaf, cube->fact.tree);
    cube->leaf = cube->fact.tree; // what is joined later is joined to this
  }
}

// ---------------------------------------------------------------- joins

static const CubeScope *scope_cube(const Scope *scope) {
  for (uint32_t i = 0; i < scope->count; i++)
    if (scope->columns[i].cube) return scope->columns[i].cube;
  return NULL;
}

// The condition may name levels whose links are joined at the end only: judge it over them.
static bool is_single(Binder *binder, const CubeScope *cube, Logical *side, Logical *other,
                      const Expr *condition) {
  side = logical_replace(binder->context, side, cube->leaf, cube->fact.tree);
  return logical_join_is_single(binder->context, side, other, condition);
}

Status check_cube_join(Binder *binder, const Scope *left, const Scope *right, Logical *trees[2],
                       JoinKind kind, const Expr *condition, int32_t position) {
  const CubeScope *cubes[2] = {scope_cube(left), scope_cube(right)};
  for (int side = 0; side < 2; side++) {
    const CubeScope *cube = cubes[side];
    if (!cube) continue;
    JoinKind outer = side ? JOIN_RIGHT : JOIN_LEFT;
    bool keeps = kind == JOIN_INNER || kind == JOIN_CROSS || kind == outer;
    if (!keeps)
      return invalid_at(
          binder, position,
          "this join makes rows that are no row of cube \"%s\": use JOIN or LEFT JOIN "
          "from the cube",
          cube->fact.cube->name);
    if (!is_single(binder, cube, trees[side], trees[1 - side], condition))
      return invalid_at(binder, position,
                        "this join may repeat rows of cube \"%s\", so that its measures would be "
                        "counted twice: join ON the unique key of a table, or a subquery grouped "
                        "by what it is joined on",
                        cube->fact.cube->name);
  }
  return STATUS_OK;
}

// ---------------------------------------------------------------- measures

typedef struct MeasureName {
  const char *cube; // or NULL
  const char *name;
  int32_t position;
} MeasureName;

static Status measure_name(Binder *binder, const PgQuery__FuncCall *node, MeasureName *out) {
  const PgQuery__ColumnRef *ref =
      node->n_args == 1 && node->args[0]->node_case == PG_QUERY__NODE__NODE_COLUMN_REF
          ? node->args[0]->column_ref
          : NULL;
  const char *name = ref ? list_last_string(ref->fields, ref->n_fields) : NULL;
  if (!name || ref->n_fields > 2)
    return invalid_at(binder, node->location,
                      "measure takes the name of a measure: measure(revenue)");
  *out = (MeasureName){.name = name, .position = ref->location};
  if (ref->n_fields == 2) out->cube = node_string(ref->fields[0]);
  return STATUS_OK;
}

static Status measure_unknown(Binder *binder, const MeasureName *name) {
  uint32_t count = 0, capacity = 0;
  for (const CubeScope *cube = binder->select->cubes; cube; cube = cube->next)
    capacity += cube->fact.cube->measure_count;
  const char **names = ARENA_ARRAY(binder->arena, const char *, capacity);
  for (const CubeScope *cube = binder->select->cubes; cube; cube = cube->next)
    for (uint32_t i = 0; i < cube->fact.cube->measure_count; i++)
      names[count++] = strchr(cube->fact.cube->measures[i].name, '.') + 1;
  return name_unknown(binder, name->position, "measure", name->name, names, count);
}

// The one cube of the FROM that has the measure.
static Status find_measure(Binder *binder, const MeasureName *name, CubeScope **found,
                           const CatalogMeasure **measure) {
  *found = NULL;
  for (CubeScope *cube = binder->select->cubes; cube; cube = cube->next) {
    const CatalogCube *catalog = cube->fact.cube;
    if (name->cube && strcmp(name->cube, cube->alias) != 0) continue;
    const CatalogMeasure *match =
        cube_find_measure(catalog, arena_printf(binder->arena, "%s.%s", catalog->name, name->name));
    if (!match) continue;
    if (*found)
      return invalid_at(binder, name->position, "measure \"%s\" is ambiguous", name->name);
    *found = cube;
    *measure = match;
  }
  return *found ? STATUS_OK : measure_unknown(binder, name);
}

static Status check_window(Binder *binder, const CatalogMeasure *measure, int32_t position) {
  if (measure->window_days <= 0) return STATUS_OK;
  bool balance = measure->window_days == MEASURE_WINDOW_ALL;
  return error_set_at(binder->error, STATUS_UNSUPPORTED, position,
                      "measure \"%s\" looks back %s from a period's end, which WHERE does not say: "
                      "ask it by a cube query",
                      measure->name, balance ? "over all days" : "a number of days");
}

static Status measure_expr(Binder *binder, CubeScope *cube, const CatalogMeasure *measure,
                           Expr *filter, int32_t position, uint32_t depth, Expr **expr) {
  if (measure->kind == MEASURE_RATIO) {
    const char *names[] = {measure->numerator, measure->denominator};
    Expr *operands[2];
    for (int i = 0; i < 2; i++) {
      const CatalogMeasure *operand = cube_find_measure(cube->fact.cube, names[i]);
      if (!operand || depth == RATIO_DEPTH_MAX)
        return invalid_at(binder, position,
                          "measure \"%s\": \"%s\" is no measure of its cube, or refers to itself",
                          measure->name, names[i]);
      TRY(measure_expr(binder, cube, operand, filter, position, depth + 1, &operands[i]));
    }
    *expr = cube_ratio(binder->arena, operands[0], operands[1]);
    return STATUS_OK;
  }
  TRY(check_window(binder, measure, position));
  AggregateCall call;
  Status status = cube_fact_call(&cube->fact, measure, &call, binder->error);
  if (status != STATUS_OK) {
    if (binder->error) binder->error->position = position;
    return status;
  }
  call.filter = expr_and(binder->arena, call.filter, filter);
  *expr = add_aggregate_call(binder, &call, position);
  return STATUS_OK;
}

Status bind_measure(Binder *binder, const PgQuery__FuncCall *node, Expr **expr) {
  TRY(check_aggregate_allowed(binder, node->location, "measure"));
  if (node->over) return unsupported(binder, node->location, "measure as a window function");
  if (!binder->select->cubes)
    return invalid_at(binder, node->location, "measure needs a cube in FROM: FROM cube.name");
  if (node->agg_distinct || node->n_agg_order || node->agg_star)
    return invalid_at(binder, node->location, "measure takes a name and FILTER, nothing else");
  MeasureName name = {0};
  CubeScope *cube;
  const CatalogMeasure *measure = NULL;
  Expr *filter = NULL;
  TRY(measure_name(binder, node, &name));
  TRY(find_measure(binder, &name, &cube, &measure));
  binder->select->in_aggregate = true;
  if (node->agg_filter) TRY(bind_condition(binder, node->agg_filter, "FILTER", &filter));
  binder->select->in_aggregate = false;
  return measure_expr(binder, cube, measure, filter, node->location, 0, expr);
}
