// See http_exchange.h. One mutex, one condition, two parties.
#include "http_exchange.h"
#include <time.h>

#define CHECK_MS 50 // how often a full exchange asks its job

void http_exchange_init(HttpExchange *exchange) {
  pthread_condattr_t attributes;
  *exchange = (HttpExchange){0};
  pthread_mutex_init(&exchange->lock, NULL);
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&exchange->changed, &attributes);
  pthread_condattr_destroy(&attributes);
  buffer_init(&exchange->pending);
}

void http_exchange_clear(HttpExchange *exchange) {
  buffer_clear(&exchange->pending);
  pthread_cond_destroy(&exchange->changed);
  pthread_mutex_destroy(&exchange->lock);
}

// The lock is held.
static void change_await(HttpExchange *exchange, int64_t until_ns) {
  struct timespec until = {until_ns / 1000000000, until_ns % 1000000000};
  pthread_cond_timedwait(&exchange->changed, &exchange->lock, &until);
}

void http_exchange_watch(HttpExchange *exchange, Job *job) {
  if (!exchange) return;
  pthread_mutex_lock(&exchange->lock);
  exchange->job = job;
  if (job && exchange->gone) job_cancel(job);
  pthread_mutex_unlock(&exchange->lock);
}

// The lock is held: waits until the reader has taken what is pending.
static Status room_await(HttpExchange *exchange, Error *error) {
  while (exchange->pending.size >= EXCHANGE_BYTES_MAX && !exchange->gone) {
    TRY(job_check(exchange->job, error));
    change_await(exchange, clock_now_ns() + CHECK_MS * INT64_C(1000000));
  }
  if (exchange->gone) return error_set(error, STATUS_CANCELLED, "the client has gone");
  return STATUS_OK;
}

Status http_exchange_send(HttpExchange *exchange, const char *bytes, size_t size, Error *error) {
  pthread_mutex_lock(&exchange->lock);
  Status status = room_await(exchange, error);
  if (status == STATUS_OK && size) {
    buffer_append(&exchange->pending, bytes, size);
    exchange->streaming = true;
    pthread_cond_broadcast(&exchange->changed);
  }
  pthread_mutex_unlock(&exchange->lock);
  return status;
}

bool http_exchange_is_streaming(HttpExchange *exchange) {
  if (!exchange) return false;
  pthread_mutex_lock(&exchange->lock);
  bool streaming = exchange->streaming;
  pthread_mutex_unlock(&exchange->lock);
  return streaming;
}

void http_exchange_finish(HttpExchange *exchange) {
  pthread_mutex_lock(&exchange->lock);
  exchange->finished = true;
  pthread_cond_broadcast(&exchange->changed);
  pthread_mutex_unlock(&exchange->lock);
}

ExchangeEvent http_exchange_take(HttpExchange *exchange, int64_t wait_ms, Buffer *bytes) {
  int64_t until_ns = clock_now_ns() + wait_ms * 1000000;
  pthread_mutex_lock(&exchange->lock);
  while (!exchange->pending.size && !exchange->finished && clock_now_ns() < until_ns)
    change_await(exchange, until_ns);
  ExchangeEvent event = exchange->pending.size ? EXCHANGE_BYTES
                        : exchange->finished   ? EXCHANGE_END
                                               : EXCHANGE_IDLE;
  if (event == EXCHANGE_BYTES) {
    Buffer empty = *bytes;
    *bytes = exchange->pending;
    exchange->pending = empty;
    pthread_cond_broadcast(&exchange->changed);
  }
  pthread_mutex_unlock(&exchange->lock);
  return event;
}

void http_exchange_leave(HttpExchange *exchange) {
  pthread_mutex_lock(&exchange->lock);
  exchange->gone = true;
  buffer_reset(&exchange->pending);
  if (exchange->job) job_cancel(exchange->job);
  pthread_cond_broadcast(&exchange->changed);
  pthread_mutex_unlock(&exchange->lock);
}
