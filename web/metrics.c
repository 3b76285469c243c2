// See metrics.h.
#include "metrics.h"
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define CODE_MIN 100
#define CODE_MAX 599

static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "other"};
static const char *const kinds[] = {"sql", "cube", "report", "experiment", "segment", "other"};
static const char *const outcomes[] = {"done", "failed", "cancelled", "timeout", "refused"};
// Upper ends in seconds; one more bucket has what is above them.
static const double bounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                0.5,   1,      2.5,   5,    10,    30,   60};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BUCKET_COUNT (COUNT(bounds) + 1)

typedef struct Histogram {
  _Atomic uint64_t buckets[BUCKET_COUNT], sum_ns;
} Histogram;

struct Metrics {
  _Atomic uint64_t requests[COUNT(methods)][CODE_MAX - CODE_MIN + 1];
  _Atomic uint64_t reply_bytes, rows_read, bytes_read;
  _Atomic uint64_t queries[COUNT(kinds)][COUNT(outcomes)];
  Histogram request_times, query_times[COUNT(kinds)];
};

Metrics *metrics_create(void) {
  return mem_alloc_zero(sizeof(Metrics));
}

void metrics_destroy(Metrics *metrics) {
  mem_free(metrics);
}

// The last of the words stands for all others.
static size_t word_find(const char *const *words, size_t count, const char *word) {
  for (size_t i = 0; i + 1 < count; i++)
    if (strcmp(words[i], word) == 0) return i;
  return count - 1;
}

static void histogram_add(Histogram *histogram, int64_t elapsed_ns) {
  double seconds = (double)elapsed_ns / 1e9;
  size_t bucket = 0;
  while (bucket < COUNT(bounds) && seconds > bounds[bucket]) bucket++;
  atomic_fetch_add(&histogram->buckets[bucket], 1);
  atomic_fetch_add(&histogram->sum_ns, (uint64_t)(elapsed_ns > 0 ? elapsed_ns : 0));
}

void metrics_add_request(Metrics *metrics, const char *method, int code, int64_t elapsed_ns,
                         uint64_t bytes) {
  size_t m = word_find(methods, COUNT(methods), method);
  if (code < CODE_MIN || code > CODE_MAX) code = 500;
  atomic_fetch_add(&metrics->requests[m][code - CODE_MIN], 1);
  atomic_fetch_add(&metrics->reply_bytes, bytes);
  histogram_add(&metrics->request_times, elapsed_ns);
}

static size_t outcome_of(const MetricsQuery *query) {
  switch (query->status) {
  case STATUS_OK:
    return 0;
  case STATUS_CANCELLED:
    return 2;
  case STATUS_TIMEOUT:
    return 3;
  case STATUS_BUSY:
    return 4;
  default:
    return 1;
  }
}

void metrics_add_query(Metrics *metrics, const MetricsQuery *query) {
  size_t k = word_find(kinds, COUNT(kinds), query->kind);
  atomic_fetch_add(&metrics->queries[k][outcome_of(query)], 1);
  atomic_fetch_add(&metrics->rows_read, query->rows_read);
  atomic_fetch_add(&metrics->bytes_read, query->bytes_read);
  if (query->ran) histogram_add(&metrics->query_times[k], query->elapsed_ns);
}

// ---- Writing -----------------------------------------------------------------------------------

void metrics_write_head(Buffer *out, const char *name, const char *type, const char *help) {
  buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_write_label(Buffer *out, const char *value) {
  buffer_append_char(out, '"');
  for (const char *at = value; *at; at++) {
    if (*at == '\\' || *at == '"') buffer_append_char(out, '\\');
    if (*at == '\n')
      buffer_append_text(out, "\\n");
    else
      buffer_append_char(out, *at);
  }
  buffer_append_char(out, '"');
}

// label: "" or "kind=\"sql\","; the count is that of the buckets as they were read.
static void histogram_write(const Histogram *histogram, const char *name, const char *label,
                            Buffer *out) {
  uint64_t count = 0;
  for (size_t b = 0; b < BUCKET_COUNT; b++) {
    count += atomic_load(&histogram->buckets[b]);
    buffer_printf(out, "%s_bucket{%sle=\"", name, label);
    if (b < COUNT(bounds))
      buffer_printf(out, "%g", bounds[b]);
    else
      buffer_append_text(out, "+Inf");
    buffer_printf(out, "\"} %llu\n", (unsigned long long)count);
  }
  uint64_t sum = atomic_load(&histogram->sum_ns);
  size_t size = strlen(label);
  const char *open = size ? "{" : "", *close = size ? "}" : "";
  int shown = size ? (int)size - 1 : 0; // without the comma
  buffer_printf(out, "%s_sum%s%.*s%s %llu.%09llu\n", name, open, shown, label, close,
                (unsigned long long)(sum / 1000000000), (unsigned long long)(sum % 1000000000));
  buffer_printf(out, "%s_count%s%.*s%s %llu\n", name, open, shown, label, close,
                (unsigned long long)count);
}

static void counter_write(Buffer *out, const char *name, const char *help, uint64_t value) {
  metrics_write_head(out, name, "counter", help);
  buffer_printf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void requests_write(const Metrics *metrics, Buffer *out) {
  metrics_write_head(out, "tessera_http_requests_total", "counter", "Requests answered.");
  for (size_t m = 0; m < COUNT(methods); m++)
    for (int code = CODE_MIN; code <= CODE_MAX; code++) {
      uint64_t count = atomic_load(&metrics->requests[m][code - CODE_MIN]);
      if (count)
        buffer_printf(out, "tessera_http_requests_total{method=\"%s\",code=\"%d\"} %llu\n",
                      methods[m], code, (unsigned long long)count);
    }
  metrics_write_head(out, "tessera_http_request_seconds", "histogram",
                     "Time from a request's arrival to the end of its reply.");
  histogram_write(&metrics->request_times, "tessera_http_request_seconds", "", out);
  counter_write(out, "tessera_http_reply_bytes_total", "Bytes of replies' bodies.",
                atomic_load(&metrics->reply_bytes));
}

static void queries_write(const Metrics *metrics, Buffer *out) {
  metrics_write_head(out, "tessera_queries_total", "counter",
                     "Queries that ended, by what asked them and how they ended.");
  for (size_t k = 0; k < COUNT(kinds); k++)
    for (size_t o = 0; o < COUNT(outcomes); o++)
      buffer_printf(out, "tessera_queries_total{kind=\"%s\",outcome=\"%s\"} %llu\n", kinds[k],
                    outcomes[o], (unsigned long long)atomic_load(&metrics->queries[k][o]));
  metrics_write_head(out, "tessera_query_seconds", "histogram",
                     "Time of queries that ran, waiting included.");
  for (size_t k = 0; k < COUNT(kinds); k++) {
    char label[40];
    snprintf(label, sizeof(label), "kind=\"%s\",", kinds[k]);
    histogram_write(&metrics->query_times[k], "tessera_query_seconds", label, out);
  }
  counter_write(out, "tessera_rows_read_total", "Rows that queries read.",
                atomic_load(&metrics->rows_read));
  counter_write(out, "tessera_bytes_read_total", "Bytes of columns that queries read.",
                atomic_load(&metrics->bytes_read));
}

void metrics_write(const Metrics *metrics, Buffer *out) {
  requests_write(metrics, out);
  queries_write(metrics, out);
}
