// tessera load: files into a store folder, all or nothing.
//
// An existing store gets another batch. Nothing is written until everything is loaded and derived;
// the snapshot itself replaces the manifest in one step. Ctrl-C at any moment leaves the store as
// it was.
#include "cli.h"
#include "cli_database.h"
#include "cli_signal.h"
#include "load_log.h"
#include "snapshot.h"
#include <sys/stat.h>
#include <unistd.h>

typedef struct LoadArguments {
  const char *model, *data, *out, *batch, *rejects;
  uint32_t threads;
  int64_t memory_bytes;
  bool check, quiet;
} LoadArguments;

static const CliOption options[] = {
    {"model", CLI_TEXT, offsetof(LoadArguments, model), "FILE", "The model (YAML)"},
    {"data", CLI_TEXT, offsetof(LoadArguments, data), "DIR", "The folder of the files"},
    {"out", CLI_TEXT, offsetof(LoadArguments, out), "STORE",
     "The store's folder; made if missing, else a batch is added"},
    {"check", CLI_FLAG, offsetof(LoadArguments, check), NULL,
     "Write nothing: read all files and list every kind of bad row, with counts and lines"},
    {"batch", CLI_TEXT, offsetof(LoadArguments, batch), "NAME",
     "The batch's name; a name is loaded once [from the files]"},
    {"rejects", CLI_TEXT, offsetof(LoadArguments, rejects), "FILE",
     "Where rejected rows go, as CSV with line and reason"},
    {"threads", CLI_COUNT, offsetof(LoadArguments, threads), "N", "Threads [one per processor]"},
    {"memory", CLI_BYTES, offsetof(LoadArguments, memory_bytes), "SIZE",
     "Memory limit, for instance 8G [80 % of the machine's]"},
    {"quiet", CLI_FLAG, offsetof(LoadArguments, quiet), NULL, "Print nothing but errors"},
};

static Status arguments_check(const LoadArguments *arguments, Error *error) {
  if (!arguments->model) return error_set(error, STATUS_INVALID, "--model FILE is missing");
  if (!arguments->data) return error_set(error, STATUS_INVALID, "--data DIR is missing");
  if (!arguments->out && !arguments->check)
    return error_set(error, STATUS_INVALID, "--out STORE is missing");
  return STATUS_OK;
}

// Reads what the store already holds, if there is one.
static Status store_continue(Database *database, const char *folder, Job *job, Error *error) {
  Status status = database_open(database, folder, job, error);
  if (status != STATUS_NOT_FOUND) return status;
  *error = ERROR_INIT;
  return STATUS_OK;
}

static Status load(const LoadArguments *arguments, Database *database, Job *job, LoadReport *report,
                   SnapshotReport *saved, Error *error) {
  Model *model;
  TRY(cli_model_read(arguments->model, &model, error));
  Status status = STATUS_OK;
  if (arguments->out) status = store_continue(database, arguments->out, job, error);
  database_set_model(database, model);
  TRY(status);
  LoadOptions load_options = {.data = arguments->data,
                              .batch = arguments->batch,
                              .rejects_path = arguments->rejects,
                              .check = arguments->check};
  TRY(database_load(database, &load_options, job, report, error));
  if (arguments->check) return STATUS_OK;
  return cli_store_save(database, arguments->out, job, saved, error);
}

// Keeps what became of the load beside the data, which are there whether that succeeds or not.
static void report_keep(const LoadArguments *arguments, Database *database,
                        const LoadReport *report) {
  Error error = ERROR_INIT;
  KeptStore *loads;
  Status status = kept_store_open(&load_log_kind, arguments->out, NULL, NULL, &loads, &error);
  if (status == STATUS_OK) {
    status = load_log_add(loads, report, database_version(database), arguments->rejects, &error);
    kept_store_close(loads);
  }
  if (status != STATUS_OK)
    fprintf(stderr, "the data are loaded, but the load's report is not kept: %s\n", error.message);
}

// Takes away the folder that the load made, and its lock; what anybody else put there stays, and so
// does the folder then.
static void folder_unmake(const char *folder) {
  char path[4096];
  if (snprintf(path, sizeof path, "%s/LOCK", folder) < (int)sizeof path) unlink(path);
  rmdir(folder);
}

