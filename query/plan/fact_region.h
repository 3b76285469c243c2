// What stands between an aggregation and the scan of a fact: filters, and joins that keep a fact's
// rows or drop them. In it every column that a chain of links leads to has a name that starts from
// the fact ("paid", "store.region"), so that expressions of two trees over the same fact can be
// compared by their texts.
#pragma once
#include "logical.h"
#include "root.h"

typedef struct FactLink { // a row that the fact leads to by a key
  const Logical *join;
  const Logical *scan;
  const Expr *filter; // of an inner join: the condition on the row, or NULL
  const char *path;   // "store", "receipt.store"
} FactLink;

#define FACT_LINKS_MAX 64

typedef struct FactRegion {
  Arena *arena;
  const Logical *fact; // the scan
  FactLink links[FACT_LINKS_MAX];
  uint32_t link_count;
} FactRegion;

// The input of node on whose rows' groups node can work instead of on the rows: a fact's side of a
// filter or join. 0, 1; -1: none. `side` tells which of two candidates: 0, 1, ...
int fact_side(const Logical *node, uint32_t candidate);
// The region from `top` down to `fact`, a scan that fact_side leads to.
void fact_region_open(FactRegion *region, Arena *arena, const Logical *top, const Logical *fact);
const FactLink *fact_region_link(const FactRegion *region, ColumnId id); // whose scan gives it
// The column's name from the fact; NULL: it is not the fact's, nor of a row that it leads to.
const char *fact_column_text(const FactRegion *region, ColumnId id);
// The expression's; NULL where it reads another column, or none of the fact.
const char *fact_expr_text(const FactRegion *region, const Expr *expr);
// An aggregate's: "sum(paid)", "count(*) where (quantity > 0)"; NULL as above. Its filter may be
// left out.
const char *fact_call_text(const FactRegion *region, const AggregateCall *call, bool with_filter);
