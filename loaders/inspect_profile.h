// What the values of one CSV column look like, seen one by one: which types fit, which values
// repeat.
//
// A value counts as a number only when the number gives back its text: what has leading zeros, or a
// plus before many digits, is a code. Words for "no value" (NA, NULL) are such only in a column
// whose other values have a type; among texts they are texts. One value in a thousand may be none
// of the column's type: the type stays, the value is a misfit, of which the profile keeps an
// example.
#pragma once
#include "date.h"
#include "dictionary.h"
#include "number_marks.h"
#include "type.h"

#define PROFILE_ORDERS 3 // DATE_YMD, DATE_DMY, DATE_MDY
#define PROFILE_WORDS 10 // texts that often mean "no value"

#define PROFILE_SCALES 8 // digits after the point: 0 to 6, and more
#define PROFILE_SHAPES 24
#define PROFILE_DIALECTS 8 // ways to write numbers: see profile_dialects
#define PROFILE_EXAMPLE_BYTES 48

// Values of which the same types are true: how many, and the first of them.
typedef struct ProfileShape {
  uint32_t fits; // SHAPE_ bits
  uint32_t file; // of the first
  uint64_t count, line;
  char example[PROFILE_EXAMPLE_BYTES]; // its text, cut
} ProfileShape;

typedef struct Profile {
  uint64_t values, nulls;        // neither counts the words below; nulls: empty
  uint64_t words[PROFILE_WORDS]; // "NULL", "NA": how often each stood, outside quotes
  // How many values are of each kind; a type fits when all are.
  uint64_t ints, fractions[2], exponents[3]; // with a point, with a comma, with neither
  uint64_t grouped[2];                       // of fractions: 1.234, which may be 1234 as well
  uint64_t bare_exponents;                   // 1E2, without a point or a sign
  uint64_t whole_exponents;                  // 1e+05, which is 100000
  uint64_t scales[2][PROFILE_SCALES];        // of fractions: digits after the point
  // Numbers with marks between thousands, or signs before or after: by dialects that explain them.
  uint64_t marked[PROFILE_DIALECTS];
  uint32_t marked_scale[PROFILE_DIALECTS];
  uint32_t proofs;       // of dialects: a value has thousands that this dialect's alone explain
  uint32_t comma_proofs; // values that a decimal comma alone explains
  uint32_t signs;        // those seen, a bit each of profile_signs
  uint64_t pluses, minuses;
  uint64_t bools;
  uint32_t bool_words; // which of them came, a bit each
  uint64_t dates[PROFILE_ORDERS], times[PROFILE_ORDERS], zoned, dotted;
  bool codes;          // 007, +4917100001: identifiers, no numbers
  uint64_t flags;      // 0 or 1
  uint64_t compact;    // 20251231
  uint64_t text_bytes; // of all values
  uint64_t quoted_empty;
  uint32_t whole_digits, scale, least_digits; // least: of whole numbers
  ProfileShape shapes[PROFILE_SHAPES];        // in the order of their first values
  uint32_t shape_count;
  bool unique;                 // no value came twice
  DictionaryBuilder *distinct; // different values; complete while unique, else the first ones
  uint32_t distinct_limit;     // when it is not unique
} Profile;

// Where a value stands, for examples.
typedef struct ProfilePlace {
  uint32_t file;
  uint64_t line;
} ProfilePlace;

#define PROFILE_NO_CODE UINT32_MAX // no value, or a new one beyond distinct_limit

void profile_init(Profile *profile);
void profile_clear(Profile *profile);
// Takes a value in (size 0: no value); returns its code among the different ones. Eight readable
// bytes around it, as in chunks.
uint32_t profile_add(Profile *profile, Str value, bool quoted, ProfilePlace place);
// Only looks whether the value came before: for files beyond the sample.
uint32_t profile_add_key(Profile *profile, Str value);

// The text of a word, and which word a text is (-1: none).
const char *profile_word(uint32_t word);
int profile_find_word(Str text);
// How many fields were seen.
uint64_t profile_fields(const Profile *profile);
// How many of them have no value, when the column has this type.
uint64_t profile_missing(const Profile *profile, Type type);

// How a column is read: its type, whether digits beyond a decimal's scale are rounded away, and how
// many values are none of the type, with the shape of the first of them.
typedef struct ProfileReading {
  Type type;
  bool round;
  uint64_t misfits;
  const ProfileShape *misfit; // NULL: there is none
  const ProfileShape *marked; // the first number with marks; NULL: none has any
} ProfileReading;

// A way to write numbers.
typedef struct ProfileDialect {
  char point, thousands; // as in NumberMarks
} ProfileDialect;
extern const ProfileDialect profile_dialects[PROFILE_DIALECTS];
// The signs that are looked for, and which of them mean the same: "руб." and "₽" are of one
// kind.
extern const char *const profile_signs[];
extern const uint32_t profile_sign_count;
uint32_t profile_sign_kind(uint32_t sign);
bool profile_sign_is_percent(uint32_t sign);

// How the values are read when numbers are of this dialect (an index) and dates of this order.
// `exact`: no misfits are allowed, for what identifies things.
ProfileReading profile_read(const Profile *profile, uint32_t dialect, DateOrder order, bool exact);
// The column has numbers that this point alone explains: 12,50 but not 1,234.
bool profile_proves_point(const Profile *profile, char point);
// All values are dates both with the day first and with the month first, and no dots say which.
bool profile_order_open(const Profile *profile);