static Status load_locked(const LoadArguments *arguments, Job *job, CliProgress *progress,
                          Error *error) {
  struct stat about;
  bool is_new = stat(arguments->out, &about) != 0;
  StoreLock *lock;
  TRY(store_lock_acquire(arguments->out, &lock, error));
  DatabaseOptions database_options = {arguments->threads, arguments->memory_bytes};
  Database *database = database_create(&database_options);
  LoadReport report = {0};
  SnapshotReport saved = {0};
  int64_t start = clock_now_ns();
  Status status = load(arguments, database, job, &report, &saved, error);
  cli_progress_end(progress);
  if (status == STATUS_OK && !arguments->quiet) {
    char bytes[CLI_TEXT_BYTES];
    cli_load_summary(stdout, &report);
    printf("Wrote %s to %s in %llu files (%llu unchanged); %.2f s in all.\n",
           cli_format_bytes((double)saved.bytes_written, bytes), arguments->out,
           (unsigned long long)saved.files_written, (unsigned long long)saved.files_kept,
           (double)(clock_now_ns() - start) / 1e9);
  }
  if (status == STATUS_OK) report_keep(arguments, database, &report);
  load_report_clear(&report);
  database_destroy(database);
  if (status != STATUS_OK && is_new) folder_unmake(arguments->out);
  store_lock_release(lock);
  return status;
}

// --- The check ---

static void faults_print(const LoadReport *report) {
  char count[CLI_TEXT_BYTES];
  for (uint32_t f = 0; f < report->fault_count; f++) {
    const LoadFault *fault = &report->faults[f];
    printf("  %s%s%s: %s row%s: %s\n      first at %s:%llu", fault->table,
           *fault->column ? "." : "", fault->column, cli_format_count(fault->count, count),
           fault->count == 1 ? "" : "s", fault->reason, fault->file,
           (unsigned long long)fault->line);
    if (*fault->value) printf(": '%s'", fault->value);
    putchar('\n');
  }
}

// What the model must say for the load to succeed; false: it says so.
static bool limits_print(const LoadReport *report) {
  bool beyond = false;
  for (uint32_t t = 0; t < report->table_count; t++) {
    const LoadTableReport *table = &report->tables[t];
    if ((int64_t)table->rejected <= table->reject_limit) continue;
    printf("A load of table %s would fail: it allows %lld bad rows; to leave these out, write "
           "rejects: {limit: %llu}\n",
           table->table, (long long)table->reject_limit, (unsigned long long)table->rejected);
    beyond = true;
  }
  return beyond;
}

static int check(const LoadArguments *arguments, Job *job, CliProgress *progress) {
  DatabaseOptions database_options = {arguments->threads, arguments->memory_bytes};
  Database *database = database_create(&database_options);
  LoadReport report = {0};
  Error error = ERROR_INIT;
  Status status = load(arguments, database, job, &report, NULL, &error);
  cli_progress_end(progress);
  if (status == STATUS_OK && !arguments->quiet) cli_load_summary(stdout, &report);
  faults_print(&report);
  bool beyond = limits_print(&report);
  if (status == STATUS_OK && !beyond && !arguments->quiet)
    puts("Nothing was written; a load would succeed.");
  load_report_clear(&report);
  database_destroy(database);
  return status != STATUS_OK ? cli_fail("load", &error) : beyond ? 1 : 0;
}

static int run(const void *values, const char *const *words, uint32_t word_count) {
  const LoadArguments *arguments = values;
  (void)words;
  (void)word_count;
  Error error = ERROR_INIT;
  if (arguments_check(arguments, &error) != STATUS_OK) {
    cli_fail("load", &error);
    return 2;
  }
  Job job;
  CliProgress progress;
  job_init(&job, "load", 0, 0, NULL);
  cli_signal_watch(&job);
  cli_progress_start(&progress, &job, arguments->quiet);
  if (arguments->check) {
    int code = check(arguments, &job, &progress);
    cli_progress_end(&progress);
    return code;
  }
  Status status = load_locked(arguments, &job, &progress, &error);
  cli_progress_end(&progress);
  return status == STATUS_OK ? 0 : cli_fail("load", &error);
}

const CliCommand cli_load_command = {
    .name = "load",
    .words = "--model FILE --data DIR --out STORE",
    .summary = "Load files into a store",
    .details = "The load is one batch, all or nothing: bad rows up to the model's limit go to the "
               "rejects\n"
               "file, beyond it the load fails and the store stays as it was; so it does when "
               "interrupted.\n"
               "Loading into an existing store adds a batch; repeating a batch is refused.\n\n"
               "  tessera load --check --model models/demo.yaml --data data/demo\n"
               "  tessera load --model models/demo.yaml --data data/demo --out stores/demo",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .values_bytes = sizeof(LoadArguments),
    .run = run,
};
