// See sql_console.h.
#include "sql_console.h"
#include "cli.h"
#include "cli_signal.h"
#include "segment_source.h"
#include "sql_answer.h"
#include "sql_split.h"
#include "text.h"
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

// Lists of 100,000 constants are pasted by people; a server is not asked to parse that much.
#define TEXT_BYTES_MAX (1u << 20)

static Status output_write(void *context, const char *bytes, size_t size, Error *error) {
  FILE *file = context;
  if (fwrite(bytes, 1, size, file) == size) return STATUS_OK;
  return error_set(error, STATUS_IO, "cannot write to %s: %s",
                   file == stdout ? "standard output" : "the output file", strerror(errno));
}

// The end of an answer; an XLSX file, of which nothing is written before, has room for one.
static Status answer_finish(const SqlConsole *console, ResultWriter *writer, bool *answered,
                            Error *error) {
  if (console->format == RESULT_XLSX && *answered)
    return error_set(error, STATUS_UNSUPPORTED,
                     "an XLSX file holds the rows of one statement; run them one by one");
  *answered = true;
  return result_writer_finish(writer, error);
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

static void time_print(int64_t elapsed_ns, const QueryStats *stats) {
  fprintf(stderr,
          "Time: %.3f ms (plan %.3f ms); read %llu rows, %llu bytes; skipped %llu of %llu blocks\n",
          (double)elapsed_ns / 1e6, (double)stats->plan_ns / 1e6,
          (unsigned long long)stats->rows_read, (unsigned long long)stats->bytes_read,
          (unsigned long long)stats->blocks_skipped,
          (unsigned long long)(stats->blocks_read + stats->blocks_skipped));
}

// The store's segments for one statement of the session.
static SegmentSource *segments_open(const SqlConsole *console, Job *job) {
  const DatabaseView *view = console->view;
  SegmentWorld world = {.root = view->root,
                        .catalog = view->catalog,
                        .model = view->model,
                        .pool = database_pool(console->database),
                        .job = job,
                        .first_day = view->data.first,
                        .last_day = view->data.has_days ? view->data.last : view->data.first - 1};
  SegmentSource *source =
      segment_source_create(&world, console->segments, view->data.has_days ? view->data.last : 0);
  session_set_segments(console->session, segment_source_catalog(source));
  return source;
}

static void segments_close(const SqlConsole *console, SegmentSource *source) {
  session_set_segments(console->session, NULL);
  segment_source_destroy(source);
}

// What only a terminal wants: as many rows and columns as it has room for.
static void fit_terminal(const SqlConsole *console, ResultOptions *options) {
  struct winsize size;
  bool shown = console->format == RESULT_TABLE || console->format == RESULT_RECORD;
  if (console->output || !shown || !isatty(STDOUT_FILENO)) return;
  options->rows_shown = console->rows_shown;
  if (console->fit_width && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
    options->width_max = size.ws_col;
}

// *answered: whether a statement gave rows before; set when this one does.
static Status statement_run(const SqlConsole *console, const char *text, bool *answered,
                            Error *error) {
  const SessionSettings *settings = session_settings(console->session);
  Job job;
  job_init(&job, "query", settings->memory_bytes, settings->timeout_ms,
           database_budget(console->database));
  cli_signal_watch(&job);
  Buffer out;
  buffer_init(&out);
  ResultOptions result_options = {.null_text = console->null_text,
                                  .flush = output_write,
                                  .flush_context = console->output ? console->output : stdout};
  fit_terminal(console, &result_options);
  ResultWriter *writer = result_writer_create(console->format, &result_options, &out);
  ResultSink sink = result_writer_sink(writer);
  QueryStats stats = {0};
  SqlOptions options = {.parameters = console->parameters,
                        .parameter_count = console->parameter_count,
                        .text_bytes_max = TEXT_BYTES_MAX};
  SegmentSource *segments = segments_open(console, &job);
  int64_t start = clock_now_ns();
  Status status = sql_answer_session(console->database, console->session, text, &options, &job,
                                     &sink, &stats, error);
  int64_t elapsed_ns = clock_now_ns() - start;
  if (status == STATUS_OK && !stats.command)
    status = answer_finish(console, writer, answered, error);
  if (status == STATUS_OK && stats.command && console->commands) puts(stats.command);
  if (status == STATUS_OK && console->time) time_print(elapsed_ns, &stats);
  segments_close(console, segments);
  cli_signal_watch(NULL);
  result_writer_destroy(writer);
  buffer_clear(&out);
  return status;
}

static uint32_t line_of(const char *text, const char *at) {
  uint32_t line = 1;
  for (; text < at; text++) line += *text == '\n';
  return line;
}

static int failure_print(const char *name, uint32_t line, const char *statement,
                         const Error *error) {
  fflush(stdout);
  Error shown = *error;
  if (name) snprintf(shown.path, sizeof shown.path, "%s:%u", name, line);
  int code = cli_fail("sql", &shown);
  caret_print(statement, error->position);
  return code;
}

int sql_console_run(const SqlConsole *console, const char *text, const char *name) {
  const char *rest = text, *at;
  size_t size = 0;
  bool complete, first = true, answered = false;
  int code = 0;
  // A text without a statement is the parser's to refuse; a script may be empty.
  while (code == 0 && (sql_split(&rest, &at, &size, &complete) || (first && !name))) {
    char *statement = mem_alloc(size + 1);
    memcpy(statement, at ? at : "", at ? size : 0);
    statement[at ? size : 0] = '\0';
    Error error = ERROR_INIT;
    if (statement_run(console, statement, &answered, &error) != STATUS_OK) {
      size_t within =
          error.position > 0 && (size_t)error.position < size ? (size_t)error.position : 0;
      code = failure_print(name, at ? line_of(text, at + within) : 1, statement, &error);
    }
    mem_free(statement);
    first = false;
  }
  fflush(stdout);
  return code;
}
