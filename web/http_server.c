// CivetWeb carries the bytes; nothing else here knows of it.
//
// CivetWeb gives each connection a thread for as long as it is kept alive, so threads are many and
// mostly idle; what limits the work is web/admission. That thread makes the answer too, on a larger
// stack (LargeStacks): no other is woken for it. A watcher (HttpWatch) sees whether clients of long
// requests are still there. A header and its body leave in one write where they fit, with Nagle
// off, so that no reply waits for an acknowledgement.
#include "http_server.h"
#include "access_log.h"
#include "http_exchange.h"
#include "http_socket.h"
#include "http_watch.h"
#include "large_stack.h"
#include "listen_address.h"
#include <civetweb.h>
#include <pthread.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#define KEEP_ALIVE_MS "15000"
#define REQUEST_TIMEOUT_MS "30000"
#define ONE_WRITE_BYTES (256 * 1024)
#define STACK_BYTES (16 * 1024 * 1024)
#define LISTEN_BACKLOG "4096"   // connections: one that finds it full tries again a second later
#define CHECK_MS 50             // how often a query whose reader is behind is asked
#define SLICE_BYTES (16 * 1024) // what a socket that has room takes without waiting
#define STOP_WAKE_MS 10
#define WRITE_BYTES_MAX (64 * 1024 * 1024)

struct HttpServer {
  struct mg_context *context;
  const Router *router;
  AccessLog *access_log; // or NULL
  HttpWatch *watch;
  LargeStacks *stacks;
  char url[96];
  _Atomic uint16_t port; // set once it listens, when the first client may be there already
  _Atomic bool stopping, stopped;
  char failure[256]; // what CivetWeb said last
};

// ---- requests ---------------------------------------------------------------------------------

// Reads the body up to the limit, whatever its announced length is. What is charged for it is
// returned: one that may be large has its room before it is read.
static int64_t body_read(struct mg_connection *connection, const struct mg_request_info *info,
                         MemoryBudget *budget, Buffer *body, HttpRequest *request) {
  int64_t limit = (int64_t)router_body_bytes_max(request->path), charged = 0;
  Error ignored = ERROR_INIT;
  if (info->content_length > limit) {
    request->body_too_large = true;
    return 0;
  }
  bool carries = !strcmp(info->request_method, "POST") || !strcmp(info->request_method, "PUT");
  if (info->content_length == 0 || !carries) return 0;
  int64_t announced = info->content_length < 0 ? limit : info->content_length;
  if (announced > ROUTER_BODY_BYTES_MAX) {
    charged = 2 * announced; // a buffer grows by doubling
    request->body_without_room = memory_budget_charge(budget, charged, &ignored) != STATUS_OK;
    if (request->body_without_room) return 0;
  }
  char chunk[16 * 1024];
  int size;
  while ((int64_t)body->size <= limit && (size = mg_read(connection, chunk, sizeof(chunk))) > 0)
    buffer_append(body, chunk, (size_t)size);
  request->body_too_large = (int64_t)body->size > limit;
  request->body = (Str){body->data ? body->data : "", (uint32_t)body->size};
  return charged;
}

// HTTP/1.1 keeps a connection unless told otherwise, HTTP/1.0 closes it unless told otherwise.
static bool client_closes(const struct mg_request_info *info, const char *connection_header) {
  if (connection_header && strcasestr(connection_header, "close")) return true;
  bool keeps = connection_header && strcasestr(connection_header, "keep-alive");
  return strcmp(info->http_version, "1.1") != 0 && !keeps;
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
      .accept = mg_get_header(connection, "Accept"),
      .query_id = mg_get_header(connection, "Tessera-Query-Id"),
      .client_closes = client_closes(info, mg_get_header(connection, "Connection")),
  };
}

// ---- replies ----------------------------------------------------------------------------------

