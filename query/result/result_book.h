// What a spreadsheet says beside its rows: titles and looks of the columns, and the lines of its
// second sheet. Made by who asks, for RESULT_XLSX; nothing here is copied: all outlives the writer.
#pragma once
#include <stdint.h>

typedef struct ResultBookColumn {
  const char *title;
  // "text", "money", "count", "number", "percent", "date", "month"; NULL: as the type has it
  const char *format;
} ResultBookColumn;

typedef struct ResultBookLine {
  const char *label, *value; // value NULL: a heading
} ResultBookLine;

typedef enum ResultLanguage { RESULT_ENGLISH, RESULT_RUSSIAN } ResultLanguage;

typedef struct ResultBook {
  ResultLanguage language; // of the words that the writer adds, and of the dates
  const char *sheet;       // the rows' sheet, cut and cleaned as Excel demands; NULL: "Data"
  const ResultBookColumn *columns; // the first of the answer's; others are as without
  uint32_t column_count;
  const ResultBookLine *lines;
  uint32_t line_count;
} ResultBook;
