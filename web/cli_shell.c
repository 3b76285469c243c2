// See cli_shell.h. Line editing is libedit's; nothing else includes its header.
//
// Lines gather until a ';' ends the statement. While a line is edited the terminal gives Ctrl-C as
// a character, which drops what was typed; while a statement runs it is a signal, which cancels the
// statement and nothing more.
#include "cli_shell.h"
#include "cli_shell_complete.h"
#include "cli_shell_file.h"
#include "cli_signal.h"
#include "sql_split.h"
#include "text.h"
#include <ctype.h>
#include <histedit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#define HISTORY_ENTRIES 2000
#define OFFERS_MAX 200 // that Tab lists
#define ROWS_SHOWN 200 // of an answer, unless \\pset rows says otherwise
#define PATH_BYTES 4096

typedef struct Shell {
  SqlConsole *console;
  EditLine *edit;
  History *history;
  char history_path[PATH_BYTES]; // "": none
  Buffer typed;                  // the statement so far
  Buffer entry;                  // the same and what ran before it in its lines, for the history
  Buffer last;                   // the statement before
  char null_text[64];            // \pset null
  bool dropped, leaving;
} Shell;

// ---------------------------------------------------------------- keys

// The whole statement as far as it is typed, and where in it the cursor stands.
static size_t typed_text(const Shell *shell, const LineInfo *line, Buffer *text) {
  buffer_init(text);
  buffer_append(text, shell->typed.data ? shell->typed.data : "", shell->typed.size);
  size_t at = text->size + (size_t)(line->cursor - line->buffer);
  buffer_append(text, line->buffer, (size_t)(line->lastchar - line->buffer));
  return at;
}

static void word_replace(EditLine *edit, const Completion *completion, size_t typed) {
  bool one = completion->count == 1;
  char *rest = mem_alloc(completion->common + 2);
  memcpy(rest, completion->found.data, completion->common);
  strcpy(rest + completion->common, one ? " " : "");
  el_deletestr(edit, (int)typed);
  el_insertstr(edit, rest);
  mem_free(rest);
}

static unsigned char complete_key(EditLine *edit, int key) {
  (void)key;
  Shell *shell;
  el_get(edit, EL_CLIENTDATA, &shell);
  Buffer text;
  size_t at = typed_text(shell, el_line(edit), &text), word;
  Completion completion;
  shell_complete(shell->console->session, text.data, text.size, at, &word, &completion);
  unsigned char result = CC_ERROR;
  if (completion.count == 1 || (completion.count && completion.common > at - word)) {
    word_replace(edit, &completion, at - word);
    result = CC_REFRESH;
  } else if (completion.count > OFFERS_MAX) {
    printf("\n%u names may stand here; type the first letters of one\n", completion.count);
    result = CC_REDISPLAY;
  } else if (completion.count > 1) {
    printf("\n%s", completion.found.data);
    result = CC_REDISPLAY;
  }
  buffer_clear(&completion.found);
  buffer_clear(&text);
  return result;
}

static unsigned char drop_key(EditLine *edit, int key) {
  (void)key;
  Shell *shell;
  el_get(edit, EL_CLIENTDATA, &shell);
  shell->dropped = true;
  return CC_EOF;
}

// ---------------------------------------------------------------- commands

static const char help_text[] =
    "Statements end with ; and may have several lines.\n"
    "  \\d            tables, views and cubes, with their rows\n"
    "  \\d NAME       a table's or view's columns; cube.NAME: levels and measures\n"
    "  \\timing       times on and off\n"
    "  \\x            answers a column a line, on and off; \\x auto: where they are too wide\n"
    "  \\f FORMAT     answers as table, record, csv, ndjson or json\n"
    "  \\pset null X  what a NULL is shown as\n"
    "  \\pset rows N  how many rows of an answer are shown; 0: all\n"
    "  \\i FILE       run the statements of a file\n"
    "  \\o FILE       write answers to a file; \\o alone: show them again\n"
    "  \\copy (QUERY) to FILE   write an answer as .csv, .ndjson, .json or .xlsx\n"
    "  \\e            edit the statement (the one before) with VISUAL or EDITOR\n"
    "  \\q, Ctrl-D    leave\n"
    "  Ctrl-C        cancel the statement that runs, or drop what is typed\n"
    "  Tab           complete what may stand there: tables, columns, cubes, keywords\n"
    "  Up, Ctrl-R    statements typed before\n";

