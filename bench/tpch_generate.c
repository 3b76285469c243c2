// tpch_generate: TPC-H data as CSV files (see tpch/tpch.h for the rules).
#include "generator_options.h"
#include "tpch.h"
#include <inttypes.h>
#include <stdio.h>

static const char USAGE[] =
    "usage: tpch_generate --out FOLDER [--scale S] [--seed N] [--threads N]\n"
    "\n"
    "Writes region.csv, nation.csv, supplier.csv, part.csv, partsupp.csv, customer.csv, "
    "orders.csv,\n"
    "lineitem.csv and tpch.json into FOLDER (made if missing; files of the same names are "
    "replaced).\n"
    "Same scale and seed, same bytes.\n"
    "\n"
    "  --scale S     1 is about 6 million lines, 1.1 GB; fractions are allowed (default 1)\n"
    "  --seed N      default 1\n"
    "  --threads N   default: one a processor\n";

static Status generate(int argc, char **argv, Error *error) {
  GeneratorOptions options = {.scale = 1, .seed = TPCH_SEED_DEFAULT};
  TRY(generator_options_parse(argc, argv, USAGE, &options, error));
  TpchSpec spec;
  TRY(tpch_spec_init(&spec, options.scale, options.seed, error));
  TpchSummary summary;
  Status status =
      tpch_write(&spec, options.folder, (uint32_t)options.thread_count, &summary, error);
  tpch_spec_clear(&spec);
  TRY(status);
  double seconds = (double)summary.time_ns / 1e9;
  printf("%s: scale %g, %" PRIu64 " lines, %.0f MB in %.2f s, %.2f million lines/s\n",
         options.folder, options.scale, summary.lineitem_rows, (double)summary.bytes / 1e6, seconds,
         (double)summary.lineitem_rows / seconds / 1e6);
  return STATUS_OK;
}

int main(int argc, char **argv) {
  Error error = ERROR_INIT;
  if (generate(argc, argv, &error) == STATUS_OK) return 0;
  fprintf(stderr, "tpch_generate: %s\n", error.message);
  return 1;
}
