// A request and its reply, without a word of the library that carries them.
//
// http_server.c fills requests and sends replies; router and api_* know only these structs, so they
// are tested without a socket.
#pragma once
#include "buffer.h"
#include "text.h"

typedef struct HttpRequest {
  const char *method; // "GET", "POST", ...
  const char *path;   // decoded, starts with '/'
  const char *host, *origin, *content_type, *accept_encoding, *if_none_match; // headers, or NULL
  Str body;
  bool body_too_large;    // larger than the limit: not read
  bool body_without_room; // the budget has no room for it: not read
  const char *accept;     // header, or NULL
  const char *query_id;   // header Tessera-Query-Id, or NULL
  const char *argument;   // what stands in the place of {id} in the route's path; the router's
  bool client_closes;     // the connection ends with this reply, as the client wishes
  struct HttpExchange *exchange; // to send pieces by; NULL: the reply is sent whole
} HttpRequest;

typedef struct HttpReply {
  int code;
  const char *mime;     // static
  const char *encoding; // Content-Encoding; NULL: none
  const char *cache;    // Cache-Control; NULL: no-store
  const char *allow;    // for 405; or NULL
  char etag[40];        // with quotes; "": none
  int retry_after_s;    // > 0: Retry-After
  char query_id[72];    // Tessera-Query-Id; "": none
  char *disposition;    // Content-Disposition, owned (mem_free); NULL: none
  bool truncated;       // Tessera-Truncated: the answer ends at a limit that the client set
  bool cut;             // the body that was sent in pieces is not whole: break the connection
  bool close;           // end the connection after this reply
  bool vary_encoding;   // the reply depends on Accept-Encoding
  Buffer body;          // owned, or
  Str body_static;      // bytes that live for ever (body is empty)
} HttpReply;

static inline Str http_reply_body(const HttpReply *reply) {
  if (reply->body.size) return (Str){reply->body.data, (uint32_t)reply->body.size};
  return reply->body_static;
}
