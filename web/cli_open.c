// tessera open: from files to a page, without a model of one's own.
//
//   files ─ inspect ─► model ─ load ─► memory ──────────────► pages
//                        │               │ --save DIR           ▲
//                        └► model.yaml   └► store, opened ──────┘
//
// Nothing is written unless --save says where; what --save began and could not end is removed.
#include "cli.h"
#include "cli_database.h"
#include "cli_serve.h"
#include "cli_signal.h"
#include "data_files.h"
#include "inspect.h"
#include "listen_address.h"
#include <errno.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#define PORT_DEFAULT "127.0.0.1:8080"
#define PORT_ANY "127.0.0.1:0"

typedef struct OpenArguments {
  const char *save, *port;
  uint32_t threads;
  int64_t memory_bytes;
  bool quiet;
} OpenArguments;

static const CliOption options[] = {
    {"save", CLI_TEXT, offsetof(OpenArguments, save), "DIR",
     "Keep the model and the store in this new folder"},
    {"port", CLI_TEXT, offsetof(OpenArguments, port), "N",
     "Where to listen on 127.0.0.1; 0 takes any free port [8080, or any when it is taken]"},
    {"threads", CLI_COUNT, offsetof(OpenArguments, threads), "N",
     "Threads that compute [one per processor]"},
    {"memory", CLI_BYTES, offsetof(OpenArguments, memory_bytes), "SIZE",
     "Limit for data and queries together [80 % of the machine's]"},
    {"quiet", CLI_FLAG, offsetof(OpenArguments, quiet), NULL, "Print the address and errors only"},
};

// --- The model ---

static void fault_print(void *context, const char *text) {
  (void)context;
  fprintf(stderr, "%s\n", text);
}

static Status files_inspect(const DataFiles *files, bool quiet, Buffer *yaml, Error *error) {
  Job job;
  CliProgress progress;
  job_init(&job, "inspection", 0, 0, NULL);
  cli_signal_watch(&job);
  cli_progress_start(&progress, &job, quiet);
  Status status = inspect_files(files->paths, files->count, &job, yaml, error);
  cli_progress_end(&progress);
  cli_signal_watch(NULL);
  return status;
}

// --- What is kept ---

static Status file_write(const char *path, const Buffer *text, Error *error) {
  FILE *file = fopen(path, "wbx");
  bool written = file && fwrite(text->data, 1, text->size, file) == text->size;
  int fault = errno;
  if (file && fclose(file) != 0) written = false;
  if (written) return STATUS_OK;
  return error_set(error, STATUS_IO, "cannot write %s: %s", path, strerror(fault));
}

static int tree_remove_one(const char *path, const struct stat *status, int kind,
                           struct FTW *place) {
  (void)status;
  (void)kind;
  (void)place;
  return remove(path);
}

static Status folder_make_new(const char *folder, Error *error) {
  if (mkdir(folder, 0777) == 0 || (errno == EEXIST && rmdir(folder) == 0 && !mkdir(folder, 0777)))
    return STATUS_OK;
  if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
    return error_set(error, STATUS_EXISTS,
                     "--save %s: there is something already; name a new folder, or serve what is "
                     "there: tessera serve %s/store",
                     folder, folder);
  return error_set(error, STATUS_IO, "--save %s: cannot make the folder: %s", folder,
                   strerror(errno));
}

static Status store_write(const char *store, Database *database, Error *error) {
  StoreLock *lock;
  SnapshotReport saved = {0};
  Job job;
  job_init(&job, "writing of the store", 0, 0, NULL);
  cli_signal_watch(&job);
  Status status = store_lock_acquire(store, &lock, error);
  if (status == STATUS_OK) {
    status = cli_store_save(database, store, &job, &saved, error);
    store_lock_release(lock);
  }
  cli_signal_watch(NULL);
  return status;
}

// --- Loading and serving ---

typedef struct Opening {
  const OpenArguments *arguments;
  DataFiles files;
  Arena *arena;
  const char *data;  // the folder of the files
  const char *store; // NULL: none is kept
  const char *rejects;
  Buffer yaml;
  Database *database;
  KeptStore *loads;
} Opening;

static Status opening_load(Opening *o, Error *error) {
  const OpenArguments *arguments = o->arguments;
  Model *model;
  TRY(model_read_text(o->yaml.data, o->yaml.size, "the model made of the files", fault_print, NULL,
                      &model, error));
  DatabaseOptions database_options = {arguments->threads, arguments->memory_bytes};
  o->database = database_create(&database_options);
  LoadOptions load_options = {.data = o->data, .rejects_path = o->rejects};
  Status status = kept_store_open(&load_log_kind, NULL, fault_print, NULL, &o->loads, error);
  if (status != STATUS_OK) {
    model_destroy(model);
    return status;
  }
  status =
      cli_files_load(model, &load_options, arguments->quiet, stderr, o->database, o->loads, error);
  if (status != STATUS_OK && status != STATUS_CANCELLED)
    fputs("The files were read by a model made of them; tessera inspect FILES shows it, with "
          "remarks: mend it, then tessera load.\n",
          stderr);
  return status;
}

