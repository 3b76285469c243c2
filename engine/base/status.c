// Builds error messages.
//
// Why: a message is made once, where the fault is found, and travels up unchanged. Arguments may
// point into the error that is being written (to wrap its message), so text is made beside it and
// then copied. Invariant: message and path are always NUL-terminated, valid UTF-8 if their
// parts were: a cut never leaves half a character.
#include "status.h"
#include "text.h"
#include <stdarg.h>
#include <stdio.h>

static void text_cut(char *text) {
  text[utf8_valid_prefix(text, strlen(text))] = 0;
}

static void error_write(Error *error, Status status, int64_t position, const char *format,
                        va_list arguments) {
  char message[ERROR_MESSAGE_BYTES];
  int length = vsnprintf(message, sizeof message, format, arguments);
  if (length >= (int)sizeof message) text_cut(message);
  error->status = status;
  error->position = position;
  error->path[0] = 0;
  memcpy(error->message, message, strlen(message) + 1);
}

Status error_set(Error *error, Status status, const char *format, ...) {
  if (!error) return status;
  va_list arguments;
  va_start(arguments, format);
  error_write(error, status, -1, format, arguments);
  va_end(arguments);
  return status;
}

Status error_set_at(Error *error, Status status, int64_t position, const char *format, ...) {
  if (!error) return status;
  va_list arguments;
  va_start(arguments, format);
  error_write(error, status, position, format, arguments);
  va_end(arguments);
  return status;
}

Status error_prefix_path(Error *error, const char *format, ...) {
  if (!error) return STATUS_INVALID;
  char prefix[ERROR_PATH_BYTES], path[2 * ERROR_PATH_BYTES + 1];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(prefix, sizeof prefix, format, arguments);
  va_end(arguments);
  bool joined = !error->path[0] || error->path[0] == '[' || !prefix[0];
  int length = snprintf(path, sizeof path, "%s%s%s", prefix, joined ? "" : ".", error->path);
  if (length >= ERROR_PATH_BYTES) {
    path[ERROR_PATH_BYTES - 1] = 0;
    text_cut(path);
  }
  memcpy(error->path, path, strlen(path) + 1);
  return error->status;
}

const char *status_name(Status status) {
  switch (status) {
  case STATUS_OK:
    return "ok";
  case STATUS_INVALID:
    return "invalid";
  case STATUS_NOT_FOUND:
    return "not_found";
  case STATUS_EXISTS:
    return "exists";
  case STATUS_UNSUPPORTED:
    return "unsupported";
  case STATUS_OVERFLOW:
    return "overflow";
  case STATUS_DIVISION:
    return "division";
  case STATUS_CORRUPT:
    return "corrupt";
  case STATUS_IO:
    return "io";
  case STATUS_MEMORY:
    return "memory";
  case STATUS_TIMEOUT:
    return "timeout";
  case STATUS_CANCELLED:
    return "cancelled";
  case STATUS_LIMIT:
    return "limit";
  case STATUS_BUSY:
    return "busy";
  }
  return "unknown";
}
