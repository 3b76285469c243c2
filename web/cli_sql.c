// tessera sql: one statement on a store, its rows on standard output.
#include "cli.h"
#include "cli_database.h"
#include "cli_signal.h"
#include "result_writer.h"
#include "sql_answer.h"

typedef struct SqlArguments {
  const char *format, *null_text, *passes_off;
  CliTexts params;
  uint32_t threads;
  int64_t memory_bytes, timeout_ms;
  bool time;
} SqlArguments;

static const CliOption options[] = {
    {"format", CLI_TEXT, offsetof(SqlArguments, format), "NAME", "table, csv or json [table]"},
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

static Status flush_stdout(void *context, const char *bytes, size_t size, Error *error) {
  (void)context;
  if (fwrite(bytes, 1, size, stdout) != size)
    return error_set(error, STATUS_IO, "cannot write to standard output");
  return STATUS_OK;
}

// The statement's line with a caret below the byte that the error names.
static void caret_print(const char *text, int64_t position) {
  if (position < 0 || (size_t)position > strlen(text)) return;
  const char *start = text + position;
  while (start > text && start[-1] != '\n') start--;
  size_t size = strcspn(start, "\n");
  size_t column = utf8_length(start, (size_t)(text + position - start));
  fprintf(stderr, "  %.*s\n  %*s^\n", (int)size, start, (int)column, "");
}

static Status statement_run(const SqlArguments *arguments, ResultFormat format, Database *database,
                            const char *text, Error *error) {
  DatabaseView *view;
  TRY(database_pin(database, &view, error));
  Job job;
  job_init(&job, "query", 0, arguments->timeout_ms, database_budget(database));
  cli_signal_watch(&job);
  Buffer out;
  buffer_init(&out);
  ResultOptions result_options = {.null_text = arguments->null_text, .flush = flush_stdout};
  ResultWriter *writer = result_writer_create(format, &result_options, &out);
  ResultSink sink = result_writer_sink(writer);
  QueryStats stats = {0};
  SqlParameter parameters[CLI_TEXTS_MAX];
  for (uint32_t i = 0; i < arguments->params.count; i++)
    parameters[i] =
        (SqlParameter){.kind = PARAMETER_TEXT, .text = str_from(arguments->params.items[i])};
  SqlOptions sql_options = {.parameters = arguments->params.count ? parameters : NULL,
                            .parameter_count = arguments->params.count};
  int64_t start = clock_now_ns();
  Status status = sql_answer(database, view, text, &sql_options, arguments->passes_off, &job, &sink,
                             &stats, error);
  int64_t elapsed_ns = clock_now_ns() - start;
  if (status == STATUS_OK) status = result_writer_finish(writer, error);
  if (status == STATUS_OK && arguments->time)
    fprintf(
        stderr,
        "Time: %.3f ms (plan %.3f ms); read %llu rows, %llu bytes; skipped %llu of %llu blocks\n",
        (double)elapsed_ns / 1e6, (double)stats.plan_ns / 1e6, (unsigned long long)stats.rows_read,
        (unsigned long long)stats.bytes_read, (unsigned long long)stats.blocks_skipped,
        (unsigned long long)(stats.blocks_read + stats.blocks_skipped));
  cli_signal_watch(NULL);
  result_writer_destroy(writer);
  buffer_clear(&out);
  database_unpin(view);
  return status;
}

static int run(const void *values, const char *const *words, uint32_t word_count) {
  const SqlArguments *arguments = values;
  (void)word_count;
  Error error = ERROR_INIT;
  ResultFormat format = RESULT_TABLE;
  if (arguments->format && !result_format_parse(arguments->format, &format)) {
    error_set(&error, STATUS_INVALID, "--format %s: expected table, csv or json",
              arguments->format);
    cli_fail("sql", &error);
    return 2;
  }
  DatabaseOptions database_options = {arguments->threads, arguments->memory_bytes};
  Database *database;
  if (cli_database_open(words[0], &database_options, true, &database, &error) != STATUS_OK)
    return cli_fail("sql", &error);
  Status status = statement_run(arguments, format, database, words[1], &error);
  database_destroy(database);
  if (status == STATUS_OK) return 0;
  fflush(stdout);
  int code = cli_fail("sql", &error);
  caret_print(words[1], error.position);
  return code;
}

const CliCommand cli_sql_command = {
    .name = "sql",
    .words = "STORE \"STATEMENT\"",
    .summary = "Run one SQL statement on a store",
    .details = "SELECT, EXPLAIN [ANALYZE], SHOW TABLES and DESCRIBE, in PostgreSQL's grammar.\n\n"
               "  tessera sql stores/demo \"SELECT count(*) FROM sales\"\n"
               "  tessera sql stores/demo 'SELECT count(*) FROM sales WHERE day >= $1' --param "
               "2025-03-01\n"
               "  tessera sql stores/demo \"EXPLAIN SELECT sum(paid) FROM sales\" --time",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .words_min = 2,
    .words_max = 2,
    .values_bytes = sizeof(SqlArguments),
    .run = run,
};
