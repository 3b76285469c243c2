// See cli_shell_file.h.
#include "cli_shell_file.h"
#include "cli.h"
#include "part_file.h"
#include "temporary.h"
#include "text.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

static void fault_print(const Error *error) {
  fflush(stdout);
  cli_fail("sql", error);
}

static Status file_read(const char *path, Buffer *text, Error *error) {
  FILE *file = fopen(path, "rb");
  if (!file) return error_set(error, STATUS_IO, "cannot read %s: %s", path, strerror(errno));
  char bytes[65536];
  size_t size;
  while ((size = fread(bytes, 1, sizeof bytes, file)) > 0) buffer_append(text, bytes, size);
  bool failed = ferror(file) != 0;
  int reason = errno;
  fclose(file);
  buffer_append_char(text, '\0');
  text->size--;
  if (failed) return error_set(error, STATUS_IO, "cannot read %s: %s", path, strerror(reason));
  if (memchr(text->data, '\0', text->size))
    return error_set(error, STATUS_INVALID, "%s is no text", path);
  return STATUS_OK;
}

void shell_script_run(const SqlConsole *console, const char *path) {
  Error error = ERROR_INIT;
  Buffer text;
  buffer_init(&text);
  if (!*path)
    fputs("\\i FILE runs the statements of a file\n", stderr);
  else if (file_read(path, &text, &error) != STATUS_OK)
    fault_print(&error);
  else
    sql_console_run(console, text.data, path);
  buffer_clear(&text);
}

void shell_output_set(SqlConsole *console, const char *path) {
  if (console->output && fclose(console->output) != 0)
    fprintf(stderr, "the output file could not be written: %s\n", strerror(errno));
  console->output = NULL;
  if (!*path) return;
  console->output = fopen(path, "wb");
  if (!console->output) fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
}

// ---------------------------------------------------------------- copy

// The query of "(QUERY) to FILE", and the file's name; NULL: it is something else.
static char *copy_parse(const char *arguments, const char **path) {
  const char *from = arguments + strspn(arguments, " \t");
  const char *last = from + strlen(from);
  while (last > from && strchr(" \t;", last[-1])) last--;
  const char *name = last;
  while (name > from && !isspace((unsigned char)name[-1])) name--;
  const char *to = name;
  while (to > from && isspace((unsigned char)to[-1])) to--;
  bool is_to = to - from > 2 && strncasecmp(to - 2, "to", 2) == 0;
  const char *end = to - 2;
  while (is_to && end > from && isspace((unsigned char)end[-1])) end--;
  if (!is_to || *from != '(' || end[-1] != ')') return NULL;
  char *parts = mem_alloc((size_t)(last - from) + 2); // the query, then the name
  size_t query = (size_t)(end - from) - 2, size = (size_t)(last - name);
  memcpy(parts, from + 1, query);
  parts[query] = '\0';
  memcpy(parts + query + 1, name, size);
  parts[query + 1 + size] = '\0';
  if (size > 2 && parts[query + 1] == '\'' && parts[query + size] == '\'') { // 'FILE'
    parts[query + size] = '\0';
    *path = parts + query + 2;
  } else {
    *path = parts + query + 1;
  }
  return parts;
}

void shell_copy(const SqlConsole *console, const char *arguments) {
  Error error = ERROR_INIT;
  const char *path;
  char *query = copy_parse(arguments, &path);
  if (!query) {
    fputs("\\copy (QUERY) to FILE writes an answer; FILE ends in .csv, .ndjson, .json or .xlsx\n",
          stderr);
    return;
  }
  SqlConsole copy = *console;
  copy.commands = copy.time = false;
  const char *ending = strrchr(path, '.');
  PartFile part;
  if (!ending || !result_format_parse(ending + 1, &copy.format) || copy.format == RESULT_TABLE ||
      copy.format == RESULT_RECORD) {
    fprintf(stderr, "\\copy: %s should end in .csv, .ndjson, .json or .xlsx\n", path);
  } else if (part_file_open(&part, path, &error) != STATUS_OK) {
    fault_print(&error);
  } else {
    copy.output = part.file;
    int code = sql_console_run(&copy, query, NULL);
    if (part_file_close(&part, code == 0, &error) != STATUS_OK)
      fault_print(&error);
    else if (code == 0)
      printf("Written to %s.\n", path);
  }
  mem_free(query);
}

// ---------------------------------------------------------------- edit

static bool editor_run(const char *path) {
  const char *editor = getenv("VISUAL");
  if (!editor || !*editor) editor = getenv("EDITOR");
  if (!editor || !*editor) editor = "vi";
  Buffer command;
  buffer_init(&command);
  buffer_printf(&command, "%s \"$TESSERA_EDITED\"", editor); // the folder's name may be any
  setenv("TESSERA_EDITED", path, 1);
  fflush(stdout);
  int code = system(command.data);
  unsetenv("TESSERA_EDITED");
  if (code != 0) fprintf(stderr, "the editor %s failed; VISUAL or EDITOR names another\n", editor);
  buffer_clear(&command);
  return code == 0;
}

bool shell_edit(const char *text, Buffer *edited) {
  Error error = ERROR_INIT;
  char path[4096];
  int size = snprintf(path, sizeof path, "%s/tessera-XXXXXX.sql", temporary_folder());
  int file = size < (int)sizeof path ? mkstemps(path, 4) : -1;
  bool written = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
  if (file >= 0) close(file);
  bool done = false;
  if (!written)
    fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
  else if (editor_run(path)) {
    done = file_read(path, edited, &error) == STATUS_OK;
    if (!done) fault_print(&error);
  }
  if (file >= 0) unlink(path);
  return done;
}
