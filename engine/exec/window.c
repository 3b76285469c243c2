// See window.h.
#include "window.h"

static const char *const NAMES[] = {
    [WINDOW_ROW_NUMBER] = "row_number",
    [WINDOW_RANK] = "rank",
    [WINDOW_DENSE_RANK] = "dense_rank",
    [WINDOW_PERCENT_RANK] = "percent_rank",
    [WINDOW_CUME_DIST] = "cume_dist",
    [WINDOW_NTILE] = "ntile",
    [WINDOW_LAG] = "lag",
    [WINDOW_LEAD] = "lead",
    [WINDOW_FIRST_VALUE] = "first_value",
    [WINDOW_LAST_VALUE] = "last_value",
    [WINDOW_NTH_VALUE] = "nth_value",
    [WINDOW_AGGREGATE] = "aggregate",
};

const char *window_function_name(WindowFunction function) {
  return NAMES[function];
}

bool window_function_is_framed(WindowFunction function) {
  return function >= WINDOW_FIRST_VALUE;
}
