// A file that is written under another name, and takes its own when it is complete.
#pragma once
#include "buffer.h"
#include <stdio.h>

typedef struct PartFile {
  FILE *file;
  const char *path; // as it will be called; outlives the PartFile
  Buffer part;      // the other name
} PartFile;

Status part_file_open(PartFile *part, const char *path, Error *error) WARN_UNUSED;
// Closes it. keep: it takes its name; else, and where it could not be written, nothing is left.
Status part_file_close(PartFile *part, bool keep, Error *error) WARN_UNUSED;
