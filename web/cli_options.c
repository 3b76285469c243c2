// The parser of command lines: a loop over words, a switch over kinds.
#include "cli_options.h"
#include "text.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define HELP_COLUMN 26

static bool number_parse(const char *text, double *value, const char **rest) {
  char *end;
  errno = 0;
  *value = strtod(text, &end);
  *rest = end;
  return end != text && errno == 0 && isfinite(*value);
}

bool cli_duration_parse(const char *text, int64_t *duration_ms) {
  double value;
  const char *unit;
  if (!number_parse(text, &value, &unit) || value < 0 || value > 1e12) return false;
  static const struct {
    const char *name;
    double ms;
  } units[] = {{"", 1000}, {"s", 1000}, {"ms", 1}, {"m", 60000}, {"h", 3600000}};
  for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
    if (strcmp(unit, units[i].name) != 0) continue;
    *duration_ms = (int64_t)(value * units[i].ms);
    return true;
  }
  return false;
}

static const CliOption *option_find(const CliCommand *command, const char *name, size_t size) {
  for (uint32_t i = 0; i < command->option_count; i++) {
    const CliOption *option = &command->options[i];
    if (strlen(option->name) == size && memcmp(option->name, name, size) == 0) return option;
  }
  return NULL;
}

static Status option_unknown(const CliCommand *command, const char *word, size_t size,
                             Error *error) {
  const char *names[64];
  uint32_t count = 0;
  names[count++] = "help";
  for (uint32_t i = 0; i < command->option_count && count < 64; i++)
    names[count++] = command->options[i].name;
  char *name = mem_strndup(word, size);
  const char *nearest = text_nearest(name, names, count);
  Status status =
      nearest ? error_set(error, STATUS_INVALID, "unknown option --%s; did you mean --%s?", name,
                          nearest)
              : error_set(error, STATUS_INVALID, "unknown option --%s; see tessera %s --help", name,
                          command->name);
  mem_free(name);
  return status;
}

static bool unsigned_parse(const char *text, uint64_t max, uint64_t *value) {
  char *end;
  errno = 0;
  *value = strtoull(text, &end, 10);
  return text[0] >= '0' && text[0] <= '9' && !*end && errno == 0 && *value <= max;
}

// Reads `text` as the option's kind says, into its place in `values`; false when it cannot be read.
static bool option_store(const CliOption *option, const char *text, void *values) {
  void *place = (char *)values + option->offset;
  uint64_t whole;
  const char *rest;
  switch (option->kind) {
  case CLI_FLAG:
    *(bool *)place = true;
    return true;
  case CLI_TEXT:
    *(const char **)place = text;
    return true;
  case CLI_TEXTS: {
    CliTexts *texts = place;
    if (texts->count == CLI_TEXTS_MAX) return false;
    texts->items[texts->count++] = text;
    return true;
  }
  case CLI_COUNT:
    if (!unsigned_parse(text, UINT32_MAX, &whole)) return false;
    *(uint32_t *)place = (uint32_t)whole;
    return true;
  case CLI_SEED:
    return unsigned_parse(text, UINT64_MAX, place);
  case CLI_NUMBER:
    return number_parse(text, place, &rest) && !*rest;
  case CLI_BYTES:
    return text_bytes_parse(text, place);
  case CLI_DURATION:
    return cli_duration_parse(text, place);
  }
  return false;
}

static const char *kind_expected(CliKind kind) {
  switch (kind) {
  case CLI_COUNT:
  case CLI_SEED:
    return "a whole number";
  case CLI_NUMBER:
    return "a number";
  case CLI_BYTES:
    return "a size such as 512M or 8G";
  case CLI_DURATION:
    return "a time such as 500ms, 30s or 5m";
  case CLI_TEXTS:
    return "at most 32 values";
  default:
    return "a value";
  }
}

// The option that a letter stands for ("-f"), or NULL.
static const CliOption *letter_find(const CliCommand *command, const char *word) {
  if (!command->letters || !word[1] || word[2] || word[1] != command->letters[0]) return NULL;
  const char *name = command->letters + 2;
  return option_find(command, name, strlen(name));
}

// One "--option" or "-o" at argv[*i]; moves *i past a separate value.
static Status option_parse(const CliCommand *command, int argc, char **argv, int *i, void *values,
                           Error *error) {
  const CliOption *option = letter_find(command, argv[*i]);
  const char *word = argv[*i] + 2;
  const char *equals = option ? NULL : strchr(word, '=');
  size_t size = equals ? (size_t)(equals - word) : strlen(word);
  if (!option) option = option_find(command, word, size);
  if (!option) return option_unknown(command, word, size, error);
  const char *text = equals ? equals + 1 : NULL;
  if (option->kind == CLI_FLAG && text)
    return error_set(error, STATUS_INVALID, "--%s takes no value", option->name);
  if (option->kind != CLI_FLAG && !text) {
    if (*i + 1 == argc)
      return error_set(error, STATUS_INVALID, "--%s needs a value: --%s %s", option->name,
                       option->name, option->argument);
    text = argv[++*i];
  }
  if (!option_store(option, text, values))
    return error_set(error, STATUS_INVALID, "--%s %s: expected %s", option->name, text,
                     kind_expected(option->kind));
  return STATUS_OK;
}

static Status words_check(const CliCommand *command, uint32_t count, Error *error) {
  if (count < command->words_min)
    return error_set(error, STATUS_INVALID, "too few arguments; usage: tessera %s %s",
                     command->name, command->words);
  if (count > command->words_max)
    return error_set(error, STATUS_INVALID, "too many arguments; usage: tessera %s %s",
                     command->name, command->words);
  return STATUS_OK;
}

Status cli_options_parse(const CliCommand *command, int argc, char **argv, void *values,
                         const char **words, uint32_t *word_count, bool *help, Error *error) {
  bool options_ended = false;
  *word_count = 0;
  *help = false;
  for (int i = 0; i < argc; i++) {
    const char *word = argv[i];
    if (!options_ended && strcmp(word, "--") == 0) {
      options_ended = true;
    } else if (!options_ended && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
      *help = true;
      return STATUS_OK;
    } else if (!options_ended && word[0] == '-' && (word[1] == '-' || letter_find(command, word))) {
      TRY(option_parse(command, argc, argv, &i, values, error));
    } else if (!options_ended && word[0] == '-' && word[1]) {
      return error_set(error, STATUS_INVALID, "unknown option %s; options start with two dashes",
                       word);
    } else {
      words[(*word_count)++] = word;
    }
  }
  return words_check(command, *word_count, error);
}

void cli_options_help(const CliCommand *command, Buffer *out) {
  buffer_printf(out, "Usage: tessera %s%s%s%s\n\n%s.\n", command->name,
                command->words[0] ? " " : "", command->words,
                command->option_count ? " [options]" : "", command->summary);
  if (command->option_count) buffer_append_text(out, "\nOptions:\n");
  for (uint32_t i = 0; i < command->option_count; i++) {
    const CliOption *option = &command->options[i];
    size_t start = out->size;
    bool lettered = command->letters && strcmp(command->letters + 2, option->name) == 0;
    if (lettered) buffer_printf(out, "  -%c,", command->letters[0]);
    buffer_printf(out, "%s--%s%s%s", lettered ? " " : "  ", option->name,
                  option->argument ? " " : "", option->argument ? option->argument : "");
    do buffer_append_char(out, ' ');
    while (out->size - start < HELP_COLUMN);
    buffer_printf(out, "%s\n", option->help);
  }
  if (command->details) buffer_printf(out, "\n%s\n", command->details);
}
