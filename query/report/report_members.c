// See report_members.h. Who exists is asked of the dimension's table alone, never of its facts.
#include "report_members.h"
#include "cube_fact.h"
#include "executor.h"
#include <stdlib.h>

#define UNKNOWN_TOLD 5

static const CatalogTable *level_table(const Catalog *catalog, const CatalogCube *cube,
                                       const CatalogLevel *level) {
  const CatalogTable *table = catalog->find_table(catalog, cube->table);
  if (!level->link_count || level->trunc || level->extract) return NULL;
  for (uint32_t l = 0; table && l < level->link_count; l++) {
    const char *next = NULL;
    for (uint32_t c = 0; c < table->column_count; c++)
      if (!strcmp(table->columns[c].name, level->links[l])) next = table->columns[c].link_table;
    table = next ? catalog->find_table(catalog, next) : NULL;
  }
  return table;
}

const CatalogLevel *report_level_find(const Catalog *catalog, const char *name,
                                      const CatalogTable **table) {
  const char *const *cubes;
  uint32_t count = catalog->cube_names(catalog, &cubes);
  *table = NULL;
  for (uint32_t c = 0; c < count; c++) {
    const CatalogCube *cube = catalog->find_cube(catalog, cubes[c]);
    const CatalogLevel *level = cube ? cube_find_level(cube, name) : NULL;
    if (!level) continue;
    *table = level_table(catalog, cube, level);
    return level;
  }
  return NULL;
}

// ---- Who exists --------------------------------------------------------------------------------

typedef struct Names {
  Arena *arena;
  Str *list; // [count of those wanted]: no more are found
  uint32_t count;
} Names;

static Status names_begin(void *context, const ResultColumn *columns, uint32_t count,
                          Error *error) {
  (void)context, (void)columns, (void)count, (void)error;
  return STATUS_OK;
}

static Status names_add(void *context, const Batch *batch, Error *error) {
  (void)error;
  Names *names = context;
  for (uint32_t i = 0; i < batch->row_count; i++) {
    Str name = vector_value(&batch->columns[0], i).s;
    name.data = arena_strndup(names->arena, name.data, name.size);
    names->list[names->count++] = name;
  }
  return STATUS_OK;
}

static int name_order(const void *a, const void *b) {
  return str_compare(*(const Str *)a, *(const Str *)b);
}

static const char *quoted(const char *name, Arena *arena) {
  char *text = arena_alloc(arena, 2 * strlen(name) + 3), *end = text;
  *end++ = '"';
  for (const char *c = name; *c; c++) {
    if (*c == '"') *end++ = '"';
    *end++ = *c;
  }
  *end++ = '"';
  *end = 0;
  return text;
}

static Status names_find(const CatalogTable *table, const CatalogLevel *level,
                         const SqlParameter *wanted, const Catalog *catalog, const Root *root,
                         ThreadPool *pool, Job *job, Names *names, Error *error) {
  LogicalContext context = {.arena = names->arena, .next_id = 1};
  SqlOptions options = {.parameters = wanted, .parameter_count = 1, .undated = true};
  const char *column = quoted(level->column, names->arena);
  const char *sql = arena_printf(names->arena, "SELECT DISTINCT %s::text FROM %s WHERE %s IN ($1)",
                                 column, quoted(table->name, names->arena), column);
  Statement statement;
  TRY(sql_statement(sql, catalog, &context, &options, &statement, error));
  ResultSink sink = {names, names_begin, names_add};
  return executor_run(statement.tree, root, &context, pool, job, NULL, &sink, NULL, error);
}

static Status unknown_tell(const CatalogLevel *level, const SqlParameter *wanted,
                           const Names *known, Error *error) {
  const char *told = "";
  uint32_t unknown = 0;
  for (uint32_t i = 0; i < wanted->item_count; i++) {
    const Str *item = &wanted->items[i];
    if (known->count && bsearch(item, known->list, known->count, sizeof *item, name_order))
      continue;
    if (unknown++ < UNKNOWN_TOLD)
      told = arena_printf(known->arena, "%s%s\"%.*s\"", told, *told ? ", " : "",
                          (int)(item->size < 100 ? item->size : 100), item->data);
  }
  if (!unknown) return STATUS_OK;
  const char *more = unknown > UNKNOWN_TOLD
                         ? arena_printf(known->arena, " and %u more", unknown - UNKNOWN_TOLD)
                         : "";
  return error_set(error, STATUS_INVALID, "%s has no member %s%s", level->name, told, more);
}

static Status list_check(const ReportParameter *parameter, const SqlParameter *wanted,
                         const Catalog *catalog, const Root *root, ThreadPool *pool, Job *job,
                         Arena *arena, Error *error) {
  const CatalogTable *table;
  const CatalogLevel *level = report_level_find(catalog, parameter->level, &table);
  SqlParameter named = *wanted; // whether there is a row without a member is no matter
  named.truth = false;
  Names known = {.arena = arena, .list = ARENA_ARRAY(arena, Str, wanted->item_count)};
  Status status = names_find(table, level, &named, catalog, root, pool, job, &known, error);
  if (status == STATUS_OK) {
    if (known.count) qsort(known.list, known.count, sizeof *known.list, name_order);
    status = unknown_tell(level, wanted, &known, error);
  }
  return status == STATUS_INVALID ? error_prefix_path(error, "parameters.%s", parameter->name)
                                  : status;
}

Status report_members_check(const Report *report, const SqlParameter *values,
                            const Catalog *catalog, const Root *root, ThreadPool *pool, Job *job,
                            Error *error) {
  Status status = STATUS_OK;
  for (uint32_t i = 0; i < report->parameter_count && status == STATUS_OK; i++) {
    if (!values[i].item_count) continue;
    Arena *arena = arena_create();
    status = list_check(&report->parameters[i], &values[i], catalog, root, pool, job, arena, error);
    arena_destroy(arena);
  }
  return status;
}