static void command_format(Shell *shell, const char *name) {
  ResultFormat format;
  if (!result_format_parse(name, &format) || format == RESULT_XLSX)
    fprintf(stderr, "\\f %s: expected table, record, csv, ndjson or json\n", name);
  else
    shell->console->format = format;
}

// "on", "off", "auto"; nothing: the other of on and off.
static void command_expand(Shell *shell, const char *argument) {
  SqlConsole *console = shell->console;
  bool on = *argument ? strcmp(argument, "on") == 0 : console->format != RESULT_RECORD;
  bool fit = strcmp(argument, "auto") == 0;
  if (*argument && !on && !fit && strcmp(argument, "off") != 0) {
    fputs("\\x on, \\x off or \\x auto\n", stderr);
    return;
  }
  console->format = on ? RESULT_RECORD : RESULT_TABLE;
  console->fit_width = fit;
  printf("Answers are shown %s.\n", on    ? "a column a line"
                                    : fit ? "as tables, a column a line where they are too wide"
                                          : "as tables");
}

static void row_append(Buffer *text, const char *name, const char *kind, const Table *table) {
  buffer_printf(text, "%s('", text->size ? ", " : "VALUES ");
  for (const char *c = name; *c; c++) buffer_printf(text, *c == '\'' ? "''" : "%c", *c);
  if (table)
    buffer_printf(text, "', '%s', %llu)", kind, (unsigned long long)table->shown_count);
  else
    buffer_printf(text, "', '%s', NULL)", kind);
}

// A query that gives the names with their kinds and numbers of rows.
static void names_query(const Session *session, Buffer *text) {
  const Catalog *catalog = session_catalog(session);
  const Root *root = session_root(session);
  const char *const *names;
  const CatalogView *views;
  uint32_t count = catalog->table_names(catalog, &names);
  for (uint32_t i = 0; i < count; i++)
    if (!catalog->find_view || !catalog->find_view(catalog, names[i]))
      row_append(text, names[i], session_owns_table(session, names[i]) ? "session table" : "table",
                 root_find(root, names[i]));
  count = session_views(session, &views);
  for (uint32_t i = 0; i < count; i++) row_append(text, views[i].name, "view", NULL);
  count = catalog->cube_names(catalog, &names);
  for (uint32_t i = 0; i < count; i++)
    row_append(text, names[i], "cube",
               root_find(root, catalog->find_cube(catalog, names[i])->table));
}

static void command_describe(Shell *shell, const char *name) {
  Buffer text, names;
  buffer_init(&text);
  buffer_init(&names);
  if (*name) {
    buffer_printf(&text, "DESCRIBE %s", name);
  } else {
    names_query(shell->console->session, &names);
    buffer_printf(&text, "SELECT * FROM (%s) AS t(name, kind, \"rows\")",
                  names.size ? names.data : "VALUES ('', '', NULL)");
  }
  sql_console_run(shell->console, text.data, NULL);
  buffer_clear(&names);
  buffer_clear(&text);
}

static void typed_run(Shell *shell);

static void command_edit(Shell *shell) {
  Buffer edited;
  buffer_init(&edited);
  if (shell_edit(shell->last.size ? shell->last.data : "", &edited)) {
    fputs(edited.data, stdout);
    buffer_append_text(&shell->typed, edited.data);
    typed_run(shell);
  }
  buffer_clear(&edited);
}

static void command_set_rows(Shell *shell, const char *text) {
  char *end;
  unsigned long count = strtoul(text, &end, 10);
  if (!isdigit((unsigned char)*text) || *end || count > UINT32_MAX) {
    fputs("\\pset rows N says how many rows of an answer are shown; 0: all\n", stderr);
    return;
  }
  shell->console->rows_shown = (uint32_t)count;
  if (count)
    printf("The first %lu rows of an answer are shown.\n", count);
  else
    puts("All rows of an answer are shown.");
}

