// One file to one report, and the places in its SQL.
#pragma once
#include "model_fault.h"
#include "report.h"

// Reads a report into `arena`; what is wrong goes to `faults`, and the report is then not to be
// used. `file` and `text` outlive neither: all is copied.
void report_read(const char *text, size_t size, Arena *arena, ModelFaults *faults, Report *report);
// Where byte `position` of the report's SQL stands in its file (-1: where the SQL begins).
ModelPlace report_sql_place(const Report *report, int64_t position);
