// tessera cube: the cuboids that a store holds, those that it could, and changes to them.
#include "cli.h"
#include "cli_cube_advise.h"
#include "cli_database.h"
#include "cli_signal.h"
#include "cuboid_name.h"
#include "date.h"
#include <string.h>

typedef struct CubeArguments {
  const char *queries;
  int64_t budget_bytes;
  bool json;
  uint32_t threads;
  int64_t memory_bytes;
  bool quiet;
} CubeArguments;

static const CliOption options[] = {
    {"queries", CLI_TEXT, offsetof(CubeArguments, queries), "FILE",
     "advise: the questions: SQL statements, or the answer of GET /api/v1/cuboids [what the "
     "store's server was asked; else each level, alone and by each of time]"},
    {"budget", CLI_BYTES, offsetof(CubeArguments, budget_bytes), "SIZE",
     "advise: what the cuboids may take [cubes.memory of the model, else 512M]"},
    {"json", CLI_FLAG, offsetof(CubeArguments, json), NULL, "advise: print JSON"},
    {"threads", CLI_COUNT, offsetof(CubeArguments, threads), "N", "Threads [one per processor]"},
    {"memory", CLI_BYTES, offsetof(CubeArguments, memory_bytes), "SIZE",
     "Memory limit [80 % of the machine's]"},
    {"quiet", CLI_FLAG, offsetof(CubeArguments, quiet), NULL,
     "Print nothing but errors and what was asked for"},
};

typedef struct CubeCommand { // one under way
  const CubeArguments *arguments;
  const char *folder;
  const char *const *names;
  uint32_t name_count;
  Database *database;
  Job *job;
  CliProgress *progress;
} CubeCommand;

// ---------------------------------------------------------------- list, advise

// "2025-12-31 23:59"; "-": never.
static const char *minute_format(int64_t moment, char out[TIMESTAMP_TEXT_BYTES]) {
  if (!moment) return "-";
  timestamp_format(moment, out);
  out[strlen("2025-12-31 23:59")] = 0;
  return out;
}

static void cuboid_print(const Root *root, const Table *table) {
  char cells[CLI_TEXT_BYTES], bytes[CLI_TEXT_BYTES], scans[CLI_TEXT_BYTES],
      minute[TIMESTAMP_TEXT_BYTES];
  const char *newer = root_newer_source(root, table);
  printf("%12s %10s %9.3f s %9s %16s  %s", cli_format_count(table->row_count, cells),
         cli_format_bytes((double)table_bytes(table), bytes), (double)table->made_ns / 1e9,
         cli_format_count(atomic_load(&table->scan_count), scans),
         minute_format(atomic_load(&table->scanned_at), minute), table->schema->name);
  if (table->schema->by_name) printf("  by name");
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
  printf("%12s %10s %11s %9s %16s  cuboid\n", "cells", "bytes", "made in", "reads",
         "last read (UTC)");
  for (uint32_t t = 0; t < root->table_count; t++)
    if (table_is_cuboid(root->tables[t])) cuboid_print(root, root->tables[t]);
}

// What cannot be read of it is said, and is no reason to fail.
static void asked_read(CubeCommand *command) {
  Error error = ERROR_INIT;
  if (database_asked_read(command->database, &error) != STATUS_OK)
    fprintf(stderr, "%s\n", error.message);
}

static Status list(CubeCommand *command, Error *error) {
  DatabaseView *view;
  asked_read(command);
  TRY(database_pin(command->database, &view, error));
  cli_progress_end(command->progress);
  cuboids_print(view->root);
  database_unpin(view);
  return STATUS_OK;
}

static Status advise(CubeCommand *command, Error *error) {
  const CubeArguments *arguments = command->arguments;
  CubeAdvising advising = {arguments->queries, database_cuboid_log(command->database),
                           arguments->budget_bytes, arguments->json};
  DatabaseView *view;
  asked_read(command);
  TRY(database_pin(command->database, &view, error));
  Status status = cli_cube_advise(view, &advising, command->job, stdout, error);
  database_unpin(view);
  return status;
}

// ---------------------------------------------------------------- build, drop

static Status save(CubeCommand *command, Error *error) {
  SnapshotReport saved = {0};
  TRY(cli_store_save(command->database, command->folder, command->job, &saved, error));
  cli_progress_end(command->progress);
  char bytes[CLI_TEXT_BYTES];
  if (!command->arguments->quiet)
    printf("Wrote %s to %s.\n", cli_format_bytes((double)saved.bytes_written, bytes),
           command->folder);
  return STATUS_OK;
}

static Status build(CubeCommand *command, Error *error) {
  CuboidsReport report = {.arena = arena_create()};
  Status status = database_cuboids_build(command->database, command->names, command->name_count,
                                         command->job, &report, error);
  cli_progress_end(command->progress);
  if (status == STATUS_OK && !command->arguments->quiet)
    printf("Built %u %s in %.3f s.\n", report.built, report.built == 1 ? "cuboid" : "cuboids",
           (double)report.elapsed_ns / 1e9);
  arena_destroy(report.arena);
  return status == STATUS_OK ? save(command, error) : status;
}

