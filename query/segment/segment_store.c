// See segment_store.h. The list in memory is what readers see; a change goes to its file first.
#include "segment_store.h"
#include "kept_file.h"
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (4 << 20)

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

static SavedSegment entry_copy(const Entry *entry, Arena *arena) {
  return (SavedSegment){arena_strdup(arena, entry->id),
                        arena_strdup(arena, entry->name),
                        arena_strdup(arena, entry->description),
                        arena_strdup(arena, entry->definition),
                        entry->created_at,
                        entry->updated_at};
}

// ---------------------------------------------------------------- files

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

static Status entry_save(const SegmentStore *store, const Entry *entry, Error *error) {
  if (!store->folder) return STATUS_OK;
  char *text = entry_text(entry);
  if (!text) return error_set(error, STATUS_INVALID, "the segment is not valid UTF-8");
  char name[KEPT_ID_BYTES_MAX + 8];
  snprintf(name, sizeof name, "%s.json", entry->id);
  Status status = kept_file_write(store->folder, name, text, strlen(text), error);
  free(text);
  return status;
}

static const char *member_text(const json_t *object, const char *key) {
  return json_string_value(json_object_get(object, key));
}

// Why the document is no segment of that id; NULL: it is, and is taken.
static const char *entry_take(void *context, const char *id, const json_t *object, Arena *arena) {
  (void)arena;
  const json_t *definition = json_object_get(object, "definition");
  const char *own = member_text(object, "id"), *name = member_text(object, "name");
  if (!own || strcmp(own, id) != 0) return "its \"id\" is not its file's name";
  if (!name || !*name) return "it has no \"name\"";
  if (!json_is_object(definition)) return "it has no \"definition\"";
  char *text = json_dumps(definition, JSON_COMPACT | JSON_REAL_PRECISION(15));
  const char *description = member_text(object, "description");
  entry_put(context,
            entry_make(&(SavedSegment){own, name, description, text,
                                       json_integer_value(json_object_get(object, "created_at")),
                                       json_integer_value(json_object_get(object, "updated_at"))}));
  free(text);
  return NULL;
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
  KeptFolder reader = {"segment", FILE_BYTES_MAX, entry_take, store, faults, context};
  Status status = kept_folder_read(store->folder, &reader, error);
  if (status == STATUS_OK) return STATUS_OK;
  segment_store_close(store);
  *out = NULL;
  return status;
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

static Status put_locked(SegmentStore *store, const SavedSegment *segment, bool create,
                         Error *error) {
  int64_t at = entry_find(store, segment->id);
  if (create && at >= 0)
    return error_set(error, STATUS_EXISTS, "there is a segment \"%s\" already", segment->id);
  if (!create && at < 0)
    return error_set(error, STATUS_NOT_FOUND, "there is no segment \"%s\"", segment->id);
  Entry entry = entry_make(segment);
  entry.updated_at = kept_now_us();
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
  TRY(kept_id_check(segment->id, error));
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
  char name[KEPT_ID_BYTES_MAX + 8];
  snprintf(name, sizeof name, "%s.json", store->entries[at].id);
  if (store->folder) TRY(kept_file_remove(store->folder, name, error));
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
