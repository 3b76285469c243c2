// ssb_generate: the Star Schema Benchmark's data as CSV files (see ssb/ssb.h for the rules).
#include "ssb.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char USAGE[] =
    "usage: ssb_generate --out FOLDER [--scale S] [--seed N] [--threads N]\n"
    "\n"
    "Writes customer.csv, supplier.csv, part.csv, date.csv, lineorder.csv and ssb.json into "
    "FOLDER\n"
    "(made if missing; files of the same names are replaced). Same scale and seed, same bytes.\n"
    "\n"
    "  --scale S     1 is about 6 million line orders, 610 MB; fractions are allowed (default 1)\n"
    "  --seed N      default 1\n"
    "  --threads N   default: one a processor\n";

typedef struct Options {
  const char *folder;
  double scale;
  uint64_t seed, thread_count;
} Options;

static Status number_parse(const char *name, const char *text, uint64_t max, uint64_t *value,
                           Error *error) {
  char *end;
  unsigned long long parsed = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end || parsed > max)
    return error_set(error, STATUS_INVALID, "--%s %s: must be a whole number up to %" PRIu64, name,
                     text, max);
  *value = parsed;
  return STATUS_OK;
}

static Status scale_parse(const char *text, double *scale, Error *error) {
  char *end;
  *scale = strtod(text, &end);
  if (end == text || *end)
    return error_set(error, STATUS_INVALID, "--scale %s: must be a number such as 1 or 0.05", text);
  return STATUS_OK;
}

static Status options_parse(int argc, char **argv, Options *options, Error *error) {
  static const struct option NAMES[] = {
      {"out", required_argument, NULL, 'o'},  {"scale", required_argument, NULL, 's'},
      {"seed", required_argument, NULL, 'e'}, {"threads", required_argument, NULL, 't'},
      {"help", no_argument, NULL, 'h'},       {0}};
  for (int name; (name = getopt_long(argc, argv, "h", NAMES, NULL)) != -1;) {
    switch (name) {
    case 'o':
      options->folder = optarg;
      break;
    case 's':
      TRY(scale_parse(optarg, &options->scale, error));
      break;
    case 'e':
      TRY(number_parse("seed", optarg, UINT64_MAX, &options->seed, error));
      break;
    case 't':
      TRY(number_parse("threads", optarg, 256, &options->thread_count, error));
      break;
    case 'h':
      fputs(USAGE, stdout);
      exit(0);
    default:
      return error_set(error, STATUS_INVALID, "see ssb_generate --help");
    }
  }
  if (optind < argc)
    return error_set(error, STATUS_INVALID, "unexpected argument %s; see --help", argv[optind]);
  if (!options->folder)
    return error_set(error, STATUS_INVALID, "--out FOLDER is missing; see --help");
  return STATUS_OK;
}

static Status generate(int argc, char **argv, Error *error) {
  Options options = {.scale = 1, .seed = SSB_SEED_DEFAULT};
  TRY(options_parse(argc, argv, &options, error));
  SsbSpec spec;
  TRY(ssb_spec_init(&spec, options.scale, options.seed, error));
  SsbSummary summary;
  TRY(ssb_write(&spec, options.folder, (uint32_t)options.thread_count, &summary, error));
  double seconds = (double)summary.time_ns / 1e9;
  printf("%s: scale %g, %" PRIu64 " line orders, %.0f MB in %.2f s, %.2f million lines/s\n",
         options.folder, options.scale, summary.lineorder_rows, (double)summary.bytes / 1e6,
         seconds, (double)summary.lineorder_rows / seconds / 1e6);
  return STATUS_OK;
}

int main(int argc, char **argv) {
  Error error = ERROR_INIT;
  if (generate(argc, argv, &error) == STATUS_OK) return 0;
  fprintf(stderr, "ssb_generate: %s\n", error.message);
  return 1;
}
