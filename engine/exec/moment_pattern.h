// The patterns of dates and times that to_char writes and to_date, to_timestamp read.
#pragma once
#include "text.h"

typedef enum Letters { LETTERS_UPPER, LETTERS_CAPITAL, LETTERS_LOWER } Letters;

typedef struct Pattern {
  const char *text; // longest first among those that begin alike
  char kind;        // see expr_to_char
  uint8_t width;    // digits, or letters that a name is padded to
  Letters letters;
} Pattern;

// The pattern that begins at `at`, or NULL. Letters count in either case where only numbers are
// meant (yyyy, mi, ss).
const Pattern *pattern_at(const char *at, const char *end);
// 'F' for FM (nothing is filled), 'T' for TM (no name is); 0: neither begins at `at`.
char pattern_prefix_at(const char *at, const char *end);
