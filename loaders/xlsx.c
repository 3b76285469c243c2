// Four parts of the archive, each read by expat as it stands in memory:
//
//   workbook.xml (+ .rels) ─► which part the first sheet is, and whether days count from 1904
//   styles.xml             ─► which cell formats are dates or times
//   sharedStrings.xml      ─► texts
//   the sheet              ─► rows, each written as soon as it ends
#include "xlsx.h"
#include "arena.h"
#include "date.h"
#include "zip_read.h"
#include <expat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PART_BYTES_MAX ((size_t)1 << 30)
#define COLUMNS_MAX 16384
#define ROWS_MAX 1048576
#define FORMATS_MAX 65536

typedef enum CellFormat { FORMAT_NUMBER, FORMAT_DATE } CellFormat;

typedef struct CustomFormat {
  uint32_t id;
  bool is_date;
} CustomFormat;

typedef struct Workbook {
  const char *path;
  XML_Parser parser;
  Arena *arena;
  const char *wanted;   // the sheet's name, or NULL
  const char *relation; // of the sheet
  Buffer names;         // of all sheets, for a message
  const char *target;   // its part
  bool from_1904;
  CustomFormat *customs;
  uint32_t custom_count;
  uint8_t *formats; // of each cell style, a CellFormat
  uint32_t format_count;
  bool in_cell_styles;
  Buffer texts; // of all shared strings, one after the other
  size_t *ends; // of each in texts
  uint32_t text_count, text_capacity;
  bool in_text, in_phonetic;
  // The sheet.
  Buffer *csv;
  Buffer value;
  uint32_t row, column, written; // 1-based row under way; 0-based column of the cell; fields so far
  uint32_t width;                // fields of the first row that has any
  char type[16];
  uint32_t style;
  bool in_value;
} Workbook;

static const char *attribute(const XML_Char **attributes, const char *name) {
  for (; *attributes; attributes += 2)
    if (!strcmp(attributes[0], name)) return attributes[1];
  return NULL;
}

// Names may have a prefix: x:row.
static bool is_named(const char *name, const char *wanted) {
  const char *colon = strchr(name, ':');
  return !strcmp(colon ? colon + 1 : name, wanted);
}

// --- The workbook ---

static void XMLCALL workbook_start(void *context, const XML_Char *name, const XML_Char **a) {
  Workbook *book = context;
  if (is_named(name, "workbookPr")) {
    const char *flag = attribute(a, "date1904");
    book->from_1904 = flag && (!strcmp(flag, "1") || !strcmp(flag, "true"));
  }
  if (!is_named(name, "sheet")) return;
  const char *title = attribute(a, "name");
  buffer_printf(&book->names, "%s'%s'", book->names.size ? ", " : "", title ? title : "");
  if (book->relation || (book->wanted && (!title || strcmp(title, book->wanted) != 0))) return;
  const char *id = attribute(a, "r:id");
  for (; !id && *a; a += 2)
    if (is_named(a[0], "id") && strchr(a[0], ':')) id = a[1];
  if (id) book->relation = arena_strdup(book->arena, id);
}

static void XMLCALL relations_start(void *context, const XML_Char *name, const XML_Char **a) {
  Workbook *book = context;
  const char *id = attribute(a, "Id"), *target = attribute(a, "Target");
  if (!is_named(name, "Relationship") || !id || !target || strcmp(id, book->relation)) return;
  book->target = *target == '/' ? arena_strdup(book->arena, target + 1)
                                : arena_printf(book->arena, "xl/%s", target);
}

// --- Styles ---

// A format of a date or a time has one of its letters outside quotes, brackets and escapes.
static bool format_is_date(const char *code) {
  for (; *code; code++) {
    if (*code == '"') {
      code = strchr(code + 1, '"');
    } else if (*code == '[') {
      const char *end = strchr(code, ']');
      bool elapsed = end == code + 2 || end == code + 3; // [h], [mm]
      if (elapsed && strchr("hHmMsS", code[1])) return true;
      code = end;
    } else if (*code == '\\' || *code == '_' || *code == '*') {
      code += code[1] != 0;
    } else if (strchr("yYmMdDhHsS", *code)) {
      return true;
    } else if (!strncasecmp(code, "general", 7)) {
      return false;
    }
    if (!code) return false;
  }
  return false;
}

