// The text of one field -> one typed value, checked.
//
// Hot types (whole numbers, decimals, ISO dates) read eight bytes a step; whatever the quick way
// does not know goes to the strict parsers of engine/base. Eight bytes before and after the text
// must be readable (chunks and scratch have such margins).
#pragma once
#include "date.h"
#include "model.h"
#include "number_marks.h"
#include "type.h"

typedef enum FieldResult {
  FIELD_OK,
  FIELD_SYNTAX,   // not a value of the type at all
  FIELD_OVERFLOW, // a number beyond the type's range
  FIELD_ROUNDED,  // digits beyond the decimal's scale; the rounded value is given
} FieldResult;

typedef struct FieldFormat {
  char decimal_point;
  DateOrder date_order;
  bool date_order_set;
  const NumberMarks *marks; // of numbers; NULL: they have none
  int64_t unix_ticks;       // a second, of time stamps that are numbers; 0: they are not
  const TimeZone *zone;     // of zoned time stamps that name no offset
  uint64_t doubled_times, missing_times; // counted here
} FieldFormat;

typedef union FieldValue {
  int64_t i;
  int128_t wide;
  double d;
} FieldValue;

// One to eight digits and nothing else: the commonest field of all, inlined into the column's loop.
static inline bool field_parse_digits(const char *p, uint32_t size, int64_t *out) {
  uint64_t v;
  unsigned shift = (8 - size) * 8;
  if (size - 1u >= 8) return false;
  memcpy(&v, p, 8);
  if (shift) v = v << shift | UINT64_C(0x3030303030303030) >> (64 - shift);
  if (((v & UINT64_C(0xF0F0F0F0F0F0F0F0)) |
       (((v + UINT64_C(0x0606060606060606)) & UINT64_C(0xF0F0F0F0F0F0F0F0)) >> 4)) !=
      UINT64_C(0x3333333333333333))
    return false;
  v = (v & UINT64_C(0x0F0F0F0F0F0F0F0F)) * 2561 >> 8;     // pairs
  v = (v & UINT64_C(0x00FF00FF00FF00FF)) * 6553601 >> 16; // fours
  *out = (int64_t)((v & UINT64_C(0x0000FFFF0000FFFF)) * UINT64_C(42949672960001) >> 32);
  return true;
}

// Blanks at both ends are left out first. TYPE_STRING is not for this function.
FieldResult field_parse(Type type, Str text, FieldFormat *format, FieldValue *out);
FieldResult field_parse_int(Str text, unsigned bits, int64_t *out);
FieldResult field_parse_decimal(Str text, unsigned precision, unsigned scale, char point,
                                int64_t *out);
FieldResult field_parse_date(Str text, FieldFormat *format, int64_t *out);

#define FIELD_REASON_BYTES 96
// Why a value was refused, for people: "is not a whole number". Returns out.
const char *field_reason(Type type, FieldResult result, char out[FIELD_REASON_BYTES]);
