// See generator_options.h.
#include "generator_options.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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

Status generator_options_parse(int argc, char **argv, const char *usage, GeneratorOptions *options,
                               Error *error) {
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
      fputs(usage, stdout);
      exit(0);
    default:
      return error_set(error, STATUS_INVALID, "see --help");
    }
  }
  if (optind < argc)
    return error_set(error, STATUS_INVALID, "unexpected argument %s; see --help", argv[optind]);
  if (!options->folder)
    return error_set(error, STATUS_INVALID, "--out FOLDER is missing; see --help");
  return STATUS_OK;
}
