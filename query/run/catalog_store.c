// See catalog_store.h. All is computed once, into the catalog's arena; look-ups are linear over a
// few dozen names.
#include "catalog_store.h"
#include "buffer.h"

typedef struct CatalogStore {
  Catalog catalog; // first: the front ends' view
  Arena *arena;
  const Root *root;
  const Model *model;
  CatalogTable *tables;
  const char **table_names;
  uint32_t table_count;
  CatalogCube *cubes;
  const char **cube_names;
  uint32_t cube_count;
} CatalogStore;

// ---------------------------------------------------------------- look-ups

static const CatalogTable *find_table(const Catalog *catalog, const char *name) {
  const CatalogStore *store = catalog->context;
  for (uint32_t t = 0; t < store->table_count; t++)
    if (!strcmp(store->tables[t].name, name)) return &store->tables[t];
  return NULL;
}

static const CatalogCube *find_cube(const Catalog *catalog, const char *name) {
  const CatalogStore *store = catalog->context;
  for (uint32_t c = 0; c < store->cube_count; c++)
    if (!strcmp(store->cubes[c].name, name)) return &store->cubes[c];
  return NULL;
}

static uint32_t table_names(const Catalog *catalog, const char *const **names) {
  const CatalogStore *store = catalog->context;
  *names = store->table_names;
  return store->table_count;
}

static uint32_t cube_names(const Catalog *catalog, const char *const **names) {
  const CatalogStore *store = catalog->context;
  *names = store->cube_names;
  return store->cube_count;
}

// ---------------------------------------------------------------- tables

// Row 0 of a table with members is NULL in every column, and not shown.
static bool column_never_null(const Table *table, uint32_t index) {
  const Column *column = table->columns[index];
  const TableSchema *schema = table->schema;
  if (schema->columns[index].link) return !column->null_count && column->min >= 1;
  bool row_0 = schema->has_members && table->row_count && column_value(column, 0).is_null;
  return column->null_count == row_0;
}

static CatalogColumn column_make(const Root *root, const Table *table, uint32_t index) {
  const ColumnSchema *schema = &table->schema->columns[index];
  CatalogColumn column = {.name = schema->name, .type = schema->type, .hidden = schema->hidden};
  column.never_null = column_never_null(table, index);
  const Table *target = schema->link ? root_find(root, schema->link) : NULL;
  if (!target || target->schema->key < 0) return column;
  const ColumnSchema *key = &target->schema->columns[target->schema->key];
  column.type = key->type;
  column.link_table = target->schema->name;
  column.link_key = key->name;
  return column;
}

static void tables_make(CatalogStore *store) {
  const Root *root = store->root;
  store->tables = ARENA_ARRAY(store->arena, CatalogTable, root->table_count);
  store->table_names = ARENA_ARRAY(store->arena, const char *, root->table_count);
  for (uint32_t t = 0; t < root->table_count; t++) {
    if (table_is_cuboid(root->tables[t])) continue; // nobody names it: queries find their way there
    const TableSchema *schema = root->tables[t]->schema;
    CatalogTable *table = &store->tables[store->table_count];
    store->table_names[store->table_count++] = table->name = schema->name;
    table->key = schema->key >= 0 ? schema->columns[schema->key].name : NULL;
    table->column_count = schema->column_count;
    table->columns = ARENA_ARRAY(store->arena, CatalogColumn, schema->column_count);
    for (uint32_t c = 0; c < schema->column_count; c++)
      table->columns[c] = column_make(root, root->tables[t], c);
  }
}

// ---------------------------------------------------------------- cubes

static const CatalogColumn *table_column(const CatalogTable *table, const char *name) {
  for (uint32_t c = 0; table && c < table->column_count; c++)
    if (!strcmp(table->columns[c].name, name)) return &table->columns[c];
  return NULL;
}

static const char *time_trunc(ModelLevelTime time) {
  switch (time) {
  case MODEL_TIME_DAY:
    return "day";
  case MODEL_TIME_WEEK:
    return "week";
  case MODEL_TIME_MONTH:
    return "month";
  case MODEL_TIME_QUARTER:
    return "quarter";
  case MODEL_TIME_YEAR:
    return "year";
  default:
    return NULL;
  }
}

static const char *time_extract(ModelLevelTime time) {
  return time == MODEL_TIME_WEEKDAY ? "isodow" : time == MODEL_TIME_HOUR ? "hour" : NULL;
}

// The links to follow from the fact (the cube's path, then the level's own) and the column at the
// end; false when a table on the way is absent.
static bool level_reach(CatalogStore *store, const ModelCube *cube, const ModelCubeDimension *path,
                        const ModelDimension *dimension, const ModelLevel *from,
                        CatalogLevel *level) {
  uint32_t path_links = dimension->table ? path->path_count : path->path_count - 1;
  const char **links = ARENA_ARRAY(store->arena, const char *, path_links + from->link_count + 1);
  const CatalogTable *table = find_table(&store->catalog, cube->table);
  for (uint32_t i = 0; i < path_links + from->link_count; i++) {
    links[i] = i < path_links ? path->path[i] : from->links[i - path_links];
    const CatalogColumn *link = table_column(table, links[i]);
    if (!link || !link->link_table) return false;
    table = find_table(&store->catalog, link->link_table);
  }
  level->links = links;
  level->link_count = path_links + from->link_count;
  level->column =
      from->column && dimension->table ? from->column : path->path[path->path_count - 1];
  const CatalogColumn *column = table_column(table, level->column);
  if (!column) return false;
  level->type = column->type;
  const CatalogColumn *label = from->label ? table_column(table, from->label) : NULL;
  if (label) {
    level->key = level->column;
    level->column = label->name;
    level->type = label->type;
  }
  return true;
}

