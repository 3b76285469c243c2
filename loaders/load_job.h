// A load: a model and a data folder (or files) -> the next root of a store, all or nothing.
//
//   files ─► readers (plain, gz, zst) ─► sources (CSV, JSON lines) ─► typed batches, in parallel
//         ─► ordered: dictionaries, keys, inferred members ─► encoded blocks ─► next root
//
// A load is a named batch; repeating a name is refused. Bad rows go to a rejects file up to the
// model's limit; beyond it the load fails and nothing changes. Cancelling leaves the store as it
// was.
#pragma once
#include "job.h"
#include "model.h"
#include "root.h"

typedef struct LoadOptions {
  const char *data;         // folder that the model's globs are relative to
  const char *batch;        // name; NULL: made from the files' names, sizes and times
  const char *rejects_path; // CSV: file, line, column, value, reason; NULL: not written
  bool check;               // bad rows have no limit: all kinds of them go to the report
  const char *const *only;  // tables to load; NULL: all that have files
  uint32_t only_count;
  // Called with the current root and the next one before it is published, to add what is made of
  // the loaded tables (expressions, derived tables) in the same step; a failure leaves the store as
  // it was. May be NULL.
  Status (*complete)(void *context, const Root *base, Root *next, const Model *model, Job *job,
                     Error *error);
  void *complete_context;
} LoadOptions;

typedef struct LoadTableReport {
  const char *table; // in the report's arena
  uint64_t rows, rejected, updated, inferred, unmatched;
  uint64_t bytes_read;                   // of the files, uncompressed
  uint64_t size_bytes;                   // of the table in memory
  uint64_t doubled_times, missing_times; // local times at zone changes
  uint32_t file_count;
  int64_t reject_limit; // bad rows that the model allows
} LoadTableReport;

typedef struct LoadFault { // a kind of bad row: how many there were, and the first of them
  const char *table, *column, *reason; // column "": the whole row
  const char *file, *value;
  uint64_t line, count;
} LoadFault;

typedef struct LoadReport {
  Arena *arena;
  LoadTableReport *tables;
  uint32_t table_count;
  char **notices; // extra columns ignored, optional tables absent, ...
  uint32_t notice_count;
  LoadFault *faults; // in the order in which they came
  uint32_t fault_count;
  int64_t elapsed_ns;
  const char *batch;
} LoadReport;

void load_report_clear(LoadReport *report);
// Adds a notice, cut at 1,023 bytes. Not thread-safe.
void load_report_notice(LoadReport *report, const char *format, ...) PRINTF_LIKE(2, 3);

// Loads into `store` (publishes one new root on success; holds the writer's lock meanwhile). The
// report (zero-initialised by the caller) is filled as far as the load came, also on failure.
Status load_run(Store *store, const Model *model, const LoadOptions *options, Job *job,
                LoadReport *report, Error *error) WARN_UNUSED;
