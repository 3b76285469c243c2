// tessera info: what a store holds, table by table, column by column.
#include "cli.h"
#include "cli_database.h"
#include "cli_signal.h"
#include "json_writer.h"
#include "table_stats.h"
#include "text_width.h"

typedef struct InfoArguments {
  const char *format;
  uint32_t threads;
  int64_t memory_bytes;
} InfoArguments;

static const CliOption options[] = {
    {"format", CLI_TEXT, offsetof(InfoArguments, format), "NAME", "table or json [table]"},
    {"threads", CLI_COUNT, offsetof(InfoArguments, threads), "N", "Threads [one per processor]"},
    {"memory", CLI_BYTES, offsetof(InfoArguments, memory_bytes), "SIZE",
     "Memory limit [80 % of the machine's]"},
};

typedef struct InfoTotals {
  uint64_t row_count, column_bytes, materialised_bytes, projection_bytes, key_index_bytes;
} InfoTotals;

static InfoTotals totals_sum(const StoreStats *stats) {
  InfoTotals totals = {0};
  for (uint32_t t = 0; t < stats->table_count; t++) {
    const TableStats *table = &stats->tables[t];
    totals.row_count += table->row_count;
    totals.column_bytes += table->column_bytes;
    totals.materialised_bytes += table->materialised_bytes;
    totals.projection_bytes += table->projection_bytes;
    totals.key_index_bytes += table->key_index_bytes;
  }
  return totals;
}

static double per_row(uint64_t bytes, uint64_t rows) {
  return rows ? (double)bytes / (double)rows : 0;
}

// Prints `text` in `width` terminal columns, cut with an ellipsis where it is longer.
static void cell_print(const char *text, uint32_t width) {
  const char *end = text + strlen(text), *at = text, *cut = text;
  uint32_t used = 0, used_at_cut = 0;
  while (at < end) {
    const char *next = at;
    utf8_decode(&next);
    used += text_width((Str){at, (uint32_t)(next - at)});
    if (used > width) break;
    at = next;
    if (used < width) cut = at, used_at_cut = used;
  }
  if (at == end)
    printf("%s%*s", text, (int)(width - used), "");
  else
    printf("%.*s…%*s", (int)(cut - text), text, (int)(width - used_at_cut - 1), "");
}

static void type_describe(const ColumnStats *column, char *out, size_t size) {
  char type[TYPE_NAME_BYTES];
  if (column->link)
    snprintf(out, size, "-> %s", column->link);
  else
    snprintf(out, size, "%s%s", type_format(column->type, type), column->coded ? " coded" : "");
}

static void column_print(const TableStats *table, const ColumnStats *column) {
  char type[64], bytes[CLI_TEXT_BYTES], number[CLI_TEXT_BYTES];
  uint64_t size = column->data_bytes + (column->materialised ? 0 : column->dictionary_bytes);
  type_describe(column, type, sizeof(type));
  fputs("  ", stdout);
  cell_print(column->name, 22);
  putchar(' ');
  cell_print(type, 18);
  printf(" %9s %7.2f  ", cli_format_bytes((double)size, bytes), per_row(size, table->row_count));
  cell_print(column->encodings, 30);
  printf(" %11s", cli_format_count(column->null_count, number));
  printf(" %11s  ", column->distinct_count < 0
                        ? "?"
                        : cli_format_count((uint64_t)column->distinct_count, number));
  cell_print(column->minimum ? column->minimum : "", 19);
  fputs("  ", stdout);
  cell_print(column->maximum ? column->maximum : "", 19);
  fputs(column->materialised ? " materialised" : column->hidden ? " hidden" : "", stdout);
  putchar('\n');
}

static void apart_print(const char *what, uint64_t bytes, uint64_t rows) {
  char text[CLI_TEXT_BYTES];
  if (bytes)
    printf("  %-41s %9s %7.2f\n", what, cli_format_bytes((double)bytes, text),
           per_row(bytes, rows));
}

