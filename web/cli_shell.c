// See cli_shell.h. Line editing is libedit's; nothing else includes its header.
//
// Lines gather until a ';' ends the statement. While a line is edited the terminal gives Ctrl-C as
// a character, which drops what was typed; while a statement runs it is a signal, which cancels the
// statement and nothing more.
#include "cli_shell.h"
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

#define HISTORY_LINES 2000
#define PATH_BYTES 4096

typedef struct Shell {
  SqlConsole *console;
  EditLine *edit;
  History *history;
  char history_path[PATH_BYTES]; // "": none
  Buffer typed;                  // the statement so far
  Buffer last;                   // the statement before
  char null_text[64];            // \pset null
  bool dropped, leaving;
} Shell;

// ---------------------------------------------------------------- completion

static const char *const keywords[] = {
    "ALL",    "AND",    "AS",      "ASC",       "BETWEEN",   "BY",    "CASE",   "CAST",
    "CREATE", "CROSS",  "DESC",    "DESCRIBE",  "DISTINCT",  "DROP",  "ELSE",   "END",
    "EXCEPT", "EXISTS", "EXPLAIN", "FALSE",     "FILTER",    "FROM",  "FULL",   "GROUP",
    "HAVING", "ILIKE",  "IN",      "INNER",     "INTERSECT", "IS",    "JOIN",   "LATERAL",
    "LEFT",   "LIKE",   "LIMIT",   "NOT",       "NULL",      "NULLS", "OFFSET", "ON",
    "OR",     "ORDER",  "OVER",    "PARTITION", "RESET",     "RIGHT", "ROLLUP", "SELECT",
    "SET",    "SHOW",   "TABLE",   "TABLES",    "THEN",      "TRUE",  "UNION",  "USING",
    "VALUES", "VIEW",   "VIEWS",   "CUBES",     "WHEN",      "WHERE", "WITH"};

typedef struct Completion { // of a word that begins so
  const char *word;
  size_t size;
  Buffer found;  // the matches, a '\n' after each
  size_t common; // bytes that all share
  uint32_t count;
} Completion;

static void completion_offer(Completion *completion, const char *name) {
  if (strncasecmp(name, completion->word, completion->size) != 0) return;
  const char *first = completion->found.data;
  if (completion->count == 0) completion->common = strlen(name);
  for (size_t i = 0; completion->count && i < completion->common; i++)
    if (tolower((unsigned char)first[i]) != tolower((unsigned char)name[i])) completion->common = i;
  size_t size = strlen(name); // a column of several tables is offered once
  for (const char *at = first; completion->count && *at; at = strchr(at, '\n') + 1)
    if (strncmp(at, name, size) == 0 && at[size] == '\n') return;
  buffer_printf(&completion->found, "%s\n", name);
  completion->count++;
}

static void offer_names(const Shell *shell, Completion *completion) {
  const Catalog *catalog = session_catalog(shell->console->session);
  const char *const *names;
  uint32_t count = catalog->table_names(catalog, &names);
  for (uint32_t i = 0; i < count; i++) {
    completion_offer(completion, names[i]);
    const CatalogTable *table = catalog->find_table(catalog, names[i]);
    for (uint32_t c = 0; table && c < table->column_count; c++)
      if (!table->columns[c].hidden) completion_offer(completion, table->columns[c].name);
  }
  count = catalog->cube_names(catalog, &names);
  for (uint32_t i = 0; i < count; i++) {
    const CatalogCube *cube = catalog->find_cube(catalog, names[i]);
    completion_offer(completion, cube->name);
    for (uint32_t l = 0; l < cube->level_count; l++)
      completion_offer(completion, cube->levels[l].name);
    for (uint32_t m = 0; m < cube->measure_count; m++)
      completion_offer(completion, strrchr(cube->measures[m].name, '.') + 1);
  }
  for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
    completion_offer(completion, keywords[i]);
}

