// What the data mean: one YAML file -> sources, tables, keys, links, dimensions, cubes, measures.
//
// A Model is plain data, checked whole (all semantic errors at once, each with file, line, column
// and what was expected), immutable after model_read, all memory in its own arena. Expressions stay
// text here: the query side binds them.
#pragma once
#include "arena.h"
#include "date.h"
#include "type.h"

typedef struct ModelText { // a title or a description
  const char *en, *ru;     // ru falls back to en, en to the name
} ModelText;

typedef struct ModelPlace { // where in the file, 1-based
  uint32_t line, column;
} ModelPlace;

typedef enum ModelCompression { MODEL_COMPRESSION_AUTO } ModelCompression;

// How a table's files are written. Settings of the model's `source` are defaults for every table.
typedef struct ModelSource {
  enum { MODEL_FORMAT_CSV, MODEL_FORMAT_JSONL } format;
  char delimiter;       // 0: inferred from the header line
  char decimal_point;   // '.' or ','
  DateOrder date_order; // of dates and time stamps
  bool date_order_set;  // else inferred: ISO, or dotted DMY
  char thousands;       // between digits: ',', '.', '\'' or ' '; 0: nothing stands there
  const char **signs;   // that may stand before or after a number: "€", "%"
  uint32_t sign_count;
  enum {
    MODEL_ENCODING_UTF8,
    MODEL_ENCODING_CP1251,
    MODEL_ENCODING_CP1252,
    MODEL_ENCODING_OTHER // encoding_name, as iconv knows it
  } encoding;
  const char *encoding_name;
  bool ragged;       // rows may have fewer fields than the header, or empty ones more
  const char **skip; // rows whose first value is one of these are no rows; "": empty ones
  uint32_t skip_count;
  const char *sheet; // of a workbook; NULL: the first
  const char *each;  // JSON: the path to the array whose elements are the rows; NULL: the objects
  const char **null_tokens; // besides the empty field
  uint32_t null_token_count;
  bool has_header;
} ModelSource;

typedef enum ModelColumnKind {
  MODEL_COLUMN_PLAIN,     // from a field of the files
  MODEL_COLUMN_LINK,      // a foreign key: from a field, resolved to the row of `link`
  MODEL_COLUMN_AS_OF,     // link to the history row valid at `as_of` for the key in `link_key`
  MODEL_COLUMN_THROUGH,   // copied through a link at load: "receipt.store"
  MODEL_COLUMN_DATE_OF,   // business date of a time stamp column
  MODEL_COLUMN_HOUR_OF,   // local hour of a time stamp column
  MODEL_COLUMN_EXPRESSION // SQL over the table's own columns (derived attribute)
} ModelColumnKind;

typedef struct ModelColumn {
  const char *name;
  ModelPlace place;
  ModelColumnKind kind;
  ModelText title;
  Type type;          // LINK, AS_OF: of the key; THROUGH: of its source; EXPRESSION (and copies of
                      // one): kind TYPE_NULL until bound
  const char *field;  // header name in the files (defaults to name)
  bool not_null;      // a NULL is a bad row
  bool raw_text;      // TYPE_STRING: no dictionary (hardly repeats); else chosen by the data
  int64_t unix_ticks; // a time stamp is so many ticks a second since 1970; 0: it is written out
  bool round;         // TYPE_DECIMAL: digits beyond the scale are rounded away, not a bad row
  const char **null_tokens; // PLAIN, LINK: instead of the source's; NULL: the source's
  uint32_t null_token_count;
  bool hidden;
  bool personal;         // of a person: exports mask it (model_column_is_personal)
  const char *link;      // LINK, AS_OF: the target table; THROUGH: that of the link copied, if any
  const char *link_key;  // AS_OF: this table's column that holds the key
  const char *as_of;     // AS_OF: this table's time column
  bool inferred_members; // LINK: an unknown key makes an inferred member (default); else a bad row
  const char *through_link;            // THROUGH: link column of this table,
  const char *through_column;          // and the column of its target
  const char *of;                      // DATE_OF, HOUR_OF: the time stamp column
  const char *zone;                    // fixed zone of DATE_OF, HOUR_OF, or NULL:
  const char *zone_link, *zone_column; // zone by member ("store", "time_zone"), else the model's
  const char *expression;              // EXPRESSION
} ModelColumn;

