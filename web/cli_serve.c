// tessera serve: the pages and the API over a store, or over files loaded into memory.
//
// Everything is read before the port opens. SIGINT or SIGTERM: running queries are cancelled, the
// sockets closed, the threads joined, exit code 0.
#include "cli_serve.h"
#include "access_log.h"
#include "cli.h"
#include "cli_database.h"
#include "cli_signal.h"
#include "cuboid_keeper.h"
#include "http_server.h"
#include "load_log.h"
#include "member_list_store.h"
#include "segment_keeper.h"

#define QUEUE_DEFAULT UINT32_MAX // as many as connections

static const CliOption options[] = {
    {"model", CLI_TEXT, offsetof(ServeArguments, model), "FILE",
     "Load by this model into memory, without a store"},
    {"data", CLI_TEXT, offsetof(ServeArguments, data), "DIR", "The folder of the files to load"},
    {"reports", CLI_TEXT, offsetof(ServeArguments, reports), "FOLDER",
     "Reports of your own (*.yaml), beside the shipped ones"},
    {"listen", CLI_TEXT, offsetof(ServeArguments, listen), "ADDRESS:PORT",
     "Where to listen; port 0 takes any free one [127.0.0.1:8080]"},
    {"allow-host", CLI_TEXTS, offsetof(ServeArguments, allow_hosts), "NAME",
     "Another name that clients may call this server by; repeatable"},
    {"threads", CLI_COUNT, offsetof(ServeArguments, threads), "N",
     "Threads that compute [one per processor]"},
    {"memory", CLI_BYTES, offsetof(ServeArguments, memory_bytes), "SIZE",
     "Limit for data and queries together [80 % of the machine's]"},
    {"query-memory", CLI_BYTES, offsetof(ServeArguments, query_memory_bytes), "SIZE",
     "Limit of one query [a quarter of --memory]"},
    {"query-timeout", CLI_DURATION, offsetof(ServeArguments, query_timeout_ms), "TIME",
     "Limit of one query, for instance 30s [60s]"},
    {"queries", CLI_COUNT, offsetof(ServeArguments, queries), "N",
     "Queries that run at once [twice the threads]"},
    {"queue", CLI_COUNT, offsetof(ServeArguments, queue), "N",
     "Queries that may wait; more are refused as busy [as many as connections]"},
    {"queue-timeout", CLI_DURATION, offsetof(ServeArguments, queue_timeout_ms), "TIME",
     "A query that has waited so long is refused as busy [10s]"},
    {"queries-kept", CLI_COUNT, offsetof(ServeArguments, queries_kept), "N",
     "Ended queries that /api/v1/queries still tells of [200]"},
    {"result-rows", CLI_COUNT, offsetof(ServeArguments, result_rows), "N",
     "Rows of an answer; more is an error [10000000]"},
    {"result-bytes", CLI_BYTES, offsetof(ServeArguments, result_bytes), "SIZE",
     "Text of an answer; more is an error [4G]"},
    {"connections", CLI_COUNT, offsetof(ServeArguments, connections), "N",
     "Clients connected at once, a thread each [512]"},
    {"personal-data", CLI_FLAG, offsetof(ServeArguments, personal_data), NULL,
     "Exports show personal data to who asks for them; else they are masked"},
    {"access-log", CLI_TEXT, offsetof(ServeArguments, access_log), "FILE",
     "A line for every request; \"-\": the standard output [none]"},
    {"build-every", CLI_DURATION, offsetof(ServeArguments, build_every_ms), "TIME",
     "How often cuboids are built that questions asked three times would need; 0s: never [60s]"},
    {"quiet", CLI_FLAG, offsetof(ServeArguments, quiet), NULL, "Show no progress"},
};

void cli_serve_defaults(void *values) {
  ServeArguments *arguments = values;
  arguments->listen = "127.0.0.1:8080";
  arguments->query_timeout_ms = 60000;
  arguments->build_every_ms = 60000;
  arguments->queue_timeout_ms = 10000;
  arguments->queue = QUEUE_DEFAULT;
  arguments->queries_kept = 200;
  arguments->result_rows = 10000000;
  arguments->result_bytes = INT64_C(4) << 30;
  arguments->connections = 512;
}

static Status arguments_check(const ServeArguments *arguments, uint32_t word_count, Error *error) {
  bool files = arguments->model || arguments->data;
  if (word_count && files)
    return error_set(error, STATUS_INVALID, "give either STORE or --model and --data, not both");
  if (!word_count && !(arguments->model && arguments->data))
    return error_set(error, STATUS_INVALID, "give STORE, or both --model FILE and --data DIR");
  if (!arguments->connections)
    return error_set(error, STATUS_INVALID, "--connections 0: expected at least 1");
  return STATUS_OK;
}

