// See segment.h. A leaf becomes a tree of the logical kind through the cube's front end, so that it
// is planned and run like any question; its members come back as row numbers. Groups are algebra of
// sets. Leaves are cached by their text, the day and the version of the data.
#include "cell_members.h"
#include "cube_fact.h"
#include "key_reader.h"
#include "query_columns.h"
#include "segment_attribute.h"
#include "segment_evaluation.h"

#define MEMBERS_DIMENSION "customer"
#define REFERENCE_DEPTH_MAX 8

static Status rule_fault(const Evaluation *evaluation, const SegmentRule *rule, Status status) {
  return rule->path[0] ? error_prefix_path(evaluation->error, "%s", rule->path) : status;
}

// ---------------------------------------------------------------- members

uint64_t segment_data_version(const Root *root) {
  uint64_t version = 0;
  for (uint32_t t = 0; t < root->table_count; t++) {
    const Table *table = root->tables[t];
    if (!table_is_cuboid(table) && table->version > version) version = table->version;
  }
  return version;
}

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
      if (!table->schema->has_members)
        return error_set(error, STATUS_UNSUPPORTED,
                         "table %s was loaded without a row for nobody, so that its rows cannot be "
                         "told as members: load it into a new store",
                         table->schema->name);
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
Status segment_member_key(const Evaluation *evaluation, CubeFact *fact, Expr **key) {
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
Status segment_members_run(const Evaluation *evaluation, LogicalContext *context, Logical *tree,
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

Status segment_tree_set(const Evaluation *evaluation, LogicalContext *context, Logical *tree,
                        Rowset **set) {
  Column *column;
  uint32_t *rows;
  uint64_t count;
  TRY(segment_members_run(evaluation, context, tree, &column, &rows, &count));
  *set = rows_set(evaluation, rows, count);
  mem_free(rows);
  column_destroy(column);
  return STATUS_OK;
}

// ---------------------------------------------------------------- attributes

static Status fact_members(const Evaluation *evaluation, LogicalContext *context, CubeFact *fact,
                           Rowset **set) {
  Expr *key;
  TRY(segment_member_key(evaluation, fact, &key));
  Logical *tree = logical_project(context, fact->tree, &key, (const char *[]){"member"}, 1);
  return segment_tree_set(evaluation, context, tree, set);
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

// ---------------------------------------------------------------- the base

Status segment_base(const SegmentWorld *world, int32_t day, Arena *arena, Rowset **set,
                    Error *error) {
  Error local = ERROR_INIT;
  Evaluation evaluation = {
      .world = world, .day = day, .arena = arena, .error = error ? error : &local};
  TRY(segment_members_find(world->root, world->catalog, &evaluation.members, evaluation.error));
  const CatalogCube *cube = evaluation.members.cube;
  const char *key = arena_printf(arena, "%llu|%d|base",
                                 (unsigned long long)segment_data_version(world->root), day);
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

// Rows after the day are left out, so that it is answered as it would have been then.
static Status cell_set(const Evaluation *evaluation, LogicalContext *context,
                       const SegmentRule *rule, Rowset **set) {
  const SegmentWorld *world = evaluation->world;
  bool is_past = evaluation->day < world->last_day;
  CellDays days = {world->first_day, is_past ? evaluation->day : world->last_day, is_past,
                   evaluation->day};
  Logical *tree;
  json_t *cell = json_loads(rule->cell, 0, NULL);
  Status status = cell_tree(cell, world->catalog, &evaluation->members, &days, context, &tree,
                            evaluation->error);
  json_decref(cell);
  if (status != STATUS_OK) return error_prefix_path(evaluation->error, "cell");
  if (tree) return segment_tree_set(evaluation, context, tree, set);
  *set = rowset_of_rows(NULL, 0, evaluation->members.table->row_count);
  return STATUS_OK;
}

static Status members_of_leaf(const Evaluation *evaluation, LogicalContext *context,
                              const SegmentRule *rule, Rowset **set) {
  switch (rule->kind) {
  case SEGMENT_LEVEL:
    return filter_members(evaluation, context, &rule->filter, set);
  case SEGMENT_CELL:
    return cell_set(evaluation, context, rule, set);
  default:
    return segment_measure_members(evaluation, context, rule, set);
  }
}

static Status leaf_set(Evaluation *evaluation, const SegmentRule *rule, Rowset **set) {
  const SegmentWorld *world = evaluation->world;
  const char *key = arena_printf(evaluation->arena, "%llu|%d|%s",
                                 (unsigned long long)segment_data_version(world->root),
                                 evaluation->day, rule->text);
  if (world->cache && (*set = segment_cache_find(world->cache, key))) return STATUS_OK;
  if (rule->kind == SEGMENT_ATTRIBUTE) return attribute_set(evaluation, rule, key, set);
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  Rowset *found = NULL;
  Status status = members_of_leaf(evaluation, &context, rule, &found);
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
