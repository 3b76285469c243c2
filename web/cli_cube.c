// tessera cube list: the cuboids that a store holds.
#include "cli.h"
#include "cli_database.h"
#include <string.h>

typedef struct CubeArguments {
  uint32_t threads;
  int64_t memory_bytes;
} CubeArguments;

static const CliOption options[] = {
    {"threads", CLI_COUNT, offsetof(CubeArguments, threads), "N", "Threads [one per processor]"},
    {"memory", CLI_BYTES, offsetof(CubeArguments, memory_bytes), "SIZE",
     "Memory limit [80 % of the machine's]"},
};

static void cuboid_print(const Root *root, const Table *table) {
  char cells[CLI_TEXT_BYTES], bytes[CLI_TEXT_BYTES];
  const char *newer = root_newer_source(root, table);
  printf("%12s %10s  %s", cli_format_count(table->row_count, cells),
         cli_format_bytes((double)table_bytes(table), bytes), table->schema->name);
  if (newer) printf("  stale: %s is newer", newer);
  putchar('\n');
}

static void cuboids_print(const Root *root) {
  uint32_t count = 0;
  for (uint32_t t = 0; t < root->table_count; t++) count += table_is_cuboid(root->tables[t]);
  if (!count) {
    puts("The store has no cuboids; a model names them under its cubes (docs/CUBES.md).");
    return;
  }
  printf("%12s %10s  cuboid\n", "cells", "bytes");
  for (uint32_t t = 0; t < root->table_count; t++)
    if (table_is_cuboid(root->tables[t])) cuboid_print(root, root->tables[t]);
}

static int run(const void *values, const char *const *words, uint32_t word_count) {
  const CubeArguments *arguments = values;
  (void)word_count;
  Error error = ERROR_INIT;
  if (strcmp(words[0], "list") != 0) {
    error_set(&error, STATUS_INVALID, "there is no \"tessera cube %s\"; expected list", words[0]);
    cli_fail("cube", &error);
    return 2;
  }
  DatabaseOptions database_options = {arguments->threads, arguments->memory_bytes};
  Database *database;
  DatabaseView *view;
  Status status = cli_database_open(words[1], &database_options, true, &database, &error);
  if (status == STATUS_OK) status = database_pin(database, &view, &error);
  if (status == STATUS_OK) {
    cuboids_print(view->root);
    database_unpin(view);
  }
  database_destroy(database);
  return status == STATUS_OK ? 0 : cli_fail("cube", &error);
}

const CliCommand cli_cube_command = {
    .name = "cube",
    .words = "list STORE",
    .summary = "Show the cuboids that a store holds: cells, bytes, whether they are current",
    .details = "Cuboids keep a cube's measures ready at the grains that the model names.\n\n"
               "  tessera cube list stores/demo",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .words_min = 2,
    .words_max = 2,
    .values_bytes = sizeof(CubeArguments),
    .run = run,
};
