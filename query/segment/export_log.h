// What of the members was given away as a file: noted and synced before the file is sent, so that
// none leaves unnoted, whatever happens to the server. One line of JSON each in the store's file
// `audiences/exports.log`, which only grows. Thread-safe.
#pragma once
#include "arena.h"
#include "error.h"
#include <stdbool.h>
#include <stdint.h>

#define EXPORTS_TOLD_MAX 1000 // of the last, that are kept in memory

typedef struct ExportEntry {
  const char *audience, *segment; // the id of one of them; the other is NULL
  const char *const *arms;        // [arm_count] ids; none: of a segment
  uint32_t arm_count;
  const char *const *columns; // [column_count]
  uint32_t column_count;
  bool personal; // personal data stood in it unmasked
  uint64_t rows;
} ExportEntry;

typedef struct ExportLog ExportLog;

// folder: the store's; NULL: the log lives as long as the process. Lines that are none are told to
// `faults` (may be NULL) and left alone.
Status export_log_open(const char *folder, void (*faults)(void *context, const char *text),
                       void *context, ExportLog **log, Error *error) WARN_UNUSED;
void export_log_close(ExportLog *log); // NULL is allowed
// STATUS_IO: it could not be noted, and nothing may be given away.
Status export_log_add(ExportLog *log, const ExportEntry *entry, Error *error) WARN_UNUSED;
// The last entries, the newest first, as JSON objects {at, audience, segment, arms, columns,
// personal, rows}, in the arena.
uint32_t export_log_list(ExportLog *log, Arena *arena, const char *const **entries);
