// A cell's number is an IEEE double of which Excel keeps 15 digits: integers and decimals with more
// are texts, so that none is lost. Days are counted from 1899-12-30; before March 1900 Excel's
// count is off by its 29 February 1900, and those days are texts too.
#include "xlsx_cell.h"
#include "date.h"
#include "decimal.h"
#include "text_width.h"
#include "xlsx_text.h"
#include <math.h>
#include <stdio.h>

#define EXACT_MAX INT64_C(1000000000000000) // 15 digits
#define EXCEL_EPOCH 25569                   // days from 1899-12-30 to 1970-01-01
#define EXCEL_FIRST_DAY (-25508)            // 1900-03-01
#define SECONDS_CODE "yyyy-mm-dd hh:mm:ss"
#define MILLISECONDS_CODE "yyyy-mm-dd hh:mm:ss.000"

lxw_format *xlsx_format(XlsxCells *cells, const char *code) {
  for (uint32_t i = 0; i < cells->format_count; i++)
    if (strcmp(cells->formats[i].code, code) == 0) return cells->formats[i].format;
  lxw_format *format = workbook_add_format(cells->workbook);
  format_set_num_format(format, code);
  if (cells->format_count < XLSX_FORMATS_MAX) {
    XlsxNumberFormat *kept = &cells->formats[cells->format_count++];
    snprintf(kept->code, sizeof kept->code, "%s", code);
    kept->format = format;
  }
  return format;
}

// "0.00": `whole`, and as many digits after the point as the scale.
static lxw_format *scale_format(XlsxCells *cells, const char *whole, unsigned scale) {
  static const char zeros[] = "000000000000000000000000000000";
  char code[48];
  if (scale > sizeof zeros - 1) scale = sizeof zeros - 1; // Excel shows no more than 30
  snprintf(code, sizeof code, "%s%s%.*s", whole, scale ? "." : "", (int)scale, zeros);
  return xlsx_format(cells, code);
}

static lxw_format *type_format_of(XlsxCells *cells, Type type) {
  switch ((TypeKind)type.kind) {
  case TYPE_INT:
    return xlsx_format(cells, "0");
  case TYPE_DECIMAL:
    return scale_format(cells, "0", type.scale);
  case TYPE_DATE:
    return xlsx_format(cells, "yyyy-mm-dd");
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMPTZ:
    return xlsx_format(cells, SECONDS_CODE);
  default:
    return NULL;
  }
}

lxw_format *xlsx_column_format(XlsxCells *cells, Type type, const char *format,
                               ResultLanguage language) {
  bool russian = language == RESULT_RUSSIAN;
  if (!format) return type_format_of(cells, type);
  if (type_is_numeric(type)) {
    if (strcmp(format, "money") == 0) return xlsx_format(cells, "#,##0.00");
    if (strcmp(format, "count") == 0) return xlsx_format(cells, "#,##0");
    if (strcmp(format, "percent") == 0) return xlsx_format(cells, "0.0%");
    if (strcmp(format, "number") == 0)
      return xlsx_format(cells, type.kind == TYPE_INT ? "#,##0" : "#,##0.00");
  } else if (type.kind == TYPE_DATE) {
    if (strcmp(format, "month") == 0) return xlsx_format(cells, russian ? "mm.yyyy" : "yyyy-mm");
    if (russian) return xlsx_format(cells, "dd.mm.yyyy");
  }
  return type_format_of(cells, type);
}

// ---- Cells -------------------------------------------------------------------------------------

static Status cell_check(lxw_error failure, Error *error) {
  if (failure == LXW_NO_ERROR) return STATUS_OK;
  return error_set(error, failure == LXW_ERROR_MEMORY_MALLOC_FAILED ? STATUS_MEMORY : STATUS_IO,
                   "a cell of the XLSX file cannot be written: %s", lxw_strerror(failure));
}

static void widen(XlsxColumn *column, uint32_t width) {
  if (width > column->width) column->width = width;
}

typedef struct Cell { // where
  XlsxCells *cells;
  XlsxColumn *column;
  const char *name;
  lxw_row_t row;
  lxw_col_t at;
} Cell;

static Status text_write(const Cell *cell, Str text, lxw_format *format, Error *error) {
  Buffer *buffer = &cell->cells->text;
  buffer_reset(buffer);
  size_t units = xlsx_text_append(text, buffer);
  if (units > XLSX_TEXT_UNITS_MAX)
    return error_set(
        error, STATUS_LIMIT,
        "column \"%.100s\", row %u: the text has %zu characters, a cell of an XLSX file "
        "holds %d; shorten it with left() or ask for CSV",
        cell->name, cell->row, units, XLSX_TEXT_UNITS_MAX);
  if (!buffer->size) return STATUS_OK;
  widen(cell->column, text_width((Str){buffer->data, (uint32_t)buffer->size}));
  return cell_check(
      worksheet_write_string(cell->cells->sheet, cell->row, cell->at, buffer->data, format), error);
}

