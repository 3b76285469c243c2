// Reports: files of YAML that say what is asked (SQL with named parameters), how it is called in
// two languages, and how its columns read.
//
//   catalogue/*.yaml (in the program) ─┐
//   a retailer's folder *.yaml ────────┴─► report_catalogue_create ─► ReportCatalogue, never
//   changed
//                                            report_check: names, types and columns, by binding
//   values of a request ─► report_bind ─► SqlParameter[] ─► sql_statement(report->sql)
//
// A parameter $name of the SQL is the statement's parameter $n: values are bound, never pasted into
// the text. Faults are told as the model's are: file, line, column. docs/REPORTS.md has the keys.
#pragma once
#include "catalog.h"
#include "model.h"
#include "sql_parse.h"

#define REPORT_PARAMETERS_MAX 9  // $1 to $9: a number is never longer than the name it replaces
#define REPORT_MEMBERS_MAX 10000 // of a list, as of a filter of a cube query

typedef enum ReportParameterType {
  REPORT_DATE,   // 2025-12-31, first_day, last_day, last_day - 30
  REPORT_MONTH,  // 2025-12, last_full_month, last_full_month - 1; bound as its first day
  REPORT_NUMBER, // 90, or the name of one of the model's definitions
  REPORT_TEXT,
  REPORT_CHOICE,
  REPORT_MEMBERS, // a list of members of `level`, as filters of cube queries name them, and of
                  // NULL; none: all
  REPORT_SEGMENT, // the id of a saved segment; none, or "": everybody
} ReportParameterType;

typedef struct ReportParameter {
  const char *name;
  ReportParameterType type;
  ModelText title;
  const char *standard; // as written, or NULL: a value must be given, but for MEMBERS and SEGMENT
  const char **choices; // CHOICE
  uint32_t choice_count;
  const char *level;      // MEMBERS: "store.region"
  ModelPlace level_place; // of that text
} ReportParameter;

typedef struct ReportColumn {
  const char *name;
  ModelText title;
  const char *format;  // "text", "money", "count", "number", "percent", "date", "month"
  const char **levels; // whose members its values are, with words of the report's own among them
  uint32_t level_count;
} ReportColumn;

typedef struct ReportChart {
  const char *kind;          // "bar", "line", "heatmap", "waterfall"; NULL: no chart
  const char *x, *y, *value; // columns; y, value may be NULL
} ReportChart;

// A text of SQL of a file, with $1... in the place of $name, byte for byte as long.
typedef struct ReportSql {
  const char *text;
  ModelPlace place; // of the value
  bool is_block;    // written under "sql: |": the text's lines are lines of the file
  uint32_t indent;  // of those
} ReportSql;

// Rows of a cube that a figure of the report is of: the measure says the same of them.
typedef struct ReportDrillMeasure {
  const char *column, *measure; // "sales", "receipts.sales"
} ReportDrillMeasure;

typedef struct ReportDrillLevel {
  const char *column, *level; // whose values are members of the level
  const char *when;           // where the drill's `by` has this value; NULL: always
} ReportDrillLevel;

// The customers that a figure counts: a SELECT over what the WITH of the report's SQL names. It
// takes the report's parameters and, as $row_NAME, the row's own values.
typedef struct ReportDrillCustomers {
  const char *column;      // of the report, whose figure is the number of rows
  ReportSql own;           // as the file has it
  const char *sql;         // the whole statement
  uint32_t own_begin;      // bytes of the report's SQL before it
  const char **row_values; // columns of the report, for the numbers after the parameters'
  uint32_t row_value_count;
  uint32_t value_count; // the highest number that it uses
} ReportDrillCustomers;

// What stands behind a row. A level, measure or attribute that the model lacks makes no link.
typedef struct ReportDrill {
  ReportDrillMeasure *measures; // of one cube
  uint32_t measure_count;
  const char *
      *period; // parameters: a first and a last day (or month), or one month; none: all days
  uint32_t period_count;
  const char *by; // a parameter of type choice, or NULL
  ReportDrillLevel *levels;
  uint32_t level_count;
  ReportDrillCustomers *customers;
  uint32_t customer_count;
  // Members who have the column's value of the model's attribute on the day that is the
  // parameter's value; NULL: none.
  const char *attribute, *attribute_column, *attribute_day;
} ReportDrill;

