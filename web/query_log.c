// See query_log.h. One mutex over everything; only the rows of a live query are counted outside it.
#include "query_log.h"
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define LIST_TEXT_BYTES_MAX 300       // of a query's text in the list
#define PROFILE_BYTES_MAX (64 * 1024) // kept a query

typedef enum QueryState { QUERY_WAITING, QUERY_RUNNING, QUERY_DONE, QUERY_FAILED } QueryState;

struct QueryRecord {
  char id[QUERY_ID_BYTES];
  const char *kind;
  char *text;
  QueryState state;
  int64_t started_us;               // since 1970-01-01 UTC
  int64_t start_ns, run_ns, end_ns; // clock_now_ns; 0: not yet
  _Atomic uint64_t rows;
  uint64_t rows_read, bytes_read;
  int64_t memory_peak_bytes;
  Status status;
  char *message; // of a failure
  char *profile;
  Job *job;                     // while it is live
  bool chosen;                  // the id is the client's
  QueryRecord *next, *previous; // of the live ones
};

struct QueryLog {
  pthread_mutex_t lock;
  QueryRecord *live;   // newest first
  QueryRecord **ended; // a ring: [ended_max], the newest at ended_count - 1, modulo
  uint32_t ended_max;
  uint64_t ended_count, ids_made;
  uint32_t chosen_count; // live ones whose id a client chose
};

QueryLog *query_log_create(uint32_t ended_max) {
  QueryLog *log = mem_alloc_zero(sizeof(QueryLog));
  pthread_mutex_init(&log->lock, NULL);
  log->ended_max = ended_max ? ended_max : 1;
  log->ended = mem_alloc_zero(log->ended_max * sizeof(QueryRecord *));
  return log;
}

static void record_destroy(QueryRecord *record) {
  if (!record) return;
  mem_free(record->text);
  mem_free(record->message);
  mem_free(record->profile);
  mem_free(record);
}

void query_log_destroy(QueryLog *log) {
  if (!log) return;
  for (uint32_t i = 0; i < log->ended_max; i++) record_destroy(log->ended[i]);
  mem_free(log->ended);
  pthread_mutex_destroy(&log->lock);
  mem_free(log);
}

// ---- the records ------------------------------------------------------------------------------

static bool id_is_valid(const char *id) {
  size_t size = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-");
  return size >= 1 && size < QUERY_ID_BYTES && !id[size];
}

// At most so many bytes, cut between two characters.
static size_t text_cut(const char *text, size_t size, size_t size_max) {
  if (size <= size_max) return size;
  while (size_max && ((unsigned char)text[size_max] & 0xC0) == 0x80) size_max--;
  return size_max;
}

static int64_t wall_clock_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static QueryRecord *live_find(const QueryLog *log, const char *id) {
  QueryRecord *record = log->live;
  while (record && strcmp(record->id, id) != 0) record = record->next;
  return record;
}

// The i-th of the ended ones, newest first; NULL: no more.
static QueryRecord *ended_at(const QueryLog *log, uint64_t i) {
  if (i >= log->ended_count || i >= log->ended_max) return NULL;
  return log->ended[(log->ended_count - 1 - i) % log->ended_max];
}

static QueryRecord *record_find(const QueryLog *log, const char *id) {
  QueryRecord *record = live_find(log, id);
  for (uint64_t i = 0; !record && (record = ended_at(log, i)); i++)
    if (strcmp(record->id, id) != 0) record = NULL;
  return record;
}

static QueryRecord *record_create(const char *kind, Str text, Job *job) {
  QueryRecord *record = mem_alloc_zero(sizeof(QueryRecord));
  record->kind = kind;
  record->text = mem_strndup(text.data, text_cut(text.data, text.size, QUERY_TEXT_BYTES_MAX));
  record->started_us = wall_clock_us();
  record->start_ns = clock_now_ns();
  record->job = job;
  return record;
}

// The lock is held. Made ids begin with the time, so that a restart does not repeat them.
static void id_make(QueryLog *log, QueryRecord *record) {
  do
    snprintf(record->id, sizeof(record->id), "q-%llx-%llu",
             (unsigned long long)(record->started_us / 1000), (unsigned long long)++log->ids_made);
  while (log->chosen_count && live_find(log, record->id));
}

static void live_add(QueryLog *log, QueryRecord *record) {
  record->next = log->live;
  if (log->live) log->live->previous = record;
  log->live = record;
  log->chosen_count += record->chosen;
}

Status query_log_begin(QueryLog *log, const char *id, const char *kind, Str text, Job *job,
                       QueryRecord **record, Error *error) {
  Status status = STATUS_OK;
  if (id && !id_is_valid(id))
    return error_set(error, STATUS_INVALID,
                     "a query's id is 1 to 64 letters, digits, points, colons, '_' or '-'");
  QueryRecord *made = record_create(kind, text, job);
  pthread_mutex_lock(&log->lock);
  if (id && live_find(log, id))
    status = error_set(error, STATUS_EXISTS, "a query with the id '%s' is running or waiting", id);
  else if (id)
    snprintf(made->id, sizeof(made->id), "%s", id), made->chosen = true;
  else
    id_make(log, made);
  if (status == STATUS_OK) {
    live_add(log, made);
  }
  pthread_mutex_unlock(&log->lock);
  if (status == STATUS_OK)
    *record = made;
  else
    record_destroy(made);
  return status;
}

const char *query_record_id(const QueryRecord *record) {
  return record->id;
}

