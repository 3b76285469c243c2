// Schemas are deep copies: one allocation a name, freed together.
#include "schema.h"
#include "memory.h"

static const char *copy_or_null(const char *text) {
  return text ? mem_strdup(text) : NULL;
}

static const char **texts_copy(const char *const *texts, uint32_t count) {
  const char **copy = count ? mem_alloc(count * sizeof *copy) : NULL;
  for (uint32_t i = 0; i < count; i++) copy[i] = mem_strdup(texts[i]);
  return copy;
}

static void texts_free(const char **texts, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) mem_free((char *)texts[i]);
  mem_free(texts);
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
  copy->sources = texts_copy(schema->sources, schema->source_count);
  copy->measures = texts_copy(schema->measures, schema->measure_count);
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
  texts_free(schema->sources, schema->source_count);
  texts_free(schema->measures, schema->measure_count);
  mem_free(schema->columns);
  mem_free((char *)schema->name);
  mem_free(schema);
}

int32_t schema_find(const TableSchema *schema, const char *column) {
  for (uint32_t c = 0; c < schema->column_count; c++)
    if (!strcmp(schema->columns[c].name, column)) return (int32_t)c;
  return -1;
}
