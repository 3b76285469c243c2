// Values written in a statement: reading them as a type, and converting them between types.
//
// Everything here works on constants alone, at binding; casts of columns are the executor's. The
// same rules hold in both places: rounding is half away from zero, out of range is an error.
#pragma once
#include "arena.h"
#include "interval.h"

// Reads text as a value of `type`. Blanks around are ignored as PostgreSQL does. A decimal is
// rounded to the type's scale. STATUS_INVALID: not one; STATUS_OVERFLOW: out of the type's range.
Status literal_parse(Arena *arena, Str text, Type type, Value *value, Error *error) WARN_UNUSED;
// The same of an interval; see interval_parse.
Status literal_parse_interval(Str text, IntervalField lowest, unsigned digits, Value *value,
                              Error *error) WARN_UNUSED;
// Reads digits[.digits][e[+-]digits] (as the grammar gives them, maybe signed) as an int32, an
// int64 or the decimal that holds all its digits. STATUS_OVERFLOW beyond 38 digits.
Status literal_parse_number(Str text, Value *value, Error *error) WARN_UNUSED;
// A number of more digits than that: a value of open type that only a double can take.
Value literal_long_number(Str text);
bool literal_is_long_number(const Value *value);
// value as `type`, by SQL's explicit cast. STATUS_INVALID where there is no such cast.
Status literal_cast(Arena *arena, const Value *value, Type type, Value *result,
                    Error *error) WARN_UNUSED;
// Whether there is a cast between the types at all.
bool literal_castable(Type from, Type to);
// value as `type` when nothing is lost: 5 as decimal(12,2), 5.00 as int, midnight as a date.
bool literal_cast_exact(const Value *value, Type type, Value *result);
// -value, for numbers; false on overflow of its type.
bool literal_negate(const Value *value, Value *result);
// A decimal value of that type from its unscaled digits; false when it has too many.
bool literal_decimal(int128_t unscaled, Type type, Value *value);
// The unscaled digits of an int or decimal value.
int128_t literal_unscaled(const Value *value);
// The smallest decimal type that holds every value of an int or decimal type (for a constant int,
// of just that constant).
Type literal_decimal_type(Type type, const Value *constant);
