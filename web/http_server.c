// CivetWeb carries the bytes; nothing else here knows of it.
//
// CivetWeb gives each connection a thread for as long as it is kept alive, so threads are many and
// mostly idle; what limits the work is web/admission. A header and its body leave in one write
// where they fit, with Nagle off, so that no reply waits for an acknowledgement.
#include "http_server.h"
#include <arpa/inet.h>
#include <civetweb.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define KEEP_ALIVE_MS "15000"
#define REQUEST_TIMEOUT_MS "30000"
#define ONE_WRITE_BYTES (256 * 1024)
#define STACK_BYTES (16 * 1024 * 1024)
#define WRITE_BYTES_MAX (64 * 1024 * 1024)

struct HttpServer {
  struct mg_context *context;
  const Router *router;
  char url[96];
  char failure[256]; // what CivetWeb said last
};

// ---- requests ---------------------------------------------------------------------------------

// Reads the body up to the limit, whatever its announced length is.
static void body_read(struct mg_connection *connection, const struct mg_request_info *info,
                      Buffer *body, HttpRequest *request) {
  if (info->content_length > ROUTER_BODY_BYTES_MAX) {
    request->body_too_large = true;
    return;
  }
  if (info->content_length == 0 || strcmp(info->request_method, "POST") != 0) return;
  char chunk[16 * 1024];
  int size;
  while (body->size <= ROUTER_BODY_BYTES_MAX &&
         (size = mg_read(connection, chunk, sizeof(chunk))) > 0)
    buffer_append(body, chunk, (size_t)size);
  request->body_too_large = body->size > ROUTER_BODY_BYTES_MAX;
  request->body = (Str){body->data ? body->data : "", (uint32_t)body->size};
}

static void request_fill(struct mg_connection *connection, const struct mg_request_info *info,
                         HttpRequest *request) {
  *request = (HttpRequest){
      .method = info->request_method,
      .path = info->local_uri ? info->local_uri : "/",
      .host = mg_get_header(connection, "Host"),
      .origin = mg_get_header(connection, "Origin"),
      .content_type = mg_get_header(connection, "Content-Type"),
      .accept_encoding = mg_get_header(connection, "Accept-Encoding"),
      .if_none_match = mg_get_header(connection, "If-None-Match"),
  };
}

// ---- replies ----------------------------------------------------------------------------------

static const char *reason_of_code(int code) {
  switch (code) {
  case 200:
    return "OK";
  case 304:
    return "Not Modified";
  case 400:
    return "Bad Request";
  case 403:
    return "Forbidden";
  case 404:
    return "Not Found";
  case 405:
    return "Method Not Allowed";
  case 409:
    return "Conflict";
  case 413:
    return "Content Too Large";
  case 415:
    return "Unsupported Media Type";
  case 421:
    return "Misdirected Request";
  case 422:
    return "Unprocessable Content";
  case 501:
    return "Not Implemented";
  case 503:
    return "Service Unavailable";
  case 504:
    return "Gateway Timeout";
  default:
    return code < 500 ? "Bad Request" : "Internal Server Error";
  }
}

static const char security_headers[] =
    "Content-Security-Policy: default-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

static void headers_append(const HttpReply *reply, size_t body_size, Buffer *out) {
  buffer_printf(out, "HTTP/1.1 %d %s\r\n", reply->code, reason_of_code(reply->code));
  if (reply->code != 304)
    buffer_printf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", reply->mime, body_size);
  buffer_printf(out, "Cache-Control: %s\r\n", reply->cache ? reply->cache : "no-store");
  if (reply->encoding) buffer_printf(out, "Content-Encoding: %s\r\n", reply->encoding);
  if (reply->vary_encoding) buffer_append_text(out, "Vary: Accept-Encoding\r\n");
  if (reply->etag[0]) buffer_printf(out, "ETag: %s\r\n", reply->etag);
  if (reply->allow) buffer_printf(out, "Allow: %s\r\n", reply->allow);
  if (reply->retry_after_s) buffer_printf(out, "Retry-After: %d\r\n", reply->retry_after_s);
  buffer_append_text(out, security_headers);
  buffer_append_text(out,
                     reply->close ? "Connection: close\r\n\r\n" : "Connection: keep-alive\r\n\r\n");
}

