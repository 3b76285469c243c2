// The shell's commands that read and write files. What fails is printed.
#pragma once
#include "buffer.h"
#include "sql_console.h"

// \i: the statements of a file.
void shell_script_run(const SqlConsole *console, const char *path);
// \o: answers go to a file; an empty path: to the terminal again.
void shell_output_set(SqlConsole *console, const char *path);
// \copy (QUERY) to FILE: the answer in the format that the file's name ends with.
void shell_copy(const SqlConsole *console, const char *arguments);
// \e: text as the user's editor leaves it; false: it did not.
bool shell_edit(const char *text, Buffer *edited);
