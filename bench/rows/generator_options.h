// The command line that the generators of bench data share.
#pragma once
#include "status.h"

typedef struct GeneratorOptions {
  const char *folder;
  double scale;
  uint64_t seed, thread_count; // thread_count 0: one a processor
} GeneratorOptions;

// Reads --out FOLDER [--scale S] [--seed N] [--threads N] over the defaults in `options`; --help
// prints the usage and exits.
Status generator_options_parse(int argc, char **argv, const char *usage, GeneratorOptions *options,
                               Error *error) WARN_UNUSED;
