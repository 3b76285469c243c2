// tessera generate: the demo chain as CSV files.
#include "cli.h"
#include "cli_progress.h"
#include "cli_signal.h"
#include "demo.h"

typedef struct GenerateArguments {
  const char *out;
  double scale;
  uint64_t seed;
  uint32_t threads;
  bool quiet;
} GenerateArguments;

static const CliOption options[] = {
    {"out", CLI_TEXT, offsetof(GenerateArguments, out), "DIR",
     "The folder to write; missing or empty"},
    {"scale", CLI_NUMBER, offsetof(GenerateArguments, scale), "S",
     "Size: 1 is 520,000 members, 338 shops, ~30 million lines [0.01]"},
    {"seed", CLI_SEED, offsetof(GenerateArguments, seed), "N",
     "The same seed and scale give the same bytes [5]"},
    {"threads", CLI_COUNT, offsetof(GenerateArguments, threads), "N",
     "Threads [one per processor]"},
    {"quiet", CLI_FLAG, offsetof(GenerateArguments, quiet), NULL, "Print nothing but errors"},
};

static void defaults(void *values) {
  GenerateArguments *arguments = values;
  arguments->scale = 0.01;
  arguments->seed = DEMO_SEED_DEFAULT;
}

static void summary_print(const DemoSummary *summary, double seconds) {
  char lines[CLI_TEXT_BYTES], members[CLI_TEXT_BYTES], bytes[CLI_TEXT_BYTES];
  printf("Wrote %s sale lines of %s members in %lld shops (%s) in %.1f s.\n",
         cli_format_count((uint64_t)summary->lines, lines),
         cli_format_count((uint64_t)summary->members, members), (long long)summary->stores,
         cli_format_bytes((double)summary->bytes, bytes), seconds);
}

static int run(const void *values, const char *const *words, uint32_t word_count) {
  const GenerateArguments *arguments = values;
  (void)words;
  (void)word_count;
  Error error = ERROR_INIT;
  if (!arguments->out) {
    error_set(&error, STATUS_INVALID, "--out DIR is missing");
    cli_fail("generate", &error);
    return 2;
  }
  Job job;
  CliProgress progress;
  job_init(&job, "generation", 0, 0, NULL);
  cli_signal_watch(&job);
  cli_progress_start(&progress, &job, arguments->quiet);
  DemoOptions demo_options = {arguments->scale, arguments->seed, arguments->out,
                              arguments->threads};
  DemoSummary summary = {0};
  int64_t start = clock_now_ns();
  Status status = demo_generate(&demo_options, &job, &summary, &error);
  cli_progress_end(&progress);
  if (status != STATUS_OK) return cli_fail("generate", &error);
  if (!arguments->quiet) summary_print(&summary, (double)(clock_now_ns() - start) / 1e9);
  return 0;
}

const CliCommand cli_generate_command = {
    .name = "generate",
    .words = "--out DIR",
    .summary = "Write the demo chain's CSV files",
    .details = "docs/DEMO.md describes the files and what is planted in them.\n\n"
               "  tessera generate --out data/demo --scale 0.1 --seed 5",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .values_bytes = sizeof(GenerateArguments),
    .defaults = defaults,
    .run = run,
};
