// Measuring a store: block headers for bytes and encodings, statistics and queries for values.
#include "table_stats.h"
#include "buffer.h"
#include "link_gaps.h"
#include "sql_answer.h"
#include <stdio.h>

#define QUERY_VALUES_MAX 4 // count(distinct), NULLs, min, max
#define ENCODINGS_SHOWN 3
#define ENCODING_KINDS ((ENCODING_TEXT + 1) * 65)

// The one row of an aggregation, as text.
typedef struct QueryRow {
  Arena *arena;
  int64_t distinct, nulls; // -1: unknown
  char *values[QUERY_VALUES_MAX];
} QueryRow;

static Status row_begin(void *context, const ResultColumn *columns, uint32_t count, Error *error) {
  (void)context, (void)columns, (void)count, (void)error;
  return STATUS_OK;
}

static char *value_text(Arena *arena, const Value *value) {
  if (value->is_null) return NULL;
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "");
  value_format(value, &text);
  char *copy = arena_strndup(arena, text.data, text.size);
  buffer_clear(&text);
  return copy;
}

static Status row_take(void *context, const Batch *batch, Error *error) {
  QueryRow *row = context;
  (void)error;
  if (!batch->row_count) return STATUS_OK;
  row->distinct = vector_value(&batch->columns[0], 0).i;
  row->nulls = vector_value(&batch->columns[1], 0).i;
  for (uint32_t c = 2; c < batch->column_count && c < QUERY_VALUES_MAX; c++) {
    Value value = vector_value(&batch->columns[c], 0);
    row->values[c] = value_text(row->arena, &value);
  }
  return STATUS_OK;
}

static char *name_quoted(Arena *arena, const char *name) {
  char *quoted = arena_alloc(arena, 2 * strlen(name) + 3), *at = quoted;
  *at++ = '"';
  for (; *name; name++) {
    if (*name == '"') *at++ = '"';
    *at++ = *name;
  }
  *at = '"';
  return quoted;
}

// STATUS_OK with both -1 when the query failed for a reason that is not the job's end.
static Status column_query(Database *database, const DatabaseView *view, Job *job, Arena *arena,
                           const char *table, const char *column, bool with_range, QueryRow *row,
                           Error *error) {
  const char *name = name_quoted(arena, column);
  const char *range = with_range ? arena_printf(arena, ", min(%s), max(%s)", name, name) : "";
  char *sql = arena_printf(arena, "SELECT count(DISTINCT %s), count(*) - count(%s)%s FROM %s", name,
                           name, range, name_quoted(arena, table));
  *row = (QueryRow){.arena = arena, .distinct = -1, .nulls = -1};
  ResultSink sink = {row, row_begin, row_take};
  QueryStats stats = {0};
  Error failure = ERROR_INIT;
  Status status = sql_answer(database, view, NULL, sql, NULL, NULL, job, &sink, &stats, &failure);
  if (status == STATUS_CANCELLED || status == STATUS_TIMEOUT) {
    if (error) *error = failure;
    return status;
  }
  return STATUS_OK;
}

static void encodings_describe(const Column *column, char out[STATS_ENCODINGS_BYTES]) {
  uint32_t counts[ENCODING_KINDS] = {0};
  for (uint32_t b = 0; b < column->block_count; b++)
    counts[column->blocks[b]->encoding * 65u + column->blocks[b]->bits]++;
  size_t size = 0;
  out[0] = 0;
  for (uint32_t shown = 0; shown < ENCODINGS_SHOWN; shown++) {
    uint32_t best = 0;
    for (uint32_t k = 1; k < ENCODING_KINDS; k++)
      if (counts[k] > counts[best]) best = k;
    if (!counts[best]) break;
    Encoding encoding = (Encoding)(best / 65);
    size += (size_t)snprintf(out + size, STATS_ENCODINGS_BYTES - size, "%s%s", shown ? ", " : "",
                             encoding_name(encoding));
    if (encoding == ENCODING_PACKED || encoding == ENCODING_DELTA)
      size += (size_t)snprintf(out + size, STATS_ENCODINGS_BYTES - size, " %u", best % 65);
    if (counts[best] < column->block_count)
      size += (size_t)snprintf(out + size, STATS_ENCODINGS_BYTES - size, " (%.0f %%)",
                               100.0 * counts[best] / column->block_count);
    counts[best] = 0;
  }
}

// Whether the column's own statistics are its minimum and maximum as a reader sees them.
static bool range_is_known(const Column *column, const ColumnSchema *schema) {
  return column->type.kind != TYPE_STRING && !schema->link &&
         column_physical(column) == PHYSICAL_INT;
}

static void range_from_statistics(const Column *column, Arena *arena, ColumnStats *stats) {
  if (column->min > column->max) return;
  Value low = {.type = column->type, .i = column->min};
  Value high = {.type = column->type, .i = column->max};
  stats->minimum = value_text(arena, &low);
  stats->maximum = value_text(arena, &high);
}