// Writes what was loaded, and opens that instead, so that what people keep goes there too.
static Status opening_save(Opening *o, Error *error) {
  const OpenArguments *arguments = o->arguments;
  TRY(file_write(arena_printf(o->arena, "%s/model.yaml", arguments->save), &o->yaml, error));
  TRY(store_write(o->store, o->database, error));
  kept_store_close(o->loads);
  o->loads = NULL;
  database_destroy(o->database);
  DatabaseOptions database_options = {arguments->threads, arguments->memory_bytes};
  TRY(cli_database_open(o->store, &database_options, arguments->quiet, &o->database, error));
  TRY(kept_store_open(&load_log_kind, o->store, fault_print, NULL, &o->loads, error));
  if (!arguments->quiet)
    fprintf(stderr, "Kept in %s: model.yaml, and the store; later: tessera serve %s\n",
            arguments->save, o->store);
  return STATUS_OK;
}

// The address to listen on: the usual port when nobody has it.
static const char *opening_listen(const Opening *o) {
  ListenAddress address;
  Error ignored = ERROR_INIT;
  if (o->arguments->port) return arena_printf(o->arena, "127.0.0.1:%s", o->arguments->port);
  if (listen_address_parse(PORT_DEFAULT, &address, &ignored) == STATUS_OK &&
      listen_address_try(&address, PORT_DEFAULT, &ignored) == STATUS_OK)
    return PORT_DEFAULT;
  return PORT_ANY;
}

static Status opening_serve(Opening *o, Error *error) {
  ServeArguments serve = {0};
  cli_serve_defaults(&serve);
  serve.listen = opening_listen(o);
  serve.quiet = o->arguments->quiet;
  KeptStore *loads = o->loads;
  o->loads = NULL; // taken over
  if (!serve.quiet && !o->store)
    fputs("What was read how is a guess: tessera inspect FILES says it; --save DIR keeps the model "
          "and the store.\n",
          stderr);
  return cli_serve_database(&serve, o->store, o->database, loads, error);
}

static Status opening_run(Opening *o, const char *const *words, uint32_t count, bool *kept,
                          Error *error) {
  const char *save = o->arguments->save;
  TRY(data_files_find(words, count, &o->files, error));
  for (uint32_t i = 0; i < o->files.left_count && !o->arguments->quiet; i++)
    fprintf(stderr, "Left out: %s\n", o->files.left[i]);
  TRY(files_inspect(&o->files, o->arguments->quiet, &o->yaml, error));
  size_t folder = inspect_folder_size(o->files.paths, o->files.count);
  o->data = folder ? arena_strndup(o->arena, o->files.paths[0], folder) : ".";
  if (save) {
    TRY(folder_make_new(save, error));
    o->store = arena_printf(o->arena, "%s/store", save);
    o->rejects = arena_printf(o->arena, "%s/rejects.csv", save);
  }
  Status status = opening_load(o, error);
  if (status == STATUS_OK && save) status = opening_save(o, error);
  if (status != STATUS_OK && save) nftw(save, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
  TRY(status);
  *kept = true;
  return opening_serve(o, error);
}

static int run(const void *values, const char *const *words, uint32_t word_count) {
  Error error = ERROR_INIT;
  Opening opening = {.arguments = values, .arena = arena_create()};
  bool kept = false;
  buffer_init(&opening.yaml);
  Status status = opening_run(&opening, words, word_count, &kept, &error);
  data_files_clear(&opening.files);
  buffer_clear(&opening.yaml);
  kept_store_close(opening.loads);
  database_destroy(opening.database);
  arena_destroy(opening.arena);
  return status == STATUS_OK ? 0 : cli_fail("open", &error);
}

const CliCommand cli_open_command = {
    .name = "open",
    .words = "FILE... | FOLDER",
    .summary = "Show files as pages: inspect, load and serve them in one step",
    .details =
        "The files (CSV, JSON, plain, .gz or .zst, or .xlsx; those of a folder) are read by a "
        "model\n"
        "that is made of them: types, keys, links, dimensions and measures. It is a guess, and\n"
        "tessera inspect shows it with remarks. All is in memory, nothing is written, and Ctrl-C\n"
        "ends it.\n\n"
        "  tessera open sales.csv\n"
        "  tessera open mydata\n"
        "  tessera open mydata/*.csv --save mystore    # keeps mystore/model.yaml and "
        "mystore/store\n\n"
        "To go on from there: mend mystore/model.yaml (docs/MODEL.md), then tessera load "
        "and serve.",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .words_min = 1,
    .words_max = 4096,
    .values_bytes = sizeof(OpenArguments),
    .run = run,
};
