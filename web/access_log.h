// A line for every request that was answered, in the Common Log Format with the time that it took
// and the query's id behind it:
//
//   127.0.0.1 - - [31/Dec/2025:22:47:00 +0000] "POST /api/v1/sql HTTP/1.1" 200 1534 12.345 q-19b2-7
//
// The address is without what stands behind its "?", for that may hold what somebody asked. A file
// that was moved away is begun anew, so that any rotator will do.
#pragma once
#include "status.h"

typedef struct AccessLog AccessLog;

typedef struct AccessLine {
  const char *client, *method, *path, *protocol; // NULL: not known
  int code;
  uint64_t bytes;       // of the body
  int64_t elapsed_ns;   // from the request's arrival to the end of its reply
  const char *query_id; // NULL or "": none
} AccessLine;

// path "-": the standard output. STATUS_IO with the system's words.
Status access_log_open(const char *path, AccessLog **log, Error *error) WARN_UNUSED;
void access_log_close(AccessLog *log); // NULL is allowed
// Thread-safe. A line that cannot be written is lost; the first such is told on the standard error.
void access_log_write(AccessLog *log, const AccessLine *line);
