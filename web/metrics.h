// What the server has done since it started, counted for GET /metrics.
//
// Counters only grow; gauges (memory, rows of tables) are read where they live when they are asked
// for (api_metrics). All functions are thread-safe, and adding takes no lock.
#pragma once
#include "buffer.h"
#include "status.h"

typedef struct Metrics Metrics;

Metrics *metrics_create(void);
void metrics_destroy(Metrics *metrics); // NULL is allowed

// A request has been answered. `bytes`: of its reply's body.
void metrics_add_request(Metrics *metrics, const char *method, int code, int64_t elapsed_ns,
                         uint64_t bytes);

typedef struct MetricsQuery {
  const char *kind; // ApiJobOptions
  Status status;
  bool ran;           // else it was refused, cancelled or too late while it waited
  int64_t elapsed_ns; // from its arrival, waiting included
  uint64_t rows_read, bytes_read;
} MetricsQuery;

void metrics_add_query(Metrics *metrics, const MetricsQuery *query);

// Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/
void metrics_write(const Metrics *metrics, Buffer *out);
// The head of a metric; its lines follow. type: "counter", "gauge", "histogram".
void metrics_write_head(Buffer *out, const char *name, const char *type, const char *help);
// A label's value with what must be escaped: \, " and the line's end.
void metrics_write_label(Buffer *out, const char *value);
