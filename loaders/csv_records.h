// Which records of a chunk are rows. Internal to loaders/.
#pragma once
#include "csv_scan.h"
#include "model.h"

typedef struct CsvBadRecord {
  uint64_t line; // after the chunk's first
  uint32_t fields, start, end;
} CsvBadRecord;

typedef struct CsvRecords {
  uint32_t rows;
  uint32_t *ends; // rows * fields, when the format allows ragged rows; owned
  size_t capacity;
  uint64_t ragged, skipped;
  uint64_t skip_line, skip_tokens; // of the first that was skipped; which tokens, a bit each
} CsvRecords;

// Every record has `fields` fields; then row_starts has where each begins.
bool csv_records_regular(const CsvEnds *scan, uint32_t fields, uint32_t *row_starts);

// Moves the rows' ends together (in the scan's ends, or in out->ends when the format allows ragged
// rows) and fills row_starts and lines (after the chunk's first). Blank lines and what the format
// says to skip go nowhere, bad records to `bad` (room for scan->record_count); returns their
// number.
uint32_t csv_records_sort_out(const char *text, CsvEnds *scan, const ModelSource *format,
                              uint32_t fields, uint32_t *row_starts, uint32_t *lines,
                              CsvBadRecord *bad, CsvRecords *out);
