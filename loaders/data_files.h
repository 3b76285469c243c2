// The data files among what people name: files, and folders of them.
#pragma once
#include "arena.h"
#include "status.h"

typedef struct DataFiles {
  const char **paths; // sorted within each folder
  uint32_t count;
  const char **left; // names in the folders that were left out, for people
  uint32_t left_count;
  Arena *arena;
} DataFiles;

// Files are taken as they are; of a folder those whose names end as data files do (.csv, .tsv,
// .txt, .tbl, .json, .jsonl, .ndjson, .xlsx, also with .gz or .zst), not those in folders inside
// it. STATUS_NOT_FOUND: a name is of nothing, or a folder has no data files. Clear it in any case.
Status data_files_find(const char *const *names, uint32_t count, DataFiles *out,
                       Error *error) WARN_UNUSED;
void data_files_clear(DataFiles *files);
