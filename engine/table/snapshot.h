// A root on disk: immutable files of sealed blocks and a manifest, and back.
//
//   STORE/LOCK                      held (flock) by the process that has the store open for writing
//   STORE/MANIFEST                  JSON: format, version, tables, schemas, files; a checksum line
//   STORE/blocks/NNNNNNNN.tsb       blocks of one column and its dictionary: zstd, XXH64 each
//
// A version writes only what is new: a column whose blocks are all stored already writes nothing.
// Order: write files, fsync, write MANIFEST.new, fsync, rename, fsync folder; then unnamed files go.
#pragma once
#include "job.h"
#include "root.h"

typedef struct SnapshotReport {
  uint64_t files_written, bytes_written, files_kept;
} SnapshotReport;

// Writes the root into the folder (made if missing). Cancelling leaves the previous version.
Status snapshot_write(const char *folder, const Root *root, struct ThreadPool *pool, Job *job,
                      SnapshotReport *report, Error *error) WARN_UNUSED;
// Reads the current version. STATUS_NOT_FOUND: no store there; STATUS_CORRUPT: names the file and
// what is wrong (checksum, length, foreign format version). Memory is charged to budget.
Status snapshot_read(const char *folder, MemoryBudget *budget, struct ThreadPool *pool, Job *job,
                     Root **root, Error *error) WARN_UNUSED;

typedef struct StoreLock StoreLock;
// STATUS_BUSY when another process holds the store, naming its process id.
Status store_lock_acquire(const char *folder, StoreLock **lock, Error *error) WARN_UNUSED;
void store_lock_release(StoreLock *lock);
