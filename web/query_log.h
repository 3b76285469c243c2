// What is asked, was asked, and by which name: the queries that wait and run, and the last that
// ended.
//
// Every query has a record from its arrival on, whichever address it came by. A record of a live
// query points to its job, so that it can be cancelled by its id and its memory be told; at its end
// it moves into a ring of the last `ended_max`. All functions are thread-safe; the caller of
// query_log_begin alone moves its record on.
#pragma once
#include "job.h"
#include "json_writer.h"

#define QUERY_ID_BYTES 65         // with the terminating NUL
#define QUERY_TEXT_BYTES_MAX 4096 // of a query's text that is kept

typedef struct QueryLog QueryLog;
typedef struct QueryRecord QueryRecord;

typedef struct QueryOutcome {
  uint64_t rows_read, bytes_read;
  const char *profile; // the plan with what each operator did; NULL or "": none
} QueryOutcome;

QueryLog *query_log_create(uint32_t ended_max);
void query_log_destroy(QueryLog *log); // no query may be live
// A record for a query that now waits. id NULL: one is made. STATUS_INVALID: an id is 1 to 64
// letters, digits or any of . _ : -; STATUS_EXISTS: a live query has it. `kind`: static ("sql").
Status query_log_begin(QueryLog *log, const char *id, const char *kind, Str text, Job *job,
                       QueryRecord **record, Error *error) WARN_UNUSED;
const char *query_record_id(const QueryRecord *record);
void query_log_run(QueryLog *log, QueryRecord *record); // it has its place and runs
void query_record_add_rows(QueryRecord *record, uint64_t count);
// The query has ended so; failure->status STATUS_OK: it succeeded. The job is forgotten.
void query_log_end(QueryLog *log, QueryRecord *record, const QueryOutcome *outcome,
                   const Error *failure);

// Cancels a live query. STATUS_NOT_FOUND: nobody knows it; STATUS_EXISTS: it has ended.
Status query_log_cancel(QueryLog *log, const char *id, Error *error) WARN_UNUSED;
// Writes an array: the live queries, newest first, then the ended ones, newest first.
void query_log_write(QueryLog *log, JsonWriter *json);
// Writes one query as an object, with its whole text and its profile; STATUS_NOT_FOUND.
Status query_log_write_one(QueryLog *log, const char *id, JsonWriter *json,
                           Error *error) WARN_UNUSED;
