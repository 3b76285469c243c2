// See segment_store.h. The list in memory is what readers see; a change goes to its file first.
#include "segment_store.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_BYTES_MAX (4 << 20)
#define ID_BYTES_MAX 64

typedef struct Entry {
  char *id, *name, *description, *definition;
  int64_t created_at, updated_at;
} Entry;

struct SegmentStore {
  pthread_mutex_t mutex;
  char *folder;   // "stores/demo/segments", or NULL
  Entry *entries; // by id
  uint32_t count;
};

// ---------------------------------------------------------------- entries

static void entry_clear(Entry *entry) {
  mem_free(entry->id);
  mem_free(entry->name);
  mem_free(entry->description);
  mem_free(entry->definition);
}

static Entry entry_make(const SavedSegment *segment) {
  return (Entry){mem_strdup(segment->id),
                 mem_strdup(segment->name),
                 mem_strdup(segment->description ? segment->description : ""),
                 mem_strdup(segment->definition),
                 segment->created_at,
                 segment->updated_at};
}

static int64_t entry_find(const SegmentStore *store, const char *id) {
  for (uint32_t i = 0; i < store->count; i++)
    if (!strcmp(store->entries[i].id, id)) return i;
  return -1;
}

// Takes over the entry; replaces the one of its id.
static void entry_put(SegmentStore *store, Entry entry) {
  int64_t at = entry_find(store, entry.id);
  if (at >= 0) {
    entry_clear(&store->entries[at]);
    store->entries[at] = entry;
    return;
  }
  store->entries = mem_realloc(store->entries, (store->count + 1) * sizeof *store->entries);
  uint32_t place = store->count++;
  for (; place && strcmp(store->entries[place - 1].id, entry.id) > 0; place--)
    store->entries[place] = store->entries[place - 1];
  store->entries[place] = entry;
}

static bool id_is_good(const char *id) {
  size_t length = strlen(id);
  return length && length <= ID_BYTES_MAX &&
         strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

static SavedSegment entry_copy(const Entry *entry, Arena *arena) {
  return (SavedSegment){arena_strdup(arena, entry->id),
                        arena_strdup(arena, entry->name),
                        arena_strdup(arena, entry->description),
                        arena_strdup(arena, entry->definition),
                        entry->created_at,
                        entry->updated_at};
}

// ---------------------------------------------------------------- files

static Status io_fault(Error *error, const char *what, const char *path) {
  return error_set(error, STATUS_IO, "%s %s: %s", what, path, strerror(errno));
}

static char *entry_text(const Entry *entry) {
  json_t *definition = json_loads(entry->definition, JSON_REJECT_DUPLICATES, NULL);
  json_t *object =
      json_pack("{s:s,s:s,s:s,s:o?,s:I,s:I}", "id", entry->id, "name", entry->name, "description",
                entry->description, "definition", definition, "created_at",
                (json_int_t)entry->created_at, "updated_at", (json_int_t)entry->updated_at);
  char *text = object ? json_dumps(object, JSON_INDENT(1) | JSON_REAL_PRECISION(15)) : NULL;
  json_decref(object);
  return text;
}

static Status file_write(const char *path, const char *text, Error *error) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return io_fault(error, "cannot write", path);
  size_t size = strlen(text), done = 0;
  while (done < size) {
    ssize_t part = write(file, text + done, size - done);
    if (part < 0 && errno == EINTR) continue;
    if (part <= 0) break;
    done += (size_t)part;
  }
  bool written = done == size && fsync(file) == 0;
  Status status = written ? STATUS_OK : io_fault(error, "cannot write", path);
  close(file);
  return status;
}

static Status folder_sync(const char *folder, Error *error) {
  int handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  Status status =
      handle >= 0 && fsync(handle) == 0 ? STATUS_OK : io_fault(error, "cannot sync", folder);
  if (handle >= 0) close(handle);
  return status;
}

static Status entry_save(const SegmentStore *store, const Entry *entry, Error *error) {
  if (!store->folder) return STATUS_OK;
  char *text = entry_text(entry);
  if (!text) return error_set(error, STATUS_INVALID, "the segment is not valid UTF-8");
  Arena *arena = arena_create();
  const char *path = arena_printf(arena, "%s/%s.json", store->folder, entry->id);
  const char *beside = arena_printf(arena, "%s/.%s.tmp", store->folder, entry->id);
  Status status = STATUS_OK;
  if (mkdir(store->folder, 0755) != 0 && errno != EEXIST)
    status = io_fault(error, "cannot make", store->folder);
  if (status == STATUS_OK) status = file_write(beside, text, error);
  if (status == STATUS_OK && rename(beside, path) != 0)
    status = io_fault(error, "cannot rename", beside);
  if (status == STATUS_OK) status = folder_sync(store->folder, error);
  arena_destroy(arena);
  free(text);
  return status;
}

static const char *member_text(const json_t *object, const char *key) {
  return json_string_value(json_object_get(object, key));
}

// Why the document is no segment of that id; NULL: it is, and *entry is made.
static const char *entry_read(const json_t *object, const char *id, Entry *entry) {
  const json_t *definition = json_object_get(object, "definition");
  const char *own = member_text(object, "id"), *name = member_text(object, "name");
  if (!own || strcmp(own, id) != 0) return "its \"id\" is not its file's name";
  if (!name || !*name) return "it has no \"name\"";
  if (!json_is_object(definition)) return "it has no \"definition\"";
  char *text = json_dumps(definition, JSON_COMPACT | JSON_REAL_PRECISION(15));
  const char *description = member_text(object, "description");
  *entry = entry_make(&(SavedSegment){own, name, description, text,
                                      json_integer_value(json_object_get(object, "created_at")),
                                      json_integer_value(json_object_get(object, "updated_at"))});
  free(text);
  return NULL;
}