static void fault_print(void *context, const char *text) {
  (void)context;
  fprintf(stderr, "%s\n", text);
}

Status cli_files_load(Model *model, const LoadOptions *options, bool quiet, FILE *summary,
                      Database *database, KeptStore *loads, Error *error) {
  database_set_model(database, model);
  Job job;
  CliProgress progress;
  LoadReport report = {0};
  job_init(&job, "load", 0, 0, NULL);
  cli_signal_watch(&job);
  cli_progress_start(&progress, &job, quiet);
  Status status = database_load(database, options, &job, &report, error);
  cli_progress_end(&progress);
  cli_signal_watch(NULL);
  if (status == STATUS_OK && !quiet) cli_load_summary(summary, &report);
  if (status == STATUS_OK)
    status = load_log_add(loads, &report, database_version(database), options->rejects_path, error);
  load_report_clear(&report);
  return status;
}

static Status files_load(const ServeArguments *arguments, Database *database, KeptStore *loads,
                         Error *error) {
  Model *model;
  TRY(cli_model_read(arguments->model, &model, error));
  LoadOptions options = {.data = arguments->data};
  return cli_files_load(model, &options, arguments->quiet, stdout, database, loads, error);
}

static Status database_make(const ServeArguments *arguments, const char *folder, KeptStore *loads,
                            Database **database, Error *error) {
  DatabaseOptions database_options = {arguments->threads, arguments->memory_bytes};
  if (folder)
    return cli_database_open(folder, &database_options, arguments->quiet, database, error);
  *database = database_create(&database_options);
  Status status = files_load(arguments, *database, loads, error);
  if (status == STATUS_OK) return status;
  database_destroy(*database);
  *database = NULL;
  return status;
}

// The name in --listen, so that clients may call the server by it; in `name`.
static void listen_name_allow(const char *listen, char name[64], HostCheck *hosts) {
  const char *colon = strrchr(listen, ':');
  if (!colon || colon == listen) return;
  snprintf(name, 64, "%.*s", (int)(colon - listen), listen);
  hosts->names[hosts->name_count++] = name;
}

// Reads the reports and binds those that the data allow.
static Status reports_make(const ServeArguments *arguments, Database *database,
                           ReportCatalogue **reports, Error *error) {
  DatabaseView *view;
  TRY(report_catalogue_create(arguments->reports, fault_print, NULL, reports, error));
  Status status = database_pin(database, &view, error);
  if (status == STATUS_OK) {
    status = report_catalogue_check(*reports, view->catalog, view->model, fault_print, NULL, error);
    database_unpin(view);
  }
  if (status == STATUS_OK) return status;
  report_catalogue_destroy(*reports);
  *reports = NULL;
  return status;
}

// What the server keeps beside the data, and its catalogue.
typedef struct Services {
  ReportCatalogue *reports;
  SegmentService *segments;
  KeptStore *views, *experiments, *loads;
  MemberListStore *lists;
  Metrics *metrics;
  AccessLog *access_log; // or NULL
} Services;

static Status services_make(const ServeArguments *arguments, const char *folder, Database *database,
                            Services *services, Error *error) {
  services->metrics = metrics_create();
  TRY(reports_make(arguments, database, &services->reports, error));
  TRY(segment_service_create(folder, database, fault_print, &services->segments, error));
  database_attributes_check(database, fault_print, NULL);
  TRY(kept_store_open(&api_views_kind, folder, fault_print, NULL, &services->views, error));
  TRY(kept_store_open(&api_experiments_kind, folder, fault_print, NULL, &services->experiments,
                      error));
  TRY(member_list_store_open(folder, database_budget(database), &services->lists, error));
  if (!arguments->access_log) return STATUS_OK;
  return access_log_open(arguments->access_log, &services->access_log, error);
}

static void services_clear(Services *services) {
  access_log_close(services->access_log);
  metrics_destroy(services->metrics);
  kept_store_close(services->loads);
  member_list_store_close(services->lists);
  kept_store_close(services->experiments);
  kept_store_close(services->views);
  segment_service_destroy(services->segments);
  report_catalogue_destroy(services->reports);
}

