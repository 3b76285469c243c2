// Formats of numbers, as to_char and to_number take them: PostgreSQL's patterns
//
//   9 0     a digit; 0 also writes leading zeros      . D   the decimal point
//   , G     the mark between thousands                L     the currency sign (a blank: no locale)
//   S       the sign, fixed beside the number         MI PL SG   a sign at that place
//   PR      a negative number in <>                   FM    without blanks and trailing zeros
//   V       the number times 10 per digit behind it   TH    the ending of an ordinal
//   RN      a Roman numeral                           EEEE  an exponent
//
// What is no pattern, and what stands in "quotes", is text.
#pragma once
#include "status.h"
#include "text.h"

#define NUMBER_FORMAT_DIGITS_MAX 1000 // in one format; a double has 309 before its point
#define NUMBER_FORMAT_BYTES_MAX 4000

typedef enum NumberPartKind {
  NUMBER_TEXT, // one character
  NUMBER_NINE,
  NUMBER_ZERO,
  NUMBER_POINT,
  NUMBER_COMMA,
  NUMBER_CURRENCY,
  NUMBER_SIGN, // S
  NUMBER_MINUS,
  NUMBER_PLUS,
  NUMBER_PLUS_MINUS, // SG
  NUMBER_BRACKET,
  NUMBER_FILL,
  NUMBER_SHIFT, // V
  NUMBER_ORDINAL,
  NUMBER_ROMAN,
  NUMBER_EXPONENT,
  NUMBER_NOTHING, // B, SP: patterns that write nothing
  NUMBER_END,
} NumberPartKind;

typedef struct NumberPart {
  NumberPartKind kind;
  bool lower; // th, rn
  Str text;   // of NUMBER_TEXT
} NumberPart;

typedef struct NumberWalk { // over a format
  const char *at, *end;
  bool quoted;
} NumberWalk;

NumberPart number_walk_next(NumberWalk *walk);
static inline NumberWalk number_walk(Str format) {
  return (NumberWalk){format.data, format.data + format.size, false};
}

typedef enum NumberAnchor { ANCHOR_NONE, ANCHOR_BEFORE, ANCHOR_BEHIND } NumberAnchor;

// What a whole format says.
typedef struct NumberFormat {
  Str text;
  int whole, fraction;      // digits before the point (those of V among them) and behind it
  int shift;                // digits behind V
  int zero_first, zero_end; // digit patterns: number of the first 0 from 1 (0: none), and of the
                            // last one
  int sign_at;              // digits before S
  NumberAnchor anchor;      // of S
  bool point, zero, fill, sign, minus, plus, bracket, roman, has_shift, exponent;
} NumberFormat;

// STATUS_INVALID: patterns that do not go together; STATUS_LIMIT: too many digits or bytes.
Status number_format_read(Str text, NumberFormat *format, Error *error) WARN_UNUSED;