static void file_load(SegmentStore *store, const char *file,
                      void (*faults)(void *context, const char *text), void *context) {
  size_t length = strlen(file);
  if (length < 6 || file[0] == '.' || strcmp(file + length - 5, ".json") != 0) return;
  Arena *arena = arena_create();
  const char *path = arena_printf(arena, "%s/%s", store->folder, file);
  const char *id = arena_strndup(arena, file, length - 5);
  json_error_t failure;
  struct stat about;
  const char *fault = "it is too large";
  Entry entry;
  if (stat(path, &about) == 0 && about.st_size <= FILE_BYTES_MAX) {
    json_t *object = json_load_file(path, JSON_REJECT_DUPLICATES, &failure);
    fault = object ? entry_read(object, id, &entry) : failure.text;
    if (!fault) entry_put(store, entry);
    if (fault) fault = arena_strdup(arena, fault);
    json_decref(object);
  }
  if (fault && faults) faults(context, arena_printf(arena, "%s: no segment: %s", path, fault));
  arena_destroy(arena);
}

Status segment_store_open(const char *folder, void (*faults)(void *context, const char *text),
                          void *context, SegmentStore **out, Error *error) {
  SegmentStore *store = mem_alloc_zero(sizeof *store);
  pthread_mutex_init(&store->mutex, NULL);
  *out = store;
  if (!folder) return STATUS_OK;
  size_t bytes = strlen(folder) + sizeof "/segments";
  store->folder = mem_alloc(bytes);
  snprintf(store->folder, bytes, "%s/segments", folder);
  DIR *directory = opendir(store->folder);
  if (!directory && errno == ENOENT) return STATUS_OK; // none was saved yet
  if (!directory) {
    Status status = io_fault(error, "cannot read", store->folder);
    segment_store_close(store);
    *out = NULL;
    return status;
  }
  for (struct dirent *entry; (entry = readdir(directory));)
    file_load(store, entry->d_name, faults, context);
  closedir(directory);
  return STATUS_OK;
}

void segment_store_close(SegmentStore *store) {
  if (!store) return;
  for (uint32_t i = 0; i < store->count; i++) entry_clear(&store->entries[i]);
  mem_free(store->entries);
  mem_free(store->folder);
  pthread_mutex_destroy(&store->mutex);
  mem_free(store);
}

bool segment_store_is_kept(const SegmentStore *store) {
  return store->folder != NULL;
}

// ---------------------------------------------------------------- reading and changing

uint32_t segment_store_list(SegmentStore *store, Arena *arena, SavedSegment **segments) {
  pthread_mutex_lock(&store->mutex);
  uint32_t count = store->count;
  *segments = ARENA_ARRAY(arena, SavedSegment, count);
  for (uint32_t i = 0; i < count; i++) (*segments)[i] = entry_copy(&store->entries[i], arena);
  pthread_mutex_unlock(&store->mutex);
  return count;
}

bool segment_store_find(SegmentStore *store, const char *id, Arena *arena, SavedSegment *segment) {
  pthread_mutex_lock(&store->mutex);
  int64_t at = entry_find(store, id);
  if (at >= 0) *segment = entry_copy(&store->entries[at], arena);
  pthread_mutex_unlock(&store->mutex);
  return at >= 0;
}

static int64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static Status put_locked(SegmentStore *store, const SavedSegment *segment, bool create,
                         Error *error) {
  int64_t at = entry_find(store, segment->id);
  if (create && at >= 0)
    return error_set(error, STATUS_EXISTS, "there is a segment \"%s\" already", segment->id);
  if (!create && at < 0)
    return error_set(error, STATUS_NOT_FOUND, "there is no segment \"%s\"", segment->id);
  Entry entry = entry_make(segment);
  entry.updated_at = now_us();
  entry.created_at = create ? entry.updated_at : store->entries[at].created_at;
  Status status = entry_save(store, &entry, error);
  if (status == STATUS_OK)
    entry_put(store, entry);
  else
    entry_clear(&entry);
  return status;
}

Status segment_store_put(SegmentStore *store, const SavedSegment *segment, bool create,
                         Error *error) {
  if (!id_is_good(segment->id))
    return error_set(error, STATUS_INVALID,
                     "an id has lower-case letters, digits, _ and -, at most %d", ID_BYTES_MAX);
  if (!segment->name || !*segment->name)
    return error_set(error, STATUS_INVALID, "a segment needs a name");
  pthread_mutex_lock(&store->mutex);
  Status status = put_locked(store, segment, create, error);
  pthread_mutex_unlock(&store->mutex);
  return status;
}

static Status remove_locked(SegmentStore *store, const char *id, Error *error) {
  int64_t at = entry_find(store, id);
  if (at < 0) return error_set(error, STATUS_NOT_FOUND, "there is no segment \"%s\"", id);
  if (store->folder) {
    Arena *arena = arena_create();
    const char *path = arena_printf(arena, "%s/%s.json", store->folder, id);
    Status status = STATUS_OK;
    if (unlink(path) != 0 && errno != ENOENT) status = io_fault(error, "cannot remove", path);
    if (status == STATUS_OK) status = folder_sync(store->folder, error);
    arena_destroy(arena);
    if (status != STATUS_OK) return status;
  }
  entry_clear(&store->entries[at]);
  memmove(&store->entries[at], &store->entries[at + 1],
          (store->count - (size_t)at - 1) * sizeof *store->entries);
  store->count--;
  return STATUS_OK;
}

Status segment_store_remove(SegmentStore *store, const char *id, Error *error) {
  pthread_mutex_lock(&store->mutex);
  Status status = remove_locked(store, id, error);
  pthread_mutex_unlock(&store->mutex);
  return status;
}
