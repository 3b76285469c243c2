// A statement's rows to a client, leaving while the query runs.
//
//   SqlRequest ─► sql_answer ─ batches ─► ResultWriter ─ pieces ─► HttpExchange
//
// A short answer that is ready at once is a plain reply with its length. Once SEND_BYTES are made,
// or rows come SEND_INTERVAL after the start, they are sent as they come; a failure from then on is
// told at the end of the text (JSON, NDJSON) or by a broken connection (CSV, table). An XLSX file
// leaves once it is complete.
#include "sql_run.h"
#include "executor.h"
#include "sql_answer.h"

#define SEND_BYTES (64 * 1024)
#define SEND_INTERVAL_NS INT64_C(200000000)

typedef struct SqlRun {
  const ApiContext *api;
  const SqlRequest *sql;
  HttpExchange *exchange; // or NULL: the whole answer is kept
  HttpReply *reply;
  ApiJob job;
  ResultWriter *writer;
  ResultSink inner; // the writer's, or the one that names members before it
  NamedSink named;
  ResultSummary summary;
  Buffer profile;
  QueryStats stats;
  int64_t start_ns;
  bool ending; // no more rows will come
} SqlRun;

// Where the writer's text goes. The little that is left at the end of an answer that was never sent
// in pieces makes a plain reply.
static Status piece_send(void *context, const char *bytes, size_t size, Error *error) {
  SqlRun *run = context;
  if (run->exchange &&
      (!run->ending || size >= SEND_BYTES || http_exchange_is_streaming(run->exchange)))
    return http_exchange_send(run->exchange, bytes, size, error);
  buffer_append(&run->reply->body, bytes, size);
  return STATUS_OK;
}

static Status sink_begin(void *context, const ResultColumn *columns, uint32_t count, Error *error) {
  SqlRun *run = context;
  return run->inner.begin(run->inner.context, columns, count, error);
}

static Status sink_rows(void *context, const Batch *batch, Error *error) {
  SqlRun *run = context;
  uint64_t before = result_writer_rows(run->writer);
  Status status = run->inner.rows(run->inner.context, batch, error);
  query_record_add_rows(run->job.record, result_writer_rows(run->writer) - before);
  return status;
}

static void summary_fill(SqlRun *run) {
  run->summary = (ResultSummary){.elapsed_ns = clock_now_ns() - run->start_ns,
                                 .rows_read = run->stats.rows_read,
                                 .bytes_read = run->stats.bytes_read,
                                 .source = run->stats.source};
}

static ResultOptions writer_options(SqlRun *run) {
  const SqlRequest *sql = run->sql;
  const ApiContext *api = run->api;
  return (ResultOptions){
      .row_limit = sql->rows_max ? (uint64_t)sql->rows_max : api->result_rows_max,
      .bytes_limit = sql->bytes_max ? (uint64_t)sql->bytes_max : api->result_bytes_max,
      .rows_truncate = sql->rows_max > 0,
      .bytes_truncate = sql->bytes_max > 0,
      .budget = &run->job.job.memory,
      .flush = piece_send,
      .flush_context = run,
      .flush_bytes = SEND_BYTES,
      .flush_interval_ns = SEND_INTERVAL_NS,
      .summary = &run->summary,
      .large_text = sql->large_text,
      .book = sql->book};
}

// Ends the answer's text; with a failure before anything was sent there is none.
static Status answer_end(SqlRun *run, Status status, Error *error) {
  bool truncated = status == STATUS_LIMIT && result_writer_truncated(run->writer);
  run->ending = true;
  summary_fill(run);
  run->reply->truncated = truncated;
  if (status == STATUS_OK || truncated) return result_writer_finish(run->writer, error);
  return status;
}

// After the first piece no HTTP code can say it: the text does, or the connection breaks.
static void failure_tell(SqlRun *run, Status status, Error *error) {
  error->status = status;
  run->reply->cut = !result_writer_fail(run->writer, error);
}

// The job has its place: runs the statement, and tells how it went to the log and to the client.
static Status statement_run(SqlRun *run, const DatabaseView *view, Error *error) {
  Buffer out;
  buffer_init(&out);
  buffer_init(&run->profile);
  ResultOptions options = writer_options(run);
  run->writer = result_writer_create(run->sql->format, &options, &out);
  run->inner = result_writer_sink(run->writer);
  Arena *names_arena = run->sql->name_count ? arena_create() : NULL;
  if (names_arena) {
    ResultSink writer = run->inner;
    run->inner = named_sink_open(&run->named, run->sql->names, run->sql->name_count, names_arena);
    run->named.inner = writer;
  }
  run->stats.profile = &run->profile;
  ResultSink sink = {run, sink_begin, sink_rows};
  SqlOptions sql_options = {.parameters = run->sql->values,
                            .parameter_count = run->sql->value_count};
  SegmentSource *segments = api_segment_source(run->api, view, &run->job.job);
  Status status =
      sql_answer(run->api->database, view, segment_source_catalog(segments), run->sql->sql,
                 &sql_options, run->sql->passes_off, &run->job.job, &sink, &run->stats, error);
  segment_source_destroy(segments);
  status = answer_end(run, status, error);
  QueryOutcome outcome = {run->stats.rows_read, run->stats.bytes_read, run->profile.data};
  status = api_job_end(run->api, &run->job, &outcome, status, error);
  if (status != STATUS_OK && http_exchange_is_streaming(run->exchange)) {
    failure_tell(run, status, error);
    status = STATUS_OK;
  }
  result_writer_destroy(run->writer);
  arena_destroy(names_arena);
  buffer_clear(&run->profile);
  buffer_clear(&out);
  return status;
}

Status sql_run(const ApiContext *api, const HttpRequest *request, const DatabaseView *view,
               const char *kind, const SqlRequest *sql, HttpReply *reply, Error *error) {
  SqlRun run = {.api = api,
                .sql = sql,
                .exchange = request->exchange,
                .reply = reply,
                .start_ns = clock_now_ns()};
  ApiJobOptions options = {.kind = kind,
                           .id = sql->query_id,
                           .text = str_from(sql->sql),
                           .timeout_ms = sql->timeout_ms,
                           .memory_bytes = sql->memory_mb << 20};
  reply->mime = result_format_mime(sql->format);
  if (sql->filename) reply->disposition = sql_request_disposition(sql->filename);
  TRY(api_job_begin(api, request, &options, reply, &run.job, error));
  return statement_run(&run, view, error);
}
