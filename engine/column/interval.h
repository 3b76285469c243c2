// Intervals: months, days and microseconds, kept apart as PostgreSQL keeps them (a month has no
// fixed length until it is added to a date). Reading them, and arithmetic among themselves.
#pragma once
#include "type.h"

typedef enum IntervalField {
  INTERVAL_YEAR,
  INTERVAL_MONTH,
  INTERVAL_DAY,
  INTERVAL_HOUR,
  INTERVAL_MINUTE,
  INTERVAL_SECOND
} IntervalField;

typedef enum IntervalParse { INTERVAL_OK, INTERVAL_SYNTAX, INTERVAL_RANGE } IntervalParse;
// Reads the whole text ("1 month", "-2 days 3.5 hours", "1 day 04:05:06", "2 hours ago"; blanks
// around are ignored), whose parts below `lowest` are cut and whose seconds have so many digits
// after the point, 6 at most: INTERVAL '1.5' HOUR, INTERVAL '1.234' SECOND(2).
IntervalParse interval_parse(Str text, IntervalField lowest, unsigned digits, IntervalValue *out);

// STATUS_OVERFLOW where a field leaves its range.
Status interval_make(int128_t months, int128_t days, int128_t usec, IntervalValue *out,
                     Error *error) WARN_UNUSED;
// a + sign * b, field by field.
Status interval_add(IntervalValue a, IntervalValue b, int sign, IntervalValue *out,
                    Error *error) WARN_UNUSED;
// Months and days that are not whole go down to the next smaller field (a month has 30 days).
// Division by 0 is STATUS_DIVISION.
Status interval_multiply(IntervalValue a, double factor, IntervalValue *out,
                         Error *error) WARN_UNUSED;
Status interval_divide(IntervalValue a, double by, IntervalValue *out, Error *error) WARN_UNUSED;

// 30 days become a month, 24 hours a day, as far as there are whole ones; JUSTIFY_ALL: both, with
// one sign throughout.
typedef enum IntervalJustify { JUSTIFY_DAYS, JUSTIFY_HOURS, JUSTIFY_ALL } IntervalJustify;
Status interval_justify(IntervalValue value, IntervalJustify what, IntervalValue *out,
                        Error *error) WARN_UNUSED;
