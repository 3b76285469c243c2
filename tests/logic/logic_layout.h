// The same rows stored in other ways, so that each query meets every kind of block and vector.
//
//   loaded   as the load left them: encodings chosen, sorted dictionaries
//   flat     integers as int64 (PACKED 64), texts without a dictionary
//   runs     DELTA where values do not fall, else RUNS; dictionaries whose codes are not in order
//   holes    rows on both sides of the border of two blocks (so that two threads have work), with
//            deleted rows between them that hold values of their neighbours; links follow
#pragma once
#include "root.h"

typedef enum Layout { LAYOUT_LOADED, LAYOUT_FLAT, LAYOUT_RUNS, LAYOUT_HOLES, LAYOUT_COUNT } Layout;

const char *layout_name(Layout layout);
// All tables of the root in that layout, without projections; the caller releases it.
Root *layout_make(const Root *root, Layout layout);