static void level_add_time(const ModelLevel *from, CatalogLevel *level) {
  level->trunc = time_trunc(from->time);
  level->extract = time_extract(from->time);
  bool stamp = level->type.kind == TYPE_TIMESTAMP || level->type.kind == TYPE_TIMESTAMPTZ;
  if (level->trunc && stamp) level->type = TYPE_OF_DATE;
  if (level->extract) level->type = TYPE_OF_INT;
  // A day of a date is the date itself; a column that holds the hour is the hour.
  if (from->time == MODEL_TIME_DAY && !stamp) level->trunc = NULL;
}

static void cube_levels(CatalogStore *store, const ModelCube *cube, CatalogCube *out) {
  uint32_t capacity = 0;
  for (uint32_t d = 0; d < cube->dimension_count; d++)
    capacity += model_find_dimension(store->model, cube->dimensions[d].dimension)->level_count;
  CatalogLevel *levels = ARENA_ARRAY(store->arena, CatalogLevel, capacity);
  for (uint32_t d = 0; d < cube->dimension_count; d++) {
    const ModelCubeDimension *path = &cube->dimensions[d];
    const ModelDimension *dimension = model_find_dimension(store->model, path->dimension);
    for (uint32_t l = 0; l < dimension->level_count; l++) {
      CatalogLevel level = {
          .dimension = dimension->name,
          .name = arena_printf(store->arena, "%s.%s", dimension->name, dimension->levels[l].name)};
      if (!level_reach(store, cube, path, dimension, &dimension->levels[l], &level)) continue;
      if (dimension->levels[l].time != MODEL_TIME_NONE)
        level_add_time(&dimension->levels[l], &level);
      levels[out->level_count++] = level;
    }
  }
  out->levels = levels;
}

static AggregateId aggregate_of(ModelAggregate aggregate, bool expression) {
  switch (aggregate) {
  case MODEL_COUNT:
    return expression ? AGGREGATE_COUNT : AGGREGATE_COUNT_ROWS;
  case MODEL_MIN:
    return AGGREGATE_MIN;
  case MODEL_MAX:
    return AGGREGATE_MAX;
  case MODEL_AVG:
    return AGGREGATE_AVG;
  case MODEL_DISTINCT:
    return AGGREGATE_COUNT_DISTINCT;
  default:
    return AGGREGATE_SUM;
  }
}

// A balance is the sum of all deltas to the period's end: a window without a beginning.
static CatalogMeasure measure_make(CatalogStore *store, const ModelCube *cube,
                                   const ModelMeasure *from) {
  CatalogMeasure measure = {
      .name = arena_printf(store->arena, "%s.%s", cube->name, from->name),
      .kind = from->aggregate == MODEL_RATIO ? MEASURE_RATIO : MEASURE_AGGREGATE,
      .aggregate = aggregate_of(from->aggregate, from->expression != NULL),
      .expression = from->expression,
      .filter = from->filter,
      .window_days = from->aggregate == MODEL_BALANCE ? MEASURE_WINDOW_ALL : from->window_days};
  if (measure.kind == MEASURE_RATIO) {
    measure.numerator = arena_printf(store->arena, "%s.%s", cube->name, from->numerator);
    measure.denominator = arena_printf(store->arena, "%s.%s", cube->name, from->denominator);
  }
  return measure;
}

static void cubes_make(CatalogStore *store) {
  const Model *model = store->model;
  if (!model) return;
  store->cubes = ARENA_ARRAY(store->arena, CatalogCube, model->cube_count);
  store->cube_names = ARENA_ARRAY(store->arena, const char *, model->cube_count);
  for (uint32_t c = 0; c < model->cube_count; c++) {
    const ModelCube *from = &model->cubes[c];
    if (!find_table(&store->catalog, from->table)) continue;
    CatalogCube *cube = &store->cubes[store->cube_count];
    store->cube_names[store->cube_count++] = cube->name = from->name;
    cube->table = from->table;
    cube->time_level = from->time;
    cube_levels(store, from, cube);
    CatalogMeasure *measures = ARENA_ARRAY(store->arena, CatalogMeasure, from->measure_count);
    for (uint32_t m = 0; m < from->measure_count; m++)
      measures[m] = measure_make(store, from, &from->measures[m]);
    cube->measures = measures;
    cube->measure_count = from->measure_count;
  }
}

Status catalog_create(const Root *root, const Model *model, Catalog **catalog, Error *error) {
  (void)error;
  Arena *arena = arena_create();
  CatalogStore *store = ARENA_NEW(arena, CatalogStore);
  store->catalog = (Catalog){.context = store,
                             .find_table = find_table,
                             .find_cube = find_cube,
                             .table_names = table_names,
                             .cube_names = cube_names};
  store->arena = arena;
  store->root = root;
  store->model = model;
  tables_make(store);
  cubes_make(store);
  *catalog = &store->catalog;
  return STATUS_OK;
}

void catalog_destroy(Catalog *catalog) {
  if (catalog) arena_destroy(((CatalogStore *)catalog->context)->arena);
}