// Why rows are hidden, and what that means for joins.
static void hidden_print(const TableStats *table) {
  char number[CLI_TEXT_BYTES];
  uint64_t deleted = table->hidden_count - table->absent_count - table->inferred_count;
  if (table->hidden_count) fputs("  hidden: ", stdout);
  if (table->absent_count) fputs("1 stands for no member, of rows whose link is NULL", stdout);
  if (table->inferred_count)
    printf("%s%s inferred: others name the key, its own row has not come",
           table->absent_count ? "; " : "", cli_format_count(table->inferred_count, number));
  if (deleted)
    printf("%s%s replaced or taken away", table->absent_count + table->inferred_count ? "; " : "",
           cli_format_count(deleted, number));
  if (table->hidden_count) putchar('\n');
  for (uint32_t g = 0; g < table->gap_count; g++) printf("  %s\n", table->gaps[g]);
}

static void table_print(const TableStats *table) {
  char rows[CLI_TEXT_BYTES], hidden[CLI_TEXT_BYTES];
  printf("%s: %s rows", table->name, cli_format_count(table->row_count, rows));
  if (table->hidden_count) printf(", %s hidden", cli_format_count(table->hidden_count, hidden));
  putchar('\n');
  hidden_print(table);
  printf("  %-22s %-18s %9s %7s  %-30s %11s %11s  %-19s  %s\n", "column", "type", "bytes", "a row",
         "encodings (share of blocks)", "NULLs", "distinct", "minimum", "maximum");
  for (uint32_t c = 0; c < table->column_count; c++) column_print(table, &table->columns[c]);
  apart_print("columns", table->column_bytes, table->row_count);
  apart_print("materialised codes (apart)", table->materialised_bytes, table->row_count);
  apart_print("projections (apart)", table->projection_bytes, table->row_count);
  apart_print("key index (apart)", table->key_index_bytes, table->row_count);
  putchar('\n');
}

static void info_print(const DatabaseView *view, const StoreStats *stats) {
  for (uint32_t t = 0; t < stats->table_count; t++) table_print(&stats->tables[t]);
  InfoTotals totals = totals_sum(stats);
  char rows[CLI_TEXT_BYTES];
  printf("total: %s rows, version %llu\n", cli_format_count(totals.row_count, rows),
         (unsigned long long)view->root->version);
  apart_print("columns", totals.column_bytes, totals.row_count);
  apart_print("materialised codes (apart)", totals.materialised_bytes, totals.row_count);
  apart_print("projections (apart)", totals.projection_bytes, totals.row_count);
  apart_print("key indexes (apart)", totals.key_index_bytes, totals.row_count);
}

static void column_json(JsonWriter *json, const ColumnStats *column) {
  char type[TYPE_NAME_BYTES];
  json_write_object_open(json);
  json_write_key_text(json, "name", column->name);
  json_write_key_text(json, "type", type_format(column->type, type));
  json_write_key_text(json, "link", column->link);
  json_write_key_bool(json, "coded", column->coded);
  json_write_key_bool(json, "materialised", column->materialised);
  json_write_key_bool(json, "hidden", column->hidden);
  json_write_key_text(json, "encodings", column->encodings);
  json_write_key_int(json, "data_bytes", (int64_t)column->data_bytes);
  json_write_key_int(json, "dictionary_bytes", (int64_t)column->dictionary_bytes);
  json_write_key_int(json, "null_count", (int64_t)column->null_count);
  json_write_key(json, "distinct_count");
  if (column->distinct_count < 0)
    json_write_null(json);
  else
    json_write_int(json, column->distinct_count);
  json_write_key_text(json, "minimum", column->minimum);
  json_write_key_text(json, "maximum", column->maximum);
  json_write_object_close(json);
}

