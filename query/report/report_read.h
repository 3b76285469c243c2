// One file to one report, and the places in its SQL.
#pragma once
#include "model_reader.h"
#include "report.h"

// Reads a report into `arena`; what is wrong goes to `faults`, and the report is then not to be
// used. `file` and `text` outlive neither: all is copied.
void report_read(const char *text, size_t size, Arena *arena, ModelFaults *faults, Report *report);
// Where byte `position` of the SQL stands in its file (-1: where the SQL begins).
ModelPlace report_sql_place(const ReportSql *sql, int64_t position);
// The same of the whole statement of a drill to customers.
ModelPlace report_customers_place(const Report *report, const ReportDrillCustomers *customers,
                                  int64_t position);

// ---- For the reader's own files ----------------------------------------------------------------

void report_read_drill(ModelReader *reader, const YamlPair *pair, void *drill); // ReportDrill
// Once the whole report is read: the columns and parameters that the drill names are the report's;
// its statements are made whole. `text` is the file's.
void report_drill_finish(ModelReader *reader, const char *text, size_t size, Report *report);

void report_read_sql(ModelReader *reader, const YamlPair *pair, void *sql); // ReportSql
// Whether the SQL stands under "sql: |" of the file's text, and how far it is indented.
void report_sql_locate(const char *text, size_t size, ReportSql *sql);
// The end of what is no SQL text to look into at `c` (a quoted text or name, a comment), else `c`.
const char *report_sql_skip(const char *c);
// Whether $number stands in it, outside of quotes and comments.
bool report_sql_uses(const char *sql, uint32_t number);
// Puts numbers in the place of the names after $. number_of: of a name, from 1; 0: it is none.
void report_sql_number(ModelReader *reader, ReportSql *sql,
                       uint32_t (*number_of)(void *context, const char *name, size_t size),
                       void *context);
// The named parameter, or NULL.
const ReportParameter *report_find_parameter(const Report *report, const char *name, size_t size);
