// GET /metrics: what the server did and holds, in Prometheus' text format.
#include "api.h"
#include "metrics.h"

static void gauge_write(Buffer *out, const char *name, const char *help, int64_t value) {
  metrics_write_head(out, name, "gauge", help);
  buffer_printf(out, "%s %lld\n", name, (long long)value);
}

static void counter_write(Buffer *out, const char *name, const char *help, uint64_t value) {
  metrics_write_head(out, name, "counter", help);
  buffer_printf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void server_write(const ApiContext *api, Buffer *out) {
  AdmissionCounts counts = admission_counts(api->admission);
  const MemoryBudget *budget = database_budget(api->database);
  metrics_write_head(out, "tessera_info", "gauge", "The program's version.");
  buffer_append_text(out, "tessera_info{version=");
  metrics_write_label(out, TESSERA_VERSION);
  buffer_append_text(out, "} 1\n");
  gauge_write(out, "tessera_uptime_seconds", "Time since the start.",
              (clock_now_ns() - api->started_ns) / 1000000000);
  gauge_write(out, "tessera_queries_running", "Queries that run now.", counts.running);
  gauge_write(out, "tessera_queries_waiting", "Queries that wait for a place.", counts.waiting);
  counter_write(out, "tessera_queries_refused_total", "Queries refused as too many.",
                counts.refused);
  gauge_write(out, "tessera_memory_used_bytes", "Memory of data and queries.",
              atomic_load(&budget->used_bytes));
  gauge_write(out, "tessera_memory_peak_bytes", "The most that was used since the start.",
              atomic_load(&budget->peak_bytes));
  gauge_write(out, "tessera_memory_limit_bytes", "What may be used.", budget->limit_bytes);
}

typedef uint64_t (*TableFigure)(const Table *table);

static uint64_t table_rows(const Table *table) {
  return table_is_cuboid(table) ? table->row_count : table->shown_count;
}

static uint64_t table_size(const Table *table) {
  return table_bytes(table);
}

static uint64_t table_scans(const Table *table) {
  return atomic_load(&table->scan_count);
}

// One line a table, or a cuboid.
static void tables_write(const Root *root, bool cuboids, const char *name, const char *type,
                         const char *help, TableFigure figure, Buffer *out) {
  metrics_write_head(out, name, type, help);
  for (uint32_t t = 0; t < root->table_count; t++) {
    const Table *table = root->tables[t];
    if (table_is_cuboid(table) != cuboids) continue;
    buffer_printf(out, "%s{%s=", name, cuboids ? "cuboid" : "table");
    metrics_write_label(out, table->schema->name);
    buffer_printf(out, "} %llu\n", (unsigned long long)figure(table));
  }
}

static void data_write(const DatabaseView *view, Buffer *out) {
  const Root *root = view->root;
  gauge_write(out, "tessera_data_version", "Grows with every load.", (int64_t)root->version);
  gauge_write(out, "tessera_data_loaded_seconds", "When the data were loaded, since 1970.",
              root->published_at / 1000000);
  gauge_write(out, "tessera_data_missing", "Places without data of days that they should have.",
              view->missing_count);
  tables_write(root, false, "tessera_table_rows", "gauge", "Rows of a table.", table_rows, out);
  tables_write(root, false, "tessera_table_bytes", "gauge", "Memory of a table's columns.",
               table_size, out);
  tables_write(root, true, "tessera_cuboid_cells", "gauge", "Cells of a cuboid.", table_rows, out);
  tables_write(root, true, "tessera_cuboid_bytes", "gauge", "Memory of a cuboid.", table_size, out);
  tables_write(root, true, "tessera_cuboid_hits_total", "counter",
               "Queries that a cuboid served in place of the rows.", table_scans, out);
}

Status api_metrics(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                   Error *error) {
  (void)request;
  DatabaseView *view;
  TRY(database_pin(api->database, &view, error));
  server_write(api, &reply->body);
  metrics_write(api->metrics, &reply->body);
  data_write(view, &reply->body);
  database_unpin(view);
  reply->mime = "text/plain; version=0.0.4; charset=utf-8";
  return STATUS_OK;
}