static void declared_tell(CubeCommand *command) {
  DatabaseView *view;
  if (command->arguments->quiet || database_pin(command->database, &view, NULL) != STATUS_OK)
    return;
  Arena *arena = arena_create();
  for (uint32_t n = 0; n < command->name_count; n++)
    if (cuboid_is_declared(arena, view->model, cuboid_name_clean(arena, command->names[n])))
      printf("The model declares %s: the next load makes it again.\n", command->names[n]);
  arena_destroy(arena);
  database_unpin(view);
}

static Status drop(CubeCommand *command, Error *error) {
  TRY(database_cuboids_drop(command->database, command->names, command->name_count, error));
  declared_tell(command);
  return save(command, error);
}

// ---------------------------------------------------------------- the command

typedef struct Action {
  const char *name;
  Status (*run)(CubeCommand *command, Error *error);
  bool changes; // the store, which is locked meanwhile; takes names
} Action;

static const Action ACTIONS[] = {
    {"list", list, false}, {"advise", advise, false}, {"build", build, true}, {"drop", drop, true}};
#define ACTION_COUNT (sizeof ACTIONS / sizeof *ACTIONS)

static const Action *action_find(const char *name, Error *error) {
  const char *names[ACTION_COUNT];
  for (size_t a = 0; a < ACTION_COUNT; a++) {
    if (!strcmp(ACTIONS[a].name, name)) return &ACTIONS[a];
    names[a] = ACTIONS[a].name;
  }
  const char *nearest = text_nearest(name, names, ACTION_COUNT);
  error_set(error, STATUS_INVALID,
            "there is no \"tessera cube %s\"; expected list, advise, build or drop%s%s%s", name,
            nearest ? " (did you mean " : "", nearest ? nearest : "", nearest ? "?)" : "");
  return NULL;
}

static Status action_open(CubeCommand *command, const Action *action, Error *error) {
  DatabaseOptions database_options = {command->arguments->threads,
                                      command->arguments->memory_bytes};
  command->database = database_create(&database_options);
  TRY(database_open(command->database, command->folder, command->job, error));
  return action->run(command, error);
}

static Status action_run(CubeCommand *command, const Action *action, Error *error) {
  StoreLock *lock = NULL;
  if (action->changes) TRY(store_lock_acquire(command->folder, &lock, error));
  Status status = action_open(command, action, error);
  database_destroy(command->database);
  if (lock) store_lock_release(lock);
  return status;
}

static int run(const void *values, const char *const *words, uint32_t word_count) {
  const CubeArguments *arguments = values;
  Error error = ERROR_INIT;
  const Action *action = action_find(words[0], &error);
  if (action && action->changes != (word_count > 2)) {
    error_set(&error, STATUS_INVALID,
              action->changes ? "name the cuboids to %s: \"sales(date.day, store.store)\""
                              : "\"tessera cube %s\" takes a store alone",
              action->name);
    action = NULL;
  }
  if (!action) {
    cli_fail("cube", &error);
    return 2;
  }
  Job job;
  CliProgress progress;
  job_init(&job, "cube", 0, 0, NULL);
  cli_signal_watch(&job);
  cli_progress_start(&progress, &job, arguments->quiet || !action->changes);
  CubeCommand command = {.arguments = arguments,
                         .folder = words[1],
                         .names = words + 2,
                         .name_count = word_count - 2,
                         .job = &job,
                         .progress = &progress};
  Status status = action_run(&command, action, &error);
  cli_progress_end(&progress);
  return status == STATUS_OK ? 0 : cli_fail("cube", &error);
}

const CliCommand cli_cube_command = {
    .name = "cube",
    .words = "list|advise|build|drop STORE [NAME...]",
    .summary = "Show, advise on, build or drop cuboids: measures kept ready at a grain",
    .details =
        "list    the cuboids that the store holds: cells, bytes, how long they took, who reads "
        "them,\n"
        "        whether they are current\n"
        "advise  those that would pay: most rows saved a byte, under a budget, with the lines for "
        "the\n"
        "        model\n"
        "build   builds cuboids by their names; one that the model does not declare has all "
        "measures,\n"
        "        or those after its name, and is kept over loads until it is dropped\n"
        "drop    takes cuboids away; those that the model declares come back with the next load\n\n"
        "  tessera cube list stores/demo\n"
        "  curl -s localhost:8080/api/v1/cuboids > asked.json\n"
        "  tessera cube advise stores/demo --queries asked.json --budget 256M\n"
        "  tessera cube build stores/demo \"sales(date.month, product.brand): revenue, units\"",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .words_min = 2,
    .words_max = 64,
    .values_bytes = sizeof(CubeArguments),
    .run = run,
};
