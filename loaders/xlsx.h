// A sheet of an Excel workbook (.xlsx, ECMA-376) as CSV text.
#pragma once
#include "buffer.h"
#include "status.h"

// Whether the first bytes are those of a ZIP archive, as a workbook is one.
bool xlsx_begins(const char *bytes, size_t size);

// The sheet of that name (NULL: the first), in UTF-8: commas, texts in quotes, a line for each of
// its rows, dates and times by their cells' formats as ISO 8601, numbers by 15 significant digits
// as Excel shows them. Errors
// (#N/A) and empty cells are empty fields. path: for messages. STATUS_INVALID: it is an archive,
// but no workbook; STATUS_NOT_FOUND: it has no sheet of the name; STATUS_CORRUPT: it is damaged;
// STATUS_LIMIT: it is too large.
Status xlsx_to_csv(const void *data, size_t size, const char *path, const char *sheet, Buffer *csv,
                   Error *error) WARN_UNUSED;