static bool builtin_is_date(uint32_t id) {
  return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) ||
         (id >= 50 && id <= 58);
}

static bool number_format_is_date(const Workbook *book, uint32_t id) {
  for (uint32_t c = 0; c < book->custom_count; c++)
    if (book->customs[c].id == id) return book->customs[c].is_date;
  return builtin_is_date(id);
}

static void XMLCALL styles_start(void *context, const XML_Char *name, const XML_Char **a) {
  Workbook *book = context;
  if (is_named(name, "cellXfs")) book->in_cell_styles = true;
  const char *id = attribute(a, "numFmtId"), *code = attribute(a, "formatCode");
  uint32_t number = id ? (uint32_t)strtoul(id, NULL, 10) : 0;
  if (is_named(name, "numFmt") && id && code && book->custom_count < FORMATS_MAX) {
    book->customs = mem_realloc(book->customs, (book->custom_count + 1) * sizeof *book->customs);
    book->customs[book->custom_count++] = (CustomFormat){number, format_is_date(code)};
  }
  if (!is_named(name, "xf") || !book->in_cell_styles || book->format_count == FORMATS_MAX) return;
  book->formats = mem_realloc(book->formats, book->format_count + 1);
  book->formats[book->format_count++] =
      number_format_is_date(book, number) ? FORMAT_DATE : FORMAT_NUMBER;
}

static void XMLCALL styles_end(void *context, const XML_Char *name) {
  if (is_named(name, "cellXfs")) ((Workbook *)context)->in_cell_styles = false;
}

// --- Shared strings: <si><t>a</t></si>, or runs <si><r><t>a</t></r><r><t>b</t></r></si> ---

static void XMLCALL strings_start(void *context, const XML_Char *name, const XML_Char **a) {
  Workbook *book = context;
  (void)a;
  if (is_named(name, "t")) book->in_text = true;
  if (is_named(name, "rPh")) book->in_phonetic = true;
}

static void XMLCALL strings_text(void *context, const XML_Char *text, int size) {
  Workbook *book = context;
  if (book->in_text && !book->in_phonetic) buffer_append(&book->texts, text, (size_t)size);
}

static void XMLCALL strings_end(void *context, const XML_Char *name) {
  Workbook *book = context;
  if (is_named(name, "t")) book->in_text = false;
  if (is_named(name, "rPh")) book->in_phonetic = false;
  if (!is_named(name, "si")) return;
  if (book->text_count == book->text_capacity) {
    book->text_capacity = book->text_capacity ? book->text_capacity * 2 : 256;
    book->ends = mem_realloc(book->ends, book->text_capacity * sizeof *book->ends);
  }
  book->ends[book->text_count++] = book->texts.size;
}

// --- Cells ---

static void put_quoted(Buffer *csv, const char *text, size_t size) {
  buffer_append_char(csv, '"');
  for (size_t i = 0; i < size; i++) {
    if (text[i] == '"') buffer_append_char(csv, '"');
    if (text[i]) buffer_append_char(csv, text[i]);
  }
  buffer_append_char(csv, '"');
}

// Days since 1899-12-30, but that 1900 had a 29 February for Lotus 1-2-3 and so for Excel: the days
// before it are one less. Up to the microsecond that 15 digits leave, seconds are whole.
static bool put_moment(const Workbook *book, double serial) {
  if (!(serial >= 0 && serial < 2958466)) return false; // 9999-12-31
  double days = floor(serial);
  int64_t seconds = (int64_t)llround((serial - days) * 86400);
  if (seconds == 86400) days++, seconds = 0;
  int32_t epoch = book->from_1904 ? date_from_civil(1904, 1, 1) : date_from_civil(1899, 12, 30);
  int32_t day = epoch + (int32_t)days + (!book->from_1904 && days < 60 && days > 0);
  CivilDate civil = date_to_civil(day);
  bool only_time = days < 1 && seconds;
  if (!only_time)
    buffer_printf(book->csv, "%04d-%02d-%02d", (int)civil.year, (int)civil.month, (int)civil.day);
  if (seconds)
    buffer_printf(book->csv, "%s%02d:%02d:%02d", only_time ? "" : " ", (int)(seconds / 3600),
                  (int)(seconds / 60 % 60), (int)(seconds % 60));
  return true;
}

