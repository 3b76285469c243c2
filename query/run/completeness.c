// See completeness.h. Two SQL questions (who has rows when; who was open when) and a grid of bits,
// a row a member and a column a day.
#include "completeness.h"
#include "buffer.h"
#include "executor.h"
#include "sql_parse.h"

#define MISSING_MAX 1000 // more than that is no list to read

typedef struct ValueRows { // a small result, row by row
  Arena *arena;
  Value *values;
  uint32_t column_count;
  uint64_t row_count, capacity;
} ValueRows;

static Status rows_begin(void *context, const ResultColumn *columns, uint32_t count, Error *error) {
  (void)columns, (void)error;
  ((ValueRows *)context)->column_count = count;
  return STATUS_OK;
}

static Status rows_add(void *context, const Batch *batch, Error *error) {
  (void)error;
  ValueRows *rows = context;
  uint64_t needed = rows->row_count + batch->row_count;
  if (needed > rows->capacity) {
    uint64_t capacity = needed * 2;
    Value *values = ARENA_ARRAY(rows->arena, Value, capacity * rows->column_count);
    if (rows->row_count)
      memcpy(values, rows->values, rows->row_count * rows->column_count * sizeof *values);
    rows->values = values;
    rows->capacity = capacity;
  }
  for (uint32_t i = 0; i < batch->row_count; i++)
    for (uint32_t c = 0; c < rows->column_count; c++) {
      Value value = vector_value(&batch->columns[c], i);
      if (!value.is_null && value.type.kind == TYPE_STRING)
        value.s.data = arena_strndup(rows->arena, value.s.data, value.s.size);
      rows->values[(rows->row_count + i) * rows->column_count + c] = value;
    }
  rows->row_count += batch->row_count;
  return STATUS_OK;
}

typedef struct Question {
  const Root *root;
  const Catalog *catalog;
  ThreadPool *pool;
  Job *job;
  Arena *arena;
} Question;

static Status ask(const Question *question, const char *sql, ValueRows *rows, Error *error) {
  LogicalContext context = {.arena = question->arena, .next_id = 1};
  Statement statement;
  *rows = (ValueRows){.arena = question->arena};
  ResultSink sink = {rows, rows_begin, rows_add};
  TRY(sql_statement(sql, question->catalog, &context, NULL, &statement, error));
  return executor_run(statement.tree, question->root, &context, question->pool, question->job, NULL,
                      &sink, NULL, error);
}

// The columns of the cube's table that hold the member and the day; false where the way to them is
// longer than one step.
static bool cube_columns(const Model *model, const ModelCube *cube, const char *dimension,
                         const char **member, const char **day) {
  *member = *day = NULL;
  for (uint32_t d = 0; d < cube->dimension_count; d++) {
    const ModelCubeDimension *path = &cube->dimensions[d];
    if (path->path_count != 1) continue;
    if (!strcmp(path->dimension, dimension)) *member = path->path[0];
    if (model_find_dimension(model, path->dimension)->is_time) *day = path->path[0];
  }
  return *member && *day;
}

// Level whose value is the member's key, for filters.
static const char *key_level(const ModelDimension *dimension, const ModelTable *table,
                             const char **label) {
  *label = NULL;
  for (uint32_t l = 0; l < dimension->level_count; l++)
    if (dimension->levels[l].column && !strcmp(dimension->levels[l].column, table->key)) {
      *label = dimension->levels[l].label;
      return dimension->levels[l].name;
    }
  return NULL;
}

typedef struct Grid { // who has rows on which of the last days
  uint64_t *bits;
  int32_t first, days;
} Grid;

static const Value *row_at(const ValueRows *rows, uint64_t row) {
  return &rows->values[row * rows->column_count];
}

static bool same_key(const Value *a, const Value *b) {
  return !a->is_null && !b->is_null &&
         (a->type.kind == TYPE_STRING ? str_equal(a->s, b->s) : a->i == b->i);
}

static void grid_fill(Grid *grid, const ValueRows *members, const ValueRows *facts) {
  for (uint64_t f = 0; f < facts->row_count; f++)
    for (uint64_t m = 0; m < members->row_count; m++)
      if (same_key(row_at(facts, f), row_at(members, m))) {
        bits_set(grid->bits,
                 m * (uint64_t)grid->days + (uint64_t)(row_at(facts, f)[1].i - grid->first));
        break;
      }
}

