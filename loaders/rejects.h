// Bad rows of a load: a CSV file of them, the limit, and the first few for the message.
#pragma once
#include "arena.h"
#include "load_job.h"

typedef struct Rejects Rejects;

// path NULL: nothing is written. The file is made at the first bad row.
Rejects *rejects_create(const char *path);
void rejects_destroy(Rejects *rejects); // NULL is allowed; closes the file

// Begins a table: its name and the number of bad rows allowed.
void rejects_begin_table(Rejects *rejects, const char *table, int64_t limit);
// Notes one bad row. STATUS_LIMIT once there are more than allowed: the message has the table, the
// counts, the first faults and where the rejects are.
Status rejects_add(Rejects *rejects, const char *file, uint64_t line, const char *column,
                   const char *value, const char *reason, Error *error) WARN_UNUSED;
uint64_t rejects_table_count(const Rejects *rejects);
// The kinds of bad rows that came, into the report and its arena.
void rejects_report(const Rejects *rejects, LoadReport *report);
