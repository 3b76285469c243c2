// One SQL statement to rows, whichever kind it is.
#pragma once
#include "database.h"
#include "executor.h"
#include "session.h"
#include "sql_parse.h"

// Runs `text` on the view's moment and pushes its rows into sink. EXPLAIN gives one column, "plan",
// a line a row; SHOW TABLES the names; DESCRIBE the columns. passes_off: optimiser passes to leave
// out, separated by commas; options: values of parameters; segments: those that in_segment asks;
// each may be NULL. Errors carry the byte offset in `text`.
Status sql_answer(Database *database, const DatabaseView *view, const CatalogSegments *segments,
                  const char *text, const SqlOptions *options, const char *passes_off, Job *job,
                  const ResultSink *sink, QueryStats *stats, Error *error) WARN_UNUSED;
// The same within a session over the view's root, with its tables, views and settings, and the
// statements that change them: those give no rows but stats->command.
Status sql_answer_session(Database *database, Session *session, const char *text,
                          const SqlOptions *options, Job *job, const ResultSink *sink,
                          QueryStats *stats, Error *error) WARN_UNUSED;