typedef struct Report {
  const char *file;
  const char *id, *group;
  ModelText title, definition;
  ReportParameter *parameters;
  uint32_t parameter_count;
  const char **tables, **columns, **cubes; // required: "receipts", "receipts.date", "sales"
  uint32_t table_count, required_column_count, cube_count;
  ReportSql sql;
  ReportColumn *shown; // the answer's columns
  uint32_t shown_count;
  ReportChart chart;
  ReportDrill drill;
} Report;

typedef struct ReportCatalogue ReportCatalogue;

// Reads the shipped reports, then the *.yaml of `folder` (NULL: none). All faults go to `faults`
// (may be NULL), the first to `error`. Two reports of one id are a fault. The caller destroys it.
Status report_catalogue_create(const char *folder, ModelFaultSink faults, void *context,
                               ReportCatalogue **catalogue, Error *error) WARN_UNUSED;
void report_catalogue_destroy(ReportCatalogue *catalogue); // NULL is allowed
uint32_t report_catalogue_count(const ReportCatalogue *catalogue);
const Report *report_catalogue_at(const ReportCatalogue *catalogue, uint32_t index);
const Report *report_catalogue_find(const ReportCatalogue *catalogue, const char *id); // or NULL

// What the data lack for a report ("no table receipt_totals"), in the arena; NULL: it can be run.
// model may be NULL.
const char *report_missing(const Report *report, const Catalog *catalog, const Model *model,
                           Arena *arena);
// Binds the SQL of every report that can be run: a fault names the file's line and column.
Status report_catalogue_check(const ReportCatalogue *catalogue, const Catalog *catalog,
                              const Model *model, ModelFaultSink faults, void *context,
                              Error *error) WARN_UNUSED;

// ---- Values ------------------------------------------------------------------------------------

// What a default may be relative to.
typedef struct ReportDays {
  bool known;
  int32_t first, last; // of the data
} ReportDays;

typedef struct ReportGiven { // a value of a request
  const char *name, *text;
  bool is_number; // text is its digits
  bool is_list;   // text is NULL, items are the values: texts, and numbers by their digits
  const Str *items;
  uint32_t item_count;
  bool has_null; // the list names those without a value too
} ReportGiven;

typedef struct ReportRowValue { // of a column of the report, as an answer has it
  const char *name;
  SqlParameter value;
} ReportRowValue;

// A default as a value that a request could give ("2025-12-31"), in the arena; NULL: there is none,
// or the data have no days to count from, or the value is a list, which is empty.
const char *report_default(const ReportParameter *parameter, const ReportDays *days,
                           const Model *model, Arena *arena);
// Values for report->sql.text, [report->parameter_count], in the arena. Unknown names, missing and
// wrong values are STATUS_INVALID with the path "parameters.NAME". Whether members exist is
// report_members_check's to say.
Status report_bind(const Report *report, const ReportDays *days, const Model *model,
                   const ReportGiven *given, uint32_t given_count, Arena *arena,
                   SqlParameter **parameters, Error *error) WARN_UNUSED;
const char *report_parameter_type_name(ReportParameterType type);

// ---- Customers ---------------------------------------------------------------------------------

// The drill to the customers whom the column's figure counts; NULL: there is none.
const ReportDrillCustomers *report_find_customers(const Report *report, const char *column);
// Values for customers->sql, [customers->value_count], in the arena: the report's own, of
// report_bind, and the row's, which are taken by name from `row`. A value that is missing is
// STATUS_INVALID with the path "row.NAME".
Status report_bind_row(const Report *report, const ReportDrillCustomers *customers,
                       const SqlParameter *values, const ReportRowValue *row, uint32_t row_count,
                       Arena *arena, SqlParameter **bound, Error *error) WARN_UNUSED;
