// See kept_file.h.
#include "kept_file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

bool kept_id_is_good(const char *id) {
  size_t length = strlen(id);
  return length && length <= KEPT_ID_BYTES_MAX &&
         strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

Status kept_id_check(const char *id, Error *error) {
  if (kept_id_is_good(id)) return STATUS_OK;
  return error_set(error, STATUS_INVALID,
                   "an id has lower-case letters, digits, _ and -, at most %d", KEPT_ID_BYTES_MAX);
}

Status kept_id_make(char id[KEPT_MADE_ID_BYTES], Error *error) {
  unsigned char bytes[(KEPT_MADE_ID_BYTES - 1) / 2];
  if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
    return error_set(error, STATUS_IO, "the system gives no random numbers");
  for (size_t i = 0; i < sizeof(bytes); i++) snprintf(&id[2 * i], 3, "%02x", bytes[i]);
  return STATUS_OK;
}

int64_t kept_now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

// ---------------------------------------------------------------- one file

static Status io_fault(Error *error, const char *what, const char *path) {
  return error_set(error, STATUS_IO, "cannot %s %s: %s", what, path, strerror(errno));
}

static Status bytes_write(const char *path, const char *bytes, size_t size, Error *error) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return io_fault(error, "write", path);
  size_t done = 0;
  while (done < size) {
    ssize_t part = write(file, bytes + done, size - done);
    if (part < 0 && errno == EINTR) continue;
    if (part <= 0) break;
    done += (size_t)part;
  }
  bool written = done == size && fsync(file) == 0;
  Status status = written ? STATUS_OK : io_fault(error, "write", path);
  close(file);
  return status;
}

static Status folder_sync(const char *folder, Error *error) {
  int handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  Status status = handle >= 0 && fsync(handle) == 0 ? STATUS_OK : io_fault(error, "sync", folder);
  if (handle >= 0) close(handle);
  return status;
}

Status kept_file_write(const char *folder, const char *name, const void *bytes, size_t size,
                       Error *error) {
  Arena *arena = arena_create();
  const char *path = arena_printf(arena, "%s/%s", folder, name);
  const char *beside = arena_printf(arena, "%s/.%s.tmp", folder, name);
  Status status = STATUS_OK;
  if (mkdir(folder, 0755) != 0 && errno != EEXIST) status = io_fault(error, "make", folder);
  if (status == STATUS_OK) status = bytes_write(beside, bytes, size, error);
  if (status == STATUS_OK && rename(beside, path) != 0) status = io_fault(error, "rename", beside);
  if (status == STATUS_OK) status = folder_sync(folder, error);
  arena_destroy(arena);
  return status;
}

static Status handle_read(int handle, const char *path, Buffer *out, Error *error) {
  char part[65536];
  for (;;) {
    ssize_t size = read(handle, part, sizeof part);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return io_fault(error, "read", path);
    if (size == 0) return STATUS_OK;
    buffer_append(out, part, (size_t)size);
  }
}

Status kept_file_read(const char *folder, const char *name, Buffer *out, Error *error) {
  Arena *arena = arena_create();
  const char *path = arena_printf(arena, "%s/%s", folder, name);
  int handle = open(path, O_RDONLY | O_CLOEXEC);
  Status status =
      handle < 0 ? io_fault(error, "read", path) : handle_read(handle, path, out, error);
  if (handle >= 0) close(handle);
  arena_destroy(arena);
  return status;
}

Status kept_file_remove(const char *folder, const char *name, Error *error) {
  Arena *arena = arena_create();
  const char *path = arena_printf(arena, "%s/%s", folder, name);
  Status status = STATUS_OK;
  if (unlink(path) != 0 && errno != ENOENT) status = io_fault(error, "remove", path);
  if (status == STATUS_OK) status = folder_sync(folder, error);
  arena_destroy(arena);
  return status;
}

// ---------------------------------------------------------------- a folder

// Why the file is none of these; NULL: it was taken.
static const char *file_take(const KeptFolder *reader, const char *path, const char *id,
                             Arena *arena) {
  json_error_t failure;
  struct stat about;
  if (!kept_id_is_good(id)) return "its name is no id";
  if (stat(path, &about) != 0) return arena_strdup(arena, strerror(errno));
  if (!S_ISREG(about.st_mode)) return "it is no file";
  if ((size_t)about.st_size > reader->bytes_max) return "it is too large";
  json_t *object = json_load_file(path, JSON_REJECT_DUPLICATES, &failure);
  if (!object) return arena_strdup(arena, failure.text);
  const char *fault = json_is_object(object) ? reader->take(reader->context, id, object, arena)
                                             : "it holds no JSON object";
  json_decref(object);
  return fault;
}

static void name_read(const KeptFolder *reader, const char *folder, const char *name) {
  size_t length = strlen(name);
  if (length < 6 || name[0] == '.' || strcmp(name + length - 5, ".json") != 0) return;
  Arena *arena = arena_create();
  const char *path = arena_printf(arena, "%s/%s", folder, name);
  const char *fault = file_take(reader, path, arena_strndup(arena, name, length - 5), arena);
  if (fault && reader->faults)
    reader->faults(reader->faults_context,
                   arena_printf(arena, "%s: no %s: %s", path, reader->what, fault));
  arena_destroy(arena);
}

Status kept_folder_read(const char *folder, const KeptFolder *reader, Error *error) {
  DIR *directory = opendir(folder);
  if (!directory && errno == ENOENT) return STATUS_OK;
  if (!directory) return io_fault(error, "read", folder);
  for (struct dirent *entry; (entry = readdir(directory));)
    name_read(reader, folder, entry->d_name);
  closedir(directory);
  return STATUS_OK;
}

// ---------------------------------------------------------------- what a kill leaves

static bool ends_with(const char *name, size_t length, const char *ending) {
  size_t size = strlen(ending);
  return length > size && !strcmp(name + length - size, ending);
}

// Whether NAME was being written, or is an ID`ending` without its ID.json.
static bool is_left_over(int folder, const char *name, const char *ending) {
  size_t length = strlen(name), stem = length - strlen(ending);
  if (name[0] == '.') return ends_with(name, length, ".tmp");
  if (!ends_with(name, length, ending) || stem > KEPT_ID_BYTES_MAX) return false;
  char json[KEPT_ID_BYTES_MAX + sizeof ".json"];
  snprintf(json, sizeof json, "%.*s", (int)stem, name);
  if (!kept_id_is_good(json)) return false; // none of ours
  strcat(json, ".json");
  return faccessat(folder, json, F_OK, 0) != 0 && errno == ENOENT;
}

Status kept_folder_clean(const char *folder, const char *ending, Error *error) {
  DIR *entries = opendir(folder);
  if (!entries) return errno == ENOENT ? STATUS_OK : io_fault(error, "read", folder);
  Status status = STATUS_OK;
  for (struct dirent *entry; status == STATUS_OK && (entry = readdir(entries));)
    if (is_left_over(dirfd(entries), entry->d_name, ending))
      status = kept_file_remove(folder, entry->d_name, error);
  closedir(entries);
  return status;
}