static unsigned char complete_key(EditLine *edit, int key) {
  (void)key;
  Shell *shell;
  el_get(edit, EL_CLIENTDATA, &shell);
  const LineInfo *line = el_line(edit);
  const char *word = line->cursor;
  while (word > line->buffer && (isalnum((unsigned char)word[-1]) || word[-1] & 0x80 ||
                                 word[-1] == '_' || word[-1] == '.'))
    word--;
  Completion completion = {.word = word, .size = (size_t)(line->cursor - word)};
  if (completion.size == 0) return CC_ERROR;
  buffer_init(&completion.found);
  offer_names(shell, &completion);
  unsigned char result = CC_ERROR;
  if (completion.count == 1 || completion.common > completion.size) {
    char *rest = mem_alloc(completion.common + 2);
    memcpy(rest, completion.found.data, completion.common);
    strcpy(rest + completion.common, completion.count == 1 ? " " : "");
    el_deletestr(edit, (int)completion.size);
    el_insertstr(edit, rest);
    mem_free(rest);
    result = CC_REFRESH;
  } else if (completion.count > 1) {
    printf("\n%s", completion.found.data);
    result = CC_REDISPLAY;
  }
  buffer_clear(&completion.found);
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
    "  \\d            tables, views and cubes\n"
    "  \\d NAME       a table's or view's columns; cube.NAME: levels and measures\n"
    "  \\timing       times on and off\n"
    "  \\x            answers a column a line, on and off\n"
    "  \\f FORMAT     answers as table, record, csv, ndjson or json\n"
    "  \\pset null X  what a NULL is shown as\n"
    "  \\i FILE       run the statements of a file\n"
    "  \\o FILE       write answers to a file; \\o alone: show them again\n"
    "  \\copy (QUERY) to FILE   write an answer as .csv, .ndjson, .json or .xlsx\n"
    "  \\e            edit the statement (the one before) with VISUAL or EDITOR\n"
    "  \\q, Ctrl-D    leave\n"
    "  Ctrl-C        cancel the statement that runs, or drop what is typed\n"
    "  Tab           complete keywords, tables, columns, levels, measures\n";

static void command_format(Shell *shell, const char *name) {
  ResultFormat format;
  if (!result_format_parse(name, &format) || format == RESULT_XLSX)
    fprintf(stderr, "\\f %s: expected table, record, csv, ndjson or json\n", name);
  else
    shell->console->format = format;
}

static void command_expand(Shell *shell) {
  bool on = shell->console->format != RESULT_RECORD;
  shell->console->format = on ? RESULT_RECORD : RESULT_TABLE;
  printf("Answers are shown %s.\n", on ? "a column a line" : "as tables");
}

static void command_describe(Shell *shell, const char *name) {
  Buffer text;
  buffer_init(&text);
  if (*name)
    buffer_printf(&text, "DESCRIBE %s", name);
  else
    buffer_append_text(&text, "SHOW TABLES");
  sql_console_run(shell->console, text.data, NULL);
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

// "null TEXT".
static void command_set(Shell *shell, const char *argument) {
  if (strncmp(argument, "null", 4) != 0 || (argument[4] && argument[4] != ' ')) {
    fputs("\\pset null TEXT says what a NULL is shown as\n", stderr);
    return;
  }
  const char *text = argument + 4 + strspn(argument + 4, " ");
  size_t size = strlen(text);
  bool quoted = size > 1 && text[0] == '\'' && text[size - 1] == '\'';
  snprintf(shell->null_text, sizeof shell->null_text, "%.*s", (int)(size - 2 * quoted),
           text + quoted);
  shell->console->null_text = shell->null_text;
  printf("A NULL is shown as '%s'.\n", shell->null_text);
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
    command_expand(shell);
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

static void history_add(Shell *shell, const char *line) {
  HistEvent event;
  history(shell->history, &event, H_ENTER, line);
  if (shell->history_path[0]) history(shell->history, &event, H_SAVE, shell->history_path);
}

static void history_open(Shell *shell) {
  const char *path = getenv("TESSERA_HISTORY"), *home = getenv("HOME");
  if (path)
    snprintf(shell->history_path, sizeof shell->history_path, "%s", path);
  else if (home)
    snprintf(shell->history_path, sizeof shell->history_path, "%s/.tessera_history", home);
  HistEvent event;
  shell->history = history_init();
  history(shell->history, &event, H_SETSIZE, HISTORY_LINES);
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

static void line_take(Shell *shell, const char *line) {
  cli_signal_forget(); // of the moment between the prompt and the terminal's raw mode
  if (line[strspn(line, " \t\r\n")]) history_add(shell, line);
  if (!shell->typed.size && line[strspn(line, " \t")] == '\\') {
    char *copy = mem_alloc(strlen(line) + 1);
    strcpy(copy, line + strspn(line, " \t"));
    command_run(shell, copy);
    cli_signal_forget();
    mem_free(copy);
    return;
  }
  if (!shell->typed.size && is_word(line, "help")) {
    fputs(help_text, stdout);
    return;
  }
  if (!shell->typed.size && (is_word(line, "exit") || is_word(line, "quit"))) {
    shell->leaving = true;
    return;
  }
  buffer_append_text(&shell->typed, line);
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
  shell_output_set(console, "");
  return 0;
}
