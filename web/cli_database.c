// Opening with progress, and the load's closing summary.
#include "cli_database.h"
#include "cli_signal.h"

#define NAME_WIDTH_MIN 12

static void fault_print(void *context, const char *text) {
  (void)context;
  fprintf(stderr, "%s\n", text);
}

Status cli_model_read(const char *path, Model **model, Error *error) {
  return model_read_file(path, fault_print, NULL, model, error);
}

Status cli_database_open(const char *folder, const DatabaseOptions *options, bool quiet,
                         Database **database, Error *error) {
  Job job;
  CliProgress progress;
  *database = database_create(options);
  job_init(&job, "opening of the store", 0, 0, NULL);
  cli_signal_watch(&job);
  cli_progress_start(&progress, &job, quiet);
  Status status = database_open(*database, folder, &job, error);
  cli_progress_end(&progress);
  cli_signal_watch(NULL);
  if (status != STATUS_OK) {
    database_destroy(*database);
    *database = NULL;
  }
  return status;
}

static void table_line(FILE *out, const LoadTableReport *table, int width) {
  char rows[CLI_TEXT_BYTES], rejected[CLI_TEXT_BYTES], inferred[CLI_TEXT_BYTES],
      bytes[CLI_TEXT_BYTES];
  fprintf(out, "  %-*s %13s %9s %9s %10s", width, table->table, cli_format_count(table->rows, rows),
          cli_format_count(table->rejected, rejected), cli_format_count(table->inferred, inferred),
          cli_format_bytes((double)table->size_bytes, bytes));
  if (table->rows) fprintf(out, " %8.1f", (double)table->size_bytes / (double)table->rows);
  fputc('\n', out);
}

static int name_width(const LoadReport *report) {
  int width = NAME_WIDTH_MIN;
  for (uint32_t i = 0; i < report->table_count; i++)
    if ((int)strlen(report->tables[i].table) > width) width = (int)strlen(report->tables[i].table);
  return width;
}

void cli_load_summary(FILE *out, const LoadReport *report) {
  LoadTableReport sum = {.table = "total"};
  char text[CLI_TEXT_BYTES];
  int width = name_width(report);
  fprintf(out, "  %-*s %13s %9s %9s %10s %8s\n", width, "table", "rows", "rejected", "inferred",
          "memory", "a row");
  for (uint32_t i = 0; i < report->table_count; i++) {
    const LoadTableReport *table = &report->tables[i];
    sum.rows += table->rows;
    sum.rejected += table->rejected;
    sum.inferred += table->inferred;
    sum.size_bytes += table->size_bytes;
    sum.bytes_read += table->bytes_read;
    table_line(out, table, width);
  }
  table_line(out, &sum, width);
  for (uint32_t i = 0; i < report->notice_count; i++)
    fprintf(out, "  note: %s\n", report->notices[i]);
  double seconds = (double)report->elapsed_ns / 1e9;
  fprintf(out, "Read %s", cli_format_bytes((double)sum.bytes_read, text));
  fprintf(out, " in %.2f s: %s rows/s", seconds,
          cli_format_count(seconds > 0 ? (uint64_t)((double)sum.rows / seconds) : 0, text));
  fprintf(out, ", %s/s.\n",
          cli_format_bytes(seconds > 0 ? (double)sum.bytes_read / seconds : 0, text));
}

Status cli_store_save(Database *database, const char *folder, Job *job, SnapshotReport *report,
                      Error *error) {
  DatabaseView *view;
  TRY(database_pin(database, &view, error));
  Status status = snapshot_write(folder, view->root, database_pool(database), job, report, error);
  database_unpin(view);
  return status;
}
