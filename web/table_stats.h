// What a store holds, measured: rows, bytes, encodings, ranges, distinct values of every column.
#pragma once
#include "database.h"

#define STATS_ENCODINGS_BYTES 96

typedef struct ColumnStats {
  const char *name;
  Type type;
  const char *link; // the table that it links to, or NULL
  bool materialised, hidden, coded;
  uint64_t null_count;
  int64_t distinct_count; // -1: unknown
  uint64_t data_bytes, dictionary_bytes;
  char encodings[STATS_ENCODINGS_BYTES]; // "packed 8 (92 %), constant (8 %)", by blocks
  char *minimum, *maximum;               // as text, in the arena; NULL: no value, or unknown
} ColumnStats;

typedef struct TableStats {
  const char *name;
  uint64_t row_count;      // shown ones
  uint64_t hidden_count;   // of these:
  uint64_t absent_count;   // row 0 of a table that others link to, for those that link to nothing
  uint64_t inferred_count; // members that others name by their key, without a row of their own
  char **gaps;             // [gap_count] links to inferred members, in words
  uint32_t gap_count;
  ColumnStats *columns;
  uint32_t column_count;
  uint64_t column_bytes;       // of the columns that are not materialised, with dictionaries
  uint64_t materialised_bytes; // codes copied through links
  uint64_t projection_bytes;   // copies in other orders
  uint64_t key_index_bytes;
} TableStats;

typedef struct StoreStats {
  TableStats *tables;
  uint32_t table_count;
} StoreStats;

// Measures every table of the view. Distinct values come from dictionaries and keys where there are
// any, else from a query; minimum and maximum from the columns' statistics, else from a query. What
// a query cannot tell (a limit) stays unknown; a cancelled job is an error. All memory in `arena`.
Status store_stats_measure(Database *database, const DatabaseView *view, Job *job, Arena *arena,
                           StoreStats *stats, Error *error) WARN_UNUSED;