static void command_set_null(Shell *shell, const char *text) {
  size_t size = strlen(text);
  bool quoted = size > 1 && text[0] == '\'' && text[size - 1] == '\'';
  snprintf(shell->null_text, sizeof shell->null_text, "%.*s", (int)(size - 2 * quoted),
           text + quoted);
  shell->console->null_text = shell->null_text;
  printf("A NULL is shown as '%s'.\n", shell->null_text);
}

// "null TEXT" or "rows N".
static void command_set(Shell *shell, const char *argument) {
  size_t size = strcspn(argument, " ");
  const char *text = argument + size + strspn(argument + size, " ");
  if (size == 4 && strncmp(argument, "null", 4) == 0)
    command_set_null(shell, text);
  else if (size == 4 && strncmp(argument, "rows", 4) == 0)
    command_set_rows(shell, text);
  else
    fputs("\\pset null TEXT says what a NULL is shown as, \\pset rows N how many rows are shown\n",
          stderr);
}

static void command_run(Shell *shell, char *line) {
  line[strcspn(line, "\n")] = '\0';
  size_t size = strcspn(line, " \t;");
  char *argument = line + size + strspn(line + size, " \t;"), *end = argument + strlen(argument);
  while (end > argument && strchr(" \t;", end[-1])) *--end = '\0';
  line[size] = '\0';
  if (strcmp(line, "\\q") == 0)
    shell->leaving = true;
  else if (strcmp(line, "\\?") == 0)
    fputs(help_text, stdout);
  else if (strcmp(line, "\\d") == 0)
    command_describe(shell, argument);
  else if (strcmp(line, "\\f") == 0)
    command_format(shell, argument);
  else if (strcmp(line, "\\x") == 0)
    command_expand(shell, argument);
  else if (strcmp(line, "\\i") == 0)
    shell_script_run(shell->console, argument);
  else if (strcmp(line, "\\o") == 0)
    shell_output_set(shell->console, argument);
  else if (strcmp(line, "\\copy") == 0)
    shell_copy(shell->console, argument);
  else if (strcmp(line, "\\e") == 0)
    command_edit(shell);
  else if (strcmp(line, "\\pset") == 0)
    command_set(shell, argument);
  else if (strcmp(line, "\\timing") == 0)
    printf("Timing is %s.\n", (shell->console->time = !shell->console->time) ? "on" : "off");
  else
    fprintf(stderr, "there is no command %s; \\? lists them\n", line);
}

// ---------------------------------------------------------------- lines

static char *prompt(EditLine *edit) {
  Shell *shell;
  el_get(edit, EL_CLIENTDATA, &shell);
  return shell->typed.size ? "    ...> " : "tessera> ";
}

static void history_add(Shell *shell, const char *entry) {
  HistEvent event;
  history(shell->history, &event, H_ENTER, entry);
  if (shell->history_path[0]) history(shell->history, &event, H_SAVE, shell->history_path);
}

// A whole statement is an entry, of however many lines it is.
static void history_take(Shell *shell) {
  while (shell->entry.size && isspace((unsigned char)shell->entry.data[shell->entry.size - 1]))
    shell->entry.data[--shell->entry.size] = '\0';
  if (shell->entry.size) history_add(shell, shell->entry.data);
  buffer_reset(&shell->entry);
}

static void history_open(Shell *shell) {
  const char *path = getenv("TESSERA_HISTORY"), *home = getenv("HOME");
  if (path)
    snprintf(shell->history_path, sizeof shell->history_path, "%s", path);
  else if (home)
    snprintf(shell->history_path, sizeof shell->history_path, "%s/.tessera_history", home);
  HistEvent event;
  shell->history = history_init();
  history(shell->history, &event, H_SETSIZE, HISTORY_ENTRIES);
  history(shell->history, &event, H_SETUNIQUE, 1);
  if (shell->history_path[0]) history(shell->history, &event, H_LOAD, shell->history_path);
}

// Runs the statements that are complete and keeps the rest.
static void typed_run(Shell *shell) {
  const char *rest = shell->typed.data, *statement;
  size_t size;
  bool complete;
  for (const char *from = rest; sql_split(&rest, &statement, &size, &complete); from = rest) {
    if (!complete) {
      Buffer kept;
      buffer_init(&kept);
      buffer_append_text(&kept, from);
      buffer_clear(&shell->typed);
      shell->typed = kept;
      return;
    }
    char *text = mem_alloc(size + 1);
    memcpy(text, statement, size);
    text[size] = '\0';
    sql_console_run(shell->console, text, NULL);
    cli_signal_forget();
    buffer_reset(&shell->last);
    buffer_printf(&shell->last, "%s;\n", text);
    mem_free(text);
  }
  buffer_reset(&shell->typed);
}

