// Raw CSV files -> a model to start from: types, keys, links inferred.
#pragma once
#include "buffer.h"
#include "job.h"

// Reads the files (a sample of each, then all of what keys need), appends YAML to `out` that
// model_read accepts, with comments on what was seen. Its file names are relative to the folder
// that inspect_folder_size gives.
Status inspect_files(const char *const *paths, uint32_t count, Job *job, struct Buffer *out,
                     Error *error) WARN_UNUSED;
// Bytes of the folder that all paths begin with, its slash included; 0: there is none.
size_t inspect_folder_size(const char *const *paths, uint32_t count);
