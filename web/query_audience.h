// Who is behind the cells of a cube query's answer: of each row, the totals and the rows that were
// left out, what to ask POST /api/v1/query/members and, as {"cell": ...}, a segment.
#pragma once
#include "cube_query.h"
#include "database.h"
#include "json_writer.h"

#define QUERY_AUDIENCE_ROWS_MAX 10000

// Whether the query's first measure can tell members. STATUS_UNSUPPORTED: the model has none, or
// the measure's cube does not know of them.
Status query_audience_check(const DatabaseView *view, const CubeQuery *query,
                            Error *error) WARN_UNUSED;
// Writes the member "audience". body: the request; rows: the answer's, as JSON, with commas between
// them. STATUS_LIMIT where there are more than QUERY_AUDIENCE_ROWS_MAX rows.
Status query_audience_write(Str body, const CubeQuery *query, Str rows, JsonWriter *json,
                            Error *error) WARN_UNUSED;
