// Guards, then a table of routes, then the pages.
#include "router.h"
#include "json_error.h"
#include "member_list_read.h"
#include <stdio.h>
#include <strings.h>

#define EXPERIMENT_LISTS_PATH "/api/v1/experiments/lists"
#define ARGUMENT_BYTES 256 // of a path's {id}, with its end

typedef struct Route {
  const char *method, *path; // "{id}" stands for one segment
  ApiHandler handler;
  int success_code;
} Route;

static Status api_routes(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                         Error *error);

static const Route routes[] = {
    {"GET", "/api/v1", api_routes, 200},
    {"POST", "/api/v1/query", api_query, 200},
    {"POST", "/api/v1/changes", api_changes, 200},
    {"POST", "/api/v1/query/members", api_query_members, 200},
    {"POST", "/api/v1/sql", api_sql, 200},
    {"POST", "/api/v1/workbook", api_workbook, 200},
    {"GET", "/api/v1/queries", api_queries, 200},
    {"GET", "/api/v1/queries/{id}", api_queries_one, 200},
    {"DELETE", "/api/v1/queries/{id}", api_queries_cancel, 202},
    {"GET", "/api/v1/model", api_model, 200},
    {"GET", "/api/v1/health", api_health, 200},
    {"GET", "/api/v1/tables", api_tables, 200},
    {"GET", "/api/v1/cuboids", api_cuboids, 200},
    {"POST", "/api/v1/cuboids", api_cuboids_build, 202},
    {"DELETE", "/api/v1/cuboids", api_cuboids_cancel, 202},
    {"GET", "/api/v1/advice", api_cuboids_advice, 200},
    {"DELETE", "/api/v1/cuboids/{id}", api_cuboids_drop, 202},
    {"GET", "/api/v1/reports", api_reports, 200},
    {"POST", "/api/v1/reports/{id}/run", api_reports_run, 200},
    {"POST", "/api/v1/reports/{id}/customers", api_reports_customers, 200},
    {"GET", "/api/v1/experiments", api_experiments, 200},
    {"POST", "/api/v1/experiments", api_experiments_create, 201},
    {"POST", "/api/v1/experiments/evaluate", api_experiments_evaluate, 200},
    {"POST", "/api/v1/experiments/plan", api_experiments_plan, 200},
    {"POST", "/api/v1/experiments/pilot", api_experiments_pilot, 200},
    {"POST", EXPERIMENT_LISTS_PATH, api_experiments_list_upload, 201},
    {"GET", EXPERIMENT_LISTS_PATH "/{id}", api_experiments_list, 200},
    {"GET", "/api/v1/experiments/{id}", api_experiments_one, 200},
    {"PUT", "/api/v1/experiments/{id}", api_experiments_replace, 200},
    {"DELETE", "/api/v1/experiments/{id}", api_experiments_remove, 200},
    {"POST", "/api/v1/experiments/{id}/evaluate", api_experiments_evaluate_one, 200},
    {"GET", "/api/v1/segments", api_segments, 200},
    {"POST", "/api/v1/segments", api_segments_create, 201},
    {"POST", "/api/v1/segments/preview", api_segments_preview, 200},
    {"POST", "/api/v1/segments/text", api_segments_text, 200},
    {"POST", "/api/v1/segments/compare", api_segments_compare, 200},
    {"POST", "/api/v1/segments/overlap", api_segments_overlap, 200},
    {"GET", "/api/v1/segments/{id}", api_segments_one, 200},
    {"PUT", "/api/v1/segments/{id}", api_segments_replace, 200},
    {"DELETE", "/api/v1/segments/{id}", api_segments_remove, 200},
    {"GET", "/api/v1/segments/{id}/members", api_segments_members, 200},
    {"GET", "/api/v1/audiences", api_audiences, 200},
    {"POST", "/api/v1/audiences", api_audiences_create, 201},
    {"GET", "/api/v1/audiences/{id}", api_audiences_one, 200},
    {"DELETE", "/api/v1/audiences/{id}", api_audiences_remove, 200},
    {"GET", "/api/v1/audiences/{id}/members", api_audiences_members, 200},
    {"POST", "/api/v1/audiences/{id}/export", api_audiences_export, 200},
    {"GET", "/api/v1/exports", api_exports, 200},
    {"GET", "/api/v1/loads", api_loads, 200},
    {"GET", "/metrics", api_metrics, 200},
    {"GET", "/api/v1/views", api_views, 200},
    {"POST", "/api/v1/views", api_views_create, 201},
    {"GET", "/api/v1/views/{id}", api_views_one, 200},
    {"PUT", "/api/v1/views/{id}", api_views_replace, 200},
    {"DELETE", "/api/v1/views/{id}", api_views_remove, 200},
    {"POST", "/api/v1/customers/card", api_customers_card, 200},
    {"GET", "/api/v1/openapi.json", api_openapi, 200},
};
#define ROUTE_COUNT (sizeof(routes) / sizeof(routes[0]))

