// What front ends may ask about names: tables, cubes, levels, measures.
//
// Front ends depend on this interface alone; `run/catalog_store` implements it over a root and a
// model. All strings live as long as the catalog.
#pragma once
#include "logical.h"

typedef struct CatalogColumn {
  const char *name;
  Type type; // a link column has the type of its table's key
  bool hidden;
  bool never_null;        // no row that is shown has a NULL
  const char *link_table; // or NULL
  const char *link_key;   // the linked table's key column
} CatalogColumn;

typedef struct CatalogTable {
  const char *name;
  CatalogColumn *columns;
  uint32_t column_count;
  const char *key; // unique key column, or NULL
} CatalogTable;

// A level of a cube as a path and an expression: the fact's column, or a column of the member that
// a chain of links leads to, maybe through a function of time.
typedef struct CatalogLevel {
  const char *name;         // "store.region", "date.month"
  const char *dimension;    // "store"
  const char *const *links; // [link_count] link columns to follow from the fact: {"store"}
  uint32_t link_count;
  const char *column;  // of the table reached (of the fact when link_count is 0)
  const char *key;     // where `column` is a label, which may repeat: the column that tells the
                       // values apart (rows are grouped by both); else NULL
  const char *trunc;   // date_trunc field ("month"), or NULL
  const char *extract; // extract field ("isodow"), or NULL
  Type type;           // of the level's value
} CatalogLevel;

typedef enum MeasureKind {
  MEASURE_AGGREGATE, // aggregate(expression), where filter
  MEASURE_RATIO,     // numerator / denominator, both measures of the same cube; zero: NULL
} MeasureKind;

#define MEASURE_WINDOW_ALL 10000000 // more days than there are

typedef struct CatalogMeasure {
  const char *name; // "sales.revenue"
  MeasureKind kind;
  AggregateId aggregate;
  const char *expression; // SQL over the fact's columns (and link.column paths); NULL: rows
  const char *filter;     // SQL condition, or NULL
  const char *numerator, *denominator; // full names
  int32_t window_days; // > 0: over the (D-n, D] days to the period's end instead of the period;
                       // MEASURE_WINDOW_ALL: over all days up to it (a balance)
} CatalogMeasure;

typedef struct CatalogCube {
  const char *name;
  const char *table;
  const char *time_level; // "date.day": what `period` restricts; or NULL
  const CatalogLevel *levels;
  uint32_t level_count;
  const CatalogMeasure *measures;
  uint32_t measure_count;
} CatalogCube;

typedef struct CatalogView {
  const char *name;
  const char *text; // the CREATE VIEW statement that made it
} CatalogView;

typedef struct CatalogSegment { // the members of a segment on a day
  const struct KeySet *set;     // kept by whoever answers, until the statement's plan has ended
  const char *table, *key;      // the members' table and its key column
  Type key_type;
  const char *level; // of cubes: the members' key, "customer.id"
} CatalogSegment;

// Who knows segments. Evaluating one is a query of its own, so that each statement has one of these
// (query/segment makes them), with the statement's limits.
typedef struct CatalogSegments CatalogSegments;
struct CatalogSegments {
  void *context;
  // id: a saved segment's, or a rule itself, a JSON object ("{\"all\": []}": everybody).
  // *day: what it is evaluated for; NULL: the last day of the data. STATUS_NOT_FOUND, with the
  // nearest id, where there is no such segment; else why it cannot be evaluated.
  Status (*find)(const CatalogSegments *segments, const char *id, const int32_t *day,
                 CatalogSegment *segment, Error *error);
};

typedef struct Catalog Catalog;
struct Catalog {
  void *context;
  const CatalogSegments *segments; // NULL: none can be asked for
  const CatalogTable *(*find_table)(const Catalog *catalog, const char *name); // NULL: none
  const CatalogCube *(*find_cube)(const Catalog *catalog, const char *name);
  // Views are a session's; the function is NULL where there is no session. NULL: none.
  const CatalogView *(*find_view)(const Catalog *catalog, const char *name);
  // All names, for suggestions and SHOW TABLES.
  uint32_t (*table_names)(const Catalog *catalog, const char *const **names);
  uint32_t (*cube_names)(const Catalog *catalog, const char *const **names);
};

// The segment, asked of the catalog; STATUS_UNSUPPORTED, saying where one can be, if it knows none.
Status catalog_segment(const Catalog *catalog, const char *id, const int32_t *day,
                       CatalogSegment *segment, Error *error) WARN_UNUSED;
