// One request under way: the thread of its connection answers it and writes to the socket; a
// watcher cancels its job when the client leaves.
//
//   connection's thread   router ─ handler ─ send ─► the client, piece by piece
//   HttpWatch's thread    looks after each request that takes long: has the client gone? leave
//
// So rows leave while the query runs, a slow reader slows its query down (until the query's time
// limit), and a reader that goes away ends it. A handler that never sends gives a plain reply with
// its length.
#pragma once
#include "http_message.h"
#include "job.h"
#include <pthread.h>

typedef struct HttpExchange HttpExchange;

// Writes a piece of the body to the client. Asks the job while the client is slow to read.
// STATUS_CANCELLED: the client has gone.
typedef Status (*HttpPieceWrite)(HttpExchange *exchange, const char *bytes, size_t size, Job *job,
                                 Error *error);

struct HttpExchange {
  HttpPieceWrite write;
  bool streaming;       // a piece has been sent
  pthread_mutex_t lock; // of what follows
  Job *job;             // watched; or NULL
  bool gone;
};

void http_exchange_init(HttpExchange *exchange, HttpPieceWrite write);
void http_exchange_clear(HttpExchange *exchange);

// ---- for the thread that answers; exchange may be NULL: nobody waits on a socket ---------------

// From now on a client that leaves cancels `job`; NULL: no more.
void http_exchange_watch(HttpExchange *exchange, Job *job);
// Sends a piece of the reply's body. With the first one the head leaves too: what the reply says of
// it must stand, and the body cannot be taken back. Waits while the reader is behind; the watched
// job's STATUS_CANCELLED or STATUS_TIMEOUT ends the waiting.
Status http_exchange_send(HttpExchange *exchange, const char *bytes, size_t size,
                          Error *error) WARN_UNUSED;
// Whether a piece has been sent.
bool http_exchange_is_streaming(const HttpExchange *exchange);

// ---- for any thread ----------------------------------------------------------------------------

// The client has gone: cancels the job, and what would still be sent is refused.
void http_exchange_leave(HttpExchange *exchange);
bool http_exchange_is_left(HttpExchange *exchange);