// 504 and not 408 for a time limit: browsers send a request again after a 408.
static int code_of_status(Status status) {
  switch (status) {
  case STATUS_OK:
    return 200;
  case STATUS_INVALID:
  case STATUS_UNSUPPORTED:
  case STATUS_OVERFLOW:
  case STATUS_DIVISION:
  case STATUS_LIMIT:
    return 400;
  case STATUS_NOT_FOUND:
    return 404;
  case STATUS_EXISTS:
  case STATUS_CANCELLED: // and not 503: nobody should send it again by itself
    return 409;
  case STATUS_MEMORY:
  case STATUS_BUSY:
    return 503;
  case STATUS_TIMEOUT:
    return 504;
  case STATUS_CORRUPT:
  case STATUS_IO:
    return 500;
  }
  return 500;
}

static void error_reply(HttpReply *reply, int code, const char *name, const char *message,
                        const char *path, int64_t position) {
  JsonWriter json;
  buffer_reset(&reply->body);
  json_writer_init(&json, &reply->body);
  json_write_object_open(&json);
  json_write_key(&json, "error");
  json_write_error(&json, name, message, path, position);
  json_write_object_close(&json);
  buffer_append_char(&reply->body, '\n');
  reply->code = code;
  reply->mime = "application/json";
  reply->encoding = NULL;
  reply->cache = NULL;
  reply->body_static = (Str){0};
  mem_free(reply->disposition);
  reply->disposition = NULL;
  reply->truncated = false;
}

void router_fault(HttpReply *reply, int code, const char *name, const char *message) {
  error_reply(reply, code, name, message, NULL, -1);
}

static void status_reply(HttpReply *reply, const Error *error) {
  error_reply(reply, code_of_status(error->status), status_name(error->status), error->message,
              error->path, error->position);
  if (error->status == STATUS_BUSY) reply->retry_after_s = 1;
}

// Whether the request may be answered at all; else the reply says why not.
static bool guards_pass(const Router *router, const HttpRequest *request, HttpReply *reply) {
  if (!host_is_ours(&router->hosts, request->host)) {
    error_reply(reply, 421, "wrong_host",
                "this server does not go by that name; start it with --allow-host NAME to allow it",
                NULL, -1);
    reply->close = true;
  } else if (!origin_is_ours(request->origin, request->host)) {
    error_reply(reply, 403, "wrong_origin", "requests from pages of another site are refused", NULL,
                -1);
    reply->close = true;
  } else if (request->body_too_large) {
    char text[64];
    snprintf(text, sizeof text, "the request's body is larger than %zu MiB",
             router_body_bytes_max(request->path) >> 20);
    error_reply(reply, 413, "too_large", text, NULL, -1);
    reply->close = true;
  } else if (request->body_without_room) {
    error_reply(reply, 503, status_name(STATUS_MEMORY),
                "there is no memory for the request's body; send it again later", NULL, -1);
    reply->close = true;
  } else {
    return true;
  }
  return false;
}

static bool carries_body(const char *method) {
  return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0;
}

static bool content_is(const char *type, const char *wanted) {
  size_t size = strlen(wanted);
  return type && strncasecmp(type, wanted, size) == 0 &&
         (!type[size] || type[size] == ';' || type[size] == ' ');
}

static bool content_fits(const Route *route, const HttpRequest *request, HttpReply *reply) {
  bool is_list = route->handler == api_experiments_list_upload;
  const char *wanted = is_list ? "text/csv" : "application/json";
  char text[64];
  if (!carries_body(route->method) || content_is(request->content_type, wanted)) return true;
  snprintf(text, sizeof text, "send the request as %s", wanted);
  error_reply(reply, 415, "wrong_content_type", text, NULL, -1);
  return false;
}

static void handler_run(ApiHandler handler, int success_code, const Router *router,
                        const HttpRequest *request, HttpReply *reply) {
  Error error = ERROR_INIT;
  reply->code = success_code;
  reply->mime = "application/json";
  Status status = handler(&router->api, request, reply, &error);
  if (status == STATUS_OK) return;
  error.status = status;
  status_reply(reply, &error);
}

