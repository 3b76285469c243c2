// Texts as a spreadsheet file can hold them.
#pragma once
#include "buffer.h"
#include "text.h"

#define XLSX_TEXT_UNITS_MAX 32767 // UTF-16 units of a cell
#define XLSX_SHEET_NAME_BYTES 128 // room for a sheet's name: 31 characters

// Appends a cell's text as ECMA-376 (22.9.2.19, ST_Xstring) wants it: what XML cannot hold is
// written _xHHHH_, a text that looks like such an escape has its underscore escaped, bytes that are
// no UTF-8 become U+FFFD. Returns the text's length in UTF-16 units, as Excel counts it.
size_t xlsx_text_append(Str text, Buffer *out);
// A sheet's name: without the characters that Excel forbids, at most 31 UTF-16 units; `fallback`
// where nothing of it remains.
void xlsx_sheet_name(const char *wanted, const char *fallback, char name[XLSX_SHEET_NAME_BYTES]);
