// tessera sql: a statement, a script or an interactive shell on a store.
#include "cli.h"
#include "cli_database.h"
#include "cli_shell.h"
#include "part_file.h"
#include <errno.h>
#include <unistd.h>

typedef struct SqlArguments {
  const char *format, *output, *null_text, *passes_off, *file;
  CliTexts params;
  uint32_t threads;
  int64_t memory_bytes, timeout_ms;
  bool time;
} SqlArguments;

static const CliOption options[] = {
    {"format", CLI_TEXT, offsetof(SqlArguments, format), "NAME",
     "table, record, csv, ndjson, json or xlsx [table]"},
    {"output", CLI_TEXT, offsetof(SqlArguments, output), "FILE",
     "Write the answer to that file, once it is complete [standard output]"},
    {"file", CLI_TEXT, offsetof(SqlArguments, file), "FILE",
     "Run the statements of a file (-: of standard input), up to the first that fails"},
    {"param", CLI_TEXTS, offsetof(SqlArguments, params), "VALUE",
     "The value of $1, then $2, ...: read as a quoted literal in its place would be"},
    {"null", CLI_TEXT, offsetof(SqlArguments, null_text), "TEXT",
     "What a table shows for NULL [nothing]"},
    {"time", CLI_FLAG, offsetof(SqlArguments, time), NULL,
     "Print the time, and what was read, to standard error"},
    {"timeout", CLI_DURATION, offsetof(SqlArguments, timeout_ms), "TIME",
     "Stop the statement after that time, for instance 30s [never]"},
    {"threads", CLI_COUNT, offsetof(SqlArguments, threads), "N", "Threads [one per processor]"},
    {"memory", CLI_BYTES, offsetof(SqlArguments, memory_bytes), "SIZE",
     "Memory limit [80 % of the machine's]"},
    {"passes-off", CLI_TEXT, offsetof(SqlArguments, passes_off), "NAMES",
     "Optimiser passes to leave out, separated by commas"},
};

static Status script_read(FILE *file, Buffer *text, Error *error) {
  char piece[65536];
  for (size_t size; (size = fread(piece, 1, sizeof piece, file)) > 0;)
    buffer_append(text, piece, size);
  if (ferror(file)) return error_set(error, STATUS_IO, "cannot read: %s", strerror(errno));
  if (memchr(text->data ? text->data : "", 0, text->size))
    return error_set(error, STATUS_INVALID, "a script cannot have zero bytes");
  buffer_append_char(text, '\0');
  return STATUS_OK;
}

// The script of --file, or of standard input.
static int script_run(const SqlConsole *console, const char *path) {
  bool standard = !path || strcmp(path, "-") == 0;
  const char *name = standard ? "standard input" : path;
  Error error = ERROR_INIT;
  FILE *file = standard ? stdin : fopen(path, "rb");
  if (!file) {
    error_set(&error, STATUS_NOT_FOUND, "cannot open %s: %s", path, strerror(errno));
    return cli_fail("sql", &error);
  }
  Buffer text;
  buffer_init(&text);
  Status status = script_read(file, &text, &error);
  if (!standard) fclose(file);
  int code =
      status == STATUS_OK ? sql_console_run(console, text.data, name) : cli_fail("sql", &error);
  buffer_clear(&text);
  return code;
}

static int console_run(const SqlArguments *arguments, SqlConsole *console, const char *const *words,
                       uint32_t word_count) {
  if (word_count > 1) return sql_console_run(console, words[1], NULL);
  if (!arguments->file && isatty(STDIN_FILENO)) return cli_shell_run(console, words[0]);
  return script_run(console, arguments->file);
}

static void fault_print(void *context, const char *text) {
  (void)context;
  fprintf(stderr, "%s\n", text);
}

// Makes the session on the view, and opens the store's segments, which are files beside its tables.
static Status session_open(const SqlArguments *arguments, SqlConsole *console, const char *folder,
                           Error *error) {
  SessionSettings settings = {.passes_off = arguments->passes_off,
                              .timeout_ms = arguments->timeout_ms};
  TRY(segment_store_open(folder, fault_print, NULL, &console->segments, error));
  return session_create(console->view->root, console->view->model, &settings,
                        database_budget(console->database), &console->session, error);
}