// GET /api/v1: the addresses of the API.
static Status api_routes(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                         Error *error) {
  (void)api, (void)request, (void)error;
  JsonWriter json;
  json_writer_init(&json, &reply->body);
  json_write_object_open(&json);
  json_write_key_text(&json, "version", TESSERA_VERSION);
  json_write_key(&json, "routes");
  json_write_array_open(&json);
  for (size_t i = 0; i < ROUTE_COUNT; i++) {
    json_write_object_open(&json);
    json_write_key_text(&json, "method", routes[i].method);
    json_write_key_text(&json, "path", routes[i].path);
    json_write_object_close(&json);
  }
  json_write_array_close(&json);
  json_write_object_close(&json);
  buffer_append_char(&reply->body, '\n');
  return STATUS_OK;
}

static bool method_equals(const char *asked, const char *offered) {
  return strcmp(asked, offered) == 0 || (strcmp(asked, "HEAD") == 0 && strcmp(offered, "GET") == 0);
}

// Whether the route's path is the asked one; argument: what stands for its {id}, or "".
static bool path_matches(const char *route, const char *asked, char argument[ARGUMENT_BYTES]) {
  const char *brace = strchr(route, '{');
  argument[0] = 0;
  if (!brace) return strcmp(route, asked) == 0;
  size_t before = (size_t)(brace - route);
  if (strncmp(route, asked, before) != 0) return false;
  size_t size = strcspn(asked + before, "/");
  if (!size || size >= ARGUMENT_BYTES || strcmp(asked + before + size, strchr(brace, '}') + 1) != 0)
    return false;
  memcpy(argument, asked + before, size);
  argument[size] = 0;
  return true;
}

// The methods of an address, for the Allow header: each with what comes of itself.
static void methods_note(uint32_t *known, const char *method) {
  static const char *const words[] = {"GET", "POST", "PUT", "DELETE"};
  for (uint32_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
    if (strcmp(words[i], method) == 0) *known |= UINT32_C(1) << i;
}

static const char *methods_text(uint32_t known) {
  static const char *const texts[] = {[1] = "GET, HEAD, OPTIONS",
                                      [2] = "POST, OPTIONS",
                                      [3] = "GET, HEAD, POST, OPTIONS",
                                      [8] = "DELETE, OPTIONS",
                                      [9] = "GET, HEAD, DELETE, OPTIONS",
                                      [11] = "GET, HEAD, POST, DELETE, OPTIONS",
                                      [13] = "GET, HEAD, PUT, DELETE, OPTIONS",
                                      [15] = "GET, HEAD, POST, PUT, DELETE, OPTIONS"};
  return known < sizeof(texts) / sizeof(texts[0]) && texts[known] ? texts[known] : "OPTIONS";
}

// OPTIONS, or a method that the address lacks: what it does have.
static void methods_reply(const HttpRequest *request, uint32_t known, HttpReply *reply) {
  if (strcmp(request->method, "OPTIONS") == 0)
    reply->code = 204;
  else
    error_reply(reply, 405, "wrong_method", "that address does not answer this method", NULL, -1);
  reply->allow = methods_text(known);
}

static void api_answer(const Router *router, const HttpRequest *request, HttpReply *reply) {
  const Route *route = NULL;
  char argument[ARGUMENT_BYTES], found[ARGUMENT_BYTES];
  HttpRequest matched = *request;
  uint32_t methods = 0;
  bool exact = false; // an address of that very name: {id} does not stand for it
  for (size_t i = 0; i < ROUTE_COUNT; i++) {
    if (!path_matches(routes[i].path, request->path, argument)) continue;
    bool named = !strchr(routes[i].path, '{');
    if (exact && !named) continue;
    exact |= named;
    methods_note(&methods, routes[i].method);
    if (!method_equals(request->method, routes[i].method)) continue;
    route = &routes[i];
    memcpy(found, argument, sizeof(found));
    matched.argument = found;
  }
  if (!methods)
    error_reply(reply, 404, "not_found", "there is no such address in the API; see GET /api/v1",
                NULL, -1);
  else if (!route)
    methods_reply(request, methods, reply);
  else if (content_fits(route, request, reply))
    handler_run(route->handler, route->success_code, router, &matched, reply);
}

size_t router_body_bytes_max(const char *path) {
  return strcmp(path, EXPERIMENT_LISTS_PATH) == 0 ? MEMBER_LIST_BYTES_MAX : ROUTER_BODY_BYTES_MAX;
}

bool router_path_is_api(const char *path) {
  return (strncmp(path, "/api", 4) == 0 && (path[4] == '/' || !path[4])) ||
         strcmp(path, "/metrics") == 0;
}

void router_answer(const Router *router, const HttpRequest *request, HttpReply *reply) {
  if (!guards_pass(router, request, reply)) return;
  if (router_path_is_api(request->path))
    api_answer(router, request, reply);
  else if (!method_equals(request->method, "GET"))
    methods_reply(request, 1, reply);
  else
    handler_run(api_assets, 200, router, request, reply);
}
