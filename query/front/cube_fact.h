// One cube's fact with the links that a query follows from it: names to expressions.
#pragma once
#include "cube_period.h"

typedef struct CubePath { // a chain of links, followed by one left join each
  const char **links;
  uint32_t link_count;
  const CatalogTable *table;
  const Logical *scan;
} CubePath;

typedef struct CubeFact {
  const Catalog *catalog;
  LogicalContext *context;
  const CatalogCube *cube;
  Logical *tree;   // the fact, left-joined along every path asked for so far
  CubePath *paths; // paths[0]: the fact itself
  uint32_t path_count, path_capacity;
} CubeFact;

// Starts with the fact's scan alone.
Status cube_fact_open(CubeFact *fact, const Catalog *catalog, LogicalContext *context,
                      const CatalogCube *cube, Error *error) WARN_UNUSED;
const CatalogLevel *cube_find_level(const CatalogCube *cube, const char *name); // NULL: none
const CatalogMeasure *cube_find_measure(const CatalogCube *cube, const char *name);
// Whether the level is made from the column that periods restrict.
bool cube_level_is_time(const CatalogCube *cube, const CatalogLevel *level);
// The column at the end of a chain of links, joining what is not joined yet; NULL: no such column.
Expr *cube_fact_column(CubeFact *fact, const char *const *links, uint32_t link_count,
                       const char *column);
// The level's value. shift (NULL: none) lays a time level's dates beside another period's.
Status cube_fact_level(CubeFact *fact, const CatalogLevel *level, const CubeShift *shift,
                       Expr **expr, Error *error) WARN_UNUSED;
// The column that tells the level's members apart: the key behind a label, else its own.
const char *cube_level_key(const CatalogLevel *level);
// The key of the row's member of the level.
Status cube_fact_member(CubeFact *fact, const CatalogLevel *level, Expr **expr,
                        Error *error) WARN_UNUSED;
// Restricts the cube's time column to from..to, both included.
Status cube_fact_restrict(CubeFact *fact, int32_t from, int32_t to, Error *error) WARN_UNUSED;
// Restricts by the request's filter; a level that the cube lacks is an error with its path.
Status cube_fact_filter(CubeFact *fact, const CubeFilter *filter, const CubeShift *shift,
                        Error *error) WARN_UNUSED;
// What the filter says of a row, not restricting yet.
Status cube_fact_condition(CubeFact *fact, const CubeFilter *filter, Expr **condition,
                           Error *error) WARN_UNUSED;
// a / b as a ratio measure divides: NULL when b is zero, exact unless one is a double.
Expr *cube_ratio(Arena *arena, Expr *a, Expr *b);
Expr *cube_decimal(Arena *arena, Expr *expr); // an integer as a decimal, anything else as it is
// The measure (MEASURE_AGGREGATE) as an aggregate over tree.
Status cube_fact_call(CubeFact *fact, const CatalogMeasure *measure, AggregateCall *call,
                      Error *error) WARN_UNUSED;
