// What the values of one CSV column look like, seen one by one: which types fit, which values
// repeat.
#pragma once
#include "date.h"
#include "dictionary.h"
#include "type.h"

#define PROFILE_ORDERS 3 // DATE_YMD, DATE_DMY, DATE_MDY

typedef struct Profile {
  uint64_t values, nulls; // nulls: empty
  uint64_t null_words;    // "NULL", "\N" among them
  const char *null_word;
  // How many values are of each kind; a type fits when all are.
  uint64_t ints, points, commas, exponents, bools;
  uint64_t dates[PROFILE_ORDERS], times[PROFILE_ORDERS], zoned;
  bool leading_zeros; // 007: an identifier, no number
  uint32_t whole_digits, scale;
  bool unique;                 // no value came twice
  DictionaryBuilder *distinct; // different values; complete while unique, else the first ones
  uint32_t distinct_limit;     // when it is not unique
} Profile;

void profile_init(Profile *profile);
void profile_clear(Profile *profile);
// Takes a value in (size 0: no value). Eight readable bytes around it, as in chunks.
void profile_add(Profile *profile, Str value);
// Only looks whether the value came before: for files beyond the sample.
void profile_add_key(Profile *profile, Str value);

// The type that all values have, when numbers have this decimal point and dates this order.
Type profile_type(const Profile *profile, char point, DateOrder order);
