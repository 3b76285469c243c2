// An answer as an XLSX workbook (ECMA-376), by libxlsxwriter: a sheet of the rows under a frozen
// header, and a sheet that says what they are.
//
// The library keeps one row in memory and writes the sheets to temporary files, which have no name
// once they are open. The workbook itself goes to one more such file, opened anew by its descriptor
// since the library wants a name; when the rows have ended it is read back in pieces. So nothing
// leaves before the whole file stands, an error is still a plain error, and a process that dies
// leaves nothing behind.
#include "result_format.h"
#include "temporary.h"
#include "xlsx_cell.h"
#include "xlsx_text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// What the library takes: measured 0.3 MiB and the deflater's 0.3, and 112 bytes a column beside
// ours.
#define STATE_BYTES (INT64_C(1) << 20)
#define COLUMN_BYTES 512
#define WIDTH_MIN 8
#define WIDTH_MAX 60
#define ABOUT_VALUE_BYTES 30000

typedef struct XlsxState {
  XlsxCells cells;
  XlsxColumn *columns;
  int file; // the workbook's, without a name; -1: none
  int64_t charged_bytes;
} XlsxState;

static Status file_open(XlsxState *state, Error *error) {
  char path[4096];
  int size = snprintf(path, sizeof path, "%s/tessera-xlsx-XXXXXX", temporary_folder());
  state->file = size < (int)sizeof path ? mkostemp(path, O_CLOEXEC) : -1;
  if (state->file < 0)
    return error_set(
        error, STATUS_IO,
        "cannot make a temporary file in %.200s: %s; set TMPDIR to a folder that can be "
        "written",
        temporary_folder(), strerror(errno));
  unlink(path);
  return STATUS_OK;
}

static Status book_open(XlsxState *state, const ResultBook *book, Error *error) {
  char path[40], name[XLSX_SHEET_NAME_BYTES];
  snprintf(path, sizeof path, "/proc/self/fd/%d", state->file);
  lxw_workbook_options options = {.constant_memory = LXW_TRUE, .use_zip64 = LXW_FALSE};
  options.tmpdir = (char *)temporary_folder();
  XlsxCells *cells = &state->cells;
  cells->workbook = workbook_new_opt(path, &options);
  xlsx_sheet_name(book ? book->sheet : NULL, "Data", name);
  if (cells->workbook) cells->sheet = workbook_add_worksheet(cells->workbook, name);
  if (!cells->sheet || !cells->sheet->file)
    return error_set(error, STATUS_IO,
                     "cannot make the temporary files of an XLSX file in %.200s: %s",
                     temporary_folder(), strerror(errno));
  cells->digits = workbook_add_format(cells->workbook);
  format_set_align(cells->digits, LXW_ALIGN_RIGHT);
  return STATUS_OK;
}

static const ResultBookColumn *book_column(const ResultBook *book, uint32_t at) {
  return book && at < book->column_count ? &book->columns[at] : NULL;
}

static Status header_write(ResultWriter *writer, Error *error) {
  XlsxState *state = writer->state;
  const ResultBook *book = writer->options.book;
  lxw_format *bold = workbook_add_format(state->cells.workbook);
  format_set_bold(bold);
  format_set_bottom(bold, LXW_BORDER_THIN);
  format_set_align(bold, LXW_ALIGN_VERTICAL_TOP);
  for (uint32_t c = 0; c < writer->column_count; c++) {
    const ResultBookColumn *look = book_column(book, c);
    const char *title = look && look->title ? look->title : writer->columns[c].name;
    Buffer text;
    buffer_init(&text);
    size_t units = xlsx_text_append(str_from(title), &text);
    lxw_error failure = LXW_NO_ERROR;
    if (units <= XLSX_TEXT_UNITS_MAX)
      failure = worksheet_write_string(state->cells.sheet, 0, (lxw_col_t)c,
                                       text.data ? text.data : "", bold);
    buffer_clear(&text);
    if (failure != LXW_NO_ERROR)
      return error_set(error, STATUS_IO, "the header of the XLSX file cannot be written: %s",
                       lxw_strerror(failure));
    uint32_t width = (uint32_t)utf8_length(title, strlen(title)) + 3; // and the filter's button
    state->columns[c] = (XlsxColumn){
        .format = xlsx_column_format(&state->cells, writer->columns[c].type,
                                     look ? look->format : NULL, book ? book->language : 0),
        .width = width};
  }
  return STATUS_OK;
}

static void xlsx_begin(ResultWriter *writer) {
  Error *error = &writer->failure;
  XlsxState *state = mem_alloc_zero(sizeof(XlsxState));
  writer->state = state;
  state->file = -1;
  if (writer->column_count > LXW_COL_MAX) {
    error_set(
        error, STATUS_LIMIT,
        "the answer has %u columns, a sheet of an XLSX file holds %d; ask for fewer, or for CSV",
        writer->column_count, LXW_COL_MAX);
    return;
  }
  int64_t bytes = STATE_BYTES + (int64_t)writer->column_count * COLUMN_BYTES;
  if (memory_budget_charge(writer->options.budget, bytes, error) != STATUS_OK) return;
  state->charged_bytes = bytes;
  state->columns = mem_alloc_zero((writer->column_count + 1) * sizeof(XlsxColumn));
  if (file_open(state, error) == STATUS_OK &&
      book_open(state, writer->options.book, error) == STATUS_OK &&
      header_write(writer, error) == STATUS_OK)
    worksheet_freeze_panes(state->cells.sheet, 1, 0);
}

