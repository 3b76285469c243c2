// What became of each load: files, rows, rejects, notices; a document of the store each
// (kept_store.h), by the version of the data that it made.
#pragma once
#include "json_writer.h"
#include "kept_store.h"
#include "load_job.h"

extern const KeptKind load_log_kind;

// rejects_path: where rejected rows were written; NULL: nowhere.
Status load_log_add(KeptStore *log, const LoadReport *report, uint64_t version,
                    const char *rejects_path, Error *error) WARN_UNUSED;
// Writes the member "loads", the newest first, and "kept".
void load_log_write(KeptStore *log, JsonWriter *json);
