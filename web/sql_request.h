// The body of POST /api/v1/sql, and of a report's run, read and checked.
#pragma once
#include "api.h"
#include "member_names.h"
#include "result_writer.h"
#include "sql_parse.h"
#include <jansson.h>

typedef enum SqlRequestKind {
  REQUEST_SQL = 1,
  REQUEST_REPORT = 2,
  REQUEST_CUSTOMERS = 4 // of a figure of a report
} SqlRequestKind;

typedef struct SqlRequest {
  json_t *document;           // owns the texts
  const char *sql, *query_id; // query_id, filename, passes_off: the document's, or NULL
  const char *filename, *passes_off;
  const json_t *params;     // SQL: an array, or NULL
  const json_t *parameters; // REPORT, CUSTOMERS: an object, or NULL
  const json_t *row;        // CUSTOMERS: an object of columns and their values, or NULL
  const char *column;       // CUSTOMERS: of the report
  // Filled in by the handler: what runs, for $1, $2...
  const SqlParameter *values;
  uint32_t value_count;
  const MemberNames *names; // [name_count]: columns whose values are shown by other names
  uint32_t name_count;
  ResultFormat format;
  bool large_text;         // JSON: numbers beyond 2^53 are texts
  ResultLanguage language; // of the words of an XLSX file
  bool is_english;         // `language` was given, and is English
  const ResultBook *book;  // XLSX: what stands beside the rows; the handler's
  int64_t rows_max, bytes_max, timeout_ms, memory_mb; // the client's limits; 0: none
} SqlRequest;

// Reads request->body, and its Accept header where the body names no format. A report's has no
// `sql` and `params` but `parameters`, one for customers `column` and `row` besides; the sql is
// left to the caller. A limit beyond the server's own is STATUS_INVALID. On success the caller
// clears `sql`.
Status sql_request_read(const ApiContext *api, const HttpRequest *request, SqlRequestKind kind,
                        SqlRequest *sql, Error *error) WARN_UNUSED;
void sql_request_clear(SqlRequest *sql);
// The members that other requests for files have too: a file's name (`value` keeps its text), and
// the language of a workbook's words.
Status sql_request_read_filename(const json_t *value, const char **filename,
                                 Error *error) WARN_UNUSED;
Status sql_request_read_language(const json_t *value, ResultLanguage *language,
                                 Error *error) WARN_UNUSED;
// The Content-Disposition for a file name in UTF-8; the caller frees it (mem_free).
char *sql_request_disposition(const char *filename);