// Whether the line is that word alone, maybe with a ';'.
static bool is_word(const char *line, const char *word) {
  line += strspn(line, " \t");
  if (strncasecmp(line, word, strlen(word)) != 0) return false;
  line += strlen(word);
  return !line[strspn(line, " \t\r\n;")];
}

// Whether what is typed ends with a statement, or is nothing but blanks.
static bool is_complete(const Shell *shell) {
  const char *rest = shell->typed.data, *statement;
  size_t size;
  bool complete = true;
  while (sql_split(&rest, &statement, &size, &complete))
    if (!complete) return false;
  return true;
}

static void line_take(Shell *shell, const char *line) {
  cli_signal_forget(); // of the moment between the prompt and the terminal's raw mode
  buffer_append_text(&shell->entry, line);
  if (!shell->typed.size && line[strspn(line, " \t")] == '\\') {
    char *copy = mem_alloc(strlen(line) + 1);
    strcpy(copy, line + strspn(line, " \t"));
    history_take(shell);
    command_run(shell, copy);
    cli_signal_forget();
    mem_free(copy);
    return;
  }
  if (!shell->typed.size && is_word(line, "help")) {
    history_take(shell);
    fputs(help_text, stdout);
    return;
  }
  if (!shell->typed.size && (is_word(line, "exit") || is_word(line, "quit"))) {
    shell->leaving = true;
    return;
  }
  buffer_append_text(&shell->typed, line);
  if (is_complete(shell)) history_take(shell);
  typed_run(shell);
}

static void edit_open(Shell *shell) {
  shell->edit = el_init("tessera", stdin, stdout, stderr);
  el_set(shell->edit, EL_CLIENTDATA, shell);
  el_set(shell->edit, EL_PROMPT, prompt);
  el_set(shell->edit, EL_EDITOR, "emacs");
  el_set(shell->edit, EL_HIST, history, shell->history);
  // The wide names are kept as they are; narrow ones would be copied and never freed.
  el_wset(shell->edit, EL_ADDFN, L"tessera-complete", L"Complete a name", complete_key);
  el_wset(shell->edit, EL_ADDFN, L"tessera-drop", L"Drop the statement", drop_key);
  el_set(shell->edit, EL_BIND, "^I", "tessera-complete", NULL);
  el_set(shell->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
  el_set(shell->edit, EL_SETTY, "-d", "-isig", NULL);
  el_set(shell->edit, EL_BIND, "^C", "tessera-drop", NULL);
}

int cli_shell_run(SqlConsole *console, const char *store) {
  Shell shell = {.console = console};
  console->commands = true;
  buffer_init(&shell.typed);
  buffer_init(&shell.last);
  buffer_init(&shell.entry);
  console->rows_shown = ROWS_SHOWN;
  console->fit_width = true;
  cli_signal_watch(NULL);
  signal(SIGTERM, SIG_DFL); // ends the shell, whatever it does
  history_open(&shell);
  edit_open(&shell);
  printf("Tessera %s, %s. \\? for help.\n", TESSERA_VERSION, store);
  while (!shell.leaving) {
    int size;
    const char *line = el_gets(shell.edit, &size);
    if (line && size > 0)
      line_take(&shell, line);
    else if (shell.dropped) {
      const LineInfo *dropped = el_line(shell.edit);
      buffer_append(&shell.entry, dropped->buffer, (size_t)(dropped->lastchar - dropped->buffer));
      history_take(&shell); // it can be had again
      buffer_reset(&shell.typed);
      el_reset(shell.edit);
      puts("^C");
    } else
      shell.leaving = true;
    shell.dropped = false;
    fflush(stdout);
  }
  el_end(shell.edit);
  history_end(shell.history);
  buffer_clear(&shell.typed);
  buffer_clear(&shell.last);
  buffer_clear(&shell.entry);
  shell_output_set(console, "");
  return 0;
}
