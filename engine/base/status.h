// How a function says that it failed.
//
// A function that can fail returns Status and takes an Error * last. The message is built once, at
// the source, and names the column, row and value; callers pass it up with TRY. An Error may be
// NULL where only the code matters. Statuses say who can mend it: the asker (INVALID, NOT_FOUND,
// ...), the operator (MEMORY, BUSY, ...) or nobody (CORRUPT). Only web/router knows HTTP codes.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum Status {
  STATUS_OK = 0,
  STATUS_INVALID,     // wrong input: SQL, model, option, request, value
  STATUS_NOT_FOUND,   // a name, file or store that does not exist
  STATUS_EXISTS,      // would overwrite or repeat: a batch, a store, a name
  STATUS_UNSUPPORTED, // understood, but not built
  STATUS_OVERFLOW,    // a number out of the range of its type
  STATUS_DIVISION,    // division by zero
  STATUS_CORRUPT,     // bytes from outside that do not hold what they must
  STATUS_IO,          // the operating system refused
  STATUS_MEMORY,      // a memory budget is used up
  STATUS_TIMEOUT,
  STATUS_CANCELLED,
  STATUS_LIMIT, // a limit other than memory and time
  STATUS_BUSY,  // try again later
} Status;

#define ERROR_MESSAGE_BYTES 1024
#define ERROR_PATH_BYTES 160

typedef struct Error {
  Status status;
  int64_t position;            // byte offset in the statement or text asked; -1: unknown
  char path[ERROR_PATH_BYTES]; // key path in a document ("measures[1]"), or ""
  char message[ERROR_MESSAGE_BYTES];
} Error;

#define ERROR_INIT                                                                                 \
  (Error) {                                                                                        \
    .status = STATUS_OK, .position = -1                                                            \
  }

#define WARN_UNUSED __attribute__((warn_unused_result))
#define PRINTF_LIKE(text_index, first) __attribute__((format(printf, text_index, first)))

// Passes a failure up at once; use only where nothing is held.
#define TRY(expression)                                                                            \
  do {                                                                                             \
    Status try_status_ = (expression);                                                             \
    if (try_status_ != STATUS_OK) return try_status_;                                              \
  } while (0)

// Fills `error` (unless NULL) with status and a printf-style message, and returns `status`.
Status error_set(Error *error, Status status, const char *format, ...) PRINTF_LIKE(3, 4);
// The same, with the byte offset in the asker's text.
Status error_set_at(Error *error, Status status, int64_t position, const char *format, ...)
    PRINTF_LIKE(4, 5);
// Puts `path` (printf-style) before the key path that the error already has, with a point between
// unless that begins with '['; returns its status (STATUS_INVALID when error is NULL).
Status error_prefix_path(Error *error, const char *format, ...) PRINTF_LIKE(2, 3);
// The status as a lower-case word for APIs and logs: "invalid", "not_found", ...
const char *status_name(Status status);