typedef struct ModelProjection { // the same rows sorted otherwise
  const char **order;            // columns, first most significant
  uint32_t order_count;
  const char **columns; // kept, those of `order` among them; empty: all
  uint32_t column_count;
} ModelProjection;

typedef struct ModelTable {
  const char *name;
  ModelPlace place;
  ModelText title;
  const char **files; // globs relative to the data folder, in this order; none: `query` is set
  uint32_t file_count;
  bool optional; // no file: an empty table, said so
  ModelSource source;
  ModelColumn *columns;
  uint32_t column_count;
  const char *key;                                 // unique key column, or NULL
  const char *history_key, *valid_from, *valid_to; // a dated history (target of as-of links)
  const char *cluster;                             // column that rows are sorted by, or NULL
  ModelProjection *projections;
  uint32_t projection_count;
  const char *query;    // derived table: SQL whose result columns are `field`s; no files
  int64_t reject_limit; // bad rows allowed, -1: the model's
} ModelTable;

typedef enum ModelLevelTime { // a level made from a date, time stamp or hour column
  MODEL_TIME_NONE,
  MODEL_TIME_DAY,
  MODEL_TIME_WEEK,
  MODEL_TIME_MONTH,
  MODEL_TIME_QUARTER,
  MODEL_TIME_YEAR,
  MODEL_TIME_WEEKDAY,
  MODEL_TIME_HOUR
} ModelLevelTime;

typedef struct ModelLevel {
  const char *name; // "region"
  ModelPlace place;
  ModelText title;
  const char *column; // of the dimension's table (reached by `links` from it, if any); NULL in
                      // time and plain dimensions: the column that the cube's path ends in
  const char **links; // snowflake: link columns from the dimension's table
  uint32_t link_count;
  ModelLevelTime time;
  const char *label;    // a column that is shown instead of the key, or NULL
  const char **parents; // levels that this one determines ("city" -> "region")
  uint32_t parent_count;
} ModelLevel;

typedef struct ModelDimension {
  const char *name; // "store", "date"
  ModelPlace place;
  ModelText title;
  const char *table; // NULL: of time, or plain: one level, the value of the path's last column
  bool is_time;
  ModelLevel *levels;
  uint32_t level_count;
} ModelDimension;

typedef enum ModelAggregate {
  MODEL_SUM,
  MODEL_COUNT,
  MODEL_MIN,
  MODEL_MAX,
  MODEL_AVG,
  MODEL_DISTINCT,
  MODEL_RATIO,
  MODEL_BALANCE // semi-additive: the running sum of a ledger's deltas to the period's end
} ModelAggregate;

typedef struct ModelMeasure {
  const char *name; // "revenue"
  ModelPlace place;
  ModelText title, definition;
  ModelAggregate aggregate;
  const char *expression;              // SQL over the fact's columns; COUNT without one counts rows
  const char *filter;                  // SQL, or NULL
  const char *numerator, *denominator; // RATIO: measures of the same cube
  const char *unit;                    // "RUB", "%", "pcs", or NULL
  const char *format;                  // "money", "integer", "decimal", "percent"
  uint32_t digits;                     // after the point, when shown
  int8_t good;                         // 1: up is good, -1: down, 0: neither
  int32_t window_days;                 // > 0: over (D-n, D], D the period's end
} ModelMeasure;

