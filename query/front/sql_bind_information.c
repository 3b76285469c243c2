// information_schema.tables and .columns, as the SQL standard has them: what clients ask to draw a
// tree of tables. They are rows of constants, written from the catalog as the statement is bound,
// so that they are filtered, joined and ordered like any other rows. Hidden columns are not told.
// Cubes are in the schema "cube", whose columns SHOW CUBES and DESCRIBE tell.
#include "sql_bind.h"

const char *type_name_standard(Arena *arena, Type type) {
  char own[TYPE_NAME_BYTES];
  bool array = type_is_array(type);
  if (array) type = type_element(type);
  const char *name = type.kind == TYPE_DECIMAL       ? "numeric"
                     : type.kind == TYPE_TIMESTAMP   ? "timestamp without time zone"
                     : type.kind == TYPE_TIMESTAMPTZ ? "timestamp with time zone"
                     : type.kind == TYPE_NULL        ? "unknown"
                                                     : type_format(type, own);
  return arena_printf(arena, "%s%s", name, array ? "[]" : "");
}

enum { TABLES_WIDTH = 4, COLUMNS_WIDTH = 9 };

static Expr *text_or_null(Binder *binder, const char *text) {
  if (text) return expr_string(binder->arena, str_from(text));
  return expr_null(binder->arena, TYPE_OF_STRING);
}

static Expr *number_or_null(Binder *binder, int64_t number) {
  if (number < 0) return expr_null(binder->arena, TYPE_OF_INT32);
  return expr_constant(binder->arena, (Value){.type = TYPE_OF_INT32, .i = number}, -1);
}

// The first three columns of both: where a table is.
static void place_write(Binder *binder, const char *name, const char *schema, Expr **row) {
  row[0] = text_or_null(binder, DATABASE_NAME);
  row[1] = text_or_null(binder, schema);
  row[2] = text_or_null(binder, name);
}

static Logical *tables_make(Binder *binder) {
  static const char *const names[] = {"table_catalog", "table_schema", "table_name", "table_type"};
  const Type types[] = {TYPE_OF_STRING, TYPE_OF_STRING, TYPE_OF_STRING, TYPE_OF_STRING};
  const Catalog *catalog = binder->catalog;
  const char *const *tables, *const *cubes;
  uint32_t table_count = catalog->table_names(catalog, &tables);
  uint32_t cube_count = catalog->cube_names ? catalog->cube_names(catalog, &cubes) : 0;
  Expr **rows =
      ARENA_ARRAY(binder->arena, Expr *, (size_t)TABLES_WIDTH * (table_count + cube_count));
  for (uint32_t i = 0; i < table_count + cube_count; i++) {
    Expr **row = rows + (size_t)TABLES_WIDTH * i;
    bool cube = i >= table_count;
    place_write(binder, cube ? cubes[i - table_count] : tables[i], cube ? "cube" : SCHEMA_NAME,
                row);
    row[3] = text_or_null(binder, cube ? "VIEW" : "BASE TABLE");
  }
  return logical_values(binder->context, rows, table_count + cube_count, names, types,
                        TABLES_WIDTH);
}

// Bits of whole numbers and doubles, digits of decimals; -1: not of a number.
static int64_t precision_of(Type type) {
  if (type_is_array(type)) return -1;
  if (type.kind == TYPE_INT) return type.bits;
  if (type.kind == TYPE_DOUBLE) return type.bits == 32 ? 24 : 53;
  return type.kind == TYPE_DECIMAL ? type.precision : -1;
}

static void column_write(Binder *binder, const CatalogTable *table, const CatalogColumn *column,
                         uint32_t position, Expr **row) {
  Type type = column->type;
  bool whole = type.kind == TYPE_INT && !type_is_array(type);
  place_write(binder, table->name, SCHEMA_NAME, row);
  row[3] = text_or_null(binder, column->name);
  row[4] = number_or_null(binder, position);
  row[5] = text_or_null(binder, column->never_null ? "NO" : "YES");
  row[6] =
      text_or_null(binder, type_is_array(type) ? "ARRAY" : type_name_standard(binder->arena, type));
  row[7] = number_or_null(binder, precision_of(type));
  bool decimal = type.kind == TYPE_DECIMAL && !type_is_array(type);
  row[8] = number_or_null(binder, decimal ? type.scale : whole ? 0 : -1);
}

static Logical *columns_make(Binder *binder) {
  static const char *const names[] = {"table_catalog", "table_schema",      "table_name",
                                      "column_name",   "ordinal_position",  "is_nullable",
                                      "data_type",     "numeric_precision", "numeric_scale"};
  const Type text = TYPE_OF_STRING, number = TYPE_OF_INT32;
  const Type types[] = {text, text, text, text, number, text, text, number, number};
  const Catalog *catalog = binder->catalog;
  const char *const *tables;
  uint32_t table_count = catalog->table_names(catalog, &tables), count = 0;
  for (uint32_t t = 0; t < table_count; t++)
    count += catalog->find_table(catalog, tables[t])->column_count;
  Expr **rows = ARENA_ARRAY(binder->arena, Expr *, (size_t)COLUMNS_WIDTH * count);
  count = 0;
  for (uint32_t t = 0; t < table_count; t++) {
    const CatalogTable *table = catalog->find_table(catalog, tables[t]);
    uint32_t position = 0;
    for (uint32_t c = 0; c < table->column_count; c++)
      if (!table->columns[c].hidden)
        column_write(binder, table, &table->columns[c], ++position,
                     rows + (size_t)COLUMNS_WIDTH * count++);
  }
  return logical_values(binder->context, rows, count, names, types, COLUMNS_WIDTH);
}

Status bind_information(Binder *binder, const PgQuery__RangeVar *range, Scope *scope,
                        Logical **tree) {
  static const char *const known[] = {"tables", "columns"};
  const char *name = range->relname;
  if (strcmp(name, "tables") == 0)
    *tree = tables_make(binder);
  else if (strcmp(name, "columns") == 0)
    *tree = columns_make(binder);
  else
    return name_unknown(binder, range->location, "table", name, known, 2);
  return scope_add_alias(binder, scope, *tree, range->alias ? range->alias->aliasname : name,
                         range->alias ? range->alias->colnames : NULL,
                         range->alias ? range->alias->n_colnames : 0, range->location);
}
