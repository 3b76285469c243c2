// Which handler answers a request, and how its failure looks to a client.
//
// The only place that knows HTTP's codes. Every failure is
//   {"error": {"code": "invalid", "message": "...", "path": "measures[1]", "position": 17}}
// with path and position null where they say nothing.
#pragma once
#include "api.h"
#include "host_check.h"

#define ROUTER_BODY_BYTES_MAX (1024 * 1024) // what need not be charged

typedef struct Router {
  ApiContext api;
  HostCheck hosts;
} Router;

// How large the body of a request to the path may be: of uploaded lists larger than of others.
size_t router_body_bytes_max(const char *path);
// Whether the path is one of the API: its requests may compute, and take a thread of their own.
bool router_path_is_api(const char *path);
// Always gives a reply (reply zero-initialised by the caller, its body freed by the caller).
// Thread-safe.
void router_answer(const Router *router, const HttpRequest *request, HttpReply *reply);
// Makes `reply` a failure of that shape, for faults that no handler saw.
void router_fault(HttpReply *reply, int code, const char *name, const char *message);
