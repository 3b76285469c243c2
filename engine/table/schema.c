// Schemas are deep copies: one allocation a name, freed together.
#include "schema.h"
#include "memory.h"

static const char *copy_or_null(const char *text) {
  return text ? mem_strdup(text) : NULL;
}

TableSchema *schema_copy(const TableSchema *schema) {
  TableSchema *copy = mem_alloc(sizeof *copy);
  *copy = *schema;
  copy->name = mem_strdup(schema->name);
  copy->columns = mem_alloc(schema->column_count * sizeof *copy->columns);
  for (uint32_t c = 0; c < schema->column_count; c++) {
    ColumnSchema *column = &copy->columns[c];
    *column = schema->columns[c];
    column->name = mem_strdup(column->name);
    column->link = copy_or_null(column->link);
    column->as_of = copy_or_null(column->as_of);
    column->through_link = copy_or_null(column->through_link);
    column->through_column = copy_or_null(column->through_column);
  }
  copy->sources =
      schema->source_count ? mem_alloc(schema->source_count * sizeof *copy->sources) : NULL;
  for (uint32_t s = 0; s < schema->source_count; s++)
    copy->sources[s] = mem_strdup(schema->sources[s]);
  return copy;
}

void schema_destroy(TableSchema *schema) {
  if (!schema) return;
  for (uint32_t c = 0; c < schema->column_count; c++) {
    mem_free((char *)schema->columns[c].name);
    mem_free((char *)schema->columns[c].link);
    mem_free((char *)schema->columns[c].as_of);
    mem_free((char *)schema->columns[c].through_link);
    mem_free((char *)schema->columns[c].through_column);
  }
  for (uint32_t s = 0; s < schema->source_count; s++) mem_free((char *)schema->sources[s]);
  mem_free(schema->sources);
  mem_free(schema->columns);
  mem_free((char *)schema->name);
  mem_free(schema);
}

int32_t schema_find(const TableSchema *schema, const char *column) {
  for (uint32_t c = 0; c < schema->column_count; c++)
    if (!strcmp(schema->columns[c].name, column)) return (int32_t)c;
  return -1;
}