static void put_number(Workbook *book, const char *text) {
  char *end;
  double value = strtod(text, &end);
  bool is_date = book->style < book->format_count && book->formats[book->style] == FORMAT_DATE;
  if (end == text || !isfinite(value)) return;
  if (is_date && put_moment(book, value)) return;
  char shown[40];
  snprintf(shown, sizeof shown, "%.15g", value);
  if (strchr(shown, 'e') && fabs(value) < 1e18 && fabs(value) >= 1)
    snprintf(shown, sizeof shown, "%.0f", value);
  buffer_append_text(book->csv, shown);
}

static void put_value(Workbook *book) {
  const char *type = book->type, *text = book->value.size ? book->value.data : "";
  if (!strcmp(type, "s")) {
    unsigned long index = strtoul(text, NULL, 10);
    if (!book->value.size || index >= book->text_count) return;
    size_t start = index ? book->ends[index - 1] : 0;
    put_quoted(book->csv, book->texts.size ? book->texts.data + start : "",
               book->ends[index] - start);
  } else if (!strcmp(type, "str") || !strcmp(type, "inlineStr")) {
    put_quoted(book->csv, text, book->value.size);
  } else if (!strcmp(type, "b")) {
    buffer_append_text(book->csv, *text == '1' ? "true" : "false");
  } else if (!strcmp(type, "d")) {
    buffer_append_text(book->csv, text);
  } else if (strcmp(type, "e") != 0) {
    put_number(book, text);
  }
}

static uint32_t column_of(const char *reference, uint32_t otherwise) {
  uint32_t column = 0;
  if (!reference || *reference < 'A' || *reference > 'Z') return otherwise;
  for (; *reference >= 'A' && *reference <= 'Z' && column < COLUMNS_MAX; reference++)
    column = column * 26 + (uint32_t)(*reference - 'A') + 1;
  return column - 1;
}

// --- Rows ---

static void row_begin(Workbook *book, const XML_Char **a) {
  const char *number = attribute(a, "r");
  uint32_t row = number ? (uint32_t)strtoul(number, NULL, 10) : book->row + 1;
  if (row > ROWS_MAX) row = book->row + 1;
  while (book->row + 1 < row) { // rows that are not there are blank lines
    buffer_append_char(book->csv, '\n');
    book->row++;
  }
  book->row++;
  book->written = book->column = 0;
}

static void row_end(Workbook *book) {
  if (!book->width) book->width = book->written;
  for (; book->written && book->written < book->width; book->written++)
    buffer_append_char(book->csv, ',');
  buffer_append_char(book->csv, '\n');
}

static void cell_begin(Workbook *book, const XML_Char **a) {
  const char *type = attribute(a, "t"), *style = attribute(a, "s");
  book->column = column_of(attribute(a, "r"), book->written);
  snprintf(book->type, sizeof book->type, "%s", type ? type : "n");
  book->style = style ? (uint32_t)strtoul(style, NULL, 10) : 0;
  buffer_reset(&book->value);
}

static void cell_end(Workbook *book) {
  if (book->column < book->written || book->column >= COLUMNS_MAX) return;
  while (book->written <= book->column) {
    if (book->written) buffer_append_char(book->csv, ',');
    book->written++;
  }
  put_value(book);
}

static void XMLCALL sheet_start(void *context, const XML_Char *name, const XML_Char **a) {
  Workbook *book = context;
  if (is_named(name, "row")) row_begin(book, a);
  if (is_named(name, "c")) cell_begin(book, a);
  if (is_named(name, "v") || is_named(name, "t")) book->in_value = true;
  if (is_named(name, "rPh")) book->in_phonetic = true;
}

static void XMLCALL sheet_text(void *context, const XML_Char *text, int size) {
  Workbook *book = context;
  if (book->in_value && !book->in_phonetic) buffer_append(&book->value, text, (size_t)size);
}

static void XMLCALL sheet_end(void *context, const XML_Char *name) {
  Workbook *book = context;
  if (is_named(name, "v") || is_named(name, "t")) book->in_value = false;
  if (is_named(name, "rPh")) book->in_phonetic = false;
  if (is_named(name, "c")) cell_end(book);
  if (is_named(name, "row")) row_end(book);
}

