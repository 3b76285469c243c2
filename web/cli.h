// The command line: `tessera COMMAND ...`.
#pragma once
#include "cli_options.h"

// Runs the command that argv[1] names; returns the process's exit code.
int cli_main(int argc, char **argv);

// Prints "tessera COMMAND: message" with what the error knows of place; returns the exit code that
// fits the status (130 for a cancelled job).
int cli_fail(const char *command, const Error *error);

extern const CliCommand cli_load_command, cli_serve_command, cli_sql_command, cli_info_command,
    cli_inspect_command, cli_open_command, cli_cube_command, cli_generate_command;
