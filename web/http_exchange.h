// One request under way, seen by two threads: the one that answers and the one that holds the
// connection.
//
//   answering thread                          connection's thread
//   router ─ handler ─ send ──► pending ──► take ─ write to the socket
//              ▲  waits while it is full       │ a failed write, or the client left:
//              └────── the job is cancelled ◄──┘ leave
//
// So rows leave while the query runs, no more than twice EXCHANGE_BYTES_MAX of them are held, a
// slow reader slows its query down (until the query's time limit), and a reader that goes away ends
// it. A handler that never sends gives a plain reply with its length.
#pragma once
#include "http_message.h"
#include "job.h"
#include <pthread.h>

#define EXCHANGE_BYTES_MAX (256 * 1024)

typedef enum ExchangeEvent { EXCHANGE_IDLE, EXCHANGE_BYTES, EXCHANGE_END } ExchangeEvent;

typedef struct HttpExchange {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  Buffer pending; // sent and not yet taken
  bool streaming, finished, gone;
  Job *job; // watched; or NULL
} HttpExchange;

void http_exchange_init(HttpExchange *exchange);
void http_exchange_clear(HttpExchange *exchange); // both threads are through

// ---- for the thread that answers; exchange may be NULL: nobody waits on a socket
// -----------------

// From now on a client that leaves cancels `job`; NULL: no more.
void http_exchange_watch(HttpExchange *exchange, Job *job);
// Sends a piece of the reply's body. With the first one the head leaves too: what the reply says of
// it must stand, and the body cannot be taken back. Waits while the reader is behind; the watched
// job's STATUS_CANCELLED or STATUS_TIMEOUT ends the waiting.
Status http_exchange_send(HttpExchange *exchange, const char *bytes, size_t size,
                          Error *error) WARN_UNUSED;
// Whether a piece has been sent.
bool http_exchange_is_streaming(HttpExchange *exchange);
void http_exchange_finish(HttpExchange *exchange); // the last call: the reply is complete

// ---- for the connection's thread ---------------------------------------------------------------

// Waits up to wait_ms. EXCHANGE_BYTES: `bytes` (empty before) holds what is to be written.
ExchangeEvent http_exchange_take(HttpExchange *exchange, int64_t wait_ms, Buffer *bytes);
// The client has gone: cancels the job, drops what is pending and what is still sent.
void http_exchange_leave(HttpExchange *exchange);
