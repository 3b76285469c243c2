// CSV files from rows: each table is cut into chunks of units (a row, or an order with its lines),
// which threads format at once and write in turn, so that the bytes do not depend on the threads.
#pragma once
#include "job.h"
#include "thread_pool.h"

#define PATH_BYTES 4096

typedef struct TableFile {
  const char *name, *header; // NAME.csv; the header with its line feed
  // Formats unit i (from 0) at out, which has unit_bytes_max bytes; returns the end, and adds to
  // *row_count the lines that it wrote. Called by several threads at once.
  char *(*format)(const void *spec, uint64_t i, char *out, uint64_t *row_count);
  uint64_t unit_count;
  size_t unit_bytes_max;
} TableFile;

// Makes the folder if it is missing, and removes the manifest: from now on it holds neither the old
// data nor the new.
Status table_folder_prepare(const char *folder, const char *manifest_name,
                            Error *error) WARN_UNUSED;
// Writes folder/NAME.csv, as NAME.csv.part at first: a file is complete or absent. Sets *row_count,
// adds to *bytes. STATUS_IO names the file.
Status table_write(const void *spec, const char *folder, const TableFile *table, ThreadPool *pool,
                   uint64_t *row_count, uint64_t *bytes, Error *error) WARN_UNUSED;
Status table_manifest_write(const char *folder, const char *name, const char *text,
                            Error *error) WARN_UNUSED;