static uint64_t blocks_bytes(const Column *column) {
  uint64_t bytes = 0;
  for (uint32_t b = 0; b < column->block_count; b++) bytes += block_bytes(column->blocks[b]);
  return bytes;
}

static Status column_measure(Database *database, const DatabaseView *view, Job *job, Arena *arena,
                             const Table *table, uint32_t index, ColumnStats *stats, Error *error) {
  const Column *column = table->columns[index];
  const ColumnSchema *schema = &table->schema->columns[index];
  *stats = (ColumnStats){.name = schema->name,
                         .type = schema->type,
                         .link = schema->link,
                         .materialised = schema->through_column != NULL,
                         .hidden = schema->hidden,
                         .coded = column->dictionary != NULL,
                         .null_count = column->null_count,
                         .distinct_count = -1,
                         .data_bytes = blocks_bytes(column)};
  encodings_describe(column, stats->encodings);
  if (column->dictionary) stats->dictionary_bytes = column->dictionary->bytes;
  bool ranged = range_is_known(column, schema);
  if (ranged) range_from_statistics(column, arena, stats);
  if (table->schema->key == (int32_t)index) {
    stats->distinct_count = (int64_t)table->shown_count;
    stats->null_count = 0; // but of the hidden row that stands for an absent key
  }
  if (ranged && stats->distinct_count >= 0) return STATUS_OK;
  QueryRow row;
  TRY(column_query(database, view, job, arena, table->schema->name, schema->name, !ranged, &row,
                   error));
  if (!ranged) {
    stats->minimum = row.values[2];
    stats->maximum = row.values[3];
  }
  if (row.nulls >= 0) stats->null_count = (uint64_t)row.nulls; // of shown rows alone
  if (stats->distinct_count < 0) stats->distinct_count = row.distinct;
  if (stats->distinct_count < 0 && column->dictionary)
    stats->distinct_count = column->dictionary->count;
  return STATUS_OK;
}

static uint64_t projections_bytes(const Table *table) {
  uint64_t bytes = 0;
  for (uint32_t p = 0; p < table->projection_count; p++)
    bytes += table_bytes(table->projections[p]);
  return bytes;
}

typedef struct Gaps {
  Arena *arena;
  TableStats *stats;
} Gaps;

static void gap_take(void *context, const LinkGap *gap) {
  Gaps *gaps = context;
  char text[512];
  link_gap_format(gap, text, sizeof text);
  gaps->stats->gaps[gaps->stats->gap_count++] = arena_strdup(gaps->arena, text);
}

// How many rows are hidden for which reason, and which facts lead to such.
static void hidden_measure(Database *database, const DatabaseView *view, Job *job, Arena *arena,
                           const Table *table, TableStats *stats) {
  stats->absent_count = table->schema->has_members && table->row_count > 0;
  stats->inferred_count = table->inferred ? bits_count(table->inferred, table->row_count) : 0;
  stats->gaps = ARENA_ARRAY(arena, char *, table->schema->column_count);
  link_gaps_find(database, view, table, job, gap_take, &(Gaps){arena, stats});
}

static Status table_measure(Database *database, const DatabaseView *view, Job *job, Arena *arena,
                            const Table *table, TableStats *stats, Error *error) {
  uint32_t count = table->schema->column_count;
  *stats = (TableStats){.name = table->schema->name,
                        .row_count = table->shown_count,
                        .hidden_count = table->row_count - table->shown_count,
                        .columns = ARENA_ARRAY(arena, ColumnStats, count),
                        .column_count = count,
                        .projection_bytes = projections_bytes(table)};
  hidden_measure(database, view, job, arena, table, stats);
  if (table->schema->has_members && table->schema->key >= 0)
    stats->key_index_bytes = key_index_bytes(table_key_index(table));
  for (uint32_t c = 0; c < count; c++) {
    TRY(column_measure(database, view, job, arena, table, c, &stats->columns[c], error));
    uint64_t bytes = stats->columns[c].data_bytes + stats->columns[c].dictionary_bytes;
    if (stats->columns[c].materialised)
      stats->materialised_bytes += stats->columns[c].data_bytes; // the dictionary is shared
    else
      stats->column_bytes += bytes;
    job_report(
        job, &(JobProgress){.phase = "measure", .done = c + 1, .total = count, .unit = "columns"});
  }
  return STATUS_OK;
}

Status store_stats_measure(Database *database, const DatabaseView *view, Job *job, Arena *arena,
                           StoreStats *stats, Error *error) {
  const Root *root = view->root;
  *stats = (StoreStats){.tables = ARENA_ARRAY(arena, TableStats, root->table_count)};
  for (uint32_t t = 0; t < root->table_count; t++)
    if (!table_is_cuboid(root->tables[t]))
      TRY(table_measure(database, view, job, arena, root->tables[t],
                        &stats->tables[stats->table_count++], error));
  return STATUS_OK;
}
