// See export_log.h. A line that a power cut has torn ends where the next begins: each is written
// with the line's end before it where the last one lacks it.
#include "export_log.h"
#include "kept_file.h"
#include "text.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOG_NAME "exports.log"

struct ExportLog {
  pthread_mutex_t mutex;
  char *folder, *path;           // NULL: not kept
  bool torn;                     // the file's last line has no end
  char *lines[EXPORTS_TOLD_MAX]; // a ring: the next is put at count % EXPORTS_TOLD_MAX
  uint64_t count;
};

static void line_put(ExportLog *log, const char *line, size_t size) {
  char **place = &log->lines[log->count++ % EXPORTS_TOLD_MAX];
  mem_free(*place);
  *place = mem_strndup(line, size);
}

// ---------------------------------------------------------------- open and close

static bool is_entry(const char *line, size_t size) {
  json_t *object = json_loadb(line, size, JSON_REJECT_DUPLICATES, NULL);
  bool is = json_is_string(json_object_get(object, "at")) &&
            json_is_array(json_object_get(object, "arms")) &&
            json_is_array(json_object_get(object, "columns")) &&
            json_is_boolean(json_object_get(object, "personal")) &&
            json_is_integer(json_object_get(object, "rows")) && json_object_size(object) == 7;
  json_decref(object);
  return is;
}

static Status lines_read(ExportLog *log, void (*faults)(void *context, const char *text),
                         void *context, Error *error) {
  Buffer file;
  uint64_t number = 0;
  buffer_init(&file);
  Status status = kept_file_read(log->folder, LOG_NAME, &file, error);
  for (size_t at = 0; status == STATUS_OK && at < file.size; number++) {
    const char *line = file.data + at, *end = memchr(line, '\n', file.size - at);
    size_t size = end ? (size_t)(end - line) : file.size - at;
    log->torn = !end;
    at += size + (end != NULL);
    if (is_entry(line, size)) {
      line_put(log, line, size);
    } else if (faults && size) {
      char text[512];
      snprintf(text, sizeof text, "%.400s, line %llu: no export", log->path,
               (unsigned long long)number + 1);
      faults(context, text);
    }
  }
  buffer_clear(&file);
  return status;
}

Status export_log_open(const char *folder, void (*faults)(void *context, const char *text),
                       void *context, ExportLog **out, Error *error) {
  ExportLog *log = mem_alloc_zero(sizeof *log);
  pthread_mutex_init(&log->mutex, NULL);
  *out = log;
  if (!folder) return STATUS_OK;
  size_t bytes = strlen(folder) + sizeof "/audiences/" LOG_NAME;
  log->folder = mem_alloc(bytes);
  log->path = mem_alloc(bytes);
  snprintf(log->folder, bytes, "%s/audiences", folder);
  snprintf(log->path, bytes, "%s/audiences/" LOG_NAME, folder);
  if (access(log->path, F_OK) != 0) return STATUS_OK; // nothing was exported yet
  Status status = lines_read(log, faults, context, error);
  if (status == STATUS_OK) return STATUS_OK;
  export_log_close(log);
  *out = NULL;
  return status;
}

void export_log_close(ExportLog *log) {
  if (!log) return;
  for (size_t i = 0; i < EXPORTS_TOLD_MAX; i++) mem_free(log->lines[i]);
  mem_free(log->folder);
  mem_free(log->path);
  pthread_mutex_destroy(&log->mutex);
  mem_free(log);
}

// ---------------------------------------------------------------- adding

static json_t *texts_json(const char *const *texts, uint32_t count) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < count; i++) json_array_append_new(list, json_string(texts[i]));
  return list;
}

static char *entry_text(const ExportEntry *entry) {
  char at[32];
  time_t now = time(NULL);
  struct tm parts;
  strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &parts));
  json_t *object =
      json_pack("{s:s,s:s?,s:s?,s:o,s:o,s:b,s:I}", "at", at, "audience", entry->audience, "segment",
                entry->segment, "arms", texts_json(entry->arms, entry->arm_count), "columns",
                texts_json(entry->columns, entry->column_count), "personal", entry->personal,
                "rows", (json_int_t)entry->rows);
  char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
  json_decref(object);
  return text;
}

static bool bytes_append(int file, const char *bytes, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t part = write(file, bytes + done, size - done);
    if (part < 0 && errno == EINTR) continue;
    if (part <= 0) return false;
    done += (size_t)part;
  }
  return true;
}

static bool folder_sync(const char *folder) {
  int handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool synced = handle >= 0 && fsync(handle) == 0;
  if (handle >= 0) close(handle);
  return synced;
}

static Status line_write(ExportLog *log, const char *text, Error *error) {
  mkdir(log->folder, 0755); // where it cannot be made, opening the file tells
  int file = open(log->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  bool was_torn = log->torn, written = file >= 0;
  log->torn = true; // until all of it is written
  written = written && (!was_torn || bytes_append(file, "\n", 1));
  written = written && bytes_append(file, text, strlen(text)) && bytes_append(file, "\n", 1);
  log->torn = !written && (was_torn || file >= 0);
  written = written && fsync(file) == 0 && folder_sync(log->folder);
  Status status = STATUS_OK;
  if (!written)
    status = error_set(error, STATUS_IO, "the export cannot be noted in %s: %s", log->path,
                       strerror(errno));
  if (file >= 0) close(file);
  return status;
}

Status export_log_add(ExportLog *log, const ExportEntry *entry, Error *error) {
  char *text = entry_text(entry);
  if (!text) return error_set(error, STATUS_INVALID, "a name of the export is not valid UTF-8");
  pthread_mutex_lock(&log->mutex);
  Status status = log->path ? line_write(log, text, error) : STATUS_OK;
  if (status == STATUS_OK) line_put(log, text, strlen(text));
  pthread_mutex_unlock(&log->mutex);
  free(text);
  return status;
}

uint32_t export_log_list(ExportLog *log, Arena *arena, const char *const **entries) {
  pthread_mutex_lock(&log->mutex);
  uint32_t count = log->count < EXPORTS_TOLD_MAX ? (uint32_t)log->count : EXPORTS_TOLD_MAX;
  const char **texts = ARENA_ARRAY(arena, const char *, count);
  for (uint32_t i = 0; i < count; i++)
    texts[i] = arena_strdup(arena, log->lines[(log->count - 1 - i) % EXPORTS_TOLD_MAX]);
  pthread_mutex_unlock(&log->mutex);
  *entries = texts;
  return count;
}
