// The members of a ZIP archive in memory: stored and deflated ones, as workbooks have them.
#pragma once
#include "buffer.h"
#include "status.h"

typedef struct ZipArchive {
  const unsigned char *data;
  size_t size;
  const char *path; // for messages
  size_t directory; // offset of the central directory
  uint32_t entry_count;
} ZipArchive;

// Finds the directory. The data must outlive the archive. STATUS_CORRUPT: it is none, or cut.
Status zip_open(const void *data, size_t size, const char *path, ZipArchive *out,
                Error *error) WARN_UNUSED;
// Unpacks the member of that name into `out` (emptied first). STATUS_NOT_FOUND: there is none;
// STATUS_LIMIT: it is larger than size_max; STATUS_CORRUPT: its bytes are damaged.
Status zip_read(const ZipArchive *archive, const char *name, size_t size_max, Buffer *out,
                Error *error) WARN_UNUSED;
