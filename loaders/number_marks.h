// Numbers as people write them: 1 234,50 €, $1,234.50, 12.5 %, (1'234).
//
// What stands in them besides digits and the decimal point is said by the source: the mark between
// thousands and the signs before or after a number. Nothing is guessed here, and groups have three
// digits.
#pragma once
#include "text.h"

#define NUMBER_MARKS_BYTES 64 // of a number without its marks
#define NUMBER_MARKS_MARGIN 8 // readable bytes before and after it

typedef struct NumberMarks {
  char point;     // decimal: '.' or ','
  char thousands; // ',', '.', '\'' or ' ' (any blank, no-break and thin ones too); 0: none
  const char *const *signs;
  uint32_t sign_count;
} NumberMarks;

typedef struct NumberPlain {
  char bytes[NUMBER_MARKS_MARGIN + NUMBER_MARKS_BYTES + NUMBER_MARKS_MARGIN];
  Str text;              // in `bytes`: [-]digits[point digits][e...]
  uint32_t whole, scale; // digits before and after the point
  bool grouped;
  int32_t sign; // index of the sign that stood there, or -1
} NumberPlain;

// Takes the marks away. False: the text is no number that is so marked.
bool number_marks_strip(Str text, const NumberMarks *marks, NumberPlain *out);
