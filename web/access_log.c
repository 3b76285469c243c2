// See access_log.h.
#include "access_log.h"
#include "buffer.h"
#include "job.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct AccessLog {
  pthread_mutex_t lock;
  char *path; // NULL: the standard output
  int file;
  bool told;
};

static int file_open(const char *path) {
  return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

Status access_log_open(const char *path, AccessLog **out, Error *error) {
  bool standard = strcmp(path, "-") == 0;
  int file = standard ? STDOUT_FILENO : file_open(path);
  if (file < 0)
    return error_set(error, STATUS_IO, "cannot write the access log %s: %s", path, strerror(errno));
  AccessLog *log = mem_alloc_zero(sizeof(AccessLog));
  pthread_mutex_init(&log->lock, NULL);
  log->path = standard ? NULL : mem_strdup(path);
  log->file = file;
  *out = log;
  return STATUS_OK;
}

void access_log_close(AccessLog *log) {
  if (!log) return;
  if (log->path) close(log->file);
  mem_free(log->path);
  pthread_mutex_destroy(&log->lock);
  mem_free(log);
}

// What could end a line or a quoted text, and what is no text, as \xHH.
static void word_append(Buffer *out, const char *word) {
  if (!word || !*word) word = "-";
  for (const unsigned char *at = (const unsigned char *)word; *at; at++)
    if (*at < 0x20 || *at == 0x7f || *at == '"' || *at == '\\')
      buffer_printf(out, "\\x%02x", *at);
    else
      buffer_append_char(out, (char)*at);
}

static void moment_append(Buffer *out, int64_t elapsed_ns) {
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  struct timespec now;
  struct tm parts;
  clock_gettime(CLOCK_REALTIME, &now);
  time_t start = now.tv_sec - (time_t)(elapsed_ns / 1000000000);
  gmtime_r(&start, &parts);
  buffer_printf(out, " - - [%02d/%s/%d:%02d:%02d:%02d +0000] ", parts.tm_mday, months[parts.tm_mon],
                parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

static void line_append(Buffer *out, const AccessLine *line) {
  word_append(out, line->client);
  moment_append(out, line->elapsed_ns);
  buffer_append_char(out, '"');
  word_append(out, line->method);
  buffer_append_char(out, ' ');
  word_append(out, line->path);
  buffer_append_text(out, " HTTP/");
  word_append(out, line->protocol);
  buffer_printf(out, "\" %d %llu %lld.%03lld ", line->code, (unsigned long long)line->bytes,
                (long long)(line->elapsed_ns / 1000000),
                (long long)(line->elapsed_ns / 1000 % 1000));
  word_append(out, line->query_id);
  buffer_append_char(out, '\n');
}

// The lock is held. Begins the file anew where its path is no longer its own.
static void file_follow(AccessLog *log) {
  struct stat there, ours;
  if (!log->path || fstat(log->file, &ours) != 0) return;
  bool same =
      stat(log->path, &there) == 0 && there.st_ino == ours.st_ino && there.st_dev == ours.st_dev;
  int next = same ? -1 : file_open(log->path);
  if (next < 0) return; // the old one still takes lines
  close(log->file);
  log->file = next;
}

void access_log_write(AccessLog *log, const AccessLine *line) {
  Buffer text;
  buffer_init(&text);
  line_append(&text, line);
  pthread_mutex_lock(&log->lock);
  file_follow(log);
  bool written = write(log->file, text.data, text.size) == (ssize_t)text.size;
  bool first = !written && !log->told;
  log->told |= first;
  pthread_mutex_unlock(&log->lock);
  if (first) fprintf(stderr, "cannot write the access log: %s\n", strerror(errno));
  buffer_clear(&text);
}
