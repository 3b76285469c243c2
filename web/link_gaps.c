// See link_gaps.h. The rows are counted by a query, which follows the link.
#include "link_gaps.h"
#include "buffer.h"
#include "sql_answer.h"
#include <stdio.h>

static Status count_begin(void *context, const ResultColumn *columns, uint32_t count,
                          Error *error) {
  (void)context, (void)columns, (void)count, (void)error;
  return STATUS_OK;
}

static Status count_take(void *context, const Batch *batch, Error *error) {
  (void)error;
  if (batch->row_count) *(int64_t *)context = vector_value(&batch->columns[0], 0).i;
  return STATUS_OK;
}

static void name_append(Buffer *out, const char *qualifier, const char *name) {
  buffer_printf(out, "%s\"", qualifier);
  for (; *name; name++) buffer_printf(out, *name == '"' ? "\"\"" : "%c", *name);
  buffer_append_char(out, '"');
}

static int64_t gap_count(Database *database, const DatabaseView *view, const Table *table,
                         const char *column, const Table *target, Job *job) {
  const char *key = target->schema->columns[target->schema->key].name;
  Buffer sql;
  buffer_init(&sql);
  name_append(&sql, "SELECT count(f.", column);
  name_append(&sql, ") - count(t.", key);
  name_append(&sql, ") FROM ", table->schema->name);
  name_append(&sql, " f LEFT JOIN ", target->schema->name);
  name_append(&sql, " t ON f.", column);
  name_append(&sql, " = t.", key);
  int64_t count = 0;
  ResultSink sink = {&count, count_begin, count_take};
  QueryStats stats = {0};
  Error ignored = ERROR_INIT;
  if (sql_answer(database, view, NULL, sql.data, NULL, NULL, job, &sink, &stats, &ignored) !=
      STATUS_OK)
    count = 0;
  buffer_clear(&sql);
  return count;
}

static void table_find(Database *database, const DatabaseView *view, const Table *table, Job *job,
                       void (*take)(void *context, const LinkGap *gap), void *context) {
  const TableSchema *schema = table->schema;
  for (uint32_t c = 0; c < schema->column_count; c++) {
    const ColumnSchema *column = &schema->columns[c];
    if (!column->link || column->through_link || column->as_of || column->hidden) continue;
    const Table *target = root_find(view->root, column->link);
    if (!target || !target->inferred || target->schema->key < 0) continue;
    LinkGap gap = {.table = schema->name, .column = column->name, .target = column->link};
    gap.member_count = bits_count(target->inferred, target->row_count);
    if (!gap.member_count) continue;
    int64_t count = gap_count(database, view, table, column->name, target, job);
    gap.row_count = count > 0 ? (uint64_t)count : 0;
    if (gap.row_count) take(context, &gap);
  }
}

void link_gaps_find(Database *database, const DatabaseView *view, const Table *table, Job *job,
                    void (*take)(void *context, const LinkGap *gap), void *context) {
  for (uint32_t t = 0; t < view->root->table_count; t++) {
    const Table *each = view->root->tables[t];
    if (!table_is_cuboid(each) && (!table || table == each))
      table_find(database, view, each, job, take, context);
  }
}

void link_gap_format(const LinkGap *gap, char *out, size_t size) {
  snprintf(
      out, size,
      "%s.%s: %llu row%s name%s %s of %s that %s no row there (of %llu inferred): an inner join "
      "in SQL leaves %s out, LEFT JOIN and cubes keep %s",
      gap->table, gap->column, (unsigned long long)gap->row_count, gap->row_count == 1 ? "" : "s",
      gap->row_count == 1 ? "s" : "", gap->row_count == 1 ? "a key" : "keys", gap->target,
      gap->row_count == 1 ? "has" : "have", (unsigned long long)gap->member_count,
      gap->row_count == 1 ? "it" : "them", gap->row_count == 1 ? "it" : "them");
}
