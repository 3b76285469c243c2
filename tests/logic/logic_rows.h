// Rows of an answer as lines of text: collected from a query, brought to one form, compared.
#pragma once
#include "buffer.h"
#include "result_sink.h"

#define ROWS_EMPTY_LINE "(empty)" // a row of one empty text, since an empty line ends a block

typedef struct Rows { // lines, each a row with tabs between values; zero-initialise
  char **lines;
  uint32_t count, capacity;
} Rows;

void rows_add(Rows *rows, const char *line); // copies
void rows_clear(Rows *rows);
void rows_sort(Rows *rows);
bool rows_equal(const Rows *a, const Rows *b);
// Brings each value to the form of its type's letter; R: a number to six digits after the point.
void rows_canonical(Rows *rows, const char *types);
// Prints the first row in which they differ, to stderr.
void rows_show_difference(const Rows *expected, const Rows *got);

// A sink that makes a line of each row: NULL, t and f (as psql), else the value's text.
typedef struct RowsCollector {
  Rows *rows;
  uint32_t column_count;
} RowsCollector;
ResultSink rows_sink(RowsCollector *collector);