static void table_json(JsonWriter *json, const TableStats *table) {
  json_write_object_open(json);
  json_write_key_text(json, "name", table->name);
  json_write_key_int(json, "row_count", (int64_t)table->row_count);
  json_write_key_int(json, "hidden_count", (int64_t)table->hidden_count);
  json_write_key_int(json, "inferred_count", (int64_t)table->inferred_count);
  json_write_key_int(json, "column_bytes", (int64_t)table->column_bytes);
  json_write_key_int(json, "materialised_bytes", (int64_t)table->materialised_bytes);
  json_write_key_int(json, "projection_bytes", (int64_t)table->projection_bytes);
  json_write_key_int(json, "key_index_bytes", (int64_t)table->key_index_bytes);
  json_write_key(json, "columns");
  json_write_array_open(json);
  for (uint32_t c = 0; c < table->column_count; c++) column_json(json, &table->columns[c]);
  json_write_array_close(json);
  json_write_object_close(json);
}

static void info_json(const DatabaseView *view, const StoreStats *stats) {
  Buffer out;
  JsonWriter json;
  buffer_init(&out);
  json_writer_init(&json, &out);
  InfoTotals totals = totals_sum(stats);
  json_write_object_open(&json);
  json_write_key_int(&json, "version", (int64_t)view->root->version);
  json_write_key_int(&json, "row_count", (int64_t)totals.row_count);
  json_write_key_int(&json, "column_bytes", (int64_t)totals.column_bytes);
  json_write_key_int(&json, "materialised_bytes", (int64_t)totals.materialised_bytes);
  json_write_key_int(&json, "projection_bytes", (int64_t)totals.projection_bytes);
  json_write_key_int(&json, "key_index_bytes", (int64_t)totals.key_index_bytes);
  json_write_key(&json, "tables");
  json_write_array_open(&json);
  for (uint32_t t = 0; t < stats->table_count; t++) table_json(&json, &stats->tables[t]);
  json_write_array_close(&json);
  json_write_object_close(&json);
  puts(out.data);
  buffer_clear(&out);
}

static Status info(Database *database, bool as_json, Error *error) {
  DatabaseView *view;
  TRY(database_pin(database, &view, error));
  Arena *arena = arena_create();
  StoreStats stats;
  Job job;
  CliProgress progress;
  job_init(&job, "measuring", 0, 0, database_budget(database));
  cli_signal_watch(&job);
  cli_progress_start(&progress, &job, false);
  progress.quiet = !progress.terminal;
  Status status = store_stats_measure(database, view, &job, arena, &stats, error);
  cli_progress_end(&progress);
  cli_signal_watch(NULL);
  if (status == STATUS_OK && as_json) info_json(view, &stats);
  if (status == STATUS_OK && !as_json) info_print(view, &stats);
  arena_destroy(arena);
  database_unpin(view);
  return status;
}

static int run(const void *values, const char *const *words, uint32_t word_count) {
  const InfoArguments *arguments = values;
  (void)word_count;
  Error error = ERROR_INIT;
  bool as_json = arguments->format && strcmp(arguments->format, "json") == 0;
  if (arguments->format && !as_json && strcmp(arguments->format, "table") != 0) {
    error_set(&error, STATUS_INVALID, "--format %s: expected table or json", arguments->format);
    cli_fail("info", &error);
    return 2;
  }
  DatabaseOptions database_options = {arguments->threads, arguments->memory_bytes};
  Database *database;
  Status status = cli_database_open(words[0], &database_options, true, &database, &error);
  if (status == STATUS_OK) status = info(database, as_json, &error);
  database_destroy(database);
  return status == STATUS_OK ? 0 : cli_fail("info", &error);
}

const CliCommand cli_info_command = {
    .name = "info",
    .words = "STORE",
    .summary = "Show what a store holds: rows, bytes, encodings, ranges of every column",
    .details =
        "Bytes are those in memory. Materialised codes, projections and key indexes are copies\n"
        "made for speed: they are counted apart.\n\n"
        "  tessera info stores/demo\n  tessera info stores/demo --format json",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .words_min = 1,
    .words_max = 1,
    .values_bytes = sizeof(InfoArguments),
    .run = run,
};
