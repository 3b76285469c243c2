// Values as a spreadsheet's cells: which kind, which number format, how wide.
#pragma once
#include "result_book.h"
#include "result_format.h"
#include <xlsxwriter.h>

#define XLSX_FORMATS_MAX 64

// What became of values that no cell holds as numbers, for the remarks.
typedef enum XlsxRemark {
  XLSX_REMARK_DIGITS = 1, // more than 15 digits: a text
  XLSX_REMARK_DAY = 2,    // before March 1900, or with parts of a millisecond: a text
} XlsxRemark;

typedef struct XlsxColumn {
  lxw_format *format; // of its numbers
  uint32_t width;     // of its widest cell, in characters
  uint8_t remarks;    // XlsxRemark
} XlsxColumn;

typedef struct XlsxNumberFormat {
  char code[48];
  lxw_format *format;
} XlsxNumberFormat;

typedef struct XlsxCells {
  lxw_workbook *workbook;
  lxw_worksheet *sheet;
  XlsxNumberFormat formats[XLSX_FORMATS_MAX]; // each once
  uint32_t format_count;
  lxw_format *digits; // a number that is a text
  Buffer text;        // of the cell under way
} XlsxCells;

// The one format of that number format code, made at its first use.
lxw_format *xlsx_format(XlsxCells *cells, const char *code);
// The number format of a column: as `format` ("money", NULL: as its type has it) and the language
// say.
lxw_format *xlsx_column_format(XlsxCells *cells, Type type, const char *format,
                               ResultLanguage language);
// Writes one value; NULL leaves the cell empty. `row` counts from the sheet's first. A text that no
// cell can hold is STATUS_LIMIT and names the column.
Status xlsx_cell_write(XlsxCells *cells, XlsxColumn *column, const char *name, uint32_t row,
                       uint16_t at, const Value *value, Error *error) WARN_UNUSED;
