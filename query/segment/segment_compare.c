// See segment_compare.h.
#include "segment_compare.h"
#include "cube_fact.h"
#include "cube_query.h"
#include "cube_request.h"
#include "date.h"
#include "query_columns.h"

#define SIDE_SEGMENT "side"

typedef struct Side { // what a cube query finds as the segment "side"
  CatalogSegments segments;
  SegmentMembers members;
  KeySet set;
} Side;

static Status side_find(const CatalogSegments *segments, const char *id, const int32_t *day,
                        CatalogSegment *segment, Error *error) {
  (void)id, (void)day, (void)error;
  Side *side = segments->context;
  const TableSchema *schema = side->members.table->schema;
  const ColumnSchema *key = &schema->columns[schema->key];
  *segment =
      (CatalogSegment){&side->set, schema->name, key->name, key->type, side->members.key->name};
  return STATUS_OK;
}

static Status side_open(const SegmentWorld *world, const SegmentSide *given, Side *side,
                        Error *error) {
  *side = (Side){.segments = {side, side_find}};
  TRY(segment_members_find(world->root, world->catalog, &side->members, error));
  const Table *table = side->members.table;
  side->set = (KeySet){.table = table, .count = rowset_count(given->members), .name = "segment"};
  MemoryBudget *budget = world->job ? &world->job->memory : NULL;
  TRY(row_bits_init(&side->set.bits, table->row_count, budget, error));
  rowset_add_to_bits(given->members, &side->set.bits);
  return STATUS_OK;
}

// ---------------------------------------------------------------- one cube

static const char *question_make(Arena *arena, const CatalogCube *cube, int32_t day, int32_t days) {
  Buffer text;
  char from[DATE_TEXT_BYTES], to[DATE_TEXT_BYTES];
  date_format(day - days + 1, from);
  date_format(day, to);
  buffer_init(&text);
  buffer_append_text(&text, "{\"measures\":[");
  for (uint32_t m = 0; m < cube->measure_count; m++)
    buffer_printf(&text, "%s\"%s\"", m ? "," : "", cube->measures[m].name);
  buffer_append_text(&text, "],\"filters\":[{\"segment\":\"" SIDE_SEGMENT "\"}]");
  if (cube->time_level)
    buffer_printf(&text, ",\"period\":{\"from\":\"%s\",\"to\":\"%s\"}", from, to);
  buffer_append_char(&text, '}');
  const char *copy = arena_strndup(arena, text.data, text.size);
  buffer_clear(&text);
  return copy;
}

static bool is_share(void *context, const char *measure) {
  (void)context, (void)measure;
  return false; // changes are not asked for
}

static Value value_copy(const Column *column, Arena *arena) {
  if (!column->row_count) return (Value){.type = column->type, .is_null = true};
  Value value = column_value(column, 0);
  if (!value.is_null && value.type.kind == TYPE_STRING)
    value.s.data = arena_strndup(arena, value.s.data, value.s.size);
  return value;
}

// The cube's measures of one side, into values[measure].
static Status cube_measure(const SegmentWorld *world, Side *side, const CatalogCube *cube,
                           const char *question, int32_t first_day, int32_t last_day, Arena *arena,
                           Value *values, Error *error) {
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  Catalog catalog = *world->catalog;
  CubeQuery query;
  uint64_t rows;
  Column **columns = ARENA_ARRAY(context.arena, Column *, cube->measure_count);
  const char **links = ARENA_ARRAY(context.arena, const char *, cube->measure_count);
  catalog.segments = &side->segments;
  Status status = cube_query_read(question, strlen(question), &catalog, first_day, last_day,
                                  is_share, NULL, &context, &query, error);
  if (status == STATUS_OK)
    status = query_columns(&context, query.tree, world->root, world->pool, world->job, false, NULL,
                           columns, links, &rows, error);
  for (uint32_t m = 0; status == STATUS_OK && m < cube->measure_count; m++) {
    values[m] = value_copy(columns[m], arena);
    column_destroy(columns[m]);
  }
  arena_destroy(context.arena);
  return status;
}

static Status cube_compare(const SegmentWorld *world, const SegmentSide given[2], Side sides[2],
                           const CatalogCube *cube, int32_t days, int32_t first_day,
                           int32_t last_day, Arena *arena, SegmentMeasured *measures,
                           Error *error) {
  Value *values = ARENA_ARRAY(arena, Value, cube->measure_count);
  for (uint32_t m = 0; m < cube->measure_count; m++) {
    const CatalogMeasure *measure = &cube->measures[m];
    bool sums = measure->kind == MEASURE_AGGREGATE &&
                (measure->aggregate == AGGREGATE_SUM || measure->aggregate == AGGREGATE_COUNT ||
                 measure->aggregate == AGGREGATE_COUNT_ROWS);
    measures[m] = (SegmentMeasured){.name = measure->name, .adds_up = sums};
  }
  for (int s = 0; s < 2; s++) {
    const char *question = question_make(arena, cube, given[s].day, days);
    TRY(cube_measure(world, &sides[s], cube, question, first_day, last_day, arena, values, error));
    for (uint32_t m = 0; m < cube->measure_count; m++) measures[m].values[s] = values[m];
  }
  return STATUS_OK;
}

static bool cube_fits(const CatalogCube *cube, const SegmentMembers *members) {
  return cube != members->cube && cube->measure_count && cube->measure_count <= CUBE_MEASURES_MAX &&
         cube_find_level(cube, members->key->name);
}

static Status cubes_compare(const SegmentWorld *world, const SegmentSide given[2], Side sides[2],
                            int32_t days, int32_t first_day, int32_t last_day, Arena *arena,
                            SegmentMeasured **measures, uint32_t *count, Error *error) {
  const char *const *names;
  uint32_t cube_count = world->catalog->cube_names(world->catalog, &names), most = 0;
  for (uint32_t c = 0; c < cube_count; c++)
    most += world->catalog->find_cube(world->catalog, names[c])->measure_count;
  *measures = ARENA_ARRAY(arena, SegmentMeasured, most);
  *count = 0;
  for (uint32_t c = 0; c < cube_count; c++) {
    const CatalogCube *cube = world->catalog->find_cube(world->catalog, names[c]);
    if (!cube_fits(cube, &sides[0].members)) continue;
    TRY(cube_compare(world, given, sides, cube, days, first_day, last_day, arena,
                     *measures + *count, error));
    *count += cube->measure_count;
  }
  return STATUS_OK;
}

Status segment_compare(const SegmentWorld *world, const SegmentSide given[2], int32_t days,
                       int32_t first_day, int32_t last_day, Arena *arena,
                       SegmentMeasured **measures, uint32_t *count, Error *error) {
  Side sides[2] = {0};
  Status status = side_open(world, &given[0], &sides[0], error);
  if (status == STATUS_OK) status = side_open(world, &given[1], &sides[1], error);
  if (status == STATUS_OK)
    status = cubes_compare(world, given, sides, days, first_day, last_day, arena, measures, count,
                           error);
  row_bits_clear(&sides[0].set.bits);
  row_bits_clear(&sides[1].set.bits);
  return status;
}
