// See http_exchange.h.
#include "http_exchange.h"

void http_exchange_init(HttpExchange *exchange, HttpPieceWrite write) {
  *exchange = (HttpExchange){.write = write};
  pthread_mutex_init(&exchange->lock, NULL);
}

void http_exchange_clear(HttpExchange *exchange) {
  pthread_mutex_destroy(&exchange->lock);
}

void http_exchange_watch(HttpExchange *exchange, Job *job) {
  if (!exchange) return;
  pthread_mutex_lock(&exchange->lock);
  exchange->job = job;
  if (job && exchange->gone) job_cancel(job);
  pthread_mutex_unlock(&exchange->lock);
}

Status http_exchange_send(HttpExchange *exchange, const char *bytes, size_t size, Error *error) {
  if (http_exchange_is_left(exchange))
    return error_set(error, STATUS_CANCELLED, "the client has gone");
  if (!size) return STATUS_OK;
  exchange->streaming = true;
  return exchange->write(exchange, bytes, size, exchange->job, error);
}

bool http_exchange_is_streaming(const HttpExchange *exchange) {
  return exchange && exchange->streaming;
}

void http_exchange_leave(HttpExchange *exchange) {
  pthread_mutex_lock(&exchange->lock);
  exchange->gone = true;
  if (exchange->job) job_cancel(exchange->job);
  pthread_mutex_unlock(&exchange->lock);
}

bool http_exchange_is_left(HttpExchange *exchange) {
  pthread_mutex_lock(&exchange->lock);
  bool gone = exchange->gone;
  pthread_mutex_unlock(&exchange->lock);
  return gone;
}
