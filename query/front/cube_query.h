// The JSON cube query ({measures, dimensions, filters, period, compare, ...}) to the logical tree.
#pragma once
#include "catalog.h"

typedef enum CubeColumnKind { CUBE_LEVEL, CUBE_MEASURE, CUBE_COMPARE, CUBE_CHANGE } CubeColumnKind;

typedef struct CubeColumn {
  CubeColumnKind kind;
  const char *name; // level or measure
  Type type;
} CubeColumn;

typedef struct CubePeriod {
  bool set;
  int32_t from, to; // dates, both included
} CubePeriod;

typedef struct CubeQuery {
  Logical *tree;   // one output column for each of `columns`
  Logical *totals; // one row: measures, compares and changes (levels left out); NULL: not asked
  CubeColumn *columns;
  uint32_t column_count;
  CubePeriod period, compare;
  const char *period_note;  // that the period lies outside the days with data, or NULL
  const char *compare_note; // what was done about unfinished periods, or NULL
  bool explain;
  bool audience; // the answer says how to ask who is behind its cells
} CubeQuery;

// json: the request's text. first, last: the data's days (an unfinished period is compared over
// equal elapsed days; one that begins after `last` has no figures), first > last: there are none.
// ratio_is_share says whether a measure is shown in percent, so that its change is in percentage
// points. Errors carry the key path ("measures[1]").
Status cube_query_read(const char *json, size_t size, const Catalog *catalog, int32_t first,
                       int32_t last, bool (*is_share)(void *context, const char *measure),
                       void *share_context, LogicalContext *context, CubeQuery *query,
                       Error *error) WARN_UNUSED;