typedef struct ModelCubeDimension { // how a cube's fact reaches a dimension
  const char *dimension;
  ModelPlace place;
  const char **path; // link columns, at last a plain one (time, plain): {"receipt", "store"};
                     // empty: the cube's table is the dimension's
  uint32_t path_count;
} ModelCubeDimension;

typedef struct ModelCuboid { // a grain at which a cube's measures are kept as partial states
  ModelPlace place;
  const char **levels; // "date.day", "store.store"
  uint32_t level_count;
  const char **measures; // those kept, and what ratios of them need; none: all
  uint32_t measure_count;
} ModelCuboid;

typedef struct ModelCube {
  const char *name;
  ModelPlace place;
  ModelText title;
  const char *table;
  const char *time; // level that a period restricts ("date.day"), or NULL
  ModelCubeDimension *dimensions;
  uint32_t dimension_count;
  ModelMeasure *measures;
  uint32_t measure_count;
  ModelCuboid *cuboids;
  uint32_t cuboid_count;
} ModelCube;

typedef struct ModelAttributeValue {
  const char *value;
  ModelText title;
} ModelAttributeValue;

typedef struct ModelAttribute { // what a member is on a day
  const char *name;
  ModelPlace place;
  ModelText title;
  ModelAttributeValue *values; // what may occur; none: anything, or what `level` has
  uint32_t value_count;
  const char *level;      // whose values it has ("tier.tier"), or NULL
  const char *query;      // SQL by $day: the member, then values; NULL:
  const char *same_query; // the attribute whose query has a column of this one's name
} ModelAttribute;

typedef struct ModelDefinition { // a named parameter ("active_days": 90)
  const char *name, *value;
  ModelPlace place;
} ModelDefinition;

typedef struct ModelCompleteness { // which members should have rows each day
  const char *cube, *dimension;    // "receipts", "store"
  const char *opened, *closed;     // date columns of the dimension's table, or NULL
  int32_t days;                    // how far back to look from the last day
} ModelCompleteness;

typedef struct Model {
  Arena *arena;
  const char *file; // as given
  char *text;       // the whole YAML
  const char *name;
  ModelText title;
  const char *time_zone;     // default "UTC"
  int32_t day_start_minutes; // the business day starts so many minutes after midnight
  const char *currency;
  int64_t reject_limit; // bad rows allowed a table, default 0
  ModelTable *tables;
  uint32_t table_count;
  ModelDimension *dimensions;
  uint32_t dimension_count;
  ModelCube *cubes;
  uint32_t cube_count;
  int64_t cuboid_bytes_max; // `cubes: {memory: 512 MB}`: what advice may spend; 0: not said
  ModelDefinition *definitions;
  uint32_t definition_count;
  ModelAttribute *attributes;
  uint32_t attribute_count;
  ModelCompleteness *completeness; // or NULL
} Model;

// Called for each fault found: "models/retail.yaml:12:5: expected ...".
typedef void (*ModelFaultSink)(void *context, const char *text);

// Reads and checks a model. On STATUS_INVALID every fault has gone to `faults` (may be NULL), and
// error has the first one and the count. The caller frees with model_destroy.
Status model_read_file(const char *path, ModelFaultSink faults, void *context, Model **model,
                       Error *error) WARN_UNUSED;
Status model_read_text(const char *text, size_t size, const char *name, ModelFaultSink faults,
                       void *context, Model **model, Error *error) WARN_UNUSED;
void model_destroy(Model *model); // NULL is allowed

const ModelTable *model_find_table(const Model *model, const char *name);
const ModelColumn *model_find_column(const ModelTable *table, const char *name);
// Whether the column is marked personal, or copies one that is.
bool model_column_is_personal(const Model *model, const ModelTable *table,
                              const ModelColumn *column);
const ModelDimension *model_find_dimension(const Model *model, const char *name);
const ModelCube *model_find_cube(const Model *model, const char *name);
const ModelAttribute *model_find_attribute(const Model *model, const char *name);
