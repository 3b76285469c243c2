// Who is behind a cell of a cube query: a row, a total, or all the rows that an answer leaves out.
//
//   {"query": Q, "at": {level: value}, "others": [{level: value}], "measure": M}
//     ─► Q by member, with M alone, of the rows where the levels have these values, and have not
//        those of any of the others
//     ─► the members for whom M has a value: not NULL, and of a count not 0
//
// So the members behind "buyers" are as many as the cell says, and those behind a sum are whose
// rows it adds up. What orders and cuts Q's rows, and what a period is compared with, concerns no
// member. One tree serves POST /api/v1/query/members and a segment's rule {"cell": ...}.
#pragma once
#include "segment.h"
#include <jansson.h>

typedef struct CellDays {
  int32_t first, last; // of the data; first > last: there are none
  bool has_until;      // rows after that day are left out, as is what a window looks back on
  int32_t until;
} CellDays;

// Whether the document's keys and their types are those above; with_limit: "limit" is one too.
// STATUS_INVALID names the key.
Status cell_check(const json_t *document, bool with_limit, Error *error) WARN_UNUSED;
// Whether a filter of the query, at any depth, or a dimension asks for a saved segment.
bool cell_asks_segments(const json_t *document);
// The measure that the document names, else the query's first. STATUS_NOT_FOUND.
Status cell_measure(const json_t *document, const Catalog *catalog, const CatalogMeasure **measure,
                    Error *error) WARN_UNUSED;
// The tree of one column, the members' keys, of a document that was checked; *tree NULL: of nobody,
// for the period begins after days->until. It is made in the context's arena, which has to live as
// long. STATUS_UNSUPPORTED: a filter asks for members by a label, of which keys are told.
Status cell_tree(const json_t *document, const Catalog *catalog, const SegmentMembers *members,
                 const CellDays *days, LogicalContext *context, Logical **tree,
                 Error *error) WARN_UNUSED;
// What a document needs of a query, the rest left out: a new reference.
json_t *cell_query(const json_t *query);