static int session_start(const SqlArguments *arguments, SqlConsole *console,
                         const char *const *words, uint32_t word_count) {
  Error error = ERROR_INIT;
  SqlParameter parameters[CLI_TEXTS_MAX];
  for (uint32_t i = 0; i < arguments->params.count; i++)
    parameters[i] =
        (SqlParameter){.kind = PARAMETER_TEXT, .text = str_from(arguments->params.items[i])};
  console->parameters = arguments->params.count ? parameters : NULL;
  console->parameter_count = arguments->params.count;
  DatabaseView *view;
  if (database_pin(console->database, &view, &error) != STATUS_OK) return cli_fail("sql", &error);
  console->view = view;
  int code = session_open(arguments, console, words[0], &error) == STATUS_OK
                 ? console_run(arguments, console, words, word_count)
                 : cli_fail("sql", &error);
  session_destroy(console->session);
  segment_store_close(console->segments);
  database_unpin(view);
  return code;
}

static int usage_fail(Error *error) {
  cli_fail("sql", error);
  return 2;
}

static int database_run(const SqlArguments *arguments, SqlConsole *console,
                        const char *const *words, uint32_t word_count) {
  Error error = ERROR_INIT;
  DatabaseOptions options = {arguments->threads, arguments->memory_bytes};
  if (cli_database_open(words[0], &options, true, &console->database, &error) != STATUS_OK)
    return cli_fail("sql", &error);
  int code = session_start(arguments, console, words, word_count);
  database_destroy(console->database);
  return code;
}

// The answer grows under another name and takes its own when it is complete.
static int output_run(const SqlArguments *arguments, SqlConsole *console, const char *const *words,
                      uint32_t word_count) {
  Error error = ERROR_INIT;
  PartFile part;
  if (part_file_open(&part, arguments->output, &error) != STATUS_OK) return cli_fail("sql", &error);
  console->output = part.file;
  int code = database_run(arguments, console, words, word_count);
  if (part_file_close(&part, code == 0, &error) != STATUS_OK) return cli_fail("sql", &error);
  return code;
}

static int run(const void *values, const char *const *words, uint32_t word_count) {
  const SqlArguments *arguments = values;
  Error error = ERROR_INIT;
  if (word_count > 1 && arguments->file) {
    error_set(&error, STATUS_INVALID, "a statement and --file exclude each other");
    return usage_fail(&error);
  }
  ResultFormat format = RESULT_TABLE;
  if (arguments->format && !result_format_parse(arguments->format, &format)) {
    error_set(&error, STATUS_INVALID,
              "--format %s: expected table, record, csv, ndjson, json or xlsx", arguments->format);
    return usage_fail(&error);
  }
  if (format == RESULT_XLSX && !arguments->output && isatty(STDOUT_FILENO)) {
    error_set(&error, STATUS_INVALID, "an XLSX file is nothing for a terminal: add --output FILE");
    return usage_fail(&error);
  }
  SqlConsole console = {
      .format = format, .null_text = arguments->null_text, .time = arguments->time};
  return arguments->output ? output_run(arguments, &console, words, word_count)
                           : database_run(arguments, &console, words, word_count);
}

const CliCommand cli_sql_command = {
    .name = "sql",
    .words = "STORE [\"STATEMENT; ...\"]",
    .summary = "Run SQL statements on a store, or ask it interactively",
    .details =
        "SELECT, EXPLAIN [ANALYZE], SHOW TABLES and DESCRIBE, in PostgreSQL's grammar; views "
        "and tables\nof the session (CREATE VIEW, CREATE TABLE ... AS), SET timeout = '30s'."
        "\n\n"
        "Without a statement a terminal gets a shell (\\? there lists its commands), and a "
        "script is read\nfrom --file or from standard input.\n\n"
        "  tessera sql stores/demo \"SELECT count(*) FROM sales\"\n"
        "  tessera sql stores/demo 'SELECT count(*) FROM sales WHERE day >= $1' --param "
        "2025-03-01\n"
        "  tessera sql stores/demo \"SELECT * FROM stores\" --format xlsx --output stores.xlsx\n"
        "  tessera sql stores/demo \"EXPLAIN SELECT sum(paid) FROM sales\" --time",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .letters = "f=file",
    .words_min = 1,
    .words_max = 2,
    .values_bytes = sizeof(SqlArguments),
    .run = run,
};
