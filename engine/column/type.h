// The types of values, as SQL and the model see them, and how each is held in memory.
//
// There is one integer type in memory (int64); smaller ones are checked ranges. Decimals of up to
// 18 digits are int64, wider ones int128. Everything that is "an integer inside" (bool, int,
// decimal to 18 digits, date, time stamps, codes of strings) shares one layout, PHYSICAL_INT, and
// so shares encodings and kernels.
#pragma once
#include "bits.h"
#include "decimal.h"
#include "status.h"
#include "text.h"

typedef enum TypeKind {
  TYPE_NULL, // the type of a bare NULL before binding gives it another
  TYPE_BOOL,
  TYPE_INT,     // bits 16, 32 or 64: the range that is checked
  TYPE_DECIMAL, // precision 1..38, scale 0..precision
  TYPE_DOUBLE,
  TYPE_DATE,        // days since 1970-01-01
  TYPE_TIMESTAMP,   // microseconds since 1970-01-01, local
  TYPE_TIMESTAMPTZ, // microseconds since 1970-01-01, UTC
  TYPE_INTERVAL,    // IntervalValue
  TYPE_STRING,      // UTF-8, ordered by bytes (collation C)
} TypeKind;

// An array is a string in memory, in PostgreSQL's output form ({1,NULL,"a b"}, see array_text.h):
// kind TYPE_STRING, element the kind of its elements, which bits, precision and scale belong to.
// Equal arrays are equal texts; they have no order.
typedef struct Type {
  uint8_t kind; // TypeKind
  uint8_t bits;
  uint8_t precision, scale;
  uint8_t element; // TypeKind, TYPE_NULL: no array
} Type;

#define TYPE_OF_BOOL ((Type){.kind = TYPE_BOOL})
#define TYPE_OF_INT ((Type){.kind = TYPE_INT, .bits = 64})
#define TYPE_OF_INT32 ((Type){.kind = TYPE_INT, .bits = 32})
#define TYPE_OF_DOUBLE ((Type){.kind = TYPE_DOUBLE})
#define TYPE_OF_DATE ((Type){.kind = TYPE_DATE})
#define TYPE_OF_TIMESTAMP ((Type){.kind = TYPE_TIMESTAMP})
#define TYPE_OF_TIMESTAMPTZ ((Type){.kind = TYPE_TIMESTAMPTZ})
#define TYPE_OF_STRING ((Type){.kind = TYPE_STRING})
static inline Type type_decimal(unsigned precision, unsigned scale) {
  return (Type){.kind = TYPE_DECIMAL, .precision = (uint8_t)precision, .scale = (uint8_t)scale};
}
static inline bool type_equal(Type a, Type b) {
  return a.kind == b.kind && a.bits == b.bits && a.precision == b.precision && a.scale == b.scale &&
         a.element == b.element;
}
static inline bool type_is_array(Type type) {
  return type.element != TYPE_NULL;
}
static inline bool type_is_text(Type type) {
  return type.kind == TYPE_STRING && !type_is_array(type);
}
// The type of an array of these, and of the elements of an array.
static inline Type type_array(Type element) {
  element.element = element.kind;
  element.kind = TYPE_STRING;
  return element;
}
static inline Type type_element(Type array) {
  array.kind = array.element;
  array.element = TYPE_NULL;
  return array;
}

typedef struct IntervalValue {
  int64_t usec;
  int32_t days, months;
} IntervalValue;

// How vectors and blocks hold a type. Strings are PHYSICAL_INT (codes) with a dictionary, else
// PHYSICAL_TEXT.
typedef enum Physical {
  PHYSICAL_INT,
  PHYSICAL_WIDE,   // int128_t
  PHYSICAL_DOUBLE, // double
  PHYSICAL_TEXT,   // Str
  PHYSICAL_INTERVAL,
} Physical;

Physical type_physical(Type type);        // strings: PHYSICAL_TEXT
size_t physical_bytes(Physical physical); // of one flat value
bool type_is_numeric(Type type);          // int, decimal, double
// Number of digits before the point that an int of these bits may need (5, 10, 19).
unsigned type_int_digits(Type type);

#define TYPE_NAME_BYTES 24
// "bigint", "decimal(12,2)", "timestamp", "text[]", ...: SQL's names. Returns out.
const char *type_format(Type type, char out[TYPE_NAME_BYTES]);
// Reads what type_format writes, and the usual synonyms (int, integer, smallint, int8,
// numeric(p,s), bool, double precision, float8, text, varchar, string, date, timestamp,
// timestamptz).
bool type_parse(const char *text, Type *type);

// One value with its type, for constants, statistics and results of one row.
typedef struct Value {
  Type type;
  bool is_null;
  union {
    int64_t i; // PHYSICAL_INT, except strings
    int128_t wide;
    double d;
    Str s; // somebody else's bytes
    IntervalValue interval;
  };
} Value;

// Writes the value as text (PostgreSQL's output form; NULL writes nothing). See also Buffer.
struct Buffer;
void value_format(const Value *value, struct Buffer *out);