static bool open_on(const Value *member, int32_t date) {
  const Value *opened = &member[2], *closed = &member[3];
  return (opened->is_null || opened->i <= date) && (closed->is_null || closed->i > date);
}

static char *value_text(Arena *arena, const Value *value) {
  Buffer text;
  buffer_init(&text);
  value_format(value, &text);
  char *copy = arena_strndup(arena, text.size ? text.data : "", text.size);
  buffer_clear(&text);
  return copy;
}

static void member_missing(const Grid *grid, const Value *member, uint64_t m, const char *level,
                           Arena *arena, MissingDay *missing, uint32_t *count) {
  int32_t open = 0, present = 0;
  for (int32_t d = 0; d < grid->days; d++) {
    open += open_on(member, grid->first + d);
    present += bits_get(grid->bits, m * (uint64_t)grid->days + (uint64_t)d);
  }
  if (present * 2 < grid->days || present >= open) return;
  for (int32_t d = 0; d < grid->days && *count < MISSING_MAX; d++) {
    bool has = bits_get(grid->bits, m * (uint64_t)grid->days + (uint64_t)d);
    if (has || !open_on(member, grid->first + d)) continue;
    missing[(*count)++] = (MissingDay){level, value_text(arena, &member[0]),
                                       value_text(arena, &member[1]), grid->first + d};
  }
}

Status completeness_find(const Root *root, const Model *model, const Catalog *catalog,
                         ThreadPool *pool, Job *job, Arena *arena, MissingDay **missing,
                         uint32_t *count, Error *error) {
  *count = 0;
  const ModelCompleteness *asked = model ? model->completeness : NULL;
  const ModelCube *cube = asked ? model_find_cube(model, asked->cube) : NULL;
  const ModelDimension *dimension = asked ? model_find_dimension(model, asked->dimension) : NULL;
  const char *member, *day, *label;
  if (!cube || !root_find(root, cube->table) || !root_find(root, dimension->table) ||
      !cube_columns(model, cube, asked->dimension, &member, &day))
    return STATUS_OK;
  const ModelTable *table = model_find_table(model, dimension->table);
  const char *level = key_level(dimension, table, &label);
  if (!level) return STATUS_OK;
  Question question = {root, catalog, pool, job, arena};
  ValueRows last, members, facts;
  TRY(ask(&question, arena_printf(arena, "SELECT max(\"%s\") FROM \"%s\"", day, cube->table), &last,
          error));
  if (!last.row_count || row_at(&last, 0)->is_null) return STATUS_OK;
  if (row_at(&last, 0)->type.kind != TYPE_DATE) return STATUS_OK;
  Grid grid = {.days = asked->days, .first = (int32_t)row_at(&last, 0)->i - asked->days + 1};
  char first[DATE_TEXT_BYTES];
  date_format(grid.first, first);
  TRY(ask(&question,
          arena_printf(arena,
                       "SELECT \"%s\", \"%s\" FROM \"%s\" WHERE \"%s\" >= DATE '%s' AND \"%s\" IS "
                       "NOT NULL GROUP BY 1, 2",
                       member, day, cube->table, day, first, member),
          &facts, error));
  TRY(ask(&question,
          arena_printf(arena, "SELECT \"%s\", \"%s\", %s%s%s, %s%s%s FROM \"%s\"", table->key,
                       label ? label : table->key, asked->opened ? "\"" : "",
                       asked->opened ? asked->opened : "CAST(NULL AS date)",
                       asked->opened ? "\"" : "", asked->closed ? "\"" : "",
                       asked->closed ? asked->closed : "CAST(NULL AS date)",
                       asked->closed ? "\"" : "", table->name),
          &members, error));
  grid.bits = ARENA_ARRAY(arena, uint64_t, bits_words(members.row_count * (uint64_t)grid.days) + 1);
  grid_fill(&grid, &members, &facts);
  *missing = ARENA_ARRAY(arena, MissingDay, MISSING_MAX);
  const char *name = arena_printf(arena, "%s.%s", dimension->name, level);
  for (uint64_t m = 0; m < members.row_count; m++)
    member_missing(&grid, row_at(&members, m), m, name, arena, *missing, count);
  return STATUS_OK;
}
