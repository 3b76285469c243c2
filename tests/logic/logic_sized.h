// The table `sized` of a stated number of rows, for tests of the counts at which things break.
#pragma once
#include "status.h"

// Writes sized.csv (see data/sized.yaml; data/sized.sql makes the same rows in PostgreSQL) into a
// new temporary folder, whose path goes to folder[folder_bytes].
Status sized_write(uint32_t row_count, char *folder, size_t folder_bytes, Error *error) WARN_UNUSED;
void sized_remove(const char *folder); // the folder and the file
