// The HTTP server: sockets and threads outside, Router inside.
#pragma once
#include "router.h"

typedef struct HttpServer HttpServer;

typedef struct HttpServerOptions {
  const char *listen;   // "127.0.0.1:8080", "[::1]:8080", ":8080" (all addresses); port 0: any
  uint32_t connections; // at most so many clients at once, a thread each
  struct AccessLog *access_log; // a line a request; NULL: none is kept
} HttpServerOptions;

// Starts to listen. STATUS_INVALID: the address cannot be read; STATUS_BUSY: the port is taken.
// The router outlives the server.
Status http_server_start(const HttpServerOptions *options, const Router *router,
                         HttpServer **server, Error *error) WARN_UNUSED;
// Stops to accept, waits for requests under way, joins all threads.
void http_server_stop(HttpServer *server);
// "http://127.0.0.1:8080/", with the port that was really taken.
const char *http_server_url(const HttpServer *server);