// --- Parts ---

typedef struct Handlers {
  XML_StartElementHandler start;
  XML_EndElementHandler end;
  XML_CharacterDataHandler text;
} Handlers;

// Workbooks have no document types, and entities of strangers are not to be expanded.
static void XMLCALL doctype_refuse(void *context, const XML_Char *name, const XML_Char *system,
                                   const XML_Char *public_id, int internal) {
  (void)name;
  (void)system;
  (void)public_id;
  (void)internal;
  XML_StopParser(((Workbook *)context)->parser, XML_FALSE);
}

static Status part_read(Workbook *book, const ZipArchive *archive, const char *name,
                        const Handlers *handlers, bool optional, Error *error) {
  Buffer part;
  buffer_init(&part);
  Status status = zip_read(archive, name, PART_BYTES_MAX, &part, error);
  if (status != STATUS_OK) {
    buffer_clear(&part);
    if (status != STATUS_NOT_FOUND) return status;
    if (optional) *error = ERROR_INIT;
    if (optional) return STATUS_OK;
    return error_set(error, STATUS_INVALID,
                     "%s is a ZIP archive, but no Excel workbook: unpack it (there is no %s in it)",
                     book->path, name);
  }
  book->parser = XML_ParserCreate(NULL);
  XML_SetUserData(book->parser, book);
  XML_SetElementHandler(book->parser, handlers->start, handlers->end);
  XML_SetCharacterDataHandler(book->parser, handlers->text);
  XML_SetStartDoctypeDeclHandler(book->parser, doctype_refuse);
  if (XML_Parse(book->parser, part.data, (int)part.size, 1) != XML_STATUS_OK)
    status = error_set(error, STATUS_CORRUPT, "%s: %s, line %lu: %s", book->path, name,
                       (unsigned long)XML_GetCurrentLineNumber(book->parser),
                       XML_ErrorString(XML_GetErrorCode(book->parser)));
  XML_ParserFree(book->parser);
  buffer_clear(&part);
  return status;
}

static Status parts_read(Workbook *book, const ZipArchive *archive, Error *error) {
  static const Handlers workbook = {workbook_start, NULL, NULL},
                        relations = {relations_start, NULL, NULL},
                        styles = {styles_start, styles_end, NULL},
                        strings = {strings_start, strings_end, strings_text},
                        sheet = {sheet_start, sheet_end, sheet_text};
  TRY(part_read(book, archive, "xl/workbook.xml", &workbook, false, error));
  if (book->relation)
    TRY(part_read(book, archive, "xl/_rels/workbook.xml.rels", &relations, false, error));
  if (!book->relation && book->wanted)
    return error_set(error, STATUS_NOT_FOUND, "%s: the workbook has no sheet '%s'; it has %.500s",
                     book->path, book->wanted, book->names.size ? book->names.data : "none");
  if (!book->target)
    return error_set(error, STATUS_INVALID, "%s: the workbook has no sheet", book->path);
  TRY(part_read(book, archive, "xl/styles.xml", &styles, true, error));
  TRY(part_read(book, archive, "xl/sharedStrings.xml", &strings, true, error));
  return part_read(book, archive, book->target, &sheet, false, error);
}

bool xlsx_begins(const char *bytes, size_t size) {
  return size >= 4 && !memcmp(bytes, "PK\3\4", 4);
}

Status xlsx_to_csv(const void *data, size_t size, const char *path, const char *sheet, Buffer *csv,
                   Error *error) {
  ZipArchive archive;
  TRY(zip_open(data, size, path, &archive, error));
  Workbook book = {.path = path, .wanted = sheet, .arena = arena_create(), .csv = csv};
  buffer_init(&book.names);
  buffer_init(&book.texts);
  buffer_init(&book.value);
  Status status = parts_read(&book, &archive, error);
  buffer_clear(&book.names);
  buffer_clear(&book.texts);
  buffer_clear(&book.value);
  mem_free(book.ends);
  mem_free(book.customs);
  mem_free(book.formats);
  arena_destroy(book.arena);
  return status;
}
