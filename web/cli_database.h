// What the commands that open a store share.
#pragma once
#include "cli_progress.h"
#include "database.h"
#include "snapshot.h"

// Reads and checks a model, printing every fault.
Status cli_model_read(const char *path, Model **model, Error *error) WARN_UNUSED;
// Opens the store in `folder` with progress; the database is NULL on failure.
Status cli_database_open(const char *folder, const DatabaseOptions *options, bool quiet,
                         Database **database, Error *error) WARN_UNUSED;
// Writes the database's current root into the store's folder, whose lock the caller holds.
Status cli_store_save(Database *database, const char *folder, Job *job, SnapshotReport *report,
                      Error *error) WARN_UNUSED;
// The closing summary of a load, to `out`.
void cli_load_summary(FILE *out, const LoadReport *report);
