// See catalog_words.h.
#include "catalog_words.h"

// The column that holds the level's values: the fact's, or the one its links lead to.
static const Column *level_column(const DatabaseView *view, const CatalogCube *cube,
                                  const CatalogLevel *level, bool *is_key) {
  const Table *table = root_find(view->root, cube->table);
  for (uint32_t i = 0; table && i < level->link_count; i++) {
    int32_t link = schema_find(table->schema, level->links[i]);
    const char *target = link < 0 ? NULL : table->schema->columns[link].link;
    table = target ? root_find(view->root, target) : NULL;
  }
  int32_t index = table ? schema_find(table->schema, level->column) : -1;
  if (index < 0) return NULL;
  *is_key = table->schema->key == index;
  return table->columns[index];
}

int64_t catalog_level_values(const DatabaseView *view, const CatalogCube *cube,
                             const CatalogLevel *level) {
  bool is_key = false;
  const Column *column = level_column(view, cube, level, &is_key);
  if (!column || column->min > column->max) return -1;
  if (level->trunc || level->extract) return -1;
  if (column->dictionary) return column->dictionary->count;
  if (column->type.kind == TYPE_STRING) return is_key ? (int64_t)column->row_count : -1;
  if (column_physical(column) != PHYSICAL_INT) return -1;
  int64_t range = column->max - column->min + 1;
  if (range <= 0) return -1;
  return range < (int64_t)column->row_count ? range : (int64_t)column->row_count;
}

const char *catalog_measure_parts(const CatalogMeasure *measure) {
  if (measure->kind == MEASURE_RATIO) return NULL;
  switch (measure->aggregate) {
  case AGGREGATE_SUM:
  case AGGREGATE_COUNT:
  case AGGREGATE_COUNT_ROWS:
    return "add";
  case AGGREGATE_COUNT_DISTINCT:
    return "overlap";
  default:
    return NULL;
  }
}
