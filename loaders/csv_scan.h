// Where records and fields of CSV text end: the bytes that matter, found 64 at a time.
//
// RFC 4180: fields in double quotes may hold delimiters, line ends and doubled quotes. A byte is
// outside quotes when an even number of quotes stands before it, so one prefix-xor of the quotes'
// bitmap tells for 64 bytes at once (Langdale, Lemire, "Parsing Gigabytes of JSON per Second", VLDB
// Journal 2019). Two variants, equal in results: portable, and AVX2 where the machine has it.
#pragma once
#include "bits.h"

#define CSV_SCAN_PADDING 64 // bytes that must be readable beyond the text

// Walks text to find the last record end; zero-initialise at a record's start, then call
// csv_split_advance with growing text. Offsets are from the start of the text.
typedef struct CsvSplit {
  size_t scanned;       // bytes looked at
  size_t record_end;    // one beyond the last '\n' outside quotes; 0: none yet
  uint64_t line_count;  // '\n' before record_end, in quotes or not
  uint64_t lines_seen;  // '\n' before `scanned`
  uint64_t quote_state; // all ones inside quotes
  size_t quote_opened;  // where the open quotes began, when inside
} CsvSplit;

// Looks at text[split->scanned .. size). Needs padding.
void csv_split_advance(const char *text, size_t size, CsvSplit *split);

typedef struct CsvEnds {
  uint32_t *ends; // offsets of delimiters and line ends outside quotes, ascending
  size_t count;
  uint32_t *records; // indices into `ends` of the line ends
  size_t record_count;
  bool has_quote;
  bool has_high;       // bytes of 0x80 and above
  uint64_t line_count; // '\n', in quotes or not
} CsvEnds;

// Finds all field ends of `text` (which starts at a record's start; size < 2^32). `ends` needs room
// for size + CSV_SCAN_PADDING entries, `records` for as many.
void csv_scan_ends(const char *text, size_t size, char delimiter, CsvEnds *out);

typedef enum CsvScanVariant { CSV_SCAN_BEST, CSV_SCAN_PORTABLE, CSV_SCAN_AVX2 } CsvScanVariant;
// For tests: forces a variant (CSV_SCAN_BEST: as the machine allows). False: not on this machine.
bool csv_scan_force(CsvScanVariant variant);
