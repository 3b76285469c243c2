// ssb_generate: the Star Schema Benchmark's data as CSV files (see ssb/ssb.h for the rules).
#include "generator_options.h"
#include "ssb.h"
#include <inttypes.h>
#include <stdio.h>

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

static Status generate(int argc, char **argv, Error *error) {
  GeneratorOptions options = {.scale = 1, .seed = SSB_SEED_DEFAULT};
  TRY(generator_options_parse(argc, argv, USAGE, &options, error));
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