// The file's own size is known when it is closed: until then a text counts its bytes, another
// value 8.
static uint64_t xlsx_row_bytes(const ResultWriter *writer, const Batch *batch, uint32_t row) {
  (void)writer;
  uint64_t bytes = 0;
  for (uint32_t c = 0; c < batch->column_count; c++) {
    Value value = result_value(batch, c, row);
    if (!value.is_null) bytes += value.type.kind == TYPE_STRING ? value.s.size : 8;
  }
  return bytes;
}

static void xlsx_row(ResultWriter *writer, const Batch *batch, uint32_t row) {
  XlsxState *state = writer->state;
  uint64_t at = writer->row_count + 1;
  if (at >= LXW_ROW_MAX) {
    error_set(
        &writer->failure, STATUS_LIMIT,
        "the answer has more than %d rows, which with the header are all that a sheet of an XLSX "
        "file holds; add a LIMIT, or ask for CSV",
        LXW_ROW_MAX - 1);
    return;
  }
  for (uint32_t c = 0; c < batch->column_count; c++) {
    Value value = result_value(batch, c, row);
    if (xlsx_cell_write(&state->cells, &state->columns[c], writer->columns[c].name, (uint32_t)at,
                        (uint16_t)c, &value, &writer->failure) != STATUS_OK)
      return;
  }
}

// ---- The second sheet --------------------------------------------------------------------------

typedef struct About {
  XlsxState *state;
  lxw_worksheet *sheet;
  lxw_format *heading, *label, *value;
  lxw_row_t row;
} About;

static void about_text(About *about, lxw_col_t at, const char *text, lxw_format *format) {
  Buffer *buffer = &about->state->cells.text;
  size_t size = strlen(text);
  bool cut = size > ABOUT_VALUE_BYTES;
  if (cut) size = utf8_valid_prefix(text, ABOUT_VALUE_BYTES);
  buffer_reset(buffer);
  size_t units = xlsx_text_append((Str){text, (uint32_t)size}, buffer);
  if (cut) buffer_append_text(buffer, " …");
  if (buffer->size && units < XLSX_TEXT_UNITS_MAX - 2)
    worksheet_write_string(about->sheet, about->row, at, buffer->data, format);
}

static void about_line(About *about, const char *label, const char *value) {
  about_text(about, 0, label, value ? about->label : about->heading);
  if (value) about_text(about, 1, value, about->value);
  about->row++;
}

static const char *said(const ResultWriter *writer, const char *english, const char *russian) {
  const ResultBook *book = writer->options.book;
  return book && book->language == RESULT_RUSSIAN ? russian : english;
}

static void about_remarks(About *about, const ResultWriter *writer) {
  const XlsxState *state = writer->state;
  for (uint32_t c = 0; c < writer->column_count; c++) {
    const ResultBookColumn *look = book_column(writer->options.book, c);
    const char *title = look && look->title ? look->title : writer->columns[c].name;
    if (state->columns[c].remarks & XLSX_REMARK_DIGITS)
      about_line(about, title,
                 said(writer,
                      "Numbers of more than 15 digits are texts here, so that no digit is lost.",
                      "Числа длиннее 15 цифр записаны текстом, чтобы не потерять ни одной цифры."));
    if (state->columns[c].remarks & XLSX_REMARK_DAY)
      about_line(about, title,
                 said(writer,
                      "Days before March 1900 and times finer than a millisecond are texts here.",
                      "Дни до марта 1900 года и время точнее миллисекунды записаны текстом."));
    if (writer->columns[c].type.kind == TYPE_TIMESTAMPTZ)
      about_line(about, title, said(writer, "Times are in UTC.", "Время указано в UTC."));
  }
  if (writer->truncated)
    about_line(about, said(writer, "Rows", "Строки"),
               said(writer, "The rows end at the limit that was asked for; there are more.",
                    "Строки обрываются на запрошенном ограничении, есть ещё."));
}

static bool about_is_empty(const ResultWriter *writer) {
  const XlsxState *state = writer->state;
  bool empty = !writer->truncated && !(writer->options.book && writer->options.book->line_count);
  for (uint32_t c = 0; c < writer->column_count; c++)
    empty = empty && !state->columns[c].remarks && writer->columns[c].type.kind != TYPE_TIMESTAMPTZ;
  return empty;
}