static bool bytes_send(struct mg_connection *connection, const char *bytes, size_t size) {
  while (size) {
    size_t part = size < WRITE_BYTES_MAX ? size : WRITE_BYTES_MAX;
    int sent = mg_write(connection, bytes, part);
    if (sent <= 0) return false; // the client has gone
    bytes += sent;
    size -= (size_t)sent;
  }
  return true;
}

// A failure that the router never saw, in the shape of its errors.
static void reply_fault(HttpReply *reply, int code, const char *name, const char *message) {
  router_fault(reply, code, name, message);
  reply->close = true;
}

static void reply_send(struct mg_connection *connection, const HttpReply *reply, bool head_only) {
  Str body = http_reply_body(reply);
  bool with_body = !head_only && reply->code != 304 && body.size;
  Buffer head;
  buffer_init(&head);
  headers_append(reply, body.size, &head);
  bool together = with_body && body.size <= ONE_WRITE_BYTES;
  if (together) buffer_append(&head, body.data, body.size);
  if (bytes_send(connection, head.data, head.size) && with_body && !together)
    bytes_send(connection, body.data, body.size);
  buffer_clear(&head);
}

// ---- answering on a stack that suffices -------------------------------------------------------

typedef struct AnswerCall {
  const Router *router;
  const HttpRequest *request;
  HttpReply *reply;
} AnswerCall;

static void *answer_main(void *argument) {
  AnswerCall *call = argument;
  router_answer(call->router, call->request, call->reply);
  return NULL;
}

// False when the system has no thread to give.
static bool answer_on_thread(AnswerCall *call) {
  pthread_attr_t attributes;
  pthread_t thread;
  if (pthread_attr_init(&attributes) != 0) return false;
  bool started = pthread_attr_setstacksize(&attributes, STACK_BYTES) == 0 &&
                 pthread_create(&thread, &attributes, answer_main, call) == 0;
  pthread_attr_destroy(&attributes);
  if (started) pthread_join(thread, NULL);
  return started;
}

// ---- CivetWeb's callbacks ---------------------------------------------------------------------

static int on_request(struct mg_connection *connection) {
  const struct mg_request_info *info = mg_get_request_info(connection);
  const HttpServer *server = info->user_data;
  HttpRequest request;
  HttpReply reply = {0};
  Buffer body;
  buffer_init(&body);
  request_fill(connection, info, &request);
  body_read(connection, info, &body, &request);
  AnswerCall call = {server->router, &request, &reply};
  if (strncmp(request.path, "/api/", 5) != 0)
    router_answer(call.router, call.request, call.reply);
  else if (!answer_on_thread(&call))
    reply_fault(&reply, 503, "busy", "the server has no thread left; try again in a moment");
  reply_send(connection, &reply, strcmp(request.method, "HEAD") == 0);
  buffer_clear(&reply.body);
  buffer_clear(&body);
  return reply.code;
}

// What CivetWeb finds wrong by itself, such as a malformed request line.
static int on_error(struct mg_connection *connection, int code, const char *message) {
  HttpReply reply = {0};
  reply_fault(&reply, code, "bad_request", message && *message ? message : reason_of_code(code));
  reply_send(connection, &reply, false);
  buffer_clear(&reply.body);
  return 0;
}

static int on_log(const struct mg_connection *connection, const char *message) {
  const struct mg_context *context = connection ? mg_get_context(connection) : NULL;
  HttpServer *server = context ? mg_get_user_data(context) : NULL;
  if (server && !server->context) snprintf(server->failure, sizeof(server->failure), "%s", message);
  return 1;
}

// ---- start and stop ---------------------------------------------------------------------------

typedef struct ListenAddress {
  struct sockaddr_storage socket;
  socklen_t socket_size;
  char text[80]; // as CivetWeb takes it
  char host[64]; // for the URL
} ListenAddress;

static Status port_parse(const char *text, const char *listen, uint16_t *port, Error *error) {
  char *end;
  unsigned long value = strtoul(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end || value > 65535)
    return error_set(error, STATUS_INVALID,
                     "cannot listen on '%s': '%s' is not a port (0 to 65535)", listen, text);
  *port = (uint16_t)value;
  return STATUS_OK;
}

