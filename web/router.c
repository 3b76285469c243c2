// Guards, then a table of routes, then the pages.
#include "router.h"
#include <strings.h>

typedef struct Route {
  const char *method, *path;
  ApiHandler handler;
} Route;

static const Route routes[] = {
    {"POST", "/api/v1/query", api_query},
    {"POST", "/api/v1/sql", api_sql},
    {"GET", "/api/v1/model", api_model},
    {"GET", "/api/v1/health", api_health},
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
    return 409;
  case STATUS_MEMORY:
  case STATUS_BUSY:
  case STATUS_CANCELLED:
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
  json_write_object_open(&json);
  json_write_key_text(&json, "code", name);
  json_write_key_text(&json, "message", message);
  json_write_key_text(&json, "path", path && path[0] ? path : NULL);
  json_write_key(&json, "position");
  if (position < 0)
    json_write_null(&json);
  else
    json_write_int(&json, position);
  json_write_object_close(&json);
  json_write_object_close(&json);
  buffer_append_char(&reply->body, '\n');
  reply->code = code;
  reply->mime = "application/json";
  reply->encoding = NULL;
  reply->cache = NULL;
  reply->body_static = (Str){0};
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
    error_reply(reply, 413, "too_large", "the request's body is larger than 1 MiB", NULL, -1);
    reply->close = true;
  } else {
    return true;
  }
  return false;
}

static bool content_is_json(const char *type) {
  return type && strncasecmp(type, "application/json", 16) == 0 &&
         (!type[16] || type[16] == ';' || type[16] == ' ');
}

static void handler_run(ApiHandler handler, const Router *router, const HttpRequest *request,
                        HttpReply *reply) {
  Error error = ERROR_INIT;
  reply->code = 200;
  reply->mime = "application/json";
  Status status = handler(&router->api, request, reply, &error);
  if (status == STATUS_OK) return;
  error.status = status;
  status_reply(reply, &error);
}

static bool method_equals(const char *asked, const char *offered) {
  return strcmp(asked, offered) == 0 || (strcmp(asked, "HEAD") == 0 && strcmp(offered, "GET") == 0);
}

static void api_answer(const Router *router, const HttpRequest *request, HttpReply *reply) {
  const Route *route = NULL;
  for (size_t i = 0; i < ROUTE_COUNT && !route; i++)
    if (strcmp(routes[i].path, request->path) == 0) route = &routes[i];
  if (!route) {
    error_reply(reply, 404, "not_found", "there is no such address in the API; see docs/API.md",
                NULL, -1);
  } else if (!method_equals(request->method, route->method)) {
    error_reply(reply, 405, "wrong_method", "that address does not answer this method", NULL, -1);
    reply->allow = strcmp(route->method, "GET") == 0 ? "GET, HEAD" : route->method;
  } else if (strcmp(route->method, "POST") == 0 && !content_is_json(request->content_type)) {
    error_reply(reply, 415, "wrong_content_type", "send the request as application/json", NULL, -1);
  } else {
    handler_run(route->handler, router, request, reply);
  }
}

void router_answer(const Router *router, const HttpRequest *request, HttpReply *reply) {
  if (!guards_pass(router, request, reply)) return;
  if (strncmp(request->path, "/api/", 5) == 0) {
    api_answer(router, request, reply);
  } else if (!method_equals(request->method, "GET")) {
    error_reply(reply, 405, "wrong_method", "pages are only read", NULL, -1);
    reply->allow = "GET, HEAD";
  } else {
    handler_run(api_assets, router, request, reply);
  }
}
