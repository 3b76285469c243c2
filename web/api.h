// The API's handlers, one file each, and what they share.
#pragma once
#include "admission.h"
#include "database.h"
#include "http_exchange.h"
#include "json_writer.h"
#include "kept_store.h"
#include "metrics.h"
#include "query_log.h"
#include "report.h"
#include "segment_source.h"

// Saved segments, and what is kept of evaluated ones between requests.
typedef struct SegmentService SegmentService;
// folder: the store's, or NULL (segment_store.h). What is kept is charged to the database's budget.
// The caller destroys it before the database.
Status segment_service_create(const char *folder, Database *database,
                              void (*faults)(void *context, const char *text),
                              SegmentService **service, Error *error) WARN_UNUSED;
void segment_service_destroy(SegmentService *service); // NULL is allowed

typedef struct ApiContext {
  Database *database;
  Admission *admission;
  QueryLog *queries;
  const ReportCatalogue *reports;
  SegmentService *segments;
  bool personal_data;            // may leave unmasked
  KeptStore *views;              // saved views of the pages, of api_views_kind
  KeptStore *experiments;        // saved ones, of api_experiments_kind
  struct MemberListStore *lists; // uploaded ones, of experiments
  KeptStore *loads;              // what became of each load, of load_log_kind
  Metrics *metrics;
  struct CuboidKeeper *keeper;
  struct SegmentKeeper *segment_keeper;
  int64_t query_timeout_ms, query_memory_bytes;
  uint64_t result_rows_max, result_bytes_max;
  int64_t started_ns; // clock_now_ns() of the start
} ApiContext;

// The saved segments for one statement on the view's moment, within the job's limits; the caller
// destroys it after the statement and before the job's end.
SegmentSource *api_segment_source(const ApiContext *api, const DatabaseView *view, Job *job);

// A handler fills reply->body (JSON) or fails with an error that the router turns into a reply.
typedef Status (*ApiHandler)(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                             Error *error);

// Who is behind a cell of a cube query.
Status api_query_members(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                         Error *error);
Status api_query(const ApiContext *api, const HttpRequest *request, HttpReply *reply, Error *error);
// Which members of which levels make up a measure's change.
Status api_changes(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                   Error *error);
Status api_sql(const ApiContext *api, const HttpRequest *request, HttpReply *reply, Error *error);
Status api_workbook(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                    Error *error);
Status api_model(const ApiContext *api, const HttpRequest *request, HttpReply *reply, Error *error);
Status api_health(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                  Error *error);
Status api_tables(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                  Error *error);
Status api_cuboids(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                   Error *error);
// Cuboids asked for by name; the end of that; what would pay; one (request->argument) dropped.
Status api_cuboids_build(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                         Error *error);
Status api_cuboids_cancel(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                          Error *error);
Status api_cuboids_advice(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                          Error *error);
Status api_cuboids_drop(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                        Error *error);
Status api_openapi(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                   Error *error);
// The queries: all, one by its id (request->argument), the end of one.
Status api_queries(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                   Error *error);
Status api_queries_one(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                       Error *error);
Status api_queries_cancel(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                          Error *error);
// The report catalogue: all reports, the rows of one (request->argument), and the customers whom a
// figure of it counts.
Status api_reports(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                   Error *error);
Status api_reports_run(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                       Error *error);
Status api_reports_customers(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                             Error *error);
// Experiments: those of the store's tables and the saved ones, a definition's evaluation, that of a
// known one (request->argument); a saved one made, shown, replaced, removed.
extern const KeptKind api_experiments_kind;
Status api_experiments_create(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                              Error *error);
// Lists of who is in which arm: taken in and checked, and what the check said.
Status api_experiments_list_upload(const ApiContext *api, const HttpRequest *request,
                                   HttpReply *reply, Error *error);
Status api_experiments_list(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error);
Status api_experiments_one(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                           Error *error);
Status api_experiments_replace(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                               Error *error);
Status api_experiments_remove(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                              Error *error);
Status api_experiments(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                       Error *error);
Status api_experiments_evaluate(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                                Error *error);
// A pilot whose units were not drawn by lot.
Status api_experiments_pilot(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                             Error *error);
// What a test could see before it starts.
Status api_experiments_plan(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error);
Status api_experiments_evaluate_one(const ApiContext *api, const HttpRequest *request,
                                    HttpReply *reply, Error *error);
// Segments: all, a new one, one (request->argument), its replacement and removal, its members; what
// a definition comes to; how several lie over each other.
Status api_segments(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                    Error *error);
Status api_segments_create(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                           Error *error);
Status api_segments_preview(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error);
// A definition in words, or words as a definition: both.
Status api_segments_text(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                         Error *error);
Status api_segments_compare(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error);
Status api_segments_overlap(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error);
Status api_segments_one(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                        Error *error);
Status api_segments_replace(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error);
Status api_segments_remove(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                           Error *error);
Status api_segments_members(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error);
// Audiences: all, a new one, one (request->argument), its removal, its members with their arms.
Status api_audiences(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                     Error *error);
Status api_audiences_create(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error);
Status api_audiences_one(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                         Error *error);
Status api_audiences_remove(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error);
Status api_audiences_members(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                             Error *error);
Status api_audiences_export(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error);
// What was exported, and the columns that an export can have.
Status api_exports(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                   Error *error);
// Saved views of the pages: all, a new one, one (request->argument), its replacement, its removal.
extern const KeptKind api_views_kind;
Status api_views(const ApiContext *api, const HttpRequest *request, HttpReply *reply, Error *error);
Status api_views_create(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                        Error *error);
Status api_views_one(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                     Error *error);
Status api_views_replace(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                         Error *error);
Status api_views_remove(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                        Error *error);
// What became of each load; what the server did and holds, as text for Prometheus.
Status api_loads(const ApiContext *api, const HttpRequest *request, HttpReply *reply, Error *error);
Status api_metrics(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                   Error *error);
// One member's card.
Status api_customers_card(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                          Error *error);
// The embedded pages. STATUS_NOT_FOUND where there is no such file.
Status api_assets(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                  Error *error);

// A query under way: its job, its record, its place among those that run.
typedef struct ApiJob {
  Job job;
  int64_t start_ns; // clock_now_ns() of its arrival
  const char *kind;
  QueryRecord *record;
  HttpExchange *exchange;
} ApiJob;

typedef struct ApiJobOptions {
  const char *kind; // static: "sql", "cube", "report", "experiment", "segment"
  const char *id;   // the client's; NULL: the request's header decides, else one is made
  Str text;         // for the log
  int64_t timeout_ms, memory_bytes; // 0: the server's
} ApiJobOptions;

// The one door for every query: gives it a record, makes a client that leaves cancel it, waits for
// its place. reply->query_id is set. On success the caller ends it with api_job_end, and on failure
// nothing is left to end.
Status api_job_begin(const ApiContext *api, const HttpRequest *request,
                     const ApiJobOptions *options, HttpReply *reply, ApiJob *job,
                     Error *error) WARN_UNUSED;
// Returns `status`, or STATUS_BUSY in its stead where a stop of the server cancelled the query.
Status api_job_end(const ApiContext *api, ApiJob *job, const QueryOutcome *outcome, Status status,
                   Error *error) WARN_UNUSED;
