// A look at the text before it is parsed, for what would make the parser's tree very deep.
#pragma once
#include "status.h"

// STATUS_LIMIT when parentheses nest deeper than `depth_max`, or more than that many operators
// follow one another within one list item (1+1+1+...).
Status sql_nesting_check(const char *text, size_t size, uint32_t depth_max,
                         Error *error) WARN_UNUSED;
