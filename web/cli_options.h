// Command lines, described by tables: one parser, one help printer, for every command.
//
// A command lists its options with the offset of each value in a struct of its own; the parser
// fills that struct. "--name VALUE" and "--name=VALUE" both work, "--" ends the options, and an
// unknown name is answered with the nearest one. To add an option: a member in the command's struct
// and a line in its table.
#pragma once
#include "buffer.h"
#include "status.h"

typedef enum CliKind {
  CLI_FLAG,     // bool
  CLI_TEXT,     // const char *
  CLI_TEXTS,    // CliTexts: may be given several times
  CLI_COUNT,    // uint32_t
  CLI_SEED,     // uint64_t
  CLI_NUMBER,   // double
  CLI_BYTES,    // int64_t: 512M, 8G, 1.5G (powers of 1,024)
  CLI_DURATION, // int64_t milliseconds: 500ms, 30s, 5m
} CliKind;

#define CLI_TEXTS_MAX 32
typedef struct CliTexts {
  const char *items[CLI_TEXTS_MAX];
  uint32_t count;
} CliTexts;

typedef struct CliOption {
  const char *name; // without the dashes
  CliKind kind;
  size_t offset;        // of the value in the command's struct
  const char *argument; // "DIR"; NULL for flags
  const char *help;     // one sentence; the default in brackets at its end
} CliOption;

typedef struct CliCommand {
  const char *name;
  const char *words;   // usage of the words that are no options: "STORE"
  const char *summary; // one line
  const char *details; // paragraphs and examples for --help
  const CliOption *options;
  uint32_t option_count;
  const char *letters; // of options that have one: "f=file" makes -f mean --file; may be NULL
  uint32_t words_min, words_max;
  size_t values_bytes;            // of the struct
  void (*defaults)(void *values); // fills what is not zero; may be NULL
  // Returns the exit code: 0, 1 (failed), 2 (wrong usage), 130 (interrupted).
  int (*run)(const void *values, const char *const *words, uint32_t word_count);
} CliCommand;

// Parses argv[0 .. argc) into values and words (room for argc). *help: --help was among them.
Status cli_options_parse(const CliCommand *command, int argc, char **argv, void *values,
                         const char **words, uint32_t *word_count, bool *help,
                         Error *error) WARN_UNUSED;
// The text of `tessera COMMAND --help`.
void cli_options_help(const CliCommand *command, Buffer *out);
// "30s" to milliseconds; false when it is not one. Bytes: text_bytes_parse.
bool cli_duration_parse(const char *text, int64_t *duration_ms);
