// Regular expressions (PCRE2), compiled once and kept.
#pragma once
#include "status.h"
#include "text.h"

// As the group of FUNCTION_REGEXP_SUBSTR: the first one, or the whole match where there is none.
#define REGEX_GROUP_FIRST INT64_MIN

// The patterns that one state of an expression has compiled: one thread's. A constant pattern is
// compiled once, one that is a column each time that it changes to one not among the last few.
typedef struct RegexCache RegexCache;
void regex_cache_destroy(RegexCache *cache); // NULL is allowed

// Whether pattern and flags can be compiled; STATUS_INVALID says why not. For checks at binding.
Status regex_check(Str pattern, Str flags, Error *error) WARN_UNUSED;