static const char *reason_of_code(int code) {
  switch (code) {
  case 200:
    return "OK";
  case 202:
    return "Accepted";
  case 204:
    return "No Content";
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

typedef enum BodyForm { BODY_WHOLE, BODY_CHUNKED, BODY_UNTIL_CLOSE } BodyForm;

static void body_headers_append(const HttpReply *reply, BodyForm form, Buffer *out) {
  if (reply->code == 304 || reply->code == 204) return;
  buffer_printf(out, "Content-Type: %s\r\n", reply->mime);
  if (form == BODY_WHOLE) buffer_printf(out, "Content-Length: %u\r\n", http_reply_body(reply).size);
  if (form == BODY_CHUNKED)
    buffer_append_text(out, "Transfer-Encoding: chunked\r\nTrailer: Tessera-Truncated\r\n");
  if (form == BODY_WHOLE && reply->truncated)
    buffer_append_text(out, "Tessera-Truncated: true\r\n");
  if (reply->disposition) buffer_printf(out, "Content-Disposition: %s\r\n", reply->disposition);
}

static void headers_append(const HttpReply *reply, BodyForm form, bool close, Buffer *out) {
  buffer_printf(out, "HTTP/1.1 %d %s\r\n", reply->code, reason_of_code(reply->code));
  body_headers_append(reply, form, out);
  buffer_printf(out, "Cache-Control: %s\r\n", reply->cache ? reply->cache : "no-store");
  if (reply->encoding) buffer_printf(out, "Content-Encoding: %s\r\n", reply->encoding);
  if (reply->vary_encoding) buffer_append_text(out, "Vary: Accept-Encoding\r\n");
  if (reply->etag[0]) buffer_printf(out, "ETag: %s\r\n", reply->etag);
  if (reply->allow) buffer_printf(out, "Allow: %s\r\n", reply->allow);
  if (reply->retry_after_s) buffer_printf(out, "Retry-After: %d\r\n", reply->retry_after_s);
  if (reply->query_id[0]) buffer_printf(out, "Tessera-Query-Id: %s\r\n", reply->query_id);
  buffer_append_text(out, security_headers);
  buffer_append_text(out, close ? "Connection: close\r\n\r\n" : "Connection: keep-alive\r\n\r\n");
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

static void reply_send(struct mg_connection *connection, const HttpReply *reply, bool head_only,
                       bool close) {
  Str body = http_reply_body(reply);
  bool with_body = !head_only && reply->code != 304 && reply->code != 204 && body.size;
  Buffer head;
  buffer_init(&head);
  headers_append(reply, BODY_WHOLE, close, &head);
  bool together = with_body && body.size <= ONE_WRITE_BYTES;
  if (together) buffer_append(&head, body.data, body.size);
  if (bytes_send(connection, head.data, head.size) && with_body && !together)
    bytes_send(connection, body.data, body.size);
  buffer_clear(&head);
}

// ---- a request under way ----------------------------------------------------------------------

typedef struct Call {
  WatchedRequest watched; // first: it is the call
  HttpExchange exchange;
  struct mg_connection *connection;
  const struct mg_request_info *info;
  HttpServer *server;
  HttpRequest request;
  HttpReply reply;
  BodyForm form;
  bool head_sent, piece_cut;
  uint64_t sent_bytes; // of the body, in pieces
  // The connection's descriptor + 2; 1: not found; 0: not looked for. Kept as the connection's
  // data.
  _Atomic int socket;
} Call;

static bool call_closes(const Call *call) {
  return call->reply.close || call->request.client_closes || call->form == BODY_UNTIL_CLOSE;
}

static int on_connection(const struct mg_connection *connection, void **data) {
  (void)connection;
  *data = NULL; // CivetWeb keeps what the connection before had
  return 0;
}

// Looked for once a connection, for that takes as long as there are connections; -1: not found.
static int call_socket(Call *call) {
  int known = atomic_load(&call->socket);
  if (known) return known - 2;
  int socket = http_socket_find(call->info->remote_addr, (uint16_t)call->info->remote_port,
                                call->server->port);
  atomic_store(&call->socket, socket + 2);
  return socket;
}

// The watcher's: a client that has left ends its query.
static void call_look(WatchedRequest *request) {
  Call *call = (Call *)request;
  if (atomic_load(&call->server->stopping)) return; // that end of reading is our own
  int socket = call_socket(call);
  if (socket >= 0 && http_socket_peer_left(socket)) http_exchange_leave(&call->exchange);
}

// Waits until the socket takes a slice at once.
static Status room_await(Call *call, Job *job, Error *error) {
  int socket = call_socket(call);
  while (socket >= 0 && !http_socket_has_room(socket, CHECK_MS)) {
    if (job) TRY(job_check(job, error));
    if (http_exchange_is_left(&call->exchange) || atomic_load(&call->server->stopping)) break;
  }
  return STATUS_OK;
}

// Writes `out` slice by slice.
static Status slices_send(Call *call, const Buffer *out, Job *job, Error *error) {
  for (size_t at = 0; at < out->size; at += SLICE_BYTES) {
    size_t size = out->size - at < SLICE_BYTES ? out->size - at : SLICE_BYTES;
    TRY(room_await(call, job, error));
    if (!http_exchange_is_left(&call->exchange) &&
        bytes_send(call->connection, out->data + at, size))
      continue;
    http_exchange_leave(&call->exchange);
    return error_set(error, STATUS_CANCELLED, "the client has gone");
  }
  return STATUS_OK;
}

// One piece of the body, with the head before the first. Once a piece is cut, so is the body.
static Status piece_write(HttpExchange *exchange, const char *bytes, size_t size, Job *job,
                          Error *error) {
  Call *call = (Call *)((char *)exchange - offsetof(Call, exchange));
  Buffer out;
  buffer_init(&out);
  if (!call->head_sent) headers_append(&call->reply, call->form, call_closes(call), &out);
  call->head_sent = true;
  if (call->form == BODY_CHUNKED) buffer_printf(&out, "%zx\r\n", size);
  buffer_append(&out, bytes, size);
  if (call->form == BODY_CHUNKED) buffer_append_text(&out, "\r\n");
  Status status = slices_send(call, &out, job, error);
  call->sent_bytes += size;
  call->piece_cut |= status != STATUS_OK;
  buffer_clear(&out);
  return status;
}

// Ends a body that was sent in pieces. Without its last chunk a reader knows that it is not whole.
static void stream_end(Call *call) {
  static const char end[] = "0\r\n\r\n", end_truncated[] = "0\r\nTessera-Truncated: true\r\n\r\n";
  if (call->piece_cut || call->reply.cut || http_exchange_is_left(&call->exchange)) {
    mg_close_connection(call->connection);
  } else if (call->form == BODY_CHUNKED) {
    const char *last = call->reply.truncated ? end_truncated : end;
    bytes_send(call->connection, last, strlen(last));
  }
}

// ---- CivetWeb's callbacks ---------------------------------------------------------------------

static void call_route(void *context) {
  Call *call = context;
  router_answer(call->server->router, &call->request, &call->reply);
}

static void call_answer(Call *call) {
  http_watch_add(call->server->watch, &call->watched);
  if (!large_stacks_call(call->server->stacks, call_route, call))
    reply_fault(&call->reply, 503, "busy", "the server has no memory left; try again in a moment");
  http_watch_remove(call->server->watch, &call->watched);
  mg_set_user_connection_data(call->connection, (void *)(intptr_t)atomic_load(&call->socket));
  if (call->head_sent)
    stream_end(call);
  else
    reply_send(call->connection, &call->reply, strcmp(call->request.method, "HEAD") == 0,
               call_closes(call));
}

// Counts the request and writes its line of the access log.
static void call_note(const Call *call, int64_t elapsed_ns) {
  const HttpRequest *request = &call->request;
  const HttpReply *reply = &call->reply;
  bool bodiless = strcmp(request->method, "HEAD") == 0 || reply->code == 204 || reply->code == 304;
  uint64_t bytes = call->head_sent ? call->sent_bytes : bodiless ? 0 : http_reply_body(reply).size;
  metrics_add_request(call->server->router->api.metrics, request->method, reply->code, elapsed_ns,
                      bytes);
  if (!call->server->access_log) return;
  access_log_write(call->server->access_log, &(AccessLine){.client = call->info->remote_addr,
                                                           .method = request->method,
                                                           .path = request->path,
                                                           .protocol = call->info->http_version,
                                                           .code = reply->code,
                                                           .bytes = bytes,
                                                           .elapsed_ns = elapsed_ns,
                                                           .query_id = reply->query_id});
}

static int on_request(struct mg_connection *connection) {
  int64_t start_ns = clock_now_ns();
  const struct mg_request_info *info = mg_get_request_info(connection);
  Call call = {.connection = connection,
               .socket = (int)(intptr_t)mg_get_user_connection_data(connection),
               .info = info,
               .server = info->user_data};
  Buffer body;
  buffer_init(&body);
  http_exchange_init(&call.exchange, piece_write);
  request_fill(connection, info, &call.request);
  call.request.exchange = &call.exchange;
  call.form = strcmp(info->http_version, "1.1") == 0 ? BODY_CHUNKED : BODY_UNTIL_CLOSE;
  MemoryBudget *budget = database_budget(call.server->router->api.database);
  int64_t charged = body_read(connection, info, budget, &body, &call.request);
  call_answer(&call);
  call_note(&call, clock_now_ns() - start_ns);
  int code = call.reply.code;
  buffer_clear(&call.reply.body);
  mem_free(call.reply.disposition);
  http_exchange_clear(&call.exchange);
  buffer_clear(&body);
  memory_budget_release(budget, charged);
  return code;
}

// What CivetWeb finds wrong by itself, such as a malformed request line.
static int on_error(struct mg_connection *connection, int code, const char *message) {
  HttpReply reply = {0};
  reply_fault(&reply, code, "bad_request", message && *message ? message : reason_of_code(code));
  reply_send(connection, &reply, false, true);
  buffer_clear(&reply.body);
  return 0;
}

// Before a thread of CivetWeb's does anything else.
static void *on_thread(const struct mg_context *context, int type) {
  (void)context, (void)type;
  memory_share_arena();
  return NULL;
}

static int on_log(const struct mg_connection *connection, const char *message) {
  const struct mg_context *context = connection ? mg_get_context(connection) : NULL;
  HttpServer *server = context ? mg_get_user_data(context) : NULL;
  if (server && !server->context) snprintf(server->failure, sizeof(server->failure), "%s", message);
  return 1;
}

// ---- start and stop ---------------------------------------------------------------------------

static void url_write(HttpServer *server, const ListenAddress *address) {
  struct mg_server_port port = {0};
  mg_get_server_ports(server->context, 1, &port);
  server->port = (uint16_t)port.port;
  snprintf(server->url, sizeof(server->url), "http://%s:%d/", address->host, port.port);
}

Status http_server_start(const HttpServerOptions *options, const Router *router,
                         HttpServer **server, Error *error) {
  ListenAddress address;
  TRY(listen_address_parse(options->listen, &address, error));
  TRY(listen_address_try(&address, options->listen, error));
  char threads[16];
  snprintf(threads, sizeof(threads), "%u", options->connections);
  const char *settings[] = {"listening_ports",
                            address.text,
                            "num_threads",
                            threads,
                            "listen_backlog",
                            LISTEN_BACKLOG,
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
                            "access_control_allow_methods",
                            "", // no answers of its own to other sites' preflights
                            NULL};
  struct mg_callbacks callbacks = {.init_thread = on_thread,
                                   .init_connection = on_connection,

                                   .begin_request = on_request,
                                   .http_error = on_error,
                                   .log_message = on_log};
  HttpServer *made = mem_alloc_zero(sizeof(HttpServer));
  made->router = router;
  made->access_log = options->access_log;
  made->watch = http_watch_create(call_look);
  made->stacks = large_stacks_create(STACK_BYTES, options->connections);
  mg_init_library(MG_FEATURES_DEFAULT);
  if (made->watch) made->context = mg_start(&callbacks, made, settings);
  if (!made->context) {
    error_set(error, STATUS_IO, "cannot listen on %s: %s", options->listen,
              made->failure[0] ? made->failure : "the server did not start");
    mg_exit_library();
    http_watch_destroy(made->watch);
    large_stacks_destroy(made->stacks);
    mem_free(made);
    return STATUS_IO;
  }
  url_write(made, &address);
  *server = made;
  return STATUS_OK;
}

static void *stop_main(void *argument) {
  HttpServer *server = argument;
  mg_stop(server->context);
  atomic_store(&server->stopped, true);
  return NULL;
}

// CivetWeb's threads look up from their sockets every two seconds only; they are woken until all
// have ended.
void http_server_stop(HttpServer *server) {
  pthread_t thread;
  atomic_store(&server->stopping, true);
  bool started = pthread_create(&thread, NULL, stop_main, server) == 0;
  if (!started) mg_stop(server->context);
  while (started && !atomic_load(&server->stopped)) {
    http_sockets_wake(server->port);
    usleep(STOP_WAKE_MS * 1000);
  }
  if (started) pthread_join(thread, NULL);
  mg_exit_library();
  http_watch_destroy(server->watch);
  large_stacks_destroy(server->stacks);
  mem_free(server);
}

const char *http_server_url(const HttpServer *server) {
  return server->url;
}
