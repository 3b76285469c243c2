// What a table looks like: names, types, key, links.
#pragma once
#include "type.h"

typedef struct ColumnSchema {
  const char *name;
  Type type;         // a link column's own type is int (row numbers)
  const char *link;  // table whose row numbers this column holds, or NULL
  const char *as_of; // as-of link: the time column that chose the history row, or NULL
  bool hidden;       // not shown by SELECT * (as-of links, internals)
  // A column that is materialised: the copy, made at load, of a column of the row that a link of
  // this table leads to. The link's name and the target's column; NULL: not a copy. Reported apart.
  const char *through_link, *through_column;
} ColumnSchema;

typedef struct TableSchema {
  const char *name;
  ColumnSchema *columns;
  uint32_t column_count;
  int32_t key;      // index of the unique key column; -1: none
  bool has_members; // link target: row 0 stands for an absent key; rows may be inferred
  int32_t cluster;  // index of the column that rows are sorted by; -1: none
  // Of a cuboid, a table of partial states: the tables whose rows its rows come from, the fact
  // first. Its columns are named by what they hold, in terms of the fact: those that it is split
  // by, then the states. None: no cuboid.
  const char **sources;
  uint32_t source_count, split_count;
  // Of a cuboid that was asked for by its name, whatever the model declares: it stays over loads.
  // The measures of its cube that it keeps; none: all.
  bool by_name;
  const char **measures;
  uint32_t measure_count;
} TableSchema;

// A deep copy that the caller frees with schema_destroy.
TableSchema *schema_copy(const TableSchema *schema);
void schema_destroy(TableSchema *schema);
int32_t schema_find(const TableSchema *schema, const char *column); // -1: none
