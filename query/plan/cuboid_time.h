// What a cuboid that is split by months (or weeks, quarters, years) knows of its fact's dates.
#pragma once
#include "cuboid_match.h"

// An expression over a date or time stamp of the fact as one over the cuboid's date_trunc of it:
// a coarser date_trunc, a part of the date, a comparison with the first day of a span. NULL: it is
// none of these, or the cuboid has no such column.
Expr *cuboid_time(CuboidMatch *match, const Expr *expr);
// The cuboid's column of that name and type, read from its scan; NULL: there is none.
Expr *cuboid_column(CuboidMatch *match, const char *name, Type type);
