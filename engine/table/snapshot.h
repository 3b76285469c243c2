// A root on disk: immutable files of sealed blocks and a manifest, and back.
//
//   STORE/LOCK                      held (flock) by the process that has the store open for writing
//   STORE/MANIFEST                  JSON: format, version, tables, schemas, files; a checksum line
//   STORE/blocks/NNNNNNNN.tsb       blocks of one column and its dictionary: zstd, XXH64 each
//
// A version writes only what is new: a column whose blocks are all stored already writes nothing.
// Order: write files, fsync, write MANIFEST.new, fsync, rename, fsync folder; then unnamed files
// go.
#pragma once
#include "job.h"
#include "root.h"

typedef struct SnapshotReport {
  uint64_t files_written; // block files; an unchanged root writes none
  uint64_t bytes_written; // of them and of the manifest (none when it is unchanged too)
  uint64_t files_kept;    // block files of earlier versions that this one still names
} SnapshotReport;

// Writes the root into the folder (made if missing); report may be NULL. The caller holds the
// store's lock. Failing or cancelled, it leaves the previous version and removes its own files.
// STATUS_INVALID: the root itself cannot be stored (a column's blocks contradict its type, a name
// is not UTF-8); STATUS_CORRUPT: the folder holds a damaged manifest, which is not written over;
// STATUS_IO: the operating system refused (disk full: the message says where).
Status snapshot_write(const char *folder, const Root *root, struct ThreadPool *pool, Job *job,
                      SnapshotReport *report, Error *error) WARN_UNUSED;
// Reads the current version. STATUS_NOT_FOUND: no store there; STATUS_CORRUPT: names the file and
// what is wrong (checksum, length, foreign format version). On success budget (NULL: none) has been
// charged root_bytes(*root), which the caller owns: whoever drops the root, or publishes a next
// one, releases or adjusts it; on failure nothing stays charged. Columns that shared a dictionary
// or blocks when they were written share them again.
Status snapshot_read(const char *folder, MemoryBudget *budget, struct ThreadPool *pool, Job *job,
                     Root **root, Error *error) WARN_UNUSED;

// What root lies there, without reading it: its version and when it was published.
Status snapshot_version(const char *folder, uint64_t *version, int64_t *published_at,
                        Error *error) WARN_UNUSED;

typedef struct StoreLock StoreLock;
// STATUS_BUSY when another process holds the store, naming its process id.
Status store_lock_acquire(const char *folder, StoreLock **lock, Error *error) WARN_UNUSED;
void store_lock_release(StoreLock *lock);