// The value's text, to the right as numbers are.
static Status digits_write(const Cell *cell, const Value *value, XlsxRemark remark, Error *error) {
  Buffer text;
  buffer_init(&text);
  value_format(value, &text);
  Status status =
      text_write(cell, (Str){text.data, (uint32_t)text.size}, cell->cells->digits, error);
  buffer_clear(&text);
  cell->column->remarks |= (uint8_t)remark;
  return status;
}

static Status number_write(const Cell *cell, double number, lxw_format *format, Error *error) {
  return cell_check(worksheet_write_number(cell->cells->sheet, cell->row, cell->at, number, format),
                    error);
}

static uint32_t digit_count(int64_t whole) {
  uint32_t count = whole < 0 ? 2 : 1;
  while (whole /= 10) count++;
  return count;
}

static Status decimal_write(const Cell *cell, const Value *value, Error *error) {
  int128_t unscaled = type_physical(value->type) == PHYSICAL_WIDE ? value->wide : value->i;
  unsigned scale = value->type.scale;
  while (scale && unscaled % 10 == 0) {
    unscaled /= 10;
    scale--;
  }
  if (unscaled >= EXACT_MAX || unscaled <= -EXACT_MAX)
    return digits_write(cell, value, XLSX_REMARK_DIGITS, error);
  int64_t whole = (int64_t)unscaled / (scale > 18 ? EXACT_MAX : decimal_pow10_64(scale));
  uint32_t digits = digit_count(whole);
  widen(cell->column, digits + digits / 3 + 2 + (value->type.scale > 6 ? 6 : value->type.scale));
  return number_write(cell, decimal_to_double(unscaled, scale), cell->column->format, error);
}

static Status int_write(const Cell *cell, const Value *value, Error *error) {
  if (value->i >= EXACT_MAX || value->i <= -EXACT_MAX)
    return digits_write(cell, value, XLSX_REMARK_DIGITS, error);
  uint32_t digits = digit_count(value->i);
  widen(cell->column, digits + digits / 3 + 1);
  return number_write(cell, (double)value->i, cell->column->format, error);
}

static Status double_write(const Cell *cell, const Value *value, Error *error) {
  if (!isfinite(value->d)) return digits_write(cell, value, 0, error);
  widen(cell->column, 12);
  return number_write(cell, value->d, cell->column->format, error);
}

static Status date_write(const Cell *cell, const Value *value, Error *error) {
  if (value->i < EXCEL_FIRST_DAY) return digits_write(cell, value, XLSX_REMARK_DAY, error);
  widen(cell->column, 10);
  return number_write(cell, (double)(value->i + EXCEL_EPOCH), cell->column->format, error);
}

static Status timestamp_write(const Cell *cell, const Value *value, Error *error) {
  int32_t day = timestamp_date(value->i);
  int64_t within = timestamp_time_of_day(value->i);
  if (day < EXCEL_FIRST_DAY || within % 1000)
    return digits_write(cell, value, XLSX_REMARK_DAY, error);
  bool seconds = within % USEC_PER_SECOND == 0;
  widen(cell->column, seconds ? 19 : 23);
  double number = (double)(day + EXCEL_EPOCH) + (double)within / (double)USEC_PER_DAY;
  return number_write(cell, number,
                      seconds ? cell->column->format : xlsx_format(cell->cells, MILLISECONDS_CODE),
                      error);
}

Status xlsx_cell_write(XlsxCells *cells, XlsxColumn *column, const char *name, uint32_t row,
                       uint16_t at, const Value *value, Error *error) {
  Cell cell = {cells, column, name, row, at};
  if (value->is_null) return STATUS_OK;
  switch ((TypeKind)value->type.kind) {
  case TYPE_NULL:
    return STATUS_OK;
  case TYPE_BOOL:
    widen(column, 5);
    return cell_check(worksheet_write_boolean(cells->sheet, row, at, value->i != 0, NULL), error);
  case TYPE_INT:
    return int_write(&cell, value, error);
  case TYPE_DECIMAL:
    return decimal_write(&cell, value, error);
  case TYPE_DOUBLE:
    return double_write(&cell, value, error);
  case TYPE_DATE:
    return date_write(&cell, value, error);
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMPTZ:
    return timestamp_write(&cell, value, error);
  case TYPE_STRING:
    return text_write(&cell, value->s, NULL, error);
  case TYPE_INTERVAL:
    return digits_write(&cell, value, 0, error);
  }
  return STATUS_OK;
}
