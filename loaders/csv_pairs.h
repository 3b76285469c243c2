// CSV text in memory that gives two values a line, as people have it: with a header or without one,
// separated by commas, semicolons or tabs, with a byte order mark, in UTF-8 or a code page, with
// line ends of any system.
#pragma once
#include "job.h"
#include "text.h"
#include "type.h"

typedef struct CsvPairColumn {
  const char *what;         // for messages: "the customer"
  const char *field;        // a name that the header may have, or NULL
  const char *const *names; // [name_count] others; ASCII letters in any case
  uint32_t name_count;
} CsvPairColumn;

typedef struct CsvPair {
  uint64_t line; // of the text, from 1
  int64_t number;
  Str first, second; // first: where it is a text; without blanks at the ends, until the next pair
} CsvPair;

typedef struct CsvPairs {
  CsvPairColumn columns[2];
  Type first_type; // a whole number, or a text; the second column is a text
  Job *job;        // may be NULL
  void *context;
  // Takes a pair of which neither is empty.
  Status (*take)(void *context, const CsvPair *pair, Error *error);
} CsvPairs;

// Lines are taken in order. The columns are those that a header names, in any order and among
// others; else the first line has two fields and they stand in this order: without a header, or,
// where the first is a number, under any header that is none. Lines without both values are passed
// over. STATUS_INVALID names the line and what is wrong with it.
Status csv_pairs_read(Str text, const CsvPairs *pairs, Error *error) WARN_UNUSED;
