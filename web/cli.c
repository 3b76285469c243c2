// Finds the command, parses its line, runs it. The commands themselves are in cli_<name>.c.
#include "cli.h"
#include "cli_signal.h"
#include "text.h"
#include <stdio.h>

#define EXIT_USAGE 2
#define EXIT_INTERRUPTED 130

static const CliCommand *const commands[] = {
    &cli_open_command, &cli_load_command,    &cli_serve_command, &cli_sql_command,
    &cli_info_command, &cli_inspect_command, &cli_cube_command,  &cli_generate_command,
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void usage_print(FILE *out) {
  fputs("Tessera: an in-memory OLAP engine with cubes for retail loyalty.\n\n"
        "Usage: tessera COMMAND [options]\n\nCommands:\n",
        out);
  for (size_t i = 0; i < COMMAND_COUNT; i++)
    fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
  fputs("  help       Explain a command: tessera help load\n"
        "  version    Print the version\n\n"
        "Every command explains itself: tessera COMMAND --help\n",
        out);
}

static const CliCommand *command_find(const char *name) {
  for (size_t i = 0; i < COMMAND_COUNT; i++)
    if (strcmp(commands[i]->name, name) == 0) return commands[i];
  return NULL;
}

static int command_unknown(const char *name) {
  const char *names[COMMAND_COUNT + 2] = {"help", "version"};
  for (size_t i = 0; i < COMMAND_COUNT; i++) names[i + 2] = commands[i]->name;
  const char *nearest = text_nearest(name, names, COMMAND_COUNT + 2);
  fprintf(stderr, "tessera: unknown command '%s'", name);
  if (nearest) fprintf(stderr, "; did you mean '%s'?", nearest);
  fputs("\nSee tessera help.\n", stderr);
  return EXIT_USAGE;
}

static int command_help(const CliCommand *command) {
  Buffer text;
  buffer_init(&text);
  cli_options_help(command, &text);
  fwrite(text.data, 1, text.size, stdout);
  buffer_clear(&text);
  return 0;
}

static int command_run(const CliCommand *command, int argc, char **argv) {
  void *values = mem_alloc_zero(command->values_bytes);
  const char **words = mem_alloc_zero((size_t)(argc + 1) * sizeof(char *));
  if (command->defaults) command->defaults(values);
  uint32_t word_count;
  bool help;
  Error error = ERROR_INIT;
  int code = EXIT_USAGE;
  if (cli_options_parse(command, argc, argv, values, words, &word_count, &help, &error) !=
      STATUS_OK)
    cli_fail(command->name, &error);
  else if (help)
    code = command_help(command);
  else
    code = command->run(values, words, word_count);
  mem_free(words);
  mem_free(values);
  return code;
}

int cli_fail(const char *command, const Error *error) {
  fprintf(stderr, "tessera %s: ", command);
  if (error->path[0]) fprintf(stderr, "%s: ", error->path);
  fprintf(stderr, "%s\n", error->message);
  return error->status == STATUS_CANCELLED && cli_signal_received() ? EXIT_INTERRUPTED : 1;
}

int cli_main(int argc, char **argv) {
  if (argc < 2) {
    usage_print(stderr);
    return EXIT_USAGE;
  }
  const char *name = argv[1];
  if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0) {
    puts("tessera " TESSERA_VERSION);
    return 0;
  }
  if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
    if (argc < 3) {
      usage_print(stdout);
      return 0;
    }
    const CliCommand *asked = command_find(argv[2]);
    return asked ? command_help(asked) : command_unknown(argv[2]);
  }
  const CliCommand *command = command_find(name);
  return command ? command_run(command, argc - 2, argv + 2) : command_unknown(name);
}
