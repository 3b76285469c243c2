// What `tessera serve` and `tessera open` share.
#pragma once
#include "cli_options.h"
#include "database.h"
#include "load_log.h"
#include <stdio.h>

typedef struct ServeArguments {
  const char *model, *data, *reports, *listen, *access_log;
  CliTexts allow_hosts;
  uint32_t threads, connections, queries, queue, queries_kept;
  int64_t memory_bytes, query_memory_bytes, query_timeout_ms, queue_timeout_ms, build_every_ms;
  uint32_t result_rows;
  int64_t result_bytes;
  bool personal_data, quiet;
} ServeArguments;

void cli_serve_defaults(void *arguments); // a ServeArguments, zeroed

// Loads files by the model, which the database takes over, with progress; a summary goes to
// `summary` unless quiet, the report to `loads`.
Status cli_files_load(Model *model, const LoadOptions *options, bool quiet, FILE *summary,
                      Database *database, KeptStore *loads, Error *error) WARN_UNUSED;

// Serves the database until SIGINT or SIGTERM. What is kept beside the data goes to the store
// `folder`; NULL: into memory. Takes over `loads`; the database stays the caller's.
Status cli_serve_database(const ServeArguments *arguments, const char *folder, Database *database,
                          KeptStore *loads, Error *error) WARN_UNUSED;
