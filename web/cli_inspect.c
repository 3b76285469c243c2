// tessera inspect: raw CSV files -> a model to start from, on standard output.
#include "cli.h"
#include "cli_progress.h"
#include "cli_signal.h"
#include "data_files.h"
#include "inspect.h"

typedef struct InspectArguments {
  bool quiet;
} InspectArguments;

static const CliOption options[] = {
    {"quiet", CLI_FLAG, offsetof(InspectArguments, quiet), NULL, "Show no progress"},
};

static int run(const void *values, const char *const *words, uint32_t word_count) {
  const InspectArguments *arguments = values;
  Error error = ERROR_INIT;
  Job job;
  CliProgress progress;
  Buffer out;
  buffer_init(&out);
  job_init(&job, "inspection", 0, 0, NULL);
  cli_signal_watch(&job);
  cli_progress_start(&progress, &job, arguments->quiet);
  DataFiles files;
  Status status = data_files_find(words, word_count, &files, &error);
  if (status == STATUS_OK) status = inspect_files(files.paths, files.count, &job, &out, &error);
  cli_progress_end(&progress);
  if (status == STATUS_OK) fwrite(out.data, 1, out.size, stdout);
  buffer_clear(&out);
  data_files_clear(&files);
  return status == STATUS_OK ? 0 : cli_fail("inspect", &error);
}

const CliCommand cli_inspect_command = {
    .name = "inspect",
    .words = "FILE... | FOLDER",
    .summary = "Look at CSV, JSON or Excel files and write a model to start from",
    .details = "Types, keys, links, dimensions and measures are inferred; comments say from what. "
               "Read it,\n"
               "mend it, load it:\n\n"
               "  tessera inspect data/*.csv > my-model.yaml\n"
               "  tessera load --model my-model.yaml --data data --out stores/mine",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .words_min = 1,
    .words_max = 4096,
    .values_bytes = sizeof(InspectArguments),
    .run = run,
};