void query_log_run(QueryLog *log, QueryRecord *record) {
  pthread_mutex_lock(&log->lock);
  record->state = QUERY_RUNNING;
  record->run_ns = clock_now_ns();
  pthread_mutex_unlock(&log->lock);
}

void query_record_add_rows(QueryRecord *record, uint64_t count) {
  atomic_fetch_add_explicit(&record->rows, count, memory_order_relaxed);
}

static char *profile_copy(const char *profile) {
  if (!profile || !profile[0]) return NULL;
  return mem_strndup(profile, text_cut(profile, strlen(profile), PROFILE_BYTES_MAX));
}

static void live_remove(QueryLog *log, QueryRecord *record) {
  *(record->previous ? &record->previous->next : &log->live) = record->next;
  if (record->next) record->next->previous = record->previous;
  log->chosen_count -= record->chosen;
}

void query_log_end(QueryLog *log, QueryRecord *record, const QueryOutcome *outcome,
                   const Error *failure) {
  bool failed = failure->status != STATUS_OK;
  char *profile = profile_copy(outcome->profile);
  pthread_mutex_lock(&log->lock);
  record->state = failed ? QUERY_FAILED : QUERY_DONE;
  record->status = failure->status;
  record->message = failed ? mem_strdup(failure->message) : NULL;
  record->end_ns = clock_now_ns();
  record->rows_read = outcome->rows_read;
  record->bytes_read = outcome->bytes_read;
  record->profile = profile;
  record->memory_peak_bytes = atomic_load(&record->job->memory.peak_bytes);
  record->job = NULL;
  live_remove(log, record);
  QueryRecord **place = &log->ended[log->ended_count++ % log->ended_max];
  QueryRecord *oldest = *place;
  *place = record;
  pthread_mutex_unlock(&log->lock);
  record_destroy(oldest);
}

// ---- asking and cancelling --------------------------------------------------------------------

static Status unknown(const char *id, Error *error) {
  return error_set(error, STATUS_NOT_FOUND,
                   "no query '%.64s' runs, waits, or is among the last that ended", id);
}

Status query_log_cancel(QueryLog *log, const char *id, Error *error) {
  pthread_mutex_lock(&log->lock);
  const QueryRecord *record = record_find(log, id);
  Status status = STATUS_OK;
  if (!record)
    status = unknown(id, error);
  else if (record->job)
    job_cancel(record->job);
  else
    status = error_set(error, STATUS_EXISTS, "the query '%s' has already ended", id);
  pthread_mutex_unlock(&log->lock);
  return status;
}

static const char *state_word(const QueryRecord *record) {
  switch (record->state) {
  case QUERY_WAITING:
    return "waiting";
  case QUERY_RUNNING:
    return "running";
  case QUERY_DONE:
    return "done";
  default:
    return record->status == STATUS_CANCELLED ? "cancelled" : "failed";
  }
}

static void failure_write(const QueryRecord *record, JsonWriter *json) {
  json_write_key(json, "error");
  if (record->state != QUERY_FAILED) {
    json_write_null(json);
    return;
  }
  json_write_object_open(json);
  json_write_key_text(json, "code", status_name(record->status));
  json_write_key_text(json, "message", record->message);
  json_write_object_close(json);
}

static void times_write(const QueryRecord *record, JsonWriter *json) {
  int64_t now = record->end_ns ? record->end_ns : clock_now_ns();
  json_write_key(json, "started");
  json_write_timestamptz(json, record->started_us);
  json_write_key(json, "elapsed_ms");
  json_write_ms(json, now - record->start_ns);
  json_write_key(json, "waited_ms");
  json_write_ms(json, (record->run_ns ? record->run_ns : now) - record->start_ns);
}

// The lock is held.
static void record_write(const QueryRecord *record, bool whole, JsonWriter *json) {
  size_t size = strlen(record->text);
  if (!whole) size = text_cut(record->text, size, LIST_TEXT_BYTES_MAX);
  int64_t peak =
      record->job ? atomic_load(&record->job->memory.peak_bytes) : record->memory_peak_bytes;
  json_write_object_open(json);
  json_write_key_text(json, "id", record->id);
  json_write_key_text(json, "kind", record->kind);
  json_write_key(json, "text");
  json_write_str(json, (Str){record->text, (uint32_t)size});
  json_write_key_text(json, "state", state_word(record));
  times_write(record, json);
  json_write_key_int(json, "rows", (int64_t)atomic_load(&record->rows));
  json_write_key_int(json, "rows_read", (int64_t)record->rows_read);
  json_write_key_int(json, "bytes_read", (int64_t)record->bytes_read);
  json_write_key_int(json, "memory_peak_bytes", peak);
  failure_write(record, json);
  if (whole) json_write_key_text(json, "profile", record->profile);
  json_write_object_close(json);
}

void query_log_write(QueryLog *log, JsonWriter *json) {
  json_write_array_open(json);
  pthread_mutex_lock(&log->lock);
  for (const QueryRecord *record = log->live; record; record = record->next)
    record_write(record, false, json);
  const QueryRecord *record;
  for (uint64_t i = 0; (record = ended_at(log, i)); i++) record_write(record, false, json);
  pthread_mutex_unlock(&log->lock);
  json_write_array_close(json);
}

Status query_log_write_one(QueryLog *log, const char *id, JsonWriter *json, Error *error) {
  pthread_mutex_lock(&log->lock);
  const QueryRecord *record = record_find(log, id);
  if (record) record_write(record, true, json);
  pthread_mutex_unlock(&log->lock);
  return record ? STATUS_OK : unknown(id, error);
}
