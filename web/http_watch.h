// Who has left while a request of theirs was computed: one thread looks after all requests that
// have been under way for a while, each tenth of a second.
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef struct HttpWatch HttpWatch;

// A request under way, in the list of its watch.
typedef struct WatchedRequest {
  struct WatchedRequest *before, *after;
  int64_t start_ns;
} WatchedRequest;

// `look` is called for each request that is older than a round, while it cannot be removed; it must
// be quick. NULL: the system has no thread to give.
HttpWatch *http_watch_create(void (*look)(WatchedRequest *request));
void http_watch_destroy(HttpWatch *watch); // no request may be in it; NULL is allowed
void http_watch_add(HttpWatch *watch, WatchedRequest *request);
void http_watch_remove(HttpWatch *watch, WatchedRequest *request);