static Status address_parse(const char *listen, ListenAddress *address, Error *error) {
  const char *colon = strrchr(listen, ':');
  if (!colon)
    return error_set(error, STATUS_INVALID,
                     "cannot listen on '%s': expected ADDRESS:PORT, such as 127.0.0.1:8080",
                     listen);
  uint16_t port;
  TRY(port_parse(colon + 1, listen, &port, error));
  char host[64] = "0.0.0.0";
  if (colon > listen) snprintf(host, sizeof(host), "%.*s", (int)(colon - listen), listen);
  if (strcasecmp(host, "localhost") == 0) strcpy(host, "127.0.0.1");
  *address = (ListenAddress){0};
  struct sockaddr_in *v4 = (struct sockaddr_in *)&address->socket;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->socket;
  size_t size = strlen(host);
  if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address->socket_size = sizeof(*v4);
  } else if (host[0] == '[' && host[size - 1] == ']' &&
             (host[size - 1] = 0, inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1)) {
    host[size - 1] = ']';
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address->socket_size = sizeof(*v6);
  } else {
    return error_set(error, STATUS_INVALID,
                     "cannot listen on '%s': '%.*s' is not an IP address (or localhost)", listen,
                     (int)(colon - listen), listen);
  }
  snprintf(address->text, sizeof(address->text), "%s:%u", host, port);
  snprintf(address->host, sizeof(address->host), "%s",
           strcmp(host, "0.0.0.0") == 0 ? "127.0.0.1" : host);
  return STATUS_OK;
}

// Tries the address first: CivetWeb would only say that no socket could be had.
static Status address_try(const ListenAddress *address, const char *listen, Error *error) {
  int probe = socket(address->socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int on = 1;
  if (probe >= 0) setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  int failed =
      probe < 0 ? -1 : bind(probe, (const struct sockaddr *)&address->socket, address->socket_size);
  if (failed == 0) failed = listen && *listen ? 0 : -1;
  int cause = errno;
  if (probe >= 0) close(probe);
  if (failed == 0) return STATUS_OK;
  if (cause == EADDRINUSE)
    return error_set(error, STATUS_BUSY,
                     "cannot listen on %s: another program uses that port; choose another with "
                     "--listen ADDRESS:PORT",
                     listen);
  return error_set(error, STATUS_IO, "cannot listen on %s: %s", listen, strerror(cause));
}

static void url_write(HttpServer *server, const ListenAddress *address) {
  struct mg_server_port port = {0};
  mg_get_server_ports(server->context, 1, &port);
  snprintf(server->url, sizeof(server->url), "http://%s:%d/", address->host, port.port);
}

Status http_server_start(const HttpServerOptions *options, const Router *router,
                         HttpServer **server, Error *error) {
  ListenAddress address;
  TRY(address_parse(options->listen, &address, error));
  TRY(address_try(&address, options->listen, error));
  char threads[16];
  snprintf(threads, sizeof(threads), "%u", options->connections);
  const char *settings[] = {"listening_ports",
                            address.text,
                            "num_threads",
                            threads,
                            "enable_keep_alive",
                            "yes",
                            "keep_alive_timeout_ms",
                            KEEP_ALIVE_MS,
                            "request_timeout_ms",
                            REQUEST_TIMEOUT_MS,
                            "enable_auth_domain_check",
                            "no",
                            "tcp_nodelay",
                            "1",
                            NULL};
  struct mg_callbacks callbacks = {
      .begin_request = on_request, .http_error = on_error, .log_message = on_log};
  HttpServer *made = mem_alloc_zero(sizeof(HttpServer));
  made->router = router;
  mg_init_library(MG_FEATURES_DEFAULT);
  made->context = mg_start(&callbacks, made, settings);
  if (!made->context) {
    error_set(error, STATUS_IO, "cannot listen on %s: %s", options->listen,
              made->failure[0] ? made->failure : "the server did not start");
    mg_exit_library();
    mem_free(made);
    return STATUS_IO;
  }
  url_write(made, &address);
  *server = made;
  return STATUS_OK;
}

void http_server_stop(HttpServer *server) {
  mg_stop(server->context);
  mg_exit_library();
  mem_free(server);
}

const char *http_server_url(const HttpServer *server) {
  return server->url;
}
