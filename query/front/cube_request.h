// The JSON of a cube query as a struct: shape, limits and dates checked, names not looked up yet.
#pragma once
#include "arena.h"
#include "cube_query.h"

#define CUBE_MEASURES_MAX 50
#define CUBE_DIMENSIONS_MAX 20
#define CUBE_FILTER_VALUES_MAX 10000
#define CUBE_FILTER_DEPTH_MAX 20
#define CUBE_SEGMENTS_MAX 20
#define CUBE_SEGMENTS_LEVEL "segments" // no level of a cube: those have a dot
#define CUBE_ORDER_MAX 70
#define CUBE_JSON_BYTES_MAX (1u << 20)

typedef enum CubeFilterKind {
  CUBE_FILTER_IN,
  CUBE_FILTER_NOT_IN,
  CUBE_FILTER_RANGE,
  CUBE_FILTER_NULL, // is NULL, or is not
  CUBE_FILTER_ANY,
  CUBE_FILTER_ALL,
  CUBE_FILTER_NOT,
  CUBE_FILTER_SEGMENT, // rows of the members of a segment
} CubeFilterKind;

typedef struct CubeFilterValue {
  enum { CUBE_VALUE_NULL, CUBE_VALUE_TEXT, CUBE_VALUE_BOOL } kind; // numbers are kept as text
  Str text;
  bool truth;
} CubeFilterValue;

typedef struct CubeFilter CubeFilter;
struct CubeFilter {
  CubeFilterKind kind;
  const char *path;        // "filters[2].any[0]", for messages
  const char *level;       // of a leaf
  CubeFilterValue *values; // IN, NOT_IN; RANGE: from and to, NULL: open
  uint32_t value_count;
  bool is_null;      // NULL: the wanted truth
  CubeFilter *items; // ANY, ALL, NOT
  uint32_t item_count;
  const char *segment; // SEGMENT: its id, and where that stands
  const char *segment_path;
  bool has_day; // and the day that it is evaluated for, where one is given
  int32_t day;
};

typedef struct CubeSegments { // rows by segments: those of a member of several are in each
  const char **ids;           // [count], different
  const char **paths;         // [count] "dimensions[0].segments[1]"
  uint32_t count;             // 0: not asked
  bool has_day;               // they are evaluated for
  int32_t day;
} CubeSegments;

typedef enum CubeCompareKind {
  CUBE_COMPARE_NONE,
  CUBE_COMPARE_PREVIOUS,
  CUBE_COMPARE_LAST_YEAR,          // 364 days back
  CUBE_COMPARE_LAST_YEAR_CALENDAR, // the same dates a year back
  CUBE_COMPARE_DATES,
} CubeCompareKind;

typedef struct CubeOrder {
  const char *by;
  bool descending;
} CubeOrder;

typedef struct CubeRequest {
  const char **measures;
  uint32_t measure_count;
  const char **dimensions;
  uint32_t dimension_count;
  CubeSegments segments; // of the dimension CUBE_SEGMENTS_LEVEL
  CubeFilter filter;     // ALL of `filters`
  CubePeriod period;
  CubeCompareKind compare;
  CubePeriod compare_dates; // CUBE_COMPARE_DATES
  CubeOrder *order;
  uint32_t order_count;
  int64_t limit, offset; // limit -1: none
  bool totals, explain, audience;
} CubeRequest;

// Reads one filter, or a JSON array of filters into the ALL of them. `path` is its place, for
// faults.
Status cube_filter_read(Arena *arena, const char *json, size_t size, const char *path,
                        CubeFilter *filter, Error *error) WARN_UNUSED;

// Reads the request into arena. Unknown keys, wrong types and limits are errors with the key path
// and the nearest known key; broken JSON has the byte offset.
Status cube_request_read(Arena *arena, const char *json, size_t size, CubeRequest *request,
                         Error *error) WARN_UNUSED;
