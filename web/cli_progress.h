// Progress of long work, for people (a bar on a terminal) and for logs (a line a phase).
#pragma once
#include "job.h"
#include <pthread.h>
#include <stdio.h>

typedef struct CliProgress {
  FILE *out;
  bool quiet, terminal;
  const char *phase; // the one being shown; NULL: none yet
  int64_t phase_start_ns;
  const char *logged; // the phase of the last line; NULL: no line yet
  int64_t logged_ns;
  JobProgress last;
  bool line_open; // a bar stands on the line
  pthread_mutex_t lock;
} CliProgress;

// Makes `job` report here (to standard error). With `quiet` nothing is shown.
void cli_progress_start(CliProgress *progress, Job *job, bool quiet);
// Clears the bar. Call it before anything else is printed, and once when the work ended.
void cli_progress_end(CliProgress *progress);
// One line: "Loading models/demo.yaml"; nothing with quiet.
void cli_progress_note(CliProgress *progress, const char *format, ...) PRINTF_LIKE(2, 3);

// Numbers for people: "1,234,567", "12.3 GB", "1:05".
#define CLI_TEXT_BYTES 32
const char *cli_format_count(uint64_t value, char out[CLI_TEXT_BYTES]);
const char *cli_format_bytes(double bytes, char out[CLI_TEXT_BYTES]);
const char *cli_format_clock(double seconds, char out[CLI_TEXT_BYTES]);
