// The interactive shell of `tessera sql`: a prompt with history, completion and commands.
#pragma once
#include "sql_console.h"

// Reads from the terminal until \q or Ctrl-D; returns the exit code.
int cli_shell_run(SqlConsole *console, const char *store);