static Status about_write(ResultWriter *writer, Error *error) {
  XlsxState *state = writer->state;
  const ResultBook *book = writer->options.book;
  if (about_is_empty(writer)) return STATUS_OK;
  lxw_workbook *workbook = state->cells.workbook;
  const char *name = said(writer, "About", "Сведения");
  if (strcasecmp(state->cells.sheet->name, name) == 0)
    name = said(writer, "About it", "Сведения 2");
  About about = {.state = state, .sheet = workbook_add_worksheet(workbook, name)};
  if (!about.sheet || !about.sheet->file)
    return error_set(error, STATUS_IO,
                     "cannot make the temporary files of an XLSX file in %.200s: %s",
                     temporary_folder(), strerror(errno));
  about.heading = workbook_add_format(workbook);
  format_set_bold(about.heading);
  format_set_font_size(about.heading, 14);
  about.label = workbook_add_format(workbook);
  format_set_bold(about.label);
  format_set_align(about.label, LXW_ALIGN_VERTICAL_TOP);
  about.value = workbook_add_format(workbook);
  format_set_text_wrap(about.value);
  format_set_align(about.value, LXW_ALIGN_VERTICAL_TOP);
  worksheet_set_column(about.sheet, 0, 0, 28, NULL);
  worksheet_set_column(about.sheet, 1, 1, 90, NULL);
  for (uint32_t i = 0; book && i < book->line_count; i++)
    about_line(&about, book->lines[i].label, book->lines[i].value);
  about_remarks(&about, writer);
  return STATUS_OK;
}

// ---- The end -----------------------------------------------------------------------------------

static void widths_set(ResultWriter *writer) {
  XlsxState *state = writer->state;
  for (uint32_t c = 0; c < writer->column_count; c++) {
    uint32_t width = state->columns[c].width + 1;
    if (width < WIDTH_MIN) width = WIDTH_MIN;
    if (width > WIDTH_MAX) width = WIDTH_MAX;
    worksheet_set_column(state->cells.sheet, (lxw_col_t)c, (lxw_col_t)c, width, NULL);
  }
  if (writer->row_count && writer->column_count)
    worksheet_autofilter(state->cells.sheet, 0, 0, (lxw_row_t)writer->row_count,
                         (lxw_col_t)(writer->column_count - 1));
}

// The library does not look whether its temporary files took the rows: their streams remember it.
static bool sheets_failed(const lxw_workbook *workbook) {
  lxw_worksheet *sheet;
  bool failed = false;
  STAILQ_FOREACH(sheet, workbook->worksheets, list_pointers)
  if (sheet->file) failed = fflush(sheet->file) != 0 || ferror(sheet->file) || failed;
  return failed;
}

// Packs the sheets into the file. The library frees the workbook, whatever happens.
static Status book_close(XlsxState *state, Error *error) {
  bool failed = sheets_failed(state->cells.workbook);
  int reason = errno;
  lxw_error failure = workbook_close(state->cells.workbook);
  state->cells.workbook = NULL;
  if (failed)
    return error_set(error, STATUS_IO, "cannot write a temporary file in %.200s: %s",
                     temporary_folder(), strerror(reason));
  if (failure == LXW_NO_ERROR) return STATUS_OK;
  return error_set(error, STATUS_IO, "the XLSX file cannot be written in %.200s: %s",
                   temporary_folder(), lxw_strerror(failure));
}

// Hands the file on in pieces.
static Status file_pour(ResultWriter *writer, Error *error) {
  XlsxState *state = writer->state;
  off_t at = 0;
  writer->held_bytes = 0;
  for (;;) {
    buffer_reserve(writer->out, writer->options.flush_bytes);
    ssize_t got =
        pread(state->file, writer->out->data + writer->out->size, writer->options.flush_bytes, at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return error_set(error, STATUS_IO, "cannot read a temporary file in %.200s: %s",
                       temporary_folder(), strerror(errno));
    if (!got) return STATUS_OK;
    writer->out->size += (size_t)got;
    writer->out->data[writer->out->size] = 0;
    at += got;
    TRY(result_flush(writer, error));
  }
}

static Status file_make(ResultWriter *writer, Error *error) {
  XlsxState *state = writer->state;
  widths_set(writer);
  TRY(about_write(writer, error));
  TRY(book_close(state, error));
  return file_pour(writer, error);
}

static void xlsx_finish(ResultWriter *writer) {
  const XlsxState *state = writer->state;
  if (state && state->cells.workbook) writer->failure.status = file_make(writer, &writer->failure);
}

static void xlsx_clear(ResultWriter *writer) {
  XlsxState *state = writer->state;
  if (!state) return;
  if (state->cells.workbook) {
    // What the library forgets of a workbook that is not closed.
    lxw_worksheet *sheet;
    STAILQ_FOREACH(sheet, state->cells.workbook->worksheets, list_pointers)
    if (sheet->file) fclose(sheet->file);
    lxw_workbook_free(state->cells.workbook);
  }
  if (state->file >= 0) close(state->file);
  memory_budget_release(writer->options.budget, state->charged_bytes);
  buffer_clear(&state->cells.text);
  mem_free(state->columns);
  mem_free(state);
}

const ResultFormatOps result_xlsx_ops = {
    .name = "xlsx",
    .mime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    .begin = xlsx_begin,
    .row_bytes = xlsx_row_bytes,
    .row = xlsx_row,
    .finish = xlsx_finish,
    .clear = xlsx_clear,
};
