// What an XLSX file says beside the rows of a statement or of a report, and the file's name.
#pragma once
#include "data_state.h"
#include "report.h"
#include "result_book.h"
#include "sql_parse.h"

// Of a statement: its text, how old the data are, when it was asked. Everything made lives in the
// arena.
const ResultBook *answer_book_sql(const char *sql, ResultLanguage language, const DataState *data,
                                  Arena *arena);
// Of a report: title, definition, the values of its parameters; its columns' titles and formats.
// values [report->parameter_count] are those that report_bind made.
const ResultBook *answer_book_report(const Report *report, const SqlParameter *values,
                                     ResultLanguage language, const DataState *data, Arena *arena);
// "kpi 2025-12-01 2025-12-31 2025-12-31.xlsx": the report's id and its days and months.
const char *answer_book_report_file(const Report *report, const SqlParameter *values, Arena *arena);
