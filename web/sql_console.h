// SQL statements for a person: answers on standard output, errors with a caret on standard error.
// The command's one statement, scripts and the interactive shell all run through it.
#pragma once
#include "database.h"
#include "result_writer.h"
#include "segment_store.h"
#include "session.h"
#include <stdio.h>

typedef struct SqlConsole {
  Database *database;
  const DatabaseView *view; // of the session
  Session *session;
  SegmentStore *segments; // the store's
  ResultFormat format;
  const char *null_text;
  const SqlParameter *parameters; // NULL: none
  uint32_t parameter_count;
  FILE *output;  // where answers go; NULL: standard output
  bool time;     // print times and what was read to standard error
  bool commands; // print what a statement without rows did: "CREATE VIEW"
  // Of tables and records that are shown on the terminal:
  uint32_t rows_shown; // how many rows, the rest is counted; 0: all
  bool fit_width;      // tables that are wider than it are shown a column a line
} SqlConsole;

// Runs the statements of `text`, separated by ';', up to the first that fails. That one is printed:
// with `name` (a file's) its line too. Returns the exit code: 0, 1, 130 (interrupted).
int sql_console_run(const SqlConsole *console, const char *text, const char *name);