static void router_fill(const ServeArguments *arguments, Database *database, Admission *admission,
                        QueryLog *queries, const Services *services, char listen_name[64],
                        Router *router) {
  int64_t query_memory = arguments->query_memory_bytes;
  if (!query_memory) query_memory = database_budget(database)->limit_bytes / 4;
  *router = (Router){.api = {.database = database,
                             .admission = admission,
                             .queries = queries,
                             .reports = services->reports,
                             .segments = services->segments,
                             .views = services->views,
                             .experiments = services->experiments,
                             .lists = services->lists,
                             .loads = services->loads,
                             .metrics = services->metrics,
                             .personal_data = arguments->personal_data,
                             .query_timeout_ms = arguments->query_timeout_ms,
                             .query_memory_bytes = query_memory,
                             .result_rows_max = arguments->result_rows,
                             .result_bytes_max = (uint64_t)arguments->result_bytes,
                             .started_ns = clock_now_ns()}};
  listen_name_allow(arguments->listen, listen_name, &router->hosts);
  for (uint32_t i = 0; i < arguments->allow_hosts.count; i++)
    router->hosts.names[router->hosts.name_count++] = arguments->allow_hosts.items[i];
}

static Status serve(const ServeArguments *arguments, Database *database, const Services *services,
                    Error *error) {
  uint32_t queries = arguments->queries;
  if (!queries) queries = 2 * thread_pool_size(database_pool(database));
  // A connection asks one thing at a time: with so many places none is refused for company.
  uint32_t queue = arguments->queue == QUEUE_DEFAULT ? arguments->connections : arguments->queue;
  Admission *admission = admission_create(queries, queue, arguments->queue_timeout_ms);
  QueryLog *log = query_log_create(arguments->queries_kept);
  CuboidKeeperOptions keeper_options = {arguments->build_every_ms, fault_print, NULL};
  CuboidKeeper *keeper = cuboid_keeper_start(database, &keeper_options);
  SegmentKeeper *segments = segment_keeper_start(database, services->segments);
  char listen_name[64];
  Router router;
  router_fill(arguments, database, admission, log, services, listen_name, &router);
  router.api.keeper = keeper;
  router.api.segment_keeper = segments;
  HttpServerOptions server_options = {arguments->listen, arguments->connections,
                                      services->access_log};
  HttpServer *server;
  Status status = http_server_start(&server_options, &router, &server, error);
  if (status == STATUS_OK) {
    printf("Tessera is at %s (Ctrl-C ends it)\n", http_server_url(server));
    fflush(stdout);
    cli_signal_wait();
    admission_close(admission);
    http_server_stop(server);
    puts("Stopped.");
  }
  segment_keeper_stop(segments);
  cuboid_keeper_stop(keeper);
  query_log_destroy(log);
  admission_destroy(admission);
  return status;
}

Status cli_serve_database(const ServeArguments *arguments, const char *folder, Database *database,
                          KeptStore *loads, Error *error) {
  Services services = {.loads = loads};
  Status status = services_make(arguments, folder, database, &services, error);
  if (status == STATUS_OK) status = serve(arguments, database, &services, error);
  services_clear(&services);
  return status;
}

static int run(const void *values, const char *const *words, uint32_t word_count) {
  const ServeArguments *arguments = values;
  Error error = ERROR_INIT;
  if (arguments_check(arguments, word_count, &error) != STATUS_OK) {
    cli_fail("serve", &error);
    return 2;
  }
  Database *database = NULL;
  KeptStore *loads = NULL;
  cli_signal_watch(NULL);
  const char *folder = word_count ? words[0] : NULL;
  Status status = kept_store_open(&load_log_kind, folder, fault_print, NULL, &loads, &error);
  if (status == STATUS_OK) status = database_make(arguments, folder, loads, &database, &error);
  if (status == STATUS_OK)
    status = cli_serve_database(arguments, folder, database, loads, &error);
  else
    kept_store_close(loads);
  database_destroy(database);
  return status == STATUS_OK ? 0 : cli_fail("serve", &error);
}

const CliCommand cli_serve_command = {
    .name = "serve",
    .words = "[STORE]",
    .summary = "Serve the pages, the API and SQL over HTTP",
    .details =
        "Listens on the loopback address only, unless told otherwise: there is no log-in. "
        "Requests\n"
        "must call the server by the address it listens on, localhost, or an --allow-host NAME.\n\n"
        "  tessera serve stores/demo\n"
        "  tessera serve --model models/demo.yaml --data data/demo --listen 127.0.0.1:9000",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .words_max = 1,
    .values_bytes = sizeof(ServeArguments),
    .defaults = cli_serve_defaults,
    .run = run,
};
