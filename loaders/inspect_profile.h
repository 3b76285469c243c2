// What the values of one CSV column look like, seen one by one: which types fit, which values
// repeat.
//
// A value counts as a number only when the number gives back its text: what has leading zeros, or a
// plus before many digits, is a code. Words for "no value" (NA, NULL) are such only in a column
// whose other values have a type; among texts they are texts.
#pragma once
#include "date.h"
#include "dictionary.h"
#include "type.h"

#define PROFILE_ORDERS 3 // DATE_YMD, DATE_DMY, DATE_MDY
#define PROFILE_WORDS 10 // texts that often mean "no value"

typedef struct Profile {
  uint64_t values, nulls;        // neither counts the words below; nulls: empty
  uint64_t words[PROFILE_WORDS]; // "NULL", "NA": how often each stood, outside quotes
  // How many values are of each kind; a type fits when all are.
  uint64_t ints, fractions[2], exponents[3]; // with a point, with a comma, with neither
  uint64_t grouped[2];                       // of fractions: 1.234, which may be 1234 as well
  uint64_t bare_exponents;                   // 1E2, without a point or a sign
  uint64_t pluses, minuses;
  uint64_t bools;
  uint32_t bool_words; // which of them came, a bit each
  uint64_t dates[PROFILE_ORDERS], times[PROFILE_ORDERS], zoned, dotted;
  bool codes; // 007, +4917100001: identifiers, no numbers
  uint32_t whole_digits, scale;
  bool unique;                 // no value came twice
  DictionaryBuilder *distinct; // different values; complete while unique, else the first ones
  uint32_t distinct_limit;     // when it is not unique
} Profile;

void profile_init(Profile *profile);
void profile_clear(Profile *profile);
// Takes a value in (size 0: no value). Eight readable bytes around it, as in chunks.
void profile_add(Profile *profile, Str value, bool quoted);
// Only looks whether the value came before: for files beyond the sample.
void profile_add_key(Profile *profile, Str value);

// The text of a word, and which word a text is (-1: none).
const char *profile_word(uint32_t word);
int profile_find_word(Str text);
// How many fields were seen.
uint64_t profile_fields(const Profile *profile);
// How many of them have no value, when the column has this type.
uint64_t profile_missing(const Profile *profile, Type type);

// The type that all values have, when numbers have this decimal point and dates this order.
Type profile_type(const Profile *profile, char point, DateOrder order);
// The column has numbers that this point alone explains: 12,50 but not 1,234.
bool profile_proves_point(const Profile *profile, char point);
// All values are dates both with the day first and with the month first, and no dots say which.
bool profile_order_open(const Profile *profile);
